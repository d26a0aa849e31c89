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
mod memory;
mod peers;
mod scale;
mod window;
mod workspace;

use std::path::Path;

use clap::ValueEnum;

use crate::{
    failure::{Failure, Result},
    interface,
    needs::{self, Group},
    process,
};

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Name {
    /// Ten thousand mails from a real IMAP server, against mbsync and notmuch.
    Mailbox,
    /// Lists, tickets, searches and bulk edits inside the app, at ten thousand to a million tickets.
    Desk,
    /// A sample of any size written into a new workspace, against bare inserts of the same rows.
    Ingest,
    /// From a key to the painted answer in the real window, fast scrolling, and the start beside an empty window's.
    Window,
    /// Memory of all processes after the start and through an hour of work, beside an empty window's.
    Memory,
}

/// `tickets`: how large a workspace, for those that measure on a sample.
pub fn bench(name: Name, tickets: u32, json: Option<&Path>) -> Result {
    let report = match name {
        Name::Mailbox => mailbox::measure()?,
        Name::Desk => scale::measure(tickets)?,
        Name::Ingest => ingest::measure(tickets)?,
        Name::Window => window::measure(tickets)?,
        Name::Memory => memory::measure(tickets)?,
    };
    print!("\n{}", report.table());
    match json {
        Some(path) => report.write(path),
        None => Ok(()),
    }
}

/// Brings what a benchmark needs and builds Foredeck as it is released. The empty window is built in the same go for all of them: without
/// the example cargo would choose other features, and each kind of benchmark would build the app anew.
fn release(groups: &[Group], named: &[&str]) -> Result {
    let mut missing = needs::provide(groups)?;
    missing.extend(needs::provide_named(named)?);
    if let Some(need) = missing.first() {
        return Err(Failure::new(format!("{} is missing ({})", need.what, need.why)));
    }
    interface::packages(&mut |mut command| process::attached(&mut command))?;
    interface::build(&mut |mut command| process::attached(&mut command))?;
    println!("▸ Building Foredeck as it is released, and an empty window");
    let mut build = process::cargo(["build", "--release", "--locked", "--package", "foredeck"]);
    process::attached(build.args(["--bin", "foredeck", "--example", "empty"]))
}
