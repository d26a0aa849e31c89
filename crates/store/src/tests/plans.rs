//! The plans of the queries behind the lists: each walks an index in its order. A temporary b-tree in one of them would
//! mean that a list is sorted anew at every look, which at a million tickets takes seconds.

use model::query::Query;
use sqlx::Row as _;

use super::bench::{Bench, NOW, mail};

const QUERIES: &[&str] = &[
    "status:open",
    "is:urgent",
    "tag:late",
    "tag:late status:open",
    "is:unread",
    "is:vip",
    "has:attachment",
    "-status:closed before:2026-01-01",
    "priority:high -tag:late",
    "priority:normal",
    "kettle",
    "kettle tag:late -refund",
    "from:wang",
    "from:wang from:li",
    "from:wang kettle",
];

#[tokio::test]
async fn every_list_walks_an_index_in_its_order() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    bench.store.tag_tickets(&[ticket], "late", "Lin", NOW).await.unwrap();
    let mut report = String::new();
    for text in QUERIES {
        let query = Query::parse(&format!("{text} "), |_, _, _| Some(NOW)).unwrap();
        report.push_str(&format!("{text}\n"));
        for line in bench.store.explain(&query).await {
            assert!(!line.contains("TEMP B-TREE"), "{text}: {line}");
            assert!(!line.starts_with("SCAN t ") || line.contains("INDEX"), "{text}: {line}");
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
    let plan = bench.store.explain(&query).await;
    assert!(plan.iter().any(|line| line.starts_with("SEARCH t USING INTEGER PRIMARY KEY")), "{plan:?}");
    assert!(plan.iter().any(|line| line.starts_with("SEARCH ticket_token USING PRIMARY KEY")), "{plan:?}");
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
