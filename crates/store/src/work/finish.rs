//! The end of a change: rows written, counters moved, the change logged and journalled, committed, and only then told.

use std::collections::{BTreeMap, BTreeSet};

use model::{CustomerId, Seq, Status, TicketId};

use super::{
    CustomerRec, Held, TicketRec, Work,
    cell::{insert_rows, upsert_rows},
    counters::{self, Delta},
};
use crate::{
    error::{Result, StoreError},
    feed::{self, Committed},
    journal::Record,
    people,
    views::Change,
};

impl Work {
    /// Commits and has it told, in that order and before the next change can begin. `None` when nothing that anybody is
    /// shown was changed; what else was written is kept all the same.
    pub async fn commit(mut self, tell: impl FnOnce(Committed)) -> Result<Option<Seq>> {
        self.load_requesters().await?;
        self.settle().await?;
        let changed = self.tickets.values().any(|held| held.before.as_ref() != Some(&held.now));
        if !changed && self.touched.is_empty() && self.records.is_empty() {
            self.writer.commit().await?;
            self.writer.views = Some(self.views);
            return Ok(None);
        }
        self.write_rows().await?;
        let seq = feed::log(&mut self.writer.connection, &self.touched, self.now).await?;
        self.commit_journalled().await?;
        self.writer.views = Some(self.views);
        tell(Committed { seq, touched: std::mem::take(&mut self.touched), history: self.history });
        Ok(Some(seq))
    }

    async fn commit_journalled(&mut self) -> Result<()> {
        let records = std::mem::take(&mut self.records);
        if records.is_empty() {
            return self.writer.commit().await;
        }
        let before = self.journal_end();
        let committed = self.append_and_commit(records).await;
        if committed.is_err() {
            // First the transaction: while it stands, it could still be kept without its record.
            self.writer.give_up().await?;
            self.take_back(before).await?;
        }
        committed
    }

    async fn append_and_commit(&mut self, records: Vec<Record>) -> Result<()> {
        let journal = self.writer.journal.clone();
        let append = move || {
            let mut journal = journal.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            journal.append(&records)
        };
        let end = tokio::task::spawn_blocking(append).await.map_err(StoreError::Interrupted)??;
        set_journal_position(&mut self.writer.connection, end).await?;
        self.writer.commit().await
    }

    async fn take_back(&mut self, end: u64) -> Result<()> {
        let journal = self.writer.journal.clone();
        let rewind = move || {
            journal.lock().unwrap_or_else(std::sync::PoisonError::into_inner).rewind(end);
        };
        tokio::task::spawn_blocking(rewind).await.map_err(StoreError::Interrupted)
    }

    fn journal_end(&self) -> u64 {
        self.with_journal(|journal| journal.end())
    }

    fn with_journal<T>(&self, work: impl FnOnce(&mut crate::journal::Journal) -> T) -> T {
        work(&mut self.writer.journal.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    async fn load_requesters(&mut self) -> Result<()> {
        let ids = |held: &Held<TicketRec>| {
            [Some(held.now.requester), held.before.as_ref().map(|before| before.requester)]
        };
        let all: BTreeSet<CustomerId> = self.tickets.values().flat_map(ids).flatten().collect();
        self.load_customers(all).await
    }

    async fn write_rows(&mut self) -> Result<()> {
        self.load_requesters().await?;
        self.take_over_requesters();
        self.settle().await?;
        self.write_events().await?;
        self.write_tickets().await?;
        self.write_customers().await
    }

    /// A ticket shows its requester's name, address and tier.
    fn take_over_requesters(&mut self) {
        for held in self.tickets.values_mut() {
            let Some(customer) = self.customers.get(&held.now.requester) else { continue };
            let (ticket, customer) = (&mut held.now, &customer.now);
            let vip = customer.tier == model::Tier::Vip;
            if ticket.vip != vip {
                ticket.vip = vip;
                self.unsettled.insert(ticket.id);
            }
            customer.shown_name().clone_into(&mut ticket.requester_name);
            ticket.requester_email.clone_from(&customer.email);
        }
    }

    async fn write_events(&mut self) -> Result<()> {
        let events = std::mem::take(&mut self.events);
        let head = "INSERT INTO event (ticket, at_ms, who, what)";
        insert_rows(&mut self.writer.connection, head, 4, &events, |event, to| {
            let what = serde_json::to_string(&event.what).unwrap_or_default();
            to.bind(event.ticket.0).bind(event.at.0).bind(event.who.clone()).bind(what)
        })
        .await?;
        self.touched.tickets.extend(events.iter().map(|event| event.ticket));
        Ok(())
    }

    async fn write_tickets(&mut self) -> Result<()> {
        let held = std::mem::take(&mut self.tickets);
        let mut deltas: BTreeMap<String, Delta> = BTreeMap::new();
        if self.new_messages > 0 {
            deltas.entry(counters::MESSAGES.to_owned()).or_default().0 += i64::from(self.new_messages);
        }
        let mut rows: Vec<&TicketRec> = Vec::new();
        for Held { before, now } in held.values().filter(|held| held.before.as_ref() != Some(&held.now)) {
            self.note_ticket_change(before.as_ref(), now);
            counters::add_change(&mut deltas, before.as_ref(), Some(now));
            rows.push(now);
        }
        self.move_tags(&held).await?;
        let reworded = std::mem::take(&mut self.reworded);
        let moved = |held: &&Held<TicketRec>| {
            held.before.as_ref() != Some(&held.now) || reworded.contains(&held.now.id)
        };
        let changes: Vec<Change<'_>> =
            held.values().filter(moved).map(|held| change(held, &reworded)).collect();
        self.move_members(&changes, &mut deltas).await?;
        let (head, width, tail) = (TicketRec::INSERT, TicketRec::WIDTH, TicketRec::OVER);
        let bind = |row: &&TicketRec, to| row.bind(to);
        upsert_rows(&mut self.writer.connection, head, width, tail, &rows, bind).await?;
        self.move_counters(deltas).await
    }

    fn note_ticket_change(&mut self, before: Option<&TicketRec>, now: &TicketRec) {
        self.touched.tickets.insert(now.id);
        self.touched.lists = true;
        let per_customer = before.filter(|before| before.requester == now.requester);
        let open_before = per_customer.is_some_and(|before| before.status != Status::Closed);
        let open_now = now.status != Status::Closed;
        if per_customer.is_some() && open_before == open_now {
            return;
        }
        if let Some(before) = before {
            self.count_for(before.requester, before.status, -1);
        }
        self.count_for(now.requester, now.status, 1);
    }

    /// A customer's own counts: all tickets, and those not closed.
    fn count_for(&mut self, customer: CustomerId, status: Status, by: i32) {
        let Some(held) = self.customers.get_mut(&customer) else { return };
        held.now.tickets = held.now.tickets.saturating_add_signed(by);
        if status != Status::Closed {
            held.now.open_tickets = held.now.open_tickets.saturating_add_signed(by);
        }
    }

    /// The rows of `ticket_tag` that these changes make wrong, and those they want, with few statements.
    async fn move_tags(&mut self, held: &BTreeMap<TicketId, Held<TicketRec>>) -> Result<()> {
        let (mut wrong, mut wanted) = (Vec::new(), Vec::new());
        for Held { before, now } in held.values() {
            let was: BTreeSet<TagRow> = before.iter().flat_map(tag_rows).collect();
            let is: BTreeSet<TagRow> = tag_rows(now).collect();
            wrong.extend(was.difference(&is).copied());
            wanted.extend(is.difference(&was).copied());
        }
        if !wrong.is_empty() {
            let sql = "DELETE FROM ticket_tag WHERE (tag, last_message_at_ms, ticket) IN \
                (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?))";
            let delete = sqlx::query(sql).bind(serde_json::to_string(&wrong)?);
            delete.execute(&mut self.writer.connection).await?;
        }
        let head = "INSERT OR IGNORE INTO ticket_tag (tag, last_message_at_ms, ticket)";
        insert_rows(&mut self.writer.connection, head, 3, &wanted, |(tag, at, ticket), to| {
            to.bind(*tag).bind(*at).bind(*ticket)
        })
        .await?;
        Ok(())
    }

    pub async fn move_counters(&mut self, deltas: BTreeMap<String, Delta>) -> Result<()> {
        let moved: Vec<(String, Delta)> = deltas.into_iter().filter(|(_, delta)| *delta != (0, 0)).collect();
        self.touched.views |= !moved.is_empty();
        let head = "INSERT INTO counter (name, tickets, unread)";
        let tail = "ON CONFLICT (name) DO UPDATE SET tickets = tickets + excluded.tickets, unread = unread + excluded.unread";
        upsert_rows(&mut self.writer.connection, head, 3, tail, &moved, |(name, (tickets, unread)), to| {
            to.bind(name.clone()).bind(*tickets).bind(*unread)
        })
        .await?;
        Ok(())
    }

    pub(crate) async fn write_customers(&mut self) -> Result<()> {
        let held = std::mem::take(&mut self.customers);
        let changed: Vec<_> = held.values().filter(|held| held.before.as_ref() != Some(&held.now)).collect();
        let (head, width, tail) = (CustomerRec::INSERT, CustomerRec::WIDTH, CustomerRec::OVER);
        let bind = |held: &&Held<CustomerRec>, to| held.now.bind(to);
        upsert_rows(&mut self.writer.connection, head, width, tail, &changed, bind).await?;
        let words = changed.iter().map(|held| (held.before.as_ref(), &held.now));
        people::keep(&mut self.writer.connection, words).await?;
        for Held { before, now } in changed {
            self.touched.customers.insert(now.id);
            let renamed = before
                .as_ref()
                .is_some_and(|before| (&before.name, &before.email) != (&now.name, &now.email));
            if renamed {
                self.rename_on_tickets(now).await?;
            }
        }
        Ok(())
    }

    /// The tickets that this change did not hold show the new name too.
    async fn rename_on_tickets(&mut self, customer: &CustomerRec) -> Result<()> {
        let sql =
            "UPDATE ticket SET requester_name = ?, requester_email = ? WHERE requester = ? RETURNING id";
        let renamed: Vec<i64> = sqlx::query_scalar(sql)
            .bind(customer.shown_name())
            .bind(&customer.email)
            .bind(customer.id.0)
            .fetch_all(&mut self.writer.connection)
            .await?;
        self.touched.tickets.extend(renamed.into_iter().map(TicketId));
        self.touched.lists = true;
        Ok(())
    }
}

/// What the saved views are told of a held ticket.
fn change<'a>(held: &'a Held<TicketRec>, reworded: &BTreeSet<TicketId>) -> Change<'a> {
    let id = held.now.id;
    Change {
        id,
        before: held.before.as_ref().map(counters::facts),
        after: Some(counters::facts(&held.now)),
        reworded: reworded.contains(&id),
    }
}

/// Tag, moment of the newest message, ticket.
type TagRow = (i64, i64, i64);

fn tag_rows(ticket: &TicketRec) -> impl Iterator<Item = TagRow> + '_ {
    ticket.tags.0.iter().map(|tag| (tag.0, ticket.last_message_at_ms.0, ticket.id.0))
}

/// Up to where the database has taken the journal in.
pub(crate) async fn set_journal_position(connection: &mut sqlx::SqliteConnection, end: u64) -> Result<()> {
    let sql = "INSERT INTO meta (name, value) VALUES ('journal_position', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    sqlx::query(sql).bind(end.to_string()).execute(connection).await?;
    Ok(())
}

pub(crate) async fn journal_position(connection: &mut sqlx::SqliteConnection) -> Result<u64> {
    let value: Option<String> = sqlx::query_scalar("SELECT value FROM meta WHERE name = 'journal_position'")
        .fetch_optional(connection)
        .await?;
    Ok(value.and_then(|value| value.parse().ok()).unwrap_or(0))
}
