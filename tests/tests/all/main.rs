//! What no single crate can test of itself: the dependency arrows, licences and sources, and the desk as a whole.
//!
//! One binary for all of it. Nothing here touches anything outside its temporary folders.

mod arrows;
mod desk;
mod graph;
mod licences;
mod mailbox;
mod window;
