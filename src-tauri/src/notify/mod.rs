//! Urgent tickets as the operating system's own notifications: who, what and why, with private data masked. A click opens the ticket;
//! a button, where the system shows buttons, has it told again later.
//!
//! Each shown notification waits for its click on a thread of its own, at most [`MOST_WAITING`] at once. Without a bus or a
//! notification service nothing breaks: [`app::Notifier::trouble`] says so, and the window shows it.

mod sheet;
mod system;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};

use app::{Notice, Notifier};
use model::{Problem, ProblemCode, TicketId};
use notify_rust::NotificationHandle;
use tokio::sync::mpsc::UnboundedSender;

use self::sheet::Sheet;
use crate::words::Words;

/// For how long the button puts a ticket off, in minutes.
pub const SNOOZE_MIN: u32 = 15;

/// More than these wait for a click; those after them are shown and open nothing.
const MOST_WAITING: usize = 24;
/// How long a notification service may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// What somebody did with a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressed {
    Open(TicketId),
    /// To be told again in [`SNOOZE_MIN`] minutes.
    Snooze(TicketId),
}

/// The system's notifications.
pub struct SystemNotifier {
    words: Words,
    pressed: UnboundedSender<Pressed>,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    trouble: Mutex<Option<Problem>>,
    /// The system's number of what is shown about a ticket.
    shown: Mutex<BTreeMap<TicketId, u32>>,
    waiting: AtomicUsize,
    /// The lines over which notifications were shown. Some desktops take away all of a program's when the line of its first one ends, so
    /// they stay until nothing is shown.
    kept: Mutex<Vec<NotificationHandle>>,
}

impl SystemNotifier {
    /// Asks the notification service whether it is there. What is done with notifications arrives at `pressed`.
    pub fn new(words: Words, pressed: UnboundedSender<Pressed>) -> SystemNotifier {
        let notifier = SystemNotifier { words, pressed, state: Arc::default() };
        let trouble = within_patience(system::service_is_there).err();
        if let Some(problem) = &trouble {
            tracing::warn!(cause = problem.cause.as_deref(), "The system shows no notifications.");
        }
        notifier.state.note(trouble);
        notifier
    }
}

impl Notifier for SystemNotifier {
    fn trouble(&self) -> Option<Problem> {
        lock(&self.state.trouble).clone()
    }

    fn show(&self, notice: Notice) -> Result<(), Problem> {
        let sheet = Sheet::of(&notice, &self.words);
        let (state, pressed) = (self.state.clone(), self.pressed.clone());
        let (shown, answer) = mpsc::channel();
        let spawned = std::thread::Builder::new().name("notification".to_owned()).spawn(move || {
            present(&sheet, &state, &pressed, &shown);
        });
        spawned.map_err(|error| unavailable(&error))?;
        let outcome = answer.recv_timeout(PATIENCE).unwrap_or_else(|error| Err(unavailable(&error)));
        self.state.note(outcome.as_ref().err().cloned());
        outcome
    }

    fn withdraw(&self, ticket: TicketId) {
        if let Some(id) = lock(&self.state.shown).remove(&ticket) {
            std::thread::spawn(move || system::close(id));
        }
    }
}

impl State {
    fn note(&self, trouble: Option<Problem>) {
        *lock(&self.trouble) = trouble;
    }

    fn keep(&self, handle: NotificationHandle) {
        let mut kept = lock(&self.kept);
        kept.push(handle);
        if lock(&self.shown).is_empty() {
            kept.clear();
        }
    }

    /// Unless a later notification about the ticket has taken its place.
    fn forget(&self, ticket: TicketId, number: u32) {
        let mut shown = lock(&self.shown);
        if shown.get(&ticket) == Some(&number) {
            shown.remove(&ticket);
        }
    }
}

/// Shows it, says whether that worked, and stays until it is clicked or gone.
fn present(
    sheet: &Sheet,
    state: &State,
    pressed: &UnboundedSender<Pressed>,
    shown: &mpsc::Sender<Result<(), Problem>>,
) {
    let handle = match system::notification(sheet).show() {
        Ok(handle) => handle,
        Err(error) => {
            let _nobody_waits = shown.send(Err(unavailable(&error)));
            return;
        }
    };
    let number = system::number(&handle);
    lock(&state.shown).insert(sheet.ticket, number);
    if shown.send(Ok(())).is_err() {
        // The service took too long, and it is told again.
        state.forget(sheet.ticket, number);
        return system::close(number);
    }
    let over = if state.waiting.fetch_add(1, Ordering::SeqCst) < MOST_WAITING {
        let over = system::await_click(handle, sheet.ticket, pressed);
        state.forget(sheet.ticket, number);
        over
    } else {
        Some(handle)
    };
    state.waiting.fetch_sub(1, Ordering::SeqCst);
    if let Some(handle) = over {
        state.keep(handle);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unavailable(error: &dyn std::fmt::Display) -> Problem {
    Problem::new(ProblemCode::NotificationsUnavailable).because(error)
}

fn within_patience(ask: fn() -> Result<(), Problem>) -> Result<(), Problem> {
    let (answered, answer) = mpsc::channel();
    std::thread::spawn(move || answered.send(ask()));
    answer.recv_timeout(PATIENCE).unwrap_or_else(|error| Err(unavailable(&error)))
}
