//! Which of several desks on one mailbox answers a mail by itself: the one whose mark on it the server accepts (RFC 7162, conditional STORE).
//!
//! A server that can't tell who was first makes nobody first.

use model::incoming::Place;

use crate::Claim;

use super::fault::Fault;
use super::folder::fetch;
use super::live::Live;
use super::response::{Fetched, Response};
use super::session::{Command, SMALL, Session};
use super::uids::UidSet;

/// The mark of a mail that a desk has acknowledged.
pub(super) const KEYWORD: &str = "$ForedeckAcked";
/// Another change of the mail, such as its being read, may come between the look and the mark.
const TRIES: usize = 2;

/// What opening a folder for writing tells.
#[derive(Debug, Default)]
struct Ground {
    uid_validity: u32,
    counts: bool,
    read_only: bool,
    /// Whether a mark of our own can be put.
    marks: bool,
}

pub(super) async fn claim(live: &mut Live, place: &Place) -> Result<Claim, Fault> {
    let folder = live.folders.iter().find(|folder| folder.chosen.name == place.folder);
    let Some(raw) = folder.map(|folder| folder.chosen.raw.clone()) else { return Ok(Claim::Lost) };
    let session = &mut live.session;
    if !session.can("CONDSTORE") && !session.can("QRESYNC") {
        return Ok(Claim::CannotTell);
    }
    let ground = match open(session, &raw).await {
        Ok(ground) => ground,
        Err(Fault::Refused(said)) if !said.is_busy() => return Ok(Claim::Lost),
        Err(fault) => return Err(fault),
    };
    match () {
        () if ground.uid_validity != place.uid_validity => Ok(Claim::Lost),
        () if ground.read_only || !ground.counts || !ground.marks => Ok(Claim::CannotTell),
        () => mark(session, place.uid).await,
    }
}

async fn open(session: &mut Session, raw: &str) -> Result<Ground, Fault> {
    session.opening();
    let mut ground = Ground::default();
    let command = Command::new("SELECT").text(raw).words(" (CONDSTORE)");
    let status = session.run(command, SMALL, &mut |response| ground.note(&response)).await?;
    ground.read_only |= status.code("READ-ONLY").is_some();
    session.selected = Some(raw.to_owned());
    Ok(ground)
}

impl Ground {
    fn note(&mut self, response: &Response) {
        let Response::Status(status) = response else { return };
        if let Some(validity) = status.code("UIDVALIDITY") {
            self.uid_validity = validity.parse().unwrap_or(0);
        }
        if let Some(flags) = status.code("PERMANENTFLAGS") {
            let mut flags = flags.trim_matches(['(', ')']).split_ascii_whitespace();
            self.marks = flags.any(|flag| flag == r"\*" || flag.eq_ignore_ascii_case(KEYWORD));
        }
        self.counts |= status.code("HIGHESTMODSEQ").is_some();
    }
}

async fn mark(session: &mut Session, uid: u32) -> Result<Claim, Fault> {
    for _ in 0..TRIES {
        let Some(mail) = look(session, uid).await? else { return Ok(Claim::Lost) };
        if mail.claimed {
            return Ok(Claim::Lost);
        }
        let Some(as_seen) = mail.mod_seq else { return Ok(Claim::CannotTell) };
        let command = format!("UID STORE {uid} (UNCHANGEDSINCE {as_seen}) +FLAGS.SILENT ({KEYWORD})");
        match session.run_plain(Command::new(command)).await {
            Ok(status) if status.code("MODIFIED").is_none() => return Ok(Claim::Won),
            Err(Fault::Refused(said)) if said.code("MODIFIED").is_none() => return Ok(Claim::CannotTell),
            Err(Fault::Rejected(_)) => return Ok(Claim::CannotTell),
            Ok(_) | Err(Fault::Refused(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(Claim::Lost)
}

async fn look(session: &mut Session, uid: u32) -> Result<Option<Fetched>, Fault> {
    let mut found = Vec::new();
    fetch(session, &UidSet::from_uids([uid]), "(UID FLAGS MODSEQ)", SMALL, &mut found).await?;
    // A change told of in between is a second answer; the last one counts.
    Ok(found.into_iter().rfind(|mail| mail.flags.is_some()))
}
