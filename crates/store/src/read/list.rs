//! Pages of lists, newest message first, by keyset.

use model::{CustomerId, Millis, TicketId, ViewId, query::Query};

use super::{
    TicketsPage,
    plan::{Plan, START, TagIds},
};
use crate::{
    Store,
    error::{Result, StoreError},
    work::counters::{STANDARD, tag_counter},
};

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
            ViewId::Standard { view } => {
                let found = STANDARD.iter().find(|(each, _)| *each == view);
                let (_, query) = found.ok_or(StoreError::NotFound("view"))?;
                (Plan::of(query, &TagIds::new()), view.as_str().to_owned())
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
        after: Option<(Millis, TicketId)>,
        limit: u32,
    ) -> Result<TicketsPage> {
        let plan = Plan::of(query, &self.tags_named(query).await?);
        if plan.walks_matches() {
            return self.matches(&plan, query, after, limit).await;
        }
        let mut page = self.list(&plan, after, limit, None).await?;
        if after.is_none() && !page.more {
            page.total = u32::try_from(page.rows.len()).ok();
        }
        Ok(page)
    }

    async fn tags_named(&self, query: &Query) -> Result<TagIds> {
        let names = query.terms.iter().any(|term| matches!(term.ask, model::query::Ask::Tag(_)));
        if !names {
            return Ok(TagIds::new());
        }
        let tags = self.tags().await?;
        Ok(tags.into_iter().filter_map(|tag| Some((model::Tag::key(&tag.name)?, tag.id))).collect())
    }

    pub(super) async fn list(
        &self,
        plan: &Plan,
        after: Option<(Millis, TicketId)>,
        limit: u32,
        total: Option<u32>,
    ) -> Result<TicketsPage> {
        let (at, id) = after.unwrap_or(START);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX).max(1);
        let query = plan.bind(sqlx::query(sqlx::AssertSqlSafe(plan.list_sql())));
        let asked = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let mut rows = self.all(query.bind(at.0).bind(id.0).bind(asked)).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let rows = self.ticket_rows(&rows).await?;
        let excerpts = rows.iter().map(|_| None).collect();
        Ok(TicketsPage { rows, excerpts, total, more })
    }
}
