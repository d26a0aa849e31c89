//! The bytes of a mail as they go over the line: each line ends as RFC 5321 wants, and no line of the mail can end the content.

/// Doubles the dot at the beginning of a line, and makes every line end CR LF: a lone CR or LF is read as a line end by some servers and not by
/// others, and what both read must be the same mail.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stuffing {
    before: u8,
}

impl Stuffing {
    pub(super) fn new() -> Stuffing {
        Stuffing { before: b'\n' }
    }

    pub(super) fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for byte in bytes {
            match (self.before, *byte) {
                (b'\r', b'\n') => {}
                (b'\r', _) => {
                    out.push(b'\n');
                    self.before = b'\n';
                }
                (_, b'\n') => out.push(b'\r'),
                _ => {}
            }
            if self.before == b'\n' && *byte == b'.' {
                out.push(b'.');
            }
            out.push(*byte);
            self.before = *byte;
        }
    }

    /// Ends the last line.
    pub(super) fn finish(self, out: &mut Vec<u8>) {
        match self.before {
            b'\n' => {}
            b'\r' => out.push(b'\n'),
            _ => out.extend_from_slice(b"\r\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stuffed(mail: &[u8], piece: usize) -> Vec<u8> {
        let (mut stuffing, mut out) = (Stuffing::new(), Vec::new());
        mail.chunks(piece).for_each(|piece| stuffing.push(piece, &mut out));
        stuffing.finish(&mut out);
        out
    }

    #[test]
    fn a_dot_at_the_beginning_of_a_line_is_doubled_and_nowhere_else() {
        for (mail, wire) in [
            ("a.b\r\n.c\r\n..d\r\n", "a.b\r\n..c\r\n...d\r\n"),
            (".", "..\r\n"),
            ("a\r\n.\r\nb", "a\r\n..\r\nb\r\n"),
            ("a\n.\nb", "a\r\n..\r\nb\r\n"),
            ("a\r.\rb\r", "a\r\n..\r\nb\r\n"),
            ("", ""),
        ] {
            for piece in 1..5 {
                assert_eq!(String::from_utf8(stuffed(mail.as_bytes(), piece)).unwrap(), wire, "{mail:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_mail_can_end_its_own_content(mail in "[a.\r\n]{0,40}", piece in 1usize..9) {
            let wire = format!("\r\n{}", String::from_utf8(stuffed(mail.as_bytes(), piece)).unwrap());
            prop_assert!(!wire.contains("\r\n.\r\n"));
            prop_assert!(wire.ends_with("\r\n"));
            prop_assert!(!wire.replace("\r\n", "").contains(['\r', '\n']));
        }
    }
}
