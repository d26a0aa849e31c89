//! Ending a process at any of its steps, to see what is left behind.
//!
//! A step is a `tracing` event of the project's own crates, of any level: the store tells each change it begins and commits, each record of the
//! journal and each attachment on its way to the disk; adapters and fakes tell what they do. So every step that leaves something outside of
//! memory has one before and one after it. The child ends as if it were killed: at once, in whatever thread the step was taken, with nothing
//! cleaned up.
//!
//! The test calls itself: an ordinary test plays the child when it is told to, and is empty otherwise.
//!
//! ```ignore
//! #[tokio::test]
//! async fn the_one_who_is_killed() {
//!     let Some(role) = steps::role() else { return };
//!     // … acts in role.folder; after each act that returned: role.returned("note");
//!     role.finish();
//! }
//!
//! #[test]
//! fn whenever_it_is_killed_nothing_is_lost() {
//!     let child = |folder| Child { test: "killed::the_one_who_is_killed", role: "receiving", folder };
//!     let whole = child(first.path()).run(None)?;           // to its end, telling its steps
//!     for step in steps::to_try(&whole.trail, &["commits", "journal"], 100) {
//!         let run = child(folder.path()).run(Some(step))?;  // run.returned: the acts that must be there
//!     }
//! }
//! ```
#![allow(clippy::unwrap_used, reason = "what fails here has failed its test already")]

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};

const ROLE: &str = "FOREDECK_STEPS_ROLE";
const FOLDER: &str = "FOREDECK_STEPS_FOLDER";
const KILL_AT: &str = "FOREDECK_STEPS_KILL_AT";
/// Set, every step is tried, however long that takes.
const EVERY: &str = "FOREDECK_EVERY_STEP";

const RETURNED: &str = "steps.returned";
const TRAIL: &str = "steps.trail";
const KILLED: &str = "steps.killed";

/// Whose events are steps, by the beginning of their target.
const OURS: &[&str] = &["store", "sync", "remote", "app", "testkit", "sample", "all"];

/// What the process was told to be.
#[derive(Debug, Clone)]
pub struct Role {
    pub name: String,
    /// Its own; what it leaves there is what the test looks at.
    pub folder: PathBuf,
}

/// The role this process has, if it is a child. From then on its steps are counted.
pub fn role() -> Option<Role> {
    let name = std::env::var(ROLE).ok()?;
    let folder = PathBuf::from(std::env::var_os(FOLDER)?);
    let kill_at = std::env::var(KILL_AT).ok().and_then(|step| step.parse().ok());
    let counting = Counting { kill_at, folder: folder.clone() };
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(counting)).unwrap();
    Some(Role { name, folder })
}

/// A step of a fake, told as the project's own are.
pub fn take(what: &str) {
    tracing::trace!("{what}");
}

impl Role {
    /// Notes that an act has returned: whatever happens now, it must be there.
    pub fn returned(&self, act: &str) {
        let mut file =
            fs::File::options().create(true).append(true).open(self.folder.join(RETURNED)).unwrap();
        file.write_all(format!("{act}\n").as_bytes()).unwrap();
    }

    /// Leaves the steps there were, in their order.
    pub fn finish(self) {
        let trail = trail().lock().unwrap_or_else(PoisonError::into_inner).join("\n");
        fs::write(self.folder.join(TRAIL), trail).unwrap();
    }
}

/// The steps so far.
fn trail() -> &'static Mutex<Vec<String>> {
    static TRAIL: OnceLock<Mutex<Vec<String>>> = OnceLock::new();
    TRAIL.get_or_init(Mutex::default)
}

struct Counting {
    kill_at: Option<usize>,
    folder: PathBuf,
}

impl<S: Subscriber> Layer<S> for Counting {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let target = event.metadata().target();
        let crate_name = target.split("::").next().unwrap_or_default();
        if !OURS.contains(&crate_name) {
            return;
        }
        let mut said = Said(format!("{target}: "));
        event.record(&mut said);
        let mut trail = trail().lock().unwrap_or_else(PoisonError::into_inner);
        trail.push(said.0.replace('\n', " "));
        if self.kill_at == Some(trail.len()) {
            // The lock is kept: no other thread takes a step any more.
            fs::write(self.folder.join(KILLED), trail.last().unwrap()).unwrap();
            process::abort();
        }
    }
}

struct Said(String);

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            write!(self.0, "{value:?}").unwrap();
        }
    }
}

/// A child to be run.
#[derive(Debug, Clone, Copy)]
pub struct Child<'a> {
    /// The whole name of the test that plays it.
    pub test: &'a str,
    pub role: &'a str,
    pub folder: &'a Path,
}

/// What became of a child.
#[derive(Debug)]
pub struct Run {
    /// The step it was killed at; `None` when it ended by itself before.
    pub killed: Option<String>,
    /// The acts that had returned, in their order.
    pub returned: Vec<String>,
    /// All its steps, when it ended by itself.
    pub trail: Vec<String>,
}

impl Child<'_> {
    /// Starts it, to be killed at a moment that the test sees by itself.
    pub fn start(&self) -> io::Result<process::Child> {
        self.command()?.env_remove(KILL_AT).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
    }

    fn command(&self) -> io::Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args([self.test, "--exact", "--nocapture", "--test-threads=1"])
            .env(ROLE, self.role)
            .env(FOLDER, self.folder)
            .stdin(Stdio::null());
        Ok(command)
    }

    /// The acts that have returned so far, in their order.
    pub fn returned(&self) -> Vec<String> {
        self.lines(RETURNED)
    }

    /// Runs it to its end, or to the step `kill_at`, counted from 1. An error when it failed by itself.
    pub fn run(&self, kill_at: Option<usize>) -> io::Result<Run> {
        for left in [KILLED, TRAIL] {
            let _not_there = fs::remove_file(self.folder.join(left));
        }
        let mut command = self.command()?;
        match kill_at {
            Some(step) => command.env(KILL_AT, step.to_string()),
            None => command.env_remove(KILL_AT),
        };
        let output = command.output()?;
        let killed = fs::read_to_string(self.folder.join(KILLED)).ok();
        if killed.is_none() && !(output.status.success() && self.folder.join(TRAIL).exists()) {
            let said = [output.stdout, output.stderr].concat();
            return Err(io::Error::other(String::from_utf8_lossy(&said).into_owned()));
        }
        Ok(Run { killed, returned: self.lines(RETURNED), trail: self.lines(TRAIL) })
    }

    fn lines(&self, file: &str) -> Vec<String> {
        let text = fs::read_to_string(self.folder.join(file)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

/// Which steps of a whole run to try, from 1: those that speak of one of `around`, those right before and after them, and others at equal
/// distances, about `most` in all; every step when the environment says so.
pub fn to_try(trail: &[String], around: &[&str], most: usize) -> Vec<usize> {
    let all = 1..=trail.len();
    if std::env::var_os(EVERY).is_some() {
        return all.collect();
    }
    let speaks =
        |step: &usize| trail.get(step - 1).is_some_and(|said| around.iter().any(|word| said.contains(word)));
    let near: Vec<usize> = all.clone().filter(speaks).flat_map(|step| step - 1..=step + 1).collect();
    let near = thinned(near, most / 2);
    let spread = thinned(all.collect(), most - near.len());
    let mut chosen: Vec<usize> = near.into_iter().chain(spread).collect();
    chosen.retain(|step| (1..=trail.len()).contains(step));
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

/// About `most` of them, at equal distances.
fn thinned(mut steps: Vec<usize>, most: usize) -> Vec<usize> {
    steps.dedup();
    let every = steps.len().div_ceil(most.max(1)).max(1);
    // Not always the same phase of what repeats itself.
    let odd = if every > 1 { every | 1 } else { every };
    steps.into_iter().step_by(odd).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_to_try_are_spread_and_stand_around_what_matters() {
        let mut trail = vec!["store: something".to_owned(); 1_000];
        trail[499] = "store: A change commits.".to_owned();
        let chosen = to_try(&trail, &["commits"], 50);
        assert!([499, 500, 501].iter().all(|step| chosen.contains(step)));
        assert!((40..=50).contains(&chosen.len()), "{}", chosen.len());
        assert!(chosen.is_sorted() && chosen.first() == Some(&1) && chosen.iter().all(|step| *step <= 1_000));
        assert_eq!(to_try(&trail[..3], &[], 50), [1, 2, 3]);
    }
}
