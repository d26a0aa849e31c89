//! A page of changes: what the folders hold compared with what was reported of them.
//!
//! The cursor of a page says exactly what the page's changes say, so a page that is lost is made again.

use std::sync::Mutex;

use model::Millis;
use model::incoming::{Change, Flags, Place};
use tokio::time::Instant;

use crate::Page;

use super::config::Pace;
use super::cursor::{self, Reported, Sides};
use super::fault::Fault;
use super::folder::{Folder, Seen, flags_since, newest, newest_flags};
use super::live::Live;
use super::reading::{Read, Reading, Trouble, read_page};
use super::session::Session;
use super::uids::UidSet;

/// Places reported gone in a page, and flags reported.
const MOST_SMALL_CHANGES: usize = 1_000;

pub(super) struct Draft {
    pub reported: Reported,
    pub changes: Vec<Change>,
    /// Whether there are more changes of flags.
    flags_left: bool,
}

impl Draft {
    pub(super) fn new(reported: Reported) -> Draft {
        Draft { reported, changes: Vec::new(), flags_left: false }
    }

    /// Looks at the folders if it is time, and reports what is renumbered, gone, or flagged otherwise.
    pub(super) async fn look(&mut self, live: &mut Live, pace: &Pace) -> Result<(), Fault> {
        self.forget_dropped(&live.folders);
        let due = live.looked.is_none_or(|looked| looked.elapsed() >= pace.look);
        for index in 0..live.folders.len() {
            if due {
                live.look(index).await?;
            }
            let Some(folder) = live.folders.get_mut(index) else { continue };
            let Some(seen) = &mut folder.seen else { continue };
            self.renumber(&folder.chosen.name, seen);
            self.report_gone(&folder.chosen.name, seen);
            if due {
                self.report_flags(&mut live.session, &folder.chosen.name, seen, pace).await?;
            }
        }
        if due {
            live.looked = Some(Instant::now());
        }
        Ok(())
    }

    /// What lay in a folder that is not read any more lies nowhere.
    fn forget_dropped(&mut self, folders: &[Folder]) {
        let dropped = |name: &String| !folders.iter().any(|folder| folder.chosen.name == *name);
        let names: Vec<String> = self.reported.folders.keys().filter(|name| dropped(name)).cloned().collect();
        for name in names {
            self.report_gone(&name, &Seen::default());
            self.reported.folders.retain(|known, folder| *known != name || !folder.done.is_empty());
        }
    }

    fn renumber(&mut self, name: &str, seen: &Seen) {
        let known = self.reported.folders.get(name).map(|folder| folder.uid_validity);
        if known == Some(seen.uid_validity) {
            return;
        }
        if known.is_some() {
            self.changes
                .push(Change::Renumbered { folder: name.to_owned(), uid_validity: seen.uid_validity });
        }
        let fresh = cursor::Folder {
            uid_validity: seen.uid_validity,
            history: seen.uids.max(),
            mod_seq: seen.mod_seq,
            ..cursor::Folder::default()
        };
        self.reported.folders.insert(name.to_owned(), fresh);
    }

    fn report_gone(&mut self, name: &str, seen: &Seen) {
        let Some(folder) = self.reported.folders.get_mut(name) else { return };
        let gone = folder.done.without(&seen.uids);
        let gone = UidSet::from_uids(gone.newest_first().take(MOST_SMALL_CHANGES));
        let uid_validity = folder.uid_validity;
        let place = |uid| Place { folder: name.to_owned(), uid_validity, uid };
        self.changes.extend(gone.newest_first().map(|uid| Change::Gone { place: place(uid) }));
        folder.done = folder.done.without(&gone);
    }

    async fn report_flags(
        &mut self,
        session: &mut Session,
        name: &str,
        seen: &mut Seen,
        pace: &Pace,
    ) -> Result<(), Fault> {
        let Some(folder) = self.reported.folders.get_mut(name) else { return Ok(()) };
        let changed = match (folder.mod_seq, seen.mod_seq) {
            (Some(since), Some(now)) if since >= now => return Ok(()),
            (Some(since), Some(now)) => {
                let (changed, reached) = flags_since(session, since, MOST_SMALL_CHANGES).await?;
                folder.mod_seq = Some(reached.unwrap_or(now));
                self.flags_left |= reached.is_some();
                changed
            }
            (None, Some(now)) => {
                folder.mod_seq = Some(now);
                return Ok(());
            }
            _ if seen.flags_at.is_some_and(|at| at.elapsed() < pace.flags) => return Ok(()),
            _ => {
                seen.flags_at = Some(Instant::now());
                let mut found = newest_flags(session, &folder.done).await?;
                found.retain(|(uid, flags)| folder.marks.of(*uid) != *flags);
                folder.remember_flags(&found);
                found
            }
        };
        let known = changed.into_iter().filter(|(uid, _)| folder.done.contains(*uid));
        let uid_validity = folder.uid_validity;
        let change = |(uid, flags): (u32, Flags)| {
            let place = Place { folder: name.to_owned(), uid_validity, uid };
            Change::Flags { place, flags }
        };
        self.changes.extend(known.map(change));
        Ok(())
    }

    /// Reads the next messages. What came before a fault is reported all the same.
    pub(super) async fn read(
        &mut self,
        live: &mut Live,
        trouble: &Mutex<Trouble>,
        own: &std::collections::BTreeSet<String>,
        now: Millis,
        blobs: &dyn crate::BlobSink,
    ) -> Result<(), Fault> {
        let Some((index, step)) = self.next(&live.folders) else { return Ok(()) };
        live.select(index).await?;
        let identity_item = identity_item(&live.session);
        let Live { session, folders, .. } = live;
        let Some(Folder { chosen, seen: Some(seen) }) = folders.get_mut(index) else { return Ok(()) };
        let Some(folder) = self.reported.folders.get_mut(&chosen.name) else { return Ok(()) };
        if folder.uid_validity != seen.uid_validity {
            // Renumbered this very moment: the next page begins with that.
            return Ok(());
        }
        let reading =
            Reading { folder: &chosen.name, uid_validity: seen.uid_validity, own, now, blobs, identity_item };
        let mut held = lock(trouble).clone();
        let mut read = Read::default();
        let result = read_page(session, seen, &step.uids, &mut held, &reading, &mut read).await;
        *lock(trouble) = held;
        folder.done.extend(&UidSet::from_uids(read.done));
        if seen.mod_seq.is_none() {
            folder.remember_flags(&flags_of(&read.changes));
        }
        if !step.fresh {
            folder.reached = folder.reached.into_iter().chain(read.oldest).min();
        }
        self.changes.extend(read.changes);
        result
    }

    /// What to read next, by the place of its folder among `folders`.
    fn next(&self, folders: &[Folder]) -> Option<(usize, cursor::Step)> {
        let (indices, sides): (Vec<usize>, Vec<Sides<'_>>) = self.sides(folders).unzip();
        let step = cursor::next(&sides)?;
        Some((*indices.get(step.folder)?, step))
    }

    fn sides<'a>(&'a self, folders: &'a [Folder]) -> impl Iterator<Item = (usize, Sides<'a>)> {
        folders.iter().enumerate().filter_map(|(index, folder)| {
            let server = &folder.seen.as_ref()?.uids;
            let reported = self.reported.folders.get(&folder.chosen.name)?;
            Some((index, Sides { server, reported }))
        })
    }

    /// Reports the folders of which everything was reported.
    fn sweep(&mut self, folders: &[Folder]) {
        for folder in folders {
            let Some(seen) = &folder.seen else { continue };
            let Some(known) = self.reported.folders.get_mut(&folder.chosen.name) else { continue };
            let missing = seen.uids.without(&known.done);
            if missing.above(known.history).is_empty() {
                known.history = known.history.max(seen.uids.max());
            }
            if missing.is_empty() && !known.swept && known.uid_validity == seen.uid_validity {
                known.swept = true;
                let (folder, uid_validity) = (folder.chosen.name.clone(), seen.uid_validity);
                self.changes.push(Change::Swept { folder, uid_validity });
            }
        }
    }

    pub(super) fn into_page(mut self, live: &mut Live) -> Page {
        self.sweep(&live.folders);
        let sides: Vec<Sides<'_>> = self.sides(&live.folders).map(|(_, sides)| sides).collect();
        let messages_left = sides.iter().any(|sides| !sides.missing().is_empty());
        let gone_left = sides.iter().any(|sides| !sides.reported.done.without(sides.server).is_empty());
        let dropped_left = self.reported.folders.len() > sides.len() && self.dropped_left(&live.folders);
        let filling = cursor::filling(&sides);
        let more = messages_left || gone_left || dropped_left || self.flags_left;
        let fresh = live.folders.iter().all(|folder| self.is_fresh(folder));
        if !more || self.flags_left {
            live.looked = None;
        }
        Page { cursor: self.reported.cursor(), changes: self.changes, more, filling, fresh }
    }

    /// Whether nothing new of a folder is left: nothing that came while the desk watched, and not all of its history.
    fn is_fresh(&self, folder: &Folder) -> bool {
        let Some(seen) = &folder.seen else { return true };
        let Some(known) = self.reported.folders.get(&folder.chosen.name) else { return false };
        let missing = seen.uids.without(&known.done);
        let begun = known.reached.is_some() || missing.is_empty();
        let told = known.uid_validity == seen.uid_validity && !seen.doubtful;
        begun && told && missing.above(known.history).is_empty()
    }

    fn dropped_left(&self, folders: &[Folder]) -> bool {
        self.reported.folders.keys().any(|name| !folders.iter().any(|folder| folder.chosen.name == *name))
    }
}

impl cursor::Folder {
    fn remember_flags(&mut self, flags: &[(u32, Flags)]) {
        let floor = newest(&self.done).min().saturating_sub(1);
        self.marks.note(flags, floor);
    }
}

fn flags_of(changes: &[Change]) -> Vec<(u32, Flags)> {
    let of = |change: &Change| match change {
        Change::Message(incoming) => incoming.place.as_ref().map(|place| (place.uid, incoming.flags)),
        _ => None,
    };
    changes.iter().filter_map(of).collect()
}

fn identity_item(session: &Session) -> &'static str {
    match () {
        () if session.can("OBJECTID") => " EMAILID",
        () if session.can("X-GM-EXT-1") => " X-GM-MSGID",
        () => "",
    }
}

fn lock(trouble: &Mutex<Trouble>) -> std::sync::MutexGuard<'_, Trouble> {
    trouble.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
