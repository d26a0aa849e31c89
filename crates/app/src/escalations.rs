//! Raising what is urgent: escalations are rows, so a restart raises what is still unanswered, and nothing is raised twice.
//!
//! Never a storm: what comes in together is told together, and history (a first sync of ten thousand old mails) is not news at all.
//! A notice stays as long as any ticket it tells of still asks for somebody, and goes when the last of them is dealt with, by
//! whomever: taken or closed here, or answered by a colleague whose mail came in.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use model::{Problem, TicketId};
use store::{EscalationRow, StoreError};
use tokio::sync::broadcast::error::RecvError;

use crate::{Desk, Notice};

/// How long urgent tickets are gathered, so that many at once are one notice.
const GATHER: Duration = Duration::from_millis(300);
/// The longest sleep between two looks at the wall clock.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// More than this many at once become one notice.
const APART: usize = 3;

/// The notices that this run has shown: each under the ticket it opens, with the tickets it tells of.
#[derive(Default)]
pub(crate) struct Told(Mutex<BTreeMap<TicketId, BTreeSet<TicketId>>>);

impl Told {
    fn held(&self) -> MutexGuard<'_, BTreeMap<TicketId, BTreeSet<TicketId>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers whether a notice is shown under that ticket already, and of how many tickets the one that takes its place tells.
    fn add(&self, under: TicketId, tickets: BTreeSet<TicketId>) -> (bool, usize) {
        let mut held = self.held();
        let is_shown = held.contains_key(&under);
        let all = held.entry(under).or_default();
        all.extend(tickets);
        (is_shown, all.len())
    }

    fn is_shown(&self, under: TicketId) -> bool {
        self.held().contains_key(&under)
    }

    pub(crate) fn forget(&self, under: TicketId) {
        self.held().remove(&under);
    }

    fn tickets(&self) -> BTreeSet<TicketId> {
        self.held().values().flatten().copied().collect()
    }

    /// Keeps what still asks; answers the notices of which nothing is left.
    fn settle(&self, asks: impl Fn(&TicketId) -> bool) -> Vec<TicketId> {
        let mut over = Vec::new();
        self.held().retain(|under, tickets| {
            tickets.retain(&asks);
            if tickets.is_empty() {
                over.push(*under);
            }
            !tickets.is_empty()
        });
        over
    }
}

impl Desk {
    pub(crate) fn spawn_escalations(&self) {
        let desk = self.clone();
        tokio::spawn(async move { desk.stop.clone().run_until_cancelled(desk.watch_escalations()).await });
    }

    async fn watch_escalations(&self) {
        let mut commits = self.store.commits();
        loop {
            let raised = self.raise_escalations().await;
            if let Err(error) = &raised {
                tracing::error!(code = error.problem().code.as_str(), "Urgent tickets could not be raised.");
            }
            // What is due stays due when it can't be written.
            let wait = if raised.is_ok() { self.until_next_due().await } else { LONGEST_SLEEP };
            let sleep = tokio::time::sleep(wait);
            tokio::pin!(sleep);
            loop {
                tokio::select! {
                    () = &mut sleep => break,
                    commit = commits.recv() => match commit {
                        Ok(commit) if !commit.touched.escalations => {}
                        Ok(_) | Err(RecvError::Lagged(_)) => {
                            tokio::time::sleep(GATHER).await;
                            break;
                        }
                        Err(RecvError::Closed) => return,
                    },
                }
            }
        }
    }

    async fn until_next_due(&self) -> Duration {
        let due = self.store.next_due().await.ok().flatten();
        let left = due.map_or(i64::MAX, |due| due.since(self.now()));
        Duration::from_millis(u64::try_from(left).unwrap_or(0))
            .clamp(Duration::from_millis(50), LONGEST_SLEEP)
    }

    async fn raise_escalations(&self) -> Result<(), StoreError> {
        let now = self.now();
        self.store.wake_snoozed(now).await?;
        self.store.raise_due(now).await?;
        self.withdraw_settled().await?;
        let waiting = self.store.escalations_to_notify().await?;
        if waiting.is_empty() || !self.wants_notifications().await {
            return Ok(());
        }
        for (notice, about) in notices(&waiting) {
            if let Err(problem) = self.show(notice, about).await {
                // Not marked: it stays to be raised, and the window says that notifications are not to be had.
                self.notice(problem);
                return Ok(());
            }
            let told: Vec<i64> = about.iter().map(|row| row.id).collect();
            self.store.mark_notified(&told, self.now()).await?;
        }
        Ok(())
    }

    async fn show(&self, notice: Notice, about: &[EscalationRow]) -> Result<(), Problem> {
        let Some(under) = about.first().map(|row| row.ticket) else { return Ok(()) };
        let (is_shown, tickets) = self.told.add(under, about.iter().map(|row| row.ticket).collect());
        if is_shown {
            self.around.notifier.withdraw(under);
        }
        let notice =
            if tickets > about.len() { Notice::ManyUrgent { worst: under, count: tickets } } else { notice };
        // The system may take its time to answer.
        let notifier = self.around.notifier.clone();
        let shown = tokio::task::spawn_blocking(move || notifier.show(notice)).await;
        let shown = shown.map_err(crate::internal).flatten();
        if shown.is_err() {
            self.told.forget(under);
        } else if !self.told.is_shown(under) {
            // Dealt with in this very moment.
            self.around.notifier.withdraw(under);
        }
        shown
    }

    /// Takes back the notices of tickets that were dealt with or put off, here or elsewhere.
    async fn withdraw_settled(&self) -> Result<(), StoreError> {
        let told = self.told.tickets();
        if told.is_empty() {
            return Ok(());
        }
        let asking = self.store.still_asking(&told).await?;
        // What was told meanwhile is asked about next time.
        self.withdraw_unless(|ticket| asking.contains(ticket) || !told.contains(ticket));
        Ok(())
    }

    /// These tickets need nobody any more.
    pub(crate) fn withdraw_notices(&self, tickets: &[TicketId]) {
        self.withdraw_unless(|ticket| !tickets.contains(ticket));
    }

    fn withdraw_unless(&self, asks: impl Fn(&TicketId) -> bool) {
        for under in self.told.settle(asks) {
            self.around.notifier.withdraw(under);
        }
    }

    pub(crate) async fn wants_notifications(&self) -> bool {
        crate::settings::load(&self.store).await.map_or(true, |settings| settings.notify)
    }
}

/// What is told, and of which escalations; the first of them is what a click opens.
fn notices(waiting: &[EscalationRow]) -> Vec<(Notice, &[EscalationRow])> {
    match waiting {
        [worst, .., _] if waiting.len() > APART => {
            vec![(Notice::ManyUrgent { worst: worst.ticket, count: waiting.len() }, waiting)]
        }
        few => few.iter().map(|row| (notice(row), std::slice::from_ref(row))).collect(),
    }
}

fn notice(row: &EscalationRow) -> Notice {
    Notice::Urgent {
        ticket: row.ticket,
        requester: row.requester_name.clone(),
        subject: row.subject.clone(),
        reason: row.reason.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tickets(ids: &[i64]) -> BTreeSet<TicketId> {
        ids.iter().copied().map(TicketId).collect()
    }

    #[test]
    fn a_notice_of_many_goes_when_the_last_of_them_is_dealt_with() {
        let told = Told::default();
        assert_eq!(told.add(TicketId(1), tickets(&[1, 2, 3, 4])), (false, 4));
        assert_eq!(told.add(TicketId(9), tickets(&[9])), (false, 1));
        assert_eq!(told.settle(|ticket| ticket.0 > 2), [], "two of the four still ask");
        assert_eq!(told.tickets(), tickets(&[3, 4, 9]));
        assert_eq!(told.settle(|ticket| ticket.0 > 4), [TicketId(1)]);
        assert!(!told.is_shown(TicketId(1)) && told.is_shown(TicketId(9)));
        assert_eq!(told.add(TicketId(9), tickets(&[9])), (true, 1), "shown anew under the same ticket");
        assert_eq!(told.add(TicketId(9), tickets(&[5])), (true, 2), "and never for fewer than still ask");
    }
}
