//! The sender's end, what it finds at its start, copies, acknowledgements, and what stands on the ticket.

use std::time::Duration;

use model::{
    Direction, Millis, OutboxId, Problem, ProblemCode,
    incoming::Place,
    outgoing::{OutboxState, Outgoing, OutgoingAttachment, OutgoingKind, SentCopy},
};
use remote::{Claim, RemoteError};
use store::NewOutgoing;
use testkit::courier::{Fate, Sight};

use super::shop::{NOON, Shop, copy_of, reply, soon};

#[tokio::test]
async fn an_end_before_the_threshold_stops_at_once_and_the_mail_goes_later() {
    let shop = Shop::with([Fate::StandsBefore]).await;
    let id = shop.answered("lin").await;
    let post = shop.start();
    soon(shop.courier.standing()).await;
    soon(post.stop()).await;
    let waiting = shop.entry(id).await;
    assert_eq!((waiting.state, waiting.attempts), (OutboxState::Waiting, 1));
    assert!(shop.got().is_empty());
    let post = shop.start();
    shop.until_state(id, OutboxState::Sent).await;
    assert_eq!(shop.got(), ["lin"]);
    soon(post.stop()).await;
}

#[tokio::test]
async fn an_end_behind_the_threshold_waits_for_the_outcome() {
    let shop = Shop::with([Fate::StandsAfter]).await;
    let id = shop.answered("lin").await;
    let post = shop.start();
    soon(shop.courier.standing()).await;
    let mut stopping = tokio::spawn(post.stop());
    let early = tokio::time::timeout(Duration::from_millis(200), &mut stopping).await;
    assert!(early.is_err(), "the mail is being handed over");
    shop.courier.let_go();
    soon(stopping).await.unwrap();
    assert_eq!(shop.entry(id).await.state, OutboxState::Sent);
    assert_eq!(shop.got(), ["lin"]);
}

#[tokio::test]
async fn an_end_does_not_wait_for_a_look() {
    let shop = Shop::new().await;
    shop.look.will_see([Sight::Hangs]);
    let id = shop.answered("lin").await;
    let post = shop.start();
    soon(shop.look.looking.notified()).await;
    soon(post.stop()).await;
    let waiting = shop.entry(id).await;
    assert_eq!((waiting.state, waiting.attempts), (OutboxState::Waiting, 0));
}

#[tokio::test]
async fn an_attempt_that_is_not_its_own_is_left_alone_until_the_workspace_is_opened_again() {
    let shop = Shop::new().await;
    let (begun, crossed) = (shop.answered("begun").await, shop.answered("crossed").await);
    for id in [begun, crossed] {
        shop.store.begin_attempt(id, NOON).await.unwrap();
    }
    shop.store.cross(crossed, NOON).await.unwrap();
    let post = shop.start();
    shop.has_had_its_turn(&post).await;
    assert!(shop.got().is_empty(), "somebody else may be at it");
    soon(post.stop()).await;
    shop.store.recover_outbox(shop.clock.now()).await.unwrap();
    let post = shop.start();
    shop.until_state(begun, OutboxState::Sent).await;
    shop.has_had_its_turn(&post).await;
    assert_eq!(shop.entry(crossed).await.state, OutboxState::Unknown);
    assert_eq!(shop.got(), ["begun"]);
    soon(post.stop()).await;
}

#[tokio::test]
async fn a_reply_that_left_stands_on_its_ticket_once_with_its_attachment_and_its_copy_doubles_nothing() {
    let shop = Shop::new().await;
    let ticket = shop.asked("lin").await;
    let mut draft = shop.store.blobs().begin().await.unwrap();
    draft.write(b"%PDF-1.7 an invoice").await.unwrap();
    let kept = draft.finish().await.unwrap();
    let attachment = OutgoingAttachment {
        name: "发票.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        size: i64::try_from(kept.size).unwrap(),
        content_id: None,
        hash: kept.hash,
    };
    let outgoing = Outgoing { attachments: vec![attachment], ..reply("lin", "lin@x.test", "lin") };
    let id = shop.queued(ticket, outgoing.clone(), false).await;
    let post = shop.start();
    shop.until_state(id, OutboxState::Sent).await;
    shop.arrives(copy_of(&outgoing, NOON.plus(1_000))).await;
    let (messages, _) = shop.store.messages(ticket, None, 10).await.unwrap();
    let sent: Vec<_> = messages.iter().filter(|message| message.direction == Direction::Outbound).collect();
    assert_eq!(sent.len(), 1, "{messages:?}");
    assert!(sent[0].text.contains("您好"), "{:?}", sent[0].text);
    let names: Vec<&str> = sent[0].attachments.iter().map(|attachment| attachment.name.as_str()).collect();
    assert_eq!(names, ["发票.pdf"]);
    soon(post.stop()).await;
}

#[tokio::test]
async fn a_mail_whose_attachment_is_gone_waits_for_a_person() {
    let shop = Shop::new().await;
    let ticket = shop.asked("lin").await;
    let missing = OutgoingAttachment {
        name: "plan.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        size: 7,
        content_id: None,
        hash: model::BlobHash("0".repeat(64)),
    };
    let outgoing = Outgoing { attachments: vec![missing], ..reply("lin", "lin@x.test", "lin") };
    let id = shop.queued(ticket, outgoing, false).await;
    let post = shop.start();
    let stopped = shop.until_state(id, OutboxState::Stopped).await;
    assert_eq!(stopped.problem.unwrap().code, ProblemCode::AttachmentMissing);
    assert_eq!(shop.courier.calls(), 0);
    soon(post.stop()).await;
}

#[tokio::test]
async fn a_copy_is_tried_again_and_given_up_with_a_word_and_the_reply_is_sent_once() {
    let shop = Shop::new().await;
    let faults = (0..8).map(|_| RemoteError::permanent(Problem::new(ProblemCode::PasswordRefused)));
    shop.courier.refuse_copies("lin@shop.test", faults);
    let id = shop.answered("lin").await;
    let post = shop.start();
    let mut notices = post.notices();
    shop.until_state(id, OutboxState::Sent).await;
    for _ in 0..8 {
        shop.has_had_its_turn(&post).await;
        shop.clock.forward(Millis::HOUR);
        post.nudge();
    }
    assert_eq!(soon(notices.recv()).await.unwrap().code, ProblemCode::CopyNotFiled);
    shop.has_had_its_turn(&post).await;
    assert!(notices.try_recv().is_err(), "it is told once");
    assert_eq!(shop.entry(id).await.copy, SentCopy::Done);
    assert!(!shop.courier.filed().contains(&"lin@shop.test".to_owned()));
    assert_eq!(shop.got(), ["lin"]);
    soon(post.stop()).await;
}

#[tokio::test]
async fn a_copy_is_filed_once_the_line_is_back_however_long_that_takes() {
    let shop = Shop::new().await;
    let faults = (0..20).map(|_| RemoteError::offline(ProblemCode::Unreachable));
    shop.courier.refuse_copies("lin@shop.test", faults);
    let id = shop.answered("lin").await;
    let post = shop.start();
    shop.until_state(id, OutboxState::Sent).await;
    while shop.courier.copy_calls() < 20 {
        shop.clock.forward(Millis::MINUTE);
        post.nudge();
        tokio::task::yield_now().await;
    }
    shop.clock.forward(Millis::MINUTE);
    post.nudge();
    shop.until(id, |entry| entry.copy == SentCopy::Done).await;
    assert_eq!(shop.courier.filed(), ["lin@shop.test"]);
    soon(post.stop()).await;
}

/// An acknowledgement of the ticket's first mail.
async fn acknowledged(shop: &Shop, name: &str) -> OutboxId {
    let ticket = shop.asked(name).await;
    let outgoing = Outgoing {
        kind: OutgoingKind::Acknowledgement,
        to: vec![model::Address::new("", &format!("{name}@x.test"))],
        ..reply(name, "lin@x.test", name)
    };
    let new = NewOutgoing {
        ticket,
        source: shop.source,
        outgoing,
        seen: shop.store.seen(ticket).await.unwrap(),
        who: String::new(),
        hold_until: None,
        then: None,
        claim: Some(Place { folder: "INBOX".to_owned(), uid_validity: 1, uid: 7 }),
    };
    shop.store.queue(new, shop.clock.now()).await.unwrap().expect("the first of the day")
}

async fn is_gone(shop: &Shop, id: OutboxId) -> bool {
    shop.store.outbox_entry(id).await.unwrap().is_none()
}

#[tokio::test]
async fn only_the_desk_that_wins_the_claim_acknowledges_and_it_claims_once() {
    let shop =
        Shop::with([Fate::Refused(RemoteError::transient(Problem::new(ProblemCode::ServerBusy)))]).await;
    let offline = RemoteError::offline(ProblemCode::Unreachable);
    shop.courier.answer_claims([Err(offline), Ok(Claim::Won), Ok(Claim::Lost), Ok(Claim::CannotTell)]);
    let won = acknowledged(&shop, "won").await;
    let post = shop.start();
    shop.until(won, |entry| entry.problem.is_some()).await;
    post.nudge();
    shop.until(won, |entry| entry.attempts == 1 && entry.state == OutboxState::Waiting).await;
    shop.clock.forward(Millis::MINUTE);
    post.nudge();
    shop.until_state(won, OutboxState::Sent).await;
    let others = [acknowledged(&shop, "lost").await, acknowledged(&shop, "cannot-tell").await];
    shop.has_had_its_turn(&post).await;
    for id in others {
        assert!(is_gone(&shop, id).await);
    }
    assert_eq!(shop.got(), ["won"]);
    assert_eq!(shop.courier.claimed().len(), 4, "what was won is not claimed again");
    soon(post.stop()).await;
}

#[tokio::test]
async fn an_acknowledgement_never_waits_for_a_person_and_never_comes_late() {
    let shop = Shop::with([
        Fate::Refused(RemoteError::permanent(Problem::new(ProblemCode::RecipientsRefused))),
        Fate::LostInSilence,
    ])
    .await;
    let refused = acknowledged(&shop, "refused").await;
    let unknown = acknowledged(&shop, "unknown").await;
    let post = shop.start();
    shop.has_had_its_turn(&post).await;
    soon(post.stop()).await;
    let late = acknowledged(&shop, "late").await;
    shop.clock.forward(2 * Millis::HOUR);
    let post = shop.start();
    shop.has_had_its_turn(&post).await;
    for id in [refused, unknown, late] {
        assert!(is_gone(&shop, id).await, "{id:?}");
    }
    assert!(shop.got().is_empty());
    soon(post.stop()).await;
}
