//! What was searched for lately. Of this machine alone, and not in the journal: they may be lost.

use model::{Millis, Seq};

use crate::{
    Store,
    error::{Result, StoreError},
    work::Durability,
};

/// How many are remembered.
const MOST: u32 = 20;

impl Store {
    /// Newest first, at most twenty.
    pub async fn recent_searches(&self) -> Result<Vec<String>> {
        let sql = "SELECT query FROM recent_search ORDER BY at_ms DESC, query LIMIT ?";
        let recent = sqlx::query_scalar(sql).bind(MOST).fetch_all(&self.inner.readers).await;
        self.noted(recent.map_err(StoreError::from))
    }

    /// Remembers a search as the newest, and forgets the oldest beyond twenty.
    pub async fn keep_search(&self, query: &str, now: Millis) -> Result<Seq> {
        let query = query.trim();
        if query.is_empty() || query.chars().count() > model::query::MOST_CHARS {
            return Err(StoreError::Invalid("query"));
        }
        let mut work = self.work(Durability::Normal, now).await?;
        // The clock may have been put back: what is searched now is the newest all the same.
        let sql = "INSERT INTO recent_search (query, at_ms) \
            SELECT ?1, max(?2, ifnull((SELECT max(at_ms) + 1 FROM recent_search), 0)) WHERE true \
            ON CONFLICT (query) DO UPDATE SET at_ms = excluded.at_ms";
        sqlx::query(sql).bind(query.to_owned()).bind(now.0).execute(work.connection()).await?;
        let sql = "DELETE FROM recent_search WHERE query NOT IN \
            (SELECT query FROM recent_search ORDER BY at_ms DESC, query LIMIT ?)";
        sqlx::query(sql).bind(MOST).execute(work.connection()).await?;
        self.finish_noted(work).await
    }

    /// Forgets one, or with `None` all.
    pub async fn forget_searches(&self, query: Option<&str>, now: Millis) -> Result<Seq> {
        let mut work = self.work(Durability::Normal, now).await?;
        let sql = "DELETE FROM recent_search WHERE ?1 IS NULL OR query = ?1";
        sqlx::query(sql).bind(query.map(|query| query.trim().to_owned())).execute(work.connection()).await?;
        self.finish_noted(work).await
    }
}
