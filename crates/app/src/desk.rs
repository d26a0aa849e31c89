//! The desk of one workspace: what every call works on. Opened once per process, closed before it ends.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use model::{Millis, Problem, SourceId};
use store::{Key, Store, WorkspaceLock};
use sync::{Engine, Links, Post};
use tokio::sync::{Mutex, Notify, OnceCell, broadcast};
use tokio_util::sync::CancellationToken;

use crate::{
    DeskEvent, Surroundings, authorising::Pending, board::Made, escalations::Told, letters::LetterKey,
    showing::Surveys, undoing::Undos,
};

/// Cheap to clone; all clones are one desk.
#[derive(Clone)]
pub struct Desk(Arc<Inner>);

/// What all clones share; only this crate sees its fields.
pub struct Inner {
    pub(crate) root: PathBuf,
    pub(crate) store: Store,
    pub(crate) links: Links,
    pub(crate) around: Surroundings,
    pub(crate) engines: Mutex<BTreeMap<SourceId, Engine>>,
    /// The senders that run beside them.
    pub(crate) posts: Mutex<BTreeMap<SourceId, Post>>,
    /// Set once the outbox of an earlier run has been put in order.
    pub(crate) recovered: OnceCell<()>,
    /// Sources are started, paused and removed one at a time.
    pub(crate) turns: Mutex<()>,
    pub(crate) events: broadcast::Sender<DeskEvent>,
    pub(crate) letter_key: LetterKey,
    pub(crate) pending: Mutex<BTreeMap<String, Pending>>,
    /// The dashboard's figures as they were made last.
    pub(crate) board: Mutex<Option<Made>>,
    /// A view was saved, changed or deleted: its members are to be gathered.
    pub(crate) views_changed: Notify,
    /// What letters were found to say.
    pub(crate) surveys: Surveys,
    /// What takes the last changes of tickets back.
    pub(crate) undos: Mutex<Undos>,
    /// The notices on the screen.
    pub(crate) told: Told,
    /// What happened while opening.
    pub(crate) notices: Vec<Problem>,
    pub(crate) stop: CancellationToken,
    /// Kept for as long as the desk is open: one desk per workspace.
    pub(crate) lock: WorkspaceLock,
}

impl std::ops::Deref for Desk {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// How much of the desk to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Links run and notifications are raised, as long as the desk is open.
    Everything,
    /// Only what is called, by nobody who looks on: for the command line.
    OnlyCalls,
}

impl Desk {
    /// Takes the workspace at `root` for this process, before its key is asked for or made. `WORKSPACE_IN_USE` when another has it.
    pub fn take(root: &Path) -> Result<WorkspaceLock, Problem> {
        WorkspaceLock::try_take(root).map_err(|e| e.problem())
    }

    /// Opens the workspace at `root`, which was taken with `lock`.
    pub async fn open(
        lock: WorkspaceLock,
        root: &Path,
        key: &Key,
        around: Surroundings,
        start: Start,
    ) -> Result<Desk, Problem> {
        let opened = Store::open(root, key, (around.clock)()).await.map_err(|e| e.problem())?;
        let desk = Desk(Arc::new(Inner {
            root: root.to_owned(),
            store: opened.store,
            links: Links::default(),
            around,
            engines: Mutex::default(),
            posts: Mutex::default(),
            recovered: OnceCell::new(),
            turns: Mutex::default(),
            events: broadcast::channel(1024).0,
            letter_key: LetterKey::random()?,
            pending: Mutex::default(),
            board: Mutex::default(),
            views_changed: Notify::new(),
            surveys: Surveys::default(),
            undos: Mutex::default(),
            told: Told::default(),
            notices: opened.notices,
            stop: CancellationToken::new(),
            lock,
        }));
        desk.begin(start).await?;
        Ok(desk)
    }

    async fn begin(&self, start: Start) -> Result<(), Problem> {
        for source in self.store.sources().await.map_err(|e| e.problem())? {
            self.add_link(&source.kind, source.id, &source.name);
        }
        // A command shows how far it is.
        self.spawn_pump();
        self.spawn_views();
        if start == Start::Everything {
            self.recover_outbox().await?;
            self.spawn_escalations();
            self.spawn_acknowledgements();
            self.spawn_line_watch();
            self.start_engines().await?;
        } else {
            self.store.nobody_waits();
        }
        Ok(())
    }

    /// From now on something can be said about this source.
    pub(crate) fn add_link(&self, kind: &str, source: SourceId, name: &str) {
        self.links.add(source, name);
        if kind == "archive" {
            self.links.complete(source);
        }
    }

    /// What windows hear. A receiver that lagged must treat everything it shows as stale.
    pub fn events(&self) -> broadcast::Receiver<DeskEvent> {
        self.events.subscribe()
    }

    /// Says something a person should know.
    pub fn notice(&self, problem: Problem) {
        self.tell(DeskEvent::Notice { problem });
    }

    /// Writes where this desk answers (JSON), for a second `foredeck` on the same workspace to hand its work to.
    pub fn publish_address(&self, address: &str) -> Result<(), Problem> {
        self.lock.publish(address).map_err(|e| e.problem())
    }

    /// The workspace's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Ends links and tasks, then closes the store.
    pub async fn close(&self) {
        self.stop.cancel();
        self.lock.withdraw();
        // What is being handed over needs its link no more.
        let posts = std::mem::take(&mut *self.posts.lock().await);
        for post in posts.into_values() {
            post.stop().await;
        }
        let engines = std::mem::take(&mut *self.engines.lock().await);
        for engine in engines.into_values() {
            engine.stop().await;
        }
        if let Err(error) = self.store.close().await {
            tracing::error!(
                code = error.problem().code.as_str(),
                "The store did not close cleanly; its log is replayed at the next start."
            );
        }
    }

    pub(crate) fn now(&self) -> Millis {
        (self.around.clock)()
    }

    pub(crate) fn tell(&self, event: DeskEvent) {
        let _no_window_is_open = self.events.send(event);
    }
}
