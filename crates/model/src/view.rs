//! Views: named questions about tickets. A view's predicate is a [`crate::query::Query`] and exists once, evaluated as SQL by the store and on one ticket by [`crate::query::Query::matches`].

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{TagId, ticket::words};

words! {
    /// The views every desk has.
    StandardView { Open = "open", Waiting = "waiting", Closed = "closed", Urgent = "urgent" }
}

impl StandardView {
    /// The predicate, in the query language.
    pub const fn query(self) -> &'static str {
        match self {
            StandardView::Open => "status:open",
            StandardView::Waiting => "status:waiting",
            StandardView::Closed => "status:closed",
            StandardView::Urgent => "is:urgent",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ViewId {
    Standard { view: StandardView },
    Tag { tag: TagId },
}

/// A view in the rail with its live count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct View {
    pub id: ViewId,
    /// The tag's name; empty for a standard view, whose name is in the catalogue.
    pub name: String,
    pub tickets: u32,
    pub unread: u32,
}
