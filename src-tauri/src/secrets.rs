//! Where secrets lie: in the operating system's own key store, listed under `io.foredeck.desk`.
//!
//! A secret is never in a log and never in a file. Asking may block while the person unlocks the store. Where there is none, every
//! question is answered `key_store_missing`.

use std::{io::Write as _, path::Path};

use app::Secrets;
use model::{Problem, ProblemCode};
use zeroize::Zeroizing;

/// The name under which the key store lists what is Foredeck's.
const SERVICE: &str = "io.foredeck.desk";

/// The operating system's own key store.
pub struct KeyStore;

impl KeyStore {
    /// Whether there is one. May start it.
    pub fn is_there() -> bool {
        match keyring::Entry::store_status() {
            Ok(()) => probe(),
            Err(error) => {
                tracing::info!(%error, "This system has no key store.");
                false
            }
        }
    }
}

/// A store that is there answers that it does not know this name.
fn probe() -> bool {
    let asked = keyring::Entry::new(SERVICE, "is-there").and_then(|entry| entry.get_password());
    match asked {
        Ok(_) | Err(keyring::Error::NoEntry) => true,
        Err(error) => {
            tracing::info!(%error, "The key store does not answer.");
            false
        }
    }
}

fn missing(error: keyring::Error) -> Problem {
    Problem::new(ProblemCode::KeyStoreMissing).because(error)
}

impl Secrets for KeyStore {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<String>>, Problem> {
        match keyring::Entry::new(SERVICE, name).and_then(|entry| entry.get_password()) {
            Ok(secret) => Ok(Some(Zeroizing::new(secret))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(missing(error)),
        }
    }

    fn set(&self, name: &str, secret: &str) -> Result<(), Problem> {
        keyring::Entry::new(SERVICE, name).and_then(|entry| entry.set_password(secret)).map_err(missing)
    }

    fn delete(&self, name: &str) -> Result<(), Problem> {
        match keyring::Entry::new(SERVICE, name).and_then(|entry| entry.delete_credential()) {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(missing(error)),
        }
    }
}

/// Writes a file that only this person may read, whole or not at all.
pub fn private_file(path: &Path, parts: &[&[u8]]) -> std::io::Result<()> {
    let draft = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.sync_all()?;
    std::fs::rename(&draft, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_private_file_is_for_this_person_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.json");
        private_file(&path, &[b"a", b"b"]).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"ab");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
