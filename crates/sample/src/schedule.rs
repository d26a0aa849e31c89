//! A working week's shape: when mail comes and goes in a shop whose customers mostly live on Shanghai time.
//!
//! Weights per hour of the week make a cumulative curve; a point on the curve is a moment. No state: the moment of a ticket follows
//! from its number alone. Times are UTC milliseconds; only the shape knows that Shanghai is eight hours ahead (it has no summer time).

use model::Millis;
use rand::{Rng, rngs::SmallRng};

use crate::rng::chance;

/// Shanghai is this far ahead of UTC, in milliseconds.
pub const SHANGHAI_MS: i64 = 8 * Millis::HOUR;
const WEEK_MS: i64 = 7 * Millis::DAY;
/// 1970-01-01 was a Thursday; weeks here begin on Monday.
const TO_MONDAY_MS: i64 = 3 * Millis::DAY;

/// How busy each hour of a weekday is, in Shanghai: peaks at 10–12, 14–16 and 20–22.
const HOURS: [f64; 24] = [
    1.6, 0.8, 0.5, 0.4, 0.4, 0.5, 0.9, 2.0, 4.0, 6.5, 9.0, 8.6, 4.6, 5.4, 8.4, 7.9, 6.2, 5.2, 4.6, 6.0, 8.8,
    8.2, 5.0, 2.8,
];
/// Monday to Sunday.
const DAYS: [f64; 7] = [1.15, 1.06, 1.0, 1.0, 0.97, 0.68, 0.62];
const BUSIEST: f64 = 9.0 * 1.15;

/// Hour of the week (0 is Monday midnight in Shanghai) and milliseconds into it.
fn hour_of_week(at: Millis) -> (i64, i64, i64) {
    let local = at.0 + SHANGHAI_MS + TO_MONDAY_MS;
    let (week, within) = (local.div_euclid(WEEK_MS), local.rem_euclid(WEEK_MS));
    (week, within / Millis::HOUR, within % Millis::HOUR)
}

/// How busy the hour around `at` is, from 0 to 1.
pub fn busyness(at: Millis) -> f64 {
    let (_, hour, _) = hour_of_week(at);
    weight(hour) / BUSIEST
}

fn weight(hour_of_week: i64) -> f64 {
    let day = DAYS.get((hour_of_week / 24) as usize).copied().unwrap_or(1.0);
    let hour = HOURS.get((hour_of_week % 24) as usize).copied().unwrap_or(1.0);
    day * hour
}

/// The cumulative curve over one week.
#[derive(Debug, Clone)]
pub struct Curve {
    /// Weight of all hours before each; the last is the whole week.
    before: Vec<f64>,
    week: f64,
}

impl Curve {
    pub fn new() -> Curve {
        let mut sum = 0.0;
        let mut before = vec![0.0];
        before.extend((0..7 * 24).map(|hour| {
            sum += weight(hour);
            sum
        }));
        Curve { before, week: sum }
    }

    /// The point of the curve at `at`.
    pub fn at(&self, at: Millis) -> f64 {
        let (week, hour, into) = hour_of_week(at);
        let before = self.before.get(hour as usize).copied().unwrap_or(0.0);
        week as f64 * self.week + before + weight(hour) * into as f64 / Millis::HOUR as f64
    }

    /// The moment at which the curve reaches `point`.
    pub fn when(&self, point: f64) -> Millis {
        let week = (point / self.week).floor();
        let within = point - week * self.week;
        let hour = self.before.partition_point(|before| *before <= within).saturating_sub(1).min(7 * 24 - 1);
        let into = (within - self.before.get(hour).copied().unwrap_or(0.0)) / weight(hour as i64);
        let ms = (into.clamp(0.0, 0.999_999) * Millis::HOUR as f64) as i64;
        Millis(week as i64 * WEEK_MS + hour as i64 * Millis::HOUR + ms - TO_MONDAY_MS - SHANGHAI_MS)
    }
}

/// When the history of a shop with `tickets` tickets begins: about eighty a day, but at most three years and at least two days.
pub fn beginning(now: Millis, tickets: u32) -> Millis {
    now.plus(-(i64::from(tickets) * Millis::DAY / 80).clamp(2 * Millis::DAY, 1_095 * Millis::DAY))
}

/// A moment at or before `at` at which a person would write: quiet hours are mostly skipped backwards.
pub fn settle(at: Millis, rng: &mut SmallRng) -> Millis {
    let mut at = at;
    for _ in 0..24 {
        if chance(rng, (busyness(at) * 1.5).powf(1.5)) {
            break;
        }
        at = at.plus(-rng.random_range(20 * Millis::MINUTE..100 * Millis::MINUTE));
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_and_its_point_on_the_curve_are_each_other() {
        let curve = Curve::new();
        for hour in 0..400 {
            let at = Millis(1_760_000_000_000).plus(hour * 3_333_333);
            let back = curve.when(curve.at(at));
            assert!(back.since(at).abs() <= 10, "{at:?} came back as {back:?}");
        }
    }

    #[test]
    fn evenings_are_busy_and_nights_are_not() {
        // 2025-10-14 is a Tuesday; 13:00 UTC is 21:00 in Shanghai.
        let evening = Millis(1_760_446_800_000);
        let night = evening.plus(6 * Millis::HOUR);
        assert!(busyness(evening) > 8.0 * busyness(night));
        assert!(busyness(evening) > busyness(evening.plus(5 * Millis::DAY)), "Sunday is quieter");
    }
}
