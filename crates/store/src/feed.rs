//! What a change touched: logged with the change in its transaction, broadcast only after the commit.

use std::collections::BTreeSet;

use model::{CustomerId, Millis, Seq, TicketId};
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;

use crate::error::Result;

/// What goes stale with a change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Touched {
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub tickets: BTreeSet<TicketId>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub customers: BTreeSet<CustomerId>,
    /// Which views there are, or their counts.
    pub views: bool,
    /// What any list of tickets shows.
    pub lists: bool,
    pub tags: bool,
    pub sources: bool,
    pub settings: bool,
    pub escalations: bool,
    /// Mails on their way out: which there are, or how far they have got.
    pub outbox: bool,
}

impl Touched {
    pub fn merge(&mut self, other: Touched) {
        self.tickets.extend(other.tickets);
        self.customers.extend(other.customers);
        self.views |= other.views;
        self.lists |= other.lists;
        self.tags |= other.tags;
        self.sources |= other.sources;
        self.settings |= other.settings;
        self.escalations |= other.escalations;
        self.outbox |= other.outbox;
    }

    pub fn is_empty(&self) -> bool {
        *self == Touched::default()
    }
}

/// A change that is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    pub seq: Seq,
    pub touched: Touched,
    /// One of very many that follow one another while a source's history is read: nobody waits to see it.
    pub history: bool,
}

/// How many changes the log keeps: as many as a listener may lag behind. Whoever lags further is told so and asks for everything anew,
/// as does whoever comes new; so nothing older can be of use to anybody.
pub(crate) const KEPT: usize = crate::FEED;
/// How often it is cut back to that.
const PRUNED_EVERY: i64 = 64;

pub(crate) async fn log(connection: &mut SqliteConnection, touched: &Touched, now: Millis) -> Result<Seq> {
    let seq = sqlx::query("INSERT INTO change_log (touched, at_ms) VALUES (?, ?)")
        .bind(serde_json::to_string(touched)?)
        .bind(now.0)
        .execute(&mut *connection)
        .await?
        .last_insert_rowid();
    if seq % PRUNED_EVERY == 0 {
        let kept = i64::try_from(KEPT).unwrap_or(i64::MAX);
        sqlx::query("DELETE FROM change_log WHERE seq <= ?").bind(seq - kept).execute(connection).await?;
    }
    Ok(Seq(seq))
}

/// `None` when changes after `seq` are not in the log any more.
pub(crate) async fn since(connection: &mut SqliteConnection, seq: Seq) -> Result<Option<Touched>> {
    let oldest: Option<i64> =
        sqlx::query_scalar("SELECT min(seq) FROM change_log").fetch_one(&mut *connection).await?;
    if oldest.is_none_or(|oldest| oldest > seq.0 + 1) && latest(connection).await? > seq {
        return Ok(None);
    }
    let rows: Vec<String> = sqlx::query_scalar("SELECT touched FROM change_log WHERE seq > ? ORDER BY seq")
        .bind(seq.0)
        .fetch_all(connection)
        .await?;
    let mut all = Touched::default();
    for row in rows {
        all.merge(serde_json::from_str(&row)?);
    }
    Ok(Some(all))
}

pub(crate) async fn latest(connection: &mut SqliteConnection) -> Result<Seq> {
    let seq: Option<i64> = sqlx::query_scalar("SELECT seq FROM sqlite_sequence WHERE name = 'change_log'")
        .fetch_optional(connection)
        .await?;
    Ok(Seq(seq.unwrap_or(0)))
}
