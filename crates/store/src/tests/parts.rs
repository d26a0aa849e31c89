//! A page is taken in by parts: others write in between, and one that breaks off leaves nothing wrong behind.

use model::{
    Millis,
    incoming::{Change, Cursor, Incoming},
};

use super::bench::{Bench, NOW, mail, reply};

/// More mails than fit into a few parts.
const MANY: i64 = 600;

fn many() -> Vec<Incoming> {
    (0..MANY).map(|number| mail(&format!("m{number}"), number)).collect()
}

fn page(mails: &[Incoming]) -> Vec<Change> {
    mails.iter().map(|mail| Change::Message(Box::new(mail.clone()))).collect()
}

fn cursor() -> Cursor {
    Cursor("the end".into())
}

#[tokio::test]
async fn a_person_writes_between_two_parts_of_a_page() {
    let bench = Bench::new().await;
    let (page, cursor) = (page(&many()), cursor());
    let (applied, written) = tokio::join!(
        bench.store.apply(bench.source, &page, &cursor, None, NOW),
        bench.store.set_setting("theme", "dark".into(), NOW)
    );
    let (applied, written) = (applied.unwrap(), written.unwrap());
    assert!(written < applied.seq, "{written:?} of {:?}", applied.seq);
    assert_eq!(i64::from(applied.new_messages), MANY);
}

#[tokio::test]
async fn a_page_that_breaks_off_keeps_what_was_stored_but_not_its_cursor_and_nothing_comes_twice() {
    let bench = Bench::new().await;
    let (page, cursor) = (page(&many()), cursor());
    let mut commits = bench.store.commits();
    tokio::select! {
        biased;
        _ = commits.recv() => {}
        _ = bench.store.apply(bench.source, &page, &cursor, None, NOW) => panic!("it came to its end"),
    }
    assert_eq!(bench.store.cursor(bench.source).await.unwrap(), None);
    let applied = bench.store.apply(bench.source, &page, &cursor, None, NOW).await.unwrap();
    assert!(applied.known_messages > 0 && applied.new_messages > 0, "{applied:?}");
    assert_eq!(i64::from(applied.known_messages + applied.new_messages), MANY);
    assert_eq!(bench.store.cursor(bench.source).await.unwrap(), Some(cursor));
    let source = bench.store.source(bench.source).await.unwrap().unwrap();
    assert_eq!(i64::from(source.messages), MANY);
}

#[tokio::test]
async fn a_text_of_ten_megabytes_is_kept_whole_and_found_by_its_beginning() {
    let bench = Bench::new().await;
    let mut long = mail("long", 0);
    long.body.text = format!("teapot {} saucer", "line after line ".repeat(650_000));
    let ticket = bench.one(std::slice::from_ref(&long)).await;
    assert_eq!(bench.found("teapot").await, ["Kettle long"]);
    assert!(bench.found("saucer").await.is_empty(), "beyond what the index holds");
    let (messages, _) = bench.store.messages(ticket, None, 10).await.unwrap();
    assert_eq!(messages.first().map(|message| message.text.len()), Some(long.body.text.len()));
}

#[tokio::test]
async fn a_conversation_of_thousands_whose_mails_name_all_before_them_is_one_ticket() {
    let bench = Bench::new().await;
    let mut mails = vec![mail("m0", 0)];
    for number in 1..1_500 {
        let before = mails.last().unwrap();
        let mut next = reply(before, &format!("m{number}"), number);
        next.subject = "Re: Kettle m0".into();
        mails.push(next);
    }
    let ticket = bench.one(&mails).await;
    assert_eq!(bench.row(ticket).await.messages, 1_500);
    let mut late = mail("late", 0);
    late.references = (0..5_000).map(|number| format!("m{number}")).collect();
    late.received_at = NOW.plus(2 * Millis::DAY);
    assert_eq!(bench.one(&[late]).await, ticket, "by the first it names");
}
