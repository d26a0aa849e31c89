//! What of a MIME tree is the letter: its text and HTML, and what is an attachment beside it.

use model::{CalendarMethod, Defect};

use super::decoder::decode_up_to;
use super::flowed::{tidy, unflow};
use super::part::{PartHead, Piece};
use super::tree::{Leaf, Node};
use super::{LONGEST_HTML, LONGEST_TEXT, calendar, charset, plain};

/// A letter gathered from its parts.
#[derive(Debug, Default)]
pub(super) struct Letter {
    pub(super) text: Option<String>,
    pub(super) html: Option<String>,
    pub(super) calendar: Option<CalendarMethod>,
    /// What an invitation says, for a mail that says nothing else.
    invitation: Option<String>,
    /// A delivery report's machine-readable part.
    pub(super) report: Option<String>,
    pub(super) is_report: bool,
    pub(super) defects: Vec<Defect>,
    /// Whether any part of the letter was HTML, so that later plain parts must join it.
    charset: Option<String>,
}

/// Bytes of a delivery report that are read.
const LONGEST_REPORT: usize = 256 << 10;

impl Letter {
    /// Gathers the letter from a whole tree; what is beside it goes to `beside`.
    pub(super) fn of_tree<'a>(node: Node<'a>, beside: &mut Vec<Leaf<'a>>) -> Letter {
        let mut letter = Letter::default();
        letter.gather(node, beside);
        letter
    }

    /// Gathers the letter from parts an adapter chose: plain and HTML are taken as two forms of one letter.
    pub(super) fn of_pieces(pieces: &[Piece<'_>]) -> Letter {
        let mut letter = Letter::default();
        let (mut texts, mut pages) = (Vec::new(), Vec::new());
        for piece in pieces {
            let leaf = Leaf { head: piece.head.clone(), bytes: piece.bytes };
            if piece.cut {
                letter.defects.push(Defect::TextCut);
            }
            match leaf.head.media_type.as_str() {
                "text/html" => pages.push(letter.html_of(&leaf)),
                "text/calendar" => letter.invite(&leaf),
                kind if is_report(kind) => letter.take_report(&leaf),
                _ => texts.push(letter.text_of(&leaf)),
            }
        }
        letter.text = joined(texts);
        letter.html = joined(pages);
        letter
    }

    /// The charset the letter declares: a hint for headers that declare none.
    pub(super) fn charset(&self) -> Option<&str> {
        self.charset.as_deref()
    }

    /// The letter as plain text; made from its HTML, or from its invitation, when it has none.
    pub(super) fn plain_text(&mut self) -> String {
        let mut text = self.text.take().unwrap_or_default();
        if text.trim().is_empty() {
            text = self.html.as_deref().map(plain::text_of).unwrap_or_default();
        }
        if text.trim().is_empty() {
            text = self.invitation.take().unwrap_or_default();
        }
        if cut_at(&mut text, LONGEST_TEXT) {
            self.defects.push(Defect::TextCut);
        }
        text
    }

    fn gather<'a>(&mut self, node: Node<'a>, beside: &mut Vec<Leaf<'a>>) {
        match node {
            Node::Leaf(leaf) => self.leaf(leaf, beside),
            Node::Multi { head, children } => match head.media_type.as_str() {
                "multipart/alternative" => self.alternative(children, beside),
                "multipart/related" => self.related(children, beside),
                kind => {
                    self.is_report |= kind == "multipart/report"
                        && head.report.as_deref() != Some("disposition-notification");
                    children.into_iter().for_each(|child| self.gather(child, beside));
                }
            },
        }
    }

    fn leaf<'a>(&mut self, leaf: Leaf<'a>, beside: &mut Vec<Leaf<'a>>) {
        let has_letter = self.text.is_some() || self.html.is_some();
        match leaf.head.media_type.as_str() {
            kind if is_report(kind) => self.take_report(&leaf),
            "text/calendar" => {
                self.invite(&leaf);
                beside.push(leaf);
            }
            // A named text after the letter is a file, whatever its disposition says.
            _ if !leaf.head.is_letter() || (has_letter && leaf.head.name.is_some()) => beside.push(leaf),
            "text/html" => {
                let html = self.html_of(&leaf);
                self.add_html(html);
            }
            _ => {
                let text = self.text_of(&leaf);
                self.add_text(text);
            }
        }
    }

    /// Several forms of one thing: the first plain one and the last HTML one.
    fn alternative<'a>(&mut self, children: Vec<Node<'a>>, beside: &mut Vec<Leaf<'a>>) {
        let (mut text, mut html) = (None, None);
        for child in children {
            let mut form = Letter::default();
            form.gather(child, beside);
            text = text.or(form.text.take());
            html = form.html.take().or(html);
            self.absorb(form);
        }
        match (text, html) {
            (Some(text), Some(html)) => self.add_both(text, html),
            (Some(text), None) => self.add_text(text),
            (None, Some(html)) => self.add_html(html),
            (None, None) => {}
        }
    }

    /// A letter and what it shows inside: only the first part is read.
    fn related<'a>(&mut self, children: Vec<Node<'a>>, beside: &mut Vec<Leaf<'a>>) {
        let mut children = children.into_iter();
        if let Some(root) = children.next() {
            self.gather(root, beside);
        }
        for child in children {
            match child {
                Node::Leaf(leaf) => beside.push(leaf),
                multi => self.gather(multi, beside),
            }
        }
    }

    fn absorb(&mut self, form: Letter) {
        self.calendar = self.calendar.or(form.calendar);
        self.invitation = self.invitation.take().or(form.invitation);
        self.report = self.report.take().or(form.report);
        self.is_report |= form.is_report;
        self.charset = self.charset.take().or(form.charset);
        self.defects.extend(form.defects);
    }

    fn add_text(&mut self, text: String) {
        if let Some(html) = &mut self.html {
            html.push_str(&as_html(&text));
        }
        append(&mut self.text, &text);
        self.bound();
    }

    fn add_html(&mut self, html: String) {
        let text = plain::text_of(&html);
        self.add_both(text, html);
    }

    fn add_both(&mut self, text: String, html: String) {
        let before = self.text.as_deref().filter(|_| self.html.is_none()).map(as_html);
        let page = self.html.get_or_insert_with(|| before.unwrap_or_default());
        page.push_str(&html);
        append(&mut self.text, &text);
        self.bound();
    }

    /// However many parts a letter has, together they are no longer than one may be.
    fn bound(&mut self) {
        let text = self.text.as_mut().is_some_and(|text| cut_at(text, LONGEST_TEXT));
        let html = self.html.as_mut().is_some_and(|html| cut_at(html, LONGEST_HTML));
        if text || html {
            self.defects.push(Defect::TextCut);
        }
    }

    fn invite(&mut self, leaf: &Leaf<'_>) {
        let ics = self.decoded(leaf, LONGEST_TEXT);
        self.calendar = self.calendar.or_else(|| calendar::method(leaf.head.method.as_deref(), &ics));
        self.invitation.get_or_insert_with(|| tidy(&calendar::summary(&ics)));
    }

    fn take_report(&mut self, leaf: &Leaf<'_>) {
        let report = self.decoded(leaf, LONGEST_REPORT);
        self.report.get_or_insert(report);
    }

    fn text_of(&mut self, leaf: &Leaf<'_>) -> String {
        let text = self.decoded(leaf, LONGEST_TEXT);
        tidy(&if leaf.head.flowed { unflow(&text, leaf.head.del_sp) } else { text })
    }

    fn html_of(&mut self, leaf: &Leaf<'_>) -> String {
        self.decoded(leaf, LONGEST_HTML)
    }

    fn decoded(&mut self, leaf: &Leaf<'_>, limit: usize) -> String {
        let (bytes, whole, clean) = decode_up_to(leaf.head.encoding, leaf.bytes, limit);
        let bytes = if whole { &bytes[..] } else { without_split_character(&bytes) };
        let declared = declared_charset(&leaf.head, bytes);
        let (text, fits) = charset::decode(declared.as_deref(), bytes);
        self.defects.extend((!whole).then_some(Defect::TextCut));
        self.defects.extend((!clean).then_some(Defect::BrokenMime));
        self.defects.extend((!fits).then_some(Defect::BrokenCharset));
        self.charset = self.charset.take().or(declared);
        text
    }
}

fn is_report(media_type: &str) -> bool {
    matches!(media_type, "message/delivery-status" | "message/global-delivery-status")
}

fn joined(parts: Vec<String>) -> Option<String> {
    (!parts.is_empty()).then(|| parts.join("\n"))
}

fn append(whole: &mut Option<String>, more: &str) {
    match whole {
        Some(whole) if !whole.is_empty() && !more.is_empty() => {
            whole.push_str("\n\n");
            whole.push_str(more);
        }
        Some(whole) => whole.push_str(more),
        None => *whole = Some(more.to_owned()),
    }
}

/// Plain text in an HTML letter.
fn as_html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<div style=\"white-space: pre-wrap\">{escaped}</div>")
}

/// What the headers declare, else what the HTML itself does.
fn declared_charset(head: &PartHead, bytes: &[u8]) -> Option<String> {
    if head.charset.is_some() || head.media_type != "text/html" {
        return head.charset.clone();
    }
    let start = String::from_utf8_lossy(bytes.get(..2_048).unwrap_or(bytes)).to_ascii_lowercase();
    let (_, after) = start.split_once("charset=")?;
    let label: String = after
        .trim_start_matches(['"', '\'', ' '])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
        .collect();
    (!label.is_empty()).then_some(label)
}

/// Text cut by length loses up to the last line end nearby, so that no character of any charset is split.
fn without_split_character(bytes: &[u8]) -> &[u8] {
    let near = bytes.len().saturating_sub(4_096);
    match memchr::memrchr(b'\n', bytes.get(near..).unwrap_or_default()) {
        Some(at) => bytes.get(..near + at).unwrap_or(bytes),
        None => bytes,
    }
}

/// Cuts at a character; answers whether anything was lost.
pub(super) fn cut_at(text: &mut String, bytes: usize) -> bool {
    if text.len() <= bytes {
        return false;
    }
    let end = (0..=bytes).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.truncate(end);
    true
}
