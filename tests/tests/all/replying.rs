//! Replies from the first key to the customer, through the calls a window makes; the source and the way out are the test's.

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
async fn a_reply_written_without_a_line_leaves_when_it_is_back() {
    let shop = Shop::with(vec![question()]).await;
    let ticket = shop.ticket().await;
    for _ in 0..50 {
        shop.helpdesk.fail(RemoteError::offline(ProblemCode::Unreachable));
    }
    shop.answered(ticket).await;
    shop.clock.forward(10_001);
    let waiting = shop.until_state("waiting").await;
    shop.until(|desk| async move {
        call(&desk, "outbox", json!({})).await[0]["entry"]["problem"]["code"] == "guard_unreadable"
    })
    .await;
    assert_eq!((&waiting["entry"]["attempts"], shop.courier.calls()), (&json!(0), 0));
    shop.helpdesk.heal();
    let source = shop.call("sources", json!({})).await[0]["id"].clone();
    shop.call("sync_now", json!({ "source": source })).await;
    shop.until_delivered(1).await;
    shop.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_a_changed_password_stopped_leaves_with_the_new_one() {
    let changed = RemoteError::permanent(Problem::new(ProblemCode::PasswordRefused));
    let shop =
        Shop::over(vec![question()], FakeCourier::with([Fate::Refused(changed)]), Some("smtp.shop.test"))
            .await;
    let ticket = shop.ticket().await;
    shop.answered(ticket).await;
    shop.clock.forward(10_001);
    let stopped = shop.until_state("stopped").await;
    assert_eq!(stopped["entry"]["problem"]["code"], "password_refused");
    let source = shop.call("sources", json!({})).await[0]["id"].clone();
    shop.call("set_password", json!({ "source": source, "password": "new" })).await;
    shop.until_delivered(1).await;
    shop.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_written_without_a_line_outlives_a_restart_and_leaves_when_it_is_back() {
    let shop = Shop::with(vec![question()]).await;
    let ticket = shop.ticket().await;
    for _ in 0..50 {
        shop.helpdesk.fail(RemoteError::permanent(Problem::new(ProblemCode::PasswordRefused)));
    }
    shop.answered(ticket).await;
    shop.clock.forward(10_001);
    shop.until(|desk| async move {
        call(&desk, "outbox", json!({})).await[0]["entry"]["problem"]["code"] == "guard_unreadable"
    })
    .await;
    let shop = shop.reopened(Start::Everything).await;
    shop.helpdesk.heal();
    let source = shop.call("sources", json!({})).await[0]["id"].clone();
    shop.call("sync_now", json!({ "source": source })).await;
    // The clock stands still: it is the line that makes it due.
    shop.until_delivered(1).await;
    shop.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_closed_within_the_hold_keeps_the_reply_and_says_so() {
    let shop = Shop::with(vec![question()]).await;
    let ticket = shop.ticket().await;
    let queued = shop.answered(ticket).await;
    let shop = shop.reopened(Start::Everything).await;
    let notices = shop.call("boot", json!({})).await["notices"].clone();
    assert_eq!((&notices[0]["code"], &notices[0]["params"]["count"]), (&json!("replies_held"), &json!("1")));
    shop.clock.forward(Millis::DAY);
    let held = shop.outbox().await.remove(0);
    assert_eq!((&held["entry"]["state"], &held["entry"]["hold_until_ms"]), (&json!("held"), &Value::Null));
    assert_eq!(shop.courier.calls(), 0);
    shop.call("release", json!({ "outbox": queued["outbox"], "was": "held" })).await;
    shop.until_delivered(1).await;
    assert_eq!(shop.call("boot", json!({})).await["notices"], json!([]));
    shop.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_sends_what_is_due_and_nothing_that_is_held() {
    let second = asked("z", "wu@x.test", "Order", "Where is it?", NOON.plus(-1));
    let shop = Shop::with(vec![question(), second]).await;
    let scope = json!({ "kind": "search", "query": "kettle" });
    let found = shop.call("tickets", json!({ "scope": scope, "after": null, "limit": 9 })).await;
    let kettle = serde_json::from_value(found["rows"][0]["row"]["id"].clone()).unwrap();
    for _ in 0..50 {
        shop.helpdesk.fail(RemoteError::offline(ProblemCode::Unreachable));
    }
    shop.answered(kettle).await;
    shop.clock.forward(10_001);
    shop.until(|desk| async move {
        call(&desk, "outbox", json!({})).await[0]["entry"]["problem"]["code"] == "guard_unreadable"
    })
    .await;
    let order = shop.ticket().await;
    assert_ne!(order, kettle);
    shop.answered(order).await;
    shop.helpdesk.heal();

    let shop = shop.reopened(Start::OnlyCalls).await;
    let states = |outbox: Vec<Value>| -> Vec<Value> {
        outbox.iter().map(|item| item["entry"]["state"].clone()).collect()
    };
    shop.clock.forward(Millis::DAY);
    assert_eq!(states(shop.outbox().await), ["waiting", "held"], "looking changes nothing");
    let synced = shop.call("sync_once", json!({})).await;
    assert_eq!(synced[0]["problem"], Value::Null);
    let left = shop.outbox().await;
    assert_eq!((states(left.clone()), shop.courier.delivered().len()), (vec![json!("held")], 1));
    assert_eq!(left[0]["entry"]["hold_until_ms"], Value::Null, "it waits for a person");
    shop.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_of_unknown_outcome_waits_and_a_person_can_say_that_it_arrived() {
    let shop =
        Shop::over(vec![question()], FakeCourier::with([Fate::TakenInSilence]), Some("smtp.shop.test")).await;
    let ticket = shop.ticket().await;
    let queued = shop.answered(ticket).await;
    shop.clock.forward(10_001);
    let unknown = shop.until_state("unknown").await;
    assert_eq!(unknown["not_in_sent"], json!(false), "nobody has looked since");
    shop.clock.forward(1_000);
    let source = shop.call("sources", json!({})).await[0]["id"].clone();
    shop.call("sync_now", json!({ "source": source })).await;
    shop.until(|desk| async move { call(&desk, "outbox", json!({})).await[0]["not_in_sent"] == true }).await;
    let early = shop.refused("take_back", json!({ "outbox": "99" })).await;
    assert_eq!(early.code, ProblemCode::NotFound);
    shop.call("mark_sent", json!({ "outbox": queued["outbox"] })).await;
    assert!(shop.outbox().await.is_empty());
    let said = shop.conversation(ticket).await["messages"][1]["segments"][0]["text"].clone();
    assert!(said.as_str().unwrap().starts_with("Sorry, a new lid"), "{said}");
    assert_eq!(shop.courier.calls(), 1);
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

#[tokio::test(flavor = "multi_thread")]
async fn a_forward_takes_the_files_along_and_another_kind_works_out_the_rest_anew() {
    let blob = BlobHash("0".repeat(64));
    let photo = IncomingAttachment {
        name: "lid.jpg".to_owned(),
        media_type: "image/jpeg".to_owned(),
        content_id: None,
        inline: false,
        kept: Some(KeptBlob { hash: blob.clone(), size: 9 }),
        size: 9,
    };
    let shop = Shop::with(vec![Incoming {
        attachments: vec![photo],
        cc: vec![model::Address::new("Boss", "boss@x.test")],
        ..question()
    }])
    .await;
    let ticket = shop.ticket().await;
    let forward = shop.written(ticket, "forward", "<p>Please look.</p>").await;
    assert_eq!((&forward["text"]["to"], &forward["attachments"][0]["name"]), (&json!([]), &json!("lid.jpg")));
    assert!(forward["text"]["subject"].as_str().unwrap().starts_with("Fwd: Kettle [FD-"));
    let mut text = forward["text"].clone();
    text["to"] = json!([{ "name": "", "email": "workshop@x.test" }]);
    shop.call("keep_draft", json!({ "ticket": ticket, "text": text })).await;
    let missing = shop.send(ticket).await.unwrap_err();
    assert_eq!((missing.code, missing.params["name"].as_str()), (ProblemCode::AttachmentMissing, "lid.jpg"));

    let all = shop.call("begin_reply", json!({ "ticket": ticket, "kind": "reply_all" })).await;
    assert_eq!(
        (&all["text"]["to"][0]["email"], &all["text"]["cc"][0]["email"]),
        (&json!("lin@x.test"), &json!("boss@x.test"))
    );
    assert_eq!(
        (&all["text"]["html"], &all["attachments"]),
        (&text["html"], &json!([])),
        "the text stays, what was forwarded does not"
    );
    shop.call("discard_draft", json!({ "ticket": ticket })).await;
    assert!(shop.conversation(ticket).await["draft"].is_null());
    shop.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_in_named_safely_and_only_so_large() {
    let shop = Shop::with(vec![question()]).await;
    let ticket = shop.ticket().await;
    let none = shop.desk.attach(ticket, "a.png", "image/png", true, PNG).await.unwrap_err();
    assert_eq!(none.code, ProblemCode::NotFound, "there is no draft");
    shop.written(ticket, "reply", "<p>x</p>").await;
    let picture = shop.desk.attach(ticket, "../../\u{202e}lid.png", "text/html", true, PNG).await.unwrap();
    assert_eq!((picture.name.as_str(), picture.media_type.as_str()), ("lid.png", "image/png"));
    let id = picture.content_id.clone().unwrap();
    let page = shop.desk.attach(ticket, "page.html", "text/html", true, b"<p>").await.unwrap();
    assert_eq!(page.content_id, None, "what is no image stands beside the text");
    let shown = shop.call("draft_attachment", json!({ "ticket": ticket, "hash": picture.hash })).await;
    assert_eq!(shown["media_type"], "image/png");

    let most = usize::try_from(MOST_ATTACHED).unwrap();
    let large = shop.desk.attach(ticket, "film.mp4", "video/mp4", false, &vec![7; most]).await.unwrap_err();
    assert_eq!((large.code, large.params["name"].as_str()), (ProblemCode::AttachmentTooLarge, "film.mp4"));
    let draft = shop.conversation(ticket).await["draft"].clone();
    assert_eq!(draft["attachments"].as_array().unwrap().len(), 2);

    let mut text = draft["text"].clone();
    text["html"] = format!("<p>Look: <img src=\"cid:{id}\"></p>").into();
    shop.call("keep_draft", json!({ "ticket": ticket, "text": text })).await;
    shop.send(ticket).await.unwrap();
    shop.clock.forward(10_001);
    shop.until_delivered(1).await;
    let message = shop.conversation(ticket).await["messages"][1]["message"].clone();
    let files: Vec<_> = message["attachments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| (file["name"].clone(), file["inline"].clone()))
        .collect();
    assert_eq!(files, [(json!("lid.png"), json!(true)), (json!("page.html"), json!(false))]);
    shop.desk.close().await;
}

struct NoPage;

impl http::Assets for NoPage {
    fn get(&self, _path: &str) -> Option<(Vec<u8>, String)> {
        None
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_gives_files_and_hears_why_one_is_refused() {
    let shop = Shop::with(vec![question()]).await;
    let ticket = shop.ticket().await;
    shop.written(ticket, "reply", "<p>x</p>").await;
    let host = http::host(shop.desk.clone(), 0, Arc::new(NoPage)).await.unwrap();
    let give = async |name: &str, bearer: &str, bytes: &[u8]| {
        let mut line = tokio::net::TcpStream::connect(("127.0.0.1", host.port)).await.unwrap();
        let head = format!(
            "POST /api/attach?ticket={ticket}&name={name}&type=text%2Fplain&inline=0 HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\
             Authorization: Bearer {bearer}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            host.port,
            bytes.len()
        );
        line.write_all(head.as_bytes()).await.unwrap();
        line.write_all(bytes).await.unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let taken = give("%E5%8F%91%E7%A5%A8.txt", &host.bearer, b"hello").await;
    assert!(taken.starts_with("HTTP/1.1 200") && taken.contains("\"name\":\"发票.txt\""), "{taken}");
    let refused = give("photo.png", &host.bearer, &vec![1; 40 << 20]).await;
    assert!(
        refused.starts_with("HTTP/1.1 422")
            && refused.contains("attachment_too_large")
            && refused.contains("photo.png"),
        "{refused}"
    );
    assert!(!give("x", "0", b"").await.starts_with("HTTP/1.1 200"), "only for the person");
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
