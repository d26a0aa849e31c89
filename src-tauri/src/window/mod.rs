//! The agent's window. Everything it shows and does goes through one command, `call`, and one event, `desk`; only files come by `attach`.
//!
//! The window navigates nowhere but within the interface, opens no other windows, and letters come from a scheme of their own.
//! Closing it closes the desk.

mod attach;
mod frame;
mod letters;

use std::{cell::Cell, rc::Rc, time::Duration};

use app::{CacheTag, Desk, DeskEvent};
use frame::Frame;
use model::{Problem, ProblemCode};
use serde_json::Value;
use tauri::{
    AppHandle, Emitter as _, Manager as _, RunEvent, State, Url, WebviewUrl, WebviewWindow,
    WebviewWindowBuilder, WindowEvent, webview::NewWindowResponse,
};
use tauri_plugin_dialog::{DialogExt as _, MessageDialogKind};
use tokio::{runtime::Handle, sync::broadcast::error::RecvError};

use crate::{assets, opening, words::Words};

const AGENT: &str = "agent";
/// How long closing the desk may take before the process ends without it.
const CLOSING: Duration = Duration::from_secs(10);

/// Shows the window until it is closed, then closes the desk. Must be called on the main thread, outside of the runtime.
pub fn run(desk: &Desk, runtime: &Handle, words: &Words) -> Result<(), Problem> {
    let settings = runtime.block_on(desk.settings())?;
    let root = desk.root().to_owned();
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_opener::Builder::new().open_js_links_on_click(false).build())
        .register_asynchronous_uri_scheme_protocol(letters::SCHEME, letters::answer)
        .manage(desk.clone())
        .invoke_handler(tauri::generate_handler![call, attach::attach])
        .setup(move |app| {
            open(app.handle(), settings.theme, &root)?;
            Ok(())
        })
        .build(assets::context())
        .map_err(|error| failed(&error))?;
    let pump = runtime.spawn(pump(app.handle().clone(), desk.clone(), words.clone()));
    runtime.spawn(end_on_signal(app.handle().clone()));
    let frame = Rc::new(Cell::new(frame::read(desk.root())));
    let following = frame.clone();
    let code = app.run_return(move |app, event| follow(app, &event, &following));
    pump.abort();
    frame::write(desk.root(), frame.get());
    tracing::info!(code, "The window is closed.");
    runtime.block_on(async {
        if tokio::time::timeout(CLOSING, desk.close()).await.is_err() {
            tracing::error!(waited_ms = CLOSING.as_millis(), "The desk did not close in time.");
        }
    });
    Ok(())
}

/// Tells, in a dialog of its own, why there is no window. For somebody who started Foredeck without a terminal.
pub fn tell(text: &str) {
    let text = text.to_owned();
    let app = tauri::Builder::default().plugin(tauri_plugin_dialog::init()).setup(move |app| {
        let ending = app.handle().clone();
        let dialog = app.dialog().message(text).title("Foredeck").kind(MessageDialogKind::Error);
        dialog.show(move |_| ending.exit(1));
        Ok(())
    });
    match app.build(assets::context()) {
        Ok(app) => drop(app.run_return(|_, _| {})),
        Err(error) => tracing::error!(%error, "A problem could not be shown."),
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

fn open(app: &AppHandle, theme: app::dto::Theme, root: &std::path::Path) -> tauri::Result<WebviewWindow> {
    let frame = frame::read(root);
    let theme = frame::theme(theme);
    WebviewWindowBuilder::new(app, AGENT, WebviewUrl::default())
        .title("Foredeck")
        .inner_size(frame.width, frame.height)
        .min_inner_size(frame::LEAST.0, frame::LEAST.1)
        .maximized(frame.maximized)
        .center()
        .theme(theme)
        .background_color(frame::background(theme))
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build()
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

/// Tells the window what the desk tells.
async fn pump(app: AppHandle, desk: Desk, words: Words) {
    let mut events = desk.events();
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            Err(RecvError::Lagged(_)) => DeskEvent::Lagged,
            Err(RecvError::Closed) => return,
        };
        if matches!(event, DeskEvent::Raise | DeskEvent::OpenTicket { .. }) {
            raise(&app);
        }
        if matches!(&event, DeskEvent::Changed { stale, .. } if stale.contains(&CacheTag::Settings)) {
            opening::speak_as_chosen(&desk, &words).await;
        }
        if let Err(error) = app.emit_to(AGENT, "desk", &event) {
            tracing::error!(%error, "The window could not be told of a change.");
        }
    }
}

fn raise(app: &AppHandle) {
    let Some(window) = app.get_webview_window(AGENT) else { return };
    let raised = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
    if let Err(error) = raised {
        tracing::warn!(%error, "The window could not be brought to the front.");
    }
}

fn follow(app: &AppHandle, event: &RunEvent, frame: &Cell<Frame>) {
    let RunEvent::WindowEvent { label, event: WindowEvent::Resized(_), .. } = event else { return };
    if let Some(now) = app.get_webview_window(label).and_then(|window| frame::of(&window, frame.get())) {
        frame.set(now);
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
