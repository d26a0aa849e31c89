//! What a new draft holds, and what changes in one that becomes another kind of reply.

use model::{
    Attachment, MessageId, Problem, ProblemCode, TicketId,
    outgoing::{DraftText, OutgoingAttachment, ReplyKind},
    replying::{self, Envelope},
};
use store::ReplyDraft;

use super::quoting::lines;
use crate::{Desk, reading::not_found};

/// Mails of a ticket that are looked at for whom to answer.
const LOOKED_AT: u32 = 50;

impl Desk {
    pub(super) async fn new_draft(&self, ticket: TicketId, kind: ReplyKind) -> Result<(), Problem> {
        let mut text = self.outside(ticket, kind).await?;
        text.html = signed(&self.settings().await?.signature);
        self.put_draft(ticket, &text).await?;
        self.bring_forwarded(ticket, &text).await
    }

    /// Recipients, subject and quote anew; what was written stays, and what was attached by hand.
    pub(super) async fn turn_draft(
        &self,
        ticket: TicketId,
        draft: ReplyDraft,
        kind: ReplyKind,
    ) -> Result<(), Problem> {
        let mut text = self.outside(ticket, kind).await?;
        text.html = draft.text.html;
        text.from = draft.text.from;
        if draft.text.kind == ReplyKind::Forward {
            self.take_out_forwarded(ticket, draft.text.quote, &draft.attachments).await?;
        } else if kind != ReplyKind::Forward {
            // Whoever took the quote out wants none.
            text.quote = text.quote.filter(|_| draft.text.quote.is_some());
        }
        self.put_draft(ticket, &text).await?;
        self.bring_forwarded(ticket, &text).await
    }

    async fn put_draft(&self, ticket: TicketId, text: &DraftText) -> Result<(), Problem> {
        self.store.keep_reply_draft(ticket, text, self.now()).await.map(drop).map_err(|e| e.problem())
    }

    /// A reply without its text.
    async fn outside(&self, ticket: TicketId, kind: ReplyKind) -> Result<DraftText, Problem> {
        let found = self.store.ticket(ticket).await.map_err(|e| e.problem())?.ok_or_else(not_found)?;
        let source = self.source_row(found.row.source).await?.ok_or_else(not_found)?;
        let mails = self.store.envelopes(ticket, LOOKED_AT).await.map_err(|e| e.problem())?;
        let own = self.own_addresses().await?;
        let recipients = replying::recipients(kind, &mails, &own);
        let answered = replying::answered(&mails);
        let subject = answered.map_or(found.row.subject.as_str(), |mail| mail.subject.as_str());
        Ok(DraftText {
            kind,
            from: replying::sender(&mails, &self.sender_choices(&source).await?),
            to: recipients.to,
            cc: recipients.cc,
            bcc: Vec::new(),
            subject: replying::subject(kind, subject, &found.row.token),
            html: String::new(),
            quote: answered.map(|mail: &Envelope| mail.id),
        })
    }

    /// Puts the files of the mail that is forwarded into the draft. Pictures inside its text are no files: they go along with that text.
    async fn bring_forwarded(&self, ticket: TicketId, text: &DraftText) -> Result<(), Problem> {
        if text.kind != ReplyKind::Forward {
            return Ok(());
        }
        let files = self.attachments_of(text.quote).await?;
        for attachment in files.into_iter().filter(|one| !is_picture_of_text(one)) {
            let brought = match outgoing(&attachment) {
                Some(outgoing) => {
                    self.store.attach(ticket, outgoing, self.now()).await.map(drop).map_err(|e| e.problem())
                }
                None => Err(Problem::new(ProblemCode::AttachmentMissing).with("name", &attachment.name)),
            };
            match brought {
                // One that can't go along is told of; the others do, and so does the text.
                Err(problem) if is_about_it(problem.code) => self.notice(problem),
                brought => brought?,
            }
        }
        Ok(())
    }

    async fn take_out_forwarded(
        &self,
        ticket: TicketId,
        forwarded: Option<MessageId>,
        attached: &[OutgoingAttachment],
    ) -> Result<(), Problem> {
        let brought = self.attachments_of(forwarded).await?;
        for one in attached {
            if brought.iter().any(|attachment| attachment.hash.as_ref() == Some(&one.hash)) {
                self.store.detach(ticket, &one.hash, self.now()).await.map_err(|e| e.problem())?;
            }
        }
        Ok(())
    }

    pub(super) async fn attachments_of(
        &self,
        message: Option<MessageId>,
    ) -> Result<Vec<Attachment>, Problem> {
        let Some(message) = message else { return Ok(Vec::new()) };
        let found = self.store.message(message).await.map_err(|e| e.problem())?;
        Ok(found.map(|message| message.attachments).unwrap_or_default())
    }
}

fn is_about_it(code: ProblemCode) -> bool {
    matches!(code, ProblemCode::AttachmentMissing | ProblemCode::AttachmentTooLarge)
}

/// Whether the mail's own text shows it.
pub(super) fn is_picture_of_text(attachment: &Attachment) -> bool {
    attachment.inline && attachment.content_id.is_some()
}

/// Its content is here already. `None` when it is not.
pub(super) fn outgoing(attachment: &Attachment) -> Option<OutgoingAttachment> {
    Some(OutgoingAttachment {
        name: attachment.name.clone(),
        media_type: attachment.media_type.clone(),
        size: attachment.size,
        content_id: attachment.content_id.clone().filter(|_| attachment.inline),
        hash: attachment.hash.clone()?,
    })
}

/// The signature below an empty line, as the editor shows it.
pub(super) fn signed(signature: &str) -> String {
    match signature.trim() {
        "" => String::new(),
        signature => format!("<p></p><p>-- <br>{}</p>", lines(signature)),
    }
}
