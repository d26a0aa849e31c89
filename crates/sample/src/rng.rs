//! Chance, from the seed alone: each thing asks for a generator of its own, named by a purpose and a number, so that nothing depends
//! on what was generated before it.

use rand::{Rng, SeedableRng, rngs::SmallRng};

/// What a generator is for. Two purposes never share a sequence.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
pub enum For {
    Deck = 1,
    Ending,
    Case,
    Times,
    Words,
    Person,
    Facts,
    Live,
    Photo,
}

/// Mixes 64 bits so that neighbouring numbers share nothing (the finaliser of SplitMix64).
pub const fn mix(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

/// A number that only `seed`, `purpose` and `number` decide.
pub const fn hash(seed: u64, purpose: For, number: u64) -> u64 {
    let salted = seed.wrapping_add((purpose as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mix(mix(salted) ^ number.wrapping_mul(0xd6e8_feb8_6659_fd93).wrapping_add(1))
}

pub fn generator(seed: u64, purpose: For, number: u64) -> SmallRng {
    SmallRng::seed_from_u64(hash(seed, purpose, number))
}

/// One of `items`; the default when there are none.
pub fn pick<T: Copy + Default>(rng: &mut impl Rng, items: &[T]) -> T {
    nth(items, rng.random())
}

/// The item that `hash` falls on; the default when there are none.
pub fn nth<T: Copy + Default>(items: &[T], hash: u64) -> T {
    let at = hash.checked_rem(items.len() as u64).unwrap_or(0);
    items.get(at as usize).copied().unwrap_or_default()
}

pub fn chance(rng: &mut impl Rng, probability: f64) -> bool {
    rng.random::<f64>() < probability
}
