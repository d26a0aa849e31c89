//! Pages of lists, by keyset: views in their orders, tags, saved views, a customer's tickets, searches.

use model::{
    CustomerId, Look, Millis, SavedViewId, Sort, SourceId, StandardView, TagId, TicketId, ViewId,
    query::{Names, Query},
};
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use super::{
    Listed, RowPlace, TicketsPage,
    plan::Plan,
    read_rows, rows_of,
    search::excerpts,
    walk::{Budget, Found, walk},
};
use crate::{
    Store,
    error::{Result, StoreError},
    segment,
    work::counters::{STANDARD, tag_counter},
};

pub(super) const LOOK: &str = "SELECT look FROM view_look WHERE view = ?";
pub(super) const COUNTER: &str = "SELECT tickets FROM counter WHERE name = ?";
pub(super) const SAVED: &str = "SELECT v.terms, v.look, l.id, l.filled_at_ms IS NULL AS whole, \
    coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'views_as_of'), 0) AS as_of_ms \
    FROM saved_view v LEFT JOIN view_list l ON l.view = v.id WHERE v.id = ?";

impl Store {
    /// A page of a view in the order it is given. `after` is where the page before ended.
    pub async fn list_view(&self, view: ViewId, after: Option<RowPlace>, limit: u32) -> Result<TicketsPage> {
        let mut reader = self.inner.readers.acquire().await?;
        let page = list_view(&mut reader, view, after, limit).await;
        self.noted(page)
    }

    /// A page of a customer's tickets, newest first.
    pub async fn list_customer(
        &self,
        customer: CustomerId,
        after: Option<RowPlace>,
        limit: u32,
    ) -> Result<TicketsPage> {
        let sql = "SELECT tickets FROM customer WHERE id = ?";
        let total: Option<u32> = self.one(sqlx::query_scalar(sql).bind(customer.0)).await?;
        let total = total.ok_or(StoreError::NotFound("customer"))?;
        self.list(&Plan::of_customer(customer), after, limit, Some(total)).await
    }

    /// A page of what answers a query: a search when it asks for words, else a list. Newest first.
    pub async fn search(
        &self,
        query: &Query,
        now: Millis,
        after: Option<RowPlace>,
        limit: u32,
    ) -> Result<TicketsPage> {
        self.search_within(query, now, after, limit, Budget::new()).await
    }

    pub(crate) async fn search_within(
        &self,
        query: &Query,
        now: Millis,
        after: Option<RowPlace>,
        limit: u32,
        budget: Budget,
    ) -> Result<TicketsPage> {
        let mut reader = self.inner.readers.acquire().await?;
        let page = search(&mut reader, (query, now), (after, limit), budget).await;
        self.noted(page)
    }

    pub(super) async fn list(
        &self,
        plan: &Plan,
        after: Option<RowPlace>,
        limit: u32,
        total: Option<u32>,
    ) -> Result<TicketsPage> {
        let mut reader = self.inner.readers.acquire().await?;
        let page = list(&mut reader, plan, after, limit).await;
        Ok(TicketsPage { total, ..self.noted(page)? })
    }
}

async fn list_view(
    reader: &mut SqliteConnection,
    view: ViewId,
    after: Option<RowPlace>,
    limit: u32,
) -> Result<TicketsPage> {
    let (plan, counter) = match view {
        ViewId::Tag { tag } => (tag_plan(tag, chosen(reader, view).await?), tag_counter(tag)),
        ViewId::Standard { view: standard } => {
            (standard_plan(standard, chosen(reader, view).await?)?, standard.as_str().to_owned())
        }
        ViewId::Saved { view } => (saved_plan(reader, view).await?, format!("view:{view}")),
    };
    let total: Option<u32> = sqlx::query_scalar(COUNTER).bind(counter).fetch_optional(&mut *reader).await?;
    let page = list(reader, &plan, after, limit).await?;
    Ok(TicketsPage { total: Some(total.unwrap_or(0)), ..page })
}

/// The order a standard view or tag was given.
async fn chosen(reader: &mut SqliteConnection, view: ViewId) -> Result<Sort> {
    let look: Option<String> =
        sqlx::query_scalar(LOOK).bind(serde_json::to_string(&view)?).fetch_optional(reader).await?;
    // A look of another version is none.
    let look = look.and_then(|look| serde_json::from_str::<Look>(&look).ok());
    Ok(look.map_or(Sort::Newest, |look| look.sort))
}

/// An order that a view has no index for is the usual one.
pub(super) fn standard_plan(view: StandardView, sort: Sort) -> Result<Plan> {
    let query = STANDARD.iter().find(|(each, _)| *each == view).map(|(_, query)| query);
    let usual = Plan::of(query.ok_or(StoreError::NotFound("view"))?, &Names::default(), Millis(0));
    let by_place = match view {
        StandardView::Open => Plan::in_order(false, sort),
        StandardView::Urgent => Plan::in_order(true, sort),
        StandardView::Waiting | StandardView::Closed => None,
    };
    Ok(match (by_place, sort) {
        (Some(plan), _) => plan,
        (None, Sort::Oldest) => usual.oldest_first(),
        (None, _) => usual,
    })
}

pub(super) fn tag_plan(tag: TagId, sort: Sort) -> Plan {
    match sort {
        Sort::Oldest => Plan::of_tag(tag).oldest_first(),
        _ => Plan::of_tag(tag),
    }
}

/// Along its members; while they are still gathered, along what its query walks, where that has the order.
async fn saved_plan(reader: &mut SqliteConnection, view: SavedViewId) -> Result<Plan> {
    let row = sqlx::query(SAVED).bind(view.0).fetch_optional(&mut *reader).await?;
    let row = row.ok_or(StoreError::NotFound("view"))?;
    let look: Look = serde_json::from_str(row.try_get("look")?)?;
    let list: Option<i64> = row.try_get("id")?;
    let query: Query = serde_json::from_str(row.try_get("terms")?)?;
    let by_time = matches!(look.sort, Sort::Newest | Sort::Oldest) && !query.asks_text();
    let whole: bool = row.try_get("whole")?;
    match list.filter(|_| whole || !by_time) {
        Some(list) => Ok(Plan::of_members(list)),
        None => {
            let as_of: Option<i64> = row.try_get("as_of_ms")?;
            let plan = Plan::of(&query, &names_in(reader, &query).await?, Millis(as_of.unwrap_or(0)));
            Ok(if look.sort == Sort::Oldest { plan.oldest_first() } else { plan })
        }
    }
}

pub(super) async fn list(
    reader: &mut SqliteConnection,
    plan: &Plan,
    after: Option<RowPlace>,
    limit: u32,
) -> Result<TicketsPage> {
    let limit = limit.max(1);
    if !plan.is_direct() {
        let found = walk(reader, plan, after, limit as usize, Budget::new()).await?;
        return shown(reader, found, &[]).await;
    }
    let query = sqlx::query(AssertSqlSafe(plan.rows_sql()));
    let mut stored = plan.bind_list(query, after, limit.saturating_add(1)).fetch_all(&mut *reader).await?;
    let more = stored.len() > limit as usize;
    stored.truncate(limit as usize);
    let mut rows = Vec::with_capacity(stored.len());
    for (row, stored) in read_rows(reader, &stored).await?.into_iter().zip(&stored) {
        rows.push(Listed { row, place: plan.place(stored.try_get("place")?), excerpt: None });
    }
    let last = rows.last().filter(|_| more);
    let next = last.map(|last| RowPlace { place: last.place, ticket: last.row.id });
    Ok(TicketsPage { rows, next, total: None, looked_to: None })
}

async fn search(
    reader: &mut SqliteConnection,
    (query, now): (&Query, Millis),
    (after, limit): (Option<RowPlace>, u32),
    budget: Budget,
) -> Result<TicketsPage> {
    let plan = Plan::of(query, &names_in(reader, query).await?, now);
    let mut page = if plan.is_direct() {
        list(reader, &plan, after, limit).await?
    } else {
        let found = walk(reader, &plan, after, limit.max(1) as usize, budget).await?;
        shown(reader, found, &segment::highlights(query)).await?
    };
    if after.is_none() && page.next.is_none() {
        page.total = u32::try_from(page.rows.len()).ok();
    }
    Ok(page)
}

/// What was found, with its rows and the passages that matched.
async fn shown(reader: &mut SqliteConnection, found: Found, words: &[String]) -> Result<TicketsPage> {
    let tickets: Vec<TicketId> = found.hits.iter().map(|hit| hit.at.ticket).collect();
    let mut rows = rows_of(reader, &tickets).await?;
    let mut excerpts = excerpts(reader, &found.hits, words).await?;
    let listed = found.hits.iter().filter_map(|hit| {
        Some(Listed {
            row: rows.remove(&hit.at.ticket)?,
            place: hit.at.place,
            excerpt: hit.message.and_then(|message| excerpts.remove(&message)),
        })
    });
    Ok(TicketsPage { rows: listed.collect(), next: found.next, total: None, looked_to: found.looked_to })
}

pub(super) const TAGS_NAMED: &str = "SELECT key, id FROM tag WHERE key IN (SELECT value FROM json_each(?))";

/// What the query names, as far as it exists.
pub(crate) async fn names_in(reader: &mut SqliteConnection, query: &Query) -> Result<Names> {
    let mut names = Names::default();
    let tags: Vec<&str> = query.tags().collect();
    if !tags.is_empty() {
        let rows =
            sqlx::query(TAGS_NAMED).bind(serde_json::to_string(&tags)?).fetch_all(&mut *reader).await?;
        for row in rows {
            names.tags.insert(row.try_get("key")?, TagId(row.try_get("id")?));
        }
    }
    if query.sources().next().is_some() {
        let rows = sqlx::query("SELECT id, name FROM source WHERE removed = 0").fetch_all(reader).await?;
        for row in rows {
            let name: String = row.try_get::<&str, _>("name")?.to_lowercase();
            names.sources.entry(name).or_default().push(SourceId(row.try_get("id")?));
        }
    }
    Ok(names)
}
