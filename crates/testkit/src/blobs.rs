//! A blob store that keeps nothing but what it was told: how many contents, how long, and in how large pieces they came.

use std::hash::{DefaultHasher, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use model::BlobHash;
use model::incoming::KeptBlob;
use remote::{BlobSink, BlobWriter};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub begun: u32,
    pub finished: u32,
    pub bytes: u64,
    pub largest_piece: usize,
}

#[derive(Debug, Clone, Default)]
pub struct CountingBlobs {
    tally: Arc<Mutex<Tally>>,
    /// When set, every write fails with it.
    failure: Option<std::io::ErrorKind>,
}

impl CountingBlobs {
    pub fn failing(kind: std::io::ErrorKind) -> CountingBlobs {
        CountingBlobs { failure: Some(kind), ..CountingBlobs::default() }
    }

    pub fn tally(&self) -> Tally {
        *self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, change: impl FnOnce(&mut Tally)) {
        change(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

struct Counting {
    blobs: CountingBlobs,
    hasher: DefaultHasher,
    size: u64,
}

#[async_trait]
impl BlobSink for CountingBlobs {
    async fn begin(&self) -> std::io::Result<Box<dyn BlobWriter>> {
        self.note(|tally| tally.begun += 1);
        Ok(Box::new(Counting { blobs: self.clone(), hasher: DefaultHasher::new(), size: 0 }))
    }
}

#[async_trait]
impl BlobWriter for Counting {
    async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        if let Some(kind) = self.blobs.failure {
            return Err(kind.into());
        }
        self.hasher.write(bytes);
        self.size += bytes.len() as u64;
        self.blobs.note(|tally| {
            tally.bytes += bytes.len() as u64;
            tally.largest_piece = tally.largest_piece.max(bytes.len());
        });
        Ok(())
    }

    async fn finish(self: Box<Self>) -> std::io::Result<KeptBlob> {
        self.blobs.note(|tally| tally.finished += 1);
        Ok(KeptBlob { hash: BlobHash(format!("{:064x}", self.hasher.finish())), size: self.size })
    }
}
