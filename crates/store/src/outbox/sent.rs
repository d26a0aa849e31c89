//! A mail that has left: it is put on its ticket like any mail of its source, so that lists, turns, counts and search move with it.

use model::{
    Automatic, Direction, Millis, OutboxId, Seq,
    incoming::{Body, Flags, Incoming, IncomingAttachment, KeptBlob},
    outgoing::{OutboxState, Outgoing, OutgoingAttachment, OutgoingKind},
};

use super::{
    rows::OutboxRec,
    steps::{Next, Step, next},
};
use crate::{
    Store,
    error::{Result, StoreError},
    ingest::prepare::Prepared,
    work::Durability,
};

impl Store {
    /// The server took it: it is sent and stands on its ticket. `incoming` is the mail as the source would report it; without, it is made
    /// from what was sent off.
    pub async fn delivered(&self, id: OutboxId, incoming: Option<&Incoming>, now: Millis) -> Result<Seq> {
        self.become_sent(id, Step::Deliver, incoming, now).await
    }

    /// A person knows that a mail of unknown outcome arrived.
    pub async fn mark_sent(&self, id: OutboxId, incoming: Option<&Incoming>, now: Millis) -> Result<Seq> {
        self.become_sent(id, Step::MarkSent, incoming, now).await
    }

    async fn become_sent(
        &self,
        id: OutboxId,
        step: Step,
        incoming: Option<&Incoming>,
        now: Millis,
    ) -> Result<Seq> {
        let entry = self.outbox_entry(id).await?.ok_or(StoreError::NotFound("outbox"))?;
        let mut work = self.work(Durability::Full, now).await?;
        let mut row = self.noted(work.outgoing(id).await)?;
        let state = match next(row.state, step) {
            Next::To(state) => state,
            Next::Stays | Next::Leaves => return self.finish_noted(work).await,
            Next::Refused => return Err(StoreError::Invalid("state")),
        };
        if row.message.is_some() {
            row.be_sent(state, now);
            self.noted(work.keep_outgoing(&row).await)?;
            return self.finish_noted(work).await;
        }
        let tried = row.attempted_at_ms.filter(|_| step == Step::MarkSent);
        let mail = as_sent(&entry.outgoing, incoming, row.left_at(tried.unwrap_or(now)));
        let address = work.sources.get(&row.source).map(|facts| facts.address.clone()).unwrap_or_default();
        let prepared = Prepared::new(row.source, &address, &mail, &self.rules());
        let put = work.put_on_ticket(row.source, step, &prepared).await;
        self.finish_noted(self.noted(put)?).await
    }
}

impl OutboxRec {
    pub(crate) fn be_sent(&mut self, state: OutboxState, at: Millis) {
        self.state = state;
        self.sent_at_ms = self.sent_at_ms.or(Some(at));
        (self.hold_until_ms, self.next_try_at_ms, self.postponed_at_ms, self.problem) =
            (None, None, None, None);
    }

    /// When it left, in the order of the ticket: after what the agent had seen, however this machine's clock is set.
    pub(crate) fn left_at(&self, at: Millis) -> Millis {
        let seen = self.seen_newest.map(|newest| newest.received_at().plus(1));
        seen.map_or(at, |seen| seen.max(at))
    }
}

/// The mail as the source would report it, with what only this desk knows of it.
pub(crate) fn as_sent(outgoing: &Outgoing, incoming: Option<&Incoming>, at: Millis) -> Incoming {
    let robot = outgoing.kind == OutgoingKind::Acknowledgement;
    let body = Body { text: outgoing.text.clone(), html: outgoing.html.clone() };
    Incoming {
        identity: incoming
            .map_or_else(|| format!("outbox {}", outgoing.message_id), |mail| mail.identity.clone()),
        place: None,
        message_id: Some(outgoing.message_id.clone()),
        in_reply_to: outgoing.in_reply_to.iter().cloned().collect(),
        references: outgoing.references.clone(),
        subject: outgoing.subject.clone(),
        from: Some(outgoing.from.clone()),
        reply_to: Vec::new(),
        to: outgoing.to.clone(),
        cc: outgoing.cc.clone(),
        bcc: outgoing.bcc.clone(),
        sent_at: Some(outgoing.at_ms),
        received_at: at,
        direction: Direction::Outbound,
        automatic: robot.then_some(Automatic::AutoReply),
        calendar: None,
        body: incoming.map_or(body, |mail| mail.body.clone()),
        attachments: outgoing.attachments.iter().map(attached).collect(),
        flags: Flags { seen: true, ..Flags::default() },
        defects: Vec::new(),
    }
}

fn attached(file: &OutgoingAttachment) -> IncomingAttachment {
    let size = u64::try_from(file.size).unwrap_or(0);
    IncomingAttachment {
        name: file.name.clone(),
        media_type: file.media_type.clone(),
        content_id: file.content_id.clone(),
        inline: file.content_id.is_some(),
        kept: Some(KeptBlob { hash: file.hash.clone(), size }),
        size,
    }
}
