//! Writing a reply: recipients, subject and quote worked out, drafts kept, attachments taken in.
//!
//! A draft keeps what was typed, whatever it is; what of it may leave is decided when it is sent (`leaving`). Nothing here waits for the network.
//!
//! `beginning` what a new draft holds · `attaching` files on their way in · `leaving` from a draft to a mail · `quoting` the text below it.

mod attaching;
mod beginning;
mod leaving;
mod quoting;

pub(crate) use attaching::too_large;
pub(crate) use leaving::message_id;

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::{
    Address, BlobHash, Problem, ProblemCode, SourceId, TicketId,
    outgoing::{DraftText, LONGEST_REPLY, MOST_RECIPIENTS, ReplyKind},
};
use store::{ReplyDraft, SourceRow};

use crate::{
    Desk,
    dto::{AttachmentContent, Changed, Draft, Quoted},
    internal,
    reading::not_found,
};

/// Addresses a draft may hold: far more than may be sent to, so that a list pasted by mistake is kept to be cut down.
const MOST_KEPT: usize = 10 * MOST_RECIPIENTS;
/// Characters of a name, an address and a subject in a draft.
const LONGEST_NAME: usize = 200;
const LONGEST_ADDRESS: usize = 400;
const LONGEST_SUBJECT: usize = 998;
/// Characters of the quoted text that are shown below the editor.
const LONGEST_QUOTED: usize = 20_000;

impl Desk {
    pub async fn begin_reply(&self, ticket: TicketId, kind: ReplyKind) -> Result<Draft, Problem> {
        match self.reply_draft(ticket).await? {
            Some(draft) if draft.text.kind == kind => {}
            Some(draft) => self.turn_draft(ticket, draft, kind).await?,
            None => self.new_draft(ticket, kind).await?,
        }
        self.draft(ticket).await?.ok_or_else(not_found)
    }

    pub async fn keep_draft(&self, ticket: TicketId, text: DraftText) -> Result<Changed, Problem> {
        let text = bounded(text)?;
        let seq = self.store.keep_reply_draft(ticket, &text, self.now()).await.map_err(|e| e.problem())?;
        Ok(Changed { seq })
    }

    pub async fn discard_draft(&self, ticket: TicketId) -> Result<Changed, Problem> {
        let seq = self.store.discard_reply_draft(ticket, self.now()).await.map_err(|e| e.problem())?;
        Ok(Changed { seq })
    }

    pub async fn detach(&self, ticket: TicketId, hash: BlobHash) -> Result<Changed, Problem> {
        let seq = self.store.detach(ticket, &hash, self.now()).await.map_err(|e| e.problem())?;
        Ok(Changed { seq })
    }

    pub async fn draft_attachment(
        &self,
        ticket: TicketId,
        hash: BlobHash,
    ) -> Result<AttachmentContent, Problem> {
        let draft = self.reply_draft(ticket).await?.ok_or_else(not_found)?;
        let attachment = draft.attachments.into_iter().find(|one| one.hash == hash).ok_or_else(not_found)?;
        let limit = usize::try_from(attachment.size).unwrap_or(0);
        let missing = |_| Problem::new(ProblemCode::AttachmentMissing).with("name", &attachment.name);
        let bytes = self.store.blobs().read_all(&hash, limit).await.map_err(missing)?;
        let base64 = tokio::task::spawn_blocking(move || STANDARD.encode(bytes)).await.map_err(internal)?;
        Ok(AttachmentContent { media_type: attachment.media_type, base64 })
    }

    pub(crate) async fn reply_draft(&self, ticket: TicketId) -> Result<Option<ReplyDraft>, Problem> {
        self.store.reply_draft(ticket).await.map_err(|e| e.problem())
    }

    /// The draft of a ticket with what a window shows beside it.
    pub(crate) async fn draft(&self, ticket: TicketId) -> Result<Option<Draft>, Problem> {
        let Some(draft) = self.reply_draft(ticket).await? else { return Ok(None) };
        let from_choices = match self.source_of(ticket).await? {
            Some(source) => self.sender_choices(&source).await?,
            None => Vec::new(),
        };
        let mut known = self.store.people_on(ticket).await.map_err(|e| e.problem())?;
        known.extend(self.own_addresses().await?);
        let quoted = match draft.text.quote {
            Some(message) => self.store.message(message).await.map_err(|e| e.problem())?,
            None => None,
        };
        Ok(Some(Draft {
            ticket,
            text: draft.text,
            attachments: draft.attachments,
            from_choices,
            known: known.into_iter().collect(),
            quoted: quoted.map(|message| Quoted {
                from: message.from,
                at_ms: message.at_ms,
                text: model::text::bounded(&message.text, LONGEST_QUOTED),
            }),
            kept_at_ms: draft.kept_at,
        }))
    }

    /// The source a ticket came from, unless it was removed.
    pub(crate) async fn source_of(&self, ticket: TicketId) -> Result<Option<SourceRow>, Problem> {
        let found = self.store.ticket(ticket).await.map_err(|e| e.problem())?.ok_or_else(not_found)?;
        self.source_row(found.row.source).await
    }

    pub(crate) async fn source_row(&self, source: SourceId) -> Result<Option<SourceRow>, Problem> {
        self.store.source(source).await.map_err(|e| e.problem())
    }

    /// The addresses a source's mail can be sent as, signed with the agent's name. The mailbox's own is the first.
    pub(crate) async fn sender_choices(&self, source: &SourceRow) -> Result<Vec<Address>, Problem> {
        let name = self.settings().await?.agent_name;
        Ok(addresses_of(source).iter().map(|email| Address::new(&name, email)).collect())
    }
}

/// A source's own addresses, each once, its main one first.
pub(crate) fn addresses_of(source: &SourceRow) -> Vec<String> {
    let listed: Vec<String> =
        source.config.get("own").and_then(|own| serde_json::from_value(own.clone()).ok()).unwrap_or_default();
    let mut seen = BTreeSet::new();
    let all = [source.address.clone()].into_iter().chain(listed);
    all.filter(|email| !email.is_empty() && seen.insert(email.to_lowercase())).collect()
}

/// What was typed, within what a draft may hold. Half-typed addresses are kept as they are.
fn bounded(mut text: DraftText) -> Result<DraftText, Problem> {
    if text.html.len() > LONGEST_REPLY {
        return Err(too_long(text.html.len()));
    }
    let count = text.to.len() + text.cc.len() + text.bcc.len();
    if count > MOST_KEPT {
        return Err(too_many(count));
    }
    let all = text.to.iter_mut().chain(&mut text.cc).chain(&mut text.bcc).chain([&mut text.from]);
    for address in all {
        address.name = model::text::snippet(&address.name, LONGEST_NAME);
        address.email = model::text::snippet(&address.email, LONGEST_ADDRESS);
    }
    text.subject = model::text::snippet(&text.subject, LONGEST_SUBJECT);
    Ok(text)
}

fn too_long(bytes: usize) -> Problem {
    Problem::new(ProblemCode::TextTooLong).with("bytes", bytes).with("limit", LONGEST_REPLY)
}

fn too_many(count: usize) -> Problem {
    Problem::new(ProblemCode::TooManyRecipients).with("count", count).with("limit", MOST_RECIPIENTS)
}
