//! Saved views, bulk edits and completion, as a window asks for them.

use std::time::Duration;

use app::Desk;
use model::{Millis, ProblemCode};
use serde_json::{Value, json};
use testkit::{PagedHelpdesk, mail};

use crate::desk::{NOON, Set, call, desk_over, rows, until_live};

/// A desk with `count` tickets of as many customers, the last one the newest.
async fn desk_with(count: i64) -> Set {
    let mails = (0..count).map(|n| {
        mail(
            &format!("m{n}"),
            &format!("c{n}@x.test"),
            &format!("Lamp {n}"),
            "Where is it?",
            NOON.plus(n - 60_000),
        )
    });
    let set = desk_over(PagedHelpdesk::with(vec![mails.collect()])).await;
    rows(&set.desk, "lamp", usize::try_from(count).unwrap()).await;
    set
}

fn draft(name: &str, query: &str) -> Value {
    json!({ "name": name, "folder": "", "query": query, "look": { "sort": "newest", "columns": ["tags"] } })
}

async fn save(desk: &Desk, draft: Value) -> Value {
    call(desk, "save_view", json!({ "view": null, "draft": draft })).await
}

fn saved(view: &Value) -> Value {
    json!({ "kind": "view", "view": { "kind": "saved", "view": view } })
}

async fn ids(desk: &Desk, scope: &Value) -> Vec<Value> {
    let ids = call(desk, "tickets_in", json!({ "scope": scope, "limit": 5000 })).await;
    ids.as_array().unwrap().clone()
}

/// The saved view of that id, once it is whole and has so many tickets.
async fn counted(desk: &Desk, id: &Value, tickets: u32) -> Value {
    let mut events = desk.events();
    loop {
        let views = call(desk, "views", json!({})).await;
        let view = views.as_array().unwrap().iter().find(|view| view["id"]["view"] == *id).cloned().unwrap();
        if view["counted"].is_null() && view["tickets"] == tickets {
            return view;
        }
        let _next = tokio::time::timeout(Duration::from_secs(40), events.recv())
            .await
            .unwrap_or_else(|_| panic!("never {tickets}: {view}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_view_gathers_its_tickets_by_itself_and_follows_changes_and_the_clock() {
    let set = desk_with(3).await;
    let late = save(&set.desk, draft("Late", "waiting:>2h -tag:seen")).await;
    counted(&set.desk, &late, 0).await;
    let all = save(&set.desk, draft("Lamps", "lamp status:open")).await;
    assert_eq!(counted(&set.desk, &all, 3).await["name"], "Lamps");

    set.clock.forward(3 * Millis::HOUR);
    // Any commit makes the desk look at the clock again; otherwise it looks every half minute.
    let tickets = ids(&set.desk, &saved(&all)).await;
    call(&set.desk, "set_priority", json!({ "tickets": [tickets[0]], "priority": "low" })).await;
    counted(&set.desk, &late, 3).await;
    assert_eq!(ids(&set.desk, &saved(&late)).await, tickets);

    call(&set.desk, "tag_tickets", json!({ "tickets": [tickets[1]], "name": "Seen" })).await;
    counted(&set.desk, &late, 2).await;
    set.clock.forward(-3 * Millis::HOUR);
    call(&set.desk, "set_priority", json!({ "tickets": [tickets[0]], "priority": "high" })).await;
    counted(&set.desk, &late, 0).await;
    call(&set.desk, "delete_view", json!({ "view": late })).await;
    let gone = set.desk.dispatch("tickets_in", json!({ "scope": saved(&late), "limit": 9 })).await;
    assert_eq!(gone.unwrap_err().code, ProblemCode::NotFound);
    set.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_does_not_fit_is_refused_with_what_is_wrong() {
    let set = desk_with(1).await;
    let refused = async |draft: Value| {
        let args = json!({ "view": null, "draft": draft });
        set.desk.dispatch("save_view", args).await.unwrap_err()
    };
    assert_eq!(refused(draft(" ", "lamp")).await.params["field"], "name");
    assert_eq!(refused(draft("Empty", "  ")).await.params["field"], "query");
    let broken = refused(draft("Broken", "lamp status:done")).await;
    assert_eq!((broken.code, broken.params["at"].as_str()), (ProblemCode::QueryInvalid, "5"));
    let error = set.desk.dispatch("check_query", json!({ "query": "waiting:>x" })).await.unwrap_err();
    assert_eq!(error.params["why"], "not_an_age");
    set.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_many_tickets_is_taken_back_in_one_step_and_only_once() {
    let set = desk_with(4).await;
    let open = json!({ "kind": "view", "view": { "kind": "standard", "view": "open" } });
    let all = ids(&set.desk, &open).await;
    call(&set.desk, "set_status", json!({ "tickets": [all[0]], "status": "waiting" })).await;
    let closed = call(&set.desk, "set_status", json!({ "tickets": all, "status": "closed" })).await;
    assert_eq!(closed["tickets"], 4);
    let again = call(&set.desk, "set_status", json!({ "tickets": all, "status": "closed" })).await;
    assert_eq!((&again["tickets"], &again["undo"]), (&json!(0), &Value::Null), "nothing to take back");
    call(&set.desk, "set_status", json!({ "tickets": [all[1]], "status": "open" })).await;

    let undone = call(&set.desk, "undo", json!({ "change": closed["undo"] })).await;
    assert_eq!((&undone["tickets"], &undone["left"]), (&json!(3), &json!(1)));
    assert_eq!(rows(&set.desk, "status:waiting", 1).await[0]["row"]["id"], all[0]);
    assert_eq!(ids(&set.desk, &open).await, all[1..]);
    let twice = set.desk.dispatch("undo", json!({ "change": closed["undo"] })).await;
    assert_eq!(twice.unwrap_err().code, ProblemCode::NotFound);
    set.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_completion_offers_can_be_searched_for() {
    let set = desk_with(2).await;
    let all = ids(&set.desk, &json!({ "kind": "search", "query": "" })).await;
    call(&set.desk, "tag_tickets", json!({ "tickets": all, "name": "Two words" })).await;
    let offered = async |query: &str| {
        let args = json!({ "query": query, "at": query.chars().count() });
        let answer = call(&set.desk, "complete", args).await;
        let first = &answer["options"][0];
        let head: String = query.chars().take(answer["from"].as_u64().unwrap() as usize).collect();
        (format!("{head}{}", first["text"].as_str().unwrap()), first["tickets"].clone())
    };
    assert_eq!(offered("lamp two").await, ("lamp tag:\"Two words\"".to_owned(), json!(2)));
    assert_eq!(offered("tag:wor").await.0, "tag:\"Two words\"");
    assert_eq!(offered("-status:o").await, ("-status:open".to_owned(), json!(2)));
    assert_eq!(offered("from:c1").await.0, "from:c1@x.test");
    rows(&set.desk, "lamp tag:\"Two words\"", 2).await;
    let facets = call(&set.desk, "facets", json!({ "query": "lamp" })).await;
    let terms: Vec<&str> =
        facets["facets"].as_array().unwrap().iter().map(|facet| facet["term"].as_str().unwrap()).collect();
    assert!(terms.contains(&"tag:\"Two words\"") && terms.contains(&"status:open"), "{terms:?}");
    for term in terms {
        call(&set.desk, "check_query", json!({ "query": term })).await;
    }
    let people = call(&set.desk, "people", json!({ "text": "c0" })).await;
    assert_eq!(people[0]["email"], "c0@x.test");
    call(&set.desk, "keep_search", json!({ "query": "lamp tag:late" })).await;
    assert_eq!(call(&set.desk, "recent_searches", json!({})).await, json!(["lamp tag:late"]));
    call(&set.desk, "forget_searches", json!({ "query": null })).await;
    assert_eq!(call(&set.desk, "recent_searches", json!({})).await, json!([]));
    set.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_with_thousands_of_long_messages_opens_in_pieces() {
    let first = mail("m0", "c@x.test", "Lamp", &"灯".repeat(300_000), NOON.plus(-9_000_000));
    let reply = |n: i64| {
        let long = "a line of a very long mail\n".repeat(12_000);
        let text = if n > 560 { long.as_str() } else { "Still broken." };
        let mut reply = mail(&format!("m{n}"), "c@x.test", "Re: Lamp", text, NOON.plus(n - 9_000_000));
        if let model::incoming::Change::Message(message) = &mut reply {
            message.in_reply_to = vec!["m0@customer.test".to_owned()];
        }
        reply
    };
    let pages: Vec<Vec<_>> = vec![std::iter::once(first).chain((1..600).map(reply)).collect()];
    let set = desk_over(PagedHelpdesk::with(pages)).await;
    until_live(&set.desk).await;
    let row = rows(&set.desk, "lamp", 1).await.remove(0)["row"].clone();
    assert_eq!(row["messages"], 600);
    let ticket = json!({ "ticket": row["id"] });
    call(&set.desk, "begin_reply", json!({ "ticket": row["id"], "kind": "reply" })).await;
    let opened = call(&set.desk, "conversation", ticket).await;
    let messages = opened["messages"].as_array().unwrap();
    assert_eq!((messages.len(), &opened["earlier"]), (50, &json!(550)));
    assert!(opened.to_string().len() < 3 << 20, "{} bytes", opened.to_string().len());
    assert_eq!((&messages[49]["cut"], &messages[0]["cut"]), (&json!(true), &json!(false)));
    assert!(
        messages[49]["segments"][0]["text"].as_str().unwrap().len()
            > messages[30]["segments"][0]["text"].as_str().unwrap().len()
    );
    let whole = call(&set.desk, "whole_text", json!({ "message": messages[49]["message"]["id"] })).await;
    assert_eq!(whole[0]["text"].as_str().unwrap().lines().count(), 12_000);
    set.desk.close().await;
}
