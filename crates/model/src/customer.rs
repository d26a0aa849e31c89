//! Who writes: a person or organisation with one or more ways to reach them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{CustomerId, Millis, Tag, TicketRow, ticket::words};

words! {
    /// How much waits on this customer being well served.
    Tier { Standard = "standard", Vip = "vip" }
}

words! {
    ContactKind { Email = "email", Phone = "phone" }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Contact {
    pub kind: ContactKind,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CustomerSummary {
    pub id: CustomerId,
    pub name: String,
    pub email: String,
    pub tier: Tier,
}

/// The panel beside a ticket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Customer {
    pub id: CustomerId,
    pub name: String,
    pub tier: Tier,
    /// `lang` they mostly write in.
    pub lang: String,
    pub contacts: Vec<Contact>,
    pub tags: Vec<Tag>,
    pub first_seen_at_ms: Millis,
    pub last_seen_at_ms: Millis,
    pub tickets: u32,
    pub open_tickets: u32,
    /// Newest first, at most twenty.
    pub earlier: Vec<TicketRow>,
}
