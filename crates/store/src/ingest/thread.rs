//! Which ticket a mail belongs to: the look-ups behind the rules of [`model::threading`].
//!
//! Mails may come newest first, so every rule is asked both ways: which ticket holds or names what this mail names, and
//! which ticket names this mail.

use std::collections::BTreeSet;

use model::{SourceId, TicketId, threading::continues_by_subject};

use super::{lookup::Lookup, prepare::Prepared};
use crate::{
    error::Result,
    work::{TicketRec, Work},
};

/// The ticket of a mail, if it is here. The candidates of `lookup` must be held by `work`.
pub(crate) async fn ticket_of(
    work: &mut Work,
    lookup: &Lookup,
    source: SourceId,
    mail: &Prepared<'_>,
) -> Result<Option<TicketId>> {
    if let Some(ticket) = by_reference(work, lookup, mail) {
        return Ok(Some(ticket));
    }
    if let Some(ticket) = by_token(work, lookup, source, mail).await? {
        return Ok(Some(ticket));
    }
    Ok(by_subject(work, lookup, source, mail))
}

fn by_reference(work: &Work, lookup: &Lookup, mail: &Prepared<'_>) -> Option<TicketId> {
    let named = mail.references.iter().find_map(|name| {
        let tickets = lookup.mentions.get(name)?;
        let holder = tickets.iter().filter(|(_, own)| *own).map(|(ticket, _)| *ticket);
        oldest(work, holder).or_else(|| oldest(work, tickets.iter().map(|(ticket, _)| *ticket)))
    });
    named.or_else(|| {
        let tickets = lookup.mentions.get(&mail.own?)?;
        oldest(work, tickets.iter().filter(|(_, own)| !*own).map(|(ticket, _)| *ticket))
    })
}

/// The one that began first, so that the choice does not hang on the order of arrival.
fn oldest(work: &Work, tickets: impl Iterator<Item = TicketId>) -> Option<TicketId> {
    tickets
        .filter_map(|id| work.tickets.get(&id))
        .min_by_key(|held| (held.now.first_message, held.now.id))
        .map(|held| held.now.id)
}

/// A token only finds candidates: somebody the mail names must have taken part.
async fn by_token(
    work: &mut Work,
    lookup: &Lookup,
    source: SourceId,
    mail: &Prepared<'_>,
) -> Result<Option<TicketId>> {
    let tokens = mail.named_token.iter().chain(std::iter::once(&mail.token));
    let candidates: BTreeSet<TicketId> =
        tokens.filter_map(|token| lookup.tokens.get(&token.0)).flatten().copied().collect();
    if candidates.is_empty() {
        return Ok(None);
    }
    let own = work.sources.get(&source).map(|facts| facts.address.to_lowercase()).unwrap_or_default();
    let named: BTreeSet<String> = mail.addresses().filter(|key| *key != own && !key.is_empty()).collect();
    for id in candidates {
        let Some(held) = work.tickets.get(&id) else { continue };
        let requester = held.now.requester_email.to_lowercase();
        let same_source = held.now.source == source;
        if same_source && (named.contains(&requester) || wrote(work, id, &named).await?) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

async fn wrote(work: &mut Work, ticket: TicketId, addresses: &BTreeSet<String>) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM message WHERE ticket = ? AND direction = 'inbound' \
        AND lower(from_email) IN (SELECT value FROM json_each(?)))";
    let asked = sqlx::query_scalar(sql).bind(ticket.0).bind(serde_json::to_string(addresses)?);
    Ok(asked.fetch_one(work.connection()).await?)
}

fn by_subject(work: &Work, lookup: &Lookup, source: SourceId, mail: &Prepared<'_>) -> Option<TicketId> {
    let candidates = lookup.threads.get(&mail.thread_key?)?;
    let held = candidates.iter().filter_map(|id| work.tickets.get(id)).map(|held| &held.now);
    held.filter(|ticket| ticket.source == source && belongs(ticket, mail))
        .max_by_key(|ticket| (ticket.last_message_at_ms, ticket.id))
        .map(|ticket| ticket.id)
}

/// Whether the mail continues the ticket, or is what the ticket's first mail continues.
fn belongs(ticket: &TicketRec, mail: &Prepared<'_>) -> bool {
    let theirs = model::threading::SubjectKey::of(&ticket.subject);
    let same_party = ticket.requester_email.to_lowercase() == mail.peer.key();
    let nearest = mail.at().clamp(ticket.created_at_ms, ticket.last_message_at_ms.max(ticket.created_at_ms));
    let earlier = mail.at() < ticket.created_at_ms;
    let joins = if earlier {
        ticket.orphan && continues_by_subject(&theirs, &mail.key, mail.at(), nearest)
    } else {
        mail.is_orphan() && continues_by_subject(&mail.key, &theirs, nearest, mail.at())
    };
    same_party && joins
}
