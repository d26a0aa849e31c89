//! What counts: the mails that lie in the customer's mailbox, held against what the desk says of its replies.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Direction, Millis, OutboxId,
    incoming::{Flags, Incoming},
    outgoing::{OutboxEntry, OutboxState},
};
use remote::mail::{Context, read};
use store::Store;
use testkit::{blobs::CountingBlobs, dovecot::Dovecot};

/// A reply as its desk sees it.
#[derive(Debug)]
pub struct Row {
    pub entry: OutboxEntry,
    /// How many mails on its ticket are this reply.
    pub on_ticket: usize,
}

/// How many replies stand where, once nothing moves any more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The customer has it, once, and the desk says so.
    pub once: usize,
    /// The desk asks a person, since nobody knows whether the customer has it; they have it at most once.
    pub unknown: usize,
    /// The customer does not have it, and a person must act.
    pub held_up: usize,
    /// The customer does not have it, and it will go.
    pub waiting: usize,
}

/// Holds the mails in the customer's mailbox against the outboxes of all desks that write to them. Every question may be answered once; every
/// reply is with the customer once, or it stands where its state says; what was sent stands on its ticket, once. The words of a broken rule
/// otherwise.
pub fn verdict(customer: &[Incoming], outbox: &[Row]) -> Result<Verdict, String> {
    every_question_is_answered_at_most_once(customer)?;
    let mut verdict = Verdict::default();
    for row in outbox {
        let id = row.entry.outgoing.message_id.as_str();
        let arrived: Vec<&Incoming> =
            customer.iter().filter(|mail| mail.message_id.as_deref() == Some(id)).collect();
        if let Some(cut) = arrived.iter().find(|mail| !mail.body.text.contains(&end_of(id))) {
            return Err(format!("{id} arrived without its end: {:?}", cut.body.text));
        }
        count(row, arrived.len(), &mut verdict)?;
    }
    let known: BTreeSet<&str> = outbox.iter().map(|row| row.entry.outgoing.message_id.as_str()).collect();
    let stranger =
        customer.iter().find(|mail| !known.contains(mail.message_id.as_deref().unwrap_or_default()));
    stranger.map_or(Ok(verdict), |mail| Err(format!("nobody knows of having sent {:?}", mail.message_id)))
}

fn every_question_is_answered_at_most_once(customer: &[Incoming]) -> Result<(), String> {
    let mut answers: BTreeMap<&String, usize> = BTreeMap::new();
    for question in customer.iter().flat_map(|mail| mail.in_reply_to.first()) {
        *answers.entry(question).or_default() += 1;
    }
    let twice = answers.into_iter().find(|(_, answers)| *answers > 1);
    twice.map_or(Ok(()), |(question, answers)| {
        Err(format!("the customer has {answers} answers to {question}"))
    })
}

fn count(row: &Row, arrived: usize, verdict: &mut Verdict) -> Result<(), String> {
    let state = row.entry.state;
    let told = format!("{} is {state:?} and arrived {arrived} times", row.entry.outgoing.message_id);
    let place = match (state, arrived) {
        (OutboxState::Sent, 1) => &mut verdict.once,
        (OutboxState::Unknown, 0 | 1) => &mut verdict.unknown,
        (OutboxState::Review | OutboxState::Stopped | OutboxState::Held, 0) => &mut verdict.held_up,
        (OutboxState::Waiting, 0) => &mut verdict.waiting,
        _ => return Err(told),
    };
    *place += 1;
    let expected = usize::from(state == OutboxState::Sent);
    if row.on_ticket != expected {
        return Err(format!("{told}, and stands on its ticket {} times", row.on_ticket));
    }
    Ok(())
}

/// The last line of every reply in these tests: by it a mail that was cut short is told from a whole one.
pub fn end_of(message_id: &str) -> String {
    format!("This is the end of {message_id}.")
}

/// Everything in the inbox of `user`, as a mail program would read it.
pub async fn mailbox(dovecot: &Dovecot, user: &str) -> Vec<Incoming> {
    let ask = ["-f", "json", "fetch", "-u", user, "text", "mailbox", "INBOX", "all"];
    let fetched = dovecot.doveadm(&ask).await.unwrap();
    let mails: Vec<BTreeMap<String, String>> = serde_json::from_str(&fetched).unwrap();
    let own = BTreeSet::new();
    let mut read_mails = Vec::new();
    for mail in mails {
        let context = Context {
            own: &own,
            received_at: None,
            now: Millis(0),
            identity: None,
            place: None,
            flags: Flags::default(),
        };
        read_mails.push(read(mail["text"].as_bytes(), &context, &CountingBlobs::default()).await.unwrap());
    }
    read_mails
}

/// What a desk says of these replies.
pub async fn rows(store: &Store, ids: &[OutboxId]) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for id in ids {
        let entry = store.outbox_entry(*id).await.unwrap().ok_or_else(|| format!("{id:?} is gone"))?;
        let (messages, _) = store.messages(entry.ticket, None, 100).await.unwrap();
        let end = end_of(&entry.outgoing.message_id);
        let ours =
            messages.iter().filter(|mail| mail.direction == Direction::Outbound && mail.text.contains(&end));
        rows.push(Row { on_ticket: ours.count(), entry });
    }
    Ok(rows)
}
