//! The supervisor's figures and the alerts, on a desk whose mail the test writes: each number against a count by hand and against the list
//! behind it; each alert from the notification to its end.

use std::time::Duration;

use app::{CacheTag, Desk, DeskEvent, Notice};
use model::{
    Direction, Millis, ProblemCode, TicketId,
    incoming::{Change, Incoming},
};
use serde_json::{Value, json};
use testkit::{PagedHelpdesk, mail};
use tokio::sync::broadcast::Receiver;

use crate::desk::{NOON, Set, call, desk_over, rows, until_live};

/// Minutes before noon.
fn at(minutes: i64) -> Millis {
    NOON.plus(-minutes * Millis::MINUTE)
}

fn question(id: &str, minutes: i64) -> Change {
    mail(id, &format!("{id}@x.test"), &format!("About {id}"), "Where is it?", at(minutes))
}

/// A further mail on the conversation that began with `about`.
fn further(about: &str, id: &str, direction: Direction, minutes: i64) -> Change {
    let Change::Message(mut further) = question(id, minutes) else { panic!("a question is a mail") };
    let Change::Message(first) = question(about, minutes) else { panic!("a question is a mail") };
    further.in_reply_to = first.message_id.clone().into_iter().collect();
    further.direction = direction;
    if direction == Direction::Outbound {
        let Incoming { from, to, .. } = *first;
        (further.from, further.to) = (to.into_iter().next(), from.into_iter().collect());
    }
    Change::Message(further)
}

fn answer(about: &str, id: &str, minutes: i64) -> Change {
    further(about, id, Direction::Outbound, minutes)
}

async fn board(desk: &Desk) -> Value {
    call(desk, "board", json!({})).await
}

/// How many tickets a figure's list has, each row counted and told in all.
async fn behind(desk: &Desk, figure: Value) -> usize {
    let (mut after, mut found, mut total) = (Value::Null, 0, None);
    loop {
        let scope = json!({ "kind": "figure", "figure": figure });
        let page = call(desk, "tickets", json!({ "scope": scope, "after": after, "limit": 2 })).await;
        found += page["rows"].as_array().unwrap().len();
        total = total.or(page["total"].as_u64());
        after = page["next"].clone();
        if after.is_null() {
            assert_eq!(total, Some(found as u64), "the list says how long it is");
            return found;
        }
    }
}

async fn next(events: &mut Receiver<DeskEvent>, wanted: impl Fn(&DeskEvent) -> bool) {
    loop {
        let event =
            tokio::time::timeout(Duration::from_secs(20), events.recv()).await.expect("it is told in time");
        if event.is_ok_and(|event| wanted(&event)) {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_number_on_the_board_is_a_count_by_hand_and_opens_its_tickets() {
    let mut answered_by_a_machine = answer("d", "d2", 20);
    if let Change::Message(mail) = &mut answered_by_a_machine {
        mail.automatic = Some(model::Automatic::AutoReply);
    }
    let set = desk_over(PagedHelpdesk::with(vec![vec![
        question("a", 90),
        further("a", "a2", Direction::Inbound, 80),
        answer("a", "a3", 60),
        answer("a", "a4", 50),
        question("b", 40),
        answer("b", "b2", 30),
        further("b", "b3", Direction::Inbound, 10),
        question("c", 300),
        question("d", 25),
        answered_by_a_machine,
    ]]))
    .await;
    rows(&set.desk, "is:open", 3).await;
    let now = board(&set.desk).await;
    assert_eq!(now["queue"], 3, "b, c and d wait: {now}");
    assert_eq!(now["over_target"], 1, "c waits longer than four hours");
    assert_eq!(
        (&now["longest_waits"][0]["subject"], &now["longest_waits"][0]["target_min"]),
        (&json!("About c"), &json!(240))
    );
    assert_eq!(now["longest_waits"][0]["since_ms"], at(300).0);

    // The hours and the week are this machine's; the mails of the last hour and a half need not all be of today.
    let (today, week) = (now["today_from_ms"].as_i64().unwrap(), now["week_from_ms"].as_i64().unwrap());
    let counted =
        |minutes: &[i64], from: i64| minutes.iter().filter(|minute| at(**minute).0 >= from).count() as u64;
    let (asked, given) = ([90, 80, 40, 10, 300, 25], [60, 30]);
    for (name, from) in [("today", today), ("week", week)] {
        assert_eq!(now[name]["arrived"], counted(&asked, from), "{name}");
        assert_eq!(now[name]["answered"], counted(&given, from), "{name}");
    }
    if counted(&given, today) == 2 {
        let minute = Millis::MINUTE;
        assert_eq!(now["today"]["median_ms"], 20 * minute, "30 and 10 minutes");
        assert_eq!(
            (&now["today"]["ninetieth_ms"], &now["today"]["within_target"]),
            (&json!(30 * minute), &json!(2))
        );
    }
    let hours = now["hours"].as_array().unwrap();
    let sum = |what: &str| hours.iter().map(|hour| hour[what].as_u64().unwrap()).sum::<u64>();
    assert_eq!(
        (Some(sum("arrived")), Some(sum("answered"))),
        (now["today"]["arrived"].as_u64(), now["today"]["answered"].as_u64())
    );

    assert_eq!(behind(&set.desk, json!({ "kind": "queue" })).await, 3);
    assert_eq!(behind(&set.desk, json!({ "kind": "over_target" })).await, 1);
    let span = |kind: &str, from: i64| json!({ "kind": kind, "from_ms": from, "to_ms": now["as_of_ms"] });
    let long_ago = at(400).0;
    assert_eq!(
        behind(&set.desk, span("arrived", long_ago)).await,
        4,
        "tickets, where the number counts mails"
    );
    assert_eq!(behind(&set.desk, span("answered", long_ago)).await, 2);
    let first_answer = json!({ "kind": "answered", "from_ms": at(61).0, "to_ms": at(60).0 + 1 });
    assert_eq!(behind(&set.desk, first_answer).await, 1);
    let second_in_a_row = json!({ "kind": "answered", "from_ms": at(51).0, "to_ms": at(49).0 });
    assert_eq!(behind(&set.desk, second_in_a_row).await, 0, "answers nobody who waits");
    let scope = json!({ "kind": "figure", "figure": span("arrived", 0) });
    let ages = set.desk.dispatch("tickets", json!({ "scope": scope, "after": null, "limit": 2 })).await;
    assert_eq!(ages.unwrap_err().code, ProblemCode::Invalid, "nobody looks through fifty years");
    set.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_board_moves_as_mail_comes_and_as_time_goes() {
    let set = desk_over(PagedHelpdesk::with(vec![vec![question("a", 200)]])).await;
    rows(&set.desk, "is:open", 1).await;
    let first = board(&set.desk).await;
    assert_eq!((&first["queue"], &first["over_target"]), (&json!(1), &json!(0)));
    set.clock.forward(41 * Millis::MINUTE);
    assert_eq!(board(&set.desk).await["over_target"], 1, "by waiting alone");

    set.helpdesk.push(vec![question("b", 1)]);
    rows(&set.desk, "is:open", 2).await;
    assert_eq!(board(&set.desk).await["queue"], 2);
    set.helpdesk.push(vec![answer("a", "a2", -41)]);
    rows(&set.desk, "is:open", 1).await;
    set.clock.forward(Millis::MINUTE);
    let last = board(&set.desk).await;
    assert_eq!(
        (&last["queue"], &last["over_target"], &last["longest_waits"][0]["subject"]),
        (&json!(1), &json!(0), &json!("About b"))
    );
    set.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_leads_to_the_agents_window() {
    let set = desk_over(PagedHelpdesk::with(vec![vec![question("a", 5)]])).await;
    let ticket = rows(&set.desk, "is:open", 1).await[0]["row"]["id"].clone();
    let mut events = set.desk.events();
    call(&set.desk, "show_list", json!({ "scope": { "kind": "figure", "figure": { "kind": "queue" } } }))
        .await;
    next(&mut events, |event| matches!(event, DeskEvent::OpenList { .. })).await;
    next(&mut events, |event| *event == DeskEvent::Raise).await;
    call(&set.desk, "show_ticket", json!({ "ticket": ticket })).await;
    next(&mut events, |event| matches!(event, DeskEvent::OpenTicket { .. })).await;
    next(&mut events, |event| *event == DeskEvent::Raise).await;
    call(&set.desk, "open_dashboard", json!({})).await;
    next(&mut events, |event| *event == DeskEvent::OpenDashboard).await;
    let gone = set.desk.dispatch("show_ticket", json!({ "ticket": "999" })).await.unwrap_err();
    assert_eq!(gone.code, ProblemCode::NotFound);
    set.desk.close().await;
}

/// A desk with one ticket that was told as urgent.
async fn told_desk() -> (Set, TicketId) {
    let set = desk_over(PagedHelpdesk::default()).await;
    until_live(&set.desk).await;
    set.helpdesk.push(vec![mail("u", "lin@x.test", "茶具碎了", "再不处理我就找律师了", at(0))]);
    told(&set).await;
    let shown = set.heard.shown.lock().unwrap().clone();
    let [Notice::Urgent { ticket, .. }] = shown.as_slice() else { panic!("{shown:?}") };
    let ticket = *ticket;
    until_alert(&set.desk, "told_at_ms", |told| !told.is_null()).await;
    (set, ticket)
}

async fn told(set: &Set) {
    let heard = set.heard.heard.notified();
    tokio::time::timeout(Duration::from_secs(40), heard).await.expect("somebody is told");
}

/// The newest alert, once `field` of it is as wanted.
async fn until_alert(desk: &Desk, field: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut events = desk.events();
    loop {
        let alert = call(desk, "alerts", json!({})).await[0].clone();
        if wanted(&alert[field]) {
            return alert;
        }
        next(&mut events, |event| match event {
            DeskEvent::Changed { stale, .. } => stale.contains(&CacheTag::Alerts),
            _ => false,
        })
        .await;
    }
}

/// Waits until the notification of this ticket was taken back.
async fn withdrawn(set: &Set, ticket: TicketId) {
    let taken_back = async {
        while !set.heard.withdrawn.lock().unwrap().contains(&ticket) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), taken_back).await.expect("it is taken back in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_missed_until_somebody_comes_by_its_notification_or_looks_at_the_list() {
    let (set, ticket) = told_desk().await;
    let alert = until_alert(&set.desk, "missed", |missed| *missed == true).await;
    assert_eq!((&alert["ticket"], &alert["standing"]), (&json!(ticket), &json!(true)));
    let mut events = set.desk.events();
    set.desk.opened_from_notice(ticket).await;
    next(&mut events, |event| *event == DeskEvent::OpenTicket { ticket }).await;
    assert_eq!(until_alert(&set.desk, "missed", |missed| *missed == false).await["standing"], true);
    set.desk.close().await;

    let (set, _) = told_desk().await;
    call(&set.desk, "see_alerts", json!({})).await;
    until_alert(&set.desk, "missed", |missed| *missed == false).await;
    set.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_off_goes_and_is_told_again_when_its_time_comes() {
    let (set, ticket) = told_desk().await;
    for minutes in [0, 1_441] {
        let refused = set.desk.dispatch("snooze", json!({ "ticket": ticket, "minutes": minutes })).await;
        assert_eq!(refused.unwrap_err().code, ProblemCode::Invalid);
    }
    call(&set.desk, "snooze", json!({ "ticket": ticket, "minutes": 15 })).await;
    assert_eq!(*set.heard.withdrawn.lock().unwrap(), [ticket]);
    assert_eq!(until_alert(&set.desk, "missed", |missed| *missed == false).await["standing"], true);
    set.clock.forward(15 * Millis::MINUTE);
    // Any commit about what is urgent makes the desk look at the clock; otherwise it looks every half minute.
    call(&set.desk, "see_alerts", json!({})).await;
    told(&set).await;
    assert_eq!(set.heard.shown.lock().unwrap().len(), 2);
    until_alert(&set.desk, "missed", |missed| *missed == true).await;
    set.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleagues_answer_takes_the_notification_back() {
    let (set, ticket) = told_desk().await;
    set.helpdesk.push(vec![answer("u", "u2", -1)]);
    withdrawn(&set, ticket).await;
    let alert = until_alert(&set.desk, "standing", |standing| *standing == false).await;
    assert_eq!(alert["missed"], false);
    set.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_notifications_off_the_list_is_where_urgent_tickets_are_found() {
    let set = desk_over(PagedHelpdesk::default()).await;
    until_live(&set.desk).await;
    let mut settings = call(&set.desk, "settings", json!({})).await;
    settings["notify"] = json!(false);
    call(&set.desk, "save_settings", json!({ "settings": settings })).await;
    set.helpdesk.push(vec![mail("u", "lin@x.test", "Broken", "This is urgent", at(0))]);
    let alert = until_alert(&set.desk, "missed", |missed| *missed == true).await;
    assert_eq!(alert["told_at_ms"], Value::Null);
    assert!(set.heard.shown.lock().unwrap().is_empty());
    call(&set.desk, "see_alerts", json!({})).await;
    until_alert(&set.desk, "missed", |missed| *missed == false).await;
    set.desk.close().await;
}
