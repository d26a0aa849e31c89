//! The query language of search and views: `from:wang tag:vip status:open is:unread before:2026-03-01 "tea set" -refund`.
//!
//! A query is parsed into terms that must all hold. The tree exists once: the store compiles it to SQL, [`Query::matches`]
//! evaluates it on one ticket. An error points at the characters it concerns.

use serde::{Deserialize, Serialize};

use crate::{Millis, Priority, Problem, ProblemCode, Status};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    pub terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    pub negated: bool,
    pub ask: Ask,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// Text anywhere in a ticket's messages, subject, names and addresses. A single word, or a quoted phrase; the last word
    /// of a query typed so far also matches as a beginning (`prefix`).
    Text {
        words: String,
        phrase: bool,
        prefix: bool,
    },
    /// Part of the name or address of somebody who wrote.
    From(String),
    /// A tag by its key.
    Tag(String),
    Status(Status),
    Priority(Priority),
    Is(Is),
    HasAttachment,
    /// Newest message before the start of that day, UTC milliseconds.
    Before(Millis),
    /// Newest message at or after the start of that day.
    After(Millis),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Is {
    Open,
    Waiting,
    Closed,
    Urgent,
    Unread,
    Vip,
}

/// What a query is evaluated on when it is not SQL. Text is answered by the caller, who has an index.
#[derive(Debug, Clone, Copy)]
pub struct TicketFacts<'a> {
    pub status: Status,
    pub priority: Priority,
    pub urgent: bool,
    pub unread: bool,
    pub vip: bool,
    pub has_attachment: bool,
    /// Keys of the ticket's tags.
    pub tags: &'a [String],
    pub last_message_at: Millis,
}

impl Query {
    /// Parses what a person typed. `day_start` turns a civil date (year, month, day) into the UTC moment it begins where
    /// the person is, or `None` if there is no such day.
    pub fn parse(text: &str, day_start: impl Fn(i16, i8, i8) -> Option<Millis>) -> Result<Query, Problem> {
        let tokens = tokens(text)?;
        let last = tokens.len().saturating_sub(1);
        let open_ended = !text.ends_with(char::is_whitespace);
        let terms = tokens
            .into_iter()
            .enumerate()
            .map(|(i, token)| token.term(i == last && open_ended, &day_start))
            .collect::<Result<_, _>>()?;
        Ok(Query { terms })
    }

    /// The terms that need the text index.
    pub fn text_terms(&self) -> impl Iterator<Item = &Term> {
        self.terms.iter().filter(|term| matches!(term.ask, Ask::Text { .. } | Ask::From(_)))
    }

    /// Whether a ticket answers everything but the text terms.
    pub fn matches(&self, ticket: TicketFacts<'_>) -> bool {
        self.terms.iter().all(|term| term.ask.holds(ticket).is_none_or(|holds| holds != term.negated))
    }
}

impl Ask {
    /// `None` for what only the text index can answer.
    fn holds(&self, ticket: TicketFacts<'_>) -> Option<bool> {
        Some(match self {
            Ask::Text { .. } | Ask::From(_) => return None,
            Ask::Tag(key) => ticket.tags.iter().any(|tag| tag == key),
            Ask::Status(status) => ticket.status == *status,
            Ask::Priority(priority) => ticket.priority == *priority,
            Ask::Is(is) => is.holds(ticket),
            Ask::HasAttachment => ticket.has_attachment,
            Ask::Before(day) => ticket.last_message_at < *day,
            Ask::After(day) => ticket.last_message_at >= *day,
        })
    }
}

impl Is {
    fn holds(self, ticket: TicketFacts<'_>) -> bool {
        match self {
            Is::Open => ticket.status == Status::Open,
            Is::Waiting => ticket.status == Status::Waiting,
            Is::Closed => ticket.status == Status::Closed,
            Is::Urgent => ticket.urgent,
            Is::Unread => ticket.unread,
            Is::Vip => ticket.vip,
        }
    }

    fn from_word(word: &str) -> Option<Is> {
        Some(match word {
            "open" => Is::Open,
            "waiting" => Is::Waiting,
            "closed" => Is::Closed,
            "urgent" => Is::Urgent,
            "unread" => Is::Unread,
            "vip" => Is::Vip,
            _ => return None,
        })
    }
}

/// One piece of the text: an optional `-`, an optional `key:`, a word or quoted phrase.
struct Token {
    negated: bool,
    key: Option<String>,
    value: String,
    quoted: bool,
    /// Characters from the start of the text, and how many.
    at: usize,
    length: usize,
}

const KEYS: &[&str] = &["from", "tag", "status", "priority", "is", "has", "before", "after"];

fn invalid(at: usize, length: usize, why: &str) -> Problem {
    Problem::new(ProblemCode::QueryInvalid).with("at", at).with("length", length).with("why", why)
}

fn tokens(text: &str) -> Result<Vec<Token>, Problem> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at) {
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let token = read_token(&chars, at)?;
        at += token.length;
        tokens.push(token);
    }
    Ok(tokens)
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '「' | '」')
}

fn read_token(chars: &[char], start: usize) -> Result<Token, Problem> {
    let mut at = start;
    let next_is_word = chars.get(at + 1).is_some_and(|c| !c.is_whitespace());
    let negated = chars.get(at) == Some(&'-') && next_is_word;
    at += usize::from(negated);
    let key = read_key(chars, at);
    at += key.as_ref().map_or(0, |key| key.chars().count() + 1);
    let quoted = chars.get(at).is_some_and(|c| is_quote(*c));
    let value: String = if quoted {
        let inside: String = chars.iter().skip(at + 1).take_while(|c| !is_quote(**c)).collect();
        at += inside.chars().count() + 2;
        if at > chars.len() {
            return Err(invalid(start, chars.len() - start, "quote_open"));
        }
        inside
    } else {
        let word: String = chars.iter().skip(at).take_while(|c| !c.is_whitespace()).collect();
        at += word.chars().count();
        word
    };
    Ok(Token { negated, key, value, quoted, at: start, length: at - start })
}

fn read_key(chars: &[char], at: usize) -> Option<String> {
    let word: String = chars.iter().skip(at).take_while(|c| c.is_ascii_alphabetic()).collect();
    let colon = chars.get(at + word.len()).is_some_and(|c| *c == ':' || *c == '：');
    let word = word.to_ascii_lowercase();
    (colon && KEYS.contains(&word.as_str())).then_some(word)
}

impl Token {
    fn term(self, prefix: bool, day_start: &impl Fn(i16, i8, i8) -> Option<Millis>) -> Result<Term, Problem> {
        let fail = |why| invalid(self.at, self.length, why);
        let value = self.value.trim().to_lowercase();
        if value.is_empty() && (self.key.is_some() || self.quoted) {
            return Err(fail("value_missing"));
        }
        let day =
            || civil_day(&value).and_then(|(y, m, d)| day_start(y, m, d)).ok_or_else(|| fail("not_a_day"));
        let ask = match self.key.as_deref() {
            None => Ask::Text { words: value, phrase: self.quoted, prefix: prefix && !self.quoted },
            Some("from") => Ask::From(value),
            Some("tag") => Ask::Tag(value),
            Some("status") => Ask::Status(Status::from_word(&value).ok_or_else(|| fail("unknown_status"))?),
            Some("priority") => {
                Ask::Priority(Priority::from_word(&value).ok_or_else(|| fail("unknown_priority"))?)
            }
            Some("is") => Ask::Is(Is::from_word(&value).ok_or_else(|| fail("unknown_is"))?),
            Some("has") if value == "attachment" => Ask::HasAttachment,
            Some("has") => return Err(fail("unknown_has")),
            Some("before") => Ask::Before(day()?),
            Some(_) => Ask::After(day()?),
        };
        Ok(Term { negated: self.negated, ask })
    }
}

fn civil_day(text: &str) -> Option<(i16, i8, i8)> {
    let mut parts = text.split(['-', '/', '.']);
    let year = parts.next()?.parse().ok()?;
    let month = parts.next().unwrap_or("1").parse().ok()?;
    let day = parts.next().unwrap_or("1").parse().ok()?;
    parts.next().is_none().then_some((year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Query, Problem> {
        Query::parse(text, |y, m, d| {
            jiff::civil::Date::new(y, m, d)
                .ok()?
                .to_zoned(jiff::tz::TimeZone::UTC)
                .ok()
                .map(|z| Millis(z.timestamp().as_millisecond()))
        })
    }

    fn text(words: &str, phrase: bool, prefix: bool) -> Ask {
        Ask::Text { words: words.into(), phrase, prefix }
    }

    fn asks(query: &str) -> Vec<(bool, Ask)> {
        parse(query).unwrap().terms.into_iter().map(|t| (t.negated, t.ask)).collect()
    }

    #[test]
    fn every_operator_is_understood() {
        assert_eq!(
            asks(
                r#"from:Wang tag:"big spender" status:open -is:unread has:attachment after:2026-03-01 before:2026/4 "Tea set" -refund ket"#
            ),
            [
                (false, Ask::From("wang".into())),
                (false, Ask::Tag("big spender".into())),
                (false, Ask::Status(Status::Open)),
                (true, Ask::Is(Is::Unread)),
                (false, Ask::HasAttachment),
                (false, Ask::After(Millis(1_772_323_200_000))),
                (false, Ask::Before(Millis(1_775_001_600_000))),
                (false, text("tea set", true, false)),
                (true, text("refund", false, false)),
                (false, text("ket", false, true)),
            ]
        );
    }

    #[test]
    fn a_word_with_a_colon_that_is_no_key_is_text() {
        assert_eq!(asks("https://x.test "), [(false, text("https://x.test", false, false))]);
        assert_eq!(asks("- x "), [(false, text("-", false, false)), (false, text("x", false, false))]);
    }

    #[test]
    fn chinese_quotes_and_colons_work_as_typed_by_an_input_method() {
        assert_eq!(
            asks("status：closed “碎了” "),
            [(false, Ask::Status(Status::Closed)), (false, text("碎了", true, false))]
        );
    }

    #[test]
    fn an_error_points_at_the_characters_it_concerns() {
        let error = |query| parse(query).unwrap_err().params;
        let at = |at: &str, length: &str, why: &str| {
            [("at", at), ("length", length), ("why", why)].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
        };
        assert_eq!(error("茶 status:done x"), at("2", "11", "unknown_status"));
        assert_eq!(error("before:2026-02-30"), at("0", "17", "not_a_day"));
        assert_eq!(error(r#"a "never closed"#), at("2", "13", "quote_open"));
        assert_eq!(error("tag: x"), at("0", "4", "value_missing"));
    }
}
