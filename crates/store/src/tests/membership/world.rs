//! A desk to which things happen.

use model::{
    Look, Millis, Priority, SavedViewId, Sort, SourceId, Status, Tier, ViewDraft, ViewId,
    incoming::{Change, Cursor, Incoming},
    query::Query,
};
use proptest::sample::Index;

use super::{PEOPLE, Step, TAGS, WORDS};
use crate::tests::bench::{Bench, NOW, answer, mail, reply};

pub(super) struct World {
    pub bench: Bench,
    pub clock: Millis,
    written: Vec<Incoming>,
    second: Option<SourceId>,
}

impl World {
    pub async fn new() -> World {
        World { bench: Bench::new().await, clock: NOW, written: Vec::new(), second: None }
    }

    async fn views(&self) -> Vec<SavedViewId> {
        let views = self.bench.store.views().await.unwrap().into_iter();
        views
            .filter_map(|view| if let ViewId::Saved { view } = view.id { Some(view) } else { None })
            .collect()
    }

    pub async fn take(&mut self, step: &Step) {
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
        to: Option<(Index, bool)>,
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

    async fn act(&mut self, act: u8, on: &Index, with: usize) {
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

    pub async fn save(&mut self, which: Option<&Index>, query: &Query, sort: Sort) {
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
}
