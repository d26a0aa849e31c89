//! What a scripted server says to one client, line by line.

use std::io;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::net::TcpStream;

use super::{Accepted, Cut, Shared, Step, lock};
use crate::dovecot;

trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

type Io = BufReader<Box<dyn Duplex>>;

struct Talk {
    io: Io,
    shared: Arc<Shared>,
    from: String,
    to: Vec<String>,
}

pub(super) async fn talk(stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    let stream: Box<dyn Duplex> = match shared.acceptor() {
        (Some(acceptor), true) => Box::new(acceptor.accept(stream).await?),
        _ => Box::new(stream),
    };
    let mut talk = Talk { io: BufReader::new(stream), shared, from: String::new(), to: Vec::new() };
    talk.reply(Step::Greeting, "", "220 mail.desk.test ESMTP").await?;
    loop {
        let command = talk.line().await?;
        let verb = command.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let told = if verb == "AUTH" { "AUTH" } else { command.as_str() };
        lock(&talk.shared.heard).push(told.to_owned());
        match verb.as_str() {
            "EHLO" => talk.hello(&command).await?,
            "STARTTLS" => talk = talk.encrypted().await?,
            "AUTH" => talk.login(&command).await?,
            "MAIL" => talk.sender(&command).await?,
            "RCPT" => talk.recipient(&command).await?,
            "DATA" => talk.data().await?,
            "RSET" => {
                talk.forget();
                talk.reply(Step::Rset, &command, "250 2.0.0 Forgotten").await?;
            }
            "QUIT" => {
                talk.reply(Step::Quit, &command, "221 2.0.0 Bye").await?;
                return talk.io.shutdown().await;
            }
            "NOOP" => talk.say("250 2.0.0 Still here").await?,
            _ => talk.say("500 5.5.2 What?").await?,
        }
    }
}

fn closed() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}

impl Talk {
    async fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        if self.io.read_until(b'\n', &mut line).await? == 0 {
            return Err(closed());
        }
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    async fn say(&mut self, text: &str) -> io::Result<()> {
        self.io.write_all(format!("{text}\r\n").as_bytes()).await?;
        self.io.flush().await
    }

    /// Drops the line or falls silent, if it is to be here.
    async fn pass(&mut self, point: Cut) -> io::Result<()> {
        if self.shared.hangs(point) {
            self.shared.hangs.send_replace(true);
            // Until the client is gone.
            let mut rest = Vec::new();
            self.io.read_to_end(&mut rest).await?;
            return Err(closed());
        }
        if self.shared.cuts(point) {
            self.io.shutdown().await.ok();
            return Err(closed());
        }
        Ok(())
    }

    /// Answers a command as the rules say, else as usual; whether the answer was positive.
    async fn reply(&mut self, step: Step, command: &str, usual: &str) -> io::Result<bool> {
        self.pass(Cut::Before(step)).await?;
        let text = self.shared.answer(step, command).unwrap_or_else(|| usual.to_owned());
        self.end(step, &text).await
    }

    async fn end(&mut self, step: Step, text: &str) -> io::Result<bool> {
        self.say(text).await?;
        self.pass(Cut::After(step)).await?;
        if text.starts_with("421") {
            self.io.shutdown().await.ok();
            return Err(closed());
        }
        Ok(text.starts_with(['2', '3']))
    }

    fn forget(&mut self) {
        self.from.clear();
        self.to.clear();
    }

    async fn hello(&mut self, command: &str) -> io::Result<()> {
        let mut lines = vec!["mail.desk.test".to_owned(), "8BITMIME".to_owned()];
        {
            let rules = lock(&self.shared.rules);
            lines.extend((rules.tls.is_some() && !rules.implicit).then(|| "STARTTLS".to_owned()));
            lines.extend(rules.size.map(|most| format!("SIZE {most}")));
            lines.extend(rules.utf8.then(|| "SMTPUTF8".to_owned()));
            let mechanisms = rules.mechanisms.join(" ");
            lines.extend((!mechanisms.is_empty()).then(|| format!("AUTH {mechanisms}")));
        }
        let last = lines.len() - 1;
        let mark = |(at, line): (usize, &String)| format!("250{}{line}", if at == last { ' ' } else { '-' });
        let text = lines.iter().enumerate().map(mark).collect::<Vec<_>>().join("\r\n");
        self.reply(Step::Ehlo, command, &text).await.map(|_| ())
    }

    async fn encrypted(mut self) -> io::Result<Talk> {
        let (Some(acceptor), false) = self.shared.acceptor() else {
            self.say("502 5.5.1 Not here").await?;
            return Ok(self);
        };
        if !self.reply(Step::StartTls, "STARTTLS", "220 2.0.0 Go ahead").await? {
            return Ok(self);
        }
        let io: Box<dyn Duplex> = Box::new(acceptor.accept(self.io.into_inner()).await?);
        Ok(Talk { io: BufReader::new(io), ..self })
    }

    async fn login(&mut self, command: &str) -> io::Result<()> {
        let mut words = command.split_ascii_whitespace().skip(1);
        let mechanism = words.next().unwrap_or_default().to_ascii_uppercase();
        let mut given = words.next().map(str::to_owned).unwrap_or_default();
        if mechanism == "LOGIN" {
            self.say("334 VXNlcm5hbWU6").await?;
            self.line().await?;
            self.say("334 UGFzc3dvcmQ6").await?;
            given = self.line().await?;
        }
        let decoded = String::from_utf8_lossy(&STANDARD.decode(given).unwrap_or_default()).into_owned();
        let good = {
            let secrets = &lock(&self.shared.rules).secrets;
            let pieces: Vec<&str> = decoded.split(['\0', '\u{1}']).collect();
            let says = |secret: &String| {
                let bearer = format!("auth=Bearer {secret}");
                pieces.iter().any(|piece| piece == secret || *piece == bearer)
            };
            secrets.is_empty() || secrets.iter().any(says)
        };
        if !good && (mechanism == "XOAUTH2" || mechanism == "OAUTHBEARER") {
            self.say("334 eyJzdGF0dXMiOiI0MDEifQ==").await?;
            self.line().await?;
        }
        let usual = if good { "235 2.7.0 Welcome" } else { "535 5.7.8 Who are you?" };
        self.reply(Step::Auth, "AUTH", usual).await.map(|_| ())
    }

    async fn sender(&mut self, command: &str) -> io::Result<()> {
        self.forget();
        let announced =
            command.split("SIZE=").nth(1).and_then(|size| size.split(' ').next()?.parse::<u64>().ok());
        let most = lock(&self.shared.rules).size;
        let fits = most.zip(announced).is_none_or(|(most, announced)| announced <= most);
        let usual = if fits { "250 2.1.0 Fine" } else { "552 5.3.4 Too large" };
        if self.reply(Step::Mail, command, usual).await? {
            self.from = path(command);
        }
        Ok(())
    }

    async fn recipient(&mut self, command: &str) -> io::Result<()> {
        if self.reply(Step::Rcpt, command, "250 2.1.5 Fine").await? {
            self.to.push(path(command));
        }
        Ok(())
    }

    async fn data(&mut self) -> io::Result<()> {
        let usual = if self.to.is_empty() { "554 5.5.1 Nobody to send it to" } else { "354 Go ahead" };
        if self.reply(Step::Data, "DATA", usual).await? {
            self.content().await?;
        }
        Ok(())
    }

    async fn content(&mut self) -> io::Result<()> {
        let (mut wire, mut begun) = (Vec::new(), false);
        loop {
            let start = wire.len();
            if self.io.read_until(b'\n', &mut wire).await? == 0 {
                return Err(closed());
            }
            if wire.get(start..) == Some(b".\r\n".as_slice()) {
                wire.truncate(start);
                break;
            }
            if !std::mem::replace(&mut begun, true) {
                self.pass(Cut::InContent).await?;
            }
        }
        self.pass(Cut::Before(Step::Content)).await?;
        self.pass(Cut::Unstored).await?;
        let answer = self.shared.answer(Step::Content, "");
        let text = match answer {
            Some(text) if !text.starts_with('2') => text,
            answer => self.keep(&wire, answer).await,
        };
        self.forget();
        if text.starts_with('2') {
            self.pass(Cut::Stored).await?;
        }
        self.end(Step::Content, &text).await.map(|_| ())
    }

    /// Hands the mail on; what is said of it.
    async fn keep(&mut self, wire: &[u8], answer: Option<String>) -> String {
        let (lmtp, most) = {
            let rules = lock(&self.shared.rules);
            (rules.lmtp, rules.size)
        };
        if most.is_some_and(|most| wire.len() as u64 > most) {
            return "552 5.3.4 Too large".to_owned();
        }
        if let Some(port) = lmtp
            && let Err(error) = dovecot::hand_over(port, &self.from, &self.to, wire).await
        {
            tracing::error!(%error, "The mailbox did not take a mail.");
            return "451 4.3.0 Not now".to_owned();
        }
        let mail = unstuffed(wire);
        let accepted = Accepted { from: self.from.clone(), to: self.to.clone(), mail };
        lock(&self.shared.accepted).push(accepted);
        answer.unwrap_or_else(|| "250 2.0.0 Taken".to_owned())
    }
}

/// What stands between the angle brackets.
fn path(command: &str) -> String {
    let inner = command.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or_else(String::new, |(path, _)| path.to_owned())
}

fn unstuffed(wire: &[u8]) -> Vec<u8> {
    let mut mail = Vec::with_capacity(wire.len());
    for line in wire.split_inclusive(|byte| *byte == b'\n') {
        mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
    }
    mail
}
