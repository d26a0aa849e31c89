//! How many tests passed and failed, read from the closing lines of cargo's test harness, vitest, and Node's test runner.
//!
//! It counts what those lines say and nothing else; a suite that prints none counts as one check.

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u32,
    pub failed: u32,
}

impl Tally {
    /// Adds what a line says, if it is a closing line.
    pub fn hear(&mut self, line: &str) {
        let line = line.trim();
        if let Some(counts) = line.strip_prefix("test result:").or_else(|| line.strip_prefix("Tests ")) {
            self.add_pairs(counts);
        } else if let Some(rest) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ ")) {
            self.add_named(rest);
        } else if line.starts_with(|first: char| first.is_ascii_digit()) && line.contains(" passed") {
            self.add_pairs(line);
        }
    }

    /// "12 passed", "1 failed", wherever they stand in the line.
    fn add_pairs(&mut self, counts: &str) {
        let words: Vec<&str> =
            counts.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            if let [number, word] = pair {
                self.add(number, word);
            }
        }
    }

    /// "pass 12", "fail 0", as TAP has them.
    fn add_named(&mut self, rest: &str) {
        match rest.split_once(' ') {
            Some(("pass", number)) => self.add(number, "passed"),
            Some(("fail", number)) => self.add(number, "failed"),
            _ => {}
        }
    }

    fn add(&mut self, number: &str, word: &str) {
        let Ok(number) = number.parse::<u32>() else { return };
        match word {
            "passed" => self.passed += number,
            "failed" => self.failed += number,
            _ => {}
        }
    }

    /// A suite that ended badly has failed, whatever it printed; one that printed no count is one check.
    pub fn ended(mut self, well: bool) -> Tally {
        if !well {
            self.failed = self.failed.max(1);
        } else if self.passed == 0 {
            self.passed = 1;
        }
        self
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(lines: &[&str]) -> (u32, u32) {
        let mut tally = Tally::default();
        lines.iter().for_each(|line| tally.hear(line));
        (tally.passed, tally.failed)
    }

    #[test]
    fn the_closing_lines_of_every_suite_are_added_up() {
        let cargo =
            "test result: ok. 12 passed; 1 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.21s";
        assert_eq!(heard(&[cargo, cargo]), (24, 2));
        assert_eq!(heard(&["      Tests  1 failed | 11 passed (12)", " Test Files  3 passed (3)"]), (11, 1));
        assert_eq!(heard(&["# pass 7", "# fail 2", "# tests 9"]), (7, 2));
        assert_eq!(heard(&["8 passed, 0 failed"]), (8, 0));
    }

    #[test]
    fn other_lines_count_for_nothing() {
        assert_eq!(
            heard(&["test mail::passed ... ok", "3 tests ran", "the 4 passed cars", "# passive 3"]),
            (0, 0)
        );
    }

    #[test]
    fn a_check_without_counts_is_one_and_a_bad_end_is_never_silent() {
        assert_eq!(Tally::default().ended(true), Tally { passed: 1, failed: 0 });
        assert_eq!(Tally { passed: 5, failed: 0 }.ended(false), Tally { passed: 5, failed: 1 });
    }
}
