//! A workspace in a temporary folder, and mails to put into it.

use model::{
    Address, Direction, Millis, SourceId, TicketId,
    incoming::{Body, Change, Cursor, Flags, Incoming},
    query::Query,
};

use crate::{Applied, Key, Store};

pub(crate) const NOW: Millis = Millis(1_790_000_000_000);

pub(crate) struct Bench {
    pub root: tempfile::TempDir,
    pub key: Key,
    pub store: Store,
    pub source: SourceId,
}

/// A mail from `wang@x.test` to the desk, `minutes` after an hour ago, with its own Message-ID.
pub(crate) fn mail(id: &str, minutes: i64) -> Incoming {
    Incoming {
        identity: format!("identity of {id}"),
        place: None,
        message_id: Some(id.to_owned()),
        in_reply_to: Vec::new(),
        references: Vec::new(),
        subject: format!("Kettle {id}"),
        from: Some(Address::new("Wang Zhiyuan", "wang@x.test")),
        reply_to: Vec::new(),
        to: vec![Address::new("Desk", "desk@shop.test")],
        cc: Vec::new(),
        bcc: Vec::new(),
        sent_at: None,
        received_at: NOW.plus(minutes * Millis::MINUTE - Millis::HOUR),
        direction: Direction::Inbound,
        automatic: None,
        calendar: None,
        body: Body { text: format!("text of {id}"), html: None },
        attachments: Vec::new(),
        flags: Flags::default(),
        defects: Vec::new(),
    }
}

/// The desk's answer to a mail.
pub(crate) fn answer(to: &Incoming, id: &str, minutes: i64) -> Incoming {
    let mut answer = reply(to, id, minutes);
    answer.from = Some(Address::new("Desk", "desk@shop.test"));
    answer.to = to.from.clone().into_iter().collect();
    answer.direction = Direction::Outbound;
    answer
}

/// A further mail of whoever wrote `to`.
pub(crate) fn reply(to: &Incoming, id: &str, minutes: i64) -> Incoming {
    let mut reply = mail(id, minutes);
    reply.references = to.references.iter().chain(&to.message_id).cloned().collect();
    reply.in_reply_to = to.message_id.clone().into_iter().collect();
    reply.subject = format!("Re: {}", to.subject);
    reply
}

impl Bench {
    pub async fn new() -> Bench {
        let root = tempfile::tempdir().unwrap();
        let key = Key::random().unwrap();
        let opened = Store::open(root.path(), &key, NOW).await.unwrap();
        assert!(opened.notices.is_empty());
        let store = opened.store;
        let config = serde_json::json!({});
        let source = store.add_source("mailbox", "Shop", "desk@shop.test", config, NOW).await.unwrap();
        Bench { root, key, store, source }
    }

    pub async fn apply(&self, mails: &[Incoming]) -> Applied {
        let changes: Vec<Change> = mails.iter().map(|mail| Change::Message(Box::new(mail.clone()))).collect();
        self.changes(&changes).await
    }

    pub async fn changes(&self, changes: &[Change]) -> Applied {
        self.store.apply(self.source, changes, &Cursor("c".into()), None, NOW).await.unwrap()
    }

    /// The one ticket the mails went to.
    pub async fn one(&self, mails: &[Incoming]) -> TicketId {
        let tickets = self.apply(mails).await.tickets;
        assert_eq!(tickets.len(), 1, "{tickets:?}");
        tickets.into_iter().next().unwrap()
    }

    pub async fn row(&self, ticket: TicketId) -> model::TicketRow {
        self.store.ticket(ticket).await.unwrap().unwrap().row
    }

    /// Subjects found by a query, in their order.
    pub async fn found(&self, query: &str) -> Vec<String> {
        let query = Query::parse(query, |_, _, _| Some(NOW)).unwrap();
        let page = self.store.search(&query, NOW, None, 50).await.unwrap();
        page.rows.into_iter().map(|listed| listed.row.subject).collect()
    }

    pub async fn reopen(&mut self) -> Vec<model::Problem> {
        self.store.close().await.unwrap();
        self.reopen_files().await
    }

    /// Opens what lies in the folder; the store was closed before.
    pub async fn reopen_files(&mut self) -> Vec<model::Problem> {
        let opened = Store::open(self.root.path(), &self.key, NOW).await.unwrap();
        self.store = opened.store;
        opened.notices
    }
}
