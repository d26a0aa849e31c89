//! Files on their way into a draft: named safely, typed by what they are, kept encrypted, never larger together than one mail may be.

use model::{
    Problem, ProblemCode, TicketId,
    outgoing::{MOST_ATTACHED, OutgoingAttachment},
};
use remote::mail::safe_file_name;

use crate::{Desk, internal, reading::not_found};

/// Ends the Content-IDs that are given here.
pub(super) const OURS: &str = "@foredeck";
const UNKNOWN: &str = "application/octet-stream";

impl Desk {
    /// Takes a file into the draft of `ticket`. With `inline` an image gets a Content-ID, by which the text shows it; what is no image is
    /// attached as any other file.
    pub async fn attach(
        &self,
        ticket: TicketId,
        name: &str,
        media_type: &str,
        inline: bool,
        bytes: &[u8],
    ) -> Result<OutgoingAttachment, Problem> {
        let name = safe_file_name(name);
        let draft = self.reply_draft(ticket).await?.ok_or_else(not_found)?;
        let there: i64 = draft.attachments.iter().map(|one| one.size).sum();
        let together = u64::try_from(there).unwrap_or(0).saturating_add(bytes.len() as u64);
        if together > MOST_ATTACHED {
            return Err(too_large(&name, bytes.len() as u64));
        }
        let image = image_type(bytes);
        let content_id = match image {
            Some(_) if inline => Some(content_id()?),
            _ => None,
        };
        let kept = self.kept(bytes).await?;
        let attachment = OutgoingAttachment {
            name,
            media_type: image.map_or_else(|| harmless(media_type), str::to_owned),
            size: i64::try_from(kept.size).unwrap_or(i64::MAX),
            content_id,
            hash: kept.hash,
        };
        self.store.attach(ticket, attachment.clone(), self.now()).await.map_err(|e| e.problem())?;
        Ok(attachment)
    }

    async fn kept(&self, bytes: &[u8]) -> Result<model::incoming::KeptBlob, Problem> {
        let keeping = async {
            let mut blob = self.store.blobs().begin().await?;
            for piece in bytes.chunks(256 << 10) {
                blob.write(piece).await?;
            }
            blob.finish().await
        };
        keeping.await.map_err(|error: std::io::Error| match error.kind() {
            std::io::ErrorKind::StorageFull => Problem::new(ProblemCode::DiskFull).because(error),
            _ => internal(error),
        })
    }
}

/// What a file is answered that is too large, by itself or with those already attached.
pub(crate) fn too_large(name: &str, bytes: u64) -> Problem {
    Problem::new(ProblemCode::AttachmentTooLarge)
        .with("name", name)
        .with("bytes", bytes)
        .with("limit", MOST_ATTACHED)
}

fn content_id() -> Result<String, Problem> {
    let mut bytes = [0; 12];
    getrandom::fill(&mut bytes).map_err(internal)?;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{digits}{OURS}"))
}

/// By its first bytes.
fn image_type(bytes: &[u8]) -> Option<&'static str> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    match () {
        () if starts(b"\x89PNG\r\n\x1a\n") => Some("image/png"),
        () if starts(b"\xff\xd8\xff") => Some("image/jpeg"),
        () if starts(b"GIF87a") || starts(b"GIF89a") => Some("image/gif"),
        () if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") => Some("image/webp"),
        () => None,
    }
}

/// A type as it may stand in a header, and which the receiver reads as a file and not as a part of the mail.
fn harmless(declared: &str) -> String {
    let plain = declared.split(';').next().unwrap_or_default().trim().to_lowercase();
    let word = |word: &str| {
        (1..=80).contains(&word.len())
            && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    match plain.split_once('/') {
        Some(("multipart" | "message", _)) => UNKNOWN.to_owned(),
        Some((kind, sort)) if word(kind) && word(sort) => plain,
        _ => UNKNOWN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_a_word_of_its_own_and_never_a_part_of_the_mail() {
        for (declared, expected) in [
            ("Image/PNG; name=x", "image/png"),
            ("application/vnd.ms-excel", "application/vnd.ms-excel"),
            ("text/plain\r\nBcc: x@y.test", UNKNOWN),
            ("multipart/mixed", UNKNOWN),
            ("message/rfc822", UNKNOWN),
            ("", UNKNOWN),
            ("text", UNKNOWN),
            ("a/b/c", UNKNOWN),
        ] {
            assert_eq!(harmless(declared), expected, "{declared}");
        }
    }

    #[test]
    fn an_image_is_told_by_its_bytes() {
        assert_eq!(image_type(b"\x89PNG\r\n\x1a\nrest"), Some("image/png"));
        assert_eq!(image_type(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        assert_eq!(image_type(b"<svg onload=x>"), None);
        assert_eq!(image_type(b""), None);
    }
}
