//! A query made into SQL: which index is walked, and what is asked of each ticket on the way.
//!
//! A list is walked downwards along (place, ticket), see [`Sort::place`]. What the index itself answers are *keys*; they cost nothing. What
//! must be asked of each ticket are *questions*: those walks go in windows of so many entries, since a question that few tickets answer
//! would otherwise walk through all there are.

use model::{
    CustomerId, MessageId, Millis, Sort, TagId,
    query::{Ask, Names, Query, Term},
};

use super::{
    ROW, RowPlace,
    conditions::{Conditions, HAS_TOKEN, Span, Value, bind_all, condition, of_term, text_asked, words_asked},
    driver::{Index, index_of, sender_term, tag_term, token_term},
};
use crate::{index::Part, work::cell::Statement};

/// What tickets are walked along.
#[derive(Debug, Clone, PartialEq)]
enum Walk {
    List(Along),
    /// Messages that match the expression, newest first.
    Matches(String),
}

/// A list in its order.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Along {
    from: &'static str,
    /// The place, or with `upwards` its opposite.
    at: &'static str,
    id: &'static str,
    upwards: bool,
}

const LAST: &str = "t.last_message_at_ms";

const fn along(from: &'static str) -> Along {
    Along { from, at: LAST, id: "t.id", upwards: false }
}

/// [`Sort::place`] in the words of the indexes of 0003_views.sql.
const BY_WAIT: &str = "(CASE WHEN t.waiting_since_ms IS NULL THEN max(0, min(t.last_message_at_ms, 8796093022207)) \
    ELSE 17592186044416 - max(0, min(t.waiting_since_ms, 8796093022207)) END)";
const BY_PRIORITY: &str = "(CASE t.priority WHEN 'low' THEN 0 WHEN 'normal' THEN 1 WHEN 'high' THEN 2 ELSE 3 END \
    * 8796093022208 + max(0, min(t.last_message_at_ms, 8796093022207)))";

#[derive(Debug, Clone)]
pub(crate) struct Plan {
    walk: Walk,
    keys: Conditions,
    questions: Conditions,
    span: Span,
    filters: Vec<TextFilter>,
}

/// What is asked of all of a ticket's messages together, and not by SQL: see [`crate::index::matching`].
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TextFilter {
    pub expression: String,
    /// Whether a message shall match, or none.
    pub wanted: bool,
}

impl Plan {
    fn new(walk: Walk) -> Plan {
        let [keys, questions] = [Conditions::default(), Conditions::default()];
        Plan { walk, keys, questions, span: Span::default(), filters: Vec::new() }
    }

    /// Newest first. `names` holds what the query names, as far as it exists.
    pub fn of(query: &Query, names: &Names, now: Millis) -> Plan {
        let mut plan = Plan::new(Walk::List(along("")));
        plan.span = Span::of(query, now);
        let driver = plan.choose_walk(query, names);
        for (_, term) in query.terms.iter().enumerate().filter(|(at, _)| Some(*at) != driver) {
            plan.ask(term, names, now);
        }
        let together = words_asked(query).filter(|_| plan.matched().is_none());
        plan.filters.extend(together.map(|expression| TextFilter { expression, wanted: true }));
        plan
    }

    /// The same tickets, the oldest first. A search stays as it is.
    pub fn oldest_first(mut self) -> Plan {
        if let Walk::List(along) = &mut self.walk {
            along.upwards = true;
        }
        self
    }

    pub fn of_customer(customer: CustomerId) -> Plan {
        let customer = [Value::Number(customer.0)];
        Plan::where_("ticket t INDEXED BY ticket_by_requester", "t.requester = ?", customer)
    }

    /// Along `from`, which has `t` in the order of newest messages, as far as `key` holds.
    pub fn where_(from: &'static str, key: &str, values: impl IntoIterator<Item = Value>) -> Plan {
        let mut plan = Plan::new(Walk::List(along(from)));
        plan.keys.require(key, values);
        plan
    }

    pub fn of_tag(tag: TagId) -> Plan {
        let mut plan = Plan::new(Walk::List(along("")));
        plan.walk_tag(Some(tag));
        plan
    }

    /// The members of a saved view, in its order.
    pub fn of_members(list: i64) -> Plan {
        let from = "view_ticket v CROSS JOIN ticket t ON t.id = v.ticket";
        let mut plan = Plan::new(Walk::List(Along { from, at: "v.place", id: "v.ticket", upwards: false }));
        plan.keys.require("v.list = ?", [Value::Number(list)]);
        plan
    }

    /// Open or urgent tickets along an index of their places; `None` for an order that has none.
    pub fn in_order(urgent: bool, sort: Sort) -> Option<Plan> {
        let (from, at, key) = match (urgent, sort) {
            (false, Sort::LongestWait) => {
                ("ticket t INDEXED BY ticket_open_by_wait", BY_WAIT, "t.status = 'open'")
            }
            (false, Sort::Priority) => {
                ("ticket t INDEXED BY ticket_open_by_priority", BY_PRIORITY, "t.status = 'open'")
            }
            (true, Sort::LongestWait) => {
                ("ticket t INDEXED BY ticket_urgent_wait", BY_WAIT, "t.urgent IS NOT NULL")
            }
            _ => return None,
        };
        let mut plan = Plan::new(Walk::List(Along { from, at, id: "t.id", upwards: false }));
        plan.keys.require(key, []);
        Some(plan)
    }

    /// The expression whose matches are walked, if they are.
    pub fn matched(&self) -> Option<&str> {
        match &self.walk {
            Walk::Matches(expression) => Some(expression),
            Walk::List(_) => None,
        }
    }

    /// Whether nothing has to be asked of the tickets on the way.
    pub fn is_direct(&self) -> bool {
        self.questions.is_empty() && self.filters.is_empty() && self.matched().is_none()
    }

    pub(super) fn filters(&self) -> &[TextFilter] {
        &self.filters
    }

    /// Chooses what is walked; answers the term that is thereby answered.
    fn choose_walk(&mut self, query: &Query, names: &Names) -> Option<usize> {
        if let Some((at, token)) = query.terms.iter().enumerate().find_map(token_term) {
            // The few tickets of a token are sorted when they are found.
            self.walk = Walk::List(along("ticket t NOT INDEXED"));
            self.keys.require(HAS_TOKEN, [Value::Text(token)]);
            return Some(at);
        }
        if let Some(expression) = words_asked(query) {
            self.walk = Walk::Matches(expression);
            return None;
        }
        if let Some((at, expression)) = query.terms.iter().enumerate().find_map(sender_term) {
            self.walk = Walk::Matches(expression);
            return Some(at);
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
            self.walk = Walk::List(along("ticket t INDEXED BY ticket_by_last"));
            return None;
        };
        self.walk = Walk::List(along(index.from()));
        self.keys.require(index.key(), index.value(ask).map(Value::Text));
        // How long they wait is still to be asked.
        (index != Index::Queue).then_some(at)
    }

    /// A tag that does not exist is on no ticket.
    fn walk_tag(&mut self, tag: Option<TagId>) {
        let from = "ticket_tag g CROSS JOIN ticket t ON t.id = g.ticket";
        self.walk = Walk::List(Along { from, at: "g.last_message_at_ms", id: "g.ticket", upwards: false });
        self.keys.require("g.tag = ?", [Value::Number(tag.map_or(-1, |tag| tag.0))]);
    }

    fn ask(&mut self, term: &Term, names: &Names, now: Millis) {
        let walks_matches = self.matched().is_some();
        if let Some(expression) = text_asked(&term.ask) {
            // Words that shall be found are looked for in one message together.
            let together = !term.negated && matches!(term.ask, Ask::Text { .. });
            if !together {
                self.filters.push(TextFilter { expression, wanted: !term.negated });
            }
            return;
        }
        if !walks_matches && of_term(term, now).is_some() {
            return;
        }
        if let Some((condition, values)) = condition(&term.ask, names, now) {
            let not = if term.negated { "NOT " } else { "" };
            self.questions.require(&format!("{not}({condition})"), values);
        }
    }
}

/// The SQL of lists.
impl Plan {
    /// Rows of a list that has no questions, after a place in it.
    pub fn rows_sql(&self) -> String {
        let Walk::List(Along { from, at, id, .. }) = &self.walk else { return String::new() };
        let (keys, after, order) = (self.keys_sql(), self.after_sql(), self.order_sql());
        format!(
            "SELECT {ROW}, {at} AS place, {id} AS placed FROM {from} WHERE {keys} AND {after} ORDER BY {order} LIMIT ?"
        )
    }

    /// The next so many entries of a list, looked at: how many there are, the last of them, and those whose tickets answer the
    /// questions, as JSON. All in one row, since a row at a time costs several times as much.
    pub fn window_sql(&self) -> String {
        let Walk::List(Along { from, at, id, upwards }) = &self.walk else { return String::new() };
        let (keys, after, order) = (self.keys_sql(), self.after_sql(), self.order_sql());
        let (least, questions) = (if *upwards { "max" } else { "min" }, self.questions.sql());
        let asked = if self.questions.is_empty() { "" } else { "CROSS JOIN ticket t ON t.id = w.id" };
        format!(
            "WITH w AS MATERIALIZED (SELECT {at} AS at, {id} AS id FROM {from} WHERE {keys} AND {after} ORDER BY {order} LIMIT ?), \
             e AS MATERIALIZED (SELECT count(*) AS looked, {least}(at) AS at FROM w) \
             SELECT e.looked, e.at, (SELECT min(w.id) FROM w WHERE +w.at = e.at) AS id, \
             (SELECT '[' || group_concat('[' || w.at || ',' || w.id || ']') || ']' FROM w {asked} WHERE {questions}) AS passing FROM e"
        )
    }

    /// A list ends where its span does.
    fn far_end(&self) -> Option<(String, i64)> {
        match (&self.walk, self.span) {
            (Walk::List(Along { at, upwards: false, .. }), Span { from: Some(from), .. }) => {
                Some((format!("{at} >= ?"), from.0))
            }
            (Walk::List(Along { at, upwards: true, .. }), Span { before: Some(before), .. }) => {
                Some((format!("{at} < ?"), before.0))
            }
            _ => None,
        }
    }

    fn keys_sql(&self) -> String {
        let far_end = self.far_end().map(|(sql, _)| format!(" AND {sql}"));
        format!("{}{}", self.keys.sql(), far_end.unwrap_or_default())
    }

    /// Not as a pair of values: an index of expressions does not answer that.
    fn after_sql(&self) -> String {
        match &self.walk {
            Walk::List(Along { at, id, upwards: false, .. }) => {
                format!("{at} <= ? AND ({at} < ? OR {id} < ?)")
            }
            Walk::List(Along { at, id, .. }) => format!("{at} >= ? AND ({at} > ? OR {id} < ?)"),
            Walk::Matches(_) => String::new(),
        }
    }

    fn order_sql(&self) -> String {
        match &self.walk {
            Walk::List(Along { at, id, upwards: false, .. }) => format!("{at} DESC, {id} DESC"),
            Walk::List(Along { at, id, .. }) => format!("{at}, {id} DESC"),
            Walk::Matches(_) => String::new(),
        }
    }

    /// Binds what [`Plan::rows_sql`] and [`Plan::window_sql`] ask for.
    pub fn bind_list(&self, to: Statement, after: Option<RowPlace>, limit: u32) -> Statement {
        let to = bind_all(&self.keys.values, to);
        let to = self.far_end().into_iter().fold(to, |to, (_, value)| to.bind(value));
        let start = self.list_start(after);
        let at = self.place(start.place);
        let to = to.bind(at).bind(at);
        bind_all(&self.questions.values, to.bind(start.ticket.0).bind(limit))
    }

    /// The place of an entry whose `at` was read.
    pub fn place(&self, at: i64) -> i64 {
        match &self.walk {
            Walk::List(Along { upwards: true, .. }) => at.saturating_neg(),
            _ => at,
        }
    }

    /// The moment of a place, in lists by time.
    pub fn moment(&self, place: i64) -> Millis {
        Millis(self.place(place))
    }

    /// Where a list begins, given the last row of the page before.
    fn list_start(&self, after: Option<RowPlace>) -> RowPlace {
        let first = match &self.walk {
            Walk::List(Along { upwards: true, .. }) => self.span.from.map(|from| from.0.saturating_neg()),
            _ => self.span.before.map(|before| before.0 - 1),
        };
        let start = first.map_or(RowPlace::START, |place| RowPlace { place, ..RowPlace::START });
        after.map_or(start, |after| after.min(start))
    }
}

/// The SQL of searches.
impl Plan {
    /// The next so many matches of a part of the index, as [`Plan::window_sql`].
    pub fn matches_sql(&self, part: &Part) -> String {
        let (table, questions) = (part.table(), self.questions.sql());
        let asked = if self.questions.is_empty() { "" } else { "CROSS JOIN ticket t ON t.id = m.ticket" };
        format!(
            "WITH w AS MATERIALIZED (SELECT rowid AS id FROM {table} WHERE {table} MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?), \
             e AS MATERIALIZED (SELECT count(*) AS looked, min(id) AS id FROM w) \
             SELECT e.looked, e.id, (SELECT x.ticket FROM message x WHERE x.id = e.id) AS ticket, \
             (SELECT '[' || group_concat('[' || m.id || ',' || m.ticket || ']') || ']' FROM w CROSS JOIN message m ON m.id = w.id {asked} \
             WHERE {questions}) AS passing FROM e"
        )
    }

    pub fn bind_matches(&self, to: Statement, below: MessageId, limit: u32) -> Statement {
        let to = to.bind(self.matched().unwrap_or_default().to_owned()).bind(below.0).bind(limit);
        bind_all(&self.questions.values, to)
    }

    /// Before which message all mails lie that can match, when a day says so. Notes may come later than a ticket's newest mail.
    pub fn mails_before(&self) -> Option<MessageId> {
        self.span.before.map(|day| MessageId::in_time_order(day, 0))
    }

    /// The notes from a message on and before another, newest first, whose tickets answer the questions.
    pub fn notes_sql(&self) -> String {
        let questions = self.questions.sql();
        format!(
            "SELECT m.id, m.ticket FROM message m INDEXED BY message_note CROSS JOIN ticket t ON t.id = m.ticket \
             WHERE m.kind = 'note' AND m.id >= ? AND m.id < ? AND {questions} ORDER BY m.id DESC LIMIT ?"
        )
    }

    pub fn bind_notes(&self, to: Statement, from: MessageId, below: MessageId) -> Statement {
        bind_all(&self.questions.values, to.bind(from.0).bind(below.0))
    }
}
