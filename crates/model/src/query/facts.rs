//! What a query is evaluated on when it is not SQL.

use std::collections::BTreeMap;

use super::{Ask, Is};
use crate::{Channel, Millis, Priority, SourceId, Status, TagId};

/// What tags and sources are called, as far as a query names them. What is not here exists nowhere: it is on no ticket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    pub tags: BTreeMap<String, TagId>,
    /// Several sources may have one name.
    pub sources: BTreeMap<String, Vec<SourceId>>,
}

/// A ticket as far as a query looks at it, but for its text.
#[derive(Debug, Clone, Copy)]
pub struct TicketFacts<'a> {
    pub status: Status,
    pub priority: Priority,
    pub channel: Channel,
    pub lang: &'a str,
    pub source: SourceId,
    pub urgent: bool,
    pub unread: bool,
    pub vip: bool,
    pub has_attachment: bool,
    pub tags: &'a [TagId],
    pub waiting_since: Option<Millis>,
    pub last_message_at: Millis,
}

impl TicketFacts<'_> {
    /// `false` for what only the text index can answer.
    pub(super) fn answers(&self, ask: &Ask, names: &Names, now: Millis) -> bool {
        match ask {
            Ask::Text { .. } | Ask::From(_) => false,
            Ask::Tag(key) => names.tags.get(key).is_some_and(|tag| self.tags.contains(tag)),
            Ask::Status(status) => self.status == *status,
            Ask::Priority(priority) => self.priority == *priority,
            Ask::Is(is) => self.is(*is),
            Ask::HasAttachment => self.has_attachment,
            Ask::Channel(channel) => self.channel == *channel,
            Ask::Lang(lang) => self.lang == lang.as_str(),
            Ask::Source(name) => names.sources.get(name).is_some_and(|ids| ids.contains(&self.source)),
            Ask::Before(day) => self.last_message_at < *day,
            Ask::After(day) => self.last_message_at >= *day,
            Ask::Waiting(age) => {
                self.status == Status::Open && self.waiting_since.is_some_and(|since| age.holds(since, now))
            }
            Ask::Updated(age) => age.holds(self.last_message_at, now),
        }
    }

    fn is(&self, is: Is) -> bool {
        match is {
            Is::Open => self.status == Status::Open,
            Is::Waiting => self.status == Status::Waiting,
            Is::Closed => self.status == Status::Closed,
            Is::Urgent => self.urgent,
            Is::Unread => self.unread,
            Is::Vip => self.vip,
        }
    }
}
