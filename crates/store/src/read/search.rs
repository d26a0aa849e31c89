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
    async fn place_of(&self, plan: &Plan, (at, ticket): (Millis, TicketId)) -> Result<Option<MessageId>> {
        let Some(expression) = plan.matched() else { return Ok(None) };
        // A match that came after the page was read does not move the place.
        let newest = MessageId::in_time_order(at, u32::MAX);
        let sql = "SELECT max(x.id) FROM message x WHERE x.ticket = ?1 AND x.id IN (SELECT rowid FROM search \
            WHERE search MATCH ?2 AND rowid >= (SELECT min(id) FROM message WHERE ticket = ?1) AND rowid <= ?3)";
        let query = sqlx::query_scalar(sql).bind(ticket.0).bind(expression).bind(newest.0);
        let place: Option<Option<i64>> = self.one(query).await?;
        Ok(place.flatten().map(MessageId))
    }

    /// The next `limit` tickets with a match older than `from`, without those that stood before it.
    async fn walk(&self, plan: &Plan, from: Option<MessageId>, limit: usize) -> Result<Vec<Hit>> {
        let sql = plan.matches_sql();
        let mut below = from.unwrap_or(plan.matches_start());
        let (mut hits, mut seen) = (Vec::new(), BTreeSet::new());
        loop {
            let query = plan.bind(sqlx::query(sqlx::AssertSqlSafe(sql.clone())));
            let rows = self.all(query.bind(below.0).bind(STRIDE)).await?;
            let mut found = Vec::new();
            for row in &rows {
                below = MessageId(row.try_get("message")?);
                let ticket = TicketId(row.try_get("ticket")?);
                if seen.insert(ticket) {
                    found.push((ticket, below));
                }
            }
            hits.extend(self.passing(plan, from, found).await?);
            if hits.len() >= limit || rows.len() < STRIDE as usize {
                hits.truncate(limit);
                return Ok(hits);
            }
        }
    }

    /// Those that no earlier page has, and whose other messages are as asked.
    async fn passing(&self, plan: &Plan, from: Option<MessageId>, mut hits: Vec<Hit>) -> Result<Vec<Hit>> {
        if let (Some(place), Some(expression)) = (from, plan.matched()) {
            let tickets: Vec<TicketId> = hits.iter().map(|hit| hit.0).collect();
            let stood = self.tickets_matching(expression, &tickets, Some(place)).await?;
            hits.retain(|(ticket, _)| !stood.contains(ticket));
        }
        for filter in plan.filters() {
            let tickets: Vec<TicketId> = hits.iter().map(|hit| hit.0).collect();
            let matching = self.tickets_matching(&filter.expression, &tickets, None).await?;
            hits.retain(|(ticket, _)| matching.contains(ticket) == filter.wanted);
        }
        Ok(hits)
    }

    /// Which of the tickets have a message that matches, from a message on. One walk through the matches within the
    /// tickets' time, since asking the index for one message costs as much as asking for all.
    pub(super) async fn tickets_matching(
        &self,
        expression: &str,
        tickets: &[TicketId],
        from: Option<MessageId>,
    ) -> Result<BTreeSet<TicketId>> {
        if tickets.is_empty() {
            return Ok(BTreeSet::new());
        }
        let sql = "WITH theirs AS MATERIALIZED (SELECT m.id, m.ticket FROM json_each(?1) j CROSS JOIN message m ON m.ticket = j.value \
            WHERE m.id >= ?2) SELECT DISTINCT ticket FROM theirs WHERE id IN (SELECT rowid FROM search WHERE search MATCH ?3 \
            AND rowid >= (SELECT min(id) FROM theirs) AND rowid <= (SELECT max(id) FROM theirs))";
        let ids: Vec<i64> = tickets.iter().map(|ticket| ticket.0).collect();
        let query = sqlx::query(sql).bind(serde_json::to_string(&ids)?).bind(from.map_or(0, |id| id.0));
        let rows = self.all(query.bind(expression.to_owned())).await?;
        Ok(rows.iter().map(|row| row.try_get("ticket").map(TicketId)).collect::<sqlx::Result<_>>()?)
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
