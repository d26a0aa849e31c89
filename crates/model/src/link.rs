//! What the link to a source is doing right now. There is always an answer: a person never has to guess whether mail is coming in.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Millis, Problem, SourceId};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum LinkPhase {
    /// Not started, or stopped by the person.
    Paused,
    Connecting,
    /// Newest mail is here; older mail is being filled in. `done` and `total` count messages.
    Filling {
        done: u32,
        total: u32,
        seconds_left: Option<u32>,
    },
    /// Everything is here; new mail is pushed (`pushed`) or asked for at intervals.
    Live {
        pushed: bool,
    },
    /// All there ever was is here, and nothing more will come: an imported archive.
    Complete,
    /// No network. Not an error.
    Offline {
        retry_at_ms: Millis,
    },
    /// Going on by itself after a passing fault.
    Retrying {
        problem: Problem,
        retry_at_ms: Millis,
    },
    /// A person must do something.
    Stopped {
        problem: Problem,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct LinkState {
    pub source: SourceId,
    pub name: String,
    pub phase: LinkPhase,
    /// When the source last confirmed that nothing is missing here.
    pub as_of_ms: Option<Millis>,
}
