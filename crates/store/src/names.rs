//! How names and subjects are shown and sorted.

use model::threading::Token;
use pinyin::ToPinyin as _;

/// A key that sorts Chinese names by their pinyin among Latin ones, lower case.
pub(crate) fn sort_key(name: &str) -> String {
    let mut key = String::new();
    for (c, pinyin) in name.chars().zip(name.to_pinyin()) {
        match pinyin {
            Some(pinyin) => {
                key.push_str(pinyin.plain());
                key.push(' ');
            }
            None => key.extend(c.to_lowercase()),
        }
    }
    key
}

/// How a Chinese word is pronounced, in a row and without tones; `None` for anything else.
pub(crate) fn sound(word: &str) -> Option<String> {
    let syllables: Option<Vec<&str>> =
        word.to_pinyin().map(|pinyin| pinyin.map(|pinyin| pinyin.plain())).collect();
    syllables.map(|syllables| syllables.concat()).filter(|sound| !sound.is_empty())
}

/// A subject without the token, which is shown beside it.
pub(crate) fn shown_subject(subject: &str) -> String {
    match Token::in_subject(subject) {
        Some(token) => model::text::one_line(&subject.replace(&format!("[{}]", token.0), " ")),
        None => subject.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_both_scripts_sort_together() {
        let mut names = ["Wu", "王志远", "Alan", "李娜", "陈晓"];
        names.sort_by_key(|name| sort_key(name));
        assert_eq!(names, ["Alan", "陈晓", "李娜", "王志远", "Wu"]);
    }

    #[test]
    fn a_subject_is_shown_without_its_token() {
        assert_eq!(shown_subject("Re: 茶具 [FD-00000000] 碎了"), "Re: 茶具 碎了");
        assert_eq!(shown_subject("plain"), "plain");
    }
}
