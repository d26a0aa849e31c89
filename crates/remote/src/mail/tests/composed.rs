//! What leaves is read back as it was written, by our own reader and by another.

use std::collections::BTreeMap;

use mail_parser::MessageParser;
use model::outgoing::{Outgoing, OutgoingAttachment, OutgoingKind};
use model::{Address, BlobHash, Millis, ProblemCode};
use proptest::prelude::*;

use super::{NOW, read_bytes};
use crate::mail::{compose, safe_file_name, with_blind_copies};

type Contents = BTreeMap<BlobHash, Vec<u8>>;

fn hash(content: &[u8]) -> BlobHash {
    BlobHash(blake3::hash(content).to_hex().to_string())
}

fn plain(text: &str) -> Outgoing {
    Outgoing {
        kind: OutgoingKind::Reply,
        message_id: "0190-af.1@shop.test".to_owned(),
        at_ms: NOW,
        from: Address::new("小店客服", "care@shop.test"),
        to: vec![Address::new("Ada", "ada@customer.test")],
        cc: Vec::new(),
        bcc: vec![Address::new("", "boss@shop.test")],
        subject: "您的订单".to_owned(),
        in_reply_to: Some("q1@customer.test".to_owned()),
        references: vec!["q0@customer.test".to_owned(), "q1@customer.test".to_owned()],
        text: text.to_owned(),
        html: None,
        attachments: Vec::new(),
    }
}

fn attach(outgoing: &mut Outgoing, contents: &mut Contents, name: &str, content: &[u8], id: Option<&str>) {
    let media_type = if id.is_some() { "image/png" } else { "application/pdf" };
    outgoing.attachments.push(OutgoingAttachment {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        size: content.len() as i64,
        content_id: id.map(str::to_owned),
        hash: hash(content),
    });
    contents.insert(hash(content), content.to_vec());
}

/// All text lines as the reader keeps them.
fn tidy(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim_end().to_owned()
}

#[track_caller]
fn read_back(outgoing: &Outgoing, contents: &Contents) {
    let mail = compose(outgoing, contents).unwrap();
    assert_eq!(mail, compose(outgoing, contents).unwrap(), "the same bytes each time");
    for line in mail.split(|byte| *byte == b'\n') {
        assert!(line.len() <= 998, "{}", String::from_utf8_lossy(line));
    }
    let read = read_bytes(&mail);
    assert_eq!(read.message_id.as_deref(), Some(outgoing.message_id.as_str()));
    assert_eq!(read.subject, outgoing.subject);
    assert_eq!(read.from.as_ref(), Some(&outgoing.from));
    assert_eq!((&read.to, &read.cc, read.bcc.len()), (&outgoing.to, &outgoing.cc, 0));
    assert_eq!(tidy(&read.body.text), tidy(&outgoing.text));
    assert_eq!(read.body.html.as_deref().map(tidy), outgoing.html.as_deref().map(tidy));
    assert_eq!(read.sent_at, Some(Millis(outgoing.at_ms.0 / 1_000 * 1_000)));
    let (inline, files): (Vec<_>, Vec<_>) =
        outgoing.attachments.iter().partition(|one| outgoing.html.is_some() && one.content_id.is_some());
    let wanted: Vec<_> =
        inline.iter().chain(&files).map(|one| (safe_file_name(&one.name), &one.hash)).collect();
    let found: Vec<_> =
        read.attachments.iter().map(|one| (one.name.clone(), &one.kept.as_ref().unwrap().hash)).collect();
    assert_eq!(found, wanted);
    assert!(read.defects.is_empty(), "{:?}", read.defects);
}

#[test]
fn a_plain_reply_is_read_back() {
    read_back(&plain("您好，\r\n\r\n退款已经办好。\n.\n..\nFrom here on\n"), &Contents::new());
    read_back(&plain(""), &Contents::new());
    read_back(&plain(&"a".repeat(5_000)), &Contents::new());
    read_back(&plain(&"一行很长的中文".repeat(500)), &Contents::new());
    let named = Outgoing { subject: "=?utf-8?Q?not_encoded?= 100%".to_owned(), ..plain("x") };
    read_back(&named, &Contents::new());
}

#[test]
fn a_reply_with_pictures_and_files_is_read_back() {
    let (mut outgoing, mut contents) = (plain("Look.\n"), Contents::new());
    outgoing.html = Some("<p>Look: <img src=\"cid:p1@shop.test\"></p>".to_owned());
    attach(&mut outgoing, &mut contents, "empty.bin", b"", None);
    attach(&mut outgoing, &mut contents, "图片.png", b"\x89PNG\r\n\x1a\n", Some("p1@shop.test"));
    let long = format!("{}.pdf", "二〇二六年第三季度退货与换货明细表（最终版）".repeat(4));
    attach(&mut outgoing, &mut contents, &long, &[0, 13, 10, 46, 10, 255], None);
    attach(&mut outgoing, &mut contents, "a \"quoted\" name; with=signs, 'and' slashes.txt", b"x", None);
    attach(&mut outgoing, &mut contents, &"x".repeat(300), b"y", None);
    attach(&mut outgoing, &mut contents, "../../etc/passwd", b"z", None);
    read_back(&outgoing, &contents);
    let mail = compose(&outgoing, &contents).unwrap();
    let read = read_bytes(&mail);
    assert!(read.attachments[0].inline, "the picture stands in the text");
    let text = String::from_utf8(mail).unwrap();
    assert!(text.contains("filename*0*=") || text.contains("filename*="), "for readers of the standard");
    assert!(text.contains("name=\"=?utf-8?B?"), "for readers of encoded words");
}

#[test]
fn another_reader_reads_the_same() {
    let (mut outgoing, mut contents) = (plain("Grüße 😀\n"), Contents::new());
    outgoing.html = Some("<p>Grüße 😀 <b>㐀</b></p>".to_owned());
    outgoing.cc = vec![Address::new("Müller, \"Anna\" (Büro)", "anna@customer.test")];
    attach(&mut outgoing, &mut contents, "发票（二〇二六年）.pdf", b"%PDF", None);
    let mail = compose(&outgoing, &contents).unwrap();
    let read = MessageParser::default().parse(&mail).unwrap();
    assert_eq!(read.subject(), Some("您的订单"));
    assert_eq!(read.message_id(), Some("0190-af.1@shop.test"));
    assert_eq!(read.cc().unwrap().first().unwrap().name(), Some("Müller, \"Anna\" (Büro)"));
    assert_eq!(read.body_text(0).unwrap().trim_end(), "Grüße 😀");
    assert_eq!(read.body_html(0).unwrap(), "<p>Grüße 😀 <b>㐀</b></p>");
    use mail_parser::MimeHeaders as _;
    let file = read.attachment(0).unwrap();
    assert_eq!((file.attachment_name(), file.contents()), (Some("发票（二〇二六年）.pdf"), &b"%PDF"[..]));
}

#[test]
fn blind_copies_stand_only_in_our_own_copy() {
    let outgoing = plain("x");
    let mail = compose(&outgoing, &Contents::new()).unwrap();
    assert!(!String::from_utf8(mail.clone()).unwrap().contains("boss@"));
    let copy = with_blind_copies(&outgoing, &mail).unwrap();
    let read = read_bytes(&copy);
    assert_eq!(read.bcc, outgoing.bcc);
    assert_eq!(read.identity, read_bytes(&mail).identity, "both are the same message");
    let alone = Outgoing { to: Vec::new(), ..outgoing };
    assert!(read_bytes(&compose(&alone, &Contents::new()).unwrap()).to.is_empty());
}

#[test]
fn an_acknowledgement_says_that_no_person_wrote_it() {
    let outgoing = Outgoing { kind: OutgoingKind::Acknowledgement, ..plain("We have it.") };
    let mail = String::from_utf8(compose(&outgoing, &Contents::new()).unwrap()).unwrap();
    assert!(mail.contains("\r\nAuto-Submitted: auto-replied\r\n"));
    assert!(mail.contains("\r\nX-Auto-Response-Suppress: All\r\n"));
    assert!(!mail.contains("Precedence"));
    assert_eq!(read_bytes(mail.as_bytes()).automatic, Some(model::Automatic::AutoReply));
    let reply = String::from_utf8(compose(&plain("x"), &Contents::new()).unwrap()).unwrap();
    assert!(!reply.contains("Auto-"));
}

#[test]
fn no_field_can_begin_another() {
    let evil = "x\r\nBcc: evil@x.test\r\n\r\n<script>";
    let address = |name: &str| Address { name: name.to_owned(), email: "a@x.test".to_owned() };
    let mut outgoing = Outgoing {
        from: address(evil),
        to: vec![address(evil)],
        subject: evil.to_owned(),
        in_reply_to: Some(evil.to_owned()),
        references: vec![evil.to_owned(), "good@x.test".to_owned(), "a> <b@x.test".to_owned()],
        ..plain("text")
    };
    let mut contents = Contents::new();
    attach(&mut outgoing, &mut contents, evil, b"1", None);
    outgoing.attachments[0].media_type = format!("text/plain; x=\"{evil}");
    outgoing.attachments[0].content_id = Some(evil.to_owned());
    outgoing.html = Some("<p>text</p>".to_owned());
    let read = read_bytes(&compose(&outgoing, &contents).unwrap());
    assert!(read.bcc.is_empty());
    assert_eq!((read.in_reply_to.len(), read.references.as_slice()), (0, &["good@x.test".to_owned()][..]));
    assert_eq!(read.attachments.len(), 1);
    assert_eq!(read.attachments[0].media_type, "application/octet-stream");
}

#[test]
fn what_can_not_be_sent_is_said() {
    let code = |outgoing: &Outgoing| compose(outgoing, &Contents::new()).unwrap_err().code;
    let mut missing = plain("x");
    attach(&mut missing, &mut Contents::new(), "a.txt", b"a", None);
    assert_eq!(code(&missing), ProblemCode::AttachmentMissing);
    let nobody =
        Outgoing { to: vec![Address { name: String::new(), email: "a b".to_owned() }], ..plain("x") };
    assert_eq!(code(&nobody), ProblemCode::AddressInvalid);
    assert_eq!(code(&Outgoing { message_id: "a> <b".to_owned(), ..plain("x") }), ProblemCode::Invalid);
}

#[test]
fn a_long_thread_names_its_first_and_its_newest() {
    let references = (0..500).map(|number| format!("{number}@x.test")).collect();
    let read = read_bytes(&compose(&Outgoing { references, ..plain("x") }, &Contents::new()).unwrap());
    assert_eq!(read.references.len(), 50);
    assert_eq!((read.references[0].as_str(), read.references[49].as_str()), ("0@x.test", "499@x.test"));
}

/// Letters of every kind, without what a reader takes away on purpose: white space is folded, controls and marks of direction go.
fn line(longest: usize) -> impl Strategy<Value = String> {
    let kinds = prop_oneof![
        "[ -~]{0,40}",
        "[一-龥]{0,40}",
        "[\u{1F600}-\u{1F64F}]{0,9}",
        "[א-ת ]{0,20}",
        "[\u{3400}-\u{3500}éÄß]{0,20}",
        "[a-z]{0,300}",
    ];
    prop::collection::vec(kinds, 0..6).prop_map(move |kinds| {
        let line = model::text::one_line(&kinds.concat());
        let line: String = line.chars().take(longest).collect();
        line.trim().to_owned()
    })
}

fn name() -> impl Strategy<Value = String> {
    // A name that is quoted, that is an address, or that only looks encoded is read as what it looks like.
    line(200)
        .prop_map(|name| name.replace("=?", "").trim_matches(['\'', '"', ' ']).to_owned())
        .prop_filter("like an address", |name| !name.contains('@') && !name.contains('<'))
}

fn person() -> impl Strategy<Value = Address> {
    (name(), "[a-z0-9._+=-]{1,20}@[a-z]{1,10}\\.test").prop_map(|(name, email)| Address { name, email })
}

prop_compose! {
    fn outgoing()(
        from in person(),
        to in prop::collection::vec(person(), 1..5),
        cc in prop::collection::vec(person(), 0..5),
        subject in line(998),
        text in prop::collection::vec(line(400), 0..20),
        html in prop::option::of(line(3_000)),
        id in "[a-z0-9.-]{1,60}@[a-z]{1,20}\\.test",
        files in prop::collection::vec((line(300), prop::collection::vec(any::<u8>(), 0..400), any::<bool>()), 0..4),
    ) -> (Outgoing, Contents) {
        let (mut outgoing, mut contents) = (plain(&text.join("\n")), Contents::new());
        // An empty text is made from the HTML when it is read.
        if html.is_some() && outgoing.text.trim().is_empty() {
            outgoing.text = "text".to_owned();
        }
        let html = html.map(|html| format!("<p>{html}</p>"));
        (outgoing.from, outgoing.to, outgoing.cc, outgoing.subject) = (from, to, cc, subject);
        (outgoing.html, outgoing.message_id) = (html, id);
        for (at, (name, content, inline)) in files.into_iter().enumerate() {
            let id = format!("{at}@shop.test");
            attach(&mut outgoing, &mut contents, &format!("n{name}"), &content, Some(id.as_str()).filter(|_| inline));
        }
        (outgoing, contents)
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read((outgoing, contents) in outgoing()) {
        read_back(&outgoing, &contents);
    }
}
