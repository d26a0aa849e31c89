//! What may be typed where the cursor stands. Pure: it knows the language, not which tags or people there are.

use super::{
    Key,
    parse::{is_minus, is_quote},
};

/// The piece of the text that a completion would take the place of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blank {
    /// In characters from the start of the text.
    pub from: usize,
    pub to: usize,
    /// What is typed of it so far, lower case, up to the cursor, without quotes.
    pub typed: String,
    pub expected: Expected,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// A word, or the beginning of a key.
    Word,
    /// A value of this key.
    Value(Key),
}

impl Key {
    /// The values a key can have; for a time ago, some that are often asked for. Empty for names and days.
    pub fn values(self) -> Vec<&'static str> {
        use crate::{
            Channel, Priority, Status,
            query::{Is, Lang},
        };
        match self {
            Key::Status => Status::ALL.iter().map(|each| each.as_str()).collect(),
            Key::Priority => Priority::ALL.iter().map(|each| each.as_str()).collect(),
            Key::Is => Is::ALL.iter().map(|each| each.as_str()).collect(),
            Key::Channel => Channel::ALL.iter().map(|each| each.as_str()).collect(),
            Key::Lang => Lang::ALL.iter().map(|each| each.as_str()).collect(),
            Key::Has => vec!["attachment"],
            Key::Waiting => vec![">1h", ">4h", ">1d", "<1h"],
            Key::Updated => vec!["<1h", "<1d", "<7d", ">7d"],
            Key::From | Key::Tag | Key::Source | Key::Before | Key::After => Vec::new(),
        }
    }
}

/// What stands at `at` (characters) in what was typed so far. Never fails: a text that does not parse can be completed too.
pub fn blank_at(text: &str, at: usize) -> Blank {
    let chars: Vec<char> = text.chars().collect();
    let at = at.min(chars.len());
    let (from, quoted) = word_start(&chars, at);
    let to = word_end(&chars, at, quoted);
    let start = from + usize::from(from < at && chars.get(from).is_some_and(|c| is_minus(*c)));
    let typed: String = chars.get(start..at).unwrap_or_default().iter().collect();
    let key = typed
        .split_once([':', '：'])
        .and_then(|(key, value)| Some((Key::from_word(&key.to_ascii_lowercase())?, value)));
    match key {
        Some((key, value)) => Blank {
            from: start + key.as_str().len() + 1,
            to,
            typed: value.trim_matches(is_quote).to_lowercase(),
            expected: Expected::Value(key),
        },
        None => Blank { from: start, to, typed: typed.to_lowercase(), expected: Expected::Word },
    }
}

/// Where the word begins that ends at `at`, and whether that is within quotes; blanks there belong to it.
fn word_start(chars: &[char], at: usize) -> (usize, bool) {
    let (mut start, mut quoted) = (0, false);
    for (place, c) in chars.iter().take(at).enumerate() {
        if is_quote(*c) {
            quoted = !quoted;
        } else if c.is_whitespace() && !quoted {
            start = place + 1;
        }
    }
    (start, quoted)
}

/// Where the word ends in which `at` lies: behind the quote that closes it, if one does, else before the next blank.
fn word_end(chars: &[char], at: usize, quoted: bool) -> usize {
    let find = |what: fn(char) -> bool| chars.iter().skip(at).position(|c| what(*c)).map(|more| at + more);
    let closed = find(is_quote).filter(|_| quoted).map(|quote| quote + 1);
    closed.or_else(|| find(char::is_whitespace)).unwrap_or(chars.len())
}
