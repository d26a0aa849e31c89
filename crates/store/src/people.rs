//! The words by which customers are found: those of their names and addresses, and how Chinese names sound. Kept with every change of a
//! customer, in its transaction.

use std::collections::BTreeSet;

use model::names::words;
use sqlx::SqliteConnection;

use crate::{
    error::Result,
    names::sound,
    work::{CustomerRec, cell::insert_rows},
};

/// Of an address, what stands before its domain; everybody at one provider has the same domain.
pub(crate) fn words_of(name: &str, email: &str) -> Vec<String> {
    let mut all = words(name);
    let sounds: Vec<String> =
        all.iter().flat_map(|word| [sound(word), given_name(word).and_then(sound)]).flatten().collect();
    let local = email.split('@').next().unwrap_or_default();
    all.extend(sounds);
    all.extend(words(local));
    all
}

/// A Chinese name without the family's.
fn given_name(word: &str) -> Option<&str> {
    let (second, _) = word.char_indices().nth(1)?;
    word.get(second..).filter(|given| given.chars().count() > 1)
}

fn all_of(customer: &CustomerRec) -> BTreeSet<String> {
    words_of(&customer.name, &customer.email).into_iter().collect()
}

/// Brings the words of customers up to date: each as it was, if it was, and as it is.
pub(crate) async fn keep<'a>(
    connection: &mut SqliteConnection,
    changed: impl Iterator<Item = (Option<&'a CustomerRec>, &'a CustomerRec)>,
) -> Result<()> {
    let mut new: BTreeSet<(String, i64)> = BTreeSet::new();
    for (before, now) in changed {
        if before.is_some_and(|before| (&before.name, &before.email) == (&now.name, &now.email)) {
            continue;
        }
        let (had, has) = (before.map(all_of).unwrap_or_default(), all_of(now));
        for gone in had.difference(&has) {
            let delete = sqlx::query("DELETE FROM name_of WHERE word = ? AND customer = ?");
            delete.bind(gone.clone()).bind(now.id.0).execute(&mut *connection).await?;
        }
        new.extend(has.difference(&had).map(|word| (word.clone(), now.id.0)));
    }
    let rows: Vec<(String, i64)> = new.into_iter().collect();
    insert_rows(
        connection,
        "INSERT OR IGNORE INTO name_of (word, customer)",
        2,
        &rows,
        |(word, customer), to| to.bind(word.clone()).bind(*customer),
    )
    .await?;
    let mut words: Vec<String> = rows.into_iter().map(|(word, _)| word).collect();
    words.dedup();
    insert_rows(connection, "INSERT OR IGNORE INTO name_word (word, backwards)", 2, &words, |word, to| {
        to.bind(word.clone()).bind(word.chars().rev().collect::<String>())
    })
    .await?;
    Ok(())
}

/// After customers were deleted: their words, and those that are nobody's any more.
pub(crate) const FORGET: [&str; 2] = [
    "DELETE FROM name_of WHERE customer NOT IN (SELECT id FROM customer)",
    "DELETE FROM name_word WHERE NOT EXISTS (SELECT 1 FROM name_of n WHERE n.word = name_word.word)",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chinese_name_is_found_by_its_characters_and_its_sound() {
        assert_eq!(words_of("王志远", "wzy88@x.test"), ["王志远", "wangzhiyuan", "zhiyuan", "wzy", "88"]);
        assert_eq!(words_of("李娜", ""), ["李娜", "lina"]);
        assert_eq!(words_of("Alan Smith", "alan@x.test"), ["alan", "smith", "alan"]);
    }
}
