//! An open mailbox: a session and what it has seen of each folder. Everything in it can be lost at any time and learnt again.

use std::time::Duration;

use model::{Millis, Problem, ProblemCode};
use tokio::time::{Instant, sleep, timeout};

use crate::{RemoteError, Wake};

use super::config::{MailboxConfig, Pace, Secret};
use super::fault::Fault;
use super::folder::{Folder, examine, look};
use super::folders::{INBOX, Listed, choose};
use super::login;
use super::response::Response;
use super::session::{Command, SMALL, Session};

/// A line of which nothing was heard for this long, by the clock on the wall, is not trusted any more: the machine slept.
const STALE: i64 = 5 * Millis::MINUTE;
/// How often the clock is looked at while waiting.
const TICK: Duration = Duration::from_secs(20);

pub(super) struct Live {
    pub session: Session,
    /// The inbox last.
    pub folders: Vec<Folder>,
    pub since: Instant,
    /// When the folders were last looked at; `None` when they must be looked at now.
    pub looked: Option<Instant>,
    /// When the line was last known to be alive.
    pub touched: Millis,
}

pub(super) type Clock = dyn Fn() -> Millis + Send + Sync;

impl Live {
    pub(super) async fn open(
        config: &MailboxConfig,
        secret: &Secret,
        pace: &Pace,
        now: Millis,
    ) -> Result<Live, Fault> {
        let mut session = login::open(config, secret, pace).await?;
        let listed = list(&mut session).await?;
        let chosen = choose(&listed, &config.folders);
        let folders = chosen.into_iter().map(|chosen| Folder { chosen, seen: None }).collect();
        Ok(Live { session, folders, since: Instant::now(), looked: None, touched: now })
    }

    pub(super) fn usable(&self, now: Millis) -> bool {
        !self.session.broken() && now.since(self.touched) < STALE
    }

    pub(super) fn pushes(&self) -> bool {
        self.session.can("IDLE")
    }

    /// Looks at a folder. One that cannot be opened is passed over, unless it is the inbox; one that is not there any more is dropped.
    pub(super) async fn look(&mut self, index: usize) -> Result<(), Fault> {
        let Some(folder) = self.folders.get_mut(index) else { return Ok(()) };
        let before = folder.seen.take();
        match look(&mut self.session, &folder.chosen.raw, before).await {
            Ok(seen) => folder.seen = Some(seen),
            Err(Fault::Refused(said)) if folder.chosen.name == INBOX => {
                let missing = said.code("NONEXISTENT").is_some();
                return Err(if missing { inbox_missing() } else { Fault::Refused(said) });
            }
            Err(Fault::Refused(said)) if said.is_busy() => return Err(Fault::Refused(said)),
            Err(Fault::Refused(_) | Fault::Rejected(_)) if folder.chosen.name != INBOX => {
                tracing::warn!(folder = index, "A folder cannot be opened and is passed over.")
            }
            Err(fault) => return Err(fault),
        }
        Ok(())
    }

    /// Opens a folder unless it is the open one.
    pub(super) async fn select(&mut self, index: usize) -> Result<(), Fault> {
        let raw = self.folders.get(index).map(|folder| folder.chosen.raw.as_str());
        if self.session.selected.as_deref() != raw { self.look(index).await } else { Ok(()) }
    }

    /// Waits until the server tells of a change in the inbox. May be dropped.
    pub(super) async fn listen(
        &mut self,
        patience: Duration,
        pace: &Pace,
        clock: &Clock,
    ) -> Result<Wake, Fault> {
        let until = Instant::now() + patience;
        if self.session.idle_since().is_none() && self.open_inbox().await? {
            return Ok(Wake::Pushed);
        }
        loop {
            if self.session.stirred {
                return Ok(Wake::Pushed);
            }
            if self.session.idle_since().is_some_and(|since| since.elapsed() >= pace.renew) {
                self.session.leave_idle().await?;
            }
            self.session.enter_idle().await?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Wake::Elapsed);
            }
            match timeout(left.min(TICK).min(pace.renew), self.session.hear()).await {
                Ok(heard) => {
                    heard?;
                    self.touched = clock();
                }
                Err(_) if clock().since(self.touched) > STALE => return Err(Fault::Silent),
                Err(_) => self.touched = clock(),
            }
        }
    }

    /// Makes the inbox the open folder; whether it is not as it was when it was last looked at.
    async fn open_inbox(&mut self) -> Result<bool, Fault> {
        let Some(inbox) = self.folders.last() else { return Ok(false) };
        if self.session.selected.as_deref() == Some(inbox.chosen.raw.as_str()) {
            return Ok(false);
        }
        let opened = examine(&mut self.session, &inbox.chosen.raw).await?;
        Ok(!inbox.seen.as_ref().is_some_and(|seen| seen.agrees_with(&opened)))
    }

    /// Says goodbye, if the server still listens.
    pub(super) async fn leave(self) {
        part(self.session).await;
    }
}

/// Says goodbye, if the server still listens.
pub(super) async fn part(mut session: Session) {
    if !session.broken() {
        let parting = session.run_plain(Command::new("LOGOUT"));
        if timeout(Duration::from_secs(2), parting).await.is_err() {
            tracing::debug!("The mail server did not answer the goodbye.");
        }
    }
}

fn inbox_missing() -> Fault {
    RemoteError::permanent(Problem::new(ProblemCode::FolderMissing).with("folder", INBOX)).into()
}

pub(super) async fn list(session: &mut Session) -> Result<Vec<Listed>, Fault> {
    let marked = session.can("SPECIAL-USE");
    let command = match () {
        () if marked && session.can("LIST-EXTENDED") => r#"LIST "" "*" RETURN (SPECIAL-USE)"#,
        () if !marked && session.can("XLIST") => r#"XLIST "" "*""#,
        () => r#"LIST "" "*""#,
    };
    let mut listed = Vec::new();
    session
        .run(Command::new(command), SMALL, &mut |response| {
            if let Response::Data(data) = response
                && matches!(data.name.as_str(), "LIST" | "XLIST")
                && let Some((attributes, delimiter, raw)) = data.listed()
            {
                listed.push(Listed { attributes, delimiter, raw });
            }
        })
        .await?;
    Ok(listed)
}

/// Waits where nothing pushes.
pub(super) async fn pass_time(patience: Duration, pace: &Pace) -> Wake {
    sleep(patience.min(pace.poll)).await;
    Wake::Elapsed
}
