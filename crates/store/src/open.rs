//! Opening a workspace: telling a wrong key from damage, setting a damaged database aside, restoring from the journal.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, RwLock},
};

use model::{Millis, Problem, ProblemCode, Seq, urgency::UrgentRules};
use sqlx::SqliteConnection;
use tokio::sync::broadcast;

use crate::{
    FEED, Inner, Store,
    blobs::Blobs,
    database::{self, CHECKED_AT_OPENING_BYTES},
    error::{Result, StoreError},
    feed,
    journal::{self, Journal},
    key::Key,
    restore, seal,
    work::{Durability, Writer, journal_position, set_journal_position},
    workspace::{WorkspaceFile, WorkspaceKind},
};

/// Tells the next opening that a page could not be read.
const DAMAGED: &str = "desk.damaged";

pub struct Opened {
    pub store: Store,
    /// What happened that a person should know.
    pub notices: Vec<Problem>,
}

pub(crate) fn mark_damaged(root: &Path) {
    if let Err(error) = fs::write(root.join(DAMAGED), b"") {
        tracing::warn!(%error, "The damage could not be remembered.");
    }
}

impl Store {
    /// Opens the workspace at `root`, making what is missing. A damaged database is set aside and made anew from the
    /// journal; its sources then begin anew. Take [`crate::WorkspaceLock`] first.
    pub async fn open(root: &Path, key: &Key, now: Millis) -> Result<Opened> {
        let described = WorkspaceFile::read(root)?;
        if described.as_ref().is_some_and(|file| !file.opens_with(key)) {
            return Err(StoreError::WrongKey);
        }
        let is_known = described.is_some();
        if !is_known {
            first_opening(root, key, now).await?;
        }
        let mut notices = Vec::new();
        let mut opened = open_whole(root, key, is_known, now).await;
        if let Err(StoreError::Damaged(cause)) = opened {
            let cause = cause.map(|error| error.to_string());
            tracing::error!(cause, "The database is damaged and is set aside.");
            let aside = set_aside(root, now)?;
            notices.push(Problem::new(ProblemCode::WorkspaceDamaged).with("path", aside.display()));
            let connection = database::open_writer(root, key).await?;
            opened = assemble(root, key, connection, Some(now), now).await;
        }
        Ok(Opened { store: opened?, notices })
    }

    /// Copies the write-ahead log back and closes. What is asked afterwards is an error. No thread of the database is
    /// left: one that still let go of its pages while the process ends would meet a cipher that is gone already.
    pub async fn close(&self) -> Result<()> {
        let writer = self.inner.writer.lock().await.take();
        self.inner.readers.close().await;
        let Some(writer) = writer else { return Ok(()) };
        writer.close().await?;
        database::threads_gone(&self.inner.root).await;
        if let Some(checked_at) = self.inner.checked_at
            && let Err(error) = seal::put(&self.inner.root, checked_at)
        {
            tracing::debug!(%error, "The database is read whole at the next opening.");
        }
        Ok(())
    }

    /// Reads every page of the database and verifies it: minutes for a large one. Damage is repaired at the next opening.
    pub async fn check(&self) -> Result<()> {
        let mut reader = self.inner.readers.acquire().await?;
        let result = database::check_pages(&mut reader).await;
        self.noted(result)
    }
}

/// A folder without its description: new, or the description was lost. A key that does not fit what is there must not
/// set anything aside.
async fn first_opening(root: &Path, key: &Key, now: Millis) -> Result<()> {
    fs::create_dir_all(root).map_err(StoreError::file(root))?;
    if database_length(root) > 0 {
        match database::open_writer(root, key).await {
            Err(StoreError::Damaged(_)) => return Err(StoreError::WrongKey),
            other => drop(other?),
        }
    }
    WorkspaceFile::create(root, WorkspaceKind::KeyStore, None, key, now)?;
    tracing::trace!("The workspace is described.");
    Ok(())
}

fn database_length(root: &Path) -> u64 {
    fs::metadata(root.join(database::FILE)).map_or(0, |file| file.len())
}

/// `StoreError::Damaged` when the database is not what was written.
async fn open_whole(root: &Path, key: &Key, is_known: bool, now: Millis) -> Result<Store> {
    let length = database_length(root);
    let journalled = fs::metadata(root.join(journal::FILE)).is_ok_and(|file| file.len() > Journal::START);
    let lost = is_known && length == 0 && journalled;
    if lost || root.join(DAMAGED).exists() {
        return Err(StoreError::Damaged(None));
    }
    let sealed = seal::take(root, now);
    let mut connection = database::open_writer(root, key).await?;
    let checked_at = match sealed {
        None if length <= CHECKED_AT_OPENING_BYTES => {
            database::check_pages(&mut connection).await?;
            Some(now)
        }
        sealed => sealed,
    };
    assemble(root, key, connection, checked_at, now).await
}

/// Moves the database away, whatever is there of it.
fn set_aside(root: &Path, now: Millis) -> Result<PathBuf> {
    let aside = root.join(format!("damaged-{}", now.0));
    fs::create_dir_all(&aside).map_err(StoreError::file(&aside))?;
    for suffix in ["", "-wal", "-shm"] {
        let name = format!("{}{suffix}", database::FILE);
        match fs::rename(root.join(&name), aside.join(&name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::file(root.join(name))(error));
            }
            _ => {}
        }
    }
    let _ = fs::remove_file(root.join(DAMAGED));
    Ok(aside)
}

async fn assemble(
    root: &Path,
    key: &Key,
    mut connection: SqliteConnection,
    checked_at: Option<Millis>,
    now: Millis,
) -> Result<Store> {
    let mut journal = Journal::open(root, key)?;
    tracing::trace!("The journal is open.");
    let position = journal_position(&mut connection).await?;
    let replay = journal.read_from(position)?;
    if replay.damaged > 0 || replay.unknown > 0 {
        tracing::error!(
            stretches = replay.damaged,
            bytes = replay.damaged_bytes,
            unknown_records = replay.unknown,
            "Parts of the journal could not be read and were passed over."
        );
    }
    let (end, latest) = (journal.end(), feed::latest(&mut connection).await?);
    let readers = database::open_readers(root, key).await?;
    let inner = Inner {
        root: root.to_owned(),
        writer: Arc::new(tokio::sync::Mutex::new(Some(Writer::new(connection, journal)))),
        readers,
        blobs: Blobs::open_folder(root, key)?,
        commits: broadcast::channel(FEED).0,
        rules: RwLock::new(Arc::new(UrgentRules::default())),
        latest: Mutex::new(Seq(latest.0)),
        pace: Mutex::default(),
        filling: Mutex::default(),
        checked_at,
    };
    let store = Store { inner: Arc::new(inner) };
    if end != position {
        let damaged = replay.damaged > 0 || replay.unknown > 0;
        store.take_journal_in(replay.records, damaged, end, now).await?;
    }
    store.keep_rules(store.stored_rules().await?);
    Ok(store)
}

impl Store {
    async fn take_journal_in(
        &self,
        records: Vec<journal::Record>,
        damaged: bool,
        end: u64,
        now: Millis,
    ) -> Result<()> {
        tracing::info!(records = records.len(), "The database takes in what only the journal knows.");
        let mut work = self.work(Durability::Full, now).await?;
        restore::take_in(&mut work, records, damaged).await?;
        set_journal_position(work.connection(), end).await?;
        work.touched.views = true;
        self.finish(work).await?;
        Ok(())
    }
}
