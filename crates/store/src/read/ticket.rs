//! One ticket: its row, its messages and what happened to it.

use std::collections::BTreeMap;

use model::{
    Address, Attachment, AttachmentId, BlobHash, Event, Message, MessageId, Millis, Ticket, TicketId,
};
use sqlx::{Row as _, sqlite::SqliteRow};

use super::ROW;
use crate::{
    Store,
    error::Result,
    work::{MessageRec, cell::Cell},
};

macro_rules! message {
    ($rest:literal) => {
        concat!("SELECT m.*, b.text FROM message m CROSS JOIN body b ON b.message = m.id WHERE ", $rest)
    };
}
const ONE: &str = message!("m.id = ?");
const NEWEST: &str = message!("m.ticket = ? AND m.id < ? ORDER BY m.id DESC LIMIT ?");
const EARLIER: &str = "SELECT count(*) FROM message WHERE ticket = ? AND id < ?";
const EVENTS: &str = "SELECT at_ms, who, what FROM event WHERE ticket = ? ORDER BY id DESC LIMIT ?";
const ATTACHMENTS: &str =
    "SELECT * FROM attachment WHERE message IN (SELECT value FROM json_each(?)) ORDER BY message, id";

/// How many events of a ticket are shown.
const MOST_EVENTS: u32 = 500;

impl Store {
    pub async fn ticket(&self, id: TicketId) -> Result<Option<Ticket>> {
        let sql = format!(
            "SELECT {ROW}, t.created_at_ms, t.closed_at_ms, s.name AS source_name FROM ticket t \
             LEFT JOIN source s ON s.id = t.source WHERE t.id = ?"
        );
        let rows = self.all(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.0)).await?;
        let row = self.ticket_rows(&rows).await?.into_iter().next();
        let Some((row, stored)) = row.zip(rows.first()) else { return Ok(None) };
        Ok(Some(Ticket {
            row,
            created_at_ms: Cell::read(stored, "created_at_ms")?,
            closed_at_ms: Cell::read(stored, "closed_at_ms")?,
            source_name: stored.try_get::<Option<String>, _>("source_name")?.unwrap_or_default(),
            // No source of this version holds them.
            own_to_this_desk: true,
        }))
    }

    /// The newest `limit` messages before `before`, oldest first, and how many come before those.
    pub async fn messages(
        &self,
        ticket: TicketId,
        before: Option<MessageId>,
        limit: u32,
    ) -> Result<(Vec<Message>, u32)> {
        let before = before.map_or(i64::MAX, |before| before.0);
        let query = sqlx::query(NEWEST).bind(ticket.0).bind(before).bind(limit);
        let mut messages = self.read_messages(&self.all(query).await?).await?;
        messages.reverse();
        let oldest = messages.first().map_or(before, |message| message.id.0);
        let earlier: Option<u32> = self.one(sqlx::query_scalar(EARLIER).bind(ticket.0).bind(oldest)).await?;
        Ok((messages, earlier.unwrap_or(0)))
    }

    pub async fn message(&self, id: MessageId) -> Result<Option<Message>> {
        let rows = self.all(sqlx::query(ONE).bind(id.0)).await?;
        Ok(self.read_messages(&rows).await?.into_iter().next())
    }

    /// The HTML as it came: hostile.
    pub async fn html(&self, id: MessageId) -> Result<Option<String>> {
        let sql = "SELECT html FROM body WHERE message = ?";
        let html: Option<Option<String>> = self.one(sqlx::query_scalar(sql).bind(id.0)).await?;
        Ok(html.flatten())
    }

    /// What happened to a ticket, in the order it happened; of very much, the newest.
    pub async fn events(&self, ticket: TicketId) -> Result<Vec<Event>> {
        let rows = self.all(sqlx::query(EVENTS).bind(ticket.0).bind(MOST_EVENTS)).await?;
        let event = |row: &SqliteRow| -> Result<Event> {
            Ok(Event {
                at_ms: Millis(row.try_get("at_ms")?),
                who: row.try_get("who")?,
                what: serde_json::from_str(row.try_get("what")?)?,
            })
        };
        let mut events: Vec<Event> = rows.iter().rev().map(event).collect::<Result<_>>()?;
        events.sort_by_key(|event| event.at_ms);
        Ok(events)
    }

    pub async fn attachment(&self, id: AttachmentId) -> Result<Option<(Attachment, MessageId)>> {
        let rows = self.all(sqlx::query("SELECT * FROM attachment WHERE id = ?").bind(id.0)).await?;
        let read =
            |row: &SqliteRow| -> Result<_> { Ok((read_attachment(row)?, Cell::read(row, "message")?)) };
        rows.first().map(read).transpose()
    }

    /// The parts a message's HTML may show inside itself.
    pub async fn inline_parts(&self, message: MessageId) -> Result<Vec<Attachment>> {
        let sql = "SELECT * FROM attachment WHERE message = ? AND content_id IS NOT NULL ORDER BY id";
        let rows = self.all(sqlx::query(sql).bind(message.0)).await?;
        Ok(rows.iter().map(read_attachment).collect::<sqlx::Result<_>>()?)
    }

    pub(crate) async fn read_messages(&self, rows: &[SqliteRow]) -> Result<Vec<Message>> {
        let records = rows
            .iter()
            .map(|row| Ok((MessageRec::read(row)?, row.try_get("text")?)))
            .collect::<sqlx::Result<Vec<_>>>()?;
        let with: Vec<i64> =
            records.iter().filter(|(row, _)| row.attachments > 0).map(|(row, _)| row.id.0).collect();
        let mut attachments = self.attachments_of(&with).await?;
        Ok(records
            .into_iter()
            .map(|(row, text)| {
                let attached = attachments.remove(&row.id).unwrap_or_default();
                shown(row, text, attached)
            })
            .collect())
    }

    async fn attachments_of(&self, messages: &[i64]) -> Result<BTreeMap<MessageId, Vec<Attachment>>> {
        let mut all: BTreeMap<MessageId, Vec<Attachment>> = BTreeMap::new();
        if messages.is_empty() {
            return Ok(all);
        }
        for row in self.all(sqlx::query(ATTACHMENTS).bind(serde_json::to_string(messages)?)).await? {
            all.entry(Cell::read(&row, "message")?).or_default().push(read_attachment(&row)?);
        }
        Ok(all)
    }
}

/// What opening a ticket asks.
#[cfg(test)]
pub(super) const ALL: &[(&str, &str)] = &[
    ("its newest messages", NEWEST),
    ("how many come before", EARLIER),
    ("what happened", EVENTS),
    ("attachments", ATTACHMENTS),
    ("one message", ONE),
];

fn read_attachment(row: &SqliteRow) -> sqlx::Result<Attachment> {
    Ok(Attachment {
        id: AttachmentId(row.try_get("id")?),
        name: row.try_get("name")?,
        media_type: row.try_get("media_type")?,
        size: row.try_get("size")?,
        content_id: row.try_get("content_id")?,
        inline: row.try_get("inline")?,
        hash: row.try_get::<Option<String>, _>("hash")?.map(BlobHash),
    })
}

fn shown(row: MessageRec, text: String, attachments: Vec<Attachment>) -> Message {
    Message {
        id: row.id,
        ticket: row.ticket,
        kind: row.kind,
        direction: row.direction,
        from: Address { name: row.from_name, email: row.from_email },
        to: row.people.0.to,
        cc: row.people.0.cc,
        at_ms: row.at_ms,
        text,
        lang: row.lang,
        has_html: row.has_html,
        attachments,
        automatic: row.automatic.map(|json| json.0),
        calendar: row.calendar,
        defects: row.defects.0,
        gone_at_ms: row.gone_at_ms,
    }
}
