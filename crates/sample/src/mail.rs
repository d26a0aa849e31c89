//! A letter as the bytes of a mail, as the programs of the people who write would send it: UTF-8 or GB18030, quoted-printable or base64, with
//! alternatives, inline pictures, attachments and delivery reports. The same letter always gives the same bytes.

use std::borrow::Cow;

use base64::Engine as _;
use mail_builder::{
    MessageBuilder,
    headers::{
        HeaderType, address::Address, content_type::ContentType, message_id::MessageId, raw::Raw, text::Text,
    },
    mime::{BodyPart, MimePart},
};
use model::{Automatic, Direction, Millis, incoming::Incoming, text};

use crate::{
    files::{File, Kind},
    letter::Letter,
    rng::mix,
};

/// The bytes of `letter`, every line ending in CRLF.
pub fn raw(letter: &Letter) -> Vec<u8> {
    let writing = Writing::of(&letter.incoming);
    let mut builder = MessageBuilder::new();
    for (name, value) in writing.headers() {
        builder = builder.header(name, value);
    }
    let mut out = Vec::new();
    builder.body(writing.body(letter)).serialize(&mut out);
    out
}

/// How one letter is put on the wire.
struct Writing<'a> {
    mail: &'a Incoming,
    /// Decides what the sender's program would.
    habit: u64,
    gb18030: bool,
}

impl<'a> Writing<'a> {
    fn of(mail: &'a Incoming) -> Writing<'a> {
        let sender = mail.from.as_ref().map(|from| from.email.as_bytes()).unwrap_or_default();
        let habit = sender.iter().fold(7, |habit, byte| mix(habit ^ u64::from(*byte)));
        let chinese = mail.direction == Direction::Inbound && text::lang(&mail.body.text) == "zh";
        Writing { mail, habit, gb18030: chinese && habit.is_multiple_of(4) }
    }

    fn headers(&self) -> Vec<(&'static str, HeaderType<'a>)> {
        let mail = self.mail;
        let mut headers = vec![
            ("Date", HeaderType::Date((mail.sent_at.unwrap_or(Millis(0)).0 / 1_000).into())),
            ("From", self.addresses(mail.from.as_slice())),
            ("To", self.addresses(&mail.to)),
        ];
        let lists = [("Cc", &mail.cc), ("Reply-To", &mail.reply_to)];
        headers.extend(
            lists
                .into_iter()
                .filter(|(_, list)| !list.is_empty())
                .map(|(name, list)| (name, self.addresses(list))),
        );
        headers.push(("Subject", self.subject()));
        headers.extend(mail.message_id.as_deref().map(|id| ("Message-ID", MessageId::new(id).into())));
        let threads = [("In-Reply-To", &mail.in_reply_to), ("References", &mail.references)];
        for (name, ids) in threads.into_iter().filter(|(_, ids)| !ids.is_empty()) {
            headers.push((name, MessageId::from(ids.as_slice()).into()));
        }
        headers.extend(self.marks());
        headers
    }

    /// What tells that no person wrote it.
    fn marks(&self) -> Vec<(&'static str, HeaderType<'a>)> {
        let marks: &[(&str, &str)] = match &self.mail.automatic {
            Some(Automatic::AutoReply) => {
                &[("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All")]
            }
            Some(Automatic::Bulk) => {
                &[("List-Unsubscribe", "<mailto:leave@list.example>"), ("Precedence", "bulk")]
            }
            Some(Automatic::Bounce { .. }) => &[("Auto-Submitted", "auto-generated")],
            None => &[],
        };
        marks.iter().map(|(name, value)| (*name, Raw::new(*value).into())).collect()
    }

    fn addresses(&self, list: &'a [model::Address]) -> HeaderType<'a> {
        if self.gb18030 {
            let each = list.iter().map(|address| match address.name.is_empty() {
                true => address.email.clone(),
                false => format!("{} <{}>", encoded_words(&address.name), address.email),
            });
            return Raw::new(each.collect::<Vec<_>>().join(",\r\n ")).into();
        }
        let each = list.iter().map(|address| {
            let name = Some(address.name.as_str()).filter(|name| !name.is_empty());
            Address::new_address(name, address.email.as_str())
        });
        Address::new_list(each.collect()).into()
    }

    fn subject(&self) -> HeaderType<'a> {
        match self.gb18030 {
            true => Raw::new(encoded_words(&self.mail.subject)).into(),
            false => Text::new(self.mail.subject.as_str()).into(),
        }
    }

    /// The letter, what is shown inside it, and what is attached to it.
    fn body(&self, letter: &'a Letter) -> MimePart<'a> {
        if let Some(Automatic::Bounce { recipients, status }) = &self.mail.automatic {
            return self.report(recipients, status.as_deref().unwrap_or("5.0.0"));
        }
        let (inline, beside): (Vec<&File>, Vec<&File>) =
            letter.files.iter().partition(|file| file.content_id.is_some());
        let part = |file: &&'a File| file_part(file);
        let words = self.several("multipart/related", self.words(), inline.iter().map(part).collect());
        self.several("multipart/mixed", words, beside.iter().map(part).collect())
    }

    fn words(&self) -> MimePart<'a> {
        let words = self.text("text/plain", &self.mail.body.text);
        let html = self.mail.body.html.as_deref().map(|html| self.text("text/html", html));
        self.several("multipart/alternative", words, html.into_iter().collect())
    }

    fn text(&self, media_type: &'static str, text: &'a str) -> MimePart<'a> {
        if !self.gb18030 {
            return MimePart::new(media_type, text);
        }
        let (bytes, ..) = encoding_rs::GB18030.encode(text);
        MimePart::new(ContentType::new(media_type).attribute("charset", "gb18030"), BodyPart::Binary(bytes))
    }

    /// `first` and `others` under one head; `first` alone when there are no others. The boundary follows from the message.
    fn several(
        &self,
        media_type: &'static str,
        first: MimePart<'a>,
        others: Vec<MimePart<'a>>,
    ) -> MimePart<'a> {
        if others.is_empty() {
            return first;
        }
        let parts: Vec<MimePart<'a>> = [first].into_iter().chain(others).collect();
        MimePart::new(ContentType::new(media_type).attribute("boundary", self.boundary(media_type)), parts)
    }

    fn boundary(&self, media_type: &str) -> String {
        let id = self.mail.message_id.as_deref().unwrap_or_default();
        let mixed = id.bytes().chain(media_type.bytes()).fold(self.habit, |n, byte| mix(n ^ u64::from(byte)));
        format!("----=_Part_{mixed:016x}")
    }

    /// A failed delivery as RFC 3464 has it.
    fn report(&self, recipients: &[String], status: &str) -> MimePart<'a> {
        let mut told = String::from("Reporting-MTA: dns; mx1.mail.example\r\n");
        for recipient in recipients {
            told.push_str(&format!(
                "\r\nFinal-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: {status}\r\n"
            ));
        }
        let report =
            MimePart::new(ContentType::new("message/delivery-status"), BodyPart::Text(Cow::Owned(told)))
                .transfer_encoding("7bit");
        let parts = vec![self.text("text/plain", &self.mail.body.text), report];
        let head = ContentType::new("multipart/report")
            .attribute("report-type", "delivery-status")
            .attribute("boundary", self.boundary("multipart/report"));
        MimePart::new(head, parts)
    }
}

fn file_part<'a>(file: &'a File) -> MimePart<'a> {
    let mut media_type = ContentType::new(file.content.media_type());
    if matches!(file.content.kind, Kind::Invitation) {
        media_type = media_type.attribute("method", "REQUEST").attribute("charset", "utf-8");
    }
    let bytes = file.content.bytes().to_vec();
    let part = MimePart::new(media_type, BodyPart::Binary(Cow::Owned(bytes)));
    match file.content_id {
        Some(id) => part
            .header(
                "Content-Disposition",
                ContentType::new("inline").attribute("filename", file.name.as_str()),
            )
            .cid(id),
        None => part.attachment(file.name.as_str()),
    }
}

/// `text` as encoded words (RFC 2047) in GB18030 and base64, each short enough for a line and whole by itself.
fn encoded_words(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let word = |piece: &[char]| {
        let piece: String = piece.iter().collect();
        let (bytes, ..) = encoding_rs::GB18030.encode(&piece);
        format!("=?gb18030?B?{}?=", base64::engine::general_purpose::STANDARD.encode(bytes))
    };
    characters.chunks(10).map(word).collect::<Vec<_>>().join("\r\n ")
}
