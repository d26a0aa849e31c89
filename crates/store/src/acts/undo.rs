//! Taking a change of tickets back in one step.
//!
//! Promises: each ticket gets exactly what it had, as if the change had never been: with what was decided before comes what that decision
//! had seen, so that later mail moves the ticket as it would have. What somebody changed again since is left alone. It is an act like any
//! other: one transaction, in the journal, and in the ticket's history where it shows.

use std::collections::BTreeSet;

use model::{EventKind, MessageId, Millis, Priority, Seq, Status, TagId, TicketId};

use super::edit::{Edit, Inverse};
use crate::{
    Store,
    error::Result,
    journal::Act,
    work::{Durability, TicketRec, Work},
};

/// A change that was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undone {
    pub seq: Seq,
    /// How many tickets are as they were.
    pub tickets: u32,
    /// How many were changed again since, or are gone.
    pub left: u32,
}

/// What a person decided last, if anybody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decision {
    pub status: Option<Status>,
    pub seen: Option<MessageId>,
    pub at: Option<Millis>,
}

/// A priority, and when it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Given {
    pub priority: Priority,
    pub at: Option<Millis>,
}

/// What a change replaced in a ticket, and what it put there.
#[derive(Debug, Clone)]
pub(super) enum Swap {
    Decision {
        was: Decision,
        is: Decision,
    },
    Priority {
        was: Given,
        is: Given,
    },
    Tag {
        tag: TagId,
    },
    /// Up to where it was read, and the mails that were marked.
    Read {
        was: Option<MessageId>,
        is: Option<MessageId>,
        messages: Vec<MessageId>,
    },
}

impl Decision {
    pub fn of(ticket: &TicketRec) -> Decision {
        Decision { status: ticket.decided, seen: ticket.decided_seen, at: ticket.decided_at_ms }
    }
}

impl Given {
    pub fn of(ticket: &TicketRec) -> Given {
        Given { priority: ticket.priority, at: ticket.priority_at_ms }
    }
}

impl Inverse {
    /// Whether the ticket is still as the change left it.
    fn stands(&self, swap: &Swap, ticket: &TicketRec) -> bool {
        match swap {
            Swap::Decision { is, .. } => Decision::of(ticket) == *is,
            Swap::Priority { is, .. } => Given::of(ticket) == *is,
            Swap::Tag { tag } => ticket.tags.0.contains(tag) == matches!(self.edit, Edit::Tag(_)),
            Swap::Read { is, .. } => ticket.read_to == *is,
        }
    }
}

impl Store {
    /// Gives every ticket of a change back what it had, but for those that were changed again since.
    pub async fn undo(&self, inverse: &Inverse, who: &str, now: Millis) -> Result<Undone> {
        let mut work = self.work(Durability::Full, now).await?;
        let tickets = self.noted(work.reverse(inverse, who).await)?;
        let seq = self.finish_noted(work).await?;
        let all = u32::try_from(inverse.len()).unwrap_or(u32::MAX);
        Ok(Undone { seq, tickets, left: all.saturating_sub(tickets) })
    }
}

impl Work {
    async fn reverse(&mut self, inverse: &Inverse, who: &str) -> Result<u32> {
        self.load_tickets(inverse.swaps.iter().map(|(id, _)| *id)).await?;
        let stands = |(id, swap): &&(TicketId, Swap)| {
            self.tickets.get(id).is_some_and(|held| inverse.stands(swap, &held.now))
        };
        let swaps: Vec<&(TicketId, Swap)> = inverse.swaps.iter().filter(stands).collect();
        let tickets = u32::try_from(swaps.len()).unwrap_or(u32::MAX);
        let acts = match &inverse.edit {
            Edit::Status(_) | Edit::Priority(_) => self.put_back(&swaps, who).await?,
            Edit::Tag(name) => self.tag_back(&swaps, name, false, who).await?,
            Edit::Untag(name) => self.tag_back(&swaps, name, true, who).await?,
            Edit::Read(read) => self.reading_back(&swaps, *read).await?,
        };
        self.note_for_journal(acts, who).await?;
        Ok(tickets)
    }

    async fn put_back(&mut self, swaps: &[&(TicketId, Swap)], who: &str) -> Result<Vec<(TicketId, Act)>> {
        let (now, mut acts) = (self.now, Vec::new());
        for (id, swap) in swaps {
            let act = match swap {
                Swap::Decision { was, .. } => {
                    Act::StatusBack { status: was.status, seen: was.seen, decided_at: was.at }
                }
                Swap::Priority { was, .. } => Act::PriorityBack { priority: was.priority, given_at: was.at },
                Swap::Tag { .. } | Swap::Read { .. } => continue,
            };
            self.perform(*id, &act, now, who).await?;
            acts.push((*id, act));
        }
        Ok(acts)
    }

    async fn tag_back(
        &mut self,
        swaps: &[&(TicketId, Swap)],
        name: &str,
        add: bool,
        who: &str,
    ) -> Result<Vec<(TicketId, Act)>> {
        let (now, tag, mut acts) = (self.now, self.tag_of(name).await?, Vec::new());
        for (id, _) in swaps {
            let name = name.to_owned();
            if add && self.add_tag(*id, &tag, now, who)? {
                acts.push((*id, Act::Tag { name }));
            } else if !add && self.remove_tag(*id, &tag, now, who)? {
                acts.push((*id, Act::Untag { name }));
            }
        }
        Ok(acts)
    }

    /// What `read` had marked as read is unread again, and the other way round.
    async fn reading_back(
        &mut self,
        swaps: &[&(TicketId, Swap)],
        read: bool,
    ) -> Result<Vec<(TicketId, Act)>> {
        let (mut marks, mut all, mut acts) = (Vec::new(), BTreeSet::new(), Vec::new());
        for (id, swap) in swaps {
            let Swap::Read { was, messages, .. } = swap else { continue };
            marks.push((*id, *was));
            all.extend(messages.iter().copied());
            let messages = messages.clone();
            acts.push((*id, Act::ReadBack { read_to: *was, messages, unread: read }));
        }
        self.mark_back(&marks, &all.into_iter().collect::<Vec<_>>(), read).await?;
        Ok(acts)
    }

    pub(super) fn decide_back(&mut self, id: TicketId, was: Decision, at: Millis, who: &str) -> Result<bool> {
        let shown = |work: &Work| work.tickets.get(&id).map(|held| work.derived_status(&held.now));
        let from = shown(self);
        let ticket = self.ticket(id)?;
        (ticket.decided, ticket.decided_seen, ticket.decided_at_ms) = (was.status, was.seen, was.at);
        let to = shown(self);
        if let (Some(from), Some(to)) = (from, to)
            && from != to
        {
            self.ticket(id)?.status = to;
            self.event(id, at, who, EventKind::Status { from, to });
        }
        Ok(true)
    }

    pub(super) fn prioritise_back(
        &mut self,
        id: TicketId,
        was: Given,
        at: Millis,
        who: &str,
    ) -> Result<bool> {
        let ticket = self.ticket(id)?;
        let from = std::mem::replace(&mut ticket.priority, was.priority);
        ticket.priority_at_ms = was.at;
        if from != was.priority {
            self.event(id, at, who, EventKind::Priority { from, to: was.priority });
        }
        Ok(true)
    }
}
