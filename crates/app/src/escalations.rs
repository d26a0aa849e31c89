//! Raising what is urgent: escalations are rows, so a restart raises what is still unanswered, and nothing is raised twice.
//!
//! Never a storm: what comes in together is told together, and history (a first sync of ten thousand old mails) is not news at all.

use std::time::Duration;

use store::EscalationRow;
use tokio::sync::broadcast::error::RecvError;

use crate::{Desk, Notice};

/// How long urgent tickets are gathered, so that many at once are one notice.
const GATHER: Duration = Duration::from_millis(300);
/// The longest sleep between two looks at the wall clock.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// More than this many at once become one notice.
const APART: usize = 3;

impl Desk {
    pub(crate) fn spawn_escalations(&self) {
        let desk = self.clone();
        tokio::spawn(async move { desk.stop.clone().run_until_cancelled(desk.watch_escalations()).await });
    }

    async fn watch_escalations(&self) {
        let mut commits = self.store.commits();
        loop {
            if let Err(error) = self.raise_escalations().await {
                tracing::error!(code = error.problem().code.as_str(), "Urgent tickets could not be read.");
            }
            let sleep = tokio::time::sleep(self.until_next_due().await);
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

    async fn raise_escalations(&self) -> Result<(), store::StoreError> {
        self.store.raise_due(self.now()).await?;
        let waiting = self.store.escalations_to_notify().await?;
        if waiting.is_empty() || !self.wants_notifications().await {
            return Ok(());
        }
        for notice in notices(&waiting) {
            if let Err(problem) = self.around.notifier.show(notice) {
                // Not marked: it stays to be raised, and the window says that notifications are not to be had.
                self.notice(problem);
                return Ok(());
            }
        }
        let told: Vec<i64> = waiting.iter().map(|row| row.id).collect();
        self.store.mark_notified(&told, self.now()).await.map(drop)
    }

    async fn wants_notifications(&self) -> bool {
        crate::settings::load(&self.store).await.map_or(true, |settings| settings.notify)
    }
}

fn notices(waiting: &[EscalationRow]) -> Vec<Notice> {
    match waiting {
        [worst, .., _] if waiting.len() > APART => {
            vec![Notice::ManyUrgent { worst: worst.ticket, count: waiting.len() }]
        }
        few => few.iter().map(notice).collect(),
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
