//! What the sender asks and tells, source by source. Every attempt is on disk before it is made.

use model::{
    Millis, OutboxId, Problem, ProblemCode, Seq, SourceId,
    outgoing::{OutboxEntry, OutboxState, OutgoingKind, SentCopy},
};

use super::{
    rows::{self, OutboxRec},
    seen,
    steps::{Next, Step, next},
};
use crate::{
    Store,
    error::{Result, StoreError},
    ingest::OF_HOMELESS,
    work::{Durability, Work, cell::Json},
};

/// Whether an attempt may be made.
#[derive(Debug, Clone, PartialEq)]
pub enum Begun {
    /// It is counted. The content may be handed over once it is crossed.
    Go(Box<OutboxEntry>),
    /// Somebody wrote meanwhile: it waits for a person.
    News,
    /// It is not to be sent any more.
    Gone,
}

/// Mails a sender could try, each with no unsent reply of the same ticket before it, and with its ticket here.
pub(super) const CANDIDATES: &str = "SELECT o.* FROM outbox o INDEXED BY outbox_unsent \
    WHERE o.state <> 'sent' AND o.source = ? AND o.state IN ('held', 'waiting') AND o.ticket <> 0 AND NOT EXISTS \
    (SELECT 1 FROM outbox e INDEXED BY outbox_unsent_of WHERE e.ticket = o.ticket AND e.id < o.id AND e.state <> 'sent' AND e.kind = 'reply') \
    ORDER BY o.id";

pub(super) const COPIES: &str = "SELECT o.*, m.outgoing FROM outbox o INDEXED BY outbox_copy \
    CROSS JOIN outbox_mail m ON m.outbox = o.id WHERE o.state = 'sent' AND o.copy = 'due' AND o.source = ? \
    AND (o.copy_try_at_ms IS NULL OR o.copy_try_at_ms <= ?) ORDER BY o.copy_try_at_ms";

pub(super) const NEXT_COPY: &str = "SELECT coalesce(copy_try_at_ms, sent_at_ms, 0) FROM outbox INDEXED BY outbox_copy \
    WHERE state = 'sent' AND copy = 'due' AND source = ? ORDER BY copy_try_at_ms LIMIT 1";

/// When a mail goes, if it goes by itself. A clock that was set back to before the wait began can't say how much of the wait has passed:
/// then it is over.
fn due_at(row: &OutboxRec, now: Millis) -> Option<Millis> {
    let (from, until) = match row.state {
        OutboxState::Held => (Some(row.queued_at_ms), row.hold_until_ms?),
        OutboxState::Waiting => (row.postponed_at_ms, row.next_try_at_ms.unwrap_or(now)),
        _ => return None,
    };
    Some(if from > Some(now) { now } else { until })
}

impl Store {
    /// The first mail of a source that is due, never past an earlier unsent reply on the same ticket.
    pub async fn next_outgoing(&self, source: SourceId, now: Millis) -> Result<Option<OutboxEntry>> {
        let due = |row: &OutboxRec| due_at(row, now).is_some_and(|at| at <= now);
        let Some(row) = self.candidates(source).await?.into_iter().find(due) else { return Ok(None) };
        self.outbox_entry(row.id).await
    }

    /// When to ask [`Store::next_outgoing`] again; `None` when nothing goes by itself.
    pub async fn next_outgoing_at(&self, source: SourceId, now: Millis) -> Result<Option<Millis>> {
        Ok(self.candidates(source).await?.iter().filter_map(|row| due_at(row, now)).min())
    }

    async fn candidates(&self, source: SourceId) -> Result<Vec<OutboxRec>> {
        let rows = self.all(sqlx::query(CANDIDATES).bind(source.0)).await?;
        Ok(rows.iter().map(OutboxRec::read).collect::<sqlx::Result<_>>()?)
    }

    /// Counts an attempt, unless somebody wrote on the ticket since the agent last saw it. On disk when this returns.
    pub async fn begin_attempt(&self, id: OutboxId, now: Millis) -> Result<Begun> {
        let mut work = self.work(Durability::Full, now).await?;
        let begun = self.noted(work.begin_attempt(id).await)?;
        self.finish_noted(work).await?;
        Ok(begun)
    }

    /// The content is about to be handed over. On disk when this returns; when it fails, nothing may be handed over.
    pub async fn cross(&self, id: OutboxId, now: Millis) -> Result<()> {
        self.go(id, Step::Cross, now, |_| {}).await.map(drop)
    }

    /// Certainly not sent; tried again at `next_try_at`.
    pub async fn postpone(
        &self,
        id: OutboxId,
        problem: Problem,
        next_try_at: Millis,
        now: Millis,
    ) -> Result<Seq> {
        self.go(id, Step::Postpone, now, |row| {
            row.problem = Some(Json(problem));
            (row.next_try_at_ms, row.postponed_at_ms, row.hold_until_ms) =
                (Some(next_try_at), Some(now), None);
        })
        .await
    }

    /// Certainly not sent, and it can't be as it is: it waits for a person.
    pub async fn stop_outgoing(&self, id: OutboxId, problem: Problem, now: Millis) -> Result<Seq> {
        self.go(id, Step::Stop, now, |row| row.stand(problem)).await
    }

    /// Handed over, and no answer: it waits for a person.
    pub async fn outcome_unknown(&self, id: OutboxId, problem: Problem, now: Millis) -> Result<Seq> {
        self.go(id, Step::LoseTrack, now, |row| {
            row.stand(problem);
            row.postponed_at_ms = Some(now);
        })
        .await
    }

    /// Moves a mail on by a step, if there is anything to move.
    async fn go(
        &self,
        id: OutboxId,
        step: Step,
        now: Millis,
        change: impl FnOnce(&mut OutboxRec),
    ) -> Result<Seq> {
        let mut work = self.work(Durability::Full, now).await?;
        self.noted(work.step_outgoing(id, step, change).await)?;
        self.finish_noted(work).await
    }

    /// Sent mails whose copy is to be put into the folder of sent mail now.
    pub async fn copies_due(&self, source: SourceId, now: Millis) -> Result<Vec<OutboxEntry>> {
        let rows = self.all(sqlx::query(COPIES).bind(source.0).bind(now.0)).await?;
        rows.iter().map(rows::read_entry).collect()
    }

    pub async fn next_copy_at(&self, source: SourceId) -> Result<Option<Millis>> {
        let at: Option<i64> = self.one(sqlx::query_scalar(NEXT_COPY).bind(source.0)).await?;
        Ok(at.map(Millis))
    }

    /// The copy lies where it belongs. The mail's texts are let go of here; they stand on the ticket.
    pub async fn copy_filed(&self, id: OutboxId, now: Millis) -> Result<Seq> {
        let mut work = self.work(Durability::Full, now).await?;
        self.noted(work.copy_filed(id).await)?;
        self.finish_noted(work).await
    }

    pub async fn copy_failed(&self, id: OutboxId, next_try_at: Millis, now: Millis) -> Result<Seq> {
        let mut work = self.work(Durability::Full, now).await?;
        let mut row = self.noted(work.outgoing(id).await)?;
        row.copy_attempts = row.copy_attempts.saturating_add(1);
        row.copy_try_at_ms = Some(next_try_at);
        work.keep_outgoing(&row).await?;
        self.finish_noted(work).await
    }

    /// Once at the opening, before anything is sent: what was being sent when the desk ended is waiting again, or unknown if it was being
    /// handed over; what could still be taken back waits for a person. Answers how many wait so.
    pub async fn recover_outbox(&self, now: Millis) -> Result<u32> {
        let mut work = self.work(Durability::Full, now).await?;
        let held = self.noted(work.recover_outbox().await)?;
        self.finish_noted(work).await?;
        self.bring_home(now).await?;
        Ok(held)
    }

    /// The desk may have ended between the journal's word that a mail is sent and the database's: then it is not on its ticket yet.
    async fn bring_home(&self, now: Millis) -> Result<()> {
        let sources: Vec<i64> = sqlx::query_scalar(OF_HOMELESS).fetch_all(&self.inner.readers).await?;
        for source in sources.into_iter().map(SourceId) {
            let work = self.work(Durability::Full, now).await?;
            let home = work.bring_home(source).await;
            self.finish_noted(self.noted(home)?).await?;
        }
        Ok(())
    }
}

impl OutboxRec {
    /// It waits for a person, who is told why.
    pub(super) fn stand(&mut self, problem: Problem) {
        self.problem = Some(Json(problem));
        (self.hold_until_ms, self.next_try_at_ms, self.postponed_at_ms) = (None, None, None);
    }
}

pub(super) const UNSENT: &str =
    "SELECT * FROM outbox INDEXED BY outbox_unsent WHERE state <> 'sent' ORDER BY id";

impl Work {
    async fn step_outgoing(
        &mut self,
        id: OutboxId,
        step: Step,
        change: impl FnOnce(&mut OutboxRec),
    ) -> Result<()> {
        let mut row = self.outgoing(id).await?;
        match next(row.state, step) {
            // Waiting on is no news to the journal, and a line may be out for days.
            Next::To(state) if state == OutboxState::Waiting && row.state == state => {
                change(&mut row);
                return self.save_outgoing(&row).await;
            }
            Next::To(state) => row.state = state,
            Next::Stays | Next::Leaves => return Ok(()),
            Next::Refused => return Err(StoreError::Invalid("state")),
        }
        change(&mut row);
        self.keep_outgoing(&row).await
    }

    async fn begin_attempt(&mut self, id: OutboxId) -> Result<Begun> {
        let mut row = match self.outgoing(id).await {
            Err(StoreError::NotFound(_)) => return Ok(Begun::Gone),
            row => row?,
        };
        // Held without a time, it waits for a person.
        let (Next::To(state), Some(_)) = (next(row.state, Step::Begin), due_at(&row, self.now)) else {
            return Ok(Begun::Gone);
        };
        if row.message.is_some() {
            self.found_sent(&mut row).await?;
            return Ok(Begun::Gone);
        }
        if row.kind == OutgoingKind::Reply
            && seen::now(self.connection(), row.ticket).await? != row.seen()
            && let Next::To(review) = next(row.state, Step::FindNews)
        {
            row.state = review;
            (row.hold_until_ms, row.next_try_at_ms, row.postponed_at_ms, row.problem) =
                (None, None, None, None);
            self.keep_outgoing(&row).await?;
            return Ok(Begun::News);
        }
        row.state = state;
        row.attempts = row.attempts.saturating_add(1);
        row.attempted_at_ms = Some(self.now);
        (row.hold_until_ms, row.next_try_at_ms, row.postponed_at_ms) = (None, None, None);
        self.keep_outgoing(&row).await?;
        let (outgoing, _) = rows::content(self.connection(), id).await?;
        Ok(Begun::Go(Box::new(row.entry(outgoing))))
    }

    /// The source has had it all along.
    async fn found_sent(&mut self, row: &mut OutboxRec) -> Result<()> {
        let Next::To(state) = next(row.state, Step::Deliver) else { return Ok(()) };
        row.be_sent(state, self.now);
        self.keep_outgoing(row).await
    }

    async fn copy_filed(&mut self, id: OutboxId) -> Result<()> {
        let mut row = self.outgoing(id).await?;
        if row.state != OutboxState::Sent || row.copy == SentCopy::Done {
            return Ok(());
        }
        row.copy = SentCopy::Done;
        row.copy_try_at_ms = None;
        self.keep_outgoing(&row).await?;
        if row.is_done() { self.empty_outgoing(id).await } else { Ok(()) }
    }

    async fn recover_outbox(&mut self) -> Result<u32> {
        let mut held = 0;
        for mut row in self.unsent().await? {
            let was = row.clone();
            if let Next::To(state) = next(row.state, Step::Recover) {
                row.state = state;
                row.hold_until_ms = None;
            }
            if row.state == OutboxState::Unknown && was.state != OutboxState::Unknown {
                row.stand(self.about(&row, ProblemCode::OutcomeUnknown));
            }
            held += u32::from(row.state == OutboxState::Held);
            if row != was {
                self.keep_outgoing(&row).await?;
            }
        }
        Ok(held)
    }

    pub(super) async fn unsent(&mut self) -> Result<Vec<OutboxRec>> {
        let rows = sqlx::query(UNSENT).fetch_all(self.connection()).await?;
        Ok(rows.iter().map(OutboxRec::read).collect::<sqlx::Result<_>>()?)
    }

    /// A problem of a mail that the desk finds by itself: it knows the mailbox, not the server.
    pub(super) fn about(&self, row: &OutboxRec, code: ProblemCode) -> Problem {
        let address = self.sources.get(&row.source).map_or("", |facts| facts.address.as_str());
        let host = address.rsplit('@').next().unwrap_or_default();
        Problem::new(code).with("account", address).with("host", host)
    }

    /// There is no way out any more: what would have gone through it waits for a person. `told`: the journal is told, since nothing else in it says so.
    pub(crate) async fn part_with_outbox(&mut self, source: SourceId, told: bool) -> Result<()> {
        let unsent = self.unsent().await?;
        for mut row in unsent.into_iter().filter(|row| row.source == source) {
            if let Next::To(state) = next(row.state, Step::Part) {
                row.state = state;
                row.stand(self.about(&row, ProblemCode::SendingNotSetUp));
                if told {
                    self.keep_outgoing(&row).await?;
                } else {
                    self.save_outgoing(&row).await?;
                }
            }
        }
        Ok(())
    }
}
