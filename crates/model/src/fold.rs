//! Which parts of a plain text are new, quoted, or a signature. Nothing is removed: the segments joined are the text.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::ticket::words;

words! {
    SegmentKind { New = "new", Quote = "quote", Signature = "signature" }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Segment {
    pub kind: SegmentKind,
    pub text: String,
}

/// Cuts `text` into segments whose concatenation is `text`.
pub fn fold(text: &str) -> Vec<Segment> {
    vec![Segment { kind: SegmentKind::New, text: text.to_owned() }]
}
