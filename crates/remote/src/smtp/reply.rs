//! What a server's reply says. Read in any charset, since the words of a refusal may be in one.

use lettre::transport::smtp::response::{Response, Severity};

use crate::mailbox::fault::Fault;

/// Characters of the server's words that are kept.
const LONGEST_WORDS: usize = 1_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply(Response);

impl Reply {
    /// From its lines, without their ends.
    pub(super) fn read(lines: &[String]) -> Result<Reply, Fault> {
        // A code alone is a reply too.
        let whole =
            |line: &String| if line.len() == 3 { format!("{line} \r\n") } else { format!("{line}\r\n") };
        let text: String = lines.iter().map(whole).collect();
        text.parse().map(Reply).map_err(|_| Fault::Nonsense("a reply of another protocol"))
    }

    pub(super) fn code(&self) -> u16 {
        self.0.code().into()
    }

    pub(super) fn done(&self) -> bool {
        self.0.code().severity == Severity::PositiveCompletion
    }

    /// The server waits for more.
    pub(super) fn goes_on(&self) -> bool {
        self.0.code().severity == Severity::PositiveIntermediate
    }

    pub(super) fn passes(&self) -> bool {
        self.0.code().severity == Severity::TransientNegativeCompletion
    }

    pub(super) fn refuses(&self) -> bool {
        self.0.code().severity == Severity::PermanentNegativeCompletion
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        self.0.message()
    }

    /// The second and third number of an enhanced status code (RFC 3463), such as `(1, 1)` for `5.1.1`.
    pub(super) fn detail(&self) -> Option<(u16, u16)> {
        let mut numbers = self.0.first_word()?.splitn(3, '.');
        let (class, subject, detail) = (numbers.next()?, numbers.next()?, numbers.next()?);
        matches!(class, "2" | "4" | "5").then_some((subject.parse().ok()?, detail.parse().ok()?))
    }

    /// The server's own words, with its code.
    pub(super) fn said(&self) -> String {
        let words = self.lines().collect::<Vec<_>>().join(" ");
        let words: String = words.chars().filter(|c| !c.is_control()).take(LONGEST_WORDS).collect();
        format!("{} {words}", self.0.code()).trim_end().to_owned()
    }
}
