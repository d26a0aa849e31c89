//! What the command line writes: answers to standard output, everything else beside it.
//!
//! A reader that went away (`foredeck search … | head`) is no error.

use std::io::Write as _;

/// An answer, to standard output.
pub fn answer(text: &str) {
    let _nobody_reads = writeln!(std::io::stdout(), "{text}");
}

/// A remark, to standard error.
pub fn aside(text: &str) {
    let _nobody_reads = writeln!(std::io::stderr(), "{text}");
}
