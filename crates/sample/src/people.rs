//! The customers: made from their number alone, each with a name, an address, a city, and habits of writing that stay the same.

use std::{fmt::Write as _, iter};

use model::Address;
use rand::{Rng, rngs::SmallRng};

use crate::{
    names::{self, Given},
    rng::{For, hash, nth},
    script::Lang,
};

/// How many customers of each language a shop with `tickets` tickets has: many of them come back.
pub fn customers(tickets: u32) -> u32 {
    (tickets / 9 * 2).max(12)
}

/// How many customers of each language are VIPs: the ones who write most.
pub fn vips(tickets: u32) -> u32 {
    (customers(tickets) / 50).clamp(2, 20)
}

/// Which customer writes: a few write often, most once or twice.
pub fn who(rng: &mut SmallRng, tickets: u32) -> u32 {
    let count = customers(tickets);
    let u: f64 = rng.random();
    ((f64::from(count) * u.powf(1.7)) as u32).min(count - 1)
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Among the customers of their language.
    pub number: u32,
    pub lang: Lang,
    pub address: Address,
    /// How an agent addresses them: `林女士`, `Priya`.
    pub courtesy: String,
    /// How they sign.
    pub signs: String,
    pub city: &'static str,
    /// Decides everything about them that is not written here.
    pub habits: u64,
}

/// Names differ for this many customers of a language; after that, numbers in the address make the difference.
const ZH_NAMES: u32 = (names::ZH_SURNAMES.len() * names::ZH_GIVEN.len()) as u32;

impl Customer {
    pub fn new(seed: u64, lang: Lang, number: u32) -> Customer {
        let salted = u64::from(number) * 2 + u64::from(lang == Lang::Zh);
        let habits = hash(seed, For::Person, salted);
        match lang {
            Lang::Zh => chinese(number, habits),
            Lang::En => international(number, habits),
        }
    }

    /// A part of the habits that is independent of the others by `salt`.
    pub fn habit(&self, salt: u64) -> u64 {
        crate::rng::mix(self.habits ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

fn chinese(number: u32, habits: u64) -> Customer {
    // 2,897 is prime, so every pair of surname and given name is met once before any comes again.
    let name = (u64::from(number) * 2_897 + 1_009) % u64::from(ZH_NAMES);
    let (surname, surname_pinyin) = nth(names::ZH_SURNAMES, name);
    let (given, given_pinyin, kind) = nth(names::ZH_GIVEN, name / names::ZH_SURNAMES.len() as u64);
    let whole = format!("{surname}{given}");
    let email = chinese_address(surname_pinyin, given_pinyin, number, habits);
    let nickname = nth(names::ZH_NICKNAMES, habits >> 9);
    let display = match habits % 100 {
        0..8 => nickname.to_owned(),
        8..11 => format!("{whole}（{}）", nth(names::ZH_DEPARTMENTS, habits >> 7)),
        11..16 => String::new(),
        _ => whole.clone(),
    };
    let title = if kind == Given::Woman { "女士" } else { "先生" };
    let signs = match (habits >> 16) % 5 {
        0 => format!("{}{}", surname, title),
        1 => given.to_owned(),
        _ => whole,
    };
    Customer {
        number,
        lang: Lang::Zh,
        address: Address { name: display, email },
        courtesy: format!("{surname}{title}"),
        signs,
        city: nth(names::ZH_CITIES, habits >> 24),
        habits,
    }
}

fn chinese_address(surname: &str, given: &str, number: u32, habits: u64) -> String {
    let host = nth(names::ZH_HOSTS, habits >> 32);
    if host == "qq.example" && habits & 3 != 0 {
        // Multiplying by an odd number is one to one in 32 bits.
        return format!("{}@{host}", 100_000_000 + u64::from(number.wrapping_mul(0x9E37_79B1)));
    }
    let name = match habits % 3 {
        0 => format!("{given}_{surname}"),
        1 => format!("{surname}.{given}"),
        _ => format!("{surname}{given}"),
    };
    format!("{name}{}@{host}", round(number / ZH_NAMES, habits))
}

/// What sets apart the people who share a name: nothing or two digits the first time, four digits after.
fn round(round: u32, habits: u64) -> String {
    match round {
        0 if (habits >> 40).is_multiple_of(3) => format!("{:02}", 70 + (habits >> 44) % 30),
        0 => String::new(),
        _ => format!("{:04}", u64::from(round) * 7_919 % 10_000),
    }
}

fn international(number: u32, habits: u64) -> Customer {
    if number % 29 == 11 {
        return singular(number / 29, number, habits);
    }
    let culture = nth(names::CULTURES, u64::from(number));
    let each = u64::from(number) / names::CULTURES.len() as u64;
    let pairs = (culture.first.len() * culture.last.len()) as u64;
    // 101 is prime and larger than either list.
    let name = (each * 101 + u64::from(number) % 13 * 29 + 7) % pairs;
    let first = nth(culture.first, name);
    let last = nth(culture.last, name / culture.first.len() as u64);
    let folded = |text: &str| text.chars().flat_map(names::ascii).collect::<String>();
    let local = match habits % 3 {
        0 => format!("{}.{}", folded(first), folded(last)),
        1 => format!("{}{}", folded(first), folded(last)),
        _ => format!("{}_{}", folded(last), folded(first)),
    };
    let host = nth(names::EN_HOSTS, habits >> 32);
    let email = format!("{local}{}@{host}", round((each / pairs) as u32, habits));
    let whole = format!("{first} {last}");
    let display = match habits % 100 {
        0..4 => format!("{whole} {}", nth(&["🌿", "🫖", "☕", "✨"], habits >> 9)),
        4..8 => format!("{whole} ({})", nth(names::EN_COMPANIES, habits >> 7)),
        8..12 => String::new(),
        12..15 => first.to_lowercase(),
        _ => whole.clone(),
    };
    let signs = if (habits >> 16).is_multiple_of(4) { whole } else { first.to_owned() };
    let city = nth(culture.cities, habits >> 24);
    let courtesy = first.to_owned();
    Customer {
        number,
        lang: Lang::En,
        address: Address { name: display, email },
        courtesy,
        signs,
        city,
        habits,
    }
}

/// Somebody whose name tries a window's patience: very long, right to left, a company, a single letter.
fn singular(which: u32, number: u32, habits: u64) -> Customer {
    let (name, courtesy, local, city) = nth(names::SINGULAR, u64::from(which));
    let again = which / names::SINGULAR.len() as u32;
    let digits: String =
        iter::once(again).filter(|again| *again > 0).map(|again| again.to_string()).collect();
    let mut email = String::new();
    // Writing to a String cannot fail.
    let _ = write!(email, "{local}{digits}@{}", nth(names::EN_HOSTS, habits >> 32));
    Customer {
        number,
        lang: Lang::En,
        address: Address { name: name.to_owned(), email },
        courtesy: courtesy.to_owned(),
        signs: courtesy.to_owned(),
        city,
        habits,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_customers_share_an_address() {
        for lang in [Lang::Zh, Lang::En] {
            let all: BTreeSet<String> =
                (0..30_000).map(|number| Customer::new(1, lang, number).address.key()).collect();
            assert_eq!(all.len(), 30_000, "{lang:?}");
        }
    }

    #[test]
    fn addresses_are_plain_ascii_and_whole() {
        for number in 0..3_000 {
            for lang in [Lang::Zh, Lang::En] {
                let email = Customer::new(5, lang, number).address.email;
                let plain = email
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._@-".contains(&b));
                assert!(plain && email.matches('@').count() == 1, "{email}");
            }
        }
    }
}
