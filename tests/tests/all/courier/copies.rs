//! The copy in the folder of sent mail.

use std::sync::{Arc, Mutex};

use model::ProblemCode;
use model::outgoing::Outgoing;
use remote::mail::compose;
use remote::mailbox::{Encryption, MailboxConfig, SentCopies, Server};
use remote::{Courier, RemoteError, Retry};
use testkit::dovecot::{Dovecot, Manner, PASSWORD};
use testkit::imap_script::{ImapScript, Reply, polite};

use super::stage::{AGENT, CUSTOMER, config, contents, courier_of, mail_to, password};

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
