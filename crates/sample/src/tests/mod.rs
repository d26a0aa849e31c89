//! What the sample promises, as a whole.

mod bytes;
mod history;
mod living;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use model::{
    BlobHash, Direction, Millis,
    incoming::{Change, Cursor, Incoming, KeptBlob},
    text,
    urgency::UrgentRules,
};
use remote::{BlobSink, BlobWriter, Helpdesk, Page, Wake};

use crate::{Lang, Sample, SampleConfig, Tagged, live, plan::Role, schedule::SHANGHAI_MS};

/// Tuesday, 2025-10-14, 16:40 in Shanghai.
const NOW: Millis = Millis(1_760_431_200_000);

fn config(tickets: u32) -> SampleConfig {
    SampleConfig { live: false, ..SampleConfig::new(tickets, NOW) }
}

fn sample(config: SampleConfig) -> Sample {
    Sample::new(config, Arc::new(|| NOW))
}

/// A sample whose clock is set by hand.
fn living(tickets: u32) -> (Sample, Arc<AtomicI64>) {
    let clock = Arc::new(AtomicI64::new(NOW.0));
    let hand = clock.clone();
    let config = SampleConfig::new(tickets, NOW);
    (Sample::new(config, Arc::new(move || Millis(clock.load(Ordering::Relaxed)))), hand)
}

/// Keeps contents by their digest.
#[derive(Default, Clone)]
struct Shelf(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

struct Draft(Shelf, Vec<u8>);

#[async_trait]
impl BlobSink for Shelf {
    async fn begin(&self) -> std::io::Result<Box<dyn BlobWriter>> {
        Ok(Box::new(Draft(self.clone(), Vec::new())))
    }
}

#[async_trait]
impl BlobWriter for Draft {
    async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.1.extend_from_slice(bytes);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> std::io::Result<KeptBlob> {
        let hash = blake3::hash(&self.1).to_hex().to_string();
        let size = self.1.len() as u64;
        self.0.0.lock().unwrap().insert(hash.clone(), self.1);
        Ok(KeptBlob { hash: BlobHash(hash), size })
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn messages(page: Page) -> impl Iterator<Item = Incoming> {
    page.changes.into_iter().map(|change| match change {
        Change::Message(message) => *message,
        other => panic!("{other:?}"),
    })
}

/// Everything, read page by page as the desk reads it.
fn pull_all(sample: &Sample) -> Vec<Incoming> {
    block_on(async {
        let (shelf, mut cursor, mut all) = (Shelf::default(), None::<Cursor>, Vec::new());
        loop {
            let page = sample.pull(cursor.as_ref(), &shelf).await.unwrap();
            let (more, filling) = (page.more, page.filling);
            cursor = Some(page.cursor.clone());
            all.extend(messages(page));
            if !more {
                assert_eq!(filling, None);
                return all;
            }
            assert_eq!(u64::from(filling.unwrap().total), sample.messages());
        }
    })
}

fn threads(all: &[Incoming]) -> BTreeMap<String, Vec<&Incoming>> {
    let mut threads: BTreeMap<String, Vec<&Incoming>> = BTreeMap::new();
    for message in all {
        let root = message.references.first().or(message.message_id.as_ref()).unwrap();
        threads.entry(root.clone()).or_default().push(message);
    }
    threads
}

/// As a person reads it.
fn shown(message: &Incoming) -> String {
    let who = |address: &model::Address| format!("{} <{}>", address.name, address.email);
    let names: Vec<_> =
        message.attachments.iter().map(|file| format!("📎 {} ({} bytes)\n", file.name, file.size)).collect();
    format!(
        "{} → {}\n{}  {}{}\n{}\n{}",
        who(message.from.as_ref().unwrap()),
        who(&message.to[0]),
        crate::case::local(message.received_at),
        message.subject,
        if message.body.html.is_some() { "  (HTML too)" } else { "" },
        names.concat(),
        message.body.text
    )
}
