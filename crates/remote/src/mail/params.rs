//! The value and parameters of `Content-Type` and `Content-Disposition`: continued (RFC 2231), percent-encoded in any charset, as encoded words, or
//! with spaces and no quotes, all of which mail has.

use super::decoder::hex;
use super::{charset, words};

#[derive(Debug, Clone, Default)]
pub(super) struct Params {
    /// Lower case.
    pub(super) value: String,
    params: Vec<Param>,
}

#[derive(Debug, Clone)]
struct Param {
    name: String,
    section: u32,
    /// `name*=` or `name*0*=`: percent-encoded.
    extended: bool,
    /// `name*0=` and on.
    continued: bool,
    value: String,
}

const MOST_PARAMS: usize = 100;

impl Params {
    pub(super) fn parse(raw: &[u8]) -> Params {
        let text = charset::decode_beside(None, raw).0.replace(['\r', '\n'], "");
        let (value, mut rest) = text.split_once(';').unwrap_or((&text, ""));
        let value = value.split('(').next().unwrap_or("").trim().to_ascii_lowercase();
        let mut params = Vec::new();
        while params.len() < MOST_PARAMS && !rest.trim().is_empty() {
            let (name, after) = rest.split_once('=').unwrap_or((rest, ""));
            // A parameter without a value ends at its semicolon.
            let name = name.rsplit(';').next().unwrap_or("");
            let (value, after) = take_value(after.trim_start());
            params.extend(Param::new(name.trim(), value));
            rest = after;
        }
        Params { value, params }
    }

    pub(super) fn get(&self, name: &str) -> Option<String> {
        let mut found: Vec<&Param> = self.params.iter().filter(|param| param.name == name).collect();
        if found.iter().any(|param| param.continued) {
            found.retain(|param| param.continued);
            found.sort_by_key(|param| param.section);
            return Some(joined(&found));
        }
        if let Some(extended) = found.iter().copied().find(|param| param.extended) {
            return Some(joined(&[extended]));
        }
        found.first().map(|param| words::unstructured(param.value.as_bytes(), None).trim().to_owned())
    }

    /// A parameter that is a single word, such as a charset.
    pub(super) fn word(&self, name: &str) -> Option<String> {
        let value = self.get(name)?;
        let word = value.split([' ', '\t', '(', ',']).next().unwrap_or("").trim_matches(['"', '\'']);
        (!word.is_empty()).then(|| word.to_owned())
    }

    pub(super) fn is(&self, name: &str, word: &str) -> bool {
        self.word(name).is_some_and(|value| value.eq_ignore_ascii_case(word))
    }
}

impl Param {
    fn new(name: &str, value: String) -> Option<Param> {
        let mut pieces = name.split('*');
        let base = pieces.next().unwrap_or("").to_ascii_lowercase();
        let section = pieces.next();
        let number = section.and_then(|section| section.parse().ok());
        let extended = match section {
            Some("") => true,
            Some(_) => pieces.next() == Some(""),
            None => false,
        };
        let param =
            Param { name: base, section: number.unwrap_or(0), extended, continued: number.is_some(), value };
        (!param.name.is_empty()).then_some(param)
    }
}

/// A quoted string, or everything up to the semicolon.
fn take_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_once(';').unwrap_or((text, ""));
        return (value.trim().to_owned(), rest);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                let rest = quoted.get(at + 1..).unwrap_or("");
                return (value, rest.split_once(';').map_or("", |(_, rest)| rest));
            }
            '\\' => match chars.next() {
                Some((_, escaped @ ('"' | '\\'))) => value.push(escaped),
                // An unescaped Windows path.
                Some((_, other)) => value.extend(['\\', other]),
                None => {}
            },
            c => value.push(c),
        }
    }
    (value, "")
}

/// Sections are put together as bytes before they are decoded, since a character may be split between them.
fn joined(sections: &[&Param]) -> String {
    let mut declared = None;
    let mut bytes = Vec::new();
    for (at, param) in sections.iter().enumerate() {
        let mut value = param.value.as_str();
        if at == 0 && param.extended {
            let mut pieces = value.splitn(3, '\'');
            if let (Some(charset), Some(_), Some(rest)) = (pieces.next(), pieces.next(), pieces.next()) {
                declared = (!charset.is_empty()).then_some(charset);
                value = rest;
            }
        }
        match param.extended {
            true => percent_decode(value, &mut bytes),
            false => bytes.extend_from_slice(value.as_bytes()),
        }
    }
    let text = charset::decode(declared, &bytes).0;
    // Some senders put encoded words into continued parameters.
    if declared.is_none() { words::unstructured(text.as_bytes(), None) } else { text }
}

fn percent_decode(value: &str, bytes: &mut Vec<u8>) {
    let mut rest = value.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let pair = match (after.first().copied().and_then(hex), after.get(1).copied().and_then(hex)) {
            (Some(high), Some(low)) if *first == b'%' => Some(high << 4 | low),
            _ => None,
        };
        bytes.push(pair.unwrap_or(*first));
        rest = if pair.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(header: &str) -> Option<String> {
        Params::parse(header.as_bytes()).get("filename")
    }

    #[test]
    fn file_names_are_read_in_every_way_they_are_written() {
        for (header, meant) in [
            ("attachment; filename=\"plain.txt\"", "plain.txt"),
            ("attachment; filename=with space.txt; size=3", "with space.txt"),
            ("attachment; filename*=utf-8''%E5%8F%91%E7%A5%A8.pdf", "发票.pdf"),
            ("attachment; filename*=GB2312''%B7%A2%C6%B1.pdf", "发票.pdf"),
            (
                "attachment;\r\n filename*0*=utf-8''%E5%8F;\r\n filename*1*=%91%E7%A5%A8; filename*2=\".pdf\"",
                "发票.pdf",
            ),
            ("attachment; filename*1=b; filename*0=a", "ab"),
            ("attachment; filename=\"=?GBK?B?t6LGsS5wZGY=?=\"", "发票.pdf"),
            ("attachment; filename=\"fallback.pdf\"; filename*=utf-8''%E5%8F%91.pdf", "发.pdf"),
            ("attachment; filename=\"a\\\"b;c.txt\"; x=y", "a\"b;c.txt"),
            ("attachment; flag; filename=x.txt", "x.txt"),
            ("attachment; filename=\"unfinished.txt", "unfinished.txt"),
        ] {
            assert_eq!(name(header).as_deref(), Some(meant), "{header}");
        }
        assert_eq!(name("attachment"), None);
    }

    #[test]
    fn raw_bytes_of_another_charset_are_read_too() {
        let mut header = b"attachment; filename=\"".to_vec();
        header.extend_from_slice(&encoding_rs::GBK.encode("订单发票与物流说明文件").0);
        header.extend_from_slice(b".pdf\"");
        let read = Params::parse(&header).get("filename");
        assert_eq!(read.as_deref(), Some("订单发票与物流说明文件.pdf"));
    }

    #[test]
    fn the_value_and_single_words_lose_comments_and_quotes() {
        let params = Params::parse(b"Text/Plain (rich); charset='utf-8' (Unicode); Format=Flowed");
        assert_eq!(params.value, "text/plain");
        assert_eq!(params.word("charset").as_deref(), Some("utf-8"));
        assert!(params.is("format", "flowed"));
    }
}
