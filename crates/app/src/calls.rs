//! Every call there is, listed once. A call either answers or says what is wrong as a [`model::Problem`]; a change is on disk before it answers.

/// Hands the list to the macro named by `$then`.
macro_rules! calls {
    ($then:ident) => {
        $then! {
            /// What a window needs to draw its first frame.
            fn boot() -> Boot;
            /// The rail: standard views, then saved views by folder and name, then tags in use by name, each with live counts.
            fn views() -> Vec<View>;
            /// A page of a list, newest first. `after` is the `next` of the page before; `limit` is 1 to 200.
            fn tickets(scope: Scope, after: Option<RowCursor>, limit: u32) -> TicketPage;
            /// A ticket with its newest messages.
            fn conversation(ticket: TicketId) -> Conversation;
            /// The messages before `before`, oldest first, at most fifty.
            fn earlier_messages(ticket: TicketId, before: MessageId) -> EarlierMessages;
            /// All of a message's text, when a conversation shows only its beginning.
            fn whole_text(message: MessageId) -> Vec<Segment>;
            fn customer(customer: CustomerId) -> Customer;
            fn tags() -> Vec<Tag>;

            /// Saves a view, or with `view` changes it.
            fn save_view(view: Option<SavedViewId>, draft: ViewDraft) -> SavedViewId;
            fn delete_view(view: SavedViewId) -> Changed;
            /// How a view's list is shown from now on. A saved view gets a new order by being read through once more.
            fn set_look(view: ViewId, look: Look) -> Changed;
            /// Every ticket of a list in its order, at most `limit` (1 to 5,000).
            fn tickets_in(scope: Scope, limit: u32) -> Vec<TicketId>;

            /// Whether a query can be read; `query_invalid` says where not and why.
            fn check_query(query: String) -> ();
            /// What may be typed where the cursor stands; `at` counts characters.
            fn complete(query: String, at: u32) -> Completions;
            /// How the newest thousand of what a search finds divide. Empty for a query that can't be read.
            fn facets(query: String) -> Facets;
            /// Customers by name or address, despite a typing error, at most eight; who wrote last comes first.
            fn people(text: String) -> Vec<Person>;
            /// What was searched for lately, newest first, at most twenty.
            fn recent_searches() -> Vec<String>;
            fn keep_search(query: String) -> Changed;
            /// Forgets one search, or with `None` all.
            fn forget_searches(query: Option<String>) -> Changed;

            /// Takes a change back in one step. `not_found` when it is too long ago.
            fn undo(change: u32) -> Undone;
            fn set_status(tickets: Vec<TicketId>, status: Status) -> TicketsChanged;
            fn set_priority(tickets: Vec<TicketId>, priority: Priority) -> TicketsChanged;
            fn mark_read(tickets: Vec<TicketId>, read: bool) -> TicketsChanged;
            /// Adds a tag to tickets, making it if it is new.
            fn tag_tickets(tickets: Vec<TicketId>, name: String) -> TicketsChanged;
            fn untag_tickets(tickets: Vec<TicketId>, tag: TagId) -> TicketsChanged;
            fn tag_customer(customer: CustomerId, name: String) -> Changed;
            fn untag_customer(customer: CustomerId, tag: TagId) -> Changed;
            fn set_tier(customer: CustomerId, tier: Tier) -> Changed;
            /// A private note: the team's own words, never sent. Discards the ticket's note draft in the same transaction.
            fn add_note(ticket: TicketId, text: String) -> Changed;
            /// What was typed as a note and not yet added; empty if nothing.
            fn note_draft(ticket: TicketId) -> String;
            fn keep_note_draft(ticket: TicketId, text: String) -> Changed;
            /// Somebody has taken an urgent ticket: it stops asking.
            fn acknowledge(ticket: TicketId) -> Changed;

            /// Opens a reply on a ticket: the draft that was begun, or a new one with recipients, subject and quote filled in. With another
            /// `kind` than the draft's, recipients and subject are worked out anew and the text stays.
            fn begin_reply(ticket: TicketId, kind: ReplyKind) -> Draft;
            /// Keeps what was typed; attachments are kept by their own calls.
            fn keep_draft(ticket: TicketId, text: DraftText) -> Changed;
            fn discard_draft(ticket: TicketId) -> Changed;
            /// Takes an attachment out of the draft.
            fn detach(ticket: TicketId, hash: BlobHash) -> Changed;
            /// An attachment of the draft, to be shown in the editor.
            fn draft_attachment(ticket: TicketId, hash: BlobHash) -> AttachmentContent;
            /// Sends the draft off: it is held for ten seconds, then goes when the line is there and nobody has written since `seen`.
            /// `then` is the status the ticket gets in the same step.
            fn send(ticket: TicketId, seen: Seen, then: Option<Status>) -> Queued;
            /// What waits to leave, in the order it was sent off, and what nobody knows the outcome of.
            fn outbox() -> Vec<OutboxItem>;
            /// Makes an outgoing mail a draft again. `already_sent` when it is too late, `draft_exists` when another reply was begun.
            fn take_back(outbox: OutboxId) -> Draft;
            /// Lets an outgoing mail go now: past its hold, past what was written meanwhile, after what stopped it, or, its outcome being
            /// unknown, once more. Only while it is in the state `was`, for which that was decided.
            fn release(outbox: OutboxId, was: OutboxState) -> Changed;
            /// Takes a mail out of the outbox for good.
            fn drop_outgoing(outbox: OutboxId) -> Changed;
            /// A person knows that a mail of unknown outcome arrived.
            fn mark_sent(outbox: OutboxId) -> Changed;

            /// What was urgent of late, newest first, at most a hundred.
            fn alerts() -> Vec<Alert>;
            /// The list of alerts was looked at: none in it is missed any more.
            fn see_alerts() -> Changed;
            /// Tells of an urgent ticket again in so many minutes (1 to 1,440), unless it was taken by then.
            fn snooze(ticket: TicketId, minutes: u32) -> Changed;

            /// The dashboard's figures of this moment.
            fn board() -> Board;
            /// Shows a list of tickets in the agent's window and brings it to the front.
            fn show_list(scope: Scope) -> Changed;
            /// Shows a ticket in the agent's window and brings it to the front.
            fn show_ticket(ticket: TicketId) -> Changed;
            /// Opens the supervisor's window.
            fn open_dashboard() -> Changed;

            /// A link to the isolated frame that shows a message's HTML, good for this run only.
            fn letter(message: MessageId, images: bool) -> Letter;
            /// Shows remote images of this sender from now on, or stops.
            fn trust_images(email: String, trusted: bool) -> Changed;
            /// Writes an attachment to the person's download folder, never over another file.
            fn save_attachment(attachment: AttachmentId) -> SavedFile;

            /// The server settings of an address: known providers, then DNS, then autoconfig. Asks only the address's own domain.
            fn find_mail_settings(address: String) -> MailSettings;
            /// Connects once, lists the folders, changes nothing.
            fn check_mailbox(mailbox: NewMailbox) -> MailboxChecked;
            fn add_mailbox(mailbox: NewMailbox) -> SourceId;
            /// Begins an authorisation in the person's browser; answers the address to open there.
            fn begin_authorisation(provider: Provider, address: String) -> Authorisation;
            /// Waits for the person to finish it; the tokens stay in the desk and are used by [`NewMailbox`] by their handle.
            fn finish_authorisation(handle: String) -> Authorised;
            /// A new password for a source that refuses the old one; resumes it.
            fn set_password(source: SourceId, password: String) -> Changed;
            /// A new authorisation for a source whose old one ran out or was withdrawn; resumes it.
            fn set_authorisation(source: SourceId, handle: String) -> Changed;
            /// Sets how a mailbox's mail leaves, once the server has been tried with the mailbox's own name and password.
            fn set_sending(source: SourceId, sending: Option<Sending>) -> Changed;
            /// Acknowledges new tickets by itself from now on, or stops. Off at first.
            fn set_acknowledges(source: SourceId, on: bool) -> Changed;
            fn sources() -> Vec<Source>;
            fn sync_now(source: SourceId) -> Changed;
            fn pause_source(source: SourceId, paused: bool) -> Changed;
            /// Stops reading it. Its tickets stay unless `forget`.
            fn remove_source(source: SourceId, forget: bool) -> Changed;
            /// Fills an empty workspace with the sample shop.
            fn add_sample() -> SourceId;
            /// Reads mbox, Maildir or .eml at a path on this machine.
            fn import_archive(path: String) -> Imported;

            /// Brings every source up to date and answers when there is nothing more to fetch, or with what stopped it.
            fn sync_once() -> Vec<Synced>;
            /// Writes every message to a file on this machine (mbox or JSON lines), never over another file.
            fn export_archive(path: String, format: ExportFormat) -> Exported;
            /// Brings the desk's window to the front.
            fn raise_window() -> Changed;

            fn settings() -> Settings;
            fn save_settings(settings: Settings) -> Changed;
        }
    };
}
pub(crate) use calls;
