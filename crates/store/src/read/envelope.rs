//! What of a ticket's mails matters to whoever answers it: the outsides, without their texts.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, MessageId, TicketId, incoming::Place, replying::Envelope};
use sqlx::{Row as _, sqlite::SqliteRow};

use crate::{
    Store,
    error::Result,
    work::{MessageRec, People},
};

const ENVELOPE: &str = "SELECT m.*, b.mail_references FROM message m JOIN body b ON b.message = m.id";

/// Mails in which people are looked for.
const LOOKED_AT: u32 = 1_000;

impl Store {
    /// The HTML of messages as it came: hostile.
    pub async fn letters(&self, messages: &[MessageId]) -> Result<BTreeMap<MessageId, String>> {
        let sql = "SELECT message, html FROM body WHERE message IN (SELECT value FROM json_each(?)) AND html IS NOT NULL";
        let ids: Vec<i64> = messages.iter().map(|id| id.0).collect();
        let rows = self.all(sqlx::query(sql).bind(serde_json::to_string(&ids)?)).await?;
        let letter = |row: &SqliteRow| Ok((MessageId(row.try_get("message")?), row.try_get("html")?));
        Ok(rows.iter().map(letter).collect::<sqlx::Result<_>>()?)
    }

    /// The newest `limit` mails of a ticket, newest first.
    pub async fn envelopes(&self, ticket: TicketId, limit: u32) -> Result<Vec<Envelope>> {
        let sql = format!("{ENVELOPE} WHERE m.ticket = ? AND m.kind = 'mail' ORDER BY m.id DESC LIMIT ?");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(ticket.0).bind(limit);
        self.all(query).await?.iter().map(envelope).collect()
    }

    /// `None` for a note.
    pub async fn envelope(&self, message: MessageId) -> Result<Option<Envelope>> {
        let sql = format!("{ENVELOPE} WHERE m.id = ? AND m.kind = 'mail'");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(message.0);
        self.all(query).await?.first().map(envelope).transpose()
    }

    /// The keys of everybody who wrote or was written to in the newest [`LOOKED_AT`] mails of a ticket.
    pub async fn people_on(&self, ticket: TicketId) -> Result<BTreeSet<String>> {
        let sql = "SELECT from_email, people FROM message WHERE ticket = ? AND kind = 'mail' ORDER BY id DESC LIMIT ?";
        let mut keys = BTreeSet::new();
        for row in self.all(sqlx::query(sql).bind(ticket.0).bind(LOOKED_AT)).await? {
            let People { to, cc, bcc, reply_to } = serde_json::from_str(row.try_get("people")?)?;
            let from = Address::new("", row.try_get("from_email")?);
            let all = [from].into_iter().chain(to).chain(cc).chain(bcc).chain(reply_to);
            keys.extend(all.map(|address| address.key()).filter(|key| !key.is_empty()));
        }
        Ok(keys)
    }

    /// Where a message lies at its source; any one place, if it lies in several.
    pub async fn place_of_message(&self, message: MessageId) -> Result<Option<Place>> {
        let sql = "SELECT f.name, p.uid_validity, p.uid FROM place p JOIN folder f ON f.id = p.folder \
            WHERE p.message = ? ORDER BY p.folder, p.uid_validity, p.uid LIMIT 1";
        let rows = self.all(sqlx::query(sql).bind(message.0)).await?;
        let place = |row: &SqliteRow| -> Result<Place> {
            let (uid_validity, uid) = (row.try_get("uid_validity")?, row.try_get("uid")?);
            Ok(Place { folder: row.try_get("name")?, uid_validity, uid })
        };
        rows.first().map(place).transpose()
    }
}

fn envelope(row: &SqliteRow) -> Result<Envelope> {
    let (references, answered): (Vec<String>, Vec<String>) =
        serde_json::from_str(row.try_get("mail_references")?)?;
    let record = MessageRec::read(row)?;
    Ok(Envelope {
        id: record.id,
        direction: record.direction,
        automatic: record.automatic.is_some(),
        from: Address { name: record.from_name, email: record.from_email },
        reply_to: record.people.0.reply_to,
        to: record.people.0.to,
        cc: record.people.0.cc,
        subject: record.subject,
        at: record.at_ms,
        message_id: record.message_id,
        // A mail without References may still say what it answers.
        references: if references.is_empty() { answered } else { references },
    })
}
