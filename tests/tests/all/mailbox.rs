//! The mailbox adapter against a real Dovecot and against servers that misbehave.

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
async fn starttls_is_used_where_it_is_asked_for() {
    let Some(dovecot) = dovecot().await else { return };
    dovecot.deliver(USER, &letter("hello")).await.unwrap();
    let config = config(dovecot.imap, Encryption::StartTls, &dovecot.authority);
    let desk = Mailbox::new(config, password(PASSWORD), wall_clock());
    let mut mirror = Mirror::default();
    mirror.follow(&desk).await;
    assert_eq!(mirror.subjects(), ["hello"]);
}

#[tokio::test]
async fn on_this_machine_encryption_may_be_left_out() {
    let Some(dovecot) = dovecot().await else { return };
    let desk = Mailbox::new(config(dovecot.imap, Encryption::None, ""), password(PASSWORD), wall_clock());
    assert_eq!(desk.check().await.unwrap().messages, 0);
}

#[tokio::test]
async fn a_wrong_password_is_for_a_person_to_correct() {
    let Some(dovecot) = dovecot().await else { return };
    let config = config(dovecot.imaps, Encryption::Tls, &dovecot.authority);
    let desk = Mailbox::new(config, password("guess"), wall_clock());
    let error = desk.check().await.unwrap_err();
    assert_eq!((error.retry, error.problem.code), (Retry::Permanent, ProblemCode::PasswordRefused));
    assert_eq!(error.problem.params.get("account").map(String::as_str), Some(USER));
}

/// Gives an expired token until it is asked to refresh it.
struct Tokens {
    expired: String,
    valid: String,
    refreshed: AtomicUsize,
}

#[async_trait]
impl TokenSource for Tokens {
    async fn access_token(&self, refresh: bool) -> Result<zeroize::Zeroizing<String>, RemoteError> {
        let before = self.refreshed.fetch_add(usize::from(refresh), Ordering::SeqCst);
        let token = if refresh || before > 0 { &self.valid } else { &self.expired };
        Ok(token.clone().into())
    }
}

#[tokio::test]
async fn an_expired_token_is_renewed_once() {
    let Some(dovecot) = dovecot().await else { return };
    let (expired, valid) = (dovecot.token(USER, -60).await.unwrap(), dovecot.token(USER, 600).await.unwrap());
    let tokens = Arc::new(Tokens { expired: expired.clone(), valid, refreshed: AtomicUsize::new(0) });
    let config = config(dovecot.imaps, Encryption::Tls, &dovecot.authority);
    let desk = Mailbox::new(config.clone(), Secret::OAuth(tokens.clone()), wall_clock());
    desk.check().await.unwrap();
    desk.check().await.unwrap();
    assert_eq!(tokens.refreshed.load(Ordering::SeqCst), 1);
    let hopeless = Arc::new(Tokens { valid: expired.clone(), expired, refreshed: AtomicUsize::new(0) });
    let error = Mailbox::new(config, Secret::OAuth(hopeless), wall_clock()).check().await.unwrap_err();
    assert_eq!((error.retry, error.problem.code), (Retry::Permanent, ProblemCode::AuthorisationExpired));
}

/// Ends the first connection in the middle of IDLE; the ones after it take only the token `new`.
fn session_that_expires(connection: usize, line: &str) -> Reply {
    match line {
        "CAPABILITY" => Reply::ok("* CAPABILITY IMAP4rev1 IDLE SASL-IR AUTH=XOAUTH2\r\n"),
        "IDLE" if connection == 0 => {
            Reply::SayAndClose("+ idling\r\n* BYE Session expired, please login again.\r\n".to_owned())
        }
        // `new` in base64, as it falls here.
        _ if line.starts_with("AUTHENTICATE") && connection > 0 && !line.contains("bmV3") => {
            Reply::Say("+ eyJzdGF0dXMiOiI0MDAifQ==\r\n".to_owned())
        }
        _ => polite(line, b"Subject: a\r\n\r\n"),
    }
}

#[tokio::test]
async fn a_token_that_expires_in_the_middle_of_idle_is_renewed_unnoticed() {
    let asked = AtomicUsize::new(0);
    let server = ImapScript::plain(move |connection, line| {
        // The empty line after the server's question ends the attempt.
        let ends_attempt =
            line.is_empty() && asked.swap(connection, Ordering::SeqCst) == connection && connection > 0;
        if ends_attempt {
            Reply::Say("{tag} NO [AUTHENTICATIONFAILED] expired\r\n".to_owned())
        } else {
            session_that_expires(connection, line)
        }
    });
    let server = server.await.unwrap();
    let tokens =
        Tokens { expired: "old".to_owned(), valid: "new".to_owned(), refreshed: AtomicUsize::new(0) };
    let tokens = Arc::new(tokens);
    let pace = Pace { settled: Duration::ZERO, ..eager() };
    let config = config(server.address.port(), Encryption::None, "");
    let desk = Mailbox::new(config, Secret::OAuth(tokens.clone()), wall_clock()).with_pace(pace);
    let mut mirror = Mirror::default();
    mirror.follow(&desk).await;
    assert_eq!(desk.wait(Duration::from_secs(30)).await.unwrap(), Wake::Elapsed);
    mirror.follow(&desk).await;
    assert_eq!((tokens.refreshed.load(Ordering::SeqCst), server.connections()), (1, 3));
}

async fn refusal(flaw: Flaw, trusted: bool) -> Result<u32, RemoteError> {
    let certificate = Certificate::new(flaw).unwrap();
    let tls = certificate.server_config().unwrap();
    let server =
        ImapScript::start(Some(tls), true, |_, line| polite(line, b"Subject: a\r\n\r\n")).await.unwrap();
    let authority = if trusted { certificate.authority.as_str() } else { "" };
    let config = config(server.address.port(), Encryption::Tls, authority);
    Mailbox::new(config, password("x"), wall_clock()).check().await.map(|checked| checked.messages)
}

#[tokio::test]
async fn a_certificate_that_proves_nothing_is_refused_with_its_reason() {
    let table = [
        (Flaw::None, false, "unknown_issuer"),
        (Flaw::SelfSignedAuthority, false, "unknown_issuer"),
        (Flaw::WrongName, true, "wrong_name"),
        (Flaw::Expired, true, "expired"),
        (Flaw::NotYetValid, true, "not_yet_valid"),
    ];
    for (flaw, trusted, why) in table {
        let error = refusal(flaw, trusted).await.unwrap_err();
        assert_eq!(
            (error.retry, error.problem.code),
            (Retry::Permanent, ProblemCode::CertificateRefused),
            "{flaw:?}"
        );
        assert_eq!(error.problem.params.get("why").map(String::as_str), Some(why), "{flaw:?}");
    }
}

#[tokio::test]
async fn a_certificate_a_person_chose_to_trust_is_accepted() {
    for flaw in [Flaw::None, Flaw::SelfSignedAuthority] {
        assert_eq!(refusal(flaw, true).await.unwrap(), 1, "{flaw:?}");
    }
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

#[tokio::test]
async fn a_server_that_offers_no_encryption_is_refused() {
    for capabilities in ["IMAP4rev1", "IMAP4rev1 STARTTLS"] {
        let script = move |_: usize, line: &str| match line {
            "CAPABILITY" => Reply::ok(&format!("* CAPABILITY {capabilities}\r\n")),
            "STARTTLS" => Reply::Say("{tag} NO not today\r\n".to_owned()),
            _ => polite(line, b""),
        };
        let (_server, desk) = scripted(script, Encryption::StartTls).await;
        let error = desk.check().await.unwrap_err();
        assert_eq!((error.retry, error.problem.code), (Retry::Permanent, ProblemCode::EncryptionRefused));
    }
}

#[tokio::test]
async fn words_slipped_in_before_the_encryption_are_not_believed() {
    let tls = Certificate::new(Flaw::None).unwrap();
    let script = |_: usize, line: &str| match line {
        "CAPABILITY" => Reply::ok("* CAPABILITY IMAP4rev1 STARTTLS\r\n"),
        "STARTTLS" => Reply::SayAndEncrypt("{tag} OK go\r\n* OK injected\r\n".to_owned()),
        _ => polite(line, b""),
    };
    let server = ImapScript::start(Some(tls.server_config().unwrap()), false, script).await.unwrap();
    let config = config(server.address.port(), Encryption::StartTls, &tls.authority);
    let error = Mailbox::new(config, password("word"), wall_clock()).check().await.unwrap_err();
    assert_eq!(error.problem.code, ProblemCode::ServerNonsense);
}

#[tokio::test]
async fn a_server_that_takes_no_password_here_never_hears_one() {
    let heard = Arc::new(Mutex::new(String::new()));
    let all = heard.clone();
    let error = first_error(move |_, line| {
        all.lock().unwrap().push_str(line);
        if line == "CAPABILITY" {
            Reply::ok("* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n")
        } else {
            polite(line, b"")
        }
    });
    let error = error.await;
    assert_eq!((error.retry, error.problem.code), (Retry::Permanent, ProblemCode::EncryptionRefused));
    assert!(!heard.lock().unwrap().contains("word"));
}

#[tokio::test]
async fn a_server_that_misbehaves_is_tried_again_later() {
    let at = |place: &'static str, reply: Reply| {
        move |_: usize, line: &str| {
            if line.starts_with(place) && (place.is_empty() == line.is_empty()) {
                reply.clone()
            } else {
                polite(line, b"Subject: a\r\n\r\n")
            }
        }
    };
    let say = |text: &str| Reply::Say(text.to_owned());
    let stop = |text: &str| Reply::SayAndClose(text.to_owned());
    let (nonsense, dropped, busy) =
        (ProblemCode::ServerNonsense, ProblemCode::LineDropped, ProblemCode::ServerBusy);
    let table = [
        ("", say("HTTP/1.1 400 Bad Request\r\n\r\n"), nonsense),
        ("", stop("* BYE [UNAVAILABLE] too many connections\r\n"), busy),
        ("", stop("* BYE go away\r\n"), dropped),
        ("", stop(""), dropped),
        ("", Reply::Silence, dropped),
        ("LOGIN", say("{tag} NO [UNAVAILABLE] the directory sleeps\r\n"), busy),
        ("LOGIN", say("{tag} NO [ALERT] Too many simultaneous connections. (Failure)\r\n"), busy),
        ("LOGIN", Reply::Silence, dropped),
        ("LIST", say("%$!\r\n"), nonsense),
        ("LIST", stop("* LIST () "), dropped),
        ("EXAMINE", say("{tag} BAD what\r\n"), nonsense),
        ("UID SEARCH", say("* SEARCH 1 2\r\nf999 OK done\r\n"), nonsense),
        ("UID FETCH", say("* 1 FETCH (UID 1 BODY[] {4294967296}\r\nabc"), nonsense),
        (
            "UID FETCH",
            stop("* 1 FETCH (UID 1 RFC822.SIZE 5) \r\n* 1 FETCH (UID 1 BODY[] {500}\r\nabc"),
            dropped,
        ),
        ("UID FETCH", say("* 1 FETCH (UID 1 BODY[] {500}\r\nabc"), dropped),
    ];
    for (place, reply, code) in table {
        let error = first_error(at(place, reply.clone())).await;
        assert_eq!(error.problem.code, code, "{place:?} {reply:?}");
        let expected = Retry::Transient { after: (code == busy).then_some(Duration::from_secs(60)) };
        assert_eq!(error.retry, expected, "{place:?} {reply:?}");
    }
}

#[tokio::test]
async fn a_missing_inbox_is_for_a_person() {
    let error = first_error(|_, line| {
        if line.starts_with("EXAMINE") {
            Reply::Say("{tag} NO [NONEXISTENT] no\r\n".to_owned())
        } else {
            polite(line, b"")
        }
    });
    let error = error.await;
    assert_eq!((error.retry, error.problem.code), (Retry::Permanent, ProblemCode::FolderMissing));
}

/// Pulls as the engine does, trying again whatever may pass.
async fn persevere(desk: &Mailbox) -> Mirror {
    let mut mirror = Mirror::default();
    for _ in 0..50 {
        match desk.pull(mirror.cursor.as_ref(), &CountingBlobs::default()).await {
            Ok(page) => {
                let more = page.more;
                mirror.take(page);
                if !more {
                    return mirror;
                }
            }
            Err(error) => assert!(matches!(error.retry, Retry::Transient { .. }), "{error:?}"),
        }
    }
    panic!("the mailbox never came to an end");
}

#[tokio::test]
async fn a_message_that_breaks_the_line_every_time_is_known_by_its_header() {
    let script = |_: usize, line: &str| {
        let mail = b"Subject: poison\r\nFrom: a@b.test\r\n\r\nbody";
        if line.contains("BODY.PEEK[]") {
            Reply::SayAndClose("* 1 FETCH (UID 1 BODY[] {50}\r\nabc".to_owned())
        } else {
            polite(line, mail)
        }
    };
    let (_server, desk) = scripted(script, Encryption::None).await;
    let mirror = persevere(&desk).await;
    let message = mirror.messages.values().next().unwrap();
    assert!(message.defects.contains(&Defect::AttachmentMissing));
    assert_eq!(message.subject, "poison");
}

#[tokio::test]
async fn a_message_that_cannot_be_had_at_all_is_left_out_and_the_rest_goes_on() {
    let script = |_: usize, line: &str| match line {
        _ if line.starts_with("EXAMINE") => {
            Reply::ok("* 2 EXISTS\r\n* OK [UIDVALIDITY 7] fine\r\n* OK [UIDNEXT 3] fine\r\n")
        }
        _ if line.starts_with("UID SEARCH") => Reply::ok("* SEARCH 1 2\r\n"),
        _ if line.contains("RFC822.SIZE)") => {
            Reply::ok("* 1 FETCH (UID 1 RFC822.SIZE 9)\r\n* 2 FETCH (UID 2 RFC822.SIZE 9)\r\n")
        }
        _ if line.starts_with("UID FETCH 2 ") => Reply::Say("{tag} NO it is broken\r\n".to_owned()),
        _ => polite(line, b"Subject: whole\r\n\r\n"),
    };
    let (_server, desk) = scripted(script, Encryption::None).await;
    assert_eq!(persevere(&desk).await.subjects(), ["whole"]);
}

#[tokio::test]
async fn a_message_longer_than_the_server_said_is_read_in_pieces() {
    let whole: Vec<u8> = [b"Subject: liar\r\n\r\n".to_vec(), vec![b'x'; 3 << 20]].concat();
    let script = move |_: usize, line: &str| {
        let piece = line.split_once("BODY.PEEK[]<").and_then(|(_, rest)| rest.split_once('.'));
        let Some((offset, _)) = piece else {
            return match line {
                _ if line.contains("BODYSTRUCTURE") => {
                    Reply::ok("* 1 FETCH (UID 1 BODYSTRUCTURE (\"what\"))\r\n")
                }
                _ if line.contains("RFC822.SIZE)") => Reply::ok("* 1 FETCH (UID 1 RFC822.SIZE 9)\r\n"),
                _ => polite(line, &whole),
            };
        };
        let offset: usize = offset.parse().unwrap();
        let piece = &whole[offset.min(whole.len())..(offset + (512 << 10)).min(whole.len())];
        let text = String::from_utf8_lossy(piece);
        Reply::ok(&format!("* 1 FETCH (UID 1 BODY[]<{offset}> {{{}}}\r\n{text})\r\n", piece.len()))
    };
    let (_server, desk) = scripted(script, Encryption::None).await;
    let mirror = persevere(&desk).await;
    let message = mirror.messages.values().next().unwrap();
    assert_eq!(message.subject, "liar");
    assert!(message.defects.contains(&Defect::TextCut), "{:?}", message.defects);
}

#[tokio::test]
async fn a_line_killed_in_the_middle_of_a_page_loses_nothing() {
    let Some(dovecot) = dovecot().await else { return };
    dovecot.seed(USER, None, (1..=450).map(|number| letter(&format!("mail {number}")))).unwrap();
    let (desk, mut mirror) = (mailbox(&dovecot), Mirror::default());
    mirror.take(mirror.pull(&desk).await);
    dovecot.doveadm(&["kick", USER]).await.unwrap();
    let (pulled, kicked) = tokio::join!(mirror.pull(&desk), dovecot.doveadm(&["kick", USER]));
    mirror.take(pulled);
    // There may have been nobody left to kick.
    drop(kicked);
    for _ in 0..10 {
        match desk.pull(mirror.cursor.as_ref(), &CountingBlobs::default()).await {
            Ok(page) => mirror.take(page),
            Err(error) => assert_eq!(error.problem.code, ProblemCode::LineDropped),
        }
    }
    assert_eq!((mirror.messages.len(), mirror.reported), (450, 450));
}

#[tokio::test]
async fn sixty_megabytes_pass_in_pieces() {
    let Some(dovecot) = dovecot().await else { return };
    let mail = heavy_letter("heavy", 60_000_000);
    dovecot.seed(USER, None, [letter("light"), mail].into_iter()).unwrap();
    let (desk, blobs, mut mirror) = (mailbox(&dovecot), CountingBlobs::default(), Mirror::default());
    loop {
        let page = desk.pull(mirror.cursor.as_ref(), &blobs).await.unwrap();
        let more = page.more;
        mirror.take(page);
        if !more {
            break;
        }
    }
    let tally = blobs.tally();
    assert_eq!((tally.begun, tally.finished), (1, 1));
    assert!((60_000_000..60_000_057).contains(&tally.bytes), "{tally:?}");
    assert!(tally.largest_piece <= 512 << 10, "{tally:?}");
    assert_eq!(mirror.subjects(), ["heavy", "light"]);
    let heavy = mirror.messages.values().find(|incoming| incoming.subject == "heavy").unwrap();
    assert_eq!(heavy.attachments.len(), 1);
    assert_eq!(heavy.attachments[0].name, "drawing.bin");
    assert_eq!(heavy.attachments[0].size, tally.bytes);
    assert!(heavy.body.text.contains("The drawing is attached."));
    assert_eq!(heavy.defects, []);
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
async fn a_full_disk_makes_a_message_wait_instead_of_losing_its_attachment() {
    let Some(dovecot) = dovecot().await else { return };
    for (subject, bytes) in [("heavy", 3_000_000), ("handy", 30_000)] {
        dovecot.deliver(USER, &heavy_letter(subject, bytes)).await.unwrap();
        dovecot.deliver(USER, &letter(&format!("newer than {subject}"))).await.unwrap();
        let (desk, mut mirror) = (mailbox(&dovecot), Mirror::default());
        mirror.take(desk.pull(None, &CountingBlobs::failing(io::ErrorKind::StorageFull)).await.unwrap());
        assert_eq!(mirror.subjects(), [format!("newer than {subject}")], "what came before it is kept");
        let failures = [
            (io::ErrorKind::StorageFull, ProblemCode::DiskFull),
            (io::ErrorKind::Other, ProblemCode::FileUnreadable),
        ];
        for (kind, code) in failures {
            let error = desk.pull(mirror.cursor.as_ref(), &CountingBlobs::failing(kind)).await.unwrap_err();
            assert_eq!((error.retry, error.problem.code), (Retry::Transient { after: None }, code));
        }
        mirror.follow(&desk).await;
        let whole = mirror.messages.values().find(|mail| mail.subject == subject).unwrap();
        assert!(whole.defects.is_empty() && whole.attachments[0].kept.is_some());
    }
}

#[tokio::test]
async fn a_machine_that_slept_connects_anew() {
    let Some(dovecot) = dovecot().await else { return };
    let asleep = Arc::new(AtomicUsize::new(0));
    let hours = asleep.clone();
    let awake = wall_clock();
    let clock = Arc::new(move || awake().plus(Millis::HOUR * hours.load(Ordering::SeqCst) as i64));
    let config = config(dovecot.imaps, Encryption::Tls, &dovecot.authority);
    let (desk, mut mirror) = (Mailbox::new(config, password(PASSWORD), clock), Mirror::default());
    mirror.follow(&desk).await;
    dovecot.deliver(USER, &letter("meanwhile")).await.unwrap();
    asleep.store(9, Ordering::SeqCst);
    mirror.follow(&desk).await;
    assert_eq!(mirror.subjects(), ["meanwhile"]);
    assert_eq!(dovecot.log().matches("Login: user=").count(), 2);
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
