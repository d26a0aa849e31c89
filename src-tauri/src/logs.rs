//! The log: `logs/foredeck.log` in the workspace, and standard error as `RUST_LOG` says.
//!
//! The file begins anew at [`MOST_BYTES`]; the [`KEPT`] before it stay. Every line is a sentence with fields; none holds a
//! customer's words, an address or a secret.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use tracing_subscriber::{
    EnvFilter, Layer as _, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

const MOST_BYTES: u64 = 4 << 20;
/// Older files: `foredeck.1.log` is the newest of them.
const KEPT: u32 = 3;

/// Begins to log. A folder that can't be written leaves standard error alone.
pub fn begin(root: &Path) {
    // Whoever reads the terminal is told in their own language; the log is for whoever asks for it.
    let spoken = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("off"));
    let stderr = fmt::layer().with_writer(io::stderr).with_filter(spoken);
    let file = Rotating::open(root.join("logs"), MOST_BYTES).ok().map(|rotating| {
        let wanted =
            EnvFilter::new("info,hickory_proto=warn,hickory_resolver=warn,zbus=warn,tao=warn,wry=warn");
        fmt::layer().with_ansi(false).with_writer(move || rotating.clone()).with_filter(wanted)
    });
    // A second beginning in one process (tests) keeps the first.
    let _already_begun = tracing_subscriber::registry().with(stderr).with(file).try_init();
}

/// A file that is put aside when it is full.
#[derive(Clone)]
struct Rotating(Arc<Mutex<Current>>);

struct Current {
    folder: PathBuf,
    file: File,
    written: u64,
    most: u64,
}

impl Rotating {
    fn open(folder: PathBuf, most: u64) -> io::Result<Rotating> {
        std::fs::create_dir_all(&folder)?;
        let file = append(&folder)?;
        let written = file.metadata()?.len();
        Ok(Rotating(Arc::new(Mutex::new(Current { folder, file, written, most }))))
    }
}

fn append(folder: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(folder.join("foredeck.log"))
}

impl Current {
    fn rotate(&mut self) -> io::Result<()> {
        let named = |number: u32| self.folder.join(format!("foredeck.{number}.log"));
        for number in (1..KEPT).rev() {
            // The first times there is nothing to move.
            let _nothing_there = std::fs::rename(named(number), named(number + 1));
        }
        std::fs::rename(self.folder.join("foredeck.log"), named(1))?;
        self.file = append(&self.folder)?;
        self.written = 0;
        Ok(())
    }
}

impl Write for Rotating {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if current.written + line.len() as u64 > current.most && current.written > 0 {
            current.rotate()?;
        }
        let count = current.file.write(line)?;
        current.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_log_is_put_aside_and_only_a_few_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Rotating::open(folder.path().to_owned(), 10).unwrap();
        for line in ["one......\n", "two......\n", "three....\n", "four.....\n", "five.....\n"] {
            log.write_all(line.as_bytes()).unwrap();
        }
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("foredeck.log"), "five.....\n");
        assert_eq!(read("foredeck.1.log"), "four.....\n");
        assert_eq!(read("foredeck.3.log"), "two......\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4);
    }
}
