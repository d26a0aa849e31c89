//! Where messages lie in a mailbox, their flags there, and when the last place of a message is gone.

use model::{
    Direction, MessageId, TicketId,
    incoming::{Change, Flags, Place},
};
use sqlx::Row as _;

use super::{Intake, join::answered_by, lookup::Known, prepare::Digest, rows::PlaceRow};
use crate::error::Result;

impl Intake {
    /// Everything of the part that is not a message, in the order it was reported.
    pub(super) async fn apply_places(&mut self, changes: &[&Change]) -> Result<()> {
        for change in changes {
            match change {
                // A place of another validity means nothing any more by itself; the sweep finds what is gone.
                Change::Message(_) | Change::Renumbered { .. } => {}
                Change::Flags { place, flags } => self.flags_at(place, *flags).await?,
                Change::Gone { place } => self.gone_from(place).await?,
                Change::Swept { folder, uid_validity } => self.swept(folder, *uid_validity).await?,
            }
        }
        Ok(())
    }

    async fn folder(&mut self, name: &str) -> Result<i64> {
        if let Some(id) = self.folders.get(name) {
            return Ok(*id);
        }
        let sql = "INSERT INTO folder (source, name) VALUES (?, ?) \
            ON CONFLICT (source, name) DO UPDATE SET name = excluded.name RETURNING id";
        let source = self.source.0;
        let id: i64 =
            sqlx::query_scalar(sql).bind(source).bind(name).fetch_one(self.work.connection()).await?;
        self.folders.insert(name.to_owned(), id);
        Ok(id)
    }

    /// Written with the page's messages.
    pub(super) async fn put_at(&mut self, place: &Place, message: MessageId) -> Result<()> {
        let folder = self.folder(&place.folder).await?;
        let (uid_validity, uid) = (place.uid_validity, place.uid);
        self.pending.places.push(PlaceRow { folder, uid_validity, uid, message });
        Ok(())
    }

    async fn flags_at(&mut self, place: &Place, flags: Flags) -> Result<()> {
        let folder = self.folder(&place.folder).await?;
        let sql = "SELECT m.identity, m.id, m.ticket, m.seen, m.answered, m.unread, m.gone_at_ms, m.direction, m.automatic, m.defects \
            FROM place p JOIN message m ON m.id = p.message WHERE p.folder = ? AND p.uid_validity = ? AND p.uid = ?";
        let found = sqlx::query(sql).bind(folder).bind(place.uid_validity).bind(place.uid);
        let Some(row) = found.fetch_optional(self.work.connection()).await? else { return Ok(()) };
        let identity: Vec<u8> = row.try_get("identity")?;
        let known = Known::read(&row)?;
        let Ok(identity) = Digest::try_from(identity) else { return Ok(()) };
        self.see_again(identity, known, flags).await
    }

    /// A message that is here already was reported again. Its flags count when they changed at the source: what was read
    /// only here stays read.
    pub(super) async fn see_again(&mut self, identity: Digest, known: Known, flags: Flags) -> Result<()> {
        let same = known.seen == flags.seen && known.answered == flags.answered && !known.gone;
        if same {
            return Ok(());
        }
        let inbound = known.direction == Direction::Inbound;
        let unread = if known.seen == flags.seen { known.unread } else { inbound && !flags.seen };
        self.count_unread(known.ticket, known.unread, unread).await?;
        if flags.answered && !known.answered && inbound && known.takes_turn {
            self.work.load_tickets([known.ticket]).await?;
            if answered_by(self.work.ticket(known.ticket)?, known.id) {
                self.recount.insert(known.ticket);
            }
        }
        if !self.pending.see_again(known.id, flags, unread) {
            let sql = "UPDATE message SET seen = ?, answered = ?, unread = ?, gone_at_ms = NULL WHERE id = ?";
            let update = sqlx::query(sql).bind(flags.seen).bind(flags.answered).bind(unread).bind(known.id.0);
            update.execute(self.work.connection()).await?;
        }
        self.work.touched.tickets.insert(known.ticket);
        let again = Known { seen: flags.seen, answered: flags.answered, unread, gone: false, ..known };
        self.lookup.known.insert(identity, again);
        Ok(())
    }

    async fn count_unread(&mut self, ticket: TicketId, before: bool, after: bool) -> Result<()> {
        if before == after {
            return Ok(());
        }
        self.work.load_tickets([ticket]).await?;
        let row = self.work.ticket(ticket)?;
        row.unread = if after { row.unread + 1 } else { row.unread.saturating_sub(1) };
        Ok(())
    }

    async fn gone_from(&mut self, place: &Place) -> Result<()> {
        let folder = self.folder(&place.folder).await?;
        let sql = "DELETE FROM place WHERE folder = ? AND uid_validity = ? AND uid = ? RETURNING message";
        let gone: Vec<i64> = sqlx::query_scalar(sql)
            .bind(folder)
            .bind(place.uid_validity)
            .bind(place.uid)
            .fetch_all(self.work.connection())
            .await?;
        self.mark_gone(&gone).await
    }

    async fn swept(&mut self, folder: &str, uid_validity: u32) -> Result<()> {
        let folder = self.folder(folder).await?;
        let sql = "DELETE FROM place WHERE folder = ? AND uid_validity <> ? RETURNING message";
        let gone: Vec<i64> =
            sqlx::query_scalar(sql).bind(folder).bind(uid_validity).fetch_all(self.work.connection()).await?;
        self.mark_gone(&gone).await
    }

    /// Of these messages, those that lie nowhere any more are gone from the source. They stay here.
    async fn mark_gone(&mut self, messages: &[i64]) -> Result<()> {
        if messages.is_empty() {
            return Ok(());
        }
        let sql = "UPDATE message SET gone_at_ms = ? WHERE id IN (SELECT value FROM json_each(?)) AND gone_at_ms IS NULL \
            AND NOT EXISTS (SELECT 1 FROM place WHERE place.message = message.id) RETURNING ticket";
        let now = self.work.now.0;
        let tickets: Vec<i64> = sqlx::query_scalar(sql)
            .bind(now)
            .bind(serde_json::to_string(messages)?)
            .fetch_all(self.work.connection())
            .await?;
        self.work.touched.tickets.extend(tickets.into_iter().map(TicketId));
        Ok(())
    }
}
