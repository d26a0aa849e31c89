//! People's names and addresses as words, and which words somebody may have meant who typed others.
//!
//! Pure. One typing error is allowed for in words of four letters on, two from eight on: a letter too many, too few or another one, or two
//! that changed places. How a Chinese name sounds is told by whoever asks.

use crate::text::is_cjk;

/// The longest word, in characters, and the most words one name or question has.
const LONGEST: usize = 32;
const MOST: usize = 12;
/// No more of a name is read.
const MOST_CHARS: usize = 400;

/// Words in lower case: letters in a row, digits in a row, and Chinese, Japanese or Korean characters in a row, each by itself. None twice.
pub fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut word, mut kind) = (String::new(), Kind::Between);
    for c in text.chars().take(MOST_CHARS).chain([' ']) {
        let next = Kind::of(c);
        if next != kind {
            keep(&mut words, std::mem::take(&mut word));
            kind = next;
        }
        if next != Kind::Between {
            word.extend(c.to_lowercase());
        }
    }
    words
}

fn keep(words: &mut Vec<String>, word: String) {
    let word: String = word.chars().take(LONGEST).collect();
    if !word.is_empty() && words.len() < MOST && !words.contains(&word) {
        words.push(word);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Between,
    Letters,
    Digits,
    Cjk,
}

impl Kind {
    fn of(c: char) -> Kind {
        match c {
            c if c.is_numeric() => Kind::Digits,
            c if c.is_alphabetic() && is_cjk(c) => Kind::Cjk,
            c if c.is_alphabetic() => Kind::Letters,
            _ => Kind::Between,
        }
    }
}

/// A word that was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    pub word: String,
    /// How it sounds, if it is Chinese: pinyin in a row, without tones.
    pub sound: Option<String>,
}

/// How well somebody fits what was typed. The better is the less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// Every word that was typed begins one of theirs.
    Begins,
    /// So it is when typing errors are allowed for.
    Guessed,
}

/// Whether somebody with these words was meant: every word that was typed must fit one of theirs.
pub fn fit(typed: &[Typed], theirs: &[String]) -> Option<Fit> {
    let fits = typed.iter().map(|typed| fit_one(typed, theirs));
    fits.reduce(|all, one| Some(all?.max(one?))).flatten()
}

fn fit_one(typed: &Typed, theirs: &[String]) -> Option<Fit> {
    let begins = |start: &str| theirs.iter().any(|word| word.starts_with(start));
    if begins(&typed.word) {
        return Some(Fit::Begins);
    }
    let alike =
        typed.sound.as_deref().is_some_and(begins) || theirs.iter().any(|word| is_close(&typed.word, word));
    alike.then_some(Fit::Guessed)
}

/// How many typing errors are allowed for in a word.
pub fn errors_allowed(word: &str) -> usize {
    let (length, first) = (word.chars().count(), word.chars().next().map_or(Kind::Between, Kind::of));
    match (first, length) {
        (Kind::Letters, 8..) => 2,
        (Kind::Letters, 4..) | (Kind::Cjk, 3..) => 1,
        // A number is another number with one digit changed.
        _ => 0,
    }
}

/// Whether a typing error or two make `typed` of `word`.
pub fn is_close(typed: &str, word: &str) -> bool {
    let allowed = errors_allowed(typed);
    allowed > 0 && distance(typed, word, allowed).is_some()
}

/// How many changes make the one of the other, as far as `most`: a character more, less or another, or two neighbours that changed places
/// (Damerau and Levenshtein, in the form in which no part is changed twice).
pub fn distance(one: &str, other: &str, most: usize) -> Option<usize> {
    let [one, other] = [one, other].map(|word| word.chars().take(LONGEST).collect::<Vec<char>>());
    if one.len().abs_diff(other.len()) > most {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut row = Vec::with_capacity(other.len() + 1);
        row.push(i + 1);
        for (j, b) in other.iter().enumerate() {
            let at = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX - 1);
            let mut least =
                (at(&last, j) + usize::from(a != b)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && one.get(i - 1) == Some(b) && other.get(j - 1) == Some(a);
            if swapped {
                least = least.min(at(&before, j - 1) + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Vec<Typed> {
        words(text).into_iter().map(|word| Typed { word, sound: None }).collect()
    }

    #[test]
    fn names_and_addresses_are_cut_into_words() {
        assert_eq!(words("Wang  Zhiyuan <wang.zhiyuan88@x.test>"), ["wang", "zhiyuan", "88", "x", "test"]);
        assert_eq!(words("王志远 (Alan)"), ["王志远", "alan"]);
        assert_eq!(words("O’Brien-Müller"), ["o", "brien", "müller"]);
        assert_eq!(words("13812345678@qq.com"), ["13812345678", "qq", "com"]);
    }

    #[test]
    fn whatever_a_name_holds_its_words_are_few_and_short() {
        assert!(words("🫖🎉 \u{202E}\u{0}").is_empty());
        assert_eq!(words("محمد علي"), ["محمد", "علي"]);
        assert_eq!(words(&"x".repeat(300)), ["x".repeat(32)]);
        assert_eq!(words(&(0..300).map(|n| format!("n{n} ")).collect::<String>()).len(), 12);
    }

    #[test]
    fn changes_are_counted_and_neighbours_that_changed_places_are_one() {
        assert_eq!(distance("zhiyuan", "zhiyuan", 2), Some(0));
        assert_eq!(distance("zhiyaun", "zhiyuan", 2), Some(1));
        assert_eq!(distance("zhyuan", "zhiyuan", 2), Some(1));
        assert_eq!(distance("shiyuang", "zhiyuan", 2), Some(2));
        assert_eq!(distance("wei", "zhiyuan", 2), None);
        assert_eq!(distance("王志原", "王志远", 1), Some(1));
    }

    #[test]
    fn short_words_and_numbers_must_be_right() {
        assert!(is_close("wnag", "wang") && is_close("王志原", "王志远") && is_close("margarte", "margaret"));
        assert!(
            !is_close("lin", "li") && !is_close("李那", "李娜") && !is_close("13812345679", "13812345678")
        );
        assert!(!is_close("wnga", "zhang"));
    }

    #[test]
    fn every_word_typed_must_fit_and_the_worst_says_how_well() {
        let theirs = words("Wang Zhiyuan wang88");
        assert_eq!(fit(&typed("zhi wa"), &theirs), Some(Fit::Begins));
        assert_eq!(fit(&typed("wang zhiyaun"), &theirs), Some(Fit::Guessed));
        assert_eq!(fit(&typed("wang li"), &theirs), None);
        assert_eq!(fit(&typed(""), &theirs), None);
        let sounds = [Typed { word: "李那".into(), sound: Some("lina".into()) }];
        assert_eq!(fit(&sounds, &["李娜".into(), "lina".into()]), Some(Fit::Guessed));
    }
}
