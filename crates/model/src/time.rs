//! A moment, as UTC milliseconds since 1970. Never a local time, never "now".

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// UTC milliseconds since 1970-01-01. Crosses to TypeScript as a number: every moment up to the year 287,396 is a safe integer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(type = "number")]
pub struct Millis(pub i64);

impl Millis {
    pub const SECOND: i64 = 1_000;
    pub const MINUTE: i64 = 60 * Self::SECOND;
    pub const HOUR: i64 = 60 * Self::MINUTE;
    pub const DAY: i64 = 24 * Self::HOUR;

    /// Milliseconds from `earlier` to `self`; negative when a clock went backwards.
    pub const fn since(self, earlier: Millis) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    pub const fn plus(self, ms: i64) -> Millis {
        Millis(self.0.saturating_add(ms))
    }
}
