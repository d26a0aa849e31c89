//! One link over a helpdesk that the test holds: looks that somebody asks for, and panics.

use std::{future::Future, pin::pin, sync::Arc, task::Poll, time::Duration};

use async_trait::async_trait;
use model::{
    LinkPhase, Millis, Problem, ProblemCode, SourceId,
    incoming::{Change, Cursor},
};
use remote::{BlobSink, Capabilities, Helpdesk, Page, RemoteError, Wake};
use store::{Key, Store};
use sync::{Engine, Links};
use testkit::{HandClock, PagedHelpdesk, mail};

const NOON: Millis = Millis(1_795_000_000_000);

struct Set {
    store: Store,
    links: Links,
    source: SourceId,
    clock: HandClock,
    _folder: tempfile::TempDir,
}

impl Set {
    async fn new() -> Set {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), &Key::random().unwrap(), NOON).await.unwrap().store;
        let source =
            store.add_source("mailbox", "Shop", "care@shop.test", serde_json::json!({}), NOON).await.unwrap();
        let links = Links::default();
        links.add(source, "Shop");
        Set { store, links, source, clock: HandClock::at(NOON), _folder: folder }
    }

    fn start(&self, helpdesk: &Arc<impl Helpdesk + 'static>) -> Engine {
        let (store, links) = (self.store.clone(), self.links.clone());
        Engine::start(store, links, self.source, helpdesk.clone(), self.clock.clock())
    }

    async fn until(&self, wanted: impl Fn(&LinkPhase) -> bool) -> LinkPhase {
        let mut changes = self.links.changes();
        loop {
            let state = self.links.of(self.source).unwrap();
            if wanted(&state.phase) {
                return state.phase;
            }
            soon(changes.recv()).await.unwrap();
        }
    }

    async fn until_stored(&self, messages: u32) {
        let mut commits = self.store.commits();
        while self.messages().await < messages {
            soon(commits.recv()).await.unwrap();
        }
    }

    async fn messages(&self) -> u32 {
        self.store.source(self.source).await.unwrap().unwrap().messages
    }
}

fn is_live(phase: &LinkPhase) -> bool {
    matches!(phase, LinkPhase::Live { .. })
}

async fn soon<T>(event: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), event).await.expect("it happens in time")
}

fn question(id: &str) -> Vec<Change> {
    vec![mail(id, "lin@x.test", &format!("Question {id}"), "hello", NOON)]
}

async fn answered(look: &mut (impl Future<Output = Result<(), Problem>> + Unpin)) -> bool {
    std::future::poll_fn(|context| Poll::Ready(std::pin::Pin::new(&mut *look).poll(context).is_ready())).await
}

#[tokio::test]
async fn a_look_is_answered_by_a_pull_that_began_after_it_and_all_who_ask_share_one() {
    let set = Set::new().await;
    let helpdesk = Arc::new(PagedHelpdesk::default());
    let engine = set.start(&helpdesk);
    set.until(is_live).await;
    soon(helpdesk.pulling()).await;

    helpdesk.hold();
    engine.nudge();
    soon(helpdesk.pulling()).await;
    // This pull has looked already and has not seen what comes now.
    helpdesk.lay(question("new"));
    let mut looks = [Box::pin(engine.look()), Box::pin(engine.look()), Box::pin(engine.look())];
    helpdesk.let_through(1);
    soon(helpdesk.pulling()).await;
    for look in &mut looks {
        assert!(!answered(look).await, "the pull that was under way proves nothing");
    }
    helpdesk.let_through(1);
    for look in looks {
        assert_eq!(soon(look).await, Ok(()));
    }
    assert_eq!(set.messages().await, 1, "what was new is stored when the look is answered");
    soon(engine.stop()).await;
}

#[tokio::test]
async fn a_look_does_not_wait_for_the_history() {
    let set = Set::new().await;
    let history = (0..50).map(|number| question(&format!("old {number}"))).collect();
    let helpdesk = Arc::new(PagedHelpdesk::default().with_history(history));
    helpdesk.hold();
    let engine = set.start(&helpdesk);
    soon(helpdesk.pulling()).await;
    helpdesk.lay(question("new 1"));
    helpdesk.lay(question("new 2"));
    let mut look = Box::pin(engine.look());
    for _ in 0..2 {
        helpdesk.let_through(1);
        soon(helpdesk.pulling()).await;
        assert!(!answered(&mut look).await, "one of the new pages is still missing");
    }
    helpdesk.let_through(1);
    assert_eq!(soon(look).await, Ok(()));
    assert_eq!(set.messages().await, 3);
    assert!(matches!(set.links.of(set.source).unwrap().phase, LinkPhase::Filling { done: 1, .. }));
    soon(engine.stop()).await;
}

#[tokio::test]
async fn a_page_is_stored_while_the_next_is_pulled_and_stays_when_that_fails() {
    let set = Set::new().await;
    let helpdesk = Arc::new(PagedHelpdesk::with(vec![question("first"), question("second")]));
    helpdesk.hold();
    let engine = set.start(&helpdesk);
    soon(helpdesk.pulling()).await;
    helpdesk.fail(RemoteError::offline(ProblemCode::LineDropped));
    helpdesk.let_through(1);
    soon(helpdesk.pulling()).await;
    set.until_stored(1).await;
    assert_eq!(helpdesk.pulls(), 2, "the second is still under way");

    helpdesk.let_through(1);
    set.until(|phase| matches!(phase, LinkPhase::Offline { .. })).await;
    helpdesk.let_through(10);
    engine.nudge();
    set.until(is_live).await;
    assert_eq!(
        (set.messages().await, helpdesk.beginnings()),
        (2, 1),
        "the page that was stored is not asked for again"
    );
    soon(engine.stop()).await;
}

/// One of each kind that an adapter can decide on.
fn faults() -> [RemoteError; 3] {
    [
        RemoteError::offline(ProblemCode::LineDropped),
        RemoteError::transient(Problem::new(ProblemCode::ServerBusy)),
        RemoteError::permanent(Problem::new(ProblemCode::PasswordRefused)),
    ]
}

#[tokio::test]
async fn a_look_fails_as_soon_as_the_link_does() {
    for fault in faults() {
        let (set, helpdesk) = (Set::new().await, Arc::new(PagedHelpdesk::default()));
        helpdesk.hold();
        let (problem, engine) = (fault.problem.clone(), set.start(&helpdesk));
        soon(helpdesk.pulling()).await;
        let look = engine.look();
        helpdesk.fail(fault);
        helpdesk.let_through(2);
        assert_eq!(soon(look).await, Err(problem));
        soon(engine.stop()).await;
    }
}

#[tokio::test]
async fn a_look_wakes_a_link_that_rests() {
    for fault in faults() {
        let (set, helpdesk) = (Set::new().await, Arc::new(PagedHelpdesk::default()));
        let engine = set.start(&helpdesk);
        set.until(is_live).await;
        helpdesk.fail(fault);
        set.until(|phase| !is_live(phase) && *phase != LinkPhase::Connecting).await;
        // The clock stands still: only the look ends the rest.
        helpdesk.lay(question("after"));
        assert_eq!(soon(engine.look()).await, Ok(()));
        assert_eq!(set.messages().await, 1);
        soon(engine.stop()).await;
    }
}

#[tokio::test]
async fn a_look_is_answered_when_the_link_ends() {
    let set = Set::new().await;
    let helpdesk = Arc::new(PagedHelpdesk::default());
    helpdesk.hold();
    let engine = set.start(&helpdesk);
    soon(helpdesk.pulling()).await;
    let look = engine.look();
    soon(engine.stop()).await;
    assert_eq!(soon(look).await.unwrap_err().code, ProblemCode::NotFound);
    assert_eq!(set.links.of(set.source).unwrap().phase, LinkPhase::Paused);
}

/// A source that never says that it told everything new.
struct Secretive;

#[async_trait]
impl Helpdesk for Secretive {
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn pushes(&self) -> bool {
        false
    }

    async fn pull(&self, _: Option<&Cursor>, _: &dyn BlobSink) -> Result<Page, RemoteError> {
        Ok(Page { changes: Vec::new(), cursor: Cursor("x".into()), more: false, filling: None, fresh: false })
    }

    async fn wait(&self, patience: Duration) -> Result<Wake, RemoteError> {
        tokio::time::sleep(patience).await;
        Ok(Wake::Elapsed)
    }

    async fn disconnect(&self) {}
}

#[tokio::test]
async fn a_source_that_does_not_tell_what_is_new_fails_the_look_in_the_end() {
    let set = Set::new().await;
    let engine = set.start(&Arc::new(Secretive));
    set.until(is_live).await;
    assert_eq!(soon(engine.look()).await.unwrap_err().code, ProblemCode::Internal);
    soon(engine.stop()).await;
}

#[tokio::test]
async fn a_panic_in_a_link_is_said_and_the_link_goes_on() {
    let set = Set::new().await;
    let helpdesk = Arc::new(PagedHelpdesk::default());
    let engine = set.start(&helpdesk);
    set.until(is_live).await;
    helpdesk.panic();
    let broken = set.until(|phase| !is_live(phase) && *phase != LinkPhase::Connecting).await;
    let LinkPhase::Retrying { problem, .. } = broken else { panic!("{broken:?}") };
    assert_eq!(problem.code, ProblemCode::Internal);

    helpdesk.push(question("after"));
    let mut looked = pin!(engine.look());
    assert_eq!(soon(looked.as_mut()).await, Ok(()));
    assert_eq!(set.messages().await, 1);
    set.until(is_live).await;
    soon(engine.stop()).await;

    helpdesk.panic();
    let (store, links) = (set.store.clone(), set.links.clone());
    let once = Engine::run_once(store, links, set.source, helpdesk, set.clock.clock()).await;
    assert_eq!(once.unwrap_err().code, ProblemCode::Internal);
    assert_eq!(set.links.of(set.source).unwrap().phase, LinkPhase::Paused);
}
