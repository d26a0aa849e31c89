//! The use cases: the one API that both windows, the browser and the command line speak.
//!
//! `calls` lists every call once; from that list come the dispatcher (`dispatch`) and the TypeScript types (`typescript`).
//! Nothing here draws, and nothing here knows whether it is called over IPC, loopback HTTP or from the command line.

mod acknowledging;
mod alerts;
mod authorising;
mod board;
mod calls;
mod changing;
mod completing;
mod composing;
mod desk;
mod dispatch;
mod dressing;
pub mod dto;
mod escalations;
mod events;
mod excerpt;
mod exporting;
mod files;
mod finding;
pub mod http;
pub mod letter;
mod letters;
mod mbox;
mod outbox;
mod pump;
mod reading;
mod seams;
mod secrets;
mod sending;
mod settings;
mod showing;
mod sources;
mod typescript;
mod undoing;
mod views;

pub use desk::{Desk, Start};
pub use events::{CacheTag, DeskEvent};
pub use letters::Served;
pub use seams::{
    Clock, Connector, Credentials, Dressing, Notice, Notifier, Secrets, SourceSpec, Surroundings, Tagged,
};
pub use store::{Key, WorkspaceFile, WorkspaceKind, new_salt, read_address};
pub use typescript::typescript;

/// Something that should not happen, with a cause that is safe to show.
pub(crate) fn internal(error: impl std::fmt::Display) -> model::Problem {
    model::Problem::new(model::ProblemCode::Internal).because(error)
}
