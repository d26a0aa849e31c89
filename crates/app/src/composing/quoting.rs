//! The text below a reply: what is answered, or what is forwarded, as HTML and as plain text. In the language of the mail that is quoted.
//!
//! Its HTML is a stranger's: it goes through the letters' own sanitiser. Pictures inside it go along when they are attached, and only then.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};
use model::{Address, Millis};

use crate::letter::{self, Options, escape};

/// Bytes of plain text that are quoted.
const LONGEST_TEXT: usize = 512 << 10;
/// Recipients that are named above a forwarded mail.
const MOST_NAMED: usize = 50;

/// The mail that is quoted.
#[derive(Debug, Clone)]
pub(super) struct Cited {
    pub(super) from: Address,
    pub(super) to: Vec<Address>,
    pub(super) at: Millis,
    pub(super) subject: String,
    pub(super) text: String,
    /// As it came: hostile.
    pub(super) html: Option<String>,
    pub(super) chinese: bool,
    /// Content-IDs of its pictures that go along.
    pub(super) inline: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Quote {
    pub(super) html: String,
    pub(super) text: String,
}

/// What is answered, marked as said by somebody else.
pub(super) fn answered(mail: &Cited, zone: &TimeZone) -> Quote {
    let said = attribution(mail, zone);
    let mut html = String::from("<p>");
    escape(&said, &mut html);
    html.push_str("</p><blockquote type=\"cite\" style=\"margin:0 0 0 0.8ex;border-left:2px solid #c8ccd0;padding-left:1ex\">");
    html.push_str(&body(mail));
    html.push_str("</blockquote>");
    let marked = |line: &str| match line {
        "" => ">".to_owned(),
        line if line.starts_with('>') => format!(">{line}"),
        line => format!("> {line}"),
    };
    let lines: Vec<String> = cut(&mail.text).lines().map(marked).collect();
    Quote { html, text: format!("{said}\n{}", lines.join("\n")) }
}

/// What is forwarded, under the outside of the mail it was.
pub(super) fn forwarded(mail: &Cited, zone: &TimeZone) -> Quote {
    let [rule, from, date, subject, to] = match mail.chinese {
        true => ["转发的邮件", "发件人：", "日期：", "主题：", "收件人："],
        false => ["Forwarded message", "From: ", "Date: ", "Subject: ", "To: "],
    };
    let named: Vec<String> = mail.to.iter().take(MOST_NAMED).map(full).collect();
    let more = if mail.to.len() > MOST_NAMED { ", …" } else { "" };
    let head = format!(
        "---------- {rule} ----------\n{from}{}\n{date}{}\n{subject}{}\n{to}{}{more}",
        full(&mail.from),
        when(mail, zone),
        mail.subject,
        named.join(", "),
    );
    let mut html = String::from("<p>");
    html.push_str(&lines(&head));
    html.push_str("</p><div>");
    html.push_str(&body(mail));
    html.push_str("</div>");
    Quote { html, text: format!("{head}\n\n{}", cut(&mail.text)) }
}

fn attribution(mail: &Cited, zone: &TimeZone) -> String {
    let (who, when) = (full(&mail.from), when(mail, zone));
    if mail.chinese { format!("{who} 于 {when} 写道：") } else { format!("On {when}, {who} wrote:") }
}

fn when(mail: &Cited, zone: &TimeZone) -> String {
    let at = Timestamp::from_millisecond(mail.at.0).unwrap_or_default().to_zoned(zone.clone());
    let form = if mail.chinese { "%Y年%-m月%-d日 %H:%M" } else { "%-d %b %Y, %H:%M" };
    at.strftime(form).to_string()
}

fn full(address: &Address) -> String {
    match (address.name.as_str(), address.email.as_str()) {
        (name, "") => name.to_owned(),
        ("", email) => email.to_owned(),
        (name, email) => format!("{name} <{email}>"),
    }
}

fn body(mail: &Cited) -> String {
    match &mail.html {
        Some(html) => {
            let inline: BTreeMap<String, String> =
                mail.inline.iter().map(|id| (id.clone(), format!("cid:{id}"))).collect();
            letter::sanitise(html, &Options { images: true, inline, leaving: true }).html
        }
        None => lines(cut(&mail.text)),
    }
}

/// Plain text as HTML, line by line.
pub(super) fn lines(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    for (at, line) in text.lines().enumerate() {
        html.push_str(if at > 0 { "<br>" } else { "" });
        escape(line, &mut html);
    }
    html
}

fn cut(text: &str) -> &str {
    let end = (0..=LONGEST_TEXT.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::fold::{SegmentKind, fold};

    fn mail() -> Cited {
        Cited {
            from: Address::new("Lin Jingyi", "lin@x.test"),
            to: vec![Address::new("", "care@shop.test")],
            at: Millis(1_772_546_520_000),
            subject: "Kettle <broken>".to_owned(),
            text: "It broke.\n\n> did it?\nYes & no".to_owned(),
            html: None,
            chinese: false,
            inline: Vec::new(),
        }
    }

    #[test]
    fn an_answer_marks_every_line_of_what_it_answers() {
        let quote = answered(&mail(), &TimeZone::UTC);
        assert_eq!(
            quote.text,
            "On 3 Mar 2026, 14:02, Lin Jingyi <lin@x.test> wrote:\n> It broke.\n>\n>> did it?\n> Yes & no"
        );
        assert!(quote.html.starts_with(
            "<p>On 3 Mar 2026, 14:02, Lin Jingyi &lt;lin@x.test&gt; wrote:</p><blockquote type=\"cite\""
        ));
        assert!(
            quote.html.contains("It broke.<br><br>&gt; did it?<br>Yes &amp; no</blockquote>"),
            "{}",
            quote.html
        );
    }

    #[test]
    fn a_chinese_mail_is_quoted_in_chinese() {
        let chinese = Cited { from: Address::new("林静怡", "lin@x.test"), chinese: true, ..mail() };
        let quote = answered(&chinese, &TimeZone::UTC);
        assert!(
            quote.text.starts_with("林静怡 <lin@x.test> 于 2026年3月3日 14:02 写道：\n> It"),
            "{}",
            quote.text
        );
        assert!(
            forwarded(&chinese, &TimeZone::UTC)
                .text
                .contains("发件人：林静怡 <lin@x.test>\n日期：2026年3月3日 14:02")
        );
    }

    #[test]
    fn what_is_quoted_folds_and_what_is_forwarded_does_not() {
        for chinese in [false, true] {
            let mail = Cited { chinese, ..mail() };
            let text = format!("Sorry.\n\n{}", answered(&mail, &TimeZone::UTC).text);
            let kinds: Vec<_> = fold(&text).iter().map(|part| part.kind).collect();
            assert_eq!(kinds, [SegmentKind::New, SegmentKind::Quote], "{text}");
            let text = format!(
                "See below.\n\n{}",
                forwarded(&Cited { text: "Plain".into(), ..mail }, &TimeZone::UTC).text
            );
            assert!(fold(&text).iter().all(|part| part.kind == SegmentKind::New), "{text}");
        }
    }

    #[test]
    fn a_forward_names_the_outside_of_the_mail() {
        assert_eq!(
            forwarded(&mail(), &TimeZone::UTC).text,
            "---------- Forwarded message ----------\nFrom: Lin Jingyi <lin@x.test>\nDate: 3 Mar 2026, 14:02\n\
             Subject: Kettle <broken>\nTo: care@shop.test\n\nIt broke.\n\n> did it?\nYes & no"
        );
    }

    #[test]
    fn a_strangers_html_is_quoted_without_what_acts() {
        let html = "<p onclick=x>hi<script>x()</script><img src='cid:lid@x' alt='the lid'><img src='cid:else@x'>\
                    <img src='https://t.test/a.png'><a href='https://shop.test'>x</a></p>";
        let quote = |inline: Vec<String>| {
            answered(&Cited { html: Some(html.to_owned()), inline, ..mail() }, &TimeZone::UTC).html
        };
        let bare = quote(vec![]);
        assert!(
            bare.contains("<p>hi<img src=\"https://t.test/a.png\"><a href=\"https://shop.test/\">x</a></p>"),
            "{bare}"
        );
        let along = quote(vec!["lid@x".to_owned()]);
        assert!(
            along.contains("alt=\"the lid\"")
                && along.contains("src=\"cid:lid@x\"")
                && !along.contains("else@x"),
            "{along}"
        );
    }
}
