//! Time passes: a ticket joins or leaves a view when a moment of it becomes as old as the query asks. Only those are looked at whose
//! moments lie between the boundary then and the boundary now, whichever way the clock has gone; when they are too many, as when it
//! jumps by years, the view is gathered anew.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use model::{
    Millis, TicketId,
    query::{Age, Clocked},
};

use super::{
    SavedView, Seen,
    members::{Change, Moves},
};
use crate::{
    Store,
    error::Result,
    work::{Durability, Work},
};

/// How many tickets may pass one boundary at once, and how many rows one transaction may write.
const CROSSING: usize = if cfg!(test) { 4 } else { 2_000 };
const WRITTEN: usize = if cfg!(test) { 4 } else { 4_000 };

/// Tickets whose moment lies after the first and not after the second.
type Span = (Clocked, Millis, Millis);

impl Store {
    /// Brings what depends on the time up to `now`, wherever the clock has gone. Answers when something changes next.
    pub async fn advance_views(&self, now: Millis) -> Result<Option<Millis>> {
        let mut work = self.work(Durability::Normal, now).await?;
        let mut next = None;
        if work.views.have_ages() {
            self.noted(work.advance(now).await)?;
            next = self.noted(work.next_passing(now).await)?;
        }
        self.finish_noted(work).await?;
        Ok(next)
    }
}

impl Work {
    async fn advance(&mut self, now: Millis) -> Result<()> {
        let views = self.views.clone();
        let mut passing: BTreeMap<Span, Vec<Seen>> = BTreeMap::new();
        for span in views.all.values().flat_map(|view| spans(view, views.as_of, now)) {
            if let Entry::Vacant(unread) = passing.entry(span) {
                unread.insert(self.passing(span).await?);
            }
        }
        if passing.values().all(Vec::is_empty) {
            return Ok(());
        }
        let mut moves = Moves::default();
        let mut anew = Vec::new();
        for (id, view) in &views.all {
            let theirs: Vec<&Vec<Seen>> =
                spans(view, views.as_of, now).filter_map(|span| passing.get(&span)).collect();
            if theirs.iter().any(|seen| seen.len() > CROSSING) || moves.rows() > WRITTEN {
                anew.push(*id);
                continue;
            }
            let changes = changes(&theirs);
            moves.weigh((*id, view), &changes, (views.as_of, now));
            self.settle_unsure(&views, &changes, &mut moves).await?;
        }
        let mut deltas = BTreeMap::new();
        self.set_views_as_of(now).await?;
        self.write_members(moves, &mut deltas).await?;
        self.move_counters(deltas).await?;
        for id in anew {
            self.gather_anew(id).await?;
        }
        Ok(())
    }

    /// The tickets of a span, or a few more than may be.
    async fn passing(&mut self, (clocked, after, to): Span) -> Result<Vec<Seen>> {
        let limit = i64::try_from(CROSSING + 1).unwrap_or(i64::MAX);
        let query = sqlx::query(sqlx::AssertSqlSafe(passing(clocked))).bind(after.0).bind(to.0).bind(limit);
        Ok(Seen::read_all(&query.fetch_all(self.connection()).await?)?)
    }

    /// When the next ticket passes a boundary.
    async fn next_passing(&mut self, now: Millis) -> Result<Option<Millis>> {
        let ages: BTreeSet<(Clocked, i64)> = self.views.all.values().flat_map(clocks).collect();
        let mut next: Option<Millis> = None;
        for (clocked, ms) in ages {
            let query = sqlx::query_scalar(first_after(clocked)).bind(now.plus(-ms).0);
            let moment: Option<i64> = query.fetch_one(self.connection()).await?;
            let passes = moment.map(|moment| Millis(moment).plus(ms));
            next = next.into_iter().chain(passes).min();
        }
        Ok(next)
    }
}

fn clocks(view: &SavedView) -> impl Iterator<Item = (Clocked, i64)> + '_ {
    view.query.ages().map(|(clocked, age)| (clocked, age.ms))
}

/// Between which moments a ticket's lies, if it is as old as a view asks at one of two times and not at the other.
fn spans(view: &SavedView, then: Millis, now: Millis) -> impl Iterator<Item = Span> + '_ {
    view.query.ages().map(move |(clocked, age): (Clocked, Age)| {
        let (one, other) = (age.boundary(then), age.boundary(now));
        (clocked, one.min(other), one.max(other))
    })
}

/// Each ticket once, as it was and is: only the time has changed.
fn changes<'a>(seen: &[&'a Vec<Seen>]) -> Vec<Change<'a>> {
    let mut known: BTreeSet<TicketId> = BTreeSet::new();
    let all = seen.iter().flat_map(|seen| seen.iter()).filter(|seen| known.insert(seen.id));
    let change = |seen: &'a Seen| {
        let facts = Some(seen.facts());
        Change { id: seen.id, before: facts, after: facts, reworded: false }
    };
    all.map(change).collect()
}

fn passing(clocked: Clocked) -> String {
    format!("SELECT {} {} LIMIT ?", Seen::COLUMNS, within(clocked))
}

fn within(clocked: Clocked) -> &'static str {
    match clocked {
        Clocked::LastMessage => {
            "FROM ticket t INDEXED BY ticket_by_last WHERE t.last_message_at_ms > ? AND t.last_message_at_ms <= ?"
        }
        Clocked::WaitingSince => {
            "FROM ticket t INDEXED BY ticket_waiting WHERE t.status = 'open' AND t.waiting_since_ms IS NOT NULL \
                AND t.waiting_since_ms > ? AND t.waiting_since_ms <= ?"
        }
    }
}

fn first_after(clocked: Clocked) -> &'static str {
    match clocked {
        Clocked::LastMessage => "SELECT min(last_message_at_ms) FROM ticket WHERE last_message_at_ms > ?",
        Clocked::WaitingSince => {
            "SELECT min(waiting_since_ms) FROM ticket INDEXED BY ticket_waiting \
                WHERE status = 'open' AND waiting_since_ms IS NOT NULL AND waiting_since_ms > ?"
        }
    }
}

#[cfg(test)]
pub(super) fn statements() -> Vec<(String, String)> {
    let of = |clocked: Clocked| {
        let passes = (format!("whose {clocked:?} passes an age"), passing(clocked));
        [passes, (format!("whose {clocked:?} passes an age next"), first_after(clocked).to_owned())]
    };
    [Clocked::LastMessage, Clocked::WaitingSince].into_iter().flat_map(of).collect()
}
