//! Measuring the app against its aims and against the best programs of its kind, in one run on one machine.
//!
//! A benchmark prints a table and, if asked to, writes the same figures as JSON. It never edits a document: what goes into
//! docs/BENCHMARKS.md a person puts there, with the date and the machine.

mod child;
mod desk;
mod dovecot;
mod figures;
mod keystore;
mod letters;
mod mailbox;
mod peers;

use std::path::Path;

use clap::ValueEnum;

use crate::failure::Result;

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Name {
    /// Ten thousand mails from a real IMAP server, against mbsync and notmuch.
    Mailbox,
}

pub fn bench(name: Name, json: Option<&Path>) -> Result {
    let report = match name {
        Name::Mailbox => mailbox::measure()?,
    };
    print!("\n{}", report.table());
    match json {
        Some(path) => report.write(path),
        None => Ok(()),
    }
}
