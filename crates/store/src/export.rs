//! Everything that was said, batch by batch, for a file that other programs read.

use model::{Message, MessageId};
use sqlx::Row as _;

use crate::{Store, error::Result};

#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    pub message: Message,
    pub subject: String,
    /// `Message-ID` without brackets, if it had one.
    pub message_id: Option<String>,
    /// Oldest first.
    pub references: Vec<String>,
    pub html: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ExportedBatch {
    /// In time order.
    pub messages: Vec<Exported>,
    /// For the next call; `None` after the last batch.
    pub next: Option<MessageId>,
}

const BATCH: u32 = 100;

impl Store {
    /// The next messages after `after`, from the oldest on. Never more than a hundred are in memory.
    pub async fn export_messages(&self, after: Option<MessageId>) -> Result<ExportedBatch> {
        let sql = "SELECT m.*, b.text, b.html, b.mail_references FROM message m JOIN body b ON b.message = m.id \
            WHERE m.id > ? ORDER BY m.id LIMIT ?";
        let rows = self.all(sqlx::query(sql).bind(after.map_or(-1, |id| id.0)).bind(BATCH)).await?;
        let messages = self.read_messages(&rows).await?;
        let full = rows.len() == BATCH as usize;
        let next = messages.last().map(|last| last.id).filter(|_| full);
        let mut exported = Vec::with_capacity(messages.len());
        for (message, row) in messages.into_iter().zip(&rows) {
            let (references, _): (Vec<String>, Vec<String>) =
                serde_json::from_str(row.try_get("mail_references")?)?;
            exported.push(Exported {
                message,
                subject: row.try_get("subject")?,
                message_id: row.try_get("message_id")?,
                references,
                html: row.try_get("html")?,
            });
        }
        Ok(ExportedBatch { messages: exported, next })
    }
}
