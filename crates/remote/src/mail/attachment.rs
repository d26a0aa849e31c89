//! Attachments on their way into the blob store, a few kilobytes at a time.

use model::incoming::{IncomingAttachment, KeptBlob};

use super::Decoder;
use super::headers::{Headers, split};
use super::tree::Leaf;
use crate::BlobSink;

const CHUNK: usize = 64 * 1024;

/// Keeps one part.
pub(super) async fn keep(mut leaf: Leaf<'_>, blobs: &dyn BlobSink) -> std::io::Result<IncomingAttachment> {
    name_message(&mut leaf);
    let kept = stream(&leaf, blobs).await?;
    let size = kept.size;
    Ok(leaf.head.into_attachment(Some(kept), size))
}

async fn stream(leaf: &Leaf<'_>, blobs: &dyn BlobSink) -> std::io::Result<KeptBlob> {
    let mut writer = blobs.begin().await?;
    let mut decoder = Decoder::new(leaf.head.encoding);
    let mut buffer = Vec::with_capacity(CHUNK);
    for chunk in leaf.bytes.chunks(CHUNK) {
        decoder.push(chunk, &mut buffer);
        writer.write(&buffer).await?;
        buffer.clear();
    }
    decoder.finish(&mut buffer);
    writer.write(&buffer).await?;
    writer.finish().await
}

/// A forwarded message without a name is called after its subject.
fn name_message(leaf: &mut Leaf<'_>) {
    if !leaf.head.is_message() || leaf.head.name.is_some() {
        return;
    }
    let subject = Headers::parse(split(leaf.bytes).0).text("subject", None);
    if !subject.is_empty() {
        // A slash in a subject separates words, not folders.
        leaf.head.name = Some(format!("{}.eml", subject.replace(['/', '\\'], "_")));
    }
}

/// An attachment is inline when the HTML shows it.
pub(super) fn mark_inline(attachments: &mut [IncomingAttachment], html: Option<&str>) {
    let Some(html) = html.filter(|html| html.contains("cid:") || html.contains("CID:")) else { return };
    for one in attachments {
        let image = one.media_type.starts_with("image/");
        one.inline = image && one.content_id.as_deref().is_some_and(|id| shows(html, id));
    }
}

fn shows(html: &str, id: &str) -> bool {
    let written = [id.to_owned(), id.replace('@', "%40"), id.replace('@', "&#64;"), id.replace('&', "&amp;")];
    written.iter().any(|id| html.contains(&format!("cid:{id}")) || html.contains(&format!("CID:{id}")))
}
