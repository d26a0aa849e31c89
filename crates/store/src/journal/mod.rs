//! The journal: an append-only file of what exists nowhere but here, from which a rebuilt database is restored.
//!
//! Each record is encrypted and authenticated on its own, bound to its place in the file (`frame`). A record is on disk before the
//! transaction it belongs to commits; the database remembers up to where it has taken the journal in, so that a record
//! whose transaction was cut off is taken in at the next opening. A transaction that failed leaves no record behind.
//!
//! What is damaged costs itself and nothing after it: reading passes over it to the next record that authenticates, and says how many bytes
//! that were. A torn tail is cut to the last whole record; what is cut off is kept beside the journal.

mod frame;
mod record;

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use self::frame::{Found, Frames};
pub(crate) use record::{
    Act, ClaimRecord, CustomerAct, Kept, OutgoingAct, Progress, QueuedRecord, Record, SourceRecord, hex,
    unhex,
};

use crate::{
    error::{Result, StoreError},
    key::Key,
};

pub(crate) const FILE: &str = "journal";

const MAGIC: &[u8; 8] = b"FDJRNL\x01\n";

pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    frames: Frames,
    /// Where the next record goes: behind the last whole one.
    end: u64,
}

/// What reading the journal gave.
#[derive(Default)]
pub(crate) struct Replay {
    pub records: Vec<Record>,
    /// Damaged stretches that were passed over, of one record or several.
    pub damaged: u32,
    /// How long they are together.
    pub damaged_bytes: u64,
    /// Whole records of a kind that this version does not know.
    pub unknown: u32,
}

impl Journal {
    /// Opens or makes it. Nothing is read yet; [`Journal::read_from`] finds the end.
    pub fn open(root: &Path, key: &Key) -> Result<Journal> {
        let path = root.join(FILE);
        let mut options = File::options();
        options.create(true).truncate(false).read(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(StoreError::file(&path))?;
        let frames = Frames::new(&key.for_journal());
        let length = file.metadata().map_err(StoreError::file(&path))?.len();
        if length < MAGIC.len() as u64 {
            file.set_len(0).and_then(|()| file.write_all(MAGIC)).map_err(StoreError::file(&path))?;
        }
        Ok(Journal { path, file, frames, end: MAGIC.len() as u64 })
    }

    /// Where the first record is.
    pub const START: u64 = MAGIC.len() as u64;

    /// Where the next record will be.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Reads every record from `position` on that is what was written, and cuts off what follows the last one. What is cut off is kept
    /// beside the journal.
    pub fn read_from(&mut self, position: u64) -> Result<Replay> {
        let mut bytes = Vec::new();
        let length = self.file.metadata().map_err(StoreError::file(&self.path))?.len();
        let position = position.clamp(Self::START, length.max(Self::START));
        self.seek(position)?;
        self.file.read_to_end(&mut bytes).map_err(StoreError::file(&self.path))?;
        let mut replay = Replay::default();
        let mut at = 0usize;
        while let Some(found) = self.frames.next(&bytes, at, position) {
            replay.take(&found, at);
            at = found.end;
        }
        self.end = position + at as u64;
        let tail = bytes.get(at..).unwrap_or(&[]);
        if frame::is_whole(tail) {
            replay.pass_over(tail.len());
        }
        self.cut_tail(tail)?;
        Ok(replay)
    }

    fn cut_tail(&self, tail: &[u8]) -> Result<()> {
        if tail.is_empty() {
            return Ok(());
        }
        tracing::warn!(
            bytes = tail.len(),
            "The journal ends in a record that was not written whole; it is cut off."
        );
        let kept = self.path.with_extension("tail");
        let append = || {
            let mut file = File::options().create(true).append(true).open(&kept)?;
            file.write_all(tail).and_then(|()| file.sync_all())
        };
        append().map_err(StoreError::file(&kept))?;
        self.file.set_len(self.end).map_err(StoreError::file(&self.path))
    }

    /// Appends records and waits until they are on disk. The caller is the only writer.
    pub fn append(&mut self, records: &[Record]) -> Result<u64> {
        let mut bytes = Vec::new();
        for record in records {
            let at = self.end + bytes.len() as u64;
            self.frames.seal(&serde_json::to_vec(record)?, at, &mut bytes)?;
        }
        self.seek(self.end)?;
        tracing::trace!(bytes = bytes.len(), "The journal is about to be written.");
        let written = self.file.set_len(self.end).and_then(|()| self.file.write_all(&bytes));
        tracing::trace!("The journal is written, but may not be on disk.");
        written.and_then(|()| self.file.sync_data()).map_err(StoreError::file(&self.path))?;
        self.end += bytes.len() as u64;
        tracing::trace!(end = self.end, "The journal is on disk.");
        Ok(self.end)
    }

    /// Takes back what was appended behind `end`: its transaction did not commit. Where the disk refuses even that, the next record is
    /// written over it; only a process that ends before then would take it in at the next opening.
    pub fn rewind(&mut self, end: u64) {
        self.end = self.end.min(end.max(Self::START));
        let taken_back = self.file.set_len(self.end).and_then(|()| self.file.sync_data());
        if let Err(error) = taken_back {
            tracing::error!(%error, "A record whose change was not kept could not be taken out of the journal.");
        }
    }

    fn seek(&mut self, to: u64) -> Result<()> {
        self.file.seek(SeekFrom::Start(to)).map(|_| ()).map_err(StoreError::file(&self.path))
    }
}

impl Replay {
    fn take(&mut self, found: &Found, from: usize) {
        if found.start > from {
            self.pass_over(found.start - from);
        }
        match serde_json::from_slice(&found.text) {
            Ok(record) => self.records.push(record),
            Err(_) => self.unknown += 1,
        }
    }

    fn pass_over(&mut self, bytes: usize) {
        self.damaged += 1;
        self.damaged_bytes += bytes as u64;
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use serde_json::json;

    fn setting(name: &str) -> Record {
        Record::Setting { name: name.to_owned(), value: json!(1) }
    }

    fn names(replay: &Replay) -> Vec<String> {
        let name = |record: &Record| match record {
            Record::Setting { name, .. } => name.clone(),
            _ => "?".to_owned(),
        };
        replay.records.iter().map(name).collect()
    }

    fn written(root: &Path, key: &Key, list: &[&str]) -> u64 {
        let mut journal = Journal::open(root, key).unwrap();
        journal.read_from(0).unwrap();
        journal.append(&list.iter().map(|name| setting(name)).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn records_come_back_in_order_and_from_any_record_on() {
        let (root, key) = (tempfile::tempdir().unwrap(), Key::random().unwrap());
        let middle = written(root.path(), &key, &["a", "b"]);
        written(root.path(), &key, &["c"]);
        let mut journal = Journal::open(root.path(), &key).unwrap();
        assert_eq!(names(&journal.read_from(0).unwrap()), ["a", "b", "c"]);
        assert_eq!(names(&journal.read_from(middle).unwrap()), ["c"]);
        let bytes = fs::read(root.path().join(FILE)).unwrap();
        assert!(!bytes.windows(7).any(|w| w == b"setting"), "nothing is in the clear");
    }

    #[test]
    fn a_tail_torn_at_any_byte_costs_only_the_last_record() {
        let (root, key) = (tempfile::tempdir().unwrap(), Key::random().unwrap());
        let whole = written(root.path(), &key, &["a"]);
        let end = written(root.path(), &key, &["b"]);
        let bytes = fs::read(root.path().join(FILE)).unwrap();
        for cut in whole..end {
            fs::write(root.path().join(FILE), &bytes[..cut as usize]).unwrap();
            let mut journal = Journal::open(root.path(), &key).unwrap();
            assert_eq!(names(&journal.read_from(0).unwrap()), ["a"], "cut at {cut}");
            journal.append(&[setting("c")]).unwrap();
            assert_eq!(names(&journal.read_from(0).unwrap()), ["a", "c"]);
        }
    }

    #[test]
    fn a_changed_or_moved_record_is_never_believed() {
        let (root, key) = (tempfile::tempdir().unwrap(), Key::random().unwrap());
        let first = written(root.path(), &key, &["a"]) as usize;
        written(root.path(), &key, &["b"]);
        let path = root.path().join(FILE);
        let bytes = fs::read(&path).unwrap();
        let start = Journal::START as usize;
        let mut swapped = bytes[..start].to_vec();
        swapped.extend(&bytes[first..]);
        swapped.extend(&bytes[start..first]);
        fs::write(&path, swapped).unwrap();
        let replay = Journal::open(root.path(), &key).unwrap().read_from(0).unwrap();
        assert_eq!((names(&replay).len(), replay.damaged), (0, 1));
        assert_eq!(fs::read(path.with_extension("tail")).unwrap().len() as u64, replay.damaged_bytes);
        let mut flipped = bytes;
        flipped[first - 1] ^= 1;
        fs::write(&path, flipped).unwrap();
        let replay = Journal::open(root.path(), &key).unwrap().read_from(0).unwrap();
        assert_eq!((names(&replay), replay.damaged), (vec!["b".to_owned()], 1));
    }

    #[test]
    fn what_did_not_commit_is_taken_back() {
        let (root, key) = (tempfile::tempdir().unwrap(), Key::random().unwrap());
        let mut journal = Journal::open(root.path(), &key).unwrap();
        journal.read_from(0).unwrap();
        let before = journal.append(&[setting("a")]).unwrap();
        journal.append(&[setting("never")]).unwrap();
        journal.rewind(before);
        let mut other = Journal::open(root.path(), &key).unwrap();
        assert_eq!(names(&other.read_from(0).unwrap()), ["a"], "nor is it in the file meanwhile");
        journal.append(&[setting("b")]).unwrap();
        assert_eq!(names(&journal.read_from(0).unwrap()), ["a", "b"]);
    }

    #[test]
    fn whatever_byte_is_damaged_every_other_record_is_read() {
        let (root, key) = (tempfile::tempdir().unwrap(), Key::random().unwrap());
        let ends: Vec<u64> = ["a", "b", "c", "d"].map(|name| written(root.path(), &key, &[name])).to_vec();
        let path = root.path().join(FILE);
        let whole = fs::read(&path).unwrap();
        // The header tells nothing that is needed; the last record has no other after it.
        for at in 0..ends[2] as usize {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x80;
            fs::write(&path, &damaged).unwrap();
            let replay = Journal::open(root.path(), &key).unwrap().read_from(0).unwrap();
            let hit =
                ends.iter().position(|end| (at as u64) < *end).filter(|_| at >= Journal::START as usize);
            let expected: Vec<&str> = ["a", "b", "c", "d"]
                .into_iter()
                .enumerate()
                .filter(|(n, _)| Some(*n) != hit)
                .map(|(_, n)| n)
                .collect();
            assert_eq!(names(&replay), expected, "damaged at {at}");
            assert_eq!(replay.damaged, u32::from(hit.is_some()), "damaged at {at}");
            assert_eq!(fs::read(&path).unwrap(), damaged, "nothing was cut off");
        }
    }

    #[test]
    fn a_damaged_stretch_is_passed_over_and_its_length_told() {
        let (root, key) = (tempfile::tempdir().unwrap(), Key::random().unwrap());
        let ends: Vec<u64> = ["a", "b", "c", "d"].map(|name| written(root.path(), &key, &[name])).to_vec();
        let path = root.path().join(FILE);
        let mut bytes = fs::read(&path).unwrap();
        bytes[ends[0] as usize + 3..ends[2] as usize - 2].fill(0);
        fs::write(&path, bytes).unwrap();
        let mut journal = Journal::open(root.path(), &key).unwrap();
        let replay = journal.read_from(0).unwrap();
        assert_eq!((names(&replay), replay.damaged), (vec!["a".to_owned(), "d".to_owned()], 1));
        assert_eq!(replay.damaged_bytes, ends[2] - ends[0]);
        journal.append(&[setting("e")]).unwrap();
        assert_eq!(names(&journal.read_from(ends[1]).unwrap()), ["d", "e"], "from within the damage too");
    }

    #[test]
    fn records_of_the_first_form_are_read_and_found_again_behind_damage() {
        let (root, key) = (tempfile::tempdir().unwrap(), Key::random().unwrap());
        let mut journal = Journal::open(root.path(), &key).unwrap();
        let mut bytes = MAGIC.to_vec();
        let mut starts = Vec::new();
        for name in ["a", "b", "c"] {
            starts.push(bytes.len());
            let text = serde_json::to_vec(&setting(name)).unwrap();
            let at = bytes.len() as u64;
            journal.frames.seal_first_form(&text, at, &mut bytes);
        }
        let path = root.path().join(FILE);
        fs::write(&path, &bytes).unwrap();
        assert_eq!(names(&journal.read_from(0).unwrap()), ["a", "b", "c"]);
        journal.append(&[setting("d")]).unwrap();
        assert_eq!(names(&journal.read_from(0).unwrap()), ["a", "b", "c", "d"], "both forms in one file");
        let mut damaged = fs::read(&path).unwrap();
        damaged[starts[1] + 2] ^= 1;
        fs::write(&path, damaged).unwrap();
        let replay = Journal::open(root.path(), &key).unwrap().read_from(0).unwrap();
        assert_eq!((names(&replay), replay.damaged), (["a", "c", "d"].map(str::to_owned).to_vec(), 1));
    }

    #[test]
    fn a_record_of_a_later_version_is_told_from_a_damaged_one() {
        let (root, key) = (tempfile::tempdir().unwrap(), Key::random().unwrap());
        let end = written(root.path(), &key, &["a"]);
        let mut journal = Journal::open(root.path(), &key).unwrap();
        let mut later = Vec::new();
        journal.frames.seal(br#"{"record":"telepathy"}"#, end, &mut later).unwrap();
        let mut bytes = fs::read(root.path().join(FILE)).unwrap();
        bytes.extend(later);
        fs::write(root.path().join(FILE), bytes).unwrap();
        let replay = journal.read_from(0).unwrap();
        assert_eq!((names(&replay), replay.unknown, replay.damaged), (vec!["a".to_owned()], 1, 0));
    }
}
