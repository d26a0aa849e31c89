//! The head of one MIME part: what it is, how it is encoded, what it is called.

use model::incoming::{IncomingAttachment, KeptBlob};

use super::headers::Headers;
use super::{TransferEncoding, safe_file_name};

/// What a part's headers, or its line of a BODYSTRUCTURE, say of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartHead {
    /// Lower case, `text/plain`.
    pub media_type: String,
    pub charset: Option<String>,
    pub encoding: TransferEncoding,
    /// `format=flowed` and its `delsp=yes`.
    pub flowed: bool,
    pub del_sp: bool,
    /// The `method` of a calendar part, lower case.
    pub method: Option<String>,
    /// The file name, decoded but not yet safe.
    pub name: Option<String>,
    /// Without angle brackets.
    pub content_id: Option<String>,
    /// `Content-Disposition: attachment`.
    pub attachment: bool,
    pub boundary: Option<String>,
    /// The `report-type` of a `multipart/report`, lower case.
    pub report: Option<String>,
}

const LONGEST_ID: usize = 250;

impl PartHead {
    /// From the header bytes of a part, as `BODY[n.MIME]` has them.
    pub fn parse(header: &[u8]) -> PartHead {
        PartHead::of(&Headers::parse(header), "text/plain")
    }

    pub(super) fn of(headers: &Headers<'_>, default_type: &str) -> PartHead {
        let content = headers.params("content-type");
        let disposition = headers.params("content-disposition");
        let whole = content.value.split_once('/').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty());
        let name = disposition.get("filename").or_else(|| content.get("name"));
        let id = headers.text("content-id", None);
        let id: String = id.trim_matches(['<', '>', ' ']).chars().take(LONGEST_ID).collect();
        PartHead {
            media_type: if whole { content.value.clone() } else { default_type.to_owned() },
            charset: content.word("charset"),
            encoding: TransferEncoding::from_name(&headers.text("content-transfer-encoding", None)),
            flowed: content.is("format", "flowed"),
            del_sp: content.is("delsp", "yes"),
            method: content.word("method").map(|word| word.to_ascii_lowercase()),
            name: name.filter(|name| !name.trim().is_empty()),
            content_id: (!id.is_empty()).then_some(id),
            attachment: disposition.value == "attachment",
            boundary: content.get("boundary").filter(|boundary| !boundary.is_empty()),
            report: content.word("report-type").map(|word| word.to_ascii_lowercase()),
        }
    }

    pub(super) fn is_multipart(&self) -> bool {
        self.media_type.starts_with("multipart/")
    }

    /// Whether it holds a whole message.
    pub(super) fn is_message(&self) -> bool {
        matches!(self.media_type.as_str(), "message/rfc822" | "message/global")
    }

    /// Whether a reader sees it as part of the letter rather than beside it.
    pub(super) fn is_letter(&self) -> bool {
        let text = matches!(self.media_type.as_str(), "text/plain" | "text/html");
        text && !self.attachment
    }

    /// The part as an attachment with a safe name. `size` counts bytes after decoding. Whether an image is shown inline is decided when the HTML is known.
    pub fn into_attachment(self, kept: Option<KeptBlob>, size: u64) -> IncomingAttachment {
        let name = match &self.name {
            Some(name) => safe_file_name(name),
            None => format!("attachment{}", extension(&self.media_type)),
        };
        let media_type = self.media_type.chars().filter(char::is_ascii_graphic).take(127).collect();
        IncomingAttachment { name, media_type, content_id: self.content_id, inline: false, kept, size }
    }
}

fn extension(media_type: &str) -> &'static str {
    match media_type {
        "message/rfc822" | "message/global" => ".eml",
        "text/calendar" => ".ics",
        "text/html" => ".html",
        "text/plain" => ".txt",
        "text/csv" => ".csv",
        "text/vcard" | "text/x-vcard" => ".vcf",
        "image/png" => ".png",
        "image/jpeg" => ".jpg",
        "image/gif" => ".gif",
        "image/webp" => ".webp",
        "image/svg+xml" => ".svg",
        "application/pdf" => ".pdf",
        "application/zip" => ".zip",
        "application/ms-tnef" => ".dat",
        "application/pgp-signature" => ".asc",
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => ".p7s",
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => ".p7m",
        "audio/mpeg" => ".mp3",
        "video/mp4" => ".mp4",
        _ => "",
    }
}

/// A part fetched on its own.
#[derive(Debug, Clone)]
pub struct Piece<'a> {
    pub head: PartHead,
    /// Still in its transfer encoding.
    pub bytes: &'a [u8],
    /// Whether only the beginning was fetched.
    pub cut: bool,
}
