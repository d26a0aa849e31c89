//! Which mails are read: marked for many tickets at once, and put back exactly as they were.

use std::collections::BTreeMap;

use model::{MessageId, TicketId};
use sqlx::{Row as _, sqlite::SqliteRow};

use crate::{error::Result, work::Work};

/// What marking did to a ticket.
pub(super) struct Marked {
    /// The newest message there was.
    pub seen: Option<MessageId>,
    /// Up to where it had been read.
    pub was: Option<MessageId>,
    /// The mails that were not as asked.
    pub messages: Vec<MessageId>,
}

type ByTicket = BTreeMap<TicketId, Vec<MessageId>>;

impl Work {
    /// Marks tickets read up to a message each, or unread from the newest mail on. Answers what was changed. The tickets must be held.
    pub(super) async fn mark_tickets(
        &mut self,
        seen: &[(TicketId, MessageId)],
        read: bool,
    ) -> Result<BTreeMap<TicketId, Marked>> {
        if read { self.mark_read_to(seen).await } else { self.mark_unread(seen).await }
    }

    async fn mark_read_to(&mut self, seen: &[(TicketId, MessageId)]) -> Result<BTreeMap<TicketId, Marked>> {
        let sql = "UPDATE message SET unread = 0 WHERE id IN (SELECT m.id FROM json_each(?) j CROSS JOIN message m \
            ON m.ticket = j.value ->> 0 AND m.id <= j.value ->> 1 WHERE m.unread = 1) RETURNING ticket, id";
        let pairs: Vec<(i64, i64)> = seen.iter().map(|(ticket, seen)| (ticket.0, seen.0)).collect();
        let query = sqlx::query(sql).bind(serde_json::to_string(&pairs)?);
        let mut read_now = by_ticket(query.fetch_all(self.connection()).await?)?;
        let mut marked = BTreeMap::new();
        for (id, seen) in seen {
            let messages = read_now.remove(id).unwrap_or_default();
            let ticket = self.ticket(*id)?;
            let was = ticket.read_to;
            ticket.unread = ticket.unread.saturating_sub(count(&messages));
            ticket.read_to = was.max(Some(*seen));
            if !messages.is_empty() || was < Some(*seen) {
                marked.insert(*id, Marked { seen: Some(*seen), was, messages });
            }
        }
        Ok(marked)
    }

    /// The newest mail from outside is unread again, where none is.
    async fn mark_unread(&mut self, seen: &[(TicketId, MessageId)]) -> Result<BTreeMap<TicketId, Marked>> {
        let mut marks = BTreeMap::new();
        for (id, seen) in seen {
            let ticket = self.ticket(*id)?;
            let was = ticket.read_to.take();
            if ticket.unread == 0 {
                marks.insert(*id, Marked { seen: Some(*seen), was, messages: Vec::new() });
            }
        }
        let sql = "UPDATE message SET unread = 1 WHERE id IN (SELECT (SELECT max(m.id) FROM message m \
            WHERE m.ticket = j.value AND m.direction = 'inbound' AND m.kind = 'mail') FROM json_each(?) j) \
            RETURNING ticket, id";
        let ids: Vec<i64> = marks.keys().map(|id| id.0).collect();
        let query = sqlx::query(sql).bind(serde_json::to_string(&ids)?);
        let mut unread_now = by_ticket(query.fetch_all(self.connection()).await?)?;
        marks.retain(|id, marked| {
            marked.messages = unread_now.remove(id).unwrap_or_default();
            !marked.messages.is_empty()
        });
        for (id, marked) in &marks {
            self.ticket(*id)?.unread = count(&marked.messages);
        }
        Ok(marks)
    }

    /// Tickets have been read up to where they had been before, and these mails of theirs are unread again, or read. The tickets must
    /// be held.
    pub(super) async fn mark_back(
        &mut self,
        read_to: &[(TicketId, Option<MessageId>)],
        messages: &[MessageId],
        unread: bool,
    ) -> Result<()> {
        for (id, read_to) in read_to {
            self.ticket(*id)?.read_to = *read_to;
        }
        let sql = "UPDATE message SET unread = ?1 WHERE id IN (SELECT value FROM json_each(?2)) AND unread <> ?1 \
            AND ticket IN (SELECT value FROM json_each(?3)) RETURNING ticket, id";
        let messages: Vec<i64> = messages.iter().map(|id| id.0).collect();
        let tickets: Vec<i64> = read_to.iter().map(|(id, _)| id.0).collect();
        let query = sqlx::query(sql).bind(unread).bind(serde_json::to_string(&messages)?);
        let query = query.bind(serde_json::to_string(&tickets)?);
        for (id, flipped) in by_ticket(query.fetch_all(self.connection()).await?)? {
            let ticket = self.ticket(id)?;
            ticket.unread = match unread {
                true => ticket.unread + count(&flipped),
                false => ticket.unread.saturating_sub(count(&flipped)),
            };
        }
        Ok(())
    }
}

fn by_ticket(rows: Vec<SqliteRow>) -> Result<ByTicket> {
    let mut by_ticket = ByTicket::new();
    for row in rows {
        let ticket = TicketId(row.try_get("ticket")?);
        by_ticket.entry(ticket).or_default().push(MessageId(row.try_get("id")?));
    }
    Ok(by_ticket)
}

fn count(messages: &[MessageId]) -> u32 {
    u32::try_from(messages.len()).unwrap_or(u32::MAX)
}
