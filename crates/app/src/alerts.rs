//! The list of what was urgent, what of it was missed, and putting an alert off.

use model::{Millis, Problem, ProblemCode, TicketId};
use store::AlertRow;

use crate::{
    Desk, DeskEvent,
    dto::{Alert, Changed},
};

/// How many are listed.
const MOST: u32 = 100;
/// The longest an alert can be put off, in minutes: a day.
const LONGEST_SNOOZE: u32 = 1_440;

impl Desk {
    pub async fn alerts(&self) -> Result<Vec<Alert>, Problem> {
        let rows = self.store.alerts(MOST).await.map_err(|e| e.problem())?;
        let tells = self.tells().await;
        Ok(rows.into_iter().map(|row| alert(row, tells)).collect())
    }

    pub async fn see_alerts(&self) -> Result<Changed, Problem> {
        // While notifications can be shown, what is not told yet is about to be, and was not in the list.
        let untold = !self.tells().await;
        let seq = self.store.see_alerts(untold, self.now()).await.map_err(|e| e.problem())?;
        Ok(Changed { seq })
    }

    pub async fn snooze(&self, ticket: TicketId, minutes: u32) -> Result<Changed, Problem> {
        if !(1..=LONGEST_SNOOZE).contains(&minutes) {
            return Err(Problem::new(ProblemCode::Invalid).with("field", "minutes"));
        }
        let now = self.now();
        let until = now.plus(i64::from(minutes) * Millis::MINUTE);
        let seq = self.store.snooze(ticket, until, now).await.map_err(|e| e.problem())?;
        self.withdraw_notices(&[ticket]);
        Ok(Changed { seq })
    }

    /// A notification was clicked: the windows show its ticket, and it was not missed.
    pub async fn opened_from_notice(&self, ticket: TicketId) {
        self.tell(DeskEvent::OpenTicket { ticket });
        self.told.forget(ticket);
        if let Err(error) = self.store.alert_opened(ticket, self.now()).await {
            let code = error.problem().code;
            tracing::warn!(code = code.as_str(), "That a notification was opened could not be kept.");
        }
    }

    /// Whether urgent tickets are told of by the system's notifications.
    async fn tells(&self) -> bool {
        self.around.notifier.trouble().is_none() && self.wants_notifications().await
    }
}

/// `tells`: whether notifications are shown; where they are not, what nobody was told of is missed too.
fn alert(row: AlertRow, tells: bool) -> Alert {
    let told = row.told_at.is_some() || !tells;
    let came = row.opened || row.seen || row.snoozed_until.is_some();
    Alert {
        id: row.id,
        ticket: row.ticket,
        requester_name: row.requester_name,
        subject: row.subject,
        reason: row.reason,
        raised_at_ms: row.raised_at,
        told_at_ms: row.told_at,
        snoozed_until_ms: row.snoozed_until,
        standing: row.standing,
        missed: row.standing && told && !came,
    }
}

#[cfg(test)]
mod tests {
    use model::urgency::UrgentReason;

    use super::*;

    fn told() -> AlertRow {
        AlertRow {
            id: 1,
            ticket: TicketId(1),
            requester_name: String::new(),
            subject: String::new(),
            reason: UrgentReason::Priority,
            raised_at: Millis(0),
            told_at: Some(Millis(1)),
            snoozed_until: None,
            standing: true,
            opened: false,
            seen: false,
        }
    }

    #[test]
    fn what_was_told_and_nobody_came_for_is_missed() {
        let untold = AlertRow { told_at: None, ..told() };
        let table = [
            ("told, nobody came", told(), true, true),
            ("about to be told", untold.clone(), true, false),
            ("nobody could be told", untold, false, true),
            ("opened", AlertRow { opened: true, ..told() }, true, false),
            ("seen in the list", AlertRow { seen: true, ..told() }, true, false),
            ("put off", AlertRow { snoozed_until: Some(Millis(9)), ..told() }, true, false),
            ("taken, answered or closed", AlertRow { standing: false, ..told() }, true, false),
        ];
        for (what, row, tells, missed) in table {
            assert_eq!(alert(row, tells).missed, missed, "{what}");
        }
    }
}
