//! The plans of what is asked of drafts and of the outbox: the sender asks at every moment, and a conversation may be long.

use sqlx::Row as _;

use super::bench::Bench;
use crate::{drafts, ingest, outbox};

#[tokio::test]
async fn drafts_and_the_outbox_are_asked_through_an_index() {
    let bench = Bench::new().await;
    let mut connection = bench.store.inner.readers.acquire().await.unwrap();
    let mut report = String::new();
    let asked = outbox::queries().into_iter().chain(ingest::outbox_queries());
    for sql in asked.chain([drafts::ROW.to_owned()]) {
        report.push_str(&format!("{sql}\n"));
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
        for row in sqlx::query(explain).fetch_all(&mut *connection).await.unwrap() {
            let line: String = row.get("detail");
            let scans = line.starts_with("SCAN")
                && !line.contains("json_each")
                && !line.contains("INDEX outbox_unsent");
            assert!(!scans && !line.contains("TEMP B-TREE"), "{sql}: {line}");
            report.push_str(&format!("    {line}\n"));
        }
    }
    insta::assert_snapshot!(report);
}
