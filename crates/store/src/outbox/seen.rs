//! What somebody needs to have seen of a ticket before they answer it.

use model::{MessageId, TicketId, outgoing::Seen};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use crate::{Store, error::Result};

/// Mails on the ticket `t`, without automatic ones and without those this desk sent. Taken from the count that is kept with the
/// ticket, so that a long conversation is not walked through.
pub(super) const MAILS: &str = "t.messages \
    - (SELECT count(*) FROM message a WHERE a.ticket = t.id AND a.automatic IS NOT NULL) \
    - (SELECT count(*) FROM outbox b WHERE b.ticket = t.id AND b.message IS NOT NULL AND b.kind = 'reply')";

/// The newest of them: walks back from the ticket's end over what does not count.
pub(super) const NEWEST: &str = "(SELECT n.id FROM message n WHERE n.ticket = t.id AND n.kind = 'mail' AND n.automatic IS NULL \
    AND NOT EXISTS (SELECT 1 FROM outbox b WHERE b.ticket = n.ticket AND b.message = n.id) ORDER BY n.id DESC LIMIT 1)";

pub(super) fn sql() -> String {
    format!("SELECT {MAILS} AS mails, {NEWEST} AS newest FROM ticket t WHERE t.id = ?")
}

pub(super) fn read(row: &SqliteRow) -> sqlx::Result<Seen> {
    let mails: Option<i64> = row.try_get("mails")?;
    let newest: Option<i64> = row.try_get("newest")?;
    Ok(Seen {
        newest: newest.map(MessageId),
        mails: u32::try_from(mails.unwrap_or(0).max(0)).unwrap_or(u32::MAX),
    })
}

/// How many mails have come since: at least one when the newest is another.
pub(super) fn news(seen: Seen, now: Seen) -> u32 {
    now.mails.saturating_sub(seen.mails).max(u32::from(now.newest != seen.newest))
}

pub(super) async fn now(connection: &mut SqliteConnection, ticket: TicketId) -> Result<Seen> {
    let row = sqlx::query(sqlx::AssertSqlSafe(sql())).bind(ticket.0).fetch_optional(connection).await?;
    Ok(row.as_ref().map(read).transpose()?.unwrap_or_default())
}

impl Store {
    /// The newest mail of a ticket and how many there are, without automatic ones, notes, and what this desk sent through its outbox.
    pub async fn seen(&self, ticket: TicketId) -> Result<Seen> {
        let rows = self.all(sqlx::query(sqlx::AssertSqlSafe(sql())).bind(ticket.0)).await?;
        Ok(rows.first().map(read).transpose()?.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_newest_mail_is_news_even_when_there_are_no_more_than_before() {
        let seen = Seen { newest: Some(MessageId(5)), mails: 3 };
        assert_eq!(news(seen, seen), 0);
        assert_eq!(news(seen, Seen { newest: Some(MessageId(7)), mails: 5 }), 2);
        assert_eq!(news(seen, Seen { newest: Some(MessageId(7)), mails: 3 }), 1);
    }
}
