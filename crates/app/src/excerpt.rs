//! The passage of a message that a search found, cut to a line, with what to mark. Pure.

use model::text;

use crate::dto::Excerpt;

/// How much of the text before the first hit is shown, and how long a passage is, in characters.
const BEFORE: usize = 16;
const LENGTH: usize = 120;

/// The line around the first of `words` (lower case) in `text`; `None` when none occurs, so that the ordinary snippet stays.
pub(crate) fn around(text: &str, words: &[String]) -> Option<Excerpt> {
    let line: Vec<char> = text::one_line(text).chars().collect();
    let lower: Vec<char> = line.iter().map(|c| lower(*c)).collect();
    let hits = hits(&lower, words);
    let first = *hits.iter().min()?;
    let start = first.0.saturating_sub(BEFORE);
    let end = line.len().min(start + LENGTH);
    let shown = line.get(start..end)?;
    let lead = if start > 0 { "…" } else { "" };
    let text: String = lead.chars().chain(shown.iter().copied()).collect();
    let offset = start.saturating_sub(lead.chars().count());
    let inside = hits.iter().filter(|(at, length)| *at >= start && at + length <= end);
    let marks = inside.map(|(at, length)| utf16_range(&text, at - offset, *length)).collect();
    Some(Excerpt { text, marks })
}

/// One character's lower case, so that positions stay the same.
fn lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// Start and length of every occurrence, in order, without overlaps.
fn hits(lower: &[char], words: &[String]) -> Vec<(usize, usize)> {
    let mut hits: Vec<(usize, usize)> = words
        .iter()
        .map(|word| word.chars().collect::<Vec<char>>())
        .filter(|word| !word.is_empty())
        .flat_map(|word| {
            let windows = lower.windows(word.len()).enumerate();
            windows
                .filter(|(_, window)| *window == word.as_slice())
                .map(|(at, _)| (at, word.len()))
                .collect::<Vec<_>>()
        })
        .collect();
    hits.sort_unstable();
    let mut end = 0;
    hits.retain(|(at, length)| {
        let apart = *at >= end;
        end = if apart { at + length } else { end };
        apart
    });
    hits
}

fn utf16_range(text: &str, start: usize, length: usize) -> (u32, u32) {
    let units = |skip: usize, take: usize| -> u32 {
        text.chars().skip(skip).take(take).map(|c| u32::try_from(c.len_utf16()).unwrap_or(2)).sum()
    };
    (units(0, start), units(start, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, words: &[&str]) -> Option<String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let excerpt = around(text, &words)?;
        let units: Vec<u16> = excerpt.text.encode_utf16().collect();
        let mut shown = String::new();
        let mut at = 0;
        for (start, length) in excerpt.marks {
            let (start, end) = (start as usize, (start + length) as usize);
            shown += &String::from_utf16_lossy(&units[at..start]);
            shown += &format!("[{}]", String::from_utf16_lossy(&units[start..end]));
            at = end;
        }
        Some(shown + &String::from_utf16_lossy(&units[at..]))
    }

    #[test]
    fn every_hit_in_the_passage_is_marked_in_both_languages() {
        assert_eq!(
            marked("A Broken kettle,\nbroken lid", &["broken"]).unwrap(),
            "A [Broken] kettle, [broken] lid"
        );
        assert_eq!(marked("😀 茶壶碎了，茶杯也碎了", &["碎了"]).unwrap(), "😀 茶壶[碎了]，茶杯也[碎了]");
        assert_eq!(marked("nothing here", &["absent"]), None);
    }

    #[test]
    fn a_hit_far_into_the_text_is_shown_with_what_leads_to_it() {
        let text = format!("{} the refund never came {}", "x".repeat(500), "y".repeat(500));
        let shown = marked(&text, &["refund"]).unwrap();
        assert!(shown.starts_with('…') && shown.contains("the [refund] never came"), "{shown}");
        assert!(shown.chars().count() <= LENGTH + 3);
    }

    #[test]
    fn overlapping_words_are_marked_once() {
        assert_eq!(marked("teapot", &["tea", "teapot"]).unwrap(), "[tea]pot");
    }
}
