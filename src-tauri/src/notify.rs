//! Urgent tickets as the operating system's own notifications: who, what and why, with private data masked. A click opens the ticket;
//! a button, where the system shows buttons, has it told again later.
//!
//! Each shown notification waits for its click on a thread of its own, at most [`MOST_WAITING`] at once. Without a bus or a
//! notification service nothing breaks: [`app::Notifier::trouble`] says so, and the window shows it.

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
use model::{Problem, ProblemCode, TicketId, text::snippet, urgency::UrgentReason};
use notify_rust::{Notification, NotificationHandle, NotificationResponse, Timeout, Urgency};
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    mask::mask,
    words::{Word, Words},
};

/// For how long the button puts a ticket off, in minutes.
pub const SNOOZE_MIN: u32 = 15;

/// More than these wait for a click; those after them are shown and open nothing.
const MOST_WAITING: usize = 24;
/// How long a notification service may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
const LONGEST: usize = 120;

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
        let trouble = within_patience(service_is_there).err();
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
            sheet.present(&state, &pressed, &shown);
        });
        spawned.map_err(|error| unavailable(&error))?;
        let outcome = answer.recv_timeout(PATIENCE).unwrap_or_else(|error| Err(unavailable(&error)));
        self.state.note(outcome.as_ref().err().cloned());
        outcome
    }

    fn withdraw(&self, ticket: TicketId) {
        if let Some(id) = lock(&self.state.shown).remove(&ticket) {
            std::thread::spawn(move || close(id));
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

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unavailable(error: &dyn std::fmt::Display) -> Problem {
    Problem::new(ProblemCode::NotificationsUnavailable).because(error)
}

/// A notification in words.
struct Sheet {
    ticket: TicketId,
    title: String,
    body: String,
    /// What a click does, in words.
    open: String,
    /// What its button says, for a notification that can be put off.
    snooze: Option<String>,
}

impl Sheet {
    fn of(notice: &Notice, words: &Words) -> Sheet {
        let (title, body) = told(notice, words);
        let minutes = SNOOZE_MIN.to_string();
        let alone = matches!(notice, Notice::Urgent { .. });
        Sheet {
            ticket: subject_of(notice),
            title,
            body,
            open: words.say(Word::NotifyOpen, &[]),
            snooze: alone.then(|| words.say(Word::NotifySnooze, &[("minutes", &minutes)])),
        }
    }

    fn notification(&self) -> Notification {
        let mut notification = Notification::new();
        notification.appname("Foredeck").summary(&self.title).body(&self.body).icon("foredeck");
        notification.action(DEFAULT, &self.open);
        if lists_actions() {
            // A button for what a click does too, unless the system makes one of it by itself.
            if !cfg!(windows) {
                notification.action(OPEN, &self.open);
            }
            self.snooze.as_ref().map(|snooze| notification.action(SNOOZE, snooze));
        }
        #[cfg(all(unix, not(target_os = "macos")))]
        notification.urgency(Urgency::Critical).timeout(Timeout::Never);
        notification
    }

    /// Shows it, says whether that worked, and stays until it is clicked or gone.
    fn present(
        &self,
        state: &State,
        pressed: &UnboundedSender<Pressed>,
        shown: &mpsc::Sender<Result<(), Problem>>,
    ) {
        let handle = match self.notification().show() {
            Ok(handle) => handle,
            Err(error) => {
                let _nobody_waits = shown.send(Err(unavailable(&error)));
                return;
            }
        };
        let number = number(&handle);
        lock(&state.shown).insert(self.ticket, number);
        if shown.send(Ok(())).is_err() {
            // The service took too long, and it is told again.
            state.forget(self.ticket, number);
            return close(number);
        }
        let over = if state.waiting.fetch_add(1, Ordering::SeqCst) < MOST_WAITING {
            let over = await_click(handle, self.ticket, pressed);
            state.forget(self.ticket, number);
            over
        } else {
            Some(handle)
        };
        state.waiting.fetch_sub(1, Ordering::SeqCst);
        if let Some(handle) = over {
            state.keep(handle);
        }
    }
}

const DEFAULT: &str = "default";
const OPEN: &str = "open";
const SNOOZE: &str = "snooze";

/// What was meant by what the system reports; `None` when it only went away.
fn meant(response: &NotificationResponse, ticket: TicketId) -> Option<Pressed> {
    match response {
        NotificationResponse::Default => Some(Pressed::Open(ticket)),
        NotificationResponse::Action(action) => match action.as_str() {
            DEFAULT | OPEN => Some(Pressed::Open(ticket)),
            SNOOZE => Some(Pressed::Snooze(ticket)),
            _ => None,
        },
        _ => None,
    }
}

/// Whether buttons beside the notification's text are shown.
#[cfg(all(unix, not(target_os = "macos")))]
fn lists_actions() -> bool {
    notify_rust::get_capabilities().is_ok_and(|listed| listed.iter().any(|each| each == "actions"))
}

/// On macOS a button answers with its label and only while the notification is waited for, which would show it late.
#[cfg(not(all(unix, not(target_os = "macos"))))]
fn lists_actions() -> bool {
    cfg!(windows)
}

#[cfg(all(unix, not(target_os = "macos")))]
fn number(handle: &NotificationHandle) -> u32 {
    handle.id()
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn number(_: &NotificationHandle) -> u32 {
    0
}

/// Stays until the notification is clicked or gone; answers what must outlive it.
#[cfg(target_os = "linux")]
fn await_click(
    handle: NotificationHandle,
    ticket: TicketId,
    pressed: &UnboundedSender<Pressed>,
) -> Option<NotificationHandle> {
    let id = number(&handle);
    zbus::block_on(handle.wait_for_action_async(|response: &NotificationResponse| {
        if let Some(meant) = meant(response, ticket) {
            let _the_desk_is_closing = pressed.send(meant);
            // Not every service takes away what was clicked.
            close(id);
        }
    }));
    Some(handle)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn await_click(
    handle: NotificationHandle,
    ticket: TicketId,
    pressed: &UnboundedSender<Pressed>,
) -> Option<NotificationHandle> {
    let over = handle.wait_for_response(|response: &NotificationResponse| {
        if let Some(meant) = meant(response, ticket) {
            let _the_desk_is_closing = pressed.send(meant);
        }
    });
    if let Err(error) = over {
        tracing::warn!(%error, "A notification could not be waited for.");
    }
    None
}

#[cfg(target_os = "macos")]
fn await_click(
    _: NotificationHandle,
    _: TicketId,
    _: &UnboundedSender<Pressed>,
) -> Option<NotificationHandle> {
    None
}

#[cfg(target_os = "linux")]
fn close(id: u32) {
    let closed = zbus::blocking::Connection::session().and_then(|bus| {
        const SERVICE: &str = "org.freedesktop.Notifications";
        bus.call_method(
            Some(SERVICE),
            "/org/freedesktop/Notifications",
            Some(SERVICE),
            "CloseNotification",
            &(id,),
        )
    });
    if let Err(error) = closed {
        tracing::warn!(%error, "A notification could not be withdrawn.");
    }
}

#[cfg(not(target_os = "linux"))]
fn close(_: u32) {}

#[cfg(all(unix, not(target_os = "macos")))]
fn service_is_there() -> Result<(), Problem> {
    notify_rust::get_server_information().map(drop).map_err(|error| unavailable(&error))
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn service_is_there() -> Result<(), Problem> {
    Ok(())
}

fn within_patience(ask: fn() -> Result<(), Problem>) -> Result<(), Problem> {
    let (answered, answer) = mpsc::channel();
    std::thread::spawn(move || answered.send(ask()));
    answer.recv_timeout(PATIENCE).unwrap_or_else(|error| Err(unavailable(&error)))
}

fn subject_of(notice: &Notice) -> TicketId {
    match notice {
        Notice::Urgent { ticket, .. } => *ticket,
        Notice::ManyUrgent { worst, .. } => *worst,
    }
}

/// Title and body, masked, on one line each.
fn told(notice: &Notice, words: &Words) -> (String, String) {
    let or = |text: &str, word| match snippet(&mask(text), LONGEST) {
        empty if empty.is_empty() => words.say(word, &[]),
        text => text,
    };
    match notice {
        Notice::Urgent { requester, subject, reason, .. } => {
            let (what, why) = (or(subject, Word::NotifyNoSubject), why(reason, words));
            (
                or(requester, Word::NotifySomebody),
                escape(&words.say(Word::NotifyBody, &[("what", &what), ("why", &why)])),
            )
        }
        Notice::ManyUrgent { count, .. } => (
            words.say(Word::NotifyMany, &[("count", &count.to_string())]),
            words.say(Word::NotifyManyBody, &[]),
        ),
    }
}

fn why(reason: &UrgentReason, words: &Words) -> String {
    match reason {
        UrgentReason::Priority => words.say(Word::NotifyWhyPriority, &[]),
        UrgentReason::Words { word } => words.say(Word::NotifyWhyWords, &[("word", word)]),
        UrgentReason::VipWaiting { waited_min, target_min } => {
            let (waited, target) = (span(*waited_min, words), span(*target_min, words));
            words.say(Word::NotifyWhyVip, &[("waited", &waited), ("target", &target)])
        }
    }
}

fn span(minutes: u32, words: &Words) -> String {
    let (hours, rest) = ((minutes / 60).to_string(), (minutes % 60).to_string());
    match (minutes / 60, minutes % 60) {
        (0, _) => words.say(Word::NotifyMinutes, &[("minutes", &rest)]),
        (_, 0) => words.say(Word::NotifyWholeHours, &[("hours", &hours)]),
        _ => words.say(Word::NotifyHours, &[("hours", &hours), ("minutes", &rest)]),
    }
}

/// Notification bodies may be read as markup: a customer's words never are.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urgent(requester: &str, subject: &str, reason: UrgentReason) -> Notice {
        Notice::Urgent { ticket: TicketId(1), requester: requester.into(), subject: subject.into(), reason }
    }

    #[test]
    fn a_notification_says_who_what_and_why_on_one_line_each() {
        let words = Words::of_locale("en");
        let vip = UrgentReason::VipWaiting { waited_min: 75, target_min: 60 };
        let (title, body) = told(&urgent("王志远", "Order 2077123 broken\n<b>", vip), &words);
        assert_eq!(title, "王志远");
        assert_eq!(body, "Order •••7123 broken &lt;b&gt; · VIP, waiting 1 h 15 min; the target is 1 h");
        let (title, body) = told(&urgent("li@shop.test", "", UrgentReason::Priority), &words);
        assert_eq!((title.as_str(), body.as_str()), ("l•••@shop.test", "No subject · set to urgent"));
        let (title, _) = told(&urgent(" ", "x", UrgentReason::Priority), &Words::of_locale("zh_CN"));
        assert_eq!(title, "无发件人");
    }

    #[test]
    fn many_at_once_are_one_notice_that_opens_the_worst() {
        let many = Notice::ManyUrgent { worst: TicketId(7), count: 12 };
        assert_eq!(told(&many, &Words::of_locale("en")).0, "Urgent tickets: 12");
        assert_eq!(subject_of(&many), TicketId(7));
    }

    #[test]
    fn one_ticket_can_be_put_off_and_many_only_opened() {
        let words = Words::of_locale("en");
        let one = Sheet::of(&urgent("Li", "Kettle", UrgentReason::Priority), &words);
        assert_eq!(one.snooze.as_deref(), Some("Snooze 15 min"));
        let many = Sheet::of(&Notice::ManyUrgent { worst: TicketId(7), count: 12 }, &words);
        assert_eq!((many.snooze, many.open.as_str()), (None, "Open"));
    }

    #[test]
    fn a_click_and_each_button_mean_what_they_say() {
        let (ticket, action) = (TicketId(3), |key: &str| NotificationResponse::Action(key.to_owned()));
        let table = [
            (NotificationResponse::Default, Some(Pressed::Open(ticket))),
            (action("default"), Some(Pressed::Open(ticket))),
            (action("open"), Some(Pressed::Open(ticket))),
            (action("snooze"), Some(Pressed::Snooze(ticket))),
            (action("something"), None),
            (NotificationResponse::Closed(notify_rust::CloseReason::Dismissed), None),
        ];
        for (response, pressed) in table {
            assert_eq!(meant(&response, ticket), pressed, "{response:?}");
        }
    }
}
