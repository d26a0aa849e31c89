//! What every source of tickets must do, as sentences. The mailbox runs them against a real server; every later adapter runs the same.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use model::incoming::{Change, Cursor, Flags, Incoming, Place};
use remote::{Helpdesk, Page, Wake};

use crate::blobs::CountingBlobs;

/// The source as the rest of the world changes it. Messages are told apart by their subjects.
#[async_trait]
pub trait Outside: Send + Sync {
    /// A desk that has no connection and remembers nothing.
    fn helpdesk(&self) -> Box<dyn Helpdesk>;
    /// Messages that are there from the start, more than a page: `history 1` is the oldest.
    async fn history(&self, count: usize);
    async fn arrive(&self, subject: &str);
    async fn delete(&self, subject: &str);
    async fn mark_seen(&self, subject: &str);
}

type Told<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A sentence, and how it is tried on a source of its own.
pub type Sentence = (&'static str, for<'a> fn(&'a dyn Outside) -> Told<'a>);

pub const SENTENCES: &[Sentence] = &[
    ("everything is reported once, the newest first", |outside| Box::pin(everything_once(outside))),
    ("after the end there is nothing to report", |outside| Box::pin(nothing_after_the_end(outside))),
    ("a page whose cursor was lost is reported again", |outside| Box::pin(lost_cursor(outside))),
    ("a cursor that means nothing begins anew", |outside| Box::pin(strange_cursor(outside))),
    ("new mail comes before older history", |outside| Box::pin(new_before_old(outside))),
    ("what is deleted is reported gone", |outside| Box::pin(deleted_is_gone(outside))),
    ("what is read elsewhere is reported read", |outside| Box::pin(read_elsewhere(outside))),
    ("a pull that is dropped loses nothing", |outside| Box::pin(dropped_pull(outside))),
    ("a wait ends when something arrives", |outside| Box::pin(woken(outside))),
    ("a wait that is dropped does no harm", |outside| Box::pin(dropped_wait(outside))),
    ("after a goodbye the next pull goes on", |outside| Box::pin(goodbye(outside))),
];

/// What a store would know after the pages it was given.
#[derive(Debug, Default)]
pub struct Mirror {
    pub cursor: Option<Cursor>,
    /// By identity.
    pub messages: BTreeMap<String, Incoming>,
    pub places: BTreeMap<Place, (String, Flags)>,
    /// How many messages were reported, repetitions included.
    pub reported: usize,
    /// Every filling that was told.
    pub fillings: Vec<(u32, u32)>,
}

impl Mirror {
    /// Takes a page as a store would: its changes and its cursor together.
    pub fn take(&mut self, page: Page) {
        for change in page.changes {
            self.change(change);
        }
        self.cursor = Some(page.cursor);
        self.fillings.extend(page.filling.map(|filling| (filling.done, filling.total)));
    }

    fn change(&mut self, change: Change) {
        match change {
            Change::Message(incoming) => {
                self.reported += 1;
                if let Some(place) = incoming.place.clone() {
                    self.places.insert(place, (incoming.identity.clone(), incoming.flags));
                }
                self.messages.insert(incoming.identity.clone(), *incoming);
            }
            Change::Flags { place, flags } => {
                if let Some(known) = self.places.get_mut(&place) {
                    known.1 = flags;
                }
            }
            Change::Gone { place } => {
                self.places.remove(&place);
            }
            Change::Renumbered { .. } => {}
            Change::Swept { folder, uid_validity } => {
                self.places.retain(|place, _| place.folder != folder || place.uid_validity == uid_validity);
            }
        }
    }

    /// Pulls until there is no more.
    pub async fn follow(&mut self, helpdesk: &dyn Helpdesk) {
        loop {
            let page = self.pull(helpdesk).await;
            let more = page.more;
            self.take(page);
            if !more {
                return;
            }
        }
    }

    pub async fn pull(&self, helpdesk: &dyn Helpdesk) -> Page {
        let pulled = helpdesk.pull(self.cursor.as_ref(), &CountingBlobs::default()).await;
        pulled.unwrap_or_else(|error| panic!("{error:?}"))
    }

    /// The subjects of what still lies somewhere, sorted.
    pub fn subjects(&self) -> Vec<String> {
        let lying: BTreeSet<&String> = self.places.values().map(|(identity, _)| identity).collect();
        let mut subjects: Vec<String> =
            lying.iter().filter_map(|identity| Some(self.messages.get(*identity)?.subject.clone())).collect();
        subjects.sort();
        subjects
    }

    pub fn flags(&self, subject: &str) -> Option<Flags> {
        let of = |identity: &String| {
            self.messages.get(identity).is_some_and(|incoming| incoming.subject == subject)
        };
        self.places.values().find(|(identity, _)| of(identity)).map(|(_, flags)| *flags)
    }
}

/// The subjects of a page's messages, in its order.
pub fn subjects(page: &Page) -> Vec<String> {
    let subject = |change: &Change| match change {
        Change::Message(incoming) => Some(incoming.subject.clone()),
        _ => None,
    };
    page.changes.iter().filter_map(subject).collect()
}

const HISTORY: usize = 450;

fn history() -> Vec<String> {
    let mut all: Vec<String> = (1..=HISTORY).map(|number| format!("history {number}")).collect();
    all.sort();
    all
}

async fn everything_once(outside: &dyn Outside) {
    outside.history(HISTORY).await;
    let (helpdesk, mut mirror) = (outside.helpdesk(), Mirror::default());
    let first = mirror.pull(&*helpdesk).await;
    assert_eq!(subjects(&first).first(), Some(&format!("history {HISTORY}")));
    assert!(first.more && first.filling.is_some(), "this many do not fit a page");
    assert!(first.fresh, "only history is left");
    mirror.take(first);
    mirror.follow(&*helpdesk).await;
    assert_eq!(mirror.subjects(), history());
    assert_eq!(mirror.reported, HISTORY);
    assert!(mirror.fillings.is_sorted(), "{:?}", mirror.fillings);
    assert!(mirror.fillings.iter().all(|(done, total)| done < total), "{:?}", mirror.fillings);
}

async fn nothing_after_the_end(outside: &dyn Outside) {
    outside.history(3).await;
    let (helpdesk, mut mirror) = (outside.helpdesk(), Mirror::default());
    mirror.follow(&*helpdesk).await;
    for helpdesk in [helpdesk, outside.helpdesk()] {
        let page = mirror.pull(&*helpdesk).await;
        assert_eq!((page.changes, page.more, page.filling, page.fresh), (Vec::new(), false, None, true));
    }
}

async fn lost_cursor(outside: &dyn Outside) {
    outside.history(HISTORY).await;
    let (helpdesk, mut mirror) = (outside.helpdesk(), Mirror::default());
    mirror.take(mirror.pull(&*helpdesk).await);
    let lost = mirror.pull(&*helpdesk).await;
    let again = mirror.pull(&*outside.helpdesk()).await;
    assert_eq!(subjects(&lost), subjects(&again));
    mirror.follow(&*helpdesk).await;
    assert_eq!((mirror.subjects(), mirror.reported), (history(), HISTORY));
}

async fn strange_cursor(outside: &dyn Outside) {
    outside.history(3).await;
    let helpdesk = outside.helpdesk();
    for text in ["", "{", "null", r#"{"folders":{"INBOX":7}}"#] {
        let mut mirror = Mirror { cursor: Some(Cursor(text.to_owned())), ..Mirror::default() };
        mirror.follow(&*helpdesk).await;
        assert_eq!(mirror.subjects(), ["history 1", "history 2", "history 3"]);
    }
}

async fn new_before_old(outside: &dyn Outside) {
    outside.history(HISTORY).await;
    let (helpdesk, mut mirror) = (outside.helpdesk(), Mirror::default());
    mirror.take(mirror.pull(&*helpdesk).await);
    outside.arrive("new").await;
    helpdesk.look_anew();
    let page = mirror.pull(&*helpdesk).await;
    assert_eq!(subjects(&page).first().map(String::as_str), Some("new"));
    assert!(page.fresh, "all that is new is here");
    mirror.take(page);
    mirror.follow(&*helpdesk).await;
    assert_eq!((mirror.messages.len(), mirror.reported), (HISTORY + 1, HISTORY + 1));
}

async fn deleted_is_gone(outside: &dyn Outside) {
    outside.history(3).await;
    let (helpdesk, mut mirror) = (outside.helpdesk(), Mirror::default());
    mirror.follow(&*helpdesk).await;
    outside.delete("history 2").await;
    mirror.follow(&*helpdesk).await;
    assert_eq!(mirror.subjects(), ["history 1", "history 3"]);
    outside.delete("history 3").await;
    mirror.follow(&*outside.helpdesk()).await;
    assert_eq!(mirror.subjects(), ["history 1"]);
}

async fn read_elsewhere(outside: &dyn Outside) {
    outside.history(3).await;
    let (helpdesk, mut mirror) = (outside.helpdesk(), Mirror::default());
    mirror.follow(&*helpdesk).await;
    assert_eq!(mirror.flags("history 2"), Some(Flags::default()));
    outside.mark_seen("history 2").await;
    mirror.follow(&*helpdesk).await;
    assert_eq!(mirror.flags("history 2"), Some(Flags { seen: true, ..Flags::default() }));
    assert_eq!(mirror.flags("history 3"), Some(Flags::default()));
}

async fn dropped_pull(outside: &dyn Outside) {
    outside.history(HISTORY).await;
    let (helpdesk, mut mirror) = (outside.helpdesk(), Mirror::default());
    let blobs = CountingBlobs::default();
    // Dropped later each time, until it is done before that.
    for patience in (1..).map(|step| step * step) {
        let pulled = {
            let pull = pin!(helpdesk.pull(mirror.cursor.as_ref(), &blobs));
            Impatient { inner: pull, left: patience }.await
        };
        if let Some(page) = pulled {
            let page = page.unwrap_or_else(|error| panic!("{error:?}"));
            let more = page.more;
            mirror.take(page);
            if !more {
                break;
            }
        }
    }
    assert_eq!((mirror.subjects(), mirror.reported), (history(), HISTORY));
}

async fn woken(outside: &dyn Outside) {
    outside.history(3).await;
    let (helpdesk, mut mirror) = (outside.helpdesk(), Mirror::default());
    mirror.follow(&*helpdesk).await;
    let patience = Duration::from_secs(30);
    let (wake, ()) = tokio::join!(helpdesk.wait(patience), outside.arrive("knock"));
    let wake = wake.unwrap_or_else(|error| panic!("{error:?}"));
    assert!(wake == Wake::Pushed || !helpdesk.pushes(), "a source that pushes says so");
    mirror.follow(&*helpdesk).await;
    assert!(mirror.subjects().contains(&"knock".to_owned()));
}

async fn dropped_wait(outside: &dyn Outside) {
    outside.history(3).await;
    let (helpdesk, mut mirror) = (outside.helpdesk(), Mirror::default());
    mirror.follow(&*helpdesk).await;
    for patience in 0..6 {
        {
            let wait = pin!(helpdesk.wait(Duration::from_secs(30)));
            let impatient = Impatient { inner: wait, left: patience };
            let waited = tokio::time::timeout(Duration::from_millis(300), impatient).await;
            assert!(!matches!(waited, Ok(Some(Err(_)))), "{waited:?}");
        }
        outside.arrive(&format!("knock {patience}")).await;
        mirror.follow(&*helpdesk).await;
        assert_eq!(mirror.messages.len(), 4 + patience);
    }
}

async fn goodbye(outside: &dyn Outside) {
    outside.history(HISTORY).await;
    let (helpdesk, mut mirror) = (outside.helpdesk(), Mirror::default());
    helpdesk.disconnect().await;
    mirror.take(mirror.pull(&*helpdesk).await);
    helpdesk.disconnect().await;
    mirror.follow(&*helpdesk).await;
    assert_eq!((mirror.subjects(), mirror.reported), (history(), HISTORY));
}

/// Waits for `inner` as long as it goes to sleep no more than `left` times; then there is no answer.
struct Impatient<'a, F> {
    inner: Pin<&'a mut F>,
    left: usize,
}

impl<F: Future> Future for Impatient<'_, F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<F::Output>> {
        match self.inner.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if self.left == 0 => Poll::Ready(None),
            Poll::Pending => {
                self.left -= 1;
                Poll::Pending
            }
        }
    }
}
