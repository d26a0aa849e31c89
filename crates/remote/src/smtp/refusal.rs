//! What each refusal means for the desk. The only place that decides it; the server's words are kept for a person and never interpreted.

use std::time::Duration;

use model::{Problem, ProblemCode};

use crate::mailbox::Secret;
use crate::mailbox::fault::busy;
use crate::{RemoteError, Retry};

use super::Way;
use super::reply::Reply;

/// A server that does not know us yet wants us back, but not at once (RFC 6647).
const GREYLISTED: Duration = Duration::from_secs(60);

/// What was asked of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Greeting,
    Hello,
    StartTls,
    Login,
    Sender,
    Data,
    /// The mail itself, whole.
    Content,
}

/// The mail that was refused.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refused<'a> {
    pub from: &'a str,
    pub bytes: usize,
    pub most_bytes: Option<u64>,
}

/// A refusal of ourselves or of the line.
pub(super) fn refused(verb: Verb, reply: &Reply, way: Way<'_>) -> RemoteError {
    let host = &way.server.host;
    if reply.code() == 421 {
        return busy(host, &reply.said());
    }
    if reply.passes() {
        return match verb {
            Verb::Greeting | Verb::Hello | Verb::StartTls | Verb::Login => busy(host, &reply.said()),
            _ => deferred(reply, way),
        };
    }
    let permanent =
        |code| RemoteError::permanent(Problem::new(code).with("host", host).because(reply.said()));
    match verb {
        Verb::StartTls => permanent(ProblemCode::EncryptionRefused),
        Verb::Login => login(reply, way),
        // Without authentication: the account is not known on this line.
        Verb::Sender if matches!(reply.code(), 530 | 535) => login(reply, way),
        Verb::Sender => permanent(ProblemCode::SenderRefused),
        _ => permanent(ProblemCode::MessageRefused),
    }
}

/// A refusal of a mail: of its sender, its size or itself.
pub(super) fn mail_refused(verb: Verb, reply: &Reply, way: Way<'_>, mail: Refused<'_>) -> RemoteError {
    if reply.refuses() && is_too_large(reply) {
        return too_large(way, mail, &reply.said());
    }
    let mut error = refused(verb, reply, way);
    if error.problem.code == ProblemCode::MessageRefused && is_about_the_sender(reply) {
        error.problem.code = ProblemCode::SenderRefused;
    }
    if error.problem.code == ProblemCode::SenderRefused {
        error.problem = error.problem.with("address", mail.from);
    }
    error
}

pub(super) fn too_large(way: Way<'_>, mail: Refused<'_>, said: &str) -> RemoteError {
    let mut problem = Problem::new(ProblemCode::MessageTooLarge)
        .with("host", &way.server.host)
        .with("bytes", mail.bytes)
        .because(said);
    if let Some(limit) = mail.most_bytes {
        problem = problem.with("limit", limit);
    }
    RemoteError::permanent(problem)
}

/// What the server said to the recipients it did not take; `None` when it took all. One refused for good decides before any number that may
/// be taken later, and nobody gets anything either way.
pub(super) fn recipients(
    way: Way<'_>,
    mail: Refused<'_>,
    answers: &[(String, Reply)],
) -> Option<RemoteError> {
    let refused: Vec<_> = answers.iter().filter(|(_, reply)| reply.refuses()).collect();
    let Some((_, first)) = refused.first() else {
        return answers.iter().find(|(_, reply)| !reply.done()).map(|(_, reply)| deferred(reply, way));
    };
    if refused.iter().any(|(_, reply)| is_too_large_for_all(reply)) {
        return Some(too_large(way, mail, &first.said()));
    }
    if first.detail() == Some((5, 3)) {
        let taken = answers.iter().filter(|(_, reply)| reply.done()).count();
        let problem = Problem::new(ProblemCode::TooManyRecipients)
            .with("count", answers.len())
            .with("limit", taken)
            .because(first.said());
        return Some(RemoteError::permanent(problem));
    }
    let names: Vec<&str> = refused.iter().map(|(name, _)| name.as_str()).collect();
    let words: Vec<String> =
        refused.iter().map(|(name, reply)| format!("{name}: {}", reply.said())).collect();
    let problem = Problem::new(ProblemCode::RecipientsRefused)
        .with("host", &way.server.host)
        .with("recipients", names.join(", "))
        .because(words.join("\n"));
    Some(RemoteError::permanent(problem))
}

fn deferred(reply: &Reply, way: Way<'_>) -> RemoteError {
    if reply.code() == 421 {
        return busy(&way.server.host, &reply.said());
    }
    let problem = Problem::new(ProblemCode::DeliveryDeferred).with("host", &way.server.host);
    let after = matches!(reply.code(), 450 | 451).then_some(GREYLISTED);
    RemoteError { retry: Retry::Transient { after }, problem: problem.because(reply.said()) }
}

fn login(reply: &Reply, way: Way<'_>) -> RemoteError {
    let code = match way.secret {
        _ if reply.code() == 538 || reply.detail() == Some((7, 11)) => ProblemCode::EncryptionRefused,
        Secret::Password(_) => ProblemCode::PasswordRefused,
        Secret::OAuth(_) => ProblemCode::AuthorisationExpired,
    };
    let problem = Problem::new(code).with("host", &way.server.host).with("account", &way.config.user);
    RemoteError::permanent(problem.because(reply.said()))
}

/// The mail is too large for the server or for a mailbox that is not full; a full mailbox has a code of its own.
fn is_too_large(reply: &Reply) -> bool {
    is_too_large_for_all(reply)
        || (reply.code() == 552 && reply.detail().is_none_or(|detail| detail != (2, 2)))
}

fn is_too_large_for_all(reply: &Reply) -> bool {
    matches!(reply.detail(), Some((3, 4) | (2, 3)))
}

/// Some servers see only after the content that this account may not write as this address.
fn is_about_the_sender(reply: &Reply) -> bool {
    matches!(reply.detail(), Some((7, 60) | (2, 252)))
}
