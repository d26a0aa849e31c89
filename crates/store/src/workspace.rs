//! `workspace.json`: what is known of a workspace before its key is. Nothing in it is secret.

use std::{fs, io::Write as _, path::Path};

use model::Millis;
use serde::{Deserialize, Serialize};

use crate::{
    error::{Result, StoreError},
    key::Key,
};

pub(crate) const FILE: &str = "workspace.json";

/// Where the key of a workspace comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkspaceKind {
    /// A random key in the system's key store.
    KeyStore,
    /// A pass phrase a person types.
    Passphrase,
    /// The sample: its key lies beside it.
    Sample,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceFile {
    pub created_at_ms: Millis,
    pub kind: WorkspaceKind,
    /// For [`Key::from_passphrase`].
    pub salt: Option<[u8; 16]>,
    /// [`Key::check`] of the key that opens it; names the key where it is kept.
    pub key_check: String,
}

impl WorkspaceFile {
    /// `None` when nothing has been made at `root` yet.
    pub fn read(root: &Path) -> Result<Option<WorkspaceFile>> {
        let path = root.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(serde_json::from_str(&text)?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::file(path)(error)),
        }
    }

    /// Makes the folder and its file, unless there is one.
    pub fn create(
        root: &Path,
        kind: WorkspaceKind,
        salt: Option<[u8; 16]>,
        key: &Key,
        now: Millis,
    ) -> Result<WorkspaceFile> {
        if let Some(file) = WorkspaceFile::read(root)? {
            return Ok(file);
        }
        fs::create_dir_all(root).map_err(StoreError::file(root))?;
        let file = WorkspaceFile { created_at_ms: now, kind, salt, key_check: key.check() };
        write_whole(root, FILE, serde_json::to_string_pretty(&file)?.as_bytes())?;
        Ok(file)
    }

    pub fn opens_with(&self, key: &Key) -> bool {
        self.key_check == key.check()
    }
}

/// Writes a small file so that a crash leaves the old one or the new one.
pub(crate) fn write_whole(root: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let (temporary, path) = (root.join(format!("{name}.new")), root.join(name));
    let write = || {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, &path)
    };
    write().map_err(StoreError::file(root.join(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_description_of_a_workspace_stays() {
        let root = tempfile::tempdir().unwrap();
        let (key, other) = (Key::random().unwrap(), Key::random().unwrap());
        assert_eq!(WorkspaceFile::read(root.path()).unwrap(), None);
        let kind = WorkspaceKind::Passphrase;
        let made = WorkspaceFile::create(root.path(), kind, Some([3; 16]), &key, Millis(5)).unwrap();
        let again =
            WorkspaceFile::create(root.path(), WorkspaceKind::Sample, None, &other, Millis(9)).unwrap();
        assert_eq!(made, again);
        assert!(made.opens_with(&key) && !made.opens_with(&other));
    }
}
