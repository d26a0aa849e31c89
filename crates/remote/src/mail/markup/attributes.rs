//! The attributes of a tag, cut as the HTML standard does, and the entities in them.

use std::borrow::Cow;

use mail_parser::decoders::html::add_html_token;

/// The attributes of one tag, still as written. Iterates over at most [`Attributes::MOST`] of them: lower-case name and decoded value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Attributes<'a> {
    raw: &'a str,
}

enum At {
    BeforeName,
    Name,
    AfterName,
    BeforeValue,
    Quoted(u8),
    Bare,
}

impl<'a> Attributes<'a> {
    pub const MOST: usize = 64;

    pub(super) fn new(raw: &'a str) -> Attributes<'a> {
        Attributes { raw }
    }

    /// Where the `>` is that ends the tag whose attributes `text` begins with.
    pub(super) fn end(text: &str) -> Option<usize> {
        let mut at = At::BeforeName;
        for (position, byte) in text.bytes().enumerate() {
            at = match (at, byte) {
                (At::Quoted(quote), byte) if byte == quote => At::BeforeName,
                (At::Quoted(quote), _) => At::Quoted(quote),
                (_, b'>') => return Some(position),
                (At::BeforeValue, b'"' | b'\'') => At::Quoted(byte),
                (At::BeforeValue, b) if b.is_ascii_whitespace() => At::BeforeValue,
                (At::BeforeValue, _) => At::Bare,
                (At::Bare, b) if b.is_ascii_whitespace() => At::BeforeName,
                (At::Bare, _) => At::Bare,
                (At::Name | At::AfterName, b'=') => At::BeforeValue,
                (At::Name | At::AfterName, b) if b.is_ascii_whitespace() => At::AfterName,
                (At::BeforeName, b) if b.is_ascii_whitespace() => At::BeforeName,
                (_, b'/') => At::BeforeName,
                _ => At::Name,
            };
        }
        None
    }

    /// The decoded value of the first attribute of that name (given in lower case).
    pub fn get(self, name: &str) -> Option<String> {
        self.into_iter().find(|(found, _)| found == name).map(|(_, value)| value)
    }
}

impl<'a> IntoIterator for Attributes<'a> {
    type Item = (String, String);
    type IntoIter = std::iter::Take<Iter<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        Iter { rest: self.raw }.take(Attributes::MOST)
    }
}

pub struct Iter<'a> {
    rest: &'a str,
}

impl Iterator for Iter<'_> {
    type Item = (String, String);

    fn next(&mut self) -> Option<(String, String)> {
        self.rest = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        let mut chars = self.rest.char_indices();
        chars.next()?;
        let end = chars
            .find(|(_, c)| c.is_ascii_whitespace() || matches!(c, '=' | '/'))
            .map_or(self.rest.len(), |(at, _)| at);
        let (name, rest) = self.rest.split_at_checked(end)?;
        let (value, rest) = match rest.trim_ascii_start().strip_prefix('=') {
            Some(after) => take_value(after.trim_ascii_start()),
            None => ("", rest),
        };
        self.rest = rest;
        Some((name.to_ascii_lowercase(), decode_entities(value).into_owned()))
    }
}

fn take_value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    let end = text.find(|c: char| c.is_ascii_whitespace()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

const LONGEST_ENTITY: usize = 33;

/// Entities as the characters they stand for.
pub fn decode_entities(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let length = entity(after, &mut out);
        rest = after.get(length..).unwrap_or("");
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Pushes what the entity after an `&` means, or the `&` itself, and answers its length.
fn entity(after: &str, out: &mut String) -> usize {
    let name =
        after.bytes().take(LONGEST_ENTITY).take_while(|b| b.is_ascii_alphanumeric() || *b == b'#').count();
    let word = after.get(..name).unwrap_or("");
    let ended = after.as_bytes().get(name) == Some(&b';');
    if let Some(digits) = word.strip_prefix('#') {
        return numeric(digits, ended, name, out);
    }
    if ended {
        let before = out.len();
        add_html_token(out, format!("&{word};").as_bytes(), false);
        if out.get(before..).is_some_and(|pushed| pushed.len() != word.len() + 2 || !pushed.starts_with('&'))
        {
            return name + 1;
        }
        out.truncate(before);
    } else if let Some((start, c)) = LEGACY.iter().find(|(start, _)| word.starts_with(start)) {
        out.push(*c);
        return start.len();
    }
    out.push('&');
    0
}

/// Entities that mail writes without their semicolon.
const LEGACY: &[(&str, char)] =
    &[("nbsp", '\u{a0}'), ("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("copy", '©'), ("reg", '®')];

fn numeric(digits: &str, ended: bool, length: usize, out: &mut String) -> usize {
    let code = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => digits.parse(),
    };
    match code {
        // What Windows wrote for its own punctuation.
        Ok(code @ 0x80..=0x9f) => {
            let bytes = [u8::try_from(code).unwrap_or(b'?')];
            out.push_str(&encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes).0);
        }
        Ok(code) => {
            out.push(char::from_u32(code).filter(|c| *c != '\0').unwrap_or(char::REPLACEMENT_CHARACTER))
        }
        Err(_) if digits.len() > 8 => out.push(char::REPLACEMENT_CHARACTER),
        Err(_) => {
            out.push('&');
            return 0;
        }
    }
    length + usize::from(ended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_cut_as_browsers_cut_them() {
        let all = |raw| Attributes::new(raw).into_iter().collect::<Vec<_>>();
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            all(" HREF = 'a b' x=1/ y/z"),
            [pair("href", "a b"), pair("x", "1/"), pair("y", ""), pair("z", "")]
        );
        assert_eq!(all(" a\"b=c"), [pair("a\"b", "c")]);
        assert_eq!(all(" title=\"&lt;b&gt; &amp;&nbsp\""), [pair("title", "<b> &\u{a0}")]);
    }

    #[test]
    fn a_quote_hides_the_end_of_a_tag_only_in_a_value() {
        assert_eq!(Attributes::end(" a=\">\">"), Some(6));
        assert_eq!(Attributes::end(" a\">\">"), Some(3));
        assert_eq!(Attributes::end(" a=\"never"), None);
    }

    #[test]
    fn entities_are_decoded_with_and_without_semicolons() {
        for (raw, meant) in [
            ("a &amp;&lt; b", "a &< b"),
            ("&#20320;&#x597d;", "你好"),
            ("&#146;", "’"),
            ("AT&T &nosuch; &", "AT&T &nosuch; &"),
            ("&nbspx", "\u{a0}x"),
            ("&#0;&#xFFFFFFFFFF;", "\u{fffd}\u{fffd}"),
            ("&eacute;&hellip;", "é…"),
        ] {
            assert_eq!(decode_entities(raw), meant, "{raw}");
        }
    }
}
