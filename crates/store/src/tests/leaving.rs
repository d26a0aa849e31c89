//! The outbox: from sending off to standing on the ticket.

use model::{
    Address, Direction, Millis, OutboxId, Problem, ProblemCode, Status,
    incoming::Place,
    outgoing::{HOLD_MS, OutboxState, OutgoingKind, SentCopy},
};

use super::{
    bench::{Bench, NOW, mail, reply},
    replies::{HELD, copy_of, draft, hand_over, outgoing},
};
use crate::{Begun, NewOutgoing, StoreError};

fn problem(code: ProblemCode) -> Problem {
    Problem::new(code)
}

fn refused(result: Result<impl std::fmt::Debug, StoreError>) -> ProblemCode {
    result.unwrap_err().problem().code
}

#[tokio::test]
async fn a_reply_sent_off_is_held_goes_and_stands_on_its_ticket() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    let id = bench.send_held(ticket, "a", "r1", HELD).await;
    assert_eq!(bench.store.reply_draft(ticket).await.unwrap(), None, "it is no longer being written");
    let rows = bench.store.outbox().await.unwrap();
    assert_eq!(rows, bench.store.outbox_of(ticket).await.unwrap());
    let row = &rows[0];
    assert_eq!((row.entry.state, row.entry.hold_until_ms, row.news), (OutboxState::Held, HELD, 0));
    assert_eq!((row.ticket_subject.as_str(), row.requester_name.as_str()), ("Kettle a", "Wang Zhiyuan"));
    assert_eq!((row.source_name.as_str(), row.attempted_at), ("Shop", None));
    let store = &bench.store;
    assert_eq!(store.next_outgoing(bench.source, NOW).await.unwrap(), None);
    assert_eq!(store.next_outgoing_at(bench.source, NOW).await.unwrap(), HELD);
    let due = NOW.plus(HOLD_MS);
    let next = store.next_outgoing(bench.source, due).await.unwrap().unwrap();
    assert_eq!(next.id, id);
    let Begun::Go(entry) = store.begin_attempt(id, due).await.unwrap() else { panic!("not begun") };
    assert_eq!((entry.state, entry.attempts), (OutboxState::Sending, 1));
    assert_eq!(entry.outgoing, outgoing("a", "r1"), "complete, as it was sent off");
    store.cross(id, due).await.unwrap();
    let before = store.source(bench.source).await.unwrap().unwrap().messages;
    store.delivered(id, None, due).await.unwrap();
    assert_eq!(store.source(bench.source).await.unwrap().unwrap().messages, before + 1);
    assert!(store.outbox().await.unwrap().is_empty());
    let (messages, _) = store.messages(ticket, None, 10).await.unwrap();
    let sent = messages.last().unwrap();
    assert_eq!(
        (sent.direction, sent.at_ms, sent.text.as_str()),
        (Direction::Outbound, due, "新壶明天寄出 r1")
    );
    assert_eq!(sent.attachments[0].hash, Some(outgoing("a", "r1").attachments[0].hash.clone()));
    let row = bench.row(ticket).await;
    assert_eq!((row.status, row.waiting_since_ms, row.messages), (Status::Waiting, None, 2));
    assert_eq!(bench.found("明天寄出").await, ["Kettle a"]);
    let entry = store.outbox_entry(id).await.unwrap().unwrap();
    assert_eq!((entry.state, entry.sent_at_ms, entry.copy), (OutboxState::Sent, Some(due), SentCopy::Due));
    store.delivered(id, None, due).await.unwrap();
    assert_eq!(bench.row(ticket).await.messages, 2, "said twice, it stands there once");
}

#[tokio::test]
async fn sending_twice_sends_once() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    bench.send(ticket, "a", "r1").await;
    let seen = bench.store.seen(ticket).await.unwrap();
    let new = |id: &str| NewOutgoing {
        ticket,
        source: bench.source,
        outgoing: outgoing("a", id),
        seen,
        who: String::new(),
        hold_until: None,
        then: None,
        claim: None,
    };
    assert_eq!(refused(bench.store.queue(new("r2"), NOW).await), ProblemCode::NotFound, "no draft is left");
    bench.store.keep_reply_draft(ticket, &draft("more"), NOW).await.unwrap();
    assert_eq!(refused(bench.store.queue(new("r1"), NOW).await), ProblemCode::Invalid, "the same name again");
    assert_eq!(bench.store.outbox().await.unwrap().len(), 1);
    assert!(bench.html_draft(ticket).await.is_some(), "and the draft is still there");
}

#[tokio::test]
async fn the_status_chosen_with_sending_holds_at_once() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    bench.store.keep_reply_draft(ticket, &draft("x"), NOW).await.unwrap();
    let new = NewOutgoing {
        ticket,
        source: bench.source,
        outgoing: outgoing("a", "r1"),
        seen: bench.store.seen(ticket).await.unwrap(),
        who: "Lin".into(),
        hold_until: None,
        then: Some(Status::Closed),
        claim: None,
    };
    let id = bench.store.queue(new, NOW).await.unwrap().unwrap();
    assert_eq!(bench.row(ticket).await.status, Status::Closed);
    hand_over(&bench.store, id).await;
    bench.store.delivered(id, None, NOW).await.unwrap();
    assert_eq!(bench.row(ticket).await.status, Status::Closed, "the answer does not open it again");
}

#[tokio::test]
async fn whoever_wrote_meanwhile_is_seen_before_anything_goes() {
    let bench = Bench::new().await;
    let first = mail("a", 0);
    let ticket = bench.one(std::slice::from_ref(&first)).await;
    let id = bench.send(ticket, "a", "r1").await;
    let mut robot = reply(&first, "robot", 2);
    robot.automatic = Some(model::Automatic::AutoReply);
    bench.apply(&[robot]).await;
    bench.store.add_note(ticket, "for the team", "Lin", NOW).await.unwrap();
    assert_eq!(bench.store.outbox().await.unwrap()[0].news, 0, "robots and notes are no news");
    bench.apply(&[reply(&first, "b", 3), reply(&first, "c", 4)]).await;
    assert_eq!(bench.store.outbox().await.unwrap()[0].news, 2);
    assert_eq!(bench.store.begin_attempt(id, NOW).await.unwrap(), Begun::News);
    let entry = bench.store.outbox_entry(id).await.unwrap().unwrap();
    assert_eq!((entry.state, entry.attempts), (OutboxState::Review, 0));
    assert_eq!(bench.store.next_outgoing(bench.source, NOW).await.unwrap(), None);
    bench.store.release(id, NOW).await.unwrap();
    assert!(matches!(bench.store.begin_attempt(id, NOW).await.unwrap(), Begun::Go(_)));
}

#[tokio::test]
async fn what_this_desk_sent_is_no_news_to_it() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    let before = bench.store.seen(ticket).await.unwrap();
    assert_eq!(before.mails, 1);
    for id in ["r1", "r2"] {
        let sent = bench.send(ticket, "a", id).await;
        hand_over(&bench.store, sent).await;
        bench.store.delivered(sent, None, NOW).await.unwrap();
        assert_eq!(bench.store.seen(ticket).await.unwrap(), before);
    }
    assert_eq!(bench.row(ticket).await.messages, 3);
}

#[tokio::test]
async fn replies_of_a_ticket_go_in_their_order_and_nothing_overtakes() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    let other = bench.one(&[mail("other", 1)]).await;
    let one = bench.send(ticket, "a", "r1").await;
    let two = bench.send(ticket, "a", "r2").await;
    let elsewhere = bench.send(other, "other", "r3").await;
    let store = &bench.store;
    let next = || async { store.next_outgoing(bench.source, NOW).await.unwrap().map(|entry| entry.id) };
    assert_eq!(next().await, Some(one));
    store.postpone(one, problem(ProblemCode::DeliveryDeferred), NOW.plus(60_000), NOW).await.unwrap();
    assert_eq!(next().await, Some(elsewhere), "another ticket does not wait");
    hand_over(store, elsewhere).await;
    assert_eq!(next().await, None, "the second reply waits behind the first");
    assert_eq!(store.next_outgoing_at(bench.source, NOW).await.unwrap(), Some(NOW.plus(60_000)));
    store.drop_outgoing(one, NOW).await.unwrap();
    assert_eq!(next().await, Some(two));
}

#[tokio::test]
async fn a_reply_taken_back_is_the_draft_it_was() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    bench.store.keep_reply_draft(ticket, &draft("<p>r1</p>"), NOW).await.unwrap();
    bench.store.attach(ticket, super::replies::file("a.png", 3), NOW).await.unwrap();
    let before = bench.store.reply_draft(ticket).await.unwrap();
    let id = bench.send_held(ticket, "a", "r1", HELD).await;
    bench.store.keep_reply_draft(ticket, &draft("another"), NOW).await.unwrap();
    assert_eq!(refused(bench.store.take_back(id, NOW).await), ProblemCode::DraftExists);
    bench.store.discard_reply_draft(ticket, NOW).await.unwrap();
    assert_eq!(bench.store.take_back(id, NOW).await.unwrap(), ticket);
    assert_eq!(bench.store.reply_draft(ticket).await.unwrap(), before);
    assert_eq!(bench.store.begin_attempt(id, NOW).await.unwrap(), Begun::Gone);
    assert!(bench.store.outbox().await.unwrap().is_empty());
    let again = bench.send(ticket, "a", "r2").await;
    assert!(again > id, "the place of one that left is never given again");
}

#[tokio::test]
async fn what_is_leaving_or_has_left_is_not_for_a_person_to_take() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    let id = bench.send(ticket, "a", "r1").await;
    let store = &bench.store;
    assert!(matches!(store.begin_attempt(id, NOW).await.unwrap(), Begun::Go(_)));
    for _ in 0..3 {
        assert_eq!(refused(store.take_back(id, NOW).await), ProblemCode::AlreadySent);
        assert_eq!(refused(store.release(id, NOW).await), ProblemCode::AlreadySent);
        assert_eq!(refused(store.drop_outgoing(id, NOW).await), ProblemCode::AlreadySent);
        match bench.state(id).await {
            OutboxState::Sending => store.cross(id, NOW).await.unwrap(),
            _ => drop(store.delivered(id, None, NOW).await.unwrap()),
        }
    }
    let missing = OutboxId(99);
    assert_eq!(refused(store.drop_outgoing(missing, NOW).await), ProblemCode::NotFound);
    assert_eq!(refused(store.cross(missing, NOW).await), ProblemCode::NotFound);
    assert_eq!(store.begin_attempt(missing, NOW).await.unwrap(), Begun::Gone);
}

#[tokio::test]
async fn nothing_is_handed_over_that_was_not_begun() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    let id = bench.send(ticket, "a", "r1").await;
    assert!(bench.store.cross(id, NOW).await.is_err());
    assert_eq!(bench.state(id).await, OutboxState::Waiting);
}

#[tokio::test]
async fn each_way_of_not_being_sent_stands_as_what_it_is() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    let id = bench.send(ticket, "a", "r1").await;
    let store = &bench.store;
    hand_over(store, id).await;
    let later = NOW.plus(60_000);
    store.postpone(id, problem(ProblemCode::DeliveryDeferred), later, NOW).await.unwrap();
    let entry = store.outbox_entry(id).await.unwrap().unwrap();
    assert_eq!((entry.state, entry.attempts, entry.next_try_at_ms), (OutboxState::Waiting, 1, Some(later)));
    assert_eq!(entry.problem.unwrap().code, ProblemCode::DeliveryDeferred);
    hand_over(store, id).await;
    store.outcome_unknown(id, problem(ProblemCode::OutcomeUnknown), NOW).await.unwrap();
    assert_eq!(store.next_outgoing(bench.source, NOW.plus(Millis::DAY)).await.unwrap(), None);
    assert_eq!(store.next_outgoing_at(bench.source, NOW).await.unwrap(), None);
    store.postpone(id, problem(ProblemCode::GuardUnreadable), later, NOW).await.unwrap();
    assert_eq!(bench.state(id).await, OutboxState::Unknown, "what stands before a person stays there");
    store.release(id, NOW).await.unwrap();
    hand_over(store, id).await;
    store.stop_outgoing(id, problem(ProblemCode::RecipientsRefused), NOW).await.unwrap();
    let entry = store.outbox_entry(id).await.unwrap().unwrap();
    assert_eq!((entry.state, entry.attempts), (OutboxState::Stopped, 3));
    assert_eq!(entry.problem.unwrap().code, ProblemCode::RecipientsRefused);
}

#[tokio::test]
async fn a_clock_that_was_set_back_keeps_nothing_waiting() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    let id = bench.send_held(ticket, "a", "r1", HELD).await;
    let back = NOW.plus(-Millis::HOUR);
    let store = &bench.store;
    assert_eq!(store.next_outgoing_at(bench.source, back).await.unwrap(), Some(back));
    assert!(store.next_outgoing(bench.source, back).await.unwrap().is_some());
    store.postpone(id, problem(ProblemCode::GuardUnreadable), back.plus(5_000), back).await.unwrap();
    assert_eq!(store.next_outgoing(bench.source, back).await.unwrap(), None, "and does not spin");
    assert_eq!(store.next_outgoing_at(bench.source, back).await.unwrap(), Some(back.plus(5_000)));
}

#[tokio::test]
async fn an_answer_follows_its_question_however_wrong_this_clock_is() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 59)]).await;
    let id = bench.send(ticket, "a", "r1").await;
    hand_over(&bench.store, id).await;
    bench.store.delivered(id, None, NOW.plus(-Millis::DAY)).await.unwrap();
    let row = bench.row(ticket).await;
    assert_eq!((row.status, row.waiting_since_ms), (Status::Waiting, None));
}

#[tokio::test]
async fn the_desk_that_died_knows_afterwards_what_may_have_left() {
    let mut bench = Bench::new().await;
    let mut ids = Vec::new();
    for (n, name) in ["held", "waiting", "sending", "handing", "unknown", "stopped"].iter().enumerate() {
        let ticket = bench.one(&[mail(name, n as i64)]).await;
        let hold = if *name == "held" { HELD } else { None };
        ids.push(bench.send_held(ticket, name, &format!("r{n}"), hold).await);
    }
    let store = &bench.store;
    assert!(matches!(store.begin_attempt(ids[2], NOW).await.unwrap(), Begun::Go(_)));
    for id in &ids[3..] {
        hand_over(store, *id).await;
    }
    store.outcome_unknown(ids[4], problem(ProblemCode::OutcomeUnknown).with("host", "h"), NOW).await.unwrap();
    store.stop_outgoing(ids[5], problem(ProblemCode::MessageRefused), NOW).await.unwrap();
    bench.reopen().await;
    assert_eq!(bench.store.recover_outbox(NOW).await.unwrap(), 1);
    use OutboxState::{Held, Stopped, Unknown, Waiting};
    let rows = bench.store.outbox().await.unwrap();
    let states: Vec<_> = rows.iter().map(|row| row.entry.state).collect();
    assert_eq!(states, [Held, Waiting, Waiting, Unknown, Unknown, Stopped]);
    assert_eq!(rows[0].entry.hold_until_ms, None, "it waits for a person");
    assert_eq!(bench.store.begin_attempt(ids[0], NOW).await.unwrap(), Begun::Gone);
    assert_eq!(rows[2].entry.attempts, 1, "the attempt is counted");
    let found = rows[3].entry.problem.as_ref().unwrap();
    assert_eq!((found.code, found.params["host"].as_str()), (ProblemCode::OutcomeUnknown, "shop.test"));
    assert_eq!(rows[4].entry.problem.as_ref().unwrap().params["host"], "h");
    assert_eq!(bench.store.recover_outbox(NOW).await.unwrap(), 1, "and again");
    bench.store.release(ids[0], NOW).await.unwrap();
    assert!(matches!(bench.store.begin_attempt(ids[0], NOW).await.unwrap(), Begun::Go(_)));
}

#[tokio::test]
async fn a_person_says_that_an_unknown_one_arrived() {
    let bench = Bench::new().await;
    let first = mail("a", 0);
    let ticket = bench.one(std::slice::from_ref(&first)).await;
    let id = bench.send(ticket, "a", "r1").await;
    assert!(bench.store.mark_sent(id, None, NOW).await.is_err(), "it has not even been tried");
    hand_over(&bench.store, id).await;
    bench.store.outcome_unknown(id, problem(ProblemCode::OutcomeUnknown), NOW).await.unwrap();
    bench.store.mark_sent(id, None, NOW.plus(Millis::DAY)).await.unwrap();
    let (messages, _) = bench.store.messages(ticket, None, 9).await.unwrap();
    assert_eq!((messages.len(), messages[1].at_ms), (2, NOW), "it left when it was tried");
    bench.apply(&[copy_of(&outgoing("a", "r1"), &first, "EMAILID 5", 61)]).await;
    assert_eq!(bench.row(ticket).await.messages, 2);
}

#[tokio::test]
async fn copies_are_due_until_they_are_filed_and_then_nothing_is_held_twice() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    let id = bench.send(ticket, "a", "r1").await;
    let store = &bench.store;
    assert_eq!(store.next_copy_at(bench.source).await.unwrap(), None);
    hand_over(store, id).await;
    store.delivered(id, None, NOW).await.unwrap();
    assert!(store.next_copy_at(bench.source).await.unwrap().unwrap() <= NOW);
    assert_eq!(store.copies_due(bench.source, NOW).await.unwrap()[0].outgoing, outgoing("a", "r1"));
    store.copy_failed(id, NOW.plus(500), NOW).await.unwrap();
    assert!(store.copies_due(bench.source, NOW).await.unwrap().is_empty());
    assert_eq!(store.next_copy_at(bench.source).await.unwrap(), Some(NOW.plus(500)));
    assert_eq!(store.copies_due(bench.source, NOW.plus(500)).await.unwrap().len(), 1);
    store.copy_filed(id, NOW).await.unwrap();
    assert_eq!(store.next_copy_at(bench.source).await.unwrap(), None);
    let entry = store.outbox_entry(id).await.unwrap().unwrap();
    let left = entry.outgoing;
    assert_eq!((left.text.as_str(), left.html, left.attachments.len()), ("", None, 0));
    assert_eq!((left.message_id.as_str(), left.to.len(), entry.copy), ("r1", 1, SentCopy::Done));
    store.copy_filed(id, NOW).await.unwrap();
}

#[tokio::test]
async fn nobody_is_acknowledged_twice_in_a_day_and_an_acknowledgement_blocks_no_reply() {
    let mut bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    let place = Place { folder: "INBOX".into(), uid_validity: 7, uid: 9 };
    let queue = |bench: &Bench, id: &str, to: &str, at: Millis| {
        let mut outgoing = outgoing("a", id);
        outgoing.kind = OutgoingKind::Acknowledgement;
        outgoing.to = vec![Address::new("", to)];
        let new = NewOutgoing {
            ticket,
            source: bench.source,
            outgoing,
            seen: model::outgoing::Seen::default(),
            who: String::new(),
            hold_until: None,
            then: None,
            claim: Some(place.clone()),
        };
        let store = bench.store.clone();
        async move { store.queue(new, at).await.unwrap() }
    };
    let id = queue(&bench, "k1", "wang@x.test", NOW).await.unwrap();
    assert_eq!(bench.store.outgoing_claim(id).await.unwrap(), Some(place.clone()));
    let reply = bench.send(ticket, "a", "r1").await;
    hand_over(&bench.store, reply).await;
    assert_eq!(queue(&bench, "k2", "WANG@x.test ", NOW.plus(Millis::DAY - 1)).await, None);
    bench.lose_database().await;
    bench.one(&[mail("a", 0)]).await;
    assert_eq!(queue(&bench, "k3", "wang@x.test", NOW.plus(-5)).await, None, "a lost database knows it too");
    assert!(queue(&bench, "k4", "li@x.test", NOW).await.is_some());
    assert!(queue(&bench, "k5", "wang@x.test", NOW.plus(Millis::DAY)).await.is_some());
    assert_eq!(bench.store.outgoing_claim(id).await.unwrap(), Some(place.clone()));
    assert!(matches!(bench.store.begin_attempt(id, NOW).await.unwrap(), Begun::Go(_)));
    bench.store.delivered(id, None, NOW).await.unwrap();
    assert_eq!(bench.row(ticket).await.status, Status::Open, "a robot's word answers nothing");
}

#[tokio::test]
async fn a_removed_source_stops_its_replies_and_a_forgotten_one_takes_them_along() {
    let bench = Bench::new().await;
    let (one, two) = (bench.one(&[mail("a", 0)]).await, bench.one(&[mail("b", 1)]).await);
    let waiting = bench.send(one, "a", "r1").await;
    let unknown = bench.send(two, "b", "r2").await;
    hand_over(&bench.store, unknown).await;
    bench.store.outcome_unknown(unknown, problem(ProblemCode::OutcomeUnknown), NOW).await.unwrap();
    bench.store.keep_reply_draft(one, &draft("more"), NOW).await.unwrap();
    bench.store.remove_source(bench.source, false, NOW).await.unwrap();
    let entry = bench.store.outbox_entry(waiting).await.unwrap().unwrap();
    assert_eq!(entry.state, OutboxState::Stopped);
    let why = entry.problem.unwrap();
    assert_eq!((why.code, why.params["account"].as_str()), (ProblemCode::SendingNotSetUp, "desk@shop.test"));
    assert_eq!(bench.state(unknown).await, OutboxState::Unknown);
    assert!(bench.html_draft(one).await.is_some());
    bench.store.remove_source(bench.source, true, NOW).await.unwrap();
    assert!(bench.store.outbox().await.unwrap().is_empty());
    assert_eq!(bench.html_draft(one).await, None);
}

#[tokio::test]
async fn whoever_listens_hears_of_the_outbox_and_the_ticket() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    bench.store.keep_reply_draft(ticket, &draft("x"), NOW).await.unwrap();
    let seen = bench.store.seen(ticket).await.unwrap();
    let mut commits = bench.store.commits();
    let id = bench.queue(ticket, outgoing("a", "r1"), seen, None).await;
    bench.store.begin_attempt(id, NOW).await.unwrap();
    bench.store.cross(id, NOW).await.unwrap();
    bench.store.delivered(id, None, NOW).await.unwrap();
    for _ in 0..4 {
        let touched = commits.recv().await.unwrap().touched;
        assert!(touched.outbox && touched.tickets.contains(&ticket), "{touched:?}");
    }
}
