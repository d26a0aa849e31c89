//! From commits and link states to what windows hear. Identifiers only; a burst of commits becomes one event.

use std::{collections::BTreeSet, time::Duration};

use model::Seq;
use store::{Committed, Touched};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::{CacheTag, Desk, DeskEvent};

/// How long commits are gathered before windows hear of them: long enough to fold a sync's burst, too short to notice.
const GATHER: Duration = Duration::from_millis(30);
/// More tickets or customers than this in one event, and they are all told as one: a window shows one at a time.
const MANY: usize = 500;

impl Desk {
    pub(crate) fn spawn_pump(&self) {
        let (desk, commits) = (self.clone(), self.store.commits());
        tokio::spawn(async move { desk.stop.clone().run_until_cancelled(desk.pump_commits(commits)).await });
        let (desk, links) = (self.clone(), self.links.changes());
        tokio::spawn(async move { desk.stop.clone().run_until_cancelled(desk.pump_links(links)).await });
    }

    async fn pump_commits(&self, mut commits: Receiver<Committed>) {
        loop {
            let first = match commits.recv().await {
                Ok(first) => first,
                Err(RecvError::Lagged(_)) => {
                    self.tell(DeskEvent::Lagged);
                    continue;
                }
                Err(RecvError::Closed) => return,
            };
            tokio::time::sleep(GATHER).await;
            let (mut seq, mut stale) = (first.seq, BTreeSet::new());
            add_stale(&first.touched, &mut stale);
            while let Ok(next) = commits.try_recv() {
                seq = Seq(seq.0.max(next.seq.0));
                add_stale(&next.touched, &mut stale);
            }
            self.tell(changed(seq, stale));
        }
    }

    async fn pump_links(&self, mut links: Receiver<model::LinkState>) {
        loop {
            match links.recv().await {
                Ok(link) => self.tell(DeskEvent::Link { link }),
                Err(RecvError::Lagged(_)) => self.tell(DeskEvent::Lagged),
                Err(RecvError::Closed) => return,
            }
        }
    }
}

fn changed(seq: Seq, mut stale: BTreeSet<CacheTag>) -> DeskEvent {
    fold(&mut stale, CacheTag::Tickets, |tag| matches!(tag, CacheTag::Ticket { .. }));
    fold(&mut stale, CacheTag::Customers, |tag| matches!(tag, CacheTag::Customer { .. }));
    DeskEvent::Changed { seq, stale: stale.into_iter().collect() }
}

/// Puts `all` in the place of very many of a kind.
fn fold(stale: &mut BTreeSet<CacheTag>, all: CacheTag, is_one: impl Fn(&CacheTag) -> bool) {
    if stale.iter().filter(|tag| is_one(tag)).count() > MANY {
        stale.retain(|tag| !is_one(tag));
        stale.insert(all);
    }
}

/// The cache tags of what a commit touched.
fn add_stale(touched: &Touched, stale: &mut BTreeSet<CacheTag>) {
    let flags = [
        (touched.views, CacheTag::Views),
        (touched.lists || !touched.tickets.is_empty(), CacheTag::Lists),
        (touched.tags, CacheTag::Tags),
        (touched.sources, CacheTag::Sources),
        (touched.settings, CacheTag::Settings),
        (touched.escalations, CacheTag::Alerts),
        (touched.outbox, CacheTag::Outbox),
    ];
    stale.extend(flags.into_iter().filter_map(|(is_stale, tag)| is_stale.then_some(tag)));
    stale.extend(touched.tickets.iter().map(|ticket| CacheTag::Ticket { ticket: *ticket }));
    stale.extend(touched.customers.iter().map(|customer| CacheTag::Customer { customer: *customer }));
}

#[cfg(test)]
mod tests {
    use model::TicketId;

    use super::*;

    fn told(tickets: i64) -> Vec<CacheTag> {
        let mut stale = BTreeSet::from([CacheTag::Lists]);
        stale.extend((0..tickets).map(|ticket| CacheTag::Ticket { ticket: TicketId(ticket) }));
        match changed(Seq(1), stale) {
            DeskEvent::Changed { stale, .. } => stale,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_change_of_very_many_tickets_names_none_of_them() {
        assert_eq!(told(500).len(), 501);
        assert_eq!(told(501), [CacheTag::Lists, CacheTag::Tickets]);
    }
}
