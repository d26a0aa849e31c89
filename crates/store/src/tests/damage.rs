//! What exists only here comes back, however the database is lost.

use std::{fs, path::Path};

use model::{Millis, Priority, ProblemCode, StandardView, Status, TicketId, Tier, ViewId};

use super::bench::{Bench, NOW, answer, mail, reply};
use crate::{Key, Store, StoreError};

/// Everything that was only here, as a person would look for it.
async fn own(bench: &Bench, ticket: TicketId) -> String {
    let row = bench.row(ticket).await;
    let (messages, _) = bench.store.messages(ticket, None, 50).await.unwrap();
    let notes: Vec<_> =
        messages.iter().filter(|m| m.kind == model::MessageKind::Note).map(|m| &m.text).collect();
    let customer = bench.store.customer(row.requester).await.unwrap().unwrap();
    format!(
        "{:?} {:?} {:?} read={} vip={} notes={notes:?} draft={:?} tier={:?} customer tags={:?} events={:?} rules={:?} trusted={}",
        row.status,
        row.priority,
        row.tags.iter().map(|tag| &tag.name).collect::<Vec<_>>(),
        !row.unread,
        row.vip,
        bench.store.note_draft(ticket).await.unwrap(),
        customer.tier,
        customer.tags.iter().map(|tag| &tag.name).collect::<Vec<_>>(),
        bench.store.events(ticket).await.unwrap(),
        bench.store.setting("theme").await.unwrap(),
        bench.store.trusts_images("wang@x.test").await.unwrap(),
    )
}

fn page() -> Vec<model::incoming::Incoming> {
    let first = mail("a", 0);
    let ours = answer(&first, "b", 5);
    let theirs = reply(&ours, "c", 9);
    (0..30).map(|n| mail(&format!("other {n}"), n)).chain([first, ours, theirs]).collect()
}

async fn lived_in() -> (Bench, TicketId) {
    let bench = Bench::new().await;
    bench.apply(&page()).await;
    let ticket = bench.store.search(&parse("\"text of c\""), NOW, None, 1).await.unwrap().rows[0].row.id;
    let store = &bench.store;
    store.set_status(&[ticket], Status::Closed, "Lin", NOW).await.unwrap();
    store.set_priority(&[ticket], Priority::High, "Lin", NOW).await.unwrap();
    store.tag_tickets(&[ticket], "损坏", "Lin", NOW).await.unwrap();
    store.tag_tickets(&[ticket], "wrong", "Lin", NOW).await.unwrap();
    let wrong = store.tags().await.unwrap().into_iter().find(|tag| tag.name == "wrong").unwrap();
    store.untag_tickets(&[ticket], wrong.id, "Lin", NOW).await.unwrap();
    store.add_note(ticket, "promised a refund", "Lin", NOW).await.unwrap();
    store.keep_note_draft(ticket, "first", NOW).await.unwrap();
    store.keep_note_draft(ticket, "call back on Mon", NOW).await.unwrap();
    store.mark_read(&[ticket], true, NOW).await.unwrap();
    let customer = bench.row(ticket).await.requester;
    store.set_tier(customer, Tier::Vip, "Lin", NOW).await.unwrap();
    store.tag_customer(customer, "常客", "Lin", NOW).await.unwrap();
    store.trust_images("wang@x.test", true, NOW).await.unwrap();
    store.set_setting("theme", serde_json::json!("dark"), NOW).await.unwrap();
    (bench, ticket)
}

fn parse(text: &str) -> model::query::Query {
    model::query::Query::parse(text, |_, _, _| None).unwrap()
}

fn damage_header(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    bytes[..64].fill(0xAA);
    fs::write(path, bytes).unwrap();
}

fn damage_middle(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 16].fill(0x55);
    fs::write(path, bytes).unwrap();
}

fn cut_short(path: &Path) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
}

fn cut_at_a_page(path: &Path) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..bytes.len() / 8192 * 4096]).unwrap();
}

fn empty(path: &Path) {
    fs::write(path, b"").unwrap();
}

fn delete(path: &Path) {
    fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn however_the_database_is_damaged_what_was_only_here_comes_back() {
    type Way = (&'static str, fn(&Path));
    let ways: [Way; 6] = [
        ("header", damage_header),
        ("middle", damage_middle),
        ("cut short", cut_short),
        ("cut at a page", cut_at_a_page),
        ("emptied", empty),
        ("deleted", delete),
    ];
    for (way, damage) in ways {
        let (mut bench, ticket) = lived_in().await;
        let before = own(&bench, ticket).await;
        bench.store.close().await.unwrap();
        damage(&bench.root.path().join("desk.db"));
        let opened = Store::open(bench.root.path(), &bench.key, NOW).await.unwrap();
        bench.store = opened.store;
        assert_eq!(opened.notices[0].code, ProblemCode::WorkspaceDamaged, "{way}");
        let source = bench.store.source(bench.source).await.unwrap().unwrap();
        assert_eq!((source.name.as_str(), source.messages), ("Shop", 0), "{way}");
        assert_eq!(bench.store.cursor(bench.source).await.unwrap(), None, "{way}: it begins anew");
        bench.apply(&page()).await;
        let ticket = bench.store.search(&parse("\"text of c\""), NOW, None, 1).await.unwrap().rows[0].row.id;
        assert_eq!(own(&bench, ticket).await, before, "{way}");
        assert!(bench.reopen().await.is_empty(), "{way}: whole again");
        assert_eq!(own(&bench, ticket).await, before, "{way}: and stays");
    }
}

#[tokio::test]
async fn damage_that_leaves_no_trace_in_the_file_is_found_within_a_day() {
    let (mut bench, _) = lived_in().await;
    bench.store.close().await.unwrap();
    let path = bench.root.path().join("desk.db");
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    damage_middle(&path);
    fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    for (later, damaged) in [(Millis::DAY - 1, false), (Millis::DAY, true)] {
        let opened = Store::open(bench.root.path(), &bench.key, NOW.plus(later)).await.unwrap();
        assert_eq!(!opened.notices.is_empty(), damaged, "{later} ms after it was read whole");
        bench.store = opened.store;
        bench.store.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_database_that_was_not_closed_is_read_whole_at_the_next_opening() {
    let (bench, _) = lived_in().await;
    bench.store.close().await.unwrap();
    let killed = tempfile::tempdir().unwrap();
    let store = Store::open(bench.root.path(), &bench.key, NOW).await.unwrap().store;
    for file in fs::read_dir(bench.root.path()).unwrap().flatten().filter(|file| file.path().is_file()) {
        let copy = killed.path().join(file.file_name());
        fs::copy(file.path(), &copy).unwrap();
        let time = file.metadata().unwrap().modified().unwrap();
        fs::File::options().write(true).open(copy).unwrap().set_modified(time).unwrap();
    }
    store.close().await.unwrap();
    let path = killed.path().join("desk.db");
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    damage_middle(&path);
    fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    let opened = Store::open(killed.path(), &bench.key, NOW).await.unwrap();
    assert_eq!(opened.notices[0].code, ProblemCode::WorkspaceDamaged);
    opened.store.close().await.unwrap();
}

#[tokio::test]
async fn what_comes_back_does_so_once_and_holds_for_later_history() {
    let (mut bench, _) = lived_in().await;
    bench.store.close().await.unwrap();
    delete(&bench.root.path().join("desk.db"));
    bench.store = Store::open(bench.root.path(), &bench.key, NOW).await.unwrap().store;
    let mut mails = page();
    mails.sort_by_key(|mail| std::cmp::Reverse(mail.received_at));
    for mail in &mails {
        bench.apply(std::slice::from_ref(mail)).await;
    }
    let row = bench.store.search(&parse("\"text of c\""), NOW, None, 1).await.unwrap().rows.remove(0).row;
    assert_eq!((row.status, row.unread, row.messages), (Status::Closed, false, 3));
    bench.store.set_status(&[row.id], Status::Open, "Lin", NOW).await.unwrap();
    bench.apply(&mails).await;
    assert_eq!(bench.row(row.id).await.status, Status::Open, "a repeated page restores nothing again");
}

#[tokio::test]
async fn a_second_loss_restores_what_was_done_after_the_first() {
    let (mut bench, _) = lived_in().await;
    let mut expected = Status::Closed;
    for status in [Status::Waiting, Status::Open, Status::Waiting, Status::Closed] {
        bench.store.close().await.unwrap();
        delete(&bench.root.path().join("desk.db"));
        bench.store = Store::open(bench.root.path(), &bench.key, NOW).await.unwrap().store;
        bench.apply(&page()).await;
        let row = bench.store.search(&parse("\"text of c\""), NOW, None, 1).await.unwrap().rows.remove(0).row;
        assert_eq!((row.priority, row.status), (Priority::High, expected));
        bench.store.set_status(&[row.id], status, "Lin", NOW).await.unwrap();
        expected = status;
    }
}

#[tokio::test]
async fn a_wrong_key_touches_nothing() {
    let (bench, ticket) = lived_in().await;
    let before = own(&bench, ticket).await;
    bench.store.close().await.unwrap();
    let wrong = Store::open(bench.root.path(), &Key::random().unwrap(), NOW).await;
    assert!(matches!(wrong, Err(StoreError::WrongKey)));
    fs::remove_file(bench.root.path().join("workspace.json")).unwrap();
    let wrong = Store::open(bench.root.path(), &Key::random().unwrap(), NOW).await;
    assert!(matches!(wrong, Err(StoreError::WrongKey)), "even when the description is lost");
    let opened = Store::open(bench.root.path(), &bench.key, NOW).await.unwrap();
    assert!(opened.notices.is_empty());
    let bench = Bench { store: opened.store, ..bench };
    assert_eq!(own(&bench, ticket).await, before);
}

#[tokio::test]
async fn what_the_journal_has_and_the_database_has_not_is_taken_in_at_the_next_opening() {
    let (mut bench, ticket) = lived_in().await;
    bench.store.close().await.unwrap();
    let path = bench.root.path().join("desk.db");
    let earlier = fs::read(&path).unwrap();
    bench.store = Store::open(bench.root.path(), &bench.key, NOW).await.unwrap().store;
    bench.store.add_note(ticket, "written as the power went", "Lin", NOW).await.unwrap();
    let before = own(&bench, ticket).await;
    bench.store.close().await.unwrap();
    fs::write(&path, earlier).unwrap();
    assert!(bench.reopen_files().await.is_empty());
    assert_eq!(own(&bench, ticket).await, before);
}

#[tokio::test]
async fn damage_met_while_running_is_repaired_at_the_next_opening() {
    let (mut bench, ticket) = lived_in().await;
    let before = own(&bench, ticket).await;
    bench.store.close().await.unwrap();
    bench.store = Store::open(bench.root.path(), &bench.key, NOW).await.unwrap().store;
    damage_middle(&bench.root.path().join("desk.db"));
    let view = ViewId::Standard { view: StandardView::Open };
    let _ = bench.store.list_view(view, None, 50).await;
    assert!(bench.store.check().await.is_err());
    drop(bench.store.close().await);
    let notices = bench.reopen_files().await;
    assert_eq!(notices[0].code, ProblemCode::WorkspaceDamaged);
    bench.apply(&page()).await;
    let ticket = bench.store.search(&parse("\"text of c\""), NOW, None, 1).await.unwrap().rows[0].row.id;
    assert_eq!(own(&bench, ticket).await, before);
}

/// The files of the workspace that this process has open.
#[cfg(target_os = "linux")]
fn open_files(root: &Path) -> Vec<std::path::PathBuf> {
    let all = fs::read_dir("/proc/self/fd").unwrap().flatten();
    let files = all.filter_map(|entry| fs::read_link(entry.path()).ok());
    files.filter(|file| file.starts_with(root) && file.to_string_lossy().contains("desk.db")).collect()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_closed_store_holds_no_file_and_refuses_what_it_is_asked() {
    let (bench, ticket) = lived_in().await;
    assert!(!open_files(bench.root.path()).is_empty());
    bench.store.close().await.unwrap();
    assert_eq!(open_files(bench.root.path()), Vec::<std::path::PathBuf>::new());
    assert!(bench.store.add_note(ticket, "too late", "Lin", NOW).await.is_err());
    bench.store.close().await.unwrap();
}

/// From now on the database refuses to commit, or no longer refuses.
async fn refuse_commits(store: &Store, refuse: bool) {
    let mut writer = store.inner.writer.lock().await;
    let mut handle = writer.as_mut().unwrap().connection.lock_handle().await.unwrap();
    handle.set_commit_hook(move || !refuse);
}

#[tokio::test]
async fn what_could_not_be_committed_is_in_no_place_afterwards() {
    let (mut bench, ticket) = lived_in().await;
    let before = own(&bench, ticket).await;
    let journal = bench.root.path().join("journal");
    let length = fs::metadata(&journal).unwrap().len();
    refuse_commits(&bench.store, true).await;
    bench.store.add_note(ticket, "never kept", "Lin", NOW).await.unwrap_err();
    bench.store.set_status(&[ticket], Status::Open, "Lin", NOW).await.unwrap_err();
    assert_eq!(fs::metadata(&journal).unwrap().len(), length, "the journal does not say it either");
    assert_eq!(own(&bench, ticket).await, before);

    // As a process that is killed now would leave it.
    let killed = tempfile::tempdir().unwrap();
    for file in fs::read_dir(bench.root.path()).unwrap().flatten().filter(|file| file.path().is_file()) {
        fs::copy(file.path(), killed.path().join(file.file_name())).unwrap();
    }
    let store = Store::open(killed.path(), &bench.key, NOW).await.unwrap().store;
    let live = std::mem::replace(&mut bench.store, store);
    assert_eq!(own(&bench, ticket).await, before);
    bench.store.close().await.unwrap();
    bench.store = live;

    refuse_commits(&bench.store, false).await;
    bench.store.add_note(ticket, "kept", "Lin", NOW).await.unwrap();
    let after = own(&bench, ticket).await;
    bench.store.close().await.unwrap();
    delete(&bench.root.path().join("desk.db"));
    bench.store = Store::open(bench.root.path(), &bench.key, NOW).await.unwrap().store;
    bench.apply(&page()).await;
    let ticket = bench.store.search(&parse("\"text of c\""), NOW, None, 1).await.unwrap().rows[0].row.id;
    assert_eq!(own(&bench, ticket).await, after, "nor does it come back with the rest");
}
