//! A message written back as an entry of an mbox (mboxrd), for export. What the desk knows of it: addresses, subject, times, text, HTML, attachments.

use jiff::Timestamp;
use mail_builder::{
    MessageBuilder,
    headers::{address::Address as Mailbox, text::Text},
    mime::MimePart,
};
use model::{Address, Attachment};
use store::Exported;

use crate::exporting::Outward;

/// One entry, with its `From ` line and its own `From ` lines quoted.
pub(crate) fn entry(outward: &Outward) -> Vec<u8> {
    let message = &outward.exported.message;
    let when = Timestamp::from_millisecond(message.at_ms.0).unwrap_or(Timestamp::UNIX_EPOCH);
    let sender = if message.from.email.is_empty() { "unknown" } else { &message.from.email };
    let built = built(outward);
    let mut entry = Vec::with_capacity(built.len() + 128);
    let head = format!("From {} {}\n", sender.replace(' ', "_"), when.strftime("%a %b %e %H:%M:%S %Y"));
    entry.extend_from_slice(head.as_bytes());
    for line in built.split_inclusive(|byte| *byte == b'\n') {
        let unquoted = line.iter().position(|byte| *byte != b'>').unwrap_or(0);
        if line.get(unquoted..).is_some_and(|rest| rest.starts_with(b"From ")) {
            entry.push(b'>');
        }
        match line.strip_suffix(b"\r\n") {
            Some(text) => entry.extend(text.iter().chain(b"\n")),
            None => entry.extend(line),
        }
    }
    entry.extend_from_slice(b"\n\n");
    entry
}

fn built(outward: &Outward) -> Vec<u8> {
    let Exported { message, subject, message_id, references, html } = &outward.exported;
    // What has no Message-ID gets one that is the same in every export.
    let own_id = format!("{}@foredeck.invalid", message.id);
    let mut builder = MessageBuilder::new()
        .from(mailbox(&message.from))
        .to(Mailbox::new_list(message.to.iter().map(mailbox).collect()))
        .cc(Mailbox::new_list(message.cc.iter().map(mailbox).collect()))
        .subject(subject.as_str())
        .references(references.iter().map(String::as_str).collect::<Vec<_>>())
        .date(message.at_ms.0 / 1_000)
        .message_id(message_id.as_deref().unwrap_or(&own_id))
        .text_body(message.text.as_str());
    if let Some(html) = html {
        builder = builder.html_body(html.as_str());
    }
    let parts: Vec<_> =
        outward.attachments().map(|(attachment, content)| part(attachment, content)).collect();
    builder.attachments = (!parts.is_empty()).then_some(parts);
    builder.write_to_vec().unwrap_or_default()
}

fn part<'x>(attachment: &'x Attachment, content: Option<&'x [u8]>) -> MimePart<'x> {
    let part = MimePart::new(media_type(&attachment.media_type), content.unwrap_or_default());
    let part = part.attachment(attachment.name.as_str());
    let part = match &attachment.content_id {
        Some(id) => part.cid(id.as_str()),
        None => part,
    };
    match content {
        Some(_) => part,
        None => part.header("X-Foredeck-Content", Text::new("missing")),
    }
}

/// The type, unless a reader would take the part for something that has parts of its own, or for no type at all.
fn media_type(told: &str) -> &str {
    let word = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    match told.split_once('/') {
        Some((kind, sub)) if word(kind) && word(sub) && !["multipart", "message"].contains(&kind) => told,
        _ => "application/octet-stream",
    }
}

fn mailbox(address: &Address) -> Mailbox<'_> {
    Mailbox::new_address(Some(address.name.as_str()).filter(|name| !name.is_empty()), address.email.as_str())
}
