//! `bench window`: what a person at the real window waits for. The release app in its WebKit window on a display of its own, at ten thousand
//! tickets and at as many as asked for.
//!
//! Keys come from the X server; what they show is watched from inside the page, on the same clock. See [`paint`] for what is measured from a key
//! on, and [`start`] for the start. No switch of the app is used but the one that lets a WebDriver in, which makes the page keep what it
//! fetched on the disk; the start is measured without it.

pub mod family;
pub mod keys;
pub mod paint;
pub mod screen;
pub mod stage;
pub mod start;
pub mod webdriver;

use std::{
    fs,
    path::{Path, PathBuf},
};

use self::{
    paint::{Desk, Paints, Scrolled},
    screen::Area,
    stage::Stage,
    start::Starts,
};
use super::{
    figures::{Figure, Report},
    workspace,
};
use crate::{
    failure::{Failure, Result, While},
    needs::Group,
    place, process,
};

/// The end of the desk's title, as a pattern.
pub const TITLE: &str = "Foredeck$";
const SMALL: u32 = 10_000;
const SCROLLED_ROWS: u32 = 100_000;

const KEY_AIM_MS: f64 = 50.0;
const FRAME_AIM_MS: f64 = 100.0;
const START_AIM_MS: f64 = 300.0;

/// What was measured on one workspace.
struct Measured {
    paints: Paints,
    scrolled: Scrolled,
    /// Where the list lies on the screen.
    list: Area,
}

pub fn measure(tickets: u32) -> Result<Report> {
    set_up()?;
    let folder = Folder::new("window")?;
    let stage = Stage::set(folder.path())?;
    let small = on(&stage, &copy(folder.path(), SMALL)?)?;
    let large_workspace = copy(folder.path(), tickets)?;
    let large = on(&stage, &large_workspace)?;
    say("Starting it and an empty window in turn");
    let starts = start::measure(&stage, &large_workspace, large.list)?;
    println!("\n{}", table(tickets, &small, &large));
    Ok(Report { bench: "window".into(), figures: figures(&small, &large, &starts), details: None })
}

/// Builds the app and the window to compare with, and brings what a stage needs.
pub fn set_up() -> Result {
    super::release(&[Group::Build], stage::NEEDS)
}

/// A workspace that may be written into, which looking at tickets does.
pub fn copy(folder: &Path, tickets: u32) -> Result<PathBuf> {
    let original = workspace::workspace(tickets)?;
    let copy = folder.join(format!("sample-{tickets}"));
    let mut cp = process::command("cp");
    process::attached(cp.args(["-r", "--reflink=auto"]).arg(original).arg(&copy))?;
    Ok(copy)
}

fn on(stage: &Stage, workspace: &Path) -> Result<Measured> {
    say(&format!("Pressing keys in the window of {}", workspace.display()));
    let named = workspace.to_string_lossy();
    let page = stage.page(&place::app("release"), &["--workspace", &named])?;
    let mut keys = stage.keyboard()?;
    let mut desk = Desk::at(&page, &mut keys)?;
    let window = stage.window(TITLE).ok_or_else(|| Failure::new("the window is not on the screen"))?;
    let list = window.part(desk.list()?);
    let paints = desk.measure()?;
    say("Scrolling");
    let scrolled = desk.scroll(SCROLLED_ROWS)?;
    drop((page, keys));
    stage.cleared(TITLE)?;
    Ok(Measured { paints, scrolled, list })
}

fn figures(small: &Measured, large: &Measured, starts: &Starts) -> Vec<Figure> {
    let beside = "at 10,000 tickets";
    let mut figures: Vec<Figure> = rows(&large.paints)
        .into_iter()
        .zip(rows(&small.paints))
        .map(|((name, ours), (_, theirs))| {
            let name = format!("{name}, key to second frame, p95");
            Figure::low(&name, quantile(ours, 0.95), "ms", KEY_AIM_MS).against(beside, quantile(theirs, 0.95))
        })
        .collect();
    let longest = |scrolled: &Scrolled| quantile(&scrolled.frames, 1.0);
    figures.push(
        Figure::low("longest frame of fast scrolling", longest(&large.scrolled), "ms", FRAME_AIM_MS)
            .against(beside, longest(&small.scrolled)),
    );
    figures.push(
        Figure::low("start, process to painted list", starts.desk, "ms", starts.empty + START_AIM_MS)
            .against("first paint of an empty Tauri window", starts.empty),
    );
    figures
}

fn rows(paints: &Paints) -> [(&'static str, &[f64]); 5] {
    [
        ("next ticket", &paints.next),
        ("open ticket", &paints.open),
        ("switch view", &paints.view),
        ("a letter typed in search", &paints.letter),
        ("back", &paints.back),
    ]
}

/// Ten thousand beside as many as asked for.
fn table(tickets: u32, small: &Measured, large: &Measured) -> String {
    let mut text = format!(
        "| ms from key to second frame | {SMALL} tickets: p50 | p95 | max | tries | {tickets} tickets: p50 | p95 | max | tries |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|\n"
    );
    for ((name, small), (_, large)) in rows(&small.paints).into_iter().zip(rows(&large.paints)) {
        text += &format!("| {name} | {} | {} |\n", spread(small), spread(large));
    }
    text += &format!(
        "\n{SMALL} tickets, {}\n{tickets} tickets, {}\n",
        told(&small.scrolled),
        told(&large.scrolled)
    );
    text
}

fn spread(values: &[f64]) -> String {
    let at = |part| quantile(values, part);
    format!("{:.0} | {:.0} | {:.0} | {}", at(0.5), at(0.95), at(1.0), values.len())
}

fn told(scrolled: &Scrolled) -> String {
    let at = |part| quantile(&scrolled.frames, part);
    format!(
        "scrolling: {} rows in {:.1} s, {} frames: p50 {:.0} ms, p95 {:.0} ms, p99 {:.0} ms, longest {:.0} ms; {} showed no row in the middle, {} waited for a page",
        scrolled.rows,
        scrolled.seconds,
        scrolled.frames.len(),
        at(0.5),
        at(0.95),
        at(0.99),
        at(1.0),
        scrolled.empty,
        scrolled.waited,
    )
}

/// The value that so large a part of all lies at or below (nearest rank).
pub fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank among few")]
    let rank = (part * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied().unwrap_or(f64::NAN)
}

pub fn say(what: &str) {
    println!("▸ {what}");
}

/// A folder for one run, deleted with it.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Result<Folder> {
        let path = workspace::shelf().join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&path).during(|| format!("{} can't be made", path.display()))?;
        Ok(Folder(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left_for_cargo_clean = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let values: Vec<f64> = (1..=40).rev().map(f64::from).collect();
        assert_eq!(
            (quantile(&values, 0.5), quantile(&values, 0.95), quantile(&values, 1.0)),
            (20.0, 38.0, 40.0)
        );
        assert!(quantile(&[], 0.95).is_nan());
    }
}
