//! Taking a change of tickets back: each ticket gets what it had, and later mail moves it as it would have.

use model::{Millis, Priority, Status, TicketId};

use super::bench::{Bench, NOW, answer, mail, reply};
use crate::{Edited, Listed, TicketsPage};

fn from(id: &str, who: &str, minutes: i64) -> model::incoming::Incoming {
    let mut mail = mail(id, minutes);
    mail.from = Some(model::Address::new(who, &format!("{who}@x.test")));
    mail
}

async fn tickets(bench: &Bench, count: i64) -> Vec<TicketId> {
    let mut all = Vec::new();
    for n in 0..count {
        all.push(bench.one(&[from(&format!("m{n}"), &format!("c{n}"), n)]).await);
    }
    all
}

async fn undone(bench: &Bench, edited: &Edited) -> (u32, u32) {
    let undone = bench.store.undo(&edited.inverse, "Lin", NOW.plus(Millis::SECOND)).await.unwrap();
    (undone.tickets, undone.left)
}

/// What everybody sees of all tickets, and all counts.
async fn seen(bench: &Bench) -> (TicketsPage, Vec<model::View>) {
    let query = model::query::Query::default();
    let page = bench.store.search(&query, NOW, None, 200).await.unwrap();
    (page, bench.store.views().await.unwrap())
}

#[tokio::test]
async fn every_ticket_gets_its_own_former_status_priority_tags_and_reading_back() {
    let bench = Bench::new().await;
    let all = tickets(&bench, 4).await;
    bench.store.set_status(&all[..1], Status::Closed, "Lin", NOW).await.unwrap();
    bench.store.set_status(&all[1..2], Status::Waiting, "Lin", NOW).await.unwrap();
    bench.store.set_priority(&all[1..2], Priority::Urgent, "Lin", NOW).await.unwrap();
    bench.store.tag_tickets(&all[2..3], "late", "Lin", NOW).await.unwrap();
    bench.store.mark_read(&all[..2], true, NOW).await.unwrap();
    bench.apply(&[reply(&from("m0", "c0", 0), "again", 70)]).await;
    let before = seen(&bench).await;
    let now = NOW.plus(500);
    let edits = [
        bench.store.set_status(&all, Status::Closed, "Lin", now).await.unwrap(),
        bench.store.set_priority(&all, Priority::High, "Lin", now).await.unwrap(),
        bench.store.tag_tickets(&all, "Late", "Lin", now).await.unwrap(),
        bench.store.mark_read(&all, true, now).await.unwrap(),
    ];
    assert_eq!(edits.each_ref().map(|edited| edited.inverse.len()), [4, 4, 3, 3]);
    let tag = bench.store.tags().await.unwrap()[0].id;
    let more = [
        bench.store.untag_tickets(&all, tag, "Lin", now).await.unwrap(),
        bench.store.mark_read(&all, false, now).await.unwrap(),
    ];
    for edited in more.iter().rev().chain(edits.iter().rev()) {
        let expected = u32::try_from(edited.inverse.len()).unwrap();
        assert_eq!(undone(&bench, edited).await, (expected, 0));
    }
    assert_eq!(seen(&bench).await, before);
}

#[tokio::test]
async fn later_mail_moves_a_ticket_as_if_the_change_had_never_been() {
    for decided in [None, Some(Status::Open), Some(Status::Waiting), Some(Status::Closed)] {
        let [touched, untouched] = [Bench::new().await, Bench::new().await];
        let question = mail("a", 0);
        let answered = answer(&question, "b", 5);
        for bench in [&touched, &untouched] {
            let ticket = bench.one(&[question.clone(), answered.clone()]).await;
            if let Some(status) = decided {
                bench.store.set_status(&[ticket], status, "Lin", NOW).await.unwrap();
            }
        }
        let ticket = TicketId(1);
        let other = if decided == Some(Status::Closed) { Status::Open } else { Status::Closed };
        let edited = touched.store.set_status(&[ticket], other, "Lin", NOW.plus(9)).await.unwrap();
        undone(&touched, &edited).await;
        let later = [answer(&question, "c", 61), reply(&question, "d", 62)];
        for mail in later {
            for bench in [&touched, &untouched] {
                bench.apply(std::slice::from_ref(&mail)).await;
            }
            assert_eq!(touched.row(ticket).await, untouched.row(ticket).await, "decided {decided:?}");
        }
    }
}

#[tokio::test]
async fn what_was_changed_again_since_is_left_alone_and_counted() {
    let bench = Bench::new().await;
    let all = tickets(&bench, 3).await;
    let closed = bench.store.set_status(&all, Status::Closed, "Lin", NOW).await.unwrap();
    bench.store.set_status(&all[..1], Status::Waiting, "Mei", NOW.plus(5)).await.unwrap();
    bench.apply(&[reply(&from("m1", "c1", 1), "again", 70)]).await;
    assert_eq!(undone(&bench, &closed).await, (2, 1));
    assert_eq!(bench.row(all[0]).await.status, Status::Waiting);
    assert_eq!(bench.row(all[2]).await.status, Status::Open);
    assert_eq!(undone(&bench, &closed).await, (0, 3), "not twice either");
    let tagged = bench.store.tag_tickets(&all, "late", "Lin", NOW).await.unwrap();
    let tag = bench.store.tags().await.unwrap()[0].id;
    bench.store.untag_tickets(&all[1..], tag, "Mei", NOW).await.unwrap();
    assert_eq!(undone(&bench, &tagged).await, (1, 2));
    let read = bench.store.mark_read(&all[..1], true, NOW).await.unwrap();
    bench.store.remove_source(bench.source, true, NOW).await.unwrap();
    assert_eq!(undone(&bench, &read).await, (0, 1), "gone");
}

#[tokio::test]
async fn a_change_that_was_taken_back_stays_taken_back_in_a_rebuilt_database() {
    let mut bench = Bench::new().await;
    let all = tickets(&bench, 3).await;
    bench.store.set_status(&all[..1], Status::Waiting, "Lin", NOW).await.unwrap();
    bench.store.set_priority(&all[1..2], Priority::Low, "Lin", NOW).await.unwrap();
    bench.store.mark_read(&all[..1], true, NOW).await.unwrap();
    let before = seen(&bench).await;
    let now = NOW.plus(500);
    let edits = [
        bench.store.set_status(&all, Status::Closed, "Lin", now).await.unwrap(),
        bench.store.set_priority(&all, Priority::Urgent, "Lin", now).await.unwrap(),
        bench.store.tag_tickets(&all, "late", "Lin", now).await.unwrap(),
        bench.store.mark_read(&all, true, now).await.unwrap(),
    ];
    for edited in edits.iter().rev() {
        undone(&bench, edited).await;
    }
    bench.store.close().await.unwrap();
    for file in ["desk.db", "desk.db-wal", "desk.db-shm"] {
        let _there_or_not = std::fs::remove_file(bench.root.path().join(file));
    }
    bench.reopen_files().await;
    let mails: Vec<_> = (0..3).map(|n| from(&format!("m{n}"), &format!("c{n}"), n)).collect();
    bench.apply(&mails).await;
    let marks = |page: &TicketsPage| -> Vec<_> {
        let row = |Listed { row, .. }: &Listed| {
            (row.subject.clone(), row.status, row.priority, row.unread, row.tags.len())
        };
        page.rows.iter().map(row).collect()
    };
    assert_eq!(marks(&seen(&bench).await.0), marks(&before.0));
}
