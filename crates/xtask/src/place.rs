//! Where things are: the repository, cargo's target folder, and the folder in it that is this program's own.

use std::path::{Path, PathBuf};

/// The repository's top folder.
pub fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    here.ancestors().nth(2).map_or_else(|| here.clone(), Path::to_path_buf)
}

/// Cargo's target folder, wherever it was moved to: this program lies in one of its profiles.
pub fn target() -> PathBuf {
    let exe = std::env::current_exe().unwrap_or_default();
    exe.ancestors().nth(2).map_or_else(|| root().join("target"), Path::to_path_buf)
}

/// What this program remembers between two calls; deleting it costs time and nothing else.
pub fn memory() -> PathBuf {
    target().join("xtask")
}

/// The app as `profile` (`debug` or `release`) builds it.
pub fn app(profile: &str) -> PathBuf {
    target().join(profile).join(format!("foredeck{}", std::env::consts::EXE_SUFFIX))
}
