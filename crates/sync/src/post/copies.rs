//! Copies for the folder of sent mail. The reply itself has arrived and stands on its ticket: a copy that can't be filed is tried again for a
//! while, then told once and let be.

use model::{OutboxId, Problem, ProblemCode, outgoing::OutboxEntry};
use remote::{RemoteError, Retry};

use super::{Sender, told, unbroken, unless_gone};

/// How often a copy is tried before it is given up; a missing line does not count.
const MOST_TRIES: u32 = 8;

impl Sender {
    /// Files a copy that is due; whether there was one.
    pub(super) async fn file_next(&mut self) -> Result<bool, Problem> {
        let due = self.store.copies_due(self.source, self.now()).await.map_err(told)?;
        let Some(entry) = due.into_iter().next() else { return Ok(false) };
        match self.unless_stopped(self.file(&entry)).await {
            None => {}
            Some(Ok(())) => {
                self.copies_failed.remove(&entry.id);
                unless_gone(self.store.copy_filed(entry.id, self.now()).await)?;
            }
            Some(Err(error)) => self.not_filed(entry.id, &error).await?,
        }
        Ok(true)
    }

    async fn file(&self, entry: &OutboxEntry) -> Result<(), RemoteError> {
        let mail = self.pack(&entry.outgoing).await.map_err(RemoteError::permanent)?;
        tracing::trace!(outbox = entry.id.0, "A copy is given to the courier.");
        let filed = unbroken(self.courier.file(&entry.outgoing, &mail)).await;
        tracing::trace!(outbox = entry.id.0, "The courier is done with a copy.");
        filed.unwrap_or_else(|| Err(RemoteError::transient(Problem::new(ProblemCode::Internal))))
    }

    async fn not_filed(&mut self, id: OutboxId, error: &RemoteError) -> Result<(), Problem> {
        let tries = self.copies_failed.entry(id).or_default();
        *tries += u32::from(error.retry != Retry::Offline);
        let tries = *tries;
        if tries >= MOST_TRIES {
            return self.give_up_copy(id, error).await;
        }
        // What a person must mend is mended while the copy waits.
        let retry =
            if error.retry == Retry::Permanent { Retry::Transient { after: None } } else { error.retry };
        let at = self.later(retry, tries.max(1)).unwrap_or(self.now());
        tracing::info!(
            outbox = id.0,
            code = error.problem.code.as_str(),
            tries,
            "A copy of a sent mail is filed later."
        );
        unless_gone(self.store.copy_failed(id, at, self.now()).await)
    }

    async fn give_up_copy(&mut self, id: OutboxId, error: &RemoteError) -> Result<(), Problem> {
        tracing::warn!(
            outbox = id.0,
            code = error.problem.code.as_str(),
            "A copy of a sent mail is not filed."
        );
        unless_gone(self.store.copy_filed(id, self.now()).await)?;
        self.copies_failed.remove(&id);
        let host = error.problem.params.get("host").cloned().unwrap_or_default();
        let _nobody_listens = self.notices.send(Problem::new(ProblemCode::CopyNotFiled).with("host", host));
        Ok(())
    }
}
