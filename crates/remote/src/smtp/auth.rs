//! Telling the server who we are (RFC 4954), with the mailbox's own secret.

use model::{Problem, ProblemCode};
use zeroize::Zeroizing;

use crate::RemoteError;
use crate::mailbox::fault::Fault;
use crate::mailbox::login::{encoded, oauth_bearer, xoauth2};
use crate::mailbox::{Encryption, Secret};

use super::Way;
use super::refusal::{Verb, refused};
use super::reply::Reply;
use super::session::Session;

/// Questions a server may ask.
const MOST_QUESTIONS: usize = 5;

/// A mechanism, and what is answered to each of its questions.
struct Proof {
    mechanism: &'static str,
    /// Whether the first step may stand beside the mechanism.
    at_once: bool,
    steps: Vec<Zeroizing<String>>,
}

/// A server that offers no way to be told is given nothing: it takes mail from this line, or says at the sender that it does not.
pub(super) async fn introduce(
    session: &mut Session<'_>,
    token: Option<Zeroizing<String>>,
) -> Result<(), Fault> {
    if session.can.mechanisms.is_empty() {
        return Ok(());
    }
    let proof = proof(session, token).ok_or_else(|| no_way_in(session.way))?;
    let mut steps = proof.steps.iter();
    let first = steps.next().filter(|_| proof.at_once);
    if first.is_none() {
        steps = proof.steps.iter();
    }
    let beside = first.map_or_else(String::new, |step| format!(" {}", step.as_str()));
    let mut reply = ask(session, &Zeroizing::new(format!("AUTH {}{beside}", proof.mechanism))).await?;
    for _ in 0..MOST_QUESTIONS {
        if !reply.goes_on() {
            break;
        }
        // Past the steps an empty line is sent: a refused token is first explained, then refused.
        reply = ask(session, steps.next().map_or("", |step| step.as_str())).await?;
    }
    match () {
        () if reply.done() => Ok(()),
        () if reply.goes_on() => Err(Fault::Nonsense("more questions than any mechanism has")),
        () => Err(refused(Verb::Login, &reply, session.way).into()),
    }
}

async fn ask(session: &mut Session<'_>, words: &str) -> Result<Reply, Fault> {
    let line = Zeroizing::new(format!("{words}\r\n"));
    session.command(line.as_str()).await
}

fn proof(session: &Session<'_>, token: Option<Zeroizing<String>>) -> Option<Proof> {
    let Way { server, config, secret, .. } = session.way;
    let user = &config.user;
    let can = |mechanism: &str| session.can.mechanisms.contains(mechanism);
    let proof = |mechanism, at_once, steps| Some(Proof { mechanism, at_once, steps });
    match (secret, token) {
        (Secret::OAuth(_), Some(token)) if can("OAUTHBEARER") && !can("XOAUTH2") => {
            proof("OAUTHBEARER", true, vec![oauth_bearer(server, user, &token)])
        }
        (Secret::OAuth(_), Some(token)) if can("XOAUTH2") => {
            proof("XOAUTH2", true, vec![xoauth2(user, &token)])
        }
        (Secret::Password(password), _) if can("PLAIN") => {
            let words = Zeroizing::new(format!("\0{user}\0{}", password.as_str()));
            proof("PLAIN", true, vec![encoded(&words)])
        }
        (Secret::Password(password), _) if can("LOGIN") => {
            proof("LOGIN", false, vec![encoded(user), encoded(password)])
        }
        _ => None,
    }
}

/// The server takes no such secret on this line.
fn no_way_in(way: Way<'_>) -> RemoteError {
    let code = match way.server.encryption {
        Encryption::None => ProblemCode::EncryptionRefused,
        Encryption::Tls | Encryption::StartTls => ProblemCode::PasswordRefused,
    };
    let problem = Problem::new(code).with("host", &way.server.host).with("account", &way.config.user);
    RemoteError::permanent(problem.because("the server offers no way to say who we are that fits"))
}
