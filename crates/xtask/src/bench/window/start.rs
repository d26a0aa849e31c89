//! From the start of the process to the painted list, on the screen itself, turn by turn with the first paint of an empty Tauri window.
//!
//! Both are started as a person starts them: no WebDriver, no switch. The list is painted when its part of the screen first looks as it does
//! once everything has come to rest; the empty window when its page has its colour.

use std::{
    path::Path,
    process::{Child, Command},
    time::Instant,
};

use super::{screen::Area, stage::Stage};
use crate::{
    bench::{child, figures::median},
    failure::{Failure, Result, While},
    place, process,
};

const RUNS: usize = 9;
/// A part of the empty window's page.
const PAGE: Area = Area { x: 200, y: 200, width: 400, height: 400 };

/// Milliseconds, each the median of its runs.
pub struct Starts {
    pub desk: f64,
    pub empty: f64,
}

/// `list`: where it lies on the screen, known from a run before.
pub fn measure(stage: &Stage, workspace: &Path, list: Area) -> Result<Starts> {
    let (mut desks, mut empties) = (Vec::new(), Vec::new());
    for run in 0..=RUNS {
        let (desk, empty) = (desk(stage, workspace, list)?, empty(stage)?);
        // The first of each only warms the disk.
        if run > 0 {
            desks.push(desk);
            empties.push(empty);
        }
    }
    Ok(Starts { desk: median(desks), empty: median(empties) })
}

pub fn empty_window() -> std::path::PathBuf {
    place::target().join("release").join("examples").join("empty")
}

/// The desk as a person starts it.
pub fn foredeck(stage: &Stage, workspace: &Path) -> Command {
    let mut foredeck = stage.command(place::app("release"));
    foredeck.arg("--workspace").arg(workspace);
    foredeck
}

fn desk(stage: &Stage, workspace: &Path, list: Area) -> Result<f64> {
    until_painted(stage, foredeck(stage, workspace), list)
}

/// Its page is as large as that of the desk, and lies where that lies.
fn empty(stage: &Stage) -> Result<f64> {
    until_painted(stage, stage.command(empty_window()), PAGE)
}

fn until_painted(stage: &Stage, mut program: Command, area: Area) -> Result<f64> {
    let screen = stage.screen()?;
    let began = Instant::now();
    let started = program.spawn().during(|| format!("`{}` can't be started", process::spoken(&program)))?;
    let mut running = Running(started);
    let painted = screen.settles(area, began)?;
    running.end()?;
    Ok(painted.as_secs_f64() * 1000.0)
}

/// A program with a window, closed as the system closes it.
pub struct Running(pub Child);

impl Running {
    pub fn end(&mut self) -> Result {
        let pid = self.0.id().to_string();
        process::answer({
            let mut kill = process::command("kill");
            kill.args(["-TERM", &pid]);
            kill
        });
        if child::ends(&mut self.0) {
            return Ok(());
        }
        Err(Failure::new(format!("the window of process {pid} does not close")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _already_gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}
