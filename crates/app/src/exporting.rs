//! Everything that was said, written to one file: an mbox for other mail programs, or JSON lines. With attachments, one message at a time in memory.
//!
//! Never over another file; and half a file is worse than none, so what could not be finished is removed.

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::{Attachment, Problem, ProblemCode};
use remote::archive;
use serde_json::json;

use crate::{
    Desk,
    dto::{ExportFormat, Exported},
    files::file_problem,
    internal, mbox,
};

/// A message on its way out: what is known of it, and the contents of its attachments in their order, `None` where one is not to be had.
pub(crate) struct Outward {
    pub exported: store::Exported,
    pub contents: Vec<Option<Vec<u8>>>,
}

impl Outward {
    /// The attachments, each with its content.
    pub fn attachments(&self) -> impl Iterator<Item = (&Attachment, Option<&[u8]>)> {
        self.exported.message.attachments.iter().zip(self.contents.iter().map(Option::as_deref))
    }
}

impl Desk {
    pub async fn export_archive(&self, path: String, format: ExportFormat) -> Result<Exported, Problem> {
        let path = PathBuf::from(path);
        let file = create(&path)?;
        let written = self.export_to(file, format).await;
        if written.is_err() {
            let _as_it_was = tokio::fs::remove_file(&path).await;
        }
        Ok(Exported { path: path.to_string_lossy().into_owned(), messages: written? })
    }

    async fn export_to(&self, file: File, format: ExportFormat) -> Result<u32, Problem> {
        let mut to = BufWriter::new(file);
        let (mut after, mut messages) = (None, 0);
        loop {
            let batch = self.store.export_messages(after).await.map_err(|e| e.problem())?;
            for exported in batch.messages {
                let contents = self.contents(&exported.message.attachments).await;
                let write = move || write(&mut to, &Outward { exported, contents }, format).map(|()| to);
                to = tokio::task::spawn_blocking(write).await.map_err(internal)?.map_err(file_problem)?;
                messages += 1;
            }
            match batch.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let end = move || to.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all();
        tokio::task::spawn_blocking(end).await.map_err(internal)?.map_err(file_problem)?;
        Ok(messages)
    }

    /// What can't be had is left out, and said so in the file: the rest is worth having.
    async fn contents(&self, attachments: &[Attachment]) -> Vec<Option<Vec<u8>>> {
        let mut contents = Vec::with_capacity(attachments.len());
        for attachment in attachments {
            contents.push(match &attachment.hash {
                Some(hash) => {
                    let content = self.store.blobs().read_all(hash, archive::LONGEST_MESSAGE).await;
                    content
                        .inspect_err(
                            |error| tracing::warn!(%error, "An attachment is exported without its content."),
                        )
                        .ok()
                }
                None => None,
            });
        }
        contents
    }
}

fn create(path: &Path) -> Result<File, Problem> {
    File::create_new(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Problem::new(ProblemCode::FileExists).with("path", path.display()),
        _ => file_problem(error).with("path", path.display()),
    })
}

fn write(to: &mut BufWriter<File>, outward: &Outward, format: ExportFormat) -> io::Result<()> {
    match format {
        ExportFormat::Mbox => to.write_all(&mbox::entry(outward)),
        ExportFormat::JsonLines => {
            serde_json::to_writer(&mut *to, &line(outward))?;
            to.write_all(b"\n")
        }
    }
}

fn line(outward: &Outward) -> serde_json::Value {
    let store::Exported { message, subject, message_id, references, html } = &outward.exported;
    let attachments: Vec<_> =
        outward.attachments().map(|(attachment, content)| attached(attachment, content)).collect();
    json!({
        "message": message, "subject": subject, "message_id": message_id, "references": references, "html": html,
        "attachments": attachments,
    })
}

/// `content` is in base64; where it is missing, `missing` is true.
fn attached(attachment: &Attachment, content: Option<&[u8]>) -> serde_json::Value {
    json!({
        "name": attachment.name, "media_type": attachment.media_type, "size": attachment.size,
        "content_id": attachment.content_id, "inline": attachment.inline,
        "content": content.map(|content| STANDARD.encode(content)), "missing": content.is_none(),
    })
}
