//! The outbox out of the journal. Its rows are there again at once, without waiting for their tickets: what was on its way must be seen.
//! Until a mail of its ticket comes, a row hangs on no ticket and nothing of it is sent.

use model::{
    Millis, OutboxId, ProblemCode, SourceId, TicketId, outgoing::OutboxState, outgoing::OutgoingKind,
};

use super::rows::{self, ASTRAY, MadeFrom, OutboxRec};
use crate::{
    error::Result,
    journal::{Act, Kept, OutgoingAct, Progress, QueuedRecord, hex, unhex},
    restore::Waiting,
    work::{Work, cell::Json},
};

pub(super) const KNOWN_AS: &str = "SELECT id FROM ticket WHERE journal_key IS NOT NULL AND journal_key = ?";
pub(super) const BIND: &str = "UPDATE outbox SET ticket = ? WHERE ticket = 0 AND ticket_key = ?";

/// Takes in what happened to a mail. What hangs on its ticket waits with the ticket's other acts.
pub(crate) async fn take_in(
    work: &mut Work,
    waiting: &mut Waiting,
    name: (SourceId, &str),
    at: Millis,
    act: OutgoingAct,
) -> Result<()> {
    let row = work.outgoing_named(name.0, name.1).await?;
    match (act, row) {
        (OutgoingAct::Queued(queued), None) => queue(work, waiting, name, at, *queued).await,
        (OutgoingAct::Stands(progress), Some(row)) => stand(work, row, *progress).await,
        (OutgoingAct::TakenBack, Some(row)) => take_back(work, waiting, row, at).await,
        (OutgoingAct::Dropped, Some(row)) => work.delete_outgoing(&row).await,
        // Known already; or its beginning is lost, and with it the mail.
        _ => Ok(()),
    }
}

async fn queue(
    work: &mut Work,
    waiting: &mut Waiting,
    (source, message_id): (SourceId, &str),
    at: Millis,
    queued: QueuedRecord,
) -> Result<()> {
    let QueuedRecord { id, key, anchors, who, outgoing, draft, attachments, claim, progress } = queued;
    waiting.hang(&key, anchors);
    if outgoing.kind == OutgoingKind::Reply {
        waiting.remember_act(&key, at, Act::ReplyGone);
    } else if let Some(to) = outgoing.to.first() {
        work.note_acknowledged(source, &to.key(), at).await?;
    }
    let ticket_key = unhex(&key).unwrap_or_default();
    let mut row = OutboxRec {
        id: free_id(work, id).await?,
        ticket: ticket_known_as(work, &ticket_key).await?,
        ticket_key,
        source,
        kind: outgoing.kind,
        message_id: message_id.to_owned(),
        state: progress.state,
        seen_newest: None,
        seen_mails: 0,
        who,
        queued_at_ms: at,
        hold_until_ms: None,
        attempts: 0,
        next_try_at_ms: None,
        postponed_at_ms: None,
        attempted_at_ms: None,
        problem: None,
        copy: progress.copy,
        copy_try_at_ms: None,
        copy_attempts: 0,
        sent_at_ms: None,
        message: None,
        claim: claim.map(Json),
    };
    row.take_progress(progress);
    let made_from = draft.map(|text| MadeFrom { text, attachments });
    work.insert_outgoing(&row, &outgoing, made_from.as_ref()).await
}

/// The place it had, unless another has it now.
async fn free_id(work: &mut Work, id: OutboxId) -> Result<OutboxId> {
    let taken: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM outbox WHERE id = ?)")
        .bind(id.0)
        .fetch_one(work.connection())
        .await?;
    if taken { rows::next_id(work.connection()).await } else { Ok(id) }
}

async fn ticket_known_as(work: &mut Work, key: &[u8]) -> Result<TicketId> {
    let id: Option<i64> = sqlx::query_scalar(KNOWN_AS).bind(key).fetch_optional(work.connection()).await?;
    Ok(id.map_or(ASTRAY, TicketId))
}

/// The texts of one that is sent stay until it stands on its ticket again: its source may not have it.
async fn stand(work: &mut Work, mut row: OutboxRec, progress: Progress) -> Result<()> {
    row.take_progress(progress);
    work.save_outgoing(&row).await?;
    if row.is_done() {
        work.empty_outgoing(row.id).await?;
    }
    Ok(())
}

async fn take_back(work: &mut Work, waiting: &mut Waiting, row: OutboxRec, at: Millis) -> Result<()> {
    let (outgoing, made_from) = rows::content(work.connection(), row.id).await?;
    let MadeFrom { text, attachments } = made_from.map_or_else(|| super::made_anew(&outgoing), Ok)?;
    let key = hex(&row.ticket_key);
    waiting.hang(&key, Vec::new());
    waiting.remember_act(&key, at, Act::ReplyGone);
    waiting.remember_act(&key, at, Act::Reply { kept: Kept::Whole { text } });
    for file in attachments {
        waiting.remember_act(&key, at, Act::Attach { file });
    }
    work.delete_outgoing(&row).await
}

/// Part of the journal could not be read, perhaps that a mail had been handed over: none is sent by itself that might have left.
pub(crate) async fn distrust(work: &mut Work) -> Result<()> {
    for mut row in work.unsent().await? {
        let by_itself =
            [OutboxState::Held, OutboxState::Waiting, OutboxState::Sending, OutboxState::HandingOver];
        if by_itself.contains(&row.state) {
            row.state = OutboxState::Unknown;
            row.stand(work.about(&row, ProblemCode::OutcomeUnknown));
            work.keep_outgoing(&row).await?;
        }
    }
    Ok(())
}

impl Work {
    /// A mail of the ticket has come: what was on its way from there belongs to it.
    pub(crate) async fn bind_outgoing(&mut self, key: &[u8], ticket: TicketId) -> Result<()> {
        let bound = sqlx::query(BIND).bind(ticket.0).bind(key).execute(self.connection()).await?;
        if bound.rows_affected() > 0 {
            self.touched.outbox = true;
            self.touched.tickets.insert(ticket);
        }
        Ok(())
    }
}
