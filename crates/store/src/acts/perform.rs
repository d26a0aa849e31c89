//! One act on one ticket: the same whether a person does it now or the journal remembers it after a rebuild.

use model::{Direction, EventKind, MessageId, MessageKind, Millis, Priority, Status, TicketId, text};

use crate::{
    error::Result,
    ingest::prepare::digest,
    journal::Act,
    segment::segmented,
    work::{
        MessageRec, People, Work,
        cell::{Json, insert_rows},
    },
};

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
            Act::Tag { name } => self.add_tag(ticket, name, at, who).await,
            Act::Untag { name } => self.remove_tag(ticket, name, at, who).await,
            Act::Note { text } => self.write_note(ticket, text, at, who).await,
            Act::Draft { text } => self.keep_draft(ticket, text, at).await,
            Act::Read { read, seen } => self.read(ticket, *read, *seen).await,
            Act::Acknowledge => self.take_on(ticket, at, who).await,
            Act::Reply { kept } => self.take_reply(ticket, kept, at).await,
            Act::Attach { file } => self.attach_to_reply(ticket, file).await,
            Act::Detach { hash } => self.detach_from_reply(ticket, hash).await,
            Act::ReplyGone => self.discard_reply(ticket).await,
        }
    }

    fn decide(
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

    fn prioritise(&mut self, id: TicketId, priority: Priority, at: Millis, who: &str) -> Result<bool> {
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

    async fn add_tag(&mut self, id: TicketId, name: &str, at: Millis, who: &str) -> Result<bool> {
        let tag = self.tag(name).await?;
        let tags = &mut self.ticket(id)?.tags.0;
        if tags.contains(&tag) {
            return Ok(false);
        }
        tags.push(tag);
        tags.sort();
        let tag = self.tag_name(tag).await?;
        self.event(id, at, who, EventKind::TagAdded { tag });
        Ok(true)
    }

    async fn remove_tag(&mut self, id: TicketId, name: &str, at: Millis, who: &str) -> Result<bool> {
        let tag = self.tag(name).await?;
        let tags = &mut self.ticket(id)?.tags.0;
        let before = tags.len();
        tags.retain(|each| *each != tag);
        if tags.len() == before {
            return Ok(false);
        }
        let tag = self.tag_name(tag).await?;
        self.event(id, at, who, EventKind::TagRemoved { tag });
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
        let sql =
            "INSERT INTO search (rowid, subject, sender, others, text, files) VALUES (?, '', ?, '', ?, '')";
        let index = sqlx::query(sql).bind(key.0).bind(segmented(who).into_owned());
        index.bind(segmented(text).into_owned()).execute(self.connection()).await?;
        self.keep_draft(id, "", at).await?;
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

    async fn read(&mut self, id: TicketId, read: bool, seen: Option<MessageId>) -> Result<bool> {
        let Some(seen) = seen else { return Ok(false) };
        if !read {
            return self.unread_newest(id).await;
        }
        let sql = "UPDATE message SET unread = 0 WHERE ticket = ? AND unread = 1 AND id <= ?";
        let update = sqlx::query(sql).bind(id.0).bind(seen.0);
        let read_now = update.execute(self.connection()).await?.rows_affected();
        let ticket = self.ticket(id)?;
        ticket.unread = ticket.unread.saturating_sub(u32::try_from(read_now).unwrap_or(u32::MAX));
        let further = ticket.read_to < Some(seen);
        ticket.read_to = ticket.read_to.max(Some(seen));
        Ok(read_now > 0 || further)
    }

    /// The newest mail from outside is unread again.
    async fn unread_newest(&mut self, id: TicketId) -> Result<bool> {
        let ticket = self.ticket(id)?;
        ticket.read_to = None;
        if ticket.unread > 0 {
            return Ok(false);
        }
        let sql = "UPDATE message SET unread = 1 WHERE id = \
            (SELECT max(id) FROM message WHERE ticket = ? AND direction = 'inbound' AND kind = 'mail')";
        let marked = sqlx::query(sql).bind(id.0).execute(self.connection()).await?.rows_affected();
        self.ticket(id)?.unread = u32::try_from(marked).unwrap_or(0);
        Ok(marked > 0)
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
