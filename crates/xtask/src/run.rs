//! `cargo xtask run`: from a fresh clone to the app on the screen.
//!
//! Without a display it starts the browser host instead, which prints the address to open. The app's own exit code is this
//! command's.

use std::{ffi::OsString, process::ExitCode};

use crate::{
    failure::{Result, While},
    interface,
    needs::{self, Group},
    place, process,
};

pub fn run(args: &[OsString]) -> Result<ExitCode> {
    needs::provide(&[Group::Build])?;
    say("Installing the interface's packages");
    interface::packages(&mut |mut command| process::attached(&mut command))?;
    say("Building the interface");
    interface::build(&mut |mut command| process::attached(&mut command))?;
    say("Building Foredeck (the first time takes minutes)");
    process::attached(&mut process::cargo(["build", "--release", "--locked", "--package", "foredeck"]))?;
    start(args)
}

fn say(what: &str) {
    println!("▸ {what}");
}

fn start(args: &[OsString]) -> Result<ExitCode> {
    let mut app = process::command(place::app("release"));
    if !has_display() && !args.iter().any(|arg| arg == "--browser") {
        say("There is no display here: Foredeck opens in a browser");
        app.arg("--browser");
    }
    if let Some(there) = std::env::var_os("PWD") {
        app.current_dir(there);
    }
    let status = app.args(args).status().during(|| "Foredeck can't be started".into())?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Only Linux starts without one.
fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}
