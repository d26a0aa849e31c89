//! How long filling in the history will still take, from how fast it has been going. Pure.

use model::Millis;

/// Remembers the pace of the last minutes, so that a slow start does not spoil the estimate for an hour.
#[derive(Debug, Clone, Default)]
pub struct Estimate {
    last: Option<(Millis, u32)>,
    /// Messages per millisecond, smoothed.
    pace: Option<f64>,
}

/// The weight of the newest measurement.
const NEWEST: f64 = 0.25;

impl Estimate {
    /// Takes in that `done` of `total` messages are here at `now`; answers the seconds left once there is a pace to go by.
    pub fn update(&mut self, now: Millis, done: u32, total: u32) -> Option<u32> {
        if let Some((then, before)) = self.last {
            let elapsed = now.since(then);
            if elapsed > 0 && done > before {
                let pace = f64::from(done - before) / elapsed as f64;
                self.pace = Some(self.pace.map_or(pace, |old| old + (pace - old) * NEWEST));
            }
        }
        self.last = Some((now, done));
        let seconds = f64::from(total.saturating_sub(done)) / self.pace? / 1_000.0;
        Some(seconds.ceil().min(f64::from(u32::MAX)) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_pace_gives_the_time_it_takes() {
        let mut estimate = Estimate::default();
        assert_eq!(estimate.update(Millis(0), 0, 1_000), None, "no pace yet");
        assert_eq!(estimate.update(Millis(1_000), 100, 1_000), Some(9));
        assert_eq!(estimate.update(Millis(2_000), 200, 1_000), Some(8));
    }

    #[test]
    fn a_clock_that_jumps_back_or_a_page_without_news_changes_nothing() {
        let mut estimate = Estimate::default();
        estimate.update(Millis(10_000), 0, 1_000);
        assert_eq!(estimate.update(Millis(11_000), 100, 1_000), Some(9));
        assert_eq!(estimate.update(Millis(5_000), 150, 1_000), Some(9));
        assert_eq!(estimate.update(Millis(6_000), 150, 1_000), Some(9));
    }
}
