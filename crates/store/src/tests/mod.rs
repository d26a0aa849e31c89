//! The store as a whole, through its API.

mod alerts;
mod arriving;
mod bench;
mod damage;
mod figures;
mod order;
mod people;
mod plans;
mod searching;

pub(crate) use bench::mail;
