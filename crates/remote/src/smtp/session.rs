//! From an address to a session that may hand over mail: line, encryption, greeting, what the server can do, who we are.
//!
//! A password is never sent on a line that is not encrypted unless that line does not leave this machine. A refused token is renewed once.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::net::Ipv4Addr;
use std::time::Duration;

use lettre::transport::smtp::commands::{Ehlo, Quit, Starttls};
use lettre::transport::smtp::extension::ClientId;
use model::{Problem, ProblemCode};
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::RemoteError;
use crate::mailbox::fault::Fault;
use crate::mailbox::wire::Duplex;
use crate::mailbox::{Encryption, Secret, dial, tls};

use super::line::Line;
use super::refusal::{Verb, refused};
use super::reply::Reply;
use super::{Way, auth};

/// For a goodbye to be on its way.
const GLANCE: Duration = Duration::from_millis(100);
/// For the server to take note of a goodbye.
pub(super) const PARTING: Duration = Duration::from_secs(2);

/// What the server says it can do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Extensions {
    /// The largest mail it takes, in bytes, if it says so.
    pub most_bytes: Option<u64>,
    /// Whether it wants to be told the size.
    pub size: bool,
    pub eight_bit: bool,
    pub utf8: bool,
    start_tls: bool,
    /// In upper case.
    pub mechanisms: BTreeSet<String>,
}

impl Extensions {
    pub(super) fn read(hello: &Reply) -> Extensions {
        let mut can = Extensions::default();
        for line in hello.lines().skip(1) {
            let line = line.to_ascii_uppercase().replace('=', " ");
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("SIZE") => {
                    can.size = true;
                    can.most_bytes = words.next().and_then(|most| most.parse().ok()).filter(|most| *most > 0);
                }
                Some("8BITMIME") => can.eight_bit = true,
                Some("SMTPUTF8") => can.utf8 = true,
                Some("STARTTLS") => can.start_tls = true,
                Some("AUTH") => can.mechanisms.extend(words.map(str::to_owned)),
                _ => {}
            }
        }
        can
    }
}

pub(super) struct Session<'a> {
    pub way: Way<'a>,
    pub line: Line,
    pub can: Extensions,
}

impl<'a> Session<'a> {
    pub(super) async fn open(way: Way<'a>) -> Result<Session<'a>, Fault> {
        let token = match way.secret {
            Secret::Password(_) => None,
            Secret::OAuth(source) => Some(source.access_token(false).await?),
        };
        match Session::open_with(way, token).await {
            Err(Fault::Remote(error)) if error.problem.code == ProblemCode::AuthorisationExpired => {
                let Secret::OAuth(source) = way.secret else { return Err(error.into()) };
                tracing::info!(
                    "The server for outgoing mail refused the access token; asking for a new one."
                );
                Session::open_with(way, Some(source.access_token(true).await?)).await
            }
            opened => opened,
        }
    }

    async fn open_with(way: Way<'a>, token: Option<Zeroizing<String>>) -> Result<Session<'a>, Fault> {
        let stream = dial::dial(way.server, way.pace.connect).await?;
        let mut session = Session::stand(way, Box::new(stream)).await?;
        auth::introduce(&mut session, token).await?;
        Ok(session)
    }

    /// A line on which a password may be sent, and on which the server has said what it can do.
    async fn stand(way: Way<'a>, stream: Box<dyn Duplex>) -> Result<Session<'a>, Fault> {
        match way.server.encryption {
            Encryption::None => Session::greeted(way, stream).await,
            Encryption::Tls => Session::greeted(way, encrypted(way, stream).await?).await,
            Encryption::StartTls => {
                let session = Session::greeted(way, stream).await?;
                let stream = session.start_tls().await?;
                // What was said before the encryption is forgotten: anybody could have said it.
                let mut session = Session::on(way, encrypted(way, stream).await?);
                session.hello().await?;
                Ok(session)
            }
        }
    }

    fn on(way: Way<'a>, stream: Box<dyn Duplex>) -> Session<'a> {
        Session { way, line: Line::new(stream), can: Extensions::default() }
    }

    async fn greeted(way: Way<'a>, stream: Box<dyn Duplex>) -> Result<Session<'a>, Fault> {
        let mut session = Session::on(way, stream);
        let greeting = session.line.reply(way.pace.verb).await?;
        session.agreed(Verb::Greeting, greeting)?;
        session.hello().await?;
        Ok(session)
    }

    /// An address that is true of every machine: RFC 5321 wants a name, and this machine's is nobody's business.
    async fn hello(&mut self) -> Result<(), Fault> {
        let reply = self.command(Ehlo::new(ClientId::Ipv4(Ipv4Addr::LOCALHOST))).await?;
        let reply = self.agreed(Verb::Hello, reply)?;
        self.can = Extensions::read(&reply);
        Ok(())
    }

    async fn start_tls(mut self) -> Result<Box<dyn Duplex>, Fault> {
        if !self.can.start_tls {
            let problem = Problem::new(ProblemCode::EncryptionRefused).with("host", &self.way.server.host);
            return Err(RemoteError::permanent(problem.because("STARTTLS is not offered")).into());
        }
        let reply = self.command(Starttls).await?;
        self.agreed(Verb::StartTls, reply)?;
        self.line.into_stream()
    }

    /// Sends a command and waits for what is said to it.
    pub(super) async fn command(&mut self, command: impl Display) -> Result<Reply, Fault> {
        if let Err(fault) = self.line.unasked() {
            return self.farewell(fault).await;
        }
        let words = Zeroizing::new(command.to_string());
        self.line.send(words.as_bytes(), self.way.pace.verb).await?;
        self.line.reply(self.way.pace.verb).await
    }

    /// What came unasked is the answer to whatever is asked next if it is a goodbye: the server leaves.
    async fn farewell(&mut self, fault: Fault) -> Result<Reply, Fault> {
        match self.line.reply(self.way.pace.answer.min(PARTING)).await {
            Ok(reply) if reply.code() == 421 => Ok(reply),
            _ => Err(fault),
        }
    }

    /// The reply, if it agrees.
    pub(super) fn agreed(&self, verb: Verb, reply: Reply) -> Result<Reply, Fault> {
        match () {
            () if reply.done() => Ok(reply),
            () if reply.goes_on() => Err(Fault::Nonsense("a question where none was due")),
            () => Err(refused(verb, &reply, self.way).into()),
        }
    }

    /// Says goodbye and hears nothing more: whoever waits for the verdict must not wait for politeness.
    pub(super) async fn part(mut self) {
        let words = Quit.to_string();
        if self.line.send(words.as_bytes(), GLANCE).await.is_err() {
            tracing::debug!("The server for outgoing mail did not hear the goodbye.");
        }
    }

    /// Says goodbye, if the server still listens. Nothing depends on it.
    pub(super) async fn leave(mut self) {
        if timeout(PARTING, self.command(Quit)).await.is_err() {
            tracing::debug!("The server for outgoing mail did not answer the goodbye.");
        }
    }
}

async fn encrypted(way: Way<'_>, stream: Box<dyn Duplex>) -> Result<Box<dyn Duplex>, Fault> {
    let encrypting = tls::encrypt(stream, &way.server.host, way.config.extra_ca_pem.as_deref());
    timeout(way.pace.connect, encrypting).await.map_err(|_| Fault::Silent)?
}
