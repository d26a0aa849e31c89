//! Writing a reply: recipients, subject and quote worked out, drafts kept, attachments taken in.

use model::{
    BlobHash, Problem, ProblemCode, TicketId,
    outgoing::{DraftText, ReplyKind},
};

use crate::{
    Desk,
    dto::{AttachmentContent, Changed, Draft},
};

fn not_yet<T>() -> Result<T, Problem> {
    Err(Problem::new(ProblemCode::Internal))
}

impl Desk {
    pub async fn begin_reply(&self, _ticket: TicketId, _kind: ReplyKind) -> Result<Draft, Problem> {
        not_yet()
    }

    pub async fn keep_draft(&self, _ticket: TicketId, _text: DraftText) -> Result<Changed, Problem> {
        not_yet()
    }

    pub async fn discard_draft(&self, _ticket: TicketId) -> Result<Changed, Problem> {
        not_yet()
    }

    pub async fn detach(&self, _ticket: TicketId, _hash: BlobHash) -> Result<Changed, Problem> {
        not_yet()
    }

    pub async fn draft_attachment(
        &self,
        _ticket: TicketId,
        _hash: BlobHash,
    ) -> Result<AttachmentContent, Problem> {
        not_yet()
    }
}
