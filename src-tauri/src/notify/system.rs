//! What differs from one system to the next: which buttons there are, how a click comes back, how a notification is taken away.
//! Words are made in `sheet`; nothing here decides when somebody is told.

use model::{Problem, TicketId};
use notify_rust::{Notification, NotificationHandle, NotificationResponse};
#[cfg(all(unix, not(target_os = "macos")))]
use notify_rust::{Timeout, Urgency};
use tokio::sync::mpsc::UnboundedSender;

use super::{Pressed, sheet::Sheet};

const DEFAULT: &str = "default";
const OPEN: &str = "open";
const SNOOZE: &str = "snooze";

pub fn notification(sheet: &Sheet) -> Notification {
    let mut notification = Notification::new();
    notification.appname("Foredeck").summary(&sheet.title).body(&sheet.body).icon("foredeck");
    notification.action(DEFAULT, &sheet.open);
    if lists_actions() {
        // A button for what a click does too, unless the system makes one of it by itself.
        if !cfg!(windows) {
            notification.action(OPEN, &sheet.open);
        }
        sheet.snooze.as_ref().map(|snooze| notification.action(SNOOZE, snooze));
    }
    #[cfg(all(unix, not(target_os = "macos")))]
    notification.urgency(Urgency::Critical).timeout(Timeout::Never);
    notification
}

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
pub fn number(handle: &NotificationHandle) -> u32 {
    handle.id()
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
pub fn number(_: &NotificationHandle) -> u32 {
    0
}

/// Stays until the notification is clicked or gone; answers what must outlive it.
#[cfg(target_os = "linux")]
pub fn await_click(
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
pub fn await_click(
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
pub fn await_click(
    _: NotificationHandle,
    _: TicketId,
    _: &UnboundedSender<Pressed>,
) -> Option<NotificationHandle> {
    None
}

#[cfg(target_os = "linux")]
pub fn close(id: u32) {
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
pub fn close(_: u32) {}

#[cfg(all(unix, not(target_os = "macos")))]
pub fn service_is_there() -> Result<(), Problem> {
    notify_rust::get_server_information().map(drop).map_err(|error| super::unavailable(&error))
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
pub fn service_is_there() -> Result<(), Problem> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
