//! The history: the same for everybody, well-formed, believable.

use super::*;

#[test]
fn a_reader_finds_it_believable() {
    let sample = sample(config(2_000));
    let mut out = String::new();
    for ticket in [0, 1, 2, 5, 8, 13, 21, 34, 55, 89, 144, 233] {
        let plan = sample.shop.plan_of(ticket).unwrap();
        let what = plan.oneoff.map_or(plan.case.script.id, |entry| entry.id);
        out.push_str(&format!("\n\n######## ticket {ticket}: {what}, {} messages\n", plan.steps.len()));
        for at in 0..plan.steps.len() {
            out.push_str(&format!("\n======== {:?}\n", plan.steps[at].role));
            out.push_str(&shown(&sample.message(plan.number(at)).unwrap()));
            out.push('\n');
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn the_same_seed_gives_the_same_messages_and_another_seed_others() {
    let (one, two) = (pull_all(&sample(config(130))), pull_all(&sample(config(130))));
    assert_eq!(one, two);
    let other = pull_all(&sample(SampleConfig { seed: 2, ..config(130) }));
    let same = one.iter().zip(&other).filter(|(a, b)| a.body.text == b.body.text).count();
    assert!(same * 50 < one.len());
}

#[test]
fn a_message_does_not_depend_on_what_was_read_before_it() {
    let sample = sample(config(450));
    let all = pull_all(&sample);
    assert_eq!(all.len() as u64, sample.messages());
    for (k, mut message) in (0..).zip(all) {
        assert_eq!(message.identity, format!("sample:{k}"));
        if k % 13 == 0 {
            message.attachments.iter_mut().for_each(|file| file.kept = None);
            assert_eq!(sample.message(k), Some(message));
        }
    }
    assert_eq!(sample.message(sample.messages()), None);
}

#[test]
fn threads_name_only_messages_that_exist_and_rise_in_time() {
    let all = pull_all(&sample(config(1_000)));
    let ids: BTreeSet<&String> = all.iter().filter_map(|message| message.message_id.as_ref()).collect();
    assert_eq!(ids.len(), all.len(), "no id comes twice");
    let threads = threads(&all);
    assert_eq!(threads.len(), 1_000);
    for thread in threads.values() {
        for pair in thread.windows(2) {
            assert!(pair[0].received_at < pair[1].received_at);
            assert_eq!(pair[1].in_reply_to, [pair[0].message_id.clone().unwrap()]);
            assert!(pair[1].subject.contains(&thread[0].subject) || pair[1].automatic.is_some());
        }
        let last = thread[thread.len() - 1];
        assert!(last.references.iter().all(|id| ids.contains(id)));
        assert_eq!(last.references.len() + 1, thread.len());
        assert!(
            thread
                .iter()
                .all(|message| message.received_at <= NOW && message.sent_at < Some(message.received_at))
        );
    }
}

#[test]
fn own_addresses_write_outbound_and_nobody_else_does() {
    for message in pull_all(&sample(config(600))) {
        let own = Sample::own_addresses().contains(&message.from.as_ref().unwrap().email.as_str());
        assert_eq!(own, message.direction == Direction::Outbound);
        assert!(!message.to.is_empty() && message.from.unwrap().email.ends_with(".example"));
    }
}

#[test]
fn languages_are_about_half_and_half() {
    let all = pull_all(&sample(config(1_000)));
    let zh = all.iter().filter(|message| text::lang(&message.body.text) == "zh").count();
    assert!((0.45..0.55).contains(&(zh as f64 / all.len() as f64)), "{zh} of {}", all.len());
}

#[test]
fn the_mean_is_the_one_asked_for() {
    for mean in [1, 4, 5, 8] {
        let sample = sample(SampleConfig { messages_per_ticket: mean, ..config(1_000) });
        assert_eq!(sample.messages(), u64::from(mean) * 1_000);
    }
}

#[test]
fn mail_comes_in_working_hours_with_three_peaks_and_quiet_weekends() {
    let sample = sample(config(4_000));
    let (mut hours, mut days) = ([0u32; 24], [0u32; 7]);
    for step in sample.shop.plans(0, 4_000).flat_map(|plan| plan.steps) {
        let local = step.at.0 + SHANGHAI_MS;
        hours[(local / Millis::HOUR).rem_euclid(24) as usize] += 1;
        days[(local / Millis::DAY + 3).rem_euclid(7) as usize] += 1;
    }
    let at =
        |range: std::ops::Range<usize>| hours[range.clone()].iter().sum::<u32>() as f64 / range.len() as f64;
    assert!(
        at(10..12) > 1.3 * at(12..13) && at(14..16) > 1.2 * at(17..19) && at(20..22) > 1.3 * at(18..19),
        "{hours:?}"
    );
    assert!(at(2..6) * 6.0 < at(10..22), "{hours:?}");
    let weekend = f64::from(days[5] + days[6]) / 2.0;
    let week = f64::from(days[..5].iter().sum::<u32>()) / 5.0;
    assert!(weekend < 0.85 * week && weekend > 0.4 * week, "{days:?}");
}

/// Of the tickets whose newest message is `hours` old: all, and those in which a customer waits for the shop.
fn unanswered(sample: &Sample, hours: std::ops::Range<i64>) -> (usize, usize) {
    let (mut all, mut open) = (0, 0);
    for plan in sample.shop.plans(0, u32::MAX) {
        let last = plan.steps[plan.steps.len() - 1];
        let asked =
            plan.oneoff.is_none() && last.direction == Direction::Inbound && last.role != Role::Bounce;
        let among = hours.contains(&(NOW.since(last.at) / Millis::HOUR));
        all += usize::from(among);
        open += usize::from(among && asked);
    }
    (all, open)
}

#[test]
fn of_the_newest_day_some_wait_for_an_answer_and_of_the_days_before_a_few() {
    for seed in 1..11 {
        let sample = sample(SampleConfig { seed, ..config(1_500) });
        let (recent, open) = unanswered(&sample, 0..24);
        assert!(recent > 50);
        let share = open * 100 / recent;
        assert!((10..=25).contains(&share), "seed {seed}: {open} of {recent} are open");
        let (older, overdue) = unanswered(&sample, 24..14 * 24);
        assert!((1..=older / 50).contains(&overdue), "seed {seed}: {overdue} of {older} are overdue");
    }
}

#[test]
fn few_open_tickets_are_urgent_by_their_words() {
    let rules = UrgentRules::default();
    let all = pull_all(&sample(config(1_500)));
    let inbound: Vec<_> = all.iter().filter(|message| message.direction == Direction::Inbound).collect();
    let is_urgent = |message: &&&Incoming| {
        let facts = model::urgency::Facts {
            status: model::Status::Open,
            priority: model::Priority::Normal,
            tier: model::Tier::Standard,
            waiting_since: Some(NOW),
            said: &format!("{} {}", message.subject, message.body.text),
        };
        model::urgency::assess(facts, &rules, NOW).is_some()
    };
    let urgent = inbound.iter().filter(is_urgent).count();
    let share = urgent as f64 / inbound.len() as f64;
    assert!((0.005..0.06).contains(&share), "{urgent} of {}", inbound.len());
}

#[test]
fn neighbouring_tickets_never_look_alike() {
    let sample = sample(config(2_000));
    let mut subjects: Vec<String> = Vec::new();
    let mut alike = 0;
    for plan in sample.shop.plans(0, 2_000) {
        let subject = sample.message(plan.first).unwrap().subject;
        alike += usize::from(subjects.last() == Some(&subject));
        subjects.push(subject);
    }
    assert_eq!(alike, 0);
    let distinct: BTreeSet<_> = subjects.iter().collect();
    assert!(distinct.len() * 10 > subjects.len() * 5, "{} distinct of {}", distinct.len(), subjects.len());
}

#[test]
fn a_million_tickets_are_read_from_anywhere() {
    let big = SampleConfig { messages_per_ticket: 5, ..config(1_000_000) };
    let sample = sample(big);
    assert_eq!(sample.messages(), 5_000_000);
    block_on(async {
        for tickets in [0, 499_900, 999_900, 1_000_000, u32::MAX] {
            let cursor = Cursor(format!("{{\"tickets\":{tickets},\"live\":0}}"));
            let page = sample.pull(Some(&cursor), &Shelf::default()).await.unwrap();
            let expected = 1_000_000u32.saturating_sub(tickets).min(200) * 5;
            assert_eq!(page.changes.len() as u32, expected);
            assert_eq!(page.more, tickets < 999_800);
        }
    });
    let oldest = sample.message(4_999_999).unwrap();
    assert!(NOW.since(oldest.received_at) > 1_000 * Millis::DAY);
}

#[test]
fn attachments_are_kept_once_and_small() {
    let sample = sample(config(1_000));
    let shelf = Shelf::default();
    let mut kept = 0;
    block_on(async {
        let mut cursor = None;
        for _ in 0..5 {
            let page = sample.pull(cursor.as_ref(), &shelf).await.unwrap();
            cursor = Some(page.cursor.clone());
            for file in messages(page).flat_map(|message| message.attachments) {
                let blob = file.kept.unwrap();
                assert_eq!(shelf.0.lock().unwrap()[&blob.hash.0].len() as u64, blob.size);
                assert_eq!(blob.size, file.size);
                kept += 1;
            }
        }
    });
    assert!(kept > 150, "{kept}");
    assert!(shelf.0.lock().unwrap().len() < 120);
}

#[test]
fn vips_write_and_tags_name_tickets_and_customers_that_exist() {
    let sample = sample(config(1_000));
    let all = pull_all(&sample);
    let senders: BTreeSet<&str> =
        all.iter().map(|message| message.from.as_ref().unwrap().email.as_str()).collect();
    let vips: Vec<String> = sample.vips().collect();
    assert!(!vips.is_empty() && vips.iter().all(|vip| senders.contains(vip.as_str())));
    let identities: BTreeSet<&str> = all.iter().map(|message| message.identity.as_str()).collect();
    let (mut tickets, mut names) = (0, BTreeSet::new());
    for (tagged, name) in sample.tags(Lang::Zh, 300) {
        names.insert(name);
        if let Tagged::Ticket(identity) = tagged {
            tickets += 1;
            assert!(identities.contains(identity.as_str()));
        }
    }
    assert!((150..300).contains(&tickets) && names.len() > 15);
    assert!(sample.tags(Lang::En, 300).all(|(_, name)| name.is_ascii()));
}

#[test]
fn long_threads_rise_to_a_supervisor_and_come_to_rest() {
    let sample = sample(config(2_000));
    let longest = sample.shop.plans(0, 2_000).filter(|plan| plan.steps.len() == 12);
    let risen = longest.filter(|plan| plan.steps.iter().any(|step| step.role == Role::Senior)).count();
    assert!(risen > 20, "{risen}");
}

#[test]
fn some_mail_is_html_and_some_of_it_would_fetch_pictures() {
    let all = pull_all(&sample(config(3_000)));
    let html: Vec<&str> = all.iter().filter_map(|message| message.body.html.as_deref()).collect();
    let share = html.len() as f64 / all.len() as f64;
    assert!((0.04..0.25).contains(&share), "{} of {}", html.len(), all.len());
    let with = |mark: &str| html.iter().filter(|html| html.contains(mark)).count();
    assert!(with("<img src=\"https://") >= 3 && with("cid:") >= 3, "newsletters");
    assert!(with("letter-spacing") > 15, "order confirmations sent on: {}", with("letter-spacing"));
}
