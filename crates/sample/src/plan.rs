//! How a thread goes: who writes when, and to what end. The last message's moment is given; the others are found backwards from it,
//! so that nothing ever lies after the end of the history.

use model::{Direction, Millis};
use rand::{Rng, rngs::SmallRng};

use crate::{
    case::Case,
    rng::{chance, pick},
    schedule::settle,
    script::Entry,
};

/// What a message does in its thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    // From the customer.
    Open,
    Nudge,
    Reply,
    More,
    Again,
    Press,
    Settle,
    Thanks,
    /// Their out-of-office machine.
    Away,
    /// Their mail server could not deliver.
    Bounce,
    // From the shop.
    Answer,
    CheckIn,
    Resolve,
    MoreAnswer,
    Sorry,
    Senior,
    Update,
    Bye,
    /// Neither begun by a customer nor answered.
    OneOff,
}

impl Role {
    /// The section of the texts that says it.
    pub fn section(self) -> &'static str {
        match self {
            Role::Open => "open",
            Role::Nudge => "nudge",
            Role::Reply => "reply",
            Role::More => "more",
            Role::Again => "again",
            Role::Press => "press",
            Role::Settle => "settle",
            Role::Thanks => "thanks",
            Role::Away => "away",
            Role::Bounce => "bounce",
            Role::Answer => "answer",
            Role::CheckIn => "checkin",
            Role::Resolve => "resolve",
            Role::MoreAnswer => "moreanswer",
            Role::Sorry => "sorry",
            Role::Senior => "senior",
            Role::Update => "update",
            Role::Bye => "bye",
            Role::OneOff => "text",
        }
    }

    /// Whether the texts of the matter say it, or those for any matter.
    pub fn of_script(self) -> bool {
        matches!(self, Role::Open | Role::Answer | Role::Reply | Role::Resolve)
    }

    pub fn by_machine(self) -> bool {
        matches!(self, Role::Away | Role::Bounce)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub role: Role,
    pub direction: Direction,
    pub at: Millis,
}

/// A thread before it is written.
#[derive(Debug, Clone)]
pub struct Plan {
    pub case: Case,
    /// The text, when no matter of a customer is behind it.
    pub oneoff: Option<&'static Entry>,
    /// Oldest first, never empty.
    pub steps: Vec<Step>,
    /// The first message's number among all of the sample.
    pub first: u64,
    /// The last message's number, when it was written after the end of the history.
    pub live: Option<u64>,
}

impl Plan {
    /// The number among all of the sample of the message at `at`.
    pub fn number(&self, at: usize) -> u64 {
        self.live.filter(|_| at + 1 == self.steps.len()).unwrap_or(self.first + at as u64)
    }
}

/// Whose word is the last, and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// The shop's: the customer owes the next step, or nobody does.
    Shop,
    /// The customer's, and the shop owes the next step.
    Owed,
    /// The customer's, and nothing is owed. Only in threads of odd length.
    Thanks,
    /// A mail server's, that could not deliver the shop's. Only in threads of odd length, at least three.
    Returned,
}

/// How a thread is to end.
#[derive(Debug, Clone, Copy)]
pub struct Ending {
    /// Messages in all.
    pub length: u32,
    pub last: Last,
    /// When the last was written.
    pub at: Millis,
}

/// The steps of the thread in which `case` comes to that `ending`.
pub fn steps(case: &Case, ending: Ending, rng: &mut SmallRng) -> Vec<Step> {
    let directions = directions(ending.length as usize, ending.last == Last::Shop, rng);
    let roles = Roles::assign(&directions, ending.last, case.heat, rng);
    let mut at = ending.at;
    let mut steps: Vec<Step> = Vec::with_capacity(roles.len());
    for (role, direction) in roles.into_iter().zip(directions).rev() {
        if let Some(next) = steps.last() {
            let pace = case.answering(next.at).pace;
            at = settle(at.plus(-pause(direction, *next, pace, rng)), rng);
        }
        steps.push(Step { role, direction, at });
    }
    steps.reverse();
    steps
}

/// Turn by turn, the customer first; where that would end with the wrong side, somebody writes twice in a row.
fn directions(length: usize, outbound_last: bool, rng: &mut SmallRng) -> Vec<Direction> {
    let turn = |n: usize| if n.is_multiple_of(2) { Direction::Inbound } else { Direction::Outbound };
    if length <= 1 || outbound_last == length.is_multiple_of(2) {
        return (0..length).map(turn).collect();
    }
    let twice = rng.random_range(0..length - 1);
    (0..length).map(|n| turn(if n > twice { n - 1 } else { n })).collect()
}

/// How long before `next` the message before it was written; `pace` is that of the agent on duty then.
fn pause(before: Direction, next: Step, pace: f64, rng: &mut SmallRng) -> i64 {
    let minutes: &[i64] = match (before, next.direction, next.role) {
        (_, _, Role::Away | Role::Bounce) => return rng.random_range(2_000..40_000),
        (Direction::Inbound, Direction::Outbound, _) => &[9, 22, 35, 50, 75, 110, 180, 320, 640],
        (_, _, Role::Again | Role::Press) => &[1_300, 1_700, 2_900, 4_300, 5_800],
        (Direction::Outbound, Direction::Inbound, Role::Thanks | Role::Settle) => {
            &[8, 30, 90, 400, 1_500, 4_000]
        }
        (Direction::Outbound, Direction::Inbound, _) => &[15, 45, 120, 300, 800, 1_500, 2_900, 5_000],
        (Direction::Inbound, Direction::Inbound, _) => &[240, 480, 900, 1_500, 2_800],
        (Direction::Outbound, Direction::Outbound, _) => &[600, 1_400, 2_000, 3_000],
    };
    let base = pick(rng, minutes) * Millis::MINUTE;
    let answer = before == Direction::Inbound && next.direction == Direction::Outbound;
    let base = if answer { (base as f64 * pace) as i64 } else { base };
    base + rng.random_range(-base / 4..base / 3)
}

/// Gives each turn its role, looking at what came before and how much is left.
struct Roles {
    given: Vec<Role>,
    inbound: u32,
    outbound: u32,
    last: Last,
    heat: u32,
}

impl Roles {
    fn assign(directions: &[Direction], last: Last, heat: u32, rng: &mut SmallRng) -> Vec<Role> {
        let mut roles = Roles { given: Vec::new(), inbound: 0, outbound: 0, last, heat };
        for (at, direction) in directions.iter().enumerate() {
            let left = directions.len() - 1 - at;
            let role = match direction {
                Direction::Inbound => roles.customer(left, rng),
                Direction::Outbound => roles.shop(),
            };
            roles.count(role, *direction);
        }
        roles.given
    }

    fn count(&mut self, role: Role, direction: Direction) {
        match direction {
            Direction::Inbound if !role.by_machine() => self.inbound += 1,
            Direction::Inbound => {}
            Direction::Outbound => self.outbound += 1,
        }
        self.given.push(role);
    }

    fn customer(&self, left: usize, rng: &mut SmallRng) -> Role {
        let Some(before) = self.given.last().copied() else { return Role::Open };
        let answered = matches!(
            before,
            Role::Answer | Role::CheckIn | Role::Resolve | Role::Update | Role::Sorry | Role::Senior
        );
        match self.inbound {
            _ if before == Role::Away => Role::Reply,
            _ if answered && left >= 2 && chance(rng, 0.02) => Role::Away,
            _ if !answered && !matches!(before, Role::MoreAnswer | Role::Bye) => Role::Nudge,
            _ if left == 0 && self.last == Last::Returned => Role::Bounce,
            _ if left == 0 && self.last == Last::Thanks => Role::Thanks,
            1 if !self.given.contains(&Role::Reply) && chance(rng, 0.85) => Role::Reply,
            _ if left == 1 && self.last == Last::Shop => Role::Thanks,
            _ if self.heat == 0 => Role::More,
            _ if self.given.contains(&Role::Press) => Role::Settle,
            _ if self.given.contains(&Role::Again) => Role::Press,
            _ => Role::Again,
        }
    }

    fn shop(&self) -> Role {
        match self.given.last() {
            _ if self.outbound == 0 => Role::Answer,
            Some(Role::Answer) => Role::CheckIn,
            Some(Role::Reply) => Role::Resolve,
            Some(Role::Thanks) => Role::Bye,
            Some(Role::More) => Role::MoreAnswer,
            Some(Role::Press) => Role::Senior,
            Some(Role::Again | Role::Nudge) => Role::Sorry,
            _ => Role::Update,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        people::Customer,
        rng::{For, generator},
        script::{Lang, Script},
    };

    fn any(length: u32, outbound: bool, number: u64) -> Vec<Step> {
        let mut rng = generator(1, For::Times, number);
        let customer = Customer::new(1, Lang::En, number as u32);
        let case = Case::new(1, number, Script::fallback(), customer, (number % 3) as u32);
        let last = if outbound { Last::Shop } else { Last::Owed };
        let ending = Ending { length, last, at: Millis(1_760_000_000_000) };
        steps(&case, ending, &mut rng)
    }

    #[test]
    fn a_thread_has_its_length_rises_in_time_and_ends_with_the_side_asked_for() {
        for number in 0..600 {
            for length in 1..=12 {
                let outbound_last = number % 2 == 0 && length > 1;
                let steps = any(length, outbound_last, number);
                assert_eq!(steps.len(), length as usize);
                assert!(steps.windows(2).all(|pair| pair[0].at < pair[1].at));
                let last = steps[steps.len() - 1];
                assert_eq!(last.direction == Direction::Outbound, outbound_last, "{steps:?}");
                assert_eq!(steps[0].role, Role::Open);
                assert_eq!(last.at, Millis(1_760_000_000_000));
            }
        }
    }

    #[test]
    fn the_shop_answers_what_was_asked() {
        for number in 0..600 {
            let roles: Vec<Role> = any(12, true, number).iter().map(|step| step.role).collect();
            for pair in roles.windows(2) {
                match pair[1] {
                    Role::MoreAnswer => assert_eq!(pair[0], Role::More),
                    Role::Senior => assert_eq!(pair[0], Role::Press),
                    Role::Bye => assert_eq!(pair[0], Role::Thanks),
                    _ => {}
                }
            }
        }
    }
}
