//! What is kept of views, held against what asking every ticket gives.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Look, Message, Millis, SavedViewId, Sort, Tag, TagId, TicketId, TicketRow,
    query::{Ask, Names, Query, TicketFacts},
};
use sqlx::Row as _;

use super::World;

impl World {
    pub async fn rows(&self) -> Vec<TicketRow> {
        let mut connection = self.bench.store.inner.readers.acquire().await.unwrap();
        let ids: Vec<i64> = sqlx::query_scalar("SELECT id FROM ticket ORDER BY id")
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        drop(connection);
        let mut rows = Vec::new();
        for id in ids {
            rows.push(self.bench.row(TicketId(id)).await);
        }
        rows
    }

    async fn everything(&self) -> Everything {
        let store = &self.bench.store;
        let rows = self.rows().await;
        let mut messages = BTreeMap::new();
        for row in &rows {
            messages.insert(row.id, store.messages(row.id, None, 99).await.unwrap().0);
        }
        let mut connection = store.inner.readers.acquire().await.unwrap();
        let tokens =
            sqlx::query("SELECT ticket, token FROM ticket_token").fetch_all(&mut *connection).await.unwrap();
        let tokens = tokens.iter().map(|row| (TicketId(row.get("ticket")), row.get("token"))).collect();
        let mut names = Names::default();
        for tag in store.tags().await.unwrap() {
            names.tags.insert(Tag::key(&tag.name).unwrap(), tag.id);
        }
        for source in store.sources().await.unwrap() {
            names.sources.entry(source.name.to_lowercase()).or_default().push(source.id);
        }
        Everything { rows, messages, tokens, names }
    }

    /// Every view's members, with their places, and its counter, as they are kept.
    async fn kept(&self) -> BTreeMap<SavedViewId, Kept> {
        let mut connection = self.bench.store.inner.readers.acquire().await.unwrap();
        let as_of: Option<String> = sqlx::query_scalar("SELECT value FROM meta WHERE name = 'views_as_of'")
            .fetch_optional(&mut *connection)
            .await
            .unwrap();
        let sql = "SELECT v.id, v.terms, v.look, l.id AS list, l.filled_at_ms, l.filled_ticket, \
            coalesce(c.tickets, 0) AS tickets, coalesce(c.unread, 0) AS unread FROM saved_view v \
            JOIN view_list l ON l.view = v.id LEFT JOIN counter c ON c.name = 'view:' || v.id";
        let mut all = BTreeMap::new();
        for row in sqlx::query(sql).fetch_all(&mut *connection).await.unwrap() {
            let members = sqlx::query("SELECT place, ticket FROM view_ticket WHERE list = ?")
                .bind(row.get::<i64, _>("list"));
            let members = members.fetch_all(&mut *connection).await.unwrap();
            let filled: Option<i64> = row.get("filled_at_ms");
            let ticket: Option<i64> = row.get("filled_ticket");
            let look: Look = serde_json::from_str(row.get("look")).unwrap();
            let kept = Kept {
                query: serde_json::from_str(row.get("terms")).unwrap(),
                sort: look.sort,
                as_of: Millis(as_of.as_deref().unwrap().parse().unwrap()),
                filled: filled.map(|at| (Millis(at), TicketId(ticket.unwrap()))),
                members: members.iter().map(|row| (row.get("place"), TicketId(row.get("ticket")))).collect(),
                counts: (row.get("tickets"), row.get("unread")),
            };
            all.insert(SavedViewId(row.get("id")), kept);
        }
        all
    }

    pub async fn assert_right(&self) {
        let all = self.everything().await;
        for (id, kept) in self.kept().await {
            let reached = |row: &&&TicketRow| {
                kept.filled.is_none_or(|filled| (row.last_message_at_ms, row.id) >= filled)
            };
            let answering = all.answering(&kept.query, kept.as_of);
            let members: Vec<&&TicketRow> = answering.iter().filter(reached).collect();
            let place = |row: &&&TicketRow| {
                (kept.sort.place(row.last_message_at_ms, row.waiting_since_ms, row.priority), row.id)
            };
            let expected: BTreeSet<(i64, TicketId)> = members.iter().map(place).collect();
            assert_eq!(kept.members, expected, "view {id}: {:?}, filled to {:?}", kept.query, kept.filled);
            let unread = members.iter().filter(|row| row.unread).count();
            assert_eq!(kept.counts, (expected.len() as i64, unread as i64), "view {id}: {:?}", kept.query);
            let found = self.bench.store.search(&kept.query, kept.as_of, None, 200).await.unwrap();
            let found: BTreeSet<TicketId> = found.rows.into_iter().map(|listed| listed.row.id).collect();
            assert_eq!(found, answering.iter().map(|row| row.id).collect(), "SQL of {:?}", kept.query);
        }
    }

    /// Everything is brought to its end, and then nothing is left over.
    pub async fn settle(&self) {
        self.bench.store.advance_views(self.clock).await.unwrap();
        while self.bench.store.fill_views(self.clock).await.unwrap() {}
        let kept = self.kept().await;
        assert!(kept.values().all(|kept| kept.filled.is_none()));
        let mut connection = self.bench.store.inner.readers.acquire().await.unwrap();
        let rows: i64 =
            sqlx::query_scalar("SELECT count(*) FROM view_ticket").fetch_one(&mut *connection).await.unwrap();
        assert_eq!(rows, kept.values().map(|kept| kept.members.len() as i64).sum::<i64>(), "rows of no list");
        let lists: i64 =
            sqlx::query_scalar("SELECT count(*) FROM view_list").fetch_one(&mut *connection).await.unwrap();
        assert_eq!(lists, kept.len() as i64);
    }

    /// At the end the members are those of now, not only of some moment.
    pub async fn assert_of_now(&self) {
        let all = self.everything().await;
        for (id, kept) in self.kept().await {
            let expected: BTreeSet<TicketId> =
                all.answering(&kept.query, self.clock).iter().map(|row| row.id).collect();
            let members: BTreeSet<TicketId> = kept.members.iter().map(|(_, ticket)| *ticket).collect();
            assert_eq!(members, expected, "view {id}: {:?}", kept.query);
        }
    }
}

struct Kept {
    query: Query,
    sort: Sort,
    as_of: Millis,
    filled: Option<(Millis, TicketId)>,
    members: BTreeSet<(i64, TicketId)>,
    counts: (i64, i64),
}

struct Everything {
    rows: Vec<TicketRow>,
    messages: BTreeMap<TicketId, Vec<Message>>,
    tokens: BTreeSet<(TicketId, String)>,
    names: Names,
}

impl Everything {
    fn answering(&self, query: &Query, now: Millis) -> Vec<&TicketRow> {
        let matches = |row: &&TicketRow| {
            let tags: Vec<_> = row.tags.iter().map(|tag| tag.id).collect();
            query.matches(facts(row, &tags), &self.names, now, || {
                says(query, &self.messages[&row.id]) && self.has_tokens(query, row.id)
            })
        };
        self.rows.iter().filter(matches).collect()
    }

    fn has_tokens(&self, query: &Query, ticket: TicketId) -> bool {
        query.terms.iter().all(|term| match &term.ask {
            Ask::Text { words, .. } if is_token(words) => {
                self.tokens.contains(&(ticket, words.to_uppercase())) != term.negated
            }
            _ => true,
        })
    }
}

/// A word that is a ticket's token asks for that ticket.
fn is_token(words: &str) -> bool {
    words.starts_with("fd-")
}

fn facts<'a>(row: &'a TicketRow, tags: &'a [TagId]) -> TicketFacts<'a> {
    TicketFacts {
        status: row.status,
        priority: row.priority,
        channel: row.channel,
        lang: &row.lang,
        source: row.source,
        urgent: row.urgent.is_some(),
        unread: row.unread,
        vip: row.vip,
        has_attachment: row.has_attachment,
        tags,
        waiting_since: row.waiting_since_ms,
        last_message_at: row.last_message_at_ms,
    }
}

/// What the text index is to find, by reading.
fn says(query: &Query, messages: &[Message]) -> bool {
    let has = |message: &Message, words: &str| {
        let said: Vec<&str> = message.text.split_whitespace().collect();
        let asked: Vec<&str> = words.split_whitespace().collect();
        said.windows(asked.len()).any(|window| window == asked)
    };
    let wrote = |message: &Message, who: &str| {
        let named = format!("{} {}", message.from.name, message.from.email).to_lowercase();
        named.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with(who))
    };
    let words = |negated: bool| {
        let terms = query.terms.iter().filter(move |term| term.negated == negated);
        terms.filter_map(|term| match &term.ask {
            Ask::Text { words, .. } => Some(words).filter(|words| !is_token(words)),
            _ => None,
        })
    };
    let all_in_one = messages.iter().any(|message| words(false).all(|words| has(message, words)));
    let none = !messages.iter().any(|message| words(true).any(|words| has(message, words)));
    let senders = query.terms.iter().all(|term| match &term.ask {
        Ask::From(who) => messages.iter().any(|message| wrote(message, who)) != term.negated,
        _ => true,
    });
    (words(false).next().is_none() || all_in_one) && none && senders
}
