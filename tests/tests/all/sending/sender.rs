//! The sender with a courier, a look and a clock that the test holds.

use model::{
    Millis, Problem, ProblemCode,
    outgoing::{HOLD_MS, OutboxState},
};
use remote::{RemoteError, Retry};
use testkit::{
    courier::{Fate, Sight},
    mail,
};

use super::shop::{NOON, Shop, answer, copy_of, reply, soon};

fn busy() -> RemoteError {
    RemoteError::transient(Problem::new(ProblemCode::DeliveryDeferred))
}

fn offline() -> RemoteError {
    RemoteError::offline(ProblemCode::Unreachable)
}

#[tokio::test]
async fn replies_of_one_ticket_leave_in_order_and_hold_up_no_other() {
    let shop = Shop::with([Fate::Refused(busy())]).await;
    let ticket = shop.asked("lin").await;
    let first = shop.queued(ticket, reply("first", "lin@x.test", "lin"), false).await;
    let second = shop.queued(ticket, reply("second", "lin@x.test", "lin"), false).await;
    let other = shop.answered("other").await;
    let post = shop.start();
    shop.until_state(other, OutboxState::Sent).await;
    let waiting = shop.until_state(first, OutboxState::Waiting).await;
    assert_eq!((waiting.attempts, waiting.problem.unwrap().code), (1, ProblemCode::DeliveryDeferred));
    assert_eq!(shop.got(), ["other"], "the second does not overtake the first");
    shop.clock.forward(Millis::MINUTE);
    post.nudge();
    shop.until_state(second, OutboxState::Sent).await;
    assert_eq!(shop.got(), ["other", "first", "second"]);
    soon(post.stop()).await;
}

#[tokio::test]
async fn a_reply_is_held_for_as_long_as_it_can_be_taken_back() {
    let shop = Shop::new().await;
    let (kept, undone) = (shop.asked("kept").await, shop.asked("undone").await);
    let kept = shop.queued(kept, reply("kept", "lin@x.test", "kept"), true).await;
    let undone = shop.queued(undone, reply("undone", "lin@x.test", "undone"), true).await;
    let post = shop.start();
    shop.clock.forward(HOLD_MS - 1);
    shop.has_had_its_turn(&post).await;
    assert!(shop.got().is_empty(), "it can still be taken back");
    shop.store.take_back(undone, shop.clock.now()).await.unwrap();
    shop.clock.forward(1);
    post.nudge();
    shop.until_state(kept, OutboxState::Sent).await;
    shop.has_had_its_turn(&post).await;
    assert_eq!(shop.got(), ["kept"]);
    soon(post.stop()).await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_hold_a_reply_for_longer() {
    let shop = Shop::new().await;
    let ticket = shop.asked("lin").await;
    let held = shop.queued(ticket, reply("held", "lin@x.test", "lin"), true).await;
    let post = shop.start();
    shop.clock.forward(-Millis::DAY);
    shop.has_had_its_turn(&post).await;
    shop.clock.forward(HOLD_MS);
    post.nudge();
    shop.until_state(held, OutboxState::Sent).await;
    soon(post.stop()).await;
}

#[tokio::test]
async fn a_reply_written_offline_leaves_as_soon_as_the_line_is_back() {
    let shop = Shop::with([Fate::Refused(offline())]).await;
    shop.look.will_see([Sight::Fails(offline().problem)]);
    let reply = shop.answered("offline").await;
    let post = shop.start();
    let waiting = shop.until(reply, |entry| entry.problem.is_some()).await;
    assert_eq!((waiting.state, waiting.attempts), (OutboxState::Waiting, 0), "a look is no attempt");
    assert_eq!(waiting.problem.unwrap().code, ProblemCode::GuardUnreadable);
    // The source can be read again, the way out is still shut. The clock stands still: only being told helps.
    post.nudge();
    let waiting = shop.until(reply, |entry| entry.attempts == 1 && entry.state == OutboxState::Waiting).await;
    assert_eq!(waiting.problem.unwrap().code, ProblemCode::Unreachable);
    assert!(shop.got().is_empty());
    post.nudge();
    shop.until_state(reply, OutboxState::Sent).await;
    assert_eq!(shop.got(), ["offline"]);
    soon(post.stop()).await;
}

#[tokio::test]
async fn one_look_that_fails_speaks_for_every_reply_that_is_due() {
    let shop = Shop::new().await;
    let replies = [shop.answered("one").await, shop.answered("two").await, shop.answered("three").await];
    shop.look.will_see([Sight::Fails(offline().problem)]);
    let post = shop.start();
    for id in replies {
        shop.until(id, |entry| entry.problem.is_some()).await;
    }
    assert_eq!(shop.look.looks(), 1);
    post.nudge();
    for id in replies {
        shop.until_state(id, OutboxState::Sent).await;
    }
    assert_eq!(shop.got(), ["one", "two", "three"]);
    soon(post.stop()).await;
}

#[tokio::test]
async fn news_on_the_ticket_puts_the_reply_before_a_person() {
    let shop = Shop::new().await;
    let id = shop.answered("lin").await;
    shop.look.will_see([Sight::News(vec![answer("more", "lin@customer.test", NOON.plus(1))])]);
    let post = shop.start();
    let review = shop.until_state(id, OutboxState::Review).await;
    assert_eq!(review.attempts, 0);
    shop.has_had_its_turn(&post).await;
    assert!(shop.got().is_empty(), "what the agent has not seen comes first");
    shop.store.release(id, shop.clock.now()).await.unwrap();
    shop.until_state(id, OutboxState::Sent).await;
    assert_eq!(shop.got(), ["lin"]);
    soon(post.stop()).await;
}

#[tokio::test]
async fn news_on_another_ticket_does_not_matter() {
    let shop = Shop::new().await;
    let id = shop.answered("lin").await;
    shop.look.will_see([Sight::News(vec![mail("new", "bo@x.test", "Something else", "hello", NOON)])]);
    let post = shop.start();
    shop.until_state(id, OutboxState::Sent).await;
    soon(post.stop()).await;
}

#[tokio::test]
async fn what_nobody_knows_of_is_never_sent_again_by_itself() {
    for fate in [Fate::TakenInSilence, Fate::LostInSilence, Fate::BreaksAfter] {
        let shop = Shop::with([fate]).await;
        let id = shop.answered("lin").await;
        let post = shop.start();
        let unknown = shop.until_state(id, OutboxState::Unknown).await;
        assert_eq!((unknown.attempts, unknown.problem.unwrap().code), (1, ProblemCode::OutcomeUnknown));
        shop.clock.forward(7 * Millis::DAY);
        shop.has_had_its_turn(&post).await;
        soon(post.stop()).await;
        let post = shop.start();
        shop.has_had_its_turn(&post).await;
        assert_eq!(shop.entry(id).await.state, OutboxState::Unknown);
        assert!(shop.got().len() < 2, "{:?}", shop.got());
        soon(post.stop()).await;
    }
}

#[tokio::test]
async fn the_copy_among_the_sent_mail_or_the_customers_answer_proves_that_it_arrived() {
    let shop = Shop::with([Fate::TakenInSilence, Fate::TakenInSilence]).await;
    let (copied, replied) = (shop.answered("copied").await, shop.answered("replied").await);
    let post = shop.start();
    let unknown = shop.until_state(copied, OutboxState::Unknown).await;
    shop.until_state(replied, OutboxState::Unknown).await;
    shop.arrives(copy_of(&unknown.outgoing, NOON.plus(1_000))).await;
    shop.until_state(copied, OutboxState::Sent).await;
    shop.arrives(answer("thanks", "replied@shop.test", NOON.plus(2_000))).await;
    shop.until_state(replied, OutboxState::Sent).await;
    shop.has_had_its_turn(&post).await;
    assert_eq!(shop.got(), ["copied", "replied"]);
    soon(post.stop()).await;
}

#[tokio::test]
async fn a_person_decides_about_what_nobody_knows_of() {
    let shop = Shop::with([Fate::LostInSilence, Fate::TakenInSilence]).await;
    let (lost, taken) = (shop.answered("lost").await, shop.answered("taken").await);
    let post = shop.start();
    for id in [lost, taken] {
        shop.until_state(id, OutboxState::Unknown).await;
    }
    shop.store.mark_sent(taken, None, shop.clock.now()).await.unwrap();
    shop.store.release(lost, shop.clock.now()).await.unwrap();
    shop.until_state(lost, OutboxState::Sent).await;
    assert_eq!(shop.entry(taken).await.state, OutboxState::Sent);
    shop.has_had_its_turn(&post).await;
    assert_eq!(shop.got(), ["taken", "lost"]);
    soon(post.stop()).await;
}

#[tokio::test]
async fn the_attempt_is_counted_before_it_is_made_and_the_threshold_is_on_disk_before_it_is_crossed() {
    let shop = Shop::with([Fate::StandsBefore]).await;
    let id = shop.answered("lin").await;
    let post = shop.start();
    soon(shop.courier.standing()).await;
    let sending = shop.entry(id).await;
    assert_eq!((sending.state, sending.attempts), (OutboxState::Sending, 1));
    shop.courier.let_go();
    shop.until_state(id, OutboxState::Sent).await;
    soon(post.stop()).await;

    let shop = Shop::with([Fate::StandsAfter]).await;
    let id = shop.answered("lin").await;
    let post = shop.start();
    soon(shop.courier.standing()).await;
    assert_eq!(shop.entry(id).await.state, OutboxState::HandingOver);
    shop.courier.let_go();
    shop.until_state(id, OutboxState::Sent).await;
    soon(post.stop()).await;
}

#[tokio::test]
async fn a_refusal_that_may_pass_is_tried_again_later_and_one_that_does_not_waits_for_a_person() {
    let patience = std::time::Duration::from_secs(120);
    let greylisted = RemoteError { retry: Retry::Transient { after: Some(patience) }, ..busy() };
    let refused = RemoteError::permanent(Problem::new(ProblemCode::RecipientsRefused));
    let fates = [Fate::RefusedAtEnd(busy()), Fate::Taken, Fate::Refused(greylisted), Fate::Refused(refused)];
    let shop = Shop::with(fates).await;
    let id = shop.answered("lin").await;
    let post = shop.start();
    let first = shop.until(id, |entry| entry.attempts == 1 && entry.state == OutboxState::Waiting).await;
    let wait = first.next_try_at_ms.unwrap().since(shop.clock.now());
    assert!((1_000..=2_000).contains(&wait), "{wait} ms");
    // A nudge tells of the line, and the line is not what this one waits for.
    shop.has_had_its_turn(&post).await;
    assert_eq!(shop.entry(id).await.attempts, 1);
    shop.clock.forward(wait);
    post.nudge();
    let second = shop.until(id, |entry| entry.attempts == 2 && entry.state == OutboxState::Waiting).await;
    assert!(second.next_try_at_ms.unwrap().since(shop.clock.now()) >= 120_000, "as the server asked");
    shop.clock.forward(Millis::HOUR);
    post.nudge();
    let stopped = shop.until_state(id, OutboxState::Stopped).await;
    assert_eq!(stopped.problem.unwrap().code, ProblemCode::RecipientsRefused);
    shop.has_had_its_turn(&post).await;
    assert!(shop.got().is_empty());
    soon(post.stop()).await;
}

#[tokio::test]
async fn a_panic_of_the_look_or_the_courier_is_a_fault_like_any_other() {
    let shop = Shop::with([Fate::BreaksBefore]).await;
    shop.look.will_see([Sight::Breaks]);
    let id = shop.answered("lin").await;
    let post = shop.start();
    let looked = shop.until(id, |entry| entry.problem.is_some()).await;
    assert_eq!((looked.state, looked.attempts), (OutboxState::Waiting, 0));
    post.nudge();
    let broken = shop.until(id, |entry| entry.attempts == 1 && entry.state == OutboxState::Waiting).await;
    assert_eq!(broken.problem.unwrap().code, ProblemCode::Internal);
    shop.clock.forward(Millis::HOUR);
    post.nudge();
    shop.until_state(id, OutboxState::Sent).await;
    assert_eq!(shop.got(), ["lin"]);
    soon(post.stop()).await;
}
