//! One source's link: pull, apply, wait, and what to do when that fails. Dull on purpose: the adapter decides what to fetch and
//! what an error means, the store decides what rows become, `backoff` decides how long to wait.
//!
//! Stopped or killed at any await, it goes on from the last committed cursor and repeats at most one page.

use std::{sync::Arc, time::Duration};

use model::{LinkPhase, Millis, Problem, SourceId, incoming::Cursor};
use remote::{Helpdesk, Page, RemoteError, Retry};
use store::Store;
use tokio::{sync::Notify, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{Links, StoreBlobs, backoff, estimate::Estimate};

/// The time as the machine tells it.
pub type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;

/// How long an adapter may wait before the engine looks again by itself: a push tells of the inbox alone, and a colleague answers in another folder.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a wait looks at the wall clock, to notice a laptop that slept.
const GLANCE: Duration = Duration::from_secs(5);

/// What [`Engine::run_once`] brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Finished {
    pub new_messages: u32,
}

/// A running link. Dropping it does not stop it; [`Engine::stop`] does.
pub struct Engine {
    stop: CancellationToken,
    nudge: Arc<Notify>,
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
        let (stop, nudge) = (CancellationToken::new(), Arc::new(Notify::new()));
        let link = Link::new(store, links, source, helpdesk, clock, nudge.clone());
        let stopped = stop.clone();
        let task = tokio::spawn(async move { link.run(stopped).await });
        Engine { stop, nudge, task }
    }

    /// Looks at the source now, whatever it is waiting for.
    pub fn nudge(&self) {
        self.nudge.notify_one();
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
        let mut link = Link::new(store, links, source, helpdesk, clock, Arc::default());
        let outcome = link.catch_up().await;
        link.helpdesk.disconnect().await;
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
    estimate: Estimate,
    failures: u32,
}

impl Link {
    fn new(
        store: Store,
        links: Links,
        source: SourceId,
        helpdesk: Arc<dyn Helpdesk>,
        clock: Clock,
        nudge: Arc<Notify>,
    ) -> Link {
        Link { store, links, source, helpdesk, clock, nudge, estimate: Estimate::default(), failures: 0 }
    }

    async fn run(mut self, stop: CancellationToken) {
        let stopped = stop.run_until_cancelled(self.serve()).await;
        if stopped.is_none() {
            self.helpdesk.disconnect().await;
            self.say(LinkPhase::Paused);
        }
    }

    /// Goes on until it is cancelled.
    async fn serve(&mut self) {
        self.say(LinkPhase::Connecting);
        loop {
            match self.catch_up_and_wait().await {
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
        let mut new_messages = 0;
        loop {
            let page = self.helpdesk.pull(cursor.as_ref(), &blobs).await?;
            let brought = self.apply(&page, cursor.as_ref()).await?;
            if brought > 0 {
                self.failures = 0;
            }
            new_messages += brought;
            self.report(&page);
            cursor = Some(page.cursor);
            if !page.more {
                return Ok(new_messages);
            }
        }
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
        self.helpdesk.disconnect().await;
        let now = (self.clock)();
        let retry_at = backoff::delay(fault.retry, self.failures, share(now))
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

/// A share between 0 and 1 that differs from desk to desk and from moment to moment.
fn share(now: Millis) -> f64 {
    (now.0.rem_euclid(1_000)) as f64 / 1_000.0
}

/// A fault of this machine's own store: try again, since a full disk may be emptied.
fn local(error: &store::StoreError) -> RemoteError {
    RemoteError::transient(error.problem())
}
