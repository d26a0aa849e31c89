//! Who wrote to whom, when, about what, in answer to what: the header of a message, read with suspicion.

use mail_parser::parsers::MessageStream;
use mail_parser::{DateTime, HeaderValue};
use model::{Address, Defect, Millis};

use super::headers::{Headers, LONGEST_FIELD};
use super::{Context, LONGEST_SUBJECT, MOST_RECIPIENTS, words};

#[derive(Debug, Default)]
pub(super) struct Envelope {
    pub(super) message_id: Option<String>,
    pub(super) in_reply_to: Vec<String>,
    pub(super) references: Vec<String>,
    pub(super) subject: String,
    pub(super) from: Option<Address>,
    pub(super) reply_to: Vec<Address>,
    pub(super) to: Vec<Address>,
    pub(super) cc: Vec<Address>,
    pub(super) bcc: Vec<Address>,
    pub(super) sent_at: Option<Millis>,
    pub(super) received_at: Millis,
    pub(super) defects: Vec<Defect>,
}

const MOST_REFERENCES: usize = 100;
const LONGEST_ID: usize = 998;
const LONGEST_NAME: usize = 200;
const LONGEST_ADDRESS: usize = 320;
/// 1990-01-01: no mail is older, only its clock.
const EARLIEST: Millis = Millis(631_152_000_000);

impl Envelope {
    pub(super) fn read(headers: &Headers<'_>, hint: Option<&str>, context: &Context<'_>) -> Envelope {
        let mut envelope = Envelope {
            message_id: ids(headers, "message-id").into_iter().next(),
            in_reply_to: ids(headers, "in-reply-to"),
            references: ids(headers, "references"),
            subject: headers.text("subject", hint).chars().take(LONGEST_SUBJECT).collect(),
            ..Envelope::default()
        };
        envelope.in_reply_to.truncate(MOST_REFERENCES);
        if envelope.references.len() > MOST_REFERENCES {
            envelope.references.drain(1..=envelope.references.len() - MOST_REFERENCES);
        }
        envelope.read_people(headers, hint);
        envelope.read_times(headers, context);
        if headers.is_empty() || headers.cut {
            envelope.defects.push(Defect::BrokenMime);
        }
        envelope
    }

    fn read_people(&mut self, headers: &Headers<'_>, hint: Option<&str>) {
        let mut too_many = false;
        let mut list = |name: &str| {
            let (people, more) = addresses(headers, name, hint);
            too_many |= more;
            people
        };
        (self.to, self.cc, self.bcc, self.reply_to) = (list("to"), list("cc"), list("bcc"), list("reply-to"));
        let mut first = |name: &str| list(name).into_iter().find(|address| !address.email.is_empty());
        self.from = first("from");
        if self.from.is_none() {
            self.defects.push(Defect::NoSender);
            self.from = first("sender").or_else(|| first("return-path"));
        }
        if too_many {
            self.defects.push(Defect::TooManyRecipients);
        }
    }

    fn read_times(&mut self, headers: &Headers<'_>, context: &Context<'_>) {
        let latest = context.now.plus(Millis::DAY);
        let believable = |at: &Millis| (EARLIEST..=latest).contains(at);
        let received =
            context.received_at.filter(believable).or_else(|| newest_received(headers).filter(believable));
        let not_after = received.unwrap_or(context.now).plus(Millis::DAY);
        self.sent_at = headers.first("date").and_then(date).filter(|at| (EARLIEST..=not_after).contains(at));
        self.received_at = received.or(self.sent_at).unwrap_or(context.now);
        if self.sent_at.is_none() {
            self.defects.push(Defect::NoDate);
        }
    }
}

/// The time at the end of the first `Received` line, which the last server wrote.
fn newest_received(headers: &Headers<'_>) -> Option<Millis> {
    let raw = headers.first("received")?;
    let at = memchr::memrchr(b';', raw)?;
    date(raw.get(at + 1..)?)
}

fn date(raw: &[u8]) -> Option<Millis> {
    let mut line = raw.get(..200).unwrap_or(raw).to_vec();
    line.push(b'\n');
    match MessageStream::new(&line).parse_date() {
        HeaderValue::DateTime(date) if is_whole(&date) => {
            Some(Millis(date.to_timestamp().saturating_mul(1_000)))
        }
        _ => None,
    }
}

fn is_whole(date: &DateTime) -> bool {
    (1..=12).contains(&date.month)
        && (1..=31).contains(&date.day)
        && date.hour < 24
        && date.minute < 60
        && date.second < 62
        && date.tz_hour < 24
        && date.year >= 1900
}

/// Message ids of every field of that name, without brackets, each once.
fn ids(headers: &Headers<'_>, name: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for raw in headers.all(name) {
        let mut line = raw.to_vec();
        line.push(b'\n');
        let value = MessageStream::new(&line).parse_id();
        for id in value.as_text_list().unwrap_or_default() {
            let id: String = id.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
            if !id.is_empty() && id.len() <= LONGEST_ID {
                found.push(id);
            }
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|id| seen.insert(id.clone()));
    found
}

/// The addresses of every field of that name, and whether there were more than are kept.
fn addresses(headers: &Headers<'_>, name: &str, hint: Option<&str>) -> (Vec<Address>, bool) {
    let mut people = Vec::new();
    let mut cut = false;
    for raw in headers.all(name) {
        cut |= raw.len() >= LONGEST_FIELD;
        let line = words::structured(raw, hint);
        let HeaderValue::Address(list) = MessageStream::new(&line).parse_address() else { continue };
        for one in list.iter() {
            if people.len() == MOST_RECIPIENTS {
                return (people, true);
            }
            people.extend(person(one.name().unwrap_or(""), one.address().unwrap_or("")));
        }
    }
    (people, cut)
}

fn person(name: &str, email: &str) -> Option<Address> {
    let (name, email) = if email.is_empty() { parted(name) } else { (name, email) };
    let email =
        email.trim_matches(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '\'' | '"' | ';' | ','));
    let cut = |text: &str, most| text.chars().take(most).collect::<String>();
    let name = name.trim().trim_matches(['\'', '"']);
    let address = Address::new(&cut(name, LONGEST_NAME), &cut(email, LONGEST_ADDRESS));
    let address = if address.name.eq_ignore_ascii_case(&address.email) {
        Address::new("", &address.email)
    } else {
        address
    };
    (!address.email.is_empty() || !address.name.is_empty()).then_some(address)
}

/// A sender that hid `Name <address>` in quotes or one encoded word.
fn parted(name: &str) -> (&str, &str) {
    match name.rsplit_once('<') {
        Some((before, rest)) if rest.contains('@') => (before, rest.split('>').next().unwrap_or(rest)),
        _ if name.contains('@') && !name.contains(' ') => ("", name),
        _ => (name, ""),
    }
}
