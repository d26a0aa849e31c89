//! What is known of a message besides its bytes.

use std::collections::BTreeSet;

use model::Millis;
use model::incoming::{Flags, Place};

#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// The keys ([`model::Address::key`]) of the mailbox's own addresses: what they wrote is outbound.
    pub own: &'a BTreeSet<String>,
    /// INTERNALDATE, or what an archive says.
    pub received_at: Option<Millis>,
    /// The moment of reading; stands in when the message has no believable time.
    pub now: Millis,
    /// EMAILID or X-GM-MSGID, where the server has one.
    pub identity: Option<String>,
    pub place: Option<Place>,
    pub flags: Flags,
}
