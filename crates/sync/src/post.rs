//! One source's way out: what is due leaves, one mail at a time. Dull on purpose: the store decides what is due, the courier decides what
//! an error means, `backoff` decides how long to wait.
//!
//! Promises: the attempt is counted, and the moment from which nobody could tell is on disk, before either happens; a mail whose fate is not
//! known is never sent again from here; what became of an attempt is kept until the store has it; a mail that waits holds up none of another
//! ticket. Before a reply goes, its source was looked at. Never: a recipient, subject or text in a log; a mail changed on its way.
//!
//! `delivery` one mail from due to settled · `crossing` the threshold · `parcel` mail to bytes and back · `copies` the folder of sent mail ·
//! `waiting` until when.

mod copies;
mod crossing;
mod delivery;
mod parcel;
mod waiting;

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Duration,
};

use futures::{FutureExt as _, future::BoxFuture};
use model::{
    Address, Millis, OutboxId, Problem, ProblemCode, SourceId,
    outgoing::{OutboxState, OutgoingKind},
};
use remote::{Courier, Retry};
use store::{Store, StoreError};
use tokio::{
    sync::{Notify, broadcast},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use self::delivery::Settlement;
use crate::{Clock, backoff};

/// How often the end of a sender tries to tell the store what became of its last attempt.
const LAST_TRIES: u32 = 3;

/// Looks at the source now; `Ok` once everything new there is stored. Made from [`crate::Engine::look`].
pub type Look = Arc<dyn Fn() -> BoxFuture<'static, Result<(), Problem>> + Send + Sync>;

/// A source's outbox at work. Dropping it does not stop it; [`Post::stop`] does. One per source at any time.
pub struct Post {
    stop: CancellationToken,
    nudge: Arc<Notify>,
    notices: broadcast::Sender<Problem>,
    task: JoinHandle<()>,
}

impl Post {
    /// `own`: the addresses of the mailbox itself.
    pub fn start(
        store: Store,
        source: SourceId,
        courier: Arc<dyn Courier>,
        look: Look,
        own: Vec<String>,
        clock: Clock,
    ) -> Post {
        let (stop, nudge, notices) =
            (CancellationToken::new(), Arc::<Notify>::default(), broadcast::channel(16).0);
        let own = own.iter().map(|email| Address::new("", email).key()).collect();
        let sender = Sender {
            store,
            source,
            courier,
            look,
            own,
            clock,
            stop: stop.clone(),
            nudge: nudge.clone(),
            notices: notices.clone(),
            unsettled: None,
            attempting: None,
            just_started: true,
            nudged: false,
            for_the_line: BTreeSet::new(),
            looks_failed: 0,
            copies_failed: BTreeMap::new(),
            faults: 0,
        };
        Post { stop, nudge, notices, task: tokio::spawn(sender.run()) }
    }

    /// The line is back, or somebody presses "send now": what only waits for the line is tried at once.
    pub fn nudge(&self) {
        self.nudge.notify_one();
    }

    /// What a person should know though no reply is in question: a copy that could not be filed. Told once for each.
    pub fn notices(&self) -> broadcast::Receiver<Problem> {
        self.notices.subscribe()
    }

    /// Ends the sending. A mail that is being handed over is waited for, half a minute at most; nothing else is.
    pub async fn stop(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(panicked = error.is_panic(), "The sender of a source did not end by itself.");
        }
    }
}

struct Sender {
    store: Store,
    source: SourceId,
    courier: Arc<dyn Courier>,
    look: Look,
    /// Keys of the mailbox's own addresses.
    own: BTreeSet<String>,
    clock: Clock,
    stop: CancellationToken,
    nudge: Arc<Notify>,
    notices: broadcast::Sender<Problem>,
    /// What became of the last attempt, until the store has it.
    unsettled: Option<Settlement>,
    /// The mail whose attempt has begun, until it is settled.
    attempting: Option<OutboxId>,
    just_started: bool,
    nudged: bool,
    /// Mails that wait for nothing but the line.
    for_the_line: BTreeSet<OutboxId>,
    /// Looks that failed in a row.
    looks_failed: u32,
    copies_failed: BTreeMap<OutboxId, u32>,
    /// Rounds that failed in a row.
    faults: u32,
}

impl Sender {
    async fn run(mut self) {
        let mut commits = self.store.commits();
        while !self.stop.is_cancelled() {
            match unbroken(self.round()).await.unwrap_or_else(|| Err(broke_off())) {
                Ok(until) => {
                    self.faults = 0;
                    self.wait(until, Some(&mut commits)).await;
                }
                Err(problem) => {
                    let until = self.rest_after(&problem);
                    self.wait(until, None).await;
                }
            }
        }
        self.last_words().await;
    }

    /// Does everything that is due; answers when something will be.
    async fn round(&mut self) -> Result<Option<Millis>, Problem> {
        self.settle().await?;
        self.tidy().await?;
        self.forget_acknowledgements().await?;
        self.hurry().await?;
        while !self.stop.is_cancelled() {
            if !self.file_next().await? && !self.send_next().await? {
                return self.next_at().await;
            }
        }
        Ok(None)
    }

    async fn next_at(&self) -> Result<Option<Millis>, Problem> {
        let mail = self.store.next_outgoing_at(self.source, self.now()).await.map_err(told)?;
        let copy = self.store.next_copy_at(self.source).await.map_err(told)?;
        Ok(mail.into_iter().chain(copy).min())
    }

    /// Ends an attempt of this sender that was cut off: what was never handed over waits again, what perhaps was waits before a person. What
    /// others left behind is put in order when the workspace is opened, never here, where somebody may still be at it.
    async fn tidy(&mut self) -> Result<(), Problem> {
        let Some(id) = self.attempting else { return Ok(()) };
        let (entry, now) = (self.store.outbox_entry(id).await.map_err(told)?, self.now());
        match entry.map(|entry| (entry.state, entry.problem)) {
            Some((OutboxState::Sending, problem)) => {
                let problem = problem.unwrap_or_else(interrupted);
                unless_gone(self.store.postpone(id, problem, now, now).await)?;
            }
            Some((OutboxState::HandingOver, _)) => {
                let problem = Problem::new(ProblemCode::OutcomeUnknown).with("host", "");
                unless_gone(self.store.outcome_unknown(id, problem, now).await)?;
            }
            _ => {}
        }
        self.attempting = None;
        Ok(())
    }

    /// Acknowledgements of which nobody knows whether they arrived are of no interest to anybody.
    async fn forget_acknowledgements(&mut self) -> Result<(), Problem> {
        if !std::mem::take(&mut self.just_started) {
            return Ok(());
        }
        for entry in self.store.outbox().await.map_err(told)?.into_iter().map(|row| row.entry) {
            let robot = entry.outgoing.kind == OutgoingKind::Acknowledgement;
            if robot && entry.source == self.source && entry.state == OutboxState::Unknown {
                self.forgo(entry.id).await?;
            }
        }
        Ok(())
    }

    /// After a nudge: what waits for nothing but the line is due now.
    async fn hurry(&mut self) -> Result<(), Problem> {
        if !std::mem::take(&mut self.nudged) {
            return Ok(());
        }
        while let Some(id) = self.for_the_line.pop_first() {
            let entry = self.store.outbox_entry(id).await.map_err(told)?;
            if entry.is_some_and(|entry| entry.state == OutboxState::Waiting) {
                unless_gone(self.store.release_from(id, OutboxState::Waiting, self.now()).await)?;
            }
        }
        Ok(())
    }

    /// What the last attempt came to must not be lost with the sender.
    async fn last_words(mut self) {
        for _ in 0..LAST_TRIES {
            if self.settle().await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        tracing::error!(
            source = self.source.0,
            "What became of a mail could not be kept; a person is asked about it."
        );
    }

    /// Until when to rest after a round that failed: a full disk may be emptied.
    fn rest_after(&mut self, problem: &Problem) -> Option<Millis> {
        self.faults = self.faults.saturating_add(1);
        tracing::error!(
            source = self.source.0,
            code = problem.code.as_str(),
            failures = self.faults,
            "The outbox of a source could not be worked through."
        );
        self.later(Retry::Transient { after: None }, self.faults)
    }

    /// When to try again; `None` when only a person can help.
    fn later(&self, retry: Retry, failures: u32) -> Option<Millis> {
        let now = self.now();
        let delay = backoff::delay(retry, failures, backoff::share(now))?;
        Some(now.plus(i64::try_from(delay.as_millis()).unwrap_or(i64::MAX)))
    }

    fn now(&self) -> Millis {
        (self.clock)()
    }

    /// `None` when the sender is to end first; what `work` was doing is dropped.
    async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.stop.run_until_cancelled(work).await
    }
}

/// Why an attempt that was cut off before anything was handed over waits again.
fn interrupted() -> Problem {
    Problem::new(ProblemCode::LineDropped).with("host", "")
}

fn broke_off() -> Problem {
    Problem::new(ProblemCode::Internal).with("detail", "post")
}

/// A fault of this machine's own store.
fn told(error: StoreError) -> Problem {
    error.problem()
}

/// A person may have taken the mail out of the outbox meanwhile, or it has turned out to be sent: then there is nothing to do.
fn unless_gone<T>(done: Result<T, StoreError>) -> Result<(), Problem> {
    match done {
        Ok(_) | Err(StoreError::NotFound(_) | StoreError::Refused(_)) => Ok(()),
        Err(error) => Err(told(error)),
    }
}

/// `None` after a panic, which is a fault like any other: the panic hook has told where it was.
async fn unbroken<T>(work: impl Future<Output = T>) -> Option<T> {
    // What a panic leaves half done is in the store's hands: a transaction not committed, a row that says how far it got.
    let done = AssertUnwindSafe(work).catch_unwind().await.ok();
    if done.is_none() {
        tracing::error!("The sender of a source broke off in the middle of its work.");
    }
    done
}
