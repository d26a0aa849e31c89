//! The line to a mail server: whole responses in, commands out, nothing interpreted.
//!
//! Promises: never holds more of a response than it was told to (a literal beyond that is read past and marked), never waits longer than
//! its [`Watch`], and [`Wire::next`] may be dropped at any await without losing a byte. A response of a shape nobody knows is still
//! framed, so that one bad answer does not cost the line.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout};
use tokio_util::bytes::{Buf, Bytes, BytesMut};

use super::fault::Fault;

/// Text of one response outside its literals: a million UIDs are eight megabytes.
const LONGEST_TEXT: usize = 32 << 20;
/// A literal that is too long to be kept is read past up to this.
const LONGEST_SKIPPED: u64 = 256 << 20;
/// Literals of one response.
const MOST_SEGMENTS: usize = 10_000;
/// Asked of the system at a time.
const READ: usize = 32 << 10;
/// A line slower than this, in bytes a second, is taken for dead.
const SLOWEST: u64 = 512;

pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Sync + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Duplex for T {}

/// A piece of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    /// Text up to a literal or the end of the response, without either's mark.
    Text(Bytes),
    Literal(Bytes),
    /// A literal that was longer than was allowed, and is not here.
    TooLong,
}

/// How long a response may take: silence is bounded, and so is a trickle.
#[derive(Debug, Clone, Copy)]
pub(super) struct Watch {
    silence: Duration,
    started: Instant,
    received: u64,
}

impl Watch {
    fn left(&self, received: u64) -> Duration {
        let earned = Duration::from_secs(received.saturating_sub(self.received) / SLOWEST);
        let allowed = self.silence.saturating_add(earned);
        allowed.saturating_sub(self.started.elapsed()).min(self.silence)
    }
}

struct Awaited {
    left: u64,
    keep: bool,
}

pub(super) struct Wire {
    stream: Box<dyn Duplex>,
    buffer: BytesMut,
    /// How far `buffer` was searched for the end of a line.
    searched: usize,
    segments: Vec<Segment>,
    literal: Option<Awaited>,
    text: usize,
    kept: usize,
    received: u64,
}

impl Wire {
    pub(super) fn new(stream: Box<dyn Duplex>) -> Wire {
        Wire {
            stream,
            buffer: BytesMut::with_capacity(READ),
            searched: 0,
            segments: Vec::new(),
            literal: None,
            text: 0,
            kept: 0,
            received: 0,
        }
    }

    /// The stream beneath, if nothing more was received than was read: what is there was never encrypted.
    pub(super) fn into_stream(self) -> Result<Box<dyn Duplex>, Fault> {
        if self.buffer.is_empty() && self.segments.is_empty() {
            Ok(self.stream)
        } else {
            Err(Fault::Nonsense("more than an answer before the encryption began"))
        }
    }

    /// How many bytes came so far.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// Begins to count the time of a response.
    pub(super) fn watch(&self, silence: Duration) -> Watch {
        Watch { silence, started: Instant::now(), received: self.received }
    }

    pub(super) async fn send(&mut self, bytes: &[u8], silence: Duration) -> Result<(), Fault> {
        let sending = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        Ok(timeout(silence, sending).await.map_err(|_| Fault::Silent)??)
    }

    /// The next response, with at most `room` bytes of literals.
    pub(super) async fn next(&mut self, room: usize, watch: Watch) -> Result<Vec<Segment>, Fault> {
        loop {
            if self.step(room)? {
                (self.text, self.kept) = (0, 0);
                return Ok(std::mem::take(&mut self.segments));
            }
            let left = watch.left(self.received);
            timeout(left, self.fill()).await.map_err(|_| Fault::Silent)??;
        }
    }

    async fn fill(&mut self) -> Result<(), Fault> {
        let wanted = match &self.literal {
            Some(Awaited { left, keep: true }) => {
                usize::try_from(*left).unwrap_or(READ).saturating_sub(self.buffer.len())
            }
            _ => 0,
        };
        self.buffer.reserve(wanted.max(READ));
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(Fault::Closed(None)),
            count => {
                self.received += count as u64;
                Ok(())
            }
        }
    }

    /// Takes from the buffer what is there; whether a response is whole.
    fn step(&mut self, room: usize) -> Result<bool, Fault> {
        loop {
            if self.literal.is_some() {
                if !self.take_literal() {
                    return Ok(false);
                }
                continue;
            }
            let Some(line) = self.take_line()? else { return Ok(false) };
            let announced = if self.may_hold_literal(&line) { announced(&line) } else { None };
            let Some((text, length)) = announced else {
                self.segments.push(Segment::Text(line));
                return Ok(true);
            };
            self.segments.push(Segment::Text(line.slice(..text)));
            self.await_literal(length, room)?;
        }
    }

    fn await_literal(&mut self, length: u64, room: usize) -> Result<(), Fault> {
        let keep = usize::try_from(length).is_ok_and(|length| length <= room.saturating_sub(self.kept));
        if (!keep && length > LONGEST_SKIPPED) || self.segments.len() > MOST_SEGMENTS {
            return Err(Fault::Nonsense("an answer of impossible length"));
        }
        if keep {
            self.kept += length as usize;
        }
        self.literal = Some(Awaited { left: length, keep });
        Ok(())
    }

    fn take_literal(&mut self) -> bool {
        let Some(awaited) = &mut self.literal else { return true };
        let here = (self.buffer.len() as u64).min(awaited.left);
        if awaited.keep && here < awaited.left {
            return false;
        }
        if awaited.keep {
            self.segments.push(Segment::Literal(self.buffer.split_to(here as usize).freeze()));
        } else {
            self.buffer.advance(here as usize);
            awaited.left -= here;
            if awaited.left > 0 {
                return false;
            }
            self.segments.push(Segment::TooLong);
        }
        self.literal = None;
        true
    }

    /// A line without its end.
    fn take_line(&mut self) -> Result<Option<Bytes>, Fault> {
        let fresh = self.buffer.get(self.searched..).unwrap_or_default();
        let Some(at) = fresh.iter().position(|byte| *byte == b'\n') else {
            self.searched = self.buffer.len();
            return if self.text + self.searched > LONGEST_TEXT {
                Err(Fault::Nonsense("a line without an end"))
            } else {
                Ok(None)
            };
        };
        let mut line = self.buffer.split_to(self.searched + at + 1).freeze();
        self.searched = 0;
        self.text += line.len();
        let end = line.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
        line.truncate(end);
        Ok(Some(line))
    }

    /// The words of a status response are for people and may end like the announcement of a literal.
    fn may_hold_literal(&self, line: &[u8]) -> bool {
        let second = line.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
        let status = [&b"OK"[..], b"NO", b"BAD", b"BYE", b"PREAUTH"];
        !self.segments.is_empty()
            || (line.starts_with(b"* ") && !status.iter().any(|word| second.eq_ignore_ascii_case(word)))
    }
}

/// Where the text ends and how long the literal is that follows it: `… {123}`.
fn announced(line: &[u8]) -> Option<(usize, u64)> {
    let inner = line.strip_suffix(b"}")?;
    let open = inner.iter().rposition(|byte| *byte == b'{')?;
    let digits = std::str::from_utf8(inner.get(open + 1..)?).ok()?;
    let digits = digits.strip_suffix('+').unwrap_or(digits);
    let known = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than a length can have is a length nobody can mean.
    known.then(|| (open, digits.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn frames(bytes: &[u8], room: usize) -> Result<Vec<Vec<Segment>>, Fault> {
        let mut wire =
            Wire::new(Box::new(tokio::io::join(std::io::Cursor::new(bytes.to_vec()), tokio::io::sink())));
        let mut frames = Vec::new();
        loop {
            let watch = wire.watch(Duration::from_secs(5));
            match wire.next(room, watch).await {
                Ok(frame) => frames.push(frame),
                Err(Fault::Closed(None)) => return Ok(frames),
                Err(fault) => return Err(fault),
            }
        }
    }

    fn text(text: &'static str) -> Segment {
        Segment::Text(Bytes::from_static(text.as_bytes()))
    }

    #[tokio::test]
    async fn a_literal_belongs_to_the_response_around_it() {
        let found = frames(b"* 1 FETCH (BODY[] {5}\r\na\r\nb) UID 3)\r\n* 2 EXISTS\r\n", 100).await.unwrap();
        let literal = Segment::Literal(Bytes::from_static(b"a\r\nb)"));
        assert_eq!(
            found,
            [vec![text("* 1 FETCH (BODY[] "), literal, text(" UID 3)")], vec![text("* 2 EXISTS")]]
        );
    }

    #[tokio::test]
    async fn a_literal_beyond_the_room_is_read_past() {
        let found = frames(b"* 1 FETCH (BODY[] {5}\r\n12345)\r\n* 2 EXISTS\r\n", 4).await.unwrap();
        assert_eq!(
            found,
            [vec![text("* 1 FETCH (BODY[] "), Segment::TooLong, text(")")], vec![text("* 2 EXISTS")]]
        );
    }

    #[tokio::test]
    async fn a_literal_of_four_gigabytes_ends_the_conversation() {
        let found = frames(b"* 1 FETCH (BODY[] {4294967296}\r\n12345)\r\n", 1 << 20).await;
        assert!(matches!(found, Err(Fault::Nonsense(_))));
        let found = frames(b"* 1 FETCH (BODY[] {99999999999999999999999}\r\n12345)\r\n", 1 << 20).await;
        assert!(matches!(found, Err(Fault::Nonsense(_))));
    }

    #[tokio::test]
    async fn words_for_people_announce_nothing() {
        let found = frames(b"* OK welcome {5}\r\nA1 NO sorry {7}\r\n* 2 EXISTS\n", 100).await.unwrap();
        assert_eq!(found, [[text("* OK welcome {5}")], [text("A1 NO sorry {7}")], [text("* 2 EXISTS")]]);
    }

    #[tokio::test]
    async fn a_trickle_is_not_an_answer() {
        let (ours, mut theirs) = tokio::io::duplex(64);
        let mut wire = Wire::new(Box::new(ours));
        let drip = tokio::spawn(async move {
            while theirs.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(40)).await;
            }
        });
        let watch = wire.watch(Duration::from_millis(200));
        assert!(matches!(wire.next(0, watch).await, Err(Fault::Silent)));
        drop(wire);
        drip.await.unwrap();
    }
}
