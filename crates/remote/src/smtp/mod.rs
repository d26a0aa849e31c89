//! Handing a mail to a server (RFC 5321): once, to everybody or to nobody, and knowing afterwards which of the two it was.
//!
//! Promises: the sender and every recipient are agreed on before the content goes; when one is refused, nobody gets it. Until the dot that ends
//! the content is given to the line, a failure means that nothing was sent; from then on only the server's own answer counts, and without one
//! the outcome is unknown. What happens after that answer changes nothing. Nothing is tried twice, but for an access token that ran out. The
//! name of this machine is told to nobody. No address and no text is ever logged.
//!
//! Lines, encryption and certificates are those of [`crate::mailbox`]. The words of the protocol (commands, parameters, replies, addresses) are
//! lettre's; its connection is not used, since it can't tell where in the content a line failed, reads no reply that isn't UTF-8, answers no
//! refused token, and says goodbye before it reports.
//!
//! `line` bytes and replies · `reply` what a reply says · `session` to a server that may be given mail · `auth` who we are · `delivery` one
//! mail · `content` its bytes · `refusal` what each refusal means.

mod auth;
mod content;
mod delivery;
mod line;
mod refusal;
mod reply;
mod session;
#[cfg(test)]
mod tests;

pub(crate) use delivery::{check, deliver};

use crate::mailbox::{MailboxConfig, Pace, Secret, Server};

/// The way to a server for outgoing mail.
#[derive(Clone, Copy)]
pub(crate) struct Way<'a> {
    pub server: &'a Server,
    pub config: &'a MailboxConfig,
    pub secret: &'a Secret,
    pub pace: &'a Pace,
}
