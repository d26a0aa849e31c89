//! A query made into SQL: which index is walked, and what is asked of each ticket on the way.

use model::{
    CustomerId, Millis, TagId, TicketId,
    query::{Ask, Is, Query, Term},
};

use super::ROW;
use crate::{segment, work::cell::Statement};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Number(i64),
    Text(String),
}

/// What tickets are walked along.
#[derive(Debug, Clone, PartialEq)]
enum Walk {
    /// A list in the order of newest messages, and the columns of that order.
    List { from: &'static str, at: &'static str, id: &'static str },
    /// Messages that match, newest first.
    Matches,
}

const fn along(from: &'static str) -> Walk {
    Walk::List { from, at: "t.last_message_at_ms", id: "t.id" }
}

/// A tag's name in a query, looked up.
pub(super) type TagIds = std::collections::BTreeMap<String, TagId>;

#[derive(Debug, Clone)]
pub(super) struct Plan {
    walk: Walk,
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Plan {
    /// `tags` holds the tags the query names, as far as they exist.
    pub fn of(query: &Query, tags: &TagIds) -> Plan {
        let mut plan = Plan { walk: along(""), conditions: Vec::new(), values: Vec::new() };
        let driver = plan.choose_walk(query, tags);
        for (_, term) in query.terms.iter().enumerate().filter(|(at, _)| Some(*at) != driver) {
            plan.ask(term, tags);
        }
        plan
    }

    pub fn of_customer(customer: CustomerId) -> Plan {
        let mut plan = Plan {
            walk: along("ticket t INDEXED BY ticket_by_requester"),
            conditions: Vec::new(),
            values: Vec::new(),
        };
        plan.require("t.requester = ?", [Value::Number(customer.0)]);
        plan
    }

    pub fn of_tag(tag: TagId) -> Plan {
        let mut plan = Plan { walk: along(""), conditions: Vec::new(), values: Vec::new() };
        plan.walk_tag(Some(tag));
        plan
    }

    pub fn walks_matches(&self) -> bool {
        self.walk == Walk::Matches
    }

    /// Chooses what is walked; answers the term that is thereby answered.
    fn choose_walk(&mut self, query: &Query, tags: &TagIds) -> Option<usize> {
        if let Some(expression) = match_expression(query) {
            self.walk = Walk::Matches;
            self.require("search MATCH ?", [Value::Text(expression)]);
            return None;
        }
        let wanted =
            |ask: fn(&Ask) -> bool| query.terms.iter().position(|term| !term.negated && ask(&term.ask));
        if let Some((at, key)) = query.terms.iter().enumerate().find_map(tag_term) {
            self.walk_tag(tags.get(key).copied());
            return Some(at);
        }
        let partial: [(fn(&Ask) -> bool, &str, &str); 3] = [
            (|ask| *ask == Ask::Is(Is::Urgent), "ticket t INDEXED BY ticket_urgent", "t.urgent IS NOT NULL"),
            (|ask| *ask == Ask::Is(Is::Unread), "ticket t INDEXED BY ticket_unread", "t.unread > 0"),
            (|ask| *ask == Ask::Is(Is::Vip), "ticket t INDEXED BY ticket_vip", "t.vip = 1"),
        ];
        for (ask, from, condition) in partial {
            if let Some(at) = wanted(ask) {
                self.walk = along(from);
                self.require(condition, []);
                return Some(at);
            }
        }
        let status = wanted(|ask| ask.status().is_some());
        let index = if status.is_some() {
            "ticket t INDEXED BY ticket_by_status"
        } else {
            "ticket t INDEXED BY ticket_by_last"
        };
        self.walk = along(index);
        let status_term = status.and_then(|at| query.terms.get(at));
        if let Some(status) = status_term.and_then(|term| term.ask.status()) {
            self.require("t.status = ?", [Value::Text(status.as_str().to_owned())]);
        }
        status
    }

    /// A tag that does not exist is on no ticket.
    fn walk_tag(&mut self, tag: Option<TagId>) {
        let from = "ticket_tag g CROSS JOIN ticket t ON t.id = g.ticket";
        self.walk = Walk::List { from, at: "g.last_message_at_ms", id: "g.ticket" };
        self.require("g.tag = ?", [Value::Number(tag.map_or(-1, |tag| tag.0))]);
    }

    fn require(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.conditions.push(condition.to_owned());
        self.values.extend(values);
    }

    fn ask(&mut self, term: &Term, tags: &TagIds) {
        let walked = self.walks_matches() && !term.negated;
        let Some((condition, values)) = condition(&term.ask, tags, walked) else { return };
        let not = if term.negated { "NOT " } else { "" };
        self.require(&format!("{not}({condition})"), values);
    }

    /// The rows of a list after a place in it.
    pub fn list_sql(&self) -> String {
        let Walk::List { from, at, id } = &self.walk else { return String::new() };
        let conditions: String =
            self.conditions.iter().map(|condition| format!("{condition} AND ")).collect();
        format!(
            "SELECT {ROW} FROM {from} WHERE {conditions}({at}, {id}) < (?, ?) ORDER BY {at} DESC, {id} DESC LIMIT ?"
        )
    }

    /// The matching messages with their tickets after a message.
    pub fn matches_sql(&self) -> String {
        let conditions: String =
            self.conditions.iter().map(|condition| format!("{condition} AND ")).collect();
        format!(
            "SELECT m.id AS message, t.id AS ticket FROM search CROSS JOIN message m ON m.id = search.rowid \
             CROSS JOIN ticket t ON t.id = m.ticket WHERE {conditions}search.rowid < ? ORDER BY search.rowid DESC LIMIT ?"
        )
    }

    /// The expression that is walked along, to ask a single ticket's messages for it.
    pub fn matched(&self) -> Option<&str> {
        match (self.walks_matches(), self.values.first()) {
            (true, Some(Value::Text(expression))) => Some(expression),
            _ => None,
        }
    }

    pub fn bind(&self, to: Statement) -> Statement {
        self.values.iter().fold(to, |to, value| match value {
            Value::Number(number) => to.bind(*number),
            Value::Text(text) => to.bind(text.clone()),
        })
    }
}

/// The end of a list, before its first row.
pub(super) const START: (Millis, TicketId) = (Millis(i64::MAX), TicketId(i64::MAX));

fn tag_term((at, term): (usize, &Term)) -> Option<(usize, &str)> {
    match &term.ask {
        Ask::Tag(key) if !term.negated => Some((at, key.as_str())),
        _ => None,
    }
}

/// What the index is asked: all the words in one message; or, when there are none, who wrote it.
fn match_expression(query: &Query) -> Option<String> {
    let wanted = |ask: fn(&Ask) -> Option<String>| {
        let parts: Vec<String> =
            query.terms.iter().filter(|term| !term.negated).filter_map(|term| ask(&term.ask)).collect();
        (!parts.is_empty()).then(|| parts.join(" AND "))
    };
    wanted(words).or_else(|| wanted(sender))
}

fn words(ask: &Ask) -> Option<String> {
    match ask {
        Ask::Text { words, prefix, .. } if token(words).is_none() => segment::phrase(words, *prefix),
        _ => None,
    }
}

fn sender(ask: &Ask) -> Option<String> {
    match ask {
        Ask::From(who) => segment::sender(who),
        _ => None,
    }
}

/// A ticket's token typed as a word.
fn token(words: &str) -> Option<String> {
    let typed = words.trim_matches(['[', ']']).to_uppercase();
    model::threading::Token::in_subject(&format!("[{typed}]")).map(|token| token.0)
}

const ANY_MESSAGE: &str = "EXISTS (SELECT 1 FROM message x CROSS JOIN search ON search.rowid = x.id \
    WHERE x.ticket = t.id AND search MATCH ?)";
const HAS_TAG: &str = "EXISTS (SELECT 1 FROM ticket_tag x WHERE x.tag = ? \
    AND x.last_message_at_ms = t.last_message_at_ms AND x.ticket = t.id)";

/// What is asked of one ticket; `None` when nothing is left to ask. `walked`: its words are what is walked along.
fn condition(ask: &Ask, tags: &TagIds, walked: bool) -> Option<(&'static str, Vec<Value>)> {
    let text = |text: &str| vec![Value::Text(text.to_owned())];
    Some(match ask {
        Ask::Text { words, .. } if token(words).is_some() => {
            ("t.id IN (SELECT ticket FROM ticket_token WHERE token = ?)", vec![Value::Text(token(words)?)])
        }
        Ask::Text { .. } if walked => return None,
        Ask::Text { words, prefix, .. } => (ANY_MESSAGE, vec![Value::Text(segment::phrase(words, *prefix)?)]),
        Ask::From(who) => (ANY_MESSAGE, vec![Value::Text(segment::sender(who)?)]),
        Ask::Tag(key) => (HAS_TAG, vec![Value::Number(tags.get(key).map_or(-1, |tag| tag.0))]),
        Ask::Priority(priority) => ("t.priority = ?", text(priority.as_str())),
        Ask::Is(Is::Urgent) => ("t.urgent IS NOT NULL", Vec::new()),
        Ask::Is(Is::Unread) => ("t.unread > 0", Vec::new()),
        Ask::Is(Is::Vip) => ("t.vip = 1", Vec::new()),
        Ask::HasAttachment => ("t.has_attachment = 1", Vec::new()),
        Ask::Before(day) => ("t.last_message_at_ms < ?", vec![Value::Number(day.0)]),
        Ask::After(day) => ("t.last_message_at_ms >= ?", vec![Value::Number(day.0)]),
        Ask::Status(_) | Ask::Is(_) => ("t.status = ?", text(ask.status()?.as_str())),
    })
}

trait AsksStatus {
    fn status(&self) -> Option<model::Status>;
}

impl AsksStatus for Ask {
    /// The status it asks for, in either spelling.
    fn status(&self) -> Option<model::Status> {
        match self {
            Ask::Status(status) => Some(*status),
            Ask::Is(Is::Open) => Some(model::Status::Open),
            Ask::Is(Is::Waiting) => Some(model::Status::Waiting),
            Ask::Is(Is::Closed) => Some(model::Status::Closed),
            _ => None,
        }
    }
}
