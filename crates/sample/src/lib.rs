//! A sample workspace: the mailbox of Harbour Home 港湾家居, an invented shop, in Chinese and English, of any size.
//!
//! For first use, for tests and for benchmarks. The same configuration gives the same bytes, message for message: nothing depends on
//! what was read before, on the machine or on the clock; message `k` costs the same whether `k` is one or four million, and nothing is held in memory.
//! With [`SampleConfig::live`] mail goes on arriving while somebody looks; which and when follows from the seed, and only
//! how much of it has arrived from the clock.
//!
//! Nobody in it is real: every address lies under `.example`, every telephone number is masked or reserved for fiction. It never touches
//! a network, and what is answered goes nowhere (`courier`). All texts are this project's own.
//!
//! How it is made, from the outside in: `source` pages; `shop` knows which ticket has which messages, by arithmetic over hands of
//! fifty (`deck`) and a curve of busy hours (`schedule`); `plan` decides who writes when in a thread; `letter` writes it out, in the
//! words of `texts/` (`script`, `grammar`), by somebody (`people`, `agents`), about something (`goods`, `case`), with files; `mail` gives
//! the same messages as RFC 5322 bytes.

mod agents;
mod case;
mod courier;
mod deck;
mod files;
mod goods;
mod grammar;
mod html;
mod letter;
mod live;
mod mail;
#[rustfmt::skip]
mod names;
mod people;
mod plan;
mod quote;
mod rng;
mod schedule;
mod script;
mod shop;
mod source;
mod tags;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use model::{Millis, incoming::Incoming};
use serde::{Deserialize, Serialize};

pub use courier::SampleCourier;
pub use script::Lang;
pub use tags::Tagged;

/// Tells the time to what goes on living.
pub type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;

/// Everything a sample follows from. To be stored with the source, so that it is the same after a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleConfig {
    pub seed: u64,
    /// Tickets in the history.
    pub tickets: u32,
    /// Messages a ticket has on average, 1 to 8. The mean is exact over any fifty neighbouring tickets.
    pub messages_per_ticket: u32,
    /// The moment the history ends.
    pub now: Millis,
    /// Whether mail goes on arriving after `now`.
    pub live: bool,
}

impl SampleConfig {
    /// A shop to look at: `tickets` tickets of four messages, alive.
    pub fn new(tickets: u32, now: Millis) -> SampleConfig {
        SampleConfig { seed: 20_771, tickets, messages_per_ticket: 4, now, live: true }
    }
}

/// The sample as a source. See [`remote::Helpdesk`].
pub struct Sample {
    shop: shop::Shop,
    clock: Clock,
    connection: source::Connection,
}

impl Sample {
    pub fn new(config: SampleConfig, clock: Clock) -> Sample {
        Sample { shop: shop::Shop::new(config), clock, connection: source::Connection::default() }
    }

    /// The addresses the shop writes from.
    pub fn own_addresses() -> &'static [&'static str] {
        agents::OWN
    }

    /// How many messages the history has.
    pub fn messages(&self) -> u64 {
        self.shop.messages()
    }

    /// Message number `k` of the history; numbers rise from the newest ticket to the oldest, and within a ticket from its first message on.
    /// Attachments are described but not kept. `None` from [`Sample::messages`] on.
    pub fn message(&self, k: u64) -> Option<Incoming> {
        let letter = self.letter(k)?;
        let mut incoming = letter.incoming;
        let attachments = letter.files.into_iter().map(|file| {
            let size = file.content.bytes().len() as u64;
            source::attachment(file, None, size)
        });
        incoming.attachments = attachments.collect();
        Some(incoming)
    }

    /// Message number `k` as the bytes of a mail (RFC 5322), for seeding a real server: always the same, in the charsets and encodings that
    /// such mail has, attachments and all. Its time of arrival is [`Incoming::received_at`] of [`Sample::message`].
    pub fn raw(&self, k: u64) -> Option<Vec<u8>> {
        self.letter(k).map(|letter| mail::raw(&letter))
    }

    fn letter(&self, k: u64) -> Option<letter::Letter> {
        let (ticket, at) = self.shop.locate(k)?;
        let plan = self.shop.plan_of(ticket)?;
        letter::letters(self.shop.config.seed, &plan, 0).into_iter().nth(at)
    }

    /// The mail addresses of the customers the shop counts as VIPs, at most forty.
    pub fn vips(&self) -> impl Iterator<Item = String> {
        let config = &self.shop.config;
        let seed = config.seed;
        let each = people::vips(config.tickets);
        [Lang::Zh, Lang::En].into_iter().flat_map(move |lang| {
            (0..each).map(move |number| people::Customer::new(seed, lang, number).address.email)
        })
    }

    /// Tags of the newest `tickets` tickets and of the customers who write most, as a shop working in `lang` names them.
    pub fn tags(&self, lang: Lang, tickets: u32) -> impl Iterator<Item = (Tagged, &'static str)> {
        let seed = self.shop.config.seed;
        let each = people::customers(self.shop.config.tickets).min(60);
        let customers = [Lang::Zh, Lang::En].into_iter().flat_map(move |theirs| {
            (0..each).map(move |number| {
                let customer = people::Customer::new(seed, theirs, number);
                (Tagged::Customer(customer.address.email.clone()), tags::customer(customer.habit(60), lang))
            })
        });
        let matters = self.shop.plans(0, tickets).filter(|plan| plan.oneoff.is_none());
        let matters = matters.filter(|plan| plan.case.fact(70) % 4 != 0);
        customers.chain(matters.map(move |plan| {
            (Tagged::Ticket(format!("sample:{}", plan.first)), tags::family(plan.case.script.family, lang))
        }))
    }
}
