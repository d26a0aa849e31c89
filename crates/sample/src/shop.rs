//! The shop's whole history as arithmetic: which ticket is number `t` (0 is the newest), which messages it has, and which message is
//! number `k`. Nothing is kept; a ticket costs the dealing of its hand of fifty and the writing of its own thread.

use model::{Direction, Millis};
use rand::{Rng, rngs::SmallRng};

use crate::{
    SampleConfig,
    case::Case,
    deck::{self, Dealt, HAND, Lengths},
    people::{self, Customer},
    plan::{self, Ending, Last, Plan, Role, Step},
    rng::{For, chance, generator, hash, nth},
    schedule::{self, Curve},
    script::{Entry, Lang, Script},
};

#[derive(Debug, Clone)]
pub struct Shop {
    pub config: SampleConfig,
    lengths: Lengths,
    curve: Curve,
    /// The history's beginning and end on the curve.
    from: f64,
    until: f64,
}

/// A ticket's newest message younger than this may still be unanswered; older ones were, or it no longer matters.
const RECENT_MS: i64 = 14 * Millis::DAY;

impl Shop {
    pub fn new(config: SampleConfig) -> Shop {
        let curve = Curve::new();
        let from = curve.at(schedule::beginning(config.now, config.tickets));
        let until = curve.at(config.now);
        let lengths = Lengths::with_mean(config.messages_per_ticket);
        Shop { config, lengths, curve, from, until }
    }

    /// Messages in the whole history.
    pub fn messages(&self) -> u64 {
        self.messages_of(self.config.tickets)
    }

    /// Messages of the newest `tickets` tickets.
    pub fn messages_of(&self, tickets: u32) -> u64 {
        let (hands, rest) = (tickets / HAND, tickets % HAND);
        let last: u32 = self.lengths_of(hands).iter().take(rest as usize).sum();
        u64::from(hands) * u64::from(self.lengths.sum()) + u64::from(last)
    }

    /// The ticket that has message `k`, and which of its messages that is. `None` after the end.
    pub fn locate(&self, k: u64) -> Option<(u32, usize)> {
        let hand = u32::try_from(k / u64::from(self.lengths.sum())).ok()?;
        let mut within = (k % u64::from(self.lengths.sum())) as u32;
        for (at, length) in (0..).zip(self.lengths_of(hand)) {
            if within < length {
                let ticket = hand.checked_mul(HAND)?.checked_add(at)?;
                return (ticket < self.config.tickets).then_some((ticket, within as usize));
            }
            within -= length;
        }
        None
    }

    fn lengths_of(&self, hand: u32) -> Vec<u32> {
        deck::lengths_of(self.config.seed, hand, &self.lengths)
    }

    /// The plans of the tickets `from..until`, newest first.
    pub fn plans(&self, from: u32, until: u32) -> impl Iterator<Item = Plan> {
        let until = until.min(self.config.tickets);
        let hands = from / HAND..until.div_ceil(HAND).max(from / HAND);
        hands.flat_map(move |hand| {
            let mut first = u64::from(hand) * u64::from(self.lengths.sum());
            let dealt = deck::deal(self.config.seed, hand, &self.lengths);
            (hand * HAND..).zip(dealt).filter_map(move |(ticket, dealt)| {
                let began = first;
                first += u64::from(dealt.length);
                (from..until).contains(&ticket).then(|| self.plan(ticket, dealt, began))
            })
        })
    }

    pub fn plan_of(&self, ticket: u32) -> Option<Plan> {
        self.plans(ticket, ticket.saturating_add(1)).next()
    }

    /// When the newest message of ticket `ticket` was written.
    fn end_of(&self, ticket: u32, within: f64) -> Millis {
        let share = (f64::from(ticket) + within) / f64::from(self.config.tickets.max(1));
        let at = self.curve.when(self.until - share * (self.until - self.from));
        Millis(at.0.min(self.config.now.0))
    }

    fn plan(&self, ticket: u32, dealt: Dealt, first: u64) -> Plan {
        let number = u64::from(ticket);
        let mut rng = generator(self.config.seed, For::Ending, number);
        let end = self.end_of(ticket, rng.random());
        let age = self.config.now.since(end);
        let last = last_word(age, dealt.length, &mut rng);
        if dealt.length == 1 && last != Last::Owed {
            return self.oneoff(number, dealt.lang, end, age, first);
        }
        let case = self.case(number, dealt.script, dealt.lang, dealt.length);
        let mut rng = generator(self.config.seed, For::Times, number);
        let ending = Ending { length: dealt.length, last, at: end };
        let steps = plan::steps(&case, ending, &mut rng);
        Plan { case, oneoff: None, steps, first, live: None }
    }

    /// A matter with a customer, whose mood follows from what it is about and how long it takes.
    pub fn case(&self, number: u64, script: &'static Script, lang: Lang, length: u32) -> Case {
        let mut rng = generator(self.config.seed, For::Case, number);
        let customer = Customer::new(self.config.seed, lang, people::who(&mut rng, self.config.tickets));
        self.case_of(number, script, customer, length)
    }

    pub fn case_of(&self, number: u64, script: &'static Script, customer: Customer, length: u32) -> Case {
        let mut rng = generator(self.config.seed, For::Case, number ^ (1 << 60));
        let tired = if length >= 8 { 1 } else { 0 };
        let heat = match rng.random_range(0..10) {
            0..6 => script.heat,
            6..9 => (script.heat + 1).min(2).min(script.heat * 2),
            _ => script.heat.saturating_sub(1),
        };
        Case::new(self.config.seed, number, script, customer, heat.max(tired))
    }

    /// Mail by itself: the shop's own notice, or what machines and suppliers send.
    fn oneoff(&self, number: u64, lang: Lang, end: Millis, age: i64, first: u64) -> Plan {
        let mut rng = generator(self.config.seed, For::Case, number ^ (1 << 61));
        // What nobody answers would look overdue: among the recent ones most are the shop's own.
        let likely = [(Millis::DAY, 0.6), (RECENT_MS, 0.92)].into_iter().find(|(until, _)| age < *until);
        let own = chance(&mut rng, likely.map_or(0.4, |(_, likely)| likely));
        let fitting: Vec<&'static Entry> =
            lang.oneoffs().iter().filter(|entry| (entry.field("kind") == "own") == own).collect();
        let direction = if own { Direction::Outbound } else { Direction::Inbound };
        let script = lang.scripts().first().unwrap_or_else(|| Script::fallback());
        let case = self.case(number, script, lang, 1);
        let empty: &'static Entry = Script::nothing();
        // Neighbours take neighbouring texts, so that two in a row never are the same.
        let turn = hash(self.config.seed, For::Deck, number / u64::from(HAND)).wrapping_add(number);
        let entry = fitting.get((turn % fitting.len().max(1) as u64) as usize).copied().unwrap_or(empty);
        let steps = vec![Step { role: Role::OneOff, direction, at: end }];
        Plan { case, oneoff: Some(entry), steps, first, live: None }
    }

    /// A script of `lang` chosen by `hash` among those that `fits`.
    pub fn script(lang: Lang, hash: u64, fits: impl Fn(&Script) -> bool) -> &'static Script {
        let fitting: Vec<Option<&'static Script>> =
            lang.scripts().iter().filter(|script| fits(script)).map(Some).collect();
        nth(&fitting, hash).unwrap_or_else(|| Script::fallback())
    }
}

/// How the thread of a ticket ends whose newest message is `age` old.
fn last_word(age: i64, length: u32, rng: &mut SmallRng) -> Last {
    let odd = length > 1 && !length.is_multiple_of(2);
    match age < RECENT_MS {
        true if chance(rng, unanswered(age, length)) => Last::Owed,
        _ if odd && chance(rng, 0.015) => Last::Returned,
        false if odd && chance(rng, 0.5) => Last::Thanks,
        _ => Last::Shop,
    }
}

/// How likely a ticket whose newest message is `age` old still waits for the shop. Nearly everything is answered within a day.
fn unanswered(age: i64, length: u32) -> f64 {
    let by_age = match age / Millis::HOUR {
        0 => 0.50,
        1..3 => 0.32,
        3..6 => 0.18,
        6..12 => 0.09,
        12..24 => 0.05,
        _ => 0.006,
    };
    if length == 1 { (by_age * 2.4f64).min(0.95) } else { by_age }
}
