//! The plans of the queries behind the lists: each walks an index in its order. A temporary b-tree in one of them would
//! mean that a list is sorted anew at every look, which at a million tickets takes seconds. `cargo xtask explain` prints the report.

use model::query::Query;
use sqlx::Row as _;

use super::bench::{Bench, NOW, mail};
use crate::read::explain;

/// What sorts no more than the tickets of one millisecond, or the few tickets of one token.
fn sorts_little(statement: &str, line: &str) -> bool {
    line.contains("TEMP B-TREE FOR LAST TERM")
        || line.contains("TEMP B-TREE FOR RIGHT PART")
        || statement.contains("NOT INDEXED")
}

/// Only what a statement has itself gathered, what it was given, and the few parts of the text index are read from one end to the other.
fn scans_little(line: &str) -> bool {
    let line = line.trim_start();
    let gathered = ["SCAN w", "SCAN e", "SCAN j ", "SCAN json_each", "SCAN (subquery"];
    !line.starts_with("SCAN")
        || line.contains("INDEX")
        || gathered.iter().any(|own| line.starts_with(own))
        || line == "SCAN search_part"
}

#[tokio::test]
async fn every_list_walks_an_index_in_its_order() {
    let bench = Bench::new().await;
    bench.one(&[mail("a", 0)]).await;
    let mut report = String::new();
    for (what, sql) in explain::all() {
        report.push_str(&format!("{what}\n  {sql}\n"));
        for line in bench.store.plan_of(&sql).await {
            assert!(!line.contains("TEMP B-TREE") || sorts_little(&sql, &line), "{what}: {line}");
            assert!(!line.contains("AUTOMATIC") && scans_little(&line), "{what}: {line}");
            report.push_str(&format!("    {line}\n"));
        }
    }
    insta::assert_snapshot!(report);
}

#[tokio::test]
async fn a_token_is_looked_up_and_not_walked_to() {
    let bench = Bench::new().await;
    let token = model::threading::Token::of_root("a").0;
    let query = Query::parse(&format!("{token} kettle "), |_, _, _| None).unwrap();
    let plan = crate::read::plan::Plan::of(&query, &Default::default(), NOW);
    let plan = bench.store.plan_of(&plan.window_sql()).await;
    let has = |start: &str| plan.iter().any(|line| line.trim_start().starts_with(start));
    assert!(has("SEARCH t USING INTEGER PRIMARY KEY"), "{plan:?}");
    assert!(has("SEARCH ticket_token USING PRIMARY KEY"), "{plan:?}");
}

#[tokio::test]
async fn what_is_asked_at_every_moment_is_answered_by_an_index() {
    let bench = Bench::new().await;
    let asked = [
        "SELECT id FROM ticket WHERE urgent_due_at_ms IS NOT NULL AND urgent_due_at_ms <= 5",
        "SELECT min(urgent_due_at_ms) FROM ticket WHERE urgent_due_at_ms IS NOT NULL",
        "SELECT 1 FROM mention WHERE name IN (SELECT unhex(value) FROM json_each('[]'))",
        "SELECT id FROM message WHERE ticket = 1 AND id < 9 ORDER BY id DESC LIMIT 5",
        "SELECT count(*) FROM message WHERE ticket = 1 AND id < 9",
        "SELECT id FROM ticket WHERE thread_key IS NOT NULL AND thread_key IN (SELECT value FROM json_each('[]'))",
        "SELECT key FROM contact WHERE kind = 'email' AND key IN (SELECT value FROM json_each('[]')) AND wrote = 1",
        "UPDATE message SET unread = 0 WHERE ticket = 1 AND unread = 1 AND id <= 9",
        "DELETE FROM place WHERE folder = 1 AND uid_validity <> 2",
    ];
    let mut connection = bench.store.inner.readers.acquire().await.unwrap();
    for sql in asked {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
        for row in sqlx::query(explain).fetch_all(&mut *connection).await.unwrap() {
            let line: String = row.get("detail");
            let scans_table =
                line.starts_with("SCAN") && !line.contains("json_each") && !line.contains("INDEX");
            assert!(!scans_table && !line.contains("TEMP B-TREE"), "{sql}: {line}");
        }
    }
}
