//! Lists of tickets, and what is offered to whoever types a query.

use model::{CustomerId, Millis, TicketId, TicketRow, ViewId};

super::shapes! {
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
}
