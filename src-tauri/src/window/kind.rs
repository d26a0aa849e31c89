//! The two windows: the agent's, which is always there though it may be hidden, and the supervisor's, opened when asked for.
//!
//! Closing one of them leaves the other; the desk closes with the last that can be seen. The agent's window is only hidden while the
//! dashboard is open, since every number there leads into it.

use std::path::Path;

use tauri::{
    AppHandle, Manager as _, WebviewUrl, WebviewWindow, WebviewWindowBuilder, webview::NewWindowResponse,
};

use super::{
    frame::{self, Frame},
    painting,
};
use crate::words::{Word, Words};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Agent,
    Dashboard,
}

impl Kind {
    pub const ALL: [Kind; 2] = [Kind::Agent, Kind::Dashboard];

    /// The window's name in capabilities.
    pub const fn label(self) -> &'static str {
        match self {
            Kind::Agent => "agent",
            Kind::Dashboard => "dashboard",
        }
    }

    pub fn of(label: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.label() == label)
    }

    const fn page(self) -> &'static str {
        match self {
            Kind::Agent => "index.html",
            Kind::Dashboard => "index.html?window=dashboard",
        }
    }

    pub fn title(self, words: &Words) -> String {
        match self {
            Kind::Agent => "Foredeck".to_owned(),
            Kind::Dashboard => words.say(Word::WindowDashboard, &[]),
        }
    }

    /// The file that remembers its size.
    pub const fn file(self) -> &'static str {
        match self {
            Kind::Agent => "window.json",
            Kind::Dashboard => "window-dashboard.json",
        }
    }

    pub const fn usual(self) -> Frame {
        match self {
            Kind::Agent => Frame { width: 1440.0, height: 900.0, maximized: false },
            Kind::Dashboard => Frame { width: 1200.0, height: 800.0, maximized: false },
        }
    }

    /// The smallest the interface is made for.
    pub const fn least(self) -> (f64, f64) {
        match self {
            Kind::Agent => (960.0, 600.0),
            Kind::Dashboard => (720.0, 520.0),
        }
    }

    pub fn window(self, app: &AppHandle) -> Option<WebviewWindow> {
        app.get_webview_window(self.label())
    }
}

/// Opens a window as large as it was left.
pub fn open(
    app: &AppHandle,
    kind: Kind,
    theme: app::dto::Theme,
    root: &Path,
    words: &Words,
) -> tauri::Result<WebviewWindow> {
    let frame = frame::read(root, kind);
    let theme = frame::theme(theme);
    let window = WebviewWindowBuilder::new(app, kind.label(), WebviewUrl::App(kind.page().into()))
        .title(kind.title(words))
        .inner_size(frame.width, frame.height)
        .min_inner_size(kind.least().0, kind.least().1)
        .maximized(frame.maximized)
        .center()
        .theme(theme)
        .background_color(frame::background(theme))
        .incognito(!is_driven())
        .on_navigation(super::is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        // A file dropped on a conversation is the page's to take.
        .disable_drag_drop_handler()
        .build()?;
    painting::suit_machine(&window);
    Ok(window)
}

/// What a letter fetched must not stay on the disk outside of the encrypted workspace, so the web view keeps nothing. One that a test drives has
/// to keep it, since WebKit drives no other.
fn is_driven() -> bool {
    std::env::var("TAURI_WEBVIEW_AUTOMATION").is_ok_and(|driven| driven == "true")
}

/// Brings a window to the front, whether it was hidden, minimised or behind others.
pub fn raise(window: &WebviewWindow) {
    let raised = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
    if let Err(error) = raised {
        tracing::warn!(%error, "The window could not be brought to the front.");
    }
}

/// What follows when somebody closes a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// It closes; the desk too if it was the last.
    Close,
    /// It is put out of sight.
    Hide,
    /// It was the last that could be seen.
    End,
}

/// `other_is_there`: whether the other window exists, and `other_is_seen`: whether it can be seen.
pub fn closing(kind: Kind, other_is_there: bool, other_is_seen: bool) -> Closing {
    match kind {
        Kind::Agent if other_is_there => Closing::Hide,
        Kind::Dashboard if other_is_there && !other_is_seen => Closing::End,
        _ => Closing::Close,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_desk_closes_with_the_last_window_that_can_be_seen() {
        assert_eq!(closing(Kind::Agent, false, false), Closing::Close);
        assert_eq!(closing(Kind::Agent, true, true), Closing::Hide);
        assert_eq!(closing(Kind::Dashboard, true, true), Closing::Close);
        assert_eq!(closing(Kind::Dashboard, true, false), Closing::End);
    }

    #[test]
    fn each_window_is_known_by_its_label_and_has_a_file_and_a_title_of_its_own() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of(kind.label()), Some(kind));
        }
        assert_eq!(Kind::of("other"), None);
        assert_ne!(Kind::Agent.file(), Kind::Dashboard.file());
        assert_eq!(Kind::Dashboard.title(&Words::of_locale("zh_CN")), "Foredeck · 看板");
        assert_eq!(Kind::Dashboard.title(&Words::of_locale("en")), "Foredeck · Dashboard");
    }
}
