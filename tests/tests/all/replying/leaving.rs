//! When a reply leaves: without a line, over a restart, within its hold, with an outcome nobody knows.

use super::*;

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
    shop.until_guard_fails().await;
    assert_eq!((&waiting["entry"]["attempts"], shop.courier.calls()), (&json!(0), 0));
    shop.line_is_back().await;
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
    shop.until_guard_fails().await;
    let shop = shop.reopened(Start::Everything).await;
    shop.line_is_back().await;
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
    shop.until_guard_fails().await;
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
