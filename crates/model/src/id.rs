//! Identifiers, one newtype each. They cross to TypeScript as strings, since 63 bits are more than a number there can hold.

use std::{fmt, num::ParseIntError, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use ts_rs::TS;

use crate::Millis;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, TS)]
        #[ts(type = "string")]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    )+};
}

ids! {
    /// A ticket on this machine. Never shown to people: they see [`crate::threading::Token`], which every desk makes alike.
    TicketId,
    /// A message, in time order: see [`MessageId::in_time_order`].
    MessageId,
    CustomerId,
    TagId,
    AttachmentId,
    /// A mail in the outbox, in the order they were queued.
    OutboxId,
    /// A mailbox or helpdesk this workspace reads.
    SourceId,
    /// A view a person saved on this desk.
    SavedViewId,
    /// A place in the change log; each committed change has a greater one than all before it.
    Seq,
}

impl MessageId {
    const SEQUENCE_BITS: u32 = 21;

    /// The key of the `sequence`-th message received at `received_at`: 42 bits of milliseconds, then 21 bits of sequence.
    /// Newest-first backfill would otherwise make the order of keys the reverse of the order of time.
    pub const fn in_time_order(received_at: Millis, sequence: u32) -> MessageId {
        let latest = (1 << 42) - 1;
        let ms = match received_at.0 {
            ..0 => 0,
            ms if ms > latest => latest,
            ms => ms,
        };
        MessageId((ms << Self::SEQUENCE_BITS) | (sequence & ((1 << Self::SEQUENCE_BITS) - 1)) as i64)
    }

    /// The inverse of [`MessageId::in_time_order`]: when the message was received.
    pub const fn received_at(self) -> Millis {
        Millis(self.0 >> Self::SEQUENCE_BITS)
    }
}

/// The name of an attachment's content: the hexadecimal keyed digest of its bytes (32 bytes, 64 digits).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(transparent)]
pub struct BlobHash(pub String);
