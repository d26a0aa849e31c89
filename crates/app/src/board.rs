//! The supervisor's figures, and the way from a figure to the tickets behind it.
//!
//! All figures of one answer are of one moment, and count what was there before it: the list behind a figure shows the same
//! tickets. While much changes, figures are made anew only so often that they take a tenth of one core's time.

use std::time::Duration;

use jiff::tz::TimeZone;
use model::{
    Millis, Problem, ProblemCode, Seq, TicketId,
    figures::{Answer, Targets, Today, Turn, response_times},
};
use store::{RowPlace, TicketsPage, Turnover, UrgentTicket, WaitingTicket};
use tokio::time::Instant;

use crate::{
    Desk, DeskEvent,
    dto::{Answers, Board, BoardHour, Changed, Figure, Scope, Settings, UrgentWait, Wait},
    reading::not_found,
};

/// Urgent tickets that are named one by one.
const MOST_URGENT: u32 = 50;
/// How long figures are good for while nothing changes: waits grow by themselves.
const FRESH_MS: i64 = Millis::SECOND;
/// Making figures is rested from this many times as long as it took, and never longer than [`LONGEST_REST`].
const REST: u32 = 9;
const LONGEST_REST: Duration = Duration::from_secs(1);

/// The figures made last.
pub(crate) struct Made {
    seq: Seq,
    board: Board,
    /// When the next may be made.
    rested: Instant,
}

impl Desk {
    pub async fn board(&self) -> Result<Board, Problem> {
        // Whoever asks meanwhile waits for the same figures.
        let mut made = self.board.lock().await;
        if let Some(last) = made.as_ref() {
            if last.seq != self.store.latest_seq() {
                tokio::time::sleep_until(last.rested).await;
            } else if (0..FRESH_MS).contains(&self.now().since(last.board.as_of_ms)) {
                return Ok(last.board.clone());
            }
        }
        let (seq, began) = (self.store.latest_seq(), Instant::now());
        let board = self.make_board().await?;
        let rested = Instant::now() + (began.elapsed() * REST).min(LONGEST_REST);
        *made = Some(Made { seq, board: board.clone(), rested });
        Ok(board)
    }

    async fn make_board(&self) -> Result<Board, Problem> {
        let (settings, now) = (self.settings().await?, self.now());
        let (today, targets) = (today(now)?, targets(&settings));
        let read = self.store.board(today.week_from, now, targets, MOST_URGENT).await;
        let (queue, turnover) = read.map_err(|e| e.problem())?;
        Ok(Board {
            as_of_ms: now,
            queue: queue.queue,
            longest_waits: queue.longest.into_iter().map(|longest| wait(longest, &settings)).collect(),
            over_target: queue.over_target,
            urgent: queue.urgent,
            urgent_tickets: queue.urgent_tickets.into_iter().map(urgent_wait).collect(),
            hours: hours(&today, &turnover),
            today: answered_from(today.from(), &turnover, targets),
            week: answered_from(today.week_from, &turnover, targets),
            today_from_ms: today.from(),
            week_from_ms: today.week_from,
        })
    }

    /// A page of the tickets behind a figure.
    pub(crate) async fn figure_page(
        &self,
        figure: Figure,
        after: Option<RowPlace>,
        limit: u32,
    ) -> Result<TicketsPage, Problem> {
        let page = match figure {
            Figure::Queue => self.store.list_queue(after, limit).await,
            Figure::OverTarget => {
                let targets = targets(&self.settings().await?);
                self.store.list_over_target(targets, self.now(), after, limit).await
            }
            Figure::Urgent => {
                let urgent = model::ViewId::Standard { view: model::StandardView::Urgent };
                self.store.list_view(urgent, after, limit).await
            }
            Figure::Arrived { from_ms, to_ms } => {
                self.store.list_arrived((from_ms, to_ms), after, limit).await
            }
            Figure::Answered { from_ms, to_ms } => {
                self.store.list_answered((from_ms, to_ms), after, limit).await
            }
        };
        page.map_err(|e| e.problem())
    }

    pub async fn show_list(&self, scope: Scope) -> Result<Changed, Problem> {
        self.tell(DeskEvent::OpenList { scope });
        self.tell(DeskEvent::Raise);
        Ok(Changed { seq: self.store.latest_seq() })
    }

    pub async fn show_ticket(&self, ticket: TicketId) -> Result<Changed, Problem> {
        self.store.ticket(ticket).await.map_err(|e| e.problem())?.ok_or_else(not_found)?;
        self.tell(DeskEvent::OpenTicket { ticket });
        self.tell(DeskEvent::Raise);
        Ok(Changed { seq: self.store.latest_seq() })
    }

    pub async fn open_dashboard(&self) -> Result<Changed, Problem> {
        self.tell(DeskEvent::OpenDashboard);
        Ok(Changed { seq: self.store.latest_seq() })
    }
}

/// The day and week on this machine.
fn today(now: Millis) -> Result<Today, Problem> {
    let none = || Problem::new(ProblemCode::Internal).because("the clock is beyond any calendar");
    Today::of(now, &TimeZone::system()).ok_or_else(none)
}

fn targets(settings: &Settings) -> Targets {
    Targets::of_minutes(settings.target_min, settings.urgent.vip_target_min)
}

fn wait(longest: WaitingTicket, settings: &Settings) -> Wait {
    Wait {
        ticket: longest.ticket,
        requester_name: longest.requester_name,
        subject: longest.subject,
        since_ms: longest.since,
        target_min: if longest.vip { settings.urgent.vip_target_min } else { settings.target_min },
    }
}

fn urgent_wait(urgent: UrgentTicket) -> UrgentWait {
    UrgentWait {
        ticket: urgent.ticket,
        requester_name: urgent.requester_name,
        subject: urgent.subject,
        reason: urgent.reason,
        raised_at_ms: urgent.raised_at,
        waiting_since_ms: urgent.waiting_since,
    }
}

fn count<T>(of: impl Iterator<Item = T>) -> u32 {
    u32::try_from(of.count()).unwrap_or(u32::MAX)
}

/// What is ordered by time, from `from` on.
fn since<T>(ordered: &[T], from: Millis, at: impl Fn(&T) -> Millis) -> &[T] {
    ordered.get(ordered.partition_point(|each| at(each) < from)..).unwrap_or_default()
}

fn arrived_at(turn: &Turn) -> Millis {
    turn.message.received_at()
}

fn answered_at(answer: &Answer) -> Millis {
    answer.message.received_at()
}

fn hours(today: &Today, turnover: &Turnover) -> Vec<BoardHour> {
    let hour = |(from, to): &(Millis, Millis)| {
        let arrived = since(&turnover.arrived, *from, arrived_at).iter();
        let answered = since(&turnover.answers, *from, answered_at).iter();
        BoardHour {
            from_ms: *from,
            to_ms: *to,
            arrived: count(arrived.take_while(|turn| arrived_at(turn) < *to)),
            answered: count(answered.take_while(|answer| answered_at(answer) < *to)),
        }
    };
    today.hours.iter().map(hour).collect()
}

fn answered_from(from: Millis, turnover: &Turnover, targets: Targets) -> Answers {
    let waited = |answer: &Answer| (answer.waited_ms(), targets.of(turnover.vips.contains(&answer.ticket)));
    let times = response_times(since(&turnover.answers, from, answered_at).iter().map(waited));
    Answers {
        arrived: count(since(&turnover.arrived, from, arrived_at).iter()),
        answered: times.answers,
        median_ms: times.median_ms,
        ninetieth_ms: times.ninetieth_ms,
        within_target: times.within_target,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use model::{Direction, MessageId};

    use super::*;

    const HOUR: i64 = Millis::HOUR;

    fn key(hours: i64) -> MessageId {
        MessageId::in_time_order(Millis(hours * HOUR), 0)
    }

    fn turnover() -> Turnover {
        let arrived = |(ticket, hours)| Turn {
            message: key(hours),
            ticket: TicketId(ticket),
            direction: Direction::Inbound,
        };
        let answer = |(ticket, hours, asked)| Answer {
            message: key(hours),
            ticket: TicketId(ticket),
            asked: key(asked),
        };
        Turnover {
            arrived: [(1, 10), (2, 30), (3, 30), (1, 33)].map(arrived).to_vec(),
            answers: [(1, 12, 10), (2, 31, 30), (3, 34, 30)].map(answer).to_vec(),
            vips: BTreeSet::from([TicketId(3)]),
        }
    }

    /// A day that begins 30 hours after 1970 began, in a week that began with it.
    fn day() -> Today {
        let hours = (30..54).map(|hour| (Millis(hour * HOUR), Millis((hour + 1) * HOUR))).collect();
        Today { hours, week_from: Millis(0) }
    }

    #[test]
    fn each_hour_counts_what_was_written_in_it() {
        let hours = hours(&day(), &turnover());
        let busy: Vec<_> = hours
            .iter()
            .filter(|hour| hour.arrived + hour.answered > 0)
            .map(|hour| (hour.from_ms.0 / HOUR, hour.arrived, hour.answered))
            .collect();
        assert_eq!((hours.len(), busy), (24, vec![(30, 2, 0), (31, 0, 1), (33, 1, 0), (34, 0, 1)]));
    }

    #[test]
    fn today_is_part_of_the_week_and_each_customer_has_their_own_target() {
        let targets = Targets { usual_ms: 2 * HOUR, vip_ms: 3 * HOUR };
        let today = answered_from(day().from(), &turnover(), targets);
        assert_eq!(
            (today.arrived, today.answered, today.within_target),
            (3, 2, 1),
            "the VIP waited four hours"
        );
        assert_eq!((today.median_ms, today.ninetieth_ms), (Some(5 * HOUR / 2), Some(4 * HOUR)));
        let week = answered_from(day().week_from, &turnover(), targets);
        assert_eq!((week.arrived, week.answered, week.within_target), (4, 3, 2));
        assert_eq!(week.median_ms, Some(2 * HOUR));
    }
}
