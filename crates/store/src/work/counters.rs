//! The counts beside the views. A ticket's membership before and after a change gives the delta; nothing else moves them.

use std::{collections::BTreeMap, sync::LazyLock};

use model::{
    Millis, StandardView, TagId,
    query::{Names, Query, TicketFacts},
};

use super::records::TicketRec;

/// How many tickets and how many of them unread.
pub(crate) type Delta = (i64, i64);

pub(crate) const ALL: &str = "all";
pub(crate) const MESSAGES: &str = "messages";

pub(crate) fn tag_counter(tag: TagId) -> String {
    format!("tag:{tag}")
}

/// The predicates of the standard views, each written once, in [`StandardView::query`].
pub(crate) static STANDARD: LazyLock<Vec<(StandardView, Query)>> = LazyLock::new(|| {
    let parsed =
        |view: &StandardView| Query::parse(view.query(), |_, _, _| None).ok().map(|query| (*view, query));
    StandardView::ALL.iter().filter_map(parsed).collect()
});

/// What a query looks at.
pub(crate) fn facts(ticket: &TicketRec) -> TicketFacts<'_> {
    TicketFacts {
        status: ticket.status,
        priority: ticket.priority,
        channel: ticket.channel,
        lang: &ticket.lang,
        source: ticket.source,
        urgent: ticket.urgent.is_some(),
        unread: ticket.unread > 0,
        vip: ticket.vip,
        has_attachment: ticket.has_attachment,
        tags: &ticket.tags.0,
        waiting_since: ticket.waiting_since_ms,
        last_message_at: ticket.last_message_at_ms,
    }
}

/// Which counters a ticket is in. The standard views ask neither for names nor for the time.
fn memberships(ticket: &TicketRec) -> Vec<String> {
    let (facts, names) = (facts(ticket), Names::default());
    let holds = |query: &Query| query.matches(facts, &names, Millis(0), || false);
    let standard =
        STANDARD.iter().filter(|(_, query)| holds(query)).map(|(view, _)| view.as_str().to_owned());
    let tags = ticket.tags.0.iter().map(|tag| tag_counter(*tag));
    std::iter::once(ALL.to_owned()).chain(standard).chain(tags).collect()
}

/// Adds what changed between `before` and `after` to `deltas`.
pub(crate) fn add_change(
    deltas: &mut BTreeMap<String, Delta>,
    before: Option<&TicketRec>,
    after: Option<&TicketRec>,
) {
    for (ticket, sign) in [(before, -1), (after, 1)] {
        let Some(ticket) = ticket else { continue };
        for name in memberships(ticket) {
            let delta = deltas.entry(name).or_default();
            delta.0 += sign;
            delta.1 += if ticket.unread > 0 { sign } else { 0 };
        }
    }
}
