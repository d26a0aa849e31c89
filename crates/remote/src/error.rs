//! An error of the outside, with what to do about it. Nobody ever matches on message text: the adapter has decided.

use std::time::Duration;

use model::{Problem, ProblemCode};

/// What trying again could bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// There is no network: wait for it, this is not an error.
    Offline,
    /// It may pass: back off and try again; not sooner than the delay the server asked for.
    Transient { after: Option<Duration> },
    /// Trying again changes nothing: a person must act.
    Permanent,
}

#[derive(Debug, Clone, thiserror::Error)]
#[error("{problem}")]
pub struct RemoteError {
    pub retry: Retry,
    pub problem: Problem,
}

impl RemoteError {
    pub fn offline(code: ProblemCode) -> RemoteError {
        RemoteError { retry: Retry::Offline, problem: Problem::new(code) }
    }

    pub fn transient(problem: Problem) -> RemoteError {
        RemoteError { retry: Retry::Transient { after: None }, problem }
    }

    pub fn permanent(problem: Problem) -> RemoteError {
        RemoteError { retry: Retry::Permanent, problem }
    }
}
