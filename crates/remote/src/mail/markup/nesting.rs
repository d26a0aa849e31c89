//! Which elements are open, and which tags the HTML standard would imply, so that every event stream nests.

use super::{Attributes, DEEPEST, Event, is_void};

#[derive(Default)]
pub(super) struct Nesting {
    open: Vec<String>,
    /// Elements past the depth, whose end tags must close nothing else.
    dropped: Vec<String>,
}

type Each<'e> = &'e mut dyn FnMut(Event<'_>) -> bool;

/// Past this many unclosed elements beyond the depth their end tags are no longer told apart.
const MOST_DROPPED: usize = 100;

impl Nesting {
    pub(super) fn open(&mut self, name: &str, attributes: Attributes<'_>, each: Each<'_>) -> bool {
        if !self.imply(name, each) {
            return false;
        }
        if is_void(name) {
            return !self.fits(name) || each(Event::Open { name, attributes });
        }
        if self.open.len() >= DEEPEST || !self.fits(name) {
            if self.dropped.len() < MOST_DROPPED {
                self.dropped.push(name.to_owned());
            }
            return true;
        }
        self.open.push(name.to_owned());
        each(Event::Open { name, attributes })
    }

    /// Whether a table's parts stand in their table and nothing else stands between them: a parser moves what does, and multiplies it.
    fn fits(&self, name: &str) -> bool {
        let part =
            matches!(name, "caption" | "colgroup" | "col" | "tbody" | "thead" | "tfoot" | "tr" | "td" | "th");
        match self.open.last().map(String::as_str) {
            Some("table") => part,
            Some("tbody" | "thead" | "tfoot") => matches!(name, "tr" | "td" | "th"),
            Some("tr") => matches!(name, "td" | "th"),
            Some("colgroup") => name == "col",
            _ => !part,
        }
    }

    /// Closes what cannot stay open when `name` begins.
    fn imply(&mut self, name: &str, each: Each<'_>) -> bool {
        let (closed, within): (&[&str], &[&str]) = match name {
            "li" => (&["li"], &["ul", "ol", "td", "th", "table"]),
            "dt" | "dd" => (&["dt", "dd"], &["dl", "td", "th", "table"]),
            "td" | "th" => (&["td", "th"], &["table"]),
            "tr" => (&["tr", "caption", "colgroup"], &["table"]),
            "tbody" | "thead" | "tfoot" => {
                (&["tbody", "thead", "tfoot", "tr", "caption", "colgroup"], &["table"])
            }
            name if closes_paragraph(name) => (&["p"], &["td", "th", "caption", "table", "button"]),
            _ => return true,
        };
        let barrier =
            self.open.iter().rposition(|open| within.contains(&open.as_str())).map_or(0, |at| at + 1);
        let inner = self.open.get(barrier..).unwrap_or_default();
        match inner.iter().position(|open| closed.contains(&open.as_str())) {
            Some(at) => self.close_to(barrier + at, each),
            None => true,
        }
    }

    pub(super) fn close(&mut self, name: &str, each: Each<'_>) -> bool {
        if let Some(at) = self.dropped.iter().rposition(|dropped| dropped == name) {
            self.dropped.truncate(at);
            return true;
        }
        let cell = !matches!(name, "table" | "tbody" | "thead" | "tfoot" | "tr" | "td" | "th" | "caption");
        let barrier = |open: &String| cell && matches!(open.as_str(), "td" | "th" | "caption" | "table");
        let from = self.open.iter().rposition(barrier).map_or(0, |at| at + 1);
        let inner = self.open.get(from..).unwrap_or_default();
        match inner.iter().rposition(|open| open == name) {
            Some(at) => self.close_to(from + at, each),
            None => true,
        }
    }

    pub(super) fn close_all(&mut self, each: Each<'_>) -> bool {
        self.close_to(0, each)
    }

    fn close_to(&mut self, depth: usize, each: Each<'_>) -> bool {
        while self.open.len() > depth {
            self.dropped.clear();
            let Some(name) = self.open.pop() else { break };
            if !each(Event::Close { name: &name }) {
                return false;
            }
        }
        true
    }
}

fn closes_paragraph(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "center"
            | "details"
            | "dir"
            | "div"
            | "dl"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hr"
            | "main"
            | "menu"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "summary"
            | "table"
            | "ul"
    )
}

#[cfg(test)]
mod tests {
    use super::super::{MOST_ELEMENTS, walk};
    use super::*;
    use proptest::prelude::*;

    fn nested(html: &str) -> String {
        let mut out = String::new();
        walk(html, |_| true, &mut |event| {
            match event {
                Event::Text(text) => out.push_str(text),
                Event::Open { name, .. } => out.push_str(&format!("<{name}>")),
                Event::Close { name } => out.push_str(&format!("</{name}>")),
            }
            true
        });
        out
    }

    #[test]
    fn whatever_comes_in_comes_out_nested() {
        for (html, meant) in [
            ("<p>a<p>b", "<p>a</p><p>b</p>"),
            ("<ul><li>a<li>b<ul><li>c</ul></ul>", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"),
            ("<b><div>x</b>y</div>", "<b><div>x</div></b>y"),
            ("<table><tr><td>a</div><td>b</table>", "<table><tr><td>a</td><td>b</td></tr></table>"),
            ("<table><b><tr><i><td>x</table></b>y<tr>z<td>w", "<table><tr><td>x</td></tr></table>yzw"),
            (
                "<table><tr><td>a<tbody><tr><td>b</table>",
                "<table><tr><td>a</td></tr><tbody><tr><td>b</td></tr></tbody></table>",
            ),
            ("<div><table><tr><td></div>x", "<div><table><tr><td>x</td></tr></table></div>"),
            ("a<br>b</br><img src=x>c</i>", "a<br>b<img>c"),
            ("<SCRIPT>x<b></script >y", "y"),
            ("<style>x", "x"),
            ("<!-- <b> -->a<!---->b<!doctype x><?y?>c</ z>d", "abcd"),
            ("<svg><b>x</svg>y", "y"),
            ("1 < 2 <3> x<y", "1 < 2 <3> x"),
            ("<a b\"><i>x</i>\">", "<a><i>x</i>\"></a>"),
        ] {
            assert_eq!(nested(html), meant, "{html}");
        }
    }

    #[test]
    fn depth_and_number_of_elements_are_bounded() {
        let deep = nested(&"<div>".repeat(100_000));
        assert_eq!(deep.matches("<div>").count(), DEEPEST);
        let wide = nested(&"<i>x</i>".repeat(60_000));
        assert_eq!(wide.matches("<i>").count(), MOST_ELEMENTS);
        assert_eq!(wide.matches('x').count(), 60_000, "text is never lost");
        for endless in ["<script>", "<!--", "<a b='", "</", "<textarea>", "&", "<div x"] {
            nested(&endless.repeat(100_000));
        }
    }

    proptest! {
        #[test]
        fn every_open_has_its_close(html in "(<[a-z]{1,3}>|</[a-z]{1,3}>|<p>|<td>|<table>|</table>|</p>|<div a='|'>|x|<!--|-->|<|>|\"|&){0,60}") {
            let mut open: Vec<String> = Vec::new();
            walk(&html, |_| true, &mut |event| {
                match event {
                    Event::Open { name, .. } if !is_void(name) => open.push(name.to_owned()),
                    Event::Close { name } => assert_eq!(open.pop().as_deref(), Some(name)),
                    _ => {}
                }
                true
            });
            prop_assert!(open.is_empty());
        }
    }
}
