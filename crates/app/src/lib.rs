//! The use cases: the one API that both windows, the browser and the command line speak.
//!
//! [`calls`] lists every call once; from that list come the dispatcher (`dispatch`) and the TypeScript types (`typescript`).
//! Nothing here draws, and nothing here knows whether it is called over IPC, loopback HTTP or from the command line.

mod calls;
pub mod dto;
mod events;
pub mod letter;
mod seams;
mod typescript;

pub use events::{CacheTag, DeskEvent};
pub use seams::{Clock, Connector, Credentials, Notice, Notifier, Secrets, SourceSpec, Surroundings};
pub use typescript::typescript;
