//! A helpdesk that hands over the pages it was given, in order, and is pushed by the test. Its cursor is the number of pages handed over.
#![allow(clippy::unwrap_used, reason = "what fails here has failed its test already")]

use std::{sync::Mutex, time::Duration};

use async_trait::async_trait;
use model::{
    Address, Direction, Millis,
    incoming::{Body, Change, Cursor, Flags, Incoming},
};
use remote::{BlobSink, Capabilities, Helpdesk, Page, RemoteError, Wake};
use tokio::sync::Notify;

#[derive(Default)]
pub struct PagedHelpdesk {
    pages: Mutex<Vec<Vec<Change>>>,
    /// Faults answered before the next page.
    faults: Mutex<Vec<RemoteError>>,
    pushed: Notify,
}

impl PagedHelpdesk {
    pub fn with(pages: Vec<Vec<Change>>) -> PagedHelpdesk {
        PagedHelpdesk { pages: Mutex::new(pages), ..PagedHelpdesk::default() }
    }

    /// Adds a page and tells whoever waits.
    pub fn push(&self, page: Vec<Change>) {
        self.pages.lock().unwrap().push(page);
        self.pushed.notify_one();
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
        if let Some(fault) = self.faults.lock().unwrap().pop() {
            return Err(fault);
        }
        let done: usize = cursor.map_or(0, |cursor| cursor.0.parse().unwrap());
        let pages = self.pages.lock().unwrap();
        let changes = pages.get(done).cloned().unwrap_or_default();
        let next = (done + 1).min(pages.len());
        Ok(Page { changes, cursor: Cursor(next.to_string()), more: next < pages.len(), filling: None })
    }

    async fn wait(&self, patience: Duration) -> Result<Wake, RemoteError> {
        tokio::select! {
            () = self.pushed.notified() => Ok(Wake::Pushed),
            () = tokio::time::sleep(patience) => Ok(Wake::Elapsed),
        }
    }

    async fn disconnect(&self) {}
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
