//! Requests to look at a source now, and their answers. Whoever asks while a look is under way gets the next one; several askers share it.
//!
//! Promises: a request is answered exactly once, whatever becomes of the link; "yes" only after a look that began later than the request.

use std::sync::{Mutex, MutexGuard, PoisonError};

use model::{Problem, ProblemCode};
use tokio::sync::oneshot;

pub(crate) type Answer = Result<(), Problem>;
type Asker = oneshot::Sender<Answer>;

#[derive(Default)]
pub(crate) struct Looks(Mutex<Asked>);

#[derive(Default)]
struct Asked {
    waiting: Vec<Asker>,
    /// Their look has begun.
    begun: Vec<Asker>,
}

impl Looks {
    pub(crate) fn ask(&self) -> oneshot::Receiver<Answer> {
        let (asker, answer) = oneshot::channel();
        self.lock().waiting.push(asker);
        answer
    }

    /// A pull begins now, which answers all who asked until now. Whether anybody asked since the last.
    pub(crate) fn begin(&self) -> bool {
        let mut asked = self.lock();
        let waiting = std::mem::take(&mut asked.waiting);
        asked.begun.retain(|asker| !asker.is_closed());
        let anybody = !waiting.is_empty();
        asked.begun.extend(waiting);
        anybody
    }

    /// Whether somebody's look has begun and is not answered.
    pub(crate) fn under_way(&self) -> bool {
        !self.lock().begun.is_empty()
    }

    /// Whether nobody waits for a look, begun or not.
    pub(crate) fn is_idle(&self) -> bool {
        let asked = self.lock();
        asked.waiting.is_empty() && asked.begun.is_empty()
    }

    /// Everything new is here.
    pub(crate) fn succeed(&self) {
        answer(std::mem::take(&mut self.lock().begun), &Ok(()));
    }

    /// The link failed, or has ended: so have all looks asked for.
    pub(crate) fn fail(&self, problem: &Problem) {
        let Asked { waiting, begun } = std::mem::take(&mut *self.lock());
        answer(begun.into_iter().chain(waiting), &Err(problem.clone()));
    }

    fn lock(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a look at a link that does not run is answered.
pub(crate) fn not_running() -> Problem {
    Problem::new(ProblemCode::NotFound)
}

fn answer(askers: impl IntoIterator<Item = Asker>, answer: &Answer) {
    for asker in askers {
        let _nobody_waits = asker.send(answer.clone());
    }
}
