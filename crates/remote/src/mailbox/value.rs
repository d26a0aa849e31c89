//! What an IMAP answer is made of: words, strings, lists. Reads any bytes; what cannot be told apart is a word.

use tokio_util::bytes::Bytes;

use super::wire::Segment;

/// Lists within lists: deeper ones are nonsense.
const DEEPEST: usize = 100;
/// Values in one answer.
const MOST_VALUES: usize = 1_000_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Nil,
    Word(Bytes),
    /// A quoted string or a literal.
    Text(Bytes),
    /// A literal that was too long to be kept.
    TooLong,
    List(Vec<Value>),
}

impl Value {
    pub(super) fn bytes(&self) -> Option<&Bytes> {
        match self {
            Value::Word(bytes) | Value::Text(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<String> {
        self.bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    pub(super) fn number(&self) -> Option<u64> {
        std::str::from_utf8(self.bytes()?).ok()?.parse().ok()
    }

    pub(super) fn list(&self) -> Option<&[Value]> {
        match self {
            Value::List(values) => Some(values),
            _ => None,
        }
    }
}

/// The values of an answer; `None` when its lists do not close or go too deep.
pub(super) fn read(segments: &[Segment]) -> Option<Vec<Value>> {
    let mut reader = Reader { open: Vec::new(), values: Vec::new(), count: 0 };
    for segment in segments {
        match segment {
            Segment::Literal(bytes) => reader.push(Value::Text(bytes.clone()))?,
            Segment::TooLong => reader.push(Value::TooLong)?,
            Segment::Text(text) => reader.line(text)?,
        }
    }
    reader.open.is_empty().then_some(reader.values)
}

struct Reader {
    /// The lists that are not closed yet, the outermost first.
    open: Vec<Vec<Value>>,
    values: Vec<Value>,
    count: usize,
}

impl Reader {
    fn push(&mut self, value: Value) -> Option<()> {
        self.count += 1;
        self.values.push(value);
        (self.count <= MOST_VALUES).then_some(())
    }

    fn line(&mut self, line: &Bytes) -> Option<()> {
        let mut at = 0;
        while let Some(byte) = line.get(at) {
            match byte {
                b' ' => at += 1,
                b'(' => {
                    self.open.push(std::mem::take(&mut self.values));
                    at += 1;
                    if self.open.len() > DEEPEST {
                        return None;
                    }
                }
                b')' => {
                    let outer = self.open.pop()?;
                    let list = std::mem::replace(&mut self.values, outer);
                    self.push(Value::List(list))?;
                    at += 1;
                }
                b'"' => at = self.quoted(line, at + 1)?,
                _ => at = self.word(line, at)?,
            }
        }
        Some(())
    }

    /// A quoted string whose quote was at `from - 1`; where the rest begins.
    fn quoted(&mut self, line: &Bytes, from: usize) -> Option<usize> {
        let rest = line.get(from..)?;
        let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
        if rest.get(plain) == Some(&b'"') {
            self.push(Value::Text(line.slice(from..from + plain)))?;
            return Some(from + plain + 1);
        }
        let mut text = Vec::new();
        let mut bytes = rest.iter().enumerate();
        while let Some((at, byte)) = bytes.next() {
            match byte {
                b'"' => {
                    self.push(Value::Text(Bytes::from(text)))?;
                    return Some(from + at + 1);
                }
                b'\\' => text.push(*bytes.next()?.1),
                _ => text.push(*byte),
            }
        }
        None
    }

    /// A word; brackets in it hold spaces and lists, as in `BODY[HEADER.FIELDS (DATE)]`.
    fn word(&mut self, line: &Bytes, from: usize) -> Option<usize> {
        let mut brackets = 0_usize;
        let length = line.get(from..)?.iter().position(|byte| {
            match byte {
                b'[' => brackets += 1,
                b']' => brackets = brackets.saturating_sub(1),
                b' ' | b'(' | b')' => return brackets == 0,
                _ => {}
            }
            false
        });
        let end = length.map_or(line.len(), |length| from + length);
        let word = line.slice(from..end);
        let value = if word.eq_ignore_ascii_case(b"NIL") { Value::Nil } else { Value::Word(word) };
        self.push(value)?;
        Some(end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(line: &str) -> Option<Vec<Value>> {
        read(&[Segment::Text(Bytes::copy_from_slice(line.as_bytes()))])
    }

    fn word(text: &str) -> Value {
        Value::Word(Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn an_answer_is_words_strings_and_lists() {
        let text = Value::Text(Bytes::from_static(br#"a "b"\"#));
        let list = Value::List(vec![word(r"\Seen"), Value::List(vec![Value::Nil])]);
        assert_eq!(
            of(r#"FLAGS (\Seen (nil)) "a \"b\"\\" 7"#),
            Some(vec![word("FLAGS"), list, text, word("7")])
        );
    }

    #[test]
    fn the_name_of_a_section_is_one_word() {
        let found = of("(BODY[HEADER.FIELDS (DATE FROM)]<0> NIL)");
        let section = word("BODY[HEADER.FIELDS (DATE FROM)]<0>");
        assert_eq!(found, Some(vec![Value::List(vec![section, Value::Nil])]));
    }

    #[test]
    fn lists_that_do_not_close_are_no_answer() {
        for line in
            ["((a)", "a)", "\"open", &"(".repeat(500), &format!("{}{}", "(".repeat(500), ")".repeat(500))]
        {
            assert_eq!(of(line), None);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(line in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&[Segment::Text(Bytes::from(line))]);
        }
    }
}
