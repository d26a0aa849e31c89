//! One matter between a customer and the shop: who, what, which order. Everything a text may ask for by `{slot}` is decided here, once
//! a matter, so that a thread never contradicts itself.

use std::fmt::Write as _;

use jiff::{
    Timestamp,
    civil::{DateTime, Weekday},
    tz::Offset,
};
use model::Millis;
use rand::rngs::SmallRng;

use crate::{
    agents::{self, Agent},
    goods::{self, Product},
    grammar::{self, Slots},
    names,
    people::Customer,
    rng::{For, hash, mix, nth},
    script::{Lang, Script},
};

/// What everything about one ticket follows from.
#[derive(Debug, Clone)]
pub struct Case {
    /// Unique among the tickets of a sample; live ones begin at [`Case::LIVE`].
    pub number: u64,
    pub lang: Lang,
    pub script: &'static Script,
    pub customer: Customer,
    pub product: &'static Product,
    /// Another thing in the same order.
    pub beside: &'static Product,
    /// 0 friendly, 1 annoyed, 2 angry.
    pub heat: u32,
    facts: u64,
}

impl Case {
    pub const LIVE: u64 = 1 << 40;

    pub fn new(seed: u64, number: u64, script: &'static Script, customer: Customer, heat: u32) -> Case {
        let facts = hash(seed, For::Facts, number);
        let product =
            script.goods.get(facts as usize % script.goods.len().max(1)).copied().unwrap_or(&FALLBACK);
        let others = goods::PRODUCTS.iter().filter(|other| *other != product);
        let fitting: Vec<&'static Product> =
            others.filter(|other| !script.alike || other.class == product.class).collect();
        let beside = fitting.get(mix(facts) as usize % fitting.len().max(1)).copied().unwrap_or(product);
        Case { number, lang: customer.lang, script, customer, product, beside, heat, facts }
    }

    /// A number that stays the same throughout the matter.
    pub fn fact(&self, salt: u64) -> u64 {
        mix(self.facts ^ salt.wrapping_mul(0xa076_1d64_78bd_642f))
    }

    /// Between `from` and `to`, both included, the same throughout the matter.
    pub fn between(&self, salt: u64, from: u64, to: u64) -> u64 {
        from + self.fact(salt) % (to - from + 1)
    }

    /// The agent who would answer this matter at `at`.
    pub fn answering(&self, at: Millis) -> Agent {
        agents::on_duty(at, self.lang, self.fact(50))
    }

    fn zh(&self) -> bool {
        self.lang == Lang::Zh
    }
}

static FALLBACK: Product = Product {
    class: goods::Class::Ceramic,
    zh: "茶具",
    zh_noun: "茶具",
    zh_unit: "套",
    yuan: 480,
    en: "tea set",
    en_noun: "tea set",
    dollars: 66,
};

/// The calendar in Shanghai at `at`.
pub fn local(at: Millis) -> DateTime {
    Offset::constant(8).to_datetime(Timestamp::from_millisecond(at.0).unwrap_or_default())
}

/// A matter at the moment at which something is written about it.
pub struct Telling<'a> {
    pub case: &'a Case,
    pub at: Millis,
    /// When the first mail was written: what happened before it is told from there.
    pub began: Millis,
    /// Who writes for the shop, or would.
    pub agent: &'static str,
}

impl Telling<'_> {
    /// One reading of `template`.
    pub fn tell(&self, template: &str, rng: &mut SmallRng) -> String {
        let mut out = String::with_capacity(template.len());
        grammar::render(template, self, rng, &mut out);
        out
    }

    fn date(&self, at: Millis, out: &mut String) {
        let day = local(at);
        // Writing to a String cannot fail.
        let _ = match self.case.zh() {
            true => write!(out, "{}月{}日", day.month(), day.day()),
            false => write!(out, "{} {}", day.day(), month(day.month())),
        };
    }

    fn weekday(&self, at: Millis, out: &mut String) {
        let day = local(at).weekday();
        out.push_str(if self.case.zh() { zh_weekday(day) } else { en_weekday(day) });
    }

    fn order_placed(&self) -> Millis {
        self.began.plus(-(self.case.between(1, 3, 13) as i64) * Millis::DAY)
    }

    /// Order numbers rise by some forty a day.
    fn order(&self, salt: u64) -> u64 {
        let days = self.order_placed().since(Millis(1_640_995_200_000)).max(0) / Millis::DAY;
        10_000 + (days as u64 * 37 + self.case.between(salt, 0, 36)) % 90_000
    }

    fn number(&self, slot: &str, out: &mut String) -> bool {
        let case = self.case;
        let price = u64::from(case.product.price(case.lang));
        // Writing to a String cannot fail.
        let _ = match slot {
            "order" => write!(out, "A-{}", self.order(2)),
            "order2" => write!(out, "A-{}", self.order(2) - case.between(3, 40, 400)),
            "tracking" => {
                write!(out, "{}{:010}", if case.zh() { "HF" } else { "NL" }, case.fact(4) % 10_000_000_000)
            }
            "invoice" => write!(out, "INV-{}", case.between(5, 2_100, 9_900)),
            "days" => write!(out, "{}", case.between(6, 4, 9)),
            "few" => write!(out, "{}", case.between(7, 2, 4)),
            "many" => write!(out, "{}", case.between(8, 20, 120) / 10 * 10),
            "percent" => write!(out, "{}", case.between(9, 2, 6) * 5),
            "year" => write!(out, "{}", local(self.began).year()),
            "size" => write!(out, "{}", case.between(10, 14, 36) * 5),
            "phone" if case.zh() => {
                write!(out, "1{}****{:04}", 38 + case.habit(1) % 60, case.habit(2) % 10_000)
            }
            "phone" => write!(out, "+44 7700 900{:03}", case.habit(2) % 1_000),
            "taxno" if case.zh() => write!(out, "91330106MA2{:06X}", case.habit(3) % 0xFF_FFFF),
            "taxno" => write!(
                out,
                "GB {:03} {:04} {:02}",
                case.habit(3) % 900,
                case.habit(4) % 10_000,
                case.habit(5) % 100
            ),
            "price" => return money(out, case.lang, price),
            "price2" => return money(out, case.lang, u64::from(case.beside.price(case.lang))),
            "half" => return money(out, case.lang, price / 2),
            "part" => return money(out, case.lang, (price * case.between(9, 2, 6) / 20).max(5)),
            "total" => return money(out, case.lang, price + u64::from(case.beside.price(case.lang))),
            _ => return false,
        };
        true
    }

    fn name(&self, slot: &str, out: &mut String) -> bool {
        let (case, lang) = (self.case, self.case.lang);
        out.push_str(match slot {
            "product" => case.product.name(lang),
            "noun" => case.product.noun(lang),
            "unit" => case.product.zh_unit,
            "product2" => case.beside.name(lang),
            "noun2" => case.beside.noun(lang),
            "unit2" => case.beside.zh_unit,
            "first" => &case.customer.courtesy,
            "name" => &case.customer.signs,
            "city" => case.customer.city,
            "agent" => self.agent,
            "carrier" => case.word(11, goods::CARRIERS_ZH, goods::CARRIERS_EN),
            "promo" => case.word(12, goods::PROMOS_ZH, goods::PROMOS_EN),
            "code" => case.word(13, goods::CODES, goods::CODES),
            "colour" => case.word(14, goods::COLOURS_ZH, goods::COLOURS_EN),
            "colour2" => case.another_colour(),
            "occasion" => case.word(16, goods::OCCASIONS_ZH, goods::OCCASIONS_EN),
            _ => return false,
        });
        true
    }

    fn moment(&self, slot: &str, out: &mut String) -> bool {
        let days = |days: i64| self.at.plus(days * Millis::DAY);
        match slot {
            "bought" => self.date(self.order_placed(), out),
            "shipped" => self.date(self.order_placed().plus(2 * Millis::DAY), out),
            "today" => self.date(self.at, out),
            "yesterday" => self.weekday(days(-1), out),
            "tomorrow" => self.weekday(days(1), out),
            "eta" => self.weekday(days(2), out),
            "due" => self.date(days(3), out),
            "later" => self.date(days(7), out),
            // The day the customer needs it: the same throughout.
            "needed" => self.weekday(self.began.plus(self.case.between(17, 3, 5) as i64 * Millis::DAY), out),
            _ => return false,
        }
        true
    }

    /// The remedy as the customer repeats it: what "you" is to the shop is "me" to them.
    fn promise(&self, rng: &mut SmallRng) -> String {
        let remedy = self.tell(self.case.script.entry.field("remedy"), rng);
        if self.case.zh() {
            return remedy.replace("我们", "你们").replace('您', "我");
        }
        let turned = |word| match word {
            "you" => "me",
            "your" => "my",
            "my" => "your",
            "us" => "you",
            "ourselves" => "yourselves",
            word => word,
        };
        remedy.split(' ').map(turned).collect::<Vec<_>>().join(" ")
    }

    fn longer(&self, slot: &str, out: &mut String, rng: &mut SmallRng) -> bool {
        let case = self.case;
        match slot {
            "topic" => grammar::render(case.script.entry.field("topic"), self, rng, out),
            "remedy" => grammar::render(case.script.entry.field("remedy"), self, rng, out),
            "promise" => out.push_str(&self.promise(rng)),
            "address" => case.write_street(out),
            "company" if case.zh() => {
                let firm = nth(names::ZH_FIRMS, case.habit(7));
                // Writing to a String cannot fail.
                let _ = write!(out, "{}{firm}有限公司", case.customer.city);
            }
            "company" => out.push_str(nth(names::EN_COMPANIES, case.habit(7))),
            _ => return false,
        }
        true
    }
}

impl Slots for Telling<'_> {
    fn fill(&self, slot: &str, out: &mut String, rng: &mut SmallRng) -> bool {
        self.name(slot, out)
            || self.number(slot, out)
            || self.moment(slot, out)
            || self.longer(slot, out, rng)
    }
}

impl Case {
    fn habit(&self, salt: u64) -> u64 {
        self.customer.habit(salt)
    }

    fn word(&self, salt: u64, zh: &'static [&'static str], en: &'static [&'static str]) -> &'static str {
        nth(if self.zh() { zh } else { en }, self.fact(salt))
    }

    /// A colour that is not `{colour}`.
    fn another_colour(&self) -> &'static str {
        let colours = if self.zh() { goods::COLOURS_ZH } else { goods::COLOURS_EN };
        let step = self.between(15, 1, colours.len() as u64 - 1);
        nth(colours, self.fact(14) % colours.len() as u64 + step)
    }

    fn write_street(&self, out: &mut String) {
        let number = 1 + self.fact(18) % 320;
        let (door, flat) = (self.fact(19) % 18 + 1, self.fact(20) % 30 + 1);
        // Writing to a String cannot fail.
        let _ = if self.zh() {
            let (street, estate) =
                (nth(names::ZH_STREETS, self.fact(21)), nth(names::ZH_ESTATES, self.fact(22)));
            write!(out, "{}市{street}{number}号{estate}{door}幢{flat}02室", self.customer.city)
        } else {
            write!(out, "{number} {}, {}", nth(names::EN_STREETS, self.fact(21)), self.customer.city)
        };
    }
}

fn money(out: &mut String, lang: Lang, amount: u64) -> bool {
    goods::write_money(out, lang, u32::try_from(amount).unwrap_or(u32::MAX));
    true
}

pub fn zh_weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "周一",
        Weekday::Tuesday => "周二",
        Weekday::Wednesday => "周三",
        Weekday::Thursday => "周四",
        Weekday::Friday => "周五",
        Weekday::Saturday => "周六",
        Weekday::Sunday => "周日",
    }
}

pub fn en_weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

pub fn month(month: i8) -> &'static str {
    match month {
        1 => "January",
        2 => "February",
        3 => "March",
        4 => "April",
        5 => "May",
        6 => "June",
        7 => "July",
        8 => "August",
        9 => "September",
        10 => "October",
        11 => "November",
        _ => "December",
    }
}
