//! What the sample promises, as a whole.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use model::{
    BlobHash, Direction, Millis,
    incoming::{Change, Cursor, Incoming, KeptBlob},
    text,
    urgency::UrgentRules,
};
use remote::{BlobSink, BlobWriter, Helpdesk, Page, Wake};

use crate::{Lang, Sample, SampleConfig, Tagged, live, plan::Role, schedule::SHANGHAI_MS};

/// Tuesday, 2025-10-14, 16:40 in Shanghai.
const NOW: Millis = Millis(1_760_431_200_000);

fn config(tickets: u32) -> SampleConfig {
    SampleConfig { live: false, ..SampleConfig::new(tickets, NOW) }
}

fn sample(config: SampleConfig) -> Sample {
    Sample::new(config, Arc::new(|| NOW))
}

/// A sample whose clock is set by hand.
fn living(tickets: u32) -> (Sample, Arc<AtomicI64>) {
    let clock = Arc::new(AtomicI64::new(NOW.0));
    let hand = clock.clone();
    let config = SampleConfig::new(tickets, NOW);
    (Sample::new(config, Arc::new(move || Millis(clock.load(Ordering::Relaxed)))), hand)
}

/// Keeps contents by their digest.
#[derive(Default, Clone)]
struct Shelf(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

struct Draft(Shelf, Vec<u8>);

#[async_trait]
impl BlobSink for Shelf {
    async fn begin(&self) -> std::io::Result<Box<dyn BlobWriter>> {
        Ok(Box::new(Draft(self.clone(), Vec::new())))
    }
}

#[async_trait]
impl BlobWriter for Draft {
    async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.1.extend_from_slice(bytes);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> std::io::Result<KeptBlob> {
        let hash = blake3::hash(&self.1).to_hex().to_string();
        let size = self.1.len() as u64;
        self.0.0.lock().unwrap().insert(hash.clone(), self.1);
        Ok(KeptBlob { hash: BlobHash(hash), size })
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn messages(page: Page) -> impl Iterator<Item = Incoming> {
    page.changes.into_iter().map(|change| match change {
        Change::Message(message) => *message,
        other => panic!("{other:?}"),
    })
}

/// Everything, read page by page as the desk reads it.
fn pull_all(sample: &Sample) -> Vec<Incoming> {
    block_on(async {
        let (shelf, mut cursor, mut all) = (Shelf::default(), None::<Cursor>, Vec::new());
        loop {
            let page = sample.pull(cursor.as_ref(), &shelf).await.unwrap();
            let (more, filling) = (page.more, page.filling);
            cursor = Some(page.cursor.clone());
            all.extend(messages(page));
            if !more {
                assert_eq!(filling, None);
                return all;
            }
            assert_eq!(filling.unwrap().total, sample.shop.config.tickets);
        }
    })
}

fn threads(all: &[Incoming]) -> BTreeMap<String, Vec<&Incoming>> {
    let mut threads: BTreeMap<String, Vec<&Incoming>> = BTreeMap::new();
    for message in all {
        let root = message.references.first().or(message.message_id.as_ref()).unwrap();
        threads.entry(root.clone()).or_default().push(message);
    }
    threads
}

/// As a person reads it.
fn shown(message: &Incoming) -> String {
    let who = |address: &model::Address| format!("{} <{}>", address.name, address.email);
    let names: Vec<_> =
        message.attachments.iter().map(|file| format!("📎 {} ({} bytes)\n", file.name, file.size)).collect();
    format!(
        "{} → {}\n{}  {}{}\n{}\n{}",
        who(message.from.as_ref().unwrap()),
        who(&message.to[0]),
        crate::case::local(message.received_at),
        message.subject,
        if message.body.html.is_some() { "  (HTML too)" } else { "" },
        names.concat(),
        message.body.text
    )
}

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

/// Message `k` read back from its bytes by the real reader of mail.
fn read_back(sample: &Sample, message: &Incoming, k: u64) -> Incoming {
    let own = Sample::own_addresses().iter().map(|address| (*address).to_owned()).collect();
    let context = remote::mail::Context {
        own: &own,
        received_at: Some(message.received_at),
        now: NOW,
        identity: Some(message.identity.clone()),
        place: None,
        flags: message.flags,
    };
    let raw = sample.raw(k).unwrap();
    block_on(remote::mail::read(&raw, &context, &Shelf::default()))
}

/// What may differ: line ends and space at the end of a text.
fn comparable(mut message: Incoming) -> Incoming {
    for file in &mut message.attachments {
        file.kept = None;
    }
    let html = message.body.html.take();
    message.body.html = html.map(|html| html.trim_end().replace("\r\n", "\n"));
    message.body.text = message.body.text.trim_end().replace("\r\n", "\n");
    message
}

#[test]
fn mail_read_back_from_its_bytes_is_the_same_message() {
    let sample = sample(config(500));
    let mut automatic = BTreeSet::new();
    for k in 0..sample.messages() {
        let message = sample.message(k).unwrap();
        automatic
            .extend(message.automatic.as_ref().map(|automatic| format!("{automatic:?}")[..4].to_owned()));
        let back = read_back(&sample, &message, k);
        assert_eq!(
            comparable(back),
            comparable(message),
            "message {k}:\n{}",
            String::from_utf8_lossy(&sample.raw(k).unwrap())
        );
    }
    assert_eq!(automatic.len(), 3, "replies, lists and bounces: {automatic:?}");
}

#[test]
fn mail_is_sent_in_the_charsets_and_encodings_people_have() {
    let sample = sample(config(200));
    let raws: Vec<String> = (0..sample.messages())
        .map(|k| String::from_utf8(sample.raw(k).unwrap()).expect("seven-bit mail"))
        .collect();
    let with = |mark: &str| raws.iter().filter(|raw| raw.contains(mark)).count();
    let marks = [
        "charset=\"gb18030\"",
        "charset=\"utf-8\"",
        "quoted-printable",
        "Content-Transfer-Encoding: base64",
        "=?gb18030?B?",
        "multipart/alternative",
        "multipart/mixed",
    ];
    for mark in marks {
        assert!(with(mark) > 10, "{mark}: {}", with(mark));
    }
    assert!(raws.iter().all(|raw| !raw.replace("\r\n", "").contains('\n')), "every line ends in CRLF");
    assert_eq!(raws[7], String::from_utf8(sample.raw(7).unwrap()).unwrap(), "always the same bytes");
}

#[test]
fn zz_dump() {
    let sample = sample(config(2_000));
    let mut out = String::new();
    for (n, plan) in sample.shop.plans(0, 60).enumerate() {
        let last = sample.message(plan.number(plan.steps.len() - 1)).unwrap();
        let c = &plan.case.customer.address;
        out.push_str(&format!(
            "{n:3} {:20.20} | {:40.40} | {}\n",
            c.label(),
            last.subject,
            text::snippet(&last.body.text, 60)
        ));
    }
    for lang in [Lang::Zh, Lang::En] {
        for (n, script) in lang.scripts().iter().enumerate() {
            let customer = crate::people::Customer::new(3, lang, n as u32 * 7);
            let case = crate::case::Case::new(3, 1_000 + n as u64, script, customer, script.heat);
            let ending = crate::plan::Ending { length: 4, last: crate::plan::Last::Shop, at: NOW };
            let _ = ending;
            let steps =
                [Role::Open, Role::Answer, Role::Reply, Role::Resolve].map(|role| crate::plan::Step {
                    role,
                    direction: if matches!(role, Role::Open | Role::Reply) {
                        Direction::Inbound
                    } else {
                        Direction::Outbound
                    },
                    at: NOW,
                });
            let plan = crate::plan::Plan {
                case,
                oneoff: None,
                steps: steps.to_vec(),
                first: n as u64 * 4,
                live: None,
            };
            for letter in crate::letter::letters(3, &plan, 0) {
                let files: Vec<_> = letter.files.iter().map(|f| f.name.clone()).collect();
                let words = letter
                    .incoming
                    .body
                    .text
                    .split("\n\nOn ")
                    .next()
                    .unwrap()
                    .split("\n\n---")
                    .next()
                    .unwrap()
                    .split("\n\n在 ")
                    .next()
                    .unwrap()
                    .replace('\n', " ");
                out.push_str(&format!(
                    "[{}] {} :: {} {:?}\n",
                    script.id, letter.incoming.subject, words, files
                ));
            }
        }
    }
    std::fs::write("/tmp/wperf/dump.txt", out).unwrap();
}
