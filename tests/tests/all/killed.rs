//! Receiving, killed at every step: whatever is left behind, it goes on from there, nothing is lost and nothing is there twice.
//!
//! A child process receives a mailbox of its own making and does what a person would do in between. It is ended at one step after another
//! (`testkit::steps`); each time its workspace is opened here, everything that had returned must be there, the rest is done, and the whole must then
//! be equal to what one run without interruption gives.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use model::{
    Millis, Priority, SourceId, Status, TicketId, Tier,
    incoming::{Change, Cursor, Flags, Place},
    query::Query,
};
use remote::{
    BlobSink, Capabilities, Filling, Helpdesk, Page, RemoteError, Wake,
    mail::{self, Context},
};
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
/// Mails of the history, some to a page.
const HISTORY: u32 = 24;
const PAGE: usize = 6;

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

/// A mailbox that is the same for whoever looks, in three states: history; some new mail; one mail gone, one read, another conversation.
struct Letters(u32);

impl Letters {
    /// The numbers of the mails, in the order they are reported: new ones first, then the history from its newest on.
    fn order(&self) -> Vec<u32> {
        let new = match self.0 {
            1 => 0,
            2 => 4,
            _ => 7,
        };
        (HISTORY..HISTORY + new).chain((0..HISTORY).rev()).collect()
    }
}

fn place(number: u32) -> Place {
    Place { folder: "INBOX".into(), uid_validity: 7, uid: number + 1 }
}

/// A mail of one of nine conversations, every third with an attachment of a size of its own, two of them with equal ones.
fn letter(number: u32) -> String {
    let (customer, conversation) = (number % 5, number % 9);
    let to_whom = if number >= 9 {
        format!(
            "In-Reply-To: <mail{}@customer.test>\r\nReferences: <mail{conversation}@customer.test>\r\n",
            number - 9
        )
    } else {
        String::new()
    };
    let mut body = format!(
        "--edge\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n第{number}封信 about kettle {conversation}\r\n"
    );
    if number % 3 == 0 {
        let line = char::from(b'A' + u8::try_from(number % 6).unwrap()).to_string().repeat(76);
        let lines = if number == 12 { 3_000 } else { number % 6 + 1 };
        body += "--edge\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"Rechnung.pdf\"\r\n\
            Content-Transfer-Encoding: base64\r\n\r\n";
        body += &format!("{line}\r\n").repeat(usize::try_from(lines).unwrap());
    }
    format!(
        "From: Customer {customer} <c{customer}@customer.test>\r\nTo: care@shop.test\r\nSubject: Kettle {conversation}\r\n\
         Message-ID: <mail{number}@customer.test>\r\n{to_whom}MIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=edge\r\n\r\n{body}--edge--\r\n"
    )
}

async fn read(number: u32, blobs: &dyn BlobSink) -> Change {
    let own = BTreeSet::from(["care@shop.test".to_owned()]);
    let context = Context {
        own: &own,
        received_at: Some(NOON.plus((i64::from(number) - 100) * Millis::MINUTE)),
        now: NOON,
        identity: None,
        place: Some(place(number)),
        flags: Flags::default(),
    };
    Change::Message(Box::new(mail::read(letter(number).as_bytes(), &context, blobs).await.unwrap()))
}

#[async_trait]
impl Helpdesk for Letters {
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn pushes(&self) -> bool {
        false
    }

    /// The cursor is the set of mails reported, and whether the last state's other changes were.
    async fn pull(&self, cursor: Option<&Cursor>, blobs: &dyn BlobSink) -> Result<Page, RemoteError> {
        steps::take("The mailbox is asked.");
        let (mut done, mut told): (BTreeSet<u32>, bool) =
            cursor.map(|cursor| serde_json::from_str(&cursor.0).unwrap()).unwrap_or_default();
        let mut changes = Vec::new();
        for number in self.order().into_iter().filter(|number| !done.contains(number)).take(PAGE) {
            changes.push(read(number, blobs).await);
        }
        for change in &changes {
            let Change::Message(mail) = change else { continue };
            done.insert(mail.place.as_ref().unwrap().uid - 1);
        }
        if self.0 == 3 && !std::mem::replace(&mut told, true) {
            changes.push(Change::Gone { place: place(20) });
            changes.push(Change::Flags { place: place(19), flags: Flags { seen: true, ..Flags::default() } });
        }
        let left = self.order().len() - done.len();
        let filling =
            (left > 0).then(|| Filling { done: u32::try_from(done.len()).unwrap(), total: HISTORY });
        let cursor = Cursor(serde_json::to_string(&(done, told)).unwrap());
        steps::take("The mailbox answers.");
        Ok(Page { changes, cursor, more: left > 0, filling, fresh: true })
    }

    async fn wait(&self, patience: Duration) -> Result<Wake, RemoteError> {
        tokio::time::sleep(patience).await;
        Ok(Wake::Elapsed)
    }

    async fn disconnect(&self) {
        steps::take("The mailbox is left.");
    }
}

/// A workspace being lived in.
struct Desk {
    store: Store,
    _lock: WorkspaceLock,
}

impl Desk {
    async fn open(folder: &Path) -> Desk {
        let root = folder.join("workspace");
        let lock = WorkspaceLock::try_take(&root).unwrap();
        let opened = Store::open(&root, &Key::from_text(KEY).unwrap(), NOON).await.unwrap();
        assert!(opened.notices.is_empty(), "{:?}", opened.notices);
        Desk { store: opened.store, _lock: lock }
    }

    async fn source(&self) -> Option<SourceId> {
        self.store.sources().await.unwrap().first().map(|source| source.id)
    }

    async fn receive(&self, state: u32) {
        let (source, links) = (self.source().await.unwrap(), Links::default());
        links.add(source, "Shop");
        let clock = HandClock::at(NOON).clock();
        Engine::run_once(self.store.clone(), links, source, Arc::new(Letters(state)), clock).await.unwrap();
    }

    async fn found(&self, query: &str) -> Vec<TicketId> {
        let query = Query::parse(query, |_, _, _| None).unwrap();
        let page = self.store.search(&query, None, 200).await.unwrap();
        page.rows.into_iter().map(|row| row.id).collect()
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
            Act::Tag => store.tag_tickets(&[ticket], "破损", WHO, NOON).await,
            Act::Note => store.add_note(ticket, "promised a refund", WHO, NOON).await,
            Act::Draft => store.keep_note_draft(ticket, "call back on Mon", NOON).await,
            Act::Close => store.set_status(&[ticket], Status::Closed, WHO, NOON).await,
            Act::Priority => store.set_priority(&[ticket], Priority::Urgent, WHO, NOON).await,
            Act::Read => store.mark_read(&[ticket], true, NOON).await,
            Act::Vip => store.set_tier(requester, Tier::Vip, WHO, NOON).await,
            Act::Setting => store.set_setting("theme", json!("dark"), NOON).await,
            Act::SecondNote => store.add_note(ticket, "refunded", WHO, NOON).await,
            Act::Untag => {
                let tag = store.tags().await.unwrap().into_iter().find(|tag| tag.name == "破损").unwrap();
                store.untag_tickets(&[ticket], tag.id, WHO, NOON).await
            }
        };
        done.unwrap();
    }

    async fn step(self, step: Step, folder: &Path) -> Desk {
        match step {
            Step::Do(act) => self.act(act).await,
            Step::Receive(state) => self.receive(state).await,
            Step::Reopen => {
                self.close().await;
                return Desk::open(folder).await;
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
        seen
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
            let unread = rows.iter().filter(|row| row.unread).count();
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
        if role.name == LIVES {
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
const OPENS: &str = "opens";

fn child<'a>(role: &'a str, folder: &'a Path) -> Child<'a> {
    Child { test: "killed::the_one_who_is_killed", role, folder }
}

/// What an undisturbed desk shows at the beginning and after each step of the script, and the files it has in the end.
async fn undisturbed() -> (Vec<String>, BTreeSet<String>) {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path()).await;
    let mut snapshots = vec![desk.snapshot().await];
    for step in SCRIPT {
        desk = desk.step(*step, folder.path()).await;
        snapshots.push(desk.snapshot().await);
    }
    desk.close().await;
    (snapshots, files(folder.path()))
}

/// Opens what a killed child left, and goes on to the end of the script.
async fn go_on(folder: &Path, run: &Run, (snapshots, all_files): &(Vec<String>, BTreeSet<String>)) {
    let mut desk = Desk::open(folder).await;
    let mut at = run.returned.len();
    let found = desk.snapshot().await;
    // Mail comes page by page; everything else is there or is not.
    let by_pages = matches!(SCRIPT.get(at), Some(Step::Receive(_)));
    if snapshots.get(at + 1) == Some(&found) {
        at += 1;
    } else if !by_pages {
        same(&found, &snapshots[at], run, "what had returned is there, and nothing else");
    }
    for step in &SCRIPT[at..] {
        desk = desk.step(*step, folder).await;
    }
    same(
        &desk.snapshot().await,
        &snapshots[SCRIPT.len()],
        run,
        "in the end all is as if nothing had happened",
    );
    desk.close().await;
    assert_eq!(&files(folder), all_files, "{:?}", run.killed);
}

fn same(found: &str, expected: &str, run: &Run, when: &str) {
    let differs = found.lines().zip(expected.lines()).find(|(one, other)| one != other);
    assert!(
        found == expected,
        "{when}; killed at {:?} with {} steps done; first difference: {differs:#?}",
        run.killed,
        run.returned.len()
    );
}

/// Runs it on both of two cores.
fn try_each(steps: &[usize], work: impl Fn(usize) + Sync) {
    std::thread::scope(|scope| {
        for worker in 0..2 {
            let work = &work;
            scope.spawn(move || steps.iter().skip(worker).step_by(2).for_each(|step| work(*step)));
        }
    });
}

#[test]
fn whenever_it_is_killed_nothing_is_lost_and_nothing_is_there_twice() {
    let expected = wait_for(undisturbed());
    let first = tempfile::tempdir().unwrap();
    let whole = child(LIVES, first.path()).run(None).unwrap();
    assert_eq!(whole.returned.len(), SCRIPT.len());
    wait_for(go_on(first.path(), &whole, &expected));

    let chosen = steps::to_try(&whole.trail, &["commits", "journal", "attachment has its name"], 70);
    try_each(&chosen, |step| {
        let folder = tempfile::tempdir().unwrap();
        let run = child(LIVES, folder.path()).run(Some(step)).unwrap();
        assert!(run.killed.is_some(), "step {step} was taken");
        // Some are killed again, in the middle of being opened.
        if step % 3 == 0 {
            child(OPENS, folder.path()).run(Some(step / 3 % 12 + 1)).unwrap();
        }
        wait_for(go_on(folder.path(), &run, &expected));
    });
}
