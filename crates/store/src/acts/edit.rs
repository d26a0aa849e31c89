//! The same change of many tickets at once, with what takes it back.
//!
//! Promises: one transaction and one wait for the disk, however many tickets; a ticket that is as asked already is left as it is, and
//! is no part of what can be taken back. Never: a statement per ticket.

use std::collections::BTreeSet;

use model::{MessageId, Millis, Priority, Seq, Status, TagId, TicketId};

use super::undo::{Decision, Given, Swap};
use crate::{
    Store,
    error::{Result, StoreError},
    journal::Act,
    work::{Durability, Work},
};

/// A change of tickets that is on disk.
#[derive(Debug, Clone)]
pub struct Edited {
    pub seq: Seq,
    pub inverse: Inverse,
}

/// What takes a change back: of each ticket that it changed, what it replaced and what it put there.
#[derive(Debug, Clone)]
pub struct Inverse {
    pub(super) edit: Edit,
    pub(super) swaps: Vec<(TicketId, Swap)>,
}

impl Inverse {
    /// How many tickets were not as asked already.
    pub fn len(&self) -> usize {
        self.swaps.len()
    }

    pub fn is_empty(&self) -> bool {
        self.swaps.is_empty()
    }
}

#[derive(Debug, Clone)]
pub(super) enum Edit {
    Status(Status),
    Priority(Priority),
    Tag(String),
    Untag(String),
    Read(bool),
}

/// What a change did to tickets: acts for the journal, and what takes them back.
#[derive(Default)]
struct Done {
    acts: Vec<(TicketId, Act)>,
    swaps: Vec<(TicketId, Swap)>,
}

impl Done {
    fn add(&mut self, ticket: TicketId, act: Act, swap: Swap) {
        self.acts.push((ticket, act));
        self.swaps.push((ticket, swap));
    }
}

impl Store {
    pub async fn set_status(
        &self,
        tickets: &[TicketId],
        status: Status,
        who: &str,
        now: Millis,
    ) -> Result<Edited> {
        self.edit(tickets, Edit::Status(status), who, now).await
    }

    pub async fn set_priority(
        &self,
        tickets: &[TicketId],
        priority: Priority,
        who: &str,
        now: Millis,
    ) -> Result<Edited> {
        self.edit(tickets, Edit::Priority(priority), who, now).await
    }

    pub async fn mark_read(&self, tickets: &[TicketId], read: bool, now: Millis) -> Result<Edited> {
        self.edit(tickets, Edit::Read(read), "", now).await
    }

    /// Adds a tag, made if it is new.
    pub async fn tag_tickets(
        &self,
        tickets: &[TicketId],
        name: &str,
        who: &str,
        now: Millis,
    ) -> Result<Edited> {
        self.edit(tickets, Edit::Tag(name.to_owned()), who, now).await
    }

    pub async fn untag_tickets(
        &self,
        tickets: &[TicketId],
        tag: TagId,
        who: &str,
        now: Millis,
    ) -> Result<Edited> {
        let mut work = self.work(Durability::Full, now).await?;
        let name = work.tag_name(tag).await?;
        let inverse = self.noted(work.edit(tickets, Edit::Untag(name), who).await)?;
        Ok(Edited { seq: self.finish_noted(work).await?, inverse })
    }

    async fn edit(&self, tickets: &[TicketId], edit: Edit, who: &str, now: Millis) -> Result<Edited> {
        let mut work = self.work(Durability::Full, now).await?;
        let inverse = self.noted(work.edit(tickets, edit, who).await)?;
        Ok(Edited { seq: self.finish_noted(work).await?, inverse })
    }
}

impl Work {
    async fn edit(&mut self, tickets: &[TicketId], edit: Edit, who: &str) -> Result<Inverse> {
        let tickets: BTreeSet<TicketId> = tickets.iter().copied().collect();
        self.load_tickets(tickets.iter().copied()).await?;
        let held: Vec<(TicketId, Option<MessageId>)> =
            tickets.iter().filter_map(|id| Some((*id, self.tickets.get(id)?.now.last_message))).collect();
        if held.len() < tickets.len() {
            return Err(StoreError::NotFound("ticket"));
        }
        let done = match &edit {
            Edit::Status(status) => self.edit_status(&held, *status, who)?,
            Edit::Priority(priority) => self.edit_priority(&held, *priority, who)?,
            Edit::Tag(name) => self.edit_tag(&held, name, true, who).await?,
            Edit::Untag(name) => self.edit_tag(&held, name, false, who).await?,
            Edit::Read(read) => self.edit_read(&held, *read).await?,
        };
        self.note_for_journal(done.acts, who).await?;
        Ok(Inverse { edit, swaps: done.swaps })
    }

    fn edit_status(
        &mut self,
        held: &[(TicketId, Option<MessageId>)],
        status: Status,
        who: &str,
    ) -> Result<Done> {
        let (now, mut done) = (self.now, Done::default());
        for (id, seen) in held {
            let was = Decision::of(self.ticket(*id)?);
            if self.decide(*id, status, *seen, now, who)? {
                let is = Decision::of(self.ticket(*id)?);
                done.add(*id, Act::Status { status, seen: *seen }, Swap::Decision { was, is });
            }
        }
        Ok(done)
    }

    fn edit_priority(
        &mut self,
        held: &[(TicketId, Option<MessageId>)],
        priority: Priority,
        who: &str,
    ) -> Result<Done> {
        let (now, mut done) = (self.now, Done::default());
        for (id, _) in held {
            let was = Given::of(self.ticket(*id)?);
            if self.prioritise(*id, priority, now, who)? {
                let is = Given::of(self.ticket(*id)?);
                done.add(*id, Act::Priority { priority }, Swap::Priority { was, is });
            }
        }
        Ok(done)
    }

    async fn edit_tag(
        &mut self,
        held: &[(TicketId, Option<MessageId>)],
        name: &str,
        add: bool,
        who: &str,
    ) -> Result<Done> {
        let (now, mut done) = (self.now, Done::default());
        let tag = self.tag_of(name).await?;
        for (id, _) in held {
            let name = name.to_owned();
            if add && self.add_tag(*id, &tag, now, who)? {
                done.add(*id, Act::Tag { name }, Swap::Tag { tag: tag.id });
            } else if !add && self.remove_tag(*id, &tag, now, who)? {
                done.add(*id, Act::Untag { name }, Swap::Tag { tag: tag.id });
            }
        }
        Ok(done)
    }

    /// A mark that only moves on, past mails that were read already, is kept but is no change that anybody sees.
    async fn edit_read(&mut self, held: &[(TicketId, Option<MessageId>)], read: bool) -> Result<Done> {
        let seen: Vec<(TicketId, MessageId)> =
            held.iter().filter_map(|(id, seen)| Some((*id, (*seen)?))).collect();
        let mut done = Done::default();
        for (id, marked) in self.mark_tickets(&seen, read).await? {
            done.acts.push((id, Act::Read { read, seen: marked.seen }));
            if !marked.messages.is_empty() {
                let (was, is) = (marked.was, self.ticket(id)?.read_to);
                done.swaps.push((id, Swap::Read { was, is, messages: marked.messages }));
            }
        }
        Ok(done)
    }
}
