//! What the windows ask for. Reads only, on the pool of readers; every list walks an index in its order.

mod board;
mod customer;
mod envelope;
mod figures;
mod find;
mod list;
mod plan;
mod search;
mod ticket;
mod views;

use std::collections::BTreeMap;

use model::{Tag, TagId, TagLayer, TicketRow};
use sqlx::{Row as _, sqlite::SqliteRow};

pub use self::{
    board::{QueueFigures, UrgentTicket, WaitingTicket},
    figures::Turnover,
};
use crate::{
    Store,
    error::{Result, StoreError},
    work::cell::{Cell, Json},
};

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketsPage {
    pub rows: Vec<TicketRow>,
    /// In a search: for each row the matching message's text around the hit, unmarked.
    pub excerpts: Vec<Option<String>>,
    /// How many the list has in all, where that is known.
    pub total: Option<u32>,
    /// Whether there are rows after these.
    pub more: bool,
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
        let tagged = rows.iter().any(|row| row.try_get::<&str, _>("tags").is_ok_and(|tags| tags != "[]"));
        let tags: Tags = match tagged {
            true => self.tags().await?.into_iter().map(|tag| (tag.id, tag)).collect(),
            false => Tags::new(),
        };
        rows.iter().map(|row| read_row(row, &tags)).collect::<sqlx::Result<_>>().map_err(StoreError::from)
    }

    /// How many tickets and messages are on this machine.
    pub async fn counts(&self) -> Result<Counts> {
        let counters = self.counters().await?;
        let of = |name: &str| counters.get(name).map_or(0, |counter| counter.0);
        Ok(Counts { tickets: of("all"), messages: of("messages") })
    }
}

/// What the dashboard asks, each with what it is for.
#[cfg(test)]
pub(crate) const FIGURES: [&[(&str, &str)]; 2] = [board::ALL, figures::ALL];
