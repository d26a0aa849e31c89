//! Saved views: every ticket that answers a view's query is kept as a member of its list, in the view's order. So opening one
//! reads one range of a key, whatever is asked, and its count is a counter.
//!
//! Promises: after every commit the members are exactly the tickets that a full evaluation at [`Views::as_of`] gives, as far as
//! the list has been filled; what a change costs depends on the tickets it changes, not on how many there are. A list is filled,
//! and one that nobody needs any more is taken away, in short transactions of its own. The predicate is the one of
//! [`model::query::Query::matches`], also while filling; what only the text index knows is asked there (`text`).

mod advance;
mod define;
mod fill;
mod look;
mod members;
mod text;
mod walk;

use std::{collections::BTreeMap, sync::Arc};

use model::{
    Channel, Look, Millis, Priority, SavedViewId, Sort, SourceId, Status, TagId, TicketId,
    query::{Names, Query, TicketFacts},
};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use self::text::Question;
pub(crate) use self::{
    define::ViewRecord,
    look::{LookOf, sorts},
    members::{Change, counter},
};
use crate::{
    error::Result,
    work::cell::{Cell, Json},
};

/// The most saved views there may be.
pub const MOST_VIEWS: usize = 500;

/// A place along the time line: the newest message of a ticket, and the ticket.
pub(crate) type Reached = (Millis, TicketId);

/// The saved views as a change needs them. The writer keeps them from one change to the next.
#[derive(Debug, Clone, Default)]
pub(crate) struct Views {
    /// By their ids.
    all: BTreeMap<SavedViewId, SavedView>,
    /// The moment for which the members are right.
    as_of: Millis,
}

#[derive(Debug, Clone)]
struct SavedView {
    query: Query,
    names: Names,
    sort: Sort,
    /// What the text index is asked.
    questions: Vec<Question>,
    list: i64,
    /// The last ticket that the filling has come by: older ones are no members yet. `None` once the list is whole.
    filled: Option<Reached>,
}

impl Views {
    pub async fn read(connection: &mut SqliteConnection) -> Result<Arc<Views>> {
        let mut views = Views { as_of: as_of(connection).await?, ..Views::default() };
        for row in sqlx::query(DEFINITIONS).fetch_all(&mut *connection).await? {
            let id = SavedViewId(row.try_get("id")?);
            match SavedView::read(&row) {
                Ok(view) => _ = views.all.insert(id, view),
                // What is wrong with it could quote it.
                Err(_) => tracing::error!(view = id.0, "A saved view can't be read; it stays as it is."),
            }
        }
        if views.all.values().any(|view| asks_names(&view.query)) {
            let all = all_names(connection).await?;
            for view in views.all.values_mut() {
                view.names = asked_of(&all, &view.query);
            }
        }
        Ok(Arc::new(views))
    }

    /// Whether any view's members change by time alone.
    fn have_ages(&self) -> bool {
        self.all.values().any(SavedView::has_ages)
    }

    /// A tag was made: from now on it can be on tickets. Answers whether a view asks for it.
    pub fn tag_made(self: &mut Arc<Views>, key: &str, tag: TagId) -> bool {
        let asks = |view: &SavedView| view.query.tags().any(|asked| asked == key);
        let asked = self.all.values().any(asks);
        if asked {
            for view in Arc::make_mut(self).all.values_mut().filter(|view| asks(view)) {
                view.names.tags.insert(key.to_owned(), tag);
            }
        }
        asked
    }

    /// Whether a view asks whose requester is a VIP.
    pub fn ask_for_vips(&self) -> bool {
        use model::query::{Ask, Is};
        let asks = |view: &SavedView| view.query.terms.iter().any(|term| term.ask == Ask::Is(Is::Vip));
        self.all.values().any(asks)
    }
}

impl SavedView {
    fn read(row: &SqliteRow) -> sqlx::Result<SavedView> {
        let (query, look): (Json<Query>, Json<Look>) = (Cell::read(row, "terms")?, Cell::read(row, "look")?);
        let at: Option<Millis> = Cell::read(row, "filled_at_ms")?;
        let ticket: Option<TicketId> = Cell::read(row, "filled_ticket")?;
        Ok(SavedView {
            questions: text::questions(&query.0),
            query: query.0,
            names: Names::default(),
            sort: look.0.sort,
            list: row.try_get("list")?,
            filled: at.zip(ticket),
        })
    }

    fn has_ages(&self) -> bool {
        self.query.ages().next().is_some()
    }

    /// Whether the filling has come by a ticket of that place.
    fn has_reached(&self, place: Reached) -> bool {
        self.filled.is_none_or(|cursor| place >= cursor)
    }

    /// Whether the ticket is a member as far as its row tells; its messages may say otherwise.
    fn may_have(&self, ticket: TicketId, facts: TicketFacts<'_>, as_of: Millis) -> bool {
        self.has_reached((facts.last_message_at, ticket))
            && self.query.matches(facts, &self.names, as_of, || true)
    }

    fn place(&self, facts: &TicketFacts<'_>) -> i64 {
        self.sort.place(facts.last_message_at, facts.waiting_since, facts.priority)
    }
}

/// What a query looks at, read from a ticket's row by [`Seen::COLUMNS`].
struct Seen {
    id: TicketId,
    status: Status,
    priority: Priority,
    channel: Channel,
    lang: String,
    source: SourceId,
    urgent: bool,
    unread: bool,
    vip: bool,
    has_attachment: bool,
    tags: Vec<TagId>,
    waiting_since: Option<Millis>,
    last_message_at: Millis,
}

impl Seen {
    const COLUMNS: &str = "t.id, t.status, t.priority, t.channel, t.lang, t.source, t.urgent IS NOT NULL AS urgent, \
        t.unread > 0 AS unread, t.vip, t.has_attachment, t.tags, t.waiting_since_ms, t.last_message_at_ms";

    fn read(row: &SqliteRow) -> sqlx::Result<Seen> {
        let tags: Json<Vec<TagId>> = Cell::read(row, "tags")?;
        Ok(Seen {
            id: Cell::read(row, "id")?,
            status: Cell::read(row, "status")?,
            priority: Cell::read(row, "priority")?,
            channel: Cell::read(row, "channel")?,
            lang: row.try_get("lang")?,
            source: Cell::read(row, "source")?,
            urgent: row.try_get("urgent")?,
            unread: row.try_get("unread")?,
            vip: row.try_get("vip")?,
            has_attachment: row.try_get("has_attachment")?,
            tags: tags.0,
            waiting_since: Cell::read(row, "waiting_since_ms")?,
            last_message_at: Cell::read(row, "last_message_at_ms")?,
        })
    }

    fn read_all(rows: &[SqliteRow]) -> sqlx::Result<Vec<Seen>> {
        rows.iter().map(Seen::read).collect()
    }

    fn facts(&self) -> TicketFacts<'_> {
        TicketFacts {
            status: self.status,
            priority: self.priority,
            channel: self.channel,
            lang: &self.lang,
            source: self.source,
            urgent: self.urgent,
            unread: self.unread,
            vip: self.vip,
            has_attachment: self.has_attachment,
            tags: &self.tags,
            waiting_since: self.waiting_since,
            last_message_at: self.last_message_at,
        }
    }

    fn place(&self) -> Reached {
        (self.last_message_at, self.id)
    }
}

const DEFINITIONS: &str = "SELECT v.id, v.terms, v.look, l.id AS list, l.filled_at_ms, l.filled_ticket \
    FROM saved_view v CROSS JOIN view_list l INDEXED BY view_list_of ON l.view = v.id AND l.view IS NOT NULL";

const AS_OF: &str = "views_as_of";

async fn as_of(connection: &mut SqliteConnection) -> Result<Millis> {
    let value: Option<String> = sqlx::query_scalar("SELECT value FROM meta WHERE name = ?")
        .bind(AS_OF)
        .fetch_optional(connection)
        .await?;
    Ok(Millis(value.and_then(|value| value.parse().ok()).unwrap_or(0)))
}

/// What a query names, as far as it exists.
async fn names_of(connection: &mut SqliteConnection, query: &Query) -> Result<Names> {
    match asks_names(query) {
        true => Ok(asked_of(&all_names(connection).await?, query)),
        false => Ok(Names::default()),
    }
}

fn asks_names(query: &Query) -> bool {
    query.tags().next().is_some() || query.sources().next().is_some()
}

/// Every tag and every source that is not removed.
async fn all_names(connection: &mut SqliteConnection) -> Result<Names> {
    let mut names = Names::default();
    for row in sqlx::query("SELECT key, id FROM tag").fetch_all(&mut *connection).await? {
        names.tags.insert(row.try_get("key")?, TagId(row.try_get("id")?));
    }
    let sql = "SELECT id, name FROM source WHERE removed = 0 ORDER BY id";
    for row in sqlx::query(sql).fetch_all(connection).await? {
        let name: String = row.try_get("name")?;
        names.sources.entry(name.to_lowercase()).or_default().push(SourceId(row.try_get("id")?));
    }
    Ok(names)
}

/// Those that a query asks for.
fn asked_of(all: &Names, query: &Query) -> Names {
    let tag = |key: &str| all.tags.get(key).map(|id| (key.to_owned(), *id));
    let source = |name: &str| all.sources.get(name).map(|ids| (name.to_owned(), ids.clone()));
    Names {
        tags: query.tags().filter_map(tag).collect(),
        sources: query.sources().filter_map(source).collect(),
    }
}

/// What is asked to keep the members, each with what it is for.
#[cfg(test)]
pub(crate) fn statements() -> Vec<(String, String)> {
    let fixed =
        [members::ALL, fill::ALL, text::ALL, define::ALL, &[("the definitions", DEFINITIONS)]].concat();
    let fixed = fixed.into_iter().map(|(what, sql)| (what.to_owned(), sql.to_owned()));
    fixed.chain(walk::statements()).chain(advance::statements()).chain([members::vips()]).collect()
}
