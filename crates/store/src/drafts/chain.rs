//! A draft as text, and how the journal keeps it: what changed since the last time, and now and then the whole, so that a long
//! reply typed letter by letter does not fill the disk. Pure.
//!
//! An edit names the text it was made from by its digest. One that does not fit changes nothing: the last good text stays.

use model::outgoing::DraftText;

use crate::{
    error::Result,
    journal::{Kept, hex},
};

/// About what a record of the journal costs beside the text in it, in bytes.
const RECORD: usize = 256;
/// After so many edits in a row comes the whole, whatever it costs: damage to one record costs no more than these.
const MOST_EDITS: u32 = 1_000;

/// What the journal has of a text since it last had the whole of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Since {
    pub edits: u32,
    pub bytes: u32,
}

impl Since {
    /// The journal's text is not this one: the next record is a whole.
    pub const UNKNOWN: Since = Since { edits: MOST_EDITS, bytes: 0 };
}

/// Everything but the HTML as JSON, a line feed, the HTML.
pub(crate) fn write(draft: &DraftText) -> Result<String> {
    let head = DraftText { html: String::new(), ..draft.clone() };
    Ok(format!("{}\n{}", serde_json::to_string(&head)?, draft.html))
}

pub(crate) fn read(text: &str) -> Result<DraftText> {
    let (head, html) = text.split_once('\n').unwrap_or((text, ""));
    let head: DraftText = serde_json::from_str(head)?;
    Ok(DraftText { html: html.to_owned(), ..head })
}

fn digest(text: &str) -> String {
    hex(blake3::hash(text.as_bytes()).as_bytes().get(..16).unwrap_or_default())
}

/// How to keep `text`, where the journal has `base`.
pub(crate) fn step(base: Option<(&str, Since)>, text: &str) -> (Kept, Since) {
    let whole = || (Kept::Whole { text: text.to_owned() }, Since::default());
    let Some((base, since)) = base.filter(|(_, since)| since.edits < MOST_EDITS) else { return whole() };
    let (at, end) = (common_start(base, text), text.len());
    let tail = common_end(base.get(at..).unwrap_or(""), text.get(at..).unwrap_or(""));
    let put = text.get(at..end - tail).unwrap_or("");
    let bytes = since.bytes as usize + put.len();
    if bytes + RECORD * (since.edits as usize + 1) > text.len() {
        return whole();
    }
    let cut = base.len() - tail - at;
    let edit = Kept::Edit { base: digest(base), at, cut, put: put.to_owned(), gives: digest(text) };
    let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
    (edit, Since { edits: since.edits + 1, bytes })
}

/// The text after what was kept; `None` when it does not follow from `base`.
pub(crate) fn apply(base: Option<&str>, kept: &Kept) -> Option<String> {
    match kept {
        Kept::Whole { text } => Some(text.clone()),
        Kept::Edit { base: named, at, cut, put, gives } => {
            let base = base.filter(|base| digest(base) == *named)?;
            let text = format!("{}{put}{}", base.get(..*at)?, base.get(at.checked_add(*cut)?..)?);
            (digest(&text) == *gives).then_some(text)
        }
    }
}

/// How many bytes are compared at once, before those that differ are looked at one by one.
const AT_ONCE: usize = 4096;

/// How many bytes both begin with, cut between characters.
fn common_start(one: &str, other: &str) -> usize {
    let chunks = one.as_bytes().chunks_exact(AT_ONCE).zip(other.as_bytes().chunks_exact(AT_ONCE));
    let equal = AT_ONCE * chunks.take_while(|(a, b)| a == b).count();
    let rest = one.bytes().skip(equal).zip(other.bytes().skip(equal));
    let same = equal + rest.take_while(|(a, b)| a == b).count();
    (0..=same).rev().find(|at| one.is_char_boundary(*at) && other.is_char_boundary(*at)).unwrap_or(0)
}

/// How many bytes both end with, cut between characters.
fn common_end(one: &str, other: &str) -> usize {
    let chunks = one.as_bytes().rchunks_exact(AT_ONCE).zip(other.as_bytes().rchunks_exact(AT_ONCE));
    let equal = AT_ONCE * chunks.take_while(|(a, b)| a == b).count();
    let rest = one.bytes().rev().skip(equal).zip(other.bytes().rev().skip(equal));
    let same = equal + rest.take_while(|(a, b)| a == b).count();
    let between = |n: &usize| one.is_char_boundary(one.len() - n) && other.is_char_boundary(other.len() - n);
    (0..=same).rev().find(between).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use model::{Address, MessageId, outgoing::ReplyKind};
    use proptest::prelude::*;

    use super::*;

    fn draft(html: &str) -> DraftText {
        DraftText {
            kind: ReplyKind::Reply,
            from: Address::new("Desk", "desk@shop.test"),
            to: vec![Address::new("王\n志远", "wang@x.test")],
            cc: Vec::new(),
            bcc: Vec::new(),
            subject: "Re: kettle".into(),
            html: html.into(),
            quote: Some(MessageId(7)),
        }
    }

    #[test]
    fn a_draft_survives_being_text() {
        for html in ["", "<p>一\n二</p>", "\n\n"] {
            let draft = draft(html);
            assert_eq!(read(&write(&draft).unwrap()).unwrap(), draft);
        }
    }

    #[test]
    fn an_edit_that_does_not_fit_gives_nothing() {
        let (edit, _) = step(Some((&"a".repeat(2000), Since::default())), &("a".repeat(2000) + "b"));
        assert!(matches!(edit, Kept::Edit { .. }));
        assert_eq!(apply(Some(&"a".repeat(1999)), &edit), None, "another base");
        assert_eq!(apply(None, &edit), None, "no base");
        let Kept::Edit { base, at, put, gives, .. } = edit else { panic!() };
        let wild = Kept::Edit { base, at, cut: usize::MAX, put, gives };
        assert_eq!(apply(Some(&"a".repeat(2000)), &wild), None, "out of bounds");
    }

    #[test]
    fn a_long_text_written_on_costs_what_is_written_and_the_whole_only_now_and_then() {
        let (mut text, mut since, mut journalled) = ("汉".repeat(100_000), Since::default(), Vec::new());
        for _ in 0..=MOST_EDITS {
            let before = text.clone();
            text.insert(150_000, '字');
            let (kept, next) = step(Some((&before, since)), &text);
            if journalled.len() % 100 == 0 {
                assert_eq!(apply(Some(&before), &kept).as_deref(), Some(text.as_str()));
            }
            journalled.push(serde_json::to_string(&kept).unwrap().len());
            since = next;
        }
        assert_eq!(journalled.iter().filter(|bytes| **bytes > 300_000).count(), 1, "one whole");
        assert_eq!(journalled.iter().filter(|bytes| **bytes < 250).count() as u32, MOST_EDITS);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_typed_the_journal_gives_the_last_text(
            texts in prop::collection::vec("[ab汉字😀\\n]{0,40}", 1..40),
        ) {
            // Long enough that edits are worth their while.
            let padding = "x汉".repeat(1_500);
            let (mut base, mut replayed): (Option<(String, Since)>, Option<String>) = (None, None);
            for text in texts {
                let text = format!("{padding}{text}{padding}");
                let (kept, since) = step(base.as_ref().map(|(text, since)| (text.as_str(), *since)), &text);
                replayed = apply(replayed.as_deref(), &kept);
                prop_assert_eq!(replayed.as_ref(), Some(&text));
                base = Some((text, since));
            }
        }
    }
}
