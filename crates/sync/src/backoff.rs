//! How long to wait before trying again. Pure: the number of failures and a random share come in, a delay comes out.

use std::time::Duration;

use model::Millis;
use remote::Retry;

/// The longest wait of each kind. Offline is asked about often, since the answer is free and people expect the desk to notice.
const LONGEST_OFFLINE: Duration = Duration::from_secs(15);
const LONGEST_FAULT: Duration = Duration::from_secs(5 * 60);
const FIRST: Duration = Duration::from_secs(2);

/// The delay after the `failures`-th failure in a row (from 1): doubling from two seconds, cut at the longest, then spread by
/// `share` (0 to 1) over its upper half, so that desks that lost one server do not all return at once. `None`: a person must act.
pub fn delay(retry: Retry, failures: u32, share: f64) -> Option<Duration> {
    let (longest, asked) = match retry {
        Retry::Permanent => return None,
        Retry::Offline => (LONGEST_OFFLINE, None),
        Retry::Transient { after } => (LONGEST_FAULT, after),
    };
    let doubled = FIRST.saturating_mul(1 << failures.saturating_sub(1).min(16));
    let spread = doubled.min(longest).mul_f64(0.5 + share.clamp(0.0, 1.0) / 2.0);
    Some(spread.max(asked.unwrap_or(Duration::ZERO)))
}

/// A share between 0 and 1 that differs from desk to desk and from moment to moment.
pub fn share(now: Millis) -> f64 {
    (now.0.rem_euclid(1_000)) as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit_and_keep_to_what_the_server_asked() {
        let fault = |failures| delay(Retry::Transient { after: None }, failures, 1.0).map(|d| d.as_secs());
        assert_eq!([1, 2, 3, 8, 9, 40].map(fault), [2, 4, 8, 256, 300, 300].map(Some));
        assert_eq!(delay(Retry::Offline, 9, 1.0), Some(LONGEST_OFFLINE));
        assert_eq!(delay(Retry::Permanent, 1, 0.5), None);
        let asked = Retry::Transient { after: Some(Duration::from_secs(600)) };
        assert_eq!(delay(asked, 1, 0.0), Some(Duration::from_secs(600)));
    }

    #[test]
    fn the_spread_never_leaves_the_upper_half() {
        for share in [-1.0, 0.0, 0.3, 1.0, 7.0] {
            let waited = delay(Retry::Offline, 2, share).unwrap();
            assert!(
                (Duration::from_secs(2)..=Duration::from_secs(4)).contains(&waited),
                "{share}: {waited:?}"
            );
        }
    }
}
