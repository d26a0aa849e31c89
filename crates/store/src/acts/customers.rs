//! What a person says of a customer, and whose remote images are shown.

use std::collections::BTreeSet;

use model::{CustomerId, Millis, Seq, Status, TagId, TicketId, Tier};
use sqlx::Row as _;

use crate::{
    Store,
    error::Result,
    journal::{CustomerAct, Record},
    work::{Durability, Work},
};

impl Store {
    pub async fn set_tier(&self, customer: CustomerId, tier: Tier, _who: &str, now: Millis) -> Result<Seq> {
        self.act_on_customer(customer, CustomerAct::Tier { tier }, now).await
    }

    /// Adds a tag to a customer, made if it is new.
    pub async fn tag_customer(
        &self,
        customer: CustomerId,
        name: &str,
        _who: &str,
        now: Millis,
    ) -> Result<Seq> {
        self.act_on_customer(customer, CustomerAct::Tag { name: name.to_owned() }, now).await
    }

    pub async fn untag_customer(
        &self,
        customer: CustomerId,
        tag: TagId,
        _who: &str,
        now: Millis,
    ) -> Result<Seq> {
        let mut work = self.work(Durability::Full, now).await?;
        let name = work.tag_name(tag).await?;
        self.noted(work.act_on_customer(customer, CustomerAct::Untag { name }).await)?;
        self.finish_noted(work).await
    }

    async fn act_on_customer(&self, customer: CustomerId, act: CustomerAct, now: Millis) -> Result<Seq> {
        let mut work = self.work(Durability::Full, now).await?;
        self.noted(work.act_on_customer(customer, act).await)?;
        self.finish_noted(work).await
    }

    /// Shows remote images of this sender from now on, or stops.
    pub async fn trust_images(&self, email: &str, trusted: bool, now: Millis) -> Result<Seq> {
        let email = email.trim().to_lowercase();
        let mut work = self.work(Durability::Full, now).await?;
        work.trust(&email, trusted).await?;
        work.records.push(Record::Trust { email, trusted });
        self.finish_noted(work).await
    }

    /// Those of the senders (lower case) whose remote images are shown.
    pub async fn trusted_among(&self, emails: &BTreeSet<String>) -> Result<BTreeSet<String>> {
        let sql = "SELECT email FROM trusted_sender WHERE email IN (SELECT value FROM json_each(?))";
        let rows = self.all(sqlx::query(sql).bind(serde_json::to_string(emails)?)).await?;
        Ok(rows.iter().map(|row| row.try_get("email")).collect::<sqlx::Result<_>>()?)
    }

    #[cfg(test)]
    pub(crate) async fn trusts_images(&self, email: &str) -> Result<bool> {
        let sql = "SELECT 1 FROM trusted_sender WHERE email = ?";
        let found: Option<i64> = self.one(sqlx::query_scalar(sql).bind(email.trim().to_lowercase())).await?;
        Ok(found.is_some())
    }
}

impl Work {
    async fn act_on_customer(&mut self, id: CustomerId, act: CustomerAct) -> Result<()> {
        self.load_customers([id]).await?;
        if self.perform_on_customer(id, &act).await? {
            let address = self.customer(id)?.email.to_lowercase();
            self.records.push(Record::Customer { address, at: self.now, act });
        }
        Ok(())
    }

    /// Answers whether anything changed. The customer must be held.
    pub(crate) async fn perform_on_customer(&mut self, id: CustomerId, act: &CustomerAct) -> Result<bool> {
        let changed = match act {
            CustomerAct::Tier { tier } => self.change_tier(id, *tier).await?,
            CustomerAct::Tag { name } => {
                let tag = self.tag(name).await?;
                let sql = "INSERT OR IGNORE INTO customer_tag (customer, tag) VALUES (?, ?)";
                let insert = sqlx::query(sql).bind(id.0).bind(tag.0);
                insert.execute(self.connection()).await?.rows_affected() > 0
            }
            CustomerAct::Untag { name } => {
                let tag = self.tag(name).await?;
                let sql = "DELETE FROM customer_tag WHERE customer = ? AND tag = ?";
                let delete = sqlx::query(sql).bind(id.0).bind(tag.0);
                delete.execute(self.connection()).await?.rows_affected() > 0
            }
        };
        if changed {
            self.touched.customers.insert(id);
        }
        Ok(changed)
    }

    /// Open tickets are judged anew; the others only show it.
    async fn change_tier(&mut self, id: CustomerId, tier: Tier) -> Result<bool> {
        let customer = self.customer(id)?;
        if customer.tier == tier {
            return Ok(false);
        }
        customer.tier = tier;
        let open = "SELECT id FROM ticket WHERE requester = ? AND status <> ?";
        let ids: Vec<i64> = sqlx::query_scalar(open)
            .bind(id.0)
            .bind(Status::Closed.as_str())
            .fetch_all(self.connection())
            .await?;
        self.load_tickets(ids.into_iter().map(TicketId)).await?;
        self.move_vips_closed(id, tier == Tier::Vip).await?;
        let closed = "UPDATE ticket SET vip = ? WHERE requester = ? AND status = ?";
        sqlx::query(closed)
            .bind(tier == Tier::Vip)
            .bind(id.0)
            .bind(Status::Closed.as_str())
            .execute(self.connection())
            .await?;
        self.touched.lists = true;
        Ok(true)
    }

    pub(crate) async fn trust(&mut self, email: &str, trusted: bool) -> Result<()> {
        let sql = if trusted {
            "INSERT OR IGNORE INTO trusted_sender (email) VALUES (?)"
        } else {
            "DELETE FROM trusted_sender WHERE email = ?"
        };
        sqlx::query(sql).bind(email).execute(self.connection()).await?;
        self.touched.settings = true;
        Ok(())
    }
}
