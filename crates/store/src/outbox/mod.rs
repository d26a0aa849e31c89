//! The outbox: mails on their way out, from the moment a person sends them off until they stand on their ticket.
//!
//! Promises: an attempt is counted and on disk before it is made; what was handed over without an answer goes again only when a person
//! says so; a mail that is sent stands on its ticket, once. Each change is in the journal before the call returns, and a restored
//! database has the same outbox. Never: sending itself.

pub(crate) mod restore;
pub(crate) mod rows;
mod seen;
mod sender;
pub(crate) mod sent;
pub(crate) mod steps;

use model::{
    Millis, OutboxId, Problem, ProblemCode, Seq, SourceId, Status, TicketId,
    incoming::Place,
    outgoing::{DraftText, OutboxEntry, OutboxState, Outgoing, OutgoingKind, ReplyKind, Seen, SentCopy},
};
use sqlx::{Row as _, sqlite::SqliteRow};

use self::{
    rows::{ASTRAY, MadeFrom, OutboxRec, WITH_MAIL},
    steps::{Next, Step, next},
};
use crate::{
    Store,
    drafts::chain,
    error::{Result, StoreError},
    journal::{Act, OutgoingAct, QueuedRecord, Record, unhex},
    work::{Durability, Work, cell::Json},
};
pub use sender::Begun;

/// A mail that is sent off.
#[derive(Debug, Clone, PartialEq)]
pub struct NewOutgoing {
    pub ticket: TicketId,
    pub source: SourceId,
    pub outgoing: Outgoing,
    pub seen: Seen,
    /// The agent's name.
    pub who: String,
    /// Until when it can be taken back; without, it goes at once.
    pub hold_until: Option<Millis>,
    /// The ticket's status from now on, if it changes.
    pub then: Option<Status>,
    /// For an acknowledgement: where the mail lies that it answers.
    pub claim: Option<Place>,
}

/// A mail that has not left, with what a list shows of its ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxRow {
    pub entry: OutboxEntry,
    pub ticket_subject: String,
    pub requester_name: String,
    pub source_name: String,
    /// How many mails have come since the agent last saw the ticket.
    pub news: u32,
    /// When it was last tried, or its track was lost.
    pub attempted_at: Option<Millis>,
}

const LAST_ACKNOWLEDGED: &str = "SELECT at_ms FROM acknowledged WHERE source = ? AND address = ?";

fn list(condition: &str, index: &str) -> String {
    format!(
        "SELECT o.*, m.outgoing, t.subject AS ticket_subject, t.requester_name, s.name AS source_name, {} AS mails, {} AS newest \
         FROM outbox o INDEXED BY {index} CROSS JOIN outbox_mail m ON m.outbox = o.id \
         LEFT JOIN ticket t ON t.id = o.ticket LEFT JOIN source s ON s.id = o.source \
         WHERE o.state <> 'sent' {condition} ORDER BY o.id",
        seen::MAILS,
        seen::NEWEST
    )
}

fn read_row(row: &SqliteRow) -> Result<OutboxRow> {
    let entry = rows::read_entry(row)?;
    let subject: Option<String> = row.try_get("ticket_subject")?;
    let name: Option<String> = row.try_get("requester_name")?;
    let addressee =
        || entry.outgoing.recipients().first().map(|to| to.label().to_owned()).unwrap_or_default();
    let here = entry.ticket != ASTRAY;
    // Of an unknown outcome: when its track was lost.
    let lost_at: Option<i64> = row.try_get("postponed_at_ms")?;
    Ok(OutboxRow {
        ticket_subject: subject.unwrap_or_else(|| entry.outgoing.subject.clone()),
        requester_name: name.unwrap_or_else(addressee),
        source_name: row.try_get::<Option<String>, _>("source_name")?.unwrap_or_default(),
        news: if here { seen::news(entry.seen, seen::read(row)?) } else { 0 },
        attempted_at: lost_at.max(row.try_get("attempted_at_ms")?).map(Millis),
        entry,
    })
}

impl Store {
    /// Puts a mail into the outbox. A reply is made from the ticket's draft, which is kept with it and is no longer being written: without
    /// one it is refused, so that sending twice sends once. `None` for an acknowledgement when its address had one within a day.
    pub async fn queue(&self, new: NewOutgoing, now: Millis) -> Result<Option<OutboxId>> {
        let mut work = self.work(Durability::Full, now).await?;
        let id = self.noted(work.queue(new).await)?;
        if id.is_some() {
            self.finish_noted(work).await?;
        }
        Ok(id)
    }

    /// Every mail that has not left, in the order they were sent off.
    pub async fn outbox(&self) -> Result<Vec<OutboxRow>> {
        let sql = list("", "outbox_unsent");
        self.all(sqlx::query(sqlx::AssertSqlSafe(sql))).await?.iter().map(read_row).collect()
    }

    /// Those of one ticket.
    pub async fn outbox_of(&self, ticket: TicketId) -> Result<Vec<OutboxRow>> {
        let sql = list("AND o.ticket = ?", "outbox_unsent_of");
        self.all(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(ticket.0)).await?.iter().map(read_row).collect()
    }

    pub async fn outbox_entry(&self, id: OutboxId) -> Result<Option<OutboxEntry>> {
        let sql = format!("{WITH_MAIL} WHERE o.id = ?");
        let rows = self.all(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.0)).await?;
        rows.first().map(rows::read_entry).transpose()
    }

    /// Where the mail lies that an acknowledgement answers.
    pub async fn outgoing_claim(&self, id: OutboxId) -> Result<Option<Place>> {
        let rows = self.all(sqlx::query("SELECT * FROM outbox WHERE id = ?").bind(id.0)).await?;
        let row = rows.first().map(OutboxRec::read).transpose()?;
        Ok(row.and_then(|row| row.claim).map(|claim| claim.0.into()))
    }

    /// The mail is its ticket's reply being written again.
    pub async fn take_back(&self, id: OutboxId, now: Millis) -> Result<TicketId> {
        let mut work = self.work(Durability::Full, now).await?;
        let ticket = self.noted(work.take_outgoing_back(id).await)?;
        self.finish_noted(work).await?;
        Ok(ticket)
    }

    /// A person wants it sent, now.
    pub async fn release(&self, id: OutboxId, now: Millis) -> Result<Seq> {
        let mut work = self.work(Durability::Full, now).await?;
        self.noted(work.release(id, None).await)?;
        self.finish_noted(work).await
    }

    /// The same, if it still is in the state for which that was decided: what was stopped meanwhile stays where it is.
    pub async fn release_from(&self, id: OutboxId, was: OutboxState, now: Millis) -> Result<Seq> {
        let mut work = self.work(Durability::Full, now).await?;
        self.noted(work.release(id, Some(was)).await)?;
        self.finish_noted(work).await
    }

    /// The source has no way out any more: what would have gone through it waits for a person.
    pub async fn close_outbox(&self, source: SourceId, now: Millis) -> Result<Seq> {
        let mut work = self.work(Durability::Full, now).await?;
        self.noted(work.part_with_outbox(source, true).await)?;
        self.finish_noted(work).await
    }

    /// Takes it out of the outbox for good.
    pub async fn drop_outgoing(&self, id: OutboxId, now: Millis) -> Result<Seq> {
        let mut work = self.work(Durability::Full, now).await?;
        self.noted(work.drop_outgoing(id).await)?;
        self.finish_noted(work).await
    }
}

/// What a person can't do with a mail that is leaving or has left.
fn already_sent() -> StoreError {
    StoreError::Refused(Problem::new(ProblemCode::AlreadySent))
}

impl Work {
    async fn queue(&mut self, new: NewOutgoing) -> Result<Option<OutboxId>> {
        self.load_tickets([new.ticket]).await?;
        let is_reply = new.outgoing.kind == OutgoingKind::Reply;
        if !is_reply && !self.acknowledges(new.source, &new.outgoing).await? {
            return Ok(None);
        }
        if self.outgoing_named(new.source, &new.outgoing.message_id).await?.is_some() {
            return Err(StoreError::Invalid("message_id"));
        }
        let draft = self.draft_row(new.ticket).await?.filter(|_| is_reply);
        if is_reply && draft.is_none() {
            return Err(StoreError::NotFound("draft"));
        }
        let made_from = draft.map(|row| MadeFrom { text: row.text, attachments: row.attachments });
        let row = self.new_row(&new).await?;
        self.record_queued(&row, &new, made_from.as_ref()).await?;
        self.insert_outgoing(&row, &new.outgoing, made_from.as_ref()).await?;
        if is_reply {
            self.discard_reply(new.ticket).await?;
        }
        self.decide_then(&new).await?;
        Ok(Some(row.id))
    }

    /// The status the person chose with sending it off.
    async fn decide_then(&mut self, new: &NewOutgoing) -> Result<()> {
        let Some(status) = new.then else { return Ok(()) };
        // What the agent has not seen opens it again.
        let seen = new.seen.newest;
        let (act, now) = (Act::Status { status, seen }, self.now);
        if self.perform(new.ticket, &act, now, &new.who).await? {
            self.note_for_journal(vec![(new.ticket, act)], &new.who).await?;
        }
        Ok(())
    }

    async fn new_row(&mut self, new: &NewOutgoing) -> Result<OutboxRec> {
        let key = self.journal_key(new.ticket)?;
        let held = new.hold_until.is_some();
        Ok(OutboxRec {
            id: rows::next_id(self.connection()).await?,
            ticket: new.ticket,
            ticket_key: unhex(&key).unwrap_or_default(),
            source: new.source,
            kind: new.outgoing.kind,
            message_id: new.outgoing.message_id.clone(),
            state: if held { OutboxState::Held } else { OutboxState::Waiting },
            seen_newest: new.seen.newest,
            seen_mails: new.seen.mails,
            who: new.who.clone(),
            queued_at_ms: self.now,
            hold_until_ms: new.hold_until,
            attempts: 0,
            next_try_at_ms: None,
            postponed_at_ms: None,
            attempted_at_ms: None,
            problem: None,
            copy: SentCopy::Due,
            copy_try_at_ms: None,
            copy_attempts: 0,
            sent_at_ms: None,
            message: None,
            claim: new.claim.clone().map(|place| Json(place.into())),
        })
    }

    async fn record_queued(
        &mut self,
        row: &OutboxRec,
        new: &NewOutgoing,
        made_from: Option<&MadeFrom>,
    ) -> Result<()> {
        let anchors = self.anchors(&[new.ticket]).await?.into_iter().map(|(_, name)| name).collect();
        let queued = QueuedRecord {
            id: row.id,
            key: self.journal_key(new.ticket)?,
            anchors,
            who: new.who.clone(),
            outgoing: new.outgoing.clone(),
            draft: made_from.map(|made| made.text.clone()),
            attachments: made_from.map(|made| made.attachments.clone()).unwrap_or_default(),
            claim: row.claim.clone().map(|claim| claim.0),
            progress: row.progress(),
        };
        self.records.push(Record::Outgoing {
            source: row.source,
            message_id: row.message_id.clone(),
            at: self.now,
            act: OutgoingAct::Queued(Box::new(queued)),
        });
        Ok(())
    }

    /// Notes that this address is sent an acknowledgement, unless it had one within a day. One noted in the future, by a clock that was
    /// set back, counts as well.
    async fn acknowledges(&mut self, source: SourceId, outgoing: &Outgoing) -> Result<bool> {
        let Some(address) = outgoing.to.first().map(model::Address::key) else { return Ok(false) };
        let last = sqlx::query_scalar(LAST_ACKNOWLEDGED).bind(source.0).bind(&address);
        let last: Option<i64> = last.fetch_optional(self.connection()).await?;
        if last.is_some_and(|at| self.now.since(Millis(at)) < Millis::DAY) {
            return Ok(false);
        }
        self.note_acknowledged(source, &address, self.now).await?;
        Ok(true)
    }

    pub(crate) async fn note_acknowledged(
        &mut self,
        source: SourceId,
        address: &str,
        at: Millis,
    ) -> Result<()> {
        let sql = "INSERT INTO acknowledged (source, address, at_ms) VALUES (?, ?, ?) \
            ON CONFLICT (source, address) DO UPDATE SET at_ms = max(at_ms, excluded.at_ms)";
        sqlx::query(sql).bind(source.0).bind(address).bind(at.0).execute(self.connection()).await?;
        Ok(())
    }

    fn left(&self, row: &OutboxRec, act: OutgoingAct) -> Record {
        Record::Outgoing { source: row.source, message_id: row.message_id.clone(), at: self.now, act }
    }

    async fn take_outgoing_back(&mut self, id: OutboxId) -> Result<TicketId> {
        let row = self.outgoing(id).await?;
        if next(row.state, Step::TakeBack) != Next::Leaves {
            return Err(already_sent());
        }
        self.load_tickets([row.ticket]).await?;
        self.ticket(row.ticket)?;
        if self.draft_row(row.ticket).await?.is_some() {
            return Err(StoreError::Refused(Problem::new(ProblemCode::DraftExists)));
        }
        let (outgoing, made_from) = rows::content(self.connection(), id).await?;
        let made_from = made_from.map_or_else(|| made_anew(&outgoing), Ok)?;
        self.records.push(self.left(&row, OutgoingAct::TakenBack));
        self.delete_outgoing(&row).await?;
        self.write_again(row.ticket, made_from).await?;
        Ok(row.ticket)
    }

    async fn release(&mut self, id: OutboxId, was: Option<OutboxState>) -> Result<()> {
        let mut row = self.outgoing(id).await?;
        if was.is_some_and(|was| was != row.state) {
            return Ok(());
        }
        let Next::To(state) = next(row.state, Step::Release) else { return Err(already_sent()) };
        if row.state == OutboxState::Review {
            row.see(seen::now(self.connection(), row.ticket).await?);
        }
        row.state = state;
        (row.hold_until_ms, row.next_try_at_ms, row.postponed_at_ms, row.problem) = (None, None, None, None);
        self.keep_outgoing(&row).await
    }

    async fn drop_outgoing(&mut self, id: OutboxId) -> Result<()> {
        let row = self.outgoing(id).await?;
        if next(row.state, Step::Drop) != Next::Leaves {
            return Err(already_sent());
        }
        self.records.push(self.left(&row, OutgoingAct::Dropped));
        self.delete_outgoing(&row).await
    }
}

/// What a mail can be written on from when its draft is lost, or it never had one: its own text.
fn made_anew(outgoing: &Outgoing) -> Result<MadeFrom> {
    let escaped = outgoing.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let lines: String = escaped.lines().map(|line| format!("<p>{line}</p>")).collect();
    let text = DraftText {
        kind: ReplyKind::Reply,
        from: outgoing.from.clone(),
        to: outgoing.to.clone(),
        cc: outgoing.cc.clone(),
        bcc: outgoing.bcc.clone(),
        subject: outgoing.subject.clone(),
        html: outgoing.html.clone().unwrap_or(lines),
        quote: None,
    };
    Ok(MadeFrom { text: chain::write(&text)?, attachments: outgoing.attachments.clone() })
}

/// Every question that is asked of the outbox, for its plan to be looked at.
#[cfg(test)]
pub(crate) fn queries() -> Vec<String> {
    let fixed = [
        sender::CANDIDATES,
        sender::COPIES,
        sender::NEXT_COPY,
        sender::UNSENT,
        rows::BY_NAME,
        restore::BIND,
        restore::KNOWN_AS,
        LAST_ACKNOWLEDGED,
    ];
    let made = [list("", "outbox_unsent"), list("AND o.ticket = ?", "outbox_unsent_of"), seen::sql()];
    let entry = format!("{WITH_MAIL} WHERE o.id = ?");
    fixed.map(str::to_owned).into_iter().chain(made).chain([entry]).collect()
}
