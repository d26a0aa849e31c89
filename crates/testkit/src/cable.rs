//! A cable between a client and a server of a test, to be pulled out.
//!
//! ```ignore
//! let cable = Cable::to(([127, 0, 0, 1], dovecot.imaps).into()).await?;
//! // The client connects to `cable.port()` instead; encryption passes through untouched.
//! cable.cut(Cut::Reset);          // every line breaks at once, and so does each that is tried
//! cable.cut(Cut::Silent);         // nothing breaks and nothing arrives: the client must notice by itself
//! cable.cut_after(20_000, Cut::Reset); // the same by itself, once so many more bytes have come from the server
//! cable.is_cut().await;           // waits for that
//! cable.mend();                   // new lines work; what was swallowed never comes
//! ```
//!
//! A line of which bytes were swallowed stays silent for ever, mended or not, as when a router has forgotten it; one that happened to be
//! quiet during the cut goes on. The cable needs the runtime that made it, and takes all its lines along when it is dropped.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// How a cable is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Lines are reset, and new ones as soon as they are accepted.
    Reset,
    /// Bytes are swallowed both ways. New lines are accepted and hear nothing.
    Silent,
}

#[derive(Debug)]
pub struct Cable {
    address: SocketAddr,
    shared: Shared,
    task: JoinHandle<()>,
}

#[derive(Debug, Clone)]
struct Shared {
    cut: watch::Sender<Option<Cut>>,
    lines: watch::Sender<usize>,
    /// How many bytes the server may still say until the cable cuts itself.
    fuse: Arc<Mutex<Option<(usize, Cut)>>>,
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Cable {
    /// A whole cable to `server`, on a port of its own.
    pub async fn to(server: SocketAddr) -> io::Result<Cable> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Shared { cut: watch::channel(None).0, lines: watch::channel(0).0, fuse: Arc::default() };
        let task = tokio::spawn(accept(listener, server, shared.clone()));
        Ok(Cable { address, shared, task })
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn cut(&self, cut: Cut) {
        self.shared.cut.send_replace(Some(cut));
    }

    /// Cuts by itself once the server has said `bytes` more, exactly behind them.
    pub fn cut_after(&self, bytes: usize, cut: Cut) {
        *self.shared.fuse.lock().unwrap_or_else(PoisonError::into_inner) = Some((bytes, cut));
    }

    pub fn mend(&self) {
        self.shared.cut.send_replace(None);
    }

    /// Waits until the cable is cut.
    pub async fn is_cut(&self) {
        // The sender lives in `self`.
        let mut cut = self.shared.cut.subscribe();
        let _always = cut.wait_for(Option::is_some).await;
    }

    /// How many lines were begun through it, refused ones included.
    pub fn lines(&self) -> usize {
        *self.shared.lines.borrow()
    }

    /// Waits until that many lines were begun.
    pub async fn has_begun(&self, lines: usize) {
        let mut begun = self.shared.lines.subscribe();
        let _always = begun.wait_for(|begun| *begun >= lines).await;
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, shared: Shared) {
    let mut lines = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        shared.lines.send_modify(|lines| *lines += 1);
        let shared = shared.clone();
        // A line that breaks is what this is for.
        lines.spawn(async move { carry(client, server, shared).await.ok() });
    }
}

async fn carry(client: TcpStream, server: SocketAddr, shared: Shared) -> io::Result<()> {
    let mut cut = shared.cut.subscribe();
    let now = *cut.borrow_and_update();
    match now {
        Some(Cut::Reset) => return client.set_zero_linger(),
        Some(Cut::Silent) => return swallow_for_ever(client, &mut cut).await,
        None => {}
    }
    let server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let line = Line { shared, lost: AtomicBool::new(false) };
    let up = line.pump(&mut from_client, &mut to_server, false);
    let down = line.pump(&mut from_server, &mut to_client, true);
    tokio::select! {
        _ = cut.wait_for(|cut| *cut == Some(Cut::Reset)) => {}
        both = async { tokio::try_join!(up, down) } => return both.map(drop),
    }
    for half in [to_client, to_server] {
        half.as_ref().set_zero_linger()?;
        // Dropped, it would say goodbye first.
        half.forget();
    }
    Ok(())
}

/// A line that was begun in silence: it is accepted, and that is all.
async fn swallow_for_ever(mut client: TcpStream, cut: &mut watch::Receiver<Option<Cut>>) -> io::Result<()> {
    let mut buffer = [0; 4096];
    let swallow = async { while client.read(&mut buffer).await.is_ok_and(|read| read > 0) {} };
    tokio::select! {
        _ = cut.wait_for(|cut| *cut == Some(Cut::Reset)) => client.set_zero_linger(),
        () = swallow => Ok(()),
    }
}

struct Line {
    shared: Shared,
    /// Bytes of it were swallowed.
    lost: AtomicBool,
}

impl Line {
    async fn pump(
        &self,
        from: &mut OwnedReadHalf,
        to: &mut OwnedWriteHalf,
        of_server: bool,
    ) -> io::Result<()> {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let read = from.read(&mut buffer).await?;
            if self.swallows() {
                if read == 0 {
                    // That it ended is swallowed too.
                    std::future::pending::<()>().await;
                }
                continue;
            }
            if read == 0 {
                return to.shutdown().await;
            }
            let passing = if of_server { self.burn(read) } else { read };
            to.write_all(buffer.get(..passing).unwrap_or_default()).await?;
            if passing < read {
                self.lost.store(true, Ordering::Relaxed);
            }
        }
    }

    fn swallows(&self) -> bool {
        let silent = *self.shared.cut.borrow() == Some(Cut::Silent);
        self.lost.fetch_or(silent, Ordering::Relaxed) || silent
    }

    /// How many of `bytes` still pass; cuts the cable behind them when that is not all.
    fn burn(&self, bytes: usize) -> usize {
        let mut fuse = self.shared.fuse.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((left, cut)) = *fuse else { return bytes };
        if bytes < left {
            *fuse = Some((left - bytes, cut));
            return bytes;
        }
        *fuse = None;
        drop(fuse);
        self.shared.cut.send_replace(Some(cut));
        left
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "all of it is tests")]

    use std::time::Duration;

    use super::*;

    /// A server that repeats what it hears, and a cable to it.
    async fn echo() -> Cable {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((line, _)) = listener.accept().await {
                let (mut from, mut to) = line.into_split();
                tokio::spawn(async move { tokio::io::copy(&mut from, &mut to).await });
            }
        });
        Cable::to(address).await.unwrap()
    }

    async fn line(cable: &Cable) -> TcpStream {
        TcpStream::connect(cable.address()).await.unwrap()
    }

    /// What comes back of `said`, within a moment.
    async fn heard(line: &mut TcpStream, said: &[u8]) -> io::Result<Vec<u8>> {
        line.write_all(said).await?;
        let mut back = vec![0; said.len()];
        let read = tokio::time::timeout(Duration::from_millis(200), line.read(&mut back)).await;
        back.truncate(read.unwrap_or(Ok(0))?);
        Ok(back)
    }

    #[tokio::test]
    async fn a_whole_cable_carries_both_ways_and_ends_what_ends() {
        let cable = echo().await;
        let mut line = line(&cable).await;
        assert_eq!(heard(&mut line, b"hello").await.unwrap(), b"hello");
        line.shutdown().await.unwrap();
        assert_eq!(line.read(&mut [0; 1]).await.unwrap(), 0);
        assert_eq!(cable.lines(), 1);
    }

    #[tokio::test]
    async fn a_reset_breaks_every_line_until_it_is_mended() {
        let cable = echo().await;
        let mut old = line(&cable).await;
        heard(&mut old, b"hello").await.unwrap();
        cable.cut(Cut::Reset);
        assert_eq!(old.read(&mut [0; 1]).await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        assert!(line(&cable).await.read(&mut [0; 1]).await.is_err());
        cable.mend();
        assert_eq!(heard(&mut line(&cable).await, b"again").await.unwrap(), b"again");
    }

    #[tokio::test]
    async fn in_silence_nothing_breaks_and_nothing_arrives() {
        let cable = echo().await;
        let (mut talking, mut quiet) = (line(&cable).await, line(&cable).await);
        heard(&mut talking, b"hello").await.unwrap();
        heard(&mut quiet, b"hello").await.unwrap();
        cable.cut(Cut::Silent);
        let mut new = line(&cable).await;
        assert_eq!(heard(&mut talking, b"lost").await.unwrap(), b"");
        assert_eq!(heard(&mut new, b"lost").await.unwrap(), b"");
        cable.mend();
        assert_eq!(heard(&mut talking, b"dead").await.unwrap(), b"", "it lost bytes");
        assert_eq!(heard(&mut new, b"dead").await.unwrap(), b"");
        assert_eq!(heard(&mut quiet, b"alive").await.unwrap(), b"alive");
        assert_eq!(heard(&mut line(&cable).await, b"new").await.unwrap(), b"new");
    }

    #[tokio::test]
    async fn a_fuse_cuts_behind_the_byte_it_was_set_to() {
        let cable = echo().await;
        let mut line = line(&cable).await;
        cable.cut_after(3, Cut::Silent);
        assert_eq!(heard(&mut line, b"hello").await.unwrap(), b"hel");
        cable.is_cut().await;
    }
}
