//! The shapes that only the API has; what the rules know too comes from [`model`]. Field names are the same in TypeScript.

use model::{
    Address, CustomerId, Event, LinkState, Message, Millis, OutboxId, Problem, Seq, SourceId, Ticket,
    TicketId, TicketRow, ViewId,
    fold::Segment,
    outgoing::{DraftText, OutboxEntry, OutgoingAttachment, Seen},
    urgency::{UrgentReason, UrgentRules},
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
        /// Where it lies on this machine.
        pub folder: String,
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
        /// The tickets behind a number of the dashboard.
        Figure { figure: Figure },
    }

    #[derive(Copy, Eq)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    pub enum Figure {
        /// Open tickets whose customer waits for an answer.
        Queue,
        /// Those of the queue that have waited longer than their target.
        OverTarget,
        /// Tickets that need somebody now.
        Urgent,
        /// Tickets on which a customer wrote from `from_ms` on and before `to_ms`.
        Arrived { from_ms: Millis, to_ms: Millis },
        /// Tickets on which the team answered a waiting customer in that time.
        Answered { from_ms: Millis, to_ms: Millis },
    }

    /// The place after a row in a list. Lists are walked from the greatest place to the least, and within one by the ticket's id.
    pub struct RowCursor {
        #[ts(type = "number")]
        pub place: i64,
        pub ticket: TicketId,
    }

    pub struct TicketPage {
        pub rows: Vec<ListedTicket>,
        pub next: Option<RowCursor>,
        /// How many tickets the list has in all, where a counter knows; `None` for a search with more than this page.
        pub total: Option<u32>,
        /// The words to mark in an opened ticket, lower case. Empty unless the scope is a search.
        pub highlights: Vec<String>,
        /// Up to when the list was looked through, if that was given up before the page was full: going on from `next` looks further.
        pub looked_to_ms: Option<Millis>,
    }

    pub struct ListedTicket {
        pub row: TicketRow,
        /// Where it stands in the list: see [`RowCursor`].
        #[ts(type = "number")]
        pub place: i64,
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
        /// What of it has been read with this answer; goes back with [`Calls::send`], so that nobody answers past what another wrote.
        pub seen: Seen,
        /// Replies on their way out, in their order, and those of which the outcome is not known.
        pub outbox: Vec<OutboxItem>,
        /// A reply that was begun.
        pub draft: Option<Draft>,
        /// Why no reply can leave from here, if so: `sending_not_set_up`, or `not_found` for an archive, which has no way out.
        pub cannot_reply: Option<Problem>,
    }

    /// A reply being written.
    pub struct Draft {
        pub ticket: TicketId,
        pub text: DraftText,
        pub attachments: Vec<OutgoingAttachment>,
        /// The addresses this mailbox may send as; the first is its own.
        pub from_choices: Vec<Address>,
        /// The keys (lower case) of all who have been on this ticket: anybody else is somebody new and is warned of.
        pub known: Vec<String>,
        /// The text that would be quoted, when `text.quote` is set; for a look, not for editing.
        pub quoted: Option<Quoted>,
        pub kept_at_ms: Millis,
    }

    pub struct Quoted {
        pub from: Address,
        pub at_ms: Millis,
        pub text: String,
    }

    pub struct Queued {
        pub outbox: OutboxId,
        pub hold_until_ms: Millis,
    }

    /// A mail in the outbox with what a list shows of its ticket.
    pub struct OutboxItem {
        pub entry: OutboxEntry,
        pub ticket_subject: String,
        pub requester_name: String,
        pub source_name: String,
        /// In review: how many mails have come since the agent last saw the ticket.
        pub news: u32,
        /// Of an unknown outcome: whether the folder of sent mail has been read since, without finding it there.
        pub not_in_sent: bool,
    }

    /// What is shown of an image or file in a draft.
    pub struct AttachmentContent {
        pub media_type: String,
        pub base64: String,
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

    /// The dashboard's figures, all of one moment.
    pub struct Board {
        pub as_of_ms: Millis,
        pub queue: u32,
        /// The customers who have waited longest, the longest first, at most twelve.
        pub longest_waits: Vec<Wait>,
        pub over_target: u32,
        /// Tickets that need somebody now, and nobody has taken.
        pub urgent: u32,
        /// The longest unanswered of them first, at most fifty.
        pub urgent_tickets: Vec<UrgentWait>,
        /// One for each hour of today on this machine, from midnight (23 or 25 on the days the clock is changed).
        pub hours: Vec<BoardHour>,
        pub today: Answers,
        /// From Monday, midnight.
        pub week: Answers,
        /// Today's midnight and this week's, here.
        pub today_from_ms: Millis,
        pub week_from_ms: Millis,
    }

    pub struct Wait {
        pub ticket: TicketId,
        pub requester_name: String,
        pub subject: String,
        pub since_ms: Millis,
        pub target_min: u32,
    }

    pub struct UrgentWait {
        pub ticket: TicketId,
        pub requester_name: String,
        pub subject: String,
        pub reason: UrgentReason,
        pub raised_at_ms: Millis,
        /// Since when the customer waits, if they do.
        pub waiting_since_ms: Option<Millis>,
    }

    pub struct BoardHour {
        pub from_ms: Millis,
        pub to_ms: Millis,
        /// Mails that customers wrote; automatic mail is not counted.
        pub arrived: u32,
        /// Answers of the team to a waiting customer.
        pub answered: u32,
    }

    /// Answers given in a time, and how long the customer had waited for each since the first mail nobody had answered.
    pub struct Answers {
        pub arrived: u32,
        pub answered: u32,
        #[ts(type = "number | null")]
        pub median_ms: Option<i64>,
        /// Nine in ten answers came within this.
        #[ts(type = "number | null")]
        pub ninetieth_ms: Option<i64>,
        /// How many came within their target.
        pub within_target: u32,
    }

    /// What was urgent and asked for somebody.
    pub struct Alert {
        #[ts(type = "number")]
        pub id: i64,
        pub ticket: TicketId,
        pub requester_name: String,
        pub subject: String,
        pub reason: UrgentReason,
        pub raised_at_ms: Millis,
        /// When the system showed a notification; `None`: it never could.
        pub told_at_ms: Option<Millis>,
        pub snoozed_until_ms: Option<Millis>,
        /// Whether it still asks for somebody.
        pub standing: bool,
        /// Told while nobody looked: neither opened, nor taken, nor seen in the list.
        pub missed: bool,
    }

    pub struct EarlierMessages {
        pub messages: Vec<ShownMessage>,
        pub earlier: u32,
    }

    /// A message with its text cut into new, quoted and signature; `message.text` is empty here, the segments hold it.
    pub struct ShownMessage {
        pub message: Message,
        pub segments: Vec<Segment>,
        /// Whether the segments are only the beginning of a very long text: [`Calls::whole_text`] has all of it.
        pub cut: bool,
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

    /// A change of tickets.
    pub struct TicketsChanged {
        pub seq: Seq,
        /// How many were not as asked already.
        pub tickets: u32,
        /// By which [`Calls::undo`] takes it back, all at once, for as long as this desk is open and it is among the last hundred
        /// changes and the last fifty thousand tickets changed. `None` when nothing changed.
        pub undo: Option<u32>,
    }

    pub struct Undone {
        pub seq: Seq,
        /// How many tickets are as they were.
        pub tickets: u32,
        /// How many were changed again since and were left alone.
        pub left: u32,
    }

    /// What may be typed in a query, and which characters of it that would take the place of.
    pub struct Completions {
        /// In characters from the start of the text.
        pub from: u32,
        pub to: u32,
        /// The likeliest first, at most twelve.
        pub options: Vec<Completion>,
    }

    pub struct Completion {
        pub kind: CompletionKind,
        /// What to put there, quoted where that is needed.
        pub text: String,
        /// What it is called, where that differs from `text`: a person's name, a tag as it is written.
        pub label: String,
        /// How many tickets, where a counter knows.
        pub tickets: Option<u32>,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum CompletionKind {
        /// `status:` and the like.
        Key,
        Value,
        Tag,
        Source,
        Person,
    }

    /// How the newest tickets that a search finds divide.
    pub struct Facets {
        /// How many tickets were looked at: all that were found, or the newest of them.
        pub tickets: u32,
        /// Whether these are all.
        pub all: bool,
        pub facets: Vec<Facet>,
    }

    pub struct Facet {
        pub kind: FacetKind,
        /// The term that narrows the search down to them, e.g. `tag:late`.
        pub term: String,
        /// The value by itself, e.g. `late`.
        pub label: String,
        pub tickets: u32,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum FacetKind {
        Status,
        Tag,
        Lang,
        Channel,
        Source,
        From,
    }

    /// Somebody found by name or address.
    pub struct Person {
        pub customer: CustomerId,
        pub name: String,
        pub email: String,
        pub tickets: u32,
        /// Whether what was typed fits only when a typing error is allowed for.
        pub guessed: bool,
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

    /// How the agent's window is divided.
    #[derive(Copy, Eq)]
    pub struct Layout {
        /// Pixels of the list; 0 is the usual width.
        pub list: u32,
        /// Whether the customer stands beside the conversation.
        pub customer: bool,
    }

    pub struct Settings {
        pub language: Language,
        pub theme: Theme,
        pub density: Density,
        /// The name notes are signed with.
        pub agent_name: String,
        pub layout: Layout,
        pub notify: bool,
        pub urgent: UrgentRules,
        /// Put under every reply; plain text, may be empty.
        pub signature: String,
        /// Within how many minutes a customer should have an answer; VIPs have a target of their own in `urgent`.
        pub target_min: u32,
        /// The automatic acknowledgement in each language; `{subject}` and `{ticket}` are filled in. Empty: as Foredeck words it.
        pub acknowledgement_zh: String,
        pub acknowledgement_en: String,
        /// OAuth client ids by provider, as the organisation registered them. Not secrets.
        pub google_client_id: String,
        /// What Google calls a secret and gives to every copy of a desktop application. May be empty.
        pub google_client_secret: String,
        pub microsoft_client_id: String,
    }
}
