//! Whatever happens in whatever order: a reply is sent at most once by itself, and never lost.

use std::collections::BTreeSet;

use model::{
    Millis, OutboxId, Problem, ProblemCode, TicketId,
    incoming::Incoming,
    outgoing::{HOLD_MS, OutboxState},
};
use proptest::prelude::*;

use super::{
    bench::{Bench, NOW, mail, reply},
    replies::{copy_of, draft, outgoing},
};
use crate::{Begun, NewOutgoing};

#[derive(Debug, Clone, Copy)]
enum Answer {
    Taken,
    Deferred,
    Refused,
    /// The line was cut; the server has it, or not.
    Silent(bool),
    /// The desk died; the server has it, or not.
    Died(bool),
}

#[derive(Debug, Clone, Copy)]
enum Deed {
    Write(u8),
    Send {
        held: bool,
    },
    TakeBack(prop::sample::Index),
    /// The oldest, behind which the others wait.
    Release,
    Drop(prop::sample::Index),
    MarkSent(prop::sample::Index),
    /// The sender does its round, and this is what the server says. `false`: it dies before it crosses.
    Deliver(Answer, bool),
    Customer,
    /// The source is read: everything that lies there comes again.
    Sync,
    Reopen,
    LoseDatabase,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let answer = prop_oneof![
        4 => Just(Answer::Taken),
        1 => Just(Answer::Deferred),
        1 => Just(Answer::Refused),
        2 => any::<bool>().prop_map(Answer::Silent),
        2 => any::<bool>().prop_map(Answer::Died),
    ];
    let which = any::<prop::sample::Index>;
    let deed = prop_oneof![
        2 => any::<u8>().prop_map(Deed::Write),
        6 => any::<bool>().prop_map(|held| Deed::Send { held }),
        1 => which().prop_map(Deed::TakeBack),
        4 => Just(Deed::Release),
        1 => which().prop_map(Deed::Drop),
        1 => which().prop_map(Deed::MarkSent),
        12 => (answer, prop::bool::weighted(0.9)).prop_map(|(answer, crosses)| Deed::Deliver(answer, crosses)),
        1 => Just(Deed::Customer),
        2 => Just(Deed::Sync),
        2 => Just(Deed::Reopen),
        1 => Just(Deed::LoseDatabase),
    ];
    prop::collection::vec(deed, 20..60)
}

/// The desk, and what the world outside knows of it.
struct World {
    bench: Bench,
    now: Millis,
    asked: Incoming,
    /// What lies in the mailbox, copies of sent mail included.
    mailbox: Vec<Incoming>,
    /// Crossed without an answer, and not released by a person since.
    unanswered: BTreeSet<String>,
    /// Sent off by a person and neither dropped nor taken back.
    owed: BTreeSet<String>,
    /// The text last typed that is still being written.
    written: Option<String>,
    made: u32,
}

impl World {
    async fn new() -> World {
        let (bench, asked) = (Bench::new().await, mail("a", 0));
        bench.apply(std::slice::from_ref(&asked)).await;
        World {
            bench,
            now: NOW,
            mailbox: vec![asked.clone()],
            asked,
            unanswered: BTreeSet::new(),
            owed: BTreeSet::new(),
            written: None,
            made: 0,
        }
    }

    async fn ticket(&self) -> TicketId {
        let query = model::query::Query::default();
        self.bench.store.search(&query, NOW, None, 5).await.unwrap().rows[0].row.id
    }

    async fn sync(&self) {
        self.bench.apply(&self.mailbox).await;
    }

    async fn pick(&self, which: prop::sample::Index) -> Option<(OutboxId, String)> {
        let rows = self.bench.store.outbox().await.unwrap();
        let row = rows.get(which.index(rows.len().max(1)))?;
        Some((row.entry.id, row.entry.outgoing.message_id.clone()))
    }

    async fn send(&mut self, held: bool) {
        let ticket = self.ticket().await;
        if self.written.is_none() {
            let text = "<p>quick</p>";
            self.bench.store.keep_reply_draft(ticket, &draft(text), self.now).await.unwrap();
        }
        self.made += 1;
        let id = format!("r{}", self.made);
        let new = NewOutgoing {
            ticket,
            source: self.bench.source,
            outgoing: outgoing("a", &id),
            seen: self.bench.store.seen(ticket).await.unwrap(),
            who: "Lin".into(),
            hold_until: held.then(|| self.now.plus(HOLD_MS)),
            then: None,
            claim: None,
        };
        self.bench.store.queue(new, self.now).await.unwrap().unwrap();
        self.owed.insert(id);
        self.written = None;
    }

    /// What the sender does once.
    async fn deliver(&mut self, answer: Answer, crosses: bool) {
        let store = self.bench.store.clone();
        self.now = self.now.plus(HOLD_MS);
        let Some(entry) = store.next_outgoing(self.bench.source, self.now).await.unwrap() else { return };
        self.sync().await;
        let name = entry.outgoing.message_id.clone();
        let Begun::Go(entry) = store.begin_attempt(entry.id, self.now).await.unwrap() else { return };
        assert!(!self.unanswered.contains(&name), "{name} went again by itself");
        if !crosses {
            return self.reopen().await;
        }
        store.cross(entry.id, self.now).await.unwrap();
        let has = matches!(answer, Answer::Taken | Answer::Silent(true) | Answer::Died(true));
        if has {
            // Not every copy is filed.
            if entry.id.0 % 3 != 0 {
                self.mailbox.push(copy_of(&entry.outgoing, &self.asked, &format!("EMAILID {name}"), 61));
            }
        }
        let problem = |code| Problem::new(code);
        match answer {
            Answer::Taken => drop(store.delivered(entry.id, None, self.now).await.unwrap()),
            Answer::Deferred => {
                let problem = problem(ProblemCode::DeliveryDeferred);
                store.postpone(entry.id, problem, self.now.plus(1), self.now).await.unwrap();
            }
            Answer::Refused => {
                store.stop_outgoing(entry.id, problem(ProblemCode::MessageRefused), self.now).await.unwrap();
            }
            Answer::Silent(_) => {
                self.unanswered.insert(name);
                let problem = problem(ProblemCode::OutcomeUnknown);
                store.outcome_unknown(entry.id, problem, self.now).await.unwrap();
            }
            Answer::Died(_) => {
                self.unanswered.insert(name);
                self.reopen().await;
            }
        }
    }

    async fn reopen(&mut self) {
        self.bench.reopen().await;
        self.bench.store.recover_outbox(self.now).await.unwrap();
    }

    async fn person(&mut self, deed: Deed) {
        let store = self.bench.store.clone();
        match deed {
            Deed::TakeBack(which) => {
                let Some((id, name)) = self.pick(which).await else { return };
                if store.take_back(id, self.now).await.is_ok() {
                    self.owed.remove(&name);
                    self.written = self.bench.html_draft(self.ticket().await).await;
                    assert!(self.written.is_some());
                }
            }
            Deed::Release => {
                let Some(row) = store.outbox().await.unwrap().into_iter().next() else { return };
                let (id, name) = (row.entry.id, row.entry.outgoing.message_id);
                if store.release(id, self.now).await.is_ok() {
                    self.unanswered.remove(&name);
                }
            }
            Deed::Drop(which) => {
                let Some((id, name)) = self.pick(which).await else { return };
                if store.drop_outgoing(id, self.now).await.is_ok() {
                    self.owed.remove(&name);
                }
            }
            Deed::MarkSent(which) => {
                let Some((id, _)) = self.pick(which).await else { return };
                let _ = store.mark_sent(id, None, self.now).await;
            }
            _ => {}
        }
    }

    async fn act(&mut self, deed: Deed) {
        match deed {
            Deed::Write(what) => {
                let text = format!("<p>{what}</p>");
                let ticket = self.ticket().await;
                self.bench.store.keep_reply_draft(ticket, &draft(&text), self.now).await.unwrap();
                self.written = Some(text);
            }
            Deed::Send { held } => self.send(held).await,
            Deed::Deliver(answer, crosses) => self.deliver(answer, crosses).await,
            Deed::Customer => {
                let n = self.mailbox.len();
                self.mailbox.push(reply(&self.asked, &format!("c{n}"), 30 + n as i64));
            }
            Deed::Sync => self.sync().await,
            Deed::Reopen => self.reopen().await,
            Deed::LoseDatabase => {
                self.bench.lose_database().await;
                self.bench.store.recover_outbox(self.now).await.unwrap();
                self.sync().await;
            }
            deed => self.person(deed).await,
        }
    }

    async fn assert_nothing_lost(&self) {
        let rows = self.bench.store.outbox().await.unwrap();
        let waiting: BTreeSet<&str> = rows.iter().map(|row| row.entry.outgoing.message_id.as_str()).collect();
        let ticket = self.ticket().await;
        let (messages, _) = self.bench.store.messages(ticket, None, 200).await.unwrap();
        for name in &self.owed {
            let text = format!("新壶明天寄出 {name}");
            let stands = messages.iter().filter(|message| message.text == text).count();
            assert!(stands <= 1, "{name} stands {stands} times on its ticket");
            assert!(stands == 1 || waiting.contains(name.as_str()), "{name} is lost");
        }
        for row in &rows {
            let by_itself = [OutboxState::Held, OutboxState::Waiting, OutboxState::Sending];
            let name = &row.entry.outgoing.message_id;
            let unanswered = self.unanswered.contains(name) && by_itself.contains(&row.entry.state);
            assert!(!unanswered, "{name} would go again by itself");
        }
        assert_eq!(self.bench.html_draft(ticket).await, self.written);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_reply_goes_at_most_once_by_itself_and_is_never_lost(deeds in deeds()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            for deed in deeds {
                world.act(deed).await;
                world.assert_nothing_lost().await;
            }
        });
    }
}
