//! Steps one after another, each with its title, its time and, when it fails, all that it said.
//!
//! On a terminal a running step shows the newest line of its work; elsewhere it says every half minute that it lives. The
//! output of a suite is passed on whole, so that its closing lines can be read wherever this is run.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::{failure::Result, process, tally::Tally};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// Only if it fails.
    Failures,
    /// Every line as it comes: a suite's own report.
    Everything,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done(Tally),
    Failed(Tally, String),
    Skipped(String),
    NotRun,
}

/// A step's voice while it runs.
pub struct Voice {
    title: String,
    show: Show,
    bar: ProgressBar,
    said: Vec<String>,
    tally: Tally,
    began: Instant,
    reminded: Instant,
}

/// No command of a step takes this long on two cores; one that does hangs.
const LIMIT: Duration = Duration::from_secs(25 * 60);
const REMINDER: Duration = Duration::from_secs(30);

impl Voice {
    pub fn begin(title: &str, show: Show) -> Voice {
        println!("▸ {title}");
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("  {spinner} {elapsed} {wide_msg}") {
            bar.set_style(style);
        }
        let now = Instant::now();
        Voice {
            title: title.into(),
            show,
            bar,
            said: Vec::new(),
            tally: Tally::default(),
            began: now,
            reminded: now,
        }
    }

    /// Runs a command as a part of this step.
    pub fn run(&mut self, mut command: Command) -> Result {
        command.env("NO_COLOR", "1").env("CARGO_TERM_COLOR", "never");
        process::watched(&mut command, LIMIT, |line| self.hear(line))
    }

    fn hear(&mut self, line: Option<String>) {
        match line {
            Some(line) => self.note(line),
            None => self.bar.tick(),
        }
        if self.bar.is_hidden() && self.reminded.elapsed() > REMINDER {
            self.reminded = Instant::now();
            let newest = self.said.last().map_or("", String::as_str).trim();
            println!("  … {} {:.0} s: {newest}", self.title, self.began.elapsed().as_secs_f64());
        }
    }

    fn note(&mut self, line: String) {
        self.tally.hear(&line);
        if self.show == Show::Everything {
            self.reminded = Instant::now();
            self.bar.suspend(|| println!("    {line}"));
        }
        self.bar.set_message(line.trim().to_owned());
        self.said.push(line);
    }

    /// Says how it ended; what a quiet step said is shown now if it failed.
    pub fn end(self, result: Result) -> (Outcome, Duration) {
        self.bar.finish_and_clear();
        let took = self.began.elapsed();
        let outcome = match result {
            Ok(()) => Outcome::Done(self.tally.ended(true)),
            Err(failure) => {
                if self.show == Show::Failures {
                    self.said.iter().for_each(|line| println!("    {line}"));
                }
                Outcome::Failed(self.tally.ended(false), failure.to_string())
            }
        };
        println!("  {} {} ({:.1} s)", mark(&outcome), self.title, took.as_secs_f64());
        (outcome, took)
    }
}

fn mark(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Done(_) => "✓",
        Outcome::Failed(..) => "✗",
        Outcome::Skipped(_) | Outcome::NotRun => "–",
    }
}

/// One line of the table at the end.
pub struct Ended {
    pub title: String,
    pub outcome: Outcome,
    pub took: Duration,
}

/// The table and the closing line; answers whether everything that ran went well.
pub fn close(steps: &[Ended]) -> bool {
    let width = steps.iter().map(|step| step.title.chars().count()).max().unwrap_or(0);
    println!();
    let mut sum = Tally::default();
    for step in steps {
        sum += counted(&step.outcome);
        let seconds = step.took.as_secs_f64();
        println!("{} {:width$}  {seconds:>7.1} s  {}", mark(&step.outcome), step.title, told(&step.outcome));
    }
    let seconds = steps.iter().map(|step| step.took.as_secs_f64()).sum::<f64>();
    println!("  {:width$}  {seconds:>7.1} s\n", "in all");
    println!("{} passed, {} failed", sum.passed, sum.failed);
    sum.failed == 0
}

fn counted(outcome: &Outcome) -> Tally {
    match outcome {
        Outcome::Done(tally) | Outcome::Failed(tally, _) => *tally,
        Outcome::Skipped(_) | Outcome::NotRun => Tally::default(),
    }
}

fn told(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done(tally) => format!("{} passed", tally.passed),
        Outcome::Failed(tally, why) => format!("{} failed: {why}", tally.failed),
        Outcome::Skipped(why) => format!("skipped: {why}"),
        Outcome::NotRun => "not run".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_failed_makes_the_whole_fail_and_a_skipped_one_does_not() {
        let step = |outcome| Ended { title: "a step".into(), outcome, took: Duration::ZERO };
        assert!(close(&[
            step(Outcome::Done(Tally::default().ended(true))),
            step(Outcome::Skipped("no Dovecot".into()))
        ]));
        assert!(!close(&[step(Outcome::Failed(Tally::default().ended(false), "it broke".into()))]));
    }

    #[test]
    #[cfg(unix)]
    fn a_step_counts_what_its_command_reports() {
        let mut voice = Voice::begin("count", Show::Failures);
        let mut shell = process::command("sh");
        shell.args(["-c", "echo 'test result: ok. 3 passed; 0 failed'"]);
        let ran = voice.run(shell);
        assert_eq!(voice.end(ran).0, Outcome::Done(Tally { passed: 3, failed: 0 }));
    }
}
