//! Undoes a content transfer encoding chunk by chunk, so that a part of any size passes through a few kilobytes.
//! Never fails: what is not of the encoding is skipped or passed on as it is, and [`Decoder::finish`] says whether that happened.

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TransferEncoding {
    /// 7bit, 8bit, binary, and whatever is not known.
    #[default]
    Identity,
    Base64,
    QuotedPrintable,
}

impl TransferEncoding {
    /// From the value of a `Content-Transfer-Encoding` header or the encoding field of a BODYSTRUCTURE.
    pub fn from_name(name: &str) -> TransferEncoding {
        let word = name.split([';', ' ', '(']).find(|word| !word.is_empty()).unwrap_or("");
        match word.to_ascii_lowercase().as_str() {
            "base64" | "b" => TransferEncoding::Base64,
            "quoted-printable" | "quotedprintable" | "q" => TransferEncoding::QuotedPrintable,
            _ => TransferEncoding::Identity,
        }
    }
}

#[derive(Debug)]
pub struct Decoder {
    state: State,
}

#[derive(Debug)]
enum State {
    Identity,
    Base64(Base64),
    QuotedPrintable(QuotedPrintable),
}

impl Decoder {
    pub fn new(encoding: TransferEncoding) -> Decoder {
        let state = match encoding {
            TransferEncoding::Identity => State::Identity,
            TransferEncoding::Base64 => State::Base64(Base64::default()),
            TransferEncoding::QuotedPrintable => State::QuotedPrintable(QuotedPrintable::default()),
        };
        Decoder { state }
    }

    /// Appends to `out` what `chunk` decodes to; never more than `chunk` is long, and what was held back.
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        match &mut self.state {
            State::Identity => out.extend_from_slice(chunk),
            State::Base64(base64) => base64.push(chunk, out),
            State::QuotedPrintable(quoted) => quoted.push(chunk, out),
        }
    }

    /// Appends what was still held back. Answers whether all that was pushed was of the encoding.
    pub fn finish(self, out: &mut Vec<u8>) -> bool {
        match self.state {
            State::Identity => true,
            State::Base64(base64) => base64.finish(out),
            State::QuotedPrintable(quoted) => quoted.finish(out),
        }
    }
}

/// Skips whatever is not of the alphabet; padding ends a run and another may follow, as when two were pasted together.
#[derive(Debug, Default)]
struct Base64 {
    bits: u32,
    digits: u8,
    foreign: bool,
}

enum Sign {
    Digit(u8),
    Pad,
    Space,
    Foreign,
}

const fn sign(byte: u8) -> Sign {
    match byte {
        b'A'..=b'Z' => Sign::Digit(byte - b'A'),
        b'a'..=b'z' => Sign::Digit(byte - b'a' + 26),
        b'0'..=b'9' => Sign::Digit(byte - b'0' + 52),
        b'+' => Sign::Digit(62),
        b'/' => Sign::Digit(63),
        b'=' => Sign::Pad,
        b'\r' | b'\n' | b' ' | b'\t' => Sign::Space,
        _ => Sign::Foreign,
    }
}

impl Base64 {
    fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        for byte in chunk {
            match sign(*byte) {
                Sign::Digit(digit) => self.digit(digit, out),
                Sign::Pad => self.flush(out),
                Sign::Space => {}
                Sign::Foreign => self.foreign = true,
            }
        }
    }

    fn digit(&mut self, digit: u8, out: &mut Vec<u8>) {
        self.bits = (self.bits << 6) | u32::from(digit);
        self.digits += 1;
        if self.digits == 4 {
            let [_, a, b, c] = self.bits.to_be_bytes();
            out.extend_from_slice(&[a, b, c]);
            (self.bits, self.digits) = (0, 0);
        }
    }

    fn flush(&mut self, out: &mut Vec<u8>) {
        match self.digits {
            3 => out.extend_from_slice(&[(self.bits >> 10) as u8, (self.bits >> 2) as u8]),
            2 => out.push((self.bits >> 4) as u8),
            1 => self.foreign = true,
            _ => {}
        }
        (self.bits, self.digits) = (0, 0);
    }

    fn finish(mut self, out: &mut Vec<u8>) -> bool {
        self.flush(out);
        !self.foreign
    }
}

/// Keeps an `=` that means nothing; drops the white space that ends a line.
#[derive(Debug, Default)]
struct QuotedPrintable {
    held: Vec<u8>,
    foreign: bool,
}

/// White space held back until it is known whether it ends the line.
const LONGEST_HELD: usize = 1_000;

impl QuotedPrintable {
    fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        for byte in chunk {
            self.byte(*byte, out);
        }
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) {
        match (self.held.first(), byte) {
            (Some(b'='), _) => self.escaped(byte, out),
            (_, b' ' | b'\t') if self.held.len() < LONGEST_HELD => self.held.push(byte),
            (_, b'=') => {
                self.release(out);
                self.held.push(b'=');
            }
            (_, b'\r' | b'\n') => {
                self.held.clear();
                out.push(byte);
            }
            _ => {
                self.release(out);
                out.push(byte);
            }
        }
    }

    /// What follows an `=`: two hexadecimal digits, or white space and the end of the line.
    fn escaped(&mut self, byte: u8, out: &mut Vec<u8>) {
        let second = self.held.get(1).copied();
        match (second.and_then(hex), hex(byte)) {
            (Some(high), Some(low)) => {
                self.held.clear();
                return out.push(high << 4 | low);
            }
            (None, Some(_)) if second.is_none() => return self.held.push(byte),
            _ => {}
        }
        let blank = second.is_none_or(|b| matches!(b, b' ' | b'\t' | b'\r'));
        match byte {
            b'\n' if blank => self.held.clear(),
            b' ' | b'\t' | b'\r' if blank && self.held.len() < LONGEST_HELD => self.held.push(byte),
            _ => {
                self.foreign = true;
                self.release(out);
                self.byte(byte, out);
            }
        }
    }

    fn release(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.held);
    }

    /// An `=` at the very end is a soft line break whose line end was lost.
    fn finish(mut self, out: &mut Vec<u8>) -> bool {
        if self.held.first() == Some(&b'=') {
            let only_blank = self.held.iter().skip(1).all(|b| matches!(b, b' ' | b'\t' | b'\r'));
            if !only_blank {
                self.foreign = true;
                self.release(out);
            }
        }
        !self.foreign
    }
}

pub(super) const fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Decodes `bytes`, stopping soon after `limit` bytes have come out. Answers them, whether all was read, and whether all was clean.
pub(super) fn decode_up_to(encoding: TransferEncoding, bytes: &[u8], limit: usize) -> (Vec<u8>, bool, bool) {
    let mut decoder = Decoder::new(encoding);
    let mut out = Vec::new();
    let mut whole = true;
    for chunk in bytes.chunks(16 * 1024) {
        if out.len() >= limit {
            whole = false;
            break;
        }
        decoder.push(chunk, &mut out);
    }
    let clean = decoder.finish(&mut out);
    whole &= out.len() <= limit;
    out.truncate(limit);
    (out, whole, clean)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(encoding: TransferEncoding, text: &[u8], step: usize) -> (Vec<u8>, bool) {
        let mut decoder = Decoder::new(encoding);
        let mut out = Vec::new();
        for chunk in text.chunks(step) {
            decoder.push(chunk, &mut out);
        }
        let clean = decoder.finish(&mut out);
        (out, clean)
    }

    #[test]
    fn base64_survives_line_ends_junk_pasted_runs_and_missing_padding() {
        let base64 = |text: &str| decode(TransferEncoding::Base64, text.as_bytes(), 3);
        assert_eq!(base64("5L2g\r\n5aW9"), ("你好".as_bytes().to_vec(), true));
        assert_eq!(base64("YQ==Yg=="), (b"ab".to_vec(), true));
        assert_eq!(base64("YWI"), (b"ab".to_vec(), true));
        assert_eq!(base64("YW!I="), (b"ab".to_vec(), false));
        assert_eq!(base64("A"), (Vec::new(), false));
    }

    #[test]
    fn quoted_printable_survives_soft_breaks_trailing_space_and_stray_equal_signs() {
        let quoted = |text: &str| decode(TransferEncoding::QuotedPrintable, text.as_bytes(), 1);
        assert_eq!(quoted("a=\r\nb= \t\r\nc"), (b"abc".to_vec(), true));
        assert_eq!(quoted("end  \r\nnext"), (b"end\r\nnext".to_vec(), true));
        assert_eq!(quoted("=E4=BD=A0"), ("你".as_bytes().to_vec(), true));
        assert_eq!(quoted("a=b c=zz"), (b"a=b c=zz".to_vec(), false));
        assert_eq!(quoted("cut=").0, b"cut");
        assert_eq!(quoted("=4").0, b"=4");
    }

    proptest! {
        #[test]
        fn chunks_of_any_size_decode_alike(bytes in proptest::collection::vec(any::<u8>(), 0..400), step in 1usize..50) {
            for encoding in [TransferEncoding::Base64, TransferEncoding::QuotedPrintable, TransferEncoding::Identity] {
                prop_assert_eq!(decode(encoding, &bytes, step), decode(encoding, &bytes, 1_000));
            }
        }

        #[test]
        fn base64_gives_back_what_was_encoded(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            use base64::{Engine, prelude::BASE64_STANDARD};
            let text = BASE64_STANDARD.encode(&bytes);
            prop_assert_eq!(decode(TransferEncoding::Base64, text.as_bytes(), 7), (bytes, true));
        }
    }
}
