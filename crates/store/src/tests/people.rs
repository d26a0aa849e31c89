//! What a person does, and what follows from it.

use model::{
    Direction, EventKind, MessageKind, Millis, Priority, Status, Tier, ViewId,
    incoming::{Change, Flags, Place},
    urgency::{UrgentReason, UrgentRules},
};

use super::bench::{Bench, NOW, answer, mail, reply};

#[tokio::test]
async fn tags_are_one_whatever_their_case_and_make_views() {
    let bench = Bench::new().await;
    let (one, two) = (bench.one(&[mail("a", 0)]).await, bench.one(&[mail("b", 1)]).await);
    bench.store.tag_tickets(&[one], "VIP 客户", "Lin", NOW).await.unwrap();
    bench.store.tag_tickets(&[one, two], "vip 客户", "Lin", NOW).await.unwrap();
    let views = bench.store.views().await.unwrap();
    let view = views.last().unwrap();
    assert_eq!((view.name.as_str(), view.tickets, view.unread), ("VIP 客户", 2, 2));
    let page = bench.store.list_view(view.id, None, 10).await.unwrap();
    assert_eq!(page.rows.iter().map(|listed| listed.row.id).collect::<Vec<_>>(), [two, one]);
    let ViewId::Tag { tag } = view.id else { panic!("not a tag") };
    bench.store.untag_tickets(&[one, two], tag, "Lin", NOW).await.unwrap();
    assert_eq!(bench.store.views().await.unwrap().len(), 4, "a tag without tickets is no view");
    let events = bench.store.events(one).await.unwrap();
    assert_eq!(events.last().unwrap().what, EventKind::TagRemoved { tag: "VIP 客户".into() });
}

#[tokio::test]
async fn a_tagged_ticket_keeps_its_place_in_the_tags_list_when_mail_arrives() {
    let bench = Bench::new().await;
    let first = mail("a", 0);
    let ticket = bench.one(std::slice::from_ref(&first)).await;
    bench.store.tag_tickets(&[ticket], "late", "Lin", NOW).await.unwrap();
    bench.apply(&[reply(&first, "b", 30)]).await;
    assert_eq!(bench.found("tag:late").await, ["Kettle a"]);
}

#[tokio::test]
async fn a_note_is_said_to_the_team_and_discards_its_draft() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    bench.store.keep_note_draft(ticket, "half a thou", NOW).await.unwrap();
    assert_eq!(bench.store.note_draft(ticket).await.unwrap(), "half a thou");
    bench.store.add_note(ticket, "half a thought about 茶壶", "Lin", NOW).await.unwrap();
    assert_eq!(bench.store.note_draft(ticket).await.unwrap(), "");
    let (messages, earlier) = bench.store.messages(ticket, None, 10).await.unwrap();
    let note = messages.last().unwrap();
    assert_eq!((messages.len(), earlier), (2, 0));
    assert_eq!(
        (note.kind, note.direction, note.from.name.as_str()),
        (MessageKind::Note, Direction::Outbound, "Lin")
    );
    assert_eq!(bench.found("茶壶").await, ["Kettle a"], "notes are searched too");
    assert!(bench.store.add_note(ticket, "  ", "Lin", NOW).await.is_err());
    assert_eq!(bench.row(ticket).await.status, Status::Open, "a note answers nobody");
}

#[tokio::test]
async fn read_here_stays_read_when_the_source_reports_other_flags() {
    let bench = Bench::new().await;
    let place = Place { folder: "INBOX".into(), uid_validity: 1, uid: 1 };
    let mut first = mail("a", 0);
    first.place = Some(place.clone());
    let ticket = bench.one(&[first]).await;
    bench.store.mark_read(&[ticket], true, NOW).await.unwrap();
    let flagged = Flags { flagged: true, ..Flags::default() };
    bench.changes(&[Change::Flags { place, flags: flagged }]).await;
    assert!(!bench.row(ticket).await.unread);
    bench.store.mark_read(&[ticket], false, NOW).await.unwrap();
    assert!(bench.row(ticket).await.unread);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let bench = Bench::new().await;
    let missing = model::TicketId(99);
    let error = bench.store.set_status(&[missing], Status::Closed, "Lin", NOW).await.unwrap_err();
    assert_eq!(error.problem().code, model::ProblemCode::NotFound);
    assert_eq!(bench.store.ticket(missing).await.unwrap(), None);
    bench.apply(&[mail("a", 0)]).await;
}

#[tokio::test]
async fn an_act_that_changes_nothing_is_not_told() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    let before = bench.store.latest_seq();
    let seq = bench.store.set_priority(&[ticket], Priority::Normal, "Lin", NOW).await.unwrap().seq;
    assert_eq!(seq, before);
}

#[tokio::test]
async fn an_urgent_word_raises_news_that_ends_with_the_answer() {
    let bench = Bench::new().await;
    let mut asked = mail("a", 0);
    asked.body.text = "再不处理我就找律师了".into();
    let ticket = bench.one(std::slice::from_ref(&asked)).await;
    let to_notify = bench.store.escalations_to_notify().await.unwrap();
    let reason = UrgentReason::Words { word: "律师".into() };
    assert_eq!((to_notify.len(), to_notify[0].ticket, &to_notify[0].reason), (1, ticket, &reason));
    bench.store.mark_notified(&[to_notify[0].id], NOW).await.unwrap();
    assert!(bench.store.escalations_to_notify().await.unwrap().is_empty());
    assert_eq!(bench.row(ticket).await.urgent, Some(reason));
    bench.apply(&[answer(&asked, "b", 5)]).await;
    assert_eq!(bench.row(ticket).await.urgent, None);
}

#[tokio::test]
async fn what_was_acknowledged_asks_again_only_for_a_new_cause() {
    let bench = Bench::new().await;
    let mut asked = mail("a", 0);
    asked.body.text = "this is urgent".into();
    let ticket = bench.one(std::slice::from_ref(&asked)).await;
    bench.store.acknowledge(ticket, "Lin", NOW).await.unwrap();
    assert_eq!(bench.row(ticket).await.urgent, None);
    let mut calm = reply(&asked, "b", 61);
    calm.body.text = "any news?".into();
    bench.apply(&[calm.clone()]).await;
    assert_eq!(bench.row(ticket).await.urgent, None, "the old word is taken care of");
    bench.apply(&[answer(&calm, "c", 62)]).await;
    let mut again = reply(&calm, "d", 63);
    again.body.text = "I will call my lawyer".into();
    bench.apply(&[again]).await;
    assert!(bench.row(ticket).await.urgent.is_some());
    assert_eq!(bench.store.escalations_to_notify().await.unwrap().len(), 1);
}

#[tokio::test]
async fn ten_thousand_old_mails_raise_no_news() {
    let bench = Bench::new().await;
    let mails: Vec<_> = (0..200)
        .map(|n| {
            let mut mail = mail(&n.to_string(), 0);
            mail.received_at = NOW.plus(-(2 + n) * Millis::DAY / 8 - Millis::DAY);
            mail.body.text = "urgent".into();
            mail
        })
        .collect();
    bench.apply(&mails).await;
    assert!(bench.store.escalations_to_notify().await.unwrap().is_empty());
    assert!(!bench.found("is:urgent").await.is_empty(), "they are urgent in their list");
}

#[tokio::test]
async fn a_vip_becomes_urgent_when_the_target_passes() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 30)]).await;
    assert_eq!(bench.store.next_due().await.unwrap(), None);
    let customer = bench.row(ticket).await.requester;
    bench.store.set_tier(customer, Tier::Vip, "Lin", NOW).await.unwrap();
    let due = bench.store.next_due().await.unwrap().unwrap();
    assert_eq!(due, NOW.plus(30 * Millis::MINUTE));
    assert_eq!(bench.store.raise_due(due.plus(-1)).await.unwrap(), None);
    assert!(bench.store.raise_due(due).await.unwrap().is_some());
    let row = bench.row(ticket).await;
    assert!(row.vip);
    assert_eq!(row.urgent, Some(UrgentReason::VipWaiting { waited_min: 60, target_min: 60 }));
    assert_eq!(bench.store.escalations_to_notify().await.unwrap().len(), 1);
    assert_eq!(bench.store.next_due().await.unwrap(), None);
}

#[tokio::test]
async fn new_rules_judge_the_open_tickets_anew() {
    let mut bench = Bench::new().await;
    let mut asked = mail("a", 0);
    asked.body.text = "the teapot exploded".into();
    let ticket = bench.one(&[asked]).await;
    assert_eq!(bench.row(ticket).await.urgent, None);
    let rules = UrgentRules { words: vec!["exploded".into()], ..UrgentRules::default() };
    bench.store.set_urgent_rules(rules.clone(), NOW).await.unwrap();
    assert!(bench.row(ticket).await.urgent.is_some());
    bench.reopen().await;
    assert_eq!(*bench.store.rules(), rules, "they are kept");
    bench.store.set_urgent_rules(UrgentRules::default(), NOW).await.unwrap();
    assert_eq!(bench.row(ticket).await.urgent, None);
}

#[tokio::test]
async fn priority_urgent_is_a_reason_until_it_is_taken_back() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    bench.store.set_priority(&[ticket], Priority::Urgent, "Lin", NOW).await.unwrap();
    assert_eq!(bench.row(ticket).await.urgent, Some(UrgentReason::Priority));
    bench.store.set_priority(&[ticket], Priority::High, "Lin", NOW).await.unwrap();
    assert_eq!(bench.row(ticket).await.urgent, None);
    assert_eq!(bench.found("priority:high").await.len(), 1);
}

#[tokio::test]
async fn trust_in_a_senders_images_is_kept_by_address() {
    let mut bench = Bench::new().await;
    bench.store.trust_images("Wang@x.test", true, NOW).await.unwrap();
    bench.reopen().await;
    assert!(bench.store.trusts_images("wang@X.test").await.unwrap());
    bench.store.trust_images("wang@x.test", false, NOW).await.unwrap();
    assert!(!bench.store.trusts_images("wang@x.test").await.unwrap());
}

#[tokio::test]
async fn a_source_removed_keeps_its_tickets_and_forgotten_leaves_nothing() {
    let bench = Bench::new().await;
    bench.apply(&[mail("a", 0), mail("b", 1)]).await;
    bench.store.remove_source(bench.source, false, NOW).await.unwrap();
    assert!(bench.store.sources().await.unwrap().is_empty());
    assert_eq!(bench.store.counts().await.unwrap().tickets, 2);
    let again = bench.store.add_source("mailbox", "Shop", "desk@shop.test", serde_json::json!({}), NOW).await;
    assert_eq!(again.unwrap(), bench.source, "the same mailbox is the same source");
    assert_eq!(bench.apply(&[mail("a", 0)]).await.known_messages, 1);
    bench.store.remove_source(bench.source, true, NOW).await.unwrap();
    assert_eq!(bench.store.counts().await.unwrap(), crate::Counts::default());
    assert!(bench.found("kettle").await.is_empty());
    let views = bench.store.views().await.unwrap();
    assert!(views.iter().all(|view| (view.tickets, view.unread) == (0, 0)));
}

#[tokio::test]
async fn a_write_given_up_leaves_the_next_one_clean() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    for polls in 0..40 {
        let tickets = [ticket];
        let act = bench.store.set_priority(&tickets, Priority::High, "Lin", NOW);
        let mut act = Box::pin(act);
        for _ in 0..polls {
            let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
            if std::future::Future::poll(act.as_mut(), context).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(act);
        bench.store.set_priority(&[ticket], Priority::Normal, "Lin", NOW).await.unwrap();
        assert_eq!(bench.row(ticket).await.priority, Priority::Normal);
    }
}

#[tokio::test]
async fn forgetting_a_source_spares_whoever_only_wrote_on_another_ones_ticket() {
    let bench = Bench::new().await;
    let asked = mail("a", 0);
    let mut helped = reply(&asked, "b", 1);
    helped.direction = model::Direction::Inbound;
    helped.from = Some(model::Address::new("Helper", "helper@x.test"));
    bench.apply(&[asked, helped]).await;
    let helper = bench.store.customer_of("helper@x.test").await.unwrap().unwrap();
    bench.store.set_tier(helper, Tier::Vip, "", NOW).await.unwrap();
    let other = bench
        .store
        .add_source("mailbox", "Other", "other@shop.test", serde_json::json!({}), NOW)
        .await
        .unwrap();
    bench.store.remove_source(other, true, NOW).await.unwrap();
    let spared =
        bench.store.customer(helper).await.unwrap().expect("they wrote on a ticket that is still here");
    assert_eq!(spared.tier, Tier::Vip);
    bench.store.remove_source(bench.source, true, NOW).await.unwrap();
    assert_eq!(bench.store.customer(helper).await.unwrap(), None, "nothing of theirs is left");
}

#[tokio::test]
async fn a_source_removed_while_it_is_paused_stays_removed() {
    let bench = Bench::new().await;
    let store = bench.store.clone();
    // Both are asked at once; whichever comes first, the source is gone in the end.
    let (paused, removed) = tokio::join!(
        store.pause_source(bench.source, true, NOW),
        store.remove_source(bench.source, false, NOW)
    );
    removed.unwrap();
    drop(paused);
    let late = store.pause_source(bench.source, false, NOW).await;
    assert!(matches!(late, Err(crate::StoreError::NotFound("source"))), "{late:?}");
    assert!(store.sources().await.unwrap().is_empty());
}
