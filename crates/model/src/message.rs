//! What was said on a ticket, by whom, and what came with it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Address, AttachmentId, BlobHash, MessageId, Millis, Priority, Status, TicketId, ticket::words};

words! {
    Direction { Inbound = "inbound", Outbound = "outbound" }
}

words! {
    /// A mail, or the team's own words that are never sent.
    MessageKind { Mail = "mail", Note = "note" }
}

words! {
    CalendarMethod { Request = "request", Reply = "reply", Cancel = "cancel", Publish = "publish" }
}

/// Mail that no person wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Automatic {
    /// A delivery failed. `recipients` are the addresses that refused, `status` the enhanced code (`5.1.1`) if there was one.
    Bounce { recipients: Vec<String>, status: Option<String> },
    /// Out of office, or an acknowledgement by a machine.
    AutoReply,
    /// A mailing list or newsletter.
    Bulk,
}

/// What was wrong with a message as it came. It is shown with the message, never instead of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Defect {
    NoDate,
    NoSender,
    BrokenMime,
    BrokenCharset,
    /// The text was longer than is kept for display and search.
    TextCut,
    /// More parts or recipients than are kept.
    TooManyParts,
    TooManyRecipients,
    /// An attachment could not be fetched or kept whole.
    AttachmentMissing,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Attachment {
    pub id: AttachmentId,
    /// Safe to show and to save under: no path, no control, never empty.
    pub name: String,
    pub media_type: String,
    /// Bytes after decoding. A safe integer.
    #[ts(type = "number")]
    pub size: i64,
    /// `Content-ID` without brackets, when the HTML shows it inline.
    pub content_id: Option<String>,
    pub inline: bool,
    /// `None` when the content is not on this machine.
    pub hash: Option<BlobHash>,
}

/// A message as the conversation shows it, without its HTML, which only the isolated frame ever sees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Message {
    pub id: MessageId,
    pub ticket: TicketId,
    pub kind: MessageKind,
    pub direction: Direction,
    pub from: Address,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    pub at_ms: Millis,
    /// The whole plain text; [`crate::fold::fold`] says what is quoted.
    pub text: String,
    pub lang: String,
    pub has_html: bool,
    pub attachments: Vec<Attachment>,
    pub automatic: Option<Automatic>,
    pub calendar: Option<CalendarMethod>,
    pub defects: Vec<Defect>,
    /// Since when the source no longer has it.
    pub gone_at_ms: Option<Millis>,
}

/// A change of the ticket, shown as a line between messages: who did what, when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Event {
    pub at_ms: Millis,
    /// The agent's name; empty when the desk did it by itself.
    pub who: String,
    pub what: EventKind,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    Status { from: Status, to: Status },
    Priority { from: Priority, to: Priority },
    TagAdded { tag: String },
    TagRemoved { tag: String },
    Urgent { reason: crate::urgency::UrgentReason },
    Acknowledged,
}
