//! Files on this machine: saving an attachment, importing an archive. Never over another file.

use std::path::{Path, PathBuf};

use model::{
    Attachment, AttachmentId, Problem, ProblemCode, SourceId,
    incoming::{Change, Cursor},
};
use remote::{archive, mail};
use sync::StoreBlobs;

use crate::{
    Desk, DeskEvent,
    dto::{Imported, SavedFile, Unreadable},
    internal,
    reading::not_found,
};

/// Messages applied in one transaction, and about how many bytes of them are held at once: a single one may be larger.
const BATCH: usize = 200;
const BATCH_BYTES: usize = 16 << 20;
/// How many unreadable places are named; the rest are only counted in the log.
const MOST_UNREADABLE: usize = 200;

impl Desk {
    pub async fn save_attachment(&self, attachment: AttachmentId) -> Result<SavedFile, Problem> {
        let found = self.store.attachment(attachment).await.map_err(|e| e.problem())?;
        let (attachment, _) = found.ok_or_else(not_found)?;
        let path = self.save_to_downloads(&attachment).await?;
        Ok(SavedFile { path: path.to_string_lossy().into_owned() })
    }

    async fn save_to_downloads(&self, attachment: &Attachment) -> Result<PathBuf, Problem> {
        let hash = attachment.hash.as_ref().ok_or_else(not_found)?;
        let mut from = self.store.blobs().open(hash).await.map_err(file_problem)?;
        let name = mail::safe_file_name(&attachment.name);
        let (folder, name) = (self.around.downloads.clone(), name);
        let (path, file) = tokio::task::spawn_blocking(move || create_new(&folder, &name))
            .await
            .map_err(internal)?
            .map_err(file_problem)?;
        let mut to = tokio::fs::File::from_std(file);
        let copied = async {
            while let Some(chunk) = from.next_chunk().await? {
                tokio::io::AsyncWriteExt::write_all(&mut to, &chunk).await?;
            }
            to.sync_all().await
        };
        if let Err(error) = copied.await {
            let _half_a_file_is_worse_than_none = tokio::fs::remove_file(&path).await;
            return Err(file_problem(error));
        }
        Ok(path)
    }

    pub async fn import_archive(&self, path: String) -> Result<Imported, Problem> {
        let path = PathBuf::from(path);
        let opening = path.clone();
        let mut archive = tokio::task::spawn_blocking(move || archive::read(&opening))
            .await
            .map_err(internal)?
            .map_err(|_| Problem::new(ProblemCode::FileUnreadable).with("path", path.display()))?;
        let source = self.archive_source(&path).await?;
        let own = self.own_addresses().await?;
        let mut imported = Imported { messages: 0, tickets: 0, already_here: 0, unreadable: Vec::new() };
        loop {
            let (rest, batch) = tokio::task::spawn_blocking(move || {
                let batch = next_batch(&mut archive);
                (archive, batch)
            })
            .await
            .map_err(internal)?;
            archive = rest;
            if batch.is_empty() {
                return Ok(imported);
            }
            self.import_batch(source, batch, &own, &mut imported).await?;
            self.tell(DeskEvent::Importing {
                messages: imported.messages + imported.already_here,
                bytes: archive.bytes_read(),
                total_bytes: archive.total_bytes(),
            });
        }
    }

    async fn import_batch(
        &self,
        source: SourceId,
        batch: Vec<Result<archive::RawMail, archive::Unreadable>>,
        own: &std::collections::BTreeSet<String>,
        imported: &mut Imported,
    ) -> Result<(), Problem> {
        let blobs = StoreBlobs(self.store.clone());
        let mut changes = Vec::new();
        for raw in batch {
            let raw = match raw {
                Ok(raw) if mail::has_header(&raw.bytes) => raw,
                Ok(raw) => {
                    note_unreadable(raw.origin, imported);
                    continue;
                }
                Err(unreadable) => {
                    note_unreadable(unreadable.origin, imported);
                    continue;
                }
            };
            let context = mail::Context {
                own,
                received_at: raw.received_at,
                now: self.now(),
                identity: None,
                place: None,
                flags: raw.flags,
            };
            let mail = mail::read(&raw.bytes, &context, &blobs).await.map_err(file_problem)?;
            changes.push(Change::Message(Box::new(mail)));
        }
        let cursor = Cursor("{}".to_owned());
        let applied =
            self.store.apply(source, &changes, &cursor, None, self.now()).await.map_err(|e| e.problem())?;
        imported.messages += applied.new_messages;
        imported.already_here += applied.known_messages;
        imported.tickets += applied.new_tickets;
        Ok(())
    }

    /// One source for everything imported, so that the same mail in two archives is one message.
    async fn archive_source(&self, path: &Path) -> Result<SourceId, Problem> {
        let sources = self.store.sources().await.map_err(|e| e.problem())?;
        if let Some(source) = sources.into_iter().find(|source| source.kind == "archive") {
            return Ok(source.id);
        }
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.add_source("archive", &model::text::snippet(&name, 80), "", serde_json::json!({})).await
    }

    /// The addresses that are the team's own, from every mailbox of the workspace.
    pub(crate) async fn own_addresses(&self) -> Result<std::collections::BTreeSet<String>, Problem> {
        let sources = self.store.sources().await.map_err(|e| e.problem())?;
        let listed = |config: &serde_json::Value| -> Vec<String> {
            config.get("own").and_then(|own| serde_json::from_value(own.clone()).ok()).unwrap_or_default()
        };
        Ok(sources
            .iter()
            .flat_map(|source| listed(&source.config).into_iter().chain([source.address.to_lowercase()]))
            .filter(|address| !address.is_empty())
            .collect())
    }

    pub async fn raise_window(&self) -> Result<crate::dto::Changed, Problem> {
        self.tell(DeskEvent::Raise);
        self.unchanged()
    }
}

/// The next messages of an archive, as many as are taken in at once.
fn next_batch(archive: &mut archive::Archive) -> Vec<Result<archive::RawMail, archive::Unreadable>> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while batch.len() < BATCH && bytes < BATCH_BYTES {
        let Some(next) = archive.next() else { break };
        bytes += next.as_ref().map_or(0, |mail| mail.bytes.len());
        batch.push(next);
    }
    batch
}

fn note_unreadable(origin: archive::Origin, imported: &mut Imported) {
    if imported.unreadable.len() < MOST_UNREADABLE {
        let file = origin.file.to_string_lossy().into_owned();
        imported.unreadable.push(Unreadable { file, message: Some(origin.index) });
    }
}

/// A new file in `folder` named after `name`: `photo.png`, else `photo (2).png`, and so on.
fn create_new(folder: &Path, name: &str) -> std::io::Result<(PathBuf, std::fs::File)> {
    std::fs::create_dir_all(folder)?;
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    for copy in 1..10_000 {
        let name = if copy == 1 { name.to_owned() } else { format!("{stem} ({copy}){extension}") };
        let path = folder.join(name);
        match std::fs::File::create_new(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(std::io::ErrorKind::AlreadyExists.into())
}

pub(crate) fn file_problem(error: std::io::Error) -> Problem {
    let code = match error.kind() {
        std::io::ErrorKind::StorageFull => ProblemCode::DiskFull,
        _ => ProblemCode::FileUnreadable,
    };
    Problem::new(code).because(error)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn large_mails_of_an_archive_are_taken_in_a_few_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let large = [b"Subject: large\r\n\r\n".as_slice(), &vec![b'x'; BATCH_BYTES / 2]].concat();
        for name in ["a.eml", "b.eml", "c.eml"] {
            std::fs::write(folder.path().join(name), &large).unwrap();
        }
        let mut archive = archive::read(folder.path()).unwrap();
        let batches = [next_batch(&mut archive), next_batch(&mut archive), next_batch(&mut archive)];
        assert_eq!(batches.map(|batch| batch.len()), [2, 1, 0]);
    }

    #[test]
    fn saving_never_writes_over_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let saved = |name: &str| {
            let (path, mut file) = create_new(folder.path(), name).unwrap();
            file.write_all(name.as_bytes()).unwrap();
            path.file_name().unwrap().to_string_lossy().into_owned()
        };
        assert_eq!([saved("a.png"), saved("a.png"), saved("a.png")], ["a.png", "a (2).png", "a (3).png"]);
        assert_eq!(
            [saved("README"), saved("README"), saved(".env"), saved(".env")],
            ["README", "README (2)", ".env", ".env (2)"]
        );
    }
}
