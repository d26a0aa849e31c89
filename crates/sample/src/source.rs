//! The sample as a source like any other: pages, a cursor, a push when something is due.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use model::{
    CalendarMethod, Millis, Problem, ProblemCode,
    incoming::{Change, Cursor, Incoming, IncomingAttachment, KeptBlob},
};
use remote::{BlobSink, Capabilities, Filling, Helpdesk, Page, RemoteError, Wake};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::{
    Clock, Sample,
    files::{Content, File, Kind},
    letter::{self, Letter},
    live,
    plan::Plan,
};

/// Tickets of the history in a page.
const PAGE: u32 = 200;
/// Mails that arrived while nobody looked: more than this many are left out.
const MISSED: u64 = 3 * live::SET;
/// The clock is looked at again after this long, since a laptop that slept stops timers but not clocks.
const LOOK: Duration = Duration::from_secs(5);

/// How far the sample has been read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Read {
    /// Tickets of the history, newest first.
    tickets: u32,
    /// Live mails.
    live: u64,
}

/// What is like an open connection: gone with [`Helpdesk::disconnect`], and nothing is lost.
#[derive(Debug, Default)]
pub(crate) struct Connection {
    /// Contents already given to the sink.
    kept: Mutex<BTreeMap<Content, KeptBlob>>,
    /// The live mail that is next.
    next: AtomicU64,
}

impl Sample {
    fn now(&self) -> Millis {
        let clock: &Clock = &self.clock;
        clock()
    }

    fn arrived(&self) -> u64 {
        let config = &self.shop.config;
        if config.live { live::arrived(config.seed, config.now, self.now()) } else { 0 }
    }

    /// The live mails not yet read, but for those missed long ago.
    fn live_after(&self, read: u64) -> (Vec<Letter>, u64) {
        let arrived = self.arrived();
        let from = if arrived.saturating_sub(read) > MISSED {
            (arrived - MISSED) / live::SET * live::SET
        } else {
            read
        };
        let letters = (from..arrived).flat_map(|j| {
            let plan = live::plan(&self.shop, j);
            letter::letters(self.shop.config.seed, &plan, plan.steps.len().saturating_sub(1))
        });
        (letters.collect(), arrived.max(read))
    }

    fn history(&self, from: u32, count: u32) -> Vec<Letter> {
        let seed = self.shop.config.seed;
        self.shop
            .plans(from, from.saturating_add(count))
            .flat_map(|plan: Plan| letter::letters(seed, &plan, 0))
            .collect()
    }

    fn filling(&self, read: Read) -> Option<Filling> {
        let messages = |tickets| u32::try_from(self.shop.messages_of(tickets)).unwrap_or(u32::MAX);
        let total = self.shop.config.tickets;
        (read.tickets < total).then(|| Filling { done: messages(read.tickets), total: messages(total) })
    }

    async fn keep(&self, letter: Letter, blobs: &dyn BlobSink) -> Result<Incoming, RemoteError> {
        let mut incoming = letter.incoming;
        for file in letter.files {
            if matches!(file.content.kind, Kind::Invitation) {
                incoming.calendar = Some(CalendarMethod::Request);
            }
            let kept = self.kept(file.content, blobs).await.map_err(unwritable)?;
            incoming.attachments.push(attachment(file, Some(kept.clone()), kept.size));
        }
        Ok(incoming)
    }

    async fn kept(&self, content: Content, blobs: &dyn BlobSink) -> std::io::Result<KeptBlob> {
        let mut stock = self.connection.kept.lock().await;
        if let Some(kept) = stock.get(&content) {
            return Ok(kept.clone());
        }
        let mut writer = blobs.begin().await?;
        writer.write(&content.bytes()).await?;
        let kept = writer.finish().await?;
        stock.insert(content, kept.clone());
        Ok(kept)
    }
}

pub(crate) fn attachment(file: File, kept: Option<KeptBlob>, size: u64) -> IncomingAttachment {
    IncomingAttachment {
        name: file.name,
        media_type: file.content.media_type().to_owned(),
        inline: file.content_id.is_some(),
        content_id: file.content_id.map(str::to_owned),
        kept,
        size,
    }
}

fn unwritable(error: std::io::Error) -> RemoteError {
    let full = error.kind() == std::io::ErrorKind::StorageFull;
    let code = if full { ProblemCode::DiskFull } else { ProblemCode::Internal };
    RemoteError::transient(Problem::new(code).because(error))
}

#[async_trait]
impl Helpdesk for Sample {
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn pushes(&self) -> bool {
        self.shop.config.live
    }

    /// The live mails that have arrived, then the next tickets of the history, newest first; each thread oldest message first.
    async fn pull(&self, cursor: Option<&Cursor>, blobs: &dyn BlobSink) -> Result<Page, RemoteError> {
        let mut read: Read =
            cursor.and_then(|cursor| serde_json::from_str(&cursor.0).ok()).unwrap_or_default();
        let (mut letters, arrived) = self.live_after(read.live);
        letters.extend(self.history(read.tickets, PAGE));
        read =
            Read { tickets: read.tickets.saturating_add(PAGE).min(self.shop.config.tickets), live: arrived };
        let mut changes = Vec::with_capacity(letters.len());
        for letter in letters {
            changes.push(Change::Message(Box::new(self.keep(letter, blobs).await?)));
        }
        self.connection.next.store(arrived, Ordering::Relaxed);
        let text = serde_json::to_string(&read).unwrap_or_default();
        let filling = self.filling(read);
        Ok(Page { changes, cursor: Cursor(text), more: filling.is_some(), filling, fresh: true })
    }

    async fn wait(&self, patience: Duration) -> Result<Wake, RemoteError> {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            if self.arrived() > self.connection.next.load(Ordering::Relaxed) {
                return Ok(Wake::Pushed);
            }
            let left = deadline.saturating_duration_since(tokio::time::Instant::now());
            if left.is_zero() {
                return Ok(Wake::Elapsed);
            }
            tokio::time::sleep(left.min(self.until_next())).await;
        }
    }

    async fn disconnect(&self) {
        self.connection.kept.lock().await.clear();
    }
}

impl Sample {
    /// How long to sleep before looking at the clock again.
    fn until_next(&self) -> Duration {
        let config = &self.shop.config;
        let next = self.connection.next.load(Ordering::Relaxed);
        let ms = live::due(config.seed, config.now, next).since(self.now());
        Duration::from_millis(u64::try_from(ms).unwrap_or(1).max(1)).min(LOOK)
    }
}
