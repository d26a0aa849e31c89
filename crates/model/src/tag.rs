//! Tags on tickets and customers.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{TagId, ticket::words};

words! {
    /// What kind of statement a tag makes: who somebody is, what they did lately, what they feel.
    TagLayer { Base = "base", Dynamic = "dynamic", Sentiment = "sentiment" }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Tag {
    pub id: TagId,
    /// As people wrote it; two tags whose lower case is equal are one.
    pub name: String,
    pub layer: TagLayer,
}

impl Tag {
    /// The longest name, in characters.
    pub const LONGEST: usize = 48;

    /// The form two spellings of one tag share; `None` when nothing is left or it is too long.
    pub fn key(name: &str) -> Option<String> {
        let line = crate::text::one_line(name);
        let fits = !line.is_empty() && line.chars().count() <= Self::LONGEST;
        fits.then(|| line.to_lowercase())
    }
}
