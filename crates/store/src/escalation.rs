//! What needs somebody now: rows that stand until acknowledged or withdrawn, so that a restart tells again what nobody took.
//!
//! Whether it was told, seen, opened or put off is this desk's own comfort: it is kept in the database and not in the journal.

use std::collections::BTreeSet;

use model::{Millis, Seq, Status, TicketId, urgency::UrgentReason};
use sqlx::Row as _;

use crate::{
    Store,
    error::{Result, StoreError},
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

/// An escalation in the list of alerts.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertRow {
    pub id: i64,
    pub ticket: TicketId,
    pub requester_name: String,
    pub subject: String,
    pub reason: UrgentReason,
    pub raised_at: Millis,
    /// When somebody was told of it last.
    pub told_at: Option<Millis>,
    pub snoozed_until: Option<Millis>,
    /// Whether it still asks for somebody.
    pub standing: bool,
    /// Whether somebody came by its notification since they were told.
    pub opened: bool,
    /// Whether somebody looked at the list since they were told.
    pub seen: bool,
}

impl Store {
    /// Escalations whose cause was news, newest first.
    pub async fn alerts(&self, most: u32) -> Result<Vec<AlertRow>> {
        let rows = self.all(sqlx::query(ALERTS).bind(most)).await?;
        let at = |row: &sqlx::sqlite::SqliteRow, name: &str| -> sqlx::Result<Option<Millis>> {
            Ok(row.try_get::<Option<i64>, _>(name)?.map(Millis))
        };
        let read = |row: &sqlx::sqlite::SqliteRow| -> Result<AlertRow> {
            let dealt_with = [at(row, "acknowledged_at_ms")?, at(row, "withdrawn_at_ms")?];
            Ok(AlertRow {
                id: row.try_get("id")?,
                ticket: TicketId(row.try_get("ticket")?),
                requester_name: row.try_get("requester_name")?,
                subject: row.try_get("subject")?,
                reason: serde_json::from_str(row.try_get("reason")?)?,
                raised_at: Millis(row.try_get("raised_at_ms")?),
                told_at: at(row, "notified_at_ms")?,
                snoozed_until: at(row, "snoozed_until_ms")?,
                standing: dealt_with == [None, None],
                opened: at(row, "opened_at_ms")?.is_some(),
                seen: at(row, "seen_at_ms")?.is_some(),
            })
        };
        rows.iter().map(read).collect()
    }

    /// The list was looked at. What nobody has been told of counts as seen only with `untold`.
    pub async fn see_alerts(&self, untold: bool, now: Millis) -> Result<Seq> {
        self.mark(sqlx::query(SEE).bind(now.0).bind(untold), now).await.map(|(seq, _)| seq)
    }

    /// Somebody came by the notification of this ticket.
    pub async fn alert_opened(&self, ticket: TicketId, now: Millis) -> Result<Seq> {
        self.mark(sqlx::query(OPENED).bind(now.0).bind(ticket.0), now).await.map(|(seq, _)| seq)
    }

    /// Puts what asks on this ticket off, to be told anew at `until` if it still stands then.
    pub async fn snooze(&self, ticket: TicketId, until: Millis, now: Millis) -> Result<Seq> {
        let (seq, marked) = self.mark(sqlx::query(SNOOZE).bind(until.0).bind(ticket.0), now).await?;
        if marked { Ok(seq) } else { Err(StoreError::NotFound("alert")) }
    }

    /// What was put off until `now` is to be told anew. A clock that was set back puts nothing off for longer than a day.
    pub async fn wake_snoozed(&self, now: Millis) -> Result<()> {
        let due: Option<bool> = self.one(sqlx::query_scalar(SNOOZE_IS_OVER).bind(now.0)).await?;
        if due == Some(true) {
            self.mark(sqlx::query(WAKE).bind(now.0), now).await?;
        }
        Ok(())
    }

    /// Of these tickets, those that still ask for somebody and are not put off.
    pub async fn still_asking(&self, tickets: &BTreeSet<TicketId>) -> Result<BTreeSet<TicketId>> {
        let ids: Vec<i64> = tickets.iter().map(|ticket| ticket.0).collect();
        let query = sqlx::query_scalar(STILL_ASKING).bind(serde_json::to_string(&ids)?);
        let found: Vec<i64> = self.noted(query.fetch_all(&self.inner.readers).await.map_err(Into::into))?;
        Ok(found.into_iter().map(TicketId).collect())
    }

    /// Changes rows of escalations. Answers whether there were any.
    async fn mark(
        &self,
        update: sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
        now: Millis,
    ) -> Result<(Seq, bool)> {
        let mut work = self.work(Durability::Full, now).await?;
        let marked = update.execute(work.connection()).await?.rows_affected() > 0;
        work.touched.escalations |= marked;
        Ok((self.finish_noted(work).await?, marked))
    }

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
        let update = sqlx::query(TOLD).bind(now.0).bind(serde_json::to_string(escalations)?);
        self.mark(update, now).await.map(|(seq, _)| seq)
    }

    /// Raises tickets whose VIP has waited past their target. `None` when there are none.
    pub async fn raise_due(&self, now: Millis) -> Result<Option<Seq>> {
        let sql = "SELECT id FROM ticket WHERE urgent_due_at_ms IS NOT NULL AND urgent_due_at_ms <= ?";
        self.judge(sqlx::query_scalar(sql).bind(now.0), now).await
    }

    /// When [`Store::raise_due`] or [`Store::wake_snoozed`] has something to do next.
    pub async fn next_due(&self) -> Result<Option<Millis>> {
        let due: Option<Option<i64>> = self.one(sqlx::query_scalar(NEXT_DUE)).await?;
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
        AND e.snoozed_until_ms IS NULL \
    ORDER BY e.id LIMIT 100";
const TOLD: &str = "UPDATE escalation SET notified_at_ms = ? \
    WHERE id IN (SELECT value FROM json_each(?)) AND notified_at_ms IS NULL";
const NEXT_DUE: &str = "SELECT min(due) FROM ( \
    SELECT min(urgent_due_at_ms) AS due FROM ticket WHERE urgent_due_at_ms IS NOT NULL \
    UNION ALL SELECT min(snoozed_until_ms) FROM escalation WHERE snoozed_until_ms IS NOT NULL)";

const ALERTS: &str = "SELECT e.*, t.subject, t.requester_name \
    FROM escalation e INDEXED BY escalation_news JOIN ticket t ON t.id = e.ticket \
    WHERE e.news = 1 ORDER BY e.id DESC LIMIT ?";
/// Only what stands can be missed.
const SEE: &str = "UPDATE escalation INDEXED BY escalation_standing SET seen_at_ms = ?1 \
    WHERE acknowledged_at_ms IS NULL AND withdrawn_at_ms IS NULL \
        AND news = 1 AND seen_at_ms IS NULL AND (notified_at_ms IS NOT NULL OR ?2)";
const OPENED: &str = "UPDATE escalation INDEXED BY escalation_standing SET opened_at_ms = ? \
    WHERE ticket = ? AND acknowledged_at_ms IS NULL AND withdrawn_at_ms IS NULL";
/// What was history when it was raised is news by then.
const SNOOZE: &str = "UPDATE escalation INDEXED BY escalation_standing SET snoozed_until_ms = ?, news = 1 \
    WHERE ticket = ? AND acknowledged_at_ms IS NULL AND withdrawn_at_ms IS NULL";
const SNOOZE_IS_OVER: &str = "SELECT EXISTS (SELECT 1 FROM escalation INDEXED BY escalation_snoozed \
    WHERE snoozed_until_ms IS NOT NULL AND snoozed_until_ms NOT BETWEEN ?1 + 1 AND ?1 + 86400000)";
/// What was told before is told again, and may be missed again, whatever was looked at meanwhile.
const WAKE: &str = "UPDATE escalation INDEXED BY escalation_snoozed \
    SET snoozed_until_ms = NULL, opened_at_ms = NULL, seen_at_ms = NULL, notified_at_ms = \
        iif(acknowledged_at_ms IS NULL AND withdrawn_at_ms IS NULL, NULL, notified_at_ms) \
    WHERE snoozed_until_ms IS NOT NULL AND snoozed_until_ms NOT BETWEEN ?1 + 1 AND ?1 + 86400000";
const STILL_ASKING: &str = "SELECT e.ticket FROM json_each(?) j \
    CROSS JOIN escalation e INDEXED BY escalation_standing ON e.ticket = j.value \
    WHERE e.acknowledged_at_ms IS NULL AND e.withdrawn_at_ms IS NULL AND e.snoozed_until_ms IS NULL";

#[cfg(test)]
pub(crate) const ALL: &[(&str, &str)] = &[
    ("to be told", TO_NOTIFY),
    ("when something is due", NEXT_DUE),
    ("alerts", ALERTS),
    ("the list was seen", SEE),
    ("a notification was opened", OPENED),
    ("an alert is put off", SNOOZE),
    ("whether something was put off until now", SNOOZE_IS_OVER),
    ("what was put off is told again", WAKE),
    ("which still ask", STILL_ASKING),
];
