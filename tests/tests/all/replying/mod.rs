//! Replies from the first key to the customer, through the calls a window makes; the source and the way out are the test's.

mod files;
mod leaving;

use std::{sync::Arc, time::Duration};

use app::{Desk, Key, Secrets, Start, http};
use model::{
    Automatic, BlobHash, Millis, Problem, ProblemCode, TicketId,
    incoming::{Change, Incoming, IncomingAttachment, KeptBlob, Place},
    outgoing::MOST_ATTACHED,
};
use remote::RemoteError;
use serde_json::{Value, json};
use testkit::{
    GivenSource, HandClock, MemorySecrets, PagedHelpdesk,
    courier::{FakeCourier, Fate},
    mail, surroundings,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const NOON: Millis = Millis(1_795_000_000_000);
const PNG: &[u8] = b"\x89PNG\r\n\x1a\nnot much of a picture";

struct Shop {
    desk: Desk,
    helpdesk: Arc<PagedHelpdesk>,
    courier: Arc<FakeCourier>,
    clock: HandClock,
    key: Key,
    secrets: Arc<dyn Secrets>,
    folder: tempfile::TempDir,
}

fn asked(id: &str, from: &str, subject: &str, text: &str, at: Millis) -> Incoming {
    let Change::Message(mail) = mail(id, from, subject, text, at) else { unreachable!() };
    *mail
}

fn page(mails: Vec<Incoming>) -> Vec<Change> {
    mails.into_iter().map(|mail| Change::Message(Box::new(mail))).collect()
}

/// Lin's question about her kettle.
fn question() -> Incoming {
    asked("a", "lin@x.test", "Kettle", "The lid is broken.", NOON.plus(-Millis::MINUTE))
}

/// Lin writes again on the same ticket.
fn again() -> Incoming {
    let more = asked("b", "lin@x.test", "Re: Kettle", "And the handle too.", NOON.plus(1));
    Incoming { in_reply_to: vec!["a@customer.test".to_owned()], ..more }
}

impl Shop {
    /// An open desk with a mailbox that can send, after `mails` have come in.
    async fn with(mails: Vec<Incoming>) -> Shop {
        Shop::over(mails, FakeCourier::default(), Some("smtp.shop.test")).await
    }

    async fn over(mails: Vec<Incoming>, courier: FakeCourier, smtp: Option<&str>) -> Shop {
        let (folder, clock, key) =
            (tempfile::tempdir().unwrap(), HandClock::at(NOON), Key::random().unwrap());
        let (helpdesk, courier) = (Arc::new(PagedHelpdesk::with(vec![page(mails)])), Arc::new(courier));
        let secrets: Arc<dyn Secrets> = Arc::new(MemorySecrets::default());
        let desk = opened(&folder, &helpdesk, &courier, &clock, &key, &secrets, Start::Everything).await;
        let shop = Shop { desk, helpdesk, courier, clock, key, secrets, folder };
        let server = |host: &str, port: u16| json!({ "host": host, "port": port, "encryption": "tls" });
        shop.call(
            "add_mailbox",
            json!({ "mailbox": {
                "name": "", "address": "care@shop.test", "aliases": ["kefu@shop.test"], "user": "care",
                "imap": server("imap.shop.test", 993), "smtp": smtp.map(|host| server(host, 465)),
                "credential": { "kind": "password", "password": "hunter2" }, "extra_ca": null,
            } }),
        )
        .await;
        shop.until(|desk| async move {
            call(&desk, "sources", json!({})).await[0]["link"]["phase"]["phase"] == "live"
        })
        .await;
        shop
    }

    /// The same desk after a night.
    async fn reopened(self, start: Start) -> Shop {
        self.desk.close().await;
        let Shop { desk, helpdesk, courier, clock, key, secrets, folder } = self;
        drop(desk);
        let desk = opened(&folder, &helpdesk, &courier, &clock, &key, &secrets, start).await;
        Shop { desk, helpdesk, courier, clock, key, secrets, folder }
    }

    async fn call(&self, name: &str, args: Value) -> Value {
        call(&self.desk, name, args).await
    }

    async fn refused(&self, name: &str, args: Value) -> Problem {
        self.desk.dispatch(name, args).await.unwrap_err()
    }

    /// Waits until `holds`, looking again whenever the desk tells of something.
    async fn until<F: Future<Output = bool>>(&self, holds: impl Fn(Desk) -> F) {
        let mut events = self.desk.events();
        let due = async {
            while !holds(self.desk.clone()).await {
                let _next = tokio::time::timeout(Duration::from_millis(500), events.recv()).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), due).await.expect("it comes to that in time");
    }

    /// The only ticket there is.
    async fn ticket(&self) -> TicketId {
        let scope = json!({ "kind": "view", "view": { "kind": "standard", "view": "open" } });
        let listed = self.call("tickets", json!({ "scope": scope, "after": null, "limit": 9 })).await;
        serde_json::from_value(listed["rows"][0]["row"]["id"].clone()).unwrap()
    }

    async fn conversation(&self, ticket: TicketId) -> Value {
        self.call("conversation", json!({ "ticket": ticket })).await
    }

    /// Begins a reply and writes `html`.
    async fn written(&self, ticket: TicketId, kind: &str, html: &str) -> Value {
        let mut draft = self.call("begin_reply", json!({ "ticket": ticket, "kind": kind })).await;
        draft["text"]["html"] = html.into();
        self.call("keep_draft", json!({ "ticket": ticket, "text": draft["text"] })).await;
        draft
    }

    async fn send(&self, ticket: TicketId) -> Result<Value, Problem> {
        let seen = self.conversation(ticket).await["seen"].clone();
        self.desk.dispatch("send", json!({ "ticket": ticket, "seen": seen, "then": null })).await
    }

    async fn answered(&self, ticket: TicketId) -> Value {
        self.written(ticket, "reply", "<p>Sorry, a new <b>lid</b> is on its way.</p>").await;
        self.send(ticket).await.unwrap()
    }

    async fn outbox(&self) -> Vec<Value> {
        self.call("outbox", json!({})).await.as_array().unwrap().clone()
    }

    async fn until_state(&self, state: &str) -> Value {
        self.until(
            |desk| async move { call(&desk, "outbox", json!({})).await[0]["entry"]["state"] == state },
        )
        .await;
        self.outbox().await.remove(0)
    }

    async fn until_delivered(&self, count: usize) {
        let courier = self.courier.clone();
        self.until(|desk| {
            let courier = courier.clone();
            async move {
                let left = call(&desk, "outbox", json!({})).await;
                courier.delivered().len() == count && left.as_array().unwrap().is_empty()
            }
        })
        .await;
    }

    /// A reply is due and its source could not be looked at first.
    async fn until_guard_fails(&self) {
        self.until(|desk| async move {
            call(&desk, "outbox", json!({})).await[0]["entry"]["problem"]["code"] == "guard_unreadable"
        })
        .await;
    }

    async fn line_is_back(&self) {
        self.helpdesk.heal();
        let source = self.call("sources", json!({})).await[0]["id"].clone();
        self.call("sync_now", json!({ "source": source })).await;
    }
}

async fn opened(
    folder: &tempfile::TempDir,
    helpdesk: &Arc<PagedHelpdesk>,
    courier: &Arc<FakeCourier>,
    clock: &HandClock,
    key: &Key,
    secrets: &Arc<dyn Secrets>,
    start: Start,
) -> Desk {
    let source = GivenSource::new(helpdesk.clone(), courier.clone());
    let (mut around, _) = surroundings(folder.path(), clock, source);
    around.secrets = secrets.clone();
    let root = folder.path().join("workspace");
    let lock = Desk::take(&root).unwrap();
    Desk::open(lock, &root, key, around, start).await.unwrap()
}

async fn call(desk: &Desk, name: &str, args: Value) -> Value {
    desk.dispatch(name, args).await.unwrap_or_else(|problem| panic!("{name}: {problem:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_is_begun_kept_over_a_night_sent_undone_and_delivered_once() {
    let shop = Shop::with(vec![question()]).await;
    let mut settings = shop.call("settings", json!({})).await;
    settings["agent_name"] = "Maya".into();
    settings["signature"] = "Maya\nHarbour Home".into();
    shop.call("save_settings", json!({ "settings": settings })).await;
    let ticket = shop.ticket().await;
    let draft = shop.call("begin_reply", json!({ "ticket": ticket, "kind": "reply" })).await;
    let (text, token) = (&draft["text"], shop.conversation(ticket).await["ticket"]["row"]["token"].clone());
    assert_eq!(text["to"], json!([{ "name": "", "email": "lin@x.test" }]));
    assert_eq!(text["from"], json!({ "name": "Maya", "email": "care@shop.test" }));
    assert_eq!(text["subject"], format!("Re: Kettle [{}]", token.as_str().unwrap_or_default()));
    assert!(text["html"].as_str().unwrap().ends_with("Maya<br>Harbour Home</p>"), "{text}");
    assert_eq!(draft["quoted"]["text"], "The lid is broken.");
    assert_eq!(draft["known"], json!(["care@shop.test", "kefu@shop.test", "lin@x.test"]));
    shop.written(ticket, "reply", "<p>Sorry, a new lid is on its way.</p>").await;

    let shop = shop.reopened(Start::Everything).await;
    let kept = shop.conversation(ticket).await["draft"].clone();
    assert_eq!(kept["text"]["html"], "<p>Sorry, a new lid is on its way.</p>");
    let queued = shop.send(ticket).await.unwrap();
    assert_eq!(queued["hold_until_ms"], json!(NOON.plus(10_000)));
    assert_eq!(
        shop.refused(
            "send",
            json!({ "ticket": ticket, "seen": { "newest": null, "mails": 0 }, "then": null })
        )
        .await
        .code,
        ProblemCode::NotFound,
        "sent once"
    );
    assert_eq!(shop.outbox().await[0]["entry"]["state"], "held");
    assert!(shop.conversation(ticket).await["draft"].is_null());

    let back = shop.call("take_back", json!({ "outbox": queued["outbox"] })).await;
    assert_eq!(back["text"], kept["text"]);
    assert!(shop.outbox().await.is_empty());
    shop.send(ticket).await.unwrap();
    shop.clock.forward(10_001);
    shop.until_delivered(1).await;
    let after = shop.conversation(ticket).await;
    let ours = &after["messages"][1];
    assert_eq!(
        (&ours["message"]["direction"], &ours["message"]["to"][0]["email"]),
        (&json!("outbound"), &json!("lin@x.test"))
    );
    let said: Vec<_> = ours["segments"].as_array().unwrap().iter().map(|part| part["kind"].clone()).collect();
    assert_eq!(said, [json!("new"), json!("quote")], "{ours}");
    assert_eq!((&after["ticket"]["row"]["status"], shop.courier.calls()), (&json!("waiting"), 1));
    shop.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_waits_when_the_customer_wrote_meanwhile_and_goes_when_a_person_says_so() {
    let shop = Shop::with(vec![question()]).await;
    let ticket = shop.ticket().await;
    let queued = shop.answered(ticket).await;
    shop.helpdesk.lay(page(vec![again()]));
    shop.clock.forward(10_001);
    let waiting = shop.until_state("review").await;
    assert_eq!((&waiting["news"], shop.courier.calls()), (&json!(1), 0), "nothing has gone");
    assert_eq!(
        shop.conversation(ticket).await["messages"].as_array().unwrap().len(),
        2,
        "and what is new is here"
    );
    shop.call("release", json!({ "outbox": queued["outbox"], "was": "review" })).await;
    shop.until_delivered(1).await;
    shop.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_leave_is_refused_by_name_and_stays_a_draft() {
    let shop = Shop::with(vec![question()]).await;
    let ticket = shop.ticket().await;
    let code = |sent: Result<Value, Problem>| sent.unwrap_err().code;
    shop.written(ticket, "reply", "<p> </p>").await;
    assert_eq!(code(shop.send(ticket).await), ProblemCode::NothingWritten);
    let mut text = shop.written(ticket, "reply", "<p>x</p>").await["text"].clone();
    let people = |emails: Vec<String>| {
        emails.into_iter().map(|email| json!({ "name": "", "email": email })).collect::<Vec<_>>()
    };
    for (to, expected) in [
        (vec![], ProblemCode::NoRecipients),
        (vec!["lin@x.test".to_owned(), "half@ty".to_owned()], ProblemCode::AddressInvalid),
        ((0..200).map(|n| format!("c{n}@x.test")).collect(), ProblemCode::TooManyRecipients),
    ] {
        text["to"] = people(to).into();
        shop.call("keep_draft", json!({ "ticket": ticket, "text": text })).await;
        assert_eq!(code(shop.send(ticket).await), expected);
    }
    text["to"] = people((0..10_000).map(|n| format!("c{n}@x.test")).collect()).into();
    let many = shop.refused("keep_draft", json!({ "ticket": ticket, "text": text })).await;
    assert_eq!((many.code, many.params["count"].as_str()), (ProblemCode::TooManyRecipients, "10000"));
    text["to"] = people(vec!["lin@x.test".to_owned()]).into();
    text["from"]["email"] = "boss@elsewhere.test".into();
    shop.call("keep_draft", json!({ "ticket": ticket, "text": text })).await;
    assert_eq!(shop.send(ticket).await.unwrap_err().params["field"], "from");
    text["html"] = "x".repeat(5 << 20).into();
    assert_eq!(
        shop.refused("keep_draft", json!({ "ticket": ticket, "text": text })).await.code,
        ProblemCode::TextTooLong
    );
    text["html"] = format!("<p>{}</p>", "好".repeat(700_000)).into();
    shop.call("keep_draft", json!({ "ticket": ticket, "text": text })).await;
    assert_eq!(
        shop.conversation(ticket).await["draft"]["text"]["html"],
        text["html"],
        "a draft of 2 MB is kept"
    );
    shop.desk.close().await;
}

fn at(mail: Incoming, uid: u32) -> Incoming {
    Incoming { place: Some(Place { folder: "INBOX".to_owned(), uid_validity: 1, uid }), ..mail }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_ticket_is_acknowledged_once_and_no_machine_ever() {
    let shop = Shop::with(vec![at(question(), 1)]).await;
    let source = shop.call("sources", json!({})).await[0].clone();
    assert_eq!(source["acknowledges"], json!(false), "off at first");
    shop.call("set_acknowledges", json!({ "source": source["id"], "on": true })).await;
    let machine = Incoming {
        automatic: Some(Automatic::AutoReply),
        ..asked("m", "robot@x.test", "Out of office", "Away", NOON.plus(10))
    };
    let early = asked("e", "wu@x.test", "Early", "Before it was on", NOON.plus(-1));
    let list = Incoming {
        to: vec![model::Address::new("", "all@list.test")],
        ..asked("l", "wu@x.test", "To a list", "hello", NOON.plus(11))
    };
    let chen = asked("c", "chen@x.test", "茶具碎了", "茶具送来就碎了", NOON.plus(12));
    shop.clock.forward(20);
    shop.helpdesk.push(page(vec![at(machine, 2), at(early, 3), at(list, 4), at(chen, 5)]));
    shop.until_delivered(1).await;
    assert_eq!(
        shop.courier.claimed().iter().map(|place| place.uid).collect::<Vec<_>>(),
        [5],
        "one desk of several"
    );
    let second = asked("d", "chen@x.test", "另一个问题", "还有一件事", NOON.plus(13));
    let other = asked("f", "fan@x.test", "Order", "Where is it?", NOON.plus(14));
    shop.helpdesk.push(page(vec![at(second, 6), at(other, 7)]));
    shop.until_delivered(2).await;
    assert_eq!(
        shop.courier.claimed().iter().map(|place| place.uid).collect::<Vec<_>>(),
        [5, 7],
        "once a day"
    );

    let found = shop
        .call(
            "tickets",
            json!({ "scope": { "kind": "search", "query": "from:chen 茶具" }, "after": null, "limit": 9 }),
        )
        .await;
    let row = &found["rows"][0]["row"];
    assert_eq!(row["status"], "open", "an acknowledgement answers nothing");
    let said = shop.conversation(serde_json::from_value(row["id"].clone()).unwrap()).await["messages"][1]["segments"][0]["text"].clone();
    assert!(said.as_str().unwrap().contains("“茶具碎了”我们已经收到"), "{said}");
    shop.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_that_cannot_send_says_so_until_its_server_was_tried() {
    let shop = Shop::over(vec![question()], FakeCourier::default(), None).await;
    let ticket = shop.ticket().await;
    assert_eq!(shop.conversation(ticket).await["cannot_reply"]["code"], "sending_not_set_up");
    shop.written(ticket, "reply", "<p>x</p>").await;
    assert_eq!(shop.send(ticket).await.unwrap_err().code, ProblemCode::SendingNotSetUp);
    let source = shop.call("sources", json!({})).await[0].clone();
    assert_eq!(source["sending"], Value::Null);
    let refused = shop.refused("set_acknowledges", json!({ "source": source["id"], "on": true })).await;
    assert_eq!(refused.code, ProblemCode::SendingNotSetUp);

    let smtp = json!({ "host": "smtp.shop.test", "port": 587, "encryption": "start_tls" });
    let sending = json!({ "smtp": smtp, "copy": "never" });
    shop.call("set_sending", json!({ "source": source["id"], "sending": sending })).await;
    assert_eq!(shop.call("sources", json!({})).await[0]["sending"], sending);
    assert_eq!(shop.conversation(ticket).await["cannot_reply"], Value::Null);
    shop.send(ticket).await.unwrap();
    shop.clock.forward(10_001);
    shop.until_delivered(1).await;
    shop.desk.close().await;
}
