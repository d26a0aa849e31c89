//! `bench ingest`: a sample of any size written into a new workspace by the release app, ending when its last message is searchable, against
//! bare multi-row inserts of the same rows into the same tables.
//!
//! The peer (`crates/store/benches/bare.rs`) reads its rows from the workspace that was just made and times only the inserts: the same
//! schema, index, encryption and pragmas, the same order, transactions of about the same size. What it need not do is find out which
//! ticket a mail belongs to, keep counts, or make the texts.

use std::process::Command;

use serde::Deserialize;

use super::{
    child::measured,
    figures::{Figure, Report},
    workspace,
};
use crate::{
    failure::{Failure, Result, While},
    needs::Group,
    process,
};

/// As the peer says it.
#[derive(Deserialize)]
struct Bare {
    seconds: f64,
}

pub fn measure(tickets: u32) -> Result<Report> {
    super::release(&[Group::Build], &[])?;
    process::attached(bench_of_store().arg("--no-run"))?;
    println!("▸ Writing a sample of {tickets} tickets");
    let made = workspace::make(tickets)?;
    let pace = &made.pace;
    println!("  {:.0} s. The same rows, inserted barely", pace.seconds);
    let bare = bare(&made.root)?;
    let peak = made.process.peak_megabytes;
    let peak = peak.ok_or_else(|| Failure::new("memory can be measured on Linux only"))?;
    let (first, last) = (pace.tenths.first(), pace.tenths.last());
    let growth = first.zip(last).map_or(f64::NAN, |(first, last)| last / first);
    let ingest = Figure::low("ingest", pace.seconds, "s", bare.seconds / 0.7);
    let figures = vec![
        ingest.against("bare multi-row inserts", bare.seconds),
        Figure::low("peak memory", peak, "MB", 300.0),
        Figure::low("cost of a ticket, last tenth to first", growth, "×", 1.3),
    ];
    Ok(Report { bench: "ingest".into(), figures, details: None })
}

fn bench_of_store() -> Command {
    process::cargo(["bench", "--locked", "--package", "store", "--bench", "bare"])
}

/// The seconds its inserts took. What it wrote is deleted again.
fn bare(workspace: &std::path::Path) -> Result<Bare> {
    let copy = workspace::shelf().join("bare.db");
    let said = measured(bench_of_store().arg("--quiet").arg("--").arg(workspace).arg(&copy))?.stdout;
    workspace::remove_database(&copy)?;
    serde_json::from_str(&said).during(|| format!("the peer answered something else: {said}"))
}
