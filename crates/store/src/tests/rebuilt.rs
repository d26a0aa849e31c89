//! The outbox after the database was lost: the same mails in the same states, and none of them sent by itself that may have left.

use model::{
    Millis, OutboxId, Problem, ProblemCode, TicketId,
    outgoing::{OutboxEntry, OutboxState, SentCopy},
};

use super::{
    bench::{Bench, NOW, mail, reply},
    replies::{HELD, copy_of, draft, file, hand_over, outgoing},
};
use crate::{Begun, Store, database};

const NAMES: [&str; 8] = ["held", "waiting", "sending", "handing", "unknown", "stopped", "review", "sent"];

async fn in_every_state() -> (Bench, Vec<OutboxId>) {
    let bench = Bench::new().await;
    let mut ids = Vec::new();
    for (n, name) in NAMES.iter().enumerate() {
        let first = mail(name, n as i64);
        let ticket = bench.one(std::slice::from_ref(&first)).await;
        let hold = if *name == "held" { HELD } else { None };
        let id = bench.send_held(ticket, name, &format!("r-{name}"), hold).await;
        if *name == "review" {
            bench.apply(&[reply(&first, "news", 30)]).await;
            assert_eq!(bench.store.begin_attempt(id, NOW).await.unwrap(), Begun::News);
        }
        ids.push(id);
    }
    let store = &bench.store;
    assert!(matches!(store.begin_attempt(ids[2], NOW).await.unwrap(), Begun::Go(_)));
    for n in [3, 4, 5, 7] {
        hand_over(store, ids[n]).await;
    }
    store.outcome_unknown(ids[4], Problem::new(ProblemCode::OutcomeUnknown), NOW).await.unwrap();
    store.stop_outgoing(ids[5], Problem::new(ProblemCode::MessageRefused), NOW).await.unwrap();
    store.delivered(ids[7], None, NOW).await.unwrap();
    store.copy_filed(ids[7], NOW).await.unwrap();
    let gone = bench.one(&[mail("gone", 50)]).await;
    let gone = bench.send(gone, "gone", "r-gone").await;
    bench.store.drop_outgoing(gone, NOW).await.unwrap();
    (bench, ids)
}

async fn entries(store: &Store, ids: &[OutboxId]) -> Vec<OutboxEntry> {
    let mut all = Vec::new();
    for id in ids {
        // The tickets' keys are those of the database.
        let entry = store.outbox_entry(*id).await.unwrap().unwrap();
        let outgoing = match entry.copy {
            SentCopy::Due => entry.outgoing,
            // Kept until it stands on its ticket again.
            SentCopy::Done => outgoing("sent", "r-sent"),
        };
        all.push(OutboxEntry { ticket: TicketId(0), outgoing, ..entry });
    }
    all
}

#[tokio::test]
async fn a_lost_database_comes_back_with_the_same_outbox() {
    let (mut bench, ids) = in_every_state().await;
    let before = entries(&bench.store, &ids).await;
    bench.lose_database().await;
    assert_eq!(entries(&bench.store, &ids).await, before);
    let rows = bench.store.outbox().await.unwrap();
    assert_eq!(rows.len(), 7, "what was dropped or sent is not there");
    let named = (rows[0].ticket_subject.as_str(), rows[0].requester_name.as_str());
    assert_eq!(named, ("Re: Kettle held", "Wang Zhiyuan"));
    assert_eq!(bench.store.recover_outbox(NOW).await.unwrap(), 1);
    assert_eq!(bench.state(ids[3]).await, OutboxState::Unknown, "it may have left");
    let due = bench.store.next_outgoing(bench.source, NOW.plus(Millis::DAY)).await.unwrap();
    assert_eq!(due, None, "nothing goes before its ticket is here again");
    assert!(bench.store.take_back(ids[1], NOW).await.is_err(), "and there is nowhere to write on it");
    bench.reopen().await;
    bench.apply(&[mail("waiting", 1), mail("held", 0)]).await;
    let next = bench.store.next_outgoing(bench.source, NOW).await.unwrap().unwrap();
    assert_eq!((next.id, next.outgoing), (ids[1], outgoing("waiting", "r-waiting")));
    assert!(matches!(bench.store.begin_attempt(ids[1], NOW).await.unwrap(), Begun::Go(_)));
    let ticket = bench.store.take_back(ids[0], NOW).await.unwrap();
    assert_eq!(bench.html_draft(ticket).await.as_deref(), Some("<p>r-held</p>"));
}

#[tokio::test]
async fn a_mail_that_was_sent_before_the_loss_is_linked_again_and_no_news() {
    let mut bench = Bench::new().await;
    let first = mail("a", 0);
    let ticket = bench.one(std::slice::from_ref(&first)).await;
    let id = bench.send(ticket, "a", "r1").await;
    hand_over(&bench.store, id).await;
    bench.store.delivered(id, None, NOW).await.unwrap();
    bench.lose_database().await;
    assert_eq!(bench.store.copies_due(bench.source, NOW).await.unwrap().len(), 1, "its copy is still due");
    let copy = copy_of(&outgoing("a", "r1"), &first, "EMAILID 1", 61);
    bench.apply(std::slice::from_ref(&copy)).await;
    let ticket = bench.one(std::slice::from_ref(&first)).await;
    assert_eq!((bench.row(ticket).await.messages, bench.state(id).await), (2, OutboxState::Sent));
    assert_eq!(bench.store.seen(ticket).await.unwrap().mails, 1);
}

#[tokio::test]
async fn a_sent_reply_that_lies_nowhere_else_stands_on_its_ticket_again() {
    let mut bench = Bench::new().await;
    let first = mail("a", 0);
    let ticket = bench.one(std::slice::from_ref(&first)).await;
    let id = bench.send(ticket, "a", "r1").await;
    hand_over(&bench.store, id).await;
    bench.store.delivered(id, None, NOW).await.unwrap();
    bench.store.copy_filed(id, NOW).await.unwrap();
    let before = bench.store.messages(ticket, None, 9).await.unwrap().0;
    for round in 0..2 {
        bench.lose_database().await;
        let entry = bench.store.outbox_entry(id).await.unwrap().unwrap();
        assert_eq!((entry.copy, entry.outgoing.text.as_str()), (SentCopy::Done, "新壶明天寄出 r1"));
        let ticket = bench.one(std::slice::from_ref(&first)).await;
        let after = bench.store.messages(ticket, None, 9).await.unwrap().0;
        assert_eq!((after.len(), &after[1].text, after[1].at_ms), (2, &before[1].text, NOW), "round {round}");
        assert_eq!(bench.row(ticket).await.status, model::Status::Waiting, "round {round}");
        assert_eq!(bench.store.seen(ticket).await.unwrap().mails, 1, "round {round}");
        let entry = bench.store.outbox_entry(id).await.unwrap().unwrap();
        assert_eq!(entry.outgoing.text, "", "and is not held twice");
        bench.apply(&[copy_of(&outgoing("a", "r1"), &first, "EMAILID 1", 61)]).await;
        assert_eq!(bench.row(ticket).await.messages, 2, "round {round}");
    }
}

#[tokio::test]
async fn a_reply_that_left_after_all_is_found_out_after_the_loss() {
    let mut bench = Bench::new().await;
    let first = mail("a", 0);
    let ticket = bench.one(std::slice::from_ref(&first)).await;
    let id = bench.send(ticket, "a", "r1").await;
    hand_over(&bench.store, id).await;
    bench.lose_database().await;
    bench.store.recover_outbox(NOW).await.unwrap();
    // Newest first, as history comes.
    bench.apply(&[copy_of(&outgoing("a", "r1"), &first, "EMAILID 1", 61)]).await;
    assert_eq!(bench.state(id).await, OutboxState::Sent);
    bench.apply(std::slice::from_ref(&first)).await;
    let entry = bench.store.outbox_entry(id).await.unwrap().unwrap();
    assert_eq!(bench.row(entry.ticket).await.messages, 2);
}

#[tokio::test]
async fn a_reply_taken_back_or_sent_before_the_loss_is_where_it_was() {
    let mut bench = Bench::new().await;
    let (one, two) = (mail("a", 0), mail("b", 1));
    let (first, second) =
        (bench.one(std::slice::from_ref(&one)).await, bench.one(std::slice::from_ref(&two)).await);
    bench.store.keep_reply_draft(first, &draft("<p>r1</p>"), NOW).await.unwrap();
    bench.store.attach(first, file("a.png", 3), NOW).await.unwrap();
    let id = bench.send(first, "a", "r1").await;
    bench.store.take_back(id, NOW).await.unwrap();
    let before = bench.store.reply_draft(first).await.unwrap().unwrap();
    bench.send(second, "b", "r2").await;
    bench.lose_database().await;
    assert_eq!(bench.store.outbox().await.unwrap().len(), 1);
    let first = bench.one(&[one]).await;
    let after = bench.store.reply_draft(first).await.unwrap().unwrap();
    assert_eq!((after.text, after.attachments), (before.text, before.attachments));
    let second = bench.one(&[two]).await;
    assert_eq!(bench.html_draft(second).await, None, "it is in the outbox");
    assert_eq!(bench.store.outbox_of(second).await.unwrap().len(), 1);
}

#[tokio::test]
async fn where_the_journal_is_damaged_nothing_is_sent_that_may_have_left() {
    let mut bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    let id = bench.send(ticket, "a", "r1").await;
    let begun = std::fs::metadata(bench.root.path().join("journal")).unwrap().len() as usize;
    hand_over(&bench.store, id).await;
    bench.store.close().await.unwrap();
    let path = bench.root.path().join("journal");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[begun + 40] ^= 1;
    let last = bytes.len() - 3;
    bytes[last] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    std::fs::remove_file(bench.root.path().join("desk.db")).unwrap();
    bench.reopen_files().await;
    assert_eq!(bench.state(id).await, OutboxState::Unknown);
}

#[tokio::test]
async fn what_the_journal_has_and_the_database_has_not_is_not_sent_again() {
    let mut bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    let id = bench.send(ticket, "a", "r1").await;
    bench.store.close().await.unwrap();
    let path = bench.root.path().join("desk.db");
    let earlier = std::fs::read(&path).unwrap();
    bench.reopen_files().await;
    hand_over(&bench.store, id).await;
    let other = bench.one(&[mail("b", 1)]).await;
    bench.store.close().await.unwrap();
    std::fs::write(&path, earlier).unwrap();
    bench.reopen_files().await;
    assert_eq!(bench.state(id).await, OutboxState::HandingOver);
    bench.store.recover_outbox(NOW).await.unwrap();
    assert_eq!(bench.store.next_outgoing(bench.source, NOW.plus(Millis::DAY)).await.unwrap(), None);
    assert_eq!(bench.store.ticket(other).await.unwrap(), None);
}

/// Undoes all that the second version's schema added.
async fn go_back_to_first(bench: &Bench) {
    let mut writer = database::open_writer(bench.root.path(), &bench.key).await.unwrap();
    let added = concat!(
        include_str!("../migrations/0002_answering.sql"),
        include_str!("../migrations/0003_views.sql"),
        include_str!("../migrations/0004_finding.sql")
    );
    let mut undo = vec!["DROP TABLE search_1".to_owned()];
    for line in added.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["CREATE", "TABLE", name, ..] => undo.push(format!("DROP TABLE {name}")),
            ["CREATE", "INDEX", name, ..] => undo.insert(0, format!("DROP INDEX {name}")),
            ["CREATE", "UNIQUE", "INDEX", name, ..] => undo.insert(0, format!("DROP INDEX {name}")),
            ["ALTER", "TABLE", table, "ADD", "COLUMN", column, ..] => {
                undo.push(format!("ALTER TABLE {table} DROP COLUMN {column}"));
            }
            _ => {}
        }
    }
    assert!(undo.len() > 8, "{undo:?}");
    undo.push("PRAGMA user_version = 1".into());
    for sql in undo {
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut writer).await.unwrap();
    }
    sqlx::Connection::close(writer).await.unwrap();
}

#[tokio::test]
async fn a_workspace_of_the_first_version_opens_and_can_answer() {
    let mut bench = Bench::new().await;
    let first = mail("a", 0);
    let ticket = bench.one(std::slice::from_ref(&first)).await;
    bench.store.add_note(ticket, "from the first version", "Lin", NOW).await.unwrap();
    bench.store.close().await.unwrap();
    go_back_to_first(&bench).await;
    assert!(bench.reopen_files().await.is_empty());
    assert_eq!(bench.store.messages(ticket, None, 9).await.unwrap().0.len(), 2);
    let id = bench.send(ticket, "a", "r1").await;
    hand_over(&bench.store, id).await;
    bench.store.delivered(id, None, NOW).await.unwrap();
    assert_eq!(bench.row(ticket).await.messages, 2);
}
