//! The text index, cut into parts along the time line, so that neither a beginning of a word nor taking mail in costs more the more
//! there is.
//!
//! A part is one FTS5 table, `search_` and its number, with one row a message: subject, sender, others, text and names of files, every
//! CJK character standing alone (see segment.rs). It holds the messages whose keys lie from its `lo` to its `hi`; no two overlap, and
//! nothing ever moves from one to another, so that the key of a message says where its row is. Whoever asks reads the few rows of
//! `search_part` first: a part is never taken away, so what it read stays true, and what was added since is only newer.

use std::collections::{BTreeMap, BTreeSet};

use model::{MessageId, Millis, SourceId, TicketId};
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection, sqlite::SqliteRow};

use crate::{error::Result, work::cell::values};

/// The columns of a message in the index, as they are written.
pub(crate) type Columns = [String; 5];

/// How many messages a part is given before another is begun. In tests so few that every one of them asks several parts.
const FULL: i64 = if cfg!(test) { 20 } else { 250_000 };
/// A part does not reach over a time of silence: one mail with a date of long ago would make it span all that comes later.
const APART_MS: i64 = 180 * Millis::DAY;
/// Rows that one statement writes.
const AT_ONCE: usize = 1_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    id: i64,
    /// The least and the greatest key it was given.
    pub lo: MessageId,
    pub hi: MessageId,
    /// How many it was given.
    messages: i64,
}

impl Part {
    #[cfg(test)]
    pub fn first() -> Part {
        Part { id: 1, lo: MessageId(0), hi: MessageId(i64::MAX), messages: 1 }
    }

    /// Its table.
    pub fn table(&self) -> String {
        format!("search_{}", self.id)
    }

    fn read(row: &SqliteRow) -> sqlx::Result<Part> {
        Ok(Part {
            id: row.try_get("id")?,
            lo: MessageId(row.try_get("lo")?),
            hi: MessageId(row.try_get("hi")?),
            messages: row.try_get("messages")?,
        })
    }

    fn distance_ms(&self, key: MessageId) -> i64 {
        let [lo, hi, at] = [self.lo, self.hi, key].map(MessageId::received_at);
        lo.since(at).max(at.since(hi)).max(0)
    }

    fn takes(&self, key: MessageId) -> bool {
        self.messages < FULL && self.distance_ms(key) <= APART_MS
    }
}

/// All parts, newest first.
#[derive(Debug, Default)]
pub(crate) struct Parts(Vec<Part>);

impl Parts {
    pub async fn read(connection: &mut SqliteConnection) -> Result<Parts> {
        let rows = sqlx::query(PARTS).fetch_all(connection).await?;
        let mut parts: Vec<Part> = rows.iter().map(Part::read).collect::<sqlx::Result<_>>()?;
        parts.sort_by_key(|part| std::cmp::Reverse(part.lo));
        Ok(Parts(parts))
    }

    /// Those with messages older than `below`, newest first.
    pub fn below(&self, below: MessageId) -> impl Iterator<Item = &Part> {
        self.0.iter().filter(move |part| part.lo < below)
    }

    fn of(&self, key: MessageId) -> Option<&Part> {
        self.0.iter().find(|part| part.lo <= key && key <= part.hi)
    }

    /// Which part a new message goes to: the one whose range it lies in, else the nearer of its neighbours that takes it.
    fn place_for(&self, key: MessageId) -> Option<usize> {
        let older = self.0.iter().position(|part| part.lo <= key);
        if let Some(at) = older.filter(|at| self.0.get(*at).is_some_and(|part| key <= part.hi)) {
            return Some(at);
        }
        let newer = older.unwrap_or(self.0.len()).checked_sub(1);
        let neighbours = [older, newer].into_iter().flatten();
        let fitting =
            neighbours.filter_map(|at| self.0.get(at).filter(|part| part.takes(key)).map(|p| (at, p)));
        fitting.min_by_key(|(_, part)| part.distance_ms(key)).map(|(at, _)| at)
    }

    /// Counts a message in and answers its part's number; `true` when the part is new.
    fn count_in(&mut self, key: MessageId) -> (i64, bool) {
        if let Some(part) = self.place_for(key).and_then(|at| self.0.get_mut(at)) {
            (part.lo, part.hi) = (part.lo.min(key), part.hi.max(key));
            part.messages += 1;
            return (part.id, false);
        }
        let id = self.0.iter().map(|part| part.id).max().unwrap_or(0) + 1;
        let at = self.0.iter().position(|part| part.lo < key).unwrap_or(self.0.len());
        self.0.insert(at, Part { id, lo: key, hi: key, messages: 1 });
        (id, true)
    }
}

pub(crate) const PARTS: &str = "SELECT id, lo, hi, messages FROM search_part";

/// Puts messages into the index, with as few statements as can be: each that could be undone by itself makes the index write out, as a
/// segment of its own, what it has gathered before.
pub(crate) async fn put(
    connection: &mut SqliteConnection,
    mut rows: Vec<(MessageId, Columns)>,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    rows.sort_unstable_by_key(|(key, _)| *key);
    let mut parts = Parts::read(connection).await?;
    let mut by_part: BTreeMap<i64, Vec<(MessageId, Columns)>> = BTreeMap::new();
    for row in rows {
        let (part, new) = parts.count_in(row.0);
        if new {
            create(connection, part).await?;
        }
        by_part.entry(part).or_default().push(row);
    }
    for part in parts.0.iter().filter(|part| by_part.contains_key(&part.id)) {
        keep(connection, part).await?;
    }
    for (part, rows) in by_part {
        write(connection, part, rows).await?;
    }
    Ok(())
}

async fn create(connection: &mut SqliteConnection, part: i64) -> Result<()> {
    let sql = format!(
        "CREATE VIRTUAL TABLE search_{part} USING fts5 (subject, sender, others, text, files, \
         content = '', contentless_delete = 1, tokenize = 'porter unicode61 remove_diacritics 2')"
    );
    sqlx::query(AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}

async fn keep(connection: &mut SqliteConnection, part: &Part) -> Result<()> {
    let sql = "INSERT INTO search_part (id, lo, hi, messages) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE \
        SET lo = excluded.lo, hi = excluded.hi, messages = excluded.messages";
    let row = sqlx::query(sql).bind(part.id).bind(part.lo.0).bind(part.hi.0).bind(part.messages);
    row.execute(connection).await?;
    Ok(())
}

async fn write(
    connection: &mut SqliteConnection,
    part: i64,
    mut rows: Vec<(MessageId, Columns)>,
) -> Result<()> {
    let head = format!("INSERT INTO search_{part} (rowid, subject, sender, others, text, files)");
    for rows in rows.chunks_mut(AT_ONCE) {
        let sql = AssertSqlSafe(values(&head, 6, rows.len()));
        let insert = rows.iter_mut().fold(sqlx::query(sql), |to, (message, columns)| {
            columns.iter_mut().map(std::mem::take).fold(to.bind(message.0), |to, text| to.bind(text))
        });
        // Pages are of any length: their statements would push out those that are used again.
        insert.persistent(rows.len() == 1).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Takes a message out of the index.
pub(crate) async fn remove(connection: &mut SqliteConnection, message: MessageId) -> Result<()> {
    let parts = Parts::read(connection).await?;
    let Some(part) = parts.of(message) else { return Ok(()) };
    let sql = format!("DELETE FROM {} WHERE rowid = ?", part.table());
    sqlx::query(AssertSqlSafe(sql)).bind(message.0).execute(connection).await?;
    Ok(())
}

/// Takes all messages of a source out of the index. Their rows must still be there.
pub(crate) async fn forget(connection: &mut SqliteConnection, source: SourceId) -> Result<()> {
    for part in Parts::read(connection).await?.0 {
        let sql = format!(
            "DELETE FROM {} WHERE rowid IN (SELECT id FROM message WHERE id BETWEEN ? AND ? AND source = ?)",
            part.table()
        );
        let delete = sqlx::query(AssertSqlSafe(sql)).bind(part.lo.0).bind(part.hi.0).bind(source.0);
        delete.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Into how many stretches of time the messages of some tickets are cut to be asked for. Asking costs by the matches in a stretch, and
/// a little for each stretch; for the beginning of a word it costs all of a part's matches each time, so that is not cut.
const STRETCHES: usize = 16;
/// Silences shorter than this are not cut at.
const SILENCE_MS: i64 = Millis::DAY;

/// Which of the tickets have a message that matches, from the message `from` on.
pub(crate) async fn matching(
    connection: &mut SqliteConnection,
    expression: &str,
    tickets: &[TicketId],
    from: Option<MessageId>,
) -> Result<BTreeSet<TicketId>> {
    let theirs = messages_of(connection, tickets, from).await?;
    let found = matching_among(connection, expression, &theirs).await?;
    Ok(found.into_iter().map(|(_, ticket)| ticket).collect())
}

/// Which of the messages, given oldest first, match.
pub(crate) async fn matching_among(
    connection: &mut SqliteConnection,
    expression: &str,
    theirs: &[(MessageId, TicketId)],
) -> Result<Vec<(MessageId, TicketId)>> {
    let mut found = Vec::new();
    if theirs.is_empty() {
        return Ok(found);
    }
    let parts = Parts::read(connection).await?;
    let most = if expression.contains("\"*") { 1 } else { STRETCHES };
    for stretch in stretches(theirs, most) {
        let (Some(first), Some(last)) = (stretch.first(), stretch.last()) else { continue };
        let overlapping = parts.0.iter().filter(|part| part.lo <= last.0 && first.0 <= part.hi);
        for part in overlapping {
            let hits = in_part(connection, part, expression, stretch).await?;
            let of = |hit: &MessageId| stretch.binary_search_by_key(hit, |(id, _)| *id).ok();
            found.extend(hits.iter().filter_map(of).filter_map(|at| stretch.get(at)).copied());
        }
    }
    Ok(found)
}

/// The messages of tickets, oldest first.
async fn messages_of(
    connection: &mut SqliteConnection,
    tickets: &[TicketId],
    from: Option<MessageId>,
) -> Result<Vec<(MessageId, TicketId)>> {
    let ids: Vec<i64> = tickets.iter().map(|ticket| ticket.0).collect();
    let query =
        sqlx::query_scalar(MESSAGES_OF).bind(serde_json::to_string(&ids)?).bind(from.map_or(0, |id| id.0));
    let together: Option<String> = query.fetch_one(connection).await?;
    let pairs: Vec<(i64, i64)> = serde_json::from_str(together.as_deref().unwrap_or("[]"))?;
    let mut theirs: Vec<_> =
        pairs.into_iter().map(|(id, ticket)| (MessageId(id), TicketId(ticket))).collect();
    theirs.sort_unstable();
    Ok(theirs)
}

/// All in one row: a row at a time costs several times as much.
pub(crate) const MESSAGES_OF: &str = "SELECT '[' || group_concat('[' || m.id || ',' || m.ticket || ']') || ']' \
    FROM json_each(?1) j CROSS JOIN message m INDEXED BY message_by_ticket ON m.ticket = j.value WHERE m.id >= ?2";

/// Cut at the longest silences.
fn stretches(theirs: &[(MessageId, TicketId)], most: usize) -> Vec<&[(MessageId, TicketId)]> {
    let silence = |pair: &[(MessageId, TicketId)]| match pair {
        [before, after] => after.0.received_at().since(before.0.received_at()),
        _ => 0,
    };
    let silences = theirs.windows(2).enumerate().map(|(at, pair)| (silence(pair), at + 1));
    let mut cuts: Vec<(i64, usize)> = silences.filter(|(ms, _)| *ms >= SILENCE_MS).collect();
    cuts.sort_unstable_by(|one, other| other.cmp(one));
    let mut places: Vec<usize> = cuts.into_iter().take(most.saturating_sub(1)).map(|(_, at)| at).collect();
    places.sort_unstable();
    let ends = places.iter().copied().chain([theirs.len()]);
    let starts = [0].into_iter().chain(places.iter().copied());
    starts.zip(ends).filter_map(|(start, end)| theirs.get(start..end)).collect()
}

/// Those of a stretch that match. One walk through the part's matches within the stretch.
async fn in_part(
    connection: &mut SqliteConnection,
    part: &Part,
    expression: &str,
    stretch: &[(MessageId, TicketId)],
) -> Result<Vec<MessageId>> {
    let theirs = stretch.iter().map(|(id, _)| id.0).filter(|id| (part.lo.0..=part.hi.0).contains(id));
    let theirs: Vec<i64> = theirs.collect();
    let (Some(first), Some(last)) = (theirs.first(), theirs.last()) else { return Ok(Vec::new()) };
    let query = sqlx::query_scalar(AssertSqlSafe(in_part_sql(part))).bind(expression.to_owned());
    let query = query.bind(*first).bind(*last).bind(serde_json::to_string(&theirs)?);
    let together: Option<String> = query.fetch_one(connection).await?;
    let hits: Vec<i64> = serde_json::from_str(together.as_deref().unwrap_or("[]"))?;
    Ok(hits.into_iter().map(MessageId).collect())
}

/// `+`: else the index would be asked for each of them by itself, which costs as much each time as asking for all.
pub(crate) fn in_part_sql(part: &Part) -> String {
    let table = part.table();
    format!(
        "SELECT '[' || group_concat(rowid) || ']' FROM {table} WHERE {table} MATCH ?1 AND rowid BETWEEN ?2 AND ?3 \
         AND +rowid IN (SELECT value FROM json_each(?4))"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = Millis::DAY;
    const NOW: i64 = 1_790_000_000_000;

    fn key(days_ago: i64) -> MessageId {
        MessageId::in_time_order(Millis(NOW - days_ago * DAY), 0)
    }

    fn filled(days_ago: impl Iterator<Item = i64>) -> Parts {
        let mut parts = Parts::default();
        for days in days_ago {
            parts.count_in(key(days));
        }
        parts
    }

    #[test]
    fn history_read_backwards_opens_parts_downwards_and_new_mail_upwards() {
        let mut parts = filled((0..45).map(|n| n + 100));
        assert_eq!(
            parts.0.iter().map(|part| (part.id, part.messages)).collect::<Vec<_>>(),
            [(1, 20), (2, 20), (3, 5)]
        );
        assert_eq!(parts.count_in(key(99)), (4, true), "the newest part is full");
        assert_eq!(parts.count_in(key(98)), (4, false));
        assert_eq!(parts.count_in(key(110)), (1, false), "within a part's range, however full");
        assert_eq!(parts.of(key(110)).map(|part| part.id), Some(1));
        assert_eq!(parts.0.first().map(|part| part.id), Some(4), "newest first");
    }

    #[test]
    fn one_mail_of_long_ago_does_not_make_a_part_of_everything() {
        let mut parts = filled([0, 5_000].into_iter());
        for days in 1..=60 {
            parts.count_in(key(days));
        }
        assert_eq!(parts.0.len(), 5, "{parts:?}");
        assert!(parts.0.windows(2).all(|pair| pair[1].hi < pair[0].lo), "{parts:?}");
    }

    #[test]
    fn messages_far_apart_are_asked_for_apart() {
        let theirs: Vec<_> = [900, 899, 400, 1, 0].map(|days| (key(days), TicketId(days))).to_vec();
        let lengths: Vec<usize> = stretches(&theirs, STRETCHES).iter().map(|stretch| stretch.len()).collect();
        assert_eq!(lengths, [1, 1, 1, 1, 1]);
        let many: Vec<_> = (0..100).rev().map(|n| (key(n * 3), TicketId(n))).collect();
        assert_eq!(stretches(&many, STRETCHES).len(), STRETCHES);
        assert_eq!(stretches(&many, 1), [&many[..]]);
        assert_eq!(stretches(&many, STRETCHES).concat(), many);
    }
}
