//! What a window hears without asking. Identifiers travel, rows are read on demand; a window that lagged asks for everything anew.

use model::{CustomerId, LinkState, Problem, Seq, TicketId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What an answer is made of, and so what goes stale with a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CacheTag {
    Views,
    /// Every list of tickets.
    Lists,
    Ticket {
        ticket: TicketId,
    },
    /// Any of very many tickets, and so every one.
    Tickets,
    Customer {
        customer: CustomerId,
    },
    /// Every customer.
    Customers,
    Tags,
    Sources,
    Settings,
    /// The list of what waits to leave.
    Outbox,
    /// Escalations and whether anybody has seen them.
    Alerts,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DeskEvent {
    /// Committed; published never before.
    Changed {
        seq: Seq,
        stale: Vec<CacheTag>,
    },
    Link {
        link: LinkState,
    },
    /// Events were lost: everything shown may be stale.
    Lagged,
    /// Show this ticket: a notification was clicked, or another program asked.
    OpenTicket {
        ticket: TicketId,
    },
    /// Show the tickets behind a number of the dashboard.
    OpenList {
        scope: crate::dto::Scope,
    },
    /// Bring the window to the front.
    Raise,
    /// Open the supervisor's window, or bring it to the front.
    OpenDashboard,
    /// Something a person should know, not tied to a call.
    Notice {
        problem: Problem,
    },
    /// An import or a rebuild on its way: messages read, and bytes read of all.
    Importing {
        messages: u32,
        #[ts(type = "number")]
        bytes: u64,
        #[ts(type = "number")]
        total_bytes: u64,
    },
}
