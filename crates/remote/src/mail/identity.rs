//! What makes two copies of a message one: the server's own identity, else its Message-ID with a digest, else a digest alone. The same in every
//! folder, on every desk, and whether the message was read whole or in pieces.

use super::envelope::Envelope;
use super::headers::Headers;

/// Bytes of the text that count.
const TEXT: usize = 2_000;

pub(super) fn of(given: Option<&str>, envelope: &Envelope, headers: &Headers<'_>, text: &str) -> String {
    match (given, &envelope.message_id) {
        (Some(given), _) => given.to_owned(),
        // Message-IDs are reused, by mistake and on purpose: another message under the same one must not hide the first.
        (None, Some(id)) => format!("mid:{id}:{}", digest(headers, &["date", "from", "subject"], "", 16)),
        (None, None) => {
            let head: String = text.split_whitespace().flat_map(str::chars).take(TEXT).collect();
            format!("dig:{}", digest(headers, &["date", "from", "to", "cc", "subject"], &head, 40))
        }
    }
}

/// The first hexadecimal digits of a digest of fields as they are on the wire, but for white space, which servers fold anew.
fn digest(headers: &Headers<'_>, names: &[&str], text: &str, digits: usize) -> String {
    let mut hasher = blake3::Hasher::new();
    for name in names {
        hasher.update(name.as_bytes());
        for raw in headers.all(name) {
            let plain: Vec<u8> = raw.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
            hasher.update(b":").update(&plain);
        }
        hasher.update(b"\n");
    }
    hasher.update(text.as_bytes());
    hasher.finalize().to_hex().chars().take(digits).collect()
}
