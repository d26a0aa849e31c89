//! Sending a reply off, and what a person can do with one that has not left.
//!
//! Every call answers at once: what is on disk is all that counts, and the sender beside the link (`sending`) does the rest.

use std::collections::BTreeMap;

use model::{
    BlobHash, Direction, OutboxId, Problem, ProblemCode, SourceId, Status, TicketId,
    incoming::{Flags, Incoming},
    outgoing::{HOLD_MS, OutboxState, Outgoing, Seen},
};
use remote::mail;
use store::{NewOutgoing, OutboxRow, SourceRow};
use sync::StoreBlobs;

use crate::{
    Desk,
    composing::addresses_of,
    dto::{Changed, Draft, OutboxItem, Queued},
    reading::not_found,
};

impl Desk {
    pub async fn send(&self, ticket: TicketId, seen: Seen, then: Option<Status>) -> Result<Queued, Problem> {
        let draft = self.reply_draft(ticket).await?.ok_or_else(not_found)?;
        let source = self.way_out(ticket).await?;
        let now = self.now();
        let outgoing = self.leaving(ticket, &source, draft, now).await?;
        let hold_until = now.plus(HOLD_MS);
        let new = NewOutgoing {
            ticket,
            source: source.id,
            outgoing,
            seen,
            who: self.settings().await?.agent_name,
            hold_until: Some(hold_until),
            then,
            claim: None,
        };
        let queued = self.store.queue(new, now).await.map_err(|e| e.problem())?;
        let outbox = queued.ok_or_else(|| crate::internal("a reply was taken for an acknowledgement"))?;
        Ok(Queued { outbox, hold_until_ms: hold_until })
    }

    /// The source a ticket's replies leave through, or why none can.
    async fn way_out(&self, ticket: TicketId) -> Result<SourceRow, Problem> {
        let source = self.source_of(ticket).await?.ok_or_else(not_found)?;
        match no_way_out(&source) {
            Some(problem) => Err(problem),
            None => Ok(source),
        }
    }

    /// Why no reply can leave from a ticket, if so.
    pub(crate) async fn cannot_reply(&self, source: SourceId) -> Result<Option<Problem>, Problem> {
        let row = self.source_row(source).await?;
        Ok(row.map_or_else(|| Some(not_found()), |row| no_way_out(&row)))
    }

    pub async fn outbox(&self) -> Result<Vec<OutboxItem>, Problem> {
        let rows = self.store.outbox().await.map_err(|e| e.problem())?;
        Ok(rows.into_iter().map(|row| self.outbox_item(row)).collect())
    }

    pub(crate) async fn outbox_of(&self, ticket: TicketId) -> Result<Vec<OutboxItem>, Problem> {
        let rows = self.store.outbox_of(ticket).await.map_err(|e| e.problem())?;
        Ok(rows.into_iter().map(|row| self.outbox_item(row)).collect())
    }

    fn outbox_item(&self, row: OutboxRow) -> OutboxItem {
        let OutboxRow { entry, ticket_subject, requester_name, source_name, news, attempted_at, .. } = row;
        let read_at = self.links.of(entry.source).and_then(|link| link.as_of_ms);
        // A source that brings the copy settles the mail: one that is still unknown was not there.
        let looked = attempted_at.is_some_and(|attempted| read_at.is_some_and(|read| read > attempted));
        let not_in_sent = entry.state == OutboxState::Unknown && looked;
        OutboxItem { entry, ticket_subject, requester_name, source_name, news, not_in_sent }
    }

    /// How many replies wait for a person because the desk was closed before they left.
    pub(crate) async fn held_back(&self) -> Result<usize, Problem> {
        let rows = self.store.outbox().await.map_err(|e| e.problem())?;
        let held =
            |row: &&OutboxRow| row.entry.state == OutboxState::Held && row.entry.hold_until_ms.is_none();
        Ok(rows.iter().filter(held).count())
    }

    pub async fn take_back(&self, outbox: OutboxId) -> Result<Draft, Problem> {
        let ticket = self.store.take_back(outbox, self.now()).await.map_err(|e| e.problem())?;
        self.draft(ticket).await?.ok_or_else(not_found)
    }

    pub async fn release(&self, outbox: OutboxId, was: OutboxState) -> Result<Changed, Problem> {
        let entry = self.store.outbox_entry(outbox).await.map_err(|e| e.problem())?.ok_or_else(not_found)?;
        if self.cannot_reply(entry.source).await?.is_some() {
            let account = &entry.outgoing.from.email;
            return Err(Problem::new(ProblemCode::SendingNotSetUp).with("account", account));
        }
        self.store.release_from(outbox, was, self.now()).await.map_err(|e| e.problem())?;
        self.hurry(outbox).await?;
        self.unchanged()
    }

    /// Tells the sender that a person waits for this one.
    async fn hurry(&self, outbox: OutboxId) -> Result<(), Problem> {
        let entry = self.store.outbox_entry(outbox).await.map_err(|e| e.problem())?;
        if let Some(entry) = entry
            && let Some(post) = self.posts.lock().await.get(&entry.source)
        {
            post.nudge();
        }
        Ok(())
    }

    pub async fn drop_outgoing(&self, outbox: OutboxId) -> Result<Changed, Problem> {
        self.store.drop_outgoing(outbox, self.now()).await.map_err(|e| e.problem())?;
        self.unchanged()
    }

    pub async fn mark_sent(&self, outbox: OutboxId) -> Result<Changed, Problem> {
        let entry = self.store.outbox_entry(outbox).await.map_err(|e| e.problem())?.ok_or_else(not_found)?;
        let became = match entry.state {
            OutboxState::Unknown => self.as_it_left(&entry.outgoing, entry.source).await?,
            // The store says what is wrong with any other.
            _ => None,
        };
        self.store.mark_sent(outbox, became.as_ref(), self.now()).await.map_err(|e| e.problem())?;
        self.unchanged()
    }

    /// The mail as its copy would come from the source; `None` when its attachments are not here any more.
    async fn as_it_left(&self, outgoing: &Outgoing, source: SourceId) -> Result<Option<Incoming>, Problem> {
        let mut contents: BTreeMap<BlobHash, Vec<u8>> = BTreeMap::new();
        for attachment in &outgoing.attachments {
            let limit = usize::try_from(attachment.size).unwrap_or(0);
            match self.store.blobs().read_all(&attachment.hash, limit).await {
                Ok(bytes) => contents.insert(attachment.hash.clone(), bytes),
                Err(_) => return Ok(None),
            };
        }
        let bytes = mail::compose(outgoing, &contents)?;
        let row = self.source_row(source).await?.ok_or_else(not_found)?;
        let own = addresses_of(&row).iter().map(|email| email.to_lowercase()).collect();
        let context = mail::Context {
            own: &own,
            received_at: Some(outgoing.at_ms),
            now: self.now(),
            identity: None,
            place: None,
            flags: Flags { seen: true, ..Flags::default() },
        };
        let read = mail::read(&bytes, &context, &StoreBlobs(self.store.clone())).await;
        let incoming = read.map_err(crate::internal)?;
        Ok(Some(Incoming { direction: Direction::Outbound, ..incoming }))
    }
}

/// Why nothing can leave through this source, if so.
pub(crate) fn no_way_out(source: &SourceRow) -> Option<Problem> {
    match source.kind.as_str() {
        "sample" => None,
        "mailbox" if source.config.get("smtp").is_some_and(|smtp| !smtp.is_null()) => None,
        "mailbox" => Some(Problem::new(ProblemCode::SendingNotSetUp).with("account", &source.address)),
        _ => Some(not_found()),
    }
}
