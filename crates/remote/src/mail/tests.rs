//! Whole messages, as they come: each with the bytes real clients write.

mod charsets;
mod composed;
mod hostile;
mod kinds;
mod replay;

use std::collections::BTreeSet;
use std::sync::Mutex;

use async_trait::async_trait;
use model::incoming::{Flags, Incoming, KeptBlob};
use model::{BlobHash, Millis};

use super::{Context, read};
use crate::{BlobSink, BlobWriter};

/// 2026-03-01 12:00 UTC.
const NOW: Millis = Millis(1_772_366_400_000);

/// Keeps contents in memory, or refuses them all.
#[derive(Default)]
struct Shelf {
    refuses: bool,
    kept: std::sync::Arc<Mutex<Vec<Vec<u8>>>>,
}

struct Writer {
    bytes: Vec<u8>,
    shelf: std::sync::Arc<Mutex<Vec<Vec<u8>>>>,
}

#[async_trait]
impl BlobSink for Shelf {
    async fn begin(&self) -> std::io::Result<Box<dyn BlobWriter>> {
        match self.refuses {
            true => Err(std::io::Error::other("the disk is full")),
            false => Ok(Box::new(Writer { bytes: Vec::new(), shelf: self.kept.clone() })),
        }
    }
}

#[async_trait]
impl BlobWriter for Writer {
    async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> std::io::Result<KeptBlob> {
        let size = self.bytes.len() as u64;
        let hash = BlobHash(blake3::hash(&self.bytes).to_hex().to_string());
        self.shelf.lock().unwrap().push(self.bytes);
        Ok(KeptBlob { hash, size })
    }
}

fn own() -> BTreeSet<String> {
    BTreeSet::from(["care@shop.test".to_owned()])
}

fn context(own: &BTreeSet<String>) -> Context<'_> {
    Context { own, received_at: None, now: NOW, identity: None, place: None, flags: Flags::default() }
}

fn read_on(shelf: &Shelf, raw: &[u8]) -> Incoming {
    let own = own();
    futures::executor::block_on(read(raw, &context(&own), shelf)).unwrap()
}

fn read_bytes(raw: &[u8]) -> Incoming {
    read_on(&Shelf::default(), raw)
}

fn read_text(raw: &str) -> Incoming {
    read_bytes(raw.as_bytes())
}
