//! A desk's surroundings in memory: secrets, a notifier that remembers what it was told, connectors that hand out given helpdesks and couriers, a clock set by hand.
#![allow(clippy::unwrap_used, reason = "what fails here has failed its test already")]

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use app::{Clock, Connector, Notice, Notifier, Secrets, SourceSpec, Surroundings, dto::MailboxChecked};
use async_trait::async_trait;
use model::{Millis, Problem, ProblemCode, TicketId};
use remote::{Courier, Helpdesk};
use zeroize::Zeroizing;

/// A clock that stands still until it is moved.
#[derive(Clone)]
pub struct HandClock(Arc<AtomicI64>);

impl HandClock {
    pub fn at(now: Millis) -> HandClock {
        HandClock(Arc::new(AtomicI64::new(now.0)))
    }

    pub fn forward(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }

    pub fn now(&self) -> Millis {
        Millis(self.0.load(Ordering::SeqCst))
    }

    pub fn clock(&self) -> Clock {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}

#[derive(Default)]
pub struct MemorySecrets(Mutex<BTreeMap<String, String>>);

impl Secrets for MemorySecrets {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<String>>, Problem> {
        Ok(self.0.lock().unwrap().get(name).cloned().map(Zeroizing::new))
    }

    fn set(&self, name: &str, secret: &str) -> Result<(), Problem> {
        self.0.lock().unwrap().insert(name.to_owned(), secret.to_owned());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), Problem> {
        self.0.lock().unwrap().remove(name);
        Ok(())
    }
}

/// Remembers what was shown and taken back, and says when something is.
#[derive(Default)]
pub struct HeardNotices {
    pub shown: Mutex<Vec<Notice>>,
    pub withdrawn: Mutex<Vec<TicketId>>,
    pub heard: tokio::sync::Notify,
}

impl Notifier for HeardNotices {
    fn trouble(&self) -> Option<Problem> {
        None
    }

    fn show(&self, notice: Notice) -> Result<(), Problem> {
        self.shown.lock().unwrap().push(notice);
        self.heard.notify_one();
        Ok(())
    }

    fn withdraw(&self, ticket: TicketId) {
        self.withdrawn.lock().unwrap().push(ticket);
    }
}

/// Hands out helpdesks by the kind of source; every mailbox answers a check.
#[derive(Default)]
pub struct GivenHelpdesks(pub BTreeMap<String, Arc<dyn Helpdesk>>);

#[async_trait]
impl Connector for GivenHelpdesks {
    fn connect(&self, spec: &SourceSpec) -> Result<Arc<dyn Helpdesk>, Problem> {
        self.0.get(&spec.kind).cloned().ok_or_else(|| Problem::new(ProblemCode::NotFound))
    }

    async fn check(&self, _spec: &SourceSpec) -> Result<MailboxChecked, Problem> {
        Ok(MailboxChecked { folders: 1, messages: 0, pushes: true })
    }
}

/// One source's helpdesk and its way out, whatever kind of source asks; every mailbox answers a check.
pub struct GivenSource {
    pub helpdesk: Arc<dyn Helpdesk>,
    pub courier: Arc<dyn Courier>,
    /// What trying the server for outgoing mail answers.
    pub sending: Mutex<Result<(), Problem>>,
}

impl GivenSource {
    pub fn new(helpdesk: Arc<dyn Helpdesk>, courier: Arc<dyn Courier>) -> GivenSource {
        GivenSource { helpdesk, courier, sending: Mutex::new(Ok(())) }
    }
}

#[async_trait]
impl Connector for GivenSource {
    fn connect(&self, _spec: &SourceSpec) -> Result<Arc<dyn Helpdesk>, Problem> {
        Ok(self.helpdesk.clone())
    }

    async fn check(&self, _spec: &SourceSpec) -> Result<MailboxChecked, Problem> {
        Ok(MailboxChecked { folders: 1, messages: 0, pushes: true })
    }

    fn courier(&self, spec: &SourceSpec) -> Result<Option<Arc<dyn Courier>>, Problem> {
        let set = spec.kind != "mailbox" || spec.config.get("smtp").is_some_and(|smtp| !smtp.is_null());
        Ok(set.then(|| self.courier.clone()))
    }

    async fn check_sending(&self, _spec: &SourceSpec) -> Result<(), Problem> {
        self.sending.lock().unwrap().clone()
    }
}

/// Surroundings that touch nothing outside `folder`.
pub fn surroundings(
    folder: &Path,
    clock: &HandClock,
    connector: impl Connector + 'static,
) -> (Surroundings, Arc<HeardNotices>) {
    let heard = Arc::new(HeardNotices::default());
    let around = Surroundings {
        secrets: Arc::new(MemorySecrets::default()),
        notifier: heard.clone(),
        connector: Arc::new(connector),
        clock: clock.clock(),
        downloads: folder.join("downloads"),
    };
    (around, heard)
}
