//! The windows. Everything they show and do goes through one command, `call`, and one event, `desk`; only files come by `attach`.
//!
//! A window navigates nowhere but within the interface, opens no other by itself, and letters come from a scheme of their own.
//! Closing the last one closes the desk.

mod attach;
mod frame;
mod kind;
mod letters;
mod painting;

use std::{cell::RefCell, collections::BTreeMap, path::PathBuf, rc::Rc, time::Duration};

use app::{CacheTag, Desk, DeskEvent};
use frame::Frame;
use kind::{Closing, Kind};
use model::{Problem, ProblemCode};
use serde_json::Value;
use tauri::{App, AppHandle, Emitter as _, Manager as _, RunEvent, State, Url, WindowEvent};
use tauri_plugin_dialog::{DialogExt as _, MessageDialogKind};
use tokio::{runtime::Handle, sync::broadcast::error::RecvError};

use crate::{assets, opening, words::Words};

/// How long closing the desk may take before the process ends without it.
const CLOSING: Duration = Duration::from_secs(10);

/// What windows are made with, begun before there is a desk to show. Belongs to the main thread, outside of the runtime.
pub struct Toolkit(App);

impl Toolkit {
    pub fn begin() -> Result<Toolkit, Problem> {
        let app = tauri::Builder::default()
            .plugin(tauri_plugin_dialog::init())
            .plugin(tauri_plugin_opener::Builder::new().open_js_links_on_click(false).build())
            .register_asynchronous_uri_scheme_protocol(letters::SCHEME, letters::answer)
            .invoke_handler(tauri::generate_handler![call, attach::attach])
            .build(assets::context());
        app.map(Toolkit).map_err(|error| failed(&error))
    }

    /// Shows the windows until the last is closed, then closes the desk.
    pub fn run(self, desk: &Desk, runtime: &Handle, words: &Words, dashboard: bool) -> Result<(), Problem> {
        let Toolkit(app) = self;
        let settings = runtime.block_on(desk.settings())?;
        app.manage(desk.clone());
        for kind in Kind::ALL.into_iter().filter(|kind| *kind == Kind::Agent || dashboard) {
            kind::open(app.handle(), kind, settings.theme, desk.root(), words)
                .map_err(|error| failed(&error))?;
        }
        let pump = runtime.spawn(pump(app.handle().clone(), desk.clone(), words.clone()));
        runtime.spawn(end_on_signal(app.handle().clone()));
        let frames = Rc::new(Frames::of(desk));
        let following = frames.clone();
        let code = app.run_return(move |app, event| following.follow(app, &event));
        pump.abort();
        Kind::ALL.into_iter().for_each(|kind| frames.keep(kind));
        tracing::info!(code, "The last window is closed.");
        runtime.block_on(async {
            if tokio::time::timeout(CLOSING, desk.close()).await.is_err() {
                tracing::error!(waited_ms = CLOSING.as_millis(), "The desk did not close in time.");
            }
        });
        Ok(())
    }

    /// Tells, in a dialog of its own, why there is no window. For somebody who started Foredeck without a terminal.
    pub fn tell(self, text: String) {
        self.0.run_return(move |app, event| {
            if let RunEvent::Ready = event {
                let ending = app.clone();
                let dialog = app.dialog().message(&text).title("Foredeck").kind(MessageDialogKind::Error);
                dialog.show(move |_| ending.exit(1));
            }
        });
    }
}

fn failed(error: &dyn std::fmt::Display) -> Problem {
    Problem::new(ProblemCode::Internal).because(error)
}

/// The one way a window uses the desk.
#[tauri::command]
async fn call(desk: State<'_, Desk>, name: String, args: Value) -> Result<Value, Problem> {
    desk.dispatch(&name, args).await
}

/// The interface itself, letters in their frames, and the empty page a frame begins with.
fn is_ours(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    match url.scheme() {
        "tauri" | letters::SCHEME => host == "localhost",
        "http" | "https" if cfg!(windows) => host == "tauri.localhost" || host == "mail.localhost",
        "http" => cfg!(dev) && host == "localhost" && url.port() == Some(5173),
        "about" => url.path() == "blank",
        _ => false,
    }
}

/// Tells the windows what the desk tells.
async fn pump(app: AppHandle, desk: Desk, words: Words) {
    let mut events = desk.events();
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            Err(RecvError::Lagged(_)) => DeskEvent::Lagged,
            Err(RecvError::Closed) => return,
        };
        match &event {
            DeskEvent::Raise | DeskEvent::OpenTicket { .. } | DeskEvent::OpenList { .. } => {
                Kind::Agent.window(&app).as_ref().map(kind::raise);
            }
            DeskEvent::OpenDashboard => open_dashboard(&app, &desk, &words).await,
            DeskEvent::Changed { stale, .. } if stale.contains(&CacheTag::Settings) => {
                opening::speak_as_chosen(&desk, &words).await;
            }
            _ => {}
        }
        // To every window at once: each hears it once.
        if let Err(error) = app.emit("desk", &event) {
            tracing::error!(%error, "The windows could not be told of a change.");
        }
    }
}

/// Brings the supervisor's window to the front, opened if it is not there.
async fn open_dashboard(app: &AppHandle, desk: &Desk, words: &Words) {
    if let Some(window) = Kind::Dashboard.window(app) {
        return kind::raise(&window);
    }
    let theme = desk.settings().await.map_or(app::dto::Theme::System, |settings| settings.theme);
    if let Err(error) = kind::open(app, Kind::Dashboard, theme, desk.root(), words) {
        tracing::error!(%error, "The dashboard could not be opened.");
    }
}

/// How large each window is, followed as it changes and kept when it closes.
struct Frames {
    root: PathBuf,
    now: RefCell<BTreeMap<Kind, Frame>>,
}

impl Frames {
    fn of(desk: &Desk) -> Frames {
        Frames { root: desk.root().to_owned(), now: RefCell::default() }
    }

    fn follow(&self, app: &AppHandle, event: &RunEvent) {
        let RunEvent::WindowEvent { label, event, .. } = event else { return };
        let Some(kind) = Kind::of(label) else { return };
        match event {
            WindowEvent::Resized(_) => self.resized(app, kind),
            WindowEvent::CloseRequested { api, .. } => {
                self.keep(kind);
                close(app, kind, || api.prevent_close());
            }
            _ => {}
        }
    }

    fn resized(&self, app: &AppHandle, kind: Kind) {
        let mut frames = self.now.borrow_mut();
        let before = frames.get(&kind).copied().unwrap_or_else(|| frame::read(&self.root, kind));
        let now = kind.window(app).and_then(|window| frame::of(&window, kind, before));
        frames.extend(now.map(|now| (kind, now)));
    }

    fn keep(&self, kind: Kind) {
        if let Some(frame) = self.now.borrow().get(&kind) {
            frame::write(&self.root, kind, *frame);
        }
    }
}

fn close(app: &AppHandle, kind: Kind, prevent: impl FnOnce()) {
    let other = Kind::ALL.into_iter().filter(|other| *other != kind).find_map(|other| other.window(app));
    let is_seen = other.as_ref().is_some_and(|other| other.is_visible().unwrap_or(true));
    match kind::closing(kind, other.is_some(), is_seen) {
        Closing::Close => {}
        Closing::Hide => {
            prevent();
            let hidden = kind.window(app).map(|window| window.hide());
            if let Some(Err(error)) = hidden {
                tracing::warn!(%error, "The window could not be hidden.");
            }
        }
        Closing::End => app.exit(0),
    }
}

/// Ctrl+C and a polite kill close the desk as its window does.
async fn end_on_signal(app: AppHandle) {
    crate::ended().await;
    app.exit(0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_goes_nowhere_but_within_the_interface() {
        let allowed = |url: &str| is_ours(&Url::parse(url).unwrap());
        for ours in [
            "tauri://localhost/",
            "tauri://localhost/index.html#/t/1",
            "mail://localhost/1/plain?proof=x",
            "about:blank",
        ] {
            assert!(allowed(ours), "{ours}");
        }
        for other in [
            "https://example.com/",
            "http://localhost/",
            "tauri://evil/",
            "file:///etc/passwd",
            "data:text/html,x",
            "about:srcdoc",
        ] {
            assert!(!allowed(other), "{other}");
        }
    }
}
