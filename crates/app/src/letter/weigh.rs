//! Whether a letter's HTML says more than its text: pictures, tables, headings, marks. Only what is new counts, not what it answers.

use remote::mail::markup::{Attributes, Event, is_void, walk};

use super::draft::{Draft, head};
use super::{LONGEST_SHOWN, Options, allowed};

/// Whether the HTML says more than the text does: tables, images, layout. If not, the text is shown, so that its quotes fold.
pub fn says_more(html: &str, text: &str) -> bool {
    let mut scale = Scale::default();
    walk(head(html, LONGEST_SHOWN), allowed::element, &mut |event| {
        scale.take(event);
        !scale.decided()
    });
    scale.decided() || (text.trim().is_empty() && scale.spoke)
}

/// [`says_more`], and how many remote images are left out until somebody asks for them.
pub fn survey(html: &str, text: &str) -> (bool, u32) {
    (says_more(html, text), Draft::of(html, &Options::default()).blocked_images)
}

#[derive(Default)]
struct Scale {
    spoke: bool,
    pictures: u32,
    headings: u32,
    marks: u32,
    tables: u32,
    /// Cells with something in them in rows of at least two.
    cells: u32,
    cells_in_row: u32,
    cell_spoke: bool,
    items: u32,
    emphasis: u32,
    /// Elements open inside a quotation; nothing counts while there are any.
    quoted: u32,
}

impl Scale {
    fn decided(&self) -> bool {
        self.pictures > 0
            || self.headings > 0
            || self.marks > 0
            || self.cells >= 4
            || self.tables >= 3
            || (self.items >= 2 && self.emphasis > 0)
    }

    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Open { name, attributes } if self.quoted > 0 || is_quotation(name, attributes) => {
                self.quoted += u32::from(!is_void(name));
            }
            Event::Close { .. } if self.quoted > 0 => self.quoted -= 1,
            Event::Text(_) if self.quoted > 0 => {}
            Event::Text(text) => {
                let said =
                    text.chars().any(|c| !c.is_whitespace()) && !matches!(text.trim(), "&nbsp;" | "\u{a0}");
                self.spoke |= said;
                self.cell_spoke |= said;
            }
            Event::Open { name, attributes } => self.open(name, attributes),
            Event::Close { name } => self.close(name),
        }
    }

    fn open(&mut self, name: &str, attributes: Attributes<'_>) {
        match name {
            "img" => self.pictures += u32::from(is_picture(attributes)),
            "h1" | "h2" | "h3" => self.headings += 1,
            "mark" | "del" | "s" | "strike" => self.marks += 1,
            "table" => self.tables += 1,
            "tr" => self.cells_in_row = 0,
            "td" | "th" => self.cell_spoke = false,
            "li" => self.items += 1,
            "b" | "strong" => self.emphasis += 1,
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "td" | "th" if self.cell_spoke => self.cells_in_row += 1,
            "tr" if self.cells_in_row >= 2 => self.cells += self.cells_in_row,
            _ => {}
        }
    }
}

fn is_picture(attributes: Attributes<'_>) -> bool {
    let tiny = |name| {
        let value = attributes.get(name).unwrap_or_default();
        value.trim_end_matches("px").trim().parse::<u32>().is_ok_and(|size| size <= 3)
    };
    attributes.get("src").is_some_and(|src| !src.trim().is_empty()) && !tiny("width") && !tiny("height")
}

/// The containers in which mail programs put what is answered.
fn is_quotation(name: &str, attributes: Attributes<'_>) -> bool {
    if name == "blockquote" {
        return true;
    }
    let has = |attribute, words: &[&str]| {
        let value = attributes.get(attribute).unwrap_or_default();
        value.split_ascii_whitespace().any(|word| words.contains(&word))
    };
    has("class", &["gmail_quote", "moz-cite-prefix", "yahoo_quoted", "gmail_quote_container"])
        || has(
            "id",
            &[
                "divRplyFwdMsg",
                "appendonsend",
                "isReplyContent",
                "qm_original",
                "mail-editor-reference-message-container",
            ],
        )
}
