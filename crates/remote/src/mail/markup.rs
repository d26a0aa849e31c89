//! HTML as a stream of properly nested elements, whatever it was: the ground both the plain text of a mail and its display stand on.
//!
//! [`walk`] reads in one pass, in time linear in the input; its depth and number of elements are bounded. Scripts, styles, comments, and all else
//! that is not shown never comes out. It is no sanitiser: names and attributes come out as they were. What it promises is that a parser fed
//! with its events meets no misnesting, no raw-text state, and no depth beyond [`DEEPEST`], so that such a parser's time is bounded too.

mod attributes;
mod nesting;
mod tokens;

pub use attributes::{Attributes, decode_entities};
use nesting::Nesting;
use tokens::{Token, Tokens};

/// Elements open at once; what lies deeper keeps its text and loses its tags.
pub const DEEPEST: usize = 120;
/// Elements in all; past them only text comes out.
pub const MOST_ELEMENTS: usize = 40_000;

/// Something in the document, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// Text with its entities still encoded; a bare `<` may be in it.
    Text(&'a str),
    /// Every `Open` of an element that is not void has its `Close`.
    Open {
        name: &'a str,
        attributes: Attributes<'a>,
    },
    Close {
        name: &'a str,
    },
}

/// Calls `each` with the events of `html` until it answers `false`. Names are lower case. Elements that `keep` refuses lose their tags and keep
/// their content.
pub fn walk(html: &str, keep: fn(&str) -> bool, each: &mut dyn FnMut(Event<'_>) -> bool) {
    let mut nesting = Nesting::default();
    let mut elements = 0;
    for token in Tokens::new(html) {
        let go_on = match token {
            Token::Text(text) => each(Event::Text(text)),
            Token::Start { name, attributes } => {
                let name = name.to_ascii_lowercase();
                if !keep(&name) || elements >= MOST_ELEMENTS {
                    continue;
                }
                elements += 1;
                nesting.open(&name, attributes, each)
            }
            Token::End { name } => nesting.close(&name.to_ascii_lowercase(), each),
        };
        if !go_on {
            return;
        }
    }
    nesting.close_all(each);
}

/// Elements that have no content and no end tag.
pub fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area" | "base" | "br" | "col" | "embed" | "hr" | "img" | "input" | "link" | "meta" | "wbr"
    )
}
