//! What tests share: servers that behave, servers that don't, and the sentences every source of tickets must make true.
//!
//! Only for tests. Everything here lives in temporary folders and on loopback ports of its own, and is gone when it is dropped.

pub mod blobs;
pub mod cable;
pub mod certificate;
pub mod conformance;
pub mod courier;
pub mod dovecot;
pub mod imap_script;
pub mod letter;
mod paged;
pub mod smtp_script;
pub mod smtpd;
pub mod steps;
mod surroundings;

pub use paged::{PagedHelpdesk, mail};
pub use surroundings::{GivenHelpdesks, GivenSource, HandClock, HeardNotices, MemorySecrets, surroundings};
