//! Replies being written: nothing that somebody typed is lost.

use model::{ProblemCode, outgoing::MOST_ATTACHED};

use super::{
    bench::{Bench, NOW, mail, reply},
    replies::{draft, file},
};

fn journal_bytes(bench: &Bench) -> u64 {
    std::fs::metadata(bench.root.path().join("journal")).unwrap().len()
}

#[tokio::test]
async fn a_draft_is_what_was_typed_last_and_keeps_its_files() {
    let mut bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    assert_eq!(bench.store.reply_draft(ticket).await.unwrap(), None);
    bench.store.keep_reply_draft(ticket, &draft("<p>Dear</p>"), NOW).await.unwrap();
    bench.store.attach(ticket, file("a.png", 5), NOW).await.unwrap();
    bench.store.keep_reply_draft(ticket, &draft("<p>Dear Wang</p>"), NOW.plus(9)).await.unwrap();
    bench.reopen().await;
    let kept = bench.store.reply_draft(ticket).await.unwrap().unwrap();
    assert_eq!((kept.text, kept.kept_at), (draft("<p>Dear Wang</p>"), NOW.plus(9)));
    assert_eq!(kept.attachments, [file("a.png", 5)]);
    bench.store.detach(ticket, &file("a.png", 5).hash, NOW).await.unwrap();
    assert!(bench.store.reply_draft(ticket).await.unwrap().unwrap().attachments.is_empty());
    bench.store.discard_reply_draft(ticket, NOW).await.unwrap();
    assert_eq!(bench.store.reply_draft(ticket).await.unwrap(), None);
}

#[tokio::test]
async fn the_same_text_again_writes_nothing() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    bench.store.keep_reply_draft(ticket, &draft("x"), NOW).await.unwrap();
    let (seq, bytes) = (bench.store.latest_seq(), journal_bytes(&bench));
    assert_eq!(bench.store.keep_reply_draft(ticket, &draft("x"), NOW.plus(5)).await.unwrap(), seq);
    assert_eq!(journal_bytes(&bench), bytes);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_changes_nothing() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    let missing = bench.store.keep_reply_draft(model::TicketId(99), &draft("x"), NOW).await.unwrap_err();
    assert_eq!(missing.problem().code, ProblemCode::NotFound);
    let missing = bench.store.attach(ticket, file("a.png", 5), NOW).await.unwrap_err();
    assert_eq!(missing.problem().code, ProblemCode::NotFound, "there is no draft to attach to");
    bench.store.keep_reply_draft(ticket, &draft("x"), NOW).await.unwrap();
    bench.store.attach(ticket, file("a.png", MOST_ATTACHED as i64), NOW).await.unwrap();
    let large = bench.store.attach(ticket, file("b.png", 1), NOW).await.unwrap_err();
    assert_eq!(large.problem().code, ProblemCode::AttachmentTooLarge);
    assert_eq!(large.problem().params["name"], "b.png");
    let kept = bench.store.reply_draft(ticket).await.unwrap().unwrap();
    assert_eq!(kept.attachments.len(), 1);
    let again = bench.store.latest_seq();
    bench.store.attach(ticket, file("a.png", MOST_ATTACHED as i64), NOW).await.unwrap();
    assert_eq!(bench.store.latest_seq(), again, "the same file again is no second one");
}

#[tokio::test]
async fn detaching_a_file_leaves_the_same_image_inside_the_text() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    bench.store.keep_reply_draft(ticket, &draft("x"), NOW).await.unwrap();
    let mut inline = file("a.png", 5);
    inline.content_id = Some("c1".into());
    bench.store.attach(ticket, inline.clone(), NOW).await.unwrap();
    bench.store.attach(ticket, file("a.png", 5), NOW).await.unwrap();
    bench.store.detach(ticket, &inline.hash, NOW).await.unwrap();
    assert_eq!(bench.store.reply_draft(ticket).await.unwrap().unwrap().attachments, [inline.clone()]);
    bench.store.detach(ticket, &inline.hash, NOW).await.unwrap();
    assert!(bench.store.reply_draft(ticket).await.unwrap().unwrap().attachments.is_empty());
}

#[tokio::test]
async fn two_megabytes_typed_on_grow_the_journal_by_what_is_typed() {
    let bench = Bench::new().await;
    let ticket = bench.one(&[mail("a", 0)]).await;
    let mut html = "汉".repeat(700_000);
    bench.store.keep_reply_draft(ticket, &draft(&html), NOW).await.unwrap();
    let whole = journal_bytes(&bench);
    for _ in 0..10 {
        html.insert(300_000, '字');
        bench.store.keep_reply_draft(ticket, &draft(&html), NOW).await.unwrap();
    }
    assert!(whole > 2_000_000, "{whole}");
    assert!(journal_bytes(&bench) - whole < 10 * 1_000, "{}", journal_bytes(&bench) - whole);
}

#[tokio::test]
async fn a_draft_comes_back_with_the_mail_of_its_ticket() {
    let mut bench = Bench::new().await;
    let first = mail("a", 0);
    let ticket = bench.one(std::slice::from_ref(&first)).await;
    let typed = "Dear Wang, 您的茶壶 will be sent again tomorrow, with our apologies. ".repeat(20);
    bench.store.keep_reply_draft(ticket, &draft(&typed[..1]), NOW).await.unwrap();
    bench.store.attach(ticket, file("a.png", 5), NOW).await.unwrap();
    for (end, _) in typed.char_indices().skip(1).step_by(7) {
        bench.store.keep_reply_draft(ticket, &draft(&typed[..end]), NOW).await.unwrap();
    }
    bench.store.attach(ticket, file("b.png", 5), NOW).await.unwrap();
    bench.store.keep_reply_draft(ticket, &draft(&typed), NOW.plus(3)).await.unwrap();
    let before = bench.store.reply_draft(ticket).await.unwrap();
    for _ in 0..2 {
        bench.lose_database().await;
        let ticket = bench.one(std::slice::from_ref(&first)).await;
        assert_eq!(bench.store.reply_draft(ticket).await.unwrap(), before);
        assert!(bench.reopen().await.is_empty());
    }
    bench.store.keep_reply_draft(ticket, &draft(&format!("{typed}!")), NOW.plus(4)).await.unwrap();
    bench.lose_database().await;
    let ticket = bench.one(std::slice::from_ref(&first)).await;
    assert_eq!(bench.html_draft(ticket).await, Some(format!("{typed}!")), "written on after the first loss");
    bench.store.discard_reply_draft(ticket, NOW).await.unwrap();
    bench.lose_database().await;
    let ticket = bench.one(&[first]).await;
    assert_eq!(bench.html_draft(ticket).await, None, "what was discarded stays so");
}

#[tokio::test]
async fn where_two_drafts_meet_on_one_ticket_both_texts_are_kept() {
    let mut bench = Bench::new().await;
    let (one, two) = (mail("a", 0), mail("b", 1));
    let (first, second) =
        (bench.one(std::slice::from_ref(&one)).await, bench.one(std::slice::from_ref(&two)).await);
    assert_ne!(first, second);
    bench.store.keep_reply_draft(first, &draft("<p>to a</p>"), NOW).await.unwrap();
    bench.store.attach(first, file("a.png", 5), NOW).await.unwrap();
    bench.store.keep_reply_draft(second, &draft("<p>to b</p>"), NOW.plus(5)).await.unwrap();
    let mut both = reply(&one, "c", 9);
    both.references.push("b".into());
    for round in 0..3 {
        bench.lose_database().await;
        // Its answer comes first: both mails are found to belong to one conversation.
        let ticket = bench.one(&[both.clone()]).await;
        bench.apply(std::slice::from_ref(&two)).await;
        bench.apply(std::slice::from_ref(&one)).await;
        assert_eq!(bench.row(ticket).await.messages, 3);
        let kept = bench.store.reply_draft(ticket).await.unwrap().unwrap();
        assert_eq!(kept.text.html, "<p>to b</p><hr><p>to a</p>", "round {round}");
        assert_eq!(kept.attachments, [file("a.png", 5)], "round {round}");
    }
}

#[tokio::test]
async fn an_edit_that_lost_its_base_leaves_the_last_good_text() {
    let mut bench = Bench::new().await;
    let first = mail("a", 0);
    let ticket = bench.one(std::slice::from_ref(&first)).await;
    let long = "x".repeat(5_000);
    let mut ends = Vec::new();
    for n in 0..4 {
        bench.store.keep_reply_draft(ticket, &draft(&format!("{long}{}", "y".repeat(n))), NOW).await.unwrap();
        ends.push(journal_bytes(&bench) as usize);
    }
    bench.store.close().await.unwrap();
    let path = bench.root.path().join("journal");
    let mut bytes = std::fs::read(&path).unwrap();
    // The third record of the four can't be read any more.
    bytes[ends[2] - 3] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    std::fs::remove_file(bench.root.path().join("desk.db")).unwrap();
    bench.reopen_files().await;
    let ticket = bench.one(&[first]).await;
    assert_eq!(bench.html_draft(ticket).await, Some(format!("{long}y")));
}
