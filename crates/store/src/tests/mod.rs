//! The store as a whole, through its API.

mod alerts;
mod arriving;
mod bench;
mod damage;
mod drafting;
mod exactly_once;
mod figures;
mod finding;
mod leaving;
mod membership;
mod order;
mod outbox_plans;
mod parts;
mod people;
mod plans;
mod rebuilt;
mod replies;
mod returning;
mod searching;
mod undoing;
mod views;

pub(crate) use bench::{NOW, mail};
