//! HTML mail as it may be shown: [`sanitise`] takes out everything that acts, tracks or covers; [`document`] makes the page that an
//! isolated frame shows, with a content policy of its own. Defence in depth: either alone would do.
//!
//! Nothing here fetches anything, and no HTML leaves it but through [`sanitise`]. Time and memory are bounded whatever is fed: the input is cut,
//! nested and counted (see `remote::mail::markup`) before any parser sees it.

mod allowed;
mod draft;
mod link;
mod page;
mod sanitise;
mod style;
#[cfg(test)]
mod tests;
mod weigh;
mod written;

use std::collections::BTreeMap;

pub(crate) use draft::escape;
pub use page::document;
pub use sanitise::sanitise;
pub use weigh::{says_more, survey};
pub(crate) use written::{Written, written};

/// What the person lets a letter do, and what came with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether remote images may be fetched.
    pub images: bool,
    /// From `Content-ID` (without brackets) to the address under which the frame finds the image.
    pub inline: BTreeMap<String, String>,
    /// Whether it is quoted in a mail that leaves: then nothing is written for this desk's own frame, and an image that can't go along is left out.
    pub leaving: bool,
}

/// HTML that may be shown, in a [`document`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cleaned {
    pub html: String,
    /// Remote images that were left out, tracking pixels among them.
    pub blocked_images: u32,
    /// Whether the letter chooses colours of its own, and so must be shown on the light ground it was made for.
    pub coloured: bool,
    /// Whether only its beginning is shown.
    pub cut: bool,
    /// Where its inline images lie, for the content policy: origins, empty when they are paths on the page's own.
    inline_origins: Vec<String>,
    /// Whether it was cleaned to show remote images.
    images: bool,
}

/// Bytes of HTML that are shown.
pub const LONGEST_SHOWN: usize = 2 << 20;
