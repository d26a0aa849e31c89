//! Along which index a view's members are gathered, from the newest ticket to the oldest, and from where to where.

use model::{
    Millis, Priority, TicketId,
    query::{Age, Ask, Is, Names, Query, Term},
};

use super::{Reached, Seen};
use crate::work::{cell::Statement, counters};

/// What the walked index holds.
#[derive(Debug, Clone, PartialEq)]
enum Along {
    All,
    Status(&'static str),
    Vip,
    Unread,
    Priority(&'static str),
    Urgent,
    /// A tag that does not exist is on no ticket.
    Tag(i64),
}

/// The way from the newest ticket that may be a member to the oldest.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Walk {
    along: Along,
    /// Everything newer is no member for its age.
    pub start: Reached,
    /// Everything older is no member for its age.
    down_to: Millis,
}

pub(super) const START: Reached = (Millis(i64::MAX), TicketId(i64::MAX));

impl Walk {
    pub fn of(query: &Query, names: &Names, as_of: Millis) -> Walk {
        let asked = || query.terms.iter().filter(|term| !term.negated);
        let narrowest = asked().filter_map(|term| along(&term.ask, names)).min_by_key(Along::breadth);
        let newest = query.terms.iter().filter_map(|term| newest(term, as_of)).min();
        let oldest = query.terms.iter().filter_map(|term| oldest(term, as_of)).max();
        Walk {
            along: narrowest.unwrap_or(Along::All),
            start: newest.map_or(START, |newest| (newest, START.1)),
            down_to: oldest.unwrap_or(Millis(i64::MIN)),
        }
    }

    /// The next tickets after a place: bound are the place, how far down, and how many.
    pub fn sql(&self) -> String {
        let (from, condition, at, id) = match self.along {
            Along::All => ("ticket t INDEXED BY ticket_by_last", "", "t.last_message_at_ms", "t.id"),
            Along::Status(_) => {
                ("ticket t INDEXED BY ticket_by_status", "t.status = ? AND", "t.last_message_at_ms", "t.id")
            }
            Along::Vip => ("ticket t INDEXED BY ticket_vip", "t.vip = 1 AND", "t.last_message_at_ms", "t.id"),
            Along::Unread => {
                ("ticket t INDEXED BY ticket_unread", "t.unread > 0 AND", "t.last_message_at_ms", "t.id")
            }
            Along::Priority(_) => (
                "ticket t INDEXED BY ticket_by_priority",
                "t.priority <> 'normal' AND t.priority = ? AND",
                "t.last_message_at_ms",
                "t.id",
            ),
            Along::Urgent => (
                "ticket t INDEXED BY ticket_urgent",
                "t.urgent IS NOT NULL AND",
                "t.last_message_at_ms",
                "t.id",
            ),
            Along::Tag(_) => (
                "ticket_tag g CROSS JOIN ticket t ON t.id = g.ticket",
                "g.tag = ? AND",
                "g.last_message_at_ms",
                "g.ticket",
            ),
        };
        let columns = Seen::COLUMNS;
        format!(
            "SELECT {columns} FROM {from} WHERE {condition} ({at}, {id}) < (?, ?) AND {at} >= ? ORDER BY {at} DESC, {id} DESC LIMIT ?"
        )
    }

    pub fn bind(&self, to: Statement, after: Reached, limit: i64) -> Statement {
        let to = match self.along {
            Along::Status(word) | Along::Priority(word) => to.bind(word),
            Along::Tag(tag) => to.bind(tag),
            _ => to,
        };
        to.bind(after.0.0).bind(after.1.0).bind(self.down_to.0).bind(limit)
    }

    /// The counter that tells about how many tickets there are on the way, and whether their unread ones.
    pub fn counter(&self) -> (String, bool) {
        match self.along {
            Along::Status(word) => (word.to_owned(), false),
            Along::Urgent => (model::StandardView::Urgent.as_str().to_owned(), false),
            Along::Tag(tag) => (counters::tag_counter(model::TagId(tag)), false),
            Along::Unread => (counters::ALL.to_owned(), true),
            Along::All | Along::Vip | Along::Priority(_) => (counters::ALL.to_owned(), false),
        }
    }
}

impl Along {
    /// The less, the fewer tickets.
    fn breadth(&self) -> u8 {
        match self {
            Along::Urgent => 0,
            Along::Tag(_) => 1,
            Along::Priority(_) => 2,
            Along::Unread => 3,
            Along::Vip => 4,
            Along::Status(word) if *word != model::Status::Closed.as_str() => 5,
            Along::Status(_) => 6,
            Along::All => 7,
        }
    }
}

fn along(ask: &Ask, names: &Names) -> Option<Along> {
    Some(match ask {
        Ask::Is(Is::Urgent) => Along::Urgent,
        Ask::Is(Is::Unread) => Along::Unread,
        Ask::Is(Is::Vip) => Along::Vip,
        Ask::Tag(key) => Along::Tag(names.tags.get(key).map_or(-1, |tag| tag.0)),
        Ask::Priority(priority) if *priority != Priority::Normal => Along::Priority(priority.as_str()),
        Ask::Waiting(_) => Along::Status(model::Status::Open.as_str()),
        ask => Along::Status(ask.status()?.as_str()),
    })
}

/// The newest moment that a term allows.
fn newest(term: &Term, as_of: Millis) -> Option<Millis> {
    match term.ask {
        Ask::Before(day) if !term.negated => Some(day.plus(-1)),
        Ask::After(day) if term.negated => Some(day.plus(-1)),
        Ask::Updated(age) if age.over != term.negated => Some(age.boundary(as_of)),
        _ => None,
    }
}

/// The oldest moment that a term allows.
fn oldest(term: &Term, as_of: Millis) -> Option<Millis> {
    let after = |age: Age| age.boundary(as_of).plus(1);
    match term.ask {
        Ask::After(day) if !term.negated => Some(day),
        Ask::Before(day) if term.negated => Some(day),
        Ask::Updated(age) if age.over == term.negated => Some(after(age)),
        _ => None,
    }
}

#[cfg(test)]
pub(super) fn statements() -> Vec<(String, String)> {
    let all = [
        Along::All,
        Along::Status("open"),
        Along::Vip,
        Along::Unread,
        Along::Priority("high"),
        Along::Urgent,
        Along::Tag(1),
    ];
    let walk = |along: Along| {
        let what = format!("members are gathered along {along:?}");
        (what, Walk { along, start: START, down_to: Millis(0) }.sql())
    };
    all.into_iter().map(walk).collect()
}
