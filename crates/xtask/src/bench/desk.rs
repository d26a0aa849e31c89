//! The desk from its command line: the release build, on a workspace of its own, each call a whole process.

use std::{path::PathBuf, process::Command};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    child::{Measured, measured},
    dovecot::{Dovecot, PASSWORD, address},
    keystore::KeyStore,
};
use crate::{
    failure::{Failure, Result, While},
    place, process,
};

pub struct Desk<'a> {
    workspace: PathBuf,
    keys: &'a KeyStore,
}

/// The part of a source that is asked for here.
#[derive(Deserialize)]
struct Source {
    messages: u64,
}

#[derive(Deserialize)]
struct Timed {
    milliseconds: f64,
    answer: Page,
}

#[derive(Deserialize)]
struct Page {
    rows: Vec<Value>,
}

impl<'a> Desk<'a> {
    /// A fresh workspace that knows the mailbox and has read nothing of it.
    pub fn new(workspace: PathBuf, keys: &'a KeyStore, server: &Dovecot, user: &str) -> Result<Desk<'a>> {
        let desk = Desk { workspace, keys };
        let address = address(user);
        let mailbox = json!({
            "name": "Bench", "address": address, "aliases": [], "user": address, "extra_ca": null,
            "imap": { "host": "127.0.0.1", "port": server.port, "encryption": "none" },
            "credential": { "kind": "password", "password": PASSWORD },
        });
        let _its_id: Value = desk.call("add_mailbox", &json!({ "mailbox": mailbox }), &[])?;
        Ok(desk)
    }

    /// Reads all there is to read, as a whole process; fails unless the desk then has exactly `expected` messages.
    pub fn sync(&self, expected: u64) -> Result<Measured> {
        let synced = measured(self.foredeck().args(["sync", "--once"]))?;
        let sources: Vec<Source> = self.call("sources", &Value::Null, &[])?;
        let have: u64 = sources.iter().map(|source| source.messages).sum();
        if have != expected {
            return Err(Failure::new(format!("the desk has {have} messages where there are {expected}")));
        }
        Ok(synced)
    }

    /// The milliseconds from the words to a page of the newest fifty tickets, as the process itself measures them.
    pub fn search(&self, words: &str) -> Result<f64> {
        let scope = json!({ "kind": "search", "query": words });
        let timed: Timed =
            self.call("tickets", &json!({ "scope": scope, "after": null, "limit": 50 }), &["--time"])?;
        if timed.answer.rows.is_empty() {
            return Err(Failure::new(format!("the desk finds nothing for {words}")));
        }
        Ok(timed.milliseconds)
    }

    fn call<T: DeserializeOwned>(&self, name: &str, args: &Value, flags: &[&str]) -> Result<T> {
        let said = measured(self.foredeck().args(["call", name, &args.to_string()]).args(flags))?.stdout;
        serde_json::from_str(&said)
            .during(|| format!("`foredeck call {name}` answered something else: {said}"))
    }

    fn foredeck(&self) -> Command {
        let mut foredeck = process::command(place::app("release"));
        foredeck.arg("--workspace").arg(&self.workspace);
        self.keys.lend(&mut foredeck);
        foredeck
    }
}
