//! The line to a server for outgoing mail: bytes out, whole replies in, within bounds of size and time.

use std::time::Duration;

use futures::FutureExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_util::bytes::BytesMut;

use crate::mailbox::fault::Fault;
use crate::mailbox::wire::Duplex;

use super::reply::Reply;

/// Bytes of one reply.
const LONGEST_REPLY: usize = 64 << 10;

pub(super) struct Line {
    stream: Box<dyn Duplex>,
    buffer: BytesMut,
}

impl Line {
    pub(super) fn new(stream: Box<dyn Duplex>) -> Line {
        Line { stream, buffer: BytesMut::new() }
    }

    /// The stream beneath, if nothing more was received than was read: what is there was never encrypted.
    pub(super) fn into_stream(self) -> Result<Box<dyn Duplex>, Fault> {
        if self.buffer.is_empty() {
            Ok(self.stream)
        } else {
            Err(Fault::Nonsense("more than an answer before the encryption began"))
        }
    }

    pub(super) async fn send(&mut self, bytes: &[u8], patience: Duration) -> Result<(), Fault> {
        let sending = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        Ok(timeout(patience, sending).await.map_err(|_| Fault::Silent)??)
    }

    /// The next reply, whole, within `patience`.
    pub(super) async fn reply(&mut self, patience: Duration) -> Result<Reply, Fault> {
        timeout(patience, self.whole_reply()).await.map_err(|_| Fault::Silent)?
    }

    /// A reply that came unasked. Where one did, nobody knows which answer belongs to what.
    pub(super) fn unasked(&mut self) -> Result<(), Fault> {
        let heard = self.stream.read_buf(&mut self.buffer).now_or_never();
        match heard {
            Some(Err(error)) => Err(error.into()),
            Some(Ok(0)) => Err(Fault::Closed(None)),
            _ if self.buffer.is_empty() => Ok(()),
            _ => Err(Fault::Nonsense("an answer to nothing")),
        }
    }

    async fn whole_reply(&mut self) -> Result<Reply, Fault> {
        let mut lines: Vec<String> = Vec::new();
        let mut length = 0;
        loop {
            let Some(line) = self.take_line() else {
                if length + self.buffer.len() > LONGEST_REPLY {
                    return Err(Fault::Nonsense("a reply without an end"));
                }
                match self.stream.read_buf(&mut self.buffer).await? {
                    0 => return Err(Fault::Closed(None)),
                    _ => continue,
                }
            };
            if !line.as_bytes().get(..3).is_some_and(|code| code.iter().all(u8::is_ascii_digit)) {
                return Err(Fault::Nonsense("a reply of another protocol"));
            }
            length += line.len() + 1;
            let last = line.as_bytes().get(3).is_none_or(|byte| *byte != b'-');
            lines.push(line);
            if last {
                return Reply::read(&lines);
            }
        }
    }

    fn take_line(&mut self) -> Option<String> {
        let end = memchr::memchr(b'\n', &self.buffer)?;
        let line = self.buffer.split_to(end + 1);
        Some(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).replace('\r', " "))
    }
}
