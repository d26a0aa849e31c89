//! `cargo xtask test`: sets the machine up, then every check, quick ones first. A check that fails does not keep the others
//! from being run, unless they need what it makes: one run tells all there is to mend.
//!
//! It promises that nothing is skipped in silence: on a person's machine what is missing is named at its check, and with
//! `CI=true` it is a failure. Tests find the app at `FOREDECK_BIN` and the browser at `CHROMIUM`.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Args;

use crate::{
    failure::{Failure, Result},
    interface,
    needs::{self, Group, Need},
    place, process,
    steps::{self, Ended, Outcome, Show, Voice},
    tally::Tally,
};

#[derive(Args)]
pub struct Options {
    /// Only this check, after the set-up; may be given more than once.
    #[arg(long, value_name = "CHECK", value_parser = names())]
    only: Vec<String>,
    /// Shows all that every step says, not only what failed.
    #[arg(short, long)]
    verbose: bool,
}

fn names() -> Vec<&'static str> {
    CHECKS.iter().map(|check| check.name).collect()
}

struct Check {
    name: &'static str,
    title: &'static str,
    show: Show,
    work: fn(&mut Voice) -> Result,
    /// What comes after it can't be run without it.
    is_needed: bool,
}

const fn check(name: &'static str, title: &'static str, show: Show, work: fn(&mut Voice) -> Result) -> Check {
    Check { name, title, show, work, is_needed: false }
}

const fn needed(name: &'static str, title: &'static str, work: fn(&mut Voice) -> Result) -> Check {
    Check { name, title, show: Show::Failures, work, is_needed: true }
}

/// Needed by the checks; each is quick when nothing changed.
const SET_UP: &[Check] = &[
    needed("crates", "Rust packages of the lock file", |voice| {
        voice.run(process::cargo(["fetch", "--locked"]))
    }),
    needed("packages", "npm packages of the lock file", |voice| {
        interface::packages(&mut |command| voice.run(command))
    }),
    needed("interface", "Building the interface", |voice| {
        interface::build(&mut |command| voice.run(command))
    }),
];

const CHECKS: &[Check] = &[
    check("format", "Formatting", Show::Failures, |voice| {
        voice.run(process::cargo(["fmt", "--all", "--check"]))
    }),
    check("types", "Types of the interface (svelte-check)", Show::Failures, |voice| {
        voice.run(process::npm(["run", "check"]))
    }),
    check("lint", "Lint of the interface", Show::Failures, |voice| match interface::has_script("lint")? {
        true => voice.run(process::npm(["run", "lint"])),
        false => Err(Failure::new("ui/package.json has no script `lint`")),
    }),
    check("unit", "Unit tests of the interface", Show::Everything, |voice| voice.run(process::npm(["test"]))),
    check("clippy", "Clippy, warnings as errors", Show::Failures, |voice| {
        voice.run(process::cargo([
            "clippy",
            "--locked",
            "--workspace",
            "--all-targets",
            "--",
            "--deny",
            "warnings",
        ]))
    }),
    needed("build", "Building the app and the tests", |voice| {
        voice.run(process::cargo(["build", "--locked", "--workspace", "--all-targets"]))
    }),
    check(
        "rust",
        "Rust tests: rules, store, mail, arrows, licences, the real window",
        Show::Everything,
        |voice| {
            voice.run(with_the_app(process::cargo(["test", "--locked", "--workspace", "--no-fail-fast"])))
        },
    ),
    check("browser", "Browser tests", Show::Everything, |voice| {
        // For `--only browser`; nothing to do after the step that builds all.
        voice.run(process::cargo(["build", "--locked", "--workspace", "--all-targets"]))?;
        voice.run(with_the_app(process::npm(["run", "test:browser"])))
    }),
];

fn with_the_app(mut command: std::process::Command) -> std::process::Command {
    command.env("FOREDECK_BIN", place::app("debug"));
    if let Some(chromium) = needs::chromium() {
        command.env("CHROMIUM", chromium);
    }
    command
}

pub fn test(options: &Options) -> Result<ExitCode> {
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true" || value == "1");
    let began = Instant::now();
    needs::provide_rust_tools()?;
    let missing = needs::provide(&[Group::Build, Group::Test])?;
    if in_ci && !missing.is_empty() {
        let names: Vec<&str> = missing.iter().map(|need| need.what).collect();
        return Err(Failure::new(format!(
            "nothing may be skipped here, and this is missing: {}",
            names.join(", ")
        )));
    }
    for need in &missing {
        println!("skipped: what needs {} ({})", need.what, need.why);
    }
    let chosen =
        |check: &&Check| options.only.is_empty() || options.only.iter().any(|name| name == check.name);
    let checks: Vec<&Check> = SET_UP.iter().chain(CHECKS.iter().filter(chosen)).collect();
    let mut ended = vec![Ended {
        title: "What this machine must bring".into(),
        outcome: Outcome::Done(Tally::default().ended(true)),
        took: began.elapsed(),
    }];
    ended.extend(run_all(&checks, &missing, options.verbose));
    Ok(if steps::close(&ended) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run_all(checks: &[&Check], missing: &[&Need], verbose: bool) -> Vec<Ended> {
    let mut broken = false;
    let mut ended = Vec::new();
    for check in checks {
        let (outcome, took) = match missing.iter().find(|need| need.check == Some(check.name)) {
            _ if broken => (Outcome::NotRun, Duration::ZERO),
            Some(need) => (Outcome::Skipped(format!("{} is missing", need.what)), Duration::ZERO),
            None => run_one(check, verbose),
        };
        broken |= check.is_needed && matches!(outcome, Outcome::Failed(..));
        ended.push(Ended { title: check.title.into(), outcome, took });
    }
    ended
}

fn run_one(check: &Check, verbose: bool) -> (Outcome, Duration) {
    let show = if verbose { Show::Everything } else { check.show };
    let mut voice = Voice::begin(check.title, show);
    let result = (check.work)(&mut voice);
    voice.end(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(_: &mut Voice) -> Result {
        Err(Failure::new("it broke"))
    }

    fn passes(_: &mut Voice) -> Result {
        Ok(())
    }

    #[test]
    fn a_failure_stops_only_what_needs_what_it_makes() {
        let checks = [
            check("one", "one", Show::Failures, fails),
            check("two", "two", Show::Failures, passes),
            needed("three", "three", fails),
            check("four", "four", Show::Failures, passes),
        ];
        let ended = run_all(&checks.iter().collect::<Vec<_>>(), &[], false);
        let outcomes: Vec<&Outcome> = ended.iter().map(|step| &step.outcome).collect();
        assert!(matches!(
            outcomes[..],
            [Outcome::Failed(..), Outcome::Done(_), Outcome::Failed(..), Outcome::NotRun]
        ));
    }

    #[test]
    fn a_check_whose_system_is_missing_is_skipped_with_the_reason() {
        let chromium = needs::named("Chromium").unwrap();
        let browser = check("browser", "browser", Show::Failures, fails);
        let ended = run_all(&[&browser], &[chromium], false);
        assert_eq!(ended[0].outcome, Outcome::Skipped("Chromium is missing".into()));
    }

    #[test]
    fn names_of_checks_are_one_each() {
        let mut names = names();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CHECKS.len());
    }
}
