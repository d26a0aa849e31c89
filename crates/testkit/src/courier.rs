//! A courier and a look at the source that do what the test tells them. The courier is honest: nothing counts as delivered that did not
//! cross the threshold first, and when that fails, nothing is delivered.
#![allow(clippy::unwrap_used, reason = "what fails here has failed its test already")]

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use model::{
    Millis, Problem, ProblemCode, SourceId,
    incoming::{Change, Cursor, Place},
    outgoing::Outgoing,
};
use remote::{Claim, Courier, RemoteError, Threshold, Undelivered};
use store::Store;
use sync::{Clock, Look};
use tokio::sync::{Notify, Semaphore};

/// What becomes of one call of [`Courier::deliver`].
#[derive(Debug, Clone)]
pub enum Fate {
    Taken,
    /// Refused before the content went.
    Refused(RemoteError),
    /// Refused after the content went, for everybody.
    RefusedAtEnd(RemoteError),
    /// It arrived, and nobody says so.
    TakenInSilence,
    /// It did not arrive, and nobody says so.
    LostInSilence,
    /// A panic before anything was handed over.
    BreaksBefore,
    /// It arrived, then a panic.
    BreaksAfter,
    /// Stands still before the threshold until [`FakeCourier::let_go`], then is taken.
    StandsBefore,
    /// Stands still behind the threshold until [`FakeCourier::let_go`], then is taken.
    StandsAfter,
}

/// Takes everything, unless it was told otherwise.
pub struct FakeCourier {
    fates: Mutex<VecDeque<Fate>>,
    claims: Mutex<VecDeque<Result<Claim, RemoteError>>>,
    copies: Mutex<VecDeque<(String, RemoteError)>>,
    delivered: Mutex<Vec<String>>,
    filed: Mutex<Vec<String>>,
    claimed: Mutex<Vec<Place>>,
    calls: AtomicUsize,
    copy_calls: AtomicUsize,
    called: Notify,
    gate: Semaphore,
}

impl Default for FakeCourier {
    fn default() -> FakeCourier {
        FakeCourier {
            fates: Mutex::default(),
            claims: Mutex::default(),
            copies: Mutex::default(),
            delivered: Mutex::default(),
            filed: Mutex::default(),
            claimed: Mutex::default(),
            calls: AtomicUsize::new(0),
            copy_calls: AtomicUsize::new(0),
            called: Notify::new(),
            gate: Semaphore::new(0),
        }
    }
}

impl FakeCourier {
    /// What becomes of the next calls; after them everything is taken.
    pub fn with(fates: impl IntoIterator<Item = Fate>) -> FakeCourier {
        FakeCourier { fates: Mutex::new(fates.into_iter().collect()), ..FakeCourier::default() }
    }

    /// What the next claims answer; after them every claim is won.
    pub fn answer_claims(&self, answers: impl IntoIterator<Item = Result<Claim, RemoteError>>) {
        self.claims.lock().unwrap().extend(answers);
    }

    /// The next copies of the mail with this `Message-ID` can't be filed.
    pub fn refuse_copies(&self, message_id: &str, errors: impl IntoIterator<Item = RemoteError>) {
        let errors = errors.into_iter().map(|error| (message_id.to_owned(), error));
        self.copies.lock().unwrap().extend(errors);
    }

    /// The `Message-ID`s of what arrived, in order.
    pub fn delivered(&self) -> Vec<String> {
        self.delivered.lock().unwrap().clone()
    }

    /// The `Message-ID`s of the copies that were filed, in order.
    pub fn filed(&self) -> Vec<String> {
        self.filed.lock().unwrap().clone()
    }

    pub fn claimed(&self) -> Vec<Place> {
        self.claimed.lock().unwrap().clone()
    }

    /// How often it was asked to deliver.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// How often it was asked to file a copy.
    pub fn copy_calls(&self) -> usize {
        self.copy_calls.load(Ordering::SeqCst)
    }

    /// Waits until a delivery stands still.
    pub async fn standing(&self) {
        self.called.notified().await;
    }

    /// Lets one delivery that stands still go on.
    pub fn let_go(&self) {
        self.gate.add_permits(1);
    }

    async fn stand(&self) {
        self.called.notify_one();
        self.gate.acquire().await.unwrap().forget();
    }

    fn take(&self, outgoing: &Outgoing) {
        self.delivered.lock().unwrap().push(outgoing.message_id.clone());
    }
}

fn silence() -> Result<(), Undelivered> {
    Err(Undelivered::Unknown(Problem::new(ProblemCode::OutcomeUnknown).with("host", "mail.test")))
}

#[async_trait]
impl Courier for FakeCourier {
    async fn deliver(
        &self,
        outgoing: &Outgoing,
        mail: &[u8],
        threshold: &dyn Threshold,
    ) -> Result<(), Undelivered> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let fate = self.fates.lock().unwrap().pop_front().unwrap_or(Fate::Taken);
        assert!(!mail.is_empty(), "a mail has bytes");
        match &fate {
            Fate::Refused(error) => return Err(Undelivered::NotSent(error.clone())),
            Fate::BreaksBefore => panic!("the test asked for a panic"),
            Fate::StandsBefore => self.stand().await,
            _ => {}
        }
        let crossed = threshold.cross().await;
        crossed.map_err(|problem| Undelivered::NotSent(RemoteError::transient(problem)))?;
        match fate {
            Fate::RefusedAtEnd(error) => return Err(Undelivered::NotSent(error)),
            Fate::LostInSilence => return silence(),
            Fate::StandsAfter => self.stand().await,
            _ => {}
        }
        self.take(outgoing);
        match fate {
            Fate::TakenInSilence => silence(),
            Fate::BreaksAfter => panic!("the test asked for a panic"),
            _ => Ok(()),
        }
    }

    async fn file(&self, outgoing: &Outgoing, mail: &[u8]) -> Result<(), RemoteError> {
        self.copy_calls.fetch_add(1, Ordering::SeqCst);
        assert!(!mail.is_empty(), "a copy has bytes");
        let refused = self.copies.lock().unwrap().pop_front_if(|(id, _)| *id == outgoing.message_id);
        if let Some((_, error)) = refused {
            return Err(error);
        }
        self.filed.lock().unwrap().push(outgoing.message_id.clone());
        Ok(())
    }

    async fn claim(&self, place: &Place) -> Result<Claim, RemoteError> {
        self.claimed.lock().unwrap().push(place.clone());
        self.claims.lock().unwrap().pop_front().unwrap_or(Ok(Claim::Won))
    }
}

/// What one look at the source brings.
#[derive(Debug, Clone)]
pub enum Sight {
    Nothing,
    News(Vec<Change>),
    Fails(Problem),
    Breaks,
    /// It never comes to an end.
    Hangs,
}

/// A look that sees nothing new, unless it was told otherwise.
pub struct FakeLook {
    store: Store,
    source: SourceId,
    clock: Clock,
    sights: Mutex<VecDeque<Sight>>,
    looks: AtomicUsize,
    pub looking: Notify,
}

impl FakeLook {
    pub fn new(store: Store, source: SourceId, clock: Clock) -> Arc<FakeLook> {
        let (sights, looks, looking) = (Mutex::default(), AtomicUsize::new(0), Notify::new());
        Arc::new(FakeLook { store, source, clock, sights, looks, looking })
    }

    /// What the next looks see.
    pub fn will_see(&self, sights: impl IntoIterator<Item = Sight>) {
        self.sights.lock().unwrap().extend(sights);
    }

    /// How many looks have begun.
    pub fn looks(&self) -> usize {
        self.looks.load(Ordering::SeqCst)
    }

    pub fn look(self: &Arc<FakeLook>) -> Look {
        let look = self.clone();
        Arc::new(move || {
            let look = look.clone();
            Box::pin(async move { look.see().await })
        })
    }

    async fn see(&self) -> Result<(), Problem> {
        let number = self.looks.fetch_add(1, Ordering::SeqCst);
        self.looking.notify_one();
        let sight = self.sights.lock().unwrap().pop_front().unwrap_or(Sight::Nothing);
        match sight {
            Sight::Nothing => Ok(()),
            Sight::Fails(problem) => Err(problem),
            Sight::Breaks => panic!("the test asked for a panic"),
            Sight::Hangs => std::future::pending().await,
            Sight::News(changes) => {
                let cursor = Cursor(format!("look {number}"));
                let now: Millis = (self.clock)();
                let applied = self.store.apply(self.source, &changes, &cursor, None, now).await;
                applied.map(drop).map_err(|error| error.problem())
            }
        }
    }
}
