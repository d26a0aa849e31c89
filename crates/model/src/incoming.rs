//! What an adapter hands over and the store takes in: messages decoded, bounded, and harmless to keep; changes; cursors.
//! Not yet threaded, not yet sanitised for display.

use crate::{Address, Automatic, BlobHash, CalendarMethod, Defect, Direction, Millis};

/// Where a message lies in a mailbox. Only a place: what the message *is* is [`Incoming::identity`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub folder: String,
    pub uid_validity: u32,
    pub uid: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    pub seen: bool,
    pub answered: bool,
    pub flagged: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Body {
    /// Plain text, at most `remote::mail::LONGEST_TEXT` bytes; made from the HTML when there is no text part.
    pub text: String,
    /// The HTML as it came, decoded to UTF-8. Hostile: only the isolated frame may see it, sanitised.
    pub html: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingAttachment {
    /// Safe to show and to save under (see `remote::mail::safe_file_name`).
    pub name: String,
    pub media_type: String,
    pub content_id: Option<String>,
    pub inline: bool,
    /// The content, already in the blob store; `None` when it could not be had.
    pub kept: Option<KeptBlob>,
    /// Bytes after decoding, as far as known.
    pub size: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Stable across folders, moves and UIDVALIDITY: EMAILID or X-GM-MSGID, else Message-ID with a digest of the headers that do not change.
    pub identity: String,
    pub place: Option<Place>,
    /// Without angle brackets.
    pub message_id: Option<String>,
    pub in_reply_to: Vec<String>,
    /// Oldest first, at most 100 (the first and the newest are kept).
    pub references: Vec<String>,
    pub subject: String,
    pub from: Option<Address>,
    pub reply_to: Vec<Address>,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    pub bcc: Vec<Address>,
    /// The `Date` header, if it is believable.
    pub sent_at: Option<Millis>,
    /// INTERNALDATE, or the newest `Received`, or `sent_at`, or the moment it was read.
    pub received_at: Millis,
    /// Outbound when an address of the mailbox itself wrote it.
    pub direction: Direction,
    pub automatic: Option<Automatic>,
    pub calendar: Option<CalendarMethod>,
    pub body: Body,
    pub attachments: Vec<IncomingAttachment>,
    pub flags: Flags,
    pub defects: Vec<Defect>,
}

/// Content that has been kept: its name and its length in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptBlob {
    pub hash: BlobHash,
    pub size: u64,
}

/// How far an adapter has read: its own JSON, opaque to everybody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub String);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A message, new or seen again.
    Message(Box<Incoming>),
    /// The flags of a message at a place changed.
    Flags { place: Place, flags: Flags },
    /// Nothing lies at this place any more. The message may lie elsewhere.
    Gone { place: Place },
    /// The folder was renumbered: no place in it with another validity means anything. Nothing is thereby deleted;
    /// the messages come again with their new places before the folder's next `Swept`.
    Renumbered { folder: String, uid_validity: u32 },
    /// Every message of the folder has been reported: places of another validity that are left are gone.
    Swept { folder: String, uid_validity: u32 },
}
