//! Mailboxes and archives: setting them up, reading them, writing them out.

use model::{LinkState, Problem, SourceId};

super::shapes! {
    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum Encryption {
        Tls,
        StartTls,
        /// Only to this machine.
        None,
    }

    pub struct Server {
        pub host: String,
        pub port: u16,
        pub encryption: Encryption,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum Provider {
        Google,
        Microsoft,
    }

    pub struct MailSettings {
        pub imap: Server,
        pub smtp: Option<Server>,
        pub user: String,
        /// Where the settings come from: `provider`, `dns`, `autoconfig` or `guess`.
        pub found_by: String,
        /// The provider that wants an authorisation instead of a password.
        pub provider: Option<Provider>,
    }

    #[serde(tag = "kind", rename_all = "snake_case")]
    pub enum Credential {
        Password { password: String },
        /// A handle of [`Authorised`].
        Authorised { handle: String },
    }

    pub struct NewMailbox {
        pub name: String,
        pub address: String,
        /// Other addresses that are this mailbox's own.
        pub aliases: Vec<String>,
        pub user: String,
        pub imap: Server,
        /// For outgoing mail, with the same name and password. `None`: this mailbox is only read.
        pub smtp: Option<Server>,
        pub credential: Credential,
        /// A certificate (PEM) to trust besides the system's, for a company's own authority.
        pub extra_ca: Option<String>,
    }

    pub struct MailboxChecked {
        /// How many folders will be read.
        pub folders: u32,
        pub messages: u32,
        pub pushes: bool,
    }

    pub struct Authorisation {
        pub handle: String,
        pub url: String,
    }

    pub struct Authorised {
        pub handle: String,
        pub address: Option<String>,
    }

    #[serde(rename_all = "snake_case")]
    pub enum SourceKind {
        Mailbox,
        Archive,
        Sample,
    }

    pub struct Source {
        pub id: SourceId,
        pub kind: SourceKind,
        pub name: String,
        pub address: String,
        /// Where its authorisation comes from, if it has no password.
        pub provider: Option<Provider>,
        pub link: LinkState,
        pub messages: u32,
        pub sending: Option<Sending>,
        /// Whether new tickets are acknowledged by themselves.
        pub acknowledges: bool,
    }

    /// How a mailbox's mail leaves.
    pub struct Sending {
        pub smtp: Server,
        pub copy: SentCopies,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum SentCopies {
        /// Foredeck files a copy unless the server is known to do it.
        Auto,
        Always,
        Never,
    }

    pub struct Imported {
        pub messages: u32,
        pub tickets: u32,
        pub already_here: u32,
        /// What could not be read: the file and, in an mbox, which message (from 1).
        pub unreadable: Vec<Unreadable>,
    }

    pub struct Unreadable {
        pub file: String,
        pub message: Option<u32>,
    }

    pub struct Synced {
        pub source: SourceId,
        pub name: String,
        pub new_messages: u32,
        pub problem: Option<Problem>,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum ExportFormat {
        Mbox,
        JsonLines,
    }

    pub struct Exported {
        pub path: String,
        pub messages: u32,
    }
}
