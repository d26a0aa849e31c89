//! How text is cut into words for the index, and how a question is put to it. Index and question use the same cuts.
//!
//! Every CJK character stands alone, since those languages write no spaces between words; a CJK word is then asked for as
//! a phrase of its characters.

use std::borrow::Cow;

use model::{
    query::{Ask, Query},
    text::is_cjk,
};

/// Text as the index takes it: a space on either side of each CJK character.
pub fn fts_text(text: &str) -> String {
    segmented(text).into_owned()
}

pub(crate) fn segmented(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.chars().any(is_cjk) {
        return Cow::Borrowed(text);
    }
    let mut cut = String::with_capacity(text.len() * 3 / 2);
    for c in text.chars() {
        if is_cjk(c) {
            cut.push(' ');
            cut.push(c);
            cut.push(' ');
        } else {
            cut.push(c);
        }
    }
    Cow::Owned(cut)
}

/// A phrase in FTS5's language; `None` when there is nothing in it that the index holds. The end is taken as the beginning of a word
/// only from two characters on: half of all words begin with one of a few letters. A CJK character is a whole word.
pub(crate) fn phrase(words: &str, prefix: bool) -> Option<String> {
    let holds = words.chars().any(char::is_alphanumeric);
    let last = words.chars().rev().take_while(|c| c.is_alphanumeric() && !is_cjk(*c)).count();
    holds.then(|| {
        let star = if prefix && last > 1 { "*" } else { "" };
        format!("\"{}\"{star}", segmented(words).replace(['"', '\0'], " "))
    })
}

/// Somebody's name or address, in the column of senders. A whole address is taken as it is: its last word begins half of all addresses,
/// and the index would gather them all.
pub(crate) fn sender(who: &str) -> Option<String> {
    let whole = who.split_once('@').is_some_and(|(_, domain)| {
        domain
            .rsplit_once('.')
            .is_some_and(|(_, top)| top.chars().filter(|c| c.is_alphanumeric()).count() > 1)
    });
    phrase(who, !whole).map(|phrase| format!("sender : {phrase}"))
}

/// The words to look for in a text when an excerpt is cut or a match is marked, lower case.
pub fn highlights(query: &Query) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for term in query.terms.iter().filter(|term| !term.negated) {
        if let Ask::Text { words: asked, .. } = &term.ask {
            let parts = asked.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
            words.extend(parts.map(str::to_lowercase));
        }
    }
    words.sort();
    words.dedup();
    words
}

const EXCERPT_BEFORE: usize = 50;
const EXCERPT_CHARS: usize = 180;

/// One line of `text` around the first of `words` found in it; `None` when none is.
pub(crate) fn excerpt(text: &str, words: &[String]) -> Option<String> {
    let at = words.iter().filter_map(|word| find_word(text, word)).min()?;
    let from = text.get(..at)?.char_indices().rev().take(EXCERPT_BEFORE).last().map_or(at, |(i, _)| i);
    let from = if from == 0 { 0 } else { word_start(text, from, at) };
    let line = model::text::snippet(text.get(from..)?, EXCERPT_CHARS);
    Some(if from > 0 { format!("…{line}") } else { line })
}

/// The first word boundary at or after `from`, so that an excerpt does not begin inside a word.
fn word_start(text: &str, from: usize, at: usize) -> usize {
    let Some(head) = text.get(from..at) else { return at };
    head.char_indices().find(|(_, c)| c.is_whitespace() || is_cjk(*c)).map_or(at, |(i, _)| from + i)
}

/// How much of a text is looked through for an excerpt, in bytes.
const LOOKED_THROUGH: usize = 256 * 1024;

/// Where a word begins in the text, any case. The end of an English word may differ, since the index matches stems.
fn find_word(text: &str, word: &str) -> Option<usize> {
    let end = (0..=LOOKED_THROUGH.min(text.len())).rev().find(|end| text.is_char_boundary(*end))?;
    let text = text.get(..end)?;
    if !word.is_ascii() {
        return find_folded(text, word);
    }
    let stem = word.get(..word.len().saturating_sub(3).max(3).min(word.len()))?;
    find_ascii(text, word).or_else(|| find_ascii(text, stem))
}

fn find_ascii(text: &str, word: &str) -> Option<usize> {
    let (text_bytes, word) = (text.as_bytes(), word.as_bytes());
    let begins = |at: &usize| at_word_start(text, *at);
    let found = |window: &[u8]| window.eq_ignore_ascii_case(word);
    text_bytes
        .windows(word.len().max(1))
        .enumerate()
        .filter(|(_, window)| found(window))
        .map(|(at, _)| at)
        .find(begins)
}

fn find_folded(text: &str, word: &str) -> Option<usize> {
    let exact = text.match_indices(word).map(|(at, _)| at).find(|at| at_word_start(text, *at));
    if exact.is_some() || word.chars().all(is_cjk) {
        return exact;
    }
    let folded = |at: &usize| text.get(*at..).is_some_and(|rest| starts_with_folded(rest, word));
    text.char_indices().map(|(at, _)| at).filter(folded).find(|at| at_word_start(text, *at))
}

fn at_word_start(text: &str, at: usize) -> bool {
    let before = text.get(..at).and_then(|head| head.chars().next_back());
    let here = text.get(at..).and_then(|rest| rest.chars().next());
    here.is_some_and(is_cjk) || !before.is_some_and(|c| c.is_alphanumeric() && !is_cjk(c))
}

fn starts_with_folded(text: &str, word: &str) -> bool {
    let mut text = text.chars().flat_map(char::to_lowercase);
    word.chars().all(|c| text.next() == Some(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cjk_characters_stand_alone_and_latin_words_stay_whole() {
        let words = |text: &str| fts_text(text).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words("茶具A12碎了 ok"), ["茶", "具", "A12", "碎", "了", "ok"]);
        assert_eq!(fts_text("plain text"), "plain text");
    }

    #[test]
    fn a_phrase_can_hold_nothing_that_means_something_to_the_index() {
        assert_eq!(phrase("tea\" OR \"set", false).as_deref(), Some("\"tea  OR  set\""));
        assert_eq!(phrase("wor", true).as_deref(), Some("\"wor\"*"));
        assert_eq!(sender("ann@mail.ex").as_deref(), Some("sender : \"ann@mail.ex\""));
        assert_eq!(sender("ann@mail").as_deref(), Some("sender : \"ann@mail\"*"));
        assert_eq!(phrase("--!", false), None);
        for whole in ["w", "茶具", "li.n", "tea "] {
            assert!(phrase(whole, true).unwrap().ends_with('"'), "{whole}");
        }
    }

    #[test]
    fn an_excerpt_shows_the_hit_in_its_surroundings() {
        let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let long = format!("{} the kettle arrived broken today", "something else entirely ".repeat(20));
        let cut = excerpt(&long, &words(&["kettles"])).unwrap();
        assert!(cut.starts_with('…') && cut.contains("kettle arrived broken"), "{cut}");
        assert_eq!(excerpt("杯子碎了，怎么办", &words(&["碎了"])).as_deref(), Some("杯子碎了，怎么办"));
        assert_eq!(excerpt("Das ÜBLE Teil", &words(&["üble"])).as_deref(), Some("Das ÜBLE Teil"));
        assert_eq!(excerpt("nothing here", &words(&["kettle"])), None);
        assert_eq!(excerpt("unkettled", &words(&["kettle"])), None, "inside another word");
    }
}
