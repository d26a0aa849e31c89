//! What the journal says: who did what, by names that hold in a rebuilt database.

use model::{
    BlobHash, Look, MessageId, Millis, OutboxId, Priority, Problem, SavedViewId, SourceId, Status, Tier,
    incoming::Place,
    outgoing::{OutboxState, Outgoing, OutgoingAttachment, Seen, SentCopy},
};
use serde::{Deserialize, Serialize};

use crate::views::{LookOf, ViewRecord};

/// One thing a person did. Fields are only ever added, with a default, so that an old journal stays readable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub(crate) enum Record {
    Source(SourceRecord),
    SourceRemoved {
        id: SourceId,
        forget: bool,
    },
    Setting {
        name: String,
        value: serde_json::Value,
    },
    Trust {
        email: String,
        trusted: bool,
    },
    /// `key` names the ticket in this journal; `anchors` are digests of mails it holds, by which it is found again.
    Ticket {
        key: String,
        anchors: Vec<String>,
        at: Millis,
        who: String,
        act: Act,
    },
    Customer {
        address: String,
        at: Millis,
        act: CustomerAct,
    },
    /// A saved view as it is after the change; `None`: it was deleted.
    View {
        id: SavedViewId,
        view: Option<Box<ViewRecord>>,
    },
    /// How the list of a view that is no saved one is shown.
    Look {
        #[serde(flatten)]
        of: LookOf,
        look: Look,
    },
    /// A mail on its way out, named by its source and its Message-ID.
    Outgoing {
        source: SourceId,
        message_id: String,
        at: Millis,
        act: OutgoingAct,
    },
}

/// A source as it is after the change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SourceRecord {
    pub id: SourceId,
    pub kind: String,
    pub name: String,
    pub address: String,
    pub config: serde_json::Value,
    pub paused: bool,
    pub created_at: Millis,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub(crate) enum Act {
    /// `seen` is the newest mail there was.
    Status {
        status: Status,
        seen: Option<MessageId>,
    },
    Priority {
        priority: Priority,
    },
    Tag {
        name: String,
    },
    Untag {
        name: String,
    },
    Note {
        text: String,
    },
    Draft {
        text: String,
    },
    Read {
        read: bool,
        seen: Option<MessageId>,
    },
    Acknowledge,
    /// A change was taken back: this is what had been decided before it, if anything.
    StatusBack {
        status: Option<Status>,
        seen: Option<MessageId>,
        decided_at: Option<Millis>,
    },
    PriorityBack {
        priority: Priority,
        given_at: Option<Millis>,
    },
    /// It has been read up to where it had been before, and these mails are unread again, or read.
    ReadBack {
        read_to: Option<MessageId>,
        messages: Vec<MessageId>,
        unread: bool,
    },
    /// A reply as it stands after an edit.
    Reply {
        kept: Kept,
    },
    Attach {
        file: OutgoingAttachment,
    },
    Detach {
        hash: BlobHash,
    },
    /// The reply was discarded, or became a mail in the outbox.
    ReplyGone,
}

/// How the journal keeps a text that is written on for long: now and then whole, else what changed. `text` is what
/// `drafts::chain` writes; digests are hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kept", rename_all = "snake_case")]
pub(crate) enum Kept {
    Whole {
        text: String,
    },
    /// In the text that has the digest `base`, `cut` bytes from `at` on give way to `put`; the outcome has the digest `gives`.
    Edit {
        base: String,
        at: usize,
        cut: usize,
        put: String,
        gives: String,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub(crate) enum OutgoingAct {
    Queued(Box<QueuedRecord>),
    /// All that is known of its way, whatever it was before.
    Stands(Box<Progress>),
    /// It is the ticket's reply being written again.
    TakenBack,
    Dropped,
}

/// A mail as it was put into the outbox. The reply it was made from is no longer being written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct QueuedRecord {
    pub id: OutboxId,
    /// The ticket, as in [`Record::Ticket`].
    pub key: String,
    pub anchors: Vec<String>,
    pub who: String,
    pub outgoing: Outgoing,
    /// The text of the reply, as in [`Kept::Whole`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<OutgoingAttachment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<ClaimRecord>,
    pub progress: Progress,
}

/// How far a mail has got.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress {
    pub state: OutboxState,
    pub seen: Seen,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_until: Option<Millis>,
    #[serde(default)]
    pub attempts: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_try_at: Option<Millis>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postponed_at: Option<Millis>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempted_at: Option<Millis>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    pub copy: SentCopy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy_try_at: Option<Millis>,
    #[serde(default)]
    pub copy_attempts: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Millis>,
}

/// Where a mail lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClaimRecord {
    pub folder: String,
    pub uid_validity: u32,
    pub uid: u32,
}

impl From<Place> for ClaimRecord {
    fn from(place: Place) -> ClaimRecord {
        ClaimRecord { folder: place.folder, uid_validity: place.uid_validity, uid: place.uid }
    }
}

impl From<ClaimRecord> for Place {
    fn from(claim: ClaimRecord) -> Place {
        Place { folder: claim.folder, uid_validity: claim.uid_validity, uid: claim.uid }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub(crate) enum CustomerAct {
    Tier { tier: Tier },
    Tag { name: String },
    Untag { name: String },
}

/// Digests as text, for JSON.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
        text
    })
}

pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(high << 4 | low),
        _ => None,
    };
    digits.chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_survive_being_text() {
        assert_eq!(hex(&[0, 255, 18]), "00ff12");
        assert_eq!(unhex("00ff12"), Some(vec![0, 255, 18]));
        assert_eq!(unhex("0"), None);
        assert_eq!(unhex("zz"), None);
    }

    /// A journal written today must be readable for ever: a change of this text is a break.
    #[test]
    fn the_written_form_stays_what_it_is() {
        let record = Record::Ticket {
            key: "ab".into(),
            anchors: vec!["cd".into()],
            at: Millis(1),
            who: "Lin".into(),
            act: Act::Status { status: Status::Closed, seen: Some(MessageId(7)) },
        };
        let text = r#"{"record":"ticket","key":"ab","anchors":["cd"],"at":1,"who":"Lin","act":{"act":"status","status":"closed","seen":"7"}}"#;
        assert_eq!(serde_json::to_string(&record).unwrap(), text);
        assert_eq!(serde_json::from_str::<Record>(text).unwrap(), record);
    }

    fn ticket(act: Act) -> Record {
        Record::Ticket { key: "ab".into(), anchors: Vec::new(), at: Millis(1), who: String::new(), act }
    }

    /// As above, of changes that were taken back.
    #[test]
    fn the_written_form_of_what_was_taken_back_stays_what_it_is() {
        let head = r#"{"record":"ticket","key":"ab","anchors":[],"at":1,"who":"","act":{"act":"#;
        let acts = [
            (
                Act::StatusBack { status: None, seen: Some(MessageId(7)), decided_at: Some(Millis(2)) },
                r#""status_back","status":null,"seen":"7","decided_at":2}}"#,
            ),
            (
                Act::PriorityBack { priority: Priority::Low, given_at: None },
                r#""priority_back","priority":"low","given_at":null}}"#,
            ),
            (
                Act::ReadBack { read_to: None, messages: vec![MessageId(7)], unread: true },
                r#""read_back","read_to":null,"messages":["7"],"unread":true}}"#,
            ),
        ];
        for (act, rest) in acts {
            let text = format!("{head}{rest}");
            assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), ticket(act.clone()));
            assert_eq!(serde_json::to_string(&ticket(act)).unwrap(), text);
        }
    }

    fn outgoing(act: OutgoingAct) -> Record {
        Record::Outgoing { source: SourceId(3), message_id: "m@x".into(), at: Millis(1), act }
    }

    fn file() -> OutgoingAttachment {
        OutgoingAttachment {
            name: "a.png".into(),
            media_type: "image/png".into(),
            size: 5,
            content_id: None,
            hash: BlobHash("ef".into()),
        }
    }

    fn progress() -> Progress {
        Progress {
            state: OutboxState::HandingOver,
            seen: Seen { newest: Some(MessageId(7)), mails: 2 },
            hold_until: Some(Millis(11)),
            attempts: 1,
            next_try_at: Some(Millis(12)),
            postponed_at: Some(Millis(13)),
            attempted_at: Some(Millis(14)),
            problem: Some(Problem::new(model::ProblemCode::ServerBusy).with("host", "h")),
            copy: SentCopy::Due,
            copy_try_at: Some(Millis(15)),
            copy_attempts: 4,
            sent_at: Some(Millis(16)),
        }
    }

    fn mail() -> Outgoing {
        let address = model::Address::new("Wang", "wang@x.test");
        Outgoing {
            kind: model::outgoing::OutgoingKind::Reply,
            message_id: "m@x".into(),
            at_ms: Millis(1),
            from: address.clone(),
            to: vec![address],
            cc: Vec::new(),
            bcc: Vec::new(),
            subject: "S".into(),
            in_reply_to: Some("a@x".into()),
            references: vec!["a@x".into()],
            text: "T".into(),
            html: None,
            attachments: vec![file()],
        }
    }

    /// As above, of replies and of the outbox.
    #[test]
    fn the_written_form_of_replies_stays_what_it_is() {
        let edit = Kept::Edit { base: "aa".into(), at: 3, cut: 1, put: "新".into(), gives: "bb".into() };
        let queued = QueuedRecord {
            id: OutboxId(9),
            key: "ab".into(),
            anchors: vec!["cd".into()],
            who: "Lin".into(),
            outgoing: mail(),
            draft: Some("{}\n<p>".into()),
            attachments: vec![file()],
            claim: Some(ClaimRecord { folder: "INBOX".into(), uid_validity: 1, uid: 2 }),
            progress: progress(),
        };
        let records = [
            ticket(Act::Reply { kept: Kept::Whole { text: "{}\n<p>".into() } }),
            ticket(Act::Reply { kept: edit }),
            ticket(Act::Attach { file: file() }),
            ticket(Act::Detach { hash: BlobHash("ef".into()) }),
            ticket(Act::ReplyGone),
            outgoing(OutgoingAct::Queued(Box::new(queued))),
            outgoing(OutgoingAct::Stands(Box::new(progress()))),
            outgoing(OutgoingAct::TakenBack),
            outgoing(OutgoingAct::Dropped),
        ];
        let mut written = String::new();
        for record in records {
            let text = serde_json::to_string(&record).unwrap();
            assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
            written.push_str(&text);
            written.push('\n');
        }
        insta::assert_snapshot!(written);
    }

    #[test]
    fn a_record_of_an_outgoing_mail_that_says_only_what_it_must_is_read() {
        let text = r#"{"record":"outgoing","source":"3","message_id":"m@x","at":1,"act":{"act":"stands","state":"waiting","seen":{"newest":null,"mails":0},"copy":"due"}}"#;
        let read: Record = serde_json::from_str(text).unwrap();
        let Record::Outgoing { act: OutgoingAct::Stands(progress), .. } = read else { panic!("{read:?}") };
        assert_eq!((progress.state, progress.attempts), (OutboxState::Waiting, 0));
    }
}
