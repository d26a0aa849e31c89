//! Saved views.

use model::{Look, Millis, SavedViewId, Seq, ViewDraft, ViewId, query::Query};

use crate::{
    Store,
    error::{Result, StoreError},
};

impl Store {
    /// Saves a view, or with `id` changes it. Its members are then gathered by [`Store::fill_views`].
    pub async fn save_view(
        &self,
        id: Option<SavedViewId>,
        _draft: &ViewDraft,
        _query: &Query,
        _now: Millis,
    ) -> Result<SavedViewId> {
        id.ok_or(StoreError::NotFound("view"))
    }

    pub async fn delete_view(&self, _id: SavedViewId, _now: Millis) -> Result<Seq> {
        Err(StoreError::NotFound("view"))
    }

    /// How a view's list is shown from now on.
    pub async fn set_look(&self, _view: ViewId, _look: &Look, _now: Millis) -> Result<Seq> {
        Err(StoreError::NotFound("view"))
    }

    /// Gathers members of views that are new or changed, for about 15 ms. Answers whether there is more to do.
    pub async fn fill_views(&self, _now: Millis) -> Result<bool> {
        Ok(false)
    }

    /// Brings what depends on the time up to `now`, wherever the clock has gone. Answers when something changes next.
    pub async fn advance_views(&self, _now: Millis) -> Result<Option<Millis>> {
        Ok(None)
    }
}
