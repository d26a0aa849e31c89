//! The desk from its command line: the release build, on a workspace of its own, each call a whole process.

use std::{path::PathBuf, process::Command};

use serde::Deserialize;

use super::{
    child::{Measured, measured},
    dovecot::{Dovecot, PASSWORD, address},
};
use crate::{
    failure::{Failure, Result, While},
    place, process,
};

pub struct Desk {
    workspace: PathBuf,
}

#[derive(Deserialize)]
struct Synced {
    new_messages: u32,
    problem: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Timed {
    milliseconds: f64,
}

impl Desk {
    /// A fresh workspace that knows the mailbox and has read nothing of it.
    pub fn new(workspace: PathBuf, server: &Dovecot, user: &str) -> Result<Desk> {
        let desk = Desk { workspace };
        let mut connect = desk.foredeck();
        connect.args([
            "connect",
            "--address",
            &address(user),
            "--imap",
            &format!("127.0.0.1:{}", server.port),
            "--plain",
        ]);
        connect.args(["--mail-password-command", &format!("echo {PASSWORD}")]);
        measured(&mut connect)?;
        Ok(desk)
    }

    /// Reads all there is to read; fails unless it took in exactly `expected` new messages.
    pub fn sync(&self, expected: u64) -> Result<Measured> {
        let synced = measured(self.foredeck().args(["sync", "--once", "--json"]))?;
        let sources: Vec<Synced> = serde_json::from_str(&synced.stdout)
            .during(|| format!("`foredeck sync --once --json` said something else: {}", synced.stdout))?;
        if let Some(problem) = sources.iter().find_map(|source| source.problem.as_ref()) {
            return Err(Failure::new(format!("the desk could not read the mailbox: {problem}")));
        }
        let new: u64 = sources.iter().map(|source| u64::from(source.new_messages)).sum();
        if new != expected {
            return Err(Failure::new(format!("the desk read {new} new messages where there are {expected}")));
        }
        Ok(synced)
    }

    /// The milliseconds from the words to a page of fifty tickets, as the process itself measures them.
    pub fn search(&self, words: &str) -> Result<f64> {
        let said =
            measured(self.foredeck().args(["search", words, "--limit", "50", "--time", "--json"]))?.stdout;
        let timed: Timed = serde_json::from_str(&said)
            .during(|| format!("`foredeck search --time --json` said something else: {said}"))?;
        Ok(timed.milliseconds)
    }

    fn foredeck(&self) -> Command {
        let mut foredeck = process::command(place::app("release"));
        foredeck.arg("--workspace").arg(&self.workspace).args(["--password-command", "echo bench"]);
        foredeck
    }
}
