//! From commits and link states to what windows hear. Identifiers only; a burst of commits becomes one event.

use std::{collections::BTreeSet, time::Duration};

use model::Seq;
use store::{Committed, Touched};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, timeout_at},
};

use crate::{CacheTag, Desk, DeskEvent};

/// How long commits are gathered before windows hear of them: long enough to fold a sync's burst, too short to notice.
const GATHER: Duration = Duration::from_millis(30);
/// The same for a history that is being read, dozens of commits a second: a window that asked anew for each would do nothing else.
const GATHER_HISTORY: Duration = Duration::from_millis(250);
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
            match gathered(&mut commits).await {
                Ok(event) => self.tell(event),
                Err(RecvError::Lagged(_)) => self.tell(DeskEvent::Lagged),
                Err(RecvError::Closed) => return,
            }
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

/// The next commits as one event. One that somebody waits to see ends the gathering soon.
async fn gathered(commits: &mut Receiver<Committed>) -> Result<DeskEvent, RecvError> {
    let (mut seq, mut stale) = (Seq(0), BTreeSet::new());
    let mut next = commits.recv().await?;
    let mut until = Instant::now() + GATHER_HISTORY;
    loop {
        seq = Seq(seq.0.max(next.seq.0));
        add_stale(&next.touched, &mut stale);
        if !next.history {
            until = until.min(Instant::now() + GATHER);
        }
        next = match timeout_at(until, commits.recv()).await {
            Ok(next) => next?,
            Err(_) => return Ok(changed(seq, stale)),
        };
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

    #[tokio::test]
    async fn what_comes_while_a_history_is_gathered_is_told_with_it() {
        let (send, mut commits) = tokio::sync::broadcast::channel(8);
        let commit = |seq: i64, history: bool| {
            let touched = Touched { lists: true, ..Touched::default() };
            send.send(Committed { seq: Seq(seq), touched, history }).unwrap();
        };
        let began = Instant::now();
        commit(1, true);
        commit(2, true);
        commit(3, false);
        let event = gathered(&mut commits).await.unwrap();
        assert!(matches!(event, DeskEvent::Changed { seq: Seq(3), .. }), "{event:?}");
        commit(4, true);
        let event = gathered(&mut commits).await.unwrap();
        assert!(matches!(event, DeskEvent::Changed { seq: Seq(4), .. }), "{event:?}");
        assert!(began.elapsed() >= GATHER + GATHER_HISTORY);
        for seq in 5..20 {
            commit(seq, true);
        }
        assert!(matches!(gathered(&mut commits).await, Err(RecvError::Lagged(_))));
    }

    #[test]
    fn a_change_of_very_many_tickets_names_none_of_them() {
        assert_eq!(told(500).len(), 501);
        assert_eq!(told(501), [CacheTag::Lists, CacheTag::Tickets]);
    }
}
