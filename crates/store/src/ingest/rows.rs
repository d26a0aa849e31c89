//! The rows of new messages, written with few statements.

use std::collections::BTreeSet;

use model::{
    Address, CustomerId, MessageId, MessageKind, Millis, SourceId, TicketId,
    incoming::{Cursor, Flags, IncomingAttachment},
    threading::Token,
};
use sqlx::SqliteConnection;

use super::prepare::{Digest, Prepared};
use crate::{
    error::Result,
    index,
    work::{
        MessageRec, People,
        cell::{Json, insert_rows, upsert_rows},
    },
};

pub(crate) struct ContactRow {
    customer: CustomerId,
    key: String,
    value: String,
    wrote: bool,
}

impl ContactRow {
    pub fn wrote(customer: CustomerId, address: &Address) -> ContactRow {
        ContactRow { customer, key: address.key(), value: address.email.clone(), wrote: true }
    }

    /// Named in Reply-To: shown, but it does not find the customer.
    pub fn named(customer: CustomerId, address: &Address) -> ContactRow {
        ContactRow { wrote: false, ..ContactRow::wrote(customer, address) }
    }
}

struct BodyRow {
    ticket: TicketId,
    message: MessageId,
    text: String,
    html: Option<String>,
    references: String,
    index: index::Columns,
}

/// Where a message lies.
pub(crate) struct PlaceRow {
    pub folder: i64,
    pub uid_validity: u32,
    pub uid: u32,
    pub message: MessageId,
}

struct AttachmentRow {
    message: MessageId,
    part: IncomingAttachment,
}

/// Rows that wait to be written together.
#[derive(Default)]
pub(crate) struct Pending {
    messages: Vec<MessageRec>,
    bodies: Vec<BodyRow>,
    mentions: Vec<(Digest, TicketId, bool)>,
    tokens: Vec<(Token, TicketId)>,
    attachments: Vec<AttachmentRow>,
    identities: Vec<Digest>,
    indexed: Vec<(MessageId, index::Columns)>,
    pub contacts: Vec<ContactRow>,
    pub places: Vec<PlaceRow>,
    /// Customers that were made, for what the journal remembers of them.
    pub new_addresses: Vec<(String, CustomerId)>,
}

impl Pending {
    pub fn len(&self) -> u32 {
        u32::try_from(self.identities.len()).unwrap_or(u32::MAX)
    }

    pub fn identities(&self) -> impl Iterator<Item = Digest> {
        self.identities.iter().copied()
    }

    pub fn add(
        &mut self,
        source: SourceId,
        ticket: TicketId,
        id: MessageId,
        unread: bool,
        mail: &Prepared<'_>,
    ) {
        self.identities.push(mail.identity);
        self.mentions.extend(mail.own.map(|name| (name, ticket, true)));
        self.mentions.extend(mail.references.iter().map(|name| (*name, ticket, false)));
        self.tokens
            .extend(std::iter::once(&mail.token).chain(&mail.named_token).map(|t| (t.clone(), ticket)));
        self.messages.push(message_row(source, ticket, id, unread, mail));
        self.add_content(ticket, id, mail);
    }

    /// What a message holds, apart from the message.
    pub fn add_content(&mut self, ticket: TicketId, id: MessageId, mail: &Prepared<'_>) {
        let parts = &mail.incoming.attachments;
        self.attachments.extend(parts.iter().map(|part| AttachmentRow { message: id, part: part.clone() }));
        let body = &mail.incoming.body;
        let references = (&mail.incoming.references, &mail.incoming.in_reply_to);
        self.bodies.push(BodyRow {
            ticket,
            message: id,
            text: body.text.clone(),
            html: body.html.clone(),
            references: serde_json::to_string(&references).unwrap_or_default(),
            index: mail.index.clone(),
        });
    }

    /// Takes new flags into a row that is not written yet. `false` if there is none.
    pub fn see_again(&mut self, id: MessageId, flags: Flags, unread: bool) -> bool {
        let Some(row) = self.messages.iter_mut().find(|row| row.id == id) else { return false };
        (row.seen, row.answered, row.unread) = (flags.seen, flags.answered, unread);
        true
    }

    pub async fn write(&mut self, connection: &mut SqliteConnection) -> Result<()> {
        self.write_messages(connection).await?;
        self.write_bodies(connection).await?;
        self.write_names(connection).await?;
        self.write_attachments(connection).await?;
        self.write_contacts(connection).await?;
        self.write_places(connection).await?;
        // Last of all: see there.
        index::put(connection, std::mem::take(&mut self.indexed)).await
    }

    async fn write_messages(&mut self, connection: &mut SqliteConnection) -> Result<()> {
        let rows = std::mem::take(&mut self.messages);
        let bind = |row: &MessageRec, to| row.bind(to);
        Ok(insert_rows(connection, MessageRec::INSERT, MessageRec::WIDTH, &rows, bind).await?)
    }

    async fn write_bodies(&mut self, connection: &mut SqliteConnection) -> Result<()> {
        let mut rows = std::mem::take(&mut self.bodies);
        rows.sort_by_key(|row| (row.ticket, row.message));
        let head = "INSERT INTO body (message, text, html, mail_references)";
        insert_rows(connection, head, 4, &rows, |row, to| {
            to.bind(row.message.0).bind(row.text.clone()).bind(row.html.clone()).bind(row.references.clone())
        })
        .await?;
        self.indexed = rows.into_iter().map(|row| (row.message, row.index)).collect();
        Ok(())
    }

    async fn write_names(&mut self, connection: &mut SqliteConnection) -> Result<()> {
        let mut mentions = std::mem::take(&mut self.mentions);
        mentions.sort();
        mentions.dedup();
        let head = "INSERT OR IGNORE INTO mention (name, ticket, own)";
        insert_rows(connection, head, 3, &mentions, |(name, ticket, own), to| {
            to.bind(name.to_vec()).bind(ticket.0).bind(*own)
        })
        .await?;
        let mut tokens = std::mem::take(&mut self.tokens);
        tokens.sort();
        tokens.dedup();
        let head = "INSERT OR IGNORE INTO ticket_token (token, ticket)";
        insert_rows(connection, head, 2, &tokens, |(token, ticket), to| {
            to.bind(token.0.clone()).bind(ticket.0)
        })
        .await?;
        Ok(())
    }

    async fn write_attachments(&mut self, connection: &mut SqliteConnection) -> Result<()> {
        let rows = std::mem::take(&mut self.attachments);
        let head = "INSERT INTO attachment (message, name, media_type, size, content_id, inline, hash)";
        insert_rows(connection, head, 7, &rows, |AttachmentRow { message, part }, to| {
            to.bind(message.0)
                .bind(part.name.clone())
                .bind(part.media_type.clone())
                .bind(
                    i64::try_from(part.kept.as_ref().map_or(part.size, |kept| kept.size)).unwrap_or(i64::MAX),
                )
                .bind(part.content_id.clone())
                .bind(part.inline)
                .bind(part.kept.as_ref().map(|kept| kept.hash.0.clone()))
        })
        .await?;
        Ok(())
    }

    async fn write_contacts(&mut self, connection: &mut SqliteConnection) -> Result<()> {
        let rows = std::mem::take(&mut self.contacts);
        let head = "INSERT INTO contact (customer, kind, key, value, wrote)";
        let tail = "ON CONFLICT (customer, kind, key) DO NOTHING";
        upsert_rows(connection, head, 5, tail, &rows, |row, to| {
            let to = to.bind(row.customer.0).bind("email");
            to.bind(row.key.clone()).bind(row.value.clone()).bind(row.wrote)
        })
        .await?;
        Ok(())
    }

    async fn write_places(&mut self, connection: &mut SqliteConnection) -> Result<()> {
        let rows = std::mem::take(&mut self.places);
        let head = "INSERT INTO place (folder, uid_validity, uid, message)";
        let tail = "ON CONFLICT (folder, uid_validity, uid) DO UPDATE SET message = excluded.message \
            WHERE message <> excluded.message";
        upsert_rows(connection, head, 4, tail, &rows, |row, to| {
            to.bind(row.folder).bind(row.uid_validity).bind(row.uid).bind(row.message.0)
        })
        .await?;
        Ok(())
    }
}

fn message_row(
    source: SourceId,
    ticket: TicketId,
    id: MessageId,
    unread: bool,
    mail: &Prepared<'_>,
) -> MessageRec {
    let incoming = mail.incoming;
    let from = incoming.from.clone().unwrap_or_default();
    let people = People {
        to: incoming.to.clone(),
        cc: incoming.cc.clone(),
        bcc: incoming.bcc.clone(),
        reply_to: incoming.reply_to.clone(),
    };
    MessageRec {
        id,
        ticket,
        source,
        identity: mail.identity.to_vec(),
        kind: MessageKind::Mail,
        direction: incoming.direction,
        message_id: incoming.message_id.clone(),
        from_name: from.name,
        from_email: from.email,
        people: Json(people),
        subject: mail.subject.clone(),
        at_ms: incoming.received_at,
        sent_at_ms: incoming.sent_at,
        seen: incoming.flags.seen,
        answered: incoming.flags.answered,
        unread,
        automatic: incoming.automatic.clone().map(Json),
        calendar: incoming.calendar,
        defects: Json(incoming.defects.clone()),
        lang: mail.lang.to_owned(),
        has_html: incoming.body.html.is_some(),
        attachments: u32::try_from(incoming.attachments.len()).unwrap_or(u32::MAX),
        gone_at_ms: None,
    }
}

/// Which of the keys belong to a message already.
pub(crate) async fn taken_keys(
    connection: &mut SqliteConnection,
    keys: impl Iterator<Item = MessageId>,
) -> Result<BTreeSet<MessageId>> {
    let keys: BTreeSet<i64> = keys.map(|key| key.0).collect();
    if keys.is_empty() {
        return Ok(BTreeSet::new());
    }
    let sql = "SELECT id FROM message WHERE id IN (SELECT value FROM json_each(?))";
    let taken: Vec<i64> =
        sqlx::query_scalar(sql).bind(serde_json::to_string(&keys)?).fetch_all(connection).await?;
    Ok(taken.into_iter().map(MessageId).collect())
}

/// The last key a message of that millisecond can have.
pub(crate) fn end_of(at: Millis) -> MessageId {
    MessageId::in_time_order(at, u32::MAX)
}

pub(crate) async fn last_key(connection: &mut SqliteConnection, at: Millis) -> Result<Option<MessageId>> {
    let last: Option<i64> = sqlx::query_scalar("SELECT max(id) FROM message WHERE id BETWEEN ? AND ?")
        .bind(MessageId::in_time_order(at, 0).0)
        .bind(end_of(at).0)
        .fetch_one(connection)
        .await?;
    Ok(last.map(MessageId))
}

/// Keeps the cursor with the rows it belongs to. Answers whether what is shown of the source changed.
pub(crate) async fn keep_cursor(
    connection: &mut SqliteConnection,
    source: SourceId,
    messages: u32,
    cursor: &Cursor,
    filling: Option<(u32, u32)>,
) -> Result<bool> {
    let (done, total) = filling.unzip();
    let shown = sqlx::query_scalar::<_, bool>(
        "SELECT filled_done IS NOT ? OR filled_total IS NOT ? FROM source WHERE id = ?",
    )
    .bind(done)
    .bind(total)
    .bind(source.0)
    .fetch_one(&mut *connection)
    .await?;
    let sql = "UPDATE source SET cursor = ?, messages = messages + ?, filled_done = ?, filled_total = ? WHERE id = ?";
    sqlx::query(sql)
        .bind(&cursor.0)
        .bind(messages)
        .bind(done)
        .bind(total)
        .bind(source.0)
        .execute(connection)
        .await?;
    Ok(shown || messages > 0)
}

/// Counts messages of a page whose cursor is not kept yet. Answers whether there are any.
pub(crate) async fn count(
    connection: &mut SqliteConnection,
    source: SourceId,
    messages: u32,
) -> Result<bool> {
    let sql = "UPDATE source SET messages = messages + ? WHERE id = ?";
    sqlx::query(sql).bind(messages).bind(source.0).execute(connection).await?;
    Ok(messages > 0)
}
