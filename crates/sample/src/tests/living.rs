//! What arrives while somebody looks.

use super::*;

#[test]
fn mail_goes_on_arriving_while_somebody_looks() {
    let (sample, hand) = living(400);
    block_on(async {
        let shelf = Shelf::default();
        let first = sample.pull(None, &shelf).await.unwrap();
        let second = sample.pull(Some(&first.cursor), &shelf).await.unwrap();
        let mut known: BTreeSet<String> = messages(first)
            .chain(messages(second.clone()))
            .filter_map(|message| message.message_id)
            .collect();
        assert_eq!(sample.wait(Duration::from_millis(5)).await.unwrap(), Wake::Elapsed);
        let (mut cursor, mut arrived) = (second.cursor, Vec::new());
        for _ in 0..400 {
            hand.fetch_add(30_000, Ordering::Relaxed);
            let wake = sample.wait(Duration::from_millis(1)).await.unwrap();
            let page = sample.pull(Some(&cursor), &shelf).await.unwrap();
            assert_eq!(wake == Wake::Pushed, !page.changes.is_empty());
            cursor = page.cursor.clone();
            arrived.extend(messages(page));
        }
        // 12,000 seconds of clock, one mail every forty.
        assert!((298..=302).contains(&arrived.len()), "{}", arrived.len());
        for message in &arrived {
            assert!(message.references.iter().all(|id| known.contains(id)), "{message:?}");
            assert!(known.insert(message.message_id.clone().unwrap()));
        }
        let vips: BTreeSet<String> = sample.vips().collect();
        let count = |fits: &dyn Fn(&Incoming) -> bool| arrived.iter().filter(|message| fits(message)).count();
        assert!(count(&|message| vips.contains(&message.from.as_ref().unwrap().email)) >= 5);
        assert!(count(&|message| message.references.is_empty()) > 180, "new tickets");
        assert!(count(&|message| message.direction == Direction::Outbound) > 15, "colleagues answer");
        assert!(
            count(&|message| !message.references.is_empty() && message.direction == Direction::Inbound) > 25
        );
    });
}

#[test]
fn who_was_away_for_a_month_gets_the_newest_mails_and_no_flood() {
    let (sample, hand) = living(300);
    block_on(async {
        let shelf = Shelf::default();
        let first = sample.pull(None, &shelf).await.unwrap();
        let second = sample.pull(Some(&first.cursor), &shelf).await.unwrap();
        hand.fetch_add(30 * Millis::DAY, Ordering::Relaxed);
        let page = sample.pull(Some(&second.cursor), &shelf).await.unwrap();
        assert!((40..=80).contains(&page.changes.len()), "{}", page.changes.len());
        assert!(sample.pull(Some(&page.cursor), &shelf).await.unwrap().changes.is_empty());
    });
}

#[test]
fn waiting_ends_when_the_next_mail_is_due() {
    // The clock begins a third of a second before the first mail.
    let config = SampleConfig::new(50, NOW);
    let (start, due) = (std::time::Instant::now(), live::due(config.seed, NOW, 0));
    let clock = move || due.plus(start.elapsed().as_millis() as i64 - 330);
    let sample = Sample::new(config, Arc::new(clock));
    block_on(async {
        let first = sample.pull(None, &Shelf::default()).await.unwrap();
        assert_eq!(sample.wait(Duration::from_secs(3_600)).await.unwrap(), Wake::Pushed);
        let page = sample.pull(Some(&first.cursor), &Shelf::default()).await.unwrap();
        assert_eq!(messages(page).map(|message| message.received_at).collect::<Vec<_>>(), [due]);
    });
}
