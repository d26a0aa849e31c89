//! One desk per workspace: a lock on a file, released by the system however the process ends, and beside it the address
//! under which the running desk can be reached.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use crate::{
    error::{Result, StoreError},
    workspace::write_whole,
};

const LOCK: &str = "desk.lock";
const ADDRESS: &str = "desk.address";

/// Held until dropped.
#[derive(Debug)]
pub struct WorkspaceLock {
    root: PathBuf,
    _file: File,
}

impl WorkspaceLock {
    /// Takes the workspace, or answers [`StoreError::InUse`].
    pub fn try_take(root: &Path) -> Result<WorkspaceLock> {
        fs::create_dir_all(root).map_err(StoreError::file(root))?;
        let path = root.join(LOCK);
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(StoreError::file(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(WorkspaceLock { root: root.to_owned(), _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse),
            Err(TryLockError::Error(error)) => Err(StoreError::file(path)(error)),
        }
    }

    /// Writes the address where [`read_address`] finds it, readable by this person alone. Gone when the lock is dropped.
    pub fn publish(&self, address: &str) -> Result<()> {
        write_whole(&self.root, ADDRESS, address.as_bytes())
    }

    /// Takes the address back: from now on this desk answers nobody.
    pub fn withdraw(&self) {
        // A missing file is what is wanted.
        let _ = fs::remove_file(self.root.join(ADDRESS));
    }
}

impl Drop for WorkspaceLock {
    fn drop(&mut self) {
        self.withdraw();
    }
}

/// What the desk that holds the workspace published, if it did.
pub fn read_address(root: &Path) -> Option<String> {
    fs::read_to_string(root.join(ADDRESS)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_has_one_desk_at_a_time() {
        let root = tempfile::tempdir().unwrap();
        let held = WorkspaceLock::try_take(root.path()).unwrap();
        assert!(matches!(WorkspaceLock::try_take(root.path()), Err(StoreError::InUse)));
        drop(held);
        WorkspaceLock::try_take(root.path()).unwrap();
    }

    #[test]
    fn the_address_is_private_and_goes_with_the_desk() {
        let root = tempfile::tempdir().unwrap();
        let held = WorkspaceLock::try_take(root.path()).unwrap();
        assert_eq!(read_address(root.path()), None);
        held.publish("{\"port\":1}").unwrap();
        assert_eq!(read_address(root.path()).as_deref(), Some("{\"port\":1}"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(root.path().join(ADDRESS)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        drop(held);
        assert_eq!(read_address(root.path()), None);
    }
}
