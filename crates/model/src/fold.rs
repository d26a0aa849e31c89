//! Which parts of a plain text are new, quoted, or a signature. Nothing is removed: the segments joined are the text.
//!
//! Conservative: what may be new stays new. Answers written between quoted lines are new, a forwarded mail is new (it is what the sender wants read),
//! and a text that would be folded whole is not folded at all.

mod marks;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::ticket::words;
use marks::{
    Attribution, is_forward, is_quoted, is_separator, is_signature_rule, is_underscores, starts_header_block,
};

words! {
    SegmentKind { New = "new", Quote = "quote", Signature = "signature" }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Segment {
    pub kind: SegmentKind,
    pub text: String,
}

/// Cuts `text` into segments whose concatenation is `text`. Empty for an empty text; no two neighbours are of one kind.
pub fn fold(text: &str) -> Vec<Segment> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut kinds = vec![SegmentKind::New; lines.len()];
    mark_quotes(&lines, &mut kinds);
    join_blanks(&lines, &mut kinds);
    mark_signatures(&lines, &mut kinds);
    let says_something =
        lines.iter().zip(&kinds).any(|(line, kind)| *kind == SegmentKind::New && !is_blank(line));
    if !says_something {
        kinds.fill(SegmentKind::New);
    }
    segments(&lines, &kinds)
}

fn segments(lines: &[&str], kinds: &[SegmentKind]) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    for (line, kind) in lines.iter().zip(kinds) {
        match segments.last_mut() {
            Some(last) if last.kind == *kind => last.text.push_str(line),
            _ => segments.push(Segment { kind: *kind, text: (*line).to_owned() }),
        }
    }
    segments
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

fn set(kinds: &mut [SegmentKind], range: std::ops::Range<usize>, kind: SegmentKind) {
    if let Some(kinds) = kinds.get_mut(range) {
        kinds.fill(kind);
    }
}

/// Marks lines that begin with `>` and the line that says who wrote them; and from the first sign that an answered mail follows unmarked, all the rest.
fn mark_quotes(lines: &[&str], kinds: &mut [SegmentKind]) {
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let rest = lines.get(at..).unwrap_or_default();
        if is_quoted(line) {
            set(kinds, at..at + 1, SegmentKind::Quote);
        } else if is_forward(line) {
            return;
        } else if is_separator(line) || starts_header_block(rest) || is_ruled_header(rest) {
            return set(kinds, at..lines.len(), SegmentKind::Quote);
        } else if let Some(said) = Attribution::at(rest) {
            let next = rest.iter().skip(said.lines).find(|line| !is_blank(line));
            match next {
                Some(next) if is_quoted(next) => set(kinds, at..at + said.lines, SegmentKind::Quote),
                Some(_) if said.exact => return set(kinds, at..lines.len(), SegmentKind::Quote),
                _ => {}
            }
            at += said.lines - 1;
        }
        at += 1;
    }
}

/// Outlook's line of underscores above the header of the answered mail.
fn is_ruled_header(rest: &[&str]) -> bool {
    let Some((rule, below)) = rest.split_first() else { return false };
    if !is_underscores(rule) {
        return false;
    }
    let head = below.iter().take(3).position(|line| !is_blank(line)).unwrap_or(0);
    starts_header_block(below.get(head..).unwrap_or_default())
}

/// Empty lines inside and after a quotation belong to it.
fn join_blanks(lines: &[&str], kinds: &mut [SegmentKind]) {
    let mut quoted = false;
    for (line, kind) in lines.iter().zip(kinds) {
        match is_blank(line) {
            true if quoted => *kind = SegmentKind::Quote,
            true => {}
            false => quoted = *kind == SegmentKind::Quote,
        }
    }
}

/// Lines a signature under `-- ` may have, and under a phone's or program's own mark.
const LONGEST_SIGNATURE: usize = 20;
const LONGEST_MARK: usize = 2;

/// Looks for a signature at the end of each run of new lines.
fn mark_signatures(lines: &[&str], kinds: &mut [SegmentKind]) {
    let mut start = 0;
    while start < lines.len() {
        let kind = kinds.get(start).copied();
        let length = kinds.iter().skip(start).take_while(|k| Some(**k) == kind).count().max(1);
        if kind == Some(SegmentKind::New)
            && let Some(at) = lines.get(start..start + length).and_then(signature_in)
        {
            set(kinds, start + at..start + length, SegmentKind::Signature);
        }
        start += length;
    }
}

fn signature_in(run: &[&str]) -> Option<usize> {
    let under = |at: usize| run.iter().skip(at + 1).filter(|line| !is_blank(line)).count();
    let ruled =
        run.iter().rposition(|line| is_signature_rule(line)).filter(|at| under(*at) <= LONGEST_SIGNATURE);
    let tail = run.iter().enumerate().rev().filter(|(_, line)| !is_blank(line)).take(LONGEST_MARK + 1);
    let marked = tail.filter(|(_, line)| marks::is_sent_from(line)).map(|(at, _)| at).last();
    match (ruled, marked) {
        (Some(ruled), Some(marked)) => Some(ruled.min(marked)),
        (ruled, marked) => ruled.or(marked),
    }
}
