//! `cargo xtask explain`: how SQLite goes about every statement behind a list, checked against the tables as they are and printed.
//!
//! The statements and their plans come from a test of the store, which also refuses a plan that sorts or reads a whole table. What is printed
//! is the committed snapshot: without `--accept` a plan that differs from it is an error, with it the snapshot is written anew.

use std::{fs, process::ExitCode};

use crate::{
    failure::{Failure, Result, While},
    place, process,
};

const SNAPSHOT: &str =
    "crates/store/src/tests/snapshots/store__tests__plans__every_list_walks_an_index_in_its_order.snap";

pub fn explain(accept: bool) -> Result<ExitCode> {
    let mut cargo = process::cargo(["test", "--quiet", "--package", "store", "--lib", "--", "plans::"]);
    process::attached(cargo.env("INSTA_UPDATE", if accept { "always" } else { "no" }))?;
    let path = place::root().join(SNAPSHOT);
    let snapshot = fs::read_to_string(&path).during(|| format!("{} can't be read", path.display()))?;
    let report =
        report(&snapshot).ok_or_else(|| Failure::new(format!("{} holds no report", path.display())))?;
    println!("{report}");
    Ok(ExitCode::SUCCESS)
}

/// What stands behind a snapshot's head.
fn report(snapshot: &str) -> Option<&str> {
    snapshot.strip_prefix("---\n")?.split_once("\n---\n").map(|(_, report)| report.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_snapshot_is_not_printed() {
        assert_eq!(
            report("---\nsource: a.rs\nexpression: report\n---\nopen\n  SELECT 1\n"),
            Some("open\n  SELECT 1")
        );
        assert_eq!(report("something else"), None);
        let committed = fs::read_to_string(place::root().join(SNAPSHOT)).unwrap_or_default();
        assert!(report(&committed).is_some_and(|report| report.starts_with("open, newest\n")));
    }
}
