//! What a term of a query asks of one ticket's row, as SQL; and what of the text index.

use model::{
    Millis,
    query::{Age, Ask, Is, Names, Query, Term},
};

use crate::{segment, work::cell::Statement};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Number(i64),
    Text(String),
}

pub(super) fn bind_all(values: &[Value], to: Statement) -> Statement {
    values.iter().fold(to, |to, value| match value {
        Value::Number(number) => to.bind(*number),
        Value::Text(text) => to.bind(text.clone()),
    })
}

/// Conditions that must all hold, with the values of their question marks.
#[derive(Debug, Clone, Default)]
pub(super) struct Conditions {
    sql: Vec<String>,
    pub values: Vec<Value>,
}

impl Conditions {
    pub fn require(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.sql.push(condition.to_owned());
        self.values.extend(values);
    }

    pub fn is_empty(&self) -> bool {
        self.sql.is_empty()
    }

    /// All of them, or what always holds.
    pub fn sql(&self) -> String {
        if self.sql.is_empty() { "true".to_owned() } else { self.sql.join(" AND ") }
    }
}

pub(super) const HAS_TOKEN: &str = "t.id IN (SELECT ticket FROM ticket_token WHERE token = ?)";
const HAS_TAG: &str = "EXISTS (SELECT 1 FROM ticket_tag x WHERE x.tag = ? \
    AND x.last_message_at_ms = t.last_message_at_ms AND x.ticket = t.id)";

/// What is asked of one ticket's row; `None` for words in which the index holds nothing.
pub(super) fn condition(ask: &Ask, names: &Names, now: Millis) -> Option<(&'static str, Vec<Value>)> {
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

/// Moments from one on and before another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub from: Option<Millis>,
    pub before: Option<Millis>,
}

impl Span {
    /// Between which moments a query's tickets have their newest message.
    pub fn of(query: &Query, now: Millis) -> Span {
        query.terms.iter().filter_map(|term| of_term(term, now)).fold(Span::default(), Span::and)
    }

    fn and(self, other: Span) -> Span {
        let before = [self.before, other.before].into_iter().flatten().min();
        Span { from: self.from.max(other.from), before }
    }
}

/// What a term says of when the newest message came, if it says nothing else.
pub(super) fn of_term(term: &Term, now: Millis) -> Option<Span> {
    let (moment, from) = match term.ask {
        Ask::Before(day) => (day, false),
        Ask::After(day) => (day, true),
        Ask::Updated(age) => (age.boundary(now).plus(1), !age.over),
        _ => return None,
    };
    let span = match from != term.negated {
        true => Span { from: Some(moment), before: None },
        false => Span { from: None, before: Some(moment) },
    };
    Some(span)
}

/// All the words, to be found in one message. A message with a word that no message may hold need not be looked at.
pub(super) fn words_asked(query: &Query) -> Option<String> {
    let asked = |negated: bool| {
        let terms = query.terms.iter().filter(move |term| term.negated == negated);
        terms.filter_map(|term| words(&term.ask)).collect::<Vec<_>>()
    };
    let (wanted, unwanted) = (asked(false), asked(true));
    let all = (!wanted.is_empty()).then(|| format!("({})", wanted.join(" AND ")))?;
    Some(unwanted.iter().fold(all, |all, word| format!("{all} NOT {word}")))
}

pub(crate) fn words(ask: &Ask) -> Option<String> {
    match ask {
        Ask::Text { words, prefix, .. } if token(words).is_none() => segment::phrase(words, *prefix),
        _ => None,
    }
}

/// What the text index is asked, if it is.
pub(crate) fn text_asked(ask: &Ask) -> Option<String> {
    match ask {
        Ask::From(who) => segment::sender(who),
        ask => words(ask),
    }
}

/// A ticket's token typed as a word.
pub(crate) fn token(words: &str) -> Option<String> {
    let typed = words.trim_matches(['[', ']']).to_uppercase();
    model::threading::Token::in_subject(&format!("[{typed}]")).map(|token| token.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::NOW;

    #[test]
    fn days_and_ages_are_a_span_of_time() {
        let span = |text: &str| {
            let query = Query::parse(text, |_, _, day| Some(NOW.plus(i64::from(day)))).unwrap();
            let span = Span::of(&query, NOW);
            (span.from.map(|at| at.since(NOW)), span.before.map(|at| at.since(NOW)))
        };
        assert_eq!(span("after:2026-01-01 before:2026-01-09"), (Some(1), Some(9)));
        assert_eq!(span("-before:2026-01-01 -after:2026-01-09"), (Some(1), Some(9)));
        assert_eq!(span("updated:<1h"), (Some(1 - Millis::HOUR), None));
        assert_eq!(span("-updated:<1h updated:>2h"), (None, Some(1 - 2 * Millis::HOUR)));
        assert_eq!(span("kettle"), (None, None));
    }
}
