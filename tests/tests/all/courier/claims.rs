//! Which of several desks answers a mail by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use model::incoming::{Change, Place};
use remote::mailbox::{Encryption, Mailbox, MailboxConfig, SentCopies, Server};
use remote::{Claim, Courier, Helpdesk};
use testkit::blobs::CountingBlobs;
use testkit::dovecot::{Dovecot, Manner, PASSWORD};
use testkit::imap_script::{ImapScript, Reply, polite};
use testkit::letter::letter;

use super::stage::{AGENT, config, courier_of, now, password};

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
