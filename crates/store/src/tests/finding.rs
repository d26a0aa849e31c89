//! Finding at scale: many parts of the index, walks that are given up and go on, facets, people, recent searches.

use std::collections::BTreeSet;

use model::{
    Address, Look, Millis, Priority, Sort, StandardView, Status, ViewId, incoming::Incoming, query::Query,
};

use super::bench::{Bench, NOW, mail, reply};
use crate::{FacetValue, RowPlace, read::walk::Budget};

fn said(id: &str, minutes: i64, text: &str) -> Incoming {
    let mut mail = mail(id, minutes);
    mail.body.text = text.to_owned();
    mail
}

fn query(text: &str) -> Query {
    Query::parse(text, |_, _, _| Some(NOW)).unwrap()
}

/// Sixty tickets of two mails each, history read backwards: several parts of the index.
async fn many() -> Bench {
    let bench = Bench::new().await;
    for n in (0..60).rev() {
        let first = said(&format!("{n:02}"), n * 1_000 - 90_000, "a common word");
        let mut second = reply(&first, &format!("again {n:02}"), n * 1_000 - 89_500);
        second.body.text = if n % 20 == 0 { "common and rare".into() } else { "common once more".into() };
        bench.apply(&[first, second]).await;
    }
    bench
}

async fn parts(bench: &Bench) -> i64 {
    bench.store.one(sqlx::query_scalar("SELECT count(*) FROM search_part")).await.unwrap().unwrap()
}

/// Every page of a search, as it is walked with so many entries a page and at once.
async fn paged(bench: &Bench, text: &str, limit: u32, entries: u32) -> (Vec<String>, u32) {
    let (mut after, mut subjects, mut given_up) = (None, Vec::new(), 0);
    loop {
        let budget = Budget::of(entries, 8);
        let page = bench.store.search_within(&query(text), NOW, after, limit, budget).await.unwrap();
        given_up += u32::from(page.looked_to.is_some());
        subjects.extend(page.rows.into_iter().map(|listed| listed.row.subject));
        assert!(after.is_none() || page.next < after, "it gets further");
        after = page.next;
        if after.is_none() {
            return (subjects, given_up);
        }
    }
}

#[tokio::test]
async fn what_is_found_does_not_depend_on_how_far_one_page_looks() {
    let bench = many().await;
    assert!(parts(&bench).await > 3);
    let newest_first =
        |step: usize| (0..60).rev().step_by(step).map(|n| format!("Kettle {n:02}")).collect::<Vec<_>>();
    for entries in [4, 16, 100_000] {
        for limit in [3, 7, 100] {
            let (common, _) = paged(&bench, "common ", limit, entries).await;
            assert_eq!(common, newest_first(1), "{entries} entries, {limit} rows");
        }
    }
    let rare: Vec<_> = [40, 20, 0].map(|n| format!("Kettle {n:02}")).into();
    for text in ["rare common ", "rare -nothing ", "common -once from:wang ", "-once "] {
        let (found, given_up) = paged(&bench, text, 5, 8).await;
        assert_eq!(found, rare, "{text}");
        assert!(given_up > 0 || text.starts_with("rare"), "{text}: {given_up}");
    }
}

#[tokio::test]
async fn what_nothing_passes_is_given_up_and_says_how_far_it_looked() {
    let bench = many().await;
    for text in ["common priority:urgent ", "lang:ko ", "kettle -common "] {
        let page = bench.store.search_within(&query(text), NOW, None, 5, Budget::of(16, 8)).await.unwrap();
        let looked_to = page.looked_to.unwrap();
        assert!(page.rows.is_empty() && page.next.is_some() && looked_to < NOW, "{text}");
        assert_eq!(page.total, None);
        let (found, _) = paged(&bench, text, 5, 16).await;
        assert!(found.is_empty(), "{text}: {found:?}");
    }
}

#[tokio::test]
async fn new_mail_between_two_pages_doubles_and_hides_nothing() {
    let bench = many().await;
    let common = query("common ");
    let first = bench.store.search(&common, NOW, None, 5).await.unwrap();
    let shown: Vec<_> = first.rows.iter().map(|listed| listed.row.subject.clone()).collect();
    let old = said("30", 30_000 - 90_000, "a common word");
    let on_first_page = said("59", 59_000 - 90_000, "a common word");
    let news = |to: &Incoming, id: &str| {
        let mut news = reply(to, id, 100);
        news.body.text = "common news".into();
        news
    };
    bench.apply(&[news(&old, "n1"), news(&on_first_page, "n2"), said("new", 101, "common too")]).await;
    let mut rest = Vec::new();
    let mut after = first.next;
    while after.is_some() {
        let page = bench.store.search(&common, NOW, after, 5).await.unwrap();
        rest.extend(page.rows.into_iter().map(|listed| listed.row.subject));
        after = page.next;
    }
    let expected: Vec<_> = (0..55).rev().filter(|n| *n != 30).map(|n| format!("Kettle {n:02}")).collect();
    assert_eq!(rest, expected, "the one with news has moved up");
    assert_eq!(shown.len(), 5);
    let again = bench.store.search(&common, NOW, None, 3).await.unwrap();
    let top: Vec<_> = again.rows.into_iter().map(|listed| listed.row.subject).collect();
    assert_eq!(top, ["Kettle new", "Kettle 59", "Kettle 30"]);
}

#[tokio::test]
async fn a_message_that_is_completed_and_a_source_that_is_forgotten_leave_the_index() {
    let bench = many().await;
    bench.store.remove_source(bench.source, true, NOW).await.unwrap();
    assert!(bench.found("common").await.is_empty());
    for part in 1..=parts(&bench).await {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT count(*) FROM search_{part} WHERE search_{part} MATCH 'common'"
        ));
        let left: i64 = bench.store.one(sqlx::query_scalar(sql)).await.unwrap().unwrap();
        assert_eq!(left, 0);
    }
    let words: i64 =
        bench.store.one(sqlx::query_scalar("SELECT count(*) FROM name_word")).await.unwrap().unwrap();
    assert_eq!(words, 0, "nor does anybody's name stay");
    assert!(bench.store.people("wang", 8).await.unwrap().is_empty());
}

async fn ordered(bench: &Bench, view: ViewId, limit: u32) -> Vec<(i64, model::TicketRow)> {
    let (mut all, mut after): (Vec<_>, Option<RowPlace>) = (Vec::new(), None);
    loop {
        let page = bench.store.list_view(view, after, limit).await.unwrap();
        all.extend(page.rows.into_iter().map(|listed| (listed.place, listed.row)));
        after = page.next;
        if after.is_none() {
            assert_eq!(page.total, u32::try_from(all.len()).ok());
            return all;
        }
    }
}

#[tokio::test]
async fn each_order_of_a_view_shows_the_same_tickets_by_their_places() {
    let bench = Bench::new().await;
    for n in 0..24 {
        let first = said(&format!("{n:02}"), n % 7, "text");
        let ticket = bench.one(std::slice::from_ref(&first)).await;
        let priorities = Priority::ALL;
        bench.store.set_priority(&[ticket], priorities[n as usize % 4], "Lin", NOW).await.unwrap();
        if n % 5 == 0 {
            bench.apply(&[super::bench::answer(&first, &format!("answer {n}"), 20)]).await;
            bench.store.set_status(&[ticket], Status::Open, "Lin", NOW).await.unwrap();
        }
        bench.store.tag_tickets(&[ticket], "late", "Lin", NOW).await.unwrap();
    }
    let tag = bench.store.views().await.unwrap().into_iter().find(|view| view.name == "late").unwrap().id;
    let standard = |view| ViewId::Standard { view };
    for view in [standard(StandardView::Open), standard(StandardView::Urgent), tag] {
        let mut whole: Option<BTreeSet<_>> = None;
        for sort in crate::views::sorts(view) {
            let look = Look { sort: *sort, columns: Vec::new() };
            bench.store.set_look(view, &look, NOW).await.unwrap();
            let rows = ordered(&bench, view, 5).await;
            let places: Vec<_> = rows.iter().map(|(place, row)| (*place, row.id)).collect();
            assert!(places.windows(2).all(|pair| pair[0] > pair[1]), "{view:?} {sort:?}: {places:?}");
            for (place, row) in &rows {
                let expected = sort.place(row.last_message_at_ms, row.waiting_since_ms, row.priority);
                assert_eq!(*place, expected, "{view:?} {sort:?}");
            }
            let tickets: BTreeSet<_> = rows.iter().map(|(_, row)| row.id).collect();
            assert_eq!(*whole.get_or_insert_with(|| tickets.clone()), tickets, "{view:?} {sort:?}");
        }
        assert!(
            whole.is_some_and(|tickets| tickets.len() > 4)
                && crate::views::sorts(view).contains(&Sort::Oldest)
        );
    }
}

#[tokio::test]
async fn ages_and_days_end_a_list_where_they_say() {
    let bench = many().await;
    assert_eq!(bench.found("updated:<1d updated:>2h ").await, Vec::<String>::new());
    let older: Vec<_> = bench.found("updated:>30d ").await;
    let newer: Vec<_> = bench.found("updated:<30d ").await;
    assert!(!older.is_empty() && !newer.is_empty() && older.len() + newer.len() == 60);
    assert_eq!(bench.found("-updated:<30d ").await, older);
    assert_eq!(bench.found("updated:>30d common ").await, older);
}

#[tokio::test]
async fn facets_count_what_was_found() {
    let bench = many().await;
    let page = bench.store.search(&query("rare "), NOW, None, 5).await.unwrap();
    let ids: Vec<_> = page.rows.iter().map(|listed| listed.row.id).collect();
    bench.store.tag_tickets(&ids[..2], "Late", "Lin", NOW).await.unwrap();
    bench.store.set_status(&ids[..1], Status::Waiting, "Lin", NOW).await.unwrap();
    let facets = bench.store.facets(&query("rare "), NOW).await.unwrap();
    assert_eq!((facets.tickets, facets.all), (3, true));
    let count = |is: &dyn Fn(&FacetValue) -> bool| {
        facets.facets.iter().filter(|facet| is(&facet.value)).map(|facet| facet.tickets).collect::<Vec<_>>()
    };
    assert_eq!(count(&|value| *value == FacetValue::Status(Status::Waiting)), [1]);
    assert_eq!(count(&|value| matches!(value, FacetValue::Status(_))).iter().sum::<u32>(), 3);
    assert_eq!(count(&|value| matches!(value, FacetValue::Tag(tag) if tag.name == "Late")), [2]);
    assert_eq!(count(&|value| matches!(value, FacetValue::Source { name, .. } if name == "Shop")), [3]);
    assert_eq!(
        count(&|value| matches!(value, FacetValue::From { email, .. } if email == "wang@x.test")),
        [3]
    );
    assert_eq!(bench.store.facets(&query("nothing "), NOW).await.unwrap().facets, []);
}

#[tokio::test]
async fn notes_newer_than_a_day_are_found_on_tickets_of_before_it() {
    let bench = many().await;
    let rows = bench.store.search(&query("common "), NOW, None, 100).await.unwrap().rows;
    for listed in rows.iter().skip(50) {
        bench.store.add_note(listed.row.id, "ask the potter", "Lin", NOW).await.unwrap();
    }
    assert_eq!(bench.found("potter updated:>2d ").await.len(), 10);
    let (noted, _) = paged(&bench, "potter updated:>2d ", 3, 16).await;
    assert_eq!(noted.iter().collect::<BTreeSet<_>>().len(), 10);
    assert_eq!(noted.len(), 10);
    let (both, _) = paged(&bench, "common updated:>2d ", 7, 16).await;
    assert_eq!(both.iter().collect::<BTreeSet<_>>().len(), both.len());
    assert!(bench.found("potter updated:<2d ").await.is_empty());
}

async fn customers(people: &[(&str, &str)]) -> Bench {
    let bench = Bench::new().await;
    for (n, (name, email)) in people.iter().enumerate() {
        let mut mail = mail(&format!("p{n}"), n as i64);
        mail.from = Some(Address::new(name, email));
        bench.apply(&[mail]).await;
    }
    bench
}

async fn names(bench: &Bench, text: &str) -> Vec<(String, bool)> {
    let people = bench.store.people(text, 8).await.unwrap();
    people.into_iter().map(|person| (person.name, person.guessed)).collect()
}

#[tokio::test]
async fn people_are_found_despite_a_typing_error() {
    let bench = customers(&[
        ("王志远", "wzy@x.test"),
        ("Wang Lei", "wang.lei@x.test"),
        ("李娜", "lina88@x.test"),
        ("Margareta Lindqvist", "m.lindqvist@y.test"),
        ("", "13812345678@qq.test"),
        ("Margot Wang", "margot@y.test"),
    ])
    .await;
    let right = |name: &str| (name.to_owned(), false);
    let guessed = |name: &str| (name.to_owned(), true);
    assert_eq!(names(&bench, "wang").await, [right("Margot Wang"), right("Wang Lei"), right("王志远")]);
    assert_eq!(names(&bench, "wangzhiyuan").await, [right("王志远")]);
    assert_eq!(names(&bench, "zhiyaun").await, [guessed("王志远")]);
    assert_eq!(names(&bench, "王志原").await, [guessed("王志远")]);
    assert_eq!(names(&bench, "王至远").await, [guessed("王志远")]);
    assert_eq!(names(&bench, "李那").await, [guessed("李娜")], "it sounds the same");
    assert_eq!(names(&bench, "lindqvits").await, [guessed("Margareta Lindqvist")]);
    assert_eq!(names(&bench, "margreta lindqvist").await, [guessed("Margareta Lindqvist")]);
    assert_eq!(names(&bench, "138123").await, [right("13812345678@qq.test")]);
    assert_eq!(names(&bench, "wang.lei@x").await, [right("Wang Lei")]);
    assert_eq!(names(&bench, "lei wang").await, [right("Wang Lei")]);
    for nobody in ["", "  ", "@", "xyz", "wang xyz", "🫖", "'; --", "%", &"w".repeat(300)] {
        assert_eq!(names(&bench, nobody).await, [], "{nobody}");
    }
}

#[tokio::test]
async fn whoever_takes_another_name_is_found_by_that_one() {
    let bench = customers(&[("Anna Schmidt", "anna@x.test"), ("Anna Weber", "anna@x.test")]).await;
    assert_eq!(names(&bench, "weber").await.len(), 1);
    assert!(names(&bench, "schmidt").await.is_empty());
}

#[tokio::test]
async fn a_name_of_any_length_and_script_is_kept_and_found() {
    let long = "Ā".repeat(300);
    let bench = customers(&[(&long, "long@x.test"), ("محمد 🫖 علي", "ali@x.test")]).await;
    assert_eq!(names(&bench, "āāā").await.len(), 1);
    assert_eq!(names(&bench, "علي").await.len(), 1);
    assert_eq!(bench.store.people(&long, 8).await.unwrap().len(), 1);
}

#[tokio::test]
async fn of_very_many_with_one_name_those_who_wrote_last_come_first() {
    let everyone: Vec<(String, String)> =
        (0..450).map(|n| ("Wang".to_owned(), format!("c{}@x.test", n * 7919 % 450))).collect();
    let everyone: Vec<_> = everyone.iter().map(|(name, email)| (name.as_str(), email.as_str())).collect();
    let bench = Bench::new().await;
    let mails: Vec<Incoming> = everyone
        .iter()
        .enumerate()
        .map(|(n, (name, email))| {
            let mut mail = mail(&format!("p{n}"), n as i64 - 400);
            mail.from = Some(Address::new(name, email));
            mail
        })
        .collect();
    bench.apply(&mails).await;
    let found = bench.store.people("wang", 3).await.unwrap();
    let found: Vec<_> = found.iter().map(|person| person.email.as_str()).collect();
    let newest: Vec<_> = everyone.iter().rev().take(3).map(|(_, email)| *email).collect();
    assert_eq!(found, newest);
}

#[tokio::test]
async fn twenty_searches_are_remembered_and_any_can_be_forgotten() {
    let bench = Bench::new().await;
    for n in 0..25 {
        // The clock is put back half-way.
        let now = NOW.plus(if n < 12 { n } else { n - 1_000 });
        bench.store.keep_search(&format!(" word {n} "), now).await.unwrap();
    }
    bench.store.keep_search("word 7", NOW.plus(-Millis::DAY)).await.unwrap();
    let recent = bench.store.recent_searches().await.unwrap();
    assert_eq!(recent.len(), 20);
    assert_eq!(recent[..3], ["word 7", "word 24", "word 23"]);
    bench.store.forget_searches(Some("word 24"), NOW).await.unwrap();
    assert_eq!(bench.store.recent_searches().await.unwrap()[1], "word 23");
    bench.store.forget_searches(None, NOW).await.unwrap();
    assert!(bench.store.recent_searches().await.unwrap().is_empty());
    assert!(bench.store.keep_search("  ", NOW).await.is_err());
}
