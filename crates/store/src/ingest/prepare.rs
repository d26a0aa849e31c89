//! What can be worked out of a mail before the writer is taken: digests, the subject's key, the new text, the words for
//! the index. Pure; most of the work of taking a mail in that is not SQLite's.

use model::{
    Address, Direction, Millis, SourceId,
    fold::{SegmentKind, fold},
    incoming::Incoming,
    text,
    threading::{SubjectKey, Token},
    urgency::UrgentRules,
};

use crate::segment::segmented;

/// A digest that stands for a name: of a mail, within its source.
pub(crate) type Digest = [u8; 16];

pub(crate) fn digest(source: SourceId, kind: &str, name: &str) -> Digest {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&source.0.to_le_bytes()).update(kind.as_bytes()).update(&[0]).update(name.as_bytes());
    let mut digest = [0; 16];
    hasher.finalize_xof().fill(&mut digest);
    digest
}

const SNIPPET_CHARS: usize = 140;
/// How much of a text is looked through for urgent words, in bytes.
const SAID_BYTES: usize = 64 * 1024;
/// How much of a text is looked through for what is new in it, in bytes.
const FOLDED_BYTES: usize = 256 * 1024;
/// How much of a text the index holds, in bytes: no letter is longer, and a log of ten megabytes would hold the writer for a second.
const INDEXED_BYTES: usize = 128 * 1024;
/// How many of the mails that one mail names are looked at, the nearest first: a long conversation's mails each name all before them.
const NAMED: usize = 100;

pub(crate) struct Prepared<'a> {
    pub incoming: &'a Incoming,
    pub identity: Digest,
    /// Of its own Message-ID.
    pub own: Option<Digest>,
    /// Of the mails it names, the nearest first.
    pub references: Vec<Digest>,
    /// The token of the ticket this mail would begin.
    pub token: Token,
    /// The token in its subject, if any.
    pub named_token: Option<Token>,
    pub subject: String,
    pub key: SubjectKey,
    pub thread_key: Option<i64>,
    /// The party outside: who wrote to the team, or whom the team wrote to.
    pub peer: Address,
    pub snippet: String,
    pub lang: &'static str,
    pub word: Option<String>,
    pub has_attachment: bool,
    pub index: [String; 5],
}

impl<'a> Prepared<'a> {
    pub fn new(
        source: SourceId,
        own_address: &str,
        incoming: &'a Incoming,
        rules: &UrgentRules,
    ) -> Prepared<'a> {
        let subject = text::one_line(&incoming.subject);
        let key = SubjectKey::of(&subject);
        let peer = peer(incoming);
        let said = new_text(&incoming.body.text);
        let snippet = text::snippet(&said, SNIPPET_CHARS);
        let thread_key = (!key.is_weak()).then(|| thread_key(source, &peer.key(), &key.text));
        Prepared {
            identity: digest(source, "identity", &incoming.identity),
            own: incoming.message_id.as_deref().map(|id| digest(source, "message-id", id)),
            references: references(source, incoming),
            token: Token::of_root(root(incoming)),
            named_token: Token::in_subject(&subject),
            thread_key,
            word: word(incoming, &subject, &said, rules),
            lang: text::lang(if snippet.is_empty() { &subject } else { &snippet }),
            has_attachment: incoming.attachments.iter().any(|part| !part.inline),
            index: index(incoming, &subject, own_address),
            incoming,
            subject,
            key,
            peer,
            snippet,
        }
    }

    pub fn at(&self) -> Millis {
        self.incoming.received_at
    }

    pub fn inbound(&self) -> bool {
        self.incoming.direction == Direction::Inbound
    }

    /// Automatic mail opens, answers and asks nothing.
    pub fn takes_turn(&self) -> bool {
        self.incoming.automatic.is_none()
    }

    /// Marked as a reply, and naming no mail: only its subject says to what.
    pub fn is_orphan(&self) -> bool {
        self.key.marked && self.references.is_empty()
    }

    /// Everybody it names, by the key of their address.
    pub fn addresses(&self) -> impl Iterator<Item = String> {
        let mail = self.incoming;
        mail.from.iter().chain(&mail.reply_to).chain(&mail.to).chain(&mail.cc).map(Address::key)
    }
}

/// What begins the conversation, as far as this mail knows.
fn root(mail: &Incoming) -> &str {
    let named = mail.references.first().or(mail.in_reply_to.first());
    named.or(mail.message_id.as_ref()).unwrap_or(&mail.identity)
}

fn references(source: SourceId, mail: &Incoming) -> Vec<Digest> {
    let mut digests: Vec<Digest> = Vec::new();
    let named = mail.in_reply_to.iter().rev().chain(mail.references.iter().rev());
    for name in named.take(NAMED).chain(mail.references.first()) {
        let digest = digest(source, "message-id", name);
        if Some(name) != mail.message_id.as_ref() && !digests.contains(&digest) {
            digests.push(digest);
        }
    }
    digests
}

/// A digest of source, address and subject, by which mails of one subject are found.
pub(crate) fn thread_key(source: SourceId, address: &str, subject: &str) -> i64 {
    let digest = digest(source, address, subject);
    digest.iter().take(8).fold(0i64, |key, byte| (key << 8) | i64::from(*byte))
}

fn peer(mail: &Incoming) -> Address {
    match mail.direction {
        Direction::Inbound => {
            let from = mail.from.clone().unwrap_or_default();
            let answers_elsewhere = mail.reply_to.first().filter(|_| is_unattended(&from));
            answers_elsewhere.cloned().unwrap_or(from)
        }
        Direction::Outbound => {
            mail.to.iter().chain(&mail.cc).chain(&mail.bcc).next().cloned().unwrap_or_default()
        }
    }
}

/// An address that nobody reads: a form or a shop system that writes for somebody else.
fn is_unattended(from: &Address) -> bool {
    let key = from.key();
    let local: String =
        key.split('@').next().unwrap_or_default().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    ["noreply", "donotreply", "notreply", "noresponse"].iter().any(|name| local.starts_with(name))
}

/// The text without what it quotes; all of it when it is nothing but quotes.
pub(crate) fn new_text(text: &str) -> String {
    let text = head(text, FOLDED_BYTES);
    let new: String =
        fold(text).into_iter().filter(|part| part.kind == SegmentKind::New).map(|part| part.text).collect();
    if new.trim().is_empty() { text.to_owned() } else { new }
}

fn word(mail: &Incoming, subject: &str, said: &str, rules: &UrgentRules) -> Option<String> {
    let asks = mail.direction == Direction::Inbound && mail.automatic.is_none();
    asks.then(|| urgent_word(subject, said, rules)).flatten()
}

/// The first of the rules' words in what was said.
pub(crate) fn urgent_word(subject: &str, said: &str, rules: &UrgentRules) -> Option<String> {
    let all = format!("{subject}\n{}", head(said, SAID_BYTES));
    let facts = model::urgency::Facts {
        status: model::Status::Open,
        priority: model::Priority::Normal,
        tier: model::Tier::Standard,
        waiting_since: Some(Millis(0)),
        said: &all,
    };
    match model::urgency::assess(facts, rules, Millis(0)) {
        Some(model::urgency::UrgentReason::Words { word }) => Some(word),
        _ => None,
    }
}

/// The beginning of a text, at most so many bytes.
fn head(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

/// The columns of the index: subject, sender, others, text, names of files. The mailbox's own address is left out: it is
/// in every mail and tells nothing.
fn index(mail: &Incoming, subject: &str, own_address: &str) -> [String; 5] {
    let own = own_address.trim().to_lowercase();
    let line = |address: &Address| format!("{} {}\n", address.name, address.email);
    let others: String = (mail.to.iter().chain(&mail.cc).chain(&mail.reply_to))
        .filter(|address| address.key() != own)
        .map(line)
        .collect();
    let files: String = mail.attachments.iter().map(|part| format!("{}\n", part.name)).collect();
    let sender = mail.from.as_ref().map(line).unwrap_or_default();
    let text = head(&mail.body.text, INDEXED_BYTES);
    [subject, &sender, &others, text, &files].map(|text| segmented(text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::mail;

    fn prepared(mail: &Incoming) -> Prepared<'_> {
        Prepared::new(SourceId(1), "desk@shop.test", mail, &UrgentRules::default())
    }

    #[test]
    fn the_party_outside_is_who_can_be_answered() {
        let mut inbound = mail("a", 1);
        inbound.from = Some(Address::new("Form", "no-reply@shop.test"));
        inbound.reply_to = vec![Address::new("Wang", "wang@x.test")];
        assert_eq!(prepared(&inbound).peer.email, "wang@x.test");
        inbound.from = Some(Address::new("Wang", "wang@work.test"));
        assert_eq!(prepared(&inbound).peer.email, "wang@work.test");
    }

    #[test]
    fn references_are_tried_from_the_nearest_on() {
        let mut reply = mail("c", 1);
        reply.references = vec!["a".into(), "b".into()];
        reply.in_reply_to = vec!["b".into()];
        let name = |name| digest(SourceId(1), "message-id", name);
        assert_eq!(prepared(&reply).references, [name("b"), name("a")]);
        assert_eq!(prepared(&reply).token, Token::of_root("a"));
    }

    #[test]
    fn every_source_has_names_of_its_own() {
        assert_ne!(digest(SourceId(1), "message-id", "a"), digest(SourceId(2), "message-id", "a"));
    }
}
