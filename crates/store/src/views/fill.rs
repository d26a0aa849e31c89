//! Filling lists, from the newest ticket to the oldest, and taking away those that nobody needs any more: in transactions of about
//! 12 ms, so that a person's write does not wait. How far it has come is kept with the members, so a restart goes on.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use model::{Millis, SavedViewId, Sort};

use super::{
    Reached, SavedView, Seen,
    members::{Change, Moves},
    walk::Walk,
};
use crate::{
    Store,
    error::Result,
    work::{Durability, Work},
};

/// How long a transaction may go on before it begins its last stride.
const AT_ONCE: Duration = Duration::from_millis(if cfg!(test) { 0 } else { 12 });
/// How many tickets are looked at in one query. In tests so few that every list is filled in several transactions.
const STRIDE: usize = if cfg!(test) { 3 } else { 250 };
/// How many rows of a list nobody needs are taken away at once.
const TAKEN_AWAY: i64 = if cfg!(test) { 2 } else { 2_000 };

impl Store {
    /// Gathers members of views that are new or changed, for about 15 ms, or takes rows away that no view needs any more. Answers
    /// whether there is more to do.
    pub async fn fill_views(&self, now: Millis) -> Result<bool> {
        let mut work = self.work(Durability::Normal, now).await?;
        let more = self.noted(work.fill_some().await)?;
        self.finish_noted(work).await?;
        Ok(more)
    }
}

impl Work {
    async fn fill_some(&mut self) -> Result<bool> {
        // Whoever has just saved a view waits for it.
        let views = self.views.clone();
        let next = views.all.iter().rev().find(|(_, view)| view.filled.is_some());
        let Some((id, mut view)) = next.map(|(id, view)| (*id, view.clone())) else {
            return self.take_away().await;
        };
        self.fill(id, &mut view).await?;
        let waits = |other: &SavedView| other.list != view.list && other.filled.is_some();
        let more = view.filled.is_some() || views.all.values().any(waits);
        drop(views);
        Arc::make_mut(&mut self.views).all.insert(id, view);
        Ok(more || self.lists_left().await?.is_some())
    }

    async fn fill(&mut self, id: SavedViewId, view: &mut SavedView) -> Result<()> {
        let (begun, as_of) = (Instant::now(), self.views.as_of);
        let walk = Walk::of(&view.query, &view.names, as_of);
        let (mut moves, mut looked) = (Moves::default(), 0);
        while let Some(cursor) = view.filled {
            let seen = self.stride(&walk, cursor).await?;
            looked += seen.len();
            view.filled = seen.last().filter(|_| seen.len() == STRIDE).map(Seen::place);
            self.take_in(id, view, &seen, &mut moves).await?;
            if begun.elapsed() >= AT_ONCE {
                break;
            }
        }
        self.keep_filled(view, looked).await?;
        let mut deltas = BTreeMap::new();
        self.touched.views |= view.filled.is_none();
        let shown = self.touched.lists;
        self.write_members(moves, &mut deltas).await?;
        // A list by time is read by its query until it is whole, unless that asks for words.
        let by_time = matches!(view.sort, Sort::Newest | Sort::Oldest) && view.questions.is_empty();
        self.touched.lists = shown || !by_time || view.filled.is_none();
        self.move_counters(deltas).await
    }

    async fn stride(&mut self, walk: &Walk, after: Reached) -> Result<Vec<Seen>> {
        let limit = i64::try_from(STRIDE).unwrap_or(i64::MAX);
        let query = walk.bind(sqlx::query(sqlx::AssertSqlSafe(walk.sql())), after, limit);
        let rows = query.fetch_all(self.connection()).await?;
        Ok(Seen::read_all(&rows)?)
    }

    /// Members are those of the tickets that answer the view's query.
    async fn take_in(
        &mut self,
        id: SavedViewId,
        view: &SavedView,
        seen: &[Seen],
        moves: &mut Moves,
    ) -> Result<()> {
        let as_of = self.views.as_of;
        let changes: Vec<Change<'_>> = seen.iter().map(new).collect();
        let passed = SavedView { filled: None, ..view.clone() };
        moves.weigh((id, &passed), &changes, (as_of, as_of));
        let views = super::Views { all: [(id, passed)].into(), as_of };
        self.settle_unsure(&views, &changes, moves).await
    }

    async fn keep_filled(&mut self, view: &SavedView, looked: usize) -> Result<()> {
        let (at, ticket) = view.filled.unzip();
        sqlx::query(KEEP_FILLED)
            .bind(at.map(|at| at.0))
            .bind(ticket.map(|ticket| ticket.0))
            .bind(i64::try_from(looked).unwrap_or(i64::MAX))
            .bind(view.list)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn lists_left(&mut self) -> Result<Option<i64>> {
        Ok(sqlx::query_scalar(LISTS_LEFT).fetch_optional(self.connection()).await?)
    }

    /// Takes away some of a list that no view needs any more. Answers whether there is more.
    async fn take_away(&mut self) -> Result<bool> {
        let Some(list) = self.lists_left().await? else { return Ok(false) };
        let taken = sqlx::query(TAKE_AWAY).bind(list).bind(TAKEN_AWAY).execute(self.connection()).await?;
        if taken.rows_affected() > 0 {
            return Ok(true);
        }
        sqlx::query("DELETE FROM view_list WHERE id = ?").bind(list).execute(self.connection()).await?;
        Ok(self.lists_left().await?.is_some())
    }
}

/// A ticket that was no member.
fn new(seen: &Seen) -> Change<'_> {
    Change { id: seen.id, before: None, after: Some(seen.facts()), reworded: false }
}

const KEEP_FILLED: &str =
    "UPDATE view_list SET filled_at_ms = ?, filled_ticket = ?, looked = looked + ? WHERE id = ?";
const LISTS_LEFT: &str =
    "SELECT id FROM view_list INDEXED BY view_list_left WHERE view IS NULL ORDER BY id LIMIT 1";
const TAKE_AWAY: &str = "DELETE FROM view_ticket WHERE (list, place, ticket) IN \
    (SELECT list, place, ticket FROM view_ticket WHERE list = ? LIMIT ?)";

#[cfg(test)]
pub(super) const ALL: &[(&str, &str)] = &[
    ("how far a list is filled", KEEP_FILLED),
    ("which lists nobody needs", LISTS_LEFT),
    ("a list is taken away", TAKE_AWAY),
];
