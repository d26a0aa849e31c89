//! A server of the test's own, decent but for what the test wants.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use model::outgoing::{Outgoing, OutgoingKind};
use model::{Address, Millis, Problem, ProblemCode};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::super::{Way, deliver};
use crate::mailbox::{Encryption, MailboxConfig, Pace, Secret, SentCopies, Server};
use crate::{RemoteError, Retry, Threshold, Undelivered};

/// What the server does about a command.
#[derive(Debug, Clone)]
pub(super) enum Act {
    Say(&'static str),
    Drop,
    SayAndDrop(&'static str),
    Silence,
}

use Act::{Drop, Say, SayAndDrop, Silence};

/// Answers the first command that begins with the word differently from a decent server; `""` is the greeting and `"."` the end of the mail.
pub(super) type Odd = (&'static str, Act);

pub(super) struct Stage {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Stage {
    pub(super) async fn set(odd: Vec<Odd>) -> Stage {
        Stage::with("250-mail.test\r\n250-SIZE 100000\r\n250 AUTH PLAIN", odd).await
    }

    pub(super) async fn with(hello: &'static str, odd: Vec<Odd>) -> Stage {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::<Mutex<Vec<String>>>::default();
        let (told, odd) = (heard.clone(), Arc::new(Mutex::new(odd)));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                talk(stream, hello, &odd, &told).await.ok();
            }
        });
        Stage { port, heard }
    }

    pub(super) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    pub(super) fn config(&self) -> MailboxConfig {
        let server = Server { host: "127.0.0.1".to_owned(), port: self.port, encryption: Encryption::None };
        MailboxConfig {
            imap: server.clone(),
            user: "li".to_owned(),
            own: vec!["li@shop.test".to_owned()],
            folders: Vec::new(),
            smtp: Some(server),
            sent_copies: SentCopies::Auto,
            extra_ca_pem: None,
        }
    }

    pub(super) async fn send_as(&self, secret: &Secret, outgoing: &Outgoing, mail: &[u8]) -> Outcome {
        let config = self.config();
        let pace = quick();
        let way = Way { server: config.smtp.as_ref().unwrap(), config: &config, secret, pace: &pace };
        let door = Door::default();
        let result = deliver(way, outgoing, mail, &door).await;
        Outcome { result, crossed: door.crossed.load(Ordering::Relaxed) }
    }

    pub(super) async fn send(&self, outgoing: &Outgoing) -> Outcome {
        self.send_as(&password(), outgoing, MAIL).await
    }
}

async fn talk(
    stream: TcpStream,
    hello: &'static str,
    odd: &Mutex<Vec<Odd>>,
    heard: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut command, mut in_mail) = (String::new(), false);
    loop {
        let act = match take(odd, &command) {
            Some(act) => act,
            None if in_mail && command != "." => Say(""),
            None => Say(usual(&command, hello)),
        };
        in_mail = (in_mail && command != ".") || matches!(act, Say(text) if text.starts_with("354"));
        match act {
            Say("") => {}
            Say(text) => stream.write_all(format!("{text}\r\n").as_bytes()).await?,
            Drop => return Ok(()),
            SayAndDrop(text) => {
                stream.write_all(format!("{text}\r\n").as_bytes()).await?;
                return stream.shutdown().await;
            }
            Silence => drop(stream.read_to_end(&mut Vec::new()).await?),
        }
        command.clear();
        if stream.read_line(&mut command).await? == 0 {
            return Ok(());
        }
        command.truncate(command.trim_end().len());
        heard.lock().unwrap().push(command.clone());
    }
}

fn take(odd: &Mutex<Vec<Odd>>, command: &str) -> Option<Act> {
    let mut odd = odd.lock().unwrap();
    let fits = |word: &str| if word.is_empty() { command.is_empty() } else { command.starts_with(word) };
    let at = odd.iter().position(|(word, _)| fits(word))?;
    Some(odd.remove(at).1)
}

fn usual(command: &str, hello: &'static str) -> &'static str {
    match command.split([' ', ':']).next().unwrap_or_default() {
        "" => "220 mail.test",
        "EHLO" => hello,
        "AUTH" => "235 welcome",
        "DATA" => "354 go on",
        "QUIT" => "221 bye",
        _ => "250 fine",
    }
}

#[derive(Default)]
pub(super) struct Door {
    pub(super) crossed: AtomicUsize,
    pub(super) shut: bool,
}

#[async_trait]
impl Threshold for Door {
    async fn cross(&self) -> Result<(), Problem> {
        self.crossed.fetch_add(1, Ordering::Relaxed);
        if self.shut { Err(Problem::new(ProblemCode::DiskFull)) } else { Ok(()) }
    }
}

#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) result: Result<(), Undelivered>,
    pub(super) crossed: usize,
}

impl Outcome {
    #[track_caller]
    pub(super) fn not_sent(self) -> RemoteError {
        match self.result {
            Err(Undelivered::NotSent(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn says(&self) -> &'static str {
        match &self.result {
            Ok(()) => "sent",
            Err(Undelivered::NotSent(_)) => "not sent",
            Err(Undelivered::Unknown(_)) => "unknown",
        }
    }
}

pub(super) const MAIL: &[u8] = b"Subject: x\r\n\r\n.dots\r\n";
pub(super) const LATER: Retry = Retry::Transient { after: None };
pub(super) const IN_A_MINUTE: Retry = Retry::Transient { after: Some(Duration::from_secs(60)) };

pub(super) fn quick() -> Pace {
    let short = Duration::from_millis(400);
    Pace { verb: short, verdict: short, answer: short, ..Pace::default() }
}

pub(super) fn password() -> Secret {
    Secret::Password("secret".to_owned().into())
}

pub(super) fn to(people: &[&str]) -> Outgoing {
    Outgoing {
        kind: OutgoingKind::Reply,
        message_id: "1@shop.test".to_owned(),
        at_ms: Millis(1_772_366_400_000),
        from: Address::new("Li", "li@shop.test"),
        to: people.iter().map(|email| Address::new("", email)).collect(),
        cc: Vec::new(),
        bcc: Vec::new(),
        subject: "x".to_owned(),
        in_reply_to: None,
        references: Vec::new(),
        text: String::new(),
        html: None,
        attachments: Vec::new(),
    }
}

pub(super) fn one() -> Outgoing {
    to(&["ada@customer.test"])
}
