//! The head of one MIME part: what it is, how it is encoded, what it is called.

use model::incoming::{IncomingAttachment, KeptBlob};

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
    /// The `method` of a calendar part.
    pub method: Option<String>,
    /// The file name, decoded but not yet safe.
    pub name: Option<String>,
    /// Without angle brackets.
    pub content_id: Option<String>,
    /// `Content-Disposition: attachment`.
    pub attachment: bool,
    pub boundary: Option<String>,
}

impl PartHead {
    /// From the header bytes of a part, as `BODY[n.MIME]` has them.
    pub fn parse(_header: &[u8]) -> PartHead {
        PartHead::default()
    }

    /// The part as an attachment with a safe name. `size` counts bytes after decoding.
    pub fn into_attachment(self, kept: Option<KeptBlob>, size: u64) -> IncomingAttachment {
        IncomingAttachment {
            name: safe_file_name(self.name.as_deref().unwrap_or("")),
            media_type: self.media_type,
            inline: false,
            content_id: self.content_id,
            kept,
            size,
        }
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
