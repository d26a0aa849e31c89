//! What is known of a mailbox before it is opened: where it is, whose it is, how patient to be. Holds no secret and may be stored.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::RemoteError;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// From the first byte, usually port 993.
    Tls,
    /// Asked for on a plain line, usually port 143. A server that does not offer it is refused.
    StartTls,
    /// None at all: only for a server on this machine.
    None,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub encryption: Encryption,
}

/// Who puts a copy of what was sent into the folder of sent mail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SentCopies {
    /// Foredeck, unless the server is known to do it by itself.
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxConfig {
    pub imap: Server,
    /// The name the server knows the account by, often the address.
    pub user: String,
    /// The addresses of the mailbox itself: what they wrote is outbound.
    pub own: Vec<String>,
    /// Folders read besides the inbox and the sent mail, by the names people see.
    #[serde(default)]
    pub folders: Vec<String>,
    /// For outgoing mail, with the same name and secret. `None`: the mailbox is only read.
    #[serde(default)]
    pub smtp: Option<Server>,
    #[serde(default)]
    pub sent_copies: SentCopies,
    /// Certificates to trust besides the system's, in PEM: a private authority, or the server's own.
    #[serde(default)]
    pub extra_ca_pem: Option<String>,
}

/// Gets a valid access token. Asked with `refresh` when the server refused the one it gave.
#[async_trait]
pub trait TokenSource: Send + Sync {
    async fn access_token(&self, refresh: bool) -> Result<Zeroizing<String>, RemoteError>;
}

#[derive(Clone)]
pub enum Secret {
    Password(Zeroizing<String>),
    OAuth(Arc<dyn TokenSource>),
}

impl fmt::Debug for Secret {
    /// Its kind only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Secret::Password(_) => "Password",
            Secret::OAuth(_) => "OAuth",
        })
    }
}

/// How long to wait for what. The defaults suit the internet; tests shorten them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// For a connection to stand, encryption included.
    pub connect: Duration,
    /// For the server to say anything while an answer is due.
    pub answer: Duration,
    /// For an answer of a server for outgoing mail, which may ask others first.
    pub verb: Duration,
    /// For its last word on a mail it was given: one that gives up too early leaves nobody knowing.
    pub verdict: Duration,
    /// Between two looks at what the folders hold while history is read.
    pub look: Duration,
    /// Between two looks at a server that cannot push.
    pub poll: Duration,
    /// After which IDLE is asked for anew; servers and routers forget silent lines.
    pub renew: Duration,
    /// A line that stood this long may drop without its being a problem.
    pub settled: Duration,
    /// Between two readings of the flags where the server does not count changes.
    pub flags: Duration,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            connect: Duration::from_secs(15),
            answer: Duration::from_secs(60),
            // As RFC 5321, section 4.5.3.2, asks.
            verb: Duration::from_secs(5 * 60),
            verdict: Duration::from_secs(10 * 60),
            look: Duration::from_secs(2),
            poll: Duration::from_secs(60),
            renew: Duration::from_secs(9 * 60),
            settled: Duration::from_secs(60),
            flags: Duration::from_secs(5 * 60),
        }
    }
}
