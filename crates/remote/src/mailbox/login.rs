//! From an address to a session that may read: line, encryption, greeting, authentication.
//!
//! A password is never sent on a line that is not encrypted unless that line does not leave this machine. A refused token is renewed once.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::{Problem, ProblemCode};
use tokio::net::TcpStream;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::{RemoteError, Retry};

use super::config::{Encryption, MailboxConfig, Pace, Secret, Server};
use super::dial::dial;
use super::fault::{Fault, busy};
use super::response::{Kind, Status};
use super::session::{Command, Session};
use super::tls;
use super::wire::Duplex;

pub(super) async fn open(config: &MailboxConfig, secret: &Secret, pace: &Pace) -> Result<Session, Fault> {
    let token = match secret {
        Secret::Password(_) => None,
        Secret::OAuth(source) => Some(source.access_token(false).await?),
    };
    match open_with(config, secret, token, pace).await {
        Err(Fault::Remote(error)) if error.problem.code == ProblemCode::AuthorisationExpired => {
            let Secret::OAuth(source) = secret else { return Err(error.into()) };
            tracing::info!("The mail server refused the access token; asking for a new one.");
            open_with(config, secret, Some(source.access_token(true).await?), pace).await
        }
        opened => opened,
    }
}

async fn open_with(
    config: &MailboxConfig,
    secret: &Secret,
    token: Option<Zeroizing<String>>,
    pace: &Pace,
) -> Result<Session, Fault> {
    let stream = dial(&config.imap, pace.connect).await?;
    let standing = timeout(pace.connect, stand(stream, config, pace)).await;
    let (mut session, greeting) = standing.map_err(|_| Fault::Silent)??;
    if greeting.kind != Kind::PreAuth {
        if session.capabilities.is_empty() {
            session.ask_capabilities().await?;
        }
        let before = std::mem::take(&mut session.capabilities);
        authenticate(&mut session, before, config, secret, token).await?;
    }
    if session.capabilities.is_empty() {
        session.ask_capabilities().await?;
    }
    introduce(&mut session).await?;
    Ok(session)
}

/// A line on which a password may be sent, and the server's greeting.
async fn stand(stream: TcpStream, config: &MailboxConfig, pace: &Pace) -> Result<(Session, Status), Fault> {
    let server = &config.imap;
    let ca = config.extra_ca_pem.as_deref();
    match server.encryption {
        Encryption::None => greeted(Session::new(Box::new(stream), pace.answer)).await,
        Encryption::Tls => {
            let stream = tls::encrypt(Box::new(stream), &server.host, ca).await?;
            greeted(Session::new(stream, pace.answer)).await
        }
        Encryption::StartTls => {
            let (session, greeting) = greeted(Session::new(Box::new(stream), pace.answer)).await?;
            let stream = start_tls(session, &greeting, &server.host).await?;
            let stream = tls::encrypt(stream, &server.host, ca).await?;
            // What was said before the encryption is forgotten: anybody could have said it.
            Ok((Session::new(stream, pace.answer), Status { kind: Kind::Ok, code: None, ..greeting }))
        }
    }
}

async fn greeted(mut session: Session) -> Result<(Session, Status), Fault> {
    let greeting = session.greeting().await?;
    Ok((session, greeting))
}

async fn start_tls(mut session: Session, greeting: &Status, host: &str) -> Result<Box<dyn Duplex>, Fault> {
    let refused = |said: &str| {
        let problem = Problem::new(ProblemCode::EncryptionRefused).with("host", host).because(said);
        RemoteError::permanent(problem)
    };
    if session.capabilities.is_empty() {
        session.ask_capabilities().await?;
    }
    // A line that is logged in already can no longer be encrypted: somebody in between may have made it so.
    if greeting.kind == Kind::PreAuth || !session.can("STARTTLS") {
        return Err(refused("STARTTLS is not offered").into());
    }
    match session.run_plain(Command::new("STARTTLS")).await {
        Ok(_) => session.into_stream(),
        Err(Fault::Refused(said) | Fault::Rejected(said)) => Err(refused(&said.text).into()),
        Err(fault) => Err(fault),
    }
}

async fn authenticate(
    session: &mut Session,
    before: BTreeSet<String>,
    config: &MailboxConfig,
    secret: &Secret,
    token: Option<Zeroizing<String>>,
) -> Result<(), Fault> {
    let can = |capability: &str| before.contains(capability);
    let user = &config.user;
    if before.contains("SASL-IR") {
        session.capabilities.insert("SASL-IR".to_owned());
    }
    let tried = match (secret, token) {
        (Secret::OAuth(_), Some(token)) => {
            let bearer = !can("AUTH=XOAUTH2") && can("AUTH=OAUTHBEARER");
            let (mechanism, step) = if bearer {
                ("OAUTHBEARER", oauth_bearer(&config.imap, user, &token))
            } else {
                ("XOAUTH2", xoauth2(user, &token))
            };
            session.authenticate(mechanism, &[step]).await
        }
        (Secret::Password(password), _) if can("AUTH=PLAIN") => {
            session
                .authenticate(
                    "PLAIN",
                    &[encoded(&Zeroizing::new(format!("\0{user}\0{}", password.as_str())))],
                )
                .await
        }
        (Secret::Password(password), _) if !can("LOGINDISABLED") => {
            session.run_plain(Command::new("LOGIN").text(user).text(password)).await
        }
        (Secret::Password(password), _) if can("AUTH=LOGIN") => {
            session.authenticate("LOGIN", &[encoded(user), encoded(password)]).await
        }
        _ => return Err(no_way_in(config).into()),
    };
    session.capabilities.remove("SASL-IR");
    match tried {
        Ok(_) => Ok(()),
        Err(Fault::Refused(said) | Fault::Rejected(said)) => Err(refused(config, secret, &said).into()),
        Err(fault) => Err(fault),
    }
}

pub(crate) fn encoded(text: &str) -> Zeroizing<String> {
    Zeroizing::new(STANDARD.encode(text))
}

pub(crate) fn xoauth2(user: &str, token: &str) -> Zeroizing<String> {
    encoded(&Zeroizing::new(format!("user={user}\x01auth=Bearer {token}\x01\x01")))
}

pub(crate) fn oauth_bearer(server: &Server, user: &str, token: &str) -> Zeroizing<String> {
    let Server { host, port, .. } = server;
    let user = user.replace('=', "=3D").replace(',', "=2C");
    encoded(&Zeroizing::new(format!(
        "n,a={user},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01"
    )))
}

/// The server takes no password on this line.
fn no_way_in(config: &MailboxConfig) -> RemoteError {
    let code = match config.imap.encryption {
        Encryption::None => ProblemCode::EncryptionRefused,
        Encryption::Tls | Encryption::StartTls => ProblemCode::PasswordRefused,
    };
    RemoteError::permanent(about(code, config).because("the server offers no way to give a password"))
}

fn about(code: ProblemCode, config: &MailboxConfig) -> Problem {
    Problem::new(code).with("host", &config.imap.host).with("account", &config.user)
}

fn refused(config: &MailboxConfig, secret: &Secret, said: &Status) -> RemoteError {
    if said.is_busy() {
        return busy(&config.imap.host, &said.text);
    }
    let code = match secret {
        Secret::Password(_) if said.code("PRIVACYREQUIRED").is_some() => ProblemCode::EncryptionRefused,
        Secret::Password(_) => ProblemCode::PasswordRefused,
        Secret::OAuth(_) => ProblemCode::AuthorisationExpired,
    };
    RemoteError { retry: Retry::Permanent, problem: about(code, config).because(&said.text) }
}

/// Some large providers show nothing to a program that does not say its name.
async fn introduce(session: &mut Session) -> Result<(), Fault> {
    if !session.can("ID") {
        return Ok(());
    }
    let name = concat!(r#"ID ("name" "Foredeck" "version" ""#, env!("CARGO_PKG_VERSION"), r#"")"#);
    match session.run_plain(Command::new(name)).await {
        Err(fault) if !fault.spares_the_line() => Err(fault),
        _ => Ok(()),
    }
}
