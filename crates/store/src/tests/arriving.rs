//! How mail becomes tickets, in whatever order it arrives.

use model::{
    Address, Automatic, Defect, Direction, EventKind, Millis, StandardView, Status, ViewId,
    incoming::{Change, Cursor, Flags, Incoming, IncomingAttachment, Place},
};

use super::bench::{Bench, NOW, answer, mail, reply};

#[tokio::test]
async fn a_first_mail_begins_an_open_unread_ticket() {
    let bench = Bench::new().await;
    let applied = bench.apply(&[mail("a", 0)]).await;
    assert_eq!((applied.new_messages, applied.known_messages, applied.new_tickets), (1, 0, 1));
    let row = bench.row(*applied.tickets.first().unwrap()).await;
    assert_eq!((row.status, row.unread, row.messages), (Status::Open, true, 1));
    assert_eq!((row.subject.as_str(), row.snippet.as_str()), ("Kettle a", "text of a"));
    assert_eq!((row.requester_name.as_str(), row.requester_email.as_str()), ("Wang Zhiyuan", "wang@x.test"));
    assert_eq!(row.waiting_since_ms, Some(mail("a", 0).received_at));
    assert_eq!(row.token, model::threading::Token::of_root("a"));
}

#[tokio::test]
async fn mails_of_one_moment_all_have_a_place_whatever_their_uids() {
    let bench = Bench::new().await;
    let last_of_its_moment = |turn: u32| {
        let uid = (turn << 21) - 1;
        let place = Some(Place { folder: "INBOX".into(), uid_validity: 1, uid });
        Incoming { place, ..mail(&uid.to_string(), 0) }
    };
    let applied = bench.apply(&[1, 2, 3].map(last_of_its_moment)).await;
    assert_eq!((applied.new_messages, applied.new_tickets), (3, 3));
}

#[tokio::test]
async fn a_repeated_page_changes_nothing() {
    let bench = Bench::new().await;
    let first = mail("a", 0);
    let page = [first.clone(), answer(&first, "b", 5), mail("c", 9)];
    let applied = bench.apply(&page).await;
    let again = bench.apply(&page).await;
    assert_eq!((again.new_messages, again.known_messages, again.new_tickets), (0, 3, 0));
    assert_eq!(again.seq, applied.seq, "nothing to tell");
    assert_eq!(bench.store.counts().await.unwrap().messages, 3);
}

#[tokio::test]
async fn an_answer_makes_the_ticket_wait_and_a_reply_opens_it_again() {
    let bench = Bench::new().await;
    let first = mail("a", 0);
    let ours = answer(&first, "b", 5);
    let ticket = bench.one(std::slice::from_ref(&first)).await;
    bench.one(std::slice::from_ref(&ours)).await;
    let row = bench.row(ticket).await;
    assert_eq!((row.status, row.waiting_since_ms, row.messages), (Status::Waiting, None, 2));
    let theirs = reply(&ours, "c", 9);
    assert_eq!(bench.one(std::slice::from_ref(&theirs)).await, ticket);
    let row = bench.row(ticket).await;
    assert_eq!((row.status, row.waiting_since_ms), (Status::Open, Some(theirs.received_at)));
}

#[tokio::test]
async fn a_reply_reopens_a_closed_ticket_and_says_so() {
    let bench = Bench::new().await;
    let first = mail("a", 0);
    let ticket = bench.one(std::slice::from_ref(&first)).await;
    bench.store.set_status(&[ticket], Status::Closed, "Lin", NOW).await.unwrap();
    assert_eq!(bench.row(ticket).await.status, Status::Closed);
    bench.apply(&[reply(&first, "b", 70)]).await;
    assert_eq!(bench.row(ticket).await.status, Status::Open);
    let events = bench.store.events(ticket).await.unwrap();
    let what: Vec<_> = events.iter().map(|event| (event.who.as_str(), event.what.clone())).collect();
    let change = |from, to| EventKind::Status { from, to };
    assert_eq!(
        what,
        [("Lin", change(Status::Open, Status::Closed)), ("", change(Status::Closed, Status::Open)),]
    );
}

#[tokio::test]
async fn automatic_mail_joins_its_ticket_without_a_turn() {
    let bench = Bench::new().await;
    let first = mail("a", 0);
    let ours = answer(&first, "b", 5);
    let ticket = bench.one(&[first, ours.clone()]).await;
    bench.store.set_status(&[ticket], Status::Closed, "Lin", NOW).await.unwrap();
    let mut bounce = reply(&ours, "c", 80);
    bounce.from = Some(Address::new("", "mailer-daemon@x.test"));
    bounce.automatic = Some(Automatic::Bounce { recipients: vec!["wang@x.test".into()], status: None });
    assert_eq!(bench.one(&[bounce]).await, ticket, "by the message it reports");
    let row = bench.row(ticket).await;
    assert_eq!((row.status, row.messages, row.waiting_since_ms), (Status::Closed, 3, None));
}

#[tokio::test]
async fn an_older_root_finds_the_ticket_of_its_replies() {
    let bench = Bench::new().await;
    let root = mail("root", 0);
    let ours = answer(&root, "b", 5);
    let theirs = reply(&ours, "c", 9);
    let ticket = bench.one(&[theirs]).await;
    let row = bench.row(ticket).await;
    assert_eq!(row.subject, "Re: Re: Kettle root");
    assert_eq!(bench.one(&[ours]).await, ticket);
    assert_eq!(bench.one(&[root]).await, ticket);
    let row = bench.row(ticket).await;
    assert_eq!((row.subject.as_str(), row.messages, row.status), ("Kettle root", 3, Status::Open));
    assert_eq!(row.token, model::threading::Token::of_root("root"));
}

#[tokio::test]
async fn a_token_in_the_subject_joins_only_who_took_part() {
    let bench = Bench::new().await;
    let first = mail("a", 0);
    let ticket = bench.one(std::slice::from_ref(&first)).await;
    let token = bench.row(ticket).await.token.0;
    let mut theirs = mail("b", 5);
    theirs.subject = format!("about my order [{token}]");
    assert_eq!(bench.one(std::slice::from_ref(&theirs)).await, ticket);
    let mut stranger = mail("c", 6);
    stranger.subject = theirs.subject;
    stranger.from = Some(Address::new("Eve", "eve@evil.test"));
    assert_ne!(bench.one(&[stranger]).await, ticket);
}

#[tokio::test]
async fn a_reply_without_references_is_joined_by_its_subject() {
    let bench = Bench::new().await;
    let mut first = mail("a", 0);
    first.subject = "Broken kettle, order 4411".into();
    let ticket = bench.one(&[first]).await;
    let mut theirs = mail("b", 5);
    theirs.subject = "RE: Broken kettle, order 4411".into();
    assert_eq!(bench.one(std::slice::from_ref(&theirs)).await, ticket);
    let mut other = theirs.clone();
    (other.identity, other.message_id) = ("other".into(), Some("other".into()));
    other.from = Some(Address::new("Li", "li@x.test"));
    assert_ne!(bench.one(&[other]).await, ticket, "somebody else with the same subject");
}

#[tokio::test]
async fn the_root_of_a_reply_without_references_is_found_later() {
    let bench = Bench::new().await;
    let mut theirs = mail("b", 5);
    theirs.subject = "RE: Broken kettle, order 4411".into();
    let ticket = bench.one(&[theirs]).await;
    let mut first = mail("a", 0);
    first.subject = "Broken kettle, order 4411".into();
    assert_eq!(bench.one(&[first]).await, ticket);
    assert_eq!(bench.row(ticket).await.subject, "Broken kettle, order 4411");
}

#[tokio::test]
async fn history_arrives_closed_and_read() {
    let bench = Bench::new().await;
    let mut old = mail("a", 0);
    old.received_at = NOW.plus(-15 * Millis::DAY);
    let row = bench.row(bench.one(&[old]).await).await;
    assert_eq!((row.status, row.unread), (Status::Closed, false));
}

#[tokio::test]
async fn what_the_source_marks_as_answered_waits() {
    let bench = Bench::new().await;
    let mut asked = mail("a", 0);
    asked.flags = Flags { seen: true, answered: true, flagged: false };
    let row = bench.row(bench.one(&[asked]).await).await;
    assert_eq!((row.status, row.unread, row.waiting_since_ms), (Status::Waiting, false, None));
}

fn at(uid: u32) -> Place {
    Place { folder: "INBOX".into(), uid_validity: 1, uid }
}

#[tokio::test]
async fn flags_changed_at_the_source_are_taken_over() {
    let bench = Bench::new().await;
    let mut first = mail("a", 0);
    first.place = Some(at(7));
    let ticket = bench.one(&[first]).await;
    let flags = Flags { seen: true, answered: true, flagged: false };
    bench.changes(&[Change::Flags { place: at(7), flags }]).await;
    let row = bench.row(ticket).await;
    assert_eq!((row.unread, row.status, row.waiting_since_ms), (false, Status::Waiting, None));
    bench.changes(&[Change::Flags { place: at(7), flags: Flags::default() }]).await;
    assert!(bench.row(ticket).await.unread, "marked unread at the source");
}

#[tokio::test]
async fn a_message_is_gone_when_its_last_place_is() {
    let bench = Bench::new().await;
    let mut first = mail("a", 0);
    first.place = Some(at(7));
    let ticket = bench.one(std::slice::from_ref(&first)).await;
    let gone = async || bench.store.messages(ticket, None, 9).await.unwrap().0[0].gone_at_ms;
    let elsewhere = Place { folder: "Archive".into(), uid_validity: 4, uid: 1 };
    first.place = Some(elsewhere.clone());
    bench.changes(&[Change::Message(Box::new(first.clone())), Change::Gone { place: at(7) }]).await;
    assert_eq!(gone().await, None, "moved");
    let renumbered = Change::Renumbered { folder: "Archive".into(), uid_validity: 5 };
    bench.changes(&[renumbered]).await;
    assert_eq!(gone().await, None, "renumbered, not yet swept");
    bench.changes(&[Change::Swept { folder: "Archive".into(), uid_validity: 5 }]).await;
    assert_eq!(gone().await, Some(NOW));
    first.place = Some(Place { uid_validity: 5, ..elsewhere });
    bench.changes(&[Change::Message(Box::new(first))]).await;
    assert_eq!(gone().await, None, "it is there again");
}

#[tokio::test]
async fn messages_of_one_moment_all_have_keys_of_their_own() {
    let bench = Bench::new().await;
    let mails: Vec<_> = (0..40)
        .map(|n| {
            let mut mail = mail(&n.to_string(), 0);
            mail.place = (n % 2 == 0).then(|| at(n / 4));
            mail
        })
        .collect();
    bench.apply(&mails[..20]).await;
    bench.apply(&mails[20..]).await;
    assert_eq!(bench.store.counts().await.unwrap().messages, 40);
    let exported = bench.store.export_messages(None).await.unwrap();
    assert_eq!(exported.messages.len(), 40);
}

#[tokio::test]
async fn the_cursor_and_progress_are_kept_with_the_page() {
    let bench = Bench::new().await;
    assert_eq!(bench.store.cursor(bench.source).await.unwrap(), None);
    let change = Change::Message(Box::new(mail("a", 0)));
    let cursor = Cursor("page 2".into());
    bench.store.apply(bench.source, &[change], &cursor, Some((1, 10)), NOW).await.unwrap();
    assert_eq!(bench.store.cursor(bench.source).await.unwrap(), Some(cursor));
    let source = bench.store.source(bench.source).await.unwrap().unwrap();
    assert_eq!((source.messages, source.filled), (1, Some((1, 10))));
}

#[tokio::test]
async fn a_commit_is_told_after_it_happened_and_can_be_asked_for() {
    let bench = Bench::new().await;
    let mut commits = bench.store.commits();
    let before = bench.store.latest_seq();
    let applied = bench.apply(&[mail("a", 0)]).await;
    let committed = commits.try_recv().unwrap();
    assert_eq!(committed.seq, applied.seq);
    assert_eq!(committed.touched.tickets, applied.tickets);
    assert!(committed.touched.views && committed.touched.lists && committed.touched.sources);
    let since = bench.store.changes_since(before).await.unwrap().unwrap();
    assert_eq!(since, committed.touched);
    assert!(bench.store.changes_since(applied.seq).await.unwrap().unwrap().is_empty());
}

#[tokio::test]
async fn an_unattended_sender_stands_for_whoever_shall_be_answered() {
    let bench = Bench::new().await;
    let mut form = mail("a", 0);
    form.from = Some(Address::new("Shop form", "noreply@shop.test"));
    form.reply_to = vec![Address::new("Li Na", "li@x.test")];
    assert_eq!(bench.row(bench.one(&[form]).await).await.requester_email, "li@x.test");
    let mut other = mail("b", 1);
    other.reply_to = vec![Address::new("", "wang@home.test")];
    let row = bench.row(bench.one(&[other]).await).await;
    let customer = bench.store.customer(row.requester).await.unwrap().unwrap();
    let contacts: Vec<_> = customer.contacts.iter().map(|contact| contact.value.as_str()).collect();
    assert_eq!(contacts, ["wang@x.test", "wang@home.test"]);
}

#[tokio::test]
async fn a_ticket_the_team_began_belongs_to_whom_it_was_written() {
    let bench = Bench::new().await;
    let mut ours = mail("a", 0);
    ours.direction = Direction::Outbound;
    ours.from = Some(Address::new("Desk", "desk@shop.test"));
    ours.to = vec![Address::new("Li Na", "li@x.test")];
    let row = bench.row(bench.one(&[ours]).await).await;
    assert_eq!((row.requester_name.as_str(), row.status, row.unread), ("Li Na", Status::Waiting, false));
}

#[tokio::test]
async fn a_customer_who_changes_their_name_has_it_on_every_ticket() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    let mut later = mail("b", 5);
    later.from = Some(Address::new("王志远", "Wang@X.test"));
    bench.apply(&[later]).await;
    let row = bench.row(ticket).await;
    assert_eq!(row.requester_name, "王志远");
    let customer = bench.store.customer(row.requester).await.unwrap().unwrap();
    assert_eq!((customer.tickets, customer.open_tickets, customer.earlier.len()), (2, 2, 2));
}

#[tokio::test]
async fn a_list_is_read_page_by_page_without_a_gap() {
    let bench = Bench::new().await;
    let mails: Vec<_> = (0..25).map(|n| mail(&format!("{n:02}"), n)).collect();
    bench.apply(&mails).await;
    let view = ViewId::Standard { view: StandardView::Open };
    let (mut after, mut subjects) = (None, Vec::new());
    loop {
        let page = bench.store.list_view(view, after, 10).await.unwrap();
        assert_eq!(page.total, Some(25));
        after = page.next;
        subjects.extend(page.rows.into_iter().map(|listed| listed.row.subject));
        if after.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (0..25).rev().map(|n| format!("Kettle {n:02}")).collect();
    assert_eq!(subjects, expected);
}

#[tokio::test]
async fn a_message_that_came_without_its_attachment_is_completed_once_it_comes_with_it() {
    let bench = Bench::new().await;
    let mut draft = bench.store.blobs().begin().await.unwrap();
    draft.write(b"%PDF-").await.unwrap();
    let kept = draft.finish().await.unwrap();
    let mut whole = mail("a", 0);
    whole.attachments = vec![IncomingAttachment {
        name: "invoice.pdf".into(),
        media_type: "application/pdf".into(),
        content_id: None,
        inline: false,
        kept: Some(kept.clone()),
        size: kept.size,
    }];
    let mut without = whole.clone();
    without.attachments[0].kept = None;
    without.defects = vec![Defect::AttachmentMissing];
    let mut header_only = without.clone();
    (header_only.attachments, header_only.body.text) = (Vec::new(), String::new());

    let expected = Bench::new().await;
    let ticket = expected.one(std::slice::from_ref(&whole)).await;
    let as_if_whole = format!("{:?}", expected.store.messages(ticket, None, 5).await.unwrap());
    for first in [without, header_only] {
        let bench = Bench::new().await;
        let ticket = bench.one(std::slice::from_ref(&first)).await;
        bench.store.tag_tickets(&[ticket], "late", "Lin", NOW).await.unwrap();
        // Reported twice in one page, and again in a later one.
        assert_eq!(bench.apply(&[whole.clone(), whole.clone()]).await.new_messages, 0);
        assert_eq!(bench.apply(&[whole.clone(), first]).await.new_messages, 0);
        assert_eq!(format!("{:?}", bench.store.messages(ticket, None, 5).await.unwrap()), as_if_whole);
        assert_eq!(bench.found("invoice has:attachment tag:late").await, ["Kettle a"]);
        assert_eq!(bench.found("\"text of a\"").await, ["Kettle a"]);
    }
}
