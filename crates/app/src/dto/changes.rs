//! What a change did.

use model::Seq;

super::shapes! {
    /// What a change did, after it was committed.
    pub struct Changed {
        pub seq: Seq,
    }

    /// A change of tickets.
    pub struct TicketsChanged {
        pub seq: Seq,
        /// How many were not as asked already.
        pub tickets: u32,
        /// By which [`Calls::undo`] takes it back, all at once, for as long as this desk is open and it is among the last hundred
        /// changes and the last fifty thousand tickets changed. `None` when nothing changed.
        pub undo: Option<u32>,
    }

    pub struct Undone {
        pub seq: Seq,
        /// How many tickets are as they were.
        pub tickets: u32,
        /// How many were changed again since and were left alone.
        pub left: u32,
    }
}
