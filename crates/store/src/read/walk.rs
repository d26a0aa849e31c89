//! Walking through a list or a search until there are enough tickets, or until it has cost enough: then it is told how far it got, and goes
//! on from there when asked again. So what nothing passes costs no more than what everything passes.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use model::{MessageId, Millis, TicketId};
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection, sqlite::SqliteRow};

use super::{RowPlace, plan::Plan};
use crate::{
    error::Result,
    index::{self, Part, Parts},
};

/// How much may be looked at for one page: entries of an index, and time. In tests no time, so that a busy machine finds the same.
const MOST_ENTRIES: u32 = 20_000;
const LONGEST: Duration = if cfg!(test) { Duration::from_secs(3_600) } else { Duration::from_millis(20) };
/// How many entries are looked at at once: few at first, since most pages are soon full.
const FIRST_STRIDE: u32 = 256;
const LONGEST_STRIDE: u32 = 2_048;
/// How many notes are looked at at once; few tickets have one that is newer than their newest mail.
const NOTES_AT_ONCE: u32 = 1_000;

/// What a walk may still cost.
pub(crate) struct Budget {
    entries: u32,
    until: Instant,
    stride: u32,
}

impl Budget {
    pub fn new() -> Budget {
        Budget { entries: MOST_ENTRIES, until: Instant::now() + LONGEST, stride: FIRST_STRIDE }
    }

    #[cfg(test)]
    pub fn of(entries: u32, stride: u32) -> Budget {
        Budget { entries, until: Instant::now() + LONGEST, stride }
    }

    /// How many entries to look at next.
    fn stride(&mut self) -> u32 {
        let now = self.stride.min(self.entries).max(1);
        self.stride = self.stride.saturating_mul(2).min(LONGEST_STRIDE);
        self.entries = self.entries.saturating_sub(now);
        now
    }

    fn is_spent(&self) -> bool {
        self.entries == 0 || Instant::now() >= self.until
    }
}

/// A ticket that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    pub at: RowPlace,
    /// In a search: its newest message that matches.
    pub message: Option<MessageId>,
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Found {
    pub hits: Vec<Hit>,
    pub next: Option<RowPlace>,
    pub looked_to: Option<Millis>,
}

impl Found {
    /// The first `limit`, when there are more.
    fn cut(mut hits: Vec<Hit>, limit: usize) -> Found {
        hits.truncate(limit);
        Found { next: hits.last().map(|hit| hit.at), hits, looked_to: None }
    }

    fn given_up(hits: Vec<Hit>, next: RowPlace, looked_to: Millis) -> Found {
        Found { hits, next: Some(next), looked_to: Some(looked_to) }
    }

    fn all(hits: Vec<Hit>) -> Found {
        Found { hits, next: None, looked_to: None }
    }
}

/// The next `limit` tickets of a plan after a place.
pub(crate) async fn walk(
    reader: &mut SqliteConnection,
    plan: &Plan,
    after: Option<RowPlace>,
    limit: usize,
    budget: Budget,
) -> Result<Found> {
    match plan.matched() {
        Some(expression) => {
            let place = match after {
                Some(after) => Some(message_of(reader, expression, after).await?),
                None => None,
            };
            let below = place.unwrap_or(MessageId(i64::MAX));
            let search = Search {
                plan,
                expression,
                place,
                below,
                limit,
                budget,
                hits: Vec::new(),
                seen: BTreeSet::new(),
            };
            search.walk(reader).await
        }
        None => walk_list(reader, plan, after, limit, budget).await,
    }
}

/// Entries that were looked at.
pub(crate) struct Window {
    pub looked: u32,
    /// The last of them.
    pub last: Option<RowPlace>,
    /// Those whose tickets answer the plan's questions; its text filters are not asked.
    pub passing: Vec<RowPlace>,
}

/// The next so many entries of a list.
pub(crate) async fn window(
    reader: &mut SqliteConnection,
    plan: &Plan,
    after: Option<RowPlace>,
    entries: u32,
) -> Result<Window> {
    let query = sqlx::query(AssertSqlSafe(plan.window_sql()));
    let row = plan.bind_list(query, after, entries).fetch_one(reader).await?;
    let (at, id): (Option<i64>, Option<i64>) = (row.try_get("at")?, row.try_get("id")?);
    let place = |(at, id): (i64, i64)| RowPlace { place: plan.place(at), ticket: TicketId(id) };
    let mut passing: Vec<RowPlace> = pairs(row.try_get("passing")?)?.into_iter().map(place).collect();
    passing.sort_unstable_by(|one, other| other.cmp(one));
    Ok(Window { looked: row.try_get("looked")?, last: at.zip(id).map(place), passing })
}

fn pairs(json: Option<&str>) -> Result<Vec<(i64, i64)>> {
    Ok(serde_json::from_str(json.unwrap_or("[]"))?)
}

async fn walk_list(
    reader: &mut SqliteConnection,
    plan: &Plan,
    after: Option<RowPlace>,
    limit: usize,
    mut budget: Budget,
) -> Result<Found> {
    let (mut after, mut hits) = (after, Vec::new());
    loop {
        let stride = budget.stride();
        let window = window(reader, plan, after, stride).await?;
        let hit = |at: RowPlace| Hit { at, message: None };
        hits.extend(filtered(reader, plan, window.passing.into_iter().map(hit).collect()).await?);
        if hits.len() > limit {
            return Ok(Found::cut(hits, limit));
        }
        let Some(last) = window.last.filter(|_| window.looked == stride) else { return Ok(Found::all(hits)) };
        if budget.is_spent() {
            return Ok(Found::given_up(hits, last, plan.moment(last.place)));
        }
        after = Some(last);
    }
}

/// Those whose messages are as the plan's text filters ask.
pub(crate) async fn filtered(
    reader: &mut SqliteConnection,
    plan: &Plan,
    mut hits: Vec<Hit>,
) -> Result<Vec<Hit>> {
    for filter in plan.filters() {
        let tickets: Vec<TicketId> = hits.iter().map(|hit| hit.at.ticket).collect();
        let matching = index::matching(reader, &filter.expression, &tickets, None).await?;
        hits.retain(|hit| matching.contains(&hit.at.ticket) == filter.wanted);
    }
    Ok(hits)
}

/// Where the last row of a page stood among the matches: the first message that is not to be looked at again.
async fn message_of(reader: &mut SqliteConnection, expression: &str, after: RowPlace) -> Result<MessageId> {
    let begins = |ms: i64| MessageId::in_time_order(Millis(ms.clamp(0, LATEST_MS)), 0);
    let (first, end) = (begins(after.place), begins(after.place.saturating_add(1)));
    if after.ticket.0 == 0 {
        return Ok(first);
    }
    let query = sqlx::query_scalar(OF_MOMENT).bind(after.ticket.0).bind(first.0).bind(end.0);
    let messages: Vec<i64> = query.fetch_all(&mut *reader).await?;
    let mut found = end;
    for message in messages.iter().map(|id| MessageId(*id)) {
        let several = messages.len() > 1;
        // Which of several in one millisecond was it? The newest that matches.
        if !several
            || index::matching(reader, expression, &[after.ticket], Some(message))
                .await?
                .contains(&after.ticket)
        {
            found = message;
        }
    }
    Ok(found)
}

/// The greatest time a message's key can hold.
const LATEST_MS: i64 = (1 << 42) - 1;

pub(crate) const OF_MOMENT: &str =
    "SELECT id FROM message WHERE ticket = ? AND id >= ? AND id < ? ORDER BY id";

/// The matches of a part that were looked at.
struct Matches {
    looked: u32,
    last: Option<(MessageId, TicketId)>,
    /// Newest first.
    passing: Vec<(MessageId, TicketId)>,
}

async fn matches(
    reader: &mut SqliteConnection,
    plan: &Plan,
    part: &Part,
    below: MessageId,
    entries: u32,
) -> Result<Matches> {
    let query = sqlx::query(AssertSqlSafe(plan.matches_sql(part)));
    let row = plan.bind_matches(query, below, entries).fetch_one(reader).await?;
    let (id, ticket): (Option<i64>, Option<i64>) = (row.try_get("id")?, row.try_get("ticket")?);
    let of = |(message, ticket): (i64, i64)| (MessageId(message), TicketId(ticket));
    let mut passing: Vec<_> = pairs(row.try_get("passing")?)?.into_iter().map(of).collect();
    passing.sort_unstable_by(|one, other| other.cmp(one));
    let last = id.map(|id| (MessageId(id), TicketId(ticket.unwrap_or(0))));
    Ok(Matches { looked: row.try_get("looked")?, last, passing })
}

/// A walk along the matches, newest first. A ticket stands where its newest match does, once.
struct Search<'a> {
    plan: &'a Plan,
    expression: &'a str,
    /// Where the page before ended.
    place: Option<MessageId>,
    /// Everything from here on has been looked at.
    below: MessageId,
    limit: usize,
    budget: Budget,
    hits: Vec<Hit>,
    seen: BTreeSet<TicketId>,
}

impl Search<'_> {
    async fn walk(mut self, reader: &mut SqliteConnection) -> Result<Found> {
        while let Some(mails) = self.plan.mails_before().filter(|mails| *mails < self.below) {
            if let Some(next) = self.walk_notes(reader, mails).await? {
                return Ok(self.ended(next));
            }
        }
        let parts = Parts::read(reader).await?;
        let mut parts = parts.below(self.below).peekable();
        while let Some(part) = parts.next() {
            if let Some(next) = self.walk_part(reader, part).await? {
                return Ok(self.ended(next));
            }
            let Some(older) = parts.peek().filter(|_| self.budget.is_spent()) else { continue };
            // All of this part has been looked at: the whole milliseconds between it and the next.
            let moment = Millis(older.hi.received_at().0 + 1);
            if MessageId::in_time_order(moment, 0) <= part.lo {
                return Ok(self.ended(RowPlace { place: moment.0, ticket: TicketId(0) }));
            }
        }
        Ok(Found::all(self.hits))
    }

    fn ended(self, next: RowPlace) -> Found {
        if self.hits.len() > self.limit {
            return Found::cut(self.hits, self.limit);
        }
        Found::given_up(self.hits, next, Millis(next.place))
    }

    /// Where the walk ends, unless it goes on in the next part.
    async fn walk_part(&mut self, reader: &mut SqliteConnection, part: &Part) -> Result<Option<RowPlace>> {
        loop {
            let stride = self.budget.stride();
            let matches = matches(reader, self.plan, part, self.below, stride).await?;
            let Some((last, ticket)) = matches.last else { return Ok(None) };
            self.take(reader, matches.passing).await?;
            self.below = last;
            let here = RowPlace { place: last.received_at().0, ticket };
            let full = self.hits.len() > self.limit;
            if full || (matches.looked == stride && self.budget.is_spent()) {
                return Ok(Some(here));
            }
            if matches.looked < stride {
                return Ok(None);
            }
        }
    }

    /// Looks at notes down to where the mails begin. Where the walk ends, if it does there.
    async fn walk_notes(
        &mut self,
        reader: &mut SqliteConnection,
        mails: MessageId,
    ) -> Result<Option<RowPlace>> {
        let query =
            self.plan.bind_notes(sqlx::query(AssertSqlSafe(self.plan.notes_sql())), mails, self.below);
        let rows = query.bind(NOTES_AT_ONCE).fetch_all(&mut *reader).await?;
        let note = |row: &SqliteRow| Ok((MessageId(row.try_get("id")?), TicketId(row.try_get("ticket")?)));
        let mut notes = rows.iter().rev().map(note).collect::<sqlx::Result<Vec<_>>>()?;
        let oldest = notes.first().copied();
        notes = index::matching_among(reader, self.expression, &notes).await?;
        notes.sort_unstable_by(|one, other| other.cmp(one));
        self.take(reader, notes).await?;
        let last = oldest.filter(|_| rows.len() == NOTES_AT_ONCE as usize);
        self.below = last.map_or(mails, |(message, _)| message);
        let full = self.hits.len() > self.limit || (last.is_some() && self.budget.is_spent());
        let at =
            |(message, ticket): (MessageId, TicketId)| RowPlace { place: message.received_at().0, ticket };
        Ok(oldest.filter(|_| full).map(at))
    }

    async fn take(
        &mut self,
        reader: &mut SqliteConnection,
        passing: Vec<(MessageId, TicketId)>,
    ) -> Result<()> {
        let new = self.new_hits(passing);
        let new = self.not_before(reader, new).await?;
        self.hits.extend(filtered(reader, self.plan, new).await?);
        Ok(())
    }

    /// A hit for each ticket that was not seen before.
    fn new_hits(&mut self, passing: Vec<(MessageId, TicketId)>) -> Vec<Hit> {
        let new = passing.into_iter().filter(|(_, ticket)| self.seen.insert(*ticket));
        let hit = |(message, ticket): (MessageId, TicketId)| Hit {
            at: RowPlace { place: message.received_at().0, ticket },
            message: Some(message),
        };
        new.map(hit).collect()
    }

    /// Those that stood on no earlier page.
    async fn not_before(&self, reader: &mut SqliteConnection, mut hits: Vec<Hit>) -> Result<Vec<Hit>> {
        if let Some(place) = self.place.filter(|_| !hits.is_empty()) {
            let tickets: Vec<TicketId> = hits.iter().map(|hit| hit.at.ticket).collect();
            let stood = index::matching(reader, self.expression, &tickets, Some(place)).await?;
            hits.retain(|hit| !stood.contains(&hit.at.ticket));
        }
        Ok(hits)
    }
}
