//! What an agent wrote in the editor, as it may leave: a paste can bring anything, so only what a mail editor makes comes through, as HTML
//! and as plain text that says the same.
//!
//! Time and memory are bounded as for letters that come in (see the module above).

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use ammonia::{Builder, UrlRelative};
use remote::mail::markup::{Attributes, Event, decode_entities, is_void, walk};
use remote::mail::text_of;

use super::draft::{escape, run_end};
use super::link::Target;

/// What leaves of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) html: String,
    pub(crate) text: String,
    /// The Content-IDs it shows.
    pub(crate) images: BTreeSet<String>,
}

impl Written {
    /// Whether there is anything to read or to see.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.images.is_empty()
    }
}

/// Cleans `html`. Of images only those of `inline` (Content-IDs without brackets) are kept.
pub(crate) fn written(html: &str, inline: &BTreeSet<String>) -> Written {
    let mut page = Page::new(inline);
    walk(html, is_element, &mut |event| {
        page.take(event);
        true
    });
    let clean = builder(inline).clean(&page.html).to_string();
    Written { html: clean.replace("<wbr>", ""), text: plain(&page.plain), images: page.images }
}

const ELEMENTS: &[&str] = &[
    "a",
    "b",
    "blockquote",
    "br",
    "code",
    "div",
    "em",
    "h1",
    "h2",
    "h3",
    "hr",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "strong",
    "u",
    "ul",
    // Put into long runs of text for the sanitiser, and taken out again.
    "wbr",
];

fn is_element(name: &str) -> bool {
    name != "wbr" && ELEMENTS.contains(&name)
}

/// The mark above a signature has a space that plain text is otherwise stripped of.
fn plain(html: &str) -> String {
    let text = text_of(html);
    let line = |line: &str| if line == "--" { "-- ".to_owned() } else { line.to_owned() };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

struct Page<'a> {
    inline: &'a BTreeSet<String>,
    html: String,
    /// The same for reading as text: links with their targets, list items without paragraphs.
    plain: String,
    images: BTreeSet<String>,
    open: Vec<Open>,
    /// The link being written: where it goes, and its words.
    link: Option<(Target, String)>,
    pre: usize,
}

/// An element that is open.
struct Open {
    name: String,
    /// Whether anything is in it.
    filled: bool,
    /// Whether a paragraph was in it.
    paragraph: bool,
    /// Whether it was written at all: of a link to nowhere only the words are.
    written: bool,
}

impl<'a> Page<'a> {
    fn new(inline: &'a BTreeSet<String>) -> Page<'a> {
        Page {
            inline,
            html: String::new(),
            plain: String::new(),
            images: BTreeSet::new(),
            open: Vec::new(),
            link: None,
            pre: 0,
        }
    }

    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) => self.text(&decode_entities(text)),
            Event::Open { name: "img", attributes } => self.image(attributes),
            Event::Open { name, attributes } => self.begin(name, attributes),
            Event::Close { name } if !is_void(name) => self.end(name),
            Event::Close { .. } => {}
        }
    }

    fn fill(&mut self) {
        for open in &mut self.open {
            open.filled = true;
        }
    }

    fn text(&mut self, text: &str) {
        if !text.trim_matches([' ', '\n', '\t']).is_empty() {
            self.fill();
        }
        // In HTML a second space is none.
        let spaced: Cow<'_, str> =
            if self.pre == 0 { text.replace("  ", " \u{a0}").into() } else { Cow::Borrowed(text) };
        let mut rest = spaced.as_ref();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(run_end(rest));
            escape(piece, &mut self.html);
            if !after.is_empty() {
                self.html.push_str("<wbr>");
            }
            rest = after;
        }
        escape(&spaced, &mut self.plain);
        if let Some((_, words)) = &mut self.link {
            words.push_str(text);
        }
    }

    fn begin(&mut self, name: &str, attributes: Attributes<'_>) {
        let mut open = Open { name: name.to_owned(), filled: false, paragraph: false, written: true };
        match name {
            "br" | "hr" => {
                self.fill();
                self.both(&format!("<{name}>"));
                return;
            }
            "a" => {
                let target = attributes.get("href").and_then(|href| Target::parse(&href));
                match target.filter(|_| self.link.is_none()) {
                    Some(target) => {
                        self.html.push_str("<a href=\"");
                        escape(&target.href, &mut self.html);
                        self.html.push_str("\">");
                        self.link = Some((target, String::new()));
                    }
                    None => open.written = false,
                }
            }
            "p" => {
                self.html.push_str(&format!("<p{}>", alignment(attributes)));
                self.plain_paragraph();
            }
            _ => {
                self.pre += usize::from(name == "pre");
                let start = if name == "ol" { start(attributes) } else { String::new() };
                self.html.push_str(&format!("<{name}{start}{}>", alignment(attributes)));
                self.plain.push_str(&format!("<{name}>"));
            }
        }
        self.open.push(open);
    }

    /// Editors put a paragraph into each item of a list.
    fn plain_paragraph(&mut self) {
        match self.open.last_mut().filter(|parent| parent.name == "li") {
            Some(item) if !item.paragraph => item.paragraph = true,
            Some(_) => self.plain.push_str("<br>"),
            None => self.plain.push_str("<p>"),
        }
    }

    fn end(&mut self, name: &str) {
        let Some(open) = self.open.pop() else { return };
        match name {
            "a" if !open.written => {}
            "a" => self.end_link(),
            "p" => {
                if !open.filled {
                    self.html.push_str("<br>");
                }
                self.html.push_str("</p>");
                if self.open.last().is_none_or(|parent| parent.name != "li") {
                    self.plain.push_str(if open.filled { "</p>" } else { "<br></p>" });
                }
            }
            _ => {
                self.pre -= usize::from(name == "pre");
                self.both(&format!("</{name}>"));
            }
        }
    }

    /// In plain text a link's target stands behind its words, unless they are the target.
    fn end_link(&mut self) {
        self.html.push_str("</a>");
        let Some((target, words)) = self.link.take() else { return };
        let bare = |address: &str| {
            let address = address.trim().trim_end_matches('/');
            let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
            rest.strip_prefix("mailto:").unwrap_or(rest).to_lowercase()
        };
        if bare(&words) != bare(&target.href) {
            let shown = target.href.strip_prefix("mailto:").unwrap_or(&target.href);
            escape(&format!(" <{shown}>"), &mut self.plain);
        }
    }

    fn image(&mut self, attributes: Attributes<'_>) {
        let source = attributes.get("src").unwrap_or_default();
        let id = source.trim().strip_prefix("cid:").filter(|id| self.inline.contains(*id));
        let Some(id) = id else { return };
        self.fill();
        let mut alt = String::new();
        escape(&model::text::one_line(&attributes.get("alt").unwrap_or_default()), &mut alt);
        self.html.push_str("<img src=\"cid:");
        escape(id, &mut self.html);
        self.html.push_str(&format!("\" alt=\"{alt}\"{}>", sizes(attributes)));
        self.plain.push_str(&alt);
        self.images.insert(id.to_owned());
    }

    fn both(&mut self, tag: &str) {
        self.html.push_str(tag);
        self.plain.push_str(tag);
    }
}

fn alignment(attributes: Attributes<'_>) -> String {
    let style: String = attributes.get("style").unwrap_or_default().split_whitespace().collect();
    let aligned = |side: &&&str| style.to_ascii_lowercase().contains(&format!("text-align:{side}"));
    let side = SIDES.iter().find(aligned);
    side.map(|side| format!(" style=\"text-align:{side}\"")).unwrap_or_default()
}

const SIDES: &[&str] = &["left", "right", "center", "justify"];

fn start(attributes: Attributes<'_>) -> String {
    let start = attributes.get("start").and_then(|start| start.trim().parse::<u16>().ok());
    start.map(|start| format!(" start=\"{start}\"")).unwrap_or_default()
}

fn sizes(attributes: Attributes<'_>) -> String {
    let size = |name: &str| {
        let pixels = attributes.get(name)?.trim().parse::<u16>().ok()?;
        Some(format!(" {name}=\"{pixels}\""))
    };
    ["width", "height"].into_iter().filter_map(size).collect()
}

/// The last word on what leaves, with other eyes.
fn builder(inline: &BTreeSet<String>) -> Builder<'static> {
    let own = [("a", vec!["href"]), ("img", vec!["src", "alt", "width", "height"]), ("ol", vec!["start"])];
    let own: HashMap<&str, HashSet<&str>> =
        own.into_iter().map(|(name, attributes)| (name, attributes.into_iter().collect())).collect();
    let inline: HashSet<String> = inline.iter().map(|id| format!("cid:{id}")).collect();
    let mut builder = Builder::empty();
    builder
        .tags(ELEMENTS.iter().copied().collect())
        .generic_attributes(HashSet::from(["style"]))
        .tag_attributes(own)
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel", "cid"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(None)
        .attribute_filter(move |element, name, value| match (element, name) {
            ("img", "src") => inline.contains(value).then_some(Cow::Borrowed(value)),
            (_, "src") => None,
            ("a", "href") => Target::parse(value).map(|target| Cow::Owned(target.href)),
            (_, "style") => {
                let side = value.strip_prefix("text-align:").filter(|side| SIDES.contains(side));
                side.map(|_| Cow::Borrowed(value))
            }
            _ => Some(Cow::Borrowed(value)),
        });
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(html: &str) -> Written {
        written(html, &["p1@foredeck".to_owned()].into())
    }

    #[test]
    fn what_an_editor_makes_leaves_as_it_was_written() {
        for html in [
            "<p>您好，<strong>林小姐</strong>：</p><p>茶具<em>今天</em>补发。</p>",
            "<p>a<br>b</p><ul><li><p>one</p></li><li><p>two</p></li></ul><hr>",
            "<h2 style=\"text-align:center\">Order</h2><blockquote><p>said</p></blockquote>",
            "<p><a href=\"https://shop.test/o?a=1&amp;b=2\">your order</a></p>",
            "<p><img src=\"cid:p1@foredeck\" alt=\"the lid\" width=\"300\"></p>",
            "<pre><code>a  b\n  c</code></pre><ol start=\"3\"><li>x</li></ol>",
        ] {
            assert_eq!(of(html).html, html);
        }
        assert_eq!(of("<p></p><p>a</p>").html, "<p><br></p><p>a</p>", "an empty line stays one");
        assert_eq!(of("<p>a  b</p>").html, "<p>a &nbsp;b</p>");
    }

    #[test]
    fn what_a_paste_brings_acts_on_nobody() {
        for (html, left) in [
            ("<p onclick=x() class=y style='position:fixed'>a</p>", "<p>a</p>"),
            ("<script>x()</script><style>p{}</style><p>a</p>", "<p>a</p>"),
            ("<p><a href='javascript:x()'>a</a><a href='/x'>b</a></p>", "<p>ab</p>"),
            ("<p>a<img src='https://t.test/p.gif'><img src='data:image/png;base64,AA'></p>", "<p>a</p>"),
            ("<p>a<img src='cid:other@x'></p>", "<p>a</p>"),
            ("<iframe src=x></iframe><form><input value=q></form><object data=x></object>a", "a"),
            ("<svg><a href='javascript:x'>q</a></svg>", ""),
            ("<table><tr><td>a</td></tr></table>", "a"),
            ("<p>a<b>b", "<p>a<b>b</b></p>"),
            ("a<!-- x --><?php ?>b", "ab"),
            ("<wbr>a", "a"),
        ] {
            let clean = of(html).html;
            assert!(
                clean == left || (html.starts_with("<svg") && !clean.contains("javascript")),
                "{html} → {clean}"
            );
        }
    }

    #[test]
    fn the_plain_text_says_the_same() {
        for (html, text) in [
            ("<p>Hello,</p><p>your order<br>is here.</p>", "Hello,\n\nyour order\nis here."),
            ("<ul><li><p>one</p></li><li><p>two</p><p>more</p></li></ul>", "- one\n- two\nmore"),
            ("<ol><li><p>eins</p><ul><li><p>sub</p></li></ul></li></ol>", "1. eins\n\n  - sub"),
            (
                "<p>See <a href='https://shop.test/o'>your order</a>.</p>",
                "See your order <https://shop.test/o>.",
            ),
            ("<p><a href='https://shop.test/'>shop.test</a></p>", "shop.test"),
            ("<p><a href='mailto:a@b.test'>a@b.test</a></p>", "a@b.test"),
            ("<blockquote><p>did you?</p></blockquote><p>yes</p>", "> did you?\n\nyes"),
            ("<p>bye</p><p>-- <br>Maya</p>", "bye\n\n-- \nMaya"),
            ("<p>a &lt;b&gt; &amp;amp; c</p>", "a <b> &amp; c"),
            ("<p><img src='cid:p1@foredeck' alt='lid'></p>", "lid"),
        ] {
            assert_eq!(of(html).text, text, "{html}");
        }
    }

    #[test]
    fn nothing_written_is_told_from_a_picture_alone() {
        for nothing in ["", "<p></p>", "<p> &nbsp;</p><p><br></p>", "<script>x</script>"] {
            assert!(of(nothing).is_empty(), "{nothing}");
        }
        let picture = of("<p><img src=cid:p1@foredeck></p>");
        assert!(!picture.is_empty() && picture.images.len() == 1);
    }

    #[test]
    fn a_paste_of_any_size_takes_time_in_proportion() {
        let began = std::time::Instant::now();
        for html in [
            "<p>".repeat(500_000),
            "&".repeat(2_000_000),
            "<b><i>x".repeat(300_000),
            "<a href=x".repeat(200_000),
        ] {
            let _clean = of(&html);
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(60), "{:?}", began.elapsed());
    }
}
