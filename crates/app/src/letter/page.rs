//! The page of the isolated frame: the cleaned letter, the styles that make it readable in either theme, and the one script.

use super::Cleaned;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page for the frame and the value of its `Content-Security-Policy` header. `nonce` must be new for each page
/// and made of letters and digits.
pub fn document(cleaned: &Cleaned, lang: &str, dark: bool, nonce: &str) -> (String, String) {
    let nonce: String = nonce.chars().filter(char::is_ascii_alphanumeric).collect();
    let lang: String = lang.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let ground = match (dark, cleaned.coloured) {
        (false, _) => "light",
        // A letter that chose its colours for white paper gets white paper.
        (true, true) => "paper",
        (true, false) => "dark",
    };
    let html = format!(
        "<!doctype html>\n<html lang=\"{lang}\" class=\"{ground}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>-</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<div id=\"letter\">{}</div>\n<script nonce=\"{nonce}\">{SCRIPT}</script>\n</body>\n</html>\n",
        cleaned.html
    );
    (html, policy(cleaned, &nonce))
}

/// `sandbox` repeats what the frame says, for a page that is opened without one.
fn policy(cleaned: &Cleaned, nonce: &str) -> String {
    let mut pictures = String::from("'self' data:");
    for origin in &cleaned.inline_origins {
        pictures.push(' ');
        pictures.push_str(origin);
    }
    if cleaned.images {
        pictures.push_str(" https:");
    }
    format!(
        "default-src 'none'; img-src {pictures}; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; sandbox allow-scripts"
    )
}
