//! Mails of this desk that come back with their source, and answers to them: nothing doubles, and nothing stays unknown that is known.

use model::{
    Direction, Problem, ProblemCode, Status,
    incoming::{Change, Incoming, Place},
    outgoing::OutboxState,
};

use super::{
    bench::{Bench, NOW, mail, reply},
    replies::{HELD, copy_of, hand_over, outgoing},
};
use crate::Begun;

fn unknown() -> Problem {
    Problem::new(ProblemCode::OutcomeUnknown)
}

fn at(uid: u32) -> Option<Place> {
    Some(Place { folder: "Sent".into(), uid_validity: 1, uid })
}

async fn asked() -> (Bench, Incoming, model::TicketId) {
    let bench = Bench::new().await;
    let first = mail("a", 0);
    let ticket = bench.one(std::slice::from_ref(&first)).await;
    (bench, first, ticket)
}

#[tokio::test]
async fn the_copy_from_sent_is_the_mail_that_stands_there_already() {
    let (mut bench, first, ticket) = asked().await;
    let id = bench.send(ticket, "a", "r1").await;
    hand_over(&bench.store, id).await;
    bench.store.delivered(id, None, NOW).await.unwrap();
    let key = bench.store.messages(ticket, None, 9).await.unwrap().0[1].id;
    let mut copy = copy_of(&outgoing("a", "r1"), &first, "EMAILID 77", 61);
    copy.place = at(5);
    let applied = bench.apply(std::slice::from_ref(&copy)).await;
    assert_eq!((applied.new_messages, applied.known_messages), (0, 1));
    let (messages, _) = bench.store.messages(ticket, None, 9).await.unwrap();
    assert_eq!((messages.len(), messages[1].id), (2, key));
    bench.reopen().await;
    assert_eq!(
        bench.apply(std::slice::from_ref(&copy)).await.known_messages,
        1,
        "under its own identity now"
    );
    bench.changes(&[Change::Gone { place: at(5).unwrap() }]).await;
    let (messages, _) = bench.store.messages(ticket, None, 9).await.unwrap();
    assert_eq!(messages[1].gone_at_ms, Some(NOW), "and it lies where the copy lay");
}

#[tokio::test]
async fn two_copies_of_two_identities_are_still_one_mail() {
    let (bench, first, ticket) = asked().await;
    let id = bench.send(ticket, "a", "r1").await;
    hand_over(&bench.store, id).await;
    bench.store.delivered(id, None, NOW).await.unwrap();
    let one = copy_of(&outgoing("a", "r1"), &first, "EMAILID 1", 61);
    let two = copy_of(&outgoing("a", "r1"), &first, "EMAILID 2", 61);
    for page in [vec![one.clone(), two.clone()], vec![one.clone()], vec![two], vec![one]] {
        assert_eq!(bench.apply(&page).await.new_messages, 0);
    }
    assert_eq!(bench.row(ticket).await.messages, 2);
}

#[tokio::test]
async fn a_copy_that_comes_first_settles_the_mail_wherever_it_stood() {
    for stage in ["waiting", "sending", "handing_over", "unknown"] {
        let (bench, first, ticket) = asked().await;
        let id = bench.send(ticket, "a", "r1").await;
        let store = &bench.store;
        if stage != "waiting" {
            store.begin_attempt(id, NOW).await.unwrap();
        }
        if stage == "handing_over" || stage == "unknown" {
            store.cross(id, NOW).await.unwrap();
        }
        if stage == "unknown" {
            store.outcome_unknown(id, unknown(), NOW).await.unwrap();
        }
        let mut copy = copy_of(&outgoing("a", "r1"), &first, "EMAILID 7", 61);
        // Whatever its references say, it belongs on the ticket it was written on.
        (copy.references, copy.in_reply_to, copy.subject) = (vec![], vec![], "Anything".into());
        assert_eq!(bench.apply(&[copy]).await.new_messages, 1, "{stage}");
        assert_eq!(bench.state(id).await, OutboxState::Sent, "{stage}");
        assert_eq!((bench.row(ticket).await.messages, bench.row(ticket).await.status), (2, Status::Waiting));
        assert_eq!(store.seen(ticket).await.unwrap().mails, 1, "{stage}: no news to whoever sent it");
        store.delivered(id, None, NOW).await.unwrap();
        store.outcome_unknown(id, unknown(), NOW).await.unwrap();
        store.postpone(id, unknown(), NOW, NOW).await.unwrap();
        assert_eq!(bench.state(id).await, OutboxState::Sent, "{stage}: what is sent stays sent");
        assert_eq!(bench.row(ticket).await.messages, 2, "{stage}");
    }
}

#[tokio::test]
async fn a_held_reply_that_the_source_has_never_goes_again() {
    let (bench, first, ticket) = asked().await;
    let id = bench.send_held(ticket, "a", "r1", HELD).await;
    bench.apply(&[copy_of(&outgoing("a", "r1"), &first, "EMAILID 7", 61)]).await;
    assert_eq!(bench.state(id).await, OutboxState::Held, "nothing of it has left here");
    assert_eq!(bench.store.begin_attempt(id, HELD.unwrap()).await.unwrap(), Begun::Gone);
    assert_eq!(bench.state(id).await, OutboxState::Sent);
}

#[tokio::test]
async fn an_answer_to_an_unknown_reply_proves_that_it_arrived() {
    for by_reference in [false, true] {
        let (bench, first, ticket) = asked().await;
        let id = bench.send(ticket, "a", "r1").await;
        hand_over(&bench.store, id).await;
        bench.store.outcome_unknown(id, unknown(), NOW).await.unwrap();
        let mut thanks = reply(&first, "thanks", 65);
        let named = if by_reference { &mut thanks.references } else { &mut thanks.in_reply_to };
        *named = vec!["r1".into()];
        bench.apply(&[thanks.clone()]).await;
        assert_eq!(bench.state(id).await, OutboxState::Sent);
        let (messages, _) = bench.store.messages(ticket, None, 9).await.unwrap();
        let texts: Vec<_> = messages.iter().map(|message| message.text.as_str()).collect();
        assert_eq!(texts, ["text of a", "新壶明天寄出 r1", "text of thanks"]);
        assert_eq!(bench.row(ticket).await.status, Status::Open, "they wrote last");
        bench.apply(&[copy_of(&outgoing("a", "r1"), &first, "EMAILID 7", 60), thanks]).await;
        assert_eq!(bench.row(ticket).await.messages, 3);
    }
}

#[tokio::test]
async fn an_answer_that_comes_while_the_server_is_still_silent_proves_it_too() {
    let (bench, first, ticket) = asked().await;
    let id = bench.send(ticket, "a", "r1").await;
    hand_over(&bench.store, id).await;
    let mut thanks = reply(&first, "thanks", 65);
    thanks.references.push("r1".into());
    bench.apply(&[thanks]).await;
    bench.store.outcome_unknown(id, unknown(), NOW).await.unwrap();
    assert_eq!(bench.state(id).await, OutboxState::Sent);
}

#[tokio::test]
async fn an_answer_and_the_copy_on_one_page_are_two_mails() {
    let (bench, first, ticket) = asked().await;
    let id = bench.send(ticket, "a", "r1").await;
    hand_over(&bench.store, id).await;
    bench.store.outcome_unknown(id, unknown(), NOW).await.unwrap();
    let mut thanks = reply(&first, "thanks", 65);
    thanks.references.push("r1".into());
    bench.apply(&[thanks, copy_of(&outgoing("a", "r1"), &first, "EMAILID 7", 61)]).await;
    assert_eq!((bench.row(ticket).await.messages, bench.state(id).await), (3, OutboxState::Sent));
}

#[tokio::test]
async fn somebody_outside_who_uses_our_message_id_is_not_taken_for_us() {
    let (bench, first, ticket) = asked().await;
    let id = bench.send(ticket, "a", "r1").await;
    hand_over(&bench.store, id).await;
    bench.store.delivered(id, None, NOW).await.unwrap();
    let mut forged = reply(&first, "r1", 66);
    forged.identity = "forged".into();
    assert_eq!(bench.apply(&[forged]).await.new_messages, 1);
    let (messages, _) = bench.store.messages(ticket, None, 9).await.unwrap();
    assert_eq!(messages.len(), 3);
    assert_eq!(messages.last().unwrap().direction, Direction::Inbound);
    assert!(bench.row(ticket).await.unread);
}

#[tokio::test]
async fn an_unknown_reply_on_a_ticket_of_another_source_is_not_touched() {
    let (bench, first, ticket) = asked().await;
    let id = bench.send(ticket, "a", "r1").await;
    hand_over(&bench.store, id).await;
    bench.store.outcome_unknown(id, unknown(), NOW).await.unwrap();
    let config = serde_json::json!({});
    let other = bench.store.add_source("mailbox", "Other", "o@shop.test", config, NOW).await.unwrap();
    let copy = Change::Message(Box::new(copy_of(&outgoing("a", "r1"), &first, "EMAILID 7", 61)));
    let cursor = model::incoming::Cursor("c".into());
    bench.store.apply(other, &[copy], &cursor, None, NOW).await.unwrap();
    assert_eq!(bench.state(id).await, OutboxState::Unknown);
}

#[tokio::test]
async fn a_long_conversation_is_answered_in_no_time() {
    let bench = Bench::new().await;
    let first = mail("a", 0);
    let ticket = bench.one(std::slice::from_ref(&first)).await;
    for page in 0..10 {
        let mails: Vec<_> = (0..500)
            .map(|n| {
                let mut mail = reply(&first, &format!("m{page}x{n}"), 1);
                mail.automatic = (n % 2 == 0).then_some(model::Automatic::AutoReply);
                mail
            })
            .collect();
        bench.apply(&mails).await;
    }
    let seen = bench.store.seen(ticket).await.unwrap();
    assert_eq!(seen.mails, 2_501);
    let id = bench.send(ticket, "a", "r1").await;
    let began = std::time::Instant::now();
    hand_over(&bench.store, id).await;
    bench.store.delivered(id, None, NOW).await.unwrap();
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    assert_eq!(bench.store.seen(ticket).await.unwrap(), seen);
}
