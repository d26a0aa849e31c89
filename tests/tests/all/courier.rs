//! The way out of a mailbox, counted at the receiving mailbox: against a real server for outgoing mail, and against one that drops the line,
//! refuses and falls silent at every point of the dialogue.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use model::incoming::{Change, Flags, Incoming, KeptBlob, Place};
use model::outgoing::{Outgoing, OutgoingAttachment, OutgoingKind};
use model::{Address, BlobHash, Millis, Problem, ProblemCode};
use remote::mail::{Context, compose};
use remote::mailbox::{
    Encryption, Mailbox, MailboxConfig, MailboxCourier, Pace, Secret, SentCopies, Server, TokenSource,
};
use remote::{BlobSink, BlobWriter, Claim, Courier, Helpdesk, RemoteError, Retry, Threshold, Undelivered};
use testkit::blobs::CountingBlobs;
use testkit::certificate::{Certificate, Flaw};
use testkit::dovecot::{Dovecot, Manner, PASSWORD};
use testkit::imap_script::{ImapScript, Reply, polite};
use testkit::letter::letter;
use testkit::smtp_script::{Cut, Rules, ScriptedSmtp, Step};
use testkit::smtpd::{MOST_BYTES, Smtpd};
use zeroize::Zeroizing;

const AGENT: &str = "agent@desk.test";
const CUSTOMER: &str = "customer@desk.test";
const SUPPORT: &str = "support@desk.test";

fn now() -> Millis {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Millis(i64::try_from(since.as_millis()).unwrap())
}

fn password(password: &str) -> Secret {
    Secret::Password(password.to_owned().into())
}

fn config(dovecot: &Dovecot, smtp: u16, encryption: Encryption) -> MailboxConfig {
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

fn courier_of(config: MailboxConfig, secret: Secret) -> MailboxCourier {
    // A server that falls silent need not be waited for as long as on the internet.
    let silence = Duration::from_secs(5);
    let pace = Pace { answer: silence, verb: silence, verdict: silence, ..Pace::default() };
    MailboxCourier::new(config, secret, Arc::new(now)).with_pace(pace)
}

fn scripted(dovecot: &Dovecot, server: &ScriptedSmtp) -> MailboxCourier {
    courier_of(config(dovecot, server.port(), Encryption::None), password(PASSWORD))
}

/// Lets everything pass, and counts.
#[derive(Default)]
struct Open(AtomicUsize);

#[async_trait]
impl Threshold for Open {
    async fn cross(&self) -> Result<(), Problem> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

/// What became of a mail.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Sent,
    NotSent(ProblemCode),
    Unknown,
}

async fn send(courier: &dyn Courier, outgoing: &Outgoing) -> Told {
    let mail = compose(outgoing, &contents()).unwrap();
    match courier.deliver(outgoing, &mail, &Open::default()).await {
        Ok(()) => Told::Sent,
        Err(Undelivered::NotSent(error)) => Told::NotSent(error.problem.code),
        Err(Undelivered::Unknown(_)) => Told::Unknown,
    }
}

/// A mail of its own each time.
fn mail_to(people: &[&str]) -> Outgoing {
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

fn attachment(name: &str, media_type: &str, key: &str, content_id: Option<&str>) -> OutgoingAttachment {
    let hash = BlobHash(key.to_owned());
    let size = contents()[&hash].len() as i64;
    let (name, media_type) = (name.to_owned(), media_type.to_owned());
    OutgoingAttachment { name, media_type, size, content_id: content_id.map(str::to_owned), hash }
}

fn contents() -> BTreeMap<BlobHash, Vec<u8>> {
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

async fn read(raw: &[u8]) -> (Incoming, Vec<Vec<u8>>) {
    let (own, shelf) = (BTreeSet::new(), Shelf::default());
    let flags = Flags::default();
    let context = Context { own: &own, received_at: None, now: now(), identity: None, place: None, flags };
    let mail = remote::mail::read(raw, &context, &shelf).await.unwrap();
    let kept = shelf.0.lock().unwrap().clone();
    (mail, kept)
}

fn arrived(dovecot: &Dovecot, user: &str, outgoing: &Outgoing) -> usize {
    dovecot.count(user, None, &outgoing.message_id).unwrap()
}

// ---- what every way out must do, on the scripted server and on the real one ----

struct Ground<'a> {
    dovecot: &'a Dovecot,
    courier: MailboxCourier,
}

async fn everything_a_courier_must(ground: &Ground<'_>) {
    it_is_read_as_it_was_written(ground).await;
    blind_copies_are_blind_and_all_get_it_once(ground).await;
    the_copy_is_filed_once(ground).await;
    a_mail_that_is_too_large_reaches_nobody(ground).await;
    ground.courier.check_sending().await.unwrap();
}

async fn it_is_read_as_it_was_written(ground: &Ground<'_>) {
    let outgoing = mail_to(&[CUSTOMER]);
    assert_eq!(send(&ground.courier, &outgoing).await, Told::Sent);
    let line = format!("<{}>", outgoing.message_id);
    let mails = ground.dovecot.mails(CUSTOMER, None).unwrap();
    let mails: Vec<_> = mails.iter().filter(|mail| String::from_utf8_lossy(mail).contains(&line)).collect();
    assert_eq!(mails.len(), 1);
    let (read, kept) = read(mails[0]).await;
    assert_eq!((read.subject, read.from, read.to), (outgoing.subject, Some(outgoing.from), outgoing.to));
    assert_eq!(read.body.text.trim_end(), outgoing.text.trim_end());
    let html = read.body.html.map(|html| html.replace("\r\n", "\n").trim_end().to_owned());
    assert_eq!(html, outgoing.html);
    assert_eq!(
        (read.in_reply_to, read.references),
        (Vec::from_iter(outgoing.in_reply_to), outgoing.references)
    );
    let names: Vec<_> = read.attachments.iter().map(|one| one.name.clone()).collect();
    let wanted: Vec<_> = outgoing.attachments.iter().map(|one| one.name.clone()).collect();
    assert_eq!(names, wanted);
    let wanted: Vec<_> = outgoing.attachments.iter().map(|one| contents()[&one.hash].clone()).collect();
    assert_eq!(kept, wanted);
    let raw = String::from_utf8_lossy(mails[0]).into_owned();
    let machine = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let own_words = raw.split_once("\r\nDate:").map_or("", |(_, rest)| rest);
    assert!(machine.trim().len() < 4 || !own_words.contains(machine.trim()), "this machine's name is told");
}

async fn blind_copies_are_blind_and_all_get_it_once(ground: &Ground<'_>) {
    let mut outgoing = mail_to(&[CUSTOMER]);
    outgoing.cc = vec![Address::new("Customer again", "Customer@desk.test")];
    outgoing.bcc = vec![Address::new("", SUPPORT)];
    assert_eq!(send(&ground.courier, &outgoing).await, Told::Sent);
    assert_eq!(arrived(ground.dovecot, CUSTOMER, &outgoing), 1);
    assert_eq!(arrived(ground.dovecot, SUPPORT, &outgoing), 1);
    for user in [CUSTOMER, SUPPORT] {
        for mail in ground.dovecot.mails(user, None).unwrap() {
            assert!(!String::from_utf8_lossy(&mail).contains("\nBcc:"));
        }
    }
}

async fn the_copy_is_filed_once(ground: &Ground<'_>) {
    let mut outgoing = mail_to(&[CUSTOMER]);
    outgoing.bcc = vec![Address::new("", SUPPORT)];
    let mail = compose(&outgoing, &contents()).unwrap();
    for _ in 0..2 {
        ground.courier.file(&outgoing, &mail).await.unwrap();
    }
    let copies = ground.dovecot.mails(AGENT, Some("Sent")).unwrap();
    let line = format!("<{}>", outgoing.message_id);
    let copies: Vec<_> = copies.iter().filter(|copy| String::from_utf8_lossy(copy).contains(&line)).collect();
    assert_eq!(copies.len(), 1);
    assert_eq!(read(copies[0]).await.0.bcc, outgoing.bcc);
    let id = outgoing.message_id.as_str();
    let query = ["fetch", "-u", AGENT, "flags date.received", "mailbox", "Sent", "header", "message-id", id];
    let told = ground.dovecot.doveadm(&query).await.unwrap();
    assert!(told.contains(r"\Seen") && told.contains("2026-03-01"), "{told}");
    assert_eq!(arrived(ground.dovecot, CUSTOMER, &outgoing), 0, "filing sends nothing");
}

async fn a_mail_that_is_too_large_reaches_nobody(ground: &Ground<'_>) {
    let outgoing = Outgoing { text: "x".repeat(MOST_BYTES as usize + 1), ..mail_to(&[CUSTOMER]) };
    assert_eq!(send(&ground.courier, &outgoing).await, Told::NotSent(ProblemCode::MessageTooLarge));
    assert_eq!(arrived(ground.dovecot, CUSTOMER, &outgoing), 0);
}

#[tokio::test]
async fn a_real_server_takes_mail_over_tls_and_starttls() {
    let Some(real) = Smtpd::start().await.unwrap() else { return };
    let dovecot = &real.dovecot;
    for (port, encryption) in
        [(dovecot.submissions, Encryption::Tls), (dovecot.submission, Encryption::StartTls)]
    {
        let courier = courier_of(config(dovecot, port, encryption), password(PASSWORD));
        everything_a_courier_must(&Ground { dovecot, courier }).await;
    }
}

#[tokio::test]
async fn the_scripted_server_is_as_good_as_a_real_one() {
    let Some(dovecot) = Dovecot::start().await.unwrap() else { return };
    let server = ScriptedSmtp::start(Rules::into(&dovecot).size(MOST_BYTES)).await.unwrap();
    let courier = scripted(&dovecot, &server);
    everything_a_courier_must(&Ground { dovecot: &dovecot, courier }).await;
}

#[tokio::test]
async fn a_real_server_refuses_a_wrong_password_and_is_refused_with_a_wrong_certificate() {
    let Some(real) = Smtpd::start().await.unwrap() else { return };
    let dovecot = &real.dovecot;
    let good = config(dovecot, dovecot.submissions, Encryption::Tls);
    let wrong = courier_of(good.clone(), password("wrong"));
    let error = wrong.check_sending().await.unwrap_err();
    assert_eq!((error.problem.code, error.retry), (ProblemCode::PasswordRefused, Retry::Permanent));
    assert_eq!(send(&wrong, &mail_to(&[CUSTOMER])).await, Told::NotSent(ProblemCode::PasswordRefused));
    let stranger = MailboxConfig { extra_ca_pem: None, ..good.clone() };
    let error = courier_of(stranger, password(PASSWORD)).check_sending().await.unwrap_err();
    assert_eq!(error.problem.code, ProblemCode::CertificateRefused);
    let none = MailboxConfig { smtp: None, ..good };
    let error = courier_of(none, password(PASSWORD)).check_sending().await.unwrap_err();
    assert_eq!(error.problem.code, ProblemCode::SendingNotSetUp);
}

/// Gives a token that ran out, then a good one.
struct Tokens {
    old: String,
    new: String,
    asked: Mutex<Vec<bool>>,
}

#[async_trait]
impl TokenSource for Tokens {
    async fn access_token(&self, refresh: bool) -> Result<Zeroizing<String>, RemoteError> {
        self.asked.lock().unwrap().push(refresh);
        Ok(Zeroizing::new(if refresh { self.new.clone() } else { self.old.clone() }))
    }
}

#[tokio::test]
async fn a_token_that_ran_out_is_renewed_once_at_a_real_server() {
    let Some(real) = Smtpd::start().await.unwrap() else { return };
    let dovecot = &real.dovecot;
    let old = dovecot.token(AGENT, -60).await.unwrap();
    let new = dovecot.token(AGENT, 600).await.unwrap();
    let tokens = Arc::new(Tokens { old, new, asked: Mutex::default() });
    let courier =
        courier_of(config(dovecot, dovecot.submissions, Encryption::Tls), Secret::OAuth(tokens.clone()));
    let outgoing = mail_to(&[CUSTOMER]);
    assert_eq!(send(&courier, &outgoing).await, Told::Sent);
    assert_eq!(*tokens.asked.lock().unwrap(), [false, true]);
    assert_eq!(arrived(dovecot, CUSTOMER, &outgoing), 1);
}

#[tokio::test]
async fn a_starttls_server_that_does_not_encrypt_is_told_no_password() {
    let Some(dovecot) = Dovecot::start().await.unwrap() else { return };
    let certificate = Certificate::new(Flaw::Expired).unwrap().server_config().unwrap();
    for (rules, code) in [
        (Rules::into(&dovecot), ProblemCode::EncryptionRefused),
        (Rules::into(&dovecot).tls(certificate.clone(), false), ProblemCode::CertificateRefused),
        (
            Rules::into(&dovecot).tls(certificate, false).answering(Step::StartTls, "554 no"),
            ProblemCode::EncryptionRefused,
        ),
    ] {
        let server = ScriptedSmtp::start(rules).await.unwrap();
        let config = config(&dovecot, server.port(), Encryption::StartTls);
        let told = send(&courier_of(config, password(PASSWORD)), &mail_to(&[CUSTOMER])).await;
        assert_eq!(told, Told::NotSent(code));
        assert!(!server.heard().iter().any(|line| line.starts_with("AUTH")));
    }
}

// ---- the line drops ----

#[tokio::test]
async fn at_every_cut_the_truth_is_told_and_a_second_try_doubles_nothing() {
    let Some(dovecot) = Dovecot::start().await.unwrap() else { return };
    for cut in ScriptedSmtp::cuts() {
        let server = ScriptedSmtp::start(Rules::into(&dovecot).cutting(cut)).await.unwrap();
        let (courier, outgoing) = (scripted(&dovecot, &server), mail_to(&[CUSTOMER]));
        let told = send(&courier, &outgoing).await;
        let count = arrived(&dovecot, CUSTOMER, &outgoing);
        assert_eq!(count, usize::from(cut.stored()), "{cut:?}");
        match told {
            Told::Sent => assert!(cut.told(), "{cut:?}"),
            Told::Unknown => assert!(cut.unclear(), "{cut:?}"),
            Told::NotSent(code) => {
                assert!(!cut.stored() && cut != Cut::Unstored, "{cut:?}");
                assert_eq!(code, ProblemCode::LineDropped, "{cut:?}");
                assert_eq!(send(&courier, &outgoing).await, Told::Sent, "{cut:?}");
                assert_eq!(arrived(&dovecot, CUSTOMER, &outgoing), 1, "{cut:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_line_that_drops_in_the_middle_of_a_long_mail_sent_nothing() {
    let Some(dovecot) = Dovecot::start().await.unwrap() else { return };
    let server = ScriptedSmtp::start(Rules::into(&dovecot).cutting(Cut::InContent)).await.unwrap();
    let courier = scripted(&dovecot, &server);
    // More than the buffers of a loopback line hold.
    let outgoing = Outgoing { text: "a line of this text\n".repeat(1 << 20), ..mail_to(&[CUSTOMER]) };
    assert_eq!(send(&courier, &outgoing).await, Told::NotSent(ProblemCode::LineDropped));
    assert_eq!(arrived(&dovecot, CUSTOMER, &outgoing), 0);
    assert_eq!(send(&courier, &outgoing).await, Told::Sent);
    assert_eq!(arrived(&dovecot, CUSTOMER, &outgoing), 1);
}

#[tokio::test]
async fn the_threshold_is_crossed_once_and_before_the_content() {
    let Some(dovecot) = Dovecot::start().await.unwrap() else { return };
    for (cut, crossings) in [(Cut::Before(Step::Data), 0), (Cut::Unstored, 1), (Cut::Stored, 1)] {
        let server = ScriptedSmtp::start(Rules::into(&dovecot).cutting(cut)).await.unwrap();
        let (courier, outgoing, door) = (scripted(&dovecot, &server), mail_to(&[CUSTOMER]), Open::default());
        let mail = compose(&outgoing, &contents()).unwrap();
        courier.deliver(&outgoing, &mail, &door).await.unwrap_err();
        assert_eq!(door.0.load(Ordering::SeqCst), crossings, "{cut:?}");
    }
}

#[tokio::test]
async fn a_call_that_is_dropped_while_the_server_is_silent_delivers_at_most_once() {
    let Some(dovecot) = Dovecot::start().await.unwrap() else { return };
    for (at, wanted) in [(Cut::Before(Step::Data), 0), (Cut::Unstored, 0), (Cut::Stored, 1)] {
        let server = ScriptedSmtp::start(Rules::into(&dovecot).hanging(at)).await.unwrap();
        let (courier, outgoing) = (scripted(&dovecot, &server), mail_to(&[CUSTOMER]));
        tokio::select! {
            told = send(&courier, &outgoing) => panic!("{told:?}"),
            () = server.hangs() => {}
        }
        assert_eq!(arrived(&dovecot, CUSTOMER, &outgoing), wanted, "{at:?}");
    }
}

// ---- the server refuses ----

#[tokio::test]
async fn one_refused_recipient_of_three_keeps_it_from_all() {
    let Some(dovecot) = Dovecot::start().await.unwrap() else { return };
    let rules = Rules::into(&dovecot).answering(Step::Rcpt, "550 5.1.1 Nobody here").only_to(SUPPORT);
    let server = ScriptedSmtp::start(rules).await.unwrap();
    let outgoing = mail_to(&[CUSTOMER, SUPPORT, "third@desk.test"]);
    let mail = compose(&outgoing, &contents()).unwrap();
    let result = scripted(&dovecot, &server).deliver(&outgoing, &mail, &Open::default()).await;
    let Err(Undelivered::NotSent(error)) = result else { panic!("{result:?}") };
    assert_eq!((error.problem.code, error.retry), (ProblemCode::RecipientsRefused, Retry::Permanent));
    assert_eq!(error.problem.params["recipients"], SUPPORT);
    assert!(error.problem.cause.unwrap().contains("Nobody here"));
    for user in [CUSTOMER, SUPPORT, "third@desk.test"] {
        assert_eq!(arrived(&dovecot, user, &outgoing), 0);
    }
}

#[tokio::test]
async fn greylisting_passes() {
    let Some(dovecot) = Dovecot::start().await.unwrap() else { return };
    let rules = Rules::into(&dovecot).answering(Step::Rcpt, "451 4.7.1 Come again later").once();
    let server = ScriptedSmtp::start(rules).await.unwrap();
    let (courier, outgoing) = (scripted(&dovecot, &server), mail_to(&[CUSTOMER]));
    assert_eq!(send(&courier, &outgoing).await, Told::NotSent(ProblemCode::DeliveryDeferred));
    assert_eq!(send(&courier, &outgoing).await, Told::Sent);
    assert_eq!(arrived(&dovecot, CUSTOMER, &outgoing), 1);
}

#[tokio::test]
async fn a_server_that_leaves_is_busy() {
    let Some(dovecot) = Dovecot::start().await.unwrap() else { return };
    for step in [Step::Greeting, Step::Ehlo, Step::Auth, Step::Mail, Step::Rcpt, Step::Data, Step::Content] {
        let rules = Rules::into(&dovecot).answering(step, "421 4.3.2 Closing");
        let server = ScriptedSmtp::start(rules).await.unwrap();
        let outgoing = mail_to(&[CUSTOMER]);
        let told = send(&scripted(&dovecot, &server), &outgoing).await;
        assert_eq!(told, Told::NotSent(ProblemCode::ServerBusy), "{step:?}");
        assert_eq!(arrived(&dovecot, CUSTOMER, &outgoing), 0, "{step:?}");
    }
}

// ---- the copy ----

#[tokio::test]
async fn without_a_folder_for_sent_mail_one_is_made() {
    let manner = Manner { extra: "namespace inbox {\n mailbox Sent {\n  auto = no\n }\n}" };
    let Some(dovecot) = Dovecot::start_with(manner).await.unwrap() else { return };
    let courier = courier_of(config(&dovecot, 1, Encryption::Tls), password(PASSWORD));
    let outgoing = mail_to(&[CUSTOMER]);
    let mail = compose(&outgoing, &contents()).unwrap();
    courier.file(&outgoing, &mail).await.unwrap();
    assert_eq!(dovecot.count(AGENT, Some("Sent"), &outgoing.message_id).unwrap(), 1);
}

/// A server with one special answer, and what it was told.
async fn filing_at(
    capability: &'static str,
    sent_copies: SentCopies,
    odd: fn(&str) -> Option<Reply>,
) -> (Result<(), RemoteError>, Vec<String>) {
    let heard = Arc::<Mutex<Vec<String>>>::default();
    let told = heard.clone();
    let server = ImapScript::plain(move |_, line| {
        told.lock().unwrap().push(line.chars().take(60).collect());
        match line {
            "CAPABILITY" => Reply::ok(&format!("* CAPABILITY IMAP4rev1 {capability}\r\n")),
            line if line.starts_with("UID SEARCH") => Reply::ok("* SEARCH\r\n"),
            line if line.starts_with("LIST") => {
                Reply::ok("* LIST (\\Sent) \"/\" Sent\r\n* LIST () \"/\" INBOX\r\n")
            }
            line => odd(line).unwrap_or_else(|| polite(line, b"")),
        }
    })
    .await
    .unwrap();
    let imap =
        Server { host: "127.0.0.1".to_owned(), port: server.address.port(), encryption: Encryption::None };
    let config = MailboxConfig {
        imap,
        user: AGENT.to_owned(),
        own: vec![AGENT.to_owned()],
        folders: Vec::new(),
        smtp: None,
        sent_copies,
        extra_ca_pem: None,
    };
    let outgoing = Outgoing { attachments: Vec::new(), ..mail_to(&[CUSTOMER]) };
    let mail = compose(&outgoing, &contents()).unwrap();
    let filed = courier_of(config, password(PASSWORD)).file(&outgoing, &mail).await;
    let heard = heard.lock().unwrap().clone();
    (filed, heard)
}

#[tokio::test]
async fn where_the_server_files_by_itself_nothing_is_put_beside() {
    let (filed, heard) = filing_at("X-GM-EXT-1", SentCopies::Auto, |_| None).await;
    filed.unwrap();
    assert!(!heard.iter().any(|line| line.starts_with("APPEND")));
    let (filed, heard) = filing_at("", SentCopies::Never, |_| None).await;
    filed.unwrap();
    assert!(heard.is_empty());
}

#[tokio::test]
async fn a_full_mailbox_keeps_no_copy_and_says_so() {
    let full = |line: &str| {
        line.starts_with("APPEND").then(|| Reply::Say("{tag} NO [OVERQUOTA] Full\r\n".to_owned()))
    };
    let (filed, _) = filing_at("X-GM-EXT-1", SentCopies::Always, full).await;
    let error = filed.unwrap_err();
    assert_eq!((error.problem.code, error.retry), (ProblemCode::CopyNotFiled, Retry::Permanent));
}

// ---- who answers by itself ----

async fn place_of(dovecot: &Dovecot, subject: &str) -> Place {
    let config = config(dovecot, 1, Encryption::Tls);
    let desk = Mailbox::new(config, password(PASSWORD), Arc::new(now));
    let (mut cursor, blobs) = (None, CountingBlobs::default());
    loop {
        let page = desk.pull(cursor.as_ref(), &blobs).await.unwrap();
        for change in page.changes {
            if let Change::Message(mail) = change
                && mail.subject == subject
            {
                return mail.place.unwrap();
            }
        }
        assert!(page.more, "{subject} did not arrive");
        cursor = Some(page.cursor);
    }
}

#[tokio::test]
async fn of_two_desks_exactly_one_acknowledges_a_mail() {
    let Some(dovecot) = Dovecot::start().await.unwrap() else { return };
    let desk = || courier_of(config(&dovecot, 1, Encryption::Tls), password(PASSWORD));
    let desks = [desk(), desk(), desk()];
    for round in 0..5 {
        let subject = format!("round {round}");
        dovecot.deliver(AGENT, &letter(&subject)).await.unwrap();
        let place = place_of(&dovecot, &subject).await;
        let (a, b, c) = tokio::join!(desks[0].claim(&place), desks[1].claim(&place), desks[2].claim(&place));
        let won = [a, b, c].into_iter().filter(|claim| *claim.as_ref().unwrap() == Claim::Won).count();
        assert_eq!(won, 1, "round {round}");
        assert_eq!(desks[0].claim(&place).await.unwrap(), Claim::Lost);
    }
}

#[tokio::test]
async fn a_mail_that_is_read_meanwhile_can_still_be_claimed_and_one_that_is_gone_can_not() {
    let Some(dovecot) = Dovecot::start().await.unwrap() else { return };
    let desk = courier_of(config(&dovecot, 1, Encryption::Tls), password(PASSWORD));
    for subject in ["read", "gone"] {
        dovecot.deliver(AGENT, &letter(subject)).await.unwrap();
    }
    let read = place_of(&dovecot, "read").await;
    let by_subject = |subject| ["mailbox", "INBOX", "header", "subject", subject];
    let seen = [&["flags", "add", "-u", AGENT, r"\Seen"][..], &by_subject("read")].concat();
    dovecot.doveadm(&seen).await.unwrap();
    assert_eq!(desk.claim(&read).await.unwrap(), Claim::Won);
    let gone = place_of(&dovecot, "gone").await;
    dovecot.doveadm(&[&["expunge", "-u", AGENT][..], &by_subject("gone")].concat()).await.unwrap();
    assert_eq!(desk.claim(&gone).await.unwrap(), Claim::Lost);
    let renumbered = Place { uid_validity: read.uid_validity + 1, ..read.clone() };
    assert_eq!(desk.claim(&renumbered).await.unwrap(), Claim::Lost);
    let elsewhere = Place { folder: "Nowhere".to_owned(), ..read };
    assert_eq!(desk.claim(&elsewhere).await.unwrap(), Claim::Lost);
}

#[tokio::test]
async fn a_server_that_does_not_count_changes_can_not_tell() {
    let manner = Manner { extra: "imap_capability = IMAP4rev1 LITERAL+ ID ENABLE IDLE AUTH=PLAIN" };
    let Some(dovecot) = Dovecot::start_with(manner).await.unwrap() else { return };
    let desk = courier_of(config(&dovecot, 1, Encryption::Tls), password(PASSWORD));
    dovecot.deliver(AGENT, &letter("one")).await.unwrap();
    let place = place_of(&dovecot, "one").await;
    assert_eq!(desk.claim(&place).await.unwrap(), Claim::CannotTell);
}

/// A server on which the first mark meets a change, after which the mail has these flags.
async fn meeting(after: &'static str) -> (Claim, usize) {
    let stores = Arc::new(AtomicUsize::new(0));
    let counted = stores.clone();
    let server = ImapScript::plain(move |_, line| match line {
        "CAPABILITY" => Reply::ok("* CAPABILITY IMAP4rev1 CONDSTORE\r\n"),
        line if line.starts_with("SELECT") => Reply::Say(
            "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] fine\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] fine\r\n\
             * OK [HIGHESTMODSEQ 9] fine\r\n{tag} OK [READ-WRITE] done\r\n"
                .to_owned(),
        ),
        line if line.starts_with("UID FETCH") => {
            let flags = if counted.load(Ordering::SeqCst) == 0 { "" } else { after };
            Reply::ok(&format!("* 1 FETCH (UID 1 FLAGS ({flags}) MODSEQ (5))\r\n"))
        }
        line if line.starts_with("UID STORE") => match counted.fetch_add(1, Ordering::SeqCst) {
            0 => Reply::Say("{tag} OK [MODIFIED 1] changed meanwhile\r\n".to_owned()),
            _ => Reply::ok(""),
        },
        line => polite(line, b""),
    })
    .await
    .unwrap();
    let imap =
        Server { host: "127.0.0.1".to_owned(), port: server.address.port(), encryption: Encryption::None };
    let config = MailboxConfig {
        imap,
        user: AGENT.to_owned(),
        own: Vec::new(),
        folders: Vec::new(),
        smtp: None,
        sent_copies: SentCopies::Auto,
        extra_ca_pem: None,
    };
    let place = Place { folder: "INBOX".to_owned(), uid_validity: 7, uid: 1 };
    let claim = courier_of(config, password(PASSWORD)).claim(&place).await.unwrap();
    (claim, stores.load(Ordering::SeqCst))
}

#[tokio::test]
async fn a_mark_that_met_a_change_looks_again() {
    assert_eq!(meeting(r"\Seen").await, (Claim::Won, 2));
    assert_eq!(meeting("$ForedeckAcked").await, (Claim::Lost, 1));
}
