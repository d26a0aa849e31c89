//! Sending a reply off, and what a person can do with one that has not left.

use model::{OutboxId, Problem, ProblemCode, SourceId, Status, TicketId, outgoing::Seen};

use crate::{
    Desk,
    dto::{Changed, Draft, OutboxItem, Queued, Sending},
};

fn not_yet<T>() -> Result<T, Problem> {
    Err(Problem::new(ProblemCode::Internal))
}

impl Desk {
    pub async fn send(
        &self,
        _ticket: TicketId,
        _seen: Seen,
        _then: Option<Status>,
    ) -> Result<Queued, Problem> {
        not_yet()
    }

    pub async fn outbox(&self) -> Result<Vec<OutboxItem>, Problem> {
        not_yet()
    }

    pub async fn take_back(&self, _outbox: OutboxId) -> Result<Draft, Problem> {
        not_yet()
    }

    pub async fn release(&self, _outbox: OutboxId) -> Result<Changed, Problem> {
        not_yet()
    }

    pub async fn drop_outgoing(&self, _outbox: OutboxId) -> Result<Changed, Problem> {
        not_yet()
    }

    pub async fn mark_sent(&self, _outbox: OutboxId) -> Result<Changed, Problem> {
        not_yet()
    }

    pub async fn set_sending(
        &self,
        _source: SourceId,
        _sending: Option<Sending>,
    ) -> Result<Changed, Problem> {
        not_yet()
    }

    pub async fn set_acknowledges(&self, _source: SourceId, _on: bool) -> Result<Changed, Problem> {
        not_yet()
    }
}
