//! How much of a page one transaction takes in, so that a person's write never waits long behind a source. Pure: it is told how long the
//! last one took, and follows the machine's pace as a disk slows down or a page's mails grow.

use std::time::Duration;

use model::incoming::Change;

/// How long a transaction should take: well under the 20 ms that nobody notices, since the next one may be slower than the last.
const AIM: Duration = Duration::from_millis(12);
/// The same where nobody is at the desk, so that no write waits: much of what a transaction costs, it costs but once.
const AIM_ALONE: Duration = Duration::from_millis(150);
/// What a mail costs besides its text, in bytes of text that cost the same.
const MAIL: u64 = 1_500;
/// What a changed flag or place costs.
const MARK: u64 = 500;
/// The least and the most that is attempted at once: about four mails and about a thousand.
const LEAST: u64 = 8_000;
const MOST: u64 = 2_000_000;

/// How long a transaction should take, and the weight one may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    aim: Duration,
    weight: u64,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace { aim: AIM, weight: 100_000 }
    }
}

impl Pace {
    /// Where nobody is at the desk.
    pub fn alone() -> Pace {
        Pace { aim: AIM_ALONE, ..Pace::default() }
    }

    pub fn is_alone(self) -> bool {
        self.aim == AIM_ALONE
    }

    /// After a transaction of this weight took so long. One that was slow for a reason of its own (a checkpoint) says little, so the
    /// weight is at most halved, and it grows slowly.
    pub fn after(self, weight: u64, took: Duration) -> Pace {
        let fits = u128::from(weight) * self.aim.as_micros() / took.as_micros().max(1);
        let fits = u64::try_from(fits).unwrap_or(u64::MAX);
        // One that was far from full tells how long the fixed part takes, not how much would fit.
        let grown = if weight >= self.weight / 2 { self.weight / 4 * 5 } else { self.weight };
        Pace { weight: fits.clamp(self.weight / 2, grown).clamp(LEAST, MOST), ..self }
    }

    /// How many of these changes the next transaction takes: at least one, if there is any.
    pub fn cut(self, changes: &[&Change]) -> usize {
        let mut left = self.weight;
        let fits = |change: &&&Change| {
            let fits = weight(change) <= left;
            left = left.saturating_sub(weight(change));
            fits
        };
        changes.iter().take_while(fits).count().max(1).min(changes.len())
    }
}

/// What a change costs, in bytes of text that cost the same.
pub(crate) fn weight(change: &Change) -> u64 {
    match change {
        Change::Message(mail) => {
            let html = mail.body.html.as_ref().map_or(0, String::len);
            MAIL + (mail.body.text.len() + html) as u64
        }
        _ => MARK,
    }
}

#[cfg(test)]
mod tests {
    use model::incoming::Place;

    use super::*;
    use crate::tests::mail;

    fn of(weight: u64) -> Pace {
        Pace { weight, ..Pace::default() }
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn it_follows_the_machine_but_not_each_of_its_moods() {
        for (weight, took, then) in [
            (100_000, ms(12), 100_000),
            (100_000, ms(15), 80_000),
            (100_000, ms(10), 120_000),
            (100_000, ms(1), 125_000),
            (100_000, ms(200), 50_000),
            // A page's last, short part: neither fast nor slow.
            (10_000, ms(2), 60_000),
            (10_000, Duration::ZERO, 100_000),
        ] {
            assert_eq!(of(100_000).after(weight, took), of(then), "{weight} in {took:?}");
        }
    }

    #[test]
    fn it_finds_what_fits_on_any_machine_and_stays_within_bounds() {
        for (ns_a_byte, fits) in [(120, 100_000), (1_200, 10_000), (30, 400_000), (100_000, LEAST), (1, MOST)]
        {
            let mut pace = Pace::default();
            for _ in 0..40 {
                pace = pace.after(pace.weight, Duration::from_nanos(pace.weight * ns_a_byte));
            }
            assert!(pace.weight.abs_diff(fits) <= fits / 50, "{ns_a_byte} ns: {pace:?}");
        }
    }

    #[test]
    fn where_nobody_waits_a_transaction_takes_longer() {
        let (mut beside, mut alone) = (Pace::default(), Pace::alone());
        for _ in 0..40 {
            beside = beside.after(beside.weight, Duration::from_nanos(beside.weight * 120));
            alone = alone.after(alone.weight, Duration::from_nanos(alone.weight * 120));
        }
        assert!(alone.weight > 10 * beside.weight, "{alone:?} {beside:?}");
    }

    #[test]
    fn a_transaction_takes_what_fits_and_a_long_mail_alone() {
        let short = Change::Message(Box::new(mail("a", 0)));
        let mut long = mail("b", 0);
        long.body.text = "long ".repeat(2_000_000);
        let long = Change::Message(Box::new(long));
        let place = Place { folder: "INBOX".into(), uid_validity: 1, uid: 1 };
        let gone = Change::Gone { place };
        let fitting = 100_000 / weight(&short) as usize;
        assert_eq!(of(100_000).cut(&vec![&short; 1_000]), fitting);
        assert_eq!(of(100_000).cut(&vec![&gone; 1_000]), 200);
        assert_eq!(of(100_000).cut(&[&short, &long, &short]), 1);
        assert_eq!(of(100_000).cut(&[&long, &short]), 1);
        assert_eq!(of(100_000).cut(&[]), 0);
    }
}
