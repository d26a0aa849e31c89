//! A mail address with the name its owner gives it. Never trusted: names are cleaned before they are shown.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::text;

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
pub struct Address {
    /// The display name, possibly empty.
    pub name: String,
    /// The address as written, trimmed; possibly empty when a message has none.
    pub email: String,
}

impl Address {
    pub fn new(name: &str, email: &str) -> Address {
        Address { name: text::one_line(name), email: text::one_line(email) }
    }

    /// The form two spellings of one address share: lower case, trimmed.
    pub fn key(&self) -> String {
        self.email.trim().to_lowercase()
    }

    /// What a list shows: the name, else the address.
    pub fn label(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }
}
