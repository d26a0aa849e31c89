//! Replies leave once: proven at the mailbox of the customer.
//!
//! `sender`, `ends`: the sender with a courier and a look of the test's own. The others count what arrived, at a real mailbox of a real mail
//! server: `cuts` over every point at which the line can drop, `kills` over a kill at every step of the process (`FOREDECK_EVERY_STEP=1` tries
//! each one, else a fixed choice), `desks` with two desks and with a cable that is pulled out. `verdict` is what all of them are judged by; each
//! rule of sending is also broken on purpose, and the verdict must say so.

mod cuts;
mod desks;
mod ends;
mod ground;
mod kills;
mod office;
mod sender;
mod shop;
mod verdict;
