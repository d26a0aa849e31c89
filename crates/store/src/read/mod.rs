//! What the windows ask for. Reads only, on the pool of readers; every list walks an index in its order.

mod board;
pub(crate) mod conditions;
mod customer;
mod driver;
mod envelope;
#[cfg(test)]
pub(crate) mod explain;
mod facets;
mod figures;
mod find;
mod list;
mod people;
pub(crate) mod plan;
mod recent;
mod search;
mod ticket;
mod views;
pub(crate) mod walk;

use std::collections::{BTreeMap, BTreeSet};

use model::{Millis, Tag, TagId, TagLayer, TicketId, TicketRow};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

pub use self::{
    board::{QueueFigures, UrgentTicket, WaitingTicket},
    facets::{FacetCount, FacetValue, Facets},
    figures::Turnover,
    people::Person,
};
use crate::{
    Store,
    error::{Result, StoreError},
    work::cell::{Cell, Json},
};

/// Where a row stands in its list: lists are walked from the greatest place to the least, and within one from the greatest ticket.
///
/// In a search the place is the moment of the ticket's newest message that matches. Ticket 0 stands for no row: everything from that place
/// on has been looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowPlace {
    pub place: i64,
    pub ticket: TicketId,
}

impl RowPlace {
    /// The beginning of a list, before its first row.
    pub(crate) const START: RowPlace = RowPlace { place: i64::MAX, ticket: TicketId(i64::MAX) };
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    pub row: TicketRow,
    /// See [`RowPlace`].
    pub place: i64,
    /// In a search: the text around the hit in the message that matches, unmarked.
    pub excerpt: Option<String>,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketsPage {
    pub rows: Vec<Listed>,
    /// Where to go on; `None` at the end of the list.
    pub next: Option<RowPlace>,
    /// How many the list has in all, where that is known.
    pub total: Option<u32>,
    /// Up to when tickets were looked at, when that was given up before the page was full. Going on from `next` looks further.
    pub looked_to: Option<Millis>,
}

/// How much there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub tickets: u32,
    pub messages: u32,
}

/// The columns of a [`TicketRow`].
const ROW: &str = "t.id, t.source, t.channel, t.token, t.subject, t.snippet, t.lang, t.requester, t.requester_name, \
    t.requester_email, t.vip, t.status, t.priority, t.messages, t.unread, t.has_attachment, t.urgent, t.tags, \
    t.waiting_since_ms, t.last_message_at_ms";

type Tags = BTreeMap<TagId, Tag>;

fn read_tag(row: &SqliteRow) -> sqlx::Result<Tag> {
    let layer: &str = row.try_get("layer")?;
    Ok(Tag {
        id: TagId(row.try_get("id")?),
        name: row.try_get("name")?,
        layer: TagLayer::from_word(layer).unwrap_or(TagLayer::Base),
    })
}

fn read_row(row: &SqliteRow, tags: &Tags) -> sqlx::Result<TicketRow> {
    let urgent: Option<Json<_>> = Cell::read(row, "urgent")?;
    let of_ticket: Json<Vec<TagId>> = Cell::read(row, "tags")?;
    let unread: u32 = row.try_get("unread")?;
    Ok(TicketRow {
        id: Cell::read(row, "id")?,
        token: Cell::read(row, "token")?,
        source: Cell::read(row, "source")?,
        channel: Cell::read(row, "channel")?,
        subject: row.try_get("subject")?,
        snippet: row.try_get("snippet")?,
        lang: row.try_get("lang")?,
        requester: Cell::read(row, "requester")?,
        requester_name: row.try_get("requester_name")?,
        requester_email: row.try_get("requester_email")?,
        vip: row.try_get("vip")?,
        status: Cell::read(row, "status")?,
        priority: Cell::read(row, "priority")?,
        unread: unread > 0,
        messages: row.try_get("messages")?,
        has_attachment: row.try_get("has_attachment")?,
        urgent: urgent.map(|json| json.0),
        tags: of_ticket.0.iter().filter_map(|id| tags.get(id)).cloned().collect(),
        waiting_since_ms: Cell::read(row, "waiting_since_ms")?,
        last_message_at_ms: Cell::read(row, "last_message_at_ms")?,
    })
}

impl Store {
    /// Every tag there is, by name.
    pub async fn tags(&self) -> Result<Vec<Tag>> {
        let rows = self.all(sqlx::query("SELECT id, name, layer FROM tag ORDER BY key")).await?;
        Ok(rows.iter().map(read_tag).collect::<sqlx::Result<_>>()?)
    }

    async fn ticket_rows(&self, rows: &[SqliteRow]) -> Result<Vec<TicketRow>> {
        let mut reader = self.inner.readers.acquire().await?;
        read_rows(&mut reader, rows).await
    }

    /// How many tickets and messages are on this machine.
    pub async fn counts(&self) -> Result<Counts> {
        let counters = self.counters().await?;
        let of = |name: &str| counters.get(name).map_or(0, |counter| counter.0);
        Ok(Counts { tickets: of("all"), messages: of("messages") })
    }
}

async fn read_rows(reader: &mut SqliteConnection, rows: &[SqliteRow]) -> Result<Vec<TicketRow>> {
    let tags = tags_on(reader, rows).await?;
    rows.iter().map(|row| read_row(row, &tags)).collect::<sqlx::Result<_>>().map_err(StoreError::from)
}

const TAGS_ON: &str = "SELECT id, name, layer FROM tag WHERE id IN (SELECT value FROM json_each(?))";

/// The tags that are on these tickets.
async fn tags_on(reader: &mut SqliteConnection, rows: &[SqliteRow]) -> Result<Tags> {
    let mut ids: BTreeSet<i64> = BTreeSet::new();
    for row in rows {
        let tags: &str = row.try_get("tags")?;
        if tags != "[]" {
            ids.extend(serde_json::from_str::<Vec<TagId>>(tags)?.iter().map(|tag| tag.0));
        }
    }
    tags_of(reader, ids).await
}

async fn tags_of(reader: &mut SqliteConnection, ids: impl IntoIterator<Item = i64>) -> Result<Tags> {
    let ids: Vec<i64> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(Tags::new());
    }
    let rows = sqlx::query(TAGS_ON).bind(serde_json::to_string(&ids)?).fetch_all(reader).await?;
    Ok(rows.iter().map(|row| read_tag(row).map(|tag| (tag.id, tag))).collect::<sqlx::Result<_>>()?)
}

const TICKETS: &str = "FROM ticket t WHERE t.id IN (SELECT value FROM json_each(?))";

/// The rows of these tickets, as far as they are there.
async fn rows_of(
    reader: &mut SqliteConnection,
    tickets: &[TicketId],
) -> Result<BTreeMap<TicketId, TicketRow>> {
    let ids: Vec<i64> = tickets.iter().map(|ticket| ticket.0).collect();
    let query = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT {ROW} {TICKETS}")));
    let rows = query.bind(serde_json::to_string(&ids)?).fetch_all(&mut *reader).await?;
    Ok(read_rows(reader, &rows).await?.into_iter().map(|row| (row.id, row)).collect())
}

/// What the dashboard asks, each with what it is for.
#[cfg(test)]
pub(crate) const FIGURES: [&[(&str, &str)]; 2] = [board::ALL, figures::ALL];
