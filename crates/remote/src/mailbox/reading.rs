//! Reads the messages of a page: small ones in one question, large ones part by part, and what will not be fetched with growing care.
//!
//! A message that the server fails on is tried again alone, then by its header only, then left out with a warning: the rest goes on.

use std::collections::{BTreeMap, BTreeSet};

use model::Millis;
use model::incoming::{Change, Incoming, Place};

use crate::BlobSink;
use crate::mail::{self, Context};

use super::fault::Fault;
use super::folder::{Seen, fetch, learn_sizes};
use super::large;
use super::response::{Fetched, Section};
use super::session::Session;
use super::uids::UidSet;

/// Messages of a page.
const MOST_MESSAGES: usize = 200;
/// Bytes of a page, as the server counts them.
const MOST_BYTES: u64 = 4 << 20;
/// Above this a message is read part by part.
const LARGE: u64 = 1 << 20;
/// A literal longer than the server said its message was. Beyond it the message is read part by part.
const ROOM: usize = 2 << 20;

/// What every message of a page has in common.
pub(super) struct Reading<'a> {
    pub folder: &'a str,
    pub uid_validity: u32,
    pub own: &'a BTreeSet<String>,
    pub now: Millis,
    pub blobs: &'a dyn BlobSink,
    /// How the server is asked for a message's lasting identity, with a space before; empty where it has none.
    pub identity_item: &'static str,
}

impl Reading<'_> {
    fn place(&self, uid: u32) -> Place {
        Place { folder: self.folder.to_owned(), uid_validity: self.uid_validity, uid }
    }

    pub(super) fn context(&self, fetched: &Fetched) -> Context<'_> {
        Context {
            own: self.own,
            received_at: fetched.internal_date,
            now: self.now,
            identity: fetched.identity.clone().filter(|identity| !identity.is_empty()),
            place: Some(self.place(fetched.uid)),
            flags: large::flags(fetched),
        }
    }
}

/// Messages that made trouble, while the desk runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Trouble {
    /// How many of the next messages are fetched alone, to find the one that breaks the line.
    alone: usize,
    strikes: BTreeMap<Place, u8>,
}

/// A lost line may be the network's doing; what the server withholds or garbles is the message's.
const LOST_LINE: u8 = 1;
const WITHHELD: u8 = 3;
/// Strikes after which only the header is asked for, and after which nothing is.
const HEADER_ONLY: u8 = 6;
const LEFT_OUT: u8 = 9;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Care {
    Whole,
    HeaderOnly,
    LeaveOut,
}

impl Trouble {
    fn care(&self, place: &Place) -> Care {
        match self.strikes.get(place).copied().unwrap_or(0) {
            0..HEADER_ONLY => Care::Whole,
            HEADER_ONLY..LEFT_OUT => Care::HeaderOnly,
            LEFT_OUT.. => Care::LeaveOut,
        }
    }

    fn strike(&mut self, place: Place, weight: u8) {
        let strikes = self.strikes.entry(place).or_insert(0);
        *strikes = strikes.saturating_add(weight);
    }

    fn blame(&mut self, place: Place, fault: &Fault) {
        self.strike(place, if fault.lost_the_line() { LOST_LINE } else { WITHHELD });
    }
}

/// What came of a page.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub changes: Vec<Change>,
    /// What needs not be asked for again.
    pub done: Vec<u32>,
    pub oldest: Option<Millis>,
}

impl Read {
    fn add(&mut self, uid: u32, incoming: Incoming) {
        self.done.push(uid);
        self.oldest =
            Some(self.oldest.map_or(incoming.received_at, |oldest| oldest.min(incoming.received_at)));
        self.changes.push(Change::Message(Box::new(incoming)));
    }
}

/// Which messages a page takes, and how.
#[derive(Debug, Default)]
struct Plan {
    small: Vec<u32>,
    large: Vec<u32>,
    headers: Vec<u32>,
    left_out: Vec<u32>,
    /// Of no known size: gone, or withheld.
    absent: Vec<u32>,
}

fn plan(uids: &UidSet, seen: &Seen, trouble: &Trouble, reading: &Reading<'_>) -> Plan {
    let mut plan = Plan::default();
    let most = if trouble.alone > 0 { 1 } else { MOST_MESSAGES };
    let mut bytes = 0_u64;
    for uid in uids.newest_first().take(most) {
        let size = seen.sizes.get(&uid).copied();
        bytes = bytes.saturating_add(size.unwrap_or(0));
        let first = plan.small.is_empty() && plan.large.is_empty();
        match (trouble.care(&reading.place(uid)), size) {
            (Care::LeaveOut, _) => plan.left_out.push(uid),
            (Care::HeaderOnly, _) => plan.headers.push(uid),
            (Care::Whole, None) => plan.absent.push(uid),
            (Care::Whole, Some(_)) if bytes > MOST_BYTES && !first => break,
            (Care::Whole, Some(size)) if size > LARGE => plan.large.push(uid),
            (Care::Whole, Some(_)) => plan.small.push(uid),
        }
    }
    plan
}

/// Reads the newest of `uids` from the open folder into `read`, which keeps what came when the line breaks.
pub(super) async fn read_page(
    session: &mut Session,
    seen: &mut Seen,
    uids: &UidSet,
    trouble: &mut Trouble,
    reading: &Reading<'_>,
    read: &mut Read,
) -> Result<(), Fault> {
    let newest = UidSet::from_uids(uids.newest_first().take(MOST_MESSAGES));
    if newest.newest_first().any(|uid| !seen.sizes.contains_key(&uid)) {
        learn_sizes(session, seen, uids).await?;
    }
    let mut plan = plan(uids, seen, trouble, reading);
    for uid in std::mem::take(&mut plan.left_out) {
        tracing::warn!(uid, "A message cannot be fetched from the mail server and is left out.");
        read.done.push(uid);
    }
    let mut absent = std::mem::take(&mut plan.absent);
    read_small(session, &mut plan, trouble, reading, read, &mut absent).await?;
    for uid in plan.large {
        let incoming = large::read(session, uid, reading).await;
        settle(incoming, uid, trouble, reading, read, &mut absent)?;
    }
    for uid in plan.headers {
        let incoming = large::header_only(session, uid, reading).await;
        settle(incoming, uid, trouble, reading, read, &mut absent)?;
    }
    for uid in absent {
        // Most likely deleted a moment ago: the next look tells. If it is still listed, it comes up again.
        trouble.strike(reading.place(uid), WITHHELD);
        seen.doubtful = true;
        seen.uids = seen.uids.without(&UidSet::from_uids([uid]));
    }
    Ok(())
}

async fn read_small(
    session: &mut Session,
    plan: &mut Plan,
    trouble: &mut Trouble,
    reading: &Reading<'_>,
    read: &mut Read,
    absent: &mut Vec<u32>,
) -> Result<(), Fault> {
    let items = format!("(UID FLAGS INTERNALDATE{} BODY.PEEK[])", reading.identity_item);
    let wanted = UidSet::from_uids(plan.small.iter().copied());
    let mut found: Vec<Fetched> = Vec::new();
    let fetched = fetch(session, &wanted, &items, ROOM, &mut found).await;
    found.retain(|fetched| fetched.section("").is_some());
    found.sort_by_key(|fetched| std::cmp::Reverse(fetched.uid));
    found.dedup_by_key(|fetched| fetched.uid);
    for fetched in &found {
        match fetched.section("") {
            Some(Section::Bytes(raw)) => {
                let incoming = mail::read(raw, &reading.context(fetched), reading.blobs).await;
                let incoming = incoming.map_err(Fault::NotKept)?;
                read.add(fetched.uid, incoming);
            }
            Some(Section::TooLong) => plan.large.push(fetched.uid),
            _ => absent.push(fetched.uid),
        }
    }
    let came = UidSet::from_uids(found.iter().map(|fetched| fetched.uid));
    match fetched {
        Err(fault) if !fault.spares_the_line() => {
            blame(&wanted, &came, &fault, trouble, reading);
            return Err(fault);
        }
        _ => absent.extend(wanted.without(&came).newest_first()),
    }
    trouble.alone = trouble.alone.saturating_sub(1);
    Ok(())
}

/// The line broke: one message alone is to blame; of several, the next are taken one by one.
fn blame(wanted: &UidSet, came: &UidSet, fault: &Fault, trouble: &mut Trouble, reading: &Reading<'_>) {
    match wanted.len() {
        1 if came.is_empty() => trouble.blame(reading.place(wanted.max()), fault),
        _ if came.is_empty() => trouble.alone = MOST_MESSAGES,
        _ => {}
    }
}

/// Takes what came of a message that was fetched by itself.
fn settle(
    incoming: Result<Option<Incoming>, Fault>,
    uid: u32,
    trouble: &mut Trouble,
    reading: &Reading<'_>,
    read: &mut Read,
    absent: &mut Vec<u32>,
) -> Result<(), Fault> {
    match incoming {
        Ok(Some(incoming)) => read.add(uid, incoming),
        Ok(None) => absent.push(uid),
        Err(fault @ (Fault::NotKept(_) | Fault::Remote(_))) => return Err(fault),
        Err(fault) if fault.spares_the_line() => absent.push(uid),
        Err(fault) => {
            trouble.blame(reading.place(uid), &fault);
            return Err(fault);
        }
    }
    Ok(())
}
