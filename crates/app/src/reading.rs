//! What the windows show: views, lists, conversations, customers. Every call is a read of the store; nothing here changes anything.

use jiff::{civil::Date, tz::TimeZone};
use model::{
    Customer, CustomerId, LinkState, MessageId, Millis, Problem, ProblemCode, Tag, TicketId, View,
    query::{Ask, Query},
};
use store::{RowPlace, TicketsPage};

use crate::{
    Desk,
    dto::{
        Boot, Conversation, EarlierMessages, ListedTicket, Provider, RowCursor, Scope, Settings,
        ShownMessage, TicketPage,
    },
    excerpt,
};

/// Messages of a conversation that are read at once.
const MESSAGES: u32 = 50;
/// The longest page of a list.
const LONGEST_PAGE: u32 = 200;

impl Desk {
    pub async fn boot(&self) -> Result<Boot, Problem> {
        let settings = self.settings().await?;
        let counts = self.store.counts().await.map_err(|e| e.problem())?;
        let sources = self.store.sources().await.map_err(|e| e.problem())?;
        let name = self.root.file_name().map(|name| name.to_string_lossy().into_owned());
        Ok(Boot {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            workspace: name.unwrap_or_default(),
            folder: self.root.display().to_string(),
            sample: sources.iter().any(|source| source.kind == "sample"),
            providers: providers(&settings),
            settings,
            links: self.link_states(),
            tickets: counts.tickets,
            notifications: self.around.notifier.trouble(),
            notices: self.standing_notices().await?,
        })
    }

    /// What happened while opening, and what waits for a person since.
    async fn standing_notices(&self) -> Result<Vec<Problem>, Problem> {
        let mut notices = self.notices.clone();
        let held = self.held_back().await?;
        if held > 0 {
            notices.push(Problem::new(ProblemCode::RepliesHeld).with("count", held));
        }
        Ok(notices)
    }

    fn link_states(&self) -> Vec<LinkState> {
        self.links.all()
    }

    pub async fn views(&self) -> Result<Vec<View>, Problem> {
        self.store.views().await.map_err(|e| e.problem())
    }

    pub async fn tags(&self) -> Result<Vec<Tag>, Problem> {
        self.store.tags().await.map_err(|e| e.problem())
    }

    pub async fn tickets(
        &self,
        scope: Scope,
        after: Option<RowCursor>,
        limit: u32,
    ) -> Result<TicketPage, Problem> {
        self.page(scope, after, limit.clamp(1, LONGEST_PAGE)).await
    }

    /// A page of a list, however long.
    pub(crate) async fn page(
        &self,
        scope: Scope,
        after: Option<RowCursor>,
        limit: u32,
    ) -> Result<TicketPage, Problem> {
        let after = after.map(|cursor| RowPlace { place: cursor.place, ticket: cursor.ticket });
        match scope {
            Scope::View { view } => listed(self.store.list_view(view, after, limit).await, &[]),
            Scope::Customer { customer } => {
                listed(self.store.list_customer(customer, after, limit).await, &[])
            }
            Scope::Figure { figure } => Ok(shown(self.figure_page(figure, after, limit).await?, &[])),
            Scope::Search { query } => {
                let query = self.parse(&query)?;
                let highlights = highlights(&query);
                listed(self.store.search(&query, self.now(), after, limit).await, &highlights)
            }
        }
    }

    /// Parses what was typed, with days as they begin on this machine.
    pub(crate) fn parse(&self, text: &str) -> Result<Query, Problem> {
        Query::parse(text, day_start)
    }

    pub async fn conversation(&self, ticket: TicketId) -> Result<Conversation, Problem> {
        let found = self.store.ticket(ticket).await.map_err(|e| e.problem())?.ok_or_else(not_found)?;
        // First of all: what comes while the rest is read was not seen.
        let seen = self.store.seen(ticket).await.map_err(|e| e.problem())?;
        let ((messages, earlier), events, cannot_reply, note_draft, outbox, draft) = tokio::try_join!(
            self.messages(ticket, None),
            async { self.store.events(ticket).await.map_err(|e| e.problem()) },
            self.cannot_reply(found.row.source),
            self.note_draft(ticket),
            self.outbox_of(ticket),
            self.draft(ticket),
        )?;
        Ok(Conversation {
            ticket: found,
            messages,
            events,
            earlier,
            note_draft,
            seen,
            cannot_reply,
            outbox,
            draft,
        })
    }

    pub async fn earlier_messages(
        &self,
        ticket: TicketId,
        before: MessageId,
    ) -> Result<EarlierMessages, Problem> {
        let (messages, earlier) = self.messages(ticket, Some(before)).await?;
        Ok(EarlierMessages { messages, earlier })
    }

    /// The newest messages before `before`, as they are shown, and how many come before those.
    async fn messages(
        &self,
        ticket: TicketId,
        before: Option<MessageId>,
    ) -> Result<(Vec<ShownMessage>, u32), Problem> {
        let (messages, earlier) =
            self.store.messages(ticket, before, MESSAGES).await.map_err(|e| e.problem())?;
        Ok((self.shown(messages).await?, earlier))
    }

    pub async fn customer(&self, customer: CustomerId) -> Result<Customer, Problem> {
        self.store.customer(customer).await.map_err(|e| e.problem())?.ok_or_else(not_found)
    }
}

pub(crate) fn not_found() -> Problem {
    Problem::new(ProblemCode::NotFound)
}

fn providers(settings: &Settings) -> Vec<Provider> {
    let ids = [
        (Provider::Google, &settings.google_client_id),
        (Provider::Microsoft, &settings.microsoft_client_id),
    ];
    ids.into_iter().filter(|(_, id)| !id.is_empty()).map(|(provider, _)| provider).collect()
}

fn day_start(year: i16, month: i8, day: i8) -> Option<Millis> {
    let start = Date::new(year, month, day).ok()?.to_zoned(TimeZone::system()).ok()?;
    Some(Millis(start.timestamp().as_millisecond()))
}

/// The words a search marks: everything asked for as text, in lower case.
fn highlights(query: &Query) -> Vec<String> {
    let wanted = query.terms.iter().filter(|term| !term.negated);
    wanted
        .filter_map(|term| match &term.ask {
            Ask::Text { words, .. } => Some(words.clone()),
            _ => None,
        })
        .collect()
}

fn listed(
    page: Result<TicketsPage, store::StoreError>,
    highlights: &[String],
) -> Result<TicketPage, Problem> {
    page.map(|page| shown(page, highlights)).map_err(|e| e.problem())
}

fn shown(page: TicketsPage, highlights: &[String]) -> TicketPage {
    let rows = page.rows.into_iter().map(|listed| {
        let excerpt = listed.excerpt.and_then(|text| excerpt::around(&text, highlights));
        ListedTicket { place: listed.place, row: listed.row, excerpt }
    });
    TicketPage {
        rows: rows.collect(),
        next: page.next.map(|next| RowCursor { place: next.place, ticket: next.ticket }),
        total: page.total,
        highlights: highlights.to_vec(),
        looked_to_ms: page.looked_to,
    }
}
