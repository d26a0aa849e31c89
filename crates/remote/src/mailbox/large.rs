//! Reads a message too large to be held whole: its header, its text, and every attachment in pieces that go straight to the blob store.
//! What the server cannot list part by part is read whole up to a limit; beyond that the header stands for the message.

use model::Defect;
use model::incoming::{Flags, Incoming, IncomingAttachment, KeptBlob};
use tokio_util::bytes::Bytes;

use crate::BlobSink;
use crate::mail::{self, Decoder, LONGEST_HTML, LONGEST_TEXT, PartHead, Piece, TransferEncoding};

use super::fault::Fault;
use super::folder::fetch;
use super::reading::Reading;
use super::response::{Fetched, Section};
use super::session::Session;
use super::structure::{self, Leaf, Parts};
use super::uids::UidSet;

/// Asked for at a time.
const PIECE: u64 = 512 << 10;
/// Room for a piece of a server that rounds up.
const ROOM: usize = 1 << 20;
/// Of a header.
const HEADER: u64 = 256 << 10;
/// Of the head of a part.
const PART_HEADER: u64 = 16 << 10;
/// Text of all the parts together.
const ALL_TEXT: u64 = 8 << 20;
/// Read whole when the server cannot list the parts.
const LONGEST_WHOLE: usize = 100 << 20;
/// Of one attachment, before decoding: beyond it the server is not telling the truth.
const LONGEST_PART: u64 = 512 << 20;

/// A message that could not be fetched: its header alone, marked as incomplete. `None` when there is no such message.
pub(super) async fn header_only(
    session: &mut Session,
    uid: u32,
    reading: &Reading<'_>,
) -> Result<Option<Incoming>, Fault> {
    let items = format!("(UID FLAGS INTERNALDATE{} BODY.PEEK[HEADER]<0.{HEADER}>)", reading.identity_item);
    let Some(fetched) = one(session, uid, &items).await? else { return Ok(None) };
    Ok(Some(incomplete(&fetched, reading)))
}

fn incomplete(fetched: &Fetched, reading: &Reading<'_>) -> Incoming {
    let header = fetched.bytes("HEADER").cloned().unwrap_or_default();
    let mut incoming = mail::read_pieces(&header, &[], Vec::new(), &reading.context(fetched));
    add_defect(&mut incoming, Defect::AttachmentMissing);
    incoming
}

fn add_defect(incoming: &mut Incoming, defect: Defect) {
    if !incoming.defects.contains(&defect) {
        incoming.defects.push(defect);
        incoming.defects.sort_unstable();
    }
}

pub(super) async fn read(
    session: &mut Session,
    uid: u32,
    reading: &Reading<'_>,
) -> Result<Option<Incoming>, Fault> {
    let items = format!(
        "(UID FLAGS INTERNALDATE RFC822.SIZE{} BODYSTRUCTURE BODY.PEEK[HEADER]<0.{HEADER}>)",
        reading.identity_item
    );
    let Some(fetched) = one(session, uid, &items).await? else { return Ok(None) };
    let parts = fetched.structure.as_ref().and_then(structure::parts);
    match parts {
        Some(parts) => by_parts(session, &fetched, parts, reading).await.map(Some),
        None => whole(session, &fetched, reading).await.map(Some),
    }
}

async fn one(session: &mut Session, uid: u32, items: &str) -> Result<Option<Fetched>, Fault> {
    let mut found: Vec<Fetched> = Vec::new();
    fetch(session, &UidSet::from_uids([uid]), items, ROOM, &mut found).await?;
    let mut found = found.into_iter();
    let Some(mut first) = found.next() else { return Ok(None) };
    // Some servers answer one question in several responses.
    for more in found {
        first.flags = first.flags.or(more.flags);
        first.structure = first.structure.or(more.structure);
        first.sections.extend(more.sections);
    }
    Ok(Some(first))
}

async fn whole(session: &mut Session, fetched: &Fetched, reading: &Reading<'_>) -> Result<Incoming, Fault> {
    let mut raw = Vec::new();
    loop {
        let (piece, last) = piece(session, fetched.uid, "", raw.len() as u64).await?;
        raw.extend_from_slice(&piece);
        if raw.len() > LONGEST_WHOLE || (last && raw.is_empty()) {
            return Ok(incomplete(fetched, reading));
        }
        if last {
            let incoming = mail::read(&raw, &reading.context(fetched), reading.blobs).await;
            return incoming.map_err(Fault::NotKept);
        }
    }
}

/// The bytes of a section from `offset` on, and whether they are the last.
async fn piece(session: &mut Session, uid: u32, section: &str, offset: u64) -> Result<(Bytes, bool), Fault> {
    let items = format!("(UID BODY.PEEK[{section}]<{offset}.{PIECE}>)");
    let found = one(session, uid, &items).await?;
    match found.as_ref().and_then(|found| found.section(section)) {
        Some(Section::Bytes(bytes)) => Ok((bytes.clone(), (bytes.len() as u64) < PIECE)),
        Some(Section::Nil) => Ok((Bytes::new(), true)),
        Some(Section::TooLong) => Err(Fault::Nonsense("a piece longer than was asked for")),
        None => Err(Fault::Nonsense("a piece that is not there")),
    }
}

struct Gathered {
    pieces: Vec<(PartHead, Vec<u8>, bool)>,
    attachments: Vec<IncomingAttachment>,
    missing: bool,
}

async fn by_parts(
    session: &mut Session,
    fetched: &Fetched,
    parts: Parts,
    reading: &Reading<'_>,
) -> Result<Incoming, Fault> {
    let header = fetched.bytes("HEADER").cloned().unwrap_or_default();
    let heads = heads(session, fetched.uid, &parts, &header).await?;
    let mut gathered = Gathered { pieces: Vec::new(), attachments: Vec::new(), missing: false };
    let mut text_left = ALL_TEXT;
    for (leaf, head) in parts.leaves.iter().zip(heads) {
        match longest_text(&head).filter(|_| text_left > 0) {
            Some(longest) => {
                let (text, cut) = text(session, fetched.uid, leaf, longest.min(text_left)).await?;
                text_left = text_left.saturating_sub(text.len() as u64);
                gathered.pieces.push((head, text, cut));
            }
            None => attach(session, fetched.uid, leaf, head, reading.blobs, &mut gathered).await?,
        }
    }
    Ok(assemble(&header, gathered, parts.cut, fetched, reading))
}

fn assemble(
    header: &[u8],
    gathered: Gathered,
    cut: bool,
    fetched: &Fetched,
    reading: &Reading<'_>,
) -> Incoming {
    let pieces: Vec<Piece<'_>> = gathered
        .pieces
        .iter()
        .map(|(head, bytes, cut)| Piece { head: head.clone(), bytes, cut: *cut })
        .collect();
    let mut incoming = mail::read_pieces(header, &pieces, gathered.attachments, &reading.context(fetched));
    if gathered.missing {
        add_defect(&mut incoming, Defect::AttachmentMissing);
    }
    if cut {
        add_defect(&mut incoming, Defect::TooManyParts);
    }
    incoming
}

/// The most bytes worth fetching of a part that is read as text; `None` for one that is kept as a file.
fn longest_text(head: &PartHead) -> Option<u64> {
    // An encoding may take three bytes for one.
    let text = 3 * LONGEST_TEXT as u64;
    match head.media_type.as_str() {
        _ if head.attachment => None,
        "text/html" => Some(LONGEST_HTML as u64 + text),
        "text/plain" | "text/calendar" | "message/delivery-status" => Some(text),
        _ => None,
    }
}

async fn heads(
    session: &mut Session,
    uid: u32,
    parts: &Parts,
    header: &[u8],
) -> Result<Vec<PartHead>, Fault> {
    if parts.single {
        return Ok(vec![PartHead::parse(header)]);
    }
    let sections: Vec<String> = parts
        .leaves
        .iter()
        .map(|leaf| format!("BODY.PEEK[{}.MIME]<0.{PART_HEADER}>", leaf.section))
        .collect();
    let mut found: Vec<Fetched> = Vec::new();
    let items = format!("(UID {})", sections.join(" "));
    fetch(session, &UidSet::from_uids([uid]), &items, 4 * ROOM, &mut found).await?;
    let head = |leaf: &Leaf| {
        let name = format!("{}.MIME", leaf.section);
        found.iter().find_map(|fetched| fetched.bytes(&name)).map(|bytes| PartHead::parse(bytes))
    };
    Ok(parts.leaves.iter().map(|leaf| head(leaf).unwrap_or_else(|| listed(leaf))).collect())
}

/// A head as far as the server's list tells it.
fn listed(leaf: &Leaf) -> PartHead {
    PartHead {
        media_type: leaf.media_type.clone(),
        encoding: TransferEncoding::from_name(&leaf.encoding),
        ..PartHead::default()
    }
}

async fn text(session: &mut Session, uid: u32, leaf: &Leaf, longest: u64) -> Result<(Vec<u8>, bool), Fault> {
    let mut bytes = Vec::new();
    loop {
        let (piece, last) = piece(session, uid, &leaf.section, bytes.len() as u64).await?;
        bytes.extend_from_slice(&piece);
        if bytes.len() as u64 >= longest || last {
            bytes.truncate(usize::try_from(longest).unwrap_or(usize::MAX));
            return Ok((bytes, !last));
        }
    }
}

async fn attach(
    session: &mut Session,
    uid: u32,
    leaf: &Leaf,
    head: PartHead,
    blobs: &dyn BlobSink,
    gathered: &mut Gathered,
) -> Result<(), Fault> {
    let (kept, size) = stream(session, uid, leaf, head.encoding, blobs).await?;
    gathered.missing |= kept.is_none();
    gathered.attachments.push(head.into_attachment(kept, size));
    Ok(())
}

/// Carries a part to the blob store; its size after decoding. `None` when it is longer than the server may claim.
async fn stream(
    session: &mut Session,
    uid: u32,
    leaf: &Leaf,
    encoding: TransferEncoding,
    blobs: &dyn BlobSink,
) -> Result<(Option<KeptBlob>, u64), Fault> {
    let mut decoder = Decoder::new(encoding);
    let mut writer = blobs.begin().await.map_err(Fault::NotKept)?;
    let (mut offset, mut size, mut decoded) = (0, 0, Vec::new());
    loop {
        let (piece, last) = piece(session, uid, &leaf.section, offset).await?;
        offset += piece.len() as u64;
        decoder.push(&piece, &mut decoded);
        writer.write(&decoded).await.map_err(Fault::NotKept)?;
        size += decoded.len() as u64;
        decoded.clear();
        if offset > LONGEST_PART {
            return Ok((None, leaf.size));
        }
        if last {
            break;
        }
    }
    decoder.finish(&mut decoded);
    size += decoded.len() as u64;
    writer.write(&decoded).await.map_err(Fault::NotKept)?;
    let kept = writer.finish().await.map_err(Fault::NotKept)?;
    Ok((Some(kept), size))
}

/// The flags a message was fetched with; a server that leaves them out sets none.
pub(super) fn flags(fetched: &Fetched) -> Flags {
    fetched.flags.unwrap_or_default()
}
