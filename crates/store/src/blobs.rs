//! Attachments on disk: one encrypted file per content, named by a keyed digest of the content, so that equal contents are
//! kept once and the name tells nothing.
//!
//! A file is a header and chunks of 64 KiB, each sealed on its own in one authenticated stream (ChaCha20-Poly1305, STREAM):
//! a chunk changed, moved, left out or cut off is an error, never other bytes. Contents are streamed both ways.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305,
    aead::stream::{DecryptorBE32, EncryptorBE32},
};
use model::{BlobHash, incoming::KeptBlob};
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use crate::{
    error::{Result, StoreError},
    key::Key,
};

pub(crate) const FOLDER: &str = "attachments";

const MAGIC: &[u8; 5] = b"FDBL\x01";
const NONCE: usize = 19;
const CHUNK: usize = 64 * 1024;
const MAC: usize = 16;

#[derive(Clone)]
pub struct Blobs {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    content: Zeroizing<[u8; 32]>,
    names: Zeroizing<[u8; 32]>,
}

impl Blobs {
    pub(crate) fn open_folder(root: &Path, key: &Key) -> Result<Blobs> {
        let folder = root.join(FOLDER);
        fs::create_dir_all(&folder).map_err(StoreError::file(&folder))?;
        remove_unfinished(&folder);
        let inner = Inner { folder, content: key.for_blobs(), names: key.for_blob_names() };
        Ok(Blobs { inner: Arc::new(inner) })
    }

    /// Begins to keep a content.
    pub async fn begin(&self) -> io::Result<BlobDraft> {
        let inner = self.inner.clone();
        let sealing = run(move || Sealing::begin(inner)).await?;
        Ok(BlobDraft { sealing: Some(sealing) })
    }

    /// Begins to read one; its chunks are verified as they are read.
    pub async fn open(&self, hash: &BlobHash) -> io::Result<BlobReader> {
        let (inner, hash) = (self.inner.clone(), hash.clone());
        let opening = run(move || Opening::begin(&inner, hash)).await?;
        Ok(BlobReader { opening: Some(opening) })
    }

    /// The whole content, unless it is longer than `limit` bytes.
    pub async fn read_all(&self, hash: &BlobHash, limit: usize) -> io::Result<Vec<u8>> {
        let mut reader = self.open(hash).await?;
        let mut all = Vec::new();
        while let Some(chunk) = reader.next_chunk().await? {
            if all.len() + chunk.len() > limit {
                return Err(io::Error::from(io::ErrorKind::FileTooLarge));
            }
            all.extend(chunk);
        }
        Ok(all)
    }
}

impl Inner {
    /// `None` for a name that no content can have.
    fn path(&self, hash: &BlobHash) -> Option<PathBuf> {
        let name = hash.0.as_str();
        let well_formed =
            name.len() == 64 && name.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        well_formed.then(|| self.folder.join(name.get(..2).unwrap_or_default()).join(name))
    }
}

/// Temporary files that a crash left behind.
fn remove_unfinished(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().ends_with(".part") {
            let _ = fs::remove_file(entry.path());
        }
    }
}

async fn run<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

/// A content on its way in. Dropped before [`BlobDraft::finish`], it leaves nothing behind.
pub struct BlobDraft {
    sealing: Option<Sealing>,
}

impl BlobDraft {
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut sealing = self.sealing.take().ok_or(io::ErrorKind::BrokenPipe)?;
        if sealing.pending.len() + bytes.len() <= CHUNK {
            sealing.take_in(bytes);
            self.sealing = Some(sealing);
            return Ok(());
        }
        let bytes = bytes.to_vec();
        let sealing = run(move || {
            sealing.take_in(&bytes);
            sealing.seal_full_chunks()?;
            Ok(sealing)
        });
        self.sealing = Some(sealing.await?);
        Ok(())
    }

    /// Puts the content under its name and waits until it is on disk.
    pub async fn finish(mut self) -> io::Result<KeptBlob> {
        let sealing = self.sealing.take().ok_or(io::ErrorKind::BrokenPipe)?;
        run(move || sealing.finish()).await
    }
}

struct Sealing {
    inner: Arc<Inner>,
    file: File,
    temporary: Temporary,
    encryptor: EncryptorBE32<XChaCha20Poly1305>,
    digest: blake3::Hasher,
    pending: Vec<u8>,
    size: u64,
}

/// Removes its file when dropped.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // Gone already once the content has been renamed into its place.
        let _ = fs::remove_file(&self.0);
    }
}

impl Sealing {
    fn begin(inner: Arc<Inner>) -> io::Result<Sealing> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|error| io::Error::other(error.to_string()))?;
        let name = format!("{}.part", crate::journal::hex(&nonce));
        let path = inner.folder.join(name);
        let mut file = File::options().create_new(true).write(true).open(&path)?;
        let temporary = Temporary(path);
        file.write_all(MAGIC)?;
        file.write_all(&nonce)?;
        tracing::trace!("An attachment's file is begun.");
        let cipher = XChaCha20Poly1305::new((&*inner.content).into());
        let encryptor = EncryptorBE32::from_aead(cipher, (&nonce).into());
        let digest = blake3::Hasher::new_keyed(&inner.names);
        Ok(Sealing { inner, file, temporary, encryptor, digest, pending: Vec::new(), size: 0 })
    }

    fn take_in(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
        self.size += bytes.len() as u64;
        self.pending.extend_from_slice(bytes);
    }

    /// Seals all full chunks but the last, which [`Sealing::finish`] must mark as the last.
    fn seal_full_chunks(&mut self) -> io::Result<()> {
        let mut rest = std::mem::take(&mut self.pending);
        let mut from = 0;
        while rest.len() - from > CHUNK {
            let chunk = rest.get(from..from + CHUNK).unwrap_or_default();
            let sealed = self.encryptor.encrypt_next(chunk).map_err(unsealed)?;
            self.file.write_all(&sealed)?;
            from += CHUNK;
        }
        rest.drain(..from);
        self.pending = rest;
        Ok(())
    }

    fn finish(mut self) -> io::Result<KeptBlob> {
        self.seal_full_chunks()?;
        let last = self.encryptor.encrypt_last(self.pending.as_slice()).map_err(unsealed)?;
        self.file.write_all(&last)?;
        let hash = BlobHash(self.digest.finalize().to_hex().to_string());
        let path = self.inner.path(&hash).ok_or(io::ErrorKind::InvalidInput)?;
        tracing::trace!(bytes = self.size, "An attachment is written, but has no name yet.");
        if !path.exists() {
            self.file.sync_all()?;
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::rename(&self.temporary.0, &path)?;
        }
        tracing::trace!("An attachment has its name.");
        Ok(KeptBlob { hash, size: self.size })
    }
}

fn unsealed(_: chacha20poly1305::Error) -> io::Error {
    io::Error::from(io::ErrorKind::InvalidData)
}

/// A content on its way out.
pub struct BlobReader {
    opening: Option<Opening>,
}

impl BlobReader {
    /// The next chunk, at most 64 KiB; `None` after the last one. An error means that the file is not what was written.
    pub async fn next_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some(opening) = self.opening.take() else { return Ok(None) };
        let (chunk, opening) = run(move || opening.next()).await?;
        self.opening = opening;
        Ok(chunk)
    }
}

struct Opening {
    file: BufReader<File>,
    decryptor: DecryptorBE32<XChaCha20Poly1305>,
    digest: blake3::Hasher,
    hash: BlobHash,
}

impl Opening {
    fn begin(inner: &Inner, hash: BlobHash) -> io::Result<Opening> {
        let path = inner.path(&hash).ok_or(io::ErrorKind::NotFound)?;
        let mut file = BufReader::with_capacity(CHUNK + MAC, File::open(path)?);
        let (mut magic, mut nonce) = ([0; MAGIC.len()], [0; NONCE]);
        file.read_exact(&mut magic)?;
        file.read_exact(&mut nonce)?;
        if &magic != MAGIC {
            return Err(io::Error::from(io::ErrorKind::InvalidData));
        }
        let cipher = XChaCha20Poly1305::new((&*inner.content).into());
        let decryptor = DecryptorBE32::from_aead(cipher, (&nonce).into());
        Ok(Opening { file, decryptor, digest: blake3::Hasher::new_keyed(&inner.names), hash })
    }

    /// The next chunk, and what goes on reading unless it was the last.
    fn next(mut self) -> io::Result<(Option<Vec<u8>>, Option<Opening>)> {
        let mut sealed = Vec::with_capacity(CHUNK + MAC);
        (&mut self.file).take((CHUNK + MAC) as u64).read_to_end(&mut sealed)?;
        let more = !io::BufRead::fill_buf(&mut self.file)?.is_empty();
        if more {
            let chunk = self.decryptor.decrypt_next(sealed.as_slice()).map_err(unsealed)?;
            self.digest.update(&chunk);
            return Ok((Some(chunk), Some(self)));
        }
        let chunk = self.decryptor.decrypt_last(sealed.as_slice()).map_err(unsealed)?;
        self.digest.update(&chunk);
        if self.digest.finalize().to_hex().as_str() != self.hash.0 {
            return Err(io::Error::from(io::ErrorKind::InvalidData));
        }
        Ok(((!chunk.is_empty()).then_some(chunk), None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bench {
        root: tempfile::TempDir,
        blobs: Blobs,
    }

    fn bench() -> Bench {
        let root = tempfile::tempdir().unwrap();
        let blobs = Blobs::open_folder(root.path(), &Key::random().unwrap()).unwrap();
        Bench { root, blobs }
    }

    impl Bench {
        async fn keep(&self, content: &[u8], step: usize) -> KeptBlob {
            let mut draft = self.blobs.begin().await.unwrap();
            for part in content.chunks(step) {
                draft.write(part).await.unwrap();
            }
            draft.finish().await.unwrap()
        }

        async fn read(&self, hash: &BlobHash) -> io::Result<Vec<u8>> {
            self.blobs.read_all(hash, usize::MAX).await
        }

        fn path(&self, hash: &BlobHash) -> PathBuf {
            self.blobs.inner.path(hash).unwrap()
        }

        fn files(&self) -> usize {
            let folder = self.root.path().join(FOLDER);
            let folders = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
            folders.map(|p| if p.is_dir() { fs::read_dir(p).unwrap().count() } else { 1 }).sum()
        }
    }

    fn content(length: usize) -> Vec<u8> {
        (0..length).map(|i| (i * 31 % 251) as u8).collect()
    }

    #[tokio::test]
    async fn contents_of_every_awkward_length_come_back() {
        let bench = bench();
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17] {
            for step in [1009, 5 * CHUNK] {
                let content = content(length);
                let kept = bench.keep(&content, step).await;
                assert_eq!(kept.size, length as u64);
                assert_eq!(bench.read(&kept.hash).await.unwrap(), content, "{length} by {step}");
            }
        }
    }

    #[tokio::test]
    async fn equal_contents_are_kept_once_and_nothing_is_in_the_clear() {
        let bench = bench();
        let content = b"the kettle came broken".repeat(100);
        let (one, two) = (bench.keep(&content, 7).await, bench.keep(&content, 100).await);
        assert_eq!(one, two);
        assert_eq!(bench.files(), 1);
        let bytes = fs::read(bench.path(&one.hash)).unwrap();
        assert!(!bytes.windows(6).any(|w| w == b"kettle"));
    }

    #[tokio::test]
    async fn a_draft_given_up_leaves_nothing() {
        let bench = bench();
        let mut draft = bench.blobs.begin().await.unwrap();
        draft.write(&content(3 * CHUNK)).await.unwrap();
        drop(draft);
        assert_eq!(bench.files(), 0);
    }

    #[tokio::test]
    async fn a_file_torn_changed_or_exchanged_is_an_error() {
        let bench = bench();
        let kept = bench.keep(&content(3 * CHUNK), CHUNK).await;
        let other = bench.keep(b"other", 5).await;
        let path = bench.path(&kept.hash);
        let whole = fs::read(&path).unwrap();
        for cut in [0, 3, 24, 24 + CHUNK + MAC, whole.len() - 1] {
            fs::write(&path, &whole[..cut]).unwrap();
            assert!(bench.read(&kept.hash).await.is_err(), "cut at {cut}");
        }
        for at in [0, 10, 30, CHUNK + 100, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(&path, changed).unwrap();
            assert!(bench.read(&kept.hash).await.is_err(), "changed at {at}");
        }
        fs::copy(bench.path(&other.hash), &path).unwrap();
        assert!(bench.read(&kept.hash).await.is_err(), "another content under this name");
    }

    #[tokio::test]
    async fn a_name_that_is_a_path_finds_nothing() {
        let bench = bench();
        for name in ["../../desk.db", "", &"g".repeat(64), &format!("/{}", "a".repeat(63))] {
            let error = bench.blobs.open(&BlobHash(name.to_owned())).await.err().unwrap();
            assert_eq!(error.kind(), io::ErrorKind::NotFound);
        }
    }

    #[tokio::test]
    async fn what_is_longer_than_wanted_is_not_read() {
        let bench = bench();
        let kept = bench.keep(&content(CHUNK * 2), CHUNK).await;
        let error = bench.blobs.read_all(&kept.hash, CHUNK).await.err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }
}
