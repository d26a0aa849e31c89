//! The shell: the program `foredeck`. It constructs the adapters, opens the desk, and shows it in a window, in a browser, or on the
//! command line. What the desk does is in `app`; nothing here decides anything about tickets.

mod assets;
mod calls;
mod cli;
mod commands;
mod connect;
mod handover;
mod keys;
mod logs;
mod mask;
mod notify;
mod opening;
mod progress;
mod sampling;
mod secrets;
mod terminal;
mod window;
mod words;

use std::{ffi::OsString, io::IsTerminal as _, process::ExitCode, sync::Arc, time::Duration};

use app::{Desk, http::Host};
use clap::Parser as _;
use cli::{Cli, Command, Shown};
use model::{Problem, ProblemCode};
use opening::Workspace;
use serde_json::Value;
use tokio::runtime::{Handle, Runtime};
use window::Toolkit;
use words::{Word, Words};

/// How long closing the desk may take, and how long what is left may then take to end.
const CLOSING: Duration = Duration::from_secs(10);
const LEAVING: Duration = Duration::from_secs(2);

/// Runs the program as `args` say and answers with what the process should end.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let _nobody_reads = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let words = Words::of_locale(&words::system_locale());
    match started(cli, &words) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            // Its cause may be a server's own words: those are for the terminal alone.
            tracing::error!(code = problem.code.as_str(), "Foredeck ends with a problem.");
            terminal::aside(&told(&problem, &words));
            ExitCode::FAILURE
        }
    }
}

fn started(mut cli: Cli, words: &Words) -> Result<bool, Problem> {
    let internal = |error: std::io::Error| Problem::new(ProblemCode::Internal).because(error);
    // A sample is never written into the workspace that holds real mail.
    cli.place.sample |= matches!(cli.command, Some(Command::Sample { .. }));
    let workspace = Workspace::at(&cli.place, words)?;
    logs::begin(&workspace.root);
    let runtime = Runtime::new().map_err(internal)?;
    tauri::async_runtime::set(runtime.handle().clone());
    let outcome = match cli.command {
        Some(command) => runtime.block_on(commands::run(command, &workspace)),
        None => open(&workspace, cli.shown, runtime.handle(), words).map(|()| true),
    };
    // A question of the key store that nobody answers must not keep the process, and with it the workspace.
    runtime.shutdown_timeout(LEAVING);
    outcome
}

/// Opens the desk in a window or a browser; or raises the window of the desk that is open already.
fn open(workspace: &Workspace, shown: Shown, runtime: &Handle, words: &Words) -> Result<(), Problem> {
    let browser = shown.browser || !has_display();
    let opening = {
        let (workspace, words) = (workspace.clone(), words.clone());
        runtime.spawn(async move { hosted_desk(&workspace, shown, &words).await })
    };
    // The toolkit takes as long to begin as the desk to open, so they do it side by side.
    let toolkit = if browser { None } else { Some(Toolkit::begin()?) };
    let opened =
        runtime.block_on(opening).map_err(|error| Problem::new(ProblemCode::Internal).because(error))?;
    let (desk, host) = match opened {
        Ok(Some(opened)) => opened,
        Ok(None) => return Ok(()),
        Err(problem) => {
            if let (Some(toolkit), false) = (toolkit, std::io::stderr().is_terminal()) {
                toolkit.tell(told(&problem, words));
            }
            return Err(problem);
        }
    };
    let Some(toolkit) = toolkit else {
        if !shown.browser {
            terminal::aside(&words.say(Word::CliNoDisplay, &[]));
        }
        terminal::answer(&words.say(Word::CliAddress, &[("address", &host.address)]));
        runtime.block_on(ended());
        // What does not end in time is ended with the process; the journal and the database outlive that.
        let _in_time = runtime.block_on(async { tokio::time::timeout(CLOSING, desk.close()).await });
        return Ok(());
    };
    toolkit.run(&desk, runtime, words, shown.dashboard)
}

/// A problem with what the system said about it.
fn told(problem: &Problem, words: &Words) -> String {
    let said = words.problem(problem);
    match &problem.cause {
        Some(cause) => format!("{said}\n{}", words.say(Word::CliDetails, &[("cause", cause)])),
        None => said,
    }
}

async fn hosted_desk(
    workspace: &Workspace,
    shown: Shown,
    words: &Words,
) -> Result<Option<(Desk, Host)>, Problem> {
    let Some(desk) = own_desk(workspace, shown.dashboard, words).await? else { return Ok(None) };
    match host(&desk, shown.port).await {
        Ok(host) => Ok(Some((desk, host))),
        Err(problem) => {
            desk.close().await;
            Err(problem)
        }
    }
}

/// `None` when another process has the desk open and its window (or the dashboard) was raised.
async fn own_desk(workspace: &Workspace, dashboard: bool, words: &Words) -> Result<Option<Desk>, Problem> {
    let raise = if dashboard { "open_dashboard" } else { "raise_window" };
    for _ in 0..25 {
        if let Some(running) = handover::Running::find(&workspace.root).await {
            running.call(raise, Value::Null).await?;
            terminal::aside(&words.say(Word::CliRaised, &[]));
            return Ok(None);
        }
        match workspace.open_desk().await {
            Ok(desk) => return Ok(Some(desk)),
            // A desk that is about to open, to close, or to finish a command.
            Err(problem) if opening::in_use(&problem) => {
                tokio::time::sleep(std::time::Duration::from_millis(200)).await
            }
            Err(problem) => return Err(problem),
        }
    }
    Err(Problem::new(ProblemCode::WorkspaceInUse))
}

/// The desk over loopback, for the browser and for other processes of this person.
async fn host(desk: &Desk, port: u16) -> Result<Host, Problem> {
    let host = app::http::host(desk.clone(), port, Arc::new(assets::Interface::embedded())).await?;
    desk.publish_address(&handover::published(&host))?;
    Ok(host)
}

fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos"))) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Resolves when the process is asked to end.
async fn ended() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::error!(%error, "Signals can't be heard.");
        std::future::pending::<()>().await;
    }
}
