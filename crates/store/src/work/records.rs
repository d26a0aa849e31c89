//! The rows that are held in memory while a change is made: tickets and customers.

use model::{
    Address, Automatic, CalendarMethod, Channel, CustomerId, Defect, Direction, MessageId, MessageKind,
    Millis, Priority, SourceId, Status, TagId, TicketId, Tier,
    arrival::{Decided, Turns},
    threading::Token,
    urgency::UrgentReason,
};

use serde::{Deserialize, Serialize};

use super::cell::{Json, record};

record! {
    TicketRec in "ticket" {
        id: TicketId,
        source: SourceId,
        channel: Channel,
        token: Token,
        subject: String,
        snippet: String,
        lang: String,
        requester: CustomerId,
        requester_name: String,
        requester_email: String,
        vip: bool,
        status: Status,
        decided: Option<Status>,
        decided_seen: Option<MessageId>,
        decided_at_ms: Option<Millis>,
        priority: Priority,
        priority_at_ms: Option<Millis>,
        messages: u32,
        unread: u32,
        read_to: Option<MessageId>,
        has_attachment: bool,
        first_message: Option<MessageId>,
        orphan: bool,
        thread_key: Option<i64>,
        last_message: Option<MessageId>,
        last_message_at_ms: Millis,
        asked: Option<MessageId>,
        answered: Option<MessageId>,
        waiting_since_ms: Option<Millis>,
        word: Option<String>,
        word_at_ms: Option<Millis>,
        urgent: Option<Json<UrgentReason>>,
        urgent_due_at_ms: Option<Millis>,
        acknowledged_at_ms: Option<Millis>,
        tags: Json<Vec<TagId>>,
        created_at_ms: Millis,
        closed_at_ms: Option<Millis>,
        journal_key: Option<Vec<u8>>,
    }
}

record! {
    CustomerRec in "customer" {
        id: CustomerId,
        name: String,
        name_at_ms: Millis,
        sort_key: String,
        email: String,
        tier: Tier,
        lang: String,
        first_seen_at_ms: Millis,
        last_seen_at_ms: Millis,
        tickets: u32,
        open_tickets: u32,
    }
}

/// Whom a message went to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct People {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<Address>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<Address>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bcc: Vec<Address>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reply_to: Vec<Address>,
}

record! {
    MessageRec in "message" {
        id: MessageId,
        ticket: TicketId,
        source: SourceId,
        identity: Vec<u8>,
        kind: MessageKind,
        direction: Direction,
        message_id: Option<String>,
        from_name: String,
        from_email: String,
        people: Json<People>,
        subject: String,
        at_ms: Millis,
        sent_at_ms: Option<Millis>,
        seen: bool,
        answered: bool,
        unread: bool,
        automatic: Option<Json<Automatic>>,
        calendar: Option<CalendarMethod>,
        defects: Json<Vec<Defect>>,
        lang: String,
        has_html: bool,
        attachments: u32,
        gone_at_ms: Option<Millis>,
    }
}

impl TicketRec {
    /// A ticket without mails yet.
    pub fn new(id: TicketId, source: SourceId, requester: CustomerId) -> TicketRec {
        TicketRec {
            id,
            source,
            channel: Channel::Mail,
            token: Token(String::new()),
            subject: String::new(),
            snippet: String::new(),
            lang: "en".to_owned(),
            requester,
            requester_name: String::new(),
            requester_email: String::new(),
            vip: false,
            status: Status::Open,
            decided: None,
            decided_seen: None,
            decided_at_ms: None,
            priority: Priority::Normal,
            priority_at_ms: None,
            messages: 0,
            unread: 0,
            read_to: None,
            has_attachment: false,
            first_message: None,
            orphan: false,
            thread_key: None,
            last_message: None,
            last_message_at_ms: Millis(0),
            asked: None,
            answered: None,
            waiting_since_ms: None,
            word: None,
            word_at_ms: None,
            urgent: None,
            urgent_due_at_ms: None,
            acknowledged_at_ms: None,
            tags: Json(Vec::new()),
            created_at_ms: Millis(0),
            closed_at_ms: None,
            journal_key: None,
        }
    }

    pub fn turns(&self) -> Turns {
        Turns { asked: self.asked, answered: self.answered, newest_at: self.last_message_at_ms }
    }

    pub fn decision(&self) -> Option<Decided> {
        self.decided.map(|status| Decided { status, seen: self.decided_seen })
    }
}

impl CustomerRec {
    /// The name, else the address.
    pub fn shown_name(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }
}
