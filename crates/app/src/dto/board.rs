//! The supervisor's figures, and what is urgent.

use model::{Millis, TicketId, urgency::UrgentReason};

super::shapes! {
    /// The dashboard's figures, all of one moment.
    pub struct Board {
        pub as_of_ms: Millis,
        pub queue: u32,
        /// The customers who have waited longest, the longest first, at most twelve.
        pub longest_waits: Vec<Wait>,
        pub over_target: u32,
        /// Tickets that need somebody now, and nobody has taken.
        pub urgent: u32,
        /// The longest unanswered of them first, at most fifty.
        pub urgent_tickets: Vec<UrgentWait>,
        /// One for each hour of today on this machine, from midnight (23 or 25 on the days the clock is changed).
        pub hours: Vec<BoardHour>,
        pub today: Answers,
        /// From Monday, midnight.
        pub week: Answers,
        /// Today's midnight and this week's, here.
        pub today_from_ms: Millis,
        pub week_from_ms: Millis,
    }

    pub struct Wait {
        pub ticket: TicketId,
        pub requester_name: String,
        pub subject: String,
        pub since_ms: Millis,
        pub target_min: u32,
    }

    pub struct UrgentWait {
        pub ticket: TicketId,
        pub requester_name: String,
        pub subject: String,
        pub reason: UrgentReason,
        pub raised_at_ms: Millis,
        /// Since when the customer waits, if they do.
        pub waiting_since_ms: Option<Millis>,
    }

    pub struct BoardHour {
        pub from_ms: Millis,
        pub to_ms: Millis,
        /// Mails that customers wrote; automatic mail is not counted.
        pub arrived: u32,
        /// Answers of the team to a waiting customer.
        pub answered: u32,
    }

    /// Answers given in a time, and how long the customer had waited for each since the first mail nobody had answered.
    pub struct Answers {
        pub arrived: u32,
        pub answered: u32,
        #[ts(type = "number | null")]
        pub median_ms: Option<i64>,
        /// Nine in ten answers came within this.
        #[ts(type = "number | null")]
        pub ninetieth_ms: Option<i64>,
        /// How many came within their target.
        pub within_target: u32,
    }

    /// What was urgent and asked for somebody.
    pub struct Alert {
        #[ts(type = "number")]
        pub id: i64,
        pub ticket: TicketId,
        pub requester_name: String,
        pub subject: String,
        pub reason: UrgentReason,
        pub raised_at_ms: Millis,
        /// When the system showed a notification; `None`: it never could.
        pub told_at_ms: Option<Millis>,
        pub snoozed_until_ms: Option<Millis>,
        /// Whether it still asks for somebody.
        pub standing: bool,
        /// Told while nobody looked: neither opened, nor taken, nor seen in the list.
        pub missed: bool,
    }
}
