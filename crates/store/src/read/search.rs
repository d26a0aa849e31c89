//! Search: the messages that match are walked from the newest on until a page of tickets is full, so that a common word
//! costs no more than a rare one. A ticket stands where its newest match does, once.

use std::collections::{BTreeMap, BTreeSet};

use model::{MessageId, Millis, TicketId, query::Query};
use sqlx::Row as _;

use super::{ROW, TicketsPage, plan::Plan};
use crate::{Store, error::Result, segment};

/// How many matches are looked at in one query.
const STRIDE: u32 = 200;

/// A ticket and its newest message that matches.
type Hit = (TicketId, MessageId);

impl Store {
    pub(super) async fn matches(
        &self,
        plan: &Plan,
        query: &Query,
        after: Option<(Millis, TicketId)>,
        limit: u32,
    ) -> Result<TicketsPage> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX).max(1);
        let from = match after {
            Some(last) => self.place_of(plan, last).await?,
            None => None,
        };
        let mut hits = self.walk(plan, from, limit + 1).await?;
        let more = hits.len() > limit;
        hits.truncate(limit);
        let total = (after.is_none() && !more).then(|| u32::try_from(hits.len()).ok()).flatten();
        let excerpts = self.excerpts(&hits, &segment::highlights(query)).await?;
        let rows = self.rows_in_order(&hits).await?;
        Ok(TicketsPage { rows, excerpts, total, more })
    }

    /// The message at which the last ticket of a page stood: its newest match then.
    async fn place_of(
        &self,
        plan: &Plan,
        (at, ticket): (Millis, TicketId),
    ) -> Result<Option<(MessageId, MessageId)>> {
        let Some(expression) = plan.matched() else { return Ok(None) };
        let newest = MessageId::in_time_order(at, u32::MAX);
        let sql = "SELECT x.id FROM message x CROSS JOIN search ON search.rowid = x.id \
            WHERE x.ticket = ? AND search MATCH ? ORDER BY x.id DESC LIMIT 1";
        let place: Option<i64> = self.one(sqlx::query_scalar(sql).bind(ticket.0).bind(expression)).await?;
        Ok(place.map(|place| (MessageId(place), newest.max(MessageId(place)))))
    }

    /// The next `limit` tickets with a match older than `from`, without those that stood before it.
    async fn walk(
        &self,
        plan: &Plan,
        from: Option<(MessageId, MessageId)>,
        limit: usize,
    ) -> Result<Vec<Hit>> {
        let sql = plan.matches_sql();
        let mut below = from.map_or(MessageId(i64::MAX), |(place, _)| place);
        let (mut hits, mut seen) = (Vec::new(), BTreeSet::new());
        loop {
            let query = plan.bind(sqlx::query(sqlx::AssertSqlSafe(sql.clone())));
            let rows = self.all(query.bind(below.0).bind(STRIDE)).await?;
            for row in &rows {
                below = MessageId(row.try_get("message")?);
                let ticket = TicketId(row.try_get("ticket")?);
                if seen.insert(ticket) && !self.stood_before(plan, from, ticket).await? {
                    hits.push((ticket, below));
                }
                if hits.len() == limit {
                    return Ok(hits);
                }
            }
            if rows.len() < STRIDE as usize {
                return Ok(hits);
            }
        }
    }

    /// Whether the ticket has a match that is newer than the place where this page begins: then an earlier page has it.
    async fn stood_before(
        &self,
        plan: &Plan,
        from: Option<(MessageId, MessageId)>,
        ticket: TicketId,
    ) -> Result<bool> {
        let (Some((place, _)), Some(expression)) = (from, plan.matched()) else { return Ok(false) };
        let sql = "SELECT x.id FROM message x CROSS JOIN search ON search.rowid = x.id \
            WHERE x.ticket = ? AND x.id >= ? AND search MATCH ? LIMIT 1";
        let query = sqlx::query_scalar(sql).bind(ticket.0).bind(place.0).bind(expression);
        let found: Option<i64> = self.one(query).await?;
        Ok(found.is_some())
    }

    async fn rows_in_order(&self, hits: &[Hit]) -> Result<Vec<model::TicketRow>> {
        let ids: Vec<i64> = hits.iter().map(|(ticket, _)| ticket.0).collect();
        let sql = format!("SELECT {ROW} FROM ticket t WHERE t.id IN (SELECT value FROM json_each(?))");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(serde_json::to_string(&ids)?);
        let rows = self.ticket_rows(&self.all(query).await?).await?;
        let mut by_id: BTreeMap<TicketId, model::TicketRow> =
            rows.into_iter().map(|row| (row.id, row)).collect();
        Ok(hits.iter().filter_map(|(ticket, _)| by_id.remove(ticket)).collect())
    }

    async fn excerpts(&self, hits: &[Hit], words: &[String]) -> Result<Vec<Option<String>>> {
        let ids: Vec<i64> = hits.iter().map(|(_, message)| message.0).collect();
        let sql = "SELECT message, text FROM body WHERE message IN (SELECT value FROM json_each(?))";
        let rows = self.all(sqlx::query(sql).bind(serde_json::to_string(&ids)?)).await?;
        let mut texts: BTreeMap<i64, Option<String>> = BTreeMap::new();
        for row in &rows {
            texts.insert(row.try_get("message")?, segment::excerpt(row.try_get("text")?, words));
        }
        Ok(hits.iter().map(|(_, message)| texts.remove(&message.0).flatten()).collect())
    }
}
