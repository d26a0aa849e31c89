//! A message that came without something (an attachment that could not be had, or all but its header) and is reported again with all of it.

use super::{Intake, lookup::Known, prepare::Prepared};
use crate::{error::Result, index};

impl Intake {
    /// Puts the whole message in the place of what was kept of it. Its key, its ticket and what a person did with it stay.
    pub(super) async fn complete(&mut self, known: &Known, mail: &Prepared<'_>) -> Result<()> {
        for sql in KEPT_SO_FAR {
            sqlx::query(*sql).bind(known.id.0).execute(self.work.connection()).await?;
        }
        index::remove(self.work.connection(), known.id).await?;
        self.pending.add_content(known.ticket, known.id, mail);
        let incoming = mail.incoming;
        let sql = "UPDATE message SET defects = ?, attachments = ?, has_html = ? WHERE id = ?";
        sqlx::query(sql)
            .bind(serde_json::to_string(&incoming.defects)?)
            .bind(u32::try_from(incoming.attachments.len()).unwrap_or(u32::MAX))
            .bind(incoming.body.html.is_some())
            .bind(known.id.0)
            .execute(self.work.connection())
            .await?;
        if let Some(found) = self.lookup.known.get_mut(&mail.identity) {
            found.incomplete = false;
        }
        let ticket = self.work.ticket(known.ticket)?;
        ticket.has_attachment |= mail.has_attachment;
        if ticket.last_message == Some(known.id) {
            ticket.snippet.clone_from(&mail.snippet);
        }
        self.work.touched.tickets.insert(known.ticket);
        self.work.reworded.insert(known.ticket);
        self.recount.insert(known.ticket);
        Ok(())
    }
}

const KEPT_SO_FAR: &[&str] =
    &["DELETE FROM attachment WHERE message = ?", "DELETE FROM body WHERE message = ?"];
