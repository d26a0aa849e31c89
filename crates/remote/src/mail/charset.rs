//! Bytes in whatever charset as text. What a message declares is a hint: mail says `gb2312` and means GB18030, says `utf-8` and means GBK, says
//! nothing and means anything. Where the declared charset does not fit the bytes, the one that does is used.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, EUC_KR, Encoding, GB18030, GBK, ISO_2022_JP, REPLACEMENT, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE,
    WINDOWS_1252,
};
use mail_parser::decoders::charsets::map::charset_decoder;

/// Bytes looked at to guess a charset. The rest rarely changes the answer.
const LOOKED_AT: usize = 16 * 1024;

/// The text, and whether every byte meant a character.
pub(super) fn decode(declared: Option<&str>, bytes: &[u8]) -> (String, bool) {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return plain(encoding, bytes.get(length..).unwrap_or_default());
    }
    match declared.map(named) {
        Some(Named::Known(encoding)) if encoding == UTF_8 => decode_utf8(bytes),
        Some(Named::Known(encoding)) => decode_declared(encoding, bytes),
        Some(Named::Rare(decoder)) => (decoder(bytes), true),
        Some(Named::Unknown) | None => decode_undeclared(bytes, None),
    }
}

/// As [`decode`] for text that declares nothing, with the charset of a neighbour as a hint.
pub(super) fn decode_beside(hint: Option<&str>, bytes: &[u8]) -> (String, bool) {
    let hint = hint.map(named).and_then(|named| match named {
        Named::Known(encoding) if encoding != UTF_8 => Some(encoding),
        _ => None,
    });
    decode_undeclared(bytes, hint)
}

enum Named {
    Known(&'static Encoding),
    /// UTF-7 and IBM 850, which the web never knew.
    Rare(fn(&[u8]) -> String),
    Unknown,
}

fn named(label: &str) -> Named {
    let label = label.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    let known = match label.as_str() {
        "us-ascii" | "ascii" | "ansi_x3.4-1968" | "8bit" | "7bit" | "binary" | "default" | "none"
        | "unknown-8bit" | "x-unknown" | "unknown" => return Named::Unknown,
        "cp936" | "ms936" | "936" | "windows-936" | "gb_2312" | "gb-2312" | "gb2312-80" | "euc-cn"
        | "x-euc-cn" | "euccn" => GB18030,
        "cp932" | "932" | "shift-jisx0213" => SHIFT_JIS,
        "cp949" | "ms949" | "949" | "uhc" | "ks_c_5601" | "ksc5601" => EUC_KR,
        "cp950" | "950" | "ms950" | "x-big5" => BIG5,
        "latin-1" | "cp819" => WINDOWS_1252,
        "utf_8" | "utf-8-bom" | "utf8mb4" | "cp65001" | "65001" => UTF_8,
        "utf-16" | "ucs-2" => UTF_16BE,
        other => match Encoding::for_label(other.as_bytes()) {
            // GB18030 holds all of GBK; what GBK would refuse it reads.
            Some(encoding) if encoding == GBK => GB18030,
            Some(encoding) if encoding == REPLACEMENT => return Named::Unknown,
            Some(encoding) => encoding,
            None => return charset_decoder(other.as_bytes()).map_or(Named::Unknown, Named::Rare),
        },
    };
    Named::Known(known)
}

fn plain(encoding: &'static Encoding, bytes: &[u8]) -> (String, bool) {
    let (text, malformed) = encoding.decode_without_bom_handling(bytes);
    (text.into_owned(), !malformed)
}

fn decode_utf8(bytes: &[u8]) -> (String, bool) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), true),
        Err(_) if mostly_utf8(bytes) => (String::from_utf8_lossy(bytes).into_owned(), false),
        Err(_) => decode_undeclared(bytes, None),
    }
}

fn decode_declared(encoding: &'static Encoding, bytes: &[u8]) -> (String, bool) {
    if encoding != UTF_16BE && encoding != UTF_16LE && surely_utf8(bytes) {
        return (String::from_utf8_lossy(bytes).into_owned(), true);
    }
    let (text, whole) = plain(encoding, bytes);
    if whole || few_broken(&text) {
        return (text, whole);
    }
    let guess = guess(bytes);
    match plain(guess, bytes) {
        (better, true) => (better, true),
        _ => (text, false),
    }
}

fn decode_undeclared(bytes: &[u8], hint: Option<&'static Encoding>) -> (String, bool) {
    if has_japanese_escape(bytes)
        && let (text, true) = plain(ISO_2022_JP, bytes)
    {
        return (text, true);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.to_owned(), true);
    }
    if mostly_utf8(bytes) {
        return (String::from_utf8_lossy(bytes).into_owned(), false);
    }
    if let Some((text, true)) = hint.map(|hint| plain(hint, bytes)) {
        return (text, true);
    }
    match plain(guess(bytes), bytes) {
        (text, true) => (text, true),
        // A truncated or slightly damaged Chinese text is likelier than Latin letters that all happen to be accented.
        _ => plain(GB18030, bytes),
    }
}

fn has_japanese_escape(bytes: &[u8]) -> bool {
    bytes.is_ascii() && [&b"\x1b$B"[..], b"\x1b$@", b"\x1b(J"].iter().any(|escape| contains(bytes, escape))
}

pub(super) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(bytes, needle).is_some()
}

/// Wholly UTF-8, with more in it than a coincidence in another charset explains.
fn surely_utf8(bytes: &[u8]) -> bool {
    !bytes.is_ascii()
        && std::str::from_utf8(bytes).is_ok_and(|text| {
            let wide = text.chars().take(LOOKED_AT).filter(|c| c.len_utf8() >= 3).count();
            let narrow = text.chars().take(LOOKED_AT).filter(|c| c.len_utf8() == 2).count();
            wide >= 2 || narrow >= 3 || (wide == 1 && bytes.len() > 3)
        })
}

/// UTF-8 with damage: at least four good sequences for each bad one, or only the end cut off.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > 0 && good >= bad * 4
}

fn few_broken(text: &str) -> bool {
    let broken = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    let said = text.chars().filter(|c| !c.is_ascii()).count();
    broken * 20 <= said
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let head = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(head, true);
    match detector.guess(None, Utf8Detection::Allow) {
        encoding if encoding == GBK => GB18030,
        encoding => encoding,
    }
}
