//! The figures of a benchmark: as a table for a person, as JSON for a program.

use std::{fmt::Write as _, path::Path};

use serde::Serialize;

use crate::{
    changed,
    failure::{Result, While},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(dead_code, reason = "the format names both; the first benchmark measures only what should be low")]
pub enum Better {
    Lower,
    Higher,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    pub name: String,
    pub value: f64,
    pub unit: String,
    pub better: Better,
    pub aim: f64,
    #[serde(skip_serializing_if = "Option::is_none", flatten)]
    pub peer: Option<Peer>,
}

/// The same thing done by another program, in the same run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Peer {
    pub peer: String,
    pub peer_value: f64,
    /// Ours divided by theirs.
    pub ratio: f64,
}

impl Figure {
    pub fn low(name: &str, value: f64, unit: &str, aim: f64) -> Figure {
        Figure {
            name: name.into(),
            value: rounded(value),
            unit: unit.into(),
            better: Better::Lower,
            aim: rounded(aim),
            peer: None,
        }
    }

    pub fn against(mut self, peer: &str, peer_value: f64) -> Figure {
        let ratio = rounded(self.value / peer_value);
        self.peer = Some(Peer { peer: peer.into(), peer_value: rounded(peer_value), ratio });
        self
    }

    pub fn reaches_its_aim(&self) -> bool {
        match self.better {
            Better::Lower => self.value <= self.aim,
            Better::Higher => self.value >= self.aim,
        }
    }
}

/// Three decimals: more would be noise.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    pub bench: String,
    pub figures: Vec<Figure>,
    /// A table of everything that was measured, in Markdown, where the figures are only what has an aim.
    #[serde(skip)]
    pub details: Option<String>,
}

impl Report {
    /// In Markdown, as docs/BENCHMARKS.md has it.
    pub fn table(&self) -> String {
        let mut text = String::from(
            "| figure | value | aim | reached | peer | its value | ratio |\n|---|--:|--:|---|---|--:|--:|\n",
        );
        for figure in &self.figures {
            let unit = &figure.unit;
            let reached = if figure.reaches_its_aim() { "yes" } else { "no" };
            let peer = figure.peer.as_ref().map_or_else(
                || " | | ".to_owned(),
                |peer| format!("{} | {} {unit} | {:.2}", peer.peer, peer.peer_value, peer.ratio),
            );
            let _never_fails = writeln!(
                text,
                "| {} | {} {unit} | {} {unit} | {reached} | {peer} |",
                figure.name, figure.value, figure.aim
            );
        }
        if let Some(details) = &self.details {
            text.push('\n');
            text.push_str(details);
        }
        text
    }

    pub fn write(&self, path: &Path) -> Result {
        let text = serde_json::to_string_pretty(self).during(|| "the figures are not JSON".into())?;
        changed::say(path, &(text + "\n"))
    }
}

/// The middle of several runs; of an even number, the mean of the two in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = |place: usize| values.get(place).copied().unwrap_or(f64::NAN);
    let half = values.len() / 2;
    if values.len().is_multiple_of(2) { (at(half.wrapping_sub(1)) + at(half)) / 2.0 } else { at(half) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_has_peer_fields_only_where_there_is_a_peer() {
        let report = Report {
            bench: "mailbox".into(),
            figures: vec![
                Figure::low("search", 4.0, "ms", 10.0).against("notmuch", 16.0),
                Figure::low("memory", 210.5, "MB", 200.0),
            ],
            details: None,
        };
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["figures"][0]["ratio"], 0.25);
        assert_eq!(json["figures"][0]["better"], "lower");
        assert_eq!(json["figures"][0]["peer"], "notmuch");
        assert!(json["figures"][1].get("peer").is_none() && json["figures"][1].get("ratio").is_none());
        assert!(report.table().contains("| memory | 210.5 MB | 200 MB | no |"));
    }

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(median(vec![9.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![1.0, 2.0, 3.0, 10.0]), 2.5);
        assert!(median(Vec::new()).is_nan());
    }
}
