//! A reply on its way out: what is written, to whom, how far it has got, and by what two desks know that somebody wrote meanwhile.
//!
//! The `Message-ID` is given once, when the reply is queued, and never changes: it is the key by which a reply is found again at the
//! source and by which nothing is ever sent twice.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Address, BlobHash, MessageId, Millis, OutboxId, Problem, SourceId, TicketId, ticket::words};

/// How long a reply can be taken back after it was sent off, in milliseconds.
pub const HOLD_MS: i64 = 10_000;
/// Bytes of attachments in one reply, before they are encoded; mail servers seldom take more.
pub const MOST_ATTACHED: u64 = 25 * 1024 * 1024;
/// Bytes of HTML in one reply, inline images not counted.
pub const LONGEST_REPLY: usize = 4 * 1024 * 1024;
/// Addresses in `To`, `Cc` and `Bcc` together; servers refuse longer lists one recipient at a time.
pub const MOST_RECIPIENTS: usize = 100;

words! {
    ReplyKind { Reply = "reply", ReplyAll = "reply_all", Forward = "forward" }
}

words! {
    /// What is being sent.
    OutgoingKind {
        /// Somebody wrote it.
        Reply = "reply",
        /// The automatic acknowledgement of a new ticket (RFC 3834).
        Acknowledgement = "acknowledgement",
    }
}

words! {
    /// How far an outgoing mail has got.
    OutboxState {
        /// It can still be taken back. Without a time it waits for a person: the desk was closed while it was held.
        Held = "held",
        /// It goes when its time has come.
        Waiting = "waiting",
        /// An attempt was counted and nothing of the content has left this machine.
        Sending = "sending",
        /// The content is being handed over: if the desk dies now, nobody knows whether it arrived.
        HandingOver = "handing_over",
        /// The server did not say whether it took it. Waits for a person; never sent again by itself.
        Unknown = "unknown",
        /// Somebody wrote on the ticket since the agent last saw it. Waits for a person.
        Review = "review",
        /// It can't be delivered as it is. Waits for a person.
        Stopped = "stopped",
        /// The server took it.
        Sent = "sent",
    }
}

words! {
    /// Whether a copy lies in the folder of sent mail.
    SentCopy {
        /// Not yet; it is being put there.
        Due = "due",
        /// It is there, or the server puts it there by itself.
        Done = "done",
    }
}

/// What of a ticket somebody has seen: by this the desk knows that somebody wrote meanwhile. Automatic mail and what this desk sent is not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Seen {
    pub newest: Option<MessageId>,
    pub mails: u32,
}

/// A file that goes with a mail; its content lies in the attachment store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OutgoingAttachment {
    /// Safe to show and to save under.
    pub name: String,
    pub media_type: String,
    /// Bytes. A safe integer.
    #[ts(type = "number")]
    pub size: i64,
    /// Set for an image inside the text: the HTML names it as `cid:…`.
    pub content_id: Option<String>,
    pub hash: BlobHash,
}

/// A mail as it leaves, complete: building it twice gives the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Outgoing {
    pub kind: OutgoingKind,
    /// Without angle brackets.
    pub message_id: String,
    /// The `Date` header: when it was queued.
    pub at_ms: Millis,
    pub from: Address,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    pub bcc: Vec<Address>,
    pub subject: String,
    pub in_reply_to: Option<String>,
    /// Oldest first.
    pub references: Vec<String>,
    /// The whole text, quote included.
    pub text: String,
    /// The whole HTML, sanitised, quote included; `None` for a plain mail.
    pub html: Option<String>,
    pub attachments: Vec<OutgoingAttachment>,
}

impl Outgoing {
    /// Everybody it goes to, each once, in the order of To, Cc, Bcc.
    pub fn recipients(&self) -> Vec<&Address> {
        let mut seen = std::collections::BTreeSet::new();
        let all = self.to.iter().chain(&self.cc).chain(&self.bcc);
        all.filter(|address| seen.insert(address.key())).collect()
    }
}

/// A mail in the outbox: what it is and how far it has got.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct OutboxEntry {
    pub id: OutboxId,
    pub ticket: TicketId,
    pub source: SourceId,
    pub state: OutboxState,
    /// Without its texts for a mail that is sent.
    pub outgoing: Outgoing,
    /// What the agent had seen when they sent it off.
    pub seen: Seen,
    /// The agent's name.
    pub who: String,
    pub queued_at_ms: Millis,
    /// Until when it can be taken back.
    pub hold_until_ms: Option<Millis>,
    pub attempts: u32,
    pub next_try_at_ms: Option<Millis>,
    /// Why it has not gone yet.
    pub problem: Option<Problem>,
    pub copy: SentCopy,
    pub sent_at_ms: Option<Millis>,
}

/// A reply being written. One per ticket; kept as one types.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DraftText {
    pub kind: ReplyKind,
    pub from: Address,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    pub bcc: Vec<Address>,
    pub subject: String,
    /// What the editor holds. Hostile until sanitised: a paste can bring anything.
    pub html: String,
    /// The message whose text is quoted below, or forwarded. `None`: no quote.
    pub quote: Option<MessageId>,
}
