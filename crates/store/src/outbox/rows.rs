//! The outbox's rows: how they are read and written, and how the journal hears of each change.

use model::{
    MessageId, Millis, OutboxId, Problem, SourceId, TicketId,
    outgoing::{OutboxEntry, OutboxState, Outgoing, OutgoingAttachment, OutgoingKind, Seen, SentCopy},
};
use serde::{Deserialize, Serialize};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use crate::{
    error::{Result, StoreError},
    journal::{ClaimRecord, OutgoingAct, Progress, Record},
    work::{
        Work,
        cell::{Json, record, upsert_rows},
    },
};

record! {
    OutboxRec in "outbox" {
        id: OutboxId,
        ticket: TicketId,
        ticket_key: Vec<u8>,
        source: SourceId,
        kind: OutgoingKind,
        message_id: String,
        state: OutboxState,
        seen_newest: Option<MessageId>,
        seen_mails: u32,
        who: String,
        queued_at_ms: Millis,
        hold_until_ms: Option<Millis>,
        attempts: u32,
        next_try_at_ms: Option<Millis>,
        postponed_at_ms: Option<Millis>,
        attempted_at_ms: Option<Millis>,
        problem: Option<Json<Problem>>,
        copy: SentCopy,
        copy_try_at_ms: Option<Millis>,
        copy_attempts: u32,
        sent_at_ms: Option<Millis>,
        message: Option<MessageId>,
        claim: Option<Json<ClaimRecord>>,
    }
}

pub(super) const BY_NAME: &str = "SELECT * FROM outbox WHERE source = ? AND message_id = ?";

/// The ticket of a mail whose ticket a rebuilt database does not have again yet.
pub(crate) const ASTRAY: TicketId = TicketId(0);

/// What a mail was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct MadeFrom {
    /// As in [`crate::journal::Kept::Whole`].
    pub text: String,
    pub attachments: Vec<OutgoingAttachment>,
}

impl OutboxRec {
    pub fn seen(&self) -> Seen {
        Seen { newest: self.seen_newest, mails: self.seen_mails }
    }

    pub fn see(&mut self, seen: Seen) {
        (self.seen_newest, self.seen_mails) = (seen.newest, seen.mails);
    }

    /// It is sent, its copy is filed, and it stands on its ticket.
    pub fn is_done(&self) -> bool {
        self.state == OutboxState::Sent && self.copy == SentCopy::Done && self.message.is_some()
    }

    pub fn progress(&self) -> Progress {
        Progress {
            state: self.state,
            seen: self.seen(),
            hold_until: self.hold_until_ms,
            attempts: self.attempts,
            next_try_at: self.next_try_at_ms,
            postponed_at: self.postponed_at_ms,
            attempted_at: self.attempted_at_ms,
            problem: self.problem.clone().map(|json| json.0),
            copy: self.copy,
            copy_try_at: self.copy_try_at_ms,
            copy_attempts: self.copy_attempts,
            sent_at: self.sent_at_ms,
        }
    }

    pub fn take_progress(&mut self, progress: Progress) {
        self.see(progress.seen);
        self.state = progress.state;
        self.hold_until_ms = progress.hold_until;
        self.attempts = progress.attempts;
        self.next_try_at_ms = progress.next_try_at;
        self.postponed_at_ms = progress.postponed_at;
        self.attempted_at_ms = progress.attempted_at;
        self.problem = progress.problem.map(Json);
        self.copy = progress.copy;
        self.copy_try_at_ms = progress.copy_try_at;
        self.copy_attempts = progress.copy_attempts;
        self.sent_at_ms = progress.sent_at;
    }

    pub fn stands(&self, at: Millis) -> Record {
        let act = OutgoingAct::Stands(Box::new(self.progress()));
        Record::Outgoing { source: self.source, message_id: self.message_id.clone(), at, act }
    }

    pub fn entry(self, outgoing: Outgoing) -> OutboxEntry {
        OutboxEntry {
            seen: self.seen(),
            id: self.id,
            ticket: self.ticket,
            source: self.source,
            state: self.state,
            outgoing,
            who: self.who,
            queued_at_ms: self.queued_at_ms,
            hold_until_ms: self.hold_until_ms,
            attempts: self.attempts,
            next_try_at_ms: self.next_try_at_ms,
            problem: self.problem.map(|json| json.0),
            copy: self.copy,
            sent_at_ms: self.sent_at_ms,
        }
    }
}

/// A row joined with its mail.
pub(super) fn read_entry(row: &SqliteRow) -> Result<OutboxEntry> {
    let outgoing = serde_json::from_str(row.try_get("outgoing")?)?;
    Ok(OutboxRec::read(row)?.entry(outgoing))
}

pub(super) const WITH_MAIL: &str =
    "SELECT o.*, m.outgoing FROM outbox o JOIN outbox_mail m ON m.outbox = o.id";

/// The mail, and what it was made from.
pub(crate) async fn content(
    connection: &mut SqliteConnection,
    id: OutboxId,
) -> Result<(Outgoing, Option<MadeFrom>)> {
    let sql = "SELECT outgoing, draft FROM outbox_mail WHERE outbox = ?";
    let row = sqlx::query(sql).bind(id.0).fetch_optional(connection).await?;
    let row = row.ok_or(StoreError::NotFound("outbox"))?;
    let draft: Option<&str> = row.try_get("draft")?;
    Ok((serde_json::from_str(row.try_get("outgoing")?)?, draft.map(serde_json::from_str).transpose()?))
}

/// The place of the next mail: never that of one that has left the outbox.
pub(super) async fn next_id(connection: &mut SqliteConnection) -> Result<OutboxId> {
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'";
    let last: Option<i64> = sqlx::query_scalar(sql).fetch_optional(connection).await?;
    Ok(OutboxId(last.unwrap_or(0) + 1))
}

impl Work {
    pub(crate) async fn outgoing(&mut self, id: OutboxId) -> Result<OutboxRec> {
        let row = sqlx::query("SELECT * FROM outbox WHERE id = ?").bind(id.0);
        let row = row.fetch_optional(self.connection()).await?.ok_or(StoreError::NotFound("outbox"))?;
        Ok(OutboxRec::read(&row)?)
    }

    pub(crate) async fn outgoing_named(
        &mut self,
        source: SourceId,
        message_id: &str,
    ) -> Result<Option<OutboxRec>> {
        let row =
            sqlx::query(BY_NAME).bind(source.0).bind(message_id).fetch_optional(self.connection()).await?;
        Ok(row.as_ref().map(OutboxRec::read).transpose()?)
    }

    /// Writes the row and tells the journal how far the mail has got.
    pub(crate) async fn keep_outgoing(&mut self, row: &OutboxRec) -> Result<()> {
        self.records.push(row.stands(self.now));
        self.save_outgoing(row).await
    }

    /// Writes the row alone: what changed of it follows from the mails that are here.
    pub(crate) async fn save_outgoing(&mut self, row: &OutboxRec) -> Result<()> {
        let bind = |row: &OutboxRec, to| row.bind(to);
        let (head, width, tail) = (OutboxRec::INSERT, OutboxRec::WIDTH, OutboxRec::OVER);
        upsert_rows(self.connection(), head, width, tail, std::slice::from_ref(row), bind).await?;
        self.touch_outgoing(row);
        Ok(())
    }

    pub(super) fn touch_outgoing(&mut self, row: &OutboxRec) {
        self.touched.outbox = true;
        if row.ticket != ASTRAY {
            self.touched.tickets.insert(row.ticket);
        }
    }

    pub(super) async fn insert_outgoing(
        &mut self,
        row: &OutboxRec,
        outgoing: &Outgoing,
        made_from: Option<&MadeFrom>,
    ) -> Result<()> {
        let sql = "INSERT INTO outbox_mail (outbox, outgoing, draft) VALUES (?, ?, ?)";
        sqlx::query(sql)
            .bind(row.id.0)
            .bind(serde_json::to_string(outgoing)?)
            .bind(made_from.map(serde_json::to_string).transpose()?)
            .execute(self.connection())
            .await?;
        self.save_outgoing(row).await
    }

    pub(super) async fn delete_outgoing(&mut self, row: &OutboxRec) -> Result<()> {
        for sql in ["DELETE FROM outbox_mail WHERE outbox = ?", "DELETE FROM outbox WHERE id = ?"] {
            sqlx::query(sql).bind(row.id.0).execute(self.connection()).await?;
        }
        self.touch_outgoing(row);
        Ok(())
    }

    /// A mail that is sent and lies in the folder of sent mail stands on its ticket: its texts are not needed twice.
    pub(crate) async fn empty_outgoing(&mut self, id: OutboxId) -> Result<()> {
        let (outgoing, _) = content(self.connection(), id).await?;
        let emptied = Outgoing { text: String::new(), html: None, attachments: Vec::new(), ..outgoing };
        let sql = "UPDATE outbox_mail SET outgoing = ?, draft = NULL WHERE outbox = ?";
        let update = sqlx::query(sql).bind(serde_json::to_string(&emptied)?).bind(id.0);
        update.execute(self.connection()).await?;
        Ok(())
    }
}
