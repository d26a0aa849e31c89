//! The MIME tree of a message: slices of its bytes, nothing copied, nothing decoded. Depth and number of parts are bounded, so that ten thousand
//! parts or a thousand levels cost no more than a few readings of the message. Messages inside a message are leaves.

use super::MOST_PARTS;
use super::headers::{Headers, split};
use super::part::PartHead;

#[derive(Debug)]
pub(super) enum Node<'a> {
    Leaf(Leaf<'a>),
    Multi { head: PartHead, children: Vec<Node<'a>> },
}

#[derive(Debug, Clone)]
pub(super) struct Leaf<'a> {
    pub(super) head: PartHead,
    /// Still in its transfer encoding.
    pub(super) bytes: &'a [u8],
}

#[derive(Debug, Default)]
pub(super) struct Growth {
    parts: usize,
    pub(super) too_many: bool,
    pub(super) broken: bool,
}

const DEEPEST: usize = 16;

impl Growth {
    pub(super) fn grow<'a>(&mut self, head: PartHead, body: &'a [u8], depth: usize) -> Node<'a> {
        let boundary = head.boundary.clone().filter(|_| head.is_multipart() && depth < DEEPEST);
        let slices = boundary.and_then(|boundary| self.slices(body, boundary.trim_end().as_bytes()));
        match slices {
            Some(slices) => {
                let children = slices.into_iter().map(|slice| self.child(&head, slice, depth + 1)).collect();
                Node::Multi { head, children }
            }
            None => Node::Leaf(self.leaf(head, body)),
        }
    }

    /// A multipart that can't be cut is shown as the text it seems to be.
    fn leaf<'a>(&mut self, mut head: PartHead, bytes: &'a [u8]) -> Leaf<'a> {
        if head.is_multipart() {
            self.broken = true;
            head.media_type = "text/plain".to_owned();
        }
        Leaf { head, bytes }
    }

    fn child<'a>(&mut self, parent: &PartHead, slice: &'a [u8], depth: usize) -> Node<'a> {
        let (header, body) = split(slice);
        let headers = Headers::parse(header);
        let default = if parent.media_type == "multipart/digest" { "message/rfc822" } else { "text/plain" };
        let head = PartHead::of(&headers, default);
        // Without any header line what looked like one is the content.
        let body = if headers.is_empty() && body.is_empty() { slice } else { body };
        self.grow(head, body, depth)
    }

    /// What lies between the boundary lines; `None` when there is not even one.
    fn slices<'a>(&mut self, body: &'a [u8], boundary: &[u8]) -> Option<Vec<&'a [u8]>> {
        let mut delimiter = b"--".to_vec();
        delimiter.extend_from_slice(boundary);
        let mut slices = Vec::new();
        let mut start = None;
        let mut closed = false;
        for at in memchr::memmem::find_iter(body, &delimiter) {
            let Some(line) = Line::at(body, at, delimiter.len()) else { continue };
            if let Some(start) = start {
                slices.push(body.get(start..line.start).unwrap_or_default());
            }
            start = Some(line.after);
            closed = line.closes;
            if closed || self.parts + slices.len() >= MOST_PARTS {
                self.too_many |= !closed;
                start = None;
                break;
            }
        }
        if let Some(start) = start {
            slices.push(body.get(start..).unwrap_or_default());
        }
        self.broken |= !closed && !self.too_many;
        // Counted before any of them grows: what waits beside it counts for each.
        self.parts += slices.len();
        (!slices.is_empty()).then_some(slices)
    }
}

/// A boundary line: where the part before it ends, where the part after it begins, whether it was the last.
struct Line {
    start: usize,
    after: usize,
    closes: bool,
}

impl Line {
    fn at(body: &[u8], at: usize, length: usize) -> Option<Line> {
        let before = body.get(..at)?;
        if !(before.is_empty() || before.ends_with(b"\n")) {
            return None;
        }
        let rest = body.get(at + length..)?;
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let tail = rest.get(..end)?.trim_ascii();
        let closes = tail == b"--";
        (closes || tail.is_empty()).then(|| {
            let line_end = if before.ends_with(b"\r\n") { 2 } else { usize::from(!before.is_empty()) };
            Line { start: at - line_end, after: at + length + end, closes }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grow(raw: &[u8]) -> (Node<'_>, Growth) {
        let (header, body) = split(raw);
        let mut growth = Growth::default();
        let node = growth.grow(PartHead::parse(header), body, 0);
        (node, growth)
    }

    fn shape(node: &Node<'_>) -> String {
        match node {
            Node::Leaf(leaf) => format!("{}:{}", leaf.head.media_type, leaf.bytes.len()),
            Node::Multi { children, .. } => {
                let children: Vec<String> = children.iter().map(shape).collect();
                format!("[{}]", children.join(" "))
            }
        }
    }

    #[test]
    fn a_boundary_that_begins_like_another_is_not_taken_for_it() {
        let raw = b"Content-Type: multipart/mixed; boundary=ab\n\n--ab\nContent-Type: multipart/alternative; boundary=abc\n\n--abc\n\nx\n--abc--\n--ab\n\nyy\n--ab--\n";
        let (node, growth) = grow(raw);
        assert_eq!(shape(&node), "[[text/plain:1] text/plain:2]");
        assert!(!growth.broken && !growth.too_many);
    }

    #[test]
    fn a_missing_end_keeps_what_came() {
        let (node, growth) = grow(b"Content-Type: multipart/mixed; boundary=ab\r\n\r\n--ab\r\n\r\nhello\r\n");
        assert_eq!(shape(&node), "[text/plain:7]");
        assert!(growth.broken);
    }

    #[test]
    fn a_multipart_without_its_boundary_is_text() {
        let (node, growth) = grow(b"Content-Type: multipart/mixed\n\nhello");
        assert_eq!(shape(&node), "text/plain:5");
        assert!(growth.broken);
    }

    #[test]
    fn ten_thousand_parts_and_a_thousand_levels_are_bounded() {
        let mut wide = b"Content-Type: multipart/mixed; boundary=ab\n\n".to_vec();
        (0..10_000).for_each(|_| {
            wide.extend_from_slice(b"--ab\nContent-Type: multipart/mixed; boundary=never\n\nx\n")
        });
        let (node, growth) = grow(&wide);
        assert!(matches!(node, Node::Multi { children, .. } if children.len() <= MOST_PARTS));
        assert!(growth.too_many);

        let mut deep = Vec::new();
        for level in 0..1_000 {
            deep.extend_from_slice(
                format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n").as_bytes(),
            );
        }
        let (_, growth) = grow(&deep);
        assert!(growth.broken);
    }
}
