//! What goes on arriving after the history's end: one mail every twenty to sixty seconds of clock. Mail `j` follows from the seed
//! and `j` alone. Mails come in sets of twenty; only within a set does one refer to another, so that whoever was away may begin with any set.

use model::{Direction, Millis};
use rand::{Rng, rngs::SmallRng};

use crate::{
    case::Case,
    people::{self, Customer},
    plan::{Plan, Role, Step},
    rng::{For, chance, generator},
    script::Lang,
    shop::Shop,
};

/// Mails in a set.
pub const SET: u64 = 20;
const EVERY_MS: i64 = 40 * Millis::SECOND;
const EARLIER_OR_LATER_MS: i64 = 10 * Millis::SECOND;
/// How many of the newest tickets of the history may go on.
const STILL_WARM: u32 = 120;
/// Of a hundred mails, those that do not begin a ticket.
const NOT_FRESH: u32 = 34;

/// When mail `j` arrives.
pub fn due(seed: u64, now: Millis, j: u64) -> Millis {
    let turn = i64::try_from(j).unwrap_or(i64::MAX / EVERY_MS - 2).min(i64::MAX / EVERY_MS - 2) + 1;
    let shift =
        generator(seed, For::Times, Case::LIVE + j).random_range(-EARLIER_OR_LATER_MS..=EARLIER_OR_LATER_MS);
    now.plus(turn.saturating_mul(EVERY_MS)).plus(shift)
}

/// How many mails have arrived by `at`.
pub fn arrived(seed: u64, now: Millis, at: Millis) -> u64 {
    let turns = u64::try_from(at.since(now) / EVERY_MS).unwrap_or(0);
    (turns.saturating_sub(1)..).take(3).find(|j| due(seed, now, *j) > at).unwrap_or(turns)
}

/// The thread that mail `j` is the last message of.
pub fn plan(shop: &Shop, j: u64) -> Plan {
    let mut rng = generator(shop.config.seed, For::Live, j);
    let at = due(shop.config.seed, shop.config.now, j);
    let continued = match rng.random_range(0..100) {
        0..18 => go_on(shop, j, at, &mut rng),
        18..NOT_FRESH => colleague(shop, j, at),
        _ => None,
    };
    continued.unwrap_or_else(|| fresh(shop, j, at))
}

fn step(role: Role, direction: Direction, at: Millis) -> Step {
    Step { role, direction, at }
}

/// Somebody writes for the first time: now and then in need at once, now and then a VIP.
fn fresh(shop: &Shop, j: u64, at: Millis) -> Plan {
    let mut rng = generator(shop.config.seed, For::Live, Case::LIVE + j);
    let lang = if rng.random() { Lang::Zh } else { Lang::En };
    let urgent = chance(&mut rng, 0.07);
    let script = Shop::script(lang, rng.random(), |script| script.urgent == urgent);
    let number = Case::LIVE + j;
    let mut case = shop.case(number, script, lang, 1);
    if chance(&mut rng, 0.09) {
        let vip = rng.random_range(0..people::vips(shop.config.tickets));
        case = shop.case_of(number, script, Customer::new(shop.config.seed, lang, vip), 1);
    }
    let steps = vec![step(Role::Open, Direction::Inbound, at)];
    Plan { case, oneoff: None, steps, first: shop.messages() + j, live: None }
}

/// A customer goes on with a recent ticket of the history.
fn go_on(shop: &Shop, j: u64, at: Millis, rng: &mut SmallRng) -> Option<Plan> {
    // Each mail has a ticket of its own for a long time, so that nobody writes into two at once.
    let ticket = (j * 7 + 3) % u64::from(STILL_WARM.min(shop.config.tickets).max(1));
    let mut plan = shop.plan_of(ticket as u32).filter(|plan| plan.oneoff.is_none())?;
    let role = match plan.steps.last()?.role {
        Role::Answer | Role::CheckIn => Role::Reply,
        Role::Resolve | Role::Update | Role::Sorry if chance(rng, 0.5) => Role::Thanks,
        Role::Open | Role::Nudge | Role::Reply | Role::Again => Role::Nudge,
        Role::Press => return None,
        _ if plan.case.heat > 0 => Role::Again,
        _ => Role::More,
    };
    plan.steps.push(step(role, Direction::Inbound, at));
    plan.live = Some(shop.messages() + j);
    Some(plan)
}

/// A colleague answers the fourth mail before, if it is of the same set, began a ticket and needs nobody at once.
fn colleague(shop: &Shop, j: u64, at: Millis) -> Option<Plan> {
    let earlier = j.checked_sub(4).filter(|earlier| earlier / SET == j / SET)?;
    if generator(shop.config.seed, For::Live, earlier).random_range(0..100) < NOT_FRESH {
        return None;
    }
    let mut plan = fresh(shop, earlier, due(shop.config.seed, shop.config.now, earlier));
    plan.steps.push(step(Role::Answer, Direction::Outbound, at));
    plan.live = Some(shop.messages() + j);
    (!plan.case.script.urgent).then_some(plan)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_760_000_000_000);

    #[test]
    fn mails_are_twenty_to_sixty_seconds_apart() {
        for j in 0..2_000 {
            let gap = due(9, NOW, j + 1).since(due(9, NOW, j));
            assert!((20_000..=60_000).contains(&gap), "{gap}");
        }
    }

    #[test]
    fn what_has_arrived_is_what_is_due() {
        for seconds in 0..20_000 {
            let at = NOW.plus(seconds * 500);
            let count = arrived(9, NOW, at);
            assert!(due(9, NOW, count) > at);
            assert!(count == 0 || due(9, NOW, count - 1) <= at);
        }
        assert_eq!(arrived(9, NOW, NOW.plus(-5)), 0);
    }
}
