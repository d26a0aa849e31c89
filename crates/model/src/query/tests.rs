//! The language by example, and its rules by property.

use super::*;
use crate::Problem;

fn parse(text: &str) -> Result<Query, Problem> {
    Query::parse(text, |y, m, d| {
        jiff::civil::Date::new(y, m, d)
            .ok()?
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|z| Millis(z.timestamp().as_millisecond()))
    })
}

fn text(words: &str, phrase: bool, prefix: bool) -> Ask {
    Ask::Text { words: words.into(), phrase, prefix }
}

fn asks(query: &str) -> Vec<(bool, Ask)> {
    parse(query).unwrap().terms.into_iter().map(|t| (t.negated, t.ask)).collect()
}

#[test]
fn every_operator_is_understood() {
    assert_eq!(
        asks(
            r#"from:Wang tag:"big spender" status:open -is:unread has:attachment after:2026-03-01 before:2026/4 "Tea set" -refund ket"#
        ),
        [
            (false, Ask::From("wang".into())),
            (false, Ask::Tag("big spender".into())),
            (false, Ask::Status(Status::Open)),
            (true, Ask::Is(Is::Unread)),
            (false, Ask::HasAttachment),
            (false, Ask::After(Millis(1_772_323_200_000))),
            (false, Ask::Before(Millis(1_775_001_600_000))),
            (false, text("tea set", true, false)),
            (true, text("refund", false, false)),
            (false, text("ket", false, true)),
        ]
    );
}

#[test]
fn a_word_with_a_colon_that_is_no_key_is_text() {
    assert_eq!(asks("https://x.test "), [(false, text("https://x.test", false, false))]);
    assert_eq!(asks("- x "), [(false, text("-", false, false)), (false, text("x", false, false))]);
}

#[test]
fn chinese_quotes_and_colons_work_as_typed_by_an_input_method() {
    assert_eq!(
        asks("status：closed “碎了” "),
        [(false, Ask::Status(Status::Closed)), (false, text("碎了", true, false))]
    );
}

#[test]
fn an_error_points_at_the_characters_it_concerns() {
    let error = |query| parse(query).unwrap_err().params;
    let at = |at: &str, length: &str, why: &str| {
        [("at", at), ("length", length), ("why", why)].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
    };
    assert_eq!(error("茶 status:done x"), at("2", "11", "unknown_status"));
    assert_eq!(error("before:2026-02-30"), at("0", "17", "not_a_day"));
    assert_eq!(error(r#"a "never closed"#), at("2", "13", "quote_open"));
    assert_eq!(error("tag: x"), at("0", "4", "value_missing"));
}
