//! Which ticket has how many messages, in which language, about what: dealt in hands of fifty, so that every hand has the same number of
//! messages. That is what lets message `k` be found without counting the ones before it.

use rand::{Rng, rngs::SmallRng, seq::SliceRandom};

use crate::{
    rng::{For, generator},
    script::{Lang, Script},
};

/// Tickets in a hand.
pub const HAND: u32 = 50;
/// The most messages a ticket has.
pub const LONGEST: u32 = 12;

/// How many tickets of a hand have 1, 2, … 12 messages when the mean is four.
const SHAPE: [u32; LONGEST as usize] = [6, 12, 7, 8, 6, 4, 3, 1, 1, 1, 0, 1];

/// What is known of a ticket before it is written.
#[derive(Debug, Clone, Copy)]
pub struct Dealt {
    pub length: u32,
    pub lang: Lang,
    pub script: &'static Script,
}

/// The lengths a hand has, before shuffling: [`SHAPE`] moved to the mean wanted, one message at a time.
#[derive(Debug, Clone)]
pub struct Lengths {
    sorted: Vec<u32>,
    sum: u32,
}

impl Lengths {
    /// `mean` messages a ticket, 1 to 8.
    pub fn with_mean(mean: u32) -> Lengths {
        let mut sorted: Vec<u32> = SHAPE
            .iter()
            .zip(1..)
            .flat_map(|(count, length)| std::iter::repeat_n(length, *count as usize))
            .collect();
        let wanted = HAND * mean.clamp(1, 8);
        let mut sum: u32 = sorted.iter().sum();
        let mut turn = 0..;
        while sum != wanted {
            let at = turn.next().unwrap_or(0usize) * 17 % sorted.len();
            let Some(length) = sorted.get_mut(at) else { break };
            match sum < wanted {
                true if *length < LONGEST => (*length, sum) = (*length + 1, sum + 1),
                false if *length > 1 => (*length, sum) = (*length - 1, sum - 1),
                _ => {}
            }
        }
        Lengths { sorted, sum }
    }

    /// Messages in a whole hand.
    pub fn sum(&self) -> u32 {
        self.sum
    }

    /// Deals the lengths of one hand.
    fn shuffled(&self, rng: &mut SmallRng) -> Vec<u32> {
        let mut lengths = self.sorted.clone();
        lengths.shuffle(rng);
        lengths
    }
}

/// Deals hand number `hand`: the lengths first, so that [`lengths_of`] can deal them alone.
pub fn deal(seed: u64, hand: u32, lengths: &Lengths) -> Vec<Dealt> {
    let mut rng = generator(seed, For::Deck, u64::from(hand));
    let lengths = lengths.shuffled(&mut rng);
    let mut langs = [Lang::Zh, Lang::En].repeat(HAND as usize / 2);
    langs.shuffle(&mut rng);
    let mut zh = Pile::shuffled(Lang::Zh, &mut rng);
    let mut en = Pile::shuffled(Lang::En, &mut rng);
    let deal_one = |(at, (length, lang)): (u32, (u32, Lang))| {
        let pile = if lang == Lang::Zh { &mut zh } else { &mut en };
        // A hand begins with a script from one half and ends with one from the other, so that neighbours differ across hands too.
        let half = [Some(0), None, Some(1)]
            .get(usize::from(at > 0) + usize::from(at == HAND - 1))
            .copied()
            .flatten();
        Dealt { length, lang, script: pile.draw(length, half) }
    };
    (0..).zip(lengths.into_iter().zip(langs)).map(deal_one).collect()
}

/// The lengths [`deal`] gives the tickets of this hand.
pub fn lengths_of(seed: u64, hand: u32, lengths: &Lengths) -> Vec<u32> {
    lengths.shuffled(&mut generator(seed, For::Deck, u64::from(hand)))
}

/// The scripts of a language in a chance order, the frequent ones tending to the front.
struct Pile(Vec<Option<(usize, &'static Script)>>);

impl Pile {
    fn shuffled(lang: Lang, rng: &mut SmallRng) -> Pile {
        let key = |script: &Script, rng: &mut SmallRng| -rng.random::<f32>().max(1e-9).ln() / script.weight;
        let mut keyed: Vec<(f32, usize, &'static Script)> =
            (0..).zip(lang.scripts()).map(|(at, script)| (key(script, rng), at, script)).collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
        Pile(keyed.into_iter().map(|(_, at, script)| Some((at, script))).collect())
    }

    /// The next script, of the half wanted, that can carry a thread of `length` messages. No script comes twice in a hand.
    fn draw(&mut self, length: u32, half: Option<usize>) -> &'static Script {
        let fits = |card: &Option<(usize, &'static Script)>| {
            card.is_some_and(|(at, script)| length <= script.upto && half.is_none_or(|half| at % 2 == half))
        };
        match self.0.iter_mut().find(|card| fits(card)).and_then(Option::take) {
            Some((_, script)) => script,
            None => Script::fallback(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hand_has_the_mean_that_was_asked_for() {
        for mean in 1..=8 {
            let lengths = Lengths::with_mean(mean);
            for hand in 0..5 {
                let dealt = deal(7, hand, &lengths);
                assert_eq!(dealt.iter().map(|one| one.length).sum::<u32>(), HAND * mean);
                let alone = lengths_of(7, hand, &lengths);
                assert_eq!(dealt.iter().map(|one| one.length).collect::<Vec<_>>(), alone);
            }
        }
    }

    #[test]
    fn no_script_comes_twice_in_a_hand_and_long_threads_get_scripts_that_carry_them() {
        let lengths = Lengths::with_mean(4);
        for hand in 0..50 {
            let dealt = deal(3, hand, &lengths);
            let mut ids: Vec<_> = dealt.iter().map(|one| (one.lang, one.script.id)).collect();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), dealt.len(), "hand {hand}");
            assert!(dealt.iter().all(|one| one.length <= one.script.upto));
        }
    }
}
