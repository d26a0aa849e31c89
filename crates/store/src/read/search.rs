//! What a search shows of a hit: the passage that matched.

use std::collections::BTreeMap;

use model::MessageId;
use sqlx::{Row as _, SqliteConnection};

use super::walk::Hit;
use crate::{error::Result, segment};

/// No more of a text than is looked through: one may be a megabyte.
pub(crate) const TEXTS: &str = "SELECT message, substr(text, 1, 262144) AS text FROM body \
    WHERE message IN (SELECT value FROM json_each(?))";

/// By message; those in whose text none of the words is found are left out.
pub(super) async fn excerpts(
    reader: &mut SqliteConnection,
    hits: &[Hit],
    words: &[String],
) -> Result<BTreeMap<MessageId, String>> {
    let ids: Vec<i64> = hits.iter().filter_map(|hit| hit.message).map(|message| message.0).collect();
    let mut excerpts = BTreeMap::new();
    if ids.is_empty() || words.is_empty() {
        return Ok(excerpts);
    }
    for row in sqlx::query(TEXTS).bind(serde_json::to_string(&ids)?).fetch_all(reader).await? {
        if let Some(excerpt) = segment::excerpt(row.try_get("text")?, words) {
            excerpts.insert(MessageId(row.try_get("message")?), excerpt);
        }
    }
    Ok(excerpts)
}
