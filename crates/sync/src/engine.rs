//! One source's link: pull, apply, wait, and what to do when that fails. Dull on purpose: the adapter decides what to fetch and
//! what an error means, the store decides what rows become, `backoff` decides how long to wait.
//!
//! While a page is stored the next one is pulled. Stopped or killed at any await, it goes on from the last committed cursor, and repeats at
//! most the page that was being stored and the one pulled meanwhile.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, resume_unwind},
    sync::Arc,
    time::Duration,
};

use futures::{FutureExt as _, future::join};

use model::{LinkPhase, Millis, Problem, ProblemCode, SourceId, incoming::Cursor};
use remote::{Helpdesk, Page, RemoteError, Retry};
use store::Store;
use tokio::{sync::Notify, task::JoinHandle};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{
    Links, StoreBlobs, backoff,
    estimate::Estimate,
    looks::{Looks, not_running},
};

/// The time as the machine tells it.
pub type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;

/// How long an adapter may wait before the engine looks again by itself: a push tells of the inbox alone, and a colleague answers in another folder.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a wait looks at the wall clock, to notice a laptop that slept.
const GLANCE: Duration = Duration::from_secs(5);
/// How often a source is asked again at once, for somebody who wants to know, when it has not told everything new.
const INSISTENCE: u32 = 10;

/// What [`Engine::run_once`] brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Finished {
    pub new_messages: u32,
}

/// A running link. Dropping it does not stop it; [`Engine::stop`] does.
pub struct Engine {
    stop: CancellationToken,
    nudge: Arc<Notify>,
    looks: Arc<Looks>,
    task: JoinHandle<()>,
}

impl Engine {
    pub fn start(
        store: Store,
        links: Links,
        source: SourceId,
        helpdesk: Arc<dyn Helpdesk>,
        clock: Clock,
    ) -> Engine {
        let stop = CancellationToken::new();
        let link = Link::new(store, links, source, helpdesk, clock);
        let (nudge, looks, stopped) = (link.nudge.clone(), link.looks.clone(), stop.clone());
        let task = tokio::spawn(async move { link.run(stopped).await });
        Engine { stop, nudge, looks, task }
    }

    /// Looks at the source now, whatever it is waiting for.
    pub fn nudge(&self) {
        self.nudge.notify_one();
    }

    /// Looks at the source now, whatever the link is waiting for, be it the end of a rest after a fault. Completes with `Ok` once a pull
    /// that began after this call, and all before it, are stored and nothing newer was at the source; older history may still be
    /// coming in. Completes with the problem as soon as the link fails or ends. It takes as long as the source takes: how long to wait is the
    /// caller's to say. The look begins with this call, not with the first poll.
    pub fn look(&self) -> impl Future<Output = Result<(), Problem>> + Send + use<> {
        let answer = self.looks.ask();
        self.nudge.notify_one();
        async move { answer.await.unwrap_or_else(|_| Err(not_running())) }
    }

    /// Ends the link and its connection; returns when both are gone.
    pub async fn stop(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(panicked = error.is_panic(), "A link to a source did not end by itself.");
        }
    }

    /// Pulls until there is nothing more, then disconnects. For the command line.
    pub async fn run_once(
        store: Store,
        links: Links,
        source: SourceId,
        helpdesk: Arc<dyn Helpdesk>,
        clock: Clock,
    ) -> Result<Finished, Problem> {
        let mut link = Link::new(store, links, source, helpdesk, clock);
        let outcome = guarded(link.catch_up()).await;
        link.hang_up().await;
        link.say(LinkPhase::Paused);
        outcome.map(|new_messages| Finished { new_messages }).map_err(|fault| fault.problem)
    }
}

struct Link {
    store: Store,
    links: Links,
    source: SourceId,
    helpdesk: Arc<dyn Helpdesk>,
    clock: Clock,
    nudge: Arc<Notify>,
    looks: Arc<Looks>,
    estimate: Estimate,
    failures: u32,
}

impl Link {
    fn new(store: Store, links: Links, source: SourceId, helpdesk: Arc<dyn Helpdesk>, clock: Clock) -> Link {
        let (nudge, looks, estimate) = (Arc::default(), Arc::default(), Estimate::default());
        Link { store, links, source, helpdesk, clock, nudge, looks, estimate, failures: 0 }
    }

    async fn run(mut self, stop: CancellationToken) {
        let _never = stop.run_until_cancelled(self.serve()).await;
        self.looks.fail(&not_running());
        self.hang_up().await;
        self.say(LinkPhase::Paused);
    }

    /// Ends the connection, whatever that does.
    async fn hang_up(&self) {
        let _told_where_it_broke = guarded(self.helpdesk.disconnect().map(Ok)).await;
    }

    /// Goes on until it is cancelled.
    async fn serve(&mut self) {
        self.say(LinkPhase::Connecting);
        loop {
            match guarded(self.catch_up_and_wait()).await {
                Ok(()) => self.failures = 0,
                Err(fault) => self.rest_after(fault).await,
            }
        }
    }

    async fn catch_up_and_wait(&mut self) -> Result<(), RemoteError> {
        self.catch_up().await?;
        let (nudge, helpdesk) = (self.nudge.clone(), self.helpdesk.clone());
        tokio::select! {
            wake = helpdesk.wait(PATIENCE) => wake.map(drop),
            () = nudge.notified() => Ok(()),
        }
    }

    /// Pulls until the source has nothing more; answers how many messages were new.
    async fn catch_up(&mut self) -> Result<u32, RemoteError> {
        let blobs = StoreBlobs(self.store.clone());
        let mut cursor = self.store.cursor(self.source).await.map_err(|e| local(&e))?;
        let (mut new_messages, mut insisted, mut pulled) = (0, 0, None);
        loop {
            let page = match pulled.take() {
                Some(page) => page?,
                None => {
                    if self.looks.begin() {
                        self.helpdesk.look_anew();
                        insisted = 0;
                    }
                    self.helpdesk.pull(cursor.as_ref(), &blobs).await?
                }
            };
            let brought;
            (brought, pulled) = join(self.apply(&page, cursor.as_ref()), self.pull_ahead(&page)).await;
            let brought = brought?;
            if brought > 0 {
                self.failures = 0;
            }
            new_messages += brought;
            self.report(&page);
            if page.fresh {
                self.looks.succeed();
            }
            cursor = Some(page.cursor);
            if !page.more && !self.insist(&mut insisted)? {
                return Ok(new_messages);
            }
        }
    }

    /// The page after `page`, which is not stored yet: should that fail, this one is dropped and made again. `None` while somebody waits for
    /// a look, which begins with a pull of its own.
    async fn pull_ahead(&self, page: &Page) -> Option<Result<Page, RemoteError>> {
        if !page.more || !self.looks.is_idle() {
            return None;
        }
        let (helpdesk, cursor, blobs) =
            (self.helpdesk.clone(), page.cursor.clone(), StoreBlobs(self.store.clone()));
        // Beside the storing rather than in turn with it: both work hard.
        let pull = tokio::spawn(async move { helpdesk.pull(Some(&cursor), &blobs).await });
        match AbortOnDropHandle::new(pull).await {
            Ok(page) => Some(page),
            Err(ended) => ended.try_into_panic().map_or(None, |panic| resume_unwind(panic)),
        }
    }

    /// Whether to ask again though there is nothing more: somebody waits to know what is new, and the source has not told all of it.
    fn insist(&self, insisted: &mut u32) -> Result<bool, RemoteError> {
        if !self.looks.under_way() {
            return Ok(false);
        }
        *insisted += 1;
        if *insisted > INSISTENCE {
            return Err(RemoteError::transient(
                Problem::new(ProblemCode::Internal).with("detail", "not fresh"),
            ));
        }
        self.helpdesk.look_anew();
        Ok(true)
    }

    async fn apply(&self, page: &Page, before: Option<&Cursor>) -> Result<u32, RemoteError> {
        if page.changes.is_empty() && before == Some(&page.cursor) {
            return Ok(0);
        }
        let filling = page.filling.map(|f| (f.done, f.total));
        let applied =
            self.store.apply(self.source, &page.changes, &page.cursor, filling, (self.clock)()).await;
        applied.map(|applied| applied.new_messages).map_err(|e| local(&e))
    }

    fn report(&mut self, page: &Page) {
        let now = (self.clock)();
        match page.filling.filter(|_| page.more) {
            Some(filling) => {
                let seconds_left = self.estimate.update(now, filling.done, filling.total);
                self.say(LinkPhase::Filling { done: filling.done, total: filling.total, seconds_left });
            }
            None if !page.more => {
                let live = LinkPhase::Live { pushed: self.helpdesk.pushes() };
                self.links.set(self.source, live, Some(now));
            }
            None => {}
        }
    }

    /// Says what went wrong and waits for the time to try again, or for a person.
    async fn rest_after(&mut self, fault: RemoteError) {
        self.failures = self.failures.saturating_add(1);
        self.looks.fail(&fault.problem);
        self.hang_up().await;
        let now = (self.clock)();
        let retry_at = backoff::delay(fault.retry, self.failures, backoff::share(now))
            .map(|delay| now.plus(i64::try_from(delay.as_millis()).unwrap_or(i64::MAX)));
        tracing::warn!(
            source = self.source.0,
            code = fault.problem.code.as_str(),
            failures = self.failures,
            "A link to a source failed."
        );
        self.say(match (fault.retry, retry_at) {
            (Retry::Offline, Some(retry_at_ms)) => LinkPhase::Offline { retry_at_ms },
            (_, Some(retry_at_ms)) => LinkPhase::Retrying { problem: fault.problem, retry_at_ms },
            (_, None) => LinkPhase::Stopped { problem: fault.problem },
        });
        self.wait_until(retry_at).await;
        self.say(LinkPhase::Connecting);
    }

    /// Until the wall clock says so, or somebody asks to look now; without a time, only the latter.
    async fn wait_until(&self, at: Option<Millis>) {
        let from = (self.clock)();
        let due = async {
            // A clock that is set back must not make the wait longer.
            while at.is_none_or(|at| (from..at).contains(&(self.clock)())) {
                let left = at.map_or(GLANCE, |at| {
                    Duration::from_millis(u64::try_from(at.since((self.clock)())).unwrap_or(0))
                });
                tokio::time::sleep(left.min(GLANCE)).await;
            }
        };
        tokio::select! {
            () = due => {}
            () = self.nudge.notified() => {}
        }
    }

    fn say(&self, phase: LinkPhase) {
        self.links.set(self.source, phase, None);
    }
}

/// A panic inside of a link is a fault like any other: it is said, and the link goes on after a rest. The panic hook has told where it was.
async fn guarded<T>(work: impl Future<Output = Result<T, RemoteError>>) -> Result<T, RemoteError> {
    // What a panic leaves half done is gone with the connection, or was never committed.
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_panic| {
        tracing::error!("A link to a source broke off in the middle of its work.");
        Err(RemoteError::transient(Problem::new(ProblemCode::Internal).with("detail", "link")))
    })
}

/// A fault of this machine's own store: try again, since a full disk may be emptied.
fn local(error: &store::StoreError) -> RemoteError {
    RemoteError::transient(error.problem())
}
