//! Sentences with alternatives: `[this|that|]` says one of its parts, `{order}` is filled in. Both nest.
//!
//! Promises: the cost is that of reading the template once. A slot nobody fills is left as it is written; a bracket nobody
//! closes is text. Texts of this crate have neither, which a test proves.

use rand::{Rng, rngs::SmallRng};

/// Writes what `{slot}` stands for, or answers `false` when it does not know the slot.
pub trait Slots {
    fn fill(&self, slot: &str, out: &mut String, rng: &mut SmallRng) -> bool;
}

/// Appends one reading of `template` to `out`.
pub fn render(template: &str, slots: &dyn Slots, rng: &mut SmallRng, out: &mut String) {
    let mut rest = template;
    while let Some(at) = rest.bytes().position(|b| b == b'[' || b == b'{') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        rest = if from.starts_with('[') {
            alternatives(from, slots, rng, out)
        } else {
            slot(from, slots, rng, out)
        };
    }
    out.push_str(rest);
}

/// `from` begins with `[`. Answers what follows the group.
fn alternatives<'a>(from: &'a str, slots: &dyn Slots, rng: &mut SmallRng, out: &mut String) -> &'a str {
    let Some((inside, bars)) = group(from) else {
        out.push('[');
        return from.get(1..).unwrap_or("");
    };
    let chosen = rng.random_range(0..=bars);
    render(option(inside, chosen), slots, rng, out);
    from.get(inside.len() + 2..).unwrap_or("")
}

/// The text between `[` and its `]`, and how many bars divide it.
fn group(from: &str) -> Option<(&str, usize)> {
    let (mut depth, mut bars) = (0usize, 0usize);
    for (at, byte) in from.bytes().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' if depth == 1 => return Some((from.get(1..at)?, bars)),
            b']' => depth -= 1,
            b'|' if depth == 1 => bars += 1,
            _ => {}
        }
    }
    None
}

/// The `n`-th part of `inside`, divided by bars that no bracket encloses.
fn option(inside: &str, n: usize) -> &str {
    let (mut depth, mut seen, mut start) = (0usize, 0usize, 0usize);
    for (at, byte) in inside.bytes().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' => depth = depth.saturating_sub(1),
            b'|' if depth == 0 && seen == n => return inside.get(start..at).unwrap_or(""),
            b'|' if depth == 0 => (seen, start) = (seen + 1, at + 1),
            _ => {}
        }
    }
    inside.get(start..).unwrap_or("")
}

/// `from` begins with `{`. Answers what follows the slot.
fn slot<'a>(from: &'a str, slots: &dyn Slots, rng: &mut SmallRng, out: &mut String) -> &'a str {
    let filled = from.find('}').filter(|end| slots.fill(from.get(1..*end).unwrap_or(""), out, rng));
    match filled {
        Some(end) => from.get(end + 1..).unwrap_or(""),
        None => {
            out.push('{');
            from.get(1..).unwrap_or("")
        }
    }
}

/// Gives every sentence a capital letter: a slot may have put a small one first.
pub fn capitals(text: String) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut before, mut begins) = ('\n', true);
    for c in text.chars() {
        begins = match c {
            ' ' => begins || matches!(before, '.' | '?' | '!'),
            '\n' => begins || before == '\n',
            _ => {
                out.push(if begins { c.to_ascii_uppercase() } else { c });
                before = c;
                false
            }
        };
        if c == ' ' || c == '\n' {
            out.push(c);
            before = c;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rng::{For, generator};

    struct Tea;

    impl Slots for Tea {
        fn fill(&self, slot: &str, out: &mut String, _: &mut SmallRng) -> bool {
            out.push_str("tea");
            slot == "drink"
        }
    }

    fn readings(template: &str) -> BTreeSet<String> {
        (0..200)
            .map(|n| {
                let mut out = String::new();
                render(template, &Tea, &mut generator(1, For::Words, n), &mut out);
                out
            })
            .collect()
    }

    #[test]
    fn every_alternative_is_said_and_nothing_else() {
        let said = readings("I [like|want [some|] more] {drink}[.|!]");
        let expected = [
            "I like tea!",
            "I like tea.",
            "I want  more tea!",
            "I want  more tea.",
            "I want some more tea!",
            "I want some more tea.",
        ];
        assert_eq!(said, expected.map(str::to_owned).into());
    }

    #[test]
    fn sentences_begin_with_a_capital_whatever_fills_them() {
        let text = "the kettle leaks. it drips!  why? A 0.9 l pot,\nand more.\n\nthanks".to_owned();
        assert_eq!(capitals(text), "The kettle leaks. It drips!  Why? A 0.9 l pot,\nand more.\n\nThanks");
    }

    #[test]
    fn an_unclosed_bracket_is_text() {
        assert_eq!(readings("a [b|c"), ["a [b|c".to_owned()].into());
        assert_eq!(readings("a {b"), ["a {b".to_owned()].into());
    }
}
