//! Receiving, killed at every step: whatever is left behind, it goes on from there, nothing is lost and nothing is there twice.
//!
//! A child process receives a mailbox of its own making and does what a person would do in between. It is ended at one step after another
//! (`testkit::steps`); each time its workspace is opened here, everything that had returned must be there, the rest is done, and the whole must then
//! be equal to what one run without interruption gives.

mod letters;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use letters::Letters;
use model::{Millis, Priority, SourceId, Status, TicketId, Tier, query::Query};
use serde_json::json;
use store::{Key, Store, WorkspaceLock};
use sync::{Engine, Links};
use testkit::{
    HandClock,
    steps::{self, Child, Run},
};

const NOON: Millis = Millis(1_795_000_000_000);
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const WHO: &str = "Lin";

/// What a person does, in the order of the script. Each is done or not: there is no half of it to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    AddSource,
    Tag,
    Note,
    Draft,
    Close,
    Priority,
    Read,
    Vip,
    Setting,
    SecondNote,
    Untag,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Do(Act),
    /// Receives the mailbox as it is by then.
    Receive(u32),
    /// Closes the workspace and opens it again.
    Reopen,
}

const SCRIPT: &[Step] = &[
    Step::Do(Act::AddSource),
    Step::Receive(1),
    Step::Do(Act::Tag),
    Step::Do(Act::Note),
    Step::Do(Act::Draft),
    Step::Do(Act::Close),
    Step::Do(Act::Priority),
    Step::Receive(2),
    Step::Reopen,
    Step::Do(Act::Read),
    Step::Do(Act::Vip),
    Step::Do(Act::Setting),
    Step::Receive(3),
    Step::Do(Act::SecondNote),
    Step::Do(Act::Untag),
];

/// Another thread that is just starting a child holds a copy of every lock for a moment, until the child is another program.
async fn taken(root: &Path) -> WorkspaceLock {
    for _ in 0..200 {
        match WorkspaceLock::try_take(root) {
            Err(store::StoreError::InUse) => tokio::time::sleep(std::time::Duration::from_millis(25)).await,
            taken => return taken.unwrap(),
        }
    }
    panic!("the workspace stays taken");
}

/// A workspace being lived in.
struct Desk {
    store: Store,
    hasty: bool,
    _lock: WorkspaceLock,
}

impl Desk {
    async fn open(folder: &Path) -> Desk {
        let root = folder.join("workspace");
        let lock = taken(&root).await;
        let opened = Store::open(&root, &Key::from_text(KEY).unwrap(), NOON).await.unwrap();
        assert!(opened.notices.is_empty(), "{:?}", opened.notices);
        Desk { store: opened.store, hasty: false, _lock: lock }
    }

    async fn source(&self) -> Option<SourceId> {
        self.store.sources().await.unwrap().first().map(|source| source.id)
    }

    async fn receive(&self, state: u32) {
        let (source, links) = (self.source().await.unwrap(), Links::default());
        links.add(source, "Shop");
        let clock = HandClock::at(NOON).clock();
        Engine::run_once(
            self.store.clone(),
            links,
            source,
            Arc::new(Letters { state, hasty: self.hasty.then(Mutex::default) }),
            clock,
        )
        .await
        .unwrap();
    }

    async fn found(&self, query: &str) -> Vec<TicketId> {
        let query = Query::parse(query, |_, _, _| None).unwrap();
        let page = self.store.search(&query, model::Millis(0), None, 200).await.unwrap();
        page.rows.into_iter().map(|listed| listed.row.id).collect()
    }

    /// The ticket that every act is about.
    async fn ticket(&self) -> TicketId {
        self.found("\"kettle 4\"").await[0]
    }

    async fn act(&self, act: Act) {
        let store = &self.store;
        if act == Act::AddSource {
            store.add_source("mailbox", "Shop", "care@shop.test", json!({}), NOON).await.unwrap();
            return;
        }
        let ticket = self.ticket().await;
        let requester = store.ticket(ticket).await.unwrap().unwrap().row.requester;
        let done = match act {
            Act::AddSource => return,
            Act::Tag => store.tag_tickets(&[ticket], "破损", WHO, NOON).await.map(|done| done.seq),
            Act::Note => store.add_note(ticket, "promised a refund", WHO, NOON).await,
            Act::Draft => store.keep_note_draft(ticket, "call back on Mon", NOON).await,
            Act::Close => store.set_status(&[ticket], Status::Closed, WHO, NOON).await.map(|done| done.seq),
            Act::Priority => {
                store.set_priority(&[ticket], Priority::Urgent, WHO, NOON).await.map(|done| done.seq)
            }
            Act::Read => store.mark_read(&[ticket], true, NOON).await.map(|done| done.seq),
            Act::Vip => store.set_tier(requester, Tier::Vip, WHO, NOON).await,
            Act::Setting => store.set_setting("theme", json!("dark"), NOON).await,
            Act::SecondNote => store.add_note(ticket, "refunded", WHO, NOON).await,
            Act::Untag => {
                let tag = store.tags().await.unwrap().into_iter().find(|tag| tag.name == "破损").unwrap();
                store.untag_tickets(&[ticket], tag.id, WHO, NOON).await.map(|done| done.seq)
            }
        };
        done.unwrap();
    }

    async fn step(self, step: Step, folder: &Path) -> Desk {
        match step {
            Step::Do(act) => self.act(act).await,
            Step::Receive(state) => self.receive(state).await,
            Step::Reopen => {
                let hasty = self.hasty;
                self.close().await;
                return Desk { hasty, ..Desk::open(folder).await };
            }
        }
        self
    }

    async fn close(self) {
        self.store.close().await.unwrap();
    }

    /// Everything there is to be seen, and every count beside what is counted.
    async fn snapshot(&self) -> String {
        let mut seen = String::new();
        let store = &self.store;
        for source in store.sources().await.unwrap() {
            writeln!(seen, "{source:?} {:?}", store.cursor(source.id).await.unwrap()).unwrap();
        }
        self.look_at_views(&mut seen).await;
        for id in self.found("").await {
            self.look_at_ticket(id, &mut seen).await;
        }
        for query in ["封信", "kettle", "refund", "has:attachment", "is:open", "tag:破损"] {
            writeln!(seen, "{query}: {:?}", self.found(query).await).unwrap();
        }
        writeln!(seen, "theme: {:?}", store.setting("theme").await.unwrap()).unwrap();
        writeln!(seen, "urgent: {:?}", store.escalations_to_notify().await.unwrap()).unwrap();
        renumbered(&seen)
    }

    async fn look_at_views(&self, seen: &mut String) {
        let mut messages = 0;
        for id in self.found("").await {
            messages += self.store.messages(id, None, 200).await.unwrap().0.len();
        }
        let counts = self.store.counts().await.unwrap();
        writeln!(seen, "{counts:?}, counted: {messages} messages").unwrap();
        for view in self.store.views().await.unwrap() {
            let rows = self.store.list_view(view.id, None, 200).await.unwrap().rows;
            let unread = rows.iter().filter(|listed| listed.row.unread).count();
            assert_eq!((view.tickets as usize, view.unread as usize), (rows.len(), unread), "{view:?}");
            writeln!(seen, "{view:?} {rows:?}").unwrap();
        }
    }

    async fn look_at_ticket(&self, id: TicketId, seen: &mut String) {
        let store = &self.store;
        let ticket = store.ticket(id).await.unwrap().unwrap();
        let customer = store.customer(ticket.row.requester).await.unwrap();
        writeln!(seen, "{ticket:?}\n  {customer:?}").unwrap();
        writeln!(seen, "  {:?} {:?}", store.events(id).await.unwrap(), store.note_draft(id).await.unwrap())
            .unwrap();
        for message in store.messages(id, None, 200).await.unwrap().0 {
            writeln!(seen, "  {message:?}").unwrap();
            for attachment in &message.attachments {
                // Reading verifies every chunk and the digest of the whole.
                let hash = attachment.hash.as_ref().unwrap();
                let content = store.blobs().read_all(hash, 1 << 20).await.unwrap();
                writeln!(seen, "    {} bytes of {:?}", content.len(), content.first()).unwrap();
            }
        }
    }
}

/// Tickets, customers and attachments numbered as they come: which numbers the store gave them follows from where it cut a page in two.
fn renumbered(seen: &str) -> String {
    let mut numbers: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    let mut all = String::new();
    let mut parts = seen.split("Id(");
    all.push_str(parts.next().unwrap());
    let mut kind = word_at_end(&all).to_owned();
    for part in parts {
        let (number, rest) = part.split_once(')').unwrap();
        let named = ["Ticket", "Customer", "Attachment"].into_iter().find(|each| *each == kind);
        let number = named
            .map(|named| {
                let of_kind = numbers.entry(named).or_default();
                let next = of_kind.len() + 1;
                of_kind.entry(number).or_insert(next).to_string()
            })
            .unwrap_or_else(|| number.to_owned());
        write!(all, "Id({number}){rest}").unwrap();
        word_at_end(rest).clone_into(&mut kind);
    }
    all
}

fn word_at_end(text: &str) -> &str {
    text.rsplit(|c: char| !c.is_alphabetic()).next().unwrap()
}

/// The attachments' files. What was written and has no name is gone after an opening.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(folder.join("workspace/attachments")).unwrap().flatten() {
        let inner = fs::read_dir(entry.path()).unwrap_or_else(|_| panic!("{entry:?} is left over"));
        files.extend(inner.flatten().map(|file| file.file_name().to_string_lossy().into_owned()));
    }
    files
}

fn wait_for<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Plays the child: the script from its beginning, or only the opening of what another left.
#[test]
fn the_one_who_is_killed() {
    let Some(role) = steps::role() else { return };
    wait_for(async {
        let mut desk = Desk::open(&role.folder).await;
        desk.hasty = role.name == HASTY;
        if role.name != OPENS {
            for (number, step) in SCRIPT.iter().enumerate() {
                desk = desk.step(*step, &role.folder).await;
                role.returned(&number.to_string());
            }
        }
        desk.close().await;
    });
    role.finish();
}

const LIVES: &str = "lives";
/// Lives, reading a mailbox whose adapter breaks its promise.
const HASTY: &str = "hasty";
const OPENS: &str = "opens";

fn child<'a>(role: &'a str, folder: &'a Path) -> Child<'a> {
    Child { test: "killed::the_one_who_is_killed", role, folder }
}

/// What an undisturbed desk shows at the beginning and after each step of the script, and the files it has in the end.
async fn undisturbed(role: &str) -> Expected {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk { hasty: role == HASTY, ..Desk::open(folder.path()).await };
    let mut snapshots = vec![desk.snapshot().await];
    for step in SCRIPT {
        desk = desk.step(*step, folder.path()).await;
        snapshots.push(desk.snapshot().await);
    }
    desk.close().await;
    (snapshots, files(folder.path()))
}

/// What an undisturbed desk shows at the beginning and after each step, and the files it has in the end.
type Expected = (Vec<String>, BTreeSet<String>);

/// Opens what a killed child left, and goes on to the end of the script. Answers what is not as it should be.
async fn go_on(
    role: &str,
    folder: &Path,
    run: &Run,
    (snapshots, all_files): &Expected,
) -> Result<(), String> {
    let mut desk = Desk { hasty: role == HASTY, ..Desk::open(folder).await };
    let mut at = run.returned.len();
    let found = desk.snapshot().await;
    // Mail comes page by page; everything else is there or is not.
    let by_pages = matches!(SCRIPT.get(at), Some(Step::Receive(_)));
    if snapshots.get(at + 1) == Some(&found) {
        at += 1;
    } else if !by_pages {
        same(&found, &snapshots[at], run, "what had returned is there, and nothing else")?;
    }
    for step in &SCRIPT[at..] {
        desk = desk.step(*step, folder).await;
    }
    let last = desk.snapshot().await;
    desk.close().await;
    same(&last, &snapshots[SCRIPT.len()], run, "in the end all is as if nothing had happened")?;
    if files(folder) == *all_files { Ok(()) } else { Err(format!("files: {:?}", run.killed)) }
}

fn same(found: &str, expected: &str, run: &Run, what: &str) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    let differs = found.lines().zip(expected.lines()).find(|(one, other)| one != other);
    let (killed, done) = (&run.killed, run.returned.len());
    Err(format!(
        "not true: {what}; killed at {killed:?} with {done} steps done; first difference: {differs:#?}"
    ))
}

/// Kills a child at each of these steps and goes on from there, on both of two cores. Answers what was not as it should be.
fn killed_at_each(role: &str, steps: &[usize], expected: &Expected) -> Vec<String> {
    let faults = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for worker in 0..2 {
            let faults = &faults;
            scope.spawn(move || {
                for step in steps.iter().skip(worker).step_by(2) {
                    let result = killed_at(role, *step, expected);
                    faults.lock().unwrap().extend(result.err());
                }
            });
        }
    });
    faults.into_inner().unwrap()
}

fn killed_at(role: &str, step: usize, expected: &Expected) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let run = child(role, folder.path()).run(Some(step)).unwrap();
    assert!(run.killed.is_some(), "step {step} was taken");
    // Some are killed again, in the middle of being opened.
    if step.is_multiple_of(3) {
        child(OPENS, folder.path()).run(Some(step / 3 % 12 + 1)).unwrap();
    }
    wait_for(go_on(role, folder.path(), &run, expected))
}

/// The steps of a child that is left alone, which must come to the same end.
fn trail(role: &str, expected: &Expected) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let whole = child(role, folder.path()).run(None).unwrap();
    assert_eq!(whole.returned.len(), SCRIPT.len());
    wait_for(go_on(role, folder.path(), &whole, expected)).unwrap();
    whole.trail
}

#[test]
fn whenever_it_is_killed_nothing_is_lost_and_nothing_is_there_twice() {
    let expected = wait_for(undisturbed(LIVES));
    let trail = trail(LIVES, &expected);
    let chosen = steps::to_try(&trail, &["commits", "journal", "attachment has its name"], 60);
    assert_eq!(killed_at_each(LIVES, &chosen, &expected), Vec::<String>::new());
}

#[test]
fn a_source_that_breaks_its_promise_is_found_out_by_being_killed() {
    let expected = wait_for(undisturbed(HASTY));
    let trail = trail(HASTY, &expected);
    let commits = (1..=trail.len()).filter(|step| trail[step - 1].contains("is committed"));
    let early: Vec<usize> = commits.take(6).collect();
    let faults = killed_at_each(HASTY, &early, &expected);
    assert!(!faults.is_empty(), "a cursor ahead of its rows loses mail");
}
