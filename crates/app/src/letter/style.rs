//! Style attributes, declaration by declaration: a property that is listed, with a value made only of words, numbers, colours and quoted font names.
//! Whatever could fetch, move out of its place, cover, or hide from this reading (escapes, comments, functions) takes its declaration with it.

use super::draft::head;

/// What a filtered style leaves.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Filtered {
    pub(super) style: String,
    pub(super) coloured: bool,
    /// It would have fetched an image.
    pub(super) fetches: bool,
}

const LONGEST: usize = 8_000;
const MOST: usize = 100;

pub(super) fn filter(style: &str) -> Filtered {
    let mut filtered = Filtered::default();
    for declaration in head(style, LONGEST).split(';').take(MOST) {
        filtered.fetches |= fetches(declaration);
        let Some((name, value)) = declaration.split_once(':') else { continue };
        let name = name.trim().to_ascii_lowercase();
        let value = without_importance(value);
        if !is_property(&name) || !is_value(&name, value) {
            continue;
        }
        filtered.coloured |= matches!(name.as_str(), "color" | "background" | "background-color");
        filtered.style.push_str(&name);
        filtered.style.push(':');
        filtered.style.push_str(value);
        filtered.style.push(';');
    }
    filtered
}

fn fetches(declaration: &str) -> bool {
    let lower = declaration.to_ascii_lowercase();
    lower.contains("url(") && (lower.contains("http") || lower.contains("//"))
}

/// The page's own rules must be able to win.
fn without_importance(value: &str) -> &str {
    let value = value.trim();
    let end = value.len().saturating_sub("!important".len());
    match value.get(end..) {
        Some(tail) if tail.eq_ignore_ascii_case("!important") => value.get(..end).unwrap_or("").trim_end(),
        _ => value,
    }
}

const PROPERTIES: &[&str] = &[
    "color",
    "background",
    "background-color",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "font-variant",
    "line-height",
    "letter-spacing",
    "word-spacing",
    "text-align",
    "text-decoration",
    "text-decoration-line",
    "text-decoration-color",
    "text-decoration-style",
    "text-indent",
    "text-transform",
    "vertical-align",
    "white-space",
    "word-break",
    "word-wrap",
    "overflow-wrap",
    "direction",
    "width",
    "height",
    "min-width",
    "max-width",
    "min-height",
    "max-height",
    "display",
    "list-style",
    "list-style-type",
    "float",
    "clear",
    "table-layout",
    "caption-side",
    "empty-cells",
    "box-sizing",
    "border-collapse",
    "border-spacing",
    "border-radius",
];
const FAMILIES: &[&str] = &["margin", "padding", "border"];

fn is_property(name: &str) -> bool {
    let family = |family: &&str| {
        name.strip_prefix(*family).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let image = name.contains("image");
    PROPERTIES.contains(&name)
        || (!image
            && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
            && FAMILIES.iter().any(family))
}

fn is_value(name: &str, value: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || " #%.,()+-'\"_/".contains(c);
    !value.is_empty()
        && value.len() <= 300
        && value.chars().all(plain)
        && value.matches('"').count().is_multiple_of(2)
        && value.matches('\'').count().is_multiple_of(2)
        && !value.contains("//")
        && only_colour_functions(value)
        && sane_numbers(value)
        && (name != "display" || is_display(value))
        && !((name.starts_with("margin") || name == "text-indent" || name == "letter-spacing")
            && has_negative(value))
}

/// Every parenthesis belongs to a colour.
fn only_colour_functions(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let mut pieces = lower.split('(').rev().skip(1);
    let opened = value.matches('(').count();
    opened == value.matches(')').count()
        && pieces.all(|before| {
            let name = before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
            matches!(name, "rgb" | "rgba" | "hsl" | "hsla")
        })
}

/// No number of five digits or more before its point, so that nothing is a mile high. Colours are no numbers.
fn sane_numbers(value: &str) -> bool {
    let mut digits = 0;
    let mut counts = true;
    for c in value.chars() {
        match c {
            '0'..='9' if counts => digits += 1,
            '0'..='9' => {}
            '#' | '.' => counts = false,
            c if c.is_ascii_alphabetic() && !counts => {}
            _ => (digits, counts) = (0, true),
        }
        if digits > 4 {
            return false;
        }
    }
    true
}

fn has_negative(value: &str) -> bool {
    value.split([' ', ',', '(']).any(|word| word.starts_with('-'))
}

fn is_display(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    matches!(value.as_str(), "block" | "inline" | "inline-block" | "none" | "list-item")
        || value.starts_with("table")
        || value == "inline-table"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(style: &str) -> String {
        filter(style).style
    }

    #[test]
    fn what_dresses_a_letter_stays() {
        for style in [
            "color:#1F497D;font-family:'Microsoft YaHei', \"微软雅黑\", sans-serif;font-size:10.5pt;",
            "background:rgb(255, 255, 255);border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm;",
            "width:100%;max-width:600px;line-height:1.42857143;margin:0 auto;",
        ] {
            assert_eq!(kept(style), style);
        }
        assert_eq!(kept("COLOR : red !IMPORTANT ; mso-style-name: x"), "color:red;");
        assert!(filter("background-color: #fff").coloured);
        assert!(!filter("margin: 0").coloured);
    }

    #[test]
    fn what_fetches_moves_covers_or_hides_goes() {
        for style in [
            "background:url(http://t.test/a.png)",
            "background:u\\72l(http://t.test/a.png)",
            "background:url/**/(//t.test)",
            "background-image:image-set('a.png' 1x)",
            "border-image:none",
            "list-style:url('//t.test/x')",
            "position:fixed",
            "z-index:9999",
            "top:0",
            "transform:scale(100)",
            "width:expression(alert(1))",
            "behavior:url(x.htc)",
            "-moz-binding:url(x)",
            "color:red}*{position:fixed",
            "font-family:'a",
            "@import 'x'",
            "height:99999px",
            "margin-top:-500px",
            "margin:0 -9px",
            "display:flex",
            "color:var(--x)",
            "width:calc(100% - 1px)",
            "content:'x'",
            "color:<b>",
            "animation:x 1s",
            "opacity:0",
            "font-family:\"</style>\"",
        ] {
            assert_eq!(kept(style), "", "{style}");
        }
        assert!(filter("background:#fff url('https://t.test/a.png')").fetches);
        assert_eq!(kept(&format!("color:red;width:{}", "1 ".repeat(9_000))), "color:red;");
    }
}
