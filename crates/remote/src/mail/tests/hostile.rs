//! Mail made to hurt: each is read into something bounded, in bounded time, and whatever is fed nothing panics.

use std::time::{Duration, Instant};

use model::Defect;
use proptest::prelude::*;

use super::super::{LONGEST_HTML, LONGEST_TEXT, MOST_PARTS, MOST_RECIPIENTS};
use super::{read_bytes, read_text};

/// Generous for a debug build on a slow machine; an attack that works takes minutes or all memory.
const SOON: Duration = Duration::from_secs(20);

fn soon<T>(what: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = what();
    let took = start.elapsed();
    assert!(took < SOON, "took {took:?}");
    done
}

#[test]
fn ten_thousand_parts_are_cut_at_the_bound_and_named() {
    let part = "--m\nContent-Type: application/octet-stream\n\nx\n";
    let raw =
        format!("From: a@b.test\nContent-Type: multipart/mixed; boundary=m\n\n{}--m--", part.repeat(10_000));
    let read = soon(|| read_text(&raw));
    assert!(read.attachments.len() <= MOST_PARTS);
    assert!(read.defects.contains(&Defect::TooManyParts));
}

#[test]
fn parts_beside_nested_ones_count_with_them() {
    let part = "Content-Type: application/octet-stream\n\nx\n";
    let raw = (0..16).fold("Content-Type: text/plain\n\nx\n".to_owned(), |inner, depth| {
        let beside = format!("--m{depth}m\n{part}").repeat(300);
        format!("Content-Type: multipart/mixed; boundary=m{depth}m\n\n--m{depth}m\n{inner}\n{beside}--m{depth}m--\n")
    });
    let read = soon(|| read_text(&format!("From: a@b.test\n{raw}")));
    assert!(read.attachments.len() <= MOST_PARTS, "{}", read.attachments.len());
    assert!(read.defects.contains(&Defect::TooManyParts));
}

#[test]
fn many_parts_make_no_letter_longer_than_one_may_be() {
    let text = format!("--m\nContent-Type: text/plain\n\n{}\n", "&".repeat(500_000));
    let raw = format!(
        "From: a@b.test\nContent-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/html\n\n<p>a\n{}--m--",
        text.repeat(20)
    );
    let read = soon(|| read_text(&raw));
    assert!(read.body.html.is_some_and(|html| html.len() <= LONGEST_HTML));
    assert!(read.body.text.len() <= LONGEST_TEXT && read.defects.contains(&Defect::TextCut));
}

#[test]
fn twenty_thousand_recipients_are_cut_at_the_bound_and_named() {
    let to: Vec<String> = (0..20_000).map(|n| format!("Name {n} <n{n}@example.test>")).collect();
    let read = soon(|| read_text(&format!("From: a@b.test\nTo: {}\n\nx", to.join(",\n "))));
    assert_eq!(read.to.len(), MOST_RECIPIENTS);
    assert_eq!(read.to[0].email, "n0@example.test");
    assert!(read.defects.contains(&Defect::TooManyRecipients));
    assert_eq!(read.body.text, "x");
}

#[test]
fn messages_within_messages_are_never_opened() {
    let raw = format!("From: a@b.test\n{}", "Content-Type: message/rfc822\n\n".repeat(100_000));
    let read = soon(|| read_text(&raw));
    assert_eq!(read.attachments.len(), 1);
}

#[test]
fn absurd_headers_cost_bounded_time() {
    for field in [
        format!("To: {}", "(".repeat(500_000)),
        format!("To: {}", "\"a\\".repeat(300_000)),
        format!("To: {}", "<".repeat(500_000)),
        format!("To: {}", "a:;".repeat(300_000)),
        format!("Subject: {}", "=?utf-8?Q?".repeat(100_000)),
        format!("Subject: {}", "=?utf-8?B?YQ==?= ".repeat(100_000)),
        format!("To: {}", "=?aa?q?x ".repeat(29_000)),
        format!("References: {}", "<".repeat(500_000)),
        format!("References: {}", "<a@b> ".repeat(200_000)),
        format!("Content-Type: text/plain; {}", "a*0*=b;".repeat(100_000)),
        format!("Content-Type: multipart/mixed; boundary={}", "-".repeat(100_000)),
        "X: y\n".repeat(500_000),
        ": y\n".repeat(500_000),
        format!("Subject: x\n{}", " \n".repeat(500_000)),
        format!("Date: {}", "1".repeat(500_000)),
        format!("Received: {}", ";".repeat(500_000)),
    ] {
        let read = soon(|| read_text(&format!("From: a@b.test\n{field}\n\nbody")));
        assert!(read.subject.chars().count() <= 998);
        assert!(read.from.is_some() || read.body.text.contains("body"));
    }
}

#[test]
fn a_long_text_is_cut_at_a_character_and_named() {
    let read = soon(|| read_text(&format!("From: a@b.test\n\n{}", "长".repeat(1 << 20))));
    assert!(read.body.text.len() <= LONGEST_TEXT && read.body.text.len() > LONGEST_TEXT - 8);
    assert!(!read.body.text.contains('\u{fffd}'));
    assert!(read.defects.contains(&Defect::TextCut));
}

#[test]
fn names_that_lie_are_shown_as_they_are() {
    let read = read_text(
        "From: \"=?utf-8?B?4oCuZ3JvLmVsYnVvcnQ=?=\" <a@b.test>\nContent-Type: application/pdf; name=\"../../x\u{202e}fdp.exe\"\n\nx",
    );
    assert_eq!(read.from.unwrap().name, "gro.elbuort");
    assert_eq!(read.attachments[0].name, "xfdp.exe");
}

#[test]
fn a_zip_bomb_stays_a_zip() {
    let read = read_text(
        "From: a@b.test\nContent-Type: application/zip; name=42.zip\nContent-Transfer-Encoding: base64\n\nUEsDBBQ=\n",
    );
    assert_eq!((read.attachments[0].name.as_str(), read.attachments[0].size), ("42.zip", 5));
}

#[test]
fn nothing_at_all_is_still_a_message() {
    for raw in ["", "\n", "\r\n\r\n", ":", "\0", "From:", "Content-Type:\n\n", "--", "=?"] {
        let read = read_text(raw);
        assert!(read.defects.contains(&Defect::NoSender), "{raw:?}");
        assert!(!read.identity.is_empty());
    }
}

fn headers() -> impl Strategy<Value = String> {
    "(From|To|Subject|Date|Content-Type|Content-Transfer-Encoding|Content-Disposition|References|Message-ID): (multipart/mixed|text/html|text/plain|message/rfc822|; boundary=|m|; charset=|gb2312|utf-8|base64|quoted-printable|=\\?|\\?B\\?|\\?=|<|>|@|\"|\\(|,|;|[a-z]{1,4}|\\PC| |\r\n ){0,12}"
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn bytes_without_sense_are_read_without_panic(raw in proptest::collection::vec(any::<u8>(), 0..600)) {
        read_bytes(&raw);
    }

    #[test]
    fn almost_sensible_mail_is_read_without_panic(
        head in proptest::collection::vec(headers(), 0..6),
        body in "(--m|--m--|\n|\r\n|\n\n|Content-Type: text/html|Content-Type: multipart/mixed; boundary=m|=[0-9A-F]{2}|<[a-z]+>|\\PC|[a-z ]{1,8}){0,40}",
    ) {
        let raw = format!("{}\nContent-Type: multipart/alternative; boundary=m\n\n{body}", head.join("\r\n"));
        let read = read_text(&raw);
        prop_assert!(!read.identity.is_empty());
        for one in &read.attachments {
            let path = one.name.contains(['/', '\\']);
            prop_assert!(!one.name.is_empty() && !path);
        }
    }
}
