//! What may be typed where the cursor stands in a query, the likeliest first. Pure: what there is on the desk is passed in.
//!
//! Promises: what is offered can be read once it is put there, with quotes where a value needs them.

use jiff::{ToSpan as _, civil::Date, tz::TimeZone};
use model::{
    Millis,
    query::{Ask, Blank, Expected, Key, Query},
};

use crate::dto::{Completion, CompletionKind, Person};

/// The most options that are offered at once, and how many of them may be people while a word is typed.
const MOST: usize = 12;
const MOST_PEOPLE: usize = 3;
/// How much of a word must be typed before values are offered for it.
const TYPED: usize = 2;

/// The keys, the likeliest first.
const KEYS: [Key; 13] = [
    Key::Status,
    Key::Is,
    Key::Tag,
    Key::From,
    Key::Waiting,
    Key::Updated,
    Key::Priority,
    Key::Has,
    Key::Channel,
    Key::Lang,
    Key::Source,
    Key::After,
    Key::Before,
];

/// What there is on the desk.
pub(crate) struct Known {
    /// Tags in use, and on how many tickets.
    pub tags: Vec<(String, u32)>,
    pub sources: Vec<String>,
    /// Who fits what is typed.
    pub people: Vec<Person>,
    /// Terms (`status:open`) that a counter knows the tickets of.
    pub counted: Vec<(String, u32)>,
    pub now: Millis,
}

/// Whether who fits must be known.
pub(crate) fn wants_people(blank: &Blank) -> bool {
    match blank.expected {
        Expected::Value(Key::From) => !blank.typed.is_empty(),
        Expected::Value(_) => false,
        Expected::Word => blank.typed.chars().count() >= TYPED,
    }
}

pub(crate) fn options(blank: &Blank, known: &Known) -> Vec<Completion> {
    let mut options = match blank.expected {
        Expected::Value(key) => values(key, &blank.typed, known),
        Expected::Word => words(&blank.typed, known),
    };
    options.truncate(MOST);
    options
}

/// The beginnings of terms, then whole terms whose value fits the word.
fn words(typed: &str, known: &Known) -> Vec<Completion> {
    let keys = KEYS.into_iter().filter(|key| key.as_str().starts_with(typed));
    let mut options: Vec<Completion> =
        keys.map(|key| plain(CompletionKind::Key, format!("{}:", key.as_str()))).collect();
    if typed.chars().count() < TYPED {
        return options;
    }
    let whole = |key: Key| {
        values(key, typed, known)
            .into_iter()
            .map(move |value| Completion { text: format!("{}:{}", key.as_str(), value.text), ..value })
    };
    for key in [Key::Status, Key::Is, Key::Priority, Key::Has, Key::Channel, Key::Tag, Key::Source] {
        options.extend(whole(key));
    }
    options.extend(whole(Key::From).take(MOST_PEOPLE));
    options
}

/// The values of a key that begin with what is typed, then those that have it elsewhere.
fn values(key: Key, typed: &str, known: &Known) -> Vec<Completion> {
    let found = match key {
        Key::Tag => named(CompletionKind::Tag, &known.tags, typed),
        Key::Source => {
            let sources: Vec<(String, u32)> = known.sources.iter().map(|name| (name.clone(), 0)).collect();
            let named = named(CompletionKind::Source, &sources, typed);
            named.into_iter().map(|source| Completion { tickets: None, ..source }).collect()
        }
        Key::From => known.people.iter().map(person).collect(),
        Key::Waiting | Key::Updated => ages(key, typed),
        Key::Before | Key::After => days(known.now, typed),
        _ => fixed(key, typed, known),
    };
    found.into_iter().filter_map(|option| readable(key, option)).collect()
}

fn plain(kind: CompletionKind, text: String) -> Completion {
    Completion { kind, label: String::new(), text, tickets: None }
}

fn fixed(key: Key, typed: &str, known: &Known) -> Vec<Completion> {
    let value = |word: &&str| {
        let term = format!("{}:{word}", key.as_str());
        let counted = known.counted.iter().find(|(of, _)| *of == term);
        Completion {
            tickets: counted.map(|(_, tickets)| *tickets),
            ..plain(CompletionKind::Value, (*word).to_owned())
        }
    };
    key.values().iter().filter(|word| word.starts_with(typed)).map(value).collect()
}

/// Names that begin with what is typed, those on most tickets first, then those that have it elsewhere.
fn named(kind: CompletionKind, names: &[(String, u32)], typed: &str) -> Vec<Completion> {
    let place = |name: &str| name.to_lowercase().find(typed);
    let mut fitting: Vec<_> =
        names.iter().filter_map(|(name, tickets)| Some((place(name)? > 0, *tickets, name))).collect();
    fitting.sort_by(|one, other| (one.0, other.1, one.2).cmp(&(other.0, one.1, other.2)));
    let option = |(_, tickets, name): (bool, u32, &String)| Completion {
        label: name.clone(),
        tickets: Some(tickets),
        ..plain(kind, name.clone())
    };
    fitting.into_iter().map(option).collect()
}

fn person(person: &Person) -> Completion {
    Completion {
        label: person.name.clone(),
        tickets: Some(person.tickets),
        ..plain(CompletionKind::Person, person.email.clone())
    }
}

/// A number gets its units; otherwise the ages that are often asked for.
fn ages(key: Key, typed: &str) -> Vec<Completion> {
    let number = typed.trim_start_matches(['<', '>']);
    let has_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
    let sign = if typed.starts_with('<') { "<" } else { ">" };
    let texts: Vec<String> = if has_number {
        ["h", "d", "m", "w"].map(|unit| format!("{sign}{number}{unit}")).to_vec()
    } else {
        key.values()
            .iter()
            .filter(|value| value.starts_with(typed))
            .map(|value| (*value).to_owned())
            .collect()
    };
    texts.into_iter().map(|text| plain(CompletionKind::Value, text)).collect()
}

/// Today, yesterday, a week and a month ago, and the first of the year.
fn days(now: Millis, typed: &str) -> Vec<Completion> {
    let today =
        jiff::Timestamp::from_millisecond(now.0).unwrap_or_default().to_zoned(TimeZone::system()).date();
    let before = |span| today.checked_sub(span).unwrap_or(today);
    let days: [Date; 5] =
        [today, before(1.day()), before(7.days()), before(1.month()), today.first_of_year()];
    let texts = days.map(|day| day.strftime("%Y-%m-%d").to_string());
    let fitting = texts.into_iter().filter(|text| text.starts_with(typed));
    fitting.map(|text| plain(CompletionKind::Value, text)).collect()
}

/// The option with quotes where it needs them; `None` if it can't be typed.
fn readable(key: Key, option: Completion) -> Option<Completion> {
    let text = typed(key, &option.text)?;
    Some(Completion { text, ..option })
}

/// How a value is typed behind its key.
pub(crate) fn typed(key: Key, value: &str) -> Option<String> {
    let quoted = format!("\"{value}\"");
    [value.to_owned(), quoted].into_iter().find(|text| reads_as(key, text, value))
}

/// Whether `key:text` is one term that asks for `value`.
fn reads_as(key: Key, text: &str, value: &str) -> bool {
    let midnight = |_, _, _| Some(Millis(0));
    let Ok(query) = Query::parse(&format!("{}:{text} ", key.as_str()), midnight) else { return false };
    match query.terms.as_slice() {
        [term] if !term.negated => match &term.ask {
            Ask::Text { .. } => false,
            Ask::Tag(read) | Ask::Source(read) | Ask::From(read) => *read == value.to_lowercase(),
            _ => true,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use model::{CustomerId, query::blank_at};

    use super::*;

    fn known() -> Known {
        let person = |email: &str, name: &str| Person {
            customer: CustomerId(1),
            name: name.to_owned(),
            email: email.to_owned(),
            tickets: 3,
            guessed: false,
        };
        let tags = [
            ("late", 4),
            ("latecomer", 9),
            ("too late", 20),
            ("5\" pan lid", 2),
            ("5\"pan", 1),
            ("\"", 1),
            ("VIP 客户", 7),
        ];
        Known {
            tags: tags.map(|(name, tickets)| (name.to_owned(), tickets)).to_vec(),
            sources: vec!["Care Desk".to_owned(), "Archive".to_owned()],
            people: vec![person("wang@x.test", "Wang Zhiyuan")],
            counted: vec![("status:open".to_owned(), 12)],
            now: Millis(1_790_000_000_000),
        }
    }

    fn texts(typed: &str) -> Vec<String> {
        let (blank, mut known) = (blank_at(typed, typed.chars().count()), known());
        known.people.retain(|person| person.email.contains(&blank.typed));
        options(&blank, &known).into_iter().map(|option| option.text).collect()
    }

    #[test]
    fn a_key_is_offered_by_its_beginning_and_so_are_whole_terms() {
        assert_eq!(texts("sta"), ["status:"]);
        assert_eq!(texts("-pr"), ["priority:"]);
        assert_eq!(texts("").len(), MOST);
        assert_eq!(texts("urg"), ["is:urgent", "priority:urgent"]);
        assert_eq!(texts("wang"), ["from:wang@x.test"]);
        assert_eq!(texts("x late"), ["tag:latecomer", "tag:late", "tag:\"too late\""]);
    }

    #[test]
    fn values_come_with_how_many_tickets_they_have() {
        assert_eq!(texts("status:"), ["open", "waiting", "closed"]);
        let blank = blank_at("status:o", 8);
        let first = options(&blank, &known()).remove(0);
        assert_eq!((first.text.as_str(), first.tickets), ("open", Some(12)));
        assert_eq!(texts("from:wa"), ["wang@x.test"]);
        assert_eq!(texts("source:ca"), ["\"Care Desk\""]);
        assert_eq!(texts("source:desk"), ["\"Care Desk\""]);
    }

    #[test]
    fn a_number_gets_its_units_and_a_day_begins_with_today() {
        assert_eq!(texts("waiting:>2"), [">2h", ">2d", ">2m", ">2w"]);
        assert_eq!(texts("updated:<"), ["<1h", "<1d", "<7d"]);
        assert!(texts("waiting:99999999999999999999").is_empty());
        assert!(texts("after:2026")[0].starts_with("2026-09-2"), "{:?}", texts("after:2026"));
    }

    #[test]
    fn nothing_is_offered_that_could_not_be_read() {
        assert_eq!(texts("tag:5"), ["5\"pan"], "blanks and quotes together can't be typed");
        assert_eq!(texts("tag:vip"), ["\"VIP 客户\""]);
        assert_eq!(texts("tag:\"VIP 客"), ["\"VIP 客户\""], "also within open quotes");
    }
}
