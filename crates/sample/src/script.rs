//! The texts, read from `texts/`: what customers write about, what agents answer, and what is said on any subject.
//!
//! A file is entries (`== id`), each with fields (`key: value`) and sections (`-- name`, then the text). A section that comes several times
//! has several readings; the lines of `subject` are one reading each. Texts are slices of the file: nothing is copied.

use std::sync::LazyLock;

use rand::rngs::SmallRng;

use crate::{
    goods::{self, Class},
    rng::pick,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lang {
    Zh,
    En,
}

impl Lang {
    /// What people write about.
    pub fn scripts(self) -> &'static [Script] {
        match self {
            Lang::Zh => &ZH.scripts,
            Lang::En => &EN.scripts,
        }
    }

    /// What is said whatever the subject.
    pub fn stages(self) -> &'static Entry {
        match self {
            Lang::Zh => &ZH.stages,
            Lang::En => &EN.stages,
        }
    }

    /// Mail that no customer wrote: newsletters, suppliers, notices of the shop itself.
    pub fn oneoffs(self) -> &'static [Entry] {
        match self {
            Lang::Zh => &ZH.oneoffs,
            Lang::En => &EN.oneoffs,
        }
    }
}

/// One entry of a text file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    pub id: &'static str,
    fields: Vec<(&'static str, &'static str)>,
    sections: Vec<(&'static str, Vec<&'static str>)>,
}

impl Entry {
    /// The field's value, or nothing.
    pub fn field(&self, name: &str) -> &'static str {
        self.fields.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    }

    /// Every reading of the section.
    pub fn section(&self, name: &str) -> &[&'static str] {
        self.sections.iter().find(|(key, _)| *key == name).map_or(&[], |(_, texts)| texts)
    }

    /// One reading of the section.
    pub fn say(&self, name: &str, rng: &mut SmallRng) -> &'static str {
        pick(rng, self.section(name))
    }

    fn parse(text: &'static str) -> Entry {
        let mut parts = text.split("\n-- ");
        let mut head = parts.next().unwrap_or("").lines();
        let mut entry = Entry { id: head.next().unwrap_or("").trim(), ..Entry::default() };
        entry.fields = head.filter_map(|line| line.split_once(": ")).collect();
        for part in parts {
            let (name, text) = part.split_once('\n').unwrap_or((part, ""));
            match name {
                "subject" => text.trim().lines().for_each(|line| entry.add(name, line)),
                _ => entry.add(name, text.trim()),
            }
        }
        entry
    }

    fn add(&mut self, name: &'static str, text: &'static str) {
        match self.sections.iter_mut().find(|(key, _)| *key == name) {
            Some((_, texts)) => texts.push(text),
            None => self.sections.push((name, vec![text])),
        }
    }
}

fn entries(file: &'static str) -> impl Iterator<Item = Entry> {
    file.split("\n== ").skip(1).map(Entry::parse)
}

/// One thing people write about.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    pub id: &'static str,
    /// What kind of matter it is: a tag, see [`crate::tags`].
    pub family: &'static str,
    /// Goods it can be about.
    pub goods: Vec<&'static goods::Product>,
    /// The longest thread it carries.
    pub upto: u32,
    /// How often it comes, against the others' 1.
    pub weight: f32,
    /// From 0, friendly, to 2, angry.
    pub heat: u32,
    /// Somebody should look at once.
    pub urgent: bool,
    /// What the customer attaches to the first mail: `photo`, `csv`, … or nothing.
    pub with: &'static str,
    /// What the customer attaches to the answer of a question.
    pub then: &'static str,
    /// Whether the other thing it speaks of is one of a kind with the first.
    pub alike: bool,
    pub entry: Entry,
}

impl Script {
    /// For a pile that ran out, which no whole set of texts does.
    pub fn fallback() -> &'static Script {
        static EMPTY: LazyLock<Script> = LazyLock::new(|| Script::from(Entry::default()));
        Lang::En.scripts().first().unwrap_or(&EMPTY)
    }

    /// An entry that says nothing.
    pub fn nothing() -> &'static Entry {
        static EMPTY: Entry = Entry { id: "", fields: Vec::new(), sections: Vec::new() };
        &EMPTY
    }
}

impl From<Entry> for Script {
    fn from(entry: Entry) -> Script {
        let goods = goods::of(entry.field("goods").split_whitespace().filter_map(Class::from_word));
        Script {
            id: entry.id,
            family: entry.field("family"),
            goods,
            upto: entry.field("upto").parse().unwrap_or(12),
            weight: entry.field("weight").parse().unwrap_or(1.0),
            heat: entry.field("heat").parse().unwrap_or(0),
            urgent: entry.field("urgent") == "yes",
            with: entry.field("with"),
            then: entry.field("then"),
            alike: entry.field("beside") == "same",
            entry,
        }
    }
}

struct Texts {
    scripts: Vec<Script>,
    stages: Entry,
    oneoffs: Vec<Entry>,
}

impl Texts {
    fn read(scripts: &[&'static str], stages: &'static str, oneoffs: &'static str) -> Texts {
        Texts {
            scripts: scripts.iter().flat_map(|file| entries(file)).map(Script::from).collect(),
            stages: entries(stages).next().unwrap_or_default(),
            oneoffs: entries(oneoffs).collect(),
        }
    }
}

macro_rules! texts {
    ($lang:literal) => {
        LazyLock::new(|| {
            Texts::read(
                &[
                    include_str!(concat!("texts/", $lang, "/delivery.txt")),
                    include_str!(concat!("texts/", $lang, "/goods.txt")),
                    include_str!(concat!("texts/", $lang, "/money.txt")),
                    include_str!(concat!("texts/", $lang, "/account.txt")),
                    include_str!(concat!("texts/", $lang, "/questions.txt")),
                    include_str!(concat!("texts/", $lang, "/complaints.txt")),
                ],
                include_str!(concat!("texts/", $lang, "/stages.txt")),
                include_str!(concat!("texts/", $lang, "/oneoffs.txt")),
            )
        })
    };
}

static ZH: LazyLock<Texts> = texts!("zh");
static EN: LazyLock<Texts> = texts!("en");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        case::{Case, Telling},
        grammar,
        people::Customer,
        plan::Role,
        rng::{For, generator},
        tags,
    };
    use model::Millis;

    const AT: Millis = Millis(1_760_446_800_000);

    /// `text` as told in forty matters of `script`.
    fn tellings(script: &'static Script, lang: Lang, text: &str) -> Vec<String> {
        let told = |number: u64| {
            let customer = Customer::new(1, lang, number as u32);
            let case = Case::new(1, number, script, customer, 1);
            let telling = Telling { case: &case, at: AT, began: AT, agent: "Maya" };
            let mut out = String::new();
            grammar::render(text, &telling, &mut generator(1, For::Words, number), &mut out);
            out
        };
        (0..40).map(told).collect()
    }

    fn assert_whole(script: &'static Script, lang: Lang, text: &str) {
        for told in tellings(script, lang, text) {
            let left = told.find(['[', ']', '{', '}', '|']);
            assert!(left.is_none() && !told.trim().is_empty(), "{}: {text}\n=> {told}", script.id);
        }
    }

    #[test]
    fn each_language_has_more_than_forty_matters_each_told_from_beginning_to_end() {
        for lang in [Lang::Zh, Lang::En] {
            assert!(lang.scripts().len() >= 44, "{lang:?}: {}", lang.scripts().len());
            for script in lang.scripts() {
                for section in ["subject", "open", "answer", "reply", "resolve"] {
                    assert!(!script.entry.section(section).is_empty(), "{}: no {section}", script.id);
                }
                assert!(!script.entry.field("topic").is_empty() && !script.entry.field("remedy").is_empty());
                assert!(!script.goods.is_empty());
                assert!(!["Other", "其他"].contains(&tags::family(script.family, lang)), "{}", script.id);
            }
        }
    }

    #[test]
    fn every_text_is_filled_in_whole() {
        for lang in [Lang::Zh, Lang::En] {
            for script in lang.scripts() {
                for text in script.entry.sections.iter().flat_map(|(_, texts)| texts) {
                    assert_whole(script, lang, text);
                }
            }
            let any = &lang.scripts()[0];
            let others = lang.oneoffs().iter().chain([lang.stages()]);
            for text in others.flat_map(|entry| &entry.sections).flat_map(|(_, texts)| texts) {
                assert_whole(any, lang, text);
            }
        }
    }

    #[test]
    fn every_turn_of_a_thread_has_words() {
        let turns = [
            Role::Nudge,
            Role::More,
            Role::Again,
            Role::Press,
            Role::Settle,
            Role::Thanks,
            Role::Away,
            Role::Bounce,
            Role::MoreAnswer,
            Role::CheckIn,
            Role::Sorry,
            Role::Senior,
            Role::Update,
            Role::Bye,
        ];
        let others = [
            "greeting",
            "greeting-agent",
            "warm",
            "annoyed",
            "angry",
            "signoff",
            "signoff-short",
            "signoff-cold",
            "mobile",
        ];
        for lang in [Lang::Zh, Lang::En] {
            let stages = lang.stages();
            for section in turns.map(Role::section).iter().chain(&others) {
                assert!(stages.section(section).len() >= 2, "{lang:?}: {section}");
            }
            assert_eq!(stages.section("more").len(), stages.section("moreanswer").len());
        }
    }
}
