//! The automatic acknowledgement of a new ticket: off until somebody turns it on for a source.
//!
//! Whether a mail may be acknowledged is [`model::acknowledging`]'s to say; that nobody gets two in a day is the store's, and that one desk of
//! several sends it the source's. Here tickets are watched for, and the mail is worded. Missing one is no harm; sending one too many is.

use std::collections::BTreeSet;

use model::{
    Address, Millis, Problem, TicketId,
    acknowledging::{Arrival, silence},
    incoming::Place,
    outgoing::{Outgoing, OutgoingKind, Seen},
    replying::{self, Envelope},
};
use store::{NewOutgoing, SourceRow};
use tokio::sync::broadcast::error::RecvError;

use crate::{
    Desk,
    composing::{addresses_of, message_id},
    dto::Settings,
    outbox::no_way_out,
    sending::acknowledges_since,
};

/// Characters of the subject that is repeated.
const LONGEST_SUBJECT: usize = 200;

impl Desk {
    pub(crate) fn spawn_acknowledgements(&self) {
        let desk = self.clone();
        tokio::spawn(async move { desk.stop.clone().run_until_cancelled(desk.watch_arrivals()).await });
    }

    async fn watch_arrivals(&self) {
        let mut commits = self.store.commits();
        loop {
            let touched = match commits.recv().await {
                Ok(commit) => commit.touched.tickets,
                // Whoever wrote in that moment gets none.
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            };
            if let Err(problem) = self.acknowledge_new(touched).await {
                tracing::warn!(code = problem.code.as_str(), "New tickets could not be acknowledged.");
            }
        }
    }

    async fn acknowledge_new(&self, touched: BTreeSet<TicketId>) -> Result<(), Problem> {
        if touched.is_empty() {
            return Ok(());
        }
        let sources = self.store.sources().await.map_err(|e| e.problem())?;
        let on: Vec<(SourceRow, Millis)> = sources
            .into_iter()
            .filter(|source| no_way_out(source).is_none())
            .filter_map(|source| acknowledges_since(&source.config).map(|since| (source, since)))
            .collect();
        if on.is_empty() {
            return Ok(());
        }
        let own = self.own_addresses().await?;
        for ticket in touched {
            self.acknowledge_ticket(ticket, &on, &own).await?;
        }
        Ok(())
    }

    async fn acknowledge_ticket(
        &self,
        ticket: TicketId,
        on: &[(SourceRow, Millis)],
        own: &BTreeSet<String>,
    ) -> Result<(), Problem> {
        let Some(found) = self.store.ticket(ticket).await.map_err(|e| e.problem())? else { return Ok(()) };
        let Some((source, since)) = on.iter().find(|(source, _)| source.id == found.row.source) else {
            return Ok(());
        };
        let mails = self.store.envelopes(ticket, 2).await.map_err(|e| e.problem())?;
        let [mail] = mails.as_slice() else { return Ok(()) };
        let now = self.now();
        if !may_be_acknowledged(mail, source, *since, own, now) {
            return Ok(());
        }
        let place = self.store.place_of_message(mail.id).await.map_err(|e| e.problem())?;
        // Nobody else reads a sample: there is nothing to mark there.
        let nowhere = || Place { folder: String::new(), uid_validity: 0, uid: 0 };
        let place = place.or_else(|| (source.kind == "sample").then(nowhere));
        if place.is_none() {
            return Ok(());
        }
        let choices = self.sender_choices(source).await?;
        let subject = found.row.subject.as_str();
        let token = &found.row.token;
        let wording = Wording { settings: self.settings().await?, chinese: found.row.lang == "zh" };
        let outgoing = Outgoing {
            subject: replying::with_token(&wording.subject(subject), token),
            text: wording.text(subject, &token.0),
            ..bare(mail, replying::sender(&mails, &choices), now)?
        };
        let new = NewOutgoing {
            ticket,
            source: source.id,
            outgoing,
            seen: Seen::default(),
            who: String::new(),
            hold_until: None,
            then: None,
            claim: place,
        };
        let queued = self.store.queue(new, now).await.map_err(|e| e.problem())?;
        tracing::info!(ticket = ticket.0, queued = queued.is_some(), "A new ticket may be acknowledged.");
        Ok(())
    }
}

fn may_be_acknowledged(
    mail: &Envelope,
    source: &SourceRow,
    since: Millis,
    own: &BTreeSet<String>,
    now: Millis,
) -> bool {
    let mailbox = addresses_of(source).iter().map(|email| email.to_lowercase()).collect();
    let arrival = Arrival {
        begins: mail.direction == model::Direction::Inbound,
        automatic: mail.automatic,
        from: &mail.from,
        to: &mail.to,
        cc: &mail.cc,
        received_at: mail.at,
        since,
        own,
        mailbox: &mailbox,
    };
    silence(&arrival, now).is_none()
}

/// An acknowledgement of `mail` without its words.
fn bare(mail: &Envelope, from: Address, now: Millis) -> Result<Outgoing, Problem> {
    let (in_reply_to, references) = replying::references(mail);
    Ok(Outgoing {
        kind: OutgoingKind::Acknowledgement,
        message_id: message_id(&from, now)?,
        at_ms: now,
        from,
        to: vec![mail.from.clone()],
        cc: Vec::new(),
        bcc: Vec::new(),
        subject: String::new(),
        in_reply_to,
        references,
        text: String::new(),
        html: None,
        attachments: Vec::new(),
    })
}

struct Wording {
    settings: Settings,
    chinese: bool,
}

const CHINESE: &str = "您好！\n\n您的邮件“{subject}”我们已经收到，编号是 {ticket}，会尽快给您答复。\n\n\
    这是一封自动发出的确认邮件。如需补充，直接回复即可。";
const ENGLISH: &str = "Hello,\n\nThank you for writing. Your message “{subject}” has reached us as {ticket}, and we will answer \
    as soon as we can.\n\nThis confirmation was sent automatically. To add anything, simply reply to it.";

impl Wording {
    /// Begins in the words by which mail programs know an automatic answer.
    fn subject(&self, subject: &str) -> String {
        let subject = model::text::snippet(subject, LONGEST_SUBJECT);
        if self.chinese { format!("自动回复：{subject}") } else { format!("Automatic reply: {subject}") }
    }

    fn text(&self, subject: &str, ticket: &str) -> String {
        let (own, built_in) = match self.chinese {
            true => (&self.settings.acknowledgement_zh, CHINESE),
            false => (&self.settings.acknowledgement_en, ENGLISH),
        };
        let wording = if own.trim().is_empty() { built_in } else { own.as_str() };
        filled(wording, &model::text::snippet(subject, LONGEST_SUBJECT), ticket)
    }
}

/// Fills both marks in one pass, so that a subject which holds a mark stays as it was written.
fn filled(wording: &str, subject: &str, ticket: &str) -> String {
    let (mut text, mut rest) = (String::new(), wording);
    while let Some(at) = rest.find('{') {
        let (before, mark) = rest.split_at(at);
        text.push_str(before);
        let known = [("{subject}", subject), ("{ticket}", ticket)];
        match known.iter().find_map(|(name, value)| Some((mark.strip_prefix(name)?, value))) {
            Some((after, value)) => {
                text.push_str(value);
                rest = after;
            }
            None => {
                text.push('{');
                rest = mark.strip_prefix('{').unwrap_or_default();
            }
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wording(chinese: bool) -> Wording {
        Wording { settings: Settings::default(), chinese }
    }

    #[test]
    fn the_words_are_those_of_the_settings_or_our_own_in_the_mails_language() {
        let text = wording(true).text("茶具碎了", "FD-7K3M9QXA");
        assert!(text.contains("“茶具碎了”") && text.contains("FD-7K3M9QXA"), "{text}");
        assert!(
            wording(false).text("Kettle", "FD-7K3M9QXA").contains("“Kettle” has reached us as FD-7K3M9QXA")
        );
        let mut own = wording(false);
        own.settings.acknowledgement_en = "Got {subject} ({ticket}) {other} {".to_owned();
        assert_eq!(own.text("a {ticket} {subject}", "FD-1"), "Got a {ticket} {subject} (FD-1) {other} {");
        assert_eq!(own.subject("Kettle"), "Automatic reply: Kettle");
    }
}
