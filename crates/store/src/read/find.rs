//! From the outside's names to this workspace's ids: one indexed look-up each.

use model::{CustomerId, SourceId, TicketId};

use crate::{Store, error::Result, ingest::prepare::digest};

impl Store {
    /// The customer who wrote from `address`, whatever its case.
    pub async fn customer_of(&self, address: &str) -> Result<Option<CustomerId>> {
        let sql = "SELECT customer FROM contact WHERE kind = 'email' AND key = ? AND wrote = 1";
        let id: Option<i64> = self.one(sqlx::query_scalar(sql).bind(address.trim().to_lowercase())).await?;
        Ok(id.map(CustomerId))
    }

    /// The ticket of the message that `source` knows by `identity`.
    pub async fn ticket_of(&self, source: SourceId, identity: &str) -> Result<Option<TicketId>> {
        let sql = "SELECT ticket FROM message WHERE identity = ?";
        let name = digest(source, "identity", identity).to_vec();
        let id: Option<i64> = self.one(sqlx::query_scalar(sql).bind(name)).await?;
        Ok(id.map(TicketId))
    }
}
