//! The shapes that only the API has; what the rules know too comes from [`model`]. Field names are the same in TypeScript.

use model::{
    CustomerId, Event, LinkState, Message, Millis, Seq, SourceId, Ticket, TicketId, TicketRow, ViewId,
    fold::Segment, urgency::UrgentRules,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

macro_rules! shapes {
    ($($(#[$meta:meta])* pub $kind:ident $name:ident $body:tt)+) => {$(
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
        $(#[$meta])*
        pub $kind $name $body
    )+};
}

shapes! {
    pub struct Boot {
        pub version: String,
        /// The workspace folder's name, as a person gave it.
        pub workspace: String,
        /// Whether this is the sample: nothing in it is real and nothing leaves it.
        pub sample: bool,
        pub settings: Settings,
        pub links: Vec<LinkState>,
        /// How many tickets are on this machine.
        pub tickets: u32,
        /// Why native notifications can't be shown, if they can't.
        pub notifications: Option<model::Problem>,
        /// What happened while opening that a person should know, e.g. `workspace_damaged`.
        pub notices: Vec<model::Problem>,
        /// Providers for which a client id is set, so that a button can be shown.
        pub providers: Vec<Provider>,
    }

    #[serde(tag = "kind", rename_all = "snake_case")]
    pub enum Scope {
        View { view: ViewId },
        Search { query: String },
        Customer { customer: CustomerId },
    }

    /// The place after a row in a list ordered by newest message.
    pub struct RowCursor {
        pub last_message_at_ms: Millis,
        pub ticket: TicketId,
    }

    pub struct TicketPage {
        pub rows: Vec<ListedTicket>,
        pub next: Option<RowCursor>,
        /// How many tickets the list has in all, where a counter knows; `None` for a search with more than this page.
        pub total: Option<u32>,
        /// The words to mark in an opened ticket, lower case. Empty unless the scope is a search.
        pub highlights: Vec<String>,
    }

    pub struct ListedTicket {
        pub row: TicketRow,
        /// In a search: the passage that matched.
        pub excerpt: Option<Excerpt>,
    }

    /// One line of text with the parts to mark.
    pub struct Excerpt {
        pub text: String,
        /// Start and length, in UTF-16 units as JavaScript counts.
        pub marks: Vec<(u32, u32)>,
    }

    pub struct Conversation {
        pub ticket: Ticket,
        /// Oldest first; the newest fifty.
        pub messages: Vec<ShownMessage>,
        pub events: Vec<Event>,
        /// How many messages come before these.
        pub earlier: u32,
        pub note_draft: String,
    }

    pub struct EarlierMessages {
        pub messages: Vec<ShownMessage>,
        pub earlier: u32,
    }

    /// A message with its text cut into new, quoted and signature; `message.text` is empty here, the segments hold it.
    pub struct ShownMessage {
        pub message: Message,
        pub segments: Vec<Segment>,
        /// Whether the HTML says more than the text and should be shown in the frame.
        pub show_html: bool,
        /// Remote images in the HTML that are not shown.
        pub blocked_images: u32,
        pub images_trusted: bool,
    }

    /// What a change did, after it was committed.
    pub struct Changed {
        pub seq: Seq,
    }

    pub struct Letter {
        /// To be put behind the platform's base: `mail://localhost/` or `/letter/`.
        pub path: String,
    }

    pub struct SavedFile {
        pub path: String,
    }

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
        pub problem: Option<model::Problem>,
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

    #[derive(Copy, Eq)]
    pub enum Language {
        #[serde(rename = "system")]
        System,
        #[serde(rename = "zh-CN")]
        Chinese,
        #[serde(rename = "en")]
        English,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum Theme {
        System,
        Light,
        Dark,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum Density {
        Regular,
        Compact,
    }

    pub struct Settings {
        pub language: Language,
        pub theme: Theme,
        pub density: Density,
        /// The name notes are signed with.
        pub agent_name: String,
        pub notify: bool,
        pub urgent: UrgentRules,
        /// OAuth client ids by provider, as the organisation registered them. Not secrets.
        pub google_client_id: String,
        pub microsoft_client_id: String,
    }
}
