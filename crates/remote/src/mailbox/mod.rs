//! A mailbox: read over IMAP, and the way out of it.
//!
//! Promises: reading changes nothing at the server (folders are opened to read only, bodies are peeked at); the newest mail comes first, and
//! new mail before older history; a page is exactly what its cursor says, so dropping [`Helpdesk::pull`] anywhere loses nothing; a message the
//! server cannot deliver never stops the others; attachments of large messages go to the blob store in pieces. Encryption and certificates
//! are never negotiable. No line of text or address is ever logged.
//!
//! The protocol is spoken by this module itself (`wire`, `response`, `session`): a mailbox must survive answers no parser expects, literals of
//! any announced length, and being dropped in the middle of IDLE, which the client libraries at hand do not.
//!
//! `config` what is known before · `dial`, `tls`, `login` to a session · `folders`, `folder`, `uids` what the server holds · `cursor` what was
//! reported, and what next · `pull` a page · `reading`, `large`, `structure` messages · `fault` what each failure means · `outgoing` what
//! leaves, `append` its copy, `claim` who answers by itself.

mod append;
mod claim;
mod config;
mod cursor;
pub(crate) mod dial;
pub(crate) mod fault;
mod folder;
mod folders;
mod large;
mod live;
pub(crate) mod login;
mod outgoing;
mod pull;
mod reading;
mod response;
mod session;
mod structure;
pub(crate) mod tls;
mod uids;
mod utf7;
mod value;
pub(crate) mod wire;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use model::incoming::Cursor;
use model::{Address, Millis};
use tokio::sync::{Mutex, MutexGuard};

use crate::{BlobSink, Capabilities, Helpdesk, Page, RemoteError, Wake};

pub use config::{Encryption, MailboxConfig, Pace, Secret, SentCopies, Server, TokenSource};
pub use outgoing::MailboxCourier;

use cursor::Reported;
use fault::Fault;
use live::Live;
use pull::Draft;
use reading::Trouble;

/// What a look at a mailbox found, before it is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// Folders that will be read.
    pub folders: u32,
    /// Messages in them.
    pub messages: u32,
    /// Whether new mail is told of at once.
    pub pushes: bool,
}

/// One account on a mail server. Holds at most one connection, between calls.
pub struct Mailbox {
    config: MailboxConfig,
    secret: Secret,
    pace: Pace,
    clock: Arc<dyn Fn() -> Millis + Send + Sync>,
    own: BTreeSet<String>,
    live: Mutex<Option<Live>>,
    pushes: AtomicBool,
    /// Whether the next pull must look at the folders.
    anew: AtomicBool,
    trouble: std::sync::Mutex<Trouble>,
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox").field("host", &self.config.imap.host).finish_non_exhaustive()
    }
}

impl Mailbox {
    pub fn new(
        config: MailboxConfig,
        secret: Secret,
        clock: Arc<dyn Fn() -> Millis + Send + Sync>,
    ) -> Mailbox {
        let own = config.own.iter().map(|email| Address::new("", email).key()).collect();
        Mailbox {
            config,
            secret,
            pace: Pace::default(),
            clock,
            own,
            live: Mutex::new(None),
            pushes: AtomicBool::new(false),
            anew: AtomicBool::new(false),
            trouble: std::sync::Mutex::default(),
        }
    }

    #[must_use]
    pub fn with_pace(mut self, pace: Pace) -> Mailbox {
        self.pace = pace;
        self
    }

    /// Logs in on a line of its own, counts what is there, and leaves.
    pub async fn check(&self) -> Result<Checked, RemoteError> {
        self.check_inner().await.map_err(|fault| self.remote(fault))
    }

    async fn check_inner(&self) -> Result<Checked, Fault> {
        let mut live = Live::open(&self.config, &self.secret, &self.pace, (self.clock)()).await?;
        let (mut folders, mut messages) = (0, 0_u32);
        for index in 0..live.folders.len() {
            live.look(index).await?;
            if let Some(seen) = live.folders.get(index).and_then(|folder| folder.seen.as_ref()) {
                folders += 1;
                messages = messages.saturating_add(seen.exists);
            }
        }
        let checked = Checked { folders, messages, pushes: live.pushes() };
        live.leave().await;
        Ok(checked)
    }

    fn remote(&self, fault: Fault) -> RemoteError {
        fault.into_remote(&self.config.imap.host)
    }

    /// The open mailbox; opens it if there is none, or none that can be trusted.
    async fn ready<'a>(&self, slot: &'a mut MutexGuard<'_, Option<Live>>) -> Result<&'a mut Live, Fault> {
        let now = (self.clock)();
        let live = match slot.take().filter(|live| live.usable(now)) {
            Some(live) => live,
            None => Live::open(&self.config, &self.secret, &self.pace, now).await?,
        };
        self.pushes.store(live.pushes(), Ordering::Relaxed);
        Ok(slot.insert(live))
    }

    async fn page_on(
        &self,
        slot: &mut MutexGuard<'_, Option<Live>>,
        cursor: Option<&Cursor>,
        blobs: &dyn BlobSink,
    ) -> Result<Page, Fault> {
        let live = self.ready(slot).await?;
        let page = self.page(live, cursor, blobs).await;
        live.touched = (self.clock)();
        if live.session.broken() {
            **slot = None;
        }
        page
    }

    async fn page(
        &self,
        live: &mut Live,
        cursor: Option<&Cursor>,
        blobs: &dyn BlobSink,
    ) -> Result<Page, Fault> {
        if self.anew.swap(false, Ordering::Relaxed) {
            live.looked = None;
        }
        let mut draft = Draft::new(Reported::read(cursor));
        draft.look(live, &self.pace).await?;
        let read = draft.read(live, &self.trouble, &self.own, (self.clock)(), blobs).await;
        match read {
            Err(fault) if draft.changes.is_empty() => Err(fault),
            Err(fault) => {
                tracing::info!(reason = %fault, "A page of mail was cut short; the rest is asked for again.");
                Ok(Page { more: true, ..draft.into_page(live) })
            }
            Ok(()) => Ok(draft.into_page(live)),
        }
    }
}

#[async_trait]
impl Helpdesk for Mailbox {
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn pushes(&self) -> bool {
        self.pushes.load(Ordering::Relaxed)
    }

    async fn pull(&self, cursor: Option<&Cursor>, blobs: &dyn BlobSink) -> Result<Page, RemoteError> {
        let mut slot = self.live.lock().await;
        let old_line = slot.is_some();
        let page = match self.page_on(&mut slot, cursor, blobs).await {
            // A line that stood unused may have died unnoticed, which is nobody's fault.
            Err(Fault::Line(_) | Fault::Closed(_)) if old_line => {
                self.page_on(&mut slot, cursor, blobs).await
            }
            page => page,
        };
        page.map_err(|fault| self.remote(fault))
    }

    fn look_anew(&self) {
        self.anew.store(true, Ordering::Relaxed);
    }

    async fn wait(&self, patience: Duration) -> Result<Wake, RemoteError> {
        let mut slot = self.live.lock().await;
        let now = (self.clock)();
        let live = match slot.as_mut() {
            Some(live) if !live.usable(now) => {
                // The machine slept, or a call was dropped: the next pull connects anew, and should do so now.
                *slot = None;
                return Ok(Wake::Elapsed);
            }
            Some(live) if live.pushes() => live,
            waiting => {
                if let Some(live) = waiting {
                    live.looked = None;
                }
                drop(slot);
                return Ok(live::pass_time(patience, &self.pace).await);
            }
        };
        live.looked = None;
        match live.listen(patience, &self.pace, &*self.clock).await {
            Ok(wake) => Ok(wake),
            Err(fault) => {
                let settled = live.since.elapsed() >= self.pace.settled;
                *slot = None;
                if settled && fault.lost_the_line() { Ok(Wake::Elapsed) } else { Err(self.remote(fault)) }
            }
        }
    }

    async fn disconnect(&self) {
        if let Some(live) = self.live.lock().await.take() {
            live.leave().await;
        }
    }
}
