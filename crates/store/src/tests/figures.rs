//! The dashboard's figures against a count by hand: every message is read and looked at with the definition in mind, not the code.

use std::collections::BTreeSet;

use model::{
    Automatic, MessageId, Millis, Priority, Status, TicketId, Tier, figures::Targets, incoming::Incoming,
};
use sqlx::Row as _;

use super::bench::{Bench, NOW, answer, mail, reply};
use crate::{Listed, RowPlace, TicketsPage};

/// Long ones, so that of three weeks some wait within theirs.
const TARGETS: Targets = Targets { usual_ms: 8 * Millis::DAY, vip_ms: 3 * Millis::DAY };

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// Forty conversations over three weeks until now, with mail by machines among them.
fn three_weeks(dice: &mut Dice) -> Vec<Incoming> {
    let (mut mails, weeks) = (Vec::new(), 3 * 7 * 24 * 60);
    for n in 0..40 {
        let begins = -(dice.roll(weeks) as i64);
        let mut first = mail(&format!("{n}.0"), begins);
        first.from = Some(model::Address::new("", &format!("c{}@x.test", n % 25)));
        let mut minute = begins;
        let mut thread = vec![first.clone()];
        for k in 1..dice.roll(12) {
            minute += 1 + dice.roll(3 * 24 * 60) as i64;
            let id = format!("{n}.{k}");
            let mut next =
                if dice.roll(2) == 0 { answer(&first, &id, minute) } else { reply(&first, &id, minute) };
            if dice.roll(6) == 0 {
                next.automatic = Some(Automatic::AutoReply);
            }
            thread.push(next);
        }
        thread.retain(|mail| mail.received_at < NOW);
        mails.extend(thread);
    }
    mails
}

/// In an order that has nothing to do with time, in pages of seven.
async fn store_shuffled(bench: &Bench, mut mails: Vec<Incoming>, dice: &mut Dice) {
    for at in (1..mails.len()).rev() {
        mails.swap(at, dice.roll(at as u64 + 1) as usize);
    }
    for page in mails.chunks(7) {
        bench.apply(page).await;
    }
}

struct Stored {
    id: i64,
    ticket: TicketId,
    at: Millis,
    inbound: bool,
}

/// Every mail that a person wrote, by reading all there is.
async fn all_mails(bench: &Bench) -> Vec<Stored> {
    let sql = "SELECT id, ticket, at_ms, direction, kind, automatic FROM message";
    let rows = bench.store.all(sqlx::query(sql)).await.unwrap();
    let person = |row: &&sqlx::sqlite::SqliteRow| {
        row.get::<String, _>("kind") == "mail" && row.get::<Option<String>, _>("automatic").is_none()
    };
    let stored = |row: &sqlx::sqlite::SqliteRow| Stored {
        id: row.get("id"),
        ticket: TicketId(row.get("ticket")),
        at: Millis(row.get("at_ms")),
        inbound: row.get::<String, _>("direction") == "inbound",
    };
    rows.iter().filter(person).map(stored).collect()
}

/// Answers in `[from, to)` by hand: ticket, and milliseconds the customer had waited.
fn answers_by_hand(mails: &[Stored], from: Millis, to: Millis) -> Vec<(TicketId, i64)> {
    let mut found = Vec::new();
    for answer in mails.iter().filter(|mail| !mail.inbound && from <= mail.at && mail.at < to) {
        let mut before: Vec<&Stored> =
            mails.iter().filter(|mail| mail.ticket == answer.ticket && mail.id < answer.id).collect();
        before.sort_by_key(|mail| std::cmp::Reverse(mail.id));
        let unanswered: Vec<&&Stored> = before.iter().take_while(|mail| mail.inbound).collect();
        found.extend(unanswered.last().map(|first| (answer.ticket, answer.at.since(first.at))));
    }
    found.sort();
    found
}

/// Every ticket of a list, page by page.
async fn whole<F>(mut page: impl FnMut(Option<RowPlace>) -> F) -> (Vec<TicketId>, Option<u32>)
where
    F: Future<Output = crate::Result<TicketsPage>>,
{
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let read = page(after).await.unwrap();
        after = read.next;
        let newest_first =
            |pair: &[Listed]| (pair[0].place, pair[0].row.id) > (pair[1].place, pair[1].row.id);
        assert!(read.rows.windows(2).all(newest_first));
        all.extend(read.rows.iter().map(|listed| listed.row.id));
        if after.is_none() {
            return (all, read.total);
        }
    }
}

fn set(tickets: &[TicketId]) -> BTreeSet<TicketId> {
    tickets.iter().copied().collect()
}

#[tokio::test]
async fn what_arrived_and_was_answered_equals_a_count_by_hand() {
    for seed in [3, 17, 2_026] {
        let (bench, mut dice) = (Bench::new().await, Dice(seed));
        store_shuffled(&bench, three_weeks(&mut dice), &mut dice).await;
        let mails = all_mails(&bench).await;
        for (from, to) in [(7 * 24, 0), (24, 0), (9 * 24, 8 * 24), (30, 29), (31 * 24, 0), (0, 24)] {
            let (from, to) = (NOW.plus(-from * Millis::HOUR), NOW.plus(-to * Millis::HOUR));
            let found = bench.store.turnover(from, to).await.unwrap();
            let arrived: Vec<&Stored> =
                mails.iter().filter(|mail| mail.inbound && from <= mail.at && mail.at < to).collect();
            assert_eq!(found.arrived.len(), arrived.len(), "seed {seed}");
            let by_hand = answers_by_hand(&mails, from, to);
            let mut counted: Vec<_> = found.answers.iter().map(|a| (a.ticket, a.waited_ms())).collect();
            counted.sort();
            assert_eq!(counted, by_hand, "seed {seed}");

            let (listed, total) = whole(|after| bench.store.list_arrived((from, to), after, 3)).await;
            assert_eq!(set(&listed), arrived.iter().map(|mail| mail.ticket).collect());
            assert_eq!((set(&listed).len(), total), (listed.len(), Some(listed.len() as u32)), "each once");
            let (listed, total) = whole(|after| bench.store.list_answered((from, to), after, 3)).await;
            assert_eq!(set(&listed), by_hand.iter().map(|(ticket, _)| *ticket).collect());
            assert_eq!(total, Some(listed.len() as u32));
        }
    }
}

async fn every_row(bench: &Bench) -> Vec<model::TicketRow> {
    let page = bench.store.search(&Default::default(), NOW, None, 200).await.unwrap();
    page.rows.into_iter().map(|listed| listed.row).collect()
}

#[tokio::test]
async fn the_queue_and_who_is_over_the_target_equal_a_count_by_hand() {
    let (bench, mut dice) = (Bench::new().await, Dice(5));
    store_shuffled(&bench, three_weeks(&mut dice), &mut dice).await;
    let rows = every_row(&bench).await;
    for row in &rows {
        if dice.roll(3) == 0 {
            bench.store.set_tier(row.requester, Tier::Vip, "Lin", NOW).await.unwrap();
        }
        if dice.roll(6) == 0 {
            bench.store.set_status(&[row.id], Status::Closed, "Lin", NOW).await.unwrap();
        }
    }
    for hours in [0, 2, 30] {
        let now = NOW.plus(hours * Millis::HOUR);
        let rows = every_row(&bench).await;
        let waits: Vec<_> =
            rows.iter().filter(|row| row.status == Status::Open && row.waiting_since_ms.is_some()).collect();
        let waited = |row: &model::TicketRow| now.since(row.waiting_since_ms.unwrap());
        let over: Vec<_> = waits.iter().filter(|row| waited(row) > TARGETS.of(row.vip)).collect();
        let (figures, _) = bench.store.board(now.plus(-Millis::DAY), now, TARGETS, 50).await.unwrap();
        assert!(!over.is_empty() && waits.len() > over.len(), "some wait within their target, some do not");
        assert_eq!((figures.queue as usize, figures.over_target as usize), (waits.len(), over.len()));
        let longest = &figures.longest[0];
        assert_eq!(now.since(longest.since), waits.iter().map(|row| waited(row)).max().unwrap());

        let (listed, total) = whole(|after| bench.store.list_queue(after, 4)).await;
        assert_eq!(set(&listed), waits.iter().map(|row| row.id).collect());
        assert_eq!(total, Some(figures.queue));
        let (listed, total) = whole(|after| bench.store.list_over_target(TARGETS, now, after, 4)).await;
        assert_eq!(set(&listed), over.iter().map(|row| row.id).collect());
        assert_eq!(total, Some(figures.over_target));
    }
}

#[tokio::test]
async fn urgent_tickets_come_longest_unanswered_first_and_not_when_taken() {
    let bench = Bench::new().await;
    let mut waiting = Vec::new();
    for (id, minutes) in [("b", -20), ("a", -90), ("c", -5), ("taken", -300)] {
        waiting.push(bench.one(&[mail(id, minutes)]).await);
    }
    let question = mail("d", -10);
    let answered = bench
        .apply(&[question.clone(), answer(&question, "d2", -4)])
        .await
        .tickets
        .into_iter()
        .next()
        .unwrap();
    let all: Vec<TicketId> = waiting.iter().copied().chain([answered]).collect();
    bench.store.set_priority(&all, Priority::Urgent, "Lin", NOW).await.unwrap();
    bench.store.set_status(&[answered], Status::Open, "Lin", NOW).await.unwrap();
    bench.store.acknowledge(waiting[3], "Lin", NOW).await.unwrap();

    let (figures, _) = bench.store.board(NOW, NOW, TARGETS, 50).await.unwrap();
    let order: Vec<TicketId> = figures.urgent_tickets.iter().map(|urgent| urgent.ticket).collect();
    assert_eq!(order, [waiting[1], waiting[0], waiting[2], answered]);
    assert_eq!((figures.urgent, figures.urgent_tickets[0].raised_at), (4, NOW));
    assert_eq!(figures.urgent_tickets[3].waiting_since, None);
    let (figures, _) = bench.store.board(NOW, NOW, TARGETS, 2).await.unwrap();
    assert_eq!((figures.urgent, figures.urgent_tickets.len()), (4, 2), "no more than asked for");
}

#[tokio::test]
async fn a_wait_that_began_before_the_span_is_counted_whole() {
    let bench = Bench::new().await;
    let (asked, day) = (mail("a", -3 * 24 * 60), 24 * 60);
    let again = reply(&asked, "b", -60);
    let given = answer(&asked, "c", -30);
    bench.apply(&[given, again, asked]).await;
    let found = bench.store.turnover(NOW.plus(-day * Millis::MINUTE), NOW).await.unwrap();
    assert_eq!(found.arrived.len(), 1);
    let waited: Vec<i64> = found.answers.iter().map(|answer| answer.waited_ms() / Millis::MINUTE).collect();
    assert_eq!(waited, [3 * day - 30]);
}

#[tokio::test]
async fn a_span_nobody_could_mean_is_refused() {
    let bench = Bench::new().await;
    bench.one(&[mail("a", 0)]).await;
    let spans = [(Millis(0), NOW), (Millis(i64::MIN), Millis(i64::MAX))];
    for (from, to) in spans {
        assert!(bench.store.turnover(from, to).await.is_err());
    }
    for (from, to) in [(NOW, Millis(0)), (Millis(i64::MAX - 5), Millis(i64::MAX))] {
        assert_eq!(bench.store.turnover(from, to).await.unwrap(), Default::default());
        assert_eq!(bench.store.list_arrived((from, to), None, 5).await.unwrap().rows.len(), 0);
    }
}

/// How SQLite goes about each: a table that is read through, or something sorted, fails.
pub(super) async fn plans(bench: &Bench, asked: &[(&'static str, &str)]) -> String {
    let mut report = String::new();
    for (what, sql) in asked {
        let explain = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")));
        let rows = bench.store.all(explain).await.unwrap();
        report.push_str(&reported(what, rows.iter().map(|row| row.get("detail")).collect()));
    }
    report
}

fn reported(what: &str, lines: Vec<String>) -> String {
    let mut report = format!("{what}\n");
    for line in lines {
        let no_table = ["INDEX", "VIRTUAL TABLE", "CONSTANT ROW", "SCAN (subquery"];
        let scans = line.starts_with("SCAN") && !no_table.iter().any(|kind| line.contains(kind));
        assert!(!scans && !line.contains("TEMP B-TREE"), "{what}: {line}");
        report.push_str(&format!("    {line}\n"));
    }
    report
}

#[tokio::test]
async fn every_figure_is_answered_by_an_index() {
    let bench = Bench::new().await;
    let mut report = String::new();
    for asked in crate::read::FIGURES {
        report.push_str(&plans(&bench, asked).await);
    }
    for counted in
        ["message USING COVERING INDEX message_turn", "ticket USING COVERING INDEX ticket_queue_by_wait"]
    {
        assert!(report.contains(counted), "{counted}: no row is read");
    }
    insta::assert_snapshot!(report);
}

#[tokio::test]
async fn keys_tell_the_time_of_every_mail() {
    let (bench, mut dice) = (Bench::new().await, Dice(9));
    store_shuffled(&bench, three_weeks(&mut dice), &mut dice).await;
    for mail in all_mails(&bench).await {
        assert_eq!(MessageId(mail.id).received_at(), mail.at);
    }
}
