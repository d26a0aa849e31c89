//! The rail: views with counts that are moved by delta, never counted.

use std::collections::{BTreeMap, BTreeSet};

use model::{Look, Problem, ProblemCode, SavedViewId, StandardView, Tag, View, ViewId, query::Query};
use sqlx::{Row as _, sqlite::SqliteRow};

use crate::{
    Store,
    error::Result,
    names::sort_key,
    views::{counter, sorts},
    work::{
        cell::{Cell, Json},
        counters::tag_counter,
    },
};

type Counters = BTreeMap<String, (u32, u32)>;

impl Store {
    /// The standard views, then the saved ones by folder and name, then the tags in use by name.
    pub async fn views(&self) -> Result<Vec<View>> {
        let (counters, looks, tags) = (self.counters().await?, self.looks().await?, self.tags().await?);
        let with_look = |mut view: View| {
            let key = serde_json::to_string(&view.id).unwrap_or_default();
            view.look = looks.get(&key).cloned().unwrap_or_default();
            view
        };
        let standard = |view: &StandardView| {
            let id = ViewId::Standard { view: *view };
            with_look(view_of(id, String::new(), view.query().to_owned(), count(&counters, view.as_str())))
        };
        let mut views: Vec<View> = StandardView::ALL.iter().map(standard).collect();
        views.extend(self.saved_views(&counters, &tags).await?);
        let in_use = tags.into_iter().map(|tag| (count(&counters, &tag_counter(tag.id)), tag));
        views.extend(in_use.filter(|((tickets, _), _)| *tickets > 0).map(|(counts, tag)| {
            let query = format!("tag:\"{}\"", tag.name);
            with_look(view_of(ViewId::Tag { tag: tag.id }, tag.name, query, counts))
        }));
        Ok(views)
    }

    async fn saved_views(&self, counters: &Counters, tags: &[Tag]) -> Result<Vec<View>> {
        let rows = self.all(sqlx::query(SAVED)).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let names = Known {
            tags: tags.iter().filter_map(|tag| Tag::key(&tag.name)).collect(),
            sources: self.sources().await?.iter().map(|source| source.name.to_lowercase()).collect(),
        };
        let mut views =
            rows.iter().map(|row| read_saved(row, counters, &names)).collect::<sqlx::Result<Vec<View>>>()?;
        views.sort_by_cached_key(|view| (sort_key(&view.folder), sort_key(&view.name), view.id));
        Ok(views)
    }

    /// Tickets, and of them unread, by counter.
    pub(super) async fn counters(&self) -> Result<Counters> {
        let rows = self.all(sqlx::query("SELECT name, tickets, unread FROM counter")).await?;
        let counter = |row: &SqliteRow| -> sqlx::Result<_> {
            Ok((row.try_get("name")?, (row.try_get("tickets")?, row.try_get("unread")?)))
        };
        Ok(rows.iter().map(counter).collect::<sqlx::Result<_>>()?)
    }
}

/// What a query can name.
struct Known {
    tags: BTreeSet<String>,
    sources: BTreeSet<String>,
}

impl Known {
    /// The first name a query asks for that there is not.
    fn gone(&self, query: &Query) -> Option<Problem> {
        let tag = query.tags().find(|key| !self.tags.contains(*key)).map(|name| ("tag", name));
        let source =
            || query.sources().find(|name| !self.sources.contains(*name)).map(|name| ("source", name));
        let (key, name) = tag.or_else(source)?;
        Some(Problem::new(ProblemCode::ViewNameGone).with("key", key).with("name", name))
    }
}

fn count(counters: &Counters, name: &str) -> (u32, u32) {
    counters.get(name).copied().unwrap_or_default()
}

fn read_saved(row: &SqliteRow, counters: &Counters, names: &Known) -> sqlx::Result<View> {
    let id = SavedViewId(row.try_get("id")?);
    // One that another version wrote is shown as far as it can be.
    let terms: Option<Json<Query>> = Cell::read(row, "terms").ok();
    let look: Option<Json<Look>> = Cell::read(row, "look").ok();
    let counts = count(counters, &counter(id));
    let view = view_of(ViewId::Saved { view: id }, row.try_get("name")?, row.try_get("query")?, counts);
    Ok(View {
        folder: row.try_get("folder")?,
        look: look.map(|look| look.0).unwrap_or_default(),
        counted: counted(row)?,
        problem: terms.and_then(|terms| names.gone(&terms.0)),
        ..view
    })
}

/// How much has been looked at while the list is being filled, in percent.
fn counted(row: &SqliteRow) -> sqlx::Result<Option<u8>> {
    let filling: Option<i64> = row.try_get("filled_at_ms")?;
    let (looked, of): (i64, i64) = (row.try_get("looked")?, row.try_get("looked_of")?);
    let percent = looked.saturating_mul(100) / of.max(1);
    Ok(filling.map(|_| u8::try_from(percent.clamp(0, 99)).unwrap_or(99)))
}

fn view_of(id: ViewId, name: String, query: String, (tickets, unread): (u32, u32)) -> View {
    View {
        id,
        name,
        folder: String::new(),
        query,
        look: Look::default(),
        sorts: sorts(id).to_vec(),
        tickets,
        unread,
        counted: None,
        problem: None,
    }
}

const SAVED: &str = "SELECT v.id, v.name, v.folder, v.query, v.terms, v.look, l.filled_at_ms, l.looked, l.looked_of \
    FROM saved_view v CROSS JOIN view_list l INDEXED BY view_list_of ON l.view = v.id AND l.view IS NOT NULL";
