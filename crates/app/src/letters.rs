//! Serving a message's HTML to the isolated frame, and the parts it shows inline.
//!
//! A frame has an opaque origin and no cookie, so each letter's path carries a proof that this desk, in this run, gave it out.
//! Nothing is served without one, and a proof for one message says nothing about another.

use std::collections::BTreeMap;

use model::{Attachment, MessageId, Problem};
use zeroize::Zeroizing;

use crate::{
    Desk,
    dto::Letter,
    internal,
    letter::{self, Options},
    reading::not_found,
};

/// A key of this run, for the proofs in letters' paths.
pub(crate) struct LetterKey(Zeroizing<[u8; 32]>);

impl LetterKey {
    pub fn random() -> Result<LetterKey, Problem> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(key.as_mut()).map_err(internal)?;
        Ok(LetterKey(key))
    }

    fn proof(&self, what: &str) -> String {
        let digest = blake3::keyed_hash(&self.0, what.as_bytes());
        digest.to_hex().chars().take(32).collect()
    }

    /// Compared in constant time by the digest's own equality.
    fn proves(&self, what: &str, proof: &str) -> bool {
        blake3::hash(self.proof(what).as_bytes()) == blake3::hash(proof.as_bytes())
    }
}

/// What a frame is answered.
#[derive(Debug, Clone)]
pub struct Served {
    pub body: Vec<u8>,
    pub media_type: String,
    /// The `Content-Security-Policy` of this answer alone.
    pub policy: String,
}

/// The largest inline image that is served, in bytes.
const LARGEST_INLINE: usize = 20 << 20;
/// Inline parts that may be shown; anything else could be more than a picture.
const PICTURES: &[&str] = &["image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/avif"];

impl Desk {
    pub async fn letter(&self, message: MessageId, images: bool) -> Result<Letter, Problem> {
        let mode = if images { "images" } else { "plain" };
        let what = format!("{message}/{mode}");
        Ok(Letter { path: format!("{what}?proof={}", self.letter_key.proof(&what)) })
    }

    /// Answers a path given out by [`Desk::letter`] or by a letter's own inline images: `path` without the leading base,
    /// `proof` from its query. `base` is put before the paths of inline images; `dark` is the window's theme.
    pub async fn serve_letter(
        &self,
        path: &str,
        proof: &str,
        base: &str,
        dark: bool,
    ) -> Result<Served, Problem> {
        if !self.letter_key.proves(path, proof) {
            return Err(not_found());
        }
        let (message, what) = path.split_once('/').ok_or_else(not_found)?;
        let message: MessageId = message.parse().map_err(|_| not_found())?;
        match what.strip_prefix("part/") {
            Some(index) => self.serve_part(message, index).await,
            None => self.serve_document(message, what == "images", base, dark).await,
        }
    }

    async fn serve_document(
        &self,
        message: MessageId,
        images: bool,
        base: &str,
        dark: bool,
    ) -> Result<Served, Problem> {
        let html = self.store.html(message).await.map_err(|e| e.problem())?.ok_or_else(not_found)?;
        let parts = self.store.inline_parts(message).await.map_err(|e| e.problem())?;
        let inline = self.inline_paths(message, &parts, base);
        let nonce = LetterKey::random()?.proof("nonce");
        let (document, policy) = tokio::task::spawn_blocking(move || {
            let cleaned = letter::sanitise(&html, &Options { images, inline, leaving: false });
            let lang = model::text::lang(&cleaned.html);
            letter::document(&cleaned, lang, dark, &nonce)
        })
        .await
        .map_err(internal)?;
        Ok(Served { body: document.into_bytes(), media_type: "text/html; charset=utf-8".into(), policy })
    }

    fn inline_paths(&self, message: MessageId, parts: &[Attachment], base: &str) -> BTreeMap<String, String> {
        let numbered = parts.iter().enumerate();
        numbered
            .filter_map(|(index, part)| {
                let what = format!("{message}/part/{index}");
                let path = format!("{base}{what}?proof={}", self.letter_key.proof(&what));
                Some((part.content_id.clone()?, path))
            })
            .collect()
    }

    async fn serve_part(&self, message: MessageId, index: &str) -> Result<Served, Problem> {
        let parts = self.store.inline_parts(message).await.map_err(|e| e.problem())?;
        let index: usize = index.parse().map_err(|_| not_found())?;
        let part = parts.get(index).ok_or_else(not_found)?;
        let picture =
            PICTURES.iter().find(|kind| part.media_type.eq_ignore_ascii_case(kind)).ok_or_else(not_found)?;
        let hash = part.hash.as_ref().ok_or_else(not_found)?;
        let body = self.store.blobs().read_all(hash, LARGEST_INLINE).await.map_err(|_| not_found())?;
        Ok(Served { body, media_type: (*picture).to_owned(), policy: "default-src 'none'; sandbox".into() })
    }
}
