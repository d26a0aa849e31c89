//! What a letter may be made of. Whatever is not listed here does not exist.

/// Elements that are shown. `body` becomes a `div`, so that its colours are kept.
pub(super) fn element(name: &str) -> bool {
    ELEMENTS.contains(&name) || name == "body"
}

pub(super) const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "article",
    "aside",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
];

/// Attributes any element may have, beside those of `OWN`.
pub(super) const EVERYWHERE: &[&str] =
    &["style", "dir", "lang", "title", "align", "valign", "width", "height", "bgcolor", "class"];

pub(super) const OWN: &[(&str, &[&str])] = &[
    ("a", &["href", "target", "data-href", "data-mismatch"]),
    ("img", &["src", "alt", "border", "hspace", "vspace"]),
    ("table", &["border", "cellpadding", "cellspacing"]),
    ("td", &["colspan", "rowspan", "nowrap"]),
    ("th", &["colspan", "rowspan", "nowrap"]),
    ("col", &["span"]),
    ("colgroup", &["span"]),
    ("font", &["color", "face", "size"]),
    ("ol", &["start", "type"]),
    ("ul", &["type"]),
    ("li", &["value", "type"]),
    ("hr", &["size", "color", "noshade"]),
];

/// Classes the page itself has styles for.
const CLASSES: &[&str] = &["MsoNormal", "MsoListParagraph", "MsoPlainText", "gmail_quote"];

const LONGEST_VALUE: usize = 2_000;

/// The value a plain attribute may have; `None` when it may not be there. Links, images and styles are not decided here.
pub(super) fn value(element: &str, name: &str, value: &str) -> Option<String> {
    let own = OWN.iter().any(|(one, names)| *one == element && names.contains(&name));
    if value.len() > LONGEST_VALUE || !(own || EVERYWHERE.contains(&name)) {
        return None;
    }
    let value = value.trim();
    let fits = match name {
        "title" | "alt" => return Some(model::text::one_line(value)),
        "class" => return class(value),
        "width" | "height" | "border" | "cellpadding" | "cellspacing" | "hspace" | "vspace" => {
            is_length(value)
        }
        "colspan" | "rowspan" | "span" => is_number(value, 3),
        "start" | "value" | "size" => is_number(value.trim_start_matches(['+', '-']), 5),
        "bgcolor" | "color" => is_colour(value),
        "face" => value.chars().all(|c| c.is_alphanumeric() || " ,'-_".contains(c)),
        "dir" => matches!(value.to_ascii_lowercase().as_str(), "ltr" | "rtl" | "auto"),
        _ => value.len() <= 40 && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'),
    };
    fits.then(|| value.to_owned())
}

fn class(value: &str) -> Option<String> {
    let kept: Vec<&str> = value.split_ascii_whitespace().filter(|class| CLASSES.contains(class)).collect();
    (!kept.is_empty()).then(|| kept.join(" "))
}

fn is_number(value: &str, digits: usize) -> bool {
    (1..=digits).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit())
}

fn is_length(value: &str) -> bool {
    let number = value.trim_end_matches('%').trim_end_matches("px");
    let whole = number.split('.').next().unwrap_or("");
    is_number(whole, 4) && number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

fn is_colour(value: &str) -> bool {
    (1..=30).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'#')
}
