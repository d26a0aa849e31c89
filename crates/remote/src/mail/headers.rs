//! The header of a message or part, cut into fields. Bounded: at most a thousand fields and two megabytes are looked at.

use super::{params::Params, words};

#[derive(Debug)]
pub(super) struct Headers<'a> {
    fields: Vec<Field<'a>>,
    /// Whether there were more fields than are looked at.
    pub(super) cut: bool,
}

#[derive(Debug)]
struct Field<'a> {
    /// Lower case.
    name: String,
    /// Still folded, without the last line end.
    raw: &'a [u8],
}

const MOST_FIELDS: usize = 1_000;
const LONGEST_HEADER: usize = 2 << 20;
/// Bytes of one field; a longer one is cut there.
pub(super) const LONGEST_FIELD: usize = 256 << 10;
const LONGEST_NAME: usize = 76;

/// The header with its last line end, and what comes after the first empty line.
pub(super) fn split(raw: &[u8]) -> (&[u8], &[u8]) {
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', raw) {
        if raw.get(start..end).is_some_and(|line| line.is_empty() || line == b"\r") {
            return (raw.get(..start).unwrap_or(raw), raw.get(end + 1..).unwrap_or_default());
        }
        start = end + 1;
    }
    (raw, &[])
}

impl<'a> Headers<'a> {
    pub(super) fn parse(header: &'a [u8]) -> Headers<'a> {
        let looked_at = header.get(..LONGEST_HEADER).unwrap_or(header);
        let mut headers = Headers { fields: Vec::new(), cut: looked_at.len() < header.len() };
        let mut start = 0;
        while start < looked_at.len() && headers.fields.len() < MOST_FIELDS {
            let end = field_end(looked_at, start);
            headers.add(looked_at.get(start..end).unwrap_or_default());
            start = end;
        }
        headers.cut |= start < looked_at.len();
        headers
    }

    fn add(&mut self, field: &'a [u8]) {
        let Some(colon) = memchr::memchr(b':', field.get(..LONGEST_NAME).unwrap_or(field)) else { return };
        let name = field.get(..colon).unwrap_or_default().trim_ascii();
        if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
            return;
        }
        let raw = field.get(colon + 1..).unwrap_or_default();
        let raw = raw.get(..LONGEST_FIELD).unwrap_or(raw).trim_ascii();
        self.fields.push(Field { name: String::from_utf8_lossy(name).to_ascii_lowercase(), raw });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The values of every field of that name (given in lower case), in order.
    pub(super) fn all<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'a [u8]> + 'b {
        self.fields.iter().filter(move |field| field.name == name).map(|field| field.raw)
    }

    pub(super) fn first(&self, name: &str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.first(name).is_some()
    }

    /// The first field of that name as decoded text on one line; empty when there is none.
    pub(super) fn text(&self, name: &str, hint: Option<&str>) -> String {
        self.first(name).map(|raw| model::text::one_line(&words::unstructured(raw, hint))).unwrap_or_default()
    }

    /// The first field of that name as a lower-case word, for comparing.
    pub(super) fn word(&self, name: &str) -> String {
        self.text(name, None).to_ascii_lowercase()
    }

    pub(super) fn params(&self, name: &str) -> Params {
        self.first(name).map(Params::parse).unwrap_or_default()
    }
}

/// Where the field that begins at `start` ends: before the next line that is not a continuation.
fn field_end(header: &[u8], start: usize) -> usize {
    let rest = header.get(start..).unwrap_or_default();
    memchr::memchr_iter(b'\n', rest)
        .map(|end| start + end + 1)
        .find(|next| !matches!(header.get(*next), Some(b' ' | b'\t')))
        .unwrap_or(header.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_among_junk_and_continuations() {
        let raw = b"From alice Mon Jan  1 10:00:00 2024\r\nSubject : one\r\n  two\r\nnot a field\r\nX-A:b\r\n\r\nbody";
        let (header, body) = split(raw);
        let headers = Headers::parse(header);
        assert_eq!(headers.text("subject", None), "one two");
        assert_eq!(headers.text("x-a", None), "b");
        assert_eq!(headers.fields.len(), 2);
        assert_eq!(body, b"body");
    }

    #[test]
    fn a_header_without_a_body_and_a_body_without_a_header_are_both_read() {
        assert_eq!(split(b"A: b"), (&b"A: b"[..], &b""[..]));
        assert_eq!(split(b"\nbody"), (&b""[..], &b"body"[..]));
    }
}
