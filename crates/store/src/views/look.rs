//! How lists are shown: their order and columns. Kept with a saved view; for the other views by themselves.

use std::collections::BTreeMap;

use model::{Look, Millis, SavedViewId, Seq, Sort, StandardView, ViewId};
use serde::{Deserialize, Serialize};
use sqlx::Row as _;

use crate::{
    Store,
    error::{Result, StoreError},
    journal::Record,
    work::{Durability, Work},
};

/// Which view it is about that is not a saved one, by names that hold in a rebuilt database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub(crate) enum LookOf {
    Standard { view: StandardView },
    Tag { name: String },
}

/// The orders a view's list can be given.
pub(crate) fn sorts(view: ViewId) -> &'static [Sort] {
    match view {
        ViewId::Saved { .. } | ViewId::Standard { view: StandardView::Open } => Sort::ALL,
        ViewId::Standard { view: StandardView::Urgent } => &[Sort::Newest, Sort::Oldest, Sort::LongestWait],
        ViewId::Standard { .. } | ViewId::Tag { .. } => &[Sort::Newest, Sort::Oldest],
    }
}

impl Store {
    /// How a view's list is shown from now on. The members of a saved view that gets another order are gathered anew. `invalid`
    /// when the view can't have that order.
    pub async fn set_look(&self, view: ViewId, look: &Look, now: Millis) -> Result<Seq> {
        if !sorts(view).contains(&look.sort) {
            return Err(StoreError::Invalid("sort"));
        }
        let look = look.clone();
        let mut work = self.work(Durability::Full, now).await?;
        match view {
            ViewId::Saved { view } => self.noted(work.look_at_saved(view, look).await)?,
            ViewId::Standard { view } => {
                let of = LookOf::Standard { view };
                self.noted(work.look_at(of, look).await)?;
            }
            ViewId::Tag { tag } => {
                let name = work.tag_name(tag).await?;
                self.noted(work.look_at(LookOf::Tag { name }, look).await)?;
            }
        }
        self.finish_noted(work).await
    }

    /// How the views are shown that are no saved ones, by their ids as JSON. Those that were never changed are not there.
    pub(crate) async fn looks(&self) -> Result<BTreeMap<String, Look>> {
        let rows = self.all(sqlx::query("SELECT view, look FROM view_look")).await?;
        let mut looks = BTreeMap::new();
        for row in &rows {
            if let Ok(look) = serde_json::from_str(row.try_get("look")?) {
                looks.insert(row.try_get("view")?, look);
            }
        }
        Ok(looks)
    }
}

impl Work {
    async fn look_at_saved(&mut self, id: SavedViewId, look: Look) -> Result<()> {
        let mut view = self.view_record(id).await?;
        view.look = look;
        self.put_view(id, &view).await?;
        self.records.push(Record::View { id, view: Some(Box::new(view)) });
        Ok(())
    }

    async fn look_at(&mut self, of: LookOf, look: Look) -> Result<()> {
        self.put_look(&of, &look).await?;
        self.records.push(Record::Look { of, look });
        Ok(())
    }

    pub(crate) async fn put_look(&mut self, of: &LookOf, look: &Look) -> Result<()> {
        let view = match of {
            LookOf::Standard { view } => ViewId::Standard { view: *view },
            LookOf::Tag { name } => ViewId::Tag { tag: self.tag(name).await? },
        };
        let sql = "INSERT INTO view_look (view, look) VALUES (?, ?) ON CONFLICT (view) DO UPDATE SET look = excluded.look";
        let put = sqlx::query(sql).bind(serde_json::to_string(&view)?).bind(serde_json::to_string(look)?);
        put.execute(self.connection()).await?;
        (self.touched.views, self.touched.lists) = (true, true);
        Ok(())
    }
}
