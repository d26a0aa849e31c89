//! What a server's reply says. Read in any charset, since the words of a refusal may be in one.

use lettre::transport::smtp::response::{Response, Severity};

use crate::mailbox::fault::Fault;

/// Characters of the server's words that are kept.
const LONGEST_WORDS: usize = 1_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    response: Response,
    code: u16,
}

impl Reply {
    /// From its lines, without their ends.
    pub(super) fn read(lines: &[String]) -> Result<Reply, Fault> {
        let nonsense = || Fault::Nonsense("a reply of another protocol");
        let code = lines.first().and_then(|line| line.get(..3)?.parse().ok()).ok_or_else(nonsense)?;
        let text: String = lines.iter().map(whole).collect();
        let response = text.parse().map_err(|_| nonsense())?;
        Ok(Reply { response, code })
    }

    pub(super) fn code(&self) -> u16 {
        self.code
    }

    pub(super) fn done(&self) -> bool {
        self.response.code().severity == Severity::PositiveCompletion
    }

    /// The server waits for more.
    pub(super) fn goes_on(&self) -> bool {
        self.response.code().severity == Severity::PositiveIntermediate
    }

    pub(super) fn passes(&self) -> bool {
        self.response.code().severity == Severity::TransientNegativeCompletion
    }

    pub(super) fn refuses(&self) -> bool {
        self.response.code().severity == Severity::PermanentNegativeCompletion
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        self.response.message()
    }

    /// The second and third number of an enhanced status code (RFC 3463), such as `(1, 1)` for `5.1.1`.
    pub(super) fn detail(&self) -> Option<(u16, u16)> {
        let mut numbers = self.response.first_word()?.splitn(3, '.');
        let (class, subject, detail) = (numbers.next()?, numbers.next()?, numbers.next()?);
        matches!(class, "2" | "4" | "5").then_some((subject.parse().ok()?, detail.parse().ok()?))
    }

    /// The server's own words, with its code.
    pub(super) fn said(&self) -> String {
        let words = self.lines().collect::<Vec<_>>().join(" ");
        let words: String = words.chars().filter(|c| !c.is_control()).take(LONGEST_WORDS).collect();
        format!("{} {words}", self.code).trim_end().to_owned()
    }
}

/// A line as the parser wants it: a code alone is a reply too, and some servers use second digits beyond the standard's, such as `571`.
fn whole(line: &String) -> String {
    let beyond = matches!(line.as_bytes().get(1), Some(b'6'..=b'9'));
    let (class, rest) = (line.get(..1).unwrap_or_default(), line.get(2..).unwrap_or_default());
    let line = if beyond { format!("{class}5{rest}") } else { line.clone() };
    if line.len() == 3 { format!("{line} \r\n") } else { format!("{line}\r\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_beyond_the_standard_is_a_refusal_all_the_same() {
        let reply = Reply::read(&["571 5.7.1 Not here".to_owned()]).unwrap();
        assert!(reply.refuses());
        assert_eq!((reply.code(), reply.detail()), (571, Some((7, 1))));
        assert_eq!(reply.said(), "571 5.7.1 Not here");
    }
}
