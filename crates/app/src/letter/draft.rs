//! The letter rewritten from its events: only listed elements and attributes, links and images decided, everything escaped and nested. It could be
//! shown as it is; the sanitiser reads it once more with other eyes.

use remote::mail::markup::{Attributes, Event, decode_entities, is_void, walk};

use super::link::Target;
use super::{LONGEST_SHOWN, Options, allowed, style};

#[derive(Default)]
pub(super) struct Draft {
    pub(super) html: String,
    pub(super) blocked_images: u32,
    pub(super) coloured: bool,
    pub(super) cut: bool,
    /// The link being written: where its tag's attributes end in `html`, and where it goes.
    link: Option<(usize, Target)>,
    /// The link's words so far.
    words: String,
    /// For each `a` that is open: whether it came out as a link.
    links: Vec<bool>,
}

/// Bytes of an image inside the mail's own HTML.
const LONGEST_DATA: usize = 1 << 20;
/// Characters of a link's words that are compared with its target.
const LONGEST_WORDS: usize = 2_000;

impl Draft {
    pub(super) fn of(html: &str, options: &Options) -> Draft {
        let mut draft = Draft::default();
        let shown = head(html, LONGEST_SHOWN);
        draft.cut = shown.len() < html.len();
        walk(shown, allowed::element, &mut |event| {
            draft.take(event, options);
            draft.cut |= draft.html.len() > 2 * LONGEST_SHOWN;
            draft.html.len() <= 2 * LONGEST_SHOWN
        });
        draft
    }

    fn take(&mut self, event: Event<'_>, options: &Options) {
        match event {
            Event::Text(text) => self.text(&decode_entities(text)),
            Event::Open { name: "a", attributes } => self.open_link(attributes, options),
            Event::Close { name: "a" } => self.close_link(options),
            Event::Open { name: "img", attributes } => self.image(attributes, options),
            Event::Open { name, attributes } => {
                self.count_background(attributes);
                self.open(as_shown(name), attributes);
            }
            Event::Close { name } if !is_void(name) => self.push_all(&["</", as_shown(name), ">"]),
            Event::Close { .. } => {}
        }
    }

    /// A long run of text gets a place to break now and then: the sanitiser's writer reads each run anew for each character it must escape.
    fn text(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(run_end(rest));
            escape(piece, &mut self.html);
            if !after.is_empty() {
                self.html.push_str("<wbr>");
            }
            rest = after;
        }
        if self.link.is_some() && self.words.len() < LONGEST_WORDS {
            self.words.push_str(head(text, LONGEST_WORDS));
        }
    }

    fn open(&mut self, name: &str, attributes: Attributes<'_>) {
        self.push_all(&["<", name]);
        for (attribute, value) in attributes {
            if matches!(attribute.as_str(), "href" | "src" | "target" | "data-href" | "data-mismatch") {
                continue;
            }
            if attribute == "style" {
                let filtered = style::filter(&value);
                self.coloured |= filtered.coloured;
                self.blocked_images += u32::from(filtered.fetches);
                self.attribute("style", Some(filtered.style).filter(|style| !style.is_empty()));
            } else {
                let value = allowed::value(name, &attribute, &value);
                self.coloured |= value.is_some() && matches!(attribute.as_str(), "bgcolor" | "color");
                self.attribute(&attribute, value);
            }
        }
        self.html.push('>');
    }

    /// Links inside links do not exist; a link to nowhere is only its words.
    fn open_link(&mut self, attributes: Attributes<'_>, options: &Options) {
        let target =
            attributes.get("href").and_then(|href| Target::parse(&href)).filter(|_| self.link.is_none());
        match target {
            Some(target) => {
                self.open("a", attributes);
                self.html.pop();
                self.attribute("href", Some(target.href.clone()));
                if !options.leaving {
                    self.attribute("target", Some("_blank".to_owned()));
                    self.attribute("data-href", Some(target.place.clone()));
                }
                self.words.clear();
                self.link = Some((self.html.len(), target));
                self.html.push('>');
                self.links.push(true);
            }
            None => {
                self.open("span", attributes);
                self.links.push(false);
            }
        }
    }

    fn close_link(&mut self, options: &Options) {
        if self.links.pop() != Some(true) {
            return self.html.push_str("</span>");
        }
        if let Some((at, target)) = self.link.take()
            && !options.leaving
            && target.differs_from(&self.words)
        {
            let mut mark = String::from(" data-mismatch=\"");
            escape(&target.place, &mut mark);
            mark.push('"');
            self.html.insert_str(at, &mark);
        }
        self.html.push_str("</a>");
    }

    fn image(&mut self, attributes: Attributes<'_>, options: &Options) {
        let source = attributes.get("src").unwrap_or_default();
        let shown = self.source(source.trim(), options);
        if shown.is_none()
            && attributes.get("srcset").is_some_and(|set| set.contains("//"))
            && !is_remote(&source)
        {
            self.blocked_images += 1;
        }
        let bare = shown.is_none();
        if (bare && options.leaving) || ((bare || options.leaving) && is_pixel(attributes)) {
            return;
        }
        self.open("img", attributes);
        self.html.pop();
        self.attribute("src", shown);
        self.html.push('>');
    }

    /// The address an image is shown from, if it is.
    fn source(&mut self, source: &str, options: &Options) -> Option<String> {
        let lower = head(source, 40).to_ascii_lowercase();
        if lower.starts_with("cid:") {
            return inline(source.get(4..)?, options);
        }
        if lower.starts_with("data:") {
            const PICTURES: &[&str] = &["png", "jpeg", "jpg", "gif", "webp"];
            let picture =
                PICTURES.iter().any(|kind| lower.starts_with(&format!("data:image/{kind};base64,")));
            let plain = source.bytes().skip(5).all(|b| b.is_ascii_alphanumeric() || b"+/=;,".contains(&b));
            return (picture && plain && source.len() <= LONGEST_DATA).then(|| source.to_owned());
        }
        let target = Target::parse(source).filter(|_| is_remote(source))?;
        if options.images {
            // A picture is worth no readable line: unencrypted ones are asked for encrypted.
            return Some(target.href.replacen("http://", "https://", 1));
        }
        self.blocked_images += 1;
        None
    }

    fn count_background(&mut self, attributes: Attributes<'_>) {
        let fetched = ["background", "poster"]
            .iter()
            .any(|name| attributes.get(name).is_some_and(|value| is_remote(&value)));
        self.blocked_images += u32::from(fetched);
    }

    fn attribute(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value {
            self.push_all(&[" ", name, "=\""]);
            escape(&value, &mut self.html);
            self.html.push('"');
        }
    }

    fn push_all(&mut self, pieces: &[&str]) {
        self.html.extend(pieces.iter().copied());
    }
}

/// Characters to be escaped, and bytes, of one run of text.
const MOST_ESCAPED: usize = 400;
const LONGEST_RUN: usize = 64 << 10;

/// Where a run of text must end: at its own end, or where the bounds are reached.
pub(super) fn run_end(text: &str) -> usize {
    let mut escaped = 0;
    let over = text.char_indices().find(|(at, c)| {
        escaped += usize::from(matches!(c, '&' | '<' | '>' | '\u{80}'..='\u{bf}'));
        escaped > MOST_ESCAPED || *at >= LONGEST_RUN
    });
    over.map_or(text.len(), |(at, _)| at)
}

fn as_shown(name: &str) -> &str {
    if name == "body" { "div" } else { name }
}

fn is_remote(source: &str) -> bool {
    let start = head(source.trim(), 8).to_ascii_lowercase();
    start.starts_with("http:") || start.starts_with("https:") || start.starts_with("//")
}

fn is_pixel(attributes: Attributes<'_>) -> bool {
    let tiny = |name| {
        attributes
            .get(name)
            .is_some_and(|value| matches!(value.trim_end_matches("px").trim(), "0" | "1" | "2"))
    };
    tiny("width") || tiny("height")
}

/// The path of a part shown by its Content-ID, which HTML may write percent-encoded.
fn inline(id: &str, options: &Options) -> Option<String> {
    let plain =
        id.trim().trim_matches(['<', '>']).replace("%40", "@").replace("%24", "$").replace("%2B", "+");
    options.inline.get(&plain).or_else(|| options.inline.get(id)).cloned()
}

pub(crate) fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\0' => {}
            c => out.push(c),
        }
    }
}

/// The beginning of `text`, cut at a character.
pub(super) fn head(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or(text)
}
