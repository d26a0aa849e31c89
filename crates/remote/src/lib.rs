//! What lies outside this machine: the [`Helpdesk`] port and its adapters, and mail as text.
//!
//! `port` is the contract; `mail` turns the bytes of a message into an [`model::incoming::Incoming`] and never touches a network; `mailbox`
//! speaks IMAP and, through `smtp`, sends; `archive` reads mbox, Maildir and `.eml` files; `discovery` finds a mailbox's settings; `oauth` gets and renews
//! authorisations. Nothing here knows a database. Every error is mapped to a retry kind where it happens.

pub mod archive;
mod courier;
pub mod discovery;
mod error;
pub mod mail;
pub mod mailbox;
pub mod oauth;
mod port;
mod smtp;
mod web;

pub use courier::{Claim, Courier, Threshold, Undelivered};
pub use error::{RemoteError, Retry};
pub use port::{BlobSink, BlobWriter, Capabilities, Filling, Helpdesk, Page, Wake};
pub use web::loopback_client;
