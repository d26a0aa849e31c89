//! The kinds of mail there are, read into what the desk needs of each.

use std::collections::BTreeSet;

use mail_builder::MessageBuilder;
use model::incoming::Flags;
use model::{Automatic, CalendarMethod, Defect, Direction, Millis};

use super::{NOW, Shelf, context, own, read_bytes, read_on, read_text};
use crate::mail::{Context, PartHead, Piece, read_pieces};

fn built(message: MessageBuilder<'_>) -> Vec<u8> {
    message
        .from(("Jo", "jo@example.test"))
        .date(NOW.0 / 1_000 - 60)
        .message_id("1@example.test")
        .write_to_vec()
        .unwrap()
}

#[test]
fn a_letter_in_two_forms_with_an_image_and_a_file_is_taken_apart() {
    let raw = built(
        MessageBuilder::new()
            .to("care@shop.test")
            .subject("茶具碎了")
            .text_body("see the picture")
            .html_body("<p>see <b>the picture</b> <img src=\"cid:p1@x\"></p>")
            .inline("image/png", "p1@x", &b"\x89PNG"[..])
            .attachment("application/pdf", "发票.pdf", &b"%PDF-1.4 content"[..]),
    );
    let shelf = Shelf::default();
    let read = read_on(&shelf, &raw);
    assert_eq!(read.subject, "茶具碎了");
    assert_eq!(read.body.text, "see the picture");
    assert!(read.body.html.unwrap().contains("<b>the picture</b>"));
    let seen: Vec<_> = read.attachments.iter().map(|a| (a.name.as_str(), a.inline, a.size)).collect();
    assert_eq!(seen, [("attachment.png", true, 4), ("发票.pdf", false, 16)]);
    assert_eq!(*shelf.kept.lock().unwrap(), [b"\x89PNG".to_vec(), b"%PDF-1.4 content".to_vec()]);
    assert_eq!(read.defects, []);
    assert_eq!(read.direction, Direction::Inbound);
    assert_eq!(read.sent_at, Some(NOW.plus(-Millis::MINUTE)));
}

#[test]
fn a_message_whose_attachment_cannot_be_kept_is_not_read_at_all() {
    let raw =
        built(MessageBuilder::new().text_body("x").attachment("application/pdf", "a.pdf", &b"%PDF"[..]));
    let (own, refusing) = (own(), Shelf { refuses: true, ..Shelf::default() });
    assert!(futures::executor::block_on(crate::mail::read(&raw, &context(&own), &refusing)).is_err());
    assert_eq!(read_bytes(&raw).defects, []);
}

#[test]
fn what_the_mailbox_itself_wrote_is_outbound() {
    assert_eq!(read_text("From: Care <CARE@shop.test>\n\nx").direction, Direction::Outbound);
}

#[test]
fn html_alone_is_read_as_text_with_its_quotes_marked() {
    let read = read_text(
        "From: a@b.test\nContent-Type: text/html\n\n<p>Yes.</p><blockquote>Did it come?</blockquote>",
    );
    assert_eq!(read.body.text, "Yes.\n\n> Did it come?");
}

#[test]
fn a_letter_cut_by_its_attachments_is_put_together_in_both_forms() {
    let raw = "From: a@b.test\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\nfirst\n--m\nContent-Type: image/png; name=a.png\n\nxx\n--m\nContent-Type: text/html\n\n<b>second</b>\n--m\n\nthird <3\n--m--\n";
    let read = read_text(raw);
    assert_eq!(read.body.text, "first\n\nsecond\n\nthird <3");
    let html = read.body.html.unwrap();
    assert!(
        html.contains(">first<") && html.contains("<b>second</b>") && html.contains("third &lt;3"),
        "{html}"
    );
    assert_eq!(read.attachments.len(), 1);
}

#[test]
fn a_named_text_after_the_letter_is_a_file() {
    let raw = "From: a@b.test\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\nletter\n--m\nContent-Type: text/plain; name=log.txt\nContent-Disposition: inline\n\nlog\n--m--\n";
    let read = read_text(raw);
    assert_eq!(read.body.text, "letter");
    assert_eq!(read.attachments[0].name, "log.txt");
}

#[test]
fn a_forwarded_message_is_kept_whole_and_called_after_its_subject() {
    let raw = "From: a@b.test\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\nsee below\n--m\nContent-Type: message/rfc822\n\nSubject: a/b test\n\ninner\n--m--\n";
    let read = read_text(raw);
    assert_eq!(read.body.text, "see below");
    assert_eq!(read.attachments[0].name, "a_b test.eml");
    assert_eq!(read.attachments[0].media_type, "message/rfc822");
}

#[test]
fn signatures_and_outlook_parcels_are_files_nobody_unpacks() {
    let raw = "From: a@b.test\nContent-Type: multipart/signed; boundary=m\n\n--m\n\nsigned words\n--m\nContent-Type: application/pgp-signature\n\nabc\n--m\nContent-Type: application/ms-tnef; name=winmail.dat\n\nxx\n--m--\n";
    let read = read_text(raw);
    assert_eq!(read.body.text, "signed words");
    let names: Vec<_> = read.attachments.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["attachment.asc", "winmail.dat"]);
}

#[test]
fn an_invitation_without_words_says_what_when_and_where() {
    let ics = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:回访\nDTSTART:20260302T020000Z\nEND:VEVENT\nEND:VCALENDAR";
    let raw = format!("From: a@b.test\nContent-Type: text/calendar; charset=utf-8; method=REQUEST\n\n{ics}");
    let read = read_text(&raw);
    assert_eq!(read.calendar, Some(CalendarMethod::Request));
    assert_eq!(read.body.text, "回访\n2026-03-02 02:00 (UTC)");
    assert_eq!(read.attachments[0].name, "attachment.ics");
}

#[test]
fn a_delivery_report_is_a_bounce_with_its_recipients() {
    let raw = "From: MAILER-DAEMON@mx.test\nSubject: Undelivered Mail Returned to Sender\nContent-Type: multipart/report; report-type=delivery-status; boundary=m\n\n--m\n\nI'm sorry.\n--m\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\nFinal-Recipient: rfc822; gone@example.test\nAction: failed\nStatus: 5.1.1\n\n--m\nContent-Type: text/rfc822-headers\n\nSubject: x\n--m--\n";
    let read = read_text(raw);
    let bounce =
        Automatic::Bounce { recipients: vec!["gone@example.test".into()], status: Some("5.1.1".into()) };
    assert_eq!(read.automatic, Some(bounce));
    assert_eq!(read.body.text, "I'm sorry.");
}

#[test]
fn times_nobody_would_believe_are_replaced_and_named() {
    let dated = |date: &str, received: &str| {
        let read =
            read_text(&format!("From: a@b.test\nDate: {date}\nReceived: from x by y; {received}\n\nx"));
        (read.sent_at, read.received_at, read.defects.contains(&Defect::NoDate))
    };
    let hour = |h: i64| Millis(NOW.0 + h * Millis::HOUR);
    let good = "Sun, 1 Mar 2026 11:00:00 +0000";
    assert_eq!(dated("Sun, 1 Mar 2026 10:00:00 +0000", good), (Some(hour(-2)), hour(-1), false));
    assert_eq!(dated("Thu, 1 Jan 1970 00:00:00 +0000", good), (None, hour(-1), true));
    assert_eq!(dated("Fri, 1 Mar 2097 10:00:00 +0000", good), (None, hour(-1), true));
    assert_eq!(dated("nonsense", "nonsense"), (None, NOW, true));
    assert_eq!(dated("99 Foo 9999 99:99:99 +9999", ""), (None, NOW, true));
}

#[test]
fn a_message_nobody_signed_names_the_defect_and_falls_back() {
    let read = read_text("Sender: desk@b.test\nDate: Sun, 1 Mar 2026 10:00:00 +0000\n\nx");
    assert_eq!(read.from.unwrap().email, "desk@b.test");
    assert_eq!(read.defects, [Defect::NoSender]);
    let bare = read_text("hello, no header at all");
    assert_eq!(bare.body.text, "hello, no header at all");
    assert_eq!(bare.from, None);
}

#[test]
fn references_keep_the_first_and_the_newest() {
    let ids: Vec<String> = (0..300).map(|n| format!("<{n}@x>")).collect();
    let read = read_text(&format!(
        "From: a@b.test\nMessage-ID: <me@x>\nIn-Reply-To: Your mail <299@x>\nReferences: {}\n\nx",
        ids.join("\n ")
    ));
    assert_eq!(read.message_id.as_deref(), Some("me@x"));
    assert_eq!(read.in_reply_to, ["299@x"]);
    assert_eq!(read.references.len(), 100);
    assert_eq!(read.references[0], "0@x");
    assert_eq!(read.references[1], "201@x");
    assert_eq!(read.references[99], "299@x");
}

#[test]
fn copies_of_a_message_share_an_identity_and_others_do_not() {
    let plain = "From: a@b.test\r\nMessage-ID: <1@x>\r\nSubject: one\r\n two\r\n\r\nx";
    let copy =
        plain.replace("one\r\n two", "one\r\n\t two").replace("\r\n\r\nx", "\r\nX-Folder: Archive\r\n\r\nx");
    let forged = plain.replace("one", "another");
    assert_eq!(read_text(plain).identity, read_text(&copy).identity);
    assert!(read_text(plain).identity.starts_with("mid:1@x:"));
    assert_ne!(read_text(plain).identity, read_text(&forged).identity);
    let nameless = plain.replace("Message-ID: <1@x>\r\n", "");
    assert!(read_text(&nameless).identity.starts_with("dig:"));
    assert_ne!(
        read_text(&nameless).identity,
        read_text(&nameless.replace("\r\n\r\nx", "\r\n\r\ny")).identity
    );
    let own = own();
    let given = Context { identity: Some("E123".into()), ..context(&own) };
    assert_eq!(read_pieces(plain.as_bytes(), &[], Vec::new(), &given).identity, "E123");
}

#[test]
fn read_in_pieces_a_message_is_the_same_as_read_whole() {
    let raw = built(
        MessageBuilder::new()
            .to("care@shop.test")
            .subject("订单")
            .text_body("你好\r\nJo")
            .html_body("<p>你好</p>"),
    );
    let whole = read_bytes(&raw);
    let split = |mark: &str| {
        let text = String::from_utf8(raw.clone()).unwrap();
        let start = text.find(mark).unwrap();
        let head_end = start + text[start..].find("\r\n\r\n").unwrap() + 2;
        let end = head_end + text[head_end..].find("\r\n--").unwrap();
        (text[start..head_end].to_owned(), text[head_end + 2..end].to_owned())
    };
    let parts = [split("Content-Type: text/plain"), split("Content-Type: text/html")];
    let pieces: Vec<Piece<'_>> = parts
        .iter()
        .map(|(head, body)| Piece {
            head: PartHead::parse(head.as_bytes()),
            bytes: body.as_bytes(),
            cut: false,
        })
        .collect();
    let own: BTreeSet<String> = own();
    let context = Context { received_at: Some(whole.received_at), flags: Flags::default(), ..context(&own) };
    let end = raw.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 2;
    let pieced = read_pieces(&raw[..end], &pieces, Vec::new(), &context);
    assert_eq!(pieced, whole);
}

#[test]
fn flowed_text_and_text_cut_short_are_told() {
    let read =
        read_text("From: a@b.test\nContent-Type: text/plain; format=flowed; delsp=yes\n\n我的订单 \n没到\n");
    assert_eq!(read.body.text, "我的订单没到");
    let own = own();
    let piece = Piece { head: PartHead::parse(b""), bytes: b"begin", cut: true };
    let cut = read_pieces(
        b"From: a@b.test\nDate: Sun, 1 Mar 2026 10:00:00 +0000\n",
        &[piece],
        Vec::new(),
        &context(&own),
    );
    assert_eq!((cut.body.text.as_str(), cut.defects.as_slice()), ("begin", &[Defect::TextCut][..]));
}
