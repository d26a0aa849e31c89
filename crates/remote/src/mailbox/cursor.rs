//! How far a mailbox was reported: the adapter's cursor, and what to report next. Pure.

use std::collections::BTreeMap;

use model::Millis;
use model::incoming::{Cursor, Flags};
use serde::{Deserialize, Serialize};

use crate::Filling;

use super::uids::UidSet;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reported {
    /// By the folder's name.
    pub folders: BTreeMap<String, Folder>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Folder {
    pub uid_validity: u32,
    /// What was reported and not reported gone.
    pub done: UidSet,
    /// UIDs up to here are history; what is above came while the desk watched.
    pub history: u32,
    /// The oldest moment that reading history came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached: Option<Millis>,
    /// Flags were reported up to this change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mod_seq: Option<u64>,
    /// The flags reported of the newest messages, where the server does not count changes.
    #[serde(default, skip_serializing_if = "Marks::is_empty")]
    pub marks: Marks,
    /// Whether the end of this numbering was reported.
    pub swept: bool,
}

/// Flags as sets of UIDs, of the newest messages only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Marks {
    seen: UidSet,
    answered: UidSet,
    flagged: UidSet,
}

impl Marks {
    fn is_empty(&self) -> bool {
        self.seen.is_empty() && self.answered.is_empty() && self.flagged.is_empty()
    }

    pub(super) fn of(&self, uid: u32) -> Flags {
        Flags {
            seen: self.seen.contains(uid),
            answered: self.answered.contains(uid),
            flagged: self.flagged.contains(uid),
        }
    }

    /// Notes the flags of some messages, and forgets those of all up to `floor`.
    pub(super) fn note(&mut self, flags: &[(u32, Flags)], floor: u32) {
        let all = UidSet::from_uids(flags.iter().map(|(uid, _)| *uid));
        let renew = |set: &mut UidSet, is: fn(&Flags) -> bool| {
            let set_now = flags.iter().filter(|(_, flags)| is(flags)).map(|(uid, _)| *uid);
            let mut renewed = set.without(&all);
            renewed.extend(&UidSet::from_uids(set_now));
            *set = renewed.above(floor);
        };
        renew(&mut self.seen, |flags| flags.seen);
        renew(&mut self.answered, |flags| flags.answered);
        renew(&mut self.flagged, |flags| flags.flagged);
    }
}

impl Reported {
    /// A cursor that cannot be read is none: everything is reported again, which is harmless.
    pub(super) fn read(cursor: Option<&Cursor>) -> Reported {
        let Some(cursor) = cursor else { return Reported::default() };
        serde_json::from_str(&cursor.0).unwrap_or_else(|error| {
            tracing::warn!(%error, "The mailbox's cursor is unreadable; everything is reported again.");
            Reported::default()
        })
    }

    pub(super) fn cursor(&self) -> Cursor {
        // Maps of strings and numbers always become JSON.
        Cursor(serde_json::to_string(self).unwrap_or_default())
    }
}

/// A folder as it is at the server beside what was reported of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides<'a> {
    pub server: &'a UidSet,
    pub reported: &'a Folder,
}

impl Sides<'_> {
    pub(super) fn missing(&self) -> UidSet {
        self.server.without(&self.reported.done)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// Which of the folders, in the order given.
    pub folder: usize,
    /// What to report next of it, to be taken newest first.
    pub uids: UidSet,
    /// Whether it is mail that came while the desk watched.
    pub fresh: bool,
}

/// What to report next: new mail of any folder first; then history, of the folder that reading has left at the newest moment, so that
/// a question and its answer come together.
pub(super) fn next(folders: &[Sides<'_>]) -> Option<Step> {
    let missing: Vec<UidSet> = folders.iter().map(Sides::missing).collect();
    let all = || folders.iter().zip(&missing).enumerate();
    let fresh = all().find_map(|(folder, (sides, missing))| {
        let uids = missing.above(sides.reported.history);
        (!uids.is_empty()).then_some(Step { folder, uids, fresh: true })
    });
    fresh.or_else(|| {
        let left = all().filter(|(_, (_, missing))| !missing.is_empty());
        let newest = left.max_by_key(|(_, (sides, _))| sides.reported.reached.unwrap_or(Millis(i64::MAX)));
        newest.map(|(folder, (_, missing))| Step { folder, uids: missing.clone(), fresh: false })
    })
}

/// How much of the history is here; `None` when it is complete.
pub(super) fn filling(folders: &[Sides<'_>]) -> Option<Filling> {
    let (mut total, mut left, mut history_left) = (0_u64, 0_u64, false);
    for sides in folders {
        let missing = sides.missing();
        total += sides.server.len();
        left += missing.len();
        history_left |= !missing.without(&missing.above(sides.reported.history)).is_empty();
    }
    let count = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    history_left.then(|| Filling { done: count(total - left), total: count(total) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(done: &str, history: u32, reached: Option<i64>) -> Folder {
        Folder { done: done.parse().unwrap(), history, reached: reached.map(Millis), ..Folder::default() }
    }

    type Row<'a> = (&'a str, &'a [(&'a str, Folder)], Option<(usize, &'a str, bool)>);

    fn step(folders: &[(&str, Folder)]) -> Option<(usize, String, bool)> {
        let servers: Vec<UidSet> = folders.iter().map(|(server, _)| server.parse().unwrap()).collect();
        let sides: Vec<_> =
            servers.iter().zip(folders).map(|(server, (_, reported))| Sides { server, reported }).collect();
        next(&sides).map(|step| (step.folder, step.uids.to_string(), step.fresh))
    }

    #[test]
    fn what_to_report_next() {
        let table: [Row<'_>; 6] = [
            ("nothing is left of an empty mailbox", &[("", folder("", 0, None))], None),
            ("nothing is left when all is done", &[("1:9", folder("1:9", 9, Some(5)))], None),
            ("history begins anywhere", &[("1:9", folder("", 9, None))], Some((0, "1:9", false))),
            (
                "new mail of any folder comes before history",
                &[("1:9", folder("9", 9, Some(5))), ("1:8", folder("1:7", 7, Some(5)))],
                Some((1, "8", true)),
            ),
            (
                "a folder not begun comes before one begun",
                &[("1:9", folder("9", 9, Some(50))), ("1:8", folder("", 8, None))],
                Some((1, "1:8", false)),
            ),
            (
                "history is read where it is newest",
                &[("1:9", folder("9", 9, Some(50))), ("1:8", folder("8", 8, Some(40)))],
                Some((0, "1:8", false)),
            ),
        ];
        for (sentence, folders, expected) in table {
            let found = step(folders);
            assert_eq!(
                found.as_ref().map(|found| (found.0, found.1.as_str(), found.2)),
                expected,
                "{sentence}"
            );
        }
    }

    #[test]
    fn filling_ends_with_the_history_and_not_with_new_mail() {
        let reported = folder("5:9", 9, None);
        let server = "1:10".parse().unwrap();
        let sides = Sides { server: &server, reported: &reported };
        assert_eq!(filling(&[sides]), Some(Filling { done: 5, total: 10 }));
        let reported = folder("1:9", 9, None);
        assert_eq!(filling(&[Sides { server: &server, reported: &reported }]), None);
    }

    #[test]
    fn flags_are_remembered_of_the_newest_messages() {
        let seen = Flags { seen: true, ..Flags::default() };
        let mut marks = Marks::default();
        marks.note(&[(1, seen), (2, seen), (3, Flags::default())], 0);
        marks.note(&[(2, Flags::default()), (3, seen)], 0);
        assert_eq!([1, 2, 3].map(|uid| marks.of(uid)), [seen, Flags::default(), seen]);
        marks.note(&[], 1);
        assert_eq!(marks.of(1), Flags::default());
    }

    #[test]
    fn a_cursor_comes_back_as_it_was() {
        let mut reported = Reported::default();
        reported
            .folders
            .insert("INBOX".to_owned(), Folder { mod_seq: Some(7), ..folder("1:7,9", 9, Some(3)) });
        assert_eq!(Reported::read(Some(&reported.cursor())), reported);
        assert_eq!(Reported::read(Some(&Cursor("{".to_owned()))), Reported::default());
    }
}
