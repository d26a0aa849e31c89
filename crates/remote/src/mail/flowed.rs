//! Plain text as it was typed: `format=flowed` (RFC 3676) put back into paragraphs, line ends made one, controls gone.

/// Joins flowed lines into paragraphs. Quote marks come out as `> `, one pair for each level.
pub(super) fn unflow(text: &str, del_sp: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let content = line.get(depth..).unwrap_or("");
        let content = content.strip_prefix(' ').unwrap_or(content);
        let signature = content == "-- ";
        if signature || open != Some(depth) {
            end_paragraph(&mut out, &mut open);
            (0..depth.min(DEEPEST)).for_each(|_| out.push_str("> "));
        }
        let flows = content.ends_with(' ') && !signature;
        out.push_str(if flows && del_sp {
            content.get(..content.len() - 1).unwrap_or(content)
        } else {
            content
        });
        open = Some(depth);
        if !flows {
            end_paragraph(&mut out, &mut open);
        }
    }
    end_paragraph(&mut out, &mut open);
    out
}

/// Levels of quotation that are still marked.
const DEEPEST: usize = 20;

fn end_paragraph(out: &mut String, open: &mut Option<usize>) {
    if open.take().is_some() {
        out.push('\n');
    }
}

/// One kind of line end, no controls but tab and line end, no white space at the end of the whole.
pub(super) fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' | '\u{2028}' | '\u{2029}' | '\u{c}' | '\u{b}' => out.push('\n'),
            '\n' | '\t' => out.push(c),
            '\u{FEFF}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flowed_lines_become_paragraphs_and_quotes_keep_their_depth() {
        let text = "I asked \r\nfor a refund.\r\n>> Which \r\n>> one?\r\n> This.\r\n From here\r\n-- \r\nJo";
        let meant = "I asked for a refund.\n> > Which one?\n> This.\nFrom here\n-- \nJo\n";
        assert_eq!(unflow(text, false), meant);
    }

    #[test]
    fn deleted_space_joins_languages_that_write_without_spaces() {
        assert_eq!(unflow("我的订单 \n还没有到 \n。", true), "我的订单还没有到。\n");
    }

    #[test]
    fn tidy_text_has_one_kind_of_line_end_and_no_controls() {
        assert_eq!(tidy("a\r\nb\rc\u{0}d\u{7}\u{2028}e\n\n \n"), "a\nb\ncd\ne");
    }
}
