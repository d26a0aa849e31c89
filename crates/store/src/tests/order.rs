//! The same mails give the same tickets in whatever order, and however often, they come; counters equal a count.

use std::collections::BTreeMap;

use model::{Automatic, Priority, Status, TicketRow, incoming::Incoming, query::Query};
use proptest::prelude::*;

use super::bench::{Bench, NOW, answer, mail, reply};

/// A conversation as it was written: each further mail answers an earlier one.
#[derive(Debug, Clone)]
struct Talk {
    /// By whom, to which earlier one (modulo), seen, automatic.
    turns: Vec<(bool, usize, bool, bool)>,
    days_ago: i64,
}

fn talks() -> impl Strategy<Value = Vec<Talk>> {
    let turn = (any::<bool>(), any::<usize>(), any::<bool>(), prop::bool::weighted(0.15));
    let talk =
        (prop::collection::vec(turn, 0..5), 0i64..20).prop_map(|(turns, days_ago)| Talk { turns, days_ago });
    prop::collection::vec(talk, 1..5)
}

fn mails(talks: &[Talk]) -> Vec<Incoming> {
    let mut all = Vec::new();
    for (t, talk) in talks.iter().enumerate() {
        let start = -talk.days_ago * 24 * 60 + t as i64;
        let mut written = vec![mail(&format!("t{t}"), start)];
        for (n, (ours, to, seen, automatic)) in talk.turns.iter().enumerate() {
            let before = &written[to % written.len()];
            let (id, at) = (format!("t{t}m{n}"), start + 10 * (n as i64 + 1));
            let mut next = if *ours { answer(before, &id, at) } else { reply(before, &id, at) };
            next.flags.seen = *seen;
            next.automatic = (*automatic && !ours).then_some(Automatic::AutoReply);
            written.push(next);
        }
        all.extend(written);
    }
    all
}

/// What a person sees of every ticket, without the keys that hang on the order of arrival.
async fn seen(bench: &Bench) -> Vec<String> {
    let rows = all_rows(bench).await;
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| {
            format!(
                "{} {:?} {} {} {} {} {} {:?} {:?}",
                row.token.0,
                row.status,
                row.subject,
                row.snippet,
                row.requester_name,
                row.messages,
                row.unread,
                row.waiting_since_ms,
                row.last_message_at_ms
            )
        })
        .collect();
    lines.sort();
    lines
}

async fn all_rows(bench: &Bench) -> Vec<TicketRow> {
    let page = bench.store.search(&Query::default(), NOW, None, 1000).await.unwrap();
    assert!(page.next.is_none());
    page.rows.into_iter().map(|listed| listed.row).collect()
}

/// What the counters say, and what counting says.
async fn assert_counted(bench: &Bench) {
    let rows = all_rows(bench).await;
    let mut counted: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for row in &rows {
        let urgent = row.urgent.is_some().then(|| "urgent".to_owned());
        let tags = row.tags.iter().map(|tag| format!("tag:{}", tag.name));
        for name in [row.status.as_str().to_owned()].into_iter().chain(urgent).chain(tags) {
            let count = counted.entry(name).or_default();
            count.0 += 1;
            count.1 += u32::from(row.unread);
        }
    }
    let views = bench.store.views().await.unwrap();
    let mut shown = BTreeMap::new();
    for view in views.iter().filter(|view| view.tickets > 0 || view.unread > 0) {
        let name = match view.id {
            model::ViewId::Standard { view } => view.as_str().to_owned(),
            model::ViewId::Tag { .. } => format!("tag:{}", view.name),
            model::ViewId::Saved { view } => format!("view:{view}"),
        };
        shown.insert(name, (view.tickets, view.unread));
    }
    assert_eq!(shown, counted);
    let counts = bench.store.counts().await.unwrap();
    assert_eq!(counts.tickets as usize, rows.len());
    assert_eq!(counts.messages, rows.iter().map(|row| row.messages).sum::<u32>());
    for row in &rows {
        let customer = bench.store.customer(row.requester).await.unwrap().unwrap();
        let theirs = rows.iter().filter(|other| other.requester == row.requester);
        let open = theirs.clone().filter(|other| other.status != Status::Closed).count();
        assert_eq!((customer.tickets as usize, customer.open_tickets as usize), (theirs.count(), open));
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_mails_in_any_order_and_in_any_pages_give_the_same_tickets(
        talks in talks(),
        order in any::<u64>(),
        size in 1usize..6,
    ) {
        let mails = mails(&talks);
        block_on(async {
            let oldest_first = Bench::new().await;
            oldest_first.apply(&mails).await;
            let expected = seen(&oldest_first).await;
            let newest_first = Bench::new().await;
            let mut reversed = mails.clone();
            reversed.sort_by_key(|mail| std::cmp::Reverse(mail.received_at));
            for page in reversed.chunks(size) {
                newest_first.apply(page).await;
            }
            assert_eq!(seen(&newest_first).await, expected, "newest first");
            let shuffled = Bench::new().await;
            let mut mixed = mails.clone();
            mixed.sort_by_key(|mail| blake3::hash(format!("{order}{}", mail.identity).as_bytes()).to_hex().to_string());
            for page in mixed.chunks(size) {
                shuffled.apply(page).await;
                shuffled.apply(page).await;
            }
            assert_eq!(seen(&shuffled).await, expected, "shuffled and repeated");
            assert_counted(&shuffled).await;
        });
    }

    #[test]
    fn counters_equal_a_count_after_anything_a_person_does(
        talks in talks(),
        acts in prop::collection::vec((0u8..9, any::<prop::sample::Index>()), 1..25),
    ) {
        let mails = mails(&talks);
        block_on(async {
            let bench = Bench::new().await;
            bench.apply(&mails[..mails.len() / 2]).await;
            for (act, which) in acts {
                let rows = all_rows(&bench).await;
                if rows.is_empty() || act == 8 {
                    bench.apply(&mails).await;
                    continue;
                }
                let ticket = &[rows[which.index(rows.len())].id];
                let store = &bench.store;
                match act {
                    0 => store.set_status(ticket, Status::Closed, "", NOW).await.map(drop),
                    1 => store.set_status(ticket, Status::Open, "", NOW).await.map(drop),
                    2 => store.mark_read(ticket, true, NOW).await.map(drop),
                    3 => store.mark_read(ticket, false, NOW).await.map(drop),
                    4 => store.tag_tickets(ticket, "late", "", NOW).await.map(drop),
                    5 => store.set_priority(ticket, Priority::Urgent, "", NOW).await.map(drop),
                    6 => store.acknowledge(ticket[0], "", NOW).await.map(drop),
                    _ => match store.tags().await.unwrap().first() {
                        Some(tag) => store.untag_tickets(ticket, tag.id, "", NOW).await.map(drop),
                        None => continue,
                    },
                }
                .unwrap();
                assert_counted(&bench).await;
            }
        });
    }
}
