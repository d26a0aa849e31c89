//! Who is a member, moved with each change: a view's query is asked of a ticket as it was and as it is, and only the difference
//! is written, in the transaction of the change.

use std::collections::{BTreeMap, BTreeSet};

use model::{CustomerId, Millis, SavedViewId, TicketId, query::TicketFacts};
use sqlx::Row as _;

use super::{SavedView, Seen, Views, text};
use crate::{
    error::Result,
    work::{Work, counters::Delta},
};

/// A ticket before and after a change, as far as queries look at it; `None` where there is no such ticket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change<'a> {
    pub id: TicketId,
    pub before: Option<TicketFacts<'a>>,
    pub after: Option<TicketFacts<'a>>,
    /// Whether its messages may say something else than before.
    pub reworded: bool,
}

/// List, place, ticket.
type Row = (i64, i64, i64);

/// What is to be written so that the members are right again.
#[derive(Default)]
pub(super) struct Moves {
    gone: Vec<Row>,
    came: Vec<Row>,
    counts: BTreeMap<SavedViewId, Delta>,
    unsure: Vec<Unsure>,
}

/// A ticket that is a member if the text index says so too.
struct Unsure {
    view: SavedViewId,
    /// Which of the changes.
    change: usize,
    was: bool,
    is: bool,
}

impl Moves {
    /// How many rows are to be written.
    pub fn rows(&self) -> usize {
        self.gone.len() + self.came.len()
    }

    /// Asks one view's query of the tickets as they were, at one moment, and as they are, at another.
    pub fn weigh(
        &mut self,
        (id, view): (SavedViewId, &SavedView),
        changes: &[Change<'_>],
        (before, after): (Millis, Millis),
    ) {
        for (n, change) in changes.iter().enumerate() {
            let was = change.before.is_some_and(|facts| view.may_have(change.id, facts, before));
            let is = change.after.is_some_and(|facts| view.may_have(change.id, facts, after));
            if !was && !is {
                continue;
            }
            if view.questions.is_empty() {
                self.note((id, view), change, was, is);
            } else {
                self.unsure.push(Unsure { view: id, change: n, was, is });
            }
        }
    }

    fn note(&mut self, (id, view): (SavedViewId, &SavedView), change: &Change<'_>, was: bool, is: bool) {
        let row = |facts: &TicketFacts<'_>| (view.list, view.place(facts), change.id.0);
        let before = change.before.as_ref().filter(|_| was);
        let after = change.after.as_ref().filter(|_| is);
        let (gone, came) = (before.map(row), after.map(row));
        if gone != came {
            self.gone.extend(gone);
            self.came.extend(came);
        }
        let of = |facts: Option<&TicketFacts<'_>>| match facts {
            Some(facts) => (1, i64::from(facts.unread)),
            None => (0, 0),
        };
        let (before, after) = (of(before), of(after));
        if before != after {
            let count = self.counts.entry(id).or_default();
            *count = (count.0 + after.0 - before.0, count.1 + after.1 - before.1);
        }
    }
}

impl Work {
    /// Moves changed tickets into, within and out of the saved views. Their counters move with `deltas`.
    pub(crate) async fn move_members(
        &mut self,
        changes: &[Change<'_>],
        deltas: &mut BTreeMap<String, Delta>,
    ) -> Result<()> {
        let views = self.views.clone();
        let mut moves = Moves::default();
        for (id, view) in &views.all {
            moves.weigh((*id, view), changes, (views.as_of, views.as_of));
        }
        self.settle_unsure(&views, changes, &mut moves).await?;
        self.write_members(moves, deltas).await
    }

    /// The closed tickets of a customer that are not held become a VIP's, or an ordinary customer's, by one statement. Before that.
    pub(crate) async fn move_vips_closed(&mut self, requester: CustomerId, vip: bool) -> Result<()> {
        if !self.views.ask_for_vips() {
            return Ok(());
        }
        let mut after = super::walk::START;
        loop {
            let query = sqlx::query(sqlx::AssertSqlSafe(vips_closed()))
                .bind(requester.0)
                .bind(after.0.0)
                .bind(after.1.0);
            let seen = Seen::read_all(&query.fetch_all(self.connection()).await?)?;
            let Some(last) = seen.last() else { return Ok(()) };
            after = last.place();
            let not_held = seen.iter().filter(|seen| !self.tickets.contains_key(&seen.id));
            let changes: Vec<Change<'_>> = not_held.map(|seen| tiered(seen, vip)).collect();
            let mut deltas = BTreeMap::new();
            self.move_members(&changes, &mut deltas).await?;
            self.move_counters(deltas).await?;
        }
    }

    /// Asks the text index for what the tickets' rows left open.
    pub(super) async fn settle_unsure(
        &mut self,
        views: &Views,
        changes: &[Change<'_>],
        moves: &mut Moves,
    ) -> Result<()> {
        let unsure = std::mem::take(&mut moves.unsure);
        if unsure.is_empty() {
            return Ok(());
        }
        let members = self.members_of(views, changes, &unsure).await?;
        for of_view in unsure.chunk_by(|one, other| one.view == other.view) {
            let Some((id, view)) = of_view.first().and_then(|one| views.all.get_key_value(&one.view)) else {
                continue;
            };
            let change = |one: &Unsure| changes.get(one.change);
            let to_ask = of_view
                .iter()
                .filter(|one| one.is && (!one.was || change(one).is_some_and(|change| change.reworded)));
            let asked: BTreeSet<TicketId> = to_ask.filter_map(change).map(|change| change.id).collect();
            let found = text::answered(self.connection(), &view.questions, asked.clone()).await?;
            for one in of_view {
                let Some(change) = change(one) else { continue };
                let was = one.was && members.contains(&(view.list, change.id.0));
                let says = if asked.contains(&change.id) { found.contains(&change.id) } else { was };
                moves.note((*id, view), change, was, one.is && says);
            }
        }
        Ok(())
    }

    /// Of those that were members as far as their rows told, the ones that really were: list and ticket.
    async fn members_of(
        &mut self,
        views: &Views,
        changes: &[Change<'_>],
        unsure: &[Unsure],
    ) -> Result<BTreeSet<(i64, i64)>> {
        let row = |one: &Unsure| -> Option<Row> {
            let (view, change) = (views.all.get(&one.view)?, changes.get(one.change)?);
            Some((view.list, view.place(change.before.as_ref()?), change.id.0))
        };
        let rows: Vec<Row> = unsure.iter().filter(|one| one.was).filter_map(row).collect();
        if rows.is_empty() {
            return Ok(BTreeSet::new());
        }
        let query = sqlx::query(MEMBERS).bind(serde_json::to_string(&rows)?);
        let found = query.fetch_all(self.connection()).await?;
        let pair = |row: &sqlx::sqlite::SqliteRow| Ok((row.try_get("list")?, row.try_get("ticket")?));
        Ok(found.iter().map(pair).collect::<sqlx::Result<_>>()?)
    }

    pub(super) async fn write_members(
        &mut self,
        moves: Moves,
        deltas: &mut BTreeMap<String, Delta>,
    ) -> Result<()> {
        for (sql, rows) in [(TAKE_OUT, &moves.gone), (PUT_IN, &moves.came)] {
            if !rows.is_empty() {
                sqlx::query(sql).bind(serde_json::to_string(rows)?).execute(self.connection()).await?;
            }
        }
        self.touched.lists |= moves.rows() > 0;
        for (id, (tickets, unread)) in moves.counts {
            let delta = deltas.entry(counter(id)).or_default();
            *delta = (delta.0 + tickets, delta.1 + unread);
        }
        Ok(())
    }
}

/// A ticket whose requester becomes a VIP, or no longer is one.
fn tiered(seen: &Seen, vip: bool) -> Change<'_> {
    let before = seen.facts();
    Change { id: seen.id, before: Some(before), after: Some(TicketFacts { vip, ..before }), reworded: false }
}

fn vips_closed() -> String {
    format!("SELECT {} {VIPS_CLOSED}", Seen::COLUMNS)
}

/// The name of a view's counter.
pub(crate) fn counter(view: SavedViewId) -> String {
    format!("view:{view}")
}

const VIPS_CLOSED: &str = "FROM ticket t INDEXED BY ticket_by_requester WHERE t.requester = ? \
    AND (t.last_message_at_ms, t.id) < (?, ?) AND t.status = 'closed' \
    ORDER BY t.last_message_at_ms DESC, t.id DESC LIMIT 500";
const MEMBERS: &str = "SELECT v.list, v.ticket FROM json_each(?) j CROSS JOIN view_ticket v \
    ON v.list = j.value ->> 0 AND v.place = j.value ->> 1 AND v.ticket = j.value ->> 2";
const TAKE_OUT: &str = "DELETE FROM view_ticket WHERE (list, place, ticket) IN \
    (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?))";
const PUT_IN: &str = "INSERT OR IGNORE INTO view_ticket (list, place, ticket) \
    SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)";

#[cfg(test)]
pub(super) const ALL: &[(&str, &str)] =
    &[("which were members", MEMBERS), ("members leave", TAKE_OUT), ("members come", PUT_IN)];

#[cfg(test)]
pub(super) fn vips() -> (String, String) {
    ("the closed tickets of a VIP".to_owned(), vips_closed())
}
