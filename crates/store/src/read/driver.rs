//! The term of a query that is answered by what is walked.

use model::{
    Priority,
    query::{Ask, Is, Term},
};

use super::conditions::token;
use crate::segment;

/// An index that answers a term and gives the tickets in order; the most telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Index {
    Urgent,
    Queue,
    Priority,
    Unread,
    Vip,
    Status,
}

pub(super) fn index_of(ask: &Ask) -> Option<Index> {
    Some(match ask {
        Ask::Is(Is::Urgent) => Index::Urgent,
        Ask::Waiting(_) => Index::Queue,
        Ask::Is(Is::Unread) => Index::Unread,
        Ask::Is(Is::Vip) => Index::Vip,
        Ask::Priority(priority) if *priority != Priority::Normal => Index::Priority,
        ask if ask.status().is_some() => Index::Status,
        _ => return None,
    })
}

impl Index {
    pub const fn from(self) -> &'static str {
        match self {
            Index::Urgent => "ticket t INDEXED BY ticket_urgent",
            Index::Queue => "ticket t INDEXED BY ticket_queue",
            Index::Priority => "ticket t INDEXED BY ticket_by_priority",
            Index::Unread => "ticket t INDEXED BY ticket_unread",
            Index::Vip => "ticket t INDEXED BY ticket_vip",
            Index::Status => "ticket t INDEXED BY ticket_by_status",
        }
    }

    pub const fn key(self) -> &'static str {
        match self {
            Index::Urgent => "t.urgent IS NOT NULL",
            Index::Queue => "t.status = 'open' AND t.waiting_since_ms IS NOT NULL",
            Index::Priority => "t.priority <> 'normal' AND t.priority = ?",
            Index::Unread => "t.unread > 0",
            Index::Vip => "t.vip = 1",
            Index::Status => "t.status = ?",
        }
    }

    /// What the key's question mark stands for, if it has one.
    pub fn value(self, ask: &Ask) -> Option<String> {
        match (self, ask) {
            (Index::Status, ask) => ask.status().map(|status| status.as_str().to_owned()),
            (Index::Priority, Ask::Priority(priority)) => Some(priority.as_str().to_owned()),
            _ => None,
        }
    }
}

pub(super) fn tag_term((at, term): (usize, &Term)) -> Option<(usize, &str)> {
    match &term.ask {
        Ask::Tag(key) if !term.negated => Some((at, key.as_str())),
        _ => None,
    }
}

pub(super) fn sender_term((at, term): (usize, &Term)) -> Option<(usize, String)> {
    match &term.ask {
        Ask::From(who) if !term.negated => Some((at, segment::sender(who)?)),
        _ => None,
    }
}

pub(super) fn token_term((at, term): (usize, &Term)) -> Option<(usize, String)> {
    match &term.ask {
        Ask::Text { words, .. } if !term.negated => Some((at, token(words)?)),
        _ => None,
    }
}
