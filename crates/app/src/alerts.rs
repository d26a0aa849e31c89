//! The list of what was urgent, what of it was missed, and putting an alert off.

use model::{Problem, ProblemCode, TicketId};

use crate::{
    Desk,
    dto::{Alert, Changed},
};

fn not_yet<T>() -> Result<T, Problem> {
    Err(Problem::new(ProblemCode::Internal))
}

impl Desk {
    pub async fn alerts(&self) -> Result<Vec<Alert>, Problem> {
        not_yet()
    }

    pub async fn see_alerts(&self) -> Result<Changed, Problem> {
        not_yet()
    }

    pub async fn snooze(&self, _ticket: TicketId, _minutes: u32) -> Result<Changed, Problem> {
        not_yet()
    }
}
