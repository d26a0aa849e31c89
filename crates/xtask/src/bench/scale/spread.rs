//! Many measurements of one thing, and what lies where among them.

use std::{collections::BTreeMap, fmt::Write as _};

/// Milliseconds.
#[derive(Debug, Default, Clone)]
pub struct Times(Vec<f64>);

impl Times {
    pub fn add(&mut self, milliseconds: f64) {
        self.0.push(milliseconds);
    }

    /// The least value that `share` (0 to 1) of all do not exceed.
    pub fn at(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let place = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(place.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    }
}

/// Times of each thing done, by how many tickets there were.
#[derive(Default)]
pub struct Spread {
    done: Vec<String>,
    times: BTreeMap<(String, u32), Times>,
}

impl Spread {
    pub fn add(&mut self, what: &str, tickets: u32, milliseconds: f64) {
        if !self.done.iter().any(|each| each == what) {
            self.done.push(what.to_owned());
        }
        self.times.entry((what.to_owned(), tickets)).or_default().add(milliseconds);
    }

    pub fn things(&self) -> impl Iterator<Item = &str> {
        self.done.iter().map(String::as_str)
    }

    pub fn of(&self, what: &str, tickets: u32) -> Option<&Times> {
        self.times.get(&(what.to_owned(), tickets))
    }

    /// In Markdown: a line a thing, and for each size its p50, p95 and p99; last how the median grew from the first size to the last.
    pub fn table(&self, sizes: &[u32]) -> String {
        let mut text = String::from("| in milliseconds: p50 / p95 / p99 |");
        for size in sizes {
            let _never_fails = write!(text, " {size} tickets |");
        }
        text.push_str(" growth |\n|---|");
        text.push_str(&"--:|".repeat(sizes.len() + 1));
        for what in self.things() {
            let _never_fails = write!(text, "\n| {what} |");
            for size in sizes {
                match self.of(what, *size) {
                    Some(times) => {
                        let (p50, p95, p99) = (times.at(0.5), times.at(0.95), times.at(0.99));
                        let _never_fails = write!(text, " {p50:.2} / {p95:.2} / {p99:.2} |");
                    }
                    None => text.push_str(" |"),
                }
            }
            let _never_fails = write!(text, " {} |", self.growth(what, sizes));
        }
        text.push('\n');
        text
    }

    fn growth(&self, what: &str, sizes: &[u32]) -> String {
        let median = |size: Option<&u32>| Some(self.of(what, *size?)?.at(0.5));
        match median(sizes.first()).zip(median(sizes.last())) {
            Some((first, last)) if sizes.len() > 1 => format!("{:.2}", last / first),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_the_least_value_that_so_many_do_not_exceed() {
        let mut times = Times::default();
        (1..=100).rev().for_each(|ms| times.add(f64::from(ms)));
        assert_eq!((times.at(0.5), times.at(0.95), times.at(0.99), times.at(1.0)), (50.0, 95.0, 99.0, 100.0));
        assert!(Times::default().at(0.5).is_nan());
    }

    #[test]
    fn the_table_tells_how_the_median_grew() {
        let mut spread = Spread::default();
        spread.add("open", 10, 2.0);
        spread.add("open", 100, 3.0);
        assert!(
            spread.table(&[10, 100]).contains("| open | 2.00 / 2.00 / 2.00 | 3.00 / 3.00 / 3.00 | 1.50 |")
        );
    }
}
