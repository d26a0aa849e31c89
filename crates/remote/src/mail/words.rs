//! Encoded words (RFC 2047) as mail really has them: split in the middle of a character, glued together, inside quotes, and next to raw bytes of
//! another charset.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::charset;
use super::decoder::{Decoder, TransferEncoding};

enum Token<'a> {
    Raw(&'a [u8]),
    Word(Word<'a>),
}

#[derive(Clone, Copy)]
struct Word<'a> {
    charset: &'a str,
    encoding: TransferEncoding,
    data: &'a [u8],
}

/// The text of an unstructured field. `hint` is the charset of a neighbour, for raw bytes.
pub(super) fn unstructured(raw: &[u8], hint: Option<&str>) -> String {
    let mut text = String::new();
    for run in runs(raw) {
        match run {
            Run::Raw(bytes) => text.push_str(&charset::decode_beside(hint, bytes).0),
            Run::Words(words) => text.push_str(&decoded(&words)),
        }
    }
    text
}

/// A structured field with every run of encoded words made one word in UTF-8 and every raw byte UTF-8, so that it can be parsed without
/// knowing charsets and without decoded text being taken for syntax. Ends with a line end.
pub(super) fn structured(raw: &[u8], hint: Option<&str>) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() + 1);
    for run in runs(raw) {
        match run {
            // What only looks like the beginning of a word makes the parser look for its end again and again.
            Run::Raw(bytes) => {
                out.extend_from_slice(charset::decode_beside(hint, bytes).0.replace("=?", "= ?").as_bytes());
            }
            Run::Words(words) => {
                out.extend_from_slice(b"=?utf-8?B?");
                out.extend_from_slice(BASE64_STANDARD.encode(decoded(&words)).as_bytes());
                out.extend_from_slice(b"?=");
            }
        }
    }
    out.push(b'\n');
    out
}

enum Run<'a> {
    Raw(&'a [u8]),
    Words(Vec<Word<'a>>),
}

/// Words with nothing but white space between them make one run.
fn runs(raw: &[u8]) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    let mut gap: Option<&[u8]> = None;
    for token in tokens(raw) {
        match (token, runs.last_mut()) {
            (Token::Raw(bytes), Some(Run::Words(_))) if bytes.trim_ascii().is_empty() => gap = Some(bytes),
            (Token::Raw(bytes), _) => runs.push(Run::Raw(bytes)),
            (Token::Word(word), Some(Run::Words(words))) => {
                gap = None;
                words.push(word);
            }
            (Token::Word(word), _) => runs.push(Run::Words(vec![word])),
        }
    }
    runs.extend(gap.map(Run::Raw));
    runs
}

fn tokens(raw: &[u8]) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut done, mut at, mut end) = (0, 0, 0);
    while let Some(start) = find(raw, b"=?", at) {
        match word_at(raw, start, &mut end) {
            Some((word, after)) => {
                if start > done {
                    tokens.push(Token::Raw(raw.get(done..start).unwrap_or_default()));
                }
                tokens.push(Token::Word(word));
                (done, at) = (after, after);
            }
            None => at = start + 2,
        }
    }
    if done < raw.len() {
        tokens.push(Token::Raw(raw.get(done..).unwrap_or_default()));
    }
    tokens
}

fn find(raw: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    memchr::memmem::find(raw.get(from..)?, needle).map(|at| from + at)
}

/// The word that begins at `start` and where it ends. `end` remembers the last `?=` found, so that many unfinished words cost one search.
fn word_at<'a>(raw: &'a [u8], start: usize, end: &mut usize) -> Option<(Word<'a>, usize)> {
    let head = raw.get(start + 2..)?;
    let head = head.get(..80).unwrap_or(head);
    let question = memchr::memchr(b'?', head)?;
    let charset = std::str::from_utf8(head.get(..question)?).ok()?;
    if charset.is_empty() || !charset.bytes().all(|b| b.is_ascii_graphic()) {
        return None;
    }
    let encoding = match (head.get(question + 1)?, head.get(question + 2)?) {
        (b'b' | b'B', b'?') => TransferEncoding::Base64,
        (b'q' | b'Q', b'?') => TransferEncoding::QuotedPrintable,
        _ => return None,
    };
    let data = start + 2 + question + 3;
    if *end < data {
        *end = find(raw, b"?=", data).unwrap_or(usize::MAX);
    }
    let word =
        Word { charset: charset.split('*').next().unwrap_or(charset), encoding, data: raw.get(data..*end)? };
    Some((word, end.saturating_add(2)))
}

/// Neighbours of one charset are put together before they are decoded, since a character may be split between them.
fn decoded(words: &[Word<'_>]) -> String {
    words
        .chunk_by(|a, b| a.charset.eq_ignore_ascii_case(b.charset))
        .map(|same| {
            let charset = same.first().map(|word| word.charset);
            charset::decode(charset, &bytes_of(same)).0
        })
        .collect()
}

fn bytes_of(words: &[Word<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for same in words.chunk_by(|a, b| a.encoding == b.encoding) {
        let encoding = same.first().map_or(TransferEncoding::Identity, |word| word.encoding);
        let mut decoder = Decoder::new(encoding);
        for word in same {
            match encoding {
                TransferEncoding::QuotedPrintable => {
                    decoder.push(&without_underscores(word.data), &mut bytes)
                }
                _ => decoder.push(word.data, &mut bytes),
            }
        }
        decoder.finish(&mut bytes);
    }
    bytes
}

fn without_underscores(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    for byte in data {
        match byte {
            b'_' | b' ' | b'\t' => out.extend_from_slice(b"=20"),
            b'\r' | b'\n' => {}
            other => out.push(*other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_read_as_they_were_meant() {
        for (raw, meant) in [
            ("=?utf-8?B?5L2g5aW9?= x", "你好 x"),
            ("=?utf-8?B?5L2g5Q==?=\r\n =?utf-8?B?pb0=?=", "你好"),
            ("=?gb2312?B?xOM=?= =?GB2312?Q?=BA=C3?=", "你好"),
            ("=?utf-8?B?5L2g?==?utf-8?B?5aW9?=", "你好"),
            ("=?iso-8859-1*de?Q?M=FCller_&_Co?=", "Müller & Co"),
            ("=?UTF-8?Q?What? No?=", "What? No"),
            ("=?utf-8?Q?a_?= =?utf-8?Q?b?=", "a b"),
            ("=?broken =?utf-8?Q?=C3=A9?=", "=?broken é"),
            ("=?utf-8?B?unfinished", "=?utf-8?B?unfinished"),
            ("Re: =?iso-2022-jp?B?GyRCJUYlOSVIGyhC?=", "Re: テスト"),
        ] {
            assert_eq!(unstructured(raw.as_bytes(), None), meant, "{raw}");
        }
    }

    #[test]
    fn decoded_words_are_never_taken_for_syntax() {
        let evil = BASE64_STANDARD.encode("Boss\" <boss@example.test>, ");
        let raw = format!("\"=?utf-8?B?{evil}?=\" <thief@example.test>");
        let safe = structured(raw.as_bytes(), None);
        assert!(!String::from_utf8(safe).unwrap().contains("boss@"));
    }

    #[test]
    fn a_field_of_unfinished_words_costs_one_search() {
        let raw = "=?a?b?x ".repeat(40_000);
        assert_eq!(unstructured(raw.as_bytes(), None).len(), raw.len());
    }
}
