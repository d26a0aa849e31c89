//! Attachments on their way from an adapter into the store's encrypted files. Only a bridge between the two crates' words.

use std::io;

use async_trait::async_trait;
use model::incoming::KeptBlob;
use remote::{BlobSink, BlobWriter};
use store::{BlobDraft, Store};

pub struct StoreBlobs(pub Store);

#[async_trait]
impl BlobSink for StoreBlobs {
    async fn begin(&self) -> io::Result<Box<dyn BlobWriter>> {
        Ok(Box::new(Draft(self.0.blobs().begin().await?)))
    }
}

struct Draft(BlobDraft);

#[async_trait]
impl BlobWriter for Draft {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write(bytes).await
    }

    async fn finish(self: Box<Self>) -> io::Result<KeptBlob> {
        self.0.finish().await
    }
}
