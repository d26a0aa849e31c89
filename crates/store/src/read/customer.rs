//! What the panel beside a ticket shows of its customer.

use model::{Contact, ContactKind, Customer, CustomerId, Tag};
use sqlx::{Row as _, sqlite::SqliteRow};

use super::{plan::Plan, read_tag};
use crate::{Store, error::Result, work::CustomerRec};

/// How many earlier tickets the panel shows, and how many ways to reach somebody.
const EARLIER: u32 = 20;
const CONTACTS: u32 = 20;

impl Store {
    pub async fn customer(&self, id: CustomerId) -> Result<Option<Customer>> {
        let rows = self.all(sqlx::query("SELECT * FROM customer WHERE id = ?").bind(id.0)).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let row = CustomerRec::read(row)?;
        let earlier = self.list(&Plan::of_customer(id), None, EARLIER, None).await?.rows;
        let earlier = earlier.into_iter().map(|listed| listed.row).collect();
        Ok(Some(Customer {
            id,
            name: row.shown_name().to_owned(),
            tier: row.tier,
            lang: row.lang,
            contacts: self.contacts(id).await?,
            tags: self.customer_tags(id).await?,
            first_seen_at_ms: row.first_seen_at_ms,
            last_seen_at_ms: row.last_seen_at_ms,
            tickets: row.tickets,
            open_tickets: row.open_tickets,
            earlier,
        }))
    }

    /// First the addresses they wrote from.
    async fn contacts(&self, id: CustomerId) -> Result<Vec<Contact>> {
        let sql = "SELECT kind, value FROM contact WHERE customer = ? AND value <> '' ORDER BY wrote DESC, key LIMIT ?";
        let rows = self.all(sqlx::query(sql).bind(id.0).bind(CONTACTS)).await?;
        let contact = |row: &SqliteRow| -> sqlx::Result<Contact> {
            let kind = ContactKind::from_word(row.try_get("kind")?).unwrap_or(ContactKind::Email);
            Ok(Contact { kind, value: row.try_get("value")? })
        };
        Ok(rows.iter().map(contact).collect::<sqlx::Result<_>>()?)
    }

    async fn customer_tags(&self, id: CustomerId) -> Result<Vec<Tag>> {
        let sql = "SELECT t.id, t.name, t.layer FROM customer_tag c JOIN tag t ON t.id = c.tag WHERE c.customer = ? ORDER BY t.key";
        let rows = self.all(sqlx::query(sql).bind(id.0)).await?;
        Ok(rows.iter().map(read_tag).collect::<sqlx::Result<_>>()?)
    }
}
