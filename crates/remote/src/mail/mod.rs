//! The bytes of a message as an [`Incoming`]: decoded, bounded, and harmless to keep.
//!
//! [`read`] takes a whole message; [`read_pieces`] takes what an adapter fetched part by part; [`Decoder`] undoes a transfer encoding
//! chunk by chunk. No message makes them fail: what is broken becomes a [`Defect`], and the rest of the message is kept. Time and
//! memory are bounded by the size of the message, whatever it holds. Nothing is unpacked, nothing is fetched, no network is touched.
//! The HTML that comes out is as hostile as it came in. The other way, [`compose`] writes the bytes of what leaves.

mod address;
mod attachment;
mod automatic;
mod bounce;
mod calendar;
mod charset;
mod compose;
mod context;
mod decoder;
mod envelope;
mod flowed;
mod headers;
mod identity;
mod letter;
pub mod markup;
mod name;
mod params;
mod part;
mod plain;
#[cfg(test)]
mod tests;
mod tree;
mod words;

use model::incoming::{Body, Incoming, IncomingAttachment};
use model::{Defect, Direction};

use crate::BlobSink;
use bounce::Evidence;
use envelope::Envelope;
use headers::Headers;
use letter::Letter;
use tree::Growth;

pub(crate) use address::deliverable;
pub use compose::{compose, with_blind_copies};
pub use context::Context;
pub use decoder::{Decoder, TransferEncoding};
pub use name::safe_file_name;
pub use part::{PartHead, Piece};
pub use plain::text_of;

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

/// Reads a whole message. Attachments go to `blobs` a few kilobytes at a time. Fails only when the sink does, which passes: the message is
/// then to be read again, with everything.
pub async fn read(raw: &[u8], context: &Context<'_>, blobs: &dyn BlobSink) -> std::io::Result<Incoming> {
    let (header, body) = headers::split(raw);
    let headers = Headers::parse(header);
    // Bytes without a header are still somebody's words.
    let body = if headers.is_empty() { raw } else { body };
    let mut growth = Growth::default();
    let root = growth.grow(PartHead::of(&headers, "text/plain"), body, 0);
    let mut beside = Vec::new();
    let mut letter = Letter::of_tree(root, &mut beside);
    letter.defects.extend(growth.too_many.then_some(Defect::TooManyParts));
    letter.defects.extend(growth.broken.then_some(Defect::BrokenMime));
    let mut attachments = Vec::new();
    for leaf in beside {
        attachments.push(attachment::keep(leaf, blobs).await?);
    }
    Ok(put_together(&headers, letter, attachments, context))
}

/// Reads a message from its header (the bytes before the first empty line) and the parts an adapter chose to fetch: text, HTML, calendar and
/// delivery reports as `pieces`, in the order of the message; everything else already kept, as `attachments`.
/// A multipart without any such piece has an empty text.
pub fn read_pieces(
    header: &[u8],
    pieces: &[Piece<'_>],
    attachments: Vec<IncomingAttachment>,
    context: &Context<'_>,
) -> Incoming {
    let headers = Headers::parse(header);
    let letter = Letter::of_pieces(pieces);
    put_together(&headers, letter, attachments, context)
}

/// Whether bytes begin with a header that says from whom, to whom, when or about what: without any of it they are no mail.
pub fn has_header(raw: &[u8]) -> bool {
    let said = header_words(raw, ["from", "to", "date", "subject", "message-id", "received"]);
    said.iter().any(|words| !words.is_empty())
}

/// The words of some header fields (named in lower case) of a whole message, in lower case.
pub(crate) fn header_words<const N: usize>(raw: &[u8], names: [&str; N]) -> [String; N] {
    let headers = Headers::parse(headers::split(raw).0);
    names.map(|name| headers.word(name))
}

fn put_together(
    headers: &Headers<'_>,
    mut letter: Letter,
    mut attachments: Vec<IncomingAttachment>,
    context: &Context<'_>,
) -> Incoming {
    let envelope = Envelope::read(headers, letter.charset(), context);
    let text = letter.plain_text();
    attachment::mark_inline(&mut attachments, letter.html.as_deref());
    let sender = envelope.from.as_ref().map(model::Address::key).unwrap_or_default();
    let evidence = Evidence {
        subject: &envelope.subject,
        text: &text,
        sender: &sender,
        report: letter.report.as_deref(),
        is_report: letter.is_report,
        own: context.own,
    };
    let automatic = automatic::classify(headers, &evidence);
    let identity = identity::of(context.identity.as_deref(), &envelope, headers, &text);
    let mut defects = [envelope.defects, letter.defects].concat();
    defects.extend(attachments.iter().any(|one| one.kept.is_none()).then_some(Defect::AttachmentMissing));
    defects.sort_unstable();
    defects.dedup();
    Incoming {
        identity,
        place: context.place.clone(),
        message_id: envelope.message_id,
        in_reply_to: envelope.in_reply_to,
        references: envelope.references,
        subject: envelope.subject,
        direction: if context.own.contains(&sender) { Direction::Outbound } else { Direction::Inbound },
        from: envelope.from,
        reply_to: envelope.reply_to,
        to: envelope.to,
        cc: envelope.cc,
        bcc: envelope.bcc,
        sent_at: envelope.sent_at,
        received_at: envelope.received_at,
        automatic,
        calendar: letter.calendar,
        body: Body { text, html: letter.html },
        attachments,
        flags: context.flags,
        defects,
    }
}
