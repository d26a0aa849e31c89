//! The workspace's key, and the keys derived from it for each purpose. Wiped from memory when dropped; never printed.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::error::{Result, StoreError};

/// 32 bytes that open a workspace.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Memory (KiB), passes and lanes of Argon2id: RFC 9106's second recommendation.
const STRETCH: (u32, u32, u32) = (64 * 1024, 3, 4);

impl Key {
    pub fn random() -> Result<Key> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice())?;
        Ok(Key(bytes))
    }

    /// Stretches a pass phrase with Argon2id; about a tenth of a second.
    pub fn from_passphrase(phrase: &str, salt: &[u8; 16]) -> Result<Key> {
        let (memory, passes, lanes) = STRETCH;
        let params = Params::new(memory, passes, lanes, Some(32))?;
        let mut bytes = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
            phrase.as_bytes(),
            salt,
            bytes.as_mut_slice(),
        )?;
        Ok(Key(bytes))
    }

    /// Base64, for a key store.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.0.as_slice()))
    }

    pub fn from_text(text: &str) -> Result<Key> {
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| StoreError::Invalid("key"))?);
        let bytes = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| StoreError::Invalid("key"))?;
        Ok(Key(Zeroizing::new(bytes)))
    }

    fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(blake3::derive_key(purpose, self.0.as_slice()))
    }

    /// As SQLCipher takes it: raw, so that it does no stretching of its own.
    pub(crate) fn for_database(&self) -> Zeroizing<String> {
        let key = blake3::Hash::from_bytes(*self.derive("foredeck 2026 database")).to_hex();
        Zeroizing::new(format!("\"x'{key}'\""))
    }

    pub(crate) fn for_journal(&self) -> Zeroizing<[u8; 32]> {
        self.derive("foredeck 2026 journal")
    }

    pub(crate) fn for_blobs(&self) -> Zeroizing<[u8; 32]> {
        self.derive("foredeck 2026 attachment contents")
    }

    pub(crate) fn for_blob_names(&self) -> Zeroizing<[u8; 32]> {
        self.derive("foredeck 2026 attachment names")
    }

    /// What `workspace.json` keeps to tell a wrong key from a damaged database. Says nothing about the key.
    pub fn check(&self) -> String {
        let digest = blake3::Hash::from_bytes(*self.derive("foredeck 2026 key check"));
        digest.to_hex().chars().take(32).collect()
    }
}

/// A salt for [`Key::from_passphrase`].
pub fn new_salt() -> Result<[u8; 16]> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt)?;
    Ok(salt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_the_key_store_and_never_prints() {
        let key = Key::random().unwrap();
        assert_eq!(Key::from_text(&key.to_text()).unwrap().0, key.0);
        assert_eq!(format!("{key:?}"), "Key(…)");
        assert!(Key::from_text("c2hvcnQ=").is_err());
        assert!(Key::from_text("not base64!").is_err());
    }

    #[test]
    fn a_pass_phrase_gives_one_key_per_salt() {
        let make = |phrase, salt| Key::from_passphrase(phrase, &[salt; 16]).unwrap().0;
        assert_eq!(make("tea set", 1), make("tea set", 1));
        assert_ne!(make("tea set", 1), make("tea set", 2));
        assert_ne!(make("tea set", 1), make("tea sets", 1));
    }

    #[test]
    fn every_purpose_has_a_key_of_its_own() {
        let key = Key(Zeroizing::new([7; 32]));
        let all = [key.for_journal(), key.for_blobs(), key.for_blob_names()];
        assert_ne!(all[0], all[1]);
        assert_ne!(all[1], all[2]);
        assert!(!key.for_database().contains(&key.check()));
    }
}
