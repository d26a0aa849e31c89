//! Who wrote when, and the tickets behind each number of the dashboard.
//!
//! Times are in the messages' keys, so a span of time is a range of a covering index and no message is read. What a list here
//! shows is what the number counts: both come from [`model::figures`].

use std::collections::BTreeSet;

use model::{
    Direction, MessageId, Millis, TicketId,
    figures::{Answer, Targets, Turn, answers},
};
use sqlx::SqliteConnection;

use super::{RowPlace, TicketsPage, conditions::Value, plan::Plan};
use crate::{
    Store,
    error::{Result, StoreError},
};

/// The longest span that is looked through at once.
const LONGEST_MS: i64 = 32 * Millis::DAY;
/// The greatest time a message's key can hold.
const LATEST: Millis = Millis((1 << 42) - 1);

/// What was written from one moment on and before another, without automatic mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Turnover {
    /// The customers' mails, oldest first.
    pub arrived: Vec<Turn>,
    /// The team's answers to customers who waited, oldest first.
    pub answers: Vec<Answer>,
    /// Those of these tickets whose requester is a VIP now; others may be among them.
    pub vips: BTreeSet<TicketId>,
}

impl Store {
    /// What was written in `[from, to)`, at most 32 days.
    pub async fn turnover(&self, from: Millis, to: Millis) -> Result<Turnover> {
        let mut reader = self.inner.readers.acquire().await?;
        let turnover = turnover(&mut reader, from, to).await;
        self.noted(turnover)
    }

    /// A page of the open tickets whose customer waits.
    pub async fn list_queue(&self, after: Option<RowPlace>, limit: u32) -> Result<TicketsPage> {
        self.list_counted(Plan::where_(QUEUE, WAITS, []), COUNT_QUEUE, [], after, limit).await
    }

    /// A page of those who have waited longer than their target.
    pub async fn list_over_target(
        &self,
        targets: Targets,
        now: Millis,
        after: Option<RowPlace>,
        limit: u32,
    ) -> Result<TicketsPage> {
        let before = over(targets, now);
        let plan = Plan::where_(QUEUE, OVER, before.map(Value::Number));
        self.list_counted(plan, COUNT_OVER, before, after, limit).await
    }

    /// A page of the tickets on which a customer wrote in `[from, to)`.
    pub async fn list_arrived(
        &self,
        (from, to): (Millis, Millis),
        after: Option<RowPlace>,
        limit: u32,
    ) -> Result<TicketsPage> {
        let turnover = self.turnover(from, to).await?;
        let tickets = turnover.arrived.iter().map(|turn| turn.ticket).collect();
        self.list_among(&tickets, from, after, limit).await
    }

    /// A page of the tickets on which the team answered a waiting customer in `[from, to)`.
    pub async fn list_answered(
        &self,
        (from, to): (Millis, Millis),
        after: Option<RowPlace>,
        limit: u32,
    ) -> Result<TicketsPage> {
        let turnover = self.turnover(from, to).await?;
        let tickets = turnover.answers.iter().map(|answer| answer.ticket).collect();
        self.list_among(&tickets, from, after, limit).await
    }

    async fn list_counted<const N: usize>(
        &self,
        plan: Plan,
        count: &'static str,
        values: [i64; N],
        after: Option<RowPlace>,
        limit: u32,
    ) -> Result<TicketsPage> {
        let query = values.into_iter().fold(sqlx::query_scalar(count), |query, value| query.bind(value));
        let total: Option<u32> = self.one(query).await?;
        self.list(&plan, after, limit, total).await
    }

    /// A page of these tickets, each of which has a message from `from` on.
    async fn list_among(
        &self,
        tickets: &BTreeSet<TicketId>,
        from: Millis,
        after: Option<RowPlace>,
        limit: u32,
    ) -> Result<TicketsPage> {
        let ids: Vec<i64> = tickets.iter().map(|ticket| ticket.0).collect();
        let among = [Value::Text(serde_json::to_string(&ids)?), Value::Number(from.0)];
        let total = u32::try_from(ids.len()).ok();
        self.list(&Plan::where_(BY_LAST, AMONG, among), after, limit, total).await
    }
}

/// As [`Store::turnover`], on a connection that may hold a snapshot.
pub(super) async fn turnover(reader: &mut SqliteConnection, from: Millis, to: Millis) -> Result<Turnover> {
    if to.since(from) > LONGEST_MS {
        return Err(StoreError::Invalid("figure"));
    }
    let [first, end] = [from, to].map(|at| MessageId::in_time_order(at.min(LATEST), 0));
    let mut turns = turns(reader, first, end).await?;
    let answering: BTreeSet<i64> =
        turns.iter().filter(|turn| turn.direction == Direction::Outbound).map(|turn| turn.ticket.0).collect();
    turns.extend(asked_before(reader, first, &answering).await?);
    let vips: Vec<i64> = sqlx::query_scalar(VIPS).bind(from.0).fetch_all(reader).await?;
    let reckon = move || Turnover {
        answers: answers(&turns),
        arrived: arrived(turns, first),
        vips: vips.into_iter().map(TicketId).collect(),
    };
    tokio::task::spawn_blocking(reckon).await.map_err(StoreError::Interrupted)
}

fn arrived(mut turns: Vec<Turn>, first: MessageId) -> Vec<Turn> {
    turns.retain(|turn| turn.direction == Direction::Inbound && turn.message >= first);
    turns.sort_unstable();
    turns
}

async fn turns(reader: &mut SqliteConnection, first: MessageId, end: MessageId) -> Result<Vec<Turn>> {
    let together: Option<String> =
        sqlx::query_scalar(TURNS).bind(first.0).bind(end.0).fetch_one(reader).await?;
    let rows: Vec<(i64, i64, u8)> = serde_json::from_str(together.as_deref().unwrap_or("[]"))?;
    let turn = |(message, ticket, inbound)| Turn {
        message: MessageId(message),
        ticket: TicketId(ticket),
        direction: if inbound == 1 { Direction::Inbound } else { Direction::Outbound },
    };
    Ok(rows.into_iter().map(turn).collect())
}

/// Of these tickets, the first mail before `first` that nobody had answered until then.
async fn asked_before(
    reader: &mut SqliteConnection,
    first: MessageId,
    tickets: &BTreeSet<i64>,
) -> Result<Vec<Turn>> {
    let query = sqlx::query_scalar(ASKED_BEFORE).bind(first.0).bind(serde_json::to_string(tickets)?);
    let together: Option<String> = query.fetch_one(reader).await?;
    let rows: Vec<(i64, i64)> = serde_json::from_str(together.as_deref().unwrap_or("[]"))?;
    let turn = |(message, ticket)| Turn {
        message: MessageId(message),
        ticket: TicketId(ticket),
        direction: Direction::Inbound,
    };
    Ok(rows.into_iter().map(turn).collect())
}

/// Who has waited since before these moments is over the target: VIPs, then the others.
pub(super) fn over(targets: Targets, now: Millis) -> [i64; 2] {
    [true, false].map(|vip| targets.over_before(vip, now).0)
}

const QUEUE: &str = "ticket t INDEXED BY ticket_queue";
const WAITS: &str = "t.status = 'open' AND t.waiting_since_ms IS NOT NULL";
const OVER: &str = "t.status = 'open' AND t.waiting_since_ms IS NOT NULL \
    AND ((t.vip = 1 AND t.waiting_since_ms < ?) OR (t.vip = 0 AND t.waiting_since_ms < ?))";
const BY_LAST: &str = "ticket t INDEXED BY ticket_by_last";
const AMONG: &str = "t.id IN (SELECT value FROM json_each(?)) AND t.last_message_at_ms >= ?";

pub(super) const COUNT_QUEUE: &str = "SELECT count(*) FROM ticket INDEXED BY ticket_queue_by_wait \
    WHERE status = 'open' AND waiting_since_ms IS NOT NULL";
pub(super) const COUNT_OVER: &str = "SELECT \
    (SELECT count(*) FROM ticket INDEXED BY ticket_queue_by_wait \
        WHERE status = 'open' AND waiting_since_ms IS NOT NULL AND vip = 1 AND waiting_since_ms < ?1) + \
    (SELECT count(*) FROM ticket INDEXED BY ticket_queue_by_wait \
        WHERE status = 'open' AND waiting_since_ms IS NOT NULL AND vip = 0 AND waiting_since_ms < ?2)";

/// All in one row: a row at a time costs five times as much as walking the index.
const TURNS: &str = "SELECT '[' || group_concat('[' || id || ',' || ticket || ',' || (direction = 'inbound') || ']') || ']' \
    FROM message INDEXED BY message_turn WHERE kind = 'mail' AND automatic IS NULL AND id >= ? AND id < ?";

/// Per ticket two steps along its messages, backwards to the team's last word and from there to the customer's first.
const ASKED_BEFORE: &str = "SELECT '[' || group_concat('[' || asked || ',' || ticket || ']') || ']' FROM (SELECT j.value AS ticket, \
    (SELECT m.id FROM message m INDEXED BY message_by_ticket \
        WHERE m.ticket = j.value AND m.id < ?1 AND m.id > ifnull( \
            (SELECT o.id FROM message o INDEXED BY message_by_ticket \
                WHERE o.ticket = j.value AND o.id < ?1 \
                    AND o.kind = 'mail' AND o.automatic IS NULL AND o.direction = 'outbound' \
                ORDER BY o.id DESC LIMIT 1), -1) \
            AND m.kind = 'mail' AND m.automatic IS NULL AND m.direction = 'inbound' \
        ORDER BY m.id LIMIT 1) AS asked \
    FROM json_each(?2) j) WHERE asked IS NOT NULL";

const VIPS: &str = "SELECT id FROM ticket INDEXED BY ticket_vip WHERE vip = 1 AND last_message_at_ms >= ?";

#[cfg(test)]
pub(crate) const ALL: &[(&str, &str)] = &[
    ("the queue's size", COUNT_QUEUE),
    ("how many are over the target", COUNT_OVER),
    ("who wrote when", TURNS),
    ("who waited before", ASKED_BEFORE),
    ("whose requester is a VIP", VIPS),
];

/// The lists behind the numbers.
#[cfg(test)]
pub(super) fn lists() -> Vec<(&'static str, Plan)> {
    let (some, no) = (Value::Number(5), Value::Text("[]".to_owned()));
    vec![
        ("the queue", Plan::where_(QUEUE, WAITS, [])),
        ("over the target", Plan::where_(QUEUE, OVER, [some.clone(), some.clone()])),
        ("among these", Plan::where_(BY_LAST, AMONG, [no, some])),
    ]
}
