//! The state of every link, and word of each change. In memory only: after a start each link says anew what it does.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use model::{LinkPhase, LinkState, Millis, Problem, SourceId};
use tokio::sync::broadcast;

#[derive(Clone)]
pub struct Links {
    states: Arc<Mutex<BTreeMap<SourceId, LinkState>>>,
    changes: broadcast::Sender<LinkState>,
}

impl Default for Links {
    fn default() -> Self {
        Links { states: Arc::default(), changes: broadcast::channel(256).0 }
    }
}

impl Links {
    pub fn all(&self) -> Vec<LinkState> {
        self.lock().values().cloned().collect()
    }

    pub fn of(&self, source: SourceId) -> Option<LinkState> {
        self.lock().get(&source).cloned()
    }

    pub fn changes(&self) -> broadcast::Receiver<LinkState> {
        self.changes.subscribe()
    }

    /// A source that is known but not running.
    pub fn add(&self, source: SourceId, name: &str) {
        let state = LinkState { source, name: name.to_owned(), phase: LinkPhase::Paused, as_of_ms: None };
        self.lock().insert(source, state.clone());
        let _nobody_listens = self.changes.send(state);
    }

    pub fn remove(&self, source: SourceId) {
        self.lock().remove(&source);
    }

    /// A source that was read once and for all.
    pub fn complete(&self, source: SourceId) {
        self.set(source, LinkPhase::Complete, None);
    }

    /// A link that could not even start: a person must act.
    pub fn stopped(&self, source: SourceId, problem: Problem) {
        self.set(source, LinkPhase::Stopped { problem }, None);
    }

    /// Says what the link does now; `current` moves the moment up to which nothing is missing.
    pub(crate) fn set(&self, source: SourceId, phase: LinkPhase, current: Option<Millis>) {
        let mut states = self.lock();
        let Some(state) = states.get_mut(&source) else { return };
        let same = state.phase == phase && current.is_none();
        state.phase = phase;
        state.as_of_ms = current.or(state.as_of_ms);
        let told = (!same).then(|| state.clone());
        drop(states);
        if let Some(state) = told {
            let _nobody_listens = self.changes.send(state);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<SourceId, LinkState>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
