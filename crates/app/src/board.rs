//! The supervisor's figures, and the way from a figure to the tickets behind it.

use model::{Problem, ProblemCode, TicketId};

use crate::{
    Desk,
    dto::{Board, Changed, Scope},
};

fn not_yet<T>() -> Result<T, Problem> {
    Err(Problem::new(ProblemCode::Internal))
}

impl Desk {
    pub async fn board(&self) -> Result<Board, Problem> {
        not_yet()
    }

    pub async fn show_list(&self, _scope: Scope) -> Result<Changed, Problem> {
        not_yet()
    }

    pub async fn show_ticket(&self, _ticket: TicketId) -> Result<Changed, Problem> {
        not_yet()
    }

    pub async fn open_dashboard(&self) -> Result<Changed, Problem> {
        not_yet()
    }
}
