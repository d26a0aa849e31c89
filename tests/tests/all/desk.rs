//! The desk with its store and its links, over helpdesks that the test controls.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use app::{Desk, DeskEvent, Key, Notice, Start, dto::Scope, http};
use model::{LinkPhase, Millis, Problem, ProblemCode, SourceId, urgency::UrgentReason};
use remote::{Helpdesk, RemoteError};
use serde_json::{Value, json};
use testkit::{GivenHelpdesks, HandClock, HeardNotices, PagedHelpdesk, mail, surroundings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

pub(crate) const NOON: Millis = Millis(1_795_000_000_000);

pub(crate) struct Set {
    pub desk: Desk,
    pub heard: Arc<HeardNotices>,
    pub helpdesk: Arc<PagedHelpdesk>,
    pub clock: HandClock,
    key: Key,
    folder: tempfile::TempDir,
}

/// An open desk whose sample source is `helpdesk`.
pub(crate) async fn desk_over(helpdesk: PagedHelpdesk) -> Set {
    let (folder, helpdesk, clock, key) =
        (tempfile::tempdir().unwrap(), Arc::new(helpdesk), HandClock::at(NOON), Key::random().unwrap());
    let (desk, heard) = open(&folder, &helpdesk, &clock, &key).await;
    desk.add_sample().await.unwrap();
    Set { desk, heard, helpdesk, clock, key, folder }
}

async fn open(
    folder: &tempfile::TempDir,
    helpdesk: &Arc<PagedHelpdesk>,
    clock: &HandClock,
    key: &Key,
) -> (Desk, Arc<HeardNotices>) {
    let given: Arc<dyn Helpdesk> = helpdesk.clone();
    let helpdesks =
        GivenHelpdesks([("sample".to_owned(), given.clone()), ("mailbox".to_owned(), given)].into());
    let (around, heard) = surroundings(folder.path(), clock, helpdesks);
    let root = folder.path().join("workspace");
    let lock = Desk::take(&root).unwrap();
    assert_eq!(Desk::take(&root).err().unwrap().code, ProblemCode::WorkspaceInUse, "one desk at a time");
    let desk = Desk::open(lock, &root, key, around, Start::Everything).await.unwrap();
    (desk, heard)
}

pub(crate) async fn call(desk: &Desk, name: &str, args: Value) -> Value {
    desk.dispatch(name, args).await.unwrap_or_else(|problem| panic!("{name}: {problem:?}"))
}

/// The rows of a search, once there are `count`.
pub(crate) async fn rows(desk: &Desk, query: &str, count: usize) -> Vec<Value> {
    let mut events = desk.events();
    loop {
        let page = call(
            desk,
            "tickets",
            json!({ "scope": { "kind": "search", "query": query }, "after": null, "limit": 50 }),
        )
        .await;
        let rows = page["rows"].as_array().unwrap().clone();
        if rows.len() == count {
            return rows;
        }
        let _next = tokio::time::timeout(Duration::from_secs(10), events.recv())
            .await
            .expect("something changes in time");
    }
}

pub(crate) async fn until_live(desk: &Desk) {
    let mut events = desk.events();
    loop {
        let sources = call(desk, "sources", json!({})).await;
        if sources[0]["link"]["phase"]["phase"] == "live" {
            return;
        }
        let _next = tokio::time::timeout(Duration::from_secs(10), events.recv())
            .await
            .expect("the link comes up in time");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn old_urgent_mail_interrupts_nobody_and_a_new_one_is_told_exactly_once() {
    let old: Vec<_> = (0..50)
        .map(|n| {
            mail(
                &format!("old{n}"),
                &format!("c{n}@x.test"),
                "Refund",
                "This is urgent, I will sue",
                NOON.plus(-3 * Millis::DAY + n),
            )
        })
        .collect();
    let set = desk_over(PagedHelpdesk::with(vec![old])).await;
    until_live(&set.desk).await;
    assert!(set.heard.shown.lock().unwrap().is_empty(), "history is no news");

    set.helpdesk.push(vec![mail("new", "lin@x.test", "茶具碎了", "再不处理我就找律师了", NOON.plus(1))]);
    tokio::time::timeout(Duration::from_secs(10), set.heard.heard.notified())
        .await
        .expect("the urgent one is told");
    let shown = set.heard.shown.lock().unwrap().clone();
    let [Notice::Urgent { ticket, subject, reason, .. }] = shown.as_slice() else { panic!("{shown:?}") };
    assert_eq!((subject.as_str(), reason), ("茶具碎了", &UrgentReason::Words { word: "律师".into() }));

    // The mail's server is a millisecond ahead of this clock; taking it on settles it all the same.
    call(&set.desk, "acknowledge", json!({ "ticket": ticket })).await;
    // Taken in the very moment it is told, it is taken back once more to be sure.
    let withdrawn: BTreeSet<_> = set.heard.withdrawn.lock().unwrap().iter().copied().collect();
    assert_eq!(withdrawn, BTreeSet::from([*ticket]));
    set.desk.close().await;
    drop(set.desk);
    let (again, heard) = open(&set.folder, &set.helpdesk, &set.clock, &set.key).await;
    until_live(&again).await;
    assert!(heard.shown.lock().unwrap().is_empty(), "a restart does not tell it again");
    again.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vip_who_waits_past_the_target_becomes_urgent_by_the_clock_alone() {
    let set = desk_over(PagedHelpdesk::with(vec![vec![mail(
        "a",
        "vip@x.test",
        "Lamp",
        "Where is my lamp?",
        NOON,
    )]]))
    .await;
    let row = rows(&set.desk, "lamp", 1).await.remove(0)["row"].clone();
    call(&set.desk, "set_tier", json!({ "customer": row["requester"], "tier": "vip" })).await;
    assert!(set.heard.shown.lock().unwrap().is_empty());
    set.clock.forward(61 * Millis::MINUTE);
    // Any commit makes the desk look at the clock again; otherwise it looks every half minute.
    call(&set.desk, "mark_read", json!({ "tickets": [row["id"]], "read": true })).await;
    call(&set.desk, "set_priority", json!({ "tickets": [row["id"]], "priority": "high" })).await;
    tokio::time::timeout(Duration::from_secs(40), set.heard.heard.notified())
        .await
        .expect("the wait is told");
    let shown = set.heard.shown.lock().unwrap().clone();
    assert!(
        matches!(
            shown.as_slice(),
            [Notice::Urgent { reason: UrgentReason::VipWaiting { waited_min: 61, target_min: 60 }, .. }]
        ),
        "{shown:?}"
    );
    set.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_is_shown_and_the_link_goes_on_by_itself_or_waits_for_a_person() {
    let set = desk_over(PagedHelpdesk::default()).await;
    until_live(&set.desk).await;
    let mut events = set.desk.events();
    set.helpdesk.fail(RemoteError::transient(Problem::new(ProblemCode::LineDropped)));
    let retrying = phase(&mut events, |phase| matches!(phase, LinkPhase::Retrying { .. })).await;
    assert!(
        matches!(retrying, LinkPhase::Retrying { problem, .. } if problem.code == ProblemCode::LineDropped)
    );

    set.clock.forward(10 * Millis::MINUTE);
    phase(&mut events, |phase| matches!(phase, LinkPhase::Live { .. })).await;
    set.helpdesk.fail(RemoteError::permanent(Problem::new(ProblemCode::PasswordRefused)));
    phase(&mut events, |phase| matches!(phase, LinkPhase::Stopped { .. })).await;

    set.helpdesk.push(vec![mail("a", "a@x.test", "Still here", "hello", NOON)]);
    let source: SourceId =
        serde_json::from_value(call(&set.desk, "sources", json!({})).await[0]["id"].clone()).unwrap();
    call(&set.desk, "set_password", json!({ "source": source, "password": "new" })).await;
    rows(&set.desk, "still", 1).await;
    set.desk.close().await;
}

async fn phase(
    events: &mut tokio::sync::broadcast::Receiver<DeskEvent>,
    wanted: impl Fn(&LinkPhase) -> bool,
) -> LinkPhase {
    loop {
        let event = tokio::time::timeout(Duration::from_secs(20), events.recv())
            .await
            .expect("the link changes in time");
        if let Ok(DeskEvent::Link { link }) = event
            && wanted(&link.phase)
        {
            return link.phase;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_call_or_wrong_arguments_are_refused_by_code() {
    let set = desk_over(PagedHelpdesk::default()).await;
    let refused = |name: &'static str, args: Value| {
        let desk = set.desk.clone();
        async move { desk.dispatch(name, args).await.unwrap_err().code }
    };
    assert_eq!(refused("drop_everything", json!({})).await, ProblemCode::NotFound);
    assert_eq!(
        refused("set_status", json!({ "tickets": ["1"], "status": "done" })).await,
        ProblemCode::Invalid
    );
    assert_eq!(refused("set_status", json!({ "tickets": [], "status": "open" })).await, ProblemCode::Invalid);
    assert_eq!(refused("conversation", json!({ "ticket": "999999" })).await, ProblemCode::NotFound);
    let query = refused(
        "tickets",
        json!({ "scope": Scope::Search { query: "status:x".into() }, "after": null, "limit": 1 }),
    );
    assert_eq!(query.await, ProblemCode::QueryInvalid);
    set.desk.close().await;
}

fn mailbox(address: &str, credential: &Value) -> Value {
    let imap = json!({ "host": "imap.shop.test", "port": 993, "encryption": "tls" });
    let mailbox = json!({
        "name": "", "address": address, "aliases": [], "user": address, "imap": imap, "credential": credential, "extra_ca": null,
    });
    json!({ "mailbox": mailbox })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_is_added_once_and_no_answer_repeats_its_password() {
    let set = desk_over(PagedHelpdesk::default()).await;
    let malformed = mailbox("care@shop.test", &json!("hunter2"));
    let refused = set.desk.dispatch("add_mailbox", malformed).await.unwrap_err();
    assert!(!format!("{refused:?}").contains("hunter2"), "{refused:?}");

    let password = json!({ "kind": "password", "password": "hunter2" });
    call(&set.desk, "add_mailbox", mailbox("care@shop.test", &password)).await;
    let again = set.desk.dispatch("add_mailbox", mailbox(" Care@Shop.test ", &password)).await.unwrap_err();
    assert_eq!((again.code, again.params["field"].as_str()), (ProblemCode::Invalid, "address"));
    set.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forgetting_a_source_leaves_the_tickets_and_requesters_of_the_others() {
    let about = vec![mail("a", "asker@x.test", "Lamp", "Where is my lamp?", NOON)];
    let mut reply = mail("b", "helper@x.test", "Re: Lamp", "I saw it at the door", NOON.plus(1));
    if let model::incoming::Change::Message(message) = &mut reply {
        message.in_reply_to = vec!["a@customer.test".to_owned()];
    }
    let set = desk_over(PagedHelpdesk::with(vec![about, vec![reply]])).await;
    rows(&set.desk, "door", 1).await;
    let password = json!({ "kind": "password", "password": "hunter2" });
    set.desk
        .dispatch("pause_source", json!({ "source": sample(&set.desk).await, "paused": true }))
        .await
        .unwrap();
    let other = call(&set.desk, "add_mailbox", mailbox("care@shop.test", &password)).await;
    call(&set.desk, "remove_source", json!({ "source": other, "forget": true })).await;
    let left = rows(&set.desk, "door", 1).await;
    let asker = call(&set.desk, "customer", json!({ "customer": left[0]["row"]["requester"] })).await;
    assert_eq!(asker["contacts"][0]["value"], "asker@x.test");
    set.desk.close().await;
}

/// The id of the first source.
async fn sample(desk: &Desk) -> Value {
    call(desk, "sources", json!({})).await[0]["id"].clone()
}

struct OnePage;

impl http::Assets for OnePage {
    fn get(&self, path: &str) -> Option<(Vec<u8>, String)> {
        (path == "/index.html").then(|| (b"<!doctype html>desk".to_vec(), "text/html".to_owned()))
    }
}

/// One request over a line of its own; answers the whole response.
async fn request(port: u16, head: &str, body: &str) -> String {
    let mut line = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = format!(
        "{head}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    line.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    line.read_to_string(&mut response).await.unwrap();
    response
}

#[tokio::test(flavor = "multi_thread")]
async fn the_loopback_host_serves_nobody_but_the_person_who_has_the_token() {
    let set = desk_over(PagedHelpdesk::default()).await;
    let host = http::host(set.desk.clone(), 0, Arc::new(OnePage)).await.unwrap();
    let port = host.port;
    let own = format!("Host: 127.0.0.1:{port}");
    let status = |response: String| {
        response.lines().next().unwrap_or_default().split(' ').nth(1).unwrap_or_default().to_owned()
    };

    assert_eq!(status(request(port, &format!("GET / HTTP/1.1\r\n{own}"), "").await), "401");
    assert_eq!(status(request(port, "GET / HTTP/1.1\r\nHost: evil.test", "").await), "403", "DNS rebinding");
    let token = host.address.split("token=").nth(1).unwrap();
    let looked = request(port, &format!("HEAD /?token={token} HTTP/1.1\r\n{own}"), "").await;
    assert_eq!(status(looked), "401", "to look is not to open");
    let bought = request(port, &format!("GET /?token={token} HTTP/1.1\r\n{own}"), "").await;
    let cookie = bought
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "))
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(
        status(request(port, &format!("GET /?token={token} HTTP/1.1\r\n{own}"), "").await),
        "401",
        "once only"
    );

    let page = request(port, &format!("GET / HTTP/1.1\r\n{own}\r\nCookie: {cookie}"), "").await;
    assert!(page.contains("content-security-policy") && page.ends_with("desk"), "{page}");
    let post = |headers: &str, body: &'static str| {
        let head = format!("POST /api/call HTTP/1.1\r\n{own}\r\n{headers}");
        async move { request(port, &head, body).await }
    };
    let views = r#"{"name":"views","args":{}}"#;
    let foreign = format!("Cookie: {cookie}\r\nOrigin: https://evil.test");
    assert_eq!(status(post(&foreign, views).await), "403", "another site's page");
    assert!(post(&format!("Cookie: {cookie}"), views).await.contains("\"standard\""));
    assert!(post(&format!("Authorization: Bearer {}", host.bearer), views).await.contains("\"standard\""));
    assert_eq!(status(post("Authorization: Bearer 0", views).await), "401");
    let letter = request(port, &format!("GET /letter/1/plain?proof=00 HTTP/1.1\r\n{own}"), "").await;
    assert_eq!(status(letter), "404", "no letter without its proof");
    set.desk.close().await;
}
