//! Taking a change of tickets back, all at once, for as long as the desk is open.

use std::collections::VecDeque;

use model::Problem;
use store::Inverse;

use crate::{Desk, dto::Undone, reading::not_found};

/// How many changes can be taken back, and of how many tickets together. The newest always can.
const MOST_CHANGES: usize = 100;
const MOST_TICKETS: usize = 50_000;

/// The changes that can be taken back, the oldest first.
#[derive(Default)]
pub(crate) struct Undos {
    kept: VecDeque<(u32, Inverse)>,
    last: u32,
}

impl Undos {
    /// Keeps what takes a change back and answers its number; `None` for a change of nothing.
    pub fn keep(&mut self, inverse: Inverse) -> Option<u32> {
        if inverse.is_empty() {
            return None;
        }
        self.last = self.last.wrapping_add(1);
        self.kept.push_back((self.last, inverse));
        while self.kept.len() > MOST_CHANGES || (self.kept.len() > 1 && self.tickets() > MOST_TICKETS) {
            self.kept.pop_front();
        }
        Some(self.last)
    }

    fn tickets(&self) -> usize {
        self.kept.iter().map(|(_, inverse)| inverse.len()).sum()
    }

    fn get(&self, change: u32) -> Option<&Inverse> {
        self.kept.iter().find(|(number, _)| *number == change).map(|(_, inverse)| inverse)
    }

    fn forget(&mut self, change: u32) {
        self.kept.retain(|(number, _)| *number != change);
    }
}

impl Desk {
    pub async fn undo(&self, change: u32) -> Result<Undone, Problem> {
        let (who, now) = self.who_and_now().await?;
        // Held until it is on disk: what is taken back twice at once is taken back once.
        let mut undos = self.undos.lock().await;
        let inverse = undos.get(change).ok_or_else(not_found)?;
        let undone = self.store.undo(inverse, &who, now).await.map_err(|e| e.problem())?;
        undos.forget(change);
        Ok(Undone { seq: undone.seq, tickets: undone.tickets, left: undone.left })
    }
}
