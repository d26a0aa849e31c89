//! The reply a ticket is being written: kept as one types, on disk and in the journal before the call returns.
//!
//! Promises: no crash, restore or joining of tickets loses text that somebody typed. Where two drafts meet on one ticket, both texts
//! are kept. Never: what becomes of a reply that was sent off; that is the outbox's.

pub(crate) mod chain;

use model::{
    BlobHash, Millis, Problem, ProblemCode, Seq, TicketId,
    outgoing::{DraftText, MOST_ATTACHED, OutgoingAttachment},
};
use sqlx::{Row as _, sqlite::SqliteRow};

use crate::{
    Store,
    error::{Result, StoreError},
    journal::{Act, Kept},
    outbox::rows::MadeFrom,
    work::{Durability, Work},
};
use chain::Since;

/// A reply being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyDraft {
    pub ticket: TicketId,
    pub text: DraftText,
    pub attachments: Vec<OutgoingAttachment>,
    pub kept_at: Millis,
}

/// A row of `reply_draft`, its text as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DraftRow {
    pub text: String,
    pub attachments: Vec<OutgoingAttachment>,
    pub kept_at: Millis,
    pub since: Since,
}

pub(crate) const ROW: &str =
    "SELECT text, attachments, kept_at_ms, edits, edit_bytes FROM reply_draft WHERE ticket = ?";

impl DraftRow {
    fn read(row: &SqliteRow) -> Result<DraftRow> {
        Ok(DraftRow {
            text: row.try_get("text")?,
            attachments: serde_json::from_str(row.try_get("attachments")?)?,
            kept_at: Millis(row.try_get("kept_at_ms")?),
            since: Since { edits: row.try_get("edits")?, bytes: row.try_get("edit_bytes")? },
        })
    }
}

impl Store {
    pub async fn reply_draft(&self, ticket: TicketId) -> Result<Option<ReplyDraft>> {
        let rows = self.all(sqlx::query(ROW).bind(ticket.0)).await?;
        let Some(row) = rows.first().map(DraftRow::read).transpose()? else { return Ok(None) };
        let text = chain::read(&row.text)?;
        Ok(Some(ReplyDraft { ticket, text, attachments: row.attachments, kept_at: row.kept_at }))
    }

    /// Keeps what is written so far; begins a draft where there is none. Its attachments stay.
    pub async fn keep_reply_draft(&self, ticket: TicketId, text: &DraftText, now: Millis) -> Result<Seq> {
        let text = chain::write(text)?;
        let mut work = self.work(Durability::Full, now).await?;
        self.noted(work.keep_reply(ticket, text).await)?;
        self.finish_noted(work).await
    }

    pub async fn discard_reply_draft(&self, ticket: TicketId, now: Millis) -> Result<Seq> {
        self.act(&[ticket], "", now, |_| Act::ReplyGone).await
    }

    /// Adds a file to the draft there is. The same file again changes nothing.
    pub async fn attach(&self, ticket: TicketId, file: OutgoingAttachment, now: Millis) -> Result<Seq> {
        let mut work = self.work(Durability::Full, now).await?;
        self.noted(work.attach(ticket, file).await)?;
        self.finish_noted(work).await
    }

    /// Takes a file out of the draft: the attached one of that content, else the image inside the text.
    pub async fn detach(&self, ticket: TicketId, hash: &BlobHash, now: Millis) -> Result<Seq> {
        self.act(&[ticket], "", now, |_| Act::Detach { hash: hash.clone() }).await
    }
}

impl Work {
    pub(crate) async fn draft_row(&mut self, ticket: TicketId) -> Result<Option<DraftRow>> {
        let row = sqlx::query(ROW).bind(ticket.0).fetch_optional(self.connection()).await?;
        row.as_ref().map(DraftRow::read).transpose()
    }

    async fn put_draft(&mut self, ticket: TicketId, row: &DraftRow) -> Result<()> {
        let sql = "INSERT INTO reply_draft (ticket, text, attachments, kept_at_ms, edits, edit_bytes) VALUES (?, ?, ?, ?, ?, ?) \
            ON CONFLICT (ticket) DO UPDATE SET text = excluded.text, attachments = excluded.attachments, \
            kept_at_ms = excluded.kept_at_ms, edits = excluded.edits, edit_bytes = excluded.edit_bytes";
        sqlx::query(sql)
            .bind(ticket.0)
            .bind(&row.text)
            .bind(serde_json::to_string(&row.attachments)?)
            .bind(row.kept_at.0)
            .bind(row.since.edits)
            .bind(row.since.bytes)
            .execute(self.connection())
            .await?;
        self.touched.tickets.insert(ticket);
        Ok(())
    }

    async fn keep_reply(&mut self, ticket: TicketId, text: String) -> Result<()> {
        self.load_tickets([ticket]).await?;
        let was = self.draft_row(ticket).await?;
        if was.as_ref().is_some_and(|was| was.text == text) {
            return Ok(());
        }
        let (kept, since) = chain::step(was.as_ref().map(|was| (was.text.as_str(), was.since)), &text);
        let attachments = was.map(|was| was.attachments).unwrap_or_default();
        self.note_for_journal(vec![(ticket, Act::Reply { kept })], "").await?;
        let row = DraftRow { text, attachments, kept_at: self.now, since };
        self.put_draft(ticket, &row).await
    }

    async fn attach(&mut self, ticket: TicketId, file: OutgoingAttachment) -> Result<()> {
        self.load_tickets([ticket]).await?;
        let row = self.draft_row(ticket).await?.ok_or(StoreError::NotFound("draft"))?;
        if row.attachments.contains(&file) {
            return Ok(());
        }
        let sizes = row.attachments.iter().chain([&file]).map(|file| u64::try_from(file.size).unwrap_or(0));
        let bytes: u64 = sizes.sum();
        if bytes > MOST_ATTACHED {
            let problem = Problem::new(ProblemCode::AttachmentTooLarge).with("name", &file.name);
            let problem = problem.with("bytes", bytes).with("limit", MOST_ATTACHED);
            return Err(StoreError::Refused(problem));
        }
        if self.attach_to_reply(ticket, &file).await? {
            self.note_for_journal(vec![(ticket, Act::Attach { file })], "").await?;
        }
        Ok(())
    }

    /// What the journal says was kept. An edit that does not fit what is here is passed over: the last good text stays.
    pub(crate) async fn take_reply(&mut self, ticket: TicketId, kept: &Kept, at: Millis) -> Result<bool> {
        let was = self.draft_row(ticket).await?;
        let Some(text) = chain::apply(was.as_ref().map(|was| was.text.as_str()), kept) else {
            tracing::warn!(
                "An edit in the journal does not fit the draft that is here; the draft stays as it is."
            );
            return Ok(false);
        };
        let attachments = was.map(|was| was.attachments).unwrap_or_default();
        let row = DraftRow { text, attachments, kept_at: at, since: Since::UNKNOWN };
        self.put_draft(ticket, &row).await?;
        Ok(true)
    }

    pub(crate) async fn attach_to_reply(
        &mut self,
        ticket: TicketId,
        file: &OutgoingAttachment,
    ) -> Result<bool> {
        let Some(mut row) = self.draft_row(ticket).await? else { return Ok(false) };
        if row.attachments.contains(file) {
            return Ok(false);
        }
        row.attachments.push(file.clone());
        self.put_draft(ticket, &row).await?;
        Ok(true)
    }

    pub(crate) async fn detach_from_reply(&mut self, ticket: TicketId, hash: &BlobHash) -> Result<bool> {
        let Some(mut row) = self.draft_row(ticket).await? else { return Ok(false) };
        let attached = row.attachments.iter().any(|file| file.hash == *hash && file.content_id.is_none());
        let before = row.attachments.len();
        row.attachments.retain(|file| file.hash != *hash || (attached && file.content_id.is_some()));
        if row.attachments.len() == before {
            return Ok(false);
        }
        self.put_draft(ticket, &row).await?;
        Ok(true)
    }

    pub(crate) async fn discard_reply(&mut self, ticket: TicketId) -> Result<bool> {
        let delete = sqlx::query("DELETE FROM reply_draft WHERE ticket = ?").bind(ticket.0);
        let there = delete.execute(self.connection()).await?.rows_affected() > 0;
        if there {
            self.touched.tickets.insert(ticket);
        }
        Ok(there)
    }

    /// Takes the draft away from its ticket, to be joined with another.
    pub(crate) async fn set_draft_aside(&mut self, ticket: TicketId) -> Result<Option<DraftRow>> {
        let row = self.draft_row(ticket).await?;
        self.discard_reply(ticket).await?;
        Ok(row)
    }

    /// A reply that was in the outbox is being written again.
    pub(crate) async fn write_again(&mut self, ticket: TicketId, made_from: MadeFrom) -> Result<()> {
        let MadeFrom { text, attachments } = made_from;
        let row = DraftRow { text, attachments, kept_at: self.now, since: Since::UNKNOWN };
        self.put_draft(ticket, &row).await
    }

    /// Two drafts have met on one ticket: both texts are kept, the newer one's recipients and subject, and all files.
    /// The journal hears of it, since neither of the drafts it knows is there any more.
    pub(crate) async fn join_drafts(&mut self, ticket: TicketId, other: DraftRow) -> Result<()> {
        let joined = match self.draft_row(ticket).await? {
            Some(here) => join(here, other)?,
            None => other,
        };
        let kept = Kept::Whole { text: joined.text.clone() };
        let files = joined.attachments.iter().map(|file| (ticket, Act::Attach { file: file.clone() }));
        let acts =
            [(ticket, Act::ReplyGone), (ticket, Act::Reply { kept })].into_iter().chain(files).collect();
        self.put_draft(ticket, &DraftRow { since: Since::default(), ..joined }).await?;
        self.note_for_journal(acts, "").await
    }
}

fn join(one: DraftRow, other: DraftRow) -> Result<DraftRow> {
    let (newer, older) = if one.kept_at >= other.kept_at { (one, other) } else { (other, one) };
    let (mut text, before) = (chain::read(&newer.text)?, chain::read(&older.text)?);
    if !text.html.contains(&before.html) {
        text.html = format!("{}<hr>{}", text.html, before.html);
    }
    let mut attachments = newer.attachments;
    for file in older.attachments {
        if !attachments.contains(&file) {
            attachments.push(file);
        }
    }
    Ok(DraftRow { text: chain::write(&text)?, attachments, ..newer })
}
