//! Sample workspaces to measure on, five messages a ticket: made by the release app, kept in `target/bench`, so that several benchmarks
//! share one. The app must be built before ([`crate::process::cargo`] with `build --release`).

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::child::{Measured, measured};
use crate::{
    failure::{Result, While},
    place, process,
};

/// Messages a ticket has on average.
pub const MESSAGES: u32 = 5;

/// How making one went.
pub struct Made {
    pub root: PathBuf,
    pub process: Measured,
    pub pace: Pace,
}

/// As `foredeck sample --time` says it, in seconds.
#[derive(Debug, Deserialize)]
pub struct Pace {
    pub seconds: f64,
    /// What each tenth of the history took.
    pub tenths: Vec<f64>,
}

/// Where benchmarks keep what is dear to make.
pub fn shelf() -> PathBuf {
    place::target().join("bench")
}

/// The folder of a sample workspace with so many tickets, made if it is not there yet. Nobody may write into it: copy it first.
pub fn workspace(tickets: u32) -> Result<PathBuf> {
    let root = folder(tickets);
    if root.join("desk.db").exists() {
        return Ok(root);
    }
    println!("▸ Writing a sample of {tickets} tickets");
    make(tickets).map(|made| made.root)
}

/// Makes it anew, whatever was there.
pub fn make(tickets: u32) -> Result<Made> {
    let (root, growing) = (folder(tickets), shelf().join(format!("sample-{tickets}.growing")));
    let unwritable = || format!("{} can't be written", growing.display());
    for old in [&growing, &root] {
        remove(old)?;
    }
    fs::create_dir_all(&growing).during(unwritable)?;
    let mut foredeck = process::command(place::app("release"));
    foredeck.arg("--workspace").arg(&growing).args(["sample", "--time"]);
    foredeck.args(["--tickets", &tickets.to_string(), "--messages", &MESSAGES.to_string()]);
    let process = measured(&mut foredeck)?;
    // After what it says to a person.
    let said = process.stdout.lines().rfind(|line| line.starts_with('{')).unwrap_or_default();
    let pace = serde_json::from_str(said)
        .during(|| format!("`foredeck sample --time` answered something else: {}", process.stdout))?;
    // Only a whole one has the name that is looked for.
    fs::rename(&growing, &root).during(unwritable)?;
    Ok(Made { root, process, pace })
}

fn folder(tickets: u32) -> PathBuf {
    shelf().join(format!("sample-{tickets}"))
}

pub fn remove(folder: &Path) -> Result {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).during(|| format!("{} can't be removed", folder.display()))
        }
        _ => Ok(()),
    }
}

/// A database with what SQLite keeps beside it.
pub fn remove_database(file: &Path) -> Result {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        match fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).during(|| format!("{} can't be removed", file.display()));
            }
            _ => {}
        }
    }
    Ok(())
}
