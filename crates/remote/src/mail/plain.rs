//! The plain text of an HTML letter: for lists, search, and letters that are only text dressed up. Quotations come out marked with `> `, links as
//! their words alone, hidden text not at all.

use super::LONGEST_TEXT;
use super::flowed::tidy;
use super::markup::{Attributes, Event, decode_entities, is_void, walk};

/// The text of `html`, at most [`LONGEST_TEXT`] bytes and a line.
pub fn text_of(html: &str) -> String {
    let mut page = Page::default();
    walk(html, is_read, &mut |event| {
        page.take(event);
        !page.is_full()
    });
    page.end_line();
    tidy(&page.out)
}

/// Elements that mean something to the text; the others only lose their tags.
fn is_read(name: &str) -> bool {
    is_block(name)
        || matches!(
            name,
            "br" | "img" | "td" | "th" | "span" | "a" | "b" | "i" | "font" | "strong" | "em" | "u" | "head"
        )
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "ul"
            | "ol"
            | "li"
            | "table"
            | "tr"
            | "blockquote"
            | "pre"
            | "hr"
            | "section"
            | "article"
            | "header"
            | "footer"
            | "main"
            | "address"
            | "center"
            | "dl"
            | "dt"
            | "dd"
            | "caption"
            | "form"
            | "fieldset"
            | "figure"
            | "figcaption"
            | "tbody"
            | "thead"
            | "tfoot"
            | "details"
            | "summary"
    )
}

#[derive(Default)]
struct Page {
    out: String,
    /// The line being written, without its quote marks.
    line: String,
    /// The depth of quotation of the empty line owed before the next text, if one is.
    blank: Option<usize>,
    quotes: usize,
    pre: usize,
    /// Elements open inside hidden text; nothing is written while there are any.
    hidden: usize,
    lists: Vec<Option<u32>>,
}

const DEEPEST_QUOTE: usize = 10;

impl Page {
    fn is_full(&self) -> bool {
        self.out.len() + self.line.len() >= LONGEST_TEXT
    }

    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Open { name, attributes } if self.hidden > 0 || is_hidden(name, attributes) => {
                self.hidden += usize::from(!is_void(name));
            }
            Event::Close { .. } if self.hidden > 0 => self.hidden -= 1,
            Event::Text(_) if self.hidden > 0 => {}
            Event::Text(text) => self.text(&decode_entities(text)),
            Event::Open { name, attributes } => self.open(name, attributes),
            Event::Close { name } => self.close(name),
        }
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            if self.is_full() {
                return;
            }
            match c {
                '\n' if self.pre > 0 => self.break_line(),
                c if self.pre > 0 => self.line.push(c),
                '\u{a0}' => self.line.push(' '),
                c if c.is_whitespace() => {
                    if !self.line.is_empty() && !self.line.ends_with(' ') {
                        self.line.push(' ');
                    }
                }
                '\u{200c}' | '\u{200b}' | '\u{ad}' | '\u{34f}' => {}
                c => self.line.push(c),
            }
        }
    }

    fn open(&mut self, name: &str, attributes: Attributes<'_>) {
        match name {
            "br" => return self.break_line(),
            "img" => return self.text(&attributes.get("alt").unwrap_or_default()),
            "td" | "th" if !self.line.trim().is_empty() => return self.line.push_str("  "),
            name if !is_block(name) => return,
            _ => self.end_line(),
        }
        if has_margin(name) && !is_tight(attributes) {
            self.owe_blank();
        }
        match name {
            "blockquote" => self.quotes += 1,
            "pre" => self.pre += 1,
            "ul" => self.lists.push(None),
            "ol" => self.lists.push(Some(0)),
            "li" => self.item(),
            "hr" => self.line.push_str(RULE),
            _ => {}
        }
    }

    fn owe_blank(&mut self) {
        self.blank = Some(self.blank.map_or(self.quotes, |depth| depth.min(self.quotes)));
    }

    fn item(&mut self) {
        let indent = "  ".repeat(self.lists.len().clamp(1, 8) - 1);
        let mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{indent}{number}. ")
            }
            _ => format!("{indent}- "),
        };
        self.line.push_str(&mark);
    }

    fn close(&mut self, name: &str) {
        if !is_block(name) {
            return;
        }
        self.end_line();
        match name {
            "blockquote" => self.quotes = self.quotes.saturating_sub(1),
            "pre" => self.pre = self.pre.saturating_sub(1),
            "ul" | "ol" => drop(self.lists.pop()),
            _ => {}
        }
        if has_margin(name) && name != "p" {
            self.owe_blank();
        }
    }

    /// Ends the line if anything is on it.
    fn end_line(&mut self) {
        if !self.line.trim().is_empty() {
            self.break_line();
        }
        self.line.clear();
    }

    /// Ends the line, empty or not.
    fn break_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let line = line.trim_end();
        let owed = self.blank.filter(|_| !self.out.is_empty() && !self.out.ends_with("\n\n"));
        if let Some(depth) = owed {
            self.write("", depth);
        }
        self.write(line, self.quotes);
        self.blank = self.blank.filter(|_| line.is_empty());
    }

    fn write(&mut self, line: &str, quotes: usize) {
        let marks = "> ".repeat(quotes.min(DEEPEST_QUOTE));
        self.out.push_str(if line.is_empty() { marks.trim_end() } else { &marks });
        self.out.push_str(line);
        self.out.push('\n');
    }
}

/// The line Outlook itself writes between a letter and what it answers.
const RULE: &str = "________________________________";

fn has_margin(name: &str) -> bool {
    matches!(name, "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "blockquote" | "pre" | "dl")
}

/// Outlook's paragraphs are lines.
fn is_tight(attributes: Attributes<'_>) -> bool {
    attributes.get("class").is_some_and(|class| class.starts_with("Mso"))
}

fn is_hidden(name: &str, attributes: Attributes<'_>) -> bool {
    if name == "head" {
        return true;
    }
    let style: String = attributes.get("style").unwrap_or_default().split_whitespace().collect();
    let style = style.to_ascii_lowercase();
    style.contains("display:none") || style.contains("mso-hide:all") || style.contains("visibility:hidden")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_empty_lines_grow_no_longer_than_a_text_may_be() {
        let html = format!("{}{}", "<blockquote><pre>".repeat(10), "\n".repeat(LONGEST_TEXT));
        assert!(text_of(&html).len() < LONGEST_TEXT + 100);
    }

    #[test]
    fn html_reads_as_the_letter_it_is() {
        for (html, text) in [
            (
                "<p>Hello,</p><p>my order &amp; invoice<br>are late.</p>",
                "Hello,\n\nmy order & invoice\nare late.",
            ),
            ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
            ("<p class=MsoNormal>a<o:p></o:p></p><p class=MsoNormal>b</p>", "a\nb"),
            ("see <a href='https://x.test/?utm=1'>the order</a>.", "see the order."),
            ("<ul><li>one<li>two</ul><ol><li>a<li>b</ol>", "- one\n- two\n\n1. a\n2. b"),
            (
                "yes<blockquote>did you?<blockquote>it</blockquote></blockquote>",
                "yes\n\n> did you?\n>\n> > it",
            ),
            (
                "<table><tr><td>Order</td><td>4411</td></tr><tr><td>Sum</td><td>9</td></tr></table>",
                "Order  4411\nSum  9",
            ),
            ("<style>p{}</style><title>t</title><div style='display: none'>pre</div>shown", "shown"),
            ("<pre>a\n  b</pre>", "a\n  b"),
            ("我的<b>订单</b>\n还没到", "我的订单 还没到"),
            ("<head><meta charset=x><base href=y></head><body>x<img alt='🙂' src=q>", "x🙂"),
        ] {
            assert_eq!(text_of(html), text, "{html}");
        }
    }

    #[test]
    fn absurd_html_costs_bounded_memory() {
        assert!(text_of(&"<blockquote>".repeat(10_000)).is_empty());
        let lines = format!("{}{}", "<blockquote>".repeat(100), "x<br>".repeat(400_000));
        assert!(text_of(&lines).len() < 2 * LONGEST_TEXT);
    }
}
