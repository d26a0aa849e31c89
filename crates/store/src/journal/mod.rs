//! The journal: an append-only file of what exists nowhere but here, from which a rebuilt database is restored.
//!
//! Each record is encrypted and authenticated on its own, bound to its place in the file. A record is on disk before the
//! transaction it belongs to commits; the database remembers up to where it has taken the journal in, so that a record
//! whose transaction was cut off is taken in at the next opening. A torn tail is cut to the last whole record.

mod record;

use std::{
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
pub(crate) use record::{Act, CustomerAct, Record, SourceRecord, hex, unhex};

use crate::{
    error::{Result, StoreError},
    key::Key,
};

pub(crate) const FILE: &str = "journal";

const MAGIC: &[u8; 8] = b"FDJRNL\x01\n";
const LENGTH: usize = 4;
const NONCE: usize = 24;
const MAC: usize = 16;
/// No record is longer, in bytes: a note of a million characters fits.
const LONGEST: usize = 16 << 20;

pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    cipher: XChaCha20Poly1305,
    /// Where the next record goes: behind the last whole one.
    end: u64,
}

/// What reading the journal gave.
#[derive(Default)]
pub(crate) struct Replay {
    pub records: Vec<Record>,
    /// Records that were there and could not be read.
    pub unreadable: u32,
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
        let cipher = XChaCha20Poly1305::new((&*key.for_journal()).into());
        let length = file.metadata().map_err(StoreError::file(&path))?.len();
        if length < MAGIC.len() as u64 {
            file.set_len(0).and_then(|()| file.write_all(MAGIC)).map_err(StoreError::file(&path))?;
        }
        Ok(Journal { path, file, cipher, end: MAGIC.len() as u64 })
    }

    /// Where the first record is.
    pub const START: u64 = MAGIC.len() as u64;

    /// Where the next record will be.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Reads every whole record from `position` on and cuts off what follows the last one. What is cut off and is more
    /// than a torn record is kept beside the journal.
    pub fn read_from(&mut self, position: u64) -> Result<Replay> {
        let mut bytes = Vec::new();
        let length = self.file.metadata().map_err(StoreError::file(&self.path))?.len();
        let position = position.clamp(Self::START, length.max(Self::START));
        self.seek(position)?;
        self.file.read_to_end(&mut bytes).map_err(StoreError::file(&self.path))?;
        let mut replay = Replay::default();
        let mut at = 0usize;
        while let Some(sealed) = whole_record(&bytes, at) {
            match self.open_record(position + at as u64, sealed) {
                Some(record) => replay.records.push(record),
                None => replay.unreadable += 1,
            }
            at += LENGTH + sealed.len();
        }
        self.end = position + at as u64;
        self.cut_tail(bytes.get(at..).unwrap_or(&[]))?;
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
        fs::write(&kept, tail).map_err(StoreError::file(kept))?;
        self.file.set_len(self.end).map_err(StoreError::file(&self.path))
    }

    fn open_record(&self, at: u64, sealed: &[u8]) -> Option<Record> {
        let (nonce, text) = sealed.split_at_checked(NONCE)?;
        let payload = Payload { msg: text, aad: &at.to_le_bytes() };
        let plain = self.cipher.decrypt(XNonce::from_slice(nonce), payload).ok()?;
        serde_json::from_slice(&plain).ok()
    }

    /// Appends records and waits until they are on disk. The caller is the only writer.
    pub fn append(&mut self, records: &[Record]) -> Result<u64> {
        let mut bytes = Vec::new();
        for record in records {
            self.seal(record, &mut bytes)?;
        }
        self.seek(self.end)?;
        let written = self
            .file
            .set_len(self.end)
            .and_then(|()| self.file.write_all(&bytes))
            .and_then(|()| self.file.sync_data());
        written.map_err(StoreError::file(&self.path))?;
        self.end += bytes.len() as u64;
        Ok(self.end)
    }

    /// Forgets what was appended behind `end`: its transaction did not commit.
    pub fn rewind(&mut self, end: u64) {
        self.end = self.end.min(end.max(Self::START));
    }

    fn seal(&self, record: &Record, bytes: &mut Vec<u8>) -> Result<()> {
        let at = self.end + bytes.len() as u64;
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce)?;
        let plain = serde_json::to_vec(record)?;
        let payload = Payload { msg: plain.as_slice(), aad: &at.to_le_bytes() };
        let sealed = self
            .cipher
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|_| StoreError::Invalid("journal record"))?;
        let length = u32::try_from(NONCE + sealed.len())
            .ok()
            .filter(|length| *length as usize <= LONGEST)
            .ok_or(StoreError::Invalid("text"))?;
        bytes.extend(length.to_le_bytes());
        bytes.extend(nonce);
        bytes.extend(sealed);
        Ok(())
    }

    fn seek(&mut self, to: u64) -> Result<()> {
        self.file.seek(SeekFrom::Start(to)).map(|_| ()).map_err(StoreError::file(&self.path))
    }
}

/// The sealed bytes of the record at `at`, if it is there whole.
fn whole_record(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let head = bytes.get(at..at + LENGTH)?;
    let length = u32::from_le_bytes(head.try_into().ok()?) as usize;
    if !(NONCE + MAC..=LONGEST).contains(&length) {
        return None;
    }
    bytes.get(at + LENGTH..at + LENGTH + length)
}

#[cfg(test)]
mod tests {
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
        assert_eq!((names(&replay).len(), replay.unreadable), (0, 2));
        let mut flipped = bytes;
        flipped[first - 1] ^= 1;
        fs::write(&path, flipped).unwrap();
        let replay = Journal::open(root.path(), &key).unwrap().read_from(0).unwrap();
        assert_eq!((names(&replay), replay.unreadable), (vec!["b".to_owned()], 1));
    }

    #[test]
    fn what_did_not_commit_is_overwritten() {
        let (root, key) = (tempfile::tempdir().unwrap(), Key::random().unwrap());
        let mut journal = Journal::open(root.path(), &key).unwrap();
        journal.read_from(0).unwrap();
        let before = journal.append(&[setting("a")]).unwrap();
        journal.append(&[setting("never")]).unwrap();
        journal.rewind(before);
        journal.append(&[setting("b")]).unwrap();
        assert_eq!(names(&journal.read_from(0).unwrap()), ["a", "b"]);
    }
}
