//! A mail joins its ticket: what a list shows is moved on, whatever the order in which the mails come.

use model::{Address, CustomerId, Direction, MessageId, Millis, TicketId, Tier};
use sqlx::Row as _;

use super::{
    Intake,
    prepare::{self, Prepared},
    rows::ContactRow,
};
use crate::{
    error::Result,
    names,
    work::{CustomerRec, Held, TicketRec, Work},
};

impl Intake {
    /// Moves the ticket on by one mail.
    pub(super) async fn join(
        &mut self,
        ticket: TicketId,
        id: MessageId,
        unread: bool,
        mail: &Prepared<'_>,
    ) -> Result<()> {
        let begins = self.work.ticket(ticket)?.first_message.is_none_or(|first| id < first);
        let known = begins || mail.takes_turn();
        let peer = if known { Some(self.customer(&mail.peer, mail).await?) } else { None };
        let email = peer.and_then(|id| self.work.customers.get(&id)).map(|held| held.now.email.clone());
        let row = self.work.ticket(ticket)?;
        row.messages += 1;
        row.unread += u32::from(unread);
        row.has_attachment |= mail.has_attachment;
        if let (true, Some(requester)) = (begins, peer) {
            begin_with(row, id, requester, mail);
            row.requester_email = email.unwrap_or_default();
        }
        if row.last_message.is_none_or(|last| id > last) {
            end_with(row, id, mail);
        }
        if take_turn(row, id, mail) {
            self.recount.insert(ticket);
        }
        Ok(())
    }

    /// The customer of an address, made if new, kept up to date with what the mail says of them.
    pub(super) async fn customer(&mut self, peer: &Address, mail: &Prepared<'_>) -> Result<CustomerId> {
        let key = peer.key();
        let id = match self.lookup.customers.get(&key) {
            Some(id) => *id,
            None => self.begin_customer(peer, mail).await?,
        };
        let other = mail.incoming.reply_to.iter().find(|address| mail.inbound() && address.key() != key);
        if let Some(other) = other {
            self.pending.contacts.push(ContactRow::named(id, other));
        }
        let customer = self.work.customer(id)?;
        customer.first_seen_at_ms = customer.first_seen_at_ms.min(mail.at());
        if mail.inbound() && mail.at() >= customer.last_seen_at_ms {
            mail.lang.clone_into(&mut customer.lang);
        }
        customer.last_seen_at_ms = customer.last_seen_at_ms.max(mail.at());
        let better = (mail.at(), &peer.name) > (customer.name_at_ms, &customer.name);
        if !peer.name.is_empty() && (better || customer.name.is_empty()) {
            customer.name_at_ms = mail.at();
            customer.name.clone_from(&peer.name);
            customer.sort_key = names::sort_key(customer.shown_name());
        }
        Ok(id)
    }

    async fn begin_customer(&mut self, peer: &Address, mail: &Prepared<'_>) -> Result<CustomerId> {
        let id = self.work.new_customer_id().await?;
        let customer = CustomerRec {
            id,
            name: String::new(),
            name_at_ms: Millis(0),
            sort_key: names::sort_key(&peer.email),
            email: peer.email.clone(),
            tier: Tier::Standard,
            lang: mail.lang.to_owned(),
            first_seen_at_ms: mail.at(),
            last_seen_at_ms: mail.at(),
            tickets: 0,
            open_tickets: 0,
        };
        self.work.customers.insert(id, Held { before: None, now: customer });
        self.lookup.customers.insert(peer.key(), id);
        self.pending.contacts.push(ContactRow::wrote(id, peer));
        self.pending.new_addresses.push((peer.key(), id));
        Ok(id)
    }
}

impl Work {
    /// Reads from the stored messages since when, and with which urgent word, the customer has been waiting.
    pub(crate) async fn read_wait_anew(&mut self, ticket: TicketId) -> Result<()> {
        let rules = self.rules.clone();
        let answered = self.ticket(ticket)?.answered.map_or(-1, |id| id.0);
        let sql = "SELECT m.at_ms, m.subject, b.text FROM message m JOIN body b ON b.message = m.id \
            WHERE m.ticket = ? AND m.id > ? AND m.direction = 'inbound' AND m.automatic IS NULL ORDER BY m.id";
        let rows = sqlx::query(sql).bind(ticket.0).bind(answered).fetch_all(self.connection()).await?;
        let row = self.ticket(ticket)?;
        (row.waiting_since_ms, row.word, row.word_at_ms) = (None, None, None);
        for asked in rows {
            let at = Millis(asked.try_get("at_ms")?);
            row.waiting_since_ms = row.waiting_since_ms.or(Some(at));
            let said = prepare::new_text(asked.try_get("text")?);
            if let (None, Some(word)) =
                (&row.word, prepare::urgent_word(asked.try_get("subject")?, &said, &rules))
            {
                (row.word, row.word_at_ms) = (Some(word), Some(at));
            }
        }
        Ok(())
    }
}

/// The oldest mail gives a ticket its subject, its token and its requester.
fn begin_with(ticket: &mut TicketRec, id: MessageId, requester: CustomerId, mail: &Prepared<'_>) {
    ticket.first_message = Some(id);
    ticket.created_at_ms = mail.at();
    ticket.requester = requester;
    ticket.token = mail.token.clone();
    ticket.subject = names::shown_subject(&mail.subject);
    ticket.orphan = mail.is_orphan();
    ticket.thread_key = mail.thread_key;
}

/// The newest gives it its snippet and its place in the lists.
fn end_with(ticket: &mut TicketRec, id: MessageId, mail: &Prepared<'_>) {
    ticket.last_message = Some(id);
    ticket.last_message_at_ms = mail.at();
    ticket.snippet.clone_from(&mail.snippet);
    mail.lang.clone_into(&mut ticket.lang);
}

/// Whose turn it is now. Answers whether the wait must be read anew from the messages.
fn take_turn(ticket: &mut TicketRec, id: MessageId, mail: &Prepared<'_>) -> bool {
    if !mail.takes_turn() {
        return false;
    }
    let asks = mail.incoming.direction == Direction::Inbound;
    if asks {
        ticket.asked = ticket.asked.max(Some(id));
    }
    if !asks || mail.incoming.flags.answered {
        return answered_by(ticket, id);
    }
    if ticket.answered.is_none_or(|answered| id > answered) {
        ticket.waiting_since_ms =
            Some(ticket.waiting_since_ms.map_or(mail.at(), |since| since.min(mail.at())));
        let earlier = ticket.word_at_ms.is_none_or(|at| mail.at() < at);
        if let (true, Some(word)) = (earlier, &mail.word) {
            (ticket.word, ticket.word_at_ms) = (Some(word.clone()), Some(mail.at()));
        }
    }
    false
}

/// The team has answered everything up to that message. Answers whether the wait must be read anew.
pub(super) fn answered_by(ticket: &mut TicketRec, id: MessageId) -> bool {
    if ticket.answered >= Some(id) {
        return false;
    }
    ticket.answered = Some(id);
    if ticket.asked > ticket.answered {
        return ticket.waiting_since_ms.is_some();
    }
    (ticket.waiting_since_ms, ticket.word, ticket.word_at_ms) = (None, None, None);
    false
}
