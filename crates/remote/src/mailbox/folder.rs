//! One folder at the server: opened to read only, and which UIDs it holds. Asks only for what may have changed.

use std::collections::BTreeMap;

use model::incoming::Flags;
use tokio::time::Instant;

use super::fault::Fault;
use super::folders::Chosen;
use super::response::{Fetched, Response};
use super::session::{Command, SMALL, Session};
use super::uids::UidSet;

/// Flags are compared for this many of the newest messages where the server does not count changes.
const NEWEST_FLAGS: usize = 500;
/// So often a server may tell of one message in the answer to one command: of its flags, too, when they change meanwhile.
const MOST_ANSWERS: u8 = 4;
/// Sizes asked for at once.
pub(super) const SIZES: usize = 1_000;

/// A folder that is read, and what this connection knows of it.
#[derive(Debug)]
pub(super) struct Folder {
    pub chosen: Chosen,
    /// `None` until it was looked at, and while it cannot be opened.
    pub seen: Option<Seen>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub uid_validity: u32,
    uid_next: Option<u32>,
    pub exists: u32,
    /// `None` where the server does not count changes.
    pub mod_seq: Option<u64>,
    pub uids: UidSet,
    pub sizes: BTreeMap<u32, u64>,
    /// Something did not fit what is known: the next look asks for every UID.
    pub doubtful: bool,
    pub flags_at: Option<Instant>,
}

/// What opening a folder tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Opened {
    pub uid_validity: u32,
    pub uid_next: Option<u32>,
    pub exists: u32,
    pub mod_seq: Option<u64>,
}

impl Seen {
    /// Whether the folder may be as it was.
    pub(super) fn agrees_with(&self, opened: &Opened) -> bool {
        let before = Opened {
            uid_validity: self.uid_validity,
            uid_next: self.uid_next,
            exists: self.exists,
            mod_seq: self.mod_seq,
        };
        before == *opened
    }
}

/// Opens a folder so that nothing in it is changed by reading.
pub(super) async fn examine(session: &mut Session, raw: &str) -> Result<Opened, Fault> {
    session.opening();
    let counts = session.can("CONDSTORE") || session.can("QRESYNC");
    let command = Command::new("EXAMINE").text(raw).words(if counts { " (CONDSTORE)" } else { "" });
    let mut opened = Opened::default();
    session.run(command, SMALL, &mut |response| opened.note(&response)).await?;
    session.selected = Some(raw.to_owned());
    session.stirred = false;
    Ok(opened)
}

impl Opened {
    fn note(&mut self, response: &Response) {
        match response {
            Response::Data(data) if data.name == "EXISTS" => self.exists = data.number.unwrap_or(0),
            Response::Status(status) => {
                let number = |name: &str| status.code(name).and_then(|number| number.parse::<u64>().ok());
                let small = |name: &str| number(name).and_then(|number| u32::try_from(number).ok());
                self.uid_validity = small("UIDVALIDITY").unwrap_or(self.uid_validity);
                self.uid_next = small("UIDNEXT").or(self.uid_next);
                self.mod_seq = number("HIGHESTMODSEQ").or(self.mod_seq);
            }
            _ => {}
        }
    }
}

/// Opens a folder and learns which UIDs it holds, of which `before` says what is known already.
pub(super) async fn look(session: &mut Session, raw: &str, before: Option<Seen>) -> Result<Seen, Fault> {
    let opened = examine(session, raw).await?;
    let mut seen = before.filter(|before| before.uid_validity == opened.uid_validity).unwrap_or_default();
    let as_many = |seen: &Seen| seen.uids.len() == u64::from(opened.exists);
    let unchanged = !seen.doubtful && opened.uid_next.is_some() && seen.uid_next == opened.uid_next;
    if !(unchanged && as_many(&seen)) {
        if !seen.doubtful && !seen.uids.is_empty() {
            let from = seen.uids.max().saturating_add(1);
            // `n:*` always names the last message too, which is known.
            let newer = search(session, &format!("UID {from}:*")).await?.above(from - 1);
            seen.uids.extend(&newer);
        }
        if seen.doubtful || !as_many(&seen) {
            seen.uids = if opened.exists == 0 { UidSet::default() } else { search(session, "ALL").await? };
        }
        let uids = &seen.uids;
        seen.sizes.retain(|uid, _| uids.contains(*uid));
    }
    seen.doubtful = false;
    seen.uid_validity = opened.uid_validity;
    seen.uid_next = opened.uid_next;
    seen.exists = opened.exists;
    seen.mod_seq = opened.mod_seq;
    Ok(seen)
}

async fn search(session: &mut Session, what: &str) -> Result<UidSet, Fault> {
    let compact = if session.can("ESEARCH") { "RETURN (ALL) " } else { "" };
    let mut found = UidSet::default();
    let mut understood = true;
    let command = Command::new(format!("UID SEARCH {compact}{what}"));
    session
        .run(command, SMALL, &mut |response| match response {
            Response::Data(data) if matches!(data.name.as_str(), "SEARCH" | "ESEARCH") => match data.uids() {
                Some(uids) => found.extend(&uids),
                None => understood = false,
            },
            _ => {}
        })
        .await?;
    if understood { Ok(found) } else { Err(Fault::Nonsense("a list of UIDs that is none")) }
}

/// Fetches `items` of `uids` into `found`, which keeps what came when the rest does not.
pub(super) async fn fetch(
    session: &mut Session,
    uids: &UidSet,
    items: &str,
    room: usize,
    found: &mut Vec<Fetched>,
) -> Result<(), Fault> {
    if uids.is_empty() {
        return Ok(());
    }
    let command = Command::new(format!("UID FETCH {uids} {items}"));
    let mut heard: BTreeMap<u32, u8> = BTreeMap::new();
    let mut on = |response| {
        if let Response::Data(data) = response
            && data.name == "FETCH"
        {
            // What the server says of other messages meanwhile is heard at the next look.
            let asked = data.fetched().filter(|fetched| uids.contains(fetched.uid));
            found.extend(asked.filter(|fetched| {
                let times = heard.entry(fetched.uid).or_default();
                *times = times.saturating_add(1);
                *times <= MOST_ANSWERS
            }));
        }
    };
    session.run(command, room, &mut on).await.map(|_| ())
}

/// Learns the sizes of the first of `uids`, the newest first.
pub(super) async fn learn_sizes(session: &mut Session, seen: &mut Seen, uids: &UidSet) -> Result<(), Fault> {
    let unknown = uids.newest_first().take(SIZES).filter(|uid| !seen.sizes.contains_key(uid));
    let unknown = UidSet::from_uids(unknown);
    let mut found = Vec::new();
    fetch(session, &unknown, "(UID RFC822.SIZE)", SMALL, &mut found).await?;
    seen.sizes.extend(found.iter().filter_map(|fetched| Some((fetched.uid, fetched.size?))));
    Ok(())
}

/// The flags that changed since the change `since`, in the order of the changes; at most about `most`, and the change that they reach up to.
pub(super) async fn flags_since(
    session: &mut Session,
    since: u64,
    most: usize,
) -> Result<(Vec<(u32, Flags)>, Option<u64>), Fault> {
    let everything = UidSet::from_ranges(vec![(1, u32::MAX)]);
    let mut found = Vec::new();
    let items = format!("(UID FLAGS) (CHANGEDSINCE {since})");
    fetch_all(session, &everything, &items, &mut found).await?;
    found.sort_by_key(|fetched| fetched.mod_seq);
    let last = found.get(most.saturating_sub(1)).and_then(|fetched| fetched.mod_seq);
    // A server that tells of older changes than it was asked for must not send the desk back to them.
    let goes_on =
        |last: &u64| *last > since && found.last().is_some_and(|newest| newest.mod_seq > Some(*last));
    let reached = last.filter(goes_on);
    let kept = found.into_iter().filter(|fetched| reached.is_none() || fetched.mod_seq <= reached);
    Ok((kept.filter_map(|fetched| Some((fetched.uid, fetched.flags?))).collect(), reached))
}

async fn fetch_all(
    session: &mut Session,
    uids: &UidSet,
    items: &str,
    found: &mut Vec<Fetched>,
) -> Result<(), Fault> {
    // A folder without messages answers `1:*` with an error on some servers.
    match fetch(session, uids, items, SMALL, found).await {
        Err(fault) if fault.spares_the_line() => {
            tracing::debug!("The server does not tell which flags changed.");
            Ok(())
        }
        fetched => fetched,
    }
}

/// Which of `known` are the newest, of which flags are compared.
pub(super) fn newest(known: &UidSet) -> UidSet {
    UidSet::from_uids(known.newest_first().take(NEWEST_FLAGS))
}

/// The flags of the newest messages among `known`.
pub(super) async fn newest_flags(session: &mut Session, known: &UidSet) -> Result<Vec<(u32, Flags)>, Fault> {
    let mut found = Vec::new();
    fetch(session, &newest(known), "(UID FLAGS)", SMALL, &mut found).await?;
    Ok(found.into_iter().filter_map(|fetched| Some((fetched.uid, fetched.flags?))).collect())
}
