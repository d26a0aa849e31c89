//! Bytes of any kind as a message: read, folded, with bounds kept.
#![no_main]

use std::collections::BTreeSet;

use async_trait::async_trait;
use libfuzzer_sys::fuzz_target;
use model::incoming::{Flags, KeptBlob};
use model::{BlobHash, Millis};
use remote::mail::{self, Context};
use remote::{BlobSink, BlobWriter};

struct Nowhere;

struct Counter(u64);

#[async_trait]
impl BlobSink for Nowhere {
    async fn begin(&self) -> std::io::Result<Box<dyn BlobWriter>> {
        Ok(Box::new(Counter(0)))
    }
}

#[async_trait]
impl BlobWriter for Counter {
    async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0 += bytes.len() as u64;
        Ok(())
    }

    async fn finish(self: Box<Self>) -> std::io::Result<KeptBlob> {
        Ok(KeptBlob { hash: BlobHash(String::new()), size: self.0 })
    }
}

fuzz_target!(|raw: &[u8]| {
    let own = BTreeSet::from(["care@shop.test".to_owned()]);
    let context = Context {
        own: &own,
        received_at: None,
        now: Millis(1_772_366_400_000),
        identity: None,
        place: None,
        flags: Flags::default(),
    };
    let Ok(read) = futures::executor::block_on(mail::read(raw, &context, &Nowhere)) else {
        panic!("the sink never fails");
    };
    assert!(!read.identity.is_empty());
    assert!(read.body.text.len() <= mail::LONGEST_TEXT);
    assert!(read.attachments.len() <= mail::MOST_PARTS);
    assert!(read.attachments.iter().all(|one| mail::safe_file_name(&one.name) == one.name));
    let folded: String = model::fold::fold(&read.body.text).into_iter().map(|segment| segment.text).collect();
    assert_eq!(folded, read.body.text);
});
