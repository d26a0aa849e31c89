//! Saving, changing and deleting views. A definition is in the journal before it is here; its members are gathered afterwards.

use std::sync::Arc;

use model::{Look, Millis, Problem, ProblemCode, SavedViewId, Seq, TagId, ViewDraft, query::Query};
use serde::{Deserialize, Serialize};
use sqlx::Row as _;

use super::{AS_OF, MOST_VIEWS, SavedView, Views, members::counter, names_of, text, walk::Walk};
use crate::{
    Store,
    error::{Result, StoreError},
    journal::Record,
    work::{
        Durability, Work,
        cell::{Cell, Json},
    },
};

/// A view as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ViewRecord {
    pub name: String,
    pub folder: String,
    /// As a person typed it, and what it meant when it was saved.
    pub query: String,
    pub terms: Query,
    pub look: Look,
}

impl ViewRecord {
    fn of(draft: &ViewDraft, query: &Query) -> ViewRecord {
        ViewRecord {
            name: draft.name.clone(),
            folder: draft.folder.clone(),
            query: draft.query.clone(),
            terms: query.clone().whole(),
            look: draft.look.clone(),
        }
    }
}

impl Store {
    /// Saves a view, or with `id` changes it. `query` is what the draft's means. Its members are then gathered by
    /// [`Store::fill_views`], anew only if query or order have changed. `too_many_views` when there are [`MOST_VIEWS`].
    pub async fn save_view(
        &self,
        id: Option<SavedViewId>,
        draft: &ViewDraft,
        query: &Query,
        now: Millis,
    ) -> Result<SavedViewId> {
        let view = ViewRecord::of(draft, query);
        let mut work = self.work(Durability::Full, now).await?;
        let id = match id {
            Some(id) => work.known_view(id).await?,
            None => work.new_view_id().await?,
        };
        self.noted(work.put_view(id, &view).await)?;
        work.records.push(Record::View { id, view: Some(Box::new(view)) });
        self.finish_noted(work).await?;
        Ok(id)
    }

    pub async fn delete_view(&self, id: SavedViewId, now: Millis) -> Result<Seq> {
        let mut work = self.work(Durability::Full, now).await?;
        work.known_view(id).await?;
        self.noted(work.drop_view(id).await)?;
        work.records.push(Record::View { id, view: None });
        self.finish_noted(work).await
    }
}

impl Work {
    async fn known_view(&mut self, id: SavedViewId) -> Result<SavedViewId> {
        let sql = "SELECT EXISTS (SELECT 1 FROM saved_view WHERE id = ?)";
        let known: bool = sqlx::query_scalar(sql).bind(id.0).fetch_one(self.connection()).await?;
        if known { Ok(id) } else { Err(StoreError::NotFound("view")) }
    }

    /// A key that no view has or ever had.
    async fn new_view_id(&mut self) -> Result<SavedViewId> {
        let sql = "SELECT (SELECT count(*) FROM saved_view) AS views, \
            max((SELECT coalesce(max(id), 0) FROM saved_view), \
                coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'saved_view'), 0)) AS last";
        let row = sqlx::query(sql).fetch_one(self.connection()).await?;
        let (views, last): (i64, i64) = (row.try_get("views")?, row.try_get("last")?);
        if usize::try_from(views).is_ok_and(|views| views >= MOST_VIEWS) {
            return Err(StoreError::Refused(
                Problem::new(ProblemCode::TooManyViews).with("limit", MOST_VIEWS),
            ));
        }
        Ok(SavedViewId(last + 1))
    }

    /// Writes a view's definition over the one there was, if any.
    pub(crate) async fn put_view(&mut self, id: SavedViewId, view: &ViewRecord) -> Result<()> {
        let sql = "INSERT INTO saved_view (id, name, folder, query, terms, look) VALUES (?, ?, ?, ?, ?, ?) \
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, folder = excluded.folder, \
            query = excluded.query, terms = excluded.terms, look = excluded.look";
        sqlx::query(sql)
            .bind(id.0)
            .bind(&view.name)
            .bind(&view.folder)
            .bind(&view.query)
            .bind(serde_json::to_string(&view.terms)?)
            .bind(serde_json::to_string(&view.look)?)
            .execute(self.connection())
            .await?;
        self.touched.views = true;
        let same = |known: &SavedView| known.query == view.terms && known.sort == view.look.sort;
        if self.views.all.get(&id).is_some_and(same) {
            return Ok(());
        }
        let saved = SavedView {
            query: view.terms.clone(),
            names: names_of(self.connection(), &view.terms).await?,
            sort: view.look.sort,
            questions: text::questions(&view.terms),
            list: 0,
            filled: None,
        };
        Arc::make_mut(&mut self.views).all.insert(id, saved);
        self.gather_anew(id).await
    }

    /// As it stands in the database.
    pub(super) async fn view_record(&mut self, id: SavedViewId) -> Result<ViewRecord> {
        let sql = "SELECT name, folder, query, terms, look FROM saved_view WHERE id = ?";
        let row = sqlx::query(sql).bind(id.0).fetch_optional(self.connection()).await?;
        let row = row.ok_or(StoreError::NotFound("view"))?;
        let (terms, look): (Json<Query>, Json<Look>) =
            (Cell::read(&row, "terms")?, Cell::read(&row, "look")?);
        Ok(ViewRecord {
            name: row.try_get("name")?,
            folder: row.try_get("folder")?,
            query: row.try_get("query")?,
            terms: terms.0,
            look: look.0,
        })
    }

    pub(crate) async fn drop_view(&mut self, id: SavedViewId) -> Result<()> {
        sqlx::query("DELETE FROM saved_view WHERE id = ?").bind(id.0).execute(self.connection()).await?;
        self.leave_list(id).await?;
        Arc::make_mut(&mut self.views).all.remove(&id);
        (self.touched.views, self.touched.lists) = (true, true);
        Ok(())
    }

    /// The list a view has is no view's any more.
    async fn leave_list(&mut self, id: SavedViewId) -> Result<()> {
        sqlx::query(LEAVE_LIST).bind(id.0).execute(self.connection()).await?;
        sqlx::query("DELETE FROM counter WHERE name = ?")
            .bind(counter(id))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Gives a view an empty list, to be filled from the newest ticket on.
    pub(super) async fn gather_anew(&mut self, id: SavedViewId) -> Result<()> {
        self.leave_list(id).await?;
        let by_time = |(other, view): (&SavedViewId, &SavedView)| *other != id && view.has_ages();
        if !self.views.all.iter().any(by_time) {
            self.set_views_as_of(self.now).await?;
        }
        let as_of = self.views.as_of;
        let Some(view) = self.views.all.get(&id) else { return Ok(()) };
        let walk = Walk::of(&view.query, &view.names, as_of);
        let (counter, unread) = walk.counter();
        let sql = "INSERT INTO view_list (view, filled_at_ms, filled_ticket, looked, looked_of) \
            VALUES (?, ?, ?, 0, coalesce((SELECT iif(?, unread, tickets) FROM counter WHERE name = ?), 0)) RETURNING id";
        let list = sqlx::query_scalar(sql).bind(id.0).bind(walk.start.0.0).bind(walk.start.1.0).bind(unread);
        let list: i64 = list.bind(counter).fetch_one(self.connection()).await?;
        if let Some(view) = Arc::make_mut(&mut self.views).all.get_mut(&id) {
            (view.list, view.filled) = (list, Some(walk.start));
        }
        (self.touched.views, self.touched.lists) = (true, true);
        Ok(())
    }

    pub(super) async fn set_views_as_of(&mut self, as_of: Millis) -> Result<()> {
        let sql = "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        sqlx::query(sql).bind(AS_OF).bind(as_of.0.to_string()).execute(self.connection()).await?;
        Arc::make_mut(&mut self.views).as_of = as_of;
        Ok(())
    }

    /// A tag was made: it is on no ticket yet, so no view gains or loses a member by it.
    pub(crate) fn tag_made(&mut self, key: &str, tag: TagId) {
        self.touched.views |= Views::tag_made(&mut self.views, key, tag);
    }

    /// Sources have come, gone or been renamed: views that ask for others by their names than before are gathered anew.
    pub(crate) async fn sources_renamed(&mut self) -> Result<()> {
        let views = self.views.clone();
        for (id, view) in views.all.iter().filter(|(_, view)| view.query.sources().next().is_some()) {
            let names = names_of(self.connection(), &view.query).await?;
            if names != view.names {
                if let Some(view) = Arc::make_mut(&mut self.views).all.get_mut(id) {
                    view.names = names;
                }
                self.gather_anew(*id).await?;
            }
        }
        Ok(())
    }
}

const LEAVE_LIST: &str =
    "UPDATE view_list INDEXED BY view_list_of SET view = NULL WHERE view = ? AND view IS NOT NULL";

#[cfg(test)]
pub(super) const ALL: &[(&str, &str)] = &[("a list is left", LEAVE_LIST)];

#[cfg(test)]
mod tests {
    use model::{Column, Sort, StandardView};

    use super::*;
    use crate::views::LookOf;

    /// A journal written today must be readable for ever: a change of this text is a break.
    #[test]
    fn the_written_form_of_views_stays_what_it_is() {
        let typed = r#"status:open -is:unread priority:high has:attachment channel:mail lang:zh tag:late source:shop from:wang
            before:2026-01-01 after:2026-01-01 waiting:>2h updated:<1d "broken lamp" tea"#;
        let look = Look { sort: Sort::LongestWait, columns: vec![Column::Tags] };
        let view = ViewRecord {
            name: "Late".into(),
            folder: "Mine".into(),
            query: typed.into(),
            terms: Query::parse(typed, |_, _, _| Some(Millis(1))).unwrap().whole(),
            look: look.clone(),
        };
        let records = [
            Record::View { id: SavedViewId(3), view: Some(Box::new(view)) },
            Record::View { id: SavedViewId(3), view: None },
            Record::Look { of: LookOf::Standard { view: StandardView::Open }, look: look.clone() },
            Record::Look { of: LookOf::Tag { name: "late".into() }, look },
        ];
        let mut written = String::new();
        for record in records {
            let text = serde_json::to_string(&record).unwrap();
            assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
            written.push_str(&text);
            written.push('\n');
        }
        insta::assert_snapshot!(written);
    }
}
