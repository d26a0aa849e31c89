//! `bench mailbox`: ten thousand mails on a real IMAP server, read by the desk and by mbsync with notmuch, turn by turn.
//!
//! The same mails, the same server, the same machine, equal durability: neither waits for the disk for what could be fetched
//! again. Every figure is the median of several runs, and each run is checked: a desk that read fewer mails fails.

use std::{
    fs,
    path::{Path, PathBuf},
};

use indicatif::{ProgressBar, ProgressStyle};

use super::{
    desk::Desk,
    dovecot::Dovecot,
    figures::{Figure, Report, median},
    keystore::KeyStore,
    letters,
    peers::Peers,
};
use crate::{
    failure::{Failure, Result, While},
    needs::Group,
};

const MAILS: u64 = 10_000;
const NEW_MAILS: u64 = 10;
const COLD_RUNS: u64 = 3;
const NEW_RUNS: u64 = 5;
const SEARCHES: &[&str] = &["refund", "battery", "\"printer broken\"", "warranty licence", "103456"];
const SEARCH_RUNS: usize = 5;

const USER: &str = "agent";
/// Whose mailbox holds the mail of sixty megabytes too.
const HEAVY_USER: &str = "heavy";

pub fn measure() -> Result<Report> {
    super::release(&[Group::Build, Group::MailPeers], &["Dovecot with IMAP", "D-Bus", "gnome-keyring"])?;
    let folder = Folder::new()?;
    let keys = KeyStore::up(&folder.path().join("keys"))?;
    let server = Dovecot::up(&folder.path().join("server"), &[USER, HEAVY_USER])?;
    say("Seeding 10,000 mails, and as many beside one of sixty megabytes");
    server.put(USER, letters::small(0, MAILS))?;
    server.put(HEAVY_USER, letters::small(0, MAILS).chain([letters::big(MAILS)]))?;
    let mut figures = Vec::new();
    let (desk, peers) = cold(&folder, &keys, &server, &mut figures)?;
    few(&server, &desk, &peers, &mut figures)?;
    search(&desk, &peers, &mut figures)?;
    memory(&folder, &keys, &server, &mut figures)?;
    Ok(Report { bench: "mailbox".into(), figures, details: None })
}

/// The whole mailbox into a fresh workspace: stored, threaded, every mail searchable. Leaves the last of each for what follows.
fn cold<'a>(
    folder: &Folder,
    keys: &'a KeyStore,
    server: &Dovecot,
    figures: &mut Vec<Figure>,
) -> Result<(Desk<'a>, Peers)> {
    let progress = progress("Cold sync", COLD_RUNS + 1);
    let (mut ours, mut theirs, mut last) = (Vec::new(), Vec::new(), None);
    for run in 0..=COLD_RUNS {
        let desk = Desk::new(folder.path().join(format!("desk-{run}")), keys, server, USER)?;
        let peers = Peers::new(folder.path().join(format!("peers-{run}")), server, USER)?;
        let (our, their) = (desk.sync(MAILS)?.seconds, peers.fetch()?.seconds + peers.index()?.seconds);
        // The first round only warms the server and the disk.
        if run > 0 {
            ours.push(our);
            theirs.push(their);
        }
        last = Some((desk, peers));
        progress.inc(1);
    }
    let theirs = median(theirs);
    let figure = Figure::low("cold sync of 10,000 mails", median(ours), "s", theirs / 3.0);
    figures.push(figure.against("mbsync (FSync no), then notmuch new", theirs));
    let (desk, peers) = last.ok_or_else(|| Failure::new("no run"))?;
    check_count(&peers)?;
    Ok((desk, peers))
}

/// A peer that read less would win unfairly.
fn check_count(peers: &Peers) -> Result {
    match peers.count("*")?.parse() {
        Ok(MAILS) => Ok(()),
        _ => Err(Failure::new("notmuch did not index every mail")),
    }
}

/// Ten new mails, from the start of the process to its end.
fn few(server: &Dovecot, desk: &Desk, peers: &Peers, figures: &mut Vec<Figure>) -> Result {
    let progress = progress("Ten new mails", NEW_RUNS);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for run in 0..NEW_RUNS {
        server.put(USER, letters::small(2 * MAILS + run * NEW_MAILS, NEW_MAILS))?;
        ours.push(desk.sync(MAILS + (run + 1) * NEW_MAILS)?.seconds);
        theirs.push(peers.fetch()?.seconds);
        progress.inc(1);
    }
    figures.push(
        Figure::low("ten new mails", median(ours), "s", 0.15).against("mbsync (FSync no)", median(theirs)),
    );
    peers.index().map(drop)
}

fn search(desk: &Desk, peers: &Peers, figures: &mut Vec<Figure>) -> Result {
    let progress = progress("Search", SEARCHES.len() as u64);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for words in SEARCHES {
        for _ in 0..SEARCH_RUNS {
            ours.push(desk.search(words)?);
            theirs.push(peers.search(words)?.seconds * 1000.0);
        }
        progress.inc(1);
    }
    let figure = Figure::low("search, newest fifty tickets", median(ours), "ms", 10.0);
    figures.push(figure.against("notmuch search --limit=50 (whole process)", median(theirs)));
    Ok(())
}

fn memory(folder: &Folder, keys: &KeyStore, server: &Dovecot, figures: &mut Vec<Figure>) -> Result {
    say("Memory, with a mail of sixty megabytes in the box");
    let desk = Desk::new(folder.path().join("desk-heavy"), keys, server, HEAVY_USER)?;
    let peak = desk.sync(MAILS + 1)?.peak_megabytes;
    let peak = peak.ok_or_else(|| Failure::new("memory can be measured on Linux only"))?;
    figures.push(Figure::low("peak memory, one mail of 60 MB among them", peak, "MB", 200.0));
    Ok(())
}

fn say(what: &str) {
    println!("▸ {what}");
}

fn progress(title: &str, rounds: u64) -> ProgressBar {
    say(title);
    let bar = ProgressBar::new(rounds);
    if let Ok(style) = ProgressStyle::with_template("  {bar:30} {pos}/{len} {elapsed}") {
        bar.set_style(style);
    }
    bar
}

/// A temporary folder that other users may look into: Dovecot reads mail as another one.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Folder> {
        let path = std::env::temp_dir().join(format!("foredeck-bench-{}", std::process::id()));
        fs::create_dir_all(path.join("server")).during(|| format!("{} can't be made", path.display()))?;
        Ok(Folder(path))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left_to_the_system = fs::remove_dir_all(&self.0);
    }
}
