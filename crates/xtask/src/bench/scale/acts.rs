//! What an agent does, many times each, in an order that does not repeat: every ticket that is opened is another one.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{session::Session, spread::Spread, texts};
use crate::failure::{Failure, Result};

/// What begins like this has the aim of lists, pages and tickets.
pub const HAS_AIM: &[&str] = &["view", "saved view", "next page", "all counts", "ticket", "customer"];

const STANDARD: &[&str] = &["open", "urgent", "waiting", "closed"];
/// Name, question, order.
const SAVED: &[(&str, &str, &str)] = &[
    ("tag and status", "status:waiting tag:refund", "newest"),
    ("waiting for an hour", "status:open waiting:>1h", "longest_wait"),
    ("language and files", "lang:zh has:attachment", "newest"),
    ("VIPs, not open", "is:vip -status:open", "priority"),
    ("a word of old", "\"battery\" status:waiting updated:>30d", "oldest"),
];
const SEARCHES: &[(&str, &str)] = &[
    ("a common word", "order"),
    ("a rare word", "quicksilverish"),
    ("a Chinese phrase", "\"退款\""),
    ("two operators", "from:wang has:attachment"),
    ("three letters typed", "ref"),
];
const PAGE: u32 = 100;
const ROUNDS: u32 = 100;
const BULK: u32 = 1_000;
const BULK_ROUNDS: u32 = 20;

pub fn standard(view: &str) -> Value {
    json!({ "kind": "view", "view": { "kind": "standard", "view": view } })
}

/// The searches, as figures name them, with their words.
pub fn searches() -> impl Iterator<Item = (String, &'static str)> {
    SEARCHES.iter().map(|(name, words)| (format!("search: {name}"), *words))
}

pub struct Acts<'a> {
    session: &'a mut Session,
    size: u32,
    spread: &'a mut Spread,
}

impl<'a> Acts<'a> {
    pub fn new(session: &'a mut Session, size: u32, spread: &'a mut Spread) -> Acts<'a> {
        Acts { session, size, spread }
    }

    pub fn all(mut self) -> Result {
        self.views()?;
        self.saved_views()?;
        self.pages()?;
        self.counts()?;
        self.tickets()?;
        self.customer()?;
        self.searching()?;
        self.bulk()
    }

    /// Makes the call and notes its time under `what`.
    fn timed(&mut self, what: &str, name: &str, args: &Value) -> Result<Value> {
        let (answer, milliseconds) = self.session.call(name, args)?;
        self.spread.add(what, self.size, milliseconds);
        Ok(answer)
    }

    fn page(&mut self, what: &str, scope: &Value, after: &Value, limit: u32) -> Result<Value> {
        self.timed(what, "tickets", &json!({ "scope": scope, "after": after, "limit": limit }))
    }

    fn views(&mut self) -> Result {
        for view in STANDARD {
            for _ in 0..ROUNDS {
                self.page(&format!("view: {view}"), &standard(view), &Value::Null, PAGE)?;
            }
        }
        Ok(())
    }

    fn saved_views(&mut self) -> Result {
        let mut made = Vec::new();
        for (name, query, sort) in SAVED {
            let look = json!({ "sort": sort, "columns": [] });
            let draft = json!({ "name": name, "folder": "Bench", "query": query, "look": look });
            let (id, _): (Value, f64) =
                self.session.call("save_view", &json!({ "view": null, "draft": draft }))?;
            made.push((*name, id));
        }
        self.whole()?;
        for (name, id) in &made {
            let scope = json!({ "kind": "view", "view": { "kind": "saved", "view": id } });
            for _ in 0..ROUNDS {
                self.page(&format!("saved view: {name}"), &scope, &Value::Null, PAGE)?;
            }
        }
        for (_, id) in made {
            let _: (Value, f64) = self.session.call("delete_view", &json!({ "view": id }))?;
        }
        Ok(())
    }

    /// Waits until every saved view has been read through once.
    fn whole(&mut self) -> Result {
        let deadline = Instant::now() + Duration::from_secs(900);
        while Instant::now() < deadline {
            let (views, _): (Vec<Value>, f64) = self.session.call("views", &Value::Null)?;
            if views.iter().all(|view| view.get("counted").is_none_or(Value::is_null)) {
                return Ok(());
            }
            thread::park_timeout(Duration::from_millis(100));
        }
        Err(Failure::new("the saved views were not filled in a quarter of an hour"))
    }

    /// One page after the other of the longest list.
    fn pages(&mut self) -> Result {
        let mut after = Value::Null;
        for turn in 0..=ROUNDS {
            let what = if turn == 0 { "view: waiting" } else { "next page" };
            let page = self.page(what, &standard("waiting"), &after, PAGE)?;
            after = page.get("next").cloned().unwrap_or_default();
            if after.is_null() {
                break;
            }
        }
        Ok(())
    }

    fn counts(&mut self) -> Result {
        for _ in 0..ROUNDS {
            self.timed("all counts", "views", &Value::Null)?;
        }
        Ok(())
    }

    fn tickets(&mut self) -> Result {
        let asked = json!({ "scope": standard("waiting"), "limit": 5_000 });
        let (ids, _): (Vec<Value>, f64) = self.session.call("tickets_in", &asked)?;
        for id in ids.iter().step_by((ids.len() / 200).max(1)) {
            self.timed("ticket", "conversation", &json!({ "ticket": id }))?;
        }
        for (what, word) in
            [("ticket of 5,000 messages", texts::THREAD_WORD), ("one message of 10 MB", texts::LONG_WORD)]
        {
            let scope = json!({ "kind": "search", "query": word });
            let page = self.page("search: a rare word", &scope, &Value::Null, 1)?;
            let ticket = page.pointer("/rows/0/row/id").cloned().unwrap_or_default();
            for _ in 0..ROUNDS / 5 {
                self.timed(what, "conversation", &json!({ "ticket": ticket }))?;
            }
        }
        Ok(())
    }

    fn customer(&mut self) -> Result {
        let scope = json!({ "kind": "search", "query": format!("from:{}", texts::REGULAR) });
        let (mut customer, mut after) = (Value::Null, Value::Null);
        // What is far back is told in several answers.
        for _ in 0..ROUNDS {
            let page = self.page("search: an address", &scope, &after, 1)?;
            customer = page.pointer("/rows/0/row/requester").cloned().unwrap_or_default();
            after = page.get("next").cloned().unwrap_or_default();
            if !customer.is_null() || after.is_null() {
                break;
            }
        }
        let scope = json!({ "kind": "customer", "customer": customer });
        for _ in 0..ROUNDS {
            self.timed("customer with 2,000 tickets", "customer", &json!({ "customer": customer }))?;
            self.page("customer with 2,000 tickets: the list", &scope, &Value::Null, PAGE)?;
        }
        Ok(())
    }

    fn searching(&mut self) -> Result {
        for (what, words) in searches() {
            for _ in 0..ROUNDS {
                self.page(&what, &json!({ "kind": "search", "query": words }), &Value::Null, 50)?;
            }
        }
        Ok(())
    }

    /// A thousand tickets closed, and all of that taken back.
    fn bulk(&mut self) -> Result {
        let asked = json!({ "scope": standard("waiting"), "limit": BULK });
        let (tickets, _): (Vec<Value>, f64) = self.session.call("tickets_in", &asked)?;
        for _ in 0..BULK_ROUNDS {
            let args = json!({ "tickets": tickets, "status": "closed" });
            let changed = self.timed("bulk edit of 1,000", "set_status", &args)?;
            let undo = changed.get("undo").cloned().unwrap_or_default();
            self.timed("bulk edit of 1,000 taken back", "undo", &json!({ "change": undo }))?;
        }
        Ok(())
    }
}
