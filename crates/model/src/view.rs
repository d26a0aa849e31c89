//! Views: named questions about tickets. A view's predicate is a [`crate::query::Query`] and exists once, evaluated as SQL by the
//! store and on one ticket by [`crate::query::Query::matches`]. A list is always walked downwards along one whole number per
//! ticket, its place ([`Sort::place`]), and the ticket's id.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Millis, Priority, Problem, SavedViewId, TagId, ticket::words};

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

words! {
    /// The order of a list.
    Sort {
        /// The newest message first.
        Newest = "newest",
        /// The oldest newest message first.
        Oldest = "oldest",
        /// Whose customer has waited longest first; who waits for nothing comes last, the newest first.
        LongestWait = "longest_wait",
        /// By priority, and within one the newest first.
        Priority = "priority",
    }
}

/// More than any moment, less than what a number in TypeScript holds exactly.
const BEYOND: i64 = 1 << 43;

impl Sort {
    /// A ticket's place: lists are walked from the greatest to the least. Always a safe integer in TypeScript.
    pub fn place(self, last_message: Millis, waiting_since: Option<Millis>, priority: Priority) -> i64 {
        let last = last_message.0.clamp(0, BEYOND - 1);
        match self {
            Sort::Newest => last,
            Sort::Oldest => -last,
            // Those who wait lie above all who don't.
            Sort::LongestWait => match waiting_since {
                Some(since) => 2 * BEYOND - since.0.clamp(0, BEYOND - 1),
                None => last,
            },
            Sort::Priority => priority as i64 * BEYOND + last,
        }
    }
}

words! {
    /// What a row shows besides name, subject and time.
    Column {
        Snippet = "snippet", Tags = "tags", Messages = "messages", Priority = "priority", Channel = "channel", Source = "source",
    }
}

/// How a list is shown: its order, and what its rows show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Look {
    pub sort: Sort,
    pub columns: Vec<Column>,
}

impl Default for Look {
    fn default() -> Look {
        Look { sort: Sort::Newest, columns: vec![Column::Snippet, Column::Tags, Column::Messages] }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ViewId {
    Standard { view: StandardView },
    Tag { tag: TagId },
    Saved { view: SavedViewId },
}

/// A view in the rail with its live count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct View {
    pub id: ViewId,
    /// The tag's or the saved view's name; empty for a standard view, whose name is in the catalogue.
    pub name: String,
    /// The folder a saved view lies in; empty for none.
    pub folder: String,
    /// The question, as a person types it.
    pub query: String,
    pub look: Look,
    /// The orders it can be given.
    pub sorts: Vec<Sort>,
    pub tickets: u32,
    pub unread: u32,
    /// Of a saved view that is still being counted: how much of all tickets has been looked at, in percent. The count grows meanwhile.
    pub counted: Option<u8>,
    /// Why a saved view can't be what it was meant to be: it names a tag or source that is gone (`view_name_gone`: `key`, `name`).
    pub problem: Option<Problem>,
}

/// A view as a person saves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ViewDraft {
    /// 1 to 80 characters.
    pub name: String,
    /// At most 40 characters; empty for none.
    pub folder: String,
    pub query: String,
    pub look: Look,
}
