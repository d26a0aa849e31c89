//! Foredeck's types and rules: tickets, messages, customers, tags, threading, urgency, queries.
//!
//! Everything here is a value or a pure function. No I/O, no async, no clock of its own: whoever asks passes `now` in.
//! Types that reach the windows derive [`ts_rs::TS`], so that their TypeScript is generated and never written twice.

pub mod acknowledging;
mod address;
pub mod arrival;
mod customer;
pub mod figures;
pub mod fold;
mod id;
pub mod incoming;
mod link;
mod message;
pub mod names;
pub mod outgoing;
mod problem;
pub mod query;
pub mod replying;
mod tag;
pub mod text;
pub mod threading;
mod ticket;
mod time;
pub mod urgency;
mod view;

pub use address::Address;
pub use customer::{Contact, ContactKind, Customer, CustomerSummary, Tier};
pub use id::{
    AttachmentId, BlobHash, CustomerId, MessageId, OutboxId, SavedViewId, Seq, SourceId, TagId, TicketId,
};
pub use link::{LinkPhase, LinkState};
pub use message::{
    Attachment, Automatic, CalendarMethod, Defect, Direction, Event, EventKind, Message, MessageKind,
};
pub use problem::{Param, Problem, ProblemCode};
pub use tag::{Tag, TagLayer};
pub use ticket::{Channel, Priority, Status, Ticket, TicketRow};
pub use time::Millis;
pub use view::{Column, Look, Sort, StandardView, View, ViewDraft, ViewId};
