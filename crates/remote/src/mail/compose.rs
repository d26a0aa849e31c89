//! Mail as it leaves: the bytes of an [`Outgoing`].
//!
//! Promises: the same [`Outgoing`] gives the same bytes (boundaries come from its Message-ID, the date from its own), in which nothing of this
//! machine stands: no host name, no time zone, no program. Every line is ASCII and at most 998 bytes long, save where an address itself is in
//! another script. No field can begin another one, whatever it holds. Blind copies are named only in the copy for the folder of sent mail.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address as Mailbox;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;
use mail_builder::headers::{Header as _, HeaderType};
use mail_builder::mime::{BodyPart, MimePart};
use model::outgoing::{Outgoing, OutgoingAttachment, OutgoingKind};
use model::{Address, BlobHash, Problem, ProblemCode, text};

use super::address::deliverable;
use super::safe_file_name;

/// Earlier mails named in `References`: the first and the newest.
const MOST_REFERENCES: usize = 50;
const LONGEST_ID: usize = 250;
/// Characters of the name that stands before an address.
const LONGEST_NAME: usize = 200;
/// Characters of a subject.
const LONGEST_SUBJECT: usize = super::LONGEST_SUBJECT;
/// Bytes of text in one encoded word: with its frame and the longest field name before it, it fits in a line.
const WORD: usize = 39;
/// A file name that is short and plain enough to stand as it is.
const PLAIN_NAME: usize = 60;

/// The mail as it is delivered. `contents` holds what is attached.
///
/// # Errors
/// `address_invalid` (`address`), `attachment_missing` (`name`), `invalid` (`field` = `message_id`).
pub fn compose(outgoing: &Outgoing, contents: &BTreeMap<BlobHash, Vec<u8>>) -> Result<Vec<u8>, Problem> {
    let bad_id = || Problem::new(ProblemCode::Invalid).with("field", "message_id");
    let id = wire_id(&outgoing.message_id).ok_or_else(bad_id)?;
    let body = Body { outgoing, contents }.whole()?;
    let mut mail = MessageBuilder::new()
        .date(outgoing.at_ms.0.div_euclid(1_000))
        .from(mailbox(&outgoing.from)?)
        .header("To", recipients(&outgoing.to, outgoing.cc.is_empty())?);
    if !outgoing.cc.is_empty() {
        mail = mail.cc(list(&outgoing.cc)?);
    }
    mail = mail.header("Subject", subject(&outgoing.subject)).message_id(id);
    mail = answering(mail, outgoing);
    if outgoing.kind == OutgoingKind::Acknowledgement {
        // RFC 3834: so that no machine answers a machine.
        mail = mail
            .header("Auto-Submitted", Raw::new("auto-replied"))
            .header("X-Auto-Response-Suppress", Raw::new("All"));
    }
    let internal = |error| Problem::new(ProblemCode::Internal).because(error);
    let mut bytes = mail.body(body).write_to_vec().map_err(internal)?;
    if !bytes.ends_with(b"\r\n") {
        bytes.extend_from_slice(b"\r\n");
    }
    Ok(bytes)
}

/// The copy for the folder of sent mail: the delivered bytes, and who got a blind copy.
///
/// # Errors
/// `address_invalid` (`address`).
pub fn with_blind_copies(outgoing: &Outgoing, mail: &[u8]) -> Result<Vec<u8>, Problem> {
    let mut copy = Vec::with_capacity(mail.len() + 100 * outgoing.bcc.len());
    if !outgoing.bcc.is_empty() {
        copy.extend_from_slice(b"Bcc: ");
        list(&outgoing.bcc)?.write_header(&mut copy, "Bcc: ".len());
    }
    copy.extend_from_slice(mail);
    Ok(copy)
}

fn answering<'a>(mail: MessageBuilder<'a>, outgoing: &'a Outgoing) -> MessageBuilder<'a> {
    let mut earlier: Vec<&str> = outgoing.references.iter().filter_map(|id| wire_id(id)).collect();
    if earlier.len() > MOST_REFERENCES {
        earlier.drain(1..=earlier.len() - MOST_REFERENCES);
    }
    let answered = outgoing.in_reply_to.as_deref().and_then(wire_id);
    let mail = match answered {
        Some(id) => mail.in_reply_to(id),
        None => mail,
    };
    if earlier.is_empty() { mail } else { mail.references(MessageId::new_list(earlier.into_iter())) }
}

/// An identity that can stand between angle brackets.
fn wire_id(id: &str) -> Option<&str> {
    let fits = (1..=LONGEST_ID).contains(&id.len());
    let plain = id.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>'));
    (fits && plain).then_some(id)
}

fn mailbox(address: &Address) -> Result<Mailbox<'static>, Problem> {
    let email = deliverable(address)?.to_string();
    let name: String = text::one_line(&address.name).chars().take(LONGEST_NAME).collect();
    // What only looks encoded must not be decoded.
    let name = name.replace("=?", "= ?");
    Ok(Mailbox::new_address((!name.is_empty()).then_some(name), email))
}

fn list(people: &[Address]) -> Result<Mailbox<'static>, Problem> {
    Ok(Mailbox::new_list(people.iter().map(mailbox).collect::<Result<_, _>>()?))
}

/// Some servers refuse mail without a `To`.
fn recipients(to: &[Address], alone: bool) -> Result<HeaderType<'static>, Problem> {
    Ok(match to {
        [] if alone => Raw::new("undisclosed-recipients:;").into(),
        to => list(to)?.into(),
    })
}

fn subject(subject: &str) -> HeaderType<'static> {
    let subject: String = text::one_line(subject).chars().take(LONGEST_SUBJECT).collect();
    if subject.contains("=?") { Raw::new(encoded(&subject)).into() } else { Text::new(subject).into() }
}

/// Encoded words (RFC 2047) with spaces between them, none of which splits a character.
fn encoded(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut piece = String::new();
    let word = |piece: &str| format!("=?utf-8?B?{}?=", STANDARD.encode(piece));
    for c in text.chars() {
        if piece.len() + c.len_utf8() > WORD {
            words.push(word(&piece));
            piece.clear();
        }
        piece.push(c);
    }
    words.push(word(&piece));
    words.join(" ")
}

struct Body<'a> {
    outgoing: &'a Outgoing,
    contents: &'a BTreeMap<BlobHash, Vec<u8>>,
}

impl<'a> Body<'a> {
    fn whole(&self) -> Result<MimePart<'a>, Problem> {
        let shown = |one: &&OutgoingAttachment| self.outgoing.html.is_some() && one.content_id.is_some();
        let (inline, files): (Vec<_>, Vec<_>) = self.outgoing.attachments.iter().partition(shown);
        let letter = self.letter(&inline)?;
        if files.is_empty() {
            return Ok(letter);
        }
        let mut parts = vec![letter];
        for file in files {
            parts.push(self.file(file, false)?);
        }
        Ok(self.multipart("mixed", parts))
    }

    fn letter(&self, inline: &[&'a OutgoingAttachment]) -> Result<MimePart<'a>, Problem> {
        let text = words("text/plain", &self.outgoing.text);
        let Some(html) = &self.outgoing.html else { return Ok(text) };
        let mut page = words("text/html", html);
        if !inline.is_empty() {
            let mut parts = vec![page];
            for image in inline {
                parts.push(self.file(image, true)?);
            }
            page = self.multipart("related", parts);
        }
        Ok(self.multipart("alternative", vec![text, page]))
    }

    fn multipart(&self, kind: &str, parts: Vec<MimePart<'a>>) -> MimePart<'a> {
        let boundary = self.boundary(kind);
        MimePart::new(ContentType::new(format!("multipart/{kind}")).attribute("boundary", boundary), parts)
    }

    /// A line that stands nowhere in the mail: what is encoded never holds `=_`, and the rest is looked at.
    fn boundary(&self, kind: &str) -> String {
        let page = self.outgoing.html.as_deref().unwrap_or_default();
        (0_u32..)
            .map(|round| {
                let seed = format!("{round} {kind} {}", self.outgoing.message_id);
                format!("=_{}", blake3::hash(seed.as_bytes()).to_hex().chars().take(32).collect::<String>())
            })
            .find(|line| !self.outgoing.text.contains(line.as_str()) && !page.contains(line.as_str()))
            .unwrap_or_default()
    }

    fn file(&self, file: &'a OutgoingAttachment, inline: bool) -> Result<MimePart<'a>, Problem> {
        let missing = || Problem::new(ProblemCode::AttachmentMissing).with("name", &file.name);
        let content = self.contents.get(&file.hash).ok_or_else(missing)?;
        let name = safe_file_name(&file.name);
        let disposition = ContentType::new(if inline { "inline" } else { "attachment" });
        let mut part = MimePart::raw(BodyPart::Binary(content.as_slice().into()))
            .header(
                "Content-Type",
                Raw::new(format!("{}; {}", media_type(&file.media_type), old_name(&name))),
            )
            .header("Content-Disposition", disposition.attribute("filename", name));
        if let Some(id) = file.content_id.as_deref().and_then(wire_id).filter(|_| inline) {
            part = part.cid(id);
        }
        Ok(part)
    }
}

/// A text that a person reads, with the line ends of mail and no other control.
fn words(media_type: &'static str, text: &str) -> MimePart<'static> {
    let unix = text.replace("\r\n", "\n").replace('\r', "\n");
    let plain: String = unix.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control()).collect();
    let content = ContentType::new(media_type).attribute("charset", "utf-8");
    MimePart::new(content, plain.replace('\n', "\r\n"))
}

/// Letters and signs that need no care, else a file of no special kind; a message or a multipart may not be encoded as files are.
fn media_type(given: &str) -> &str {
    let token = |word: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte);
        (1..=100).contains(&word.len()) && word.bytes().all(fits)
    };
    match given.split_once('/') {
        Some((kind, rest)) if token(kind) && token(rest) => {
            let composite = ["message", "multipart"].iter().any(|own| kind.eq_ignore_ascii_case(own));
            if composite { "application/octet-stream" } else { given }
        }
        _ => "application/octet-stream",
    }
}

/// The file's name for readers that know only encoded words; `filename*` of the disposition says the same to all others.
fn old_name(name: &str) -> String {
    let plain = name.len() <= PLAIN_NAME
        && !name.contains("=?")
        && name.bytes().all(|byte| (b' '..=b'~').contains(&byte) && !matches!(byte, b'"' | b'\\'));
    format!("name=\"{}\"", if plain { name.to_owned() } else { encoded(name) })
}
