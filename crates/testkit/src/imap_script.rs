//! A mail server that answers whatever a test wants: every command is given to a function that says what is sent back.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ServerConfig;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// What the server does about a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Sends this, with `{tag}` replaced by the command's.
    Say(String),
    /// Sends this and closes the line.
    SayAndClose(String),
    /// Sends this and begins to encrypt.
    SayAndEncrypt(String),
    /// Never says anything more.
    Silence,
}

impl Reply {
    pub fn ok(data: &str) -> Reply {
        Reply::Say(format!("{data}{{tag}} OK done\r\n"))
    }
}

/// A command as the server hears it: which connection, counted from zero, and the line without its tag. The line `""` asks for the greeting.
pub type Script = dyn Fn(usize, &str) -> Reply + Send + Sync;

/// Answers as a server does that holds one mail in one folder.
pub fn polite(line: &str, mail: &[u8]) -> Reply {
    let mail = String::from_utf8_lossy(mail);
    let size = mail.len();
    let upper = line.to_ascii_uppercase();
    match upper.as_str() {
        "" => Reply::Say("* OK ready\r\n".to_owned()),
        "CAPABILITY" => Reply::ok("* CAPABILITY IMAP4rev1 IDLE\r\n"),
        "IDLE" => Reply::Say("+ idling\r\n".to_owned()),
        "LOGOUT" => Reply::SayAndClose("* BYE bye\r\n{tag} OK done\r\n".to_owned()),
        _ if upper.starts_with("LIST") => Reply::ok("* LIST () \"/\" INBOX\r\n"),
        _ if upper.starts_with("EXAMINE") => {
            Reply::ok("* 1 EXISTS\r\n* OK [UIDVALIDITY 7] fine\r\n* OK [UIDNEXT 2] fine\r\n")
        }
        _ if upper.starts_with("UID SEARCH") => Reply::ok("* SEARCH 1\r\n"),
        _ if upper.starts_with("UID FETCH") && upper.contains("BODY.PEEK[]") => {
            Reply::ok(&format!("* 1 FETCH (UID 1 FLAGS () BODY[] {{{size}}}\r\n{mail})\r\n"))
        }
        _ if upper.starts_with("UID FETCH") && upper.contains("BODY.PEEK[HEADER]") => {
            let header = mail.split_once("\r\n\r\n").map_or(&*mail, |(header, _)| header);
            Reply::ok(&format!(
                "* 1 FETCH (UID 1 FLAGS () BODY[HEADER]<0> {{{}}}\r\n{header})\r\n",
                header.len()
            ))
        }
        _ if upper.starts_with("UID FETCH") => {
            Reply::ok(&format!("* 1 FETCH (UID 1 FLAGS () RFC822.SIZE {size})\r\n"))
        }
        _ => Reply::ok(""),
    }
}

/// The server. Dropped, it closes every line.
#[derive(Debug)]
pub struct ImapScript {
    pub address: SocketAddr,
    connections: watch::Receiver<usize>,
    task: JoinHandle<()>,
}

impl Drop for ImapScript {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl ImapScript {
    /// `tls` is used from the first byte when `implicit`, else after [`Reply::SayAndEncrypt`].
    pub async fn start(
        tls: Option<Arc<ServerConfig>>,
        implicit: bool,
        script: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
    ) -> std::io::Result<ImapScript> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (count, connections) = watch::channel(0);
        let task =
            tokio::spawn(serve(listener, tls.map(TlsAcceptor::from), implicit, Arc::new(script), count));
        Ok(ImapScript { address, connections, task })
    }

    /// Without encryption.
    pub async fn plain(
        script: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
    ) -> std::io::Result<ImapScript> {
        ImapScript::start(None, false, script).await
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        *self.connections.borrow()
    }
}

async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    implicit: bool,
    script: Arc<Script>,
    count: watch::Sender<usize>,
) {
    let mut lines = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let connection = *count.borrow();
        count.send_modify(|count| *count += 1);
        let (tls, script) = (tls.clone(), script.clone());
        // A line that breaks is the client's business.
        lines.spawn(async move { talk(stream, tls, implicit, connection, &*script).await.ok() });
    }
}

trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

async fn talk(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    implicit: bool,
    connection: usize,
    script: &Script,
) -> std::io::Result<()> {
    let mut stream: Box<dyn Duplex> = match &tls {
        Some(acceptor) if implicit => Box::new(acceptor.accept(stream).await?),
        _ => Box::new(stream),
    };
    let mut line = String::new();
    let mut tag = String::new();
    loop {
        match script(connection, line.as_str()) {
            Reply::Say(text) => stream.write_all(text.replace("{tag}", &tag).as_bytes()).await?,
            Reply::SayAndClose(text) => {
                stream.write_all(text.replace("{tag}", &tag).as_bytes()).await?;
                return stream.shutdown().await;
            }
            Reply::SayAndEncrypt(text) => {
                stream.write_all(text.replace("{tag}", &tag).as_bytes()).await?;
                let Some(acceptor) = &tls else { return Ok(()) };
                stream = Box::new(acceptor.accept(stream).await?);
            }
            Reply::Silence => std::future::pending().await,
        }
        (tag, line) = match command(&mut stream, &tag).await? {
            Some(command) => command,
            None => return Ok(()),
        };
    }
}

/// The next command's tag and words; an answer to a question, such as `DONE`, has the tag of the command before.
async fn command(stream: &mut Box<dyn Duplex>, before: &str) -> std::io::Result<Option<(String, String)>> {
    // A byte at a time, so that nothing of a coming handshake is read ahead.
    let mut line = String::new();
    if BufReader::with_capacity(1, stream).read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let line = line.trim_end();
    Ok(Some(match line.split_once(' ') {
        Some((tag, words)) if tag.starts_with('f') => (tag.to_owned(), words.to_owned()),
        _ => (before.to_owned(), line.to_owned()),
    }))
}
