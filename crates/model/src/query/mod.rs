//! The query language of search and views: `status:open tag:vip waiting:>2h channel:mail lang:zh updated:<1d "refund"`.
//!
//! A query is parsed into terms that must all hold. The tree exists once: the store compiles it to SQL, [`Query::matches`]
//! evaluates it on one ticket. An error points at the characters it concerns. Nothing here knows what time it is: what depends on
//! the time is told `now`, and [`Query::ages`] says when that changes the answer.

mod complete;
mod facts;
mod parse;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use self::{
    complete::{Blank, Expected, blank_at},
    facts::{Names, TicketFacts},
    parse::Key,
};
use crate::{Channel, Millis, Priority, Status, ticket::words};

/// The most terms a query may have, and the most characters.
pub const MOST_TERMS: usize = 40;
pub const MOST_CHARS: usize = 2_000;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    pub terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    pub negated: bool,
    pub ask: Ask,
}

/// One question. Times ago are asked of the moment the query is evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Text anywhere in a ticket's messages, subject, names and addresses. A single word, or a quoted phrase; the last word
    /// of a query typed so far also matches as a beginning (`prefix`).
    Text {
        words: String,
        phrase: bool,
        prefix: bool,
    },
    /// Part of the name or address of somebody who wrote.
    From(String),
    /// A tag by its key.
    Tag(String),
    Status(Status),
    Priority(Priority),
    Is(Is),
    HasAttachment,
    Channel(Channel),
    /// The language of the newest message.
    Lang(Lang),
    /// A source by its name, lower case.
    Source(String),
    /// Newest message before the start of that day, UTC milliseconds.
    Before(Millis),
    /// Newest message at or after the start of that day.
    After(Millis),
    /// Open, and the customer has been waiting for so long.
    Waiting(Age),
    /// How long ago the newest message came.
    Updated(Age),
}

/// A time ago: at least that long (`>2h`), or less (`<2h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Age {
    pub over: bool,
    /// Milliseconds, 0 to ten years.
    pub ms: i64,
}

impl Age {
    /// Whether something of `then` has that age at `now`.
    pub fn holds(self, then: Millis, now: Millis) -> bool {
        (then <= self.boundary(now)) == self.over
    }

    /// The moment that divides the older from the younger at `now`; what lies on it is older.
    pub fn boundary(self, now: Millis) -> Millis {
        now.plus(-self.ms)
    }
}

/// A moment of a ticket whose age a query asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Clocked {
    WaitingSince,
    LastMessage,
}

words! {
    Is { Open = "open", Waiting = "waiting", Closed = "closed", Urgent = "urgent", Unread = "unread", Vip = "vip" }
}

words! {
    /// What [`crate::text::lang`] tells apart.
    Lang { Zh = "zh", En = "en", Ja = "ja", Ko = "ko" }
}

impl Query {
    /// Whether only the text index can answer it.
    pub fn asks_text(&self) -> bool {
        self.terms.iter().any(|term| term.ask.is_text())
    }

    /// Names of tags it asks for, as typed.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter_map(|term| match &term.ask {
            Ask::Tag(key) => Some(key.as_str()),
            _ => None,
        })
    }

    /// Names of sources it asks for.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter_map(|term| match &term.ask {
            Ask::Source(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// What of it changes by time alone: a ticket whose moment passes [`Age::boundary`] is to be evaluated anew.
    pub fn ages(&self) -> impl Iterator<Item = (Clocked, Age)> {
        self.terms.iter().filter_map(|term| match term.ask {
            Ask::Waiting(age) => Some((Clocked::WaitingSince, age)),
            Ask::Updated(age) => Some((Clocked::LastMessage, age)),
            _ => None,
        })
    }

    /// Whether a ticket answers it at `now`. `text` says whether the terms hold that only the text index can answer: all words and
    /// phrases in one message together, and of any message who wrote it; a negated one in no message. It is asked last, and only
    /// if there are such terms.
    pub fn matches(
        &self,
        ticket: TicketFacts<'_>,
        names: &Names,
        now: Millis,
        text: impl FnOnce() -> bool,
    ) -> bool {
        let holds = |term: &Term| term.ask.is_text() || ticket.answers(&term.ask, names, now) != term.negated;
        self.terms.iter().all(holds) && (!self.asks_text() || text())
    }

    /// The query as it stands when nothing more is typed: no word is the beginning of another.
    pub fn whole(mut self) -> Query {
        for term in &mut self.terms {
            if let Ask::Text { prefix, .. } = &mut term.ask {
                *prefix = false;
            }
        }
        self
    }
}

impl Ask {
    /// Whether only the text index can answer it.
    pub fn is_text(&self) -> bool {
        matches!(self, Ask::Text { .. } | Ask::From(_))
    }

    /// The status it asks for, in either spelling.
    pub fn status(&self) -> Option<Status> {
        match self {
            Ask::Status(status) => Some(*status),
            Ask::Is(Is::Open) => Some(Status::Open),
            Ask::Is(Is::Waiting) => Some(Status::Waiting),
            Ask::Is(Is::Closed) => Some(Status::Closed),
            _ => None,
        }
    }
}
