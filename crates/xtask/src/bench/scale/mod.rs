//! `bench desk`: what an agent asks the desk for all day, at ten thousand, a hundred thousand and a million tickets of five messages, in one
//! process that stays; and a search beside `notmuch search` over the same texts.
//!
//! What is changed is changed back: the workspace is as it was, but for three additions that the sample lacks ([`texts`]).

mod acts;
mod notmuch;
mod session;
mod spread;
mod texts;

use std::path::Path;

use serde_json::{Value, json};

use self::{acts::Acts, session::Session, spread::Spread};
use super::{
    child::measured,
    figures::{Figure, Report},
    workspace,
};
use crate::{failure::Result, needs::Group, place, process};

/// The most tickets whose texts are given to the peer too, which wants a file a message: a million would be five million files.
const MOST_FILES: u32 = 10_000;

pub fn measure(most: u32) -> Result<Report> {
    super::release(&[Group::Build, Group::MailPeers], &[])?;
    let sizes: Vec<u32> = [10_000, 100_000, 1_000_000].into_iter().filter(|size| *size <= most).collect();
    let (mut spread, mut figures, mut peers) = (Spread::default(), Vec::new(), Vec::new());
    for size in &sizes {
        let root = workspace::workspace(*size)?;
        add_texts(&root)?;
        println!("▸ {size} tickets");
        for _ in 0..COLD_RUNS {
            cold(&root, *size, &mut spread)?;
        }
        let mut session = Session::open(&root)?;
        let done = Acts::new(&mut session, *size, &mut spread).all();
        session.close()?;
        done?;
        if *size <= MOST_FILES {
            peers.push((*size, notmuch::searches(&root, *size)?));
        }
    }
    for what in spread.things().map(str::to_owned).collect::<Vec<_>>() {
        figures.extend(judged(&what, &spread, &sizes, &peers));
    }
    let details = spread.table(&sizes);
    Ok(Report { bench: "desk".into(), figures, details: Some(details) })
}

/// Once per workspace.
fn add_texts(root: &Path) -> Result {
    let mut session = Session::open(root)?;
    let asked =
        json!({ "scope": { "kind": "search", "query": texts::THREAD_WORD }, "after": null, "limit": 1 });
    let (page, _): (Value, f64) = session.call("tickets", &asked)?;
    session.close()?;
    if page.pointer("/rows/0").is_some() {
        return Ok(());
    }
    let mbox = workspace::shelf().join("additions.mbox");
    texts::write(&mbox)?;
    let mut foredeck = process::command(place::app("release"));
    measured(foredeck.arg("--workspace").arg(root).arg("import").arg(&mbox)).map(drop)
}

const COLD_RUNS: u32 = 5;

/// From opening to the first list, with nothing of the database in the system's memory.
fn cold(root: &Path, size: u32, spread: &mut Spread) -> Result {
    forget(&root.join("desk.db"))?;
    let mut session = Session::open(root)?;
    let asked = json!({ "scope": acts::standard("open"), "after": null, "limit": 100 });
    let (_, list): (Value, f64) = session.call("tickets", &asked)?;
    spread.add(COLD, size, session.opening + list);
    session.close()
}

const COLD: &str = "open the database cold, and the first list";

/// Asks the system to let go of what it remembers of a file (`dd` passes POSIX_FADV_DONTNEED).
fn forget(file: &Path) -> Result {
    let mut of = std::ffi::OsString::from("of=");
    of.push(file);
    let mut dd = process::command("dd");
    measured(dd.arg(of).args(["oflag=nocache", "conv=notrunc,fdatasync", "count=0"])).map(drop)
}

/// What the aims say of it, at the largest size.
fn judged(what: &str, spread: &Spread, sizes: &[u32], peers: &[(u32, notmuch::Searches)]) -> Vec<Figure> {
    let (Some(largest), Some(smallest)) = (sizes.last(), sizes.first()) else { return Vec::new() };
    let Some(times) = spread.of(what, *largest) else { return Vec::new() };
    let at = |share: &str| format!("{what}, {share} at {largest}");
    if what == COLD {
        return vec![Figure::low(&at("worst"), times.at(1.0), "ms", 100.0)];
    }
    if what.starts_with("search") {
        let p95 = Figure::low(&at("p95"), times.at(0.95), "ms", 30.0);
        let against = peers.iter().filter_map(|(size, searches)| {
            let ours = spread.of(what, *size)?.at(0.5);
            let theirs = searches.iter().find(|(each, _)| *each == what)?.1;
            let figure = Figure::low(&format!("{what}, p50 at {size}"), ours, "ms", theirs);
            Some(figure.against("notmuch search --limit=50 (whole process)", theirs))
        });
        return [p95].into_iter().chain(against).collect();
    }
    if !acts::HAS_AIM.iter().any(|begins| what.starts_with(begins)) {
        return Vec::new();
    }
    let p99 = Figure::low(&at("p99"), times.at(0.99), "ms", 5.0);
    let growth = spread.of(what, *smallest).filter(|_| sizes.len() > 1).map(|small| {
        Figure::low(&format!("{what}, growth of its p50"), times.at(0.5) / small.at(0.5), "×", 2.0)
    });
    [p99].into_iter().chain(growth).collect()
}
