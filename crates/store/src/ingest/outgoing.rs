//! Mails of a page that this desk sent itself, or that answer one: they settle what the outbox did not know, and none of them is
//! stored twice. Costs one question per page while the outbox is empty.

use std::collections::{BTreeMap, BTreeSet};

use model::{MessageId, SourceId, TicketId, outgoing::OutboxState};
use sqlx::SqliteConnection;

use super::{
    Intake,
    lookup::{Known, Lookup},
    prepare::{Digest, Prepared},
    rows,
};
use crate::{
    error::Result,
    outbox::{
        rows::{OutboxRec, content},
        sent::as_sent,
        steps::{Next, Step, next},
    },
    work::Work,
};

/// The outbox as far as a page can concern it, by Message-ID.
#[derive(Default)]
pub(super) struct Ours {
    /// There is anything in the outbox.
    any: bool,
    rows: BTreeMap<String, OutboxRec>,
    /// What happened to those that are here; [`Step::Find`] unless said otherwise.
    step: Option<Step>,
    /// Handed over, and named by a mail from outside: they arrived.
    proven: BTreeSet<String>,
    /// Stored with this page, or found to be stored.
    here: BTreeSet<String>,
    /// Messages that have another identity at the source than they had here.
    renamed: Vec<(MessageId, Digest)>,
}

const OF_PAGE: &str =
    "SELECT * FROM outbox WHERE source = ? AND message_id IN (SELECT value FROM json_each(?))";
const OF_UNKNOWN_OUTCOME: &str = "SELECT * FROM outbox INDEXED BY outbox_unsent \
    WHERE state <> 'sent' AND state IN ('unknown', 'handing_over') AND source = ?";

/// Sent before the database was lost, their tickets here again, and they not on them.
const HOMELESS: &str = "SELECT * FROM outbox INDEXED BY outbox_homeless \
    WHERE state = 'sent' AND message IS NULL AND ticket <> 0 AND source = ?";

/// The sources of such mails: all of an index that holds nothing else.
pub(crate) const OF_HOMELESS: &str = "SELECT DISTINCT source FROM outbox INDEXED BY outbox_homeless \
    WHERE state = 'sent' AND message IS NULL AND ticket <> 0";

impl Ours {
    pub async fn read(
        connection: &mut SqliteConnection,
        source: SourceId,
        page: &[Prepared<'_>],
    ) -> Result<Ours> {
        let mut ours = Ours::default();
        if page.is_empty() {
            return Ok(ours);
        }
        let any = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM outbox)");
        ours.any = any.fetch_one(&mut *connection).await?;
        if !ours.any {
            return Ok(ours);
        }
        let names: BTreeSet<&str> =
            page.iter().filter_map(|mail| mail.incoming.message_id.as_deref()).collect();
        let of_page = sqlx::query(OF_PAGE).bind(source.0).bind(serde_json::to_string(&names)?);
        let unknown = sqlx::query(OF_UNKNOWN_OUTCOME).bind(source.0);
        let mut found = of_page.fetch_all(&mut *connection).await?;
        found.extend(unknown.fetch_all(connection).await?);
        for row in &found {
            let row = OutboxRec::read(row)?;
            ours.rows.insert(row.message_id.clone(), row);
        }
        Ok(ours)
    }

    /// The tickets these mails belong on.
    pub fn tickets(&self) -> impl Iterator<Item = TicketId> {
        self.rows.values().map(|row| row.ticket)
    }

    fn of(&self, mail: &Prepared<'_>) -> Option<&OutboxRec> {
        self.rows.get(mail.incoming.message_id.as_deref()?)
    }

    /// The ticket of a mail this desk sent: the one it was written on, whatever its references say.
    pub fn ticket(&self, work: &Work, mail: &Prepared<'_>) -> Option<TicketId> {
        let row = self.of(mail).filter(|_| !mail.inbound())?;
        work.tickets.contains_key(&row.ticket).then_some(row.ticket)
    }

    /// A mail was stored under this key; if it is one of ours, its row knows.
    pub fn stored(&mut self, ticket: TicketId, id: MessageId, mail: &Prepared<'_>) {
        let Some(name) = mail.incoming.message_id.as_deref().filter(|_| !mail.inbound()) else { return };
        let Some(row) = self.rows.get_mut(name) else { return };
        (row.message, row.ticket) = (Some(id), ticket);
        row.sent_at_ms = row.sent_at_ms.or(Some(mail.at()));
        self.here.insert(name.to_owned());
    }

    /// A mail from outside that names one of ours proves that it arrived.
    pub fn note_answer(&mut self, mail: &Prepared<'_>) {
        if !mail.inbound() || self.rows.is_empty() {
            return;
        }
        let named = mail.incoming.in_reply_to.iter().chain(&mail.incoming.references);
        for name in named.chain(&mail.incoming.message_id) {
            let open = [OutboxState::Unknown, OutboxState::HandingOver];
            if self.rows.get(name).is_some_and(|row| open.contains(&row.state)) {
                self.proven.insert(name.clone());
            }
        }
    }
}

/// A message that is here, by its key.
async fn stored(connection: &mut SqliteConnection, id: MessageId) -> Result<Option<Known>> {
    let sql = "SELECT id, ticket, seen, answered, unread, gone_at_ms, direction, automatic, defects FROM message WHERE id = ?";
    let row = sqlx::query(sql).bind(id.0).fetch_optional(connection).await?;
    Ok(row.as_ref().map(Known::read).transpose()?)
}

impl Work {
    /// Puts a mail of ours on the ticket it was written on, as if its source had reported it, and settles its row by `step`.
    pub(crate) async fn put_on_ticket(
        self,
        source: SourceId,
        step: Step,
        mail: &Prepared<'_>,
    ) -> Result<Work> {
        let mut intake = Intake::begin(self, source, std::slice::from_ref(mail)).await?;
        intake.ours.step = Some(step);
        intake.take(mail).await?;
        let here = intake.lookup.known.get(&mail.identity).map(|known| (known.ticket, known.id));
        if let Some((ticket, id)) = here {
            intake.ours.stored(ticket, id, mail);
        }
        intake.write_messages().await?;
        let new = intake.pending.len();
        rows::count(intake.work.connection(), source, new).await?;
        intake.work.touched.sources = true;
        Ok(intake.work)
    }

    /// Puts on their tickets what was sent and lies nowhere but here, without waiting for a mail of its source.
    pub(crate) async fn bring_home(self, source: SourceId) -> Result<Work> {
        let mut intake = Intake::begin(self, source, &[]).await?;
        intake.ours.any = true;
        intake.bring_home().await?;
        for ticket in std::mem::take(&mut intake.recount) {
            intake.work.read_wait_anew(ticket).await?;
        }
        let new = intake.pending.len();
        rows::count(intake.work.connection(), source, new).await?;
        intake.work.touched.sources = true;
        Ok(intake.work)
    }
}

impl Intake {
    /// The message that a mail of ours became before the source reported it, if it is that mail: from now on it has the identity that
    /// the source gives it.
    pub(super) async fn recognise(&mut self, mail: &Prepared<'_>) -> Result<Option<Known>> {
        let Some(row) = self.ours.of(mail).filter(|_| !mail.inbound()) else { return Ok(None) };
        let (Some(id), state) = (row.message, row.state) else { return Ok(None) };
        let pending = self.lookup.known.values().find(|known| known.id == id).cloned();
        let known = match pending {
            Some(known) => Some(known),
            None => stored(self.work.connection(), id).await?,
        };
        if let Some(known) = &known {
            self.ours.renamed.push((id, mail.identity));
            if state != OutboxState::Sent {
                self.ours.here.extend(mail.incoming.message_id.clone());
            }
            self.lookup.known.insert(mail.identity, known.clone());
        }
        Ok(known)
    }

    /// Puts the mails on their tickets that are now known to have arrived. Before the page is written.
    pub(super) async fn put_proven(&mut self) -> Result<()> {
        for name in std::mem::take(&mut self.ours.proven) {
            let Some(row) = self.ours.rows.get(&name).filter(|row| row.message.is_none()).cloned() else {
                self.ours.here.insert(name);
                continue;
            };
            let (outgoing, _) = content(self.work.connection(), row.id).await?;
            let tried = row.sent_at_ms.or(row.attempted_at_ms);
            let left = row.left_at(tried.unwrap_or(row.queued_at_ms));
            let mail = as_sent(&outgoing, None, left);
            let address = self.work.sources.get(&row.source).map(|facts| facts.address.clone());
            let rules = self.work.rules.clone();
            let mail = Prepared::new(row.source, &address.unwrap_or_default(), &mail, &rules);
            self.work.load_tickets([row.ticket]).await?;
            self.look_up_too(&mail).await?;
            self.take_new(&mail).await?;
        }
        Ok(())
    }

    /// What the page needs to know of the database for one mail more.
    async fn look_up_too(&mut self, mail: &Prepared<'_>) -> Result<()> {
        let page = std::slice::from_ref(mail);
        let more = Lookup::read(self.work.connection(), page).await?;
        self.work.load_tickets(more.tickets()).await?;
        self.work.load_customers(more.customers.values().copied()).await?;
        for (name, tickets) in more.mentions {
            self.lookup.mentions.entry(name).or_default().extend(tickets);
        }
        for (address, customer) in more.customers {
            self.lookup.customers.entry(address).or_insert(customer);
        }
        let wanted = MessageId::in_time_order(mail.at(), super::sequence(mail.incoming));
        self.taken.extend(rows::taken_keys(self.work.connection(), std::iter::once(wanted)).await?);
        Ok(())
    }

    /// What the page told of the outbox. After the page is written.
    pub(super) async fn settle_outbox(&mut self) -> Result<()> {
        let step = self.ours.step.unwrap_or(Step::Find);
        for (id, identity) in std::mem::take(&mut self.ours.renamed) {
            let sql = "UPDATE message SET identity = ? WHERE id = ?";
            sqlx::query(sql).bind(identity.to_vec()).bind(id.0).execute(self.work.connection()).await?;
        }
        let now = self.work.now;
        for name in std::mem::take(&mut self.ours.here) {
            let Some(row) = self.ours.rows.get_mut(&name) else { continue };
            match next(row.state, step) {
                Next::To(state) => {
                    row.be_sent(state, now);
                    self.work.keep_outgoing(row).await?;
                }
                _ => self.work.save_outgoing(row).await?,
            }
            if row.is_done() {
                self.work.empty_outgoing(row.id).await?;
            }
        }
        Ok(())
    }

    /// Puts on their tickets what was sent before the database was lost and lies nowhere but here. After what the journal remembers of
    /// the page's tickets is done.
    pub(super) async fn bring_home(&mut self) -> Result<()> {
        if !self.ours.any {
            return Ok(());
        }
        let found = sqlx::query(HOMELESS).bind(self.source.0).fetch_all(self.work.connection()).await?;
        if found.is_empty() {
            return Ok(());
        }
        for row in &found {
            let row = OutboxRec::read(row)?;
            self.ours.proven.insert(row.message_id.clone());
            self.ours.rows.insert(row.message_id.clone(), row);
        }
        self.put_proven().await?;
        self.pending.write(self.work.connection()).await?;
        self.settle_outbox().await
    }
}

/// What is asked of the outbox for each page, for its plan to be looked at.
#[cfg(test)]
pub(crate) fn queries() -> Vec<String> {
    [OF_PAGE, OF_UNKNOWN_OUTCOME, HOMELESS].map(str::to_owned).to_vec()
}
