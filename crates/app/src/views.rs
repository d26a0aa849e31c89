//! Saved views and how lists are shown.

use model::{Look, Problem, SavedViewId, TicketId, ViewDraft, ViewId};

use crate::{
    Desk,
    dto::{Changed, Scope},
    internal,
};

impl Desk {
    pub async fn save_view(
        &self,
        _view: Option<SavedViewId>,
        _draft: ViewDraft,
    ) -> Result<SavedViewId, Problem> {
        Err(internal("not there yet"))
    }

    pub async fn delete_view(&self, _view: SavedViewId) -> Result<Changed, Problem> {
        Err(internal("not there yet"))
    }

    pub async fn set_look(&self, _view: ViewId, _look: Look) -> Result<Changed, Problem> {
        Err(internal("not there yet"))
    }

    pub async fn tickets_in(&self, _scope: Scope, _limit: u32) -> Result<Vec<TicketId>, Problem> {
        Err(internal("not there yet"))
    }
}
