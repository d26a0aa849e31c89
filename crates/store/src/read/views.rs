//! The rail: views with counts that are moved by delta, never counted.

use std::collections::BTreeMap;

use model::{Look, Sort, StandardView, View, ViewId};
use sqlx::Row as _;

use crate::{Store, error::Result, work::counters::tag_counter};

impl Store {
    /// The standard views, then the tags in use by name.
    pub async fn views(&self) -> Result<Vec<View>> {
        let counters = self.counters().await?;
        let count = |name: &str| counters.get(name).copied().unwrap_or_default();
        let standard = StandardView::ALL.iter().map(|view| {
            let (tickets, unread) = count(view.as_str());
            view_of(
                ViewId::Standard { view: *view },
                String::new(),
                view.query().to_owned(),
                (tickets, unread),
            )
        });
        let mut views: Vec<View> = standard.collect();
        for tag in self.tags().await? {
            let (tickets, unread) = count(&tag_counter(tag.id));
            if tickets > 0 {
                let query = format!("tag:\"{}\"", tag.name);
                views.push(view_of(ViewId::Tag { tag: tag.id }, tag.name, query, (tickets, unread)));
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

fn view_of(id: ViewId, name: String, query: String, (tickets, unread): (u32, u32)) -> View {
    View {
        id,
        name,
        folder: String::new(),
        query,
        look: Look::default(),
        sorts: vec![Sort::Newest],
        tickets,
        unread,
        counted: None,
        problem: None,
    }
}
