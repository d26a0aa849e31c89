//! The cable between the desk and its mail server is pulled out: in the middle of the first sync, while it listens, with a bang and in silence.
//! Mail goes on arriving meanwhile. When the cable is whole again everything is there, once.

use std::{collections::BTreeSet, future::Future, sync::Arc, time::Duration};

use model::{LinkPhase, LinkState, Millis, ProblemCode, SourceId, query::Query};
use remote::mailbox::{Encryption, Mailbox, MailboxConfig, Pace, Secret, Server};
use store::{Key, Store};
use sync::{Engine, Links};
use testkit::{
    cable::{Cable, Cut},
    dovecot::{Dovecot, PASSWORD},
    letter::letter,
};
use tokio::sync::broadcast::Receiver;

const USER: &str = "agent@desk.test";

fn now() -> Millis {
    let since = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap();
    Millis(i64::try_from(since.as_millis()).unwrap())
}

async fn soon<T>(event: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), event).await.expect("it happens in time")
}

/// A desk that reads a Dovecot through a cable.
struct Set {
    dovecot: Dovecot,
    cable: Cable,
    store: Store,
    links: Links,
    source: SourceId,
    engine: Engine,
    changes: Receiver<LinkState>,
    _folder: tempfile::TempDir,
}

impl Set {
    /// `None` where there is no Dovecot. The desk begins to read as soon as `prepare` is done.
    async fn new(prepare: impl AsyncFnOnce(&Dovecot, &Cable)) -> Option<Set> {
        let dovecot = Dovecot::start().await.unwrap()?;
        let cable = Cable::to(([127, 0, 0, 1], dovecot.imaps).into()).await.unwrap();
        prepare(&dovecot, &cable).await;
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), &Key::random().unwrap(), now()).await.unwrap().store;
        let source = store.add_source("mailbox", "Shop", USER, serde_json::json!({}), now()).await.unwrap();
        let links = Links::default();
        links.add(source, "Shop");
        let changes = links.changes();
        let mailbox = Arc::new(mailbox(&dovecot, &cable));
        let engine = Engine::start(store.clone(), links.clone(), source, mailbox, Arc::new(now));
        Some(Set { dovecot, cable, store, links, source, engine, changes, _folder: folder })
    }

    async fn deliver(&self, subject: &str) {
        self.dovecot.deliver(USER, &letter(subject)).await.unwrap();
    }

    /// Every phase from now on up to the first that is wanted.
    async fn phases_until(&mut self, wanted: impl Fn(&LinkPhase) -> bool) -> Vec<LinkPhase> {
        let mut phases = Vec::new();
        loop {
            let phase = soon(self.changes.recv()).await.unwrap().phase;
            phases.push(phase.clone());
            if wanted(&phase) {
                return phases;
            }
        }
    }

    /// The subjects of everything stored, sorted; each as often as it is there.
    async fn subjects(&self) -> Vec<String> {
        let mut subjects = Vec::new();
        let mut after = None;
        loop {
            let batch = self.store.export_messages(after).await.unwrap();
            subjects.extend(batch.messages.into_iter().map(|message| message.subject));
            match batch.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        subjects.sort();
        subjects
    }

    /// Waits until a subject can be found.
    async fn until_found(&self, subject: &str) {
        let query = Query::parse(&format!("\"{subject}\""), |_, _, _| None).unwrap();
        let mut commits = self.store.commits();
        while self.store.search(&query, model::Millis(0), None, 1).await.unwrap().rows.is_empty() {
            soon(commits.recv()).await.unwrap();
        }
    }

    async fn end(self) {
        soon(self.engine.stop()).await;
        self.store.close().await.unwrap();
    }
}

fn mailbox(dovecot: &Dovecot, cable: &Cable) -> Mailbox {
    let config = MailboxConfig {
        imap: Server { host: "localhost".to_owned(), port: cable.port(), encryption: Encryption::Tls },
        user: USER.to_owned(),
        own: vec![USER.to_owned()],
        folders: Vec::new(),
        smtp: None,
        sent_copies: Default::default(),
        extra_ca_pem: Some(dovecot.authority.clone()),
    };
    // Silence is noticed within seconds here; a person waits a minute.
    let pace = Pace {
        connect: Duration::from_secs(2),
        answer: Duration::from_secs(2),
        renew: Duration::from_secs(3),
        ..Pace::default()
    };
    Mailbox::new(config, Secret::Password(PASSWORD.to_owned().into()), Arc::new(now)).with_pace(pace)
}

fn is_live(phase: &LinkPhase) -> bool {
    matches!(phase, LinkPhase::Live { .. })
}

fn says_dropped(phase: &LinkPhase) -> bool {
    match phase {
        LinkPhase::Offline { .. } => true,
        LinkPhase::Retrying { problem, .. } => problem.code == ProblemCode::LineDropped,
        _ => false,
    }
}

fn numbered(from: usize, to: usize) -> Vec<String> {
    let mut all: Vec<String> = (from..to).map(|number| format!("history {number:03}")).collect();
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cable_cut_again_and_again_in_the_first_sync_costs_no_mail() {
    const MAILS: usize = 900;
    for cut in [Cut::Reset, Cut::Silent] {
        let prepare = async |dovecot: &Dovecot, cable: &Cable| {
            let mails = numbered(0, MAILS).into_iter().map(|subject| letter(&subject));
            dovecot.seed(USER, None, mails).unwrap();
            cable.cut_after(9_000, cut);
        };
        let Some(mut set) = Set::new(prepare).await else { return };
        // Behind the greeting, in the list of mails, in the middle of pages.
        for bytes in [30_000, 110_000, 200_000] {
            soon(set.cable.is_cut()).await;
            set.phases_until(says_dropped).await;
            set.deliver(&format!("meanwhile {bytes}")).await;
            set.cable.cut_after(bytes, cut);
            set.cable.mend();
            // A person need not wait for the next try.
            set.engine.nudge();
        }
        soon(set.cable.is_cut()).await;
        set.phases_until(says_dropped).await;
        set.cable.mend();
        set.engine.nudge();
        let phases = set.phases_until(is_live).await;
        assert!(phases.contains(&LinkPhase::Connecting), "{phases:?}");
        let mut expected = numbered(0, MAILS);
        expected.extend([110_000, 200_000, 30_000].map(|bytes| format!("meanwhile {bytes}")));
        assert_eq!(set.subjects().await, expected, "{cut:?}");
        let unique: BTreeSet<String> = set.subjects().await.into_iter().collect();
        assert_eq!(unique.len(), MAILS + 3, "nothing is there twice");
        set.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cable_cut_while_the_desk_listens_is_noticed_and_what_came_meanwhile_arrives() {
    for cut in [Cut::Reset, Cut::Silent] {
        let Some(mut set) = Set::new(async |_: &Dovecot, _: &Cable| {}).await else { return };
        set.phases_until(is_live).await;
        set.deliver("before").await;
        set.until_found("before").await;
        let up_to = set.links.of(set.source).unwrap().as_of_ms.unwrap();

        set.cable.cut(cut);
        set.deliver("during").await;
        set.phases_until(says_dropped).await;
        let state = set.links.of(set.source).unwrap();
        assert!(state.as_of_ms.is_some_and(|as_of| as_of >= up_to), "it still says up to when it knows");
        assert_eq!(set.subjects().await, ["before"], "{cut:?}");
        let look = soon(set.engine.look()).await;
        assert!(look.is_err(), "a look through a cut cable is not answered with yes");

        set.cable.mend();
        assert_eq!(soon(set.engine.look()).await, Ok(()));
        assert_eq!(set.subjects().await, ["before", "during"], "{cut:?}");
        set.phases_until(is_live).await;
        set.deliver("after").await;
        set.until_found("after").await;
        assert_eq!(set.subjects().await, ["after", "before", "during"], "{cut:?}");
        set.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_is_started_without_a_network_begins_when_there_is_one() {
    for cut in [Cut::Reset, Cut::Silent] {
        let Some(mut set) = Set::new(async |_: &Dovecot, cable: &Cable| cable.cut(cut)).await else { return };
        set.deliver("waiting").await;
        let phases = set.phases_until(says_dropped_or_unreachable).await;
        assert_eq!(phases.first(), Some(&LinkPhase::Connecting));
        set.cable.mend();
        set.until_found("waiting").await;
        set.end().await;
    }
}

fn says_dropped_or_unreachable(phase: &LinkPhase) -> bool {
    says_dropped(phase)
        || matches!(phase, LinkPhase::Retrying { problem, .. } if problem.code == ProblemCode::Unreachable)
}
