// Generated from crates/app by `cargo xtask types`. A test keeps it equal; do not edit.

export type Address = { 
/**
 * The display name, possibly empty.
 */
name: string, 
/**
 * The address as written, trimmed; possibly empty when a message has none.
 */
email: string, };

export type Alert = { id: number, ticket: TicketId, requester_name: string, subject: string, reason: UrgentReason, raised_at_ms: Millis, 
/**
 * When the system showed a notification; `None`: it never could.
 */
told_at_ms: Millis | null, snoozed_until_ms: Millis | null, 
/**
 * Whether it still asks for somebody.
 */
standing: boolean, 
/**
 * Told while nobody looked: neither opened, nor taken, nor seen in the list.
 */
missed: boolean, };

export type Answers = { arrived: number, answered: number, median_ms: number | null, 
/**
 * Nine in ten answers came within this.
 */
ninetieth_ms: number | null, 
/**
 * How many came within their target.
 */
within_target: number, };

export type Attachment = { id: AttachmentId, 
/**
 * Safe to show and to save under: no path, no control, never empty.
 */
name: string, media_type: string, 
/**
 * Bytes after decoding. A safe integer.
 */
size: number, 
/**
 * `Content-ID` without brackets, when the HTML shows it inline.
 */
content_id: string | null, inline: boolean, 
/**
 * `None` when the content is not on this machine.
 */
hash: BlobHash | null, };

export type AttachmentContent = { media_type: string, base64: string, };

export type AttachmentId = string;

export type Authorisation = { handle: string, url: string, };

export type Authorised = { handle: string, address: string | null, };

export type Automatic = { "kind": "bounce", recipients: Array<string>, status: string | null, } | { "kind": "auto_reply" } | { "kind": "bulk" };

export type BlobHash = string;

export type Board = { as_of_ms: Millis, queue: number, 
/**
 * The customers who have waited longest, the longest first, at most twelve.
 */
longest_waits: Array<Wait>, over_target: number, 
/**
 * Tickets that need somebody now, and nobody has taken.
 */
urgent: number, 
/**
 * The longest unanswered of them first, at most fifty.
 */
urgent_tickets: Array<UrgentWait>, 
/**
 * One for each hour of today on this machine, from midnight (23 or 25 on the days the clock is changed).
 */
hours: Array<BoardHour>, today: Answers, 
/**
 * From Monday, midnight.
 */
week: Answers, 
/**
 * Today's midnight and this week's, here.
 */
today_from_ms: Millis, week_from_ms: Millis, };

export type BoardHour = { from_ms: Millis, to_ms: Millis, 
/**
 * Mails that customers wrote; automatic mail is not counted.
 */
arrived: number, 
/**
 * Answers of the team to a waiting customer.
 */
answered: number, };

export type Boot = { version: string, 
/**
 * The workspace folder's name, as a person gave it.
 */
workspace: string, 
/**
 * Where it lies on this machine.
 */
folder: string, 
/**
 * Whether this is the sample: nothing in it is real and nothing leaves it.
 */
sample: boolean, settings: Settings, links: Array<LinkState>, 
/**
 * How many tickets are on this machine.
 */
tickets: number, 
/**
 * Why native notifications can't be shown, if they can't.
 */
notifications: Problem | null, 
/**
 * What happened while opening that a person should know, e.g. `workspace_damaged`.
 */
notices: Array<Problem>, 
/**
 * Providers for which a client id is set, so that a button can be shown.
 */
providers: Array<Provider>, };

export type CacheTag = { "kind": "views" } | { "kind": "lists" } | { "kind": "ticket", ticket: TicketId, } | { "kind": "tickets" } | { "kind": "customer", customer: CustomerId, } | { "kind": "customers" } | { "kind": "tags" } | { "kind": "sources" } | { "kind": "settings" } | { "kind": "outbox" } | { "kind": "alerts" };

export type CalendarMethod = "request" | "reply" | "cancel" | "publish";

export type Changed = { seq: Seq, };

export type Channel = "mail" | "chat" | "phone" | "social";

export type Column = "snippet" | "tags" | "messages" | "priority" | "channel" | "source";

export type Completion = { kind: CompletionKind, 
/**
 * What to put there, quoted where that is needed.
 */
text: string, 
/**
 * What it is called, where that differs from `text`: a person's name, a tag as it is written.
 */
label: string, 
/**
 * How many tickets, where a counter knows.
 */
tickets: number | null, };

export type CompletionKind = "key" | "value" | "tag" | "source" | "person";

export type Completions = { 
/**
 * In characters from the start of the text.
 */
from: number, to: number, 
/**
 * The likeliest first, at most twelve.
 */
options: Array<Completion>, };

export type Contact = { kind: ContactKind, value: string, };

export type ContactKind = "email" | "phone";

export type Conversation = { ticket: Ticket, 
/**
 * Oldest first; the newest fifty.
 */
messages: Array<ShownMessage>, events: Array<Event>, 
/**
 * How many messages come before these.
 */
earlier: number, note_draft: string, 
/**
 * What of it has been read with this answer; goes back with [`Calls::send`], so that nobody answers past what another wrote.
 */
seen: Seen, 
/**
 * Replies on their way out, in their order, and those of which the outcome is not known.
 */
outbox: Array<OutboxItem>, 
/**
 * A reply that was begun.
 */
draft: Draft | null, 
/**
 * Why no reply can leave from here, if so: `sending_not_set_up`, or `not_found` for an archive, which has no way out.
 */
cannot_reply: Problem | null, };

export type Credential = { "kind": "password", password: string, } | { "kind": "authorised", handle: string, };

export type Customer = { id: CustomerId, name: string, tier: Tier, 
/**
 * `lang` they mostly write in.
 */
lang: string, contacts: Array<Contact>, tags: Array<Tag>, first_seen_at_ms: Millis, last_seen_at_ms: Millis, tickets: number, open_tickets: number, 
/**
 * Newest first, at most twenty.
 */
earlier: Array<TicketRow>, };

export type CustomerId = string;

export type Defect = "no_date" | "no_sender" | "broken_mime" | "broken_charset" | "text_cut" | "too_many_parts" | "too_many_recipients" | "attachment_missing";

export type Density = "regular" | "compact";

export type DeskEvent = { "kind": "changed", seq: Seq, stale: Array<CacheTag>, } | { "kind": "link", link: LinkState, } | { "kind": "lagged" } | { "kind": "open_ticket", ticket: TicketId, } | { "kind": "open_list", scope: Scope, } | { "kind": "raise" } | { "kind": "open_dashboard" } | { "kind": "notice", problem: Problem, } | { "kind": "importing", messages: number, bytes: number, total_bytes: number, };

export type Direction = "inbound" | "outbound";

export type Draft = { ticket: TicketId, text: DraftText, attachments: Array<OutgoingAttachment>, 
/**
 * The addresses this mailbox may send as; the first is its own.
 */
from_choices: Array<Address>, 
/**
 * The keys (lower case) of all who have been on this ticket: anybody else is somebody new and is warned of.
 */
known: Array<string>, 
/**
 * The text that would be quoted, when `text.quote` is set; for a look, not for editing.
 */
quoted: Quoted | null, kept_at_ms: Millis, };

export type DraftText = { kind: ReplyKind, from: Address, to: Array<Address>, cc: Array<Address>, bcc: Array<Address>, subject: string, 
/**
 * What the editor holds. Hostile until sanitised: a paste can bring anything.
 */
html: string, 
/**
 * The message whose text is quoted below, or forwarded. `None`: no quote.
 */
quote: MessageId | null, };

export type EarlierMessages = { messages: Array<ShownMessage>, earlier: number, };

export type Encryption = "tls" | "start_tls" | "none";

export type Event = { at_ms: Millis, 
/**
 * The agent's name; empty when the desk did it by itself.
 */
who: string, what: EventKind, };

export type EventKind = { "kind": "status", from: Status, to: Status, } | { "kind": "priority", from: Priority, to: Priority, } | { "kind": "tag_added", tag: string, } | { "kind": "tag_removed", tag: string, } | { "kind": "urgent", reason: UrgentReason, } | { "kind": "acknowledged" };

export type Excerpt = { text: string, 
/**
 * Start and length, in UTF-16 units as JavaScript counts.
 */
marks: Array<[number, number]>, };

export type ExportFormat = "mbox" | "json_lines";

export type Exported = { path: string, messages: number, };

export type Facet = { kind: FacetKind, 
/**
 * The term that narrows the search down to them, e.g. `tag:late`.
 */
term: string, 
/**
 * The value by itself, e.g. `late`.
 */
label: string, tickets: number, };

export type FacetKind = "status" | "tag" | "lang" | "channel" | "source" | "from";

export type Facets = { 
/**
 * How many tickets were looked at: all that were found, or the newest of them.
 */
tickets: number, 
/**
 * Whether these are all.
 */
all: boolean, facets: Array<Facet>, };

export type Figure = { "kind": "queue" } | { "kind": "over_target" } | { "kind": "urgent" } | { "kind": "arrived", from_ms: Millis, to_ms: Millis, } | { "kind": "answered", from_ms: Millis, to_ms: Millis, };

export type Imported = { messages: number, tickets: number, already_here: number, 
/**
 * What could not be read: the file and, in an mbox, which message (from 1).
 */
unreadable: Array<Unreadable>, };

export type Language = "system" | "zh-CN" | "en";

export type Layout = { 
/**
 * Pixels of the list; 0 is the usual width.
 */
list: number, 
/**
 * Whether the customer stands beside the conversation.
 */
customer: boolean, };

export type Letter = { 
/**
 * To be put behind the platform's base: `mail://localhost/` or `/letter/`.
 */
path: string, };

export type LinkPhase = { "phase": "paused" } | { "phase": "connecting" } | { "phase": "filling", done: number, total: number, seconds_left: number | null, } | { "phase": "live", pushed: boolean, } | { "phase": "complete" } | { "phase": "offline", retry_at_ms: Millis, } | { "phase": "retrying", problem: Problem, retry_at_ms: Millis, } | { "phase": "stopped", problem: Problem, };

export type LinkState = { source: SourceId, name: string, phase: LinkPhase, 
/**
 * When the source last confirmed that nothing is missing here.
 */
as_of_ms: Millis | null, };

export type ListedTicket = { row: TicketRow, 
/**
 * Where it stands in the list: see [`RowCursor`].
 */
place: number, 
/**
 * In a search: the passage that matched.
 */
excerpt: Excerpt | null, };

export type Look = { sort: Sort, columns: Array<Column>, };

export type MailSettings = { imap: Server, smtp: Server | null, user: string, 
/**
 * Where the settings come from: `provider`, `dns`, `autoconfig` or `guess`.
 */
found_by: string, 
/**
 * The provider that wants an authorisation instead of a password.
 */
provider: Provider | null, };

export type MailboxChecked = { 
/**
 * How many folders will be read.
 */
folders: number, messages: number, pushes: boolean, };

export type Message = { id: MessageId, ticket: TicketId, kind: MessageKind, direction: Direction, from: Address, to: Array<Address>, cc: Array<Address>, at_ms: Millis, 
/**
 * The whole plain text; [`crate::fold::fold`] says what is quoted.
 */
text: string, lang: string, has_html: boolean, attachments: Array<Attachment>, automatic: Automatic | null, calendar: CalendarMethod | null, defects: Array<Defect>, 
/**
 * Since when the source no longer has it.
 */
gone_at_ms: Millis | null, };

export type MessageId = string;

export type MessageKind = "mail" | "note";

export type Millis = number;

export type NewMailbox = { name: string, address: string, 
/**
 * Other addresses that are this mailbox's own.
 */
aliases: Array<string>, user: string, imap: Server, 
/**
 * For outgoing mail, with the same name and password. `None`: this mailbox is only read.
 */
smtp: Server | null, credential: Credential, 
/**
 * A certificate (PEM) to trust besides the system's, for a company's own authority.
 */
extra_ca: string | null, };

export type OutboxEntry = { id: OutboxId, ticket: TicketId, source: SourceId, state: OutboxState, 
/**
 * Without its texts for a mail that is sent.
 */
outgoing: Outgoing, 
/**
 * What the agent had seen when they sent it off.
 */
seen: Seen, 
/**
 * The agent's name.
 */
who: string, queued_at_ms: Millis, 
/**
 * Until when it can be taken back.
 */
hold_until_ms: Millis | null, attempts: number, next_try_at_ms: Millis | null, 
/**
 * Why it has not gone yet.
 */
problem: Problem | null, copy: SentCopy, sent_at_ms: Millis | null, };

export type OutboxId = string;

export type OutboxItem = { entry: OutboxEntry, ticket_subject: string, requester_name: string, source_name: string, 
/**
 * In review: how many mails have come since the agent last saw the ticket.
 */
news: number, 
/**
 * Of an unknown outcome: whether the folder of sent mail has been read since, without finding it there.
 */
not_in_sent: boolean, };

export type OutboxState = "held" | "waiting" | "sending" | "handing_over" | "unknown" | "review" | "stopped" | "sent";

export type Outgoing = { kind: OutgoingKind, 
/**
 * Without angle brackets.
 */
message_id: string, 
/**
 * The `Date` header: when it was queued.
 */
at_ms: Millis, from: Address, to: Array<Address>, cc: Array<Address>, bcc: Array<Address>, subject: string, in_reply_to: string | null, 
/**
 * Oldest first.
 */
references: Array<string>, 
/**
 * The whole text, quote included.
 */
text: string, 
/**
 * The whole HTML, sanitised, quote included; `None` for a plain mail.
 */
html: string | null, attachments: Array<OutgoingAttachment>, };

export type OutgoingAttachment = { 
/**
 * Safe to show and to save under.
 */
name: string, media_type: string, 
/**
 * Bytes. A safe integer.
 */
size: number, 
/**
 * Set for an image inside the text: the HTML names it as `cid:…`.
 */
content_id: string | null, hash: BlobHash, };

export type OutgoingKind = "reply" | "acknowledgement";

export type Person = { customer: CustomerId, name: string, email: string, tickets: number, 
/**
 * Whether what was typed fits only when a typing error is allowed for.
 */
guessed: boolean, };

export type Priority = "low" | "normal" | "high" | "urgent";

export type Problem = { code: ProblemCode, params: { [key in string]: string }, 
/**
 * What the server said, for "Copy details". May be in any language and is never interpreted.
 */
cause: string | null, };

export type ProblemCode = "host_unknown" | "unreachable" | "line_dropped" | "certificate_refused" | "encryption_refused" | "password_refused" | "authorisation_expired" | "authorisation_abandoned" | "server_nonsense" | "server_busy" | "folder_missing" | "settings_not_found" | "secret_missing" | "key_store_missing" | "passphrase_wrong" | "password_command_failed" | "not_the_sample" | "workspace_newer" | "workspace_damaged" | "workspace_in_use" | "disk_full" | "file_unreadable" | "file_exists" | "query_invalid" | "view_name_gone" | "too_many_views" | "not_found" | "invalid" | "recipients_refused" | "sender_refused" | "message_too_large" | "message_refused" | "delivery_deferred" | "outcome_unknown" | "guard_unreadable" | "sending_not_set_up" | "copy_not_filed" | "no_recipients" | "too_many_recipients" | "address_invalid" | "nothing_written" | "text_too_long" | "attachment_too_large" | "attachment_missing" | "draft_exists" | "already_sent" | "replies_held" | "notifications_unavailable" | "internal";

export type Provider = "google" | "microsoft";

export type Queued = { outbox: OutboxId, hold_until_ms: Millis, };

export type Quoted = { from: Address, at_ms: Millis, text: string, };

export type ReplyKind = "reply" | "reply_all" | "forward";

export type RowCursor = { place: number, ticket: TicketId, };

export type SavedFile = { path: string, };

export type SavedViewId = string;

export type Scope = { "kind": "view", view: ViewId, } | { "kind": "search", query: string, } | { "kind": "customer", customer: CustomerId, } | { "kind": "figure", figure: Figure, };

export type Seen = { newest: MessageId | null, mails: number, };

export type Segment = { kind: SegmentKind, text: string, };

export type SegmentKind = "new" | "quote" | "signature";

export type Sending = { smtp: Server, copy: SentCopies, };

export type SentCopies = "auto" | "always" | "never";

export type SentCopy = "due" | "done";

export type Seq = string;

export type Server = { host: string, port: number, encryption: Encryption, };

export type Settings = { language: Language, theme: Theme, density: Density, 
/**
 * The name notes are signed with.
 */
agent_name: string, layout: Layout, notify: boolean, urgent: UrgentRules, 
/**
 * Put under every reply; plain text, may be empty.
 */
signature: string, 
/**
 * Within how many minutes a customer should have an answer; VIPs have a target of their own in `urgent`.
 */
target_min: number, 
/**
 * The automatic acknowledgement in each language; `{subject}` and `{ticket}` are filled in. Empty: as Foredeck words it.
 */
acknowledgement_zh: string, acknowledgement_en: string, 
/**
 * OAuth client ids by provider, as the organisation registered them. Not secrets.
 */
google_client_id: string, 
/**
 * What Google calls a secret and gives to every copy of a desktop application. May be empty.
 */
google_client_secret: string, microsoft_client_id: string, };

export type ShownMessage = { message: Message, segments: Array<Segment>, 
/**
 * Whether the segments are only the beginning of a very long text: [`Calls::whole_text`] has all of it.
 */
cut: boolean, 
/**
 * Whether the HTML says more than the text and should be shown in the frame.
 */
show_html: boolean, 
/**
 * Remote images in the HTML that are not shown.
 */
blocked_images: number, images_trusted: boolean, };

export type Sort = "newest" | "oldest" | "longest_wait" | "priority";

export type Source = { id: SourceId, kind: SourceKind, name: string, address: string, 
/**
 * Where its authorisation comes from, if it has no password.
 */
provider: Provider | null, link: LinkState, messages: number, sending: Sending | null, 
/**
 * Whether new tickets are acknowledged by themselves.
 */
acknowledges: boolean, };

export type SourceId = string;

export type SourceKind = "mailbox" | "archive" | "sample";

export type StandardView = "open" | "waiting" | "closed" | "urgent";

export type Status = "open" | "waiting" | "closed";

export type Synced = { source: SourceId, name: string, new_messages: number, problem: Problem | null, };

export type Tag = { id: TagId, 
/**
 * As people wrote it; two tags whose lower case is equal are one.
 */
name: string, layer: TagLayer, };

export type TagId = string;

export type TagLayer = "base" | "dynamic" | "sentiment";

export type Theme = "system" | "light" | "dark";

export type Ticket = { row: TicketRow, created_at_ms: Millis, closed_at_ms: Millis | null, source_name: string, 
/**
 * Whether status, priority, tags and notes are only this desk's own because the source can't hold them.
 */
own_to_this_desk: boolean, };

export type TicketId = string;

export type TicketPage = { rows: Array<ListedTicket>, next: RowCursor | null, 
/**
 * How many tickets the list has in all, where a counter knows; `None` for a search with more than this page.
 */
total: number | null, 
/**
 * The words to mark in an opened ticket, lower case. Empty unless the scope is a search.
 */
highlights: Array<string>, 
/**
 * Up to when the list was looked through, if that was given up before the page was full: going on from `next` looks further.
 */
looked_to_ms: Millis | null, };

export type TicketRow = { id: TicketId, token: Token, source: SourceId, channel: Channel, subject: string, 
/**
 * The start of the newest message, one line.
 */
snippet: string, 
/**
 * `lang` of the snippet: `zh`, `en`, `ja` or `ko`.
 */
lang: string, requester: CustomerId, requester_name: string, requester_email: string, vip: boolean, status: Status, priority: Priority, unread: boolean, messages: number, has_attachment: boolean, 
/**
 * Why somebody must act now, if so.
 */
urgent: UrgentReason | null, tags: Array<Tag>, 
/**
 * Since when the customer has been waiting for an answer; `None` when the last word was the team's.
 */
waiting_since_ms: Millis | null, last_message_at_ms: Millis, };

export type TicketsChanged = { seq: Seq, 
/**
 * How many were not as asked already.
 */
tickets: number, 
/**
 * By which [`Calls::undo`] takes it back, all at once, for as long as this desk is open and it is among the last hundred
 * changes and the last fifty thousand tickets changed. `None` when nothing changed.
 */
undo: number | null, };

export type Tier = "standard" | "vip";

export type Token = string;

export type Undone = { seq: Seq, 
/**
 * How many tickets are as they were.
 */
tickets: number, 
/**
 * How many were changed again since and were left alone.
 */
left: number, };

export type Unreadable = { file: string, message: number | null, };

export type UrgentReason = { "kind": "priority" } | { "kind": "vip_waiting", waited_min: number, target_min: number, } | { "kind": "words", word: string, };

export type UrgentRules = { 
/**
 * How long a VIP may wait for an answer, in minutes, 1 to 10,080.
 */
vip_target_min: number, 
/**
 * Words and phrases, any case. A Latin one matches whole words, a CJK one anywhere.
 */
words: Array<string>, };

export type UrgentWait = { ticket: TicketId, requester_name: string, subject: string, reason: UrgentReason, raised_at_ms: Millis, 
/**
 * Since when the customer waits, if they do.
 */
waiting_since_ms: Millis | null, };

export type View = { id: ViewId, 
/**
 * The tag's or the saved view's name; empty for a standard view, whose name is in the catalogue.
 */
name: string, 
/**
 * The folder a saved view lies in; empty for none.
 */
folder: string, 
/**
 * The question, as a person types it.
 */
query: string, look: Look, 
/**
 * The orders it can be given.
 */
sorts: Array<Sort>, tickets: number, unread: number, 
/**
 * Of a saved view that is still being counted: how much of all tickets has been looked at, in percent. The count grows meanwhile.
 */
counted: number | null, 
/**
 * Why a saved view can't be what it was meant to be: it names a tag or source that is gone (`view_name_gone`: `key`, `name`).
 */
problem: Problem | null, };

export type ViewDraft = { 
/**
 * 1 to 80 characters.
 */
name: string, 
/**
 * At most 40 characters; empty for none.
 */
folder: string, query: string, look: Look, };

export type ViewId = { "kind": "standard", view: StandardView, } | { "kind": "tag", tag: TagId, } | { "kind": "saved", view: SavedViewId, };

export type Wait = { ticket: TicketId, requester_name: string, subject: string, since_ms: Millis, target_min: number, };

export interface Calls {
  /** What a window needs to draw its first frame. */
  boot: { args: {  }; out: Boot };
  /** The rail: standard views, then saved views by folder and name, then tags in use by name, each with live counts. */
  views: { args: {  }; out: Array<View> };
  /** A page of a list, newest first. `after` is the `next` of the page before; `limit` is 1 to 200. */
  tickets: { args: { scope: Scope; after: RowCursor | null; limit: number }; out: TicketPage };
  /** A ticket with its newest messages. */
  conversation: { args: { ticket: TicketId }; out: Conversation };
  /** The messages before `before`, oldest first, at most fifty. */
  earlier_messages: { args: { ticket: TicketId; before: MessageId }; out: EarlierMessages };
  /** All of a message's text, when a conversation shows only its beginning. */
  whole_text: { args: { message: MessageId }; out: Array<Segment> };
  customer: { args: { customer: CustomerId }; out: Customer };
  tags: { args: {  }; out: Array<Tag> };
  /** Saves a view, or with `view` changes it. */
  save_view: { args: { view: SavedViewId | null; draft: ViewDraft }; out: SavedViewId };
  delete_view: { args: { view: SavedViewId }; out: Changed };
  /** How a view's list is shown from now on. A saved view gets a new order by being read through once more. */
  set_look: { args: { view: ViewId; look: Look }; out: Changed };
  /** Every ticket of a list in its order, at most `limit` (1 to 5,000). */
  tickets_in: { args: { scope: Scope; limit: number }; out: Array<TicketId> };
  /** Whether a query can be read; `query_invalid` says where not and why. */
  check_query: { args: { query: string }; out: null };
  /** What may be typed where the cursor stands; `at` counts characters. */
  complete: { args: { query: string; at: number }; out: Completions };
  /** How the newest thousand of what a search finds divide. Empty for a query that can't be read. */
  facets: { args: { query: string }; out: Facets };
  /** Customers by name or address, despite a typing error, at most eight; who wrote last comes first. */
  people: { args: { text: string }; out: Array<Person> };
  /** What was searched for lately, newest first, at most twenty. */
  recent_searches: { args: {  }; out: Array<string> };
  keep_search: { args: { query: string }; out: Changed };
  /** Forgets one search, or with `None` all. */
  forget_searches: { args: { query: string | null }; out: Changed };
  /** Takes a change back in one step. `not_found` when it is too long ago. */
  undo: { args: { change: number }; out: Undone };
  set_status: { args: { tickets: Array<TicketId>; status: Status }; out: TicketsChanged };
  set_priority: { args: { tickets: Array<TicketId>; priority: Priority }; out: TicketsChanged };
  mark_read: { args: { tickets: Array<TicketId>; read: boolean }; out: TicketsChanged };
  /** Adds a tag to tickets, making it if it is new. */
  tag_tickets: { args: { tickets: Array<TicketId>; name: string }; out: TicketsChanged };
  untag_tickets: { args: { tickets: Array<TicketId>; tag: TagId }; out: TicketsChanged };
  tag_customer: { args: { customer: CustomerId; name: string }; out: Changed };
  untag_customer: { args: { customer: CustomerId; tag: TagId }; out: Changed };
  set_tier: { args: { customer: CustomerId; tier: Tier }; out: Changed };
  /** A private note: the team's own words, never sent. Discards the ticket's note draft in the same transaction. */
  add_note: { args: { ticket: TicketId; text: string }; out: Changed };
  /** What was typed as a note and not yet added; empty if nothing. */
  note_draft: { args: { ticket: TicketId }; out: string };
  keep_note_draft: { args: { ticket: TicketId; text: string }; out: Changed };
  /** Somebody has taken an urgent ticket: it stops asking. */
  acknowledge: { args: { ticket: TicketId }; out: Changed };
  /** Opens a reply on a ticket: the draft that was begun, or a new one with recipients, subject and quote filled in. With another */
  /** `kind` than the draft's, recipients and subject are worked out anew and the text stays. */
  begin_reply: { args: { ticket: TicketId; kind: ReplyKind }; out: Draft };
  /** Keeps what was typed; attachments are kept by their own calls. */
  keep_draft: { args: { ticket: TicketId; text: DraftText }; out: Changed };
  discard_draft: { args: { ticket: TicketId }; out: Changed };
  /** Takes an attachment out of the draft. */
  detach: { args: { ticket: TicketId; hash: BlobHash }; out: Changed };
  /** An attachment of the draft, to be shown in the editor. */
  draft_attachment: { args: { ticket: TicketId; hash: BlobHash }; out: AttachmentContent };
  /** Sends the draft off: it is held for ten seconds, then goes when the line is there and nobody has written since `seen`. */
  /** `then` is the status the ticket gets in the same step. */
  send: { args: { ticket: TicketId; seen: Seen; then: Status | null }; out: Queued };
  /** What waits to leave, in the order it was sent off, and what nobody knows the outcome of. */
  outbox: { args: {  }; out: Array<OutboxItem> };
  /** Makes an outgoing mail a draft again. `already_sent` when it is too late, `draft_exists` when another reply was begun. */
  take_back: { args: { outbox: OutboxId }; out: Draft };
  /** Lets an outgoing mail go now: past its hold, past what was written meanwhile, after what stopped it, or, its outcome being */
  /** unknown, once more. Only while it is in the state `was`, for which that was decided. */
  release: { args: { outbox: OutboxId; was: OutboxState }; out: Changed };
  /** Takes a mail out of the outbox for good. */
  drop_outgoing: { args: { outbox: OutboxId }; out: Changed };
  /** A person knows that a mail of unknown outcome arrived. */
  mark_sent: { args: { outbox: OutboxId }; out: Changed };
  /** What was urgent of late, newest first, at most a hundred. */
  alerts: { args: {  }; out: Array<Alert> };
  /** The list of alerts was looked at: none in it is missed any more. */
  see_alerts: { args: {  }; out: Changed };
  /** Tells of an urgent ticket again in so many minutes (1 to 1,440), unless it was taken by then. */
  snooze: { args: { ticket: TicketId; minutes: number }; out: Changed };
  /** The dashboard's figures of this moment. */
  board: { args: {  }; out: Board };
  /** Shows a list of tickets in the agent's window and brings it to the front. */
  show_list: { args: { scope: Scope }; out: Changed };
  /** Shows a ticket in the agent's window and brings it to the front. */
  show_ticket: { args: { ticket: TicketId }; out: Changed };
  /** Opens the supervisor's window. */
  open_dashboard: { args: {  }; out: Changed };
  /** A link to the isolated frame that shows a message's HTML, good for this run only. */
  letter: { args: { message: MessageId; images: boolean }; out: Letter };
  /** Shows remote images of this sender from now on, or stops. */
  trust_images: { args: { email: string; trusted: boolean }; out: Changed };
  /** Writes an attachment to the person's download folder, never over another file. */
  save_attachment: { args: { attachment: AttachmentId }; out: SavedFile };
  /** The server settings of an address: known providers, then DNS, then autoconfig. Asks only the address's own domain. */
  find_mail_settings: { args: { address: string }; out: MailSettings };
  /** Connects once, lists the folders, changes nothing. */
  check_mailbox: { args: { mailbox: NewMailbox }; out: MailboxChecked };
  add_mailbox: { args: { mailbox: NewMailbox }; out: SourceId };
  /** Begins an authorisation in the person's browser; answers the address to open there. */
  begin_authorisation: { args: { provider: Provider; address: string }; out: Authorisation };
  /** Waits for the person to finish it; the tokens stay in the desk and are used by [`NewMailbox`] by their handle. */
  finish_authorisation: { args: { handle: string }; out: Authorised };
  /** A new password for a source that refuses the old one; resumes it. */
  set_password: { args: { source: SourceId; password: string }; out: Changed };
  /** A new authorisation for a source whose old one ran out or was withdrawn; resumes it. */
  set_authorisation: { args: { source: SourceId; handle: string }; out: Changed };
  /** Sets how a mailbox's mail leaves, once the server has been tried with the mailbox's own name and password. */
  set_sending: { args: { source: SourceId; sending: Sending | null }; out: Changed };
  /** Acknowledges new tickets by itself from now on, or stops. Off at first. */
  set_acknowledges: { args: { source: SourceId; on: boolean }; out: Changed };
  sources: { args: {  }; out: Array<Source> };
  sync_now: { args: { source: SourceId }; out: Changed };
  pause_source: { args: { source: SourceId; paused: boolean }; out: Changed };
  /** Stops reading it. Its tickets stay unless `forget`. */
  remove_source: { args: { source: SourceId; forget: boolean }; out: Changed };
  /** Fills an empty workspace with the sample shop. */
  add_sample: { args: {  }; out: SourceId };
  /** Reads mbox, Maildir or .eml at a path on this machine. */
  import_archive: { args: { path: string }; out: Imported };
  /** Brings every source up to date and answers when there is nothing more to fetch, or with what stopped it. */
  sync_once: { args: {  }; out: Array<Synced> };
  /** Writes every message to a file on this machine (mbox or JSON lines), never over another file. */
  export_archive: { args: { path: string; format: ExportFormat }; out: Exported };
  /** Brings the desk's window to the front. */
  raise_window: { args: {  }; out: Changed };
  settings: { args: {  }; out: Settings };
  save_settings: { args: { settings: Settings }; out: Changed };
}
