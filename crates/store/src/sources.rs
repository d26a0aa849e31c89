//! The mailboxes and archives a workspace reads, and its settings. Never a secret.

use model::{Millis, Seq, SourceId, Status, TicketId, incoming::Cursor, urgency::UrgentRules};
use sqlx::{Row as _, sqlite::SqliteRow};

use crate::{
    Store,
    error::{Result, StoreError},
    index,
    journal::{Record, SourceRecord},
    people,
    views::Change,
    work::{Durability, SourceFacts, TicketRec, Work, counters, next_key},
};

#[derive(Debug, Clone, PartialEq)]
pub struct SourceRow {
    pub id: SourceId,
    /// `mailbox`, `archive` or `sample`.
    pub kind: String,
    pub name: String,
    pub address: String,
    /// Servers, user, aliases, an extra authority. Never a secret.
    pub config: serde_json::Value,
    pub paused: bool,
    pub messages: u32,
    /// Messages read and messages there are, while the history is being read.
    pub filled: Option<(u32, u32)>,
    pub created_at: Millis,
}

impl SourceRow {
    fn read(row: &SqliteRow) -> Result<SourceRow> {
        let (done, total): (Option<u32>, Option<u32>) =
            (row.try_get("filled_done")?, row.try_get("filled_total")?);
        Ok(SourceRow {
            id: SourceId(row.try_get("id")?),
            kind: row.try_get("kind")?,
            name: row.try_get("name")?,
            address: row.try_get("address")?,
            config: serde_json::from_str(row.try_get("config")?)?,
            paused: row.try_get("paused")?,
            messages: row.try_get("messages")?,
            filled: done.zip(total),
            created_at: Millis(row.try_get("created_at_ms")?),
        })
    }

    fn record(&self) -> SourceRecord {
        SourceRecord {
            id: self.id,
            kind: self.kind.clone(),
            name: self.name.clone(),
            address: self.address.clone(),
            config: self.config.clone(),
            paused: self.paused,
            created_at: self.created_at,
        }
    }
}

const URGENT_RULES: &str = "urgent_rules";
const SOURCE: &str = "SELECT * FROM source WHERE id = ? AND removed = 0";

impl Store {
    pub async fn add_source(
        &self,
        kind: &str,
        name: &str,
        address: &str,
        config: serde_json::Value,
        now: Millis,
    ) -> Result<SourceId> {
        if !["mailbox", "archive", "sample"].contains(&kind) {
            return Err(StoreError::Invalid("kind"));
        }
        let mut work = self.work(Durability::Full, now).await?;
        let id = source_id(&mut work, kind, address).await?;
        let record = SourceRecord {
            id,
            kind: kind.to_owned(),
            name: name.to_owned(),
            address: address.to_owned(),
            config,
            paused: false,
            created_at: now,
        };
        put(&mut work, &record).await?;
        work.records.push(Record::Source(record));
        self.finish_noted(work).await?;
        Ok(id)
    }

    pub async fn sources(&self) -> Result<Vec<SourceRow>> {
        let sql = "SELECT * FROM source WHERE removed = 0 ORDER BY id";
        let rows = self.all(sqlx::query(sql)).await?;
        rows.iter().map(SourceRow::read).collect()
    }

    pub async fn source(&self, id: SourceId) -> Result<Option<SourceRow>> {
        let rows = self.all(sqlx::query(SOURCE).bind(id.0)).await?;
        rows.first().map(SourceRow::read).transpose()
    }

    pub async fn update_source_config(
        &self,
        id: SourceId,
        config: serde_json::Value,
        now: Millis,
    ) -> Result<Seq> {
        self.change_source(id, now, |source| source.config = config).await
    }

    pub async fn pause_source(&self, id: SourceId, paused: bool, now: Millis) -> Result<Seq> {
        self.change_source(id, now, |source| source.paused = paused).await
    }

    async fn change_source(
        &self,
        id: SourceId,
        now: Millis,
        change: impl FnOnce(&mut SourceRecord),
    ) -> Result<Seq> {
        let mut work = self.work(Durability::Full, now).await?;
        // Read where it is written, so that a source removed a moment ago does not come back.
        let row = sqlx::query(SOURCE).bind(id.0).fetch_optional(work.connection()).await?;
        let mut record = SourceRow::read(&row.ok_or(StoreError::NotFound("source"))?)?.record();
        change(&mut record);
        put(&mut work, &record).await?;
        work.records.push(Record::Source(record));
        self.finish_noted(work).await
    }

    /// Stops reading it. Its tickets stay unless `forget`.
    pub async fn remove_source(&self, id: SourceId, forget: bool, now: Millis) -> Result<Seq> {
        let mut work = self.work(Durability::Full, now).await?;
        remove(&mut work, id, forget).await?;
        work.records.push(Record::SourceRemoved { id, forget });
        self.finish_noted(work).await
    }

    /// How far a source has been read.
    pub async fn cursor(&self, source: SourceId) -> Result<Option<Cursor>> {
        let sql = "SELECT cursor FROM source WHERE id = ?";
        let cursor: Option<Option<String>> = self.one(sqlx::query_scalar(sql).bind(source.0)).await?;
        Ok(cursor.flatten().map(Cursor))
    }

    pub(crate) async fn source_address(&self, source: SourceId) -> Result<String> {
        let sql = "SELECT address FROM source WHERE id = ?";
        self.one(sqlx::query_scalar(sql).bind(source.0)).await?.ok_or(StoreError::NotFound("source"))
    }

    pub async fn setting(&self, name: &str) -> Result<Option<serde_json::Value>> {
        let sql = "SELECT value FROM setting WHERE name = ?";
        let text: Option<String> = self.one(sqlx::query_scalar(sql).bind(name)).await?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    pub async fn set_setting(&self, name: &str, value: serde_json::Value, now: Millis) -> Result<Seq> {
        let mut work = self.work(Durability::Full, now).await?;
        put_setting(&mut work, name, &value).await?;
        work.records.push(Record::Setting { name: name.to_owned(), value });
        self.finish_noted(work).await
    }

    /// What makes a ticket urgent from now on; if it is not what did already, the open tickets are judged anew.
    pub async fn set_urgent_rules(&self, rules: UrgentRules, now: Millis) -> Result<()> {
        if *self.rules() == rules {
            return Ok(());
        }
        let value = serde_json::to_value(&rules)?;
        self.set_setting(URGENT_RULES, value, now).await?;
        self.keep_rules(rules);
        self.judge_open_tickets(now).await?;
        Ok(())
    }

    pub(crate) async fn stored_rules(&self) -> Result<UrgentRules> {
        let stored = self.setting(URGENT_RULES).await?;
        Ok(stored.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default())
    }
}

/// A mailbox that was removed and comes again is the same source, so that its mails are known; else a new key.
async fn source_id(work: &mut Work, kind: &str, address: &str) -> Result<SourceId> {
    let sql = "SELECT id FROM source WHERE kind = ? AND address = ? AND (address <> '' OR kind = 'archive') AND removed = 1 ORDER BY id LIMIT 1";
    let known: Option<i64> =
        sqlx::query_scalar(sql).bind(kind).bind(address).fetch_optional(work.connection()).await?;
    match known {
        Some(id) => Ok(SourceId(id)),
        None => Ok(SourceId(next_key(work.connection(), "SELECT max(id) AS id FROM source").await?)),
    }
}

/// Writes a source as it is after a change. Cursor and counts of one that is here stay.
pub(crate) async fn put(work: &mut Work, source: &SourceRecord) -> Result<()> {
    let sql = "INSERT INTO source (id, kind, name, address, config, paused, removed, messages, created_at_ms) \
        VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, \
        address = excluded.address, config = excluded.config, paused = excluded.paused, removed = 0";
    sqlx::query(sql)
        .bind(source.id.0)
        .bind(&source.kind)
        .bind(&source.name)
        .bind(&source.address)
        .bind(serde_json::to_string(&source.config)?)
        .bind(source.paused)
        .bind(source.created_at.0)
        .execute(work.connection())
        .await?;
    let facts = SourceFacts { created_at: source.created_at, address: source.address.clone() };
    work.sources.insert(source.id, facts);
    work.touched.sources = true;
    work.sources_renamed().await
}

pub(crate) async fn put_setting(work: &mut Work, name: &str, value: &serde_json::Value) -> Result<()> {
    let sql = "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    sqlx::query(sql).bind(name).bind(serde_json::to_string(value)?).execute(work.connection()).await?;
    work.touched.settings = true;
    Ok(())
}

pub(crate) async fn remove(work: &mut Work, id: SourceId, forget: bool) -> Result<()> {
    sqlx::query("UPDATE source SET removed = 1, cursor = NULL WHERE id = ?")
        .bind(id.0)
        .execute(work.connection())
        .await?;
    work.touched.sources = true;
    work.sources_renamed().await?;
    if forget {
        work.touched.outbox = true;
        return forget_tickets(work, id).await;
    }
    work.part_with_outbox(id, false).await
}

/// Everything that hangs on the source's tickets, and the customers who then have none.
async fn forget_tickets(work: &mut Work, id: SourceId) -> Result<()> {
    let sql = "SELECT id FROM ticket WHERE source = ?";
    let ids: Vec<i64> = sqlx::query_scalar(sql).bind(id.0).fetch_all(work.connection()).await?;
    work.load_tickets(ids.iter().copied().map(TicketId)).await?;
    work.forget_counts().await?;
    index::forget(work.connection(), id).await?;
    for sql in FORGET {
        sqlx::query(*sql).bind(id.0).execute(work.connection()).await?;
    }
    for sql in FORGET_CUSTOMERS.iter().chain(&people::FORGET) {
        sqlx::query(*sql).execute(work.connection()).await?;
    }
    Ok(())
}

/// In this order: what hangs on messages, messages, what hangs on tickets, tickets.
const FORGET: &[&str] = &[
    "DELETE FROM body WHERE message IN (SELECT id FROM message WHERE source = ?)",
    "DELETE FROM attachment WHERE message IN (SELECT id FROM message WHERE source = ?)",
    "DELETE FROM place WHERE folder IN (SELECT id FROM folder WHERE source = ?)",
    "DELETE FROM folder WHERE source = ?",
    "DELETE FROM mention WHERE ticket IN (SELECT id FROM ticket WHERE source = ?)",
    "DELETE FROM ticket_token WHERE ticket IN (SELECT id FROM ticket WHERE source = ?)",
    "DELETE FROM ticket_tag WHERE ticket IN (SELECT id FROM ticket WHERE source = ?)",
    "DELETE FROM event WHERE ticket IN (SELECT id FROM ticket WHERE source = ?)",
    "DELETE FROM note_draft WHERE ticket IN (SELECT id FROM ticket WHERE source = ?)",
    "DELETE FROM reply_draft WHERE ticket IN (SELECT id FROM ticket WHERE source = ?)",
    "DELETE FROM outbox_mail WHERE outbox IN (SELECT id FROM outbox WHERE source = ?)",
    "DELETE FROM outbox WHERE source = ?",
    "DELETE FROM acknowledged WHERE source = ?",
    "DELETE FROM escalation WHERE ticket IN (SELECT id FROM ticket WHERE source = ?)",
    "DELETE FROM message WHERE source = ?",
    "DELETE FROM ticket WHERE source = ?",
    "DELETE FROM source WHERE id = ?",
];

/// Customers who asked for nothing that is still here and wrote nothing that is still here; whoever only wrote on another's ticket stays.
/// One pass over the senders that are left, since forgetting is rare.
const FORGET_CUSTOMERS: &[&str] = &[
    "CREATE TEMP TABLE forgotten AS SELECT id FROM customer WHERE tickets = 0 AND id NOT IN \
        (SELECT c.customer FROM message m JOIN contact c ON c.kind = 'email' AND c.key = lower(m.from_email) AND c.wrote = 1)",
    "DELETE FROM contact WHERE customer IN (SELECT id FROM forgotten)",
    "DELETE FROM customer_tag WHERE customer IN (SELECT id FROM forgotten)",
    "DELETE FROM customer WHERE id IN (SELECT id FROM forgotten)",
    "DROP TABLE forgotten",
];

/// What the saved views are told of a ticket that is about to be deleted.
fn gone(ticket: &TicketRec) -> Change<'_> {
    Change { id: ticket.id, before: Some(counters::facts(ticket)), after: None, reworded: false }
}

impl Work {
    /// Takes the held tickets out of all counts and lets go of them; their rows are about to be deleted.
    async fn forget_counts(&mut self) -> Result<()> {
        let held = std::mem::take(&mut self.tickets);
        self.unsettled.clear();
        let mut deltas = std::collections::BTreeMap::new();
        let customers: Vec<_> = held.values().map(|held| held.now.requester).collect();
        self.load_customers(customers).await?;
        for ticket in held.values().map(|held| &held.now) {
            counters::add_change(&mut deltas, Some(ticket), None);
            deltas.entry(counters::MESSAGES.to_owned()).or_default().0 -= i64::from(ticket.messages);
            let open = i32::from(ticket.status != Status::Closed);
            let customer = self.customer(ticket.requester)?;
            customer.tickets = customer.tickets.saturating_sub(1);
            customer.open_tickets = customer.open_tickets.saturating_add_signed(-open);
            self.touched.tickets.insert(ticket.id);
        }
        self.touched.lists = true;
        let gone: Vec<Change<'_>> = held.values().map(|held| gone(&held.now)).collect();
        self.move_members(&gone, &mut deltas).await?;
        self.move_counters(deltas).await?;
        self.write_customers().await
    }
}
