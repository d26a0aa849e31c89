//! The parts of a message as BODYSTRUCTURE lists them, so that a large one can be fetched part by part. Refuses what is not such a list.

use super::value::Value;

/// Parts looked at; whoever sends more is not describing a mail.
const MOST_PARTS: usize = crate::mail::MOST_PARTS;
/// Multiparts within multiparts.
const DEEPEST: usize = 30;

/// A part that holds content, not other parts. A forwarded message is one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leaf {
    /// `2.1`.
    pub section: String,
    /// In lower case: `text/plain`.
    pub media_type: String,
    /// As the header names it.
    pub encoding: String,
    /// Bytes before decoding, as the server says.
    pub size: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parts {
    pub leaves: Vec<Leaf>,
    /// Whether there were more than are looked at.
    pub cut: bool,
    /// Whether the message is one part, whose head is the message's own.
    pub single: bool,
}

/// `None` when the server's list makes no sense.
pub(super) fn parts(structure: &Value) -> Option<Parts> {
    let mut parts = Parts { single: !is_multipart(structure.list()?), ..Parts::default() };
    let section = if parts.single { "1" } else { "" };
    walk(structure, section.to_owned(), 0, &mut parts)?;
    (!parts.leaves.is_empty()).then_some(parts)
}

fn is_multipart(values: &[Value]) -> bool {
    matches!(values.first(), Some(Value::List(_)))
}

fn walk(value: &Value, section: String, depth: usize, parts: &mut Parts) -> Option<()> {
    let values = value.list()?;
    if depth > DEEPEST {
        return None;
    }
    if !is_multipart(values) {
        if parts.leaves.len() < MOST_PARTS {
            parts.leaves.push(leaf(values, section)?);
        } else {
            parts.cut = true;
        }
        return Some(());
    }
    let inner = values.iter().take_while(|value| value.list().is_some());
    for (child, number) in inner.zip(1_u32..) {
        let section = if section.is_empty() { number.to_string() } else { format!("{section}.{number}") };
        walk(child, section, depth + 1, parts)?;
    }
    Some(())
}

/// `("TEXT" "PLAIN" (params) id description "BASE64" 1234 …)`
fn leaf(values: &[Value], section: String) -> Option<Leaf> {
    let text = |at: usize| values.get(at).and_then(Value::text);
    Some(Leaf {
        section,
        media_type: format!("{}/{}", text(0)?, text(1)?).to_lowercase(),
        encoding: text(5).unwrap_or_default(),
        size: values.get(6)?.number()?,
    })
}

#[cfg(test)]
mod tests {
    use tokio_util::bytes::Bytes;

    use super::*;
    use crate::mailbox::value;
    use crate::mailbox::wire::Segment;

    fn of(text: &str) -> Option<Parts> {
        let values = value::read(&[Segment::Text(Bytes::copy_from_slice(text.as_bytes()))])?;
        parts(values.first()?)
    }

    fn sections(parts: &Parts) -> Vec<(&str, &str, u64)> {
        parts.leaves.iter().map(|leaf| (leaf.section.as_str(), leaf.media_type.as_str(), leaf.size)).collect()
    }

    #[test]
    fn parts_are_numbered_as_they_are_asked_for() {
        let found = of(r#"((("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 1)("text" "html" NIL NIL NIL "7bit" 6 1) "alternative")("APPLICATION" "PDF" ("NAME" "a.pdf") NIL NIL "BASE64" 900)("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 40 (NIL) ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1) 2) "mixed")"#).unwrap();
        let expected = [
            ("1.1", "text/plain", 5),
            ("1.2", "text/html", 6),
            ("2", "application/pdf", 900),
            ("3", "message/rfc822", 40),
        ];
        assert_eq!(sections(&found), expected);
        assert!(!found.single && !found.cut);
    }

    #[test]
    fn a_message_of_one_part_has_part_one() {
        let found = of(r#"("VIDEO" "MP4" NIL NIL NIL "BASE64" 77)"#).unwrap();
        assert_eq!((sections(&found), found.single), (vec![("1", "video/mp4", 77)], true));
    }

    #[test]
    fn nonsense_is_no_structure() {
        for text in ["NIL", "()", "(())", r#"("TEXT")"#, r#"("TEXT" "PLAIN" NIL NIL NIL "7BIT" "many")"#] {
            assert_eq!(of(text), None, "{text}");
        }
        let deep =
            format!("{}{}", "(".repeat(60), r#""TEXT" "PLAIN" NIL NIL NIL "7BIT" 5"#) + &")".repeat(60);
        assert_eq!(of(&deep), None);
    }

    #[test]
    fn ten_thousand_parts_are_cut() {
        let found =
            of(&format!("({} \"mixed\")", r#"("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 1)"#.repeat(10_000)))
                .unwrap();
        assert_eq!((found.leaves.len(), found.cut), (MOST_PARTS, true));
    }
}
