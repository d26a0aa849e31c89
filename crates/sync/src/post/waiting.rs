//! Waiting: for a time of the wall clock, a change of the outbox, a nudge, or the end. Never spins, whatever the clock does.

use std::time::Duration;

use model::Millis;
use store::Committed;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::Sender;
use crate::Clock;

/// How often a wait looks at the wall clock, to notice a laptop that slept or a clock that was set.
const GLANCE: Duration = Duration::from_secs(5);
/// The shortest wait: a time that has just passed must not make the sender spin.
const BREATH: Duration = Duration::from_millis(20);

impl Sender {
    /// Until `at` (`None`: only what is told ends the wait). Without `commits` a change of the outbox does not end it.
    pub(super) async fn wait(&mut self, at: Option<Millis>, commits: Option<&mut Receiver<Committed>>) {
        tokio::select! {
            () = until(&self.clock, at) => {}
            () = outbox_changes(commits) => {}
            () = self.nudge.notified() => self.nudged = true,
            () = self.stop.cancelled() => {}
        }
    }
}

async fn until(clock: &Clock, at: Option<Millis>) {
    let Some(at) = at else { return std::future::pending().await };
    let from = clock();
    loop {
        let left = Duration::from_millis(u64::try_from(at.since(clock())).unwrap_or(0));
        tokio::time::sleep(left.clamp(BREATH, GLANCE)).await;
        // A clock that is set back must not make the wait longer: the store is asked anew.
        if !(from..at).contains(&clock()) {
            return;
        }
    }
}

async fn outbox_changes(commits: Option<&mut Receiver<Committed>>) {
    let Some(commits) = commits else { return std::future::pending().await };
    loop {
        match commits.recv().await {
            Ok(committed) if !committed.touched.outbox => {}
            Ok(_) | Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}
