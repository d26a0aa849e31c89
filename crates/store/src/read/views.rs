//! The rail: views with counts that are moved by delta, never counted.

use std::collections::BTreeMap;

use model::{StandardView, View, ViewId};
use sqlx::Row as _;

use crate::{Store, error::Result, work::counters::tag_counter};

impl Store {
    /// The standard views, then the tags in use by name.
    pub async fn views(&self) -> Result<Vec<View>> {
        let counters = self.counters().await?;
        let count = |name: &str| counters.get(name).copied().unwrap_or_default();
        let standard = StandardView::ALL.iter().map(|view| {
            let (tickets, unread) = count(view.as_str());
            View { id: ViewId::Standard { view: *view }, name: String::new(), tickets, unread }
        });
        let mut views: Vec<View> = standard.collect();
        for tag in self.tags().await? {
            let (tickets, unread) = count(&tag_counter(tag.id));
            if tickets > 0 {
                views.push(View { id: ViewId::Tag { tag: tag.id }, name: tag.name, tickets, unread });
            }
        }
        Ok(views)
    }

    /// Tickets, and of them unread, by counter.
    pub(super) async fn counters(&self) -> Result<BTreeMap<String, (u32, u32)>> {
        let rows = self.all(sqlx::query("SELECT name, tickets, unread FROM counter")).await?;
        let counter = |row: &sqlx::sqlite::SqliteRow| -> sqlx::Result<_> {
            Ok((row.try_get("name")?, (row.try_get("tickets")?, row.try_get("unread")?)))
        };
        Ok(rows.iter().map(counter).collect::<sqlx::Result<_>>()?)
    }
}
