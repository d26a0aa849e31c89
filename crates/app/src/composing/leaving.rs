//! From a draft to the mail that leaves: everything that must hold is checked here, and what is in the way is named.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use model::{
    Address, Millis, Problem, ProblemCode, TicketId,
    outgoing::{
        DraftText, LONGEST_REPLY, MOST_ATTACHED, MOST_RECIPIENTS, Outgoing, OutgoingAttachment, OutgoingKind,
        ReplyKind,
    },
    replying,
};
use store::{ReplyDraft, SourceRow};

use super::{
    attaching::{OURS, too_large},
    beginning::{is_picture_of_text, outgoing, signed},
    quoting::{self, Cited, Quote},
    too_long, too_many,
};
use crate::{
    Desk, internal,
    letter::{Written, escape, written},
};

impl Desk {
    /// The mail that `draft` becomes.
    pub(crate) async fn leaving(
        &self,
        ticket: TicketId,
        source: &SourceRow,
        draft: ReplyDraft,
        now: Millis,
    ) -> Result<Outgoing, Problem> {
        let ReplyDraft { text, mut attachments, .. } = draft;
        let people = addressed(&text)?;
        let from = self.sender_choices(source).await?.into_iter().find(|one| one.key() == text.from.key());
        let mut from = from.ok_or_else(|| Problem::new(ProblemCode::Invalid).with("field", "from"))?;
        from.name = text.from.name.clone();
        attachments.extend(self.pictures_along(&text).await?);
        self.all_there(&attachments).await?;
        let cited = self.cited(&text, &attachments).await?;
        let signature = self.settings().await?.signature;
        let (kind, html, files) = (text.kind, text.html, attachments);
        let body = tokio::task::spawn_blocking(move || body(kind, &html, &files, cited.as_ref(), &signature))
            .await
            .map_err(internal)??;
        let (in_reply_to, references) = self.named_by(ticket, &text.quote).await?;
        Ok(Outgoing {
            kind: OutgoingKind::Reply,
            message_id: message_id(&from, now)?,
            at_ms: now,
            from,
            to: people.to,
            cc: people.cc,
            bcc: people.bcc,
            subject: model::text::one_line(&text.subject),
            in_reply_to,
            references,
            text: body.text,
            html: Some(body.html),
            attachments: body.attachments,
        })
    }

    /// The pictures inside the text that is forwarded, those that are here.
    async fn pictures_along(&self, text: &DraftText) -> Result<Vec<OutgoingAttachment>, Problem> {
        if text.kind != ReplyKind::Forward {
            return Ok(Vec::new());
        }
        let mut pictures = Vec::new();
        for picture in self.attachments_of(text.quote).await?.iter().filter(|one| is_picture_of_text(one)) {
            let Some(picture) = outgoing(picture) else { continue };
            if self.store.blobs().open(&picture.hash).await.is_ok() {
                pictures.push(picture);
            }
        }
        Ok(pictures)
    }

    /// Whether the content of every attachment is on this machine, and all are small enough together.
    async fn all_there(&self, attachments: &[OutgoingAttachment]) -> Result<(), Problem> {
        let mut together = 0u64;
        for attachment in attachments {
            together = together.saturating_add(u64::try_from(attachment.size).unwrap_or(0));
            if together > MOST_ATTACHED {
                return Err(too_large(&attachment.name, together));
            }
            let missing = |_| Problem::new(ProblemCode::AttachmentMissing).with("name", &attachment.name);
            self.store.blobs().open(&attachment.hash).await.map_err(missing)?;
        }
        Ok(())
    }

    async fn cited(
        &self,
        text: &DraftText,
        attachments: &[OutgoingAttachment],
    ) -> Result<Option<Cited>, Problem> {
        let Some(id) = text.quote else { return Ok(None) };
        let Some(message) = self.store.message(id).await.map_err(|e| e.problem())? else { return Ok(None) };
        let envelope = self.store.envelope(id).await.map_err(|e| e.problem())?;
        Ok(Some(Cited {
            html: self.store.html(id).await.map_err(|e| e.problem())?,
            chinese: message.lang == "zh",
            from: message.from,
            to: message.to,
            at: message.at_ms,
            subject: envelope.map(|envelope| envelope.subject).unwrap_or_default(),
            text: message.text,
            inline: attachments.iter().filter_map(|one| one.content_id.clone()).collect(),
        }))
    }

    /// What `In-Reply-To` and `References` say: of the mail that is quoted, else of the newest.
    async fn named_by(
        &self,
        ticket: TicketId,
        quote: &Option<model::MessageId>,
    ) -> Result<(Option<String>, Vec<String>), Problem> {
        let quoted = match quote {
            Some(id) => self.store.envelope(*id).await.map_err(|e| e.problem())?,
            None => None,
        };
        let named = match quoted {
            Some(quoted) => Some(quoted),
            None => {
                let mails = self.store.envelopes(ticket, 20).await.map_err(|e| e.problem())?;
                replying::answered(&mails).cloned()
            }
        };
        Ok(named.as_ref().map(replying::references).unwrap_or_default())
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
struct People {
    to: Vec<Address>,
    cc: Vec<Address>,
    bcc: Vec<Address>,
}

/// Whom it goes to, each once, every address looked at.
fn addressed(text: &DraftText) -> Result<People, Problem> {
    let mut seen = BTreeSet::new();
    let mut once = |list: &[Address]| -> Vec<Address> {
        let typed = list.iter().map(|one| Address::new(&one.name, &one.email));
        typed.filter(|one| !one.email.is_empty() && seen.insert(one.key())).collect()
    };
    let people = People { to: once(&text.to), cc: once(&text.cc), bcc: once(&text.bcc) };
    match seen.len() {
        0 => return Err(Problem::new(ProblemCode::NoRecipients)),
        count if count > MOST_RECIPIENTS => return Err(too_many(count)),
        _ => {}
    }
    let mut all = people.to.iter().chain(&people.cc).chain(&people.bcc);
    match all.find(|one| !replying::is_address(&one.email)) {
        Some(bad) => Err(Problem::new(ProblemCode::AddressInvalid).with("address", &bad.email)),
        None => Ok(people),
    }
}

#[derive(Debug)]
struct Body {
    html: String,
    text: String,
    attachments: Vec<OutgoingAttachment>,
}

/// What was written and what is quoted, with the files that go along.
fn body(
    kind: ReplyKind,
    html: &str,
    attachments: &[OutgoingAttachment],
    cited: Option<&Cited>,
    signature: &str,
) -> Result<Body, Problem> {
    if html.len() > LONGEST_REPLY {
        return Err(too_long(html.len()));
    }
    let inline: BTreeSet<String> = attachments.iter().filter_map(|one| one.content_id.clone()).collect();
    let said = written(html, &inline);
    let quote = match (kind, cited) {
        (_, None) => Quote::default(),
        (ReplyKind::Forward, Some(mail)) => quoting::forwarded(mail, &TimeZone::system()),
        (_, Some(mail)) => quoting::answered(mail, &TimeZone::system()),
    };
    let attachments = going_along(attachments, &said, &quote);
    let forwards = kind == ReplyKind::Forward && cited.is_some();
    if !forwards && attachments.is_empty() && says_nothing(&said, signature) {
        return Err(Problem::new(ProblemCode::NothingWritten));
    }
    let parts = [said.text.trim_end(), quote.text.as_str()];
    let text: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Ok(Body {
        html: format!(
            "<!DOCTYPE html><html><head><meta charset=\"utf-8\"></head><body>{}{}</body></html>",
            said.html, quote.html
        ),
        text: text.join("\n\n"),
        attachments,
    })
}

/// A signature alone is nothing said.
fn says_nothing(said: &Written, signature: &str) -> bool {
    said.is_empty() || said.text.trim() == written(&signed(signature), &BTreeSet::new()).text.trim()
}

/// Images that neither text shows stay here if they were put into ours, and go as files if they came with the mail that is forwarded.
fn going_along(attachments: &[OutgoingAttachment], said: &Written, quote: &Quote) -> Vec<OutgoingAttachment> {
    let shown = |id: &str| {
        let mut source = String::from("src=\"cid:");
        escape(id, &mut source);
        source.push('"');
        said.images.contains(id) || quote.html.contains(&source)
    };
    let going = |one: &OutgoingAttachment| match &one.content_id {
        Some(id) if shown(id) => Some(one.clone()),
        Some(id) if id.ends_with(OURS) => None,
        _ => Some(OutgoingAttachment { content_id: None, ..one.clone() }),
    };
    attachments.iter().filter_map(going).collect()
}

/// The key by which this mail is found again everywhere: never given twice, and telling nothing of this machine.
pub(crate) fn message_id(from: &Address, now: Millis) -> Result<String, Problem> {
    let mut bytes = [0; 10];
    getrandom::fill(&mut bytes).map_err(internal)?;
    let random: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let domain = from.email.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let url = ammonia::Url::parse(&format!("http://{domain}/")).ok();
    let host = url.as_ref().and_then(|url| url.host_str()).unwrap_or("localhost");
    Ok(format!("{:x}.{random}@{host}", now.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::BlobHash;

    fn text(to: &[&str]) -> DraftText {
        DraftText {
            kind: ReplyKind::Reply,
            from: Address::new("", "care@shop.test"),
            to: to.iter().map(|email| Address::new("", email)).collect(),
            cc: Vec::new(),
            bcc: Vec::new(),
            subject: String::new(),
            html: String::new(),
            quote: None,
        }
    }

    fn refused(to: &[&str]) -> ProblemCode {
        addressed(&text(to)).unwrap_err().code
    }

    #[test]
    fn recipients_are_looked_at_before_anything_is_queued() {
        assert_eq!(refused(&[]), ProblemCode::NoRecipients);
        assert_eq!(refused(&[" "]), ProblemCode::NoRecipients);
        assert_eq!(refused(&["lin@x.test", "lin"]), ProblemCode::AddressInvalid);
        assert_eq!(refused(&["lin@x.test\r\nBcc: y@x.test"]), ProblemCode::AddressInvalid);
        let many: Vec<String> = (0..10_000).map(|n| format!("c{n}@x.test")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(refused(&many), ProblemCode::TooManyRecipients);
        let mut both = text(&["lin@x.test", "LIN@x.test"]);
        both.cc = vec![Address::new("Lin", "lin@x.test")];
        let people = addressed(&both).unwrap();
        assert_eq!((people.to.len(), people.cc.len()), (1, 0), "each once");
    }

    fn file(name: &str, content_id: Option<&str>) -> OutgoingAttachment {
        OutgoingAttachment {
            name: name.to_owned(),
            media_type: "image/png".to_owned(),
            size: 3,
            content_id: content_id.map(str::to_owned),
            hash: BlobHash(name.to_owned()),
        }
    }

    fn cited(html: &str) -> Cited {
        Cited {
            from: Address::new("Lin", "lin@x.test"),
            to: Vec::new(),
            at: Millis(0),
            subject: "Kettle".to_owned(),
            text: "broken".to_owned(),
            html: Some(html.to_owned()),
            chinese: false,
            inline: vec!["theirs@x".to_owned(), "loose@x".to_owned()],
        }
    }

    #[test]
    fn an_image_that_nothing_shows_stays_here() {
        let files =
            [file("shown", Some("a@foredeck")), file("removed", Some("b@foredeck")), file("plain", None)];
        let body = body(ReplyKind::Reply, "<p>x<img src=\"cid:a@foredeck\"></p>", &files, None, "").unwrap();
        let names: Vec<_> =
            body.attachments.iter().map(|one| (one.name.as_str(), one.content_id.is_some())).collect();
        assert_eq!(names, [("shown", true), ("plain", false)]);
    }

    #[test]
    fn a_forward_loses_no_file_of_the_mail() {
        let files = [file("theirs", Some("theirs@x")), file("loose", Some("loose@x"))];
        let body = body(ReplyKind::Forward, "", &files, Some(&cited("<img src=cid:theirs@x>")), "").unwrap();
        let names: Vec<_> =
            body.attachments.iter().map(|one| (one.name.as_str(), one.content_id.is_some())).collect();
        assert_eq!(names, [("theirs", true), ("loose", false)]);
        assert!(body.text.starts_with("---------- Forwarded message"), "{}", body.text);
    }

    #[test]
    fn nothing_written_is_not_sent_and_a_signature_is_nothing() {
        let empty = |html: &str| {
            body(ReplyKind::Reply, html, &[], Some(&cited("x")), "Maya\nHarbour").err().map(|p| p.code)
        };
        assert_eq!(empty("<p></p>"), Some(ProblemCode::NothingWritten));
        assert_eq!(empty(&signed("Maya\nHarbour")), Some(ProblemCode::NothingWritten));
        assert_eq!(empty("<p>好</p>"), None);
        let file = [file("a", None)];
        assert!(body(ReplyKind::Reply, "", &file, None, "").is_ok(), "a file alone says something");
        let long = "x".repeat(LONGEST_REPLY + 1);
        assert_eq!(body(ReplyKind::Reply, &long, &[], None, "").unwrap_err().code, ProblemCode::TextTooLong);
    }

    #[test]
    fn what_is_quoted_stands_below_what_was_written_in_both_parts() {
        let body = body(ReplyKind::Reply, "<p>Sorry.</p>", &[], Some(&cited("<p>broken</p>")), "").unwrap();
        assert!(
            body.text.starts_with("Sorry.\n\nOn 1 Jan 1970") && body.text.ends_with("> broken"),
            "{}",
            body.text
        );
        let (ours, theirs) = (body.html.find("Sorry.").unwrap(), body.html.find("<blockquote").unwrap());
        assert!(ours < theirs && body.html.ends_with("</blockquote></body></html>"), "{}", body.html);
    }

    #[test]
    fn a_mail_is_named_after_the_domain_it_comes_from() {
        let id = |email: &str| message_id(&Address::new("", email), Millis(255)).unwrap();
        assert!(id("care@shop.test").starts_with("ff.") && id("care@shop.test").ends_with("@shop.test"));
        assert!(id("care@例子.test").ends_with("@xn--fsqu00a.test"));
        assert!(id("care").ends_with("@localhost"));
        assert_ne!(id("care@shop.test"), id("care@shop.test"));
    }
}
