//! `bench memory`: the memory of the desk after its start and through an hour of scripted work, beside that of an empty Tauri window.
//!
//! Memory is the proportional set size (`Pss` of `/proc/PID/smaps_rollup`) summed over a program's processes: what several share is counted
//! once. The two run one after the other, each alone and as a person starts it. The hour is 3,600 steps of an agent, one a second, speeded up; keys and wheel come
//! from the X server. That the steps arrive is seen on the screen: if too few change it, the run fails.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use super::{
    figures::{Figure, Report, median},
    window::{
        Folder, TITLE, copy,
        family::family,
        keys::Keyboard,
        say, set_up,
        stage::Stage,
        start::{Running, empty_window, foredeck},
    },
};
use crate::{
    failure::{Failure, Result, While},
    process,
};

const ABOVE_MB: f64 = 120.0;
const GROWTH_MB: f64 = 10.0;
const SETTLING: Duration = Duration::from_secs(15);
const STEPS: usize = 3_600;
const SAMPLES: usize = 24;
/// Of the samples, those that only warm up.
const WARMING: usize = 4;
const PAUSE: Duration = Duration::from_millis(60);
const WORDS: &[&str] = &[
    "refund", "kettle", "order", "tracking", "invoice", "broken", "coupon", "delivery", "address", "payment",
];

pub fn measure(tickets: u32) -> Result<Report> {
    set_up()?;
    let folder = Folder::new("memory")?;
    let workspace = copy(folder.path(), tickets)?;
    let stage = Stage::set(folder.path())?;
    say("An empty window");
    let empty = empty(&stage)?;
    let desk = desk(&stage, &workspace)?;
    let worked = median(desk.samples.iter().rev().take(WARMING).copied().collect());
    let warm = median(desk.samples.iter().skip(WARMING).take(WARMING).copied().collect());
    println!("\n{}", desk.told());
    let aim = empty + ABOVE_MB;
    let peer = "an empty Tauri window";
    let figures = vec![
        Figure::low("after start", desk.start, "MB", aim).against(peer, empty),
        Figure::low("after an hour of work", worked, "MB", aim).against(peer, empty),
        Figure::low("growth through that hour, once warm", worked - warm, "MB", GROWTH_MB),
    ];
    Ok(Report { bench: "memory".into(), figures, details: None })
}

/// Megabytes.
struct Worked {
    start: f64,
    samples: Vec<f64>,
    /// Of the last sample, by program.
    parts: Vec<(String, f64)>,
}

impl Worked {
    fn told(&self) -> String {
        let samples: Vec<String> = self.samples.iter().map(|sample| format!("{sample:.0}")).collect();
        let parts: Vec<String> = self.parts.iter().map(|(name, mb)| format!("{name} {mb:.0}")).collect();
        format!("MB through the hour: {}\nMB at its end: {}\n", samples.join(" "), parts.join(", "))
    }
}

fn empty(stage: &Stage) -> Result<f64> {
    let mut running = started(stage.command(empty_window()))?;
    thread::park_timeout(SETTLING);
    let mb = total(&parts(running.0.id())?);
    running.end()?;
    Ok(mb)
}

fn started(mut program: std::process::Command) -> Result<Running> {
    let child = program.spawn().during(|| format!("`{}` can't be started", process::spoken(&program)))?;
    Ok(Running(child))
}

fn desk(stage: &Stage, workspace: &Path) -> Result<Worked> {
    say("The desk after its start");
    let mut running = started(foredeck(stage, workspace))?;
    thread::park_timeout(SETTLING);
    let pid = running.0.id();
    let start = total(&parts(pid)?);
    say("An hour of work");
    let window = stage.window(TITLE).ok_or_else(|| Failure::new("the window is not on the screen"))?;
    let mut keys = stage.keyboard()?;
    let (screen, mut changed, mut look) = (stage.screen()?, 0, 0);
    let list = (window.x + 360, window.y + 400);
    let mut samples = Vec::new();
    for step in 0..STEPS {
        work(&mut keys, step, list)?;
        thread::park_timeout(PAUSE);
        let now = screen.look(window)?;
        changed += usize::from(now != look);
        look = now;
        if (step + 1) % (STEPS / SAMPLES) == 0 {
            samples.push(settled(pid)?);
        }
    }
    if changed < STEPS / 2 {
        return Err(Failure::new(format!("only {changed} of {STEPS} steps changed what is on the screen")));
    }
    let parts = parts(pid)?;
    running.end()?;
    Ok(Worked { start, samples, parts })
}

/// A moment after the last step, so that its answer is counted and its garbage need not be.
fn settled(pid: u32) -> Result<f64> {
    let until = Instant::now() + Duration::from_secs(2);
    let mut least = f64::INFINITY;
    while Instant::now() < until {
        thread::park_timeout(Duration::from_millis(250));
        least = least.min(total(&parts(pid)?));
    }
    Ok(least)
}

/// One step of an agent's hour: forty of them are a round.
fn work(keys: &mut Keyboard, step: usize, list: (usize, usize)) -> Result {
    let round = step / 40;
    let key = match step % 40 {
        0 | 10 | 24 => "g",
        1 => "o",
        11 => "w",
        25 => "c",
        2 => "Home",
        12 => return keys.wheel(list, 40, true),
        13 => "End",
        14 => "k",
        15 => "x",
        16..=18 => "shift+j",
        19 => "shift+u",
        20 => "Escape",
        21 => return keys.wheel(list, 40, false),
        22 => "e",
        23 => "ctrl+z",
        26 => "Home",
        30 => "slash",
        31 => return keys.write(WORDS.get(round % WORDS.len()).copied().unwrap_or("order")),
        32 => "Return",
        36 => "Escape",
        37 | 38 => "p",
        _ => "j",
    };
    keys.press(key).map(drop)
}

/// Megabytes of each process that began with this one, with its name.
fn parts(root: u32) -> Result<Vec<(String, f64)>> {
    family(root).into_iter().map(|pid| Ok((name(pid), pss(pid)?))).collect()
}

fn total(parts: &[(String, f64)]) -> f64 {
    parts.iter().map(|(_, mb)| mb).sum()
}

fn name(pid: u32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim().to_owned()
}

/// Proportional set size in megabytes.
fn pss(pid: u32) -> Result<f64> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))
        .during(|| format!("the memory of process {pid} can't be read"))?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kilobytes: Option<f64> = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok());
    kilobytes.map(|kilobytes| kilobytes / 1024.0).ok_or_else(|| Failure::new("the kernel tells no memory"))
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_counted_with_what_it_started() {
        let mut shell = std::process::Command::new("sh");
        let mut shell = Running(shell.args(["-c", "sleep 60 & wait"]).spawn().unwrap());
        while family(shell.0.id()).len() < 2 {
            thread::yield_now();
        }
        let parts = parts(shell.0.id()).unwrap();
        assert!(parts.len() == 2 && total(&parts) > 0.0, "{parts:?}");
        let sleeping = family(shell.0.id()).pop().unwrap();
        process::answer({
            let mut kill = process::command("kill");
            kill.arg(sleeping.to_string());
            kill
        });
        shell.0.wait().unwrap();
    }
}
