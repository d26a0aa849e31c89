//! Whatever happens to tickets, tags, sources, views and the clock: the members of every view are those that asking its query of
//! every ticket gives, as far as the view has been filled; so are their counts; and SQL finds the same tickets.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Channel, Look, Message, Millis, Priority, SavedViewId, Sort, Status, TicketId, TicketRow, Tier,
    ViewDraft, ViewId,
    incoming::{Change, Cursor, Incoming},
    query::{Age, Ask, Is, Lang, Names, Query, Term, TicketFacts},
};
use proptest::prelude::*;
use sqlx::Row as _;

use super::bench::{Bench, NOW, answer, mail, reply};

const TAGS: [&str; 3] = ["late", "rush", "gone"];
const SOURCES: [&str; 3] = ["shop", "second", "gone"];
const WORDS: [&str; 5] = ["refund", "lamp", "broken", "碎了", "nowhere"];
const PEOPLE: [(&str, &str); 2] = [("Wang Zhiyuan", "wang@x.test"), ("Li Na", "li@x.test")];

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(&WORDS[..]).prop_map(str::to_owned)
}

fn ages() -> impl Strategy<Value = Age> {
    let ms = prop::sample::select(vec![
        0,
        30 * Millis::MINUTE,
        Millis::HOUR,
        Millis::DAY,
        9 * Millis::DAY,
        400 * Millis::DAY,
    ]);
    (any::<bool>(), ms).prop_map(|(over, ms)| Age { over, ms })
}

fn asks() -> impl Strategy<Value = Ask> {
    let day = || (0i64..20).prop_map(|days| NOW.plus(-days * Millis::DAY));
    let text = |words: String, phrase| Ask::Text { words, phrase, prefix: false };
    prop_oneof![
        2 => prop::sample::select(Status::ALL).prop_map(Ask::Status),
        1 => prop::sample::select(Priority::ALL).prop_map(Ask::Priority),
        3 => prop::sample::select(Is::ALL).prop_map(Ask::Is),
        2 => Just(Ask::Is(Is::Vip)),
        1 => Just(Ask::HasAttachment),
        1 => prop::sample::select(&Channel::ALL[..2]).prop_map(Ask::Channel),
        1 => prop::sample::select(&Lang::ALL[..2]).prop_map(Ask::Lang),
        2 => prop::sample::select(&SOURCES[..]).prop_map(|name| Ask::Source(name.to_owned())),
        2 => prop::sample::select(&TAGS[..]).prop_map(|tag| Ask::Tag(tag.to_owned())),
        1 => day().prop_map(Ask::Before),
        1 => day().prop_map(Ask::After),
        3 => ages().prop_map(Ask::Waiting),
        3 => ages().prop_map(Ask::Updated),
        3 => word().prop_map(move |words| text(words, false)),
        1 => (word(), word()).prop_map(move |(one, two)| text(format!("{one} {two}"), true)),
        1 => prop::sample::select(vec!["wang", "li"]).prop_map(|who| Ask::From(who.to_owned())),
    ]
}

fn queries() -> impl Strategy<Value = Query> {
    let term = (prop::bool::weighted(0.3), asks()).prop_map(|(negated, ask)| Term { negated, ask });
    prop::collection::vec(term, 0..4).prop_map(|terms| Query { terms })
}

#[derive(Debug, Clone)]
enum Step {
    /// A new mail by a person, or to an earlier one an answer or a further mail.
    Mail {
        to: Option<(prop::sample::Index, bool)>,
        by: usize,
        minutes: i64,
        words: Vec<String>,
        source: bool,
    },
    Act {
        act: u8,
        on: prop::sample::Index,
        with: usize,
    },
    Save {
        which: Option<prop::sample::Index>,
        query: Query,
        sort: Sort,
    },
    Sort {
        which: prop::sample::Index,
        sort: Sort,
    },
    Delete(prop::sample::Index),
    Clock(i64),
    Fill(u8),
    Restart,
    /// The second source comes or goes, with its tickets or without.
    Second {
        forget: bool,
    },
}

fn steps() -> impl Strategy<Value = Step> {
    let index = any::<prop::sample::Index>;
    let sort = || prop::sample::select(Sort::ALL);
    // In half hours, as the ages are, so that moments lie on boundaries.
    let minutes =
        prop_oneof![(-3i64..3).prop_map(|half| half * 30), (-20 * 24i64..0).prop_map(|hours| hours * 60)];
    let mails = (
        prop::option::of((index(), any::<bool>())),
        0..2usize,
        minutes,
        prop::collection::vec(word(), 0..3),
        any::<bool>(),
    );
    let clock = prop_oneof![
        3 => (-3i64..4).prop_map(|half| half * 30),
        1 => prop::sample::select(vec![-3i64, -1, 1, 3]).prop_map(|years| years * 365 * 24 * 60),
        1 => -12 * 24 * 60..12 * 24 * 60i64,
    ];
    prop_oneof![
        5 => mails.prop_map(|(to, by, minutes, words, source)| Step::Mail { to, by, minutes, words, source }),
        6 => (0u8..10, index(), 0..2usize).prop_map(|(act, on, with)| Step::Act { act, on, with }),
        3 => (prop::option::weighted(0.3, index()), queries(), sort())
            .prop_map(|(which, query, sort)| Step::Save { which, query, sort }),
        1 => (index(), sort()).prop_map(|(which, sort)| Step::Sort { which, sort }),
        1 => index().prop_map(Step::Delete),
        4 => clock.prop_map(|minutes| Step::Clock(minutes * Millis::MINUTE)),
        3 => (1u8..6).prop_map(Step::Fill),
        1 => Just(Step::Restart),
        1 => any::<bool>().prop_map(|forget| Step::Second { forget }),
    ]
}

struct World {
    bench: Bench,
    clock: Millis,
    written: Vec<Incoming>,
    second: Option<model::SourceId>,
}

impl World {
    async fn new() -> World {
        World { bench: Bench::new().await, clock: NOW, written: Vec::new(), second: None }
    }

    async fn views(&self) -> Vec<SavedViewId> {
        let views = self.bench.store.views().await.unwrap().into_iter();
        views
            .filter_map(|view| if let ViewId::Saved { view } = view.id { Some(view) } else { None })
            .collect()
    }

    async fn take(&mut self, step: &Step) {
        match step {
            Step::Mail { to, by, minutes, words, source } => {
                self.write(*to, *by, *minutes, words, *source).await
            }
            Step::Act { act, on, with } => self.act(*act, on, *with).await,
            Step::Save { which, query, sort } => self.save(which.as_ref(), query, *sort).await,
            Step::Sort { which, sort } => {
                let views = self.views().await;
                if !views.is_empty() {
                    let view = ViewId::Saved { view: views[which.index(views.len())] };
                    let look = Look { sort: *sort, ..Look::default() };
                    self.bench.store.set_look(view, &look, self.clock).await.unwrap();
                }
            }
            Step::Delete(which) => {
                let views = self.views().await;
                if !views.is_empty() {
                    self.bench.store.delete_view(views[which.index(views.len())], self.clock).await.unwrap();
                }
            }
            Step::Clock(ms) => {
                self.clock = self.clock.plus(*ms);
                self.bench.store.advance_views(self.clock).await.unwrap();
            }
            Step::Fill(times) => {
                for _ in 0..*times {
                    self.bench.store.fill_views(self.clock).await.unwrap();
                }
            }
            Step::Restart => assert!(self.bench.reopen().await.is_empty()),
            Step::Second { forget } => self.second_source(*forget).await,
        }
    }

    async fn write(
        &mut self,
        to: Option<(prop::sample::Index, bool)>,
        by: usize,
        minutes: i64,
        words: &[String],
        second: bool,
    ) {
        let id = format!("m{}", self.written.len());
        let mut next = match to.filter(|_| !self.written.is_empty()) {
            Some((to, true)) => answer(&self.written[to.index(self.written.len())], &id, minutes),
            Some((to, false)) => reply(&self.written[to.index(self.written.len())], &id, minutes),
            None => {
                let mut first = mail(&id, minutes);
                first.from = Some(model::Address::new(PEOPLE[by].0, PEOPLE[by].1));
                first
            }
        };
        next.body.text = words.join(" ");
        let source = self.second.filter(|_| second).unwrap_or(self.bench.source);
        let changes = [Change::Message(Box::new(next.clone()))];
        self.bench.store.apply(source, &changes, &Cursor("c".into()), None, self.clock).await.unwrap();
        self.written.push(next);
    }

    async fn act(&mut self, act: u8, on: &prop::sample::Index, with: usize) {
        let rows = self.rows().await;
        if rows.is_empty() {
            return;
        }
        let row = &rows[on.index(rows.len())];
        let (store, ticket, now) = (&self.bench.store, &[row.id][..], self.clock);
        let tier = if row.vip { Tier::Standard } else { Tier::Vip };
        match act {
            0 => store.set_status(ticket, Status::Closed, "", now).await.map(drop),
            1 => store.set_status(ticket, Status::ALL[with], "", now).await.map(drop),
            2 => store.mark_read(ticket, with == 0, now).await.map(drop),
            3 => store.set_priority(ticket, Priority::ALL[with * 3], "", now).await.map(drop),
            4 => store.tag_tickets(ticket, TAGS[with], "", now).await.map(drop),
            5 => match row.tags.first() {
                Some(tag) => store.untag_tickets(ticket, tag.id, "", now).await.map(drop),
                None => Ok(()),
            },
            6 => store.add_note(row.id, WORDS[with], "Lin", now).await.map(drop),
            7 => store.acknowledge(row.id, "", now).await.map(drop),
            _ => store.set_tier(row.requester, tier, "", now).await.map(drop),
        }
        .unwrap();
    }

    async fn save(&mut self, which: Option<&prop::sample::Index>, query: &Query, sort: Sort) {
        let views = self.views().await;
        let id = which.filter(|_| !views.is_empty()).map(|which| views[which.index(views.len())]);
        let look = Look { sort, ..Look::default() };
        let draft = ViewDraft { name: "V".into(), folder: String::new(), query: String::new(), look };
        self.bench.store.save_view(id, &draft, query, self.clock).await.unwrap();
    }

    async fn second_source(&mut self, forget: bool) {
        match self.second.take() {
            Some(second) => _ = self.bench.store.remove_source(second, forget, self.clock).await.unwrap(),
            None => {
                let config = serde_json::json!({});
                let added =
                    self.bench.store.add_source("mailbox", "Second", "second@shop.test", config, self.clock);
                self.second = Some(added.await.unwrap());
            }
        }
    }

    async fn rows(&self) -> Vec<TicketRow> {
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
        let mut names = Names::default();
        for tag in store.tags().await.unwrap() {
            names.tags.insert(model::Tag::key(&tag.name).unwrap(), tag.id);
        }
        for source in store.sources().await.unwrap() {
            names.sources.entry(source.name.to_lowercase()).or_default().push(source.id);
        }
        Everything { rows, messages, names }
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

    async fn assert_right(&self) {
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
    async fn settle(&self) {
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
    async fn assert_of_now(&self) {
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
    names: Names,
}

impl Everything {
    fn answering(&self, query: &Query, now: Millis) -> Vec<&TicketRow> {
        let matches = |row: &&TicketRow| {
            let tags: Vec<_> = row.tags.iter().map(|tag| tag.id).collect();
            query.matches(facts(row, &tags), &self.names, now, || says(query, &self.messages[&row.id]))
        };
        self.rows.iter().filter(matches).collect()
    }
}

fn facts<'a>(row: &'a TicketRow, tags: &'a [model::TagId]) -> TicketFacts<'a> {
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
        terms.filter_map(|term| if let Ask::Text { words, .. } = &term.ask { Some(words) } else { None })
    };
    let all_in_one = messages.iter().any(|message| words(false).all(|words| has(message, words)));
    let none = !messages.iter().any(|message| words(true).any(|words| has(message, words)));
    let senders = query.terms.iter().all(|term| match &term.ask {
        Ask::From(who) => messages.iter().any(|message| wrote(message, who)) != term.negated,
        _ => true,
    });
    (words(false).next().is_none() || all_in_one) && none && senders
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn members_are_always_what_asking_every_ticket_gives(
        first in prop::collection::vec(queries(), 1..5),
        steps in prop::collection::vec(steps(), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            for query in &first {
                world.save(None, query, Sort::Newest).await;
            }
            for step in &steps {
                world.take(step).await;
                world.assert_right().await;
            }
            world.settle().await;
            world.assert_right().await;
            world.assert_of_now().await;
        });
    }
}
