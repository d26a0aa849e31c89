//! Opening the database file: the key, one writer and a pool of readers, migrations, and the check for damage.
//!
//! Only the writer checkpoints. The SQLite carried by SQLCipher 4.10 is 3.50.4, and before 3.51.3 two connections that
//! checkpointed at once could corrupt a write-ahead log.

use std::{path::Path, time::Duration};

use sqlx::{
    ConnectOptions as _, Connection as _, Executor as _, Row as _, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

use crate::{
    error::{Result, StoreError},
    key::Key,
};

pub(crate) const FILE: &str = "desk.db";

/// Only ever added to.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_answering.sql"),
    include_str!("migrations/0003_views.sql"),
    include_str!("migrations/0004_finding.sql"),
];

/// How many readers there may be; each keeps up to [`READER_CACHE_KIB`] of pages.
const READERS: u32 = 4;
const READER_CACHE_KIB: u32 = 4 * 1024;
const WRITER_CACHE_KIB: u32 = 8 * 1024;
/// What the writer keeps while a source is being filled: names and addresses go to places all over their indexes, and a page that is not
/// kept is read, decrypted and verified for each.
const FILLING_CACHE_KIB: u32 = 128 * 1024;
/// Pages in the write-ahead log at which the writer copies it back.
const CHECKPOINT_PAGES: u32 = 2_000;
/// The same while a source is being filled and nobody waits for a write: a page that is changed again and again is copied back once.
const FILLING_CHECKPOINT_PAGES: u32 = 64_000;
const BUSY: Duration = Duration::from_secs(10);

fn options(path: &Path, key: &Key, cache_kib: u32) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .pragma("key", key.for_database().to_string())
        // It would write to standard error by itself; the errors reach us as errors.
        .pragma("cipher_log_level", "NONE")
        .pragma("cipher_memory_security", "OFF")
        .pragma("cache_size", format!("-{cache_kib}"))
        .pragma("temp_store", "MEMORY")
        .pragma("trusted_schema", "OFF")
        .foreign_keys(false)
        .busy_timeout(BUSY)
        .statement_cache_capacity(256)
        .thread_name(thread_names(path))
        .disable_statement_logging()
}

/// What the threads of a database's connections are called begins alike; the system keeps fifteen characters.
fn thread_prefix(path: &Path) -> String {
    let of_path = blake3::hash(path.as_os_str().as_encoded_bytes()).to_hex();
    format!("db-{}-", of_path.chars().take(8).collect::<String>())
}

fn thread_names(path: &Path) -> impl Fn(u64) -> String + Send + Sync + 'static {
    let prefix = thread_prefix(path);
    move |number| format!("{prefix}{number}")
}

/// Waits until no thread of a connection is left, where the system tells. A closed connection's thread is still ending, and lets go of what
/// the cipher keeps for it: done while the process ends, both let go of the same.
pub(crate) async fn threads_gone(root: &Path) {
    let prefix = thread_prefix(&root.join(FILE));
    let names = || std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let is_ours = |name: String| name.starts_with(&prefix);
    for _ in 0..ENDING_MS {
        let left = names().any(|task| std::fs::read_to_string(task.path().join("comm")).is_ok_and(is_ours));
        if !left {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// How long the threads of closed connections are waited for.
const ENDING_MS: u32 = 1_000;

/// The one connection that writes. Made first: it creates the file and its tables.
pub(crate) async fn open_writer(root: &Path, key: &Key) -> Result<SqliteConnection> {
    make_private(&root.join(FILE))?;
    let mut writer =
        options(&root.join(FILE), key, WRITER_CACHE_KIB).create_if_missing(true).connect().await?;
    let modes = format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}"
    );
    writer.execute(sqlx::AssertSqlSafe(modes)).await?;
    migrate(&mut writer).await?;
    Ok(writer)
}

/// Gives the writer room for filling a source, or takes it back. `alone`: nobody waits for a write.
pub(crate) async fn give_room(writer: &mut SqliteConnection, filling: bool, alone: bool) -> Result<()> {
    let pages = if filling && alone { FILLING_CHECKPOINT_PAGES } else { CHECKPOINT_PAGES };
    let room = if filling {
        format!("PRAGMA cache_size = -{FILLING_CACHE_KIB}; PRAGMA wal_autocheckpoint = {pages}")
    } else {
        format!(
            "PRAGMA cache_size = -{WRITER_CACHE_KIB}; PRAGMA shrink_memory; PRAGMA wal_autocheckpoint = {pages}"
        )
    };
    writer.execute(sqlx::AssertSqlSafe(room)).await?;
    Ok(())
}

/// Makes the file, for nobody else on this machine, if there is none. What SQLite puts beside it gets the same permissions.
fn make_private(path: &Path) -> Result<()> {
    let mut options = std::fs::File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(StoreError::file(path))
}

pub(crate) async fn open_readers(root: &Path, key: &Key) -> Result<SqlitePool> {
    let options = options(&root.join(FILE), key, READER_CACHE_KIB)
        .pragma("wal_autocheckpoint", "0")
        .pragma("query_only", "ON");
    let pool = SqlitePoolOptions::new()
        .max_connections(READERS)
        .min_connections(1)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options)
        .await?;
    Ok(pool)
}

/// Brings the schema up to date, each step in a transaction of its own.
async fn migrate(writer: &mut SqliteConnection) -> Result<()> {
    let found: i64 = sqlx::query("PRAGMA user_version").fetch_one(&mut *writer).await?.try_get(0)?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for (version, migration) in (1i64..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        let mut step = writer.begin_with("BEGIN IMMEDIATE").await?;
        step.execute(*migration).await?;
        let mark = format!("PRAGMA user_version = {version}");
        step.execute(sqlx::AssertSqlSafe(mark)).await?;
        step.commit().await?;
        tracing::info!(version, "The database has a new schema.");
    }
    Ok(())
}

/// Databases up to this size are checked whole when they are opened, at most once a day: it takes up to about half a second.
pub(crate) const CHECKED_AT_OPENING_BYTES: u64 = 128 << 20;

/// Reads every page and verifies its authentication code.
pub(crate) async fn check_pages(connection: &mut SqliteConnection) -> Result<()> {
    let faults = sqlx::query("PRAGMA cipher_integrity_check").fetch_all(connection).await?;
    if faults.is_empty() { Ok(()) } else { Err(StoreError::Damaged(None)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn text(connection: &mut SqliteConnection, sql: &'static str) -> String {
        sqlx::query_scalar(sql).fetch_one(connection).await.unwrap()
    }

    #[tokio::test]
    async fn the_engine_is_the_one_these_settings_are_made_for() {
        let root = tempfile::tempdir().unwrap();
        let mut writer = open_writer(root.path(), &Key::random().unwrap()).await.unwrap();
        assert!(text(&mut writer, "PRAGMA cipher_version").await.starts_with("4.10.0"));
        assert_eq!(text(&mut writer, "SELECT sqlite_version()").await, "3.50.4");
        assert_eq!(text(&mut writer, "PRAGMA journal_mode").await, "wal");
    }

    #[tokio::test]
    async fn nothing_written_can_be_read_in_the_file() {
        let root = tempfile::tempdir().unwrap();
        let mut writer = open_writer(root.path(), &Key::random().unwrap()).await.unwrap();
        sqlx::query("INSERT INTO meta (name, value) VALUES ('secret', 'kettle and teapot')")
            .execute(&mut writer)
            .await
            .unwrap();
        let readers = open_readers(root.path(), &Key::random().unwrap()).await;
        assert!(readers.is_err(), "another key opens nothing");
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_all(&mut writer).await.unwrap();
        let bytes = std::fs::read(root.path().join(FILE)).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"kettle"));
        assert!(!bytes.starts_with(b"SQLite format"));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn nobody_else_on_this_machine_may_read_a_file_of_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let root = tempfile::tempdir().unwrap();
        let _writer = open_writer(root.path(), &Key::random().unwrap()).await.unwrap();
        let modes: Vec<u32> = std::fs::read_dir(root.path())
            .unwrap()
            .map(|file| file.unwrap().metadata().unwrap().permissions().mode() & 0o777)
            .collect();
        assert!(modes.len() >= 2 && modes.iter().all(|mode| *mode == 0o600), "{modes:?}");
    }

    #[tokio::test]
    async fn readers_cannot_write() {
        let root = tempfile::tempdir().unwrap();
        let key = Key::random().unwrap();
        let _writer = open_writer(root.path(), &key).await.unwrap();
        let readers = open_readers(root.path(), &key).await.unwrap();
        let refused = sqlx::query("DELETE FROM meta").execute(&readers).await;
        assert!(refused.is_err());
    }

    #[tokio::test]
    async fn a_newer_database_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let key = Key::random().unwrap();
        let mut writer = open_writer(root.path(), &key).await.unwrap();
        sqlx::query("PRAGMA user_version = 999").execute(&mut writer).await.unwrap();
        writer.close().await.unwrap();
        let refused = open_writer(root.path(), &key).await;
        let known_here = MIGRATIONS.len() as i64;
        assert!(matches!(refused, Err(StoreError::Newer { found: 999, known }) if known == known_here));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_closed_connection_leaves_no_thread() {
        let root = tempfile::tempdir().unwrap();
        let prefix = thread_prefix(&root.path().join(FILE));
        let ours = || {
            let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
            let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
            names.filter(|name| name.starts_with(&prefix)).count()
        };
        let writer = open_writer(root.path(), &Key::random().unwrap()).await.unwrap();
        assert_eq!(ours(), 1);
        writer.close().await.unwrap();
        threads_gone(root.path()).await;
        assert_eq!(ours(), 0);
    }
}
