//! Opens a workspace: its key, its surroundings, its desk. Or finds the desk that is open on it already.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use app::{Clock, Desk, Start, Surroundings, WorkspaceFile, WorkspaceKind, dto::Boot};
use model::{Millis, Problem, ProblemCode};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::{
    cli::Place,
    connect::Adapters,
    handover::{Reach, Running},
    keys::{self, Asking},
    notify::{Pressed, SNOOZE_MIN, SystemNotifier},
    secrets::KeyStore,
    words::{Words, system_locale},
};

/// Where and how to open.
#[derive(Debug, Clone)]
pub struct Workspace {
    pub root: PathBuf,
    pub sample: bool,
    pub asking: Asking,
}

/// How long a desk that opens or closes elsewhere is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

impl Workspace {
    /// # Errors
    /// `invalid` (`field` = `workspace`) when nobody named a folder and the platform has none for data; `not_the_sample` when the
    /// sample is asked for in a folder that has another workspace.
    pub fn at(place: &Place, words: &Words) -> Result<Workspace, Problem> {
        let nowhere = || Problem::new(ProblemCode::Invalid).with("field", "workspace");
        let named = place.workspace.clone();
        let root = named.or_else(|| keys::default_root(place.sample)).ok_or_else(nowhere)?;
        let root = std::path::absolute(&root).map_err(|error| nowhere().because(error))?;
        if place.sample && WorkspaceFile::read(&root).is_ok_and(|file| file.is_some_and(is_own)) {
            return Err(Problem::new(ProblemCode::NotTheSample).with("path", root.display()));
        }
        let asking = Asking { words: words.clone(), command: place.password_command.clone() };
        Ok(Workspace { root, sample: place.sample, asking })
    }

    /// The desk that is open on it in another process, else a new one of this process, taking calls only.
    pub async fn reach(&self) -> Result<Reach, Problem> {
        let waiting = tokio::time::Instant::now();
        loop {
            if let Some(running) = Running::find(&self.root).await {
                return Ok(Reach::Other(running));
            }
            match self.open(Start::OnlyCalls).await {
                Ok(desk) => return Ok(Reach::Own(desk)),
                Err(problem) if in_use(&problem) && waiting.elapsed() < PATIENCE => {
                    tokio::time::sleep(PATIENCE / 25).await;
                }
                Err(problem) => return Err(problem),
            }
        }
    }

    /// A new desk of this process.
    pub async fn open(&self, start: Start) -> Result<Desk, Problem> {
        // Taken first: two desks that begin at once must not each make a key, and nobody is asked for a pass phrase in vain.
        let lock = Desk::take(&self.root)?;
        let this = self.clone();
        let key = tokio::task::spawn_blocking(move || keys::of(&this.root, this.sample, &this.asking, now()));
        let key = key.await.map_err(|error| Problem::new(ProblemCode::Internal).because(error))??;
        let words = self.asking.words.clone();
        let (pressed, presses) = unbounded_channel();
        let notifier: Arc<dyn app::Notifier> = match start {
            Start::Everything => Arc::new(SystemNotifier::new(words.clone(), pressed)),
            Start::OnlyCalls => Arc::new(Silent),
        };
        let clock: Clock = Arc::new(now);
        let connector = Arc::new(Adapters::new(clock.clone()));
        let surroundings = Surroundings {
            secrets: Arc::new(KeyStore),
            notifier,
            connector,
            clock,
            downloads: downloads(&self.root),
        };
        let desk = Desk::open(lock, &self.root, &key, surroundings, start).await?;
        speak_as_chosen(&desk, &words).await;
        tokio::spawn(follow_presses(desk.clone(), presses));
        Ok(desk)
    }

    /// As [`Workspace::open`] with everything running; a sample that is new is filled.
    pub async fn open_desk(&self) -> Result<Desk, Problem> {
        let desk = self.open(Start::Everything).await?;
        if self.sample {
            let boot: Boot = Reach::Own(desk.clone()).call("boot", Value::Null).await?;
            if !boot.sample && boot.tickets == 0 {
                desk.add_sample().await?;
            }
        }
        Ok(desk)
    }
}

/// Does what is asked for with notifications, for as long as they can be shown.
async fn follow_presses(desk: Desk, mut presses: UnboundedReceiver<Pressed>) {
    while let Some(pressed) = presses.recv().await {
        match pressed {
            Pressed::Open(ticket) => desk.opened_from_notice(ticket).await,
            Pressed::Snooze(ticket) => {
                if let Err(problem) = desk.snooze(ticket, SNOOZE_MIN).await {
                    tracing::warn!(code = problem.code.as_str(), "An alert could not be put off.");
                }
            }
        }
    }
}

fn is_own(file: WorkspaceFile) -> bool {
    file.kind != WorkspaceKind::Sample
}

pub fn in_use(problem: &Problem) -> bool {
    problem.code == ProblemCode::WorkspaceInUse
}

/// Speaks the language of the desk's settings from now on.
pub async fn speak_as_chosen(desk: &Desk, words: &Words) {
    match desk.settings().await {
        Ok(settings) => words.speak(settings.language, &system_locale()),
        Err(problem) => tracing::warn!(code = problem.code.as_str(), "The settings could not be read."),
    }
}

/// The wall clock: read here, passed in everywhere else.
pub fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Where people look for what they saved; beside the workspace when there is no such place.
fn downloads(root: &Path) -> PathBuf {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = set("HOME").or_else(|| set("USERPROFILE"));
    set("XDG_DOWNLOAD_DIR")
        .or_else(|| home.map(|home| home.join("Downloads")))
        .unwrap_or_else(|| root.join("downloads"))
}

/// A command raises no notifications: it ends before anybody could click one.
struct Silent;

impl app::Notifier for Silent {
    fn trouble(&self) -> Option<Problem> {
        None
    }
    fn show(&self, _: app::Notice) -> Result<(), Problem> {
        Err(Problem::new(ProblemCode::NotificationsUnavailable))
    }
    fn withdraw(&self, _: model::TicketId) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_never_opens_a_workspace_of_somebodys_own() {
        let folder = tempfile::tempdir().unwrap();
        let words = Words::default();
        let place = |sample| Place {
            workspace: Some(folder.path().to_owned()),
            sample,
            password_command: Some("echo kettle".to_owned()),
        };
        let new = Workspace::at(&place(true), &words).unwrap();
        assert!(new.sample, "in an empty folder it may be made");
        keys::of(folder.path(), false, &new.asking, now()).unwrap();
        assert_eq!(Workspace::at(&place(true), &words).unwrap_err().code, ProblemCode::NotTheSample);
        assert!(Workspace::at(&place(false), &words).is_ok());
    }
}
