//! A helpdesk that hands over the pages it was given, in order, then those of its history, and is pushed by the test. Its cursor is how many
//! pages of each were handed over. It can be held in the middle of a pull.
#![allow(clippy::unwrap_used, reason = "what fails here has failed its test already")]

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use model::{
    Address, Direction, Millis,
    incoming::{Body, Change, Cursor, Flags, Incoming},
};
use remote::{BlobSink, Capabilities, Filling, Helpdesk, Page, RemoteError, Wake};
use tokio::sync::{Notify, Semaphore};

pub struct PagedHelpdesk {
    pages: Mutex<Vec<Vec<Change>>>,
    history: Vec<Vec<Change>>,
    /// Faults answered before the next page.
    faults: Mutex<Vec<RemoteError>>,
    /// The next pull panics.
    panics: AtomicBool,
    pushed: Notify,
    /// A permit for each pull while it is held.
    gate: Semaphore,
    pulling: Notify,
    pulls: AtomicUsize,
    /// Those of them that asked from the beginning.
    beginnings: AtomicUsize,
}

/// Permits of a gate that stands open.
const OPEN: usize = 1 << 20;

impl Default for PagedHelpdesk {
    fn default() -> PagedHelpdesk {
        PagedHelpdesk {
            pages: Mutex::default(),
            history: Vec::new(),
            faults: Mutex::default(),
            panics: AtomicBool::new(false),
            pushed: Notify::new(),
            gate: Semaphore::new(OPEN),
            pulling: Notify::new(),
            pulls: AtomicUsize::new(0),
            beginnings: AtomicUsize::new(0),
        }
    }
}

impl PagedHelpdesk {
    pub fn with(pages: Vec<Vec<Change>>) -> PagedHelpdesk {
        PagedHelpdesk { pages: Mutex::new(pages), ..PagedHelpdesk::default() }
    }

    /// Has old pages as well, handed over one by one after all that is new.
    #[must_use]
    pub fn with_history(mut self, history: Vec<Vec<Change>>) -> PagedHelpdesk {
        self.history = history;
        self
    }

    /// Adds a page and tells nobody.
    pub fn lay(&self, page: Vec<Change>) {
        self.pages.lock().unwrap().push(page);
    }

    /// From now on a pull looks at what is there and then stops, until [`PagedHelpdesk::let_through`].
    pub fn hold(&self) {
        self.gate.forget_permits(OPEN);
    }

    /// Lets this many pulls through.
    pub fn let_through(&self, pulls: usize) {
        self.gate.add_permits(pulls);
    }

    /// Waits for the beginning of a pull.
    pub async fn pulling(&self) {
        self.pulling.notified().await;
    }

    /// How many pulls asked for the first page.
    pub fn beginnings(&self) -> usize {
        self.beginnings.load(Ordering::SeqCst)
    }

    /// How many pulls have begun.
    pub fn pulls(&self) -> usize {
        self.pulls.load(Ordering::SeqCst)
    }

    /// The next pull panics.
    pub fn panic(&self) {
        self.panics.store(true, Ordering::SeqCst);
        self.pushed.notify_one();
    }

    /// Adds a page and tells whoever waits.
    pub fn push(&self, page: Vec<Change>) {
        self.pages.lock().unwrap().push(page);
        self.pushed.notify_one();
    }

    /// Takes back every fault that has not been answered yet.
    pub fn heal(&self) {
        self.faults.lock().unwrap().clear();
    }

    /// The next pull answers this instead.
    pub fn fail(&self, fault: RemoteError) {
        self.faults.lock().unwrap().push(fault);
        self.pushed.notify_one();
    }
}

#[async_trait]
impl Helpdesk for PagedHelpdesk {
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn pushes(&self) -> bool {
        true
    }

    async fn pull(&self, cursor: Option<&Cursor>, _blobs: &dyn BlobSink) -> Result<Page, RemoteError> {
        self.pulls.fetch_add(1, Ordering::SeqCst);
        self.beginnings.fetch_add(usize::from(cursor.is_none()), Ordering::SeqCst);
        assert!(!self.panics.swap(false, Ordering::SeqCst), "the test asked for a panic");
        let fault = self.faults.lock().unwrap().pop();
        let page = fault.map_or_else(|| Ok(self.page(cursor)), Err);
        self.pulling.notify_one();
        self.gate.acquire().await.unwrap().forget();
        page
    }

    async fn wait(&self, patience: Duration) -> Result<Wake, RemoteError> {
        tokio::select! {
            () = self.pushed.notified() => Ok(Wake::Pushed),
            () = tokio::time::sleep(patience) => Ok(Wake::Elapsed),
        }
    }

    async fn disconnect(&self) {}
}

impl PagedHelpdesk {
    fn page(&self, cursor: Option<&Cursor>) -> Page {
        let (new, old) = cursor.and_then(|cursor| cursor.0.split_once('+')).unwrap_or(("0", "0"));
        let (new, old): (usize, usize) = (new.parse().unwrap(), old.parse().unwrap());
        let pages = self.pages.lock().unwrap();
        let (changes, new, old) = match pages.get(new) {
            Some(page) => (page.clone(), new + 1, old),
            None => {
                (self.history.get(old).cloned().unwrap_or_default(), new, (old + 1).min(self.history.len()))
            }
        };
        let fresh = new >= pages.len();
        let total = self.history.len();
        let count = |pages: usize| u32::try_from(pages).unwrap();
        let filling = (old < total).then(|| Filling { done: count(old), total: count(total) });
        let more = !fresh || filling.is_some();
        Page { changes, cursor: Cursor(format!("{new}+{old}")), more, filling, fresh }
    }
}

/// A plain mail from a customer to `care@shop.test`.
pub fn mail(id: &str, from: &str, subject: &str, text: &str, at: Millis) -> Change {
    Change::Message(Box::new(Incoming {
        identity: id.to_owned(),
        place: None,
        message_id: Some(format!("{id}@customer.test")),
        in_reply_to: Vec::new(),
        references: Vec::new(),
        subject: subject.to_owned(),
        from: Some(Address::new("", from)),
        reply_to: Vec::new(),
        to: vec![Address::new("Care", "care@shop.test")],
        cc: Vec::new(),
        bcc: Vec::new(),
        sent_at: Some(at),
        received_at: at,
        direction: Direction::Inbound,
        automatic: None,
        calendar: None,
        body: Body { text: text.to_owned(), html: None },
        attachments: Vec::new(),
        flags: Flags::default(),
        defects: Vec::new(),
    }))
}
