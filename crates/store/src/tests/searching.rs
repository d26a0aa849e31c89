//! Search in both languages, with operators, newest first.

use model::{Address, Priority, Status, Tier, query::Query};

use super::bench::{Bench, NOW, mail, reply};

fn said(id: &str, minutes: i64, text: &str) -> model::incoming::Incoming {
    let mut mail = mail(id, minutes);
    mail.body.text = text.to_owned();
    mail
}

async fn shop() -> Bench {
    let bench = Bench::new().await;
    let mut li = said("c", 2, "我的茶具碎了，订单 A-20771，请退款");
    li.from = Some(Address::new("李娜", "li.na@mail.test"));
    li.subject = "茶具破损".into();
    bench
        .apply(&[said("a", 0, "The kettle arrived broken"), said("b", 1, "Where are my refunds?"), li])
        .await;
    bench
}

#[tokio::test]
async fn words_are_found_by_their_stems_and_as_they_are_typed() {
    let bench = shop().await;
    assert_eq!(bench.found("refund ").await, ["Kettle b"]);
    assert_eq!(bench.found("refunding ").await, ["Kettle b"]);
    assert_eq!(bench.found("arr").await, ["Kettle a"]);
    assert!(bench.found("arr ").await.is_empty(), "a whole word");
    assert_eq!(bench.found("kettle").await, ["Kettle b", "Kettle a"], "newest first, in the subject");
    assert_eq!(bench.found("\"arrived broken\"").await, ["Kettle a"]);
    assert!(bench.found("\"broken arrived\"").await.is_empty());
    assert_eq!(bench.found("BROKEN kettle").await, ["Kettle a"], "all words, any case");
}

#[tokio::test]
async fn chinese_is_found_by_any_part_of_a_sentence() {
    let bench = shop().await;
    for query in ["茶", "茶具", "碎了", "“请退款”", "a-20771", "订单"] {
        assert_eq!(bench.found(query).await, ["茶具破损"], "{query}");
    }
    assert!(bench.found("具茶").await.is_empty(), "not in another order");
}

#[tokio::test]
async fn people_are_found_by_name_and_address() {
    let bench = shop().await;
    for query in ["from:李", "from:li.na", "from:li.na@mail.test", "李娜", "from:mail.test 退款"] {
        assert_eq!(bench.found(query).await, ["茶具破损"], "{query}");
    }
    assert_eq!(bench.found("-from:wang").await, ["茶具破损"]);
    assert_eq!(bench.found("kettle -from:li").await.len(), 2);
}

#[tokio::test]
async fn operators_narrow_what_is_found() {
    let bench = shop().await;
    let row = bench.store.search(&query("broken"), NOW, None, 1).await.unwrap().rows.remove(0).row;
    bench.store.tag_tickets(&[row.id], "Damage", "Lin", NOW).await.unwrap();
    bench.store.set_status(&[row.id], Status::Closed, "Lin", NOW).await.unwrap();
    bench.store.set_priority(&[row.id], Priority::High, "Lin", NOW).await.unwrap();
    bench.store.set_tier(row.requester, Tier::Vip, "Lin", NOW).await.unwrap();
    let only_a = [
        "tag:damage",
        "status:closed",
        "is:closed",
        "priority:high",
        "kettle tag:damage",
        "is:vip is:closed",
    ];
    for query in only_a {
        assert_eq!(bench.found(query).await, ["Kettle a"], "{query}");
    }
    assert_eq!(bench.found("kettle -tag:damage").await, ["Kettle b"]);
    assert_eq!(bench.found("-tag:damage -from:li").await, ["Kettle b"]);
    assert_eq!(bench.found("-refund -茶").await, ["Kettle a"]);
    assert_eq!(bench.found("is:unread").await.len(), 3);
    assert_eq!(bench.found("status:open").await, ["茶具破损", "Kettle b"]);
    assert!(bench.found("tag:nothing").await.is_empty());
    assert_eq!(bench.found("-tag:nothing").await.len(), 3);
    assert_eq!(bench.found("before:2026-01-01").await.len(), 3, "the day begins now");
    assert!(bench.found("after:2026-01-01").await.is_empty());
    assert!(bench.found("has:attachment").await.is_empty());
}

#[tokio::test]
async fn a_token_finds_its_ticket() {
    let bench = shop().await;
    let token = model::threading::Token::of_root("a").0;
    assert_eq!(bench.found(&token).await, ["Kettle a"]);
    assert_eq!(bench.found(&token.to_lowercase()).await, ["Kettle a"]);
    assert_eq!(bench.found(&format!("{token} broken")).await, ["Kettle a"]);
    assert!(bench.found(&format!("{token} refund")).await.is_empty());
    assert_eq!(bench.found(&format!("kettle -{token}")).await, ["Kettle b"]);
}

fn query(text: &str) -> Query {
    Query::parse(text, |_, _, _| Some(NOW)).unwrap()
}

#[tokio::test]
async fn a_ticket_appears_once_where_its_newest_match_is_and_pages_have_no_gap() {
    let bench = Bench::new().await;
    let mut mails = Vec::new();
    for n in 0..30 {
        let first = said(&format!("{n:02}"), n, "teapot");
        mails.push(reply(&first, &format!("again {n}"), 100 - n));
        mails.last_mut().unwrap().body.text = "teapot once more".into();
        mails.push(first);
    }
    bench.apply(&mails).await;
    let query = query("teapot");
    let (mut after, mut subjects) = (None, Vec::new());
    loop {
        let page = bench.store.search(&query, NOW, after, 7).await.unwrap();
        after = page.next;
        subjects.extend(page.rows.into_iter().map(|listed| listed.row.subject));
        if after.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (0..30).map(|n| format!("Kettle {n:02}")).collect();
    assert_eq!(subjects, expected);
}

#[tokio::test]
async fn a_result_shows_the_passage_that_matched() {
    let bench = shop().await;
    let page = bench.store.search(&query("碎了"), NOW, None, 5).await.unwrap();
    assert_eq!(page.rows[0].excerpt.as_deref(), Some("我的茶具碎了，订单 A-20771，请退款"));
    assert_eq!(page.total, Some(1));
    assert_eq!(crate::highlights(&query("碎了 -x")), ["碎了"]);
}

#[tokio::test]
async fn nothing_a_person_types_breaks_the_index() {
    let bench = shop().await;
    for text in [
        "*",
        "^a",
        "a*b",
        "NEAR(a b)",
        "a AND",
        "OR",
        "{a}:b",
        "sender:x",
        "'; DROP TABLE ticket; --",
        "\"\"x",
        "(",
        "-",
        "“”",
        "from:*",
        "\u{0}",
        "a\u{0}b",
    ] {
        if let Ok(query) = Query::parse(text, |_, _, _| Some(NOW)) {
            bench
                .store
                .search(&query, NOW, None, 5)
                .await
                .unwrap_or_else(|error| panic!("{text:?}: {error}"));
        }
    }
}
