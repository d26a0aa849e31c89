//! What a person changes: each validated here, written by the store in one transaction, and answered with its place in the change log.

use model::{CustomerId, Millis, Priority, Problem, ProblemCode, Seq, Status, Tag, TagId, TicketId, Tier};
use store::{Edited, StoreError};

use crate::{
    Desk,
    dto::{Changed, TicketsChanged},
};

/// The most tickets one call may change.
const MOST_TICKETS: usize = 5_000;
/// The longest note, in bytes.
const LONGEST_NOTE: usize = 200_000;

pub(crate) fn invalid(field: &str) -> Problem {
    Problem::new(ProblemCode::Invalid).with("field", field)
}

pub(crate) fn changed(seq: Result<Seq, StoreError>) -> Result<Changed, Problem> {
    seq.map(|seq| Changed { seq }).map_err(|e| e.problem())
}

fn some(tickets: Vec<TicketId>) -> Result<Vec<TicketId>, Problem> {
    let fits = (1..=MOST_TICKETS).contains(&tickets.len());
    fits.then_some(tickets).ok_or_else(|| invalid("tickets"))
}

fn tag_name(name: &str) -> Result<String, Problem> {
    Tag::key(name).ok_or_else(|| invalid("name"))?;
    Ok(model::text::one_line(name))
}

impl Desk {
    /// The name changes are signed with, and when they happen.
    pub(crate) async fn who_and_now(&self) -> Result<(String, Millis), Problem> {
        Ok((self.settings().await?.agent_name, self.now()))
    }

    /// Keeps what takes the change back.
    async fn tickets_changed(&self, edited: Result<Edited, StoreError>) -> Result<TicketsChanged, Problem> {
        let Edited { seq, inverse } = edited.map_err(|e| e.problem())?;
        let tickets = u32::try_from(inverse.len()).unwrap_or(u32::MAX);
        Ok(TicketsChanged { seq, tickets, undo: self.undos.lock().await.keep(inverse) })
    }

    pub async fn set_status(
        &self,
        tickets: Vec<TicketId>,
        status: Status,
    ) -> Result<TicketsChanged, Problem> {
        let (tickets, (who, now)) = (some(tickets)?, self.who_and_now().await?);
        if status != Status::Open {
            self.withdraw_notices(&tickets);
        }
        self.tickets_changed(self.store.set_status(&tickets, status, &who, now).await).await
    }

    pub async fn set_priority(
        &self,
        tickets: Vec<TicketId>,
        priority: Priority,
    ) -> Result<TicketsChanged, Problem> {
        let (tickets, (who, now)) = (some(tickets)?, self.who_and_now().await?);
        self.tickets_changed(self.store.set_priority(&tickets, priority, &who, now).await).await
    }

    pub async fn mark_read(&self, tickets: Vec<TicketId>, read: bool) -> Result<TicketsChanged, Problem> {
        self.tickets_changed(self.store.mark_read(&some(tickets)?, read, self.now()).await).await
    }

    pub async fn tag_tickets(&self, tickets: Vec<TicketId>, name: String) -> Result<TicketsChanged, Problem> {
        let (tickets, name, (who, now)) = (some(tickets)?, tag_name(&name)?, self.who_and_now().await?);
        self.tickets_changed(self.store.tag_tickets(&tickets, &name, &who, now).await).await
    }

    pub async fn untag_tickets(&self, tickets: Vec<TicketId>, tag: TagId) -> Result<TicketsChanged, Problem> {
        let (tickets, (who, now)) = (some(tickets)?, self.who_and_now().await?);
        self.tickets_changed(self.store.untag_tickets(&tickets, tag, &who, now).await).await
    }

    pub async fn tag_customer(&self, customer: CustomerId, name: String) -> Result<Changed, Problem> {
        let (name, (who, now)) = (tag_name(&name)?, self.who_and_now().await?);
        changed(self.store.tag_customer(customer, &name, &who, now).await)
    }

    pub async fn untag_customer(&self, customer: CustomerId, tag: TagId) -> Result<Changed, Problem> {
        let (who, now) = self.who_and_now().await?;
        changed(self.store.untag_customer(customer, tag, &who, now).await)
    }

    pub async fn set_tier(&self, customer: CustomerId, tier: Tier) -> Result<Changed, Problem> {
        let (who, now) = self.who_and_now().await?;
        changed(self.store.set_tier(customer, tier, &who, now).await)
    }

    pub async fn add_note(&self, ticket: TicketId, text: String) -> Result<Changed, Problem> {
        let text = text.trim();
        if text.is_empty() || text.len() > LONGEST_NOTE {
            return Err(invalid("text"));
        }
        let (who, now) = self.who_and_now().await?;
        changed(self.store.add_note(ticket, text, &who, now).await)
    }

    pub async fn note_draft(&self, ticket: TicketId) -> Result<String, Problem> {
        self.store.note_draft(ticket).await.map_err(|e| e.problem())
    }

    pub async fn keep_note_draft(&self, ticket: TicketId, text: String) -> Result<Changed, Problem> {
        changed(self.store.keep_note_draft(ticket, &text, self.now()).await)
    }

    pub async fn acknowledge(&self, ticket: TicketId) -> Result<Changed, Problem> {
        self.withdraw_notices(&[ticket]);
        let (who, now) = self.who_and_now().await?;
        changed(self.store.acknowledge(ticket, &who, now).await)
    }

    pub async fn trust_images(&self, email: String, trusted: bool) -> Result<Changed, Problem> {
        changed(self.store.trust_images(&email, trusted, self.now()).await)
    }
}
