//! Small rules about text that strangers wrote: what a single line may hold, how it is cut, which language it is in.

/// Controls that reorder or hide text: with them, `exe.fdp` reads as `pdf.exe`.
const fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

/// One safe line: controls and bidirectional marks gone, white space runs folded to one space, ends trimmed.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !is_deceptive(*c)) {
        let c = if c.is_control() || c.is_whitespace() { ' ' } else { c };
        if c != ' ' || !(line.is_empty() || line.ends_with(' ')) {
            line.push(c);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// The first `chars` characters of [`one_line`], for a list. Reads no more of `text` than it needs.
pub fn snippet(text: &str, chars: usize) -> String {
    let head: String = text.chars().take(chars.saturating_mul(4)).collect();
    one_line(&head).chars().take(chars).collect()
}

/// At most `chars` characters, lines kept, other controls and deceptive marks gone, the end trimmed.
pub fn bounded(text: &str, chars: usize) -> String {
    let kept = text.chars().filter(|c| *c == '\n' || !(c.is_control() || is_deceptive(*c)));
    let mut kept: String = kept.take(chars).collect();
    kept.truncate(kept.trim_end().len());
    kept
}

/// Han, kana, Hangul and their punctuation: what Chinese, Japanese and Korean write without spaces between words.
pub const fn is_cjk(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{11FF}' | '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FF9D}'
        | '\u{20000}'..='\u{3FFFF}')
}

/// The `lang` to set on a piece of customer text, from the scripts in its first 600 characters: `ja`, `ko`, `zh` or `en`.
pub fn lang(text: &str) -> &'static str {
    let (mut han, mut kana, mut hangul, mut latin) = (0u32, 0u32, 0u32, 0u32);
    for c in text.chars().take(600) {
        match c {
            '\u{3040}'..='\u{30FF}' => kana += 1,
            '\u{AC00}'..='\u{D7AF}' => hangul += 1,
            c if is_cjk(c) => han += 1,
            c if c.is_alphabetic() => latin += 1,
            _ => {}
        }
    }
    // One Han character carries about as much as three Latin letters.
    let cjk = (han + kana + hangul) * 3;
    match () {
        () if cjk < latin || cjk == 0 => "en",
        () if kana * 5 > han => "ja",
        () if hangul > han => "ko",
        () => "zh",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_its_words_and_loses_what_could_deceive() {
        assert_eq!(one_line("  a\r\n\tb  c\u{0} "), "a b c");
        assert_eq!(one_line("invoice\u{202E}fdp.exe"), "invoicefdp.exe");
        assert_eq!(one_line("王\u{200F}志远"), "王志远");
    }

    #[test]
    fn a_longer_text_keeps_its_lines() {
        assert_eq!(bounded("陈静\r\nHarbour\u{202E} Home\u{0}\n\n", 100), "陈静\nHarbour Home");
        assert_eq!(bounded("王志远", 2), "王志");
    }

    #[test]
    fn the_language_of_mixed_text_is_the_one_that_says_more() {
        assert_eq!(lang("我的 order A-20771 还没有收到，已经三天了"), "zh");
        assert_eq!(lang("Where is my order? 谢谢"), "en");
        assert_eq!(lang("注文した商品がまだ届きません"), "ja");
        assert_eq!(lang("주문한 상품이 아직 안 왔어요"), "ko");
        assert_eq!(lang(""), "en");
    }
}
