//! Taking in what a source reports: a page in short transactions, each with everything that follows from its mails, the last one with
//! the cursor. Between them the writer is given up, so that a person's write never waits long.
//!
//! A page that breaks off in the middle is reported again, since its cursor was not kept, and a repeated page changes nothing, but for
//! what was missing of a message and is there now. The order in which pages come does not matter to where mails of one conversation
//! end up, nor to a ticket's token, status or counts.

mod complete;
mod join;
mod lookup;
mod outgoing;
mod pace;
mod places;
pub(crate) mod prepare;
mod rows;
mod thread;

pub(crate) use outgoing::OF_HOMELESS;
#[cfg(test)]
pub(crate) use outgoing::queries as outbox_queries;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use model::{
    Automatic, Defect, MessageId, Millis, Seq, SourceId, TicketId,
    incoming::{Change, Cursor, Incoming},
};

pub(crate) use self::pace::Pace;
use self::{
    lookup::{Known, Lookup},
    outgoing::Ours,
    prepare::{Digest, Prepared},
    rows::Pending,
};
use crate::{
    Store, database,
    error::{Result, StoreError},
    restore,
    work::{Durability, Work},
};

/// What a page did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// `None` of its own when nothing changed: then the latest there is.
    pub seq: Seq,
    pub new_messages: u32,
    /// Messages that were here already.
    pub known_messages: u32,
    pub new_tickets: u32,
    /// Tickets with new messages.
    pub tickets: BTreeSet<TicketId>,
}

/// The end of a page: what is kept with its last part.
type End<'a> = (&'a Cursor, Option<(u32, u32)>);

/// Some changes of a page, with all that can be known of them without the database.
struct Part<'a> {
    /// Oldest first, so that conversations grow as they were written.
    mails: Vec<Prepared<'a>>,
    changes: &'a [&'a Change],
}

impl Store {
    /// Takes in a page of changes, of any length, and the cursor that follows it. The changes are stored in the order they are reported, mails
    /// first, in transactions of about 12 ms (150 after [`Store::nobody_waits`]); the cursor with the last of them. Where a page is cut follows from how fast the machine is, so the
    /// numbers that rows are given do too; nothing else does.
    pub async fn apply(
        &self,
        source: SourceId,
        changes: &[Change],
        cursor: &Cursor,
        filling: Option<(u32, u32)>,
        now: Millis,
    ) -> Result<Applied> {
        let result = self.apply_page(source, changes, (cursor, filling), now).await;
        self.noted(result)
    }

    async fn apply_page(
        &self,
        source: SourceId,
        changes: &[Change],
        end: End<'_>,
        now: Millis,
    ) -> Result<Applied> {
        let rules = self.rules();
        let address = self.source_address(source).await?;
        self.make_room(source, end.1.is_some()).await?;
        let is_mail = |change: &&Change| matches!(change, Change::Message(_));
        let (mails, rest): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(is_mail);
        let changes = [mails, rest].concat();
        let (first, mut left) = changes.split_at(self.pace().cut(&changes));
        let mut part = prepared(source, &address, first, &rules).await;
        let mut all = Applied::nothing(self.latest_seq());
        let filling = end.1.is_some();
        loop {
            let (next, later) = left.split_at(self.pace().cut(left));
            let end = next.is_empty().then_some(end);
            // While one part is written, the next is prepared.
            let (applied, prepared) = tokio::join!(
                self.apply_part(source, &part, filling, end, now),
                prepared(source, &address, next, &rules)
            );
            all.add(applied?);
            if end.is_some() {
                return Ok(all);
            }
            (part, left) = (prepared, later);
        }
    }

    /// Notes whether the source is being filled; while any is, the writer keeps more pages, and writes them back less often if nobody waits.
    async fn make_room(&self, source: SourceId, filling: bool) -> Result<()> {
        let roomy = {
            let mut all = self.inner.filling.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let before = all.is_empty();
            if filling {
                all.insert(source)
            } else {
                all.remove(&source)
            };
            (all.is_empty() != before).then_some(!all.is_empty())
        };
        let Some(roomy) = roomy else { return Ok(()) };
        let alone = self.pace().is_alone();
        match self.inner.writer.lock().await.as_mut() {
            Some(writer) => database::give_room(&mut writer.connection, roomy, alone).await,
            None => Ok(()),
        }
    }

    async fn apply_part(
        &self,
        source: SourceId,
        part: &Part<'_>,
        filling: bool,
        end: Option<End<'_>>,
        now: Millis,
    ) -> Result<Applied> {
        let mut work = self.work(Durability::Normal, now).await?;
        work.history = filling;
        let began = Instant::now();
        let mut intake = Intake::begin(work, source, &part.mails).await?;
        for mail in &part.mails {
            intake.take(mail).await?;
        }
        intake.write_messages().await?;
        intake.apply_places(part.changes).await?;
        let applied = intake.finish(end, self).await?;
        let weight = part.changes.iter().map(|change| pace::weight(change)).sum();
        self.keep_pace(|pace| pace.after(weight, began.elapsed()));
        Ok(applied)
    }
}

impl Applied {
    fn nothing(seq: Seq) -> Applied {
        Applied { seq, new_messages: 0, known_messages: 0, new_tickets: 0, tickets: BTreeSet::new() }
    }

    fn add(&mut self, part: Applied) {
        self.seq = self.seq.max(part.seq);
        self.new_messages += part.new_messages;
        self.known_messages += part.known_messages;
        self.new_tickets += part.new_tickets;
        self.tickets.extend(part.tickets);
    }
}

async fn prepared<'a>(
    source: SourceId,
    address: &str,
    changes: &'a [&'a Change],
    rules: &model::urgency::UrgentRules,
) -> Part<'a> {
    let mut mails = Vec::with_capacity(changes.len());
    for change in changes {
        if let Change::Message(mail) = change {
            mails.push(Prepared::new(source, address, mail, rules));
            // The part before is being written on the same task.
            tokio::task::yield_now().await;
        }
    }
    mails.sort_by_key(|mail| (mail.at(), sequence(mail.incoming)));
    Part { mails, changes }
}

/// Where within its millisecond a mail's key begins: servers tell whole seconds, and within one the UID has the order. The upper half of the
/// millisecond is left for keys that are taken.
fn sequence(mail: &Incoming) -> u32 {
    mail.place.as_ref().map_or(0, |place| place.uid & 0x0F_FFFF)
}

/// A part of a page while it is taken in.
struct Intake {
    work: Work,
    source: SourceId,
    history_before: Millis,
    lookup: Lookup,
    ours: Ours,
    pending: Pending,
    /// Keys that are taken, of those the page may want.
    taken: BTreeSet<MessageId>,
    folders: BTreeMap<String, i64>,
    /// Tickets whose wait must be read anew from their messages.
    recount: BTreeSet<TicketId>,
    new_tickets: u32,
    known_messages: u32,
    with_news: BTreeSet<TicketId>,
}

impl Intake {
    async fn begin(mut work: Work, source: SourceId, page: &[Prepared<'_>]) -> Result<Intake> {
        if !work.sources.contains_key(&source) {
            return Err(StoreError::NotFound("source"));
        }
        let lookup = Lookup::read(work.connection(), page).await?;
        let ours = Ours::read(work.connection(), source, page).await?;
        work.load_tickets(lookup.tickets().into_iter().chain(ours.tickets())).await?;
        let requesters: Vec<_> = work.tickets.values().map(|held| held.now.requester).collect();
        work.load_customers(lookup.customers.values().copied().chain(requesters)).await?;
        let wanted = page.iter().map(|mail| MessageId::in_time_order(mail.at(), sequence(mail.incoming)));
        let taken = rows::taken_keys(work.connection(), wanted).await?;
        Ok(Intake {
            history_before: work.history_before(source),
            work,
            source,
            lookup,
            ours,
            pending: Pending::default(),
            taken,
            folders: BTreeMap::new(),
            recount: BTreeSet::new(),
            new_tickets: 0,
            known_messages: 0,
            with_news: BTreeSet::new(),
        })
    }

    async fn take(&mut self, mail: &Prepared<'_>) -> Result<()> {
        self.ours.note_answer(mail);
        if let Some(known) = self.lookup.known.get(&mail.identity).cloned() {
            self.known_messages += 1;
            if known.incomplete && !mail.incoming.defects.contains(&Defect::AttachmentMissing) {
                self.complete(&known, mail).await?;
            }
            self.see_again(mail.identity, known, mail.incoming.flags).await?;
        } else if let Some(known) = self.recognise(mail).await? {
            self.known_messages += 1;
            self.see_again(mail.identity, known, mail.incoming.flags).await?;
        } else {
            self.take_new(mail).await?;
        }
        if let (Some(place), Some(known)) = (&mail.incoming.place, self.lookup.known.get(&mail.identity)) {
            let id = known.id;
            self.put_at(place, id).await?;
        }
        Ok(())
    }

    async fn take_new(&mut self, mail: &Prepared<'_>) -> Result<()> {
        let found = match self.ours.ticket(&self.work, mail) {
            Some(ticket) => Some(ticket),
            None => thread::ticket_of(&mut self.work, &self.lookup, self.source, mail).await?,
        };
        let ticket = match found {
            Some(ticket) => ticket,
            None => self.begin_ticket(mail).await?,
        };
        let id = self.free_key(mail).await?;
        let unread = self.arrives_unread(ticket, id, mail);
        self.join(ticket, id, unread, mail).await?;
        self.remember(ticket, id, unread, mail);
        self.pending.add(self.source, ticket, id, unread, mail);
        self.with_news.insert(ticket);
        self.work.reworded.insert(ticket);
        self.work.new_messages += 1;
        self.ours.stored(ticket, id, mail);
        self.note_acknowledgement(mail).await
    }

    /// Another desk on this mailbox acknowledged it: its address gets no second one today.
    async fn note_acknowledgement(&mut self, mail: &Prepared<'_>) -> Result<()> {
        let automatic = mail.incoming.automatic == Some(Automatic::AutoReply);
        match mail.incoming.to.first().filter(|_| automatic && !mail.inbound()) {
            Some(to) => self.work.note_acknowledged(self.source, &to.key(), mail.at()).await,
            None => Ok(()),
        }
    }

    fn arrives_unread(&self, ticket: TicketId, id: MessageId, mail: &Prepared<'_>) -> bool {
        let read_to = self.work.tickets.get(&ticket).and_then(|held| held.now.read_to);
        let seen = mail.incoming.flags.seen || read_to >= Some(id);
        model::arrival::arrives_unread(mail.inbound(), seen, mail.at(), self.history_before)
    }

    async fn begin_ticket(&mut self, mail: &Prepared<'_>) -> Result<TicketId> {
        let id = self.work.new_ticket_id().await?;
        let requester = self.customer(&mail.peer, mail).await?;
        let now = crate::work::TicketRec::new(id, self.source, requester);
        self.work.tickets.insert(id, crate::work::Held { before: None, now });
        self.new_tickets += 1;
        Ok(id)
    }

    /// A key in time order that no message has.
    async fn free_key(&mut self, mail: &Prepared<'_>) -> Result<MessageId> {
        let mut key = MessageId::in_time_order(mail.at(), sequence(mail.incoming));
        if self.taken.contains(&key) {
            let stored = rows::last_key(self.work.connection(), mail.at()).await?;
            let pending = self.taken.range(..=rows::end_of(mail.at())).next_back().copied();
            key = MessageId(stored.max(pending).map_or(key.0, |last| last.0 + 1));
        }
        self.taken.insert(key);
        Ok(key)
    }

    /// Later mails of the page find this one.
    fn remember(&mut self, ticket: TicketId, id: MessageId, unread: bool, mail: &Prepared<'_>) {
        let known = Known {
            id,
            ticket,
            seen: mail.incoming.flags.seen,
            answered: mail.incoming.flags.answered,
            unread,
            gone: false,
            direction: mail.incoming.direction,
            takes_turn: mail.takes_turn(),
            incomplete: false,
        };
        self.lookup.known.insert(mail.identity, known);
        let own = mail.own.iter().map(|name| (*name, true));
        for (name, own) in own.chain(mail.references.iter().map(|name| (*name, false))) {
            self.lookup.mentions.entry(name).or_default().insert((ticket, own));
        }
        for token in std::iter::once(&mail.token).chain(&mail.named_token) {
            self.lookup.tokens.entry(token.0.clone()).or_default().insert(ticket);
        }
        let key = self.work.tickets.get(&ticket).and_then(|held| held.now.thread_key);
        if let Some(key) = key {
            self.lookup.threads.entry(key).or_default().insert(ticket);
        }
    }

    async fn write_messages(&mut self) -> Result<()> {
        self.put_proven().await?;
        self.pending.write(self.work.connection()).await?;
        self.settle_outbox().await?;
        let identities: Vec<Digest> = self.pending.identities().collect();
        for ticket in std::mem::take(&mut self.recount) {
            self.work.read_wait_anew(ticket).await?;
        }
        let addresses = std::mem::take(&mut self.pending.new_addresses);
        restore::for_customers(&mut self.work, &addresses).await?;
        restore::for_mails(&mut self.work, &identities).await?;
        self.bring_home().await
    }

    async fn finish(mut self, end: Option<End<'_>>, store: &Store) -> Result<Applied> {
        for ticket in std::mem::take(&mut self.recount) {
            self.work.read_wait_anew(ticket).await?;
        }
        let new = self.pending.len();
        let changed = match end {
            Some((cursor, filling)) => {
                rows::keep_cursor(self.work.connection(), self.source, new, cursor, filling).await?
            }
            None => rows::count(self.work.connection(), self.source, new).await?,
        };
        self.work.touched.sources |= changed;
        let mut applied = Applied {
            seq: Seq(0),
            new_messages: self.work.new_messages,
            known_messages: self.known_messages,
            new_tickets: self.new_tickets,
            tickets: std::mem::take(&mut self.with_news),
        };
        applied.seq = store.finish(self.work).await?;
        Ok(applied)
    }
}
