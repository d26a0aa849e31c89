//! A message written back as an entry of an mbox (mboxrd), for export. What the desk knows of it: addresses, subject, times, text, HTML.

use jiff::Timestamp;
use mail_builder::{MessageBuilder, headers::address::Address as Mailbox};
use model::Address;
use store::Exported;

/// One entry, with its `From ` line and its own `From ` lines quoted.
pub(crate) fn entry(exported: &Exported) -> Vec<u8> {
    let message = &exported.message;
    let when = Timestamp::from_millisecond(message.at_ms.0).unwrap_or(Timestamp::UNIX_EPOCH);
    let sender = if message.from.email.is_empty() { "unknown" } else { &message.from.email };
    let mut entry =
        format!("From {} {}\n", sender.replace(' ', "_"), when.strftime("%a %b %e %H:%M:%S %Y")).into_bytes();
    for line in built(exported).split_inclusive(|byte| *byte == b'\n') {
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

fn built(exported: &Exported) -> Vec<u8> {
    let message = &exported.message;
    let builder = MessageBuilder::new()
        .from(mailbox(&message.from))
        .to(Mailbox::new_list(message.to.iter().map(mailbox).collect()))
        .cc(Mailbox::new_list(message.cc.iter().map(mailbox).collect()))
        .subject(exported.subject.as_str())
        .references(exported.references.iter().map(String::as_str).collect::<Vec<_>>())
        .date(message.at_ms.0 / 1_000)
        .text_body(message.text.as_str());
    let builder = match &exported.message_id {
        Some(id) => builder.message_id(id.as_str()),
        None => builder,
    };
    let builder = match &exported.html {
        Some(html) => builder.html_body(html.as_str()),
        None => builder,
    };
    builder.write_to_vec().unwrap_or_default()
}

fn mailbox(address: &Address) -> Mailbox<'_> {
    Mailbox::new_address(Some(address.name.as_str()).filter(|name| !name.is_empty()), address.email.as_str())
}
