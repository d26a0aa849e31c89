//! One mail, from due to settled: the look or the claim, the attempt, the handing over, and what became of it.

use std::{pin::pin, time::Duration};

use model::{
    Millis, OutboxId, Problem, ProblemCode,
    incoming::Incoming,
    outgoing::{OutboxEntry, OutgoingKind},
};
use remote::{Claim, RemoteError, Retry, Undelivered};
use store::Begun;

use super::{Sender, crossing::Crossing, interrupted, told, unbroken, unless_gone};

/// How long a look may take before the reply waits instead.
const LOOKING: Duration = Duration::from_secs(60);
/// How long the end waits for a mail that is being handed over.
const LAST_WORDS: Duration = Duration::from_secs(30);
/// An acknowledgement that could not leave for this long is of no use to anybody.
const STALE_ACKNOWLEDGEMENT_MS: i64 = Millis::HOUR;
/// How long to wait when a person must act before the source can be looked at: they bring the line back, which is told.
const FOR_A_PERSON_MS: i64 = Millis::HOUR;

/// What became of an attempt.
pub(super) struct Settlement {
    id: OutboxId,
    kind: OutgoingKind,
    outcome: Outcome,
}

enum Outcome {
    Delivered(Option<Box<Incoming>>),
    Postponed(Problem, Millis),
    Stopped(Problem),
    Unknown(Problem),
}

impl Sender {
    /// Takes the next mail that is due as far as it gets; whether there was one.
    pub(super) async fn send_next(&mut self) -> Result<bool, Problem> {
        let due = self.store.next_outgoing(self.source, self.now()).await.map_err(told)?;
        let Some(entry) = due else { return Ok(false) };
        tracing::trace!(outbox = entry.id.0, "A mail is due.");
        let may_go = match entry.outgoing.kind {
            OutgoingKind::Reply => self.guard().await?,
            OutgoingKind::Acknowledgement => self.claim(&entry).await?,
        };
        if may_go {
            self.attempt(&entry).await?;
        }
        Ok(true)
    }

    /// Looks at the source, so that the attempt compares with what is there now.
    async fn guard(&mut self) -> Result<bool, Problem> {
        match self.unless_stopped(self.looked()).await {
            None => Ok(false),
            Some(Ok(())) => {
                tracing::trace!(source = self.source.0, "The source was looked at.");
                self.looks_failed = 0;
                Ok(true)
            }
            Some(Err(problem)) => self.hold_up(&problem).await.map(|()| false),
        }
    }

    async fn looked(&self) -> Result<(), Problem> {
        let too_slow = || Problem::new(ProblemCode::LineDropped).with("host", "");
        match unbroken(async { tokio::time::timeout(LOOKING, (self.look)()).await }).await {
            Some(looked) => looked.unwrap_or_else(|_| Err(too_slow())),
            None => Err(Problem::new(ProblemCode::Internal).with("detail", "look")),
        }
    }

    /// A source that can't be looked at holds up all replies that are due, not only the first.
    async fn hold_up(&mut self, problem: &Problem) -> Result<(), Problem> {
        self.looks_failed = self.looks_failed.saturating_add(1);
        tracing::info!(
            source = self.source.0,
            code = problem.code.as_str(),
            failures = self.looks_failed,
            "Replies wait, since their source can't be looked at."
        );
        let now = self.now();
        let retry = retry_of_look(problem.code);
        let at = self.later(retry, self.looks_failed).unwrap_or(now.plus(FOR_A_PERSON_MS));
        while let Some(entry) = self.store.next_outgoing(self.source, now).await.map_err(told)? {
            if entry.outgoing.kind == OutgoingKind::Acknowledgement {
                break;
            }
            unless_gone(self.store.postpone(entry.id, unreadable(problem), at, now).await)?;
            // Whatever kept the source from being read, the line's coming back ends it.
            self.for_the_line.insert(entry.id);
        }
        Ok(())
    }

    /// Whether this desk is the one to acknowledge; the acknowledgement is dropped when it is not.
    async fn claim(&mut self, entry: &OutboxEntry) -> Result<bool, Problem> {
        if self.now().since(entry.queued_at_ms) > STALE_ACKNOWLEDGEMENT_MS {
            return self.forgo(entry.id).await;
        }
        // It was claimed before its first attempt.
        if entry.attempts > 0 {
            return Ok(true);
        }
        let place = self.store.outgoing_claim(entry.id).await.map_err(told)?;
        let Some(place) = place else { return self.forgo(entry.id).await };
        let claimed = self.unless_stopped(unbroken(self.courier.claim(&place))).await;
        match claimed.map(|claimed| claimed.unwrap_or_else(|| Err(broken()))) {
            None => Ok(false),
            Some(Ok(Claim::Won)) => Ok(true),
            Some(Ok(Claim::Lost | Claim::CannotTell)) => self.forgo(entry.id).await,
            Some(Err(error)) => self.claim_later(entry.id, error).await,
        }
    }

    async fn claim_later(&mut self, id: OutboxId, error: RemoteError) -> Result<bool, Problem> {
        self.looks_failed = self.looks_failed.saturating_add(1);
        let Some(at) = self.later(error.retry, self.looks_failed) else { return self.forgo(id).await };
        unless_gone(self.store.postpone(id, error.problem, at, self.now()).await)?;
        if error.retry == Retry::Offline {
            self.for_the_line.insert(id);
        }
        Ok(false)
    }

    /// Nobody waits for this acknowledgement.
    pub(super) async fn forgo(&self, id: OutboxId) -> Result<bool, Problem> {
        tracing::info!(outbox = id.0, "An acknowledgement is not sent.");
        unless_gone(self.store.drop_outgoing(id, self.now()).await).map(|()| false)
    }

    async fn attempt(&mut self, due: &OutboxEntry) -> Result<(), Problem> {
        self.attempting = Some(due.id);
        match self.store.begin_attempt(due.id, self.now()).await.map_err(told)? {
            Begun::Gone => {
                self.attempting = None;
                Ok(())
            }
            Begun::News => {
                self.attempting = None;
                tracing::info!(
                    outbox = due.id.0,
                    "A reply waits for a person, since somebody wrote meanwhile."
                );
                Ok(())
            }
            Begun::Go(entry) => {
                self.for_the_line.remove(&entry.id);
                let outcome = self.deliver(&entry).await;
                let (id, kind) = (entry.id, entry.outgoing.kind);
                self.unsettled = Some(Settlement { id, kind, outcome });
                self.settle().await
            }
        }
    }

    async fn deliver(&mut self, entry: &OutboxEntry) -> Outcome {
        let mail = match self.pack(&entry.outgoing).await {
            Ok(mail) => mail,
            Err(problem) => return Outcome::Stopped(problem),
        };
        // Before it leaves: between the server's word and the store nothing may take its time.
        let as_copied = self.read_back(&entry.outgoing, &mail).await;
        match self.hand_over(entry, &mail).await {
            Ok(()) => Outcome::Delivered(as_copied.map(Box::new)),
            Err(Undelivered::Unknown(problem)) => Outcome::Unknown(problem),
            Err(Undelivered::NotSent(error)) => self.not_sent(entry, error),
        }
    }

    fn not_sent(&mut self, entry: &OutboxEntry, error: RemoteError) -> Outcome {
        if self.stop.is_cancelled() {
            return Outcome::Postponed(error.problem, self.now());
        }
        let Some(at) = self.later(error.retry, entry.attempts) else {
            return Outcome::Stopped(error.problem);
        };
        if error.retry == Retry::Offline {
            self.for_the_line.insert(entry.id);
        }
        Outcome::Postponed(error.problem, at)
    }

    /// Hands the mail over. At the end of the sender what has crossed the threshold is waited for, and nothing else.
    async fn hand_over(&self, entry: &OutboxEntry, mail: &[u8]) -> Result<(), Undelivered> {
        let crossing = Crossing::new(self.store.clone(), entry.id, self.clock.clone());
        let unknown = || Undelivered::Unknown(Problem::new(ProblemCode::OutcomeUnknown).with("host", ""));
        tracing::trace!(outbox = entry.id.0, "A mail is given to the courier.");
        let mut delivery = pin!(unbroken(self.courier.deliver(&entry.outgoing, mail, &crossing)));
        let done = match self.unless_stopped(delivery.as_mut()).await {
            Some(done) => done,
            None if crossing.crossed() => {
                tokio::time::timeout(LAST_WORDS, delivery).await.unwrap_or_else(|_| Some(Err(unknown())))
            }
            None => Some(Err(Undelivered::NotSent(stopped(entry)))),
        };
        tracing::trace!(outbox = entry.id.0, "The courier is done with a mail.");
        match done {
            Some(done) => done,
            None if crossing.crossed() => Err(unknown()),
            None => Err(Undelivered::NotSent(broken())),
        }
    }

    /// Tells the store what became of the last attempt, if it has not heard yet.
    pub(super) async fn settle(&mut self) -> Result<(), Problem> {
        let Some(Settlement { id, kind, outcome }) = &self.unsettled else { return Ok(()) };
        let (id, kind, now) = (*id, *kind, self.now());
        let settled = match outcome {
            Outcome::Delivered(mail) => self.store.delivered(id, mail.as_deref(), now).await,
            Outcome::Postponed(problem, at) => self.store.postpone(id, problem.clone(), *at, now).await,
            Outcome::Stopped(problem) => self.store.stop_outgoing(id, problem.clone(), now).await,
            Outcome::Unknown(problem) => self.store.outcome_unknown(id, problem.clone(), now).await,
        };
        unless_gone(settled)?;
        tell_outcome(id, outcome);
        let wanted =
            kind == OutgoingKind::Reply || matches!(outcome, Outcome::Delivered(_) | Outcome::Postponed(..));
        (self.unsettled, self.attempting) = (None, None);
        if wanted { Ok(()) } else { self.forgo(id).await.map(drop) }
    }
}

fn tell_outcome(id: OutboxId, outcome: &Outcome) {
    let outbox = id.0;
    match outcome {
        Outcome::Delivered(_) => tracing::info!(outbox, "A mail left."),
        Outcome::Postponed(problem, _) => {
            tracing::info!(outbox, code = problem.code.as_str(), "A mail did not leave; it is tried again.");
        }
        Outcome::Stopped(problem) => {
            tracing::warn!(
                outbox,
                code = problem.code.as_str(),
                "A mail did not leave; it waits for a person."
            );
        }
        Outcome::Unknown(problem) => {
            tracing::warn!(
                outbox,
                code = problem.code.as_str(),
                "Nobody knows whether a mail arrived; it waits for a person."
            );
        }
    }
}

/// The sender ended before anything was handed over: the mail keeps the reason it had.
fn stopped(entry: &OutboxEntry) -> RemoteError {
    RemoteError { retry: Retry::Offline, problem: entry.problem.clone().unwrap_or_else(interrupted) }
}

/// A courier that panicked before it handed anything over.
fn broken() -> RemoteError {
    RemoteError::transient(Problem::new(ProblemCode::Internal).with("detail", "courier"))
}

/// The reason a reply waits for its source to be readable, with what keeps it from being so.
fn unreadable(problem: &Problem) -> Problem {
    let host = problem.params.get("host").cloned().unwrap_or_default();
    let unreadable =
        Problem::new(ProblemCode::GuardUnreadable).with("host", host).with("why", problem.code.as_str());
    Problem { cause: problem.cause.clone(), ..unreadable }
}

/// What looking again could bring: a look tells its reason as a code.
fn retry_of_look(code: ProblemCode) -> Retry {
    match code {
        ProblemCode::HostUnknown | ProblemCode::Unreachable | ProblemCode::LineDropped => Retry::Offline,
        // Asking again with the same wrong password locks accounts; and a link that does not run is started by a person.
        ProblemCode::PasswordRefused
        | ProblemCode::AuthorisationExpired
        | ProblemCode::CertificateRefused
        | ProblemCode::EncryptionRefused
        | ProblemCode::SecretMissing
        | ProblemCode::NotFound => Retry::Permanent,
        _ => Retry::Transient { after: None },
    }
}
