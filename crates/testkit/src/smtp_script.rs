//! A server for outgoing mail that does whatever a test wants: it drops the line at any point of the dialogue, or falls silent there, answers
//! anything to any verb, and hands what it took to a real mailbox, where a test counts what arrived.
//!
//! ```no_run
//! # async fn example(dovecot: &testkit::dovecot::Dovecot) -> std::io::Result<()> {
//! use testkit::smtp_script::{Rules, ScriptedSmtp, Step};
//! for cut in ScriptedSmtp::cuts() {
//!     let server = ScriptedSmtp::start(Rules::into(dovecot).cutting(cut)).await?;
//!     // Send to 127.0.0.1 at server.port(), look at the outcome, send again, and count at the mailbox.
//! }
//! let greylisting = Rules::into(dovecot).answering(Step::Rcpt, "450 4.7.1 Come again later").once();
//! # Ok(()) }
//! ```

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::dovecot::Dovecot;

mod talk;

/// What a client asks, in the order of the dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Greeting,
    Ehlo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// The mail, up to the dot that ends it.
    Content,
    Rset,
    Quit,
}

/// A point of the dialogue at which the line drops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cut {
    /// The command was heard and is not answered.
    Before(Step),
    /// The command was answered.
    After(Step),
    /// The content has begun. A mail of many megabytes is needed for its end not to be on its way already.
    InContent,
    /// The whole mail was heard, and was not kept.
    Unstored,
    /// The mail was handed on, and the client is not told.
    Stored,
}

impl Cut {
    /// Whether the mail is at its recipients when the line drops here.
    pub fn stored(self) -> bool {
        matches!(
            self,
            Cut::Stored | Cut::After(Step::Content) | Cut::Before(Step::Quit) | Cut::After(Step::Quit)
        )
    }

    /// Whether the client has heard that it is.
    pub fn told(self) -> bool {
        self.stored() && self != Cut::Stored
    }

    /// Whether the end of the mail may be on its way: only then may a client not know.
    pub fn unclear(self) -> bool {
        matches!(self, Cut::InContent | Cut::Unstored | Cut::Stored)
    }
}

/// An answer other than the usual one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Answer {
    step: Step,
    /// Only to a command that holds this.
    holding: String,
    text: String,
    times: usize,
}

/// How the server behaves. What is not said here it does as a decent server would.
#[derive(Debug, Clone)]
pub struct Rules {
    tls: Option<Arc<ServerConfig>>,
    implicit: bool,
    mechanisms: Vec<String>,
    secrets: Vec<String>,
    utf8: bool,
    size: Option<u64>,
    lmtp: Option<u16>,
    answers: Vec<Answer>,
    cut: Option<(Cut, usize)>,
    hang: Option<Cut>,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            tls: None,
            implicit: false,
            mechanisms: ["PLAIN", "LOGIN"].map(str::to_owned).to_vec(),
            secrets: Vec::new(),
            utf8: false,
            size: None,
            lmtp: None,
            answers: Vec::new(),
            cut: None,
            hang: None,
        }
    }
}

impl Rules {
    /// Hands on what is taken to the mailboxes of `dovecot`.
    pub fn into(dovecot: &Dovecot) -> Rules {
        Rules { lmtp: Some(dovecot.lmtp), ..Rules::default() }
    }

    /// Drops the line at `cut`, the first time somebody gets that far.
    #[must_use]
    pub fn cutting(self, cut: Cut) -> Rules {
        self.cutting_often(cut, 1)
    }

    /// Drops the line at `cut`, so many times.
    #[must_use]
    pub fn cutting_often(self, cut: Cut, times: usize) -> Rules {
        Rules { cut: Some((cut, times)), ..self }
    }

    /// Falls silent at this point, once, with the line open; [`ScriptedSmtp::hangs`] tells when. For what happens to a client there.
    #[must_use]
    pub fn hanging(self, at: Cut) -> Rules {
        Rules { hang: Some(at), ..self }
    }

    /// Answers this to every such command. A `421` closes the line; a text of several lines has `\r\n` between them.
    #[must_use]
    pub fn answering(mut self, step: Step, text: &str) -> Rules {
        let text = text.to_owned();
        self.answers.push(Answer { step, holding: String::new(), text, times: usize::MAX });
        self
    }

    /// Limits the last answer to the first command that it fits.
    #[must_use]
    pub fn once(mut self) -> Rules {
        if let Some(last) = self.answers.last_mut() {
            last.times = 1;
        }
        self
    }

    /// Limits the last answer to commands that hold `text`, such as one of three recipients.
    #[must_use]
    pub fn only_to(mut self, text: &str) -> Rules {
        if let Some(last) = self.answers.last_mut() {
            last.holding = text.to_owned();
        }
        self
    }

    /// Takes mail of at most so many bytes, and says so.
    #[must_use]
    pub fn size(self, most: u64) -> Rules {
        Rules { size: Some(most), ..self }
    }

    /// Offers these mechanisms; none at all without any.
    #[must_use]
    pub fn mechanisms(self, names: &[&str]) -> Rules {
        Rules { mechanisms: names.iter().map(|name| (*name).to_owned()).collect(), ..self }
    }

    /// Accepts only these passwords and tokens. Without any, all are good.
    #[must_use]
    pub fn secrets(self, secrets: &[&str]) -> Rules {
        Rules { secrets: secrets.iter().map(|secret| (*secret).to_owned()).collect(), ..self }
    }

    /// Takes addresses in any script.
    #[must_use]
    pub fn utf8(self) -> Rules {
        Rules { utf8: true, ..self }
    }

    /// Encrypts, from the first byte when `implicit`, else when asked to.
    #[must_use]
    pub fn tls(self, config: Arc<ServerConfig>, implicit: bool) -> Rules {
        Rules { tls: Some(config), implicit, ..self }
    }
}

/// A mail the server took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    pub from: String,
    pub to: Vec<String>,
    pub mail: Vec<u8>,
}

/// What the server and a test both look at.
#[derive(Debug)]
struct Shared {
    rules: Mutex<Rules>,
    accepted: Mutex<Vec<Accepted>>,
    heard: Mutex<Vec<String>>,
    hangs: watch::Sender<bool>,
    connections: watch::Sender<usize>,
}

/// A lock that a failed test left behind does not hide why it failed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The server. Dropped, it closes every line.
#[derive(Debug)]
pub struct ScriptedSmtp {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Drop for ScriptedSmtp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl ScriptedSmtp {
    /// Every point at which the line of a client that sends one mail to one recipient and logs in can drop, in the order of the dialogue.
    pub fn cuts() -> Vec<Cut> {
        let before_content = [Step::Greeting, Step::Ehlo, Step::Auth, Step::Mail, Step::Rcpt, Step::Data];
        let mut cuts: Vec<Cut> =
            before_content.into_iter().flat_map(|step| [Cut::Before(step), Cut::After(step)]).collect();
        cuts.extend([Cut::InContent, Cut::Unstored, Cut::Stored, Cut::After(Step::Content)]);
        cuts.extend([Cut::Before(Step::Quit), Cut::After(Step::Quit)]);
        cuts
    }

    pub async fn start(rules: Rules) -> io::Result<ScriptedSmtp> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            rules: Mutex::new(rules),
            accepted: Mutex::default(),
            heard: Mutex::default(),
            hangs: watch::channel(false).0,
            connections: watch::channel(0).0,
        });
        let task = tokio::spawn(serve(listener, shared.clone()));
        Ok(ScriptedSmtp { address, shared, task })
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Behaves by other rules from the next command on.
    pub fn follow(&self, rules: Rules) {
        *lock(&self.shared.rules) = rules;
    }

    /// What was taken, also where the client was not told.
    pub fn accepted(&self) -> Vec<Accepted> {
        lock(&self.shared.accepted).clone()
    }

    /// The commands of all clients in order, without secrets and contents.
    pub fn heard(&self) -> Vec<String> {
        lock(&self.shared.heard).clone()
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        *self.shared.connections.borrow()
    }

    /// Returns when the server has fallen silent, as [`Rules::hanging`] asked.
    pub async fn hangs(&self) {
        self.shared.hangs.subscribe().wait_for(|hangs| *hangs).await.ok();
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut lines = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        shared.connections.send_modify(|count| *count += 1);
        let shared = shared.clone();
        // A line that breaks is the client's business.
        lines.spawn(async move { talk::talk(stream, shared).await.ok() });
    }
}

impl Shared {
    fn acceptor(&self) -> (Option<TlsAcceptor>, bool) {
        let rules = lock(&self.rules);
        (rules.tls.clone().map(TlsAcceptor::from), rules.implicit)
    }

    /// The answer the rules want to this command, if it is not the usual one.
    fn answer(&self, step: Step, command: &str) -> Option<String> {
        let mut rules = lock(&self.rules);
        let fits = |answer: &&mut Answer| {
            answer.step == step && answer.times > 0 && command.contains(&answer.holding)
        };
        let answer = rules.answers.iter_mut().find(fits)?;
        answer.times = answer.times.saturating_sub(1);
        Some(answer.text.clone())
    }

    /// Whether the line drops here.
    fn cuts(&self, at: Cut) -> bool {
        let mut rules = lock(&self.rules);
        match &mut rules.cut {
            Some((cut, times)) if *cut == at && *times > 0 => {
                *times -= 1;
                true
            }
            _ => false,
        }
    }

    fn hangs(&self, at: Cut) -> bool {
        let mut rules = lock(&self.rules);
        let hangs = rules.hang == Some(at);
        if hangs {
            rules.hang = None;
        }
        hangs
    }
}
