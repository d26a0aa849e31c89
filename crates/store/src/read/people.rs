//! Customers by name or address, despite a typing error.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    CustomerId, Millis,
    names::{Fit, Typed, errors_allowed, fit, is_close, words},
    text::is_cjk,
};
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection, sqlite::SqliteRow};

use crate::{Store, error::Result, names::sound, people::words_of};

/// Somebody who was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub customer: CustomerId,
    /// The name, else the address.
    pub name: String,
    pub email: String,
    pub tickets: u32,
    /// Whether what was typed fits only when a typing error is allowed for.
    pub guessed: bool,
}

/// How many customers are looked at one by one: of those whom the words fit, and, when they fit more, of those who wrote last.
const MOST_LOOKED_AT: usize = 400;
/// How many customers with one word are compared with those with another.
const MOST_WITH_A_WORD: u32 = 20_000;
/// How many words are looked at for a typing error, and how many of them are close enough to be taken.
const MOST_WORDS: u32 = 4_000;
const MOST_CLOSE: usize = 20;

impl Store {
    /// Customers whose name or address has every word of `text`, or one much like it. First those whose words begin with what was typed;
    /// among equals, who wrote last. When very many fit, those who wrote lately come before others.
    pub async fn people(&self, text: &str, limit: u32) -> Result<Vec<Person>> {
        let typed: Vec<Typed> = words(text).into_iter().map(typed).collect();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut reader = self.inner.readers.acquire().await?;
        let found = people(&mut reader, &typed, local_words(text), limit).await;
        let mut found: Vec<Found> = self.noted(found)?.into_values().collect();
        found.sort_by_key(|(fit, seen, person)| (*fit, std::cmp::Reverse(*seen), person.customer));
        found.truncate(limit);
        Ok(found.into_iter().map(|(_, _, person)| person).collect())
    }
}

fn typed(word: String) -> Typed {
    Typed { sound: sound(&word), word }
}

/// How many of the typed words stand before an address's domain, whose words are in no table.
fn local_words(text: &str) -> usize {
    words(text.split('@').next().unwrap_or_default()).len()
}

type Found = (Fit, Millis, Person);
type FoundBy = BTreeMap<CustomerId, Found>;

async fn people(
    reader: &mut SqliteConnection,
    typed: &[Typed],
    local: usize,
    limit: usize,
) -> Result<FoundBy> {
    let local = typed.get(..local).unwrap_or(typed);
    // The longest word is the most telling.
    let Some(driver) = local.iter().max_by_key(|typed| typed.word.chars().count()) else {
        return Ok(FoundBy::new());
    };
    let fitting = beginning_with(reader, local).await?;
    let mut found = FoundBy::new();
    if fitting.len() > MOST_LOOKED_AT {
        let recent = recent(reader).await?;
        found = among(reader, recent, typed).await?;
    }
    if found.len() < limit {
        found.extend(among(reader, fitting.into_iter().take(MOST_LOOKED_AT).collect(), typed).await?);
    }
    if found.len() < limit {
        let mut meant = meant(reader, driver).await?;
        meant.push(driver.word.clone());
        for word in meant {
            let theirs = beginning(reader, &word).await?.into_iter().take(MOST_LOOKED_AT).collect();
            found.extend(among(reader, theirs, typed).await?);
        }
    }
    Ok(found)
}

/// Those of the customers whom the words fit.
async fn among(reader: &mut SqliteConnection, customers: BTreeSet<i64>, typed: &[Typed]) -> Result<FoundBy> {
    if customers.is_empty() {
        return Ok(FoundBy::new());
    }
    let rows = sqlx::query(CUSTOMERS).bind(serde_json::to_string(&customers)?).fetch_all(reader).await?;
    let found = rows.iter().map(|row| person(row, typed)).collect::<sqlx::Result<Vec<_>>>()?;
    Ok(found.into_iter().flatten().map(|found| (found.2.customer, found)).collect())
}

const CUSTOMERS: &str = "SELECT id, name, email, tickets, last_seen_at_ms FROM customer \
    WHERE id IN (SELECT value FROM json_each(?))";

fn person(row: &SqliteRow, typed: &[Typed]) -> sqlx::Result<Option<Found>> {
    let (name, email): (String, String) = (row.try_get("name")?, row.try_get("email")?);
    let mut theirs = words_of(&name, &email);
    theirs.extend(words(&email));
    let Some(fit) = fit(typed, &theirs) else { return Ok(None) };
    let person = Person {
        customer: CustomerId(row.try_get("id")?),
        name: if name.is_empty() { email.clone() } else { name },
        email,
        tickets: row.try_get("tickets")?,
        guessed: fit == Fit::Guessed,
    };
    Ok(Some((fit, Millis(row.try_get("last_seen_at_ms")?), person)))
}

/// Customers who have for each of the words one that begins so.
async fn beginning_with(reader: &mut SqliteConnection, typed: &[Typed]) -> Result<BTreeSet<i64>> {
    let mut all: Option<BTreeSet<i64>> = None;
    for typed in typed {
        let theirs = beginning(reader, &typed.word).await?;
        all = Some(match all {
            Some(all) => all.intersection(&theirs).copied().collect(),
            None => theirs,
        });
    }
    Ok(all.unwrap_or_default())
}

/// Customers with a word that begins so.
async fn beginning(reader: &mut SqliteConnection, start: &str) -> Result<BTreeSet<i64>> {
    let query =
        sqlx::query_scalar(BEGINNING).bind(start.to_owned()).bind(after(start)).bind(MOST_WITH_A_WORD);
    let together: Option<String> = query.fetch_one(reader).await?;
    Ok(serde_json::from_str(together.as_deref().unwrap_or("[]"))?)
}

/// All in one row, since a row at a time costs several times as much.
const BEGINNING: &str = "SELECT '[' || group_concat(customer) || ']' FROM \
    (SELECT customer FROM name_of WHERE word >= ? AND word < ? LIMIT ?)";

/// Greater than every word that begins with `start`.
fn after(start: &str) -> String {
    format!("{start}\u{10FFFF}")
}

/// The requesters of the tickets that moved last.
async fn recent(reader: &mut SqliteConnection) -> Result<BTreeSet<i64>> {
    let most = u32::try_from(MOST_LOOKED_AT).unwrap_or(u32::MAX);
    let requesters: Vec<i64> = sqlx::query_scalar(RECENT).bind(most).fetch_all(reader).await?;
    Ok(requesters.into_iter().collect())
}

const RECENT: &str = "SELECT requester FROM ticket INDEXED BY ticket_by_last ORDER BY last_message_at_ms DESC, id DESC LIMIT ?";

/// Words that may have been meant: those that sound like a Chinese one, and those a typing error away.
async fn meant(reader: &mut SqliteConnection, typed: &Typed) -> Result<Vec<String>> {
    let mut meant: Vec<String> = typed.sound.iter().cloned().collect();
    let mut close = BTreeMap::new();
    for half in halves(&typed.word) {
        let allowed = i64::try_from(errors_allowed(&typed.word)).unwrap_or(0);
        let length = i64::try_from(typed.word.chars().count()).unwrap_or(i64::MAX);
        let query =
            sqlx::query_scalar(AssertSqlSafe(half.sql())).bind(half.start.clone()).bind(after(&half.start));
        let query = query.bind(MOST_WORDS).bind(length - allowed).bind(length + allowed).bind(half.end);
        let words: Vec<String> = query.fetch_all(&mut *reader).await?;
        let like = words.into_iter().filter(|word| *word != typed.word && is_close(&typed.word, word));
        close.extend(like.map(|word| (word, ())));
    }
    meant.extend(close.into_keys().take(MOST_CLOSE));
    Ok(meant)
}

/// What of a word is right when a mistake was made in the rest.
struct Half {
    /// The first characters; of the word spelt backwards when `backwards`.
    start: String,
    backwards: bool,
    /// The last characters; empty when nothing is known of them.
    end: String,
}

/// Two neighbours that changed places may lie on either side of the middle: the halves leave one character between them. Of three Chinese
/// characters two are right, whichever they are.
fn halves(word: &str) -> Vec<Half> {
    let chars: Vec<char> = word.chars().collect();
    let length = chars.len();
    let first = |count: usize| chars.iter().take(count).collect::<String>();
    let last_backwards = |count: usize| chars.iter().rev().take(count).collect::<String>();
    let half = |start: String, backwards: bool| Half { start, backwards, end: String::new() };
    match (errors_allowed(word), chars.first().is_some_and(|c| is_cjk(*c))) {
        (0, _) => Vec::new(),
        (_, true) => {
            let ends =
                Half { start: first(1), backwards: false, end: chars.iter().skip(length - 1).collect() };
            vec![half(first(length - 1), false), half(last_backwards(length - 1), true), ends]
        }
        (1, _) => vec![half(first(length / 2), false), half(last_backwards(length - length / 2 - 1), true)],
        // One of the two mistakes may be in either half; not one at the very beginning and one at the very end.
        _ => vec![half(first(length / 3), false), half(last_backwards(length / 3), true)],
    }
}

impl Half {
    fn sql(&self) -> String {
        let (from, key) = match self.backwards {
            true => ("name_word INDEXED BY name_word_backwards", "backwards"),
            false => ("name_word", "word"),
        };
        format!(
            "SELECT word FROM (SELECT word FROM {from} WHERE {key} >= ?1 AND {key} < ?2 LIMIT ?3) \
             WHERE length(word) BETWEEN ?4 AND ?5 AND (?6 = '' OR substr(word, -length(?6)) = ?6)"
        )
    }
}

#[cfg(test)]
pub(super) fn all() -> Vec<(&'static str, String)> {
    let half = |backwards| Half { start: String::new(), backwards, end: String::new() }.sql();
    vec![
        ("whose word begins so", BEGINNING.to_owned()),
        ("who wrote last", RECENT.to_owned()),
        ("words with the same beginning", half(false)),
        ("words with the same end", half(true)),
        ("customers", CUSTOMERS.to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mistake_leaves_one_half_right() {
        let halves =
            |word: &str| halves(word).into_iter().map(|half| (half.start, half.end)).collect::<Vec<_>>();
        let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
        assert_eq!(halves("wnag"), [pair("wn", ""), pair("g", "")]);
        assert_eq!(halves("王志原"), [pair("王志", ""), pair("原志", ""), pair("王", "原")]);
        assert_eq!(halves("margareta"), [pair("mar", ""), pair("ate", "")]);
        assert!(halves("li").is_empty());
    }
}
