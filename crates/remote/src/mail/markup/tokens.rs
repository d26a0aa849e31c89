//! Cuts HTML into tags and text as the HTML standard does, so that no tag hides in what looks like an attribute. What is never shown (scripts, styles,
//! comments, doctypes) is passed over whole; where its end is missing, only its beginning is.

use super::Attributes;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Text(&'a str),
    Start { name: &'a str, attributes: Attributes<'a> },
    End { name: &'a str },
}

pub(super) struct Tokens<'a> {
    rest: &'a str,
    /// Elements and comments known to have no end in `rest`, so that each is searched for once.
    endless: Vec<&'static str>,
}

/// Elements whose content is not text to read.
const UNREAD: &[&str] = &[
    "script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "svg", "math", "object",
    "applet", "template", "select", "audio", "video", "canvas",
];

const COMMENT: &str = "-->";

impl<'a> Tokens<'a> {
    pub(super) fn new(html: &'a str) -> Tokens<'a> {
        Tokens { rest: html, endless: Vec::new() }
    }

    /// Takes everything up to the next `<` that begins a tag or declaration.
    fn text(&mut self) -> Option<&'a str> {
        let mut from = 0;
        while let Some(at) = memchr::memchr(b'<', self.rest.as_bytes().get(from..)?) {
            let next = self.rest.as_bytes().get(from + at + 1);
            if next.is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'!' | b'?')) {
                return self.take(from + at);
            }
            from += at + 1;
        }
        self.take(self.rest.len())
    }

    fn take(&mut self, length: usize) -> Option<&'a str> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        (!taken.is_empty()).then_some(taken)
    }

    fn skip(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or("");
    }

    /// A tag, if one begins here; what is no tag but markup is skipped.
    fn markup(&mut self) -> Option<Token<'a>> {
        let inner = self.rest.get(1..)?;
        match inner.as_bytes().first()? {
            b'!' if inner.starts_with("!--") => {
                self.comment();
                None
            }
            b'/' if inner.as_bytes().get(1).is_some_and(u8::is_ascii_alphabetic) => {
                self.tag(inner.get(1..)?, 2, true)
            }
            b'!' | b'?' | b'/' => {
                let end = memchr::memchr(b'>', self.rest.as_bytes()).map_or(self.rest.len(), |at| at + 1);
                self.skip(end);
                None
            }
            _ => self.tag(inner, 1, false),
        }
    }

    fn comment(&mut self) {
        let inner = self.rest.get(4..).unwrap_or("");
        if let Some(short) = [">", "->"].iter().find(|short| inner.starts_with(**short)) {
            return self.skip(4 + short.len());
        }
        match self.search(COMMENT, |rest| memchr::memmem::find(rest.as_bytes(), b"-->").map(|at| at + 3)) {
            Some(end) => self.skip(end),
            None => self.skip(4),
        }
    }

    fn search(&mut self, what: &'static str, find: impl Fn(&str) -> Option<usize>) -> Option<usize> {
        if self.endless.contains(&what) {
            return None;
        }
        let found = find(self.rest);
        if found.is_none() {
            self.endless.push(what);
        }
        found
    }

    fn tag(&mut self, inner: &'a str, before: usize, closing: bool) -> Option<Token<'a>> {
        let length = inner
            .bytes()
            .position(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>'))
            .unwrap_or(inner.len());
        let (name, after) = inner.split_at_checked(length)?;
        let Some(end) = Attributes::end(after) else {
            // Never finished: the standard drops it with all that follows.
            self.rest = "";
            return None;
        };
        let attributes = Attributes::new(after.get(..end).unwrap_or(""));
        self.skip(before + length + end + 1);
        if closing {
            return Some(Token::End { name });
        }
        match UNREAD.iter().find(|unread| name.eq_ignore_ascii_case(unread)) {
            Some(unread) => {
                let end = self.search(unread, |rest| end_tag(rest, unread));
                self.skip(end.unwrap_or(0));
                None
            }
            None => Some(Token::Start { name, attributes }),
        }
    }
}

/// Where the end tag of `name` begins.
fn end_tag(html: &str, name: &str) -> Option<usize> {
    memchr::memmem::find_iter(html.as_bytes(), b"</").find(|at| {
        let rest = html.as_bytes().get(at + 2..).unwrap_or_default();
        let same = rest.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()));
        same && rest.get(name.len()).is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>'))
    })
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        while !self.rest.is_empty() {
            if let Some(text) = self.text() {
                return Some(Token::Text(text));
            }
            if let Some(token) = self.markup() {
                return Some(token);
            }
        }
        None
    }
}
