//! Saved views through the API: definitions, orders, limits, clocks that jump, and a database that was lost.

use model::{
    Column, Look, Millis, ProblemCode, SavedViewId, Sort, StandardView, Status, TicketId, Tier, View,
    ViewDraft, ViewId, incoming::Incoming, query::Query,
};
use sqlx::Row as _;

use super::bench::{Bench, NOW, mail, reply};
use crate::{MOST_VIEWS, views::statements};

fn draft(name: &str, query: &str, sort: Sort) -> ViewDraft {
    ViewDraft {
        name: name.into(),
        folder: String::new(),
        query: query.into(),
        look: Look { sort, ..Look::default() },
    }
}

fn parsed(query: &str) -> Query {
    Query::parse(query, |_, _, _| Some(NOW)).unwrap()
}

impl Bench {
    async fn save(&self, query: &str, sort: Sort) -> SavedViewId {
        let id = self.store.save_view(None, &draft(query, query, sort), &parsed(query), NOW).await.unwrap();
        self.fill().await;
        id
    }

    async fn fill(&self) {
        while self.store.fill_views(NOW).await.unwrap() {}
    }

    async fn view(&self, id: SavedViewId) -> View {
        let views = self.store.views().await.unwrap();
        views.into_iter().find(|view| view.id == ViewId::Saved { view: id }).unwrap()
    }

    async fn listed(&self, view: ViewId) -> Vec<TicketId> {
        let page = self.store.list_view(view, None, 200).await.unwrap();
        page.rows.into_iter().map(|listed| listed.row.id).collect()
    }

    async fn members(&self, id: SavedViewId) -> Vec<TicketId> {
        self.listed(ViewId::Saved { view: id }).await
    }

    async fn three(&self) -> [TicketId; 3] {
        [self.one(&[mail("a", 0)]).await, self.one(&[mail("b", 10)]).await, self.one(&[mail("c", 20)]).await]
    }
}

#[tokio::test]
async fn a_view_lists_its_members_in_its_order_and_counts_them() {
    let bench = Bench::new().await;
    let [a, b, c] = bench.three().await;
    let id = bench.save("status:open", Sort::Newest).await;
    assert_eq!(bench.members(id).await, [c, b, a]);
    bench.store.mark_read(&[b], true, NOW).await.unwrap();
    bench.store.set_status(&[c], Status::Closed, "Lin", NOW).await.unwrap();
    assert_eq!(bench.members(id).await, [b, a]);
    let view = bench.view(id).await;
    assert_eq!((view.tickets, view.unread, view.counted, view.problem), (2, 1, None, None));
    let look = Look { sort: Sort::Oldest, columns: vec![Column::Source] };
    bench.store.set_look(ViewId::Saved { view: id }, &look, NOW).await.unwrap();
    assert_eq!(bench.members(id).await, [a, b], "also while it is gathered anew");
    bench.fill().await;
    assert_eq!((bench.members(id).await, bench.view(id).await.look), (vec![a, b], look));
}

#[tokio::test]
async fn a_view_that_gets_another_name_keeps_its_members_and_one_with_another_query_does_not() {
    let bench = Bench::new().await;
    let [a, ..] = bench.three().await;
    bench.store.set_status(&[a], Status::Closed, "Lin", NOW).await.unwrap();
    let id = bench.save("status:open", Sort::Newest).await;
    let renamed = draft("Mine", "status:open", Sort::Newest);
    bench.store.save_view(Some(id), &renamed, &parsed("status:open "), NOW).await.unwrap();
    let view = bench.view(id).await;
    assert_eq!((view.name.as_str(), view.tickets, view.counted), ("Mine", 2, None));
    let changed = draft("Mine", "status:closed", Sort::Newest);
    bench.store.save_view(Some(id), &changed, &parsed("status:closed"), NOW).await.unwrap();
    assert!(bench.view(id).await.counted.is_some());
    bench.fill().await;
    assert_eq!((bench.members(id).await, bench.view(id).await.tickets), (vec![a], 1));
    bench.store.delete_view(id, NOW).await.unwrap();
    assert!(bench.store.delete_view(id, NOW).await.is_err());
    assert!(bench.store.list_view(ViewId::Saved { view: id }, None, 9).await.is_err());
    bench.fill().await;
    assert_ne!(bench.save("is:open", Sort::Newest).await, id, "an id is never given twice");
}

#[tokio::test]
async fn a_view_over_a_tag_that_is_gone_says_so_and_comes_back_with_the_tag() {
    let bench = Bench::new().await;
    let [a, b, c] = bench.three().await;
    let (with, without) =
        (bench.save("tag:late", Sort::Newest).await, bench.save("-tag:late", Sort::Newest).await);
    let problem = bench.view(with).await.problem.unwrap();
    assert_eq!((problem.code, problem.params["name"].as_str()), (ProblemCode::ViewNameGone, "late"));
    assert_eq!((bench.members(with).await, bench.members(without).await), (vec![], vec![c, b, a]));
    bench.store.tag_tickets(&[b], "Late", "Lin", NOW).await.unwrap();
    assert_eq!(bench.view(with).await.problem, None);
    assert_eq!((bench.members(with).await, bench.members(without).await), (vec![b], vec![c, a]));
}

#[tokio::test]
async fn a_view_over_a_source_follows_the_source_out_and_in_again() {
    let bench = Bench::new().await;
    let [a, b, c] = bench.three().await;
    let id = bench.save("source:shop", Sort::Newest).await;
    assert_eq!(bench.members(id).await, [c, b, a]);
    bench.store.remove_source(bench.source, false, NOW).await.unwrap();
    bench.fill().await;
    let view = bench.view(id).await;
    assert_eq!((view.tickets, view.problem.unwrap().params["key"].as_str()), (0, "source"));
    bench.store.add_source("mailbox", "Shop", "desk@shop.test", serde_json::json!({}), NOW).await.unwrap();
    bench.fill().await;
    assert_eq!(bench.members(id).await, [c, b, a]);
    bench.store.remove_source(bench.source, true, NOW).await.unwrap();
    bench.fill().await;
    assert_eq!((bench.members(id).await, bench.view(id).await.unread), (vec![], 0));
}

#[tokio::test]
async fn a_ticket_joins_and_leaves_at_the_very_moment_and_the_next_one_is_told() {
    let bench = Bench::new().await;
    // An hour ago, and forty minutes ago.
    let [a, _, c] = bench.three().await;
    let id = bench.save("waiting:>1h updated:<80m", Sort::Newest).await;
    let minutes = |n: i64| NOW.plus(n * Millis::MINUTE);
    assert_eq!(bench.members(id).await, [a], "what has waited for exactly an hour has waited for an hour");
    assert_eq!(bench.store.advance_views(NOW).await.unwrap(), Some(minutes(10)));
    assert_eq!(bench.store.advance_views(minutes(10).plus(-1)).await.unwrap(), Some(minutes(10)));
    assert_eq!(bench.members(id).await, [a]);
    assert_eq!(bench.store.advance_views(minutes(20)).await.unwrap(), Some(minutes(30)));
    assert_eq!((bench.members(id).await.len(), bench.members(id).await[0]), (2, c));
    assert_eq!(bench.store.advance_views(minutes(40)).await.unwrap(), None, "all have passed every age");
    assert_eq!(bench.members(id).await, []);
}

#[tokio::test]
async fn a_clock_that_jumps_by_years_either_way_leaves_the_members_right() {
    let bench = Bench::new().await;
    let mails: Vec<Incoming> = (0..12).map(|n| mail(&n.to_string(), n)).collect();
    bench.apply(&mails).await;
    let (fresh, old) =
        (bench.save("updated:<1d", Sort::Newest).await, bench.save("updated:>1d", Sort::Oldest).await);
    for (years, expected) in [(5, (0, 12)), (-10, (12, 0)), (0, (12, 0)), (300_000, (0, 12)), (0, (12, 0))] {
        let now = NOW.plus(years * 365 * Millis::DAY);
        bench.store.advance_views(now).await.unwrap();
        bench.fill().await;
        let counts = (bench.members(fresh).await.len(), bench.members(old).await.len());
        assert_eq!(counts, expected, "{years} years");
        assert_eq!(bench.view(old).await.tickets as usize, expected.1);
    }
}

#[tokio::test]
async fn the_closed_tickets_of_a_customer_follow_their_tier() {
    let bench = Bench::new().await;
    let [a, b, c] = bench.three().await;
    bench.store.set_status(&[a, b], Status::Closed, "Lin", NOW).await.unwrap();
    let id = bench.save("is:vip", Sort::Newest).await;
    let customer = bench.row(a).await.requester;
    bench.store.set_tier(customer, Tier::Vip, "Lin", NOW).await.unwrap();
    assert_eq!((bench.members(id).await, bench.view(id).await.unread), (vec![c, b, a], 3));
    bench.store.set_tier(customer, Tier::Standard, "Lin", NOW).await.unwrap();
    assert_eq!((bench.members(id).await, bench.view(id).await.unread), (vec![], 0));
}

#[tokio::test]
async fn what_is_said_later_makes_a_member_of_a_view_that_asks_for_words() {
    let bench = Bench::new().await;
    let first = mail("a", 0);
    let ticket = bench.one(std::slice::from_ref(&first)).await;
    let (said, unsaid) =
        (bench.save("refund lamp", Sort::Newest).await, bench.save("-refund", Sort::Newest).await);
    assert_eq!((bench.members(said).await, bench.members(unsaid).await), (vec![], vec![ticket]));
    let mut next = reply(&first, "b", 5);
    next.body.text = "a refund, please".into();
    bench.apply(&[next.clone()]).await;
    assert_eq!((bench.members(said).await, bench.members(unsaid).await), (vec![], vec![]), "in one message");
    bench.store.add_note(ticket, "refund the lamp", "Lin", NOW).await.unwrap();
    assert_eq!(bench.members(said).await, [ticket]);
    let token = bench.save(&bench.row(ticket).await.token.0, Sort::Newest).await;
    assert_eq!(bench.members(token).await, [ticket]);
}

#[tokio::test]
async fn a_ticket_of_five_thousand_messages_is_a_member_like_any_other() {
    let bench = Bench::new().await;
    let first = mail("a", -30);
    let mut mails = vec![first.clone()];
    mails.extend((0..4_999).map(|n| {
        let mut next = reply(&first, &format!("m{n}"), 0);
        next.received_at = first.received_at.plus(n + 1);
        next
    }));
    mails[2_500].body.text = "the lamp is broken".into();
    let ticket = bench.one(&mails).await;
    let id = bench.save("lamp -refund", Sort::LongestWait).await;
    assert_eq!(bench.members(id).await, [ticket]);
    let mut last = reply(&first, "last", 0);
    last.body.text = "refund".into();
    bench.apply(&[last]).await;
    assert_eq!(bench.members(id).await, []);
    assert_eq!(bench.row(ticket).await.messages, 5_001);
}

#[tokio::test]
async fn there_are_no_more_than_five_hundred_views_and_all_of_them_follow_a_change() {
    let bench = Bench::new().await;
    let [a, ..] = bench.three().await;
    for n in 0..MOST_VIEWS {
        let query = ["status:open", "updated:<1d -tag:late", "refund", "is:unread waiting:>2h"][n % 4];
        bench
            .store
            .save_view(None, &draft(&n.to_string(), query, Sort::Newest), &parsed(query), NOW)
            .await
            .unwrap();
    }
    let more = bench.store.save_view(None, &draft("more", "", Sort::Newest), &parsed(""), NOW).await;
    let problem = more.unwrap_err().problem();
    assert_eq!((problem.code, problem.params["limit"].as_str()), (ProblemCode::TooManyViews, "500"));
    bench.fill().await;
    bench.store.set_status(&[a], Status::Closed, "Lin", NOW).await.unwrap();
    let views = bench.store.views().await.unwrap();
    let counts = |query: &str| -> Vec<u32> {
        let saved = views.iter().filter(|view| matches!(view.id, ViewId::Saved { .. }));
        saved.filter(|view| view.query == query).map(|view| view.tickets).collect()
    };
    assert_eq!(counts("status:open"), [2; 125]);
    assert_eq!(counts("updated:<1d -tag:late"), [3; 125]);
}

#[tokio::test]
async fn a_restart_goes_on_where_the_filling_was() {
    let mut bench = Bench::new().await;
    let mails: Vec<Incoming> = (0..10).map(|n| mail(&n.to_string(), n)).collect();
    bench.apply(&mails).await;
    let query = parsed("status:open");
    let sort = Sort::Priority;
    let id = bench.store.save_view(None, &draft("x", "status:open", sort), &query, NOW).await.unwrap();
    assert!(bench.store.fill_views(NOW).await.unwrap());
    let (count, counted) = (bench.view(id).await.tickets, bench.view(id).await.counted);
    assert_eq!((count, counted), (3, Some(30)), "in strides of three here");
    bench.reopen().await;
    assert_eq!(bench.view(id).await.tickets, 3);
    bench.fill().await;
    assert_eq!((bench.members(id).await.len(), bench.view(id).await.counted), (10, None));
}

#[tokio::test]
async fn an_order_is_kept_for_every_kind_of_view_that_can_have_it() {
    let bench = Bench::new().await;
    let [a, b, c] = bench.three().await;
    bench.store.tag_tickets(&[a, b], "late", "Lin", NOW).await.unwrap();
    bench.store.set_priority(&[b], model::Priority::High, "Lin", NOW).await.unwrap();
    let open = ViewId::Standard { view: StandardView::Open };
    let look = |sort| Look { sort, columns: vec![Column::Channel] };
    for (sort, expected) in [
        (Sort::Newest, [c, b, a]),
        (Sort::Oldest, [a, b, c]),
        (Sort::LongestWait, [a, b, c]),
        (Sort::Priority, [b, c, a]),
    ] {
        bench.store.set_look(open, &look(sort), NOW).await.unwrap();
        assert_eq!(bench.listed(open).await, expected, "{sort:?}");
    }
    let views = bench.store.views().await.unwrap();
    assert_eq!(views[0].look, look(Sort::Priority));
    let waiting = ViewId::Standard { view: StandardView::Waiting };
    assert!(bench.store.set_look(waiting, &look(Sort::Priority), NOW).await.is_err());
    let tag = views.last().unwrap().id;
    bench.store.set_look(tag, &look(Sort::Oldest), NOW).await.unwrap();
    assert_eq!(bench.listed(tag).await, [a, b]);
}

#[tokio::test]
async fn a_lost_database_comes_back_with_the_same_views_and_orders() {
    let mut bench = Bench::new().await;
    let [a, ..] = bench.three().await;
    bench.store.tag_tickets(&[a], "late", "Lin", NOW).await.unwrap();
    let gone = bench.save("is:unread", Sort::Newest).await;
    let (tagged, sorted) =
        (bench.save("tag:late", Sort::Oldest).await, bench.save("status:open", Sort::Newest).await);
    bench.store.delete_view(gone, NOW).await.unwrap();
    let look = Look { sort: Sort::LongestWait, columns: vec![Column::Tags] };
    bench.store.set_look(ViewId::Saved { view: sorted }, &look, NOW).await.unwrap();
    let tag = bench.store.views().await.unwrap().last().unwrap().id;
    bench.store.set_look(tag, &Look { sort: Sort::Oldest, columns: vec![] }, NOW).await.unwrap();
    bench.fill().await;
    let before = bench.store.views().await.unwrap();
    bench.lose_database().await;
    bench.apply(&[mail("c", 20), mail("b", 10), mail("a", 0)]).await;
    bench.fill().await;
    // The tag has another id; it is the last view.
    let shown = |views: &[View]| -> Vec<View> {
        let standard = ViewId::Standard { view: StandardView::Open };
        let same = |view: &View| match view.id {
            ViewId::Tag { .. } => View { id: standard, ..view.clone() },
            _ => view.clone(),
        };
        views.iter().map(same).collect()
    };
    assert_eq!(shown(&bench.store.views().await.unwrap()), shown(&before));
    assert_eq!((bench.members(tagged).await.len(), bench.members(sorted).await.len()), (1, 3));
    assert_eq!(bench.members(sorted).await.last(), bench.members(sorted).await.get(2));
}

#[tokio::test]
async fn members_are_kept_through_indexes() {
    let bench = Bench::new().await;
    let mut connection = bench.store.inner.readers.acquire().await.unwrap();
    let mut report = String::new();
    for (what, sql) in statements() {
        report.push_str(&format!("{what}\n"));
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
        for row in sqlx::query(explain).fetch_all(&mut *connection).await.unwrap() {
            let line: String = row.get("detail");
            let whole =
                ["SCAN j", "SCAN v", "SCAN json_each", "SCAN view_list USING COVERING INDEX view_list_left"];
            let scans = line.starts_with("SCAN") && !whole.iter().any(|each| line.starts_with(each));
            assert!(!scans && !line.contains("TEMP B-TREE"), "{what}: {line}");
            report.push_str(&format!("    {line}\n"));
        }
    }
    insta::assert_snapshot!(report);
}
