//! What `desk.sealed` remembers of a database that was closed: how its file looked then, and when all of it was last read and found whole.
//!
//! While the file looks the same, opening it again within a day needs no second reading: what changes a file changes its time, and a page
//! is verified again whenever it is read. Never holds anything of the database itself. Lost or torn, it only costs that reading.

use std::{
    fs::{self, File},
    io,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use model::Millis;
use serde::{Deserialize, Serialize};

use crate::database;

const FILE: &str = "desk.sealed";
/// How long a reading holds.
const HOLDS: i64 = Millis::DAY;
/// The file's time is set back by this, so that even a write of the same moment shows: file systems tell up to two seconds.
const BACK: Duration = Duration::from_secs(3);

#[derive(PartialEq, Serialize, Deserialize)]
struct Seal {
    length: u64,
    /// Seconds and nanoseconds.
    modified: (u64, u32),
    checked_at_ms: Millis,
}

/// Breaks the seal: when the database that lies there was last read whole, if that still holds. One that is not closed again has none.
pub(crate) fn take(root: &Path, now: Millis) -> Option<Millis> {
    let path = root.join(FILE);
    let seal: Seal = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
    fs::remove_file(path).ok()?;
    let fresh = (0..HOLDS).contains(&now.since(seal.checked_at_ms));
    (fresh && appearance(root).ok()? == (seal.length, seal.modified)).then_some(seal.checked_at_ms)
}

/// Seals the database, to which no connection is open: closing the file would drop its locks.
pub(crate) fn put(root: &Path, checked_at_ms: Millis) -> io::Result<()> {
    let file = File::options().write(true).open(root.join(database::FILE))?;
    file.set_modified(file.metadata()?.modified()? - BACK)?;
    let (length, modified) = appearance(root)?;
    let seal = serde_json::to_vec(&Seal { length, modified, checked_at_ms })?;
    fs::write(root.join(FILE), seal)
}

fn appearance(root: &Path) -> io::Result<(u64, (u64, u32))> {
    let file = fs::metadata(root.join(database::FILE))?;
    let modified: SystemTime = file.modified()?;
    let since = modified.duration_since(UNIX_EPOCH).map_err(io::Error::other)?;
    Ok((file.len(), (since.as_secs(), since.subsec_nanos())))
}
