//! From what a person typed to terms. Full-width colons, quotes and signs are taken as an input method types them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Age, Ask, Is, Lang, MOST_CHARS, MOST_TERMS, Query, Term};
use crate::{Channel, Millis, Priority, Problem, ProblemCode, Status, Tag, ticket::words};

words! {
    /// What stands before a colon.
    Key {
        From = "from", Tag = "tag", Status = "status", Priority = "priority", Is = "is", Has = "has",
        Waiting = "waiting", Updated = "updated", Before = "before", After = "after",
        Channel = "channel", Lang = "lang", Source = "source",
    }
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
}

/// One piece of the text: an optional `-`, an optional `key:`, a word or quoted phrase.
pub(super) struct Token {
    pub negated: bool,
    pub key: Option<Key>,
    pub value: String,
    pub quoted: bool,
    /// Characters from the start of the text, and how many.
    pub at: usize,
    pub length: usize,
}

fn invalid(at: usize, length: usize, why: &str) -> Problem {
    Problem::new(ProblemCode::QueryInvalid).with("at", at).with("length", length).with("why", why)
}

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Problem> {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() > MOST_CHARS {
        return Err(invalid(MOST_CHARS, chars.len() - MOST_CHARS, "too_long"));
    }
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at) {
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let token = read_token(&chars, at)?;
        if tokens.len() == MOST_TERMS {
            return Err(invalid(at, chars.len() - at, "too_long"));
        }
        at += token.length;
        tokens.push(token);
    }
    Ok(tokens)
}

pub(super) fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '「' | '」' | '＂')
}

pub(super) fn is_minus(c: char) -> bool {
    matches!(c, '-' | '－')
}

fn read_token(chars: &[char], start: usize) -> Result<Token, Problem> {
    let mut at = start;
    let next_is_word = chars.get(at + 1).is_some_and(|c| !c.is_whitespace());
    let negated = chars.get(at).is_some_and(|c| is_minus(*c)) && next_is_word;
    at += usize::from(negated);
    let key = read_key(chars, at);
    at += key.map_or(0, |key| key.as_str().len() + 1);
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

fn read_key(chars: &[char], at: usize) -> Option<Key> {
    let word: String = chars.iter().skip(at).take_while(|c| c.is_ascii_alphabetic()).collect();
    let colon = chars.get(at + word.len()).is_some_and(|c| *c == ':' || *c == '：');
    Key::from_word(&word.to_ascii_lowercase()).filter(|_| colon)
}

impl Token {
    fn term(self, prefix: bool, day_start: &impl Fn(i16, i8, i8) -> Option<Millis>) -> Result<Term, Problem> {
        let value = self.value.trim().to_lowercase();
        if value.is_empty() && (self.key.is_some() || self.quoted) {
            return Err(invalid(self.at, self.length, "value_missing"));
        }
        let day = |value: &str| civil_day(value).and_then(|(y, m, d)| day_start(y, m, d));
        let asked = match self.key {
            None => Ok(Ask::Text { words: value, phrase: self.quoted, prefix: prefix && !self.quoted }),
            Some(key) => key.ask(value, day),
        };
        let ask = asked.map_err(|why| invalid(self.at, self.length, why))?;
        Ok(Term { negated: self.negated, ask })
    }
}

impl Key {
    fn ask(self, value: String, day: impl Fn(&str) -> Option<Millis>) -> Result<Ask, &'static str> {
        Ok(match self {
            Key::From => Ask::From(value),
            Key::Tag => Ask::Tag(Tag::key(&value).unwrap_or(value)),
            Key::Source => Ask::Source(value),
            Key::Status => Ask::Status(Status::from_word(&value).ok_or("unknown_status")?),
            Key::Priority => Ask::Priority(Priority::from_word(&value).ok_or("unknown_priority")?),
            Key::Is => Ask::Is(Is::from_word(&value).ok_or("unknown_is")?),
            Key::Has if value == "attachment" => Ask::HasAttachment,
            Key::Has => return Err("unknown_has"),
            Key::Channel => Ask::Channel(Channel::from_word(&value).ok_or("unknown_channel")?),
            Key::Lang => Ask::Lang(Lang::from_word(&value).ok_or("unknown_lang")?),
            Key::Waiting => Ask::Waiting(age(&value).ok_or("not_an_age")?),
            Key::Updated => Ask::Updated(age(&value).ok_or("not_an_age")?),
            Key::Before => Ask::Before(day(&value).ok_or("not_a_day")?),
            Key::After => Ask::After(day(&value).ok_or("not_a_day")?),
        })
    }
}

/// The longest time ago that can be asked for.
const LONGEST_MS: i64 = 3_660 * Millis::DAY;

/// `>2h`, `<30m`, `1d`, `2小时`: without a sign, at least that long.
fn age(text: &str) -> Option<Age> {
    let text = half_width(text);
    let unsigned = text.strip_prefix(['>', '<', '》', '《']).unwrap_or(&text);
    let under = text.starts_with(['<', '《']);
    let unsigned = unsigned.strip_prefix('=').unwrap_or(unsigned).trim_start();
    let digits = unsigned.find(|c: char| !c.is_ascii_digit()).unwrap_or(unsigned.len());
    let (count, unit) = unsigned.split_at_checked(digits)?;
    let unit = match unit.trim() {
        "m" | "min" | "分" | "分钟" => Millis::MINUTE,
        "h" | "时" | "小时" | "个小时" => Millis::HOUR,
        "d" | "天" | "日" => Millis::DAY,
        "w" | "周" | "星期" => 7 * Millis::DAY,
        _ => return None,
    };
    let ms = count.parse::<i64>().ok()?.checked_mul(unit).filter(|ms| *ms <= LONGEST_MS)?;
    Some(Age { over: !under, ms })
}

/// `2026-03-01`, `2026/3/1`, `2026.3`, `2026年3月1日`: what is left out is the first.
fn civil_day(text: &str) -> Option<(i16, i8, i8)> {
    let text = half_width(text);
    let mut parts = text.trim_end_matches(['年', '月', '日']).split(['-', '/', '.', '年', '月']);
    let year = number(parts.next()?)?;
    let month = parts.next().map_or(Some(1), number)?;
    let day = parts.next().map_or(Some(1), number)?;
    parts.next().is_none().then_some((year, month, day))
}

/// Digits alone: no sign, nothing else.
fn number<T: std::str::FromStr>(digits: &str) -> Option<T> {
    digits.chars().all(|c| c.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// Digits and signs as an input method types them in its wide mode.
fn half_width(text: &str) -> String {
    let narrow = |c: char| match c {
        '！'..='～' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
        c => c,
    };
    text.chars().map(narrow).collect()
}
