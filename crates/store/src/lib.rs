//! The workspace on disk: an encrypted SQLite database, the attachments and the journal beside it.
//!
//! Promises: a change is on disk before the call returns and told to others only afterwards; a person's change survives a
//! power cut and, through the journal, the loss of the database; a cursor is kept only when all of its page is; every list is
//! read through an index. Never: a secret in the database, a transaction held while waiting for the network, a clock of its own.

mod acts;
mod blobs;
mod database;
mod drafts;
mod error;
mod escalation;
mod export;
mod feed;
mod index;
mod ingest;
mod journal;
mod key;
mod lock;
mod names;
mod open;
mod outbox;
mod people;
mod read;
mod restore;
mod seal;
mod segment;
mod sources;
mod views;
mod work;
mod workspace;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use model::{Millis, Seq, urgency::UrgentRules};
use sqlx::{Sqlite, SqlitePool, sqlite::SqliteArguments, sqlite::SqliteRow};
use tokio::sync::{OwnedMutexGuard, broadcast};

pub use self::{
    acts::{Edited, Inverse, Undone},
    blobs::{BlobDraft, BlobReader, Blobs},
    drafts::ReplyDraft,
    error::{Result, StoreError},
    escalation::{AlertRow, EscalationRow},
    export::{Exported, ExportedBatch},
    feed::{Committed, Touched},
    ingest::Applied,
    key::{Key, new_salt},
    lock::{WorkspaceLock, read_address},
    open::Opened,
    outbox::{Begun, NewOutgoing, OutboxRow},
    read::{
        Counts, FacetCount, FacetValue, Facets, Listed, Person, QueueFigures, RowPlace, TicketsPage,
        Turnover, UrgentTicket, WaitingTicket,
    },
    segment::{fts_text, highlights},
    sources::SourceRow,
    views::MOST_VIEWS,
    workspace::{WorkspaceFile, WorkspaceKind},
};
use self::{
    feed::Touched as Stale,
    work::{Durability, Work, Writer},
};

/// How many commits a listener may lag behind before it is told that it lost some.
const FEED: usize = 1024;

/// An open workspace. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    root: std::path::PathBuf,
    /// `None` once it is closed.
    writer: Arc<tokio::sync::Mutex<Option<Writer>>>,
    readers: SqlitePool,
    blobs: Blobs,
    commits: broadcast::Sender<Committed>,
    rules: RwLock<Arc<UrgentRules>>,
    latest: Mutex<Seq>,
    /// How much of a page is taken in at once.
    pace: Mutex<ingest::Pace>,
    /// The sources whose history is being read.
    filling: Mutex<std::collections::BTreeSet<model::SourceId>>,
    /// When all of the database was last read and found whole.
    checked_at: Option<Millis>,
}

impl Store {
    /// Every commit from now on, told after it is on disk. A listener that lagged asks [`Store::changes_since`].
    pub fn commits(&self) -> broadcast::Receiver<Committed> {
        self.inner.commits.subscribe()
    }

    /// What changed after `seq`; `None` when that is too long ago to know: then everything is stale.
    pub async fn changes_since(&self, seq: Seq) -> Result<Option<Stale>> {
        let mut reader = self.inner.readers.acquire().await?;
        feed::since(&mut reader, seq).await
    }

    pub fn latest_seq(&self) -> Seq {
        *self.inner.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn blobs(&self) -> &Blobs {
        &self.inner.blobs
    }

    /// The rules by which a ticket is urgent.
    pub fn rules(&self) -> Arc<UrgentRules> {
        self.inner.rules.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on nobody is at the desk whose writes would wait: what sources report is taken in by long transactions, which cost less.
    pub fn nobody_waits(&self) {
        self.keep_pace(|_| ingest::Pace::alone());
    }

    fn pace(&self) -> ingest::Pace {
        *self.inner.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep_pace(&self, next: impl FnOnce(ingest::Pace) -> ingest::Pace) {
        let mut pace = self.inner.pace.lock().unwrap_or_else(PoisonError::into_inner);
        *pace = next(*pace);
    }

    fn keep_rules(&self, rules: UrgentRules) {
        *self.inner.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }

    /// Waits for the writer and begins a change.
    async fn work(&self, durability: Durability, now: Millis) -> Result<Work> {
        let held = self.inner.writer.clone().lock_owned().await;
        let writer = OwnedMutexGuard::try_map(held, Option::as_mut).map_err(|_| sqlx::Error::PoolClosed)?;
        self.noted(Work::begin(writer, durability, self.rules(), now).await)
    }

    /// Commits and tells; answers the place in the change log, or the latest when nothing changed. Once begun it goes
    /// through to its end, even if nobody waits for it any more: the journal and the database must not part.
    async fn finish(&self, work: Work) -> Result<Seq> {
        let store = self.clone();
        let commit = async move { work.commit(|committed| store.tell(committed)).await };
        let seq = tokio::spawn(commit).await.map_err(StoreError::Interrupted)??;
        Ok(seq.unwrap_or_else(|| self.latest_seq()))
    }

    async fn finish_noted(&self, work: Work) -> Result<Seq> {
        let result = self.finish(work).await;
        self.noted(result)
    }

    fn tell(&self, committed: Committed) {
        {
            let mut latest = self.inner.latest.lock().unwrap_or_else(PoisonError::into_inner);
            *latest = (*latest).max(committed.seq);
        }
        // Nobody listening is no error.
        let _ = self.inner.commits.send(committed);
    }

    /// Remembers damage for the next opening, which rebuilds the database.
    fn noted<T>(&self, result: Result<T>) -> Result<T> {
        if let Err(StoreError::Damaged(_)) = &result {
            tracing::error!(
                "A page of the database is not what was written; it is rebuilt at the next opening."
            );
            open::mark_damaged(&self.inner.root);
        }
        result
    }

    async fn all(&self, query: sqlx::query::Query<'_, Sqlite, SqliteArguments>) -> Result<Vec<SqliteRow>> {
        let rows = query.fetch_all(&self.inner.readers).await.map_err(StoreError::from);
        self.noted(rows)
    }

    async fn one<T>(
        &self,
        query: sqlx::query::QueryScalar<'_, Sqlite, T, SqliteArguments>,
    ) -> Result<Option<T>>
    where
        T: Send + Unpin,
        (T,): for<'r> sqlx::FromRow<'r, SqliteRow>,
    {
        let value = query.fetch_optional(&self.inner.readers).await.map_err(StoreError::from);
        self.noted(value)
    }
}
