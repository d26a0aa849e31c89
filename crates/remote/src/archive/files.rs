//! Which files of a folder are mail, and what a Maildir's names say of a message.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use model::Millis;
use model::incoming::Flags;

use super::{LONGEST_MESSAGE, Origin, RawMail, Unreadable, Why};

/// A file with mail in it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) size: u64,
    pub(super) is_mbox: bool,
    /// Whether its name is a Maildir's.
    in_maildir: bool,
}

/// Folders within folders that are looked into.
const DEEPEST: usize = 12;

/// Every file with mail under `path`, by name, and the folders that could not be listed.
pub(super) fn find(path: &Path) -> Result<(Vec<Found>, Vec<Unreadable>), Unreadable> {
    let unreadable = |why: Why| Unreadable::at(path, 1, why);
    let about = fs::metadata(path).map_err(|error| unreadable(error.into()))?;
    let mut search = Search::default();
    if about.is_dir() {
        search.folder(path, 0);
        if search.found.is_empty() && search.unlisted.is_empty() {
            return Err(unreadable(Why::NotMail));
        }
    } else {
        let head = head(path).map_err(|error| unreadable(error.into()))?;
        let is_mbox = starts_mbox(&head);
        if !is_mbox && !looks_like_mail(&head) {
            return Err(unreadable(Why::NotMail));
        }
        search.found.push(Found { path: path.to_owned(), size: about.len(), is_mbox, in_maildir: false });
    }
    Ok((search.found, search.unlisted))
}

#[derive(Default)]
struct Search {
    found: Vec<Found>,
    unlisted: Vec<Unreadable>,
}

impl Search {
    fn folder(&mut self, folder: &Path, depth: usize) {
        let mut entries: Vec<PathBuf> = match fs::read_dir(folder) {
            Ok(entries) => entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect(),
            Err(error) => return self.unlisted.push(Unreadable::at(folder, 1, error)),
        };
        entries.sort();
        let maildir = folder.join("cur").is_dir() || folder.join("new").is_dir();
        for entry in entries {
            let Ok(about) = fs::symlink_metadata(&entry) else { continue };
            let name = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if about.is_dir() {
                match name.as_str() {
                    "cur" | "new" if maildir => self.messages(&entry),
                    // What a server is still writing.
                    "tmp" if maildir => {}
                    _ if depth < DEEPEST => self.folder(&entry, depth + 1),
                    _ => {}
                }
            } else if about.is_file() && !maildir {
                self.file(entry, &name, about.len());
            }
        }
    }

    fn messages(&mut self, folder: &Path) {
        let before = self.found.len();
        match fs::read_dir(folder) {
            Ok(entries) => self.found.extend(entries.filter_map(|entry| {
                let entry = entry.ok()?;
                let hidden = entry.file_name().to_string_lossy().starts_with('.');
                let size = entry.metadata().ok().filter(|about| about.is_file() && !hidden)?.len();
                Some(Found { path: entry.path(), size, is_mbox: false, in_maildir: true })
            })),
            Err(error) => self.unlisted.push(Unreadable::at(folder, 1, error)),
        }
        if let Some(new) = self.found.get_mut(before..) {
            new.sort_by(|a, b| a.path.cmp(&b.path));
        }
    }

    /// In a folder of files, those called like mail and those that begin like an mbox.
    fn file(&mut self, path: PathBuf, name: &str, size: u64) {
        let lower = name.to_lowercase();
        let message = [".eml", ".emlx", ".mime"].iter().any(|ending| lower.ends_with(ending));
        let is_mbox = !message && !lower.starts_with('.') && head(&path).is_ok_and(|head| starts_mbox(&head));
        if message || is_mbox {
            self.found.push(Found { path, size, is_mbox, in_maildir: false });
        }
    }
}

fn head(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(4_096).read_to_end(&mut head)?;
    Ok(head)
}

pub(super) fn starts_mbox(head: &[u8]) -> bool {
    head.trim_ascii_start().starts_with(b"From ")
}

/// Whether the first line with anything on it is a header field.
fn looks_like_mail(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let name = head.split(|b| *b == b':').next().unwrap_or_default();
    let named = !name.is_empty() && name.len() < 77 && name.len() < head.len();
    named && name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// A file that holds one message.
pub(super) fn read_message(found: &Found) -> Result<RawMail, Unreadable> {
    let unreadable = |why: Why| Unreadable::at(&found.path, 1, why);
    if found.size > LONGEST_MESSAGE as u64 {
        return Err(unreadable(Why::TooLong));
    }
    let mut bytes = Vec::new();
    File::open(&found.path)
        .and_then(|file| file.take(LONGEST_MESSAGE as u64).read_to_end(&mut bytes))
        .map_err(|error| unreadable(error.into()))?;
    if found.path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("emlx")) {
        bytes = without_mac_wrapping(bytes);
    }
    let name = found.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(RawMail {
        bytes,
        received_at: delivered_at(&name).filter(|_| found.in_maildir),
        flags: if found.in_maildir { maildir_flags(&name) } else { Flags::default() },
        origin: Origin { file: found.path.clone(), index: 1 },
    })
}

/// Apple Mail writes the message's length on a line before it and a property list after it.
fn without_mac_wrapping(bytes: Vec<u8>) -> Vec<u8> {
    let parsed = memchr::memchr(b'\n', &bytes).and_then(|end| {
        let length: usize = std::str::from_utf8(bytes.get(..end)?).ok()?.trim().parse().ok()?;
        bytes.get(end + 1..(end + 1).checked_add(length)?).map(<[u8]>::to_vec)
    });
    parsed.unwrap_or(bytes)
}

/// A Maildir's file name begins with the second of delivery.
fn delivered_at(name: &str) -> Option<Millis> {
    let seconds: i64 = name.split(['.', ',', ':']).next()?.parse().ok()?;
    (seconds > 0).then(|| Millis(seconds.saturating_mul(1_000)))
}

/// `…:2,FRS`; some systems write `;`, `!` or `-` for the colon.
fn maildir_flags(name: &str) -> Flags {
    let letters = name.rsplit_once("2,").map_or("", |(_, letters)| letters);
    Flags { seen: letters.contains('S'), answered: letters.contains('R'), flagged: letters.contains('F') }
}
