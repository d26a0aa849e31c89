//! Keeping the store equal to its sources.
//!
//! One [`Engine`] per source pulls pages, hands each to the store with its cursor, and waits. When and how long to wait
//! is decided by pure rules (`backoff`, `estimate`); [`Links`] always says what each link is doing. The engine never reads a
//! row, never publishes before a commit, and never holds a transaction while it awaits the network. One [`Post`] per source sends
//! what waits in the outbox.

mod backoff;
mod blobs;
mod engine;
mod estimate;
mod links;
mod looks;
mod post;

pub use blobs::StoreBlobs;
pub use engine::{Clock, Engine, Finished};
pub use links::Links;
pub use post::{Look, Post};
