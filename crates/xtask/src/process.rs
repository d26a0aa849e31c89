//! Starting other programs: on the person's terminal, or watched line by line.
//!
//! A child never sees what cargo told this program about itself (`CARGO_PKG_NAME` and its like): build scripts that look at
//! them would otherwise be run again each time one goes from `cargo build` to `cargo xtask` and back.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use crate::{
    failure::{Failure, Result, While},
    place,
};

/// A command in the repository's top folder.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(place::root());
    for (name, _) in std::env::vars_os() {
        if about_this_program(&name.to_string_lossy()) {
            command.env_remove(name);
        }
    }
    command
}

fn about_this_program(variable: &str) -> bool {
    variable.starts_with("CARGO_PKG_")
        || variable.starts_with("CARGO_MANIFEST_")
        || matches!(
            variable,
            "CARGO" | "CARGO_BIN_NAME" | "CARGO_CRATE_NAME" | "CARGO_PRIMARY_PACKAGE" | "OUT_DIR"
        )
}

pub fn cargo<const N: usize>(args: [&str; N]) -> Command {
    let mut cargo = command("cargo");
    cargo.args(args);
    cargo
}

/// npm, in the interface's folder.
pub fn npm<const N: usize>(args: [&str; N]) -> Command {
    let mut npm = command(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.args(["--prefix", "ui"]).args(args);
    npm
}

/// The command as a person would type it.
pub fn spoken(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// What a command wrote, if it could be started and ended well.
pub fn answer(mut command: Command) -> Option<String> {
    answer_of(&mut command)
}

fn answer_of(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs it on the person's own terminal.
pub fn attached(command: &mut Command) -> Result {
    let status = command.status().during(|| format!("`{}` can't be started", spoken(command)))?;
    good(command, status)
}

/// Runs it without input and hands over each line of both its outputs in the order they come, and `None` about every tenth
/// of a second. What takes longer than `limit` is ended, with all it started.
pub fn watched(command: &mut Command, limit: Duration, mut heard: impl FnMut(Option<String>)) -> Result {
    let starting = format!("`{}` can't be started", spoken(command));
    let (reader, writer) = std::io::pipe().during(|| starting.clone())?;
    let both = writer.try_clone().during(|| starting.clone())?;
    let mut child = command.stdin(Stdio::null()).stdout(writer).stderr(both).spawn().during(|| starting)?;
    // The pipe ends when the child's own ends of it close; the command must not hold it open.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (sender, lines) = channel();
    thread::spawn(move || read_lines(reader, &sender));
    if !pass_on(&lines, Instant::now() + limit, &mut heard) {
        end_all(&mut child);
        return Err(Failure::new(format!("`{}` took longer than {} s", spoken(command), limit.as_secs())));
    }
    let status = child.wait().during(|| format!("the end of `{}` can't be awaited", spoken(command)))?;
    good(command, status)
}

fn read_lines(stream: impl Read, sender: &Sender<String>) {
    for line in BufReader::new(stream).split(b'\n').map_while(std::io::Result::ok) {
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        if sender.send(line).is_err() {
            break;
        }
    }
}

/// Answers whether it came to its end in time.
fn pass_on(lines: &Receiver<String>, deadline: Instant, heard: &mut impl FnMut(Option<String>)) -> bool {
    while Instant::now() < deadline {
        match lines.recv_timeout(Duration::from_millis(100)) {
            Ok(line) => heard(Some(line)),
            Err(RecvTimeoutError::Timeout) => heard(None),
            Err(RecvTimeoutError::Disconnected) => return true,
        }
    }
    false
}

/// The child and all it started. A group of its own would be easier to end, but would not hear a person's Ctrl-C.
fn end_all(child: &mut Child) {
    let started = descendants(child.id());
    if !started.is_empty() {
        let _some_may_have_ended_just_now = Command::new("kill").arg("-KILL").args(&started).status();
    }
    let _already_gone = child.kill();
    let _reaped = child.wait();
}

/// The processes that `parent` started and that they started, as far as this system tells.
fn descendants(parent: u32) -> Vec<String> {
    let mut pgrep = Command::new("pgrep");
    let children = answer_of(pgrep.args(["-P", &parent.to_string()])).unwrap_or_default();
    let further = |child: &str| child.parse().map(descendants).unwrap_or_default();
    children.lines().flat_map(|child| [vec![child.to_owned()], further(child)].concat()).collect()
}

fn good(command: &Command, status: ExitStatus) -> Result {
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(format!("`{}` failed ({status})", spoken(command))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_says_of_this_program_stays_here() {
        assert!(about_this_program("CARGO_PKG_VERSION") && about_this_program("CARGO_MANIFEST_DIR"));
        assert!(
            !about_this_program("CARGO_HOME")
                && !about_this_program("CARGO_TARGET_DIR")
                && !about_this_program("PATH")
        );
    }

    #[test]
    #[cfg(unix)]
    fn both_outputs_are_heard_line_by_line_in_their_order_and_a_bad_end_is_told() {
        let mut heard = Vec::new();
        let mut shell = command("sh");
        let script = ["-c", "echo one; echo two >&2; echo three; exit 3"];
        let ended = watched(shell.args(script), Duration::from_secs(60), |line| heard.extend(line));
        assert_eq!(heard, ["one", "two", "three"]);
        assert!(ended.unwrap_err().to_string().contains("exit status: 3"));
    }

    #[test]
    #[cfg(unix)]
    fn what_never_ends_is_ended_with_all_it_started() {
        let mut shell = command("sh");
        let script = ["-c", "sleep 1000 & echo begun; wait"];
        let ended = watched(shell.args(script), Duration::from_millis(300), |_| {});
        assert!(ended.unwrap_err().to_string().contains("took longer"));
    }
}
