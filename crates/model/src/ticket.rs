//! A ticket: one request of one requester, followed to its end.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{CustomerId, Millis, SourceId, Tag, TicketId, threading::Token, urgency::UrgentReason};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            pub const ALL: &[$name] = &[$($name::$variant),+];

            /// The word that stands for it in the database, in queries and on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            /// The inverse of [`Self::as_str`].
            pub fn from_word(word: &str) -> Option<$name> {
                Self::ALL.iter().copied().find(|v| v.as_str() == word)
            }
        }
    };
}
pub(crate) use words;

words! {
    /// Where a ticket stands. What a mailbox can't hold is this desk's own.
    Status {
        /// The team owes the next step.
        Open = "open",
        /// The customer, or somebody outside, owes the next step.
        Waiting = "waiting",
        /// Nothing is owed. A new message from the customer opens it again.
        Closed = "closed",
    }
}

words! {
    Priority { Low = "low", Normal = "normal", High = "high", Urgent = "urgent" }
}

words! {
    /// How the request reached the team.
    Channel { Mail = "mail", Chat = "chat", Phone = "phone", Social = "social" }
}

/// What a list shows of a ticket. Everything in it is kept with the change, so that a page is one indexed read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct TicketRow {
    pub id: TicketId,
    pub token: Token,
    pub source: SourceId,
    pub channel: Channel,
    pub subject: String,
    /// The start of the newest message, one line.
    pub snippet: String,
    /// `lang` of the snippet: `zh`, `en`, `ja` or `ko`.
    pub lang: String,
    pub requester: CustomerId,
    pub requester_name: String,
    pub requester_email: String,
    pub vip: bool,
    pub status: Status,
    pub priority: Priority,
    pub unread: bool,
    pub messages: u32,
    pub has_attachment: bool,
    /// Why somebody must act now, if so.
    pub urgent: Option<UrgentReason>,
    pub tags: Vec<Tag>,
    /// Since when the customer has been waiting for an answer; `None` when the last word was the team's.
    pub waiting_since_ms: Option<Millis>,
    pub last_message_at_ms: Millis,
}

/// A ticket opened: its row and what only the open ticket shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Ticket {
    pub row: TicketRow,
    pub created_at_ms: Millis,
    pub closed_at_ms: Option<Millis>,
    pub source_name: String,
    /// Whether status, priority, tags and notes are only this desk's own because the source can't hold them.
    pub own_to_this_desk: bool,
}
