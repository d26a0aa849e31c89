//! One mail: envelope, threshold, content, verdict.

use lettre::Address;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{MailBodyParameter, MailParameter};
use model::outgoing::{MOST_RECIPIENTS, Outgoing, OutgoingKind};
use model::{Problem, ProblemCode};

use crate::mail::deliverable;
use crate::mailbox::fault::Fault;
use crate::{RemoteError, Threshold, Undelivered};

use super::Way;
use super::content::Stuffing;
use super::refusal::{Refused, Verb, mail_refused, recipients, too_large};
use super::reply::Reply;
use super::session::Session;

/// Bytes of the mail that are prepared at a time.
const PIECE: usize = 64 << 10;
/// What ends the content. Nothing was sent before its first byte is given to the line.
const END: &[u8] = b".\r\n";

struct Envelope {
    from: Address,
    /// Whether nobody is to be told of a failure, so that machines do not write to each other for ever (RFC 3834).
    quiet: bool,
    to: Vec<Address>,
}

/// Hands `mail` to the server, once; see [`crate::Courier::deliver`].
pub(crate) async fn deliver(
    way: Way<'_>,
    outgoing: &Outgoing,
    mail: &[u8],
    threshold: &dyn Threshold,
) -> Result<(), Undelivered> {
    let host = way.server.host.as_str();
    let not_sent = |fault: Fault| Undelivered::NotSent(fault.into_remote(host));
    let envelope =
        Envelope::of(outgoing).map_err(|problem| not_sent(RemoteError::permanent(problem).into()))?;
    let mut session = Session::open(way).await.map_err(not_sent)?;
    let about = Refused { from: &outgoing.from.email, bytes: mail.len(), most_bytes: session.can.most_bytes };
    if let Err(fault) = agree(&mut session, &envelope, mail, about).await {
        if !fault.lost_the_line() {
            forget(session).await;
        }
        return Err(not_sent(fault));
    }
    if let Err(problem) = threshold.cross().await {
        return Err(Undelivered::NotSent(RemoteError::transient(problem)));
    }
    send_content(&mut session, mail, about).await.map_err(not_sent)?;
    let verdict = verdict(&mut session, about).await;
    if !matches!(verdict, Err(Undelivered::Unknown(_))) {
        session.part().await;
    }
    verdict
}

/// Whether the server lets this account send as its first address. Sends nothing.
pub(crate) async fn check(way: Way<'_>) -> Result<(), RemoteError> {
    let own = way.config.own.first().unwrap_or(&way.config.user);
    let from = deliverable(&model::Address::new("", own)).map_err(RemoteError::permanent)?;
    let asked = async {
        let mut session = Session::open(way).await?;
        let reply = session.command(Mail::new(Some(from), Vec::new())).await?;
        let about = Refused { from: own, bytes: 0, most_bytes: session.can.most_bytes };
        forget(session).await;
        positive(Verb::Sender, reply, way, about).map(|_| ())
    };
    asked.await.map_err(|fault: Fault| fault.into_remote(&way.server.host))
}

impl Envelope {
    fn of(outgoing: &Outgoing) -> Result<Envelope, Problem> {
        let from = deliverable(&outgoing.from)?;
        let to = outgoing.recipients();
        if to.is_empty() {
            return Err(Problem::new(ProblemCode::NoRecipients));
        }
        if to.len() > MOST_RECIPIENTS {
            let problem = Problem::new(ProblemCode::TooManyRecipients);
            return Err(problem.with("count", to.len()).with("limit", MOST_RECIPIENTS));
        }
        let to = to.into_iter().map(deliverable).collect::<Result<_, _>>()?;
        Ok(Envelope { from, quiet: outgoing.kind == OutgoingKind::Acknowledgement, to })
    }

    /// An address that only some servers can take.
    fn in_another_script(&self) -> Option<&Address> {
        std::iter::once(&self.from).chain(&self.to).find(|address| !AsRef::<str>::as_ref(address).is_ascii())
    }
}

/// Agrees on sender, size and every recipient, up to the server's waiting for the content.
async fn agree(
    session: &mut Session<'_>,
    envelope: &Envelope,
    mail: &[u8],
    about: Refused<'_>,
) -> Result<(), Fault> {
    let way = session.way;
    if about.most_bytes.is_some_and(|most| mail.len() as u64 > most) {
        return Err(too_large(way, about, "the server announces its limit").into());
    }
    let parameters = parameters(session, envelope, mail)?;
    let reply = sender(session, envelope, parameters).await?;
    positive(Verb::Sender, reply, way, about)?;
    let mut answers = Vec::with_capacity(envelope.to.len());
    for address in &envelope.to {
        let reply = session.command(Rcpt::new(address.clone(), Vec::new())).await?;
        let closing = reply.code() == 421;
        if reply.goes_on() {
            return Err(Fault::Nonsense("a question where none was due"));
        }
        answers.push((address.to_string(), reply));
        if closing {
            break;
        }
    }
    if let Some(error) = recipients(way, about, &answers) {
        return Err(error.into());
    }
    let reply = session.command(Data).await?;
    match () {
        () if reply.goes_on() => Ok(()),
        () if reply.done() => Err(Fault::Nonsense("an end where the content was due")),
        () => Err(mail_refused(Verb::Data, &reply, way, about).into()),
    }
}

/// Many providers let nobody send without naming a sender; then the account is named, and the mail itself still says that a machine wrote it.
async fn sender(
    session: &mut Session<'_>,
    envelope: &Envelope,
    parameters: Vec<MailParameter>,
) -> Result<Reply, Fault> {
    if envelope.quiet {
        let reply = session.command(Mail::new(None, parameters.clone())).await?;
        if !reply.refuses() {
            return Ok(reply);
        }
    }
    session.command(Mail::new(Some(envelope.from.clone()), parameters)).await
}

fn parameters(session: &Session<'_>, envelope: &Envelope, mail: &[u8]) -> Result<Vec<MailParameter>, Fault> {
    let mut parameters = Vec::new();
    if session.can.size {
        parameters.push(MailParameter::Size(mail.len()));
    }
    if let Some(address) = envelope.in_another_script() {
        if !session.can.utf8 {
            let problem = Problem::new(ProblemCode::AddressInvalid).with("address", address);
            return Err(RemoteError::permanent(problem.because("the server takes no SMTPUTF8")).into());
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !mail.is_ascii() && session.can.eight_bit {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    Ok(parameters)
}

fn positive(verb: Verb, reply: Reply, way: Way<'_>, about: Refused<'_>) -> Result<Reply, Fault> {
    match () {
        () if reply.done() => Ok(reply),
        () if reply.goes_on() => Err(Fault::Nonsense("a question where none was due")),
        () => Err(mail_refused(verb, &reply, way, about).into()),
    }
}

/// Everything but what ends it. Whatever happens here, the server holds half a mail and must forget it.
async fn send_content(session: &mut Session<'_>, mail: &[u8], about: Refused<'_>) -> Result<(), Fault> {
    let patience = session.way.pace.verb;
    let (mut stuffing, mut bytes) = (Stuffing::new(), Vec::with_capacity(PIECE + PIECE / 8));
    for piece in mail.chunks(PIECE) {
        bytes.clear();
        stuffing.push(piece, &mut bytes);
        if let Err(fault) = session.line.send(&bytes, patience).await {
            return Err(early(session, about).await.unwrap_or(fault));
        }
    }
    bytes.clear();
    stuffing.finish(&mut bytes);
    session.line.send(&bytes, patience).await?;
    match session.line.unasked() {
        Ok(()) => Ok(()),
        Err(fault) => Err(early(session, about).await.unwrap_or(fault)),
    }
}

/// What a server says that stops listening in the middle of a mail.
async fn early(session: &mut Session<'_>, about: Refused<'_>) -> Option<Fault> {
    let patience = session.way.pace.answer.min(super::session::PARTING);
    let reply = session.line.reply(patience).await.ok()?;
    let negative = reply.refuses() || reply.passes();
    negative.then(|| mail_refused(Verb::Content, &reply, session.way, about).into())
}

/// Ends the content and waits for the server's word. From here on, what is not known is said to be unknown.
async fn verdict(session: &mut Session<'_>, about: Refused<'_>) -> Result<(), Undelivered> {
    let way = session.way;
    let unknown = |fault: Fault| {
        let problem = Problem::new(ProblemCode::OutcomeUnknown).with("host", &way.server.host);
        let cause = fault.into_remote(&way.server.host).problem;
        Undelivered::Unknown(problem.because(cause.cause.unwrap_or_else(|| cause.code.as_str().to_owned())))
    };
    session.line.send(END, way.pace.verb).await.map_err(unknown)?;
    let reply = session.line.reply(way.pace.verdict).await.map_err(unknown)?;
    match () {
        () if reply.done() => Ok(()),
        () if reply.goes_on() => Err(unknown(Fault::Nonsense("a question where the verdict was due"))),
        () => Err(Undelivered::NotSent(mail_refused(Verb::Content, &reply, way, about))),
    }
}

/// Makes the server forget the envelope before the goodbye.
async fn forget(mut session: Session<'_>) {
    let asked = tokio::time::timeout(super::session::PARTING, session.command(Rset)).await;
    if matches!(asked, Ok(Ok(_))) {
        session.leave().await;
    }
}
