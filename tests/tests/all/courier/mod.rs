//! The way out of a mailbox, counted at the receiving mailbox: against a real server for outgoing mail, and against one that drops the line,
//! refuses and falls silent at every point of the dialogue.

mod claims;
mod copies;
mod failing;
mod stage;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use model::outgoing::Outgoing;
use model::{Address, ProblemCode};
use remote::mail::compose;
use remote::mailbox::{Encryption, MailboxConfig, MailboxCourier, Secret, TokenSource};
use remote::{Courier, RemoteError, Retry};
use testkit::certificate::{Certificate, Flaw};
use testkit::dovecot::{Dovecot, PASSWORD};
use testkit::smtp_script::{Rules, ScriptedSmtp, Step};
use testkit::smtpd::{MOST_BYTES, Smtpd};
use zeroize::Zeroizing;

use stage::{
    AGENT, CUSTOMER, SUPPORT, Told, arrived, config, contents, courier_of, mail_to, password, read, scripted,
    send,
};

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
