//! What follows from a changed ticket: its status, and whether it is urgent. Worked out once per change, at the end.

use model::{
    EventKind, Millis, Priority, Status, TicketId, Tier,
    urgency::{Facts, NEWS_MS, UrgentReason, UrgentRules, assess, becomes_urgent_at},
};

use super::{TicketRec, Work, cell::Json};
use crate::error::Result;

impl Work {
    /// Works out every ticket that was changed. Their requesters must be held.
    pub(super) async fn settle(&mut self) -> Result<()> {
        for id in std::mem::take(&mut self.unsettled) {
            self.settle_status(id);
            self.settle_urgency(id).await?;
        }
        Ok(())
    }

    /// The status that a held ticket's mails and the last decision give now.
    pub(crate) fn derived_status(&self, ticket: &TicketRec) -> Status {
        let history = self.history_before(ticket.source);
        model::arrival::status(ticket.turns(), ticket.decision(), history)
    }

    fn settle_status(&mut self, id: TicketId) {
        let Some(status) = self.tickets.get(&id).map(|held| self.derived_status(&held.now)) else { return };
        let Some(held) = self.tickets.get_mut(&id) else { return };
        let ticket = &mut held.now;
        let was = std::mem::replace(&mut ticket.status, status);
        ticket.closed_at_ms = match ticket.status {
            Status::Closed => ticket.decided_at_ms.or(Some(ticket.last_message_at_ms)),
            _ => None,
        };
        let Some(before) = &held.before else { return };
        let reopened = was == Status::Closed && ticket.status == Status::Open;
        let by_mail = reopened && ticket.asked > before.asked;
        if by_mail {
            let (at, what) =
                (ticket.last_message_at_ms, EventKind::Status { from: Status::Closed, to: Status::Open });
            self.event(id, at, "", what);
        }
    }

    async fn settle_urgency(&mut self, id: TicketId) -> Result<()> {
        let Some(held) = self.tickets.get_mut(&id) else { return Ok(()) };
        let ticket = &mut held.now;
        let wanted = wanted_reason(ticket, &self.rules, self.now);
        ticket.urgent_due_at_ms = match wanted {
            Some(_) => None,
            None => becomes_urgent_at(facts(ticket), &self.rules),
        };
        let standing = ticket.urgent.as_ref().map(|json| &json.0);
        if same_kind(standing, wanted.as_ref()) {
            return Ok(());
        }
        let raise = standing.is_none();
        let news = wanted
            .as_ref()
            .is_some_and(|reason| self.now.since(cause_at(ticket, reason, &self.rules)) <= NEWS_MS);
        ticket.urgent = wanted.clone().map(Json);
        self.touched.escalations = true;
        match wanted {
            Some(reason) if raise => self.raise(id, &reason, news).await,
            Some(reason) => self.change_reason(id, &reason).await,
            None => self.withdraw(id).await,
        }
    }

    async fn raise(&mut self, id: TicketId, reason: &UrgentReason, news: bool) -> Result<()> {
        let now = self.now;
        sqlx::query("INSERT INTO escalation (ticket, reason, raised_at_ms, news) VALUES (?, ?, ?, ?)")
            .bind(id.0)
            .bind(serde_json::to_string(reason)?)
            .bind(now.0)
            .bind(news)
            .execute(self.connection())
            .await?;
        if news {
            self.event(id, now, "", EventKind::Urgent { reason: reason.clone() });
        }
        Ok(())
    }

    async fn change_reason(&mut self, id: TicketId, reason: &UrgentReason) -> Result<()> {
        let sql = "UPDATE escalation SET reason = ? WHERE ticket = ? AND acknowledged_at_ms IS NULL AND withdrawn_at_ms IS NULL";
        sqlx::query(sql).bind(serde_json::to_string(reason)?).bind(id.0).execute(self.connection()).await?;
        Ok(())
    }

    async fn withdraw(&mut self, id: TicketId) -> Result<()> {
        let sql = "UPDATE escalation SET withdrawn_at_ms = ? WHERE ticket = ? AND acknowledged_at_ms IS NULL AND withdrawn_at_ms IS NULL";
        let now = self.now.0;
        sqlx::query(sql).bind(now).bind(id.0).execute(self.connection()).await?;
        Ok(())
    }
}

/// What the rules look at, without the causes that somebody has acknowledged.
fn facts(ticket: &TicketRec) -> Facts<'_> {
    let taken = |at: Option<Millis>| at.is_some() && at <= ticket.acknowledged_at_ms;
    let said = ticket.word.as_deref().filter(|_| !taken(ticket.word_at_ms)).unwrap_or("");
    let vip = ticket.vip && !taken(ticket.waiting_since_ms);
    let urgent = ticket.priority == Priority::Urgent && !taken(ticket.priority_at_ms);
    Facts {
        status: ticket.status,
        priority: if urgent { Priority::Urgent } else { Priority::Normal },
        tier: if vip { Tier::Vip } else { Tier::Standard },
        waiting_since: ticket.waiting_since_ms,
        said,
    }
}

fn wanted_reason(ticket: &TicketRec, rules: &UrgentRules, now: Millis) -> Option<UrgentReason> {
    assess(facts(ticket), rules, now)
}

fn same_kind(one: Option<&UrgentReason>, other: Option<&UrgentReason>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => std::mem::discriminant(one) == std::mem::discriminant(other),
        _ => false,
    }
}

/// When what makes the ticket urgent happened.
fn cause_at(ticket: &TicketRec, reason: &UrgentReason, rules: &UrgentRules) -> Millis {
    let cause = match reason {
        UrgentReason::Priority => ticket.priority_at_ms,
        UrgentReason::Words { .. } => ticket.word_at_ms,
        UrgentReason::VipWaiting { .. } => {
            let target = i64::from(rules.vip_target_min) * Millis::MINUTE;
            ticket.waiting_since_ms.map(|since| since.plus(target))
        }
    };
    cause.unwrap_or(Millis(0))
}
