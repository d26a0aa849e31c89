//! What no single crate can test of itself: the dependency arrows, licences and sources, and the desk as a whole.
//!
//! One binary for all of it. Nothing here touches anything outside its temporary folders.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "all of it is tests: what fails here fails its test, and what is skipped says so"
)]

mod arrows;
mod board;
mod cable;
mod courier;
mod desk;
mod engine;
mod exporting;
mod graph;
mod killed;
mod licences;
mod mailbox;
mod replying;
mod sending;
mod views;
mod window;
