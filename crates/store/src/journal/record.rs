//! What the journal says: who did what, by names that hold in a rebuilt database.

use model::{MessageId, Millis, Priority, SourceId, Status, Tier};
use serde::{Deserialize, Serialize};

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
}
