//! The dashboard's figures of one moment: everything in one snapshot, each number by an index.

use model::{Millis, TicketId, figures::Targets, urgency::UrgentReason};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use super::figures::{self, COUNT_OVER, COUNT_QUEUE, Turnover, over};
use crate::{
    Store,
    error::Result,
    work::cell::{Cell, Json},
};

/// Who waits now.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueFigures {
    /// Open tickets whose customer waits.
    pub queue: u32,
    /// Those who have waited longer than their target.
    pub over_target: u32,
    /// Those who have waited longest first, at most [`MOST_WAITING`].
    pub longest: Vec<WaitingTicket>,
    /// Tickets that need somebody now, and nobody has taken.
    pub urgent: u32,
    /// The longest unanswered first; after them those on which no customer waits. At most as many as were asked for.
    pub urgent_tickets: Vec<UrgentTicket>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct WaitingTicket {
    pub ticket: TicketId,
    pub requester_name: String,
    pub subject: String,
    pub since: Millis,
    pub vip: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct UrgentTicket {
    pub ticket: TicketId,
    pub requester_name: String,
    pub subject: String,
    pub reason: UrgentReason,
    pub raised_at: Millis,
    pub waiting_since: Option<Millis>,
}

impl Store {
    /// Who waits at `now`, the first `most` urgent tickets, and what was written in `[from, now)`, all of one moment.
    pub async fn board(
        &self,
        from: Millis,
        now: Millis,
        targets: Targets,
        most: u32,
    ) -> Result<(QueueFigures, Turnover)> {
        let board = async {
            let mut snapshot = self.inner.readers.begin().await?;
            let queue = queue(&mut snapshot, now, targets, most).await?;
            let turnover = figures::turnover(&mut snapshot, from, now).await?;
            snapshot.commit().await?;
            Ok((queue, turnover))
        };
        self.noted(board.await)
    }
}

async fn queue(
    reader: &mut SqliteConnection,
    now: Millis,
    targets: Targets,
    most: u32,
) -> Result<QueueFigures> {
    let [vip, usual] = over(targets, now);
    Ok(QueueFigures {
        queue: sqlx::query_scalar(COUNT_QUEUE).fetch_one(&mut *reader).await?,
        over_target: sqlx::query_scalar(COUNT_OVER).bind(vip).bind(usual).fetch_one(&mut *reader).await?,
        longest: longest(reader).await?,
        urgent: sqlx::query_scalar(URGENT).fetch_optional(&mut *reader).await?.unwrap_or(0),
        urgent_tickets: urgent(reader, most).await?,
    })
}

async fn longest(reader: &mut SqliteConnection) -> Result<Vec<WaitingTicket>> {
    let mut waiting = Vec::new();
    for vip in [true, false] {
        let rows = sqlx::query(LONGEST).bind(vip).bind(MOST_WAITING).fetch_all(&mut *reader).await?;
        waiting.extend(rows.iter().map(waiting_ticket).collect::<sqlx::Result<Vec<_>>>()?);
    }
    waiting.sort_by_key(|waiting| (waiting.since, waiting.ticket));
    waiting.truncate(MOST_WAITING as usize);
    Ok(waiting)
}

fn waiting_ticket(row: &SqliteRow) -> sqlx::Result<WaitingTicket> {
    Ok(WaitingTicket {
        ticket: Cell::read(row, "id")?,
        requester_name: row.try_get("requester_name")?,
        subject: row.try_get("subject")?,
        since: Cell::read(row, "waiting_since_ms")?,
        vip: row.try_get("vip")?,
    })
}

async fn urgent(reader: &mut SqliteConnection, most: u32) -> Result<Vec<UrgentTicket>> {
    let mut rows = sqlx::query(URGENT_WAITING).bind(most).fetch_all(&mut *reader).await?;
    let left = most.saturating_sub(u32::try_from(rows.len()).unwrap_or(u32::MAX));
    if left > 0 {
        rows.extend(sqlx::query(URGENT_UNASKED).bind(left).fetch_all(reader).await?);
    }
    Ok(rows.iter().map(urgent_ticket).collect::<sqlx::Result<_>>()?)
}

fn urgent_ticket(row: &SqliteRow) -> sqlx::Result<UrgentTicket> {
    let Json(reason) = Cell::read(row, "urgent")?;
    Ok(UrgentTicket {
        ticket: Cell::read(row, "id")?,
        requester_name: row.try_get("requester_name")?,
        subject: row.try_get("subject")?,
        reason,
        raised_at: Cell::read(row, "raised_at_ms")?,
        waiting_since: Cell::read(row, "waiting_since_ms")?,
    })
}

/// How many of those who have waited longest are named one by one.
const MOST_WAITING: u32 = 12;

const URGENT: &str = "SELECT tickets FROM counter WHERE name = 'urgent'";

const LONGEST: &str = "SELECT id, requester_name, subject, waiting_since_ms, vip \
    FROM ticket INDEXED BY ticket_queue_by_wait \
    WHERE status = 'open' AND waiting_since_ms IS NOT NULL AND vip = ? ORDER BY waiting_since_ms LIMIT ?";

macro_rules! urgent {
    ($waits:literal) => {
        concat!(
            "SELECT t.id, t.requester_name, t.subject, t.urgent, t.waiting_since_ms, \
                ifnull((SELECT e.raised_at_ms FROM escalation e INDEXED BY escalation_standing \
                    WHERE e.ticket = t.id AND e.acknowledged_at_ms IS NULL AND e.withdrawn_at_ms IS NULL), \
                    t.last_message_at_ms) AS raised_at_ms \
            FROM ticket t INDEXED BY ticket_urgent_by_wait \
            WHERE t.urgent IS NOT NULL AND t.waiting_since_ms ",
            $waits,
            " ORDER BY t.waiting_since_ms, t.id LIMIT ?"
        )
    };
}
const URGENT_WAITING: &str = urgent!("IS NOT NULL");
const URGENT_UNASKED: &str = urgent!("IS NULL");

#[cfg(test)]
pub(crate) const ALL: &[(&str, &str)] = &[
    ("how many are urgent", URGENT),
    ("the longest waits", LONGEST),
    ("urgent, longest unanswered first", URGENT_WAITING),
    ("urgent, nobody waits", URGENT_UNASKED),
];
