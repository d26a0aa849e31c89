//! A change in the making: one transaction on the one writer, the tickets and customers it concerns held in memory, and
//! everything derived from them (status, urgency, counters, the change log) worked out once at the end.
//!
//! Promises: either all of it is on disk or nothing; nothing is published before the commit; what a person did is in the
//! journal before it is in the database. A change that is dropped half-way is rolled back before the next one begins.

pub(crate) mod cell;
pub(crate) mod counters;
mod finish;
mod records;
mod settle;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

pub(crate) use finish::{journal_position, set_journal_position};
use model::{CustomerId, EventKind, Millis, SourceId, TagId, TicketId, urgency::UrgentRules};
pub(crate) use records::{CustomerRec, MessageRec, People, TicketRec};
use sqlx::{Connection as _, Row as _, SqliteConnection};
use tokio::sync::OwnedMappedMutexGuard;

use crate::{
    error::{Result, StoreError},
    feed::Touched,
    journal::{Journal, Record},
    views::Views,
};

/// How soon a change must survive a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// At the next checkpoint: it can be fetched again.
    Normal,
    /// When the call returns: a person did it.
    Full,
}

/// What the one writer owns.
pub(crate) struct Writer {
    pub connection: SqliteConnection,
    pub journal: Arc<Mutex<Journal>>,
    /// The saved views as the last change left them; `None` when they are to be read anew.
    views: Option<Arc<Views>>,
    durability: Durability,
    /// A transaction was begun and neither committed nor rolled back.
    open: bool,
}

impl Writer {
    pub fn new(connection: SqliteConnection, journal: Journal) -> Writer {
        let journal = Arc::new(Mutex::new(journal));
        Writer { connection, journal, views: None, durability: Durability::Normal, open: false }
    }

    /// Begins a transaction, ending one that was given up.
    async fn begin(&mut self, durability: Durability) -> Result<()> {
        self.give_up().await?;
        if self.durability != durability {
            let pragma = match durability {
                Durability::Normal => "PRAGMA synchronous = NORMAL",
                Durability::Full => "PRAGMA synchronous = FULL",
            };
            sqlx::query(pragma).execute(&mut self.connection).await?;
            self.durability = durability;
        }
        self.open = true;
        sqlx::query("BEGIN IMMEDIATE").execute(&mut self.connection).await?;
        tracing::trace!("A change begins.");
        Ok(())
    }

    async fn commit(&mut self) -> Result<()> {
        tracing::trace!("A change commits.");
        sqlx::query("COMMIT").execute(&mut self.connection).await?;
        self.open = false;
        tracing::trace!("A change is committed.");
        Ok(())
    }

    pub async fn give_up(&mut self) -> Result<()> {
        if self.open {
            // There may be no transaction if its beginning was what failed.
            let _ = sqlx::query("ROLLBACK").execute(&mut self.connection).await;
            self.open = false;
        }
        Ok(())
    }

    /// Ends what was given up, copies the write-ahead log back, and waits until the connection is gone, whatever went wrong.
    pub async fn close(mut self) -> Result<()> {
        let tidied = self.tidy().await;
        self.connection.close().await?;
        tidied
    }

    async fn tidy(&mut self) -> Result<()> {
        self.give_up().await?;
        sqlx::query("PRAGMA optimize").execute(&mut self.connection).await?;
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_all(&mut self.connection).await?;
        Ok(())
    }
}

/// A row as it was when it was read, and as it shall be.
pub(crate) struct Held<T> {
    pub before: Option<T>,
    pub now: T,
}

/// What a source's tickets need to know of it.
#[derive(Debug, Clone)]
pub(crate) struct SourceFacts {
    pub created_at: Millis,
    pub address: String,
}

pub(crate) struct EventRow {
    pub ticket: TicketId,
    pub at: Millis,
    pub who: String,
    pub what: EventKind,
}

pub(crate) struct Work {
    writer: OwnedMappedMutexGuard<Option<Writer>, Writer>,
    pub now: Millis,
    pub rules: Arc<UrgentRules>,
    pub sources: BTreeMap<SourceId, SourceFacts>,
    pub tickets: BTreeMap<TicketId, Held<TicketRec>>,
    /// Tickets whose status and urgency must be worked out anew.
    pub unsettled: BTreeSet<TicketId>,
    pub customers: BTreeMap<CustomerId, Held<CustomerRec>>,
    pub events: Vec<EventRow>,
    pub new_messages: u32,
    /// Tickets whose messages may say something else than before.
    pub reworded: BTreeSet<TicketId>,
    /// Kept by the writer once this has committed.
    pub views: Arc<Views>,
    /// To be in the journal before this commits.
    pub records: Vec<Record>,
    pub touched: Touched,
    /// See [`crate::Committed::history`].
    pub history: bool,
    next_ticket: Option<i64>,
    next_customer: Option<i64>,
}

impl Work {
    pub async fn begin(
        mut writer: OwnedMappedMutexGuard<Option<Writer>, Writer>,
        durability: Durability,
        rules: Arc<UrgentRules>,
        now: Millis,
    ) -> Result<Work> {
        writer.begin(durability).await?;
        let sources = read_sources(&mut writer.connection).await?;
        // Whatever gives this change up leaves nothing behind that is not in the database.
        let views = match writer.views.take() {
            Some(views) => views,
            None => Views::read(&mut writer.connection).await?,
        };
        Ok(Work {
            writer,
            now,
            rules,
            sources,
            tickets: BTreeMap::new(),
            unsettled: BTreeSet::new(),
            customers: BTreeMap::new(),
            events: Vec::new(),
            new_messages: 0,
            reworded: BTreeSet::new(),
            views,
            records: Vec::new(),
            touched: Touched::default(),
            history: false,
            next_ticket: None,
            next_customer: None,
        })
    }

    pub fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.writer.connection
    }

    pub fn history_before(&self, source: SourceId) -> Millis {
        let added = self.sources.get(&source).map_or(self.now, |facts| facts.created_at);
        model::arrival::history_before(added, self.now)
    }

    /// Reads the tickets that are not held yet. Those that do not exist are left out.
    pub async fn load_tickets(&mut self, ids: impl IntoIterator<Item = TicketId>) -> Result<()> {
        let missing: Vec<i64> =
            ids.into_iter().filter(|id| !self.tickets.contains_key(id)).map(|id| id.0).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let sql = "SELECT * FROM ticket WHERE id IN (SELECT value FROM json_each(?))";
        let rows =
            sqlx::query(sql).bind(serde_json::to_string(&missing)?).fetch_all(self.connection()).await?;
        for row in rows {
            let now = TicketRec::read(&row)?;
            self.tickets.insert(now.id, Held { before: Some(now.clone()), now });
        }
        Ok(())
    }

    pub async fn load_customers(&mut self, ids: impl IntoIterator<Item = CustomerId>) -> Result<()> {
        let missing: Vec<i64> =
            ids.into_iter().filter(|id| !self.customers.contains_key(id)).map(|id| id.0).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let sql = "SELECT * FROM customer WHERE id IN (SELECT value FROM json_each(?))";
        let rows =
            sqlx::query(sql).bind(serde_json::to_string(&missing)?).fetch_all(self.connection()).await?;
        for row in rows {
            let now = CustomerRec::read(&row)?;
            self.customers.insert(now.id, Held { before: Some(now.clone()), now });
        }
        Ok(())
    }

    /// A held ticket to change. What depends on it is worked out at the end.
    pub fn ticket(&mut self, id: TicketId) -> Result<&mut TicketRec> {
        let held = self.tickets.get_mut(&id).ok_or(StoreError::NotFound("ticket"))?;
        self.unsettled.insert(id);
        Ok(&mut held.now)
    }

    pub fn customer(&mut self, id: CustomerId) -> Result<&mut CustomerRec> {
        Ok(&mut self.customers.get_mut(&id).ok_or(StoreError::NotFound("customer"))?.now)
    }

    pub async fn new_ticket_id(&mut self) -> Result<TicketId> {
        let next = match self.next_ticket {
            Some(next) => next,
            None => next_key(self.connection(), "SELECT max(id) AS id FROM ticket").await?,
        };
        self.next_ticket = Some(next + 1);
        Ok(TicketId(next))
    }

    pub async fn new_customer_id(&mut self) -> Result<CustomerId> {
        let next = match self.next_customer {
            Some(next) => next,
            None => next_key(self.connection(), "SELECT max(id) AS id FROM customer").await?,
        };
        self.next_customer = Some(next + 1);
        Ok(CustomerId(next))
    }

    /// The tag of that name, made if it is new.
    pub async fn tag(&mut self, name: &str) -> Result<TagId> {
        let name = model::text::one_line(name);
        let key = model::Tag::key(&name).ok_or(StoreError::Invalid("tag"))?;
        let found = sqlx::query_scalar("SELECT id FROM tag WHERE key = ?").bind(&key);
        if let Some(id) = found.fetch_optional(self.connection()).await? {
            return Ok(TagId(id));
        }
        let made =
            sqlx::query("INSERT INTO tag (key, name, layer) VALUES (?, ?, 'base')").bind(&key).bind(name);
        self.touched.tags = true;
        let tag = TagId(made.execute(self.connection()).await?.last_insert_rowid());
        self.tag_made(&key, tag);
        Ok(tag)
    }

    pub async fn tag_name(&mut self, tag: TagId) -> Result<String> {
        let name = sqlx::query_scalar("SELECT name FROM tag WHERE id = ?").bind(tag.0);
        name.fetch_optional(self.connection()).await?.ok_or(StoreError::NotFound("tag"))
    }

    pub fn event(&mut self, ticket: TicketId, at: Millis, who: &str, what: EventKind) {
        self.events.push(EventRow { ticket, at, who: who.to_owned(), what });
    }
}

pub(crate) async fn next_key(connection: &mut SqliteConnection, sql: &'static str) -> Result<i64> {
    let last: Option<i64> = sqlx::query(sql).fetch_one(connection).await?.try_get("id")?;
    Ok(last.unwrap_or(0) + 1)
}

async fn read_sources(connection: &mut SqliteConnection) -> Result<BTreeMap<SourceId, SourceFacts>> {
    let rows = sqlx::query("SELECT id, created_at_ms, address FROM source").fetch_all(connection).await?;
    let facts = |row: &sqlx::sqlite::SqliteRow| -> sqlx::Result<_> {
        let created_at = Millis(row.try_get("created_at_ms")?);
        Ok((SourceId(row.try_get("id")?), SourceFacts { created_at, address: row.try_get("address")? }))
    };
    Ok(rows.iter().map(facts).collect::<sqlx::Result<_>>()?)
}
