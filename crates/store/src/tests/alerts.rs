//! Escalations as alerts: told, seen, opened, put off; and dealt with by whatever ends them.

use std::collections::BTreeSet;

use model::{Millis, Priority, Status, TicketId};

use super::{
    bench::{Bench, NOW, answer, mail},
    figures::plans,
};
use crate::AlertRow;

const LATER: Millis = NOW.plus(15 * Millis::MINUTE);

/// Tickets set to urgent, one for each name.
async fn urgent(bench: &Bench, names: &[&str]) -> Vec<TicketId> {
    let mut tickets = Vec::new();
    for name in names {
        tickets.push(bench.one(&[mail(name, 0)]).await);
    }
    bench.store.set_priority(&tickets, Priority::Urgent, "Lin", NOW).await.unwrap();
    tickets
}

async fn tell_all(bench: &Bench, now: Millis) -> Vec<TicketId> {
    let waiting = bench.store.escalations_to_notify().await.unwrap();
    let ids: Vec<i64> = waiting.iter().map(|row| row.id).collect();
    bench.store.mark_notified(&ids, now).await.unwrap();
    waiting.iter().map(|row| row.ticket).collect()
}

async fn alert_of(bench: &Bench, ticket: TicketId) -> AlertRow {
    let alerts = bench.store.alerts(100).await.unwrap();
    alerts.into_iter().find(|alert| alert.ticket == ticket).unwrap()
}

async fn asks(bench: &Bench, ticket: TicketId) -> bool {
    !bench.store.still_asking(&BTreeSet::from([ticket])).await.unwrap().is_empty()
}

#[tokio::test]
async fn alerts_come_newest_first_and_end_with_what_ended_them() {
    let bench = Bench::new().await;
    let tickets = urgent(&bench, &["a", "b", "c"]).await;
    assert_eq!(tell_all(&bench, NOW).await, tickets);
    bench.store.acknowledge(tickets[0], "Lin", LATER).await.unwrap();
    bench.apply(&[answer(&mail("b", 0), "b2", 5)]).await;
    let alerts = bench.store.alerts(100).await.unwrap();
    let told: Vec<_> = alerts.iter().map(|alert| (alert.ticket, alert.standing, alert.told_at)).collect();
    assert_eq!(
        told,
        [(tickets[2], true, Some(NOW)), (tickets[1], false, Some(NOW)), (tickets[0], false, Some(NOW))]
    );
    assert!(asks(&bench, tickets[2]).await);
    assert!(!asks(&bench, tickets[1]).await, "a colleague's answer came in");
    assert!(!asks(&bench, tickets[0]).await);
    assert_eq!(bench.store.alerts(1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_list_is_seen_as_far_as_somebody_was_told() {
    let bench = Bench::new().await;
    let told = urgent(&bench, &["a"]).await[0];
    tell_all(&bench, NOW).await;
    let untold = urgent(&bench, &["b"]).await[0];
    bench.store.see_alerts(false, LATER).await.unwrap();
    assert!(alert_of(&bench, told).await.seen && !alert_of(&bench, untold).await.seen);
    bench.store.see_alerts(true, LATER).await.unwrap();
    assert!(alert_of(&bench, untold).await.seen);

    let before = bench.store.latest_seq();
    assert_eq!(bench.store.see_alerts(true, LATER).await.unwrap(), before, "nothing is left to see");
}

#[tokio::test]
async fn what_is_put_off_is_told_again_when_its_time_comes_and_after_a_restart() {
    let mut bench = Bench::new().await;
    let ticket = urgent(&bench, &["a"]).await[0];
    tell_all(&bench, NOW).await;
    bench.store.alert_opened(ticket, NOW).await.unwrap();
    assert!(alert_of(&bench, ticket).await.opened);
    bench.store.snooze(ticket, LATER, NOW).await.unwrap();
    let alert = alert_of(&bench, ticket).await;
    assert_eq!((alert.snoozed_until, alert.told_at), (Some(LATER), Some(NOW)));
    assert!(!asks(&bench, ticket).await, "its notification goes");
    assert_eq!(bench.store.next_due().await.unwrap(), Some(LATER));

    bench.reopen().await;
    bench.store.see_alerts(true, LATER.plus(-2)).await.unwrap();
    bench.store.wake_snoozed(LATER.plus(-1)).await.unwrap();
    assert!(tell_all(&bench, LATER).await.is_empty(), "not yet");
    bench.store.wake_snoozed(LATER).await.unwrap();
    assert_eq!(bench.store.next_due().await.unwrap(), None);
    assert_eq!(tell_all(&bench, LATER).await, [ticket]);
    let alert = alert_of(&bench, ticket).await;
    assert_eq!((alert.snoozed_until, alert.told_at), (None, Some(LATER)));
    assert!(!alert.opened && !alert.seen, "it can be missed again");
}

#[tokio::test]
async fn what_was_dealt_with_meanwhile_is_not_told_again() {
    let bench = Bench::new().await;
    let tickets = urgent(&bench, &["taken", "closed", "answered"]).await;
    tell_all(&bench, NOW).await;
    for ticket in &tickets {
        bench.store.snooze(*ticket, LATER, NOW).await.unwrap();
    }
    bench.store.acknowledge(tickets[0], "Lin", NOW).await.unwrap();
    bench.store.set_status(&[tickets[1]], Status::Closed, "Lin", NOW).await.unwrap();
    bench.apply(&[answer(&mail("answered", 0), "x", 5)]).await;
    bench.store.wake_snoozed(LATER).await.unwrap();
    assert!(tell_all(&bench, LATER).await.is_empty());
    assert_eq!(alert_of(&bench, tickets[0]).await.told_at, Some(NOW), "the list still says when it was told");
    let nothing = bench.store.snooze(tickets[0], LATER, NOW).await.unwrap_err();
    assert_eq!(nothing.problem().code, model::ProblemCode::NotFound, "nothing asks there any more");
}

#[tokio::test]
async fn a_clock_that_is_set_back_puts_nothing_off_for_long() {
    let bench = Bench::new().await;
    let ticket = urgent(&bench, &["a"]).await[0];
    tell_all(&bench, NOW).await;
    bench.store.snooze(ticket, LATER, NOW).await.unwrap();
    let set_back = NOW.plus(-400 * Millis::DAY);
    bench.store.wake_snoozed(set_back).await.unwrap();
    assert_eq!(tell_all(&bench, set_back).await, [ticket]);
}

#[tokio::test]
async fn alerts_are_asked_and_marked_through_an_index() {
    let bench = Bench::new().await;
    insta::assert_snapshot!(plans(&bench, crate::escalation::ALL).await);
}
