//! The same messages as bytes of mail.

use super::*;

/// Message `k` read back from its bytes by the real reader of mail.
fn read_back(sample: &Sample, message: &Incoming, k: u64) -> Incoming {
    let own = Sample::own_addresses().iter().map(|address| (*address).to_owned()).collect();
    let context = remote::mail::Context {
        own: &own,
        received_at: Some(message.received_at),
        now: NOW,
        identity: Some(message.identity.clone()),
        place: None,
        flags: message.flags,
    };
    let raw = sample.raw(k).unwrap();
    block_on(remote::mail::read(&raw, &context, &Shelf::default())).unwrap()
}

/// What may differ: line ends and space at the end of a text.
fn comparable(mut message: Incoming) -> Incoming {
    for file in &mut message.attachments {
        file.kept = None;
    }
    let html = message.body.html.take();
    message.body.html = html.map(|html| html.trim_end().replace("\r\n", "\n"));
    message.body.text = message.body.text.trim_end().replace("\r\n", "\n");
    message
}

#[test]
fn mail_read_back_from_its_bytes_is_the_same_message() {
    let sample = sample(config(500));
    let mut automatic = BTreeSet::new();
    for k in 0..sample.messages() {
        let message = sample.message(k).unwrap();
        automatic
            .extend(message.automatic.as_ref().map(|automatic| format!("{automatic:?}")[..4].to_owned()));
        let back = read_back(&sample, &message, k);
        assert_eq!(
            comparable(back),
            comparable(message),
            "message {k}:\n{}",
            String::from_utf8_lossy(&sample.raw(k).unwrap())
        );
    }
    assert_eq!(automatic.len(), 3, "replies, lists and bounces: {automatic:?}");
}

#[test]
fn mail_is_sent_in_the_charsets_and_encodings_people_have() {
    let sample = sample(config(200));
    let raws: Vec<String> = (0..sample.messages())
        .map(|k| String::from_utf8(sample.raw(k).unwrap()).expect("seven-bit mail"))
        .collect();
    let with = |mark: &str| raws.iter().filter(|raw| raw.contains(mark)).count();
    let marks = [
        "charset=\"gb18030\"",
        "charset=\"utf-8\"",
        "quoted-printable",
        "Content-Transfer-Encoding: base64",
        "=?gb18030?B?",
        "multipart/alternative",
        "multipart/mixed",
    ];
    for mark in marks {
        assert!(with(mark) > 10, "{mark}: {}", with(mark));
    }
    assert!(raws.iter().all(|raw| !raw.replace("\r\n", "").contains('\n')), "every line ends in CRLF");
    assert_eq!(raws[7], String::from_utf8(sample.raw(7).unwrap()).unwrap(), "always the same bytes");
}
