//! What the system must bring, and bringing it.
//!
//! It says what is missing and what for, installs it on Debian and Ubuntu (as root or through sudo), and elsewhere prints the
//! exact command. It never replaces, starts or stops anything a person has: a mail server that comes with the tests is
//! installed without being started, now or at the next boot, and only if there is none.

mod find;
mod install;
mod table;

use std::path::PathBuf;

pub use find::program;
use table::NEEDS;
pub use table::{Group, Need};

use crate::failure::{Failure, Result};
use find::System;
use table::Seen;

/// Finds what the groups lack and brings it where this machine allows; answers what is still missing and may be.
/// Whatever building needs may not be missing.
pub fn provide(groups: &[Group]) -> Result<Vec<&'static Need>> {
    find::node()?;
    bring(&|need| groups.contains(&need.group))
}

/// The same for single needs, by their names.
pub fn provide_named(names: &[&str]) -> Result<Vec<&'static Need>> {
    bring(&|need| names.contains(&need.what))
}

fn bring(is_needed: &dyn Fn(&Need) -> bool) -> Result<Vec<&'static Need>> {
    let system = System::of_this_machine();
    let wanted: Vec<&Need> = NEEDS.iter().filter(|need| is_needed(need) && system.wants(need)).collect();
    let lacking = missing(&wanted);
    if lacking.is_empty() {
        return Ok(lacking);
    }
    println!("This machine lacks:");
    lacking.iter().for_each(|need| println!("  {} ({})", need.what, need.why));
    install::install(&system, &lacking)?;
    let still = missing(&wanted);
    match still.iter().find(|need| need.group == Group::Build) {
        Some(need) => {
            Err(Failure::new(format!("{} is missing, and nothing can be built without it", need.what)))
        }
        None => Ok(still),
    }
}

fn missing(wanted: &[&'static Need]) -> Vec<&'static Need> {
    wanted.iter().copied().filter(|need| !find::is_here(need)).collect()
}

/// A need by its name.
pub fn named(what: &str) -> Option<&'static Need> {
    NEEDS.iter().find(|need| need.what == what)
}

/// The browser the tests drive.
pub fn chromium() -> Option<PathBuf> {
    match named("Chromium")?.seen {
        Seen::Program(names) => names.iter().find_map(|name| find::program(name)),
        _ => None,
    }
}

/// The formatter and the linter, which a minimal Rust leaves out.
pub fn provide_rust_tools() -> Result {
    let lacks = |tool: &str| crate::process::answer(crate::process::cargo([tool, "--version"])).is_none();
    if !lacks("fmt") && !lacks("clippy") {
        return Ok(());
    }
    println!("This Rust lacks rustfmt or clippy; rustup adds them.");
    let mut rustup = crate::process::command("rustup");
    crate::process::attached(rustup.args(["component", "add", "rustfmt", "clippy"]))
}
