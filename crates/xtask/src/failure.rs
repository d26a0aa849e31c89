//! What can go wrong here, as a sentence for the person at the terminal. Nobody matches on it: every failure ends the command.

use std::fmt;

#[derive(Debug)]
pub struct Failure {
    sentence: String,
    cause: Option<Box<dyn std::error::Error>>,
}

pub type Result<T = ()> = std::result::Result<T, Failure>;

impl Failure {
    pub fn new(sentence: impl Into<String>) -> Self {
        Failure { sentence: sentence.into(), cause: None }
    }

    pub fn because(sentence: impl Into<String>, cause: impl std::error::Error + 'static) -> Self {
        Failure { sentence: sentence.into(), cause: Some(Box::new(cause)) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.sentence)?;
        match &self.cause {
            Some(cause) => write!(out, ": {cause}"),
            None => Ok(()),
        }
    }
}

/// Says what was being done when an error came.
pub trait While<T> {
    fn during(self, doing: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: std::error::Error + 'static> While<T> for std::result::Result<T, E> {
    fn during(self, doing: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|cause| Failure::because(doing(), cause))
    }
}
