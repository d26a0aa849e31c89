//! One mbox file, streamed line by line. Every dialect is read: a message begins at a `From ` line that follows an empty line (or begins the file)
//! and is followed by a header; `>From ` lines lose one `>`, as mboxrd and mboxo wrote them. `Content-Length` is not believed.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;

use mail_parser::DateTime;
use model::Millis;
use model::incoming::Flags;

use super::files::Found;
use super::{LONGEST_MESSAGE, Origin, RawMail, Unreadable, Why};

#[derive(Debug)]
pub(super) struct Mbox {
    path: PathBuf,
    size: u64,
    reader: BufReader<File>,
    read: u64,
    index: u32,
    /// The `From ` line of the message that comes next.
    next: Option<Vec<u8>>,
    /// A message that turned out to end where a new one began.
    ended: bool,
}

/// Bytes of one line held at a time.
const LONGEST_LINE: u64 = 1 << 20;

impl Mbox {
    pub(super) fn open(found: &Found) -> Result<Mbox, Why> {
        let file = File::open(&found.path)?;
        let reader = BufReader::with_capacity(256 * 1024, file);
        let mut mbox = Mbox {
            path: found.path.clone(),
            size: found.size,
            reader,
            read: 0,
            index: 0,
            next: None,
            ended: false,
        };
        let mut line = Vec::new();
        while mbox.next.is_none() && mbox.line(&mut line)? {
            mbox.next = is_separator(&line).then(|| line.clone());
        }
        Ok(mbox)
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.read
    }

    pub(super) fn next(&mut self) -> Option<Result<RawMail, Unreadable>> {
        if self.ended {
            return None;
        }
        let separator = self.next.take()?;
        self.index += 1;
        let origin = Origin { file: self.path.clone(), index: self.index };
        let read = self.message();
        Some(match read {
            Ok(bytes) => {
                let flags = status(&bytes);
                Ok(RawMail { bytes, received_at: came_at(&separator), flags, origin })
            }
            Err(why) => {
                self.ended = matches!(why, Why::Io(_));
                Err(Unreadable { origin, why })
            }
        })
    }

    /// The message up to the next separator. A message that is too long is read to its end all the same, and forgotten.
    fn message(&mut self) -> Result<Vec<u8>, Why> {
        let mut bytes = Vec::new();
        let mut line = Vec::new();
        let mut too_long = false;
        let mut blank = false;
        let mut starts = true;
        while self.line(&mut line)? {
            if blank && starts && is_separator(&line) {
                self.next = Some(std::mem::take(&mut line));
                break;
            }
            let whole = line.ends_with(b"\n");
            let kept = if starts { unquoted(&line) } else { &line };
            too_long |= bytes.len() + kept.len() > LONGEST_MESSAGE;
            if !too_long {
                bytes.extend_from_slice(kept);
            }
            blank = starts && matches!(line.as_slice(), b"\n" | b"\r\n");
            starts = whole;
        }
        if too_long {
            return Err(Why::TooLong);
        }
        // The empty line before the separator belongs to it.
        let end = [&b"\r\n\r\n"[..], b"\n\n"]
            .iter()
            .find(|end| bytes.ends_with(end))
            .map_or(0, |end| end.len() / 2);
        bytes.truncate(bytes.len() - end);
        Ok(bytes)
    }

    /// Reads a line, or a megabyte of one; `false` at the end.
    fn line(&mut self, line: &mut Vec<u8>) -> Result<bool, Why> {
        line.clear();
        let length = self.reader.by_ref().take(LONGEST_LINE).read_until(b'\n', line)?;
        self.read += length as u64;
        Ok(length > 0)
    }
}

/// `From sender Mon Jan  1 10:00:00 2024`: with a time of day and a year, so that a sentence beginning with "From" is none.
fn is_separator(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else { return false };
    let text = String::from_utf8_lossy(rest.get(..300).unwrap_or(rest));
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let timed = words.iter().any(|word| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        word.contains(':') && digits >= 3 && word.bytes().all(|b| b.is_ascii_digit() || b == b':')
    });
    let dated = words.iter().any(|word| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit()));
    timed && dated
}

/// `>From ` and `>>From ` lose one mark.
fn unquoted(line: &[u8]) -> &[u8] {
    let marks = line.iter().take_while(|b| **b == b'>').count();
    let quoted = marks > 0 && line.get(marks..).is_some_and(|rest| rest.starts_with(b"From "));
    if quoted { line.get(1..).unwrap_or(line) } else { line }
}

/// The time of a `From ` line, which is UTC unless it says otherwise.
fn came_at(separator: &[u8]) -> Option<Millis> {
    let text = String::from_utf8_lossy(separator).into_owned();
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let at = words.iter().position(|word| MONTHS.contains(word))?;
    let (month, day, time) = (words.get(at)?, words.get(at + 1)?, words.get(at + 2)?);
    let year =
        words.iter().skip(at + 3).find(|word| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit()))?;
    let zone = words.iter().skip(at + 3).find(|word| word.starts_with(['+', '-'])).unwrap_or(&"+0000");
    let date = DateTime::parse_rfc822(&format!("{day} {month} {year} {time} {zone}\n"))?;
    date.is_valid().then(|| Millis(date.to_timestamp().saturating_mul(1_000)))
}

const MONTHS: &[&str] = &["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `Status: RO` and `X-Status: AF`, as mail programs keep them in the header.
fn status(bytes: &[u8]) -> Flags {
    let [status, more] = crate::mail::header_words(bytes, ["status", "x-status"]);
    Flags { seen: status.contains('r'), answered: more.contains('a'), flagged: more.contains('f') }
}
