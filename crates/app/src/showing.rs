//! Messages as a conversation shows them: the text cut into what is new and what is quoted, and whether the HTML says more.
//!
//! Promises: an answer is bounded whatever was written: a long text is cut, and says so ([`ShownMessage::cut`]; [`Desk::whole_text`] has
//! the rest); what a letter's HTML is found to say is remembered, so that a conversation that is read again costs little.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use model::{
    Message, MessageId, Problem,
    fold::{Segment, fold},
};

use crate::{Desk, dto::ShownMessage, internal, letter, reading::not_found};

/// Bytes of text that one message shows at first, and all of an answer together; the newest come first.
const LONGEST_TEXT: usize = 200 << 10;
const LONGEST_TOGETHER: usize = 1 << 20;
/// What a message shows when the others have used that up.
const SHORTEST_TEXT: usize = 8 << 10;
/// Letters that are read at once.
const AT_ONCE: usize = 8;
/// Letters whose survey is remembered.
const MOST_SURVEYED: usize = 10_000;

/// Whether a letter's HTML says more than its text, and how many remote images it would show.
type Survey = (bool, u32);
/// A message and its text: a message that took the place of another is another.
type Surveyed = (MessageId, blake3::Hash);

/// What letters were found to say.
#[derive(Default)]
pub(crate) struct Surveys(Mutex<std::collections::HashMap<Surveyed, Survey>>);

impl Surveys {
    fn get(&self, of: &Surveyed) -> Option<Survey> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(of).copied()
    }

    fn keep(&self, of: Surveyed, survey: Survey) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_SURVEYED {
            kept.clear();
        }
        kept.insert(of, survey);
    }
}

impl Desk {
    /// Messages, the oldest first.
    pub(crate) async fn shown(&self, messages: Vec<Message>) -> Result<Vec<ShownMessage>, Problem> {
        let surveys = self.surveys_of(&messages).await?;
        let trusted = self.trusted_among(&messages).await?;
        let lengths: Vec<usize> = messages.iter().rev().map(|message| message.text.len()).collect();
        let allowed = allowed(&lengths).into_iter().rev();
        let show = |(mut message, allowed): (Message, usize)| {
            let text = std::mem::take(&mut message.text);
            let (show_html, blocked_images) = surveys.get(&message.id).copied().unwrap_or_default();
            let images_trusted = message.has_html && trusted.contains(&message.from.email.to_lowercase());
            let (segments, cut) = (fold(head(&text, allowed)), allowed < text.len());
            ShownMessage { message, segments, cut, show_html, blocked_images, images_trusted }
        };
        Ok(messages.into_iter().zip(allowed).map(show).collect())
    }

    pub async fn whole_text(&self, message: MessageId) -> Result<Vec<Segment>, Problem> {
        let found = self.store.message(message).await.map_err(|e| e.problem())?.ok_or_else(not_found)?;
        Ok(fold(&found.text))
    }

    async fn surveys_of(&self, messages: &[Message]) -> Result<BTreeMap<MessageId, Survey>, Problem> {
        let (mut known, mut unknown) = (BTreeMap::new(), Vec::new());
        for message in messages.iter().filter(|message| message.has_html) {
            let of = (message.id, blake3::hash(message.text.as_bytes()));
            match self.surveys.get(&of) {
                Some(survey) => _ = known.insert(message.id, survey),
                None => unknown.push((of, message.text.as_str())),
            }
        }
        for some in unknown.chunks(AT_ONCE) {
            let ids: Vec<MessageId> = some.iter().map(|((id, _), _)| *id).collect();
            let mut letters = self.store.letters(&ids).await.map_err(|e| e.problem())?;
            let pairs: Vec<(Surveyed, String, String)> = some
                .iter()
                .map(|(of, text)| (*of, letters.remove(&of.0).unwrap_or_default(), (*text).to_owned()))
                .collect();
            let survey = |(of, html, text): (Surveyed, String, String)| (of, letter::survey(&html, &text));
            let surveyed: Vec<(Surveyed, Survey)> =
                tokio::task::spawn_blocking(move || pairs.into_iter().map(survey).collect())
                    .await
                    .map_err(internal)?;
            for (of, survey) in surveyed {
                self.surveys.keep(of, survey);
                known.insert(of.0, survey);
            }
        }
        Ok(known)
    }

    async fn trusted_among(&self, messages: &[Message]) -> Result<BTreeSet<String>, Problem> {
        let letters = messages.iter().filter(|message| message.has_html);
        let senders: BTreeSet<String> = letters.map(|message| message.from.email.to_lowercase()).collect();
        if senders.is_empty() {
            return Ok(senders);
        }
        self.store.trusted_among(&senders).await.map_err(|e| e.problem())
    }
}

/// How many bytes of each text are shown; `lengths` begins with the newest.
fn allowed(lengths: &[usize]) -> Vec<usize> {
    let mut left = LONGEST_TOGETHER;
    let mut allow = |length: &usize| {
        let allowed = left.clamp(SHORTEST_TEXT, LONGEST_TEXT).min(*length);
        left = left.saturating_sub(allowed);
        allowed
    };
    lengths.iter().map(&mut allow).collect()
}

/// At most so many bytes of a text, whole characters.
fn head(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_texts_are_whole_and_long_ones_are_cut_the_newest_last() {
        assert_eq!(allowed(&[0, 900, LONGEST_TEXT]), [0, 900, LONGEST_TEXT]);
        let long = allowed(&[1 << 20; 50]);
        assert_eq!(&long[..5], [LONGEST_TEXT; 5]);
        assert_eq!(long[6..], [SHORTEST_TEXT; 44]);
        assert!(long.iter().sum::<usize>() <= LONGEST_TOGETHER + 50 * SHORTEST_TEXT);
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(head("茶壶", 4), "茶");
        assert_eq!(head("茶壶", 60), "茶壶");
    }
}
