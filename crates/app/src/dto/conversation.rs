//! An opened ticket: its messages, what is being written on it, and what is on its way out.

use model::{
    Address, Event, Message, Millis, OutboxId, Problem, Ticket, TicketId,
    fold::Segment,
    outgoing::{DraftText, OutboxEntry, OutgoingAttachment, Seen},
};

super::shapes! {
    pub struct Conversation {
        pub ticket: Ticket,
        /// Oldest first; the newest fifty.
        pub messages: Vec<ShownMessage>,
        pub events: Vec<Event>,
        /// How many messages come before these.
        pub earlier: u32,
        pub note_draft: String,
        /// What of it has been read with this answer; goes back with [`Calls::send`], so that nobody answers past what another wrote.
        pub seen: Seen,
        /// Replies on their way out, in their order, and those of which the outcome is not known.
        pub outbox: Vec<OutboxItem>,
        /// A reply that was begun.
        pub draft: Option<Draft>,
        /// Why no reply can leave from here, if so: `sending_not_set_up`, or `not_found` for an archive, which has no way out.
        pub cannot_reply: Option<Problem>,
    }

    pub struct EarlierMessages {
        pub messages: Vec<ShownMessage>,
        pub earlier: u32,
    }

    /// A message with its text cut into new, quoted and signature; `message.text` is empty here, the segments hold it.
    pub struct ShownMessage {
        pub message: Message,
        pub segments: Vec<Segment>,
        /// Whether the segments are only the beginning of a very long text: [`Calls::whole_text`] has all of it.
        pub cut: bool,
        /// Whether the HTML says more than the text and should be shown in the frame.
        pub show_html: bool,
        /// Remote images in the HTML that are not shown.
        pub blocked_images: u32,
        pub images_trusted: bool,
    }

    pub struct Letter {
        /// To be put behind the platform's base: `mail://localhost/` or `/letter/`.
        pub path: String,
    }

    pub struct SavedFile {
        pub path: String,
    }

    /// A reply being written.
    pub struct Draft {
        pub ticket: TicketId,
        pub text: DraftText,
        pub attachments: Vec<OutgoingAttachment>,
        /// The addresses this mailbox may send as; the first is its own.
        pub from_choices: Vec<Address>,
        /// The keys (lower case) of all who have been on this ticket: anybody else is somebody new and is warned of.
        pub known: Vec<String>,
        /// The text that would be quoted, when `text.quote` is set; for a look, not for editing.
        pub quoted: Option<Quoted>,
        pub kept_at_ms: Millis,
    }

    pub struct Quoted {
        pub from: Address,
        pub at_ms: Millis,
        pub text: String,
    }

    pub struct Queued {
        pub outbox: OutboxId,
        pub hold_until_ms: Millis,
    }

    /// A mail in the outbox with what a list shows of its ticket.
    pub struct OutboxItem {
        pub entry: OutboxEntry,
        pub ticket_subject: String,
        pub requester_name: String,
        pub source_name: String,
        /// In review: how many mails have come since the agent last saw the ticket.
        pub news: u32,
        /// Of an unknown outcome: whether the folder of sent mail has been read since, without finding it there.
        pub not_in_sent: bool,
    }

    /// What is shown of an image or file in a draft.
    pub struct AttachmentContent {
        pub media_type: String,
        pub base64: String,
    }
}
