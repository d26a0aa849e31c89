//! The mailbox adapter against a real Dovecot and against servers that misbehave.

mod signing_in;
mod trouble;

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use model::incoming::{Change, Flags};
use model::{Defect, Millis, ProblemCode};
use remote::mailbox::{Encryption, Mailbox, MailboxConfig, Pace, Secret, Server, TokenSource};
use remote::{Helpdesk, RemoteError, Retry, Wake};
use testkit::blobs::CountingBlobs;
use testkit::certificate::{Certificate, Flaw};
use testkit::conformance::{Mirror, Outside, SENTENCES, subjects};
use testkit::dovecot::{Dovecot, Manner, PASSWORD};
use testkit::imap_script::{ImapScript, Reply, polite};
use testkit::letter::{heavy_letter, letter};

const USER: &str = "agent@desk.test";

fn wall_clock() -> Arc<dyn Fn() -> Millis + Send + Sync> {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        Millis(i64::try_from(since.as_millis()).unwrap())
    })
}

fn config(port: u16, encryption: Encryption, authority: &str) -> MailboxConfig {
    MailboxConfig {
        imap: Server { host: "localhost".to_owned(), port, encryption },
        user: USER.to_owned(),
        own: vec![USER.to_owned(), "Desk@desk.test".to_owned()],
        folders: Vec::new(),
        smtp: None,
        sent_copies: Default::default(),
        extra_ca_pem: Some(authority.to_owned()).filter(|pem| !pem.is_empty()),
    }
}

fn password(password: &str) -> Secret {
    Secret::Password(password.to_owned().into())
}

/// Looks at the folders at every pull, so that a test need not wait.
fn eager() -> Pace {
    Pace { look: Duration::ZERO, flags: Duration::ZERO, ..Pace::default() }
}

fn mailbox(dovecot: &Dovecot) -> Mailbox {
    let config = config(dovecot.imaps, Encryption::Tls, &dovecot.authority);
    Mailbox::new(config, password(PASSWORD), wall_clock()).with_pace(eager())
}

async fn dovecot() -> Option<Dovecot> {
    Dovecot::start().await.unwrap()
}

async fn scripted(
    script: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
    encryption: Encryption,
) -> (ImapScript, Mailbox) {
    let server = ImapScript::plain(script).await.unwrap();
    let pace = Pace { connect: Duration::from_secs(5), answer: Duration::from_millis(500), ..eager() };
    let config = config(server.address.port(), encryption, "");
    let desk = Mailbox::new(config, password("word"), wall_clock()).with_pace(pace);
    (server, desk)
}

async fn first_error(script: impl Fn(usize, &str) -> Reply + Send + Sync + 'static) -> RemoteError {
    let (_server, desk) = scripted(script, Encryption::None).await;
    desk.pull(None, &CountingBlobs::default()).await.unwrap_err()
}

struct OutsideDovecot(Dovecot);

#[async_trait]
impl Outside for OutsideDovecot {
    fn helpdesk(&self) -> Box<dyn Helpdesk> {
        Box::new(mailbox(&self.0))
    }

    async fn history(&self, count: usize) {
        let mails = (1..=count).map(|number| letter(&format!("history {number}")));
        self.0.seed(USER, None, mails).unwrap();
    }

    async fn arrive(&self, subject: &str) {
        self.0.deliver(USER, &letter(subject)).await.unwrap();
    }

    async fn delete(&self, subject: &str) {
        let command = ["expunge", "-u", USER, "mailbox", "INBOX", "header", "subject", subject];
        self.0.doveadm(&command).await.unwrap();
    }

    async fn mark_seen(&self, subject: &str) {
        let command =
            ["flags", "add", "-u", USER, r"\Seen", "mailbox", "INBOX", "header", "subject", subject];
        self.0.doveadm(&command).await.unwrap();
    }
}

#[tokio::test]
async fn a_mailbox_does_what_every_source_must() {
    for (sentence, told) in SENTENCES {
        let Some(dovecot) = dovecot().await else { return };
        let began = Instant::now();
        told(&OutsideDovecot(dovecot)).await;
        println!("{sentence}: {} ms", began.elapsed().as_millis());
    }
}

#[tokio::test]
async fn a_mailbox_without_condstore_and_esearch_does_the_same() {
    let manner = Manner { extra: "imap_capability = IMAP4rev1 LITERAL+ ID ENABLE IDLE AUTH=PLAIN" };
    for (sentence, told) in SENTENCES {
        let Some(dovecot) = Dovecot::start_with(manner).await.unwrap() else { return };
        let began = Instant::now();
        told(&OutsideDovecot(dovecot)).await;
        println!("{sentence}: {} ms", began.elapsed().as_millis());
    }
}

#[tokio::test]
async fn a_check_counts_what_is_there() {
    let Some(dovecot) = dovecot().await else { return };
    dovecot.seed(USER, None, (0..3).map(|number| letter(&format!("{number}")))).unwrap();
    dovecot.seed(USER, Some("Sent"), (0..2).map(|number| letter(&format!("sent {number}")))).unwrap();
    let checked = mailbox(&dovecot).check().await.unwrap();
    assert_eq!((checked.folders, checked.messages, checked.pushes), (2, 5, true));
}

#[tokio::test]
async fn idle_hears_a_delivery_within_a_second() {
    let Some(dovecot) = dovecot().await else { return };
    let (desk, mut mirror) = (mailbox(&dovecot), Mirror::default());
    mirror.follow(&desk).await;
    for round in 0..3 {
        let deliver = async {
            dovecot.deliver(USER, &letter(&format!("round {round}"))).await.unwrap();
            Instant::now()
        };
        let wait = async { (desk.wait(Duration::from_secs(30)).await.unwrap(), Instant::now()) };
        let ((wake, woken), delivered) = tokio::join!(wait, deliver);
        assert_eq!(wake, Wake::Pushed);
        assert!(woken.saturating_duration_since(delivered) < Duration::from_secs(1));
        mirror.follow(&desk).await;
    }
    assert_eq!(mirror.subjects(), ["round 0", "round 1", "round 2"]);
}

#[tokio::test]
async fn idle_is_renewed_and_outlives_its_patience() {
    let Some(dovecot) = dovecot().await else { return };
    let pace = Pace { renew: Duration::from_millis(50), ..eager() };
    let (desk, mut mirror) = (mailbox(&dovecot).with_pace(pace), Mirror::default());
    mirror.follow(&desk).await;
    assert_eq!(desk.wait(Duration::from_millis(300)).await.unwrap(), Wake::Elapsed);
    let (wake, ()) = tokio::join!(desk.wait(Duration::from_secs(30)), async {
        dovecot.deliver(USER, &letter("late")).await.unwrap();
    });
    assert_eq!(wake.unwrap(), Wake::Pushed);
    mirror.follow(&desk).await;
    assert_eq!(mirror.subjects(), ["late"]);
}

#[tokio::test]
async fn a_moved_mail_keeps_its_identity_and_changes_its_place() {
    let Some(dovecot) = dovecot().await else { return };
    let desk = mailbox(&dovecot);
    let mut mirror = Mirror::default();
    dovecot.deliver(USER, &letter("moving")).await.unwrap();
    mirror.follow(&desk).await;
    dovecot.doveadm(&["move", "-u", USER, "Sent", "mailbox", "INBOX", "all"]).await.unwrap();
    mirror.follow(&desk).await;
    assert_eq!((mirror.messages.len(), mirror.reported), (1, 2));
    let places: Vec<&str> = mirror.places.keys().map(|place| place.folder.as_str()).collect();
    assert_eq!(places, ["Sent"]);
}

#[tokio::test]
async fn a_renumbered_folder_is_reported_again_and_swept() {
    let Some(dovecot) = dovecot().await else { return };
    dovecot.seed(USER, None, (1..=300).map(|number| letter(&format!("mail {number}")))).unwrap();
    let (desk, mut mirror) = (mailbox(&dovecot), Mirror::default());
    mirror.follow(&desk).await;
    let before: Vec<u32> = mirror.places.keys().map(|place| place.uid_validity).collect();
    dovecot.doveadm(&["mailbox", "update", "-u", USER, "--uid-validity", "4242", "INBOX"]).await.unwrap();
    let page = mirror.pull(&desk).await;
    assert!(
        matches!(page.changes.first(), Some(Change::Renumbered { folder, uid_validity: 4242 }) if folder == "INBOX")
    );
    mirror.take(page);
    mirror.follow(&desk).await;
    assert_eq!((before.len(), mirror.places.len(), mirror.messages.len()), (300, 300, 300));
    assert!(mirror.places.keys().all(|place| place.uid_validity == 4242));
}

#[tokio::test]
async fn a_folder_made_anew_holds_only_what_is_in_it_now() {
    let Some(dovecot) = dovecot().await else { return };
    dovecot.seed(USER, Some("Sent"), (1..=5).map(|number| letter(&format!("old {number}")))).unwrap();
    let (desk, mut mirror) = (mailbox(&dovecot), Mirror::default());
    mirror.follow(&desk).await;
    dovecot.doveadm(&["mailbox", "delete", "-u", USER, "Sent"]).await.unwrap();
    desk.disconnect().await;
    mirror.follow(&desk).await;
    dovecot.doveadm(&["mailbox", "update", "-u", USER, "--uid-validity", "4242", "Sent"]).await.unwrap();
    dovecot.seed(USER, Some("Sent"), std::iter::once(letter("fresh"))).unwrap();
    mirror.follow(&desk).await;
    assert_eq!(mirror.subjects(), ["fresh"]);
}

#[tokio::test]
async fn what_the_mailbox_itself_wrote_is_outbound() {
    let Some(dovecot) = dovecot().await else { return };
    let answer = String::from_utf8(letter("answer")).unwrap().replace("ada@customer.test", "DESK@desk.test");
    dovecot.seed(USER, Some("Sent"), std::iter::once(answer.into_bytes())).unwrap();
    let mut mirror = Mirror::default();
    mirror.follow(&mailbox(&dovecot)).await;
    let directions: Vec<_> = mirror.messages.values().map(|incoming| incoming.direction).collect();
    assert_eq!(directions, [model::Direction::Outbound]);
}

#[tokio::test]
async fn a_look_sees_what_came_a_moment_ago_in_the_middle_of_the_history() {
    let Some(dovecot) = dovecot().await else { return };
    dovecot.seed(USER, None, (0..900).map(|number| letter(&format!("old {number}")))).unwrap();
    let pace = Pace { look: Duration::from_secs(3_600), ..Pace::default() };
    let desk = mailbox(&dovecot).with_pace(pace);
    let mut mirror = Mirror::default();
    mirror.take(mirror.pull(&desk).await);
    dovecot.deliver(USER, &letter("just now")).await.unwrap();
    let unaware = mirror.pull(&desk).await;
    assert!(unaware.more && !subjects(&unaware).contains(&"just now".to_owned()), "it looks once an hour");
    mirror.take(unaware);
    desk.look_anew();
    let page = mirror.pull(&desk).await;
    assert_eq!(subjects(&page).first().map(String::as_str), Some("just now"));
    assert!(page.fresh && page.more);
}

#[tokio::test]
async fn reading_changes_nothing_at_the_server() {
    let Some(dovecot) = dovecot().await else { return };
    dovecot.seed(USER, None, [letter("small"), heavy_letter("large", 2_000_000)].into_iter()).unwrap();
    let mut mirror = Mirror::default();
    mirror.follow(&mailbox(&dovecot)).await;
    let flags = dovecot.doveadm(&["fetch", "-u", USER, "flags", "mailbox", "INBOX", "all"]).await.unwrap();
    assert!(!flags.contains("Seen"), "{flags}");
    assert!(mirror.places.values().all(|(_, flags)| *flags == Flags::default()));
}

#[tokio::test]
async fn questions_and_answers_come_together() {
    let Some(dovecot) = dovecot().await else { return };
    dovecot.seed(USER, None, (1..=450).map(|number| letter(&format!("question {number}")))).unwrap();
    dovecot.seed(USER, Some("Sent"), (1..=3).map(|number| letter(&format!("answer {number}")))).unwrap();
    let (desk, mut mirror) = (mailbox(&dovecot), Mirror::default());
    let mut order = Vec::new();
    for _ in 0..2 {
        let page = mirror.pull(&desk).await;
        order.extend(subjects(&page));
        mirror.take(page);
    }
    assert!(order.iter().any(|subject| subject.starts_with("question")));
    assert!(order.iter().any(|subject| subject.starts_with("answer")), "{order:?}");
}
