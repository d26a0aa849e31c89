//! A query made into SQL: which index is walked, and what is asked of each ticket on the way.

use model::{
    CustomerId, MessageId, Millis, Priority, TagId, TicketId,
    query::{Age, Ask, Is, Names, Query, Term},
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

#[derive(Debug, Clone)]
pub(super) struct Plan {
    walk: Walk,
    conditions: Vec<String>,
    values: Vec<Value>,
    /// The newest moment a ticket may have, exclusive: the walk begins there.
    before: Option<Millis>,
    filters: Vec<TextFilter>,
}

/// What is asked of all of a ticket's messages together, and not by SQL: see `Store::tickets_matching`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TextFilter {
    pub expression: String,
    /// Whether a message shall match, or none.
    pub wanted: bool,
}

impl Plan {
    fn new(walk: Walk) -> Plan {
        Plan { walk, conditions: Vec::new(), values: Vec::new(), before: None, filters: Vec::new() }
    }

    /// `names` holds what the query names, as far as it exists.
    pub fn of(query: &Query, names: &Names, now: Millis) -> Plan {
        let mut plan = Plan::new(along(""));
        plan.before = query.terms.iter().filter_map(before_term).min();
        let driver = plan.choose_walk(query, names);
        for (_, term) in query.terms.iter().enumerate().filter(|(at, _)| Some(*at) != driver) {
            plan.ask(term, names, now);
        }
        plan
    }

    pub fn of_customer(customer: CustomerId) -> Plan {
        let mut plan = Plan::new(along("ticket t INDEXED BY ticket_by_requester"));
        plan.require("t.requester = ?", [Value::Number(customer.0)]);
        plan
    }

    /// Along `from`, which has `t` in the order of newest messages, as far as `condition` holds.
    pub fn where_(from: &'static str, condition: &str, values: impl IntoIterator<Item = Value>) -> Plan {
        let mut plan = Plan::new(along(from));
        plan.require(condition, values);
        plan
    }

    pub fn of_tag(tag: TagId) -> Plan {
        let mut plan = Plan::new(along(""));
        plan.walk_tag(Some(tag));
        plan
    }

    pub fn walks_matches(&self) -> bool {
        self.walk == Walk::Matches
    }

    /// Chooses what is walked; answers the term that is thereby answered.
    fn choose_walk(&mut self, query: &Query, names: &Names) -> Option<usize> {
        if let Some((at, token)) = query.terms.iter().enumerate().find_map(token_term) {
            // The few tickets of a token are sorted when they are found.
            self.walk = along("ticket t NOT INDEXED");
            self.require(HAS_TOKEN, [Value::Text(token)]);
            return Some(at);
        }
        if let Some(expression) = words_asked(query) {
            return self.walk_matches(expression, None);
        }
        if let Some((at, expression)) = query.terms.iter().enumerate().find_map(sender_term) {
            return self.walk_matches(expression, Some(at));
        }
        if let Some((at, key)) = query.terms.iter().enumerate().find_map(tag_term) {
            self.walk_tag(names.tags.get(key).copied());
            return Some(at);
        }
        self.walk_index(query)
    }

    fn walk_index(&mut self, query: &Query) -> Option<usize> {
        let wanted = query.terms.iter().enumerate().filter(|(_, term)| !term.negated);
        let best = wanted
            .filter_map(|(at, term)| Some((index_of(&term.ask)?, at, &term.ask)))
            .min_by_key(|best| best.0);
        let Some((index, at, ask)) = best else {
            self.walk = along("ticket t INDEXED BY ticket_by_last");
            return None;
        };
        self.walk = along(index.from());
        self.require(index.condition(), index.value(ask).map(Value::Text));
        Some(at)
    }

    fn walk_matches(&mut self, expression: String, answered: Option<usize>) -> Option<usize> {
        self.walk = Walk::Matches;
        self.require("search MATCH ?", [Value::Text(expression)]);
        answered
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

    fn ask(&mut self, term: &Term, names: &Names, now: Millis) {
        if let Some(expression) = text_asked(&term.ask) {
            let walked = self.walks_matches() && !term.negated && matches!(term.ask, Ask::Text { .. });
            if !walked {
                self.filters.push(TextFilter { expression, wanted: !term.negated });
            }
            return;
        }
        let Some((condition, values)) = condition(&term.ask, names, now) else { return };
        let not = if term.negated { "NOT " } else { "" };
        self.require(&format!("{not}({condition})"), values);
    }

    pub fn filters(&self) -> &[TextFilter] {
        &self.filters
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

    /// Where a list begins, given the last row of the page before.
    pub fn list_start(&self, after: Option<(Millis, TicketId)>) -> (Millis, TicketId) {
        let latest = self.before.map_or(START, |day| (day.plus(-1), START.1));
        after.map_or(latest, |after| after.min(latest))
    }

    /// Before which message the walk along matches begins.
    pub fn matches_start(&self) -> MessageId {
        self.before.map_or(MessageId(i64::MAX), |day| MessageId::in_time_order(day, 0))
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
const START: (Millis, TicketId) = (Millis(i64::MAX), TicketId(i64::MAX));

/// An index that answers a term and gives the tickets in order; the most telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Index {
    Urgent,
    Priority,
    Unread,
    Vip,
    Status,
}

fn index_of(ask: &Ask) -> Option<Index> {
    Some(match ask {
        Ask::Is(Is::Urgent) => Index::Urgent,
        Ask::Is(Is::Unread) => Index::Unread,
        Ask::Is(Is::Vip) => Index::Vip,
        Ask::Priority(priority) if *priority != Priority::Normal => Index::Priority,
        ask if ask.status().is_some() => Index::Status,
        _ => return None,
    })
}

impl Index {
    const fn from(self) -> &'static str {
        match self {
            Index::Urgent => "ticket t INDEXED BY ticket_urgent",
            Index::Priority => "ticket t INDEXED BY ticket_by_priority",
            Index::Unread => "ticket t INDEXED BY ticket_unread",
            Index::Vip => "ticket t INDEXED BY ticket_vip",
            Index::Status => "ticket t INDEXED BY ticket_by_status",
        }
    }

    const fn condition(self) -> &'static str {
        match self {
            Index::Urgent => "t.urgent IS NOT NULL",
            Index::Priority => "t.priority <> 'normal' AND t.priority = ?",
            Index::Unread => "t.unread > 0",
            Index::Vip => "t.vip = 1",
            Index::Status => "t.status = ?",
        }
    }

    /// What the condition's question mark stands for, if it has one.
    fn value(self, ask: &Ask) -> Option<String> {
        match (self, ask) {
            (Index::Status, ask) => ask.status().map(|status| status.as_str().to_owned()),
            (Index::Priority, Ask::Priority(priority)) => Some(priority.as_str().to_owned()),
            _ => None,
        }
    }
}

fn before_term(term: &Term) -> Option<Millis> {
    match &term.ask {
        Ask::Before(day) if !term.negated => Some(*day),
        _ => None,
    }
}

fn tag_term((at, term): (usize, &Term)) -> Option<(usize, &str)> {
    match &term.ask {
        Ask::Tag(key) if !term.negated => Some((at, key.as_str())),
        _ => None,
    }
}

/// All the words, to be found in one message. A message with a word that no message may hold need not be looked at.
fn words_asked(query: &Query) -> Option<String> {
    let asked = |negated: bool| {
        let terms = query.terms.iter().filter(move |term| term.negated == negated);
        terms.filter_map(|term| words(&term.ask)).collect::<Vec<_>>()
    };
    let (wanted, unwanted) = (asked(false), asked(true));
    let all = (!wanted.is_empty()).then(|| format!("({})", wanted.join(" AND ")))?;
    Some(unwanted.iter().fold(all, |all, word| format!("{all} NOT {word}")))
}

fn words(ask: &Ask) -> Option<String> {
    match ask {
        Ask::Text { words, prefix, .. } if token(words).is_none() => segment::phrase(words, *prefix),
        _ => None,
    }
}

fn sender_term((at, term): (usize, &Term)) -> Option<(usize, String)> {
    match &term.ask {
        Ask::From(who) if !term.negated => Some((at, segment::sender(who)?)),
        _ => None,
    }
}

/// A ticket's token typed as a word.
fn token(words: &str) -> Option<String> {
    let typed = words.trim_matches(['[', ']']).to_uppercase();
    model::threading::Token::in_subject(&format!("[{typed}]")).map(|token| token.0)
}

fn token_term((at, term): (usize, &Term)) -> Option<(usize, String)> {
    match &term.ask {
        Ask::Text { words, .. } if !term.negated => Some((at, token(words)?)),
        _ => None,
    }
}

const HAS_TOKEN: &str = "t.id IN (SELECT ticket FROM ticket_token WHERE token = ?)";
const HAS_TAG: &str = "EXISTS (SELECT 1 FROM ticket_tag x WHERE x.tag = ? \
    AND x.last_message_at_ms = t.last_message_at_ms AND x.ticket = t.id)";

/// What the text index is asked, if it is.
fn text_asked(ask: &Ask) -> Option<String> {
    match ask {
        Ask::From(who) => segment::sender(who),
        ask => words(ask),
    }
}

/// What is asked of one ticket's row; `None` for words in which the index holds nothing.
fn condition(ask: &Ask, names: &Names, now: Millis) -> Option<(&'static str, Vec<Value>)> {
    let text = |text: &str| vec![Value::Text(text.to_owned())];
    Some(match ask {
        Ask::Text { words, .. } => (HAS_TOKEN, vec![Value::Text(token(words)?)]),
        Ask::From(_) => return None,
        Ask::Tag(key) => (HAS_TAG, vec![Value::Number(names.tags.get(key).map_or(-1, |tag| tag.0))]),
        Ask::Priority(priority) => ("t.priority = ?", text(priority.as_str())),
        Ask::Is(Is::Urgent) => ("t.urgent IS NOT NULL", Vec::new()),
        Ask::Is(Is::Unread) => ("t.unread > 0", Vec::new()),
        Ask::Is(Is::Vip) => ("t.vip = 1", Vec::new()),
        Ask::HasAttachment => ("t.has_attachment = 1", Vec::new()),
        Ask::Channel(channel) => ("t.channel = ?", text(channel.as_str())),
        Ask::Lang(lang) => ("t.lang = ?", text(lang.as_str())),
        Ask::Source(name) => {
            let ids: Vec<i64> = names.sources.get(name).into_iter().flatten().map(|id| id.0).collect();
            (
                "t.source IN (SELECT value FROM json_each(?))",
                text(&serde_json::to_string(&ids).unwrap_or_default()),
            )
        }
        Ask::Waiting(age) => (
            match age.over {
                true => "t.status = 'open' AND t.waiting_since_ms IS NOT NULL AND t.waiting_since_ms <= ?",
                false => "t.status = 'open' AND t.waiting_since_ms IS NOT NULL AND t.waiting_since_ms > ?",
            },
            boundary(*age, now),
        ),
        Ask::Updated(age) => (
            if age.over { "t.last_message_at_ms <= ?" } else { "t.last_message_at_ms > ?" },
            boundary(*age, now),
        ),
        Ask::Before(day) => ("t.last_message_at_ms < ?", vec![Value::Number(day.0)]),
        Ask::After(day) => ("t.last_message_at_ms >= ?", vec![Value::Number(day.0)]),
        Ask::Status(_) | Ask::Is(_) => ("t.status = ?", text(ask.status()?.as_str())),
    })
}

fn boundary(age: Age, now: Millis) -> Vec<Value> {
    vec![Value::Number(age.boundary(now).0)]
}
