//! Mail archives on this machine: mbox files, Maildir folders, `.eml` files and folders of them.
//!
//! [`read`] finds out what lies at a path and answers an iterator that reads one message at a time, however large the archive. A file or
//! message that can't be read is an `Err` in its place and the rest goes on. Nothing is ever written, and no link is followed out of the archive.

mod files;
mod mbox;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use model::Millis;
use model::incoming::Flags;

use files::Found;
use mbox::Mbox;

/// Where in an archive a message lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    pub file: PathBuf,
    /// From 1; always 1 in a file that holds one message.
    pub index: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawMail {
    pub bytes: Vec<u8>,
    /// When the archive says it came: the `From ` line of an mbox, the name of a file in a Maildir. `None` for a loose `.eml`.
    pub received_at: Option<Millis>,
    pub flags: Flags,
    pub origin: Origin,
}

#[derive(Debug, thiserror::Error)]
pub enum Why {
    #[error("the file could not be read")]
    Io(#[from] std::io::Error),
    #[error("the message is longer than {LONGEST_MESSAGE} bytes")]
    TooLong,
    #[error("this is neither an mbox, a Maildir nor a message")]
    NotMail,
}

/// What could not be read, and where. The rest of the archive is read all the same.
#[derive(Debug, thiserror::Error)]
#[error("unreadable mail in an archive")]
pub struct Unreadable {
    pub origin: Origin,
    #[source]
    pub why: Why,
}

impl Unreadable {
    fn at(file: &Path, index: u32, why: impl Into<Why>) -> Unreadable {
        Unreadable { origin: Origin { file: file.to_owned(), index }, why: why.into() }
    }
}

/// Bytes of one message; a longer one is reported and passed over.
pub const LONGEST_MESSAGE: usize = 100 << 20;

/// An archive being read, message by message.
#[derive(Debug)]
pub struct Archive {
    /// Files not yet begun, in order of their names.
    files: VecDeque<Found>,
    /// Folders that could not be listed, to be told first.
    unlisted: VecDeque<Unreadable>,
    open: Option<Mbox>,
    total: u64,
    /// Bytes of files done with.
    done: u64,
}

/// Opens the archive at `path`. Reads names, sizes and the first bytes of files; it blocks, as does the iterator: give it a thread.
pub fn read(path: &Path) -> Result<Archive, Unreadable> {
    let (files, unlisted) = files::find(path)?;
    let total = files.iter().map(|found| found.size).sum();
    Ok(Archive { files: files.into(), unlisted: unlisted.into(), open: None, total, done: 0 })
}

impl Archive {
    /// Bytes in all files, for a progress bar.
    pub fn total_bytes(&self) -> u64 {
        self.total
    }

    /// Bytes read or passed over so far, at most [`Archive::total_bytes`].
    pub fn bytes_read(&self) -> u64 {
        let open = self.open.as_ref().map_or(0, Mbox::bytes_read);
        (self.done + open).min(self.total)
    }

    fn close(&mut self) {
        self.done += self.open.take().map_or(0, |mbox| mbox.size());
    }
}

impl Iterator for Archive {
    type Item = Result<RawMail, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(unlisted) = self.unlisted.pop_front() {
                return Some(Err(unlisted));
            }
            match self.open.as_mut().map(Mbox::next) {
                Some(Some(mail)) => return Some(mail),
                Some(None) => self.close(),
                None => {}
            }
            let found = self.files.pop_front()?;
            if !found.is_mbox {
                self.done += found.size;
                return Some(files::read_message(&found));
            }
            match Mbox::open(&found) {
                Ok(mbox) => self.open = Some(mbox),
                Err(why) => {
                    self.done += found.size;
                    return Some(Err(Unreadable::at(&found.path, 1, why)));
                }
            }
        }
    }
}
