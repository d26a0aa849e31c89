//! An outgoing mail as the bytes that leave, and those bytes as the message that stands on the ticket.

use std::collections::BTreeMap;

use model::{
    BlobHash, Direction, Problem, ProblemCode,
    incoming::{Flags, Incoming},
    outgoing::{Outgoing, OutgoingAttachment},
};
use remote::mail::{Context, compose, read, with_blind_copies};

use super::Sender;
use crate::StoreBlobs;

impl Sender {
    /// The same bytes every time.
    pub(super) async fn pack(&self, outgoing: &Outgoing) -> Result<Vec<u8>, Problem> {
        let mut contents: BTreeMap<BlobHash, Vec<u8>> = BTreeMap::new();
        for attachment in &outgoing.attachments {
            if !contents.contains_key(&attachment.hash) {
                contents.insert(attachment.hash.clone(), self.content(attachment).await?);
            }
        }
        compose(outgoing, &contents)
    }

    async fn content(&self, attachment: &OutgoingAttachment) -> Result<Vec<u8>, Problem> {
        let limit = usize::try_from(attachment.size).unwrap_or(0);
        self.store.blobs().read_all(&attachment.hash, limit).await.map_err(|error| {
            tracing::warn!(kind = ?error.kind(), "The content of an outgoing attachment could not be read.");
            Problem::new(ProblemCode::AttachmentMissing).with("name", &attachment.name)
        })
    }

    /// The mail that left, as its copy will come from the source. `None` when this machine can't keep its attachments: the copy brings them.
    pub(super) async fn read_back(&self, outgoing: &Outgoing, mail: &[u8]) -> Option<Incoming> {
        let now = self.now();
        let copy = with_blind_copies(outgoing, mail).ok()?;
        let context = Context {
            own: &self.own,
            received_at: Some(now),
            now,
            identity: None,
            place: None,
            flags: Flags { seen: true, ..Flags::default() },
        };
        match read(&copy, &context, &StoreBlobs(self.store.clone())).await {
            Ok(incoming) => Some(Incoming { direction: Direction::Outbound, ..incoming }),
            Err(error) => {
                tracing::warn!(kind = ?error.kind(), "A mail that left stands on its ticket only once its copy comes.");
                None
            }
        }
    }
}
