//! What a person does: on disk and in the journal before the call returns.

mod customers;
mod edit;
mod perform;
mod reading;
mod undo;

use std::collections::BTreeMap;

use model::{MessageId, Millis, Seq, TicketId};
use sqlx::Row as _;

pub use self::{
    edit::{Edited, Inverse},
    undo::Undone,
};
use crate::{
    Store,
    error::{Result, StoreError},
    journal::{Act, Record, hex},
    work::{Durability, Work},
};

impl Store {
    /// Adds a private note and discards the draft it was typed in.
    pub async fn add_note(&self, ticket: TicketId, text: &str, who: &str, now: Millis) -> Result<Seq> {
        if text.trim().is_empty() {
            return Err(StoreError::Invalid("text"));
        }
        self.act(&[ticket], who, now, |_| Act::Note { text: text.to_owned() }).await
    }

    /// What was typed as a note and not added yet; empty if nothing.
    pub async fn note_draft(&self, ticket: TicketId) -> Result<String> {
        let sql = "SELECT text FROM note_draft WHERE ticket = ?";
        let text: Option<String> = self.one(sqlx::query_scalar(sql).bind(ticket.0)).await?;
        Ok(text.unwrap_or_default())
    }

    pub async fn keep_note_draft(&self, ticket: TicketId, text: &str, now: Millis) -> Result<Seq> {
        self.act(&[ticket], "", now, |_| Act::Draft { text: text.to_owned() }).await
    }

    /// Somebody has taken an urgent ticket: it stops asking.
    pub async fn acknowledge(&self, ticket: TicketId, who: &str, now: Millis) -> Result<Seq> {
        self.act(&[ticket], who, now, |_| Act::Acknowledge).await
    }

    pub(crate) async fn act(
        &self,
        tickets: &[TicketId],
        who: &str,
        now: Millis,
        act: impl Fn(Option<MessageId>) -> Act,
    ) -> Result<Seq> {
        let mut work = self.work(Durability::Full, now).await?;
        self.noted(work.act(tickets, who, act).await)?;
        self.finish_noted(work).await
    }
}

impl Work {
    /// Does the same to each ticket and notes for the journal what changed something.
    async fn act(
        &mut self,
        tickets: &[TicketId],
        who: &str,
        act: impl Fn(Option<MessageId>) -> Act,
    ) -> Result<()> {
        self.load_tickets(tickets.iter().copied()).await?;
        let now = self.now;
        let mut changed = Vec::new();
        for id in tickets {
            let seen = self.tickets.get(id).ok_or(StoreError::NotFound("ticket"))?.now.last_message;
            let act = act(seen);
            if self.perform(*id, &act, now, who).await? {
                changed.push((*id, act));
            }
        }
        self.note_for_journal(changed, who).await
    }

    pub(crate) async fn note_for_journal(&mut self, acts: Vec<(TicketId, Act)>, who: &str) -> Result<()> {
        let ids: Vec<TicketId> = acts.iter().map(|(id, _)| *id).collect();
        let mut anchors: BTreeMap<TicketId, Vec<String>> = BTreeMap::new();
        for (id, name) in self.anchors(&ids).await? {
            anchors.entry(id).or_default().push(name);
        }
        for (id, act) in acts {
            let key = self.journal_key(id)?;
            let anchors = anchors.get(&id).cloned().unwrap_or_default();
            self.records.push(Record::Ticket { key, anchors, at: self.now, who: who.to_owned(), act });
        }
        Ok(())
    }

    /// The name under which the journal knows the ticket, given at the first act.
    pub(crate) fn journal_key(&mut self, id: TicketId) -> Result<String> {
        let ticket = self.ticket(id)?;
        if ticket.journal_key.is_none() {
            let mut key = vec![0; 16];
            getrandom::fill(&mut key)?;
            ticket.journal_key = Some(key);
        }
        Ok(hex(ticket.journal_key.as_deref().unwrap_or_default()))
    }

    /// Mails by which the tickets are found again: the oldest, the newest, and the newest that asked.
    pub(crate) async fn anchors(&mut self, tickets: &[TicketId]) -> Result<Vec<(TicketId, String)>> {
        let held = tickets.iter().filter_map(|id| self.tickets.get(id)).map(|held| &held.now);
        let messages: Vec<i64> =
            held.flat_map(|t| [t.first_message, t.last_message, t.asked]).flatten().map(|id| id.0).collect();
        let sql = "SELECT ticket, identity FROM message WHERE id IN (SELECT value FROM json_each(?))";
        let rows =
            sqlx::query(sql).bind(serde_json::to_string(&messages)?).fetch_all(self.connection()).await?;
        let anchor = |row: &sqlx::sqlite::SqliteRow| -> sqlx::Result<_> {
            Ok((TicketId(row.try_get("ticket")?), hex(row.try_get::<&[u8], _>("identity")?)))
        };
        Ok(rows.iter().map(anchor).collect::<sqlx::Result<_>>()?)
    }
}
