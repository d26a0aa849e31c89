//! Pages of lists, newest message first, by keyset.

use model::{
    CustomerId, Millis, TicketId, TicketRow, ViewId,
    query::{Names, Query},
};

use super::{TicketsPage, plan::Plan};
use crate::{
    Store,
    error::{Result, StoreError},
    work::counters::{STANDARD, tag_counter},
};

/// How many rows are looked at at once when their messages are asked too.
const STRIDE: usize = 200;

impl Store {
    /// A page of a view. `after` is the last row of the page before.
    pub async fn list_view(
        &self,
        view: ViewId,
        after: Option<(Millis, TicketId)>,
        limit: u32,
    ) -> Result<TicketsPage> {
        let (plan, counter) = match view {
            ViewId::Tag { tag } => (Plan::of_tag(tag), tag_counter(tag)),
            ViewId::Saved { .. } => return Err(StoreError::NotFound("view")),
            ViewId::Standard { view } => {
                let found = STANDARD.iter().find(|(each, _)| *each == view);
                let (_, query) = found.ok_or(StoreError::NotFound("view"))?;
                (Plan::of(query, &Names::default(), Millis(0)), view.as_str().to_owned())
            }
        };
        let total = self.counters().await?.get(&counter).map_or(0, |counter| counter.0);
        self.list(&plan, after, limit, Some(total)).await
    }

    /// A page of a customer's tickets.
    pub async fn list_customer(
        &self,
        customer: CustomerId,
        after: Option<(Millis, TicketId)>,
        limit: u32,
    ) -> Result<TicketsPage> {
        let sql = "SELECT tickets FROM customer WHERE id = ?";
        let total: Option<u32> = self.one(sqlx::query_scalar(sql).bind(customer.0)).await?;
        let total = total.ok_or(StoreError::NotFound("customer"))?;
        self.list(&Plan::of_customer(customer), after, limit, Some(total)).await
    }

    /// A page of what answers a query: a search when it asks for words, else a list.
    pub async fn search(
        &self,
        query: &Query,
        now: Millis,
        after: Option<(Millis, TicketId)>,
        limit: u32,
    ) -> Result<TicketsPage> {
        let plan = Plan::of(query, &self.names_in(query).await?, now);
        if plan.walks_matches() {
            return self.matches(&plan, query, after, limit).await;
        }
        let mut page = self.list(&plan, after, limit, None).await?;
        if after.is_none() && !page.more {
            page.total = u32::try_from(page.rows.len()).ok();
        }
        Ok(page)
    }

    /// What the query names, as far as it exists.
    pub(crate) async fn names_in(&self, query: &Query) -> Result<Names> {
        let mut names = Names::default();
        if query.tags().next().is_some() {
            let tags = self.tags().await?.into_iter();
            names.tags = tags.filter_map(|tag| Some((model::Tag::key(&tag.name)?, tag.id))).collect();
        }
        if query.sources().next().is_some() {
            for source in self.sources().await? {
                names.sources.entry(source.name.to_lowercase()).or_default().push(source.id);
            }
        }
        Ok(names)
    }

    pub(super) async fn list(
        &self,
        plan: &Plan,
        after: Option<(Millis, TicketId)>,
        limit: u32,
        total: Option<u32>,
    ) -> Result<TicketsPage> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX).max(1);
        let mut rows = self.walk_list(plan, plan.list_start(after), limit + 1).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let excerpts = rows.iter().map(|_| None).collect();
        Ok(TicketsPage { rows, excerpts, total, more })
    }

    /// The next `limit` rows of a list. With something to ask of the messages, in strides until there are enough.
    async fn walk_list(
        &self,
        plan: &Plan,
        mut after: (Millis, TicketId),
        limit: usize,
    ) -> Result<Vec<TicketRow>> {
        let stride = if plan.filters().is_empty() { limit } else { limit.max(STRIDE) };
        let asked = i64::try_from(stride).unwrap_or(i64::MAX);
        let mut found = Vec::new();
        loop {
            let query = plan.bind(sqlx::query(sqlx::AssertSqlSafe(plan.list_sql())));
            let rows = self.all(query.bind(after.0.0).bind(after.1.0).bind(asked)).await?;
            let mut rows = self.ticket_rows(&rows).await?;
            let last = rows.len() < stride;
            after = rows.last().map_or(after, |row| (row.last_message_at_ms, row.id));
            for filter in plan.filters() {
                let tickets: Vec<TicketId> = rows.iter().map(|row| row.id).collect();
                let matching = self.tickets_matching(&filter.expression, &tickets, None).await?;
                rows.retain(|row| matching.contains(&row.id) == filter.wanted);
            }
            found.extend(rows);
            if last || found.len() >= limit {
                found.truncate(limit);
                return Ok(found);
            }
        }
    }
}

#[cfg(test)]
impl Store {
    /// How SQLite goes about a query.
    pub(crate) async fn explain(&self, query: &Query) -> Vec<String> {
        let plan = Plan::of(query, &self.names_in(query).await.unwrap(), crate::tests::NOW);
        let sql = if plan.walks_matches() { plan.matches_sql() } else { plan.list_sql() };
        let explain = plan.bind(sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"))));
        let rows = self.all(explain.bind(0i64).bind(0i64).bind(9i64)).await.unwrap();
        rows.iter().map(|row| sqlx::Row::get(row, "detail")).collect()
    }
}
