//! Taking the journal in: at the opening what the database does not know yet, after a rebuild all of it. What is about
//! tickets and customers that are not here yet waits until the mail or the address it hangs on arrives.

use std::collections::{BTreeMap, BTreeSet};

use model::{CustomerId, Millis, TicketId};
use serde::{Deserialize, Serialize};
use sqlx::{Row as _, SqliteConnection};

use crate::{
    drafts::chain,
    error::Result,
    ingest::prepare::Digest,
    journal::{Act, CustomerAct, Kept, Record, hex, unhex},
    outbox, sources,
    work::Work,
};

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Remembered {
    at: Millis,
    who: String,
    act: Act,
}

/// What waits for tickets and customers, folded from the journal's records.
#[derive(Default)]
pub(crate) struct Waiting {
    acts: BTreeMap<String, Vec<Remembered>>,
    anchors: BTreeMap<String, BTreeSet<String>>,
    customers: BTreeMap<String, Vec<CustomerAct>>,
}

/// Takes records in, in their order. `damaged`: some between them could not be read.
pub(crate) async fn take_in(work: &mut Work, records: Vec<Record>, damaged: bool) -> Result<()> {
    let mut waiting = Waiting::default();
    for record in records {
        match record {
            Record::Source(source) => sources::put(work, &source).await?,
            Record::SourceRemoved { id, forget } => sources::remove(work, id, forget).await?,
            Record::Setting { name, value } => sources::put_setting(work, &name, &value).await?,
            Record::Trust { email, trusted } => work.trust(&email, trusted).await?,
            Record::Ticket { key, anchors, at, who, act } => {
                waiting.anchors.entry(key.clone()).or_default().extend(anchors);
                waiting.remember(key, Remembered { at, who, act });
            }
            Record::Customer { address, act, .. } => waiting.customers.entry(address).or_default().push(act),
            Record::View { id, view: Some(view) } => work.put_view(id, &view).await?,
            Record::View { id, view: None } => work.drop_view(id).await?,
            Record::Look { of, look } => work.put_look(&of, &look).await?,
            Record::Outgoing { source, message_id, at, act } => {
                outbox::restore::take_in(work, &mut waiting, (source, &message_id), at, act).await?;
            }
        }
    }
    if damaged {
        outbox::restore::distrust(work).await?;
    }
    waiting.keep(work.connection()).await?;
    for_what_is_here(work).await
}

impl Waiting {
    /// These acts hang on a ticket that has these mails.
    pub(crate) fn hang(&mut self, key: &str, anchors: Vec<String>) {
        self.acts.entry(key.to_owned()).or_default();
        self.anchors.entry(key.to_owned()).or_default().extend(anchors);
    }

    pub(crate) fn remember_act(&mut self, key: &str, at: Millis, act: Act) {
        self.remember(key.to_owned(), Remembered { at, who: String::new(), act });
    }

    /// A draft or a reading mark makes the ones before it worthless.
    fn remember(&mut self, key: String, act: Remembered) {
        let acts = self.acts.entry(key).or_default();
        if let Act::Reply { kept } = &act.act
            && let Some(text) = chain::apply(text_of(acts), kept)
        {
            return rewrite(acts, Remembered { act: Act::Reply { kept: Kept::Whole { text } }, ..act });
        }
        let superseded = |old: &Act| match &act.act {
            Act::Draft { .. } | Act::Note { .. } => matches!(old, Act::Draft { .. }),
            Act::Read { .. } => matches!(old, Act::Read { .. } | Act::ReadBack { .. }),
            Act::ReplyGone => is_of_reply(old),
            _ => false,
        };
        acts.retain(|old| !superseded(&old.act));
        acts.push(act);
    }

    async fn keep(self, connection: &mut SqliteConnection) -> Result<()> {
        for (key, acts) in self.acts {
            let Some(name) = unhex(&key) else { continue };
            let sql = "SELECT acts FROM restore_ticket WHERE key = ?";
            let kept = sqlx::query_scalar(sql).bind(&name).fetch_optional(&mut *connection).await?;
            let sql = "INSERT OR REPLACE INTO restore_ticket (key, acts) VALUES (?, ?)";
            let keep = sqlx::query(sql).bind(&name).bind(appended(kept, acts)?);
            keep.execute(&mut *connection).await?;
            for anchor in self.anchors.get(&key).into_iter().flatten().filter_map(|anchor| unhex(anchor)) {
                let sql = "INSERT OR IGNORE INTO restore_anchor (anchor, key) VALUES (?, ?)";
                sqlx::query(sql).bind(anchor).bind(&name).execute(&mut *connection).await?;
            }
        }
        for (address, acts) in self.customers {
            let sql = "SELECT acts FROM restore_customer WHERE address = ?";
            let kept = sqlx::query_scalar(sql).bind(&address).fetch_optional(&mut *connection).await?;
            let sql = "INSERT OR REPLACE INTO restore_customer (address, acts) VALUES (?, ?)";
            let keep = sqlx::query(sql).bind(&address).bind(appended(kept, acts)?);
            keep.execute(&mut *connection).await?;
        }
        Ok(())
    }
}

fn is_of_reply(act: &Act) -> bool {
    matches!(act, Act::Reply { .. } | Act::Attach { .. } | Act::Detach { .. } | Act::ReplyGone)
}

/// The whole text of a reply takes the place of what was known of it, before the files that were attached since it was begun.
fn rewrite(acts: &mut Vec<Remembered>, whole: Remembered) {
    let first = acts.iter().position(|old| matches!(old.act, Act::Reply { .. })).unwrap_or(acts.len());
    acts.retain(|old| !matches!(old.act, Act::Reply { .. }));
    acts.insert(first.min(acts.len()), whole);
}

/// The text of the reply after these acts, as far as it is known.
fn text_of(acts: &[Remembered]) -> Option<&str> {
    match &acts.iter().rev().find(|old| matches!(old.act, Act::Reply { .. } | Act::ReplyGone))?.act {
        Act::Reply { kept: Kept::Whole { text } } => Some(text),
        _ => None,
    }
}

/// A kept list with more at its end.
fn appended<T: Serialize + serde::de::DeserializeOwned>(
    kept: Option<String>,
    more: Vec<T>,
) -> Result<String> {
    let mut all: Vec<T> = kept.map(|text| serde_json::from_str(&text)).transpose()?.unwrap_or_default();
    all.extend(more);
    Ok(serde_json::to_string(&all)?)
}

/// What waits for mails and addresses that are here: after a transaction that was cut off behind its journal record.
async fn for_what_is_here(work: &mut Work) -> Result<()> {
    let sql = "SELECT r.key, m.ticket FROM restore_anchor r JOIN message m ON m.identity = r.anchor";
    let found = pairs(sqlx::query(sql).fetch_all(work.connection()).await?)?;
    perform(work, found).await?;
    let sql = "SELECT r.address, c.customer FROM restore_customer r \
        JOIN contact c ON c.kind = 'email' AND c.key = r.address AND c.wrote = 1";
    let rows = sqlx::query(sql).fetch_all(work.connection()).await?;
    let found = rows.iter().map(|row| Ok((row.try_get("address")?, CustomerId(row.try_get("customer")?))));
    let found: Vec<(String, CustomerId)> = found.collect::<sqlx::Result<_>>()?;
    for_customers(work, &found).await
}

/// What waits for these mails, which have just arrived and are stored.
pub(crate) async fn for_mails(work: &mut Work, identities: &[Digest]) -> Result<()> {
    let waits: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM restore_anchor)")
        .fetch_one(work.connection())
        .await?;
    if !waits {
        return Ok(());
    }
    let sql = "SELECT r.key, m.ticket FROM json_each(?) j \
        CROSS JOIN restore_anchor r ON r.anchor = unhex(j.value) \
        CROSS JOIN message m ON m.identity = r.anchor";
    let names: Vec<String> = identities.iter().map(|identity| hex(identity)).collect();
    let found = sqlx::query(sql).bind(serde_json::to_string(&names)?).fetch_all(work.connection()).await?;
    perform(work, pairs(found)?).await
}

fn pairs(rows: Vec<sqlx::sqlite::SqliteRow>) -> Result<BTreeMap<Vec<u8>, TicketId>> {
    let pair = |row: &sqlx::sqlite::SqliteRow| -> sqlx::Result<_> {
        Ok((row.try_get("key")?, TicketId(row.try_get("ticket")?)))
    };
    Ok(rows.iter().map(pair).collect::<sqlx::Result<_>>()?)
}

async fn perform(work: &mut Work, found: BTreeMap<Vec<u8>, TicketId>) -> Result<()> {
    work.load_tickets(found.values().copied()).await?;
    for (key, ticket) in found {
        let acts: Option<String> =
            sqlx::query_scalar("DELETE FROM restore_ticket WHERE key = ? RETURNING acts")
                .bind(&key)
                .fetch_optional(work.connection())
                .await?;
        sqlx::query("DELETE FROM restore_anchor WHERE key = ?").bind(&key).execute(work.connection()).await?;
        let acts: Vec<Remembered> =
            acts.map(|text| serde_json::from_str(&text)).transpose()?.unwrap_or_default();
        // Under another name the ticket may have a reply being written already: then there are two.
        let known = work.ticket(ticket)?.journal_key.clone();
        let known = known.filter(|known| *known != key);
        let other = if known.is_some() { work.set_draft_aside(ticket).await? } else { None };
        for Remembered { at, who, act } in acts {
            work.perform(ticket, &act, at, &who).await?;
        }
        work.bind_outgoing(&key, ticket).await?;
        work.ticket(ticket)?.journal_key = Some(key);
        if let (Some(known), Some(other)) = (known, other) {
            work.join_drafts(ticket, other).await?;
            let (at, gone) = (work.now, Act::ReplyGone);
            let (key, anchors, who) = (hex(&known), Vec::new(), String::new());
            work.records.push(Record::Ticket { key, anchors, at, who, act: gone });
        }
    }
    Ok(())
}

/// What waits for these addresses, whose customers are held or stored.
pub(crate) async fn for_customers(work: &mut Work, found: &[(String, CustomerId)]) -> Result<()> {
    if found.is_empty() {
        return Ok(());
    }
    let addresses: Vec<&str> = found.iter().map(|(address, _)| address.as_str()).collect();
    let sql = "DELETE FROM restore_customer WHERE address IN (SELECT value FROM json_each(?)) RETURNING address, acts";
    let rows = sqlx::query(sql).bind(serde_json::to_string(&addresses)?).fetch_all(work.connection()).await?;
    for row in rows {
        let address: String = row.try_get("address")?;
        let acts: Vec<CustomerAct> = serde_json::from_str(row.try_get("acts")?)?;
        let Some((_, id)) = found.iter().find(|(of, _)| *of == address) else { continue };
        work.load_customers([*id]).await?;
        for act in acts {
            work.perform_on_customer(*id, &act).await?;
        }
    }
    Ok(())
}
