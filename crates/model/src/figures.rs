//! The supervisor's figures as rules: what is an answer, how long it took, what is over its target, when today and this week begin.
//!
//! Each figure equals a count by hand over all mails, in whatever order they were stored. Automatic mail takes no turn and is
//! never among the [`Turn`]s. Nothing here reads a clock or a time zone of its own.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan as _, civil::Weekday, tz::TimeZone};

use crate::{Direction, MessageId, Millis, TicketId};

/// One mail that a person wrote, seen as a turn of its ticket. When it was written is in the message's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    pub message: MessageId,
    pub ticket: TicketId,
    pub direction: Direction,
}

/// A mail of the team to a customer who was waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answer {
    pub message: MessageId,
    pub ticket: TicketId,
    /// The first of the customer's mails that this one answers.
    pub asked: MessageId,
}

impl Answer {
    /// The response time, in milliseconds.
    pub const fn waited_ms(&self) -> i64 {
        self.message.received_at().since(self.asked.received_at())
    }
}

/// The answers among `turns`, oldest first, whatever the order of `turns`; a turn given twice counts once.
///
/// An answer is an outbound turn with at least one inbound turn of its ticket after the ticket's outbound turn before it:
///
/// ```text
/// asked(o)         = min { i inbound | o' < i < o },  o' the last outbound turn of the ticket before o (or its beginning)
/// answers          = { o outbound | asked(o) exists }
/// response time(o) = time(o) - time(asked(o))
/// ```
///
/// So a second mail in a row of the team answers nothing, and a customer who writes three times has waited since the first.
/// A mark "answered" at the source is no answer, since nobody knows when it was given.
pub fn answers(turns: &[Turn]) -> Vec<Answer> {
    let mut turns = turns.to_vec();
    turns.sort_unstable();
    let mut asked: BTreeMap<TicketId, MessageId> = BTreeMap::new();
    let answer = |turn: Turn| match turn.direction {
        Direction::Inbound => {
            asked.entry(turn.ticket).or_insert(turn.message);
            None
        }
        Direction::Outbound => asked.remove(&turn.ticket).map(|asked| Answer {
            message: turn.message,
            ticket: turn.ticket,
            asked,
        }),
    };
    turns.into_iter().filter_map(answer).collect()
}

/// Within how many milliseconds a customer should have an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Targets {
    pub usual_ms: i64,
    pub vip_ms: i64,
}

impl Targets {
    pub fn of_minutes(usual: u32, vip: u32) -> Targets {
        Targets { usual_ms: i64::from(usual) * Millis::MINUTE, vip_ms: i64::from(vip) * Millis::MINUTE }
    }

    pub const fn of(&self, vip: bool) -> i64 {
        if vip { self.vip_ms } else { self.usual_ms }
    }

    /// Who has waited since before this is over the target: longer than it, not just as long.
    pub const fn over_before(&self, vip: bool, now: Millis) -> Millis {
        now.plus(-self.of(vip))
    }
}

/// Response times put together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResponseTimes {
    pub answers: u32,
    /// The middle one in order; of an even number the mean of the two in the middle, rounded down.
    pub median_ms: Option<i64>,
    /// By nearest rank: the ⌈0.9 n⌉-th in order. Nine in ten answers came within it.
    pub ninetieth_ms: Option<i64>,
    /// How many took no longer than their target.
    pub within_target: u32,
}

/// `waits` are pairs of response time and target, in milliseconds.
pub fn response_times(waits: impl IntoIterator<Item = (i64, i64)>) -> ResponseTimes {
    let mut times = ResponseTimes::default();
    let mut waited: Vec<i64> = Vec::new();
    for (wait, target) in waits {
        times.within_target += u32::from(wait <= target);
        waited.push(wait);
    }
    waited.sort_unstable();
    times.answers = u32::try_from(waited.len()).unwrap_or(u32::MAX);
    let middle = [waited.len().saturating_sub(1) / 2, waited.len() / 2].map(|at| waited.get(at));
    if let [Some(low), Some(high)] = middle {
        times.median_ms = Some(low + (high - low) / 2);
    }
    let rank = (waited.len() * 9).div_ceil(10);
    times.ninetieth_ms = rank.checked_sub(1).and_then(|at| waited.get(at)).copied();
    times
}

/// A day as a clock on the wall has it, and the week it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Today {
    /// The hours from midnight on, each from its first moment to the next one's: 24 of them, or 23 or 25 when the clock is
    /// changed. Where it is changed by half an hour, the last is half as long.
    pub hours: Vec<(Millis, Millis)>,
    /// Midnight of the week's Monday.
    pub week_from: Millis,
}

impl Today {
    /// The day of `now` in `zone`. `None` for moments no calendar reaches.
    pub fn of(now: Millis, zone: &TimeZone) -> Option<Today> {
        let now = Timestamp::from_millisecond(now.0).ok()?.to_zoned(zone.clone());
        let from = now.start_of_day().ok()?;
        let to = millis(now.tomorrow().ok()?.start_of_day().ok()?.timestamp());
        let into_week = now.weekday().since(Weekday::Monday);
        let monday = from.date().checked_sub(i64::from(into_week).days()).ok()?;
        let week_from = monday.to_zoned(zone.clone()).ok()?.start_of_day().ok()?;
        Some(Today { hours: hours(millis(from.timestamp()), to), week_from: millis(week_from.timestamp()) })
    }

    /// Midnight.
    pub fn from(&self) -> Millis {
        self.hours.first().map_or(self.week_from, |hour| hour.0)
    }
}

fn millis(at: Timestamp) -> Millis {
    Millis(at.as_millisecond())
}

fn hours(from: Millis, to: Millis) -> Vec<(Millis, Millis)> {
    let next = |hour: &Millis| Some(hour.plus(Millis::HOUR)).filter(|next| *next < to);
    std::iter::successors(Some(from), next).map(|hour| (hour, hour.plus(Millis::HOUR).min(to))).collect()
}

#[cfg(test)]
mod tests;
