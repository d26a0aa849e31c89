//! Couriers, mails to send, and a look at what arrived.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use model::incoming::{Flags, Incoming, KeptBlob};
use model::outgoing::{Outgoing, OutgoingAttachment, OutgoingKind};
use model::{Address, BlobHash, Millis, Problem, ProblemCode};
use remote::mail::{Context, compose};
use remote::mailbox::{Encryption, MailboxConfig, MailboxCourier, Pace, Secret, SentCopies, Server};
use remote::{BlobSink, BlobWriter, Courier, Threshold, Undelivered};
use testkit::dovecot::{Dovecot, PASSWORD};
use testkit::smtp_script::ScriptedSmtp;

pub(super) const AGENT: &str = "agent@desk.test";
pub(super) const CUSTOMER: &str = "customer@desk.test";
pub(super) const SUPPORT: &str = "support@desk.test";

pub(super) fn now() -> Millis {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Millis(i64::try_from(since.as_millis()).unwrap())
}

pub(super) fn password(password: &str) -> Secret {
    Secret::Password(password.to_owned().into())
}

pub(super) fn config(dovecot: &Dovecot, smtp: u16, encryption: Encryption) -> MailboxConfig {
    let server = |port, encryption| Server { host: "localhost".to_owned(), port, encryption };
    MailboxConfig {
        imap: server(dovecot.imaps, Encryption::Tls),
        user: AGENT.to_owned(),
        own: vec![AGENT.to_owned()],
        folders: Vec::new(),
        smtp: Some(server(smtp, encryption)),
        sent_copies: SentCopies::Auto,
        extra_ca_pem: Some(dovecot.authority.clone()),
    }
}

pub(super) fn courier_of(config: MailboxConfig, secret: Secret) -> MailboxCourier {
    // A server that falls silent need not be waited for as long as on the internet.
    let silence = Duration::from_secs(5);
    let pace = Pace { answer: silence, verb: silence, verdict: silence, ..Pace::default() };
    MailboxCourier::new(config, secret, Arc::new(now)).with_pace(pace)
}

pub(super) fn scripted(dovecot: &Dovecot, server: &ScriptedSmtp) -> MailboxCourier {
    courier_of(config(dovecot, server.port(), Encryption::None), password(PASSWORD))
}

/// Lets everything pass, and counts.
#[derive(Default)]
pub(super) struct Open(pub(super) AtomicUsize);

#[async_trait]
impl Threshold for Open {
    async fn cross(&self) -> Result<(), Problem> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

/// What became of a mail.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    Sent,
    NotSent(ProblemCode),
    Unknown,
}

pub(super) async fn send(courier: &dyn Courier, outgoing: &Outgoing) -> Told {
    let mail = compose(outgoing, &contents()).unwrap();
    match courier.deliver(outgoing, &mail, &Open::default()).await {
        Ok(()) => Told::Sent,
        Err(Undelivered::NotSent(error)) => Told::NotSent(error.problem.code),
        Err(Undelivered::Unknown(_)) => Told::Unknown,
    }
}

/// A mail of its own each time.
pub(super) fn mail_to(people: &[&str]) -> Outgoing {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    Outgoing {
        kind: OutgoingKind::Reply,
        message_id: format!("reply-{number}@desk.test"),
        at_ms: Millis(1_772_366_400_000),
        from: Address::new("小店客服 “Care”", AGENT),
        to: people.iter().map(|email| Address::new("Ada Lovelace, née Byron", email)).collect(),
        cc: Vec::new(),
        bcc: Vec::new(),
        subject:
            "回复：您的订单 😀 — Re: your order, which did not arrive although the tracking says that it did"
                .to_owned(),
        in_reply_to: Some("question@customer.test".to_owned()),
        references: vec!["first@customer.test".to_owned(), "question@customer.test".to_owned()],
        text: "您好！\n\n退款已经办好。\n.\n..two dots\nFrom the desk\n".to_owned(),
        html: Some("<p>您好！<img src=\"cid:p1@desk.test\"></p>\n.\n<p>退款已经办好。</p>".to_owned()),
        attachments: vec![
            attachment("图片.png", "image/png", "picture", Some("p1@desk.test")),
            attachment(
                "退货与换货明细表（二〇二六年第三季度，最终版，含全部附件与说明）.pdf",
                "application/pdf",
                "file",
                None,
            ),
        ],
    }
}

pub(super) fn attachment(
    name: &str,
    media_type: &str,
    key: &str,
    content_id: Option<&str>,
) -> OutgoingAttachment {
    let hash = BlobHash(key.to_owned());
    let size = contents()[&hash].len() as i64;
    let (name, media_type) = (name.to_owned(), media_type.to_owned());
    OutgoingAttachment { name, media_type, size, content_id: content_id.map(str::to_owned), hash }
}

pub(super) fn contents() -> BTreeMap<BlobHash, Vec<u8>> {
    let all_bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    BTreeMap::from([
        (BlobHash("picture".to_owned()), b"\x89PNG\r\n\x1a\n\n.\n".to_vec()),
        (BlobHash("file".to_owned()), all_bytes),
    ])
}

#[derive(Default)]
struct Shelf(Arc<Mutex<Vec<Vec<u8>>>>);

struct Writer(Vec<u8>, Arc<Mutex<Vec<Vec<u8>>>>);

#[async_trait]
impl BlobSink for Shelf {
    async fn begin(&self) -> io::Result<Box<dyn BlobWriter>> {
        Ok(Box::new(Writer(Vec::new(), self.0.clone())))
    }
}

#[async_trait]
impl BlobWriter for Writer {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> io::Result<KeptBlob> {
        let size = self.0.len() as u64;
        self.1.lock().unwrap().push(self.0);
        Ok(KeptBlob { hash: BlobHash("kept".to_owned()), size })
    }
}

pub(super) async fn read(raw: &[u8]) -> (Incoming, Vec<Vec<u8>>) {
    let (own, shelf) = (BTreeSet::new(), Shelf::default());
    let flags = Flags::default();
    let context = Context { own: &own, received_at: None, now: now(), identity: None, place: None, flags };
    let mail = remote::mail::read(raw, &context, &shelf).await.unwrap();
    let kept = shelf.0.lock().unwrap().clone();
    (mail, kept)
}

pub(super) fn arrived(dovecot: &Dovecot, user: &str, outgoing: &Outgoing) -> usize {
    dovecot.count(user, None, &outgoing.message_id).unwrap()
}
