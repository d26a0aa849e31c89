//! What needs somebody now: rows that stand until acknowledged or withdrawn, so that a restart tells again what nobody took.

use model::{Millis, Seq, Status, TicketId, urgency::UrgentReason};
use sqlx::Row as _;

use crate::{
    Store,
    error::Result,
    work::{Durability, Work},
};

/// An escalation nobody has been told of.
#[derive(Debug, Clone, PartialEq)]
pub struct EscalationRow {
    pub id: i64,
    pub ticket: TicketId,
    pub reason: UrgentReason,
    pub raised_at: Millis,
    pub subject: String,
    pub snippet: String,
    pub requester_name: String,
}

impl Store {
    /// Escalations whose cause is news, standing, and not yet told to anybody; the oldest first.
    pub async fn escalations_to_notify(&self) -> Result<Vec<EscalationRow>> {
        let rows = self.all(sqlx::query(TO_NOTIFY)).await?;
        let read = |row: &sqlx::sqlite::SqliteRow| -> Result<EscalationRow> {
            Ok(EscalationRow {
                id: row.try_get("id")?,
                ticket: TicketId(row.try_get("ticket")?),
                reason: serde_json::from_str(row.try_get("reason")?)?,
                raised_at: Millis(row.try_get("raised_at_ms")?),
                subject: row.try_get("subject")?,
                snippet: row.try_get("snippet")?,
                requester_name: row.try_get("requester_name")?,
            })
        };
        rows.iter().map(read).collect()
    }

    pub async fn mark_notified(&self, escalations: &[i64], now: Millis) -> Result<Seq> {
        let mut work = self.work(Durability::Full, now).await?;
        let sql = "UPDATE escalation SET notified_at_ms = ? \
            WHERE id IN (SELECT value FROM json_each(?)) AND notified_at_ms IS NULL";
        let update = sqlx::query(sql).bind(now.0).bind(serde_json::to_string(escalations)?);
        let marked = update.execute(work.connection()).await?.rows_affected();
        work.touched.escalations |= marked > 0;
        self.finish_noted(work).await
    }

    /// Raises tickets whose VIP has waited past their target. `None` when there are none.
    pub async fn raise_due(&self, now: Millis) -> Result<Option<Seq>> {
        let sql = "SELECT id FROM ticket WHERE urgent_due_at_ms IS NOT NULL AND urgent_due_at_ms <= ?";
        self.judge(sqlx::query_scalar(sql).bind(now.0), now).await
    }

    /// When [`Store::raise_due`] has something to do next.
    pub async fn next_due(&self) -> Result<Option<Millis>> {
        let sql = "SELECT min(urgent_due_at_ms) FROM ticket WHERE urgent_due_at_ms IS NOT NULL";
        let due: Option<Option<i64>> = self.one(sqlx::query_scalar(sql)).await?;
        Ok(due.flatten().map(Millis))
    }

    /// The rules have changed: urgent words of open tickets are looked for anew.
    pub(crate) async fn judge_open_tickets(&self, now: Millis) -> Result<Option<Seq>> {
        let sql = "SELECT id FROM ticket WHERE status = ?";
        let open = sqlx::query_scalar(sql).bind(Status::Open.as_str());
        let ids: Vec<i64> = self.noted(open.fetch_all(&self.inner.readers).await.map_err(Into::into))?;
        let mut last = None;
        for some in ids.chunks(JUDGED_AT_ONCE) {
            let mut work = self.work(Durability::Normal, now).await?;
            work.load_tickets(some.iter().copied().map(TicketId)).await?;
            for id in some.iter().copied().map(TicketId) {
                work.read_wait_anew(id).await?;
            }
            last = Some(self.finish_noted(work).await?);
        }
        Ok(last)
    }

    async fn judge(
        &self,
        which: sqlx::query::QueryScalar<'_, sqlx::Sqlite, i64, sqlx::sqlite::SqliteArguments>,
        now: Millis,
    ) -> Result<Option<Seq>> {
        let ids: Vec<i64> = self.noted(which.fetch_all(&self.inner.readers).await.map_err(Into::into))?;
        if ids.is_empty() {
            return Ok(None);
        }
        let mut work: Work = self.work(Durability::Normal, now).await?;
        work.load_tickets(ids.iter().copied().map(TicketId)).await?;
        for id in ids {
            work.ticket(TicketId(id))?;
        }
        self.finish_noted(work).await.map(Some)
    }
}

/// So that a person's write does not wait long.
const JUDGED_AT_ONCE: usize = 100;

const TO_NOTIFY: &str = "SELECT e.id, e.ticket, e.reason, e.raised_at_ms, t.subject, t.snippet, t.requester_name \
    FROM escalation e INDEXED BY escalation_to_notify JOIN ticket t ON t.id = e.ticket \
    WHERE e.news = 1 AND e.notified_at_ms IS NULL AND e.acknowledged_at_ms IS NULL AND e.withdrawn_at_ms IS NULL \
    ORDER BY e.id LIMIT 100";
