//! What a response says: its status and code, or which data it carries. Never fails; what is not understood is [`Response::Unknown`].

use model::Millis;
use model::incoming::Flags;
use tokio_util::bytes::Bytes;

use super::claim::KEYWORD;
use super::uids::UidSet;
use super::value::{self, Value};
use super::wire::Segment;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Ok,
    No,
    Bad,
    Bye,
    PreAuth,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Status {
    /// `None` for what the server says unasked.
    pub tag: Option<String>,
    pub kind: Kind,
    /// The bracketed code: its name in upper case, and the rest of it.
    pub code: Option<(String, String)>,
    pub text: String,
}

impl Status {
    pub(super) fn code(&self, name: &str) -> Option<&str> {
        self.code.as_ref().filter(|code| code.0 == name).map(|code| code.1.as_str())
    }

    /// Whether trying again later may do. One large provider has no code for "too many connections".
    pub(super) fn is_busy(&self) -> bool {
        let codes = ["UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "THROTTLED"];
        codes.iter().any(|code| self.code(code).is_some()) || self.text.to_lowercase().contains("too many")
    }
}

/// Data the server sent: `* 5 EXISTS`, `* SEARCH 1 2`, `* 7 FETCH (…)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Data {
    pub number: Option<u32>,
    /// In upper case.
    pub name: String,
    rest: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Response {
    /// The server waits for more; what it says is for the mechanism.
    Continue(String),
    Status(Status),
    Data(Data),
    Unknown,
}

impl Response {
    pub(super) fn read(mut segments: Vec<Segment>) -> Response {
        let Some(Segment::Text(first)) = segments.first().cloned() else { return Response::Unknown };
        let (tag, after) = word(&first, 0);
        if tag.as_ref() == b"+" {
            return Response::Continue(lossy(&first.slice(after..)));
        }
        let (second, rest) = word(&first, after);
        if let Some(kind) = kind(&second) {
            let tag = (tag.as_ref() != b"*").then(|| lossy(&tag));
            return Response::Status(status(tag, kind, &lossy(&first.slice(rest..))));
        }
        if tag.as_ref() != b"*" || second.is_empty() {
            return Response::Unknown;
        }
        let number = std::str::from_utf8(&second).ok().and_then(|digits| digits.parse().ok());
        let (name, rest) = if number.is_some() { word(&first, rest) } else { (second, rest) };
        if let Some(segment) = segments.first_mut() {
            *segment = Segment::Text(first.slice(rest..));
        }
        Response::Data(Data { number, name: lossy(&name).to_ascii_uppercase(), rest: segments })
    }
}

/// The word at `from`, and where the text after its space begins.
fn word(line: &Bytes, from: usize) -> (Bytes, usize) {
    let rest = line.get(from..).unwrap_or_default();
    let length = rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len());
    (line.slice(from..from + length), (from + length + 1).min(line.len()))
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn kind(word: &[u8]) -> Option<Kind> {
    match word.to_ascii_uppercase().as_slice() {
        b"OK" => Some(Kind::Ok),
        b"NO" => Some(Kind::No),
        b"BAD" => Some(Kind::Bad),
        b"BYE" => Some(Kind::Bye),
        b"PREAUTH" => Some(Kind::PreAuth),
        _ => None,
    }
}

fn status(tag: Option<String>, kind: Kind, words: &str) -> Status {
    let coded = words.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let code = coded.map(|(code, _)| {
        let (name, rest) = code.split_once(' ').unwrap_or((code, ""));
        (name.to_ascii_uppercase(), rest.trim().to_owned())
    });
    let text = coded.map_or(words, |(_, text)| text).trim().to_owned();
    Status { tag, kind, code, text }
}

/// One message as the server describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fetched {
    pub uid: u32,
    pub flags: Option<Flags>,
    /// Whether a desk has acknowledged it.
    pub claimed: bool,
    pub size: Option<u64>,
    pub internal_date: Option<Millis>,
    pub mod_seq: Option<u64>,
    /// EMAILID or X-GM-MSGID.
    pub identity: Option<String>,
    pub structure: Option<Value>,
    /// By the section's name, `""` for the whole message.
    pub sections: Vec<(String, Section)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Section {
    Bytes(Bytes),
    /// Longer than was allowed.
    TooLong,
    /// The server says there is none.
    Nil,
}

impl Fetched {
    pub(super) fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.0.eq_ignore_ascii_case(name)).map(|section| &section.1)
    }

    pub(super) fn bytes(&self, name: &str) -> Option<&Bytes> {
        match self.section(name) {
            Some(Section::Bytes(bytes)) => Some(bytes),
            _ => None,
        }
    }
}

impl Data {
    /// The words of an answer that is a plain list of them, such as CAPABILITY.
    pub(super) fn words(&self) -> Vec<String> {
        self.line().split_ascii_whitespace().map(str::to_owned).collect()
    }

    /// The UIDs of a SEARCH or ESEARCH.
    pub(super) fn uids(&self) -> Option<UidSet> {
        if self.name == "SEARCH" {
            return Some(UidSet::from_uids(
                self.line().split_ascii_whitespace().filter_map(|uid| uid.parse().ok()),
            ));
        }
        let words = self.words();
        let mut all = words.iter().skip_while(|word| !word.eq_ignore_ascii_case("ALL")).skip(1);
        all.next().map_or(Some(UidSet::default()), |ranges| ranges.parse().ok())
    }

    /// What a FETCH says; `None` without a UID.
    pub(super) fn fetched(&self) -> Option<Fetched> {
        let values = value::read(&self.rest)?;
        let [Value::List(items), ..] = values.as_slice() else { return None };
        let mut fetched = Fetched::default();
        for pair in items.chunks_exact(2) {
            if let [name, value] = pair {
                fetched.take(&name.text()?.to_ascii_uppercase(), value);
            }
        }
        (fetched.uid > 0).then_some(fetched)
    }

    /// The attributes and the raw name of a LIST.
    pub(super) fn listed(&self) -> Option<(Vec<String>, Option<String>, String)> {
        let values = value::read(&self.rest)?;
        let [Value::List(attributes), delimiter, name, ..] = values.as_slice() else { return None };
        let attributes = attributes.iter().filter_map(Value::text).collect();
        // A folder may be called NIL.
        let name = name.text().or_else(|| (*name == Value::Nil).then(|| "NIL".to_owned()))?;
        Some((attributes, delimiter.text(), name))
    }

    fn line(&self) -> &str {
        match self.rest.first() {
            Some(Segment::Text(line)) => std::str::from_utf8(line).unwrap_or_default(),
            _ => "",
        }
    }
}

impl Fetched {
    fn take(&mut self, name: &str, value: &Value) {
        match name {
            "UID" => self.uid = value.number().and_then(|uid| u32::try_from(uid).ok()).unwrap_or(0),
            "FLAGS" => {
                self.flags = value.list().map(flags);
                self.claimed = value.list().is_some_and(|flags| has(flags, KEYWORD.as_bytes()));
            }
            "RFC822.SIZE" => self.size = value.number(),
            "INTERNALDATE" => self.internal_date = value.text().and_then(|date| internal_date(&date)),
            "MODSEQ" => self.mod_seq = value.list().and_then(|list| list.first()?.number()),
            "EMAILID" => self.identity = value.list().and_then(|list| list.first()?.text()),
            "X-GM-MSGID" => self.identity = value.text(),
            "BODYSTRUCTURE" => self.structure = Some(value.clone()),
            _ => self.take_section(name, value),
        }
    }

    fn take_section(&mut self, name: &str, value: &Value) {
        let Some((section, _)) = name.strip_prefix("BODY[").and_then(|rest| rest.rsplit_once(']')) else {
            return;
        };
        let content = match value {
            Value::TooLong => Section::TooLong,
            Value::Nil | Value::List(_) => Section::Nil,
            Value::Word(bytes) | Value::Text(bytes) => Section::Bytes(bytes.clone()),
        };
        self.sections.push((section.to_owned(), content));
    }
}

fn has(flags: &[Value], flag: &[u8]) -> bool {
    flags.iter().filter_map(Value::bytes).any(|bytes| bytes.eq_ignore_ascii_case(flag))
}

fn flags(values: &[Value]) -> Flags {
    let has = |flag: &[u8]| has(values, flag);
    Flags { seen: has(br"\Seen"), answered: has(br"\Answered"), flagged: has(br"\Flagged") }
}

/// `17-Jul-1996 02:44:25 -0700`.
fn internal_date(text: &str) -> Option<Millis> {
    let text = text.trim();
    let (day, rest) = text.split_once('-')?;
    let (month, rest) = rest.split_once('-')?;
    let believable = matches!(day.trim().parse(), Ok(1..=31_u8)) && month.len() == 3 && rest.contains(':');
    let date = mail_parser::DateTime::parse_rfc822(&format!("{day} {month} {rest}"))?;
    let believable = believable && date.is_valid() && (1970..10_000).contains(&date.year);
    believable.then(|| Millis(date.to_timestamp().saturating_mul(1_000)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(line: &str) -> Response {
        Response::read(vec![Segment::Text(Bytes::copy_from_slice(line.as_bytes()))])
    }

    fn data(line: &str) -> Data {
        match of(line) {
            Response::Data(data) => data,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_status_has_a_code_and_words() {
        let Response::Status(status) = of("* OK [UIDVALIDITY 17] UIDs valid (all of them]") else { panic!() };
        assert_eq!((status.tag.as_deref(), status.kind), (None, Kind::Ok));
        assert_eq!(status.code("UIDVALIDITY"), Some("17"));
        assert_eq!(status.text, "UIDs valid (all of them]");
        let Response::Status(status) = of("a1 no [unavailable] Not now") else { panic!() };
        assert!(status.is_busy());
        assert_eq!(status.tag.as_deref(), Some("a1"));
    }

    #[test]
    fn a_message_is_described_in_any_order() {
        let fetched = data(
            r#"* 4 FETCH (FLAGS (\Seen \answered) EMAILID (M1) MODSEQ (77) INTERNALDATE "17-Jul-1996 02:44:25 -0700" RFC822.SIZE 12 BODY[1.MIME]<0> "ab" UID 9 X-UNKNOWN (1 (2)))"#,
        )
        .fetched()
        .unwrap();
        assert_eq!(fetched.uid, 9);
        assert_eq!(fetched.flags, Some(Flags { seen: true, answered: true, flagged: false }));
        assert_eq!(fetched.identity.as_deref(), Some("M1"));
        assert_eq!((fetched.mod_seq, fetched.size), (Some(77), Some(12)));
        assert_eq!(fetched.internal_date, Some(Millis(837_596_665_000)));
        assert_eq!(fetched.bytes("1.mime").unwrap().as_ref(), b"ab");
    }

    #[test]
    fn an_impossible_date_is_no_date() {
        for date in ["", "noon", "99-Jul-1996 02:44:25 -0700", "17-Jul-1996", "-1-Jan-1999 00:00:00"] {
            assert_eq!(internal_date(date), None, "{date}");
        }
    }

    #[test]
    fn uids_come_as_a_list_or_as_ranges() {
        assert_eq!(data("* SEARCH 3 1 2 9").uids().unwrap().to_string(), "1:3,9");
        assert_eq!(data("* SEARCH").uids().unwrap().to_string(), "");
        assert_eq!(data(r#"* ESEARCH (TAG "a3") UID ALL 1:3,9"#).uids().unwrap().to_string(), "1:3,9");
        assert_eq!(data(r#"* ESEARCH (TAG "a3") UID"#).uids().unwrap().to_string(), "");
    }

    #[test]
    fn a_folder_has_attributes_and_a_name() {
        let (attributes, delimiter, name) =
            data(r#"* LIST (\HasNoChildren \Sent) "/" "Sent \"x\"""#).listed().unwrap();
        assert_eq!((attributes.len(), delimiter.as_deref(), name.as_str()), (2, Some("/"), r#"Sent "x""#));
    }

    #[test]
    fn what_is_not_the_protocol_is_unknown() {
        for line in ["", "HTTP/1.1 400 Bad Request", "*", "* ", "<html>"] {
            assert_eq!(of(line), Response::Unknown, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_some_response(line in prop::collection::vec(any::<u8>(), 0..200), start in 0..4_usize) {
            let starts: [&[u8]; 4] = [b"", b"* 1 FETCH (UID 3 ", b"* ESEARCH ", b"* LIST "];
            let bytes = [starts[start], &line].concat();
            if let Response::Data(data) = Response::read(vec![Segment::Text(Bytes::from(bytes))]) {
                let _ = (data.fetched(), data.listed(), data.uids());
            }
        }
    }
}
