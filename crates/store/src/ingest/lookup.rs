//! What a page of mails needs to know of the database, asked in one query per kind, and kept up to date while the page is
//! taken in, so that mails of one page find one another.

use std::collections::{BTreeMap, BTreeSet};

use model::{CustomerId, Direction, MessageId, TicketId};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use super::prepare::{Digest, Prepared};
use crate::{error::Result, journal::hex};

/// A message that is here already.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub id: MessageId,
    pub ticket: TicketId,
    pub seen: bool,
    pub answered: bool,
    pub unread: bool,
    pub gone: bool,
    pub direction: Direction,
    pub takes_turn: bool,
    /// Something of it could not be had when it came.
    pub incomplete: bool,
}

#[derive(Default)]
pub(crate) struct Lookup {
    pub known: BTreeMap<Digest, Known>,
    /// Tickets that hold (`true`) or only name a mail.
    pub mentions: BTreeMap<Digest, BTreeSet<(TicketId, bool)>>,
    pub tokens: BTreeMap<String, BTreeSet<TicketId>>,
    pub threads: BTreeMap<i64, BTreeSet<TicketId>>,
    pub customers: BTreeMap<String, CustomerId>,
}

fn digest_of(row: &SqliteRow, name: &str) -> sqlx::Result<Digest> {
    let bytes: &[u8] = row.try_get(name)?;
    let wrong = || sqlx::Error::ColumnDecode { index: name.to_owned(), source: "not 16 bytes".into() };
    bytes.try_into().map_err(|_| wrong())
}

fn list(digests: impl Iterator<Item = Digest>) -> Result<String> {
    let unique: BTreeSet<String> = digests.map(|digest| hex(&digest)).collect();
    Ok(serde_json::to_string(&unique)?)
}

impl Lookup {
    pub async fn read(connection: &mut SqliteConnection, page: &[Prepared<'_>]) -> Result<Lookup> {
        let mut lookup = Lookup::default();
        if !page.is_empty() {
            lookup.read_known(connection, page).await?;
            lookup.read_mentions(connection, page).await?;
            lookup.read_tokens(connection, page).await?;
            lookup.read_threads(connection, page).await?;
            lookup.read_customers(connection, page).await?;
        }
        Ok(lookup)
    }

    /// Every ticket that could be meant by a mail of the page.
    pub fn tickets(&self) -> BTreeSet<TicketId> {
        let known = self.known.values().map(|known| known.ticket);
        let mentions = self.mentions.values().flatten().map(|(ticket, _)| *ticket);
        let rest = self.tokens.values().chain(self.threads.values()).flatten().copied();
        known.chain(mentions).chain(rest).collect()
    }

    async fn read_known(&mut self, connection: &mut SqliteConnection, page: &[Prepared<'_>]) -> Result<()> {
        let sql = "SELECT identity, id, ticket, seen, answered, unread, gone_at_ms, direction, automatic, defects \
            FROM message WHERE identity IN (SELECT unhex(value) FROM json_each(?))";
        let names = list(page.iter().map(|mail| mail.identity))?;
        for row in sqlx::query(sql).bind(names).fetch_all(connection).await? {
            self.known.insert(digest_of(&row, "identity")?, Known::read(&row)?);
        }
        Ok(())
    }

    async fn read_mentions(
        &mut self,
        connection: &mut SqliteConnection,
        page: &[Prepared<'_>],
    ) -> Result<()> {
        let sql =
            "SELECT name, ticket, own FROM mention WHERE name IN (SELECT unhex(value) FROM json_each(?))";
        let names = list(page.iter().flat_map(|mail| mail.own.iter().chain(&mail.references)).copied())?;
        for row in sqlx::query(sql).bind(names).fetch_all(connection).await? {
            let entry = (TicketId(row.try_get("ticket")?), row.try_get("own")?);
            self.mentions.entry(digest_of(&row, "name")?).or_default().insert(entry);
        }
        Ok(())
    }

    async fn read_tokens(&mut self, connection: &mut SqliteConnection, page: &[Prepared<'_>]) -> Result<()> {
        let sql = "SELECT token, ticket FROM ticket_token WHERE token IN (SELECT value FROM json_each(?))";
        let tokens: BTreeSet<&str> = page
            .iter()
            .flat_map(|mail| std::iter::once(&mail.token).chain(&mail.named_token))
            .map(|token| token.0.as_str())
            .collect();
        for row in sqlx::query(sql).bind(serde_json::to_string(&tokens)?).fetch_all(connection).await? {
            let ticket = TicketId(row.try_get("ticket")?);
            self.tokens.entry(row.try_get("token")?).or_default().insert(ticket);
        }
        Ok(())
    }

    async fn read_threads(&mut self, connection: &mut SqliteConnection, page: &[Prepared<'_>]) -> Result<()> {
        // Either the mail or the ticket's first one lacks what it answers. Of a robot's thousand alerts with one subject none does.
        let sql = "SELECT thread_key, id FROM ticket \
            WHERE thread_key IS NOT NULL AND thread_key IN (SELECT value FROM json_each(?)) \
            AND (orphan = 1 OR thread_key IN (SELECT value FROM json_each(?)))";
        let keys = |of: fn(&Prepared<'_>) -> bool| {
            let keys: BTreeSet<i64> =
                page.iter().filter(|mail| of(mail)).filter_map(|mail| mail.thread_key).collect();
            serde_json::to_string(&keys)
        };
        let (all, orphans) = (keys(|_| true)?, keys(|mail| mail.is_orphan())?);
        for row in sqlx::query(sql).bind(all).bind(orphans).fetch_all(connection).await? {
            self.threads.entry(row.try_get("thread_key")?).or_default().insert(TicketId(row.try_get("id")?));
        }
        Ok(())
    }

    async fn read_customers(
        &mut self,
        connection: &mut SqliteConnection,
        page: &[Prepared<'_>],
    ) -> Result<()> {
        let sql = "SELECT key, customer FROM contact \
            WHERE kind = 'email' AND key IN (SELECT value FROM json_each(?)) AND wrote = 1";
        let keys: BTreeSet<String> = page.iter().map(|mail| mail.peer.key()).collect();
        for row in sqlx::query(sql).bind(serde_json::to_string(&keys)?).fetch_all(connection).await? {
            self.customers.insert(row.try_get("key")?, CustomerId(row.try_get("customer")?));
        }
        Ok(())
    }
}

impl Known {
    pub fn read(row: &SqliteRow) -> sqlx::Result<Known> {
        let direction: &str = row.try_get("direction")?;
        Ok(Known {
            id: MessageId(row.try_get("id")?),
            ticket: TicketId(row.try_get("ticket")?),
            seen: row.try_get("seen")?,
            answered: row.try_get("answered")?,
            unread: row.try_get("unread")?,
            gone: row.try_get::<Option<i64>, _>("gone_at_ms")?.is_some(),
            direction: Direction::from_word(direction).unwrap_or(Direction::Inbound),
            takes_turn: row.try_get::<Option<&str>, _>("automatic")?.is_none(),
            incomplete: row.try_get::<&str, _>("defects")?.contains("attachment_missing"),
        })
    }
}
