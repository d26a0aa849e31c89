//! One act on one ticket: the same whether a person does it now or the journal remembers it after a rebuild.

use model::{Direction, EventKind, MessageId, MessageKind, Millis, Priority, Status, TagId, TicketId, text};

use super::undo::{Decision, Given};
use crate::{
    error::Result,
    index,
    ingest::prepare::digest,
    journal::Act,
    segment::segmented,
    work::{
        MessageRec, People, Work,
        cell::{Json, insert_rows},
    },
};

pub(super) struct NamedTag {
    pub id: TagId,
    pub name: String,
}

impl Work {
    /// Answers whether anything changed. The ticket must be held.
    pub(crate) async fn perform(
        &mut self,
        ticket: TicketId,
        act: &Act,
        at: Millis,
        who: &str,
    ) -> Result<bool> {
        match act {
            Act::Status { status, seen } => self.decide(ticket, *status, *seen, at, who),
            Act::Priority { priority } => self.prioritise(ticket, *priority, at, who),
            Act::Tag { name } => {
                let tag = self.tag_of(name).await?;
                self.add_tag(ticket, &tag, at, who)
            }
            Act::Untag { name } => {
                let tag = self.tag_of(name).await?;
                self.remove_tag(ticket, &tag, at, who)
            }
            Act::Note { text } => self.write_note(ticket, text, at, who).await,
            Act::Draft { text } => self.keep_draft(ticket, text, at).await,
            Act::Read { read, seen } => {
                let seen = seen.map(|seen| (ticket, seen));
                let marked = self.mark_tickets(seen.as_slice(), *read).await?;
                Ok(!marked.is_empty())
            }
            Act::StatusBack { status, seen, decided_at } => {
                self.decide_back(ticket, Decision { status: *status, seen: *seen, at: *decided_at }, at, who)
            }
            Act::PriorityBack { priority, given_at } => {
                self.prioritise_back(ticket, Given { priority: *priority, at: *given_at }, at, who)
            }
            Act::ReadBack { read_to, messages, unread } => {
                self.mark_back(&[(ticket, *read_to)], messages, *unread).await?;
                Ok(true)
            }
            Act::Acknowledge => self.take_on(ticket, at, who).await,
            Act::Reply { kept } => self.take_reply(ticket, kept, at).await,
            Act::Attach { file } => self.attach_to_reply(ticket, file).await,
            Act::Detach { hash } => self.detach_from_reply(ticket, hash).await,
            Act::ReplyGone => self.discard_reply(ticket).await,
        }
    }

    pub(super) fn decide(
        &mut self,
        id: TicketId,
        status: Status,
        seen: Option<MessageId>,
        at: Millis,
        who: &str,
    ) -> Result<bool> {
        // A ticket that a page has just made or moved on has not been worked out yet.
        let from = self.tickets.get(&id).map(|held| self.derived_status(&held.now));
        let ticket = self.ticket(id)?;
        let from = from.unwrap_or(ticket.status);
        if from == status {
            return Ok(false);
        }
        ticket.decided = Some(status);
        ticket.decided_seen = seen;
        ticket.decided_at_ms = Some(at);
        ticket.status = status;
        self.event(id, at, who, EventKind::Status { from, to: status });
        Ok(true)
    }

    pub(super) fn prioritise(
        &mut self,
        id: TicketId,
        priority: Priority,
        at: Millis,
        who: &str,
    ) -> Result<bool> {
        let ticket = self.ticket(id)?;
        let from = ticket.priority;
        if from == priority {
            return Ok(false);
        }
        ticket.priority = priority;
        ticket.priority_at_ms = Some(at);
        self.event(id, at, who, EventKind::Priority { from, to: priority });
        Ok(true)
    }

    /// The tag of that name, made if it is new, and as it is written.
    pub(super) async fn tag_of(&mut self, name: &str) -> Result<NamedTag> {
        let id = self.tag(name).await?;
        Ok(NamedTag { id, name: self.tag_name(id).await? })
    }

    pub(super) fn add_tag(&mut self, id: TicketId, tag: &NamedTag, at: Millis, who: &str) -> Result<bool> {
        let tags = &mut self.ticket(id)?.tags.0;
        if tags.contains(&tag.id) {
            return Ok(false);
        }
        tags.push(tag.id);
        tags.sort();
        self.event(id, at, who, EventKind::TagAdded { tag: tag.name.clone() });
        Ok(true)
    }

    pub(super) fn remove_tag(&mut self, id: TicketId, tag: &NamedTag, at: Millis, who: &str) -> Result<bool> {
        let tags = &mut self.ticket(id)?.tags.0;
        let before = tags.len();
        tags.retain(|each| *each != tag.id);
        if tags.len() == before {
            return Ok(false);
        }
        self.event(id, at, who, EventKind::TagRemoved { tag: tag.name.clone() });
        Ok(true)
    }

    async fn write_note(&mut self, id: TicketId, text: &str, at: Millis, who: &str) -> Result<bool> {
        let source = self.ticket(id)?.source;
        let key = self.free_key(at).await?;
        let note = MessageRec {
            id: key,
            ticket: id,
            source,
            identity: digest(source, "note", &format!("{id} {key} {who} {text}")).to_vec(),
            kind: MessageKind::Note,
            direction: Direction::Outbound,
            message_id: None,
            from_name: who.to_owned(),
            from_email: String::new(),
            people: Json(People::default()),
            subject: String::new(),
            at_ms: at,
            sent_at_ms: None,
            seen: true,
            answered: false,
            unread: false,
            automatic: None,
            calendar: None,
            defects: Json(Vec::new()),
            lang: text::lang(text).to_owned(),
            has_html: false,
            attachments: 0,
            gone_at_ms: None,
        };
        let bind = |row: &MessageRec, to| row.bind(to);
        insert_rows(self.connection(), MessageRec::INSERT, MessageRec::WIDTH, &[note], bind).await?;
        sqlx::query("INSERT INTO body (message, text, html, mail_references) VALUES (?, ?, NULL, '[[],[]]')")
            .bind(key.0)
            .bind(text)
            .execute(self.connection())
            .await?;
        let columns = ["", who, "", text, ""].map(|column| segmented(column).into_owned());
        index::put(self.connection(), vec![(key, columns)]).await?;
        self.keep_draft(id, "", at).await?;
        self.reworded.insert(id);
        self.touched.tickets.insert(id);
        self.touched.lists = true;
        Ok(true)
    }

    async fn free_key(&mut self, at: Millis) -> Result<MessageId> {
        let sql = "SELECT max(id) FROM message WHERE id BETWEEN ? AND ?";
        let (first, last) = (MessageId::in_time_order(at, 0), MessageId::in_time_order(at, u32::MAX));
        let taken: Option<i64> =
            sqlx::query_scalar(sql).bind(first.0).bind(last.0).fetch_one(self.connection()).await?;
        Ok(taken.map_or(first, |taken| MessageId(taken + 1)))
    }

    async fn keep_draft(&mut self, id: TicketId, text: &str, at: Millis) -> Result<bool> {
        let changed = if text.is_empty() {
            sqlx::query("DELETE FROM note_draft WHERE ticket = ?")
                .bind(id.0)
                .execute(self.connection())
                .await?
        } else {
            let sql = "INSERT INTO note_draft (ticket, text, at_ms) VALUES (?, ?, ?) \
                ON CONFLICT (ticket) DO UPDATE SET text = excluded.text, at_ms = excluded.at_ms WHERE text <> excluded.text";
            sqlx::query(sql).bind(id.0).bind(text).bind(at.0).execute(self.connection()).await?
        };
        let changed = changed.rows_affected() > 0;
        if changed {
            self.touched.tickets.insert(id);
        }
        Ok(changed)
    }

    async fn take_on(&mut self, id: TicketId, at: Millis, who: &str) -> Result<bool> {
        let sql = "UPDATE escalation SET acknowledged_at_ms = ? \
            WHERE ticket = ? AND acknowledged_at_ms IS NULL AND withdrawn_at_ms IS NULL";
        let standing =
            sqlx::query(sql).bind(at.0).bind(id.0).execute(self.connection()).await?.rows_affected();
        let ticket = self.ticket(id)?;
        if standing == 0 && ticket.acknowledged_at_ms >= Some(at) {
            return Ok(false);
        }
        // A server's clock may be ahead of this one: what is taken on is everything that asks now, whenever it says it happened.
        let asking = [Some(at), ticket.word_at_ms, ticket.waiting_since_ms, ticket.priority_at_ms];
        ticket.acknowledged_at_ms = asking.into_iter().max().flatten().max(ticket.acknowledged_at_ms);
        ticket.urgent = None;
        self.touched.escalations = true;
        self.event(id, at, who, EventKind::Acknowledged);
        Ok(true)
    }
}
