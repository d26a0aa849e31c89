//! Replies for the tests of drafts and of the outbox.

use model::{
    Address, BlobHash, MessageId, Millis, OutboxId, TicketId,
    incoming::Incoming,
    outgoing::{
        DraftText, HOLD_MS, OutboxState, Outgoing, OutgoingAttachment, OutgoingKind, ReplyKind, Seen,
    },
};

use super::bench::{Bench, NOW, answer};
use crate::{Begun, NewOutgoing, Store};

pub(crate) fn draft(html: &str) -> DraftText {
    DraftText {
        kind: ReplyKind::Reply,
        from: Address::new("Desk", "desk@shop.test"),
        to: vec![Address::new("Wang Zhiyuan", "wang@x.test")],
        cc: Vec::new(),
        bcc: Vec::new(),
        subject: "Re: Kettle a".into(),
        html: html.into(),
        quote: Some(MessageId(7)),
    }
}

pub(crate) fn file(name: &str, size: i64) -> OutgoingAttachment {
    OutgoingAttachment {
        name: name.into(),
        media_type: "image/png".into(),
        size,
        content_id: None,
        hash: BlobHash(format!("{name:0>64}")),
    }
}

/// A reply with that Message-ID to the mail `to`.
pub(crate) fn outgoing(to: &str, id: &str) -> Outgoing {
    Outgoing {
        kind: OutgoingKind::Reply,
        message_id: id.into(),
        at_ms: NOW,
        from: Address::new("Desk", "desk@shop.test"),
        to: vec![Address::new("Wang Zhiyuan", "wang@x.test")],
        cc: Vec::new(),
        bcc: vec![Address::new("", "boss@shop.test")],
        subject: format!("Re: Kettle {to}"),
        in_reply_to: Some(to.into()),
        references: vec![to.into()],
        text: format!("新壶明天寄出 {id}"),
        html: Some(format!("<p>新壶明天寄出 {id}</p>")),
        attachments: vec![file("label.png", 9)],
    }
}

/// What the source's own copy of a reply looks like, under whatever identity the source gives it.
pub(crate) fn copy_of(outgoing: &Outgoing, of: &Incoming, identity: &str, minutes: i64) -> Incoming {
    let mut copy = answer(of, &outgoing.message_id, minutes);
    copy.identity = identity.into();
    copy.body.text.clone_from(&outgoing.text);
    copy.flags.seen = true;
    copy
}

impl Bench {
    /// Writes a reply and sends it off, to go at once.
    pub async fn send(&self, ticket: TicketId, to: &str, id: &str) -> OutboxId {
        self.send_held(ticket, to, id, None).await
    }

    pub async fn send_held(
        &self,
        ticket: TicketId,
        to: &str,
        id: &str,
        hold_until: Option<Millis>,
    ) -> OutboxId {
        self.store.keep_reply_draft(ticket, &draft(&format!("<p>{id}</p>")), NOW).await.unwrap();
        let seen = self.store.seen(ticket).await.unwrap();
        self.queue(ticket, outgoing(to, id), seen, hold_until).await
    }

    pub async fn queue(
        &self,
        ticket: TicketId,
        outgoing: Outgoing,
        seen: Seen,
        hold_until: Option<Millis>,
    ) -> OutboxId {
        let source = self.source;
        let who = "Lin".to_owned();
        let new = NewOutgoing { ticket, source, outgoing, seen, who, hold_until, then: None, claim: None };
        self.store.queue(new, NOW).await.unwrap().unwrap()
    }

    pub async fn state(&self, id: OutboxId) -> OutboxState {
        self.store.outbox_entry(id).await.unwrap().unwrap().state
    }

    pub async fn html_draft(&self, ticket: TicketId) -> Option<String> {
        self.store.reply_draft(ticket).await.unwrap().map(|draft| draft.text.html)
    }

    /// Loses the database; the journal is all there is.
    pub async fn lose_database(&mut self) {
        self.store.close().await.unwrap();
        std::fs::remove_file(self.root.path().join("desk.db")).unwrap();
        self.reopen_files().await;
    }
}

/// Begins an attempt and hands the content over.
pub(crate) async fn hand_over(store: &Store, id: OutboxId) {
    assert!(matches!(store.begin_attempt(id, NOW).await.unwrap(), Begun::Go(_)));
    store.cross(id, NOW).await.unwrap();
}

pub(crate) const HELD: Option<Millis> = Some(Millis(NOW.0 + HOLD_MS));
