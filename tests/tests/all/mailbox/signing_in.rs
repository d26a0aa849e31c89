//! Passwords, tokens, certificates and encryption: who the desk is, and to whom it speaks.

use super::*;

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
async fn a_server_that_never_stops_asking_is_given_up() {
    let greeted = AtomicUsize::new(0);
    let error = first_error(move |connection, line| match line {
        "" if greeted.swap(connection + 1, Ordering::SeqCst) <= connection => polite(line, b""),
        "CAPABILITY" => Reply::ok("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"),
        _ => Reply::Say("+ and now?\r\n".to_owned()),
    })
    .await;
    assert!(matches!(error.retry, Retry::Transient { .. }), "{error:?}");
    assert_eq!(error.problem.code, ProblemCode::ServerNonsense);
}
