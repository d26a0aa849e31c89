//! Which ticket a mail belongs to. The rules only; the look-ups are the store's.
//!
//! In order: a message named by `In-Reply-To` or `References` (the last named first), the subject token, and
//! conservatively the same subject between the same two addresses within a fortnight, only for a subject marked as a
//! reply. Anything else begins a ticket. Two tickets are never joined: when references point at two, the newest reference wins.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Millis, text};

/// The reference people and subjects carry, `FD-7K3M9QXA`: made from the root message's identity, so every desk that
/// reads the mailbox makes the same one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(transparent)]
pub struct Token(pub String);

/// Crockford's alphabet: no I, L, O or U, so a token read aloud is not misheard.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl Token {
    const DIGITS: usize = 8;

    /// The token of the ticket that the message `root` began. 40 bits: among a million tickets the chance of any two alike is about a third,
    /// so a token only ever finds candidates and the requester decides between them.
    pub fn of_root(root: &str) -> Token {
        let digest = blake3::hash(root.as_bytes());
        let mut digits = String::from("FD-");
        let mut bits =
            digest.as_bytes().iter().take(5).fold(0u64, |bits, byte| (bits << 8) | u64::from(*byte));
        for _ in 0..Self::DIGITS {
            let digit = ALPHABET.get((bits & 31) as usize).copied().unwrap_or(b'0');
            digits.push(char::from(digit));
            bits >>= 5;
        }
        Token(digits)
    }

    /// The last `[FD-…]` in a subject, if there is one.
    pub fn in_subject(subject: &str) -> Option<Token> {
        let start = subject.rfind("[FD-")? + 1;
        let token: String = subject.get(start..)?.chars().take_while(|c| *c != ']').collect();
        let digits = token.get(3..)?;
        let whole = digits.len() == Self::DIGITS && digits.bytes().all(|b| ALPHABET.contains(&b));
        whole.then_some(Token(token))
    }
}

/// Words that mark a reply or a forward in front of a subject, in the languages mail clients write them.
const PREFIXES: &[&str] = &[
    "re", "aw", "sv", "antw", "ref", "rv", "回复", "回覆", "答复", "答覆", "fw", "fwd", "wg", "tr", "转发",
    "轉寄", "转寄", "返信",
];

/// A subject without reply marks, token and space, in lower case: what two mails of one conversation share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectKey {
    pub text: String,
    /// Whether anything marked it as a reply or forward.
    pub marked: bool,
}

impl SubjectKey {
    pub fn of(subject: &str) -> SubjectKey {
        let plain = without_token(&text::one_line(subject));
        let rest = unmarked(&plain);
        SubjectKey { text: rest.to_lowercase(), marked: rest.len() < plain.len() }
    }

    /// Too short or too common to say that two mails belong together.
    pub fn is_weak(&self) -> bool {
        let weight: usize = self.text.chars().map(|c| if text::is_cjk(c) { 3 } else { 1 }).sum();
        weight < 9
    }
}

fn without_token(subject: &str) -> String {
    match Token::in_subject(subject) {
        Some(token) => text::one_line(&subject.replace(&format!("[{}]", token.0), " ")),
        None => subject.to_owned(),
    }
}

/// `subject` without the marks of replies and forwards in front of it.
pub fn unmarked(mut subject: &str) -> &str {
    while let Some(shorter) = strip_mark(subject) {
        subject = shorter;
    }
    subject
}

fn strip_mark(subject: &str) -> Option<&str> {
    let end = subject.find([':', '：'])?;
    let head = subject.get(..end)?;
    let word = head.split(['[', '(']).next()?.trim().to_lowercase();
    let after = subject.get(end..)?.trim_start_matches([':', '：']).trim_start();
    PREFIXES.contains(&word.as_str()).then_some(after)
}

/// How long after its last message a ticket may still be continued by subject alone, in milliseconds.
pub const SUBJECT_WINDOW_MS: i64 = 14 * Millis::DAY;

/// Whether a mail without any usable reference continues the ticket that had `theirs` as subject and `last` as newest message.
pub fn continues_by_subject(mine: &SubjectKey, theirs: &SubjectKey, last: Millis, at: Millis) -> bool {
    mine.marked && !mine.is_weak() && mine.text == theirs.text && at.since(last).abs() <= SUBJECT_WINDOW_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_again_in_the_subject_it_was_put_in() {
        let token = Token::of_root("abc@example.test");
        let subject = format!("回复：Re: 茶具碎了 [{}]", token.0);
        assert_eq!(Token::in_subject(&subject), Some(token));
        assert_eq!(Token::in_subject("Re: [FD-short] x"), None);
        assert_eq!(Token::in_subject("no token"), None);
    }

    #[test]
    fn reply_marks_of_every_client_are_stripped_and_remembered() {
        let plain = SubjectKey::of("Broken kettle, order 4411");
        for marked in [
            "RE: Re[2]: broken kettle,  ORDER 4411",
            "回复：Broken kettle, order 4411",
            "AW: WG: Broken kettle, order 4411 [FD-00000000]",
        ] {
            let key = SubjectKey::of(marked);
            assert_eq!(key.text, plain.text, "{marked}");
            assert!(key.marked);
        }
        assert!(!plain.marked);
    }

    #[test]
    fn only_a_marked_and_telling_subject_joins_two_mails() {
        let (now, soon) = (Millis(1_000_000), Millis(1_000_000 + Millis::DAY));
        let theirs = SubjectKey::of("Broken kettle, order 4411");
        let joins = |subject: &str, at| continues_by_subject(&SubjectKey::of(subject), &theirs, now, at);
        assert!(joins("Re: Broken kettle, order 4411", soon));
        assert!(!joins("Broken kettle, order 4411", soon), "unmarked");
        assert!(!joins("Re: Broken kettle, order 4411", now.plus(15 * Millis::DAY)), "too late");
        let help = SubjectKey::of("help");
        assert!(!continues_by_subject(&SubjectKey::of("Re: help"), &help, now, soon), "too common");
    }
}
