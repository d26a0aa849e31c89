//! Measuring the app against its aims and against the best programs of its kind, in one run on one machine.
//!
//! A benchmark prints a table and, if asked to, writes the same figures as JSON. It never edits a document: what goes into
//! docs/BENCHMARKS.md a person puts there, with the date and the machine.

mod child;
mod desk;
mod dovecot;
mod figures;
mod ingest;
mod keystore;
mod letters;
mod mailbox;
mod peers;
mod workspace;

use std::path::Path;

use clap::ValueEnum;

use crate::failure::Result;

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Name {
    /// Ten thousand mails from a real IMAP server, against mbsync and notmuch.
    Mailbox,
    /// A sample of any size written into a new workspace, against bare inserts of the same rows.
    Ingest,
}

/// `tickets`: how large a workspace, for those that measure on a sample.
pub fn bench(name: Name, tickets: u32, json: Option<&Path>) -> Result {
    let report = match name {
        Name::Mailbox => mailbox::measure()?,
        Name::Ingest => ingest::measure(tickets)?,
    };
    print!("\n{}", report.table());
    match json {
        Some(path) => report.write(path),
        None => Ok(()),
    }
}
