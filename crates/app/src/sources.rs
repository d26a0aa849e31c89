//! The sources of this workspace: adding, running, pausing and removing them.

use std::sync::Arc;

use model::{LinkPhase, LinkState, Millis, Problem, ProblemCode, SourceId};
use remote::Helpdesk;
use serde_json::json;
use store::{SourceRow, Store};
use sync::{Engine, Links, Look};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use zeroize::Zeroizing;

use crate::{
    Clock, Credentials, Desk, SourceSpec,
    dto::{Changed, Credential, MailboxChecked, NewMailbox, Source, SourceKind, Synced},
    internal,
    reading::not_found,
    sending::{Again, acknowledges_since, sending_of, smtp_server},
};

/// The field of a mailbox's configuration that names its provider.
const PROVIDER: &str = "provider";
/// The addresses the sample's shop writes from.
const SAMPLE_ADDRESSES: [&str; 3] =
    ["care@harbour.example", "kefu@harbour.example", "returns@harbour.example"];
/// Tickets in the sample that a person opens from the window, and messages a ticket has on average.
const SAMPLE_TICKETS: u32 = 2_400;
const SAMPLE_MESSAGES: u32 = 4;

impl Desk {
    pub async fn sources(&self) -> Result<Vec<Source>, Problem> {
        let rows = self.store.sources().await.map_err(|e| e.problem())?;
        Ok(rows.into_iter().filter_map(|row| self.source(row)).collect())
    }

    fn source(&self, row: SourceRow) -> Option<Source> {
        let kind = match row.kind.as_str() {
            "mailbox" => SourceKind::Mailbox,
            "sample" => SourceKind::Sample,
            _ => SourceKind::Archive,
        };
        let link = self.links.of(row.id)?;
        let provider = row.config.get(PROVIDER).and_then(|word| serde_json::from_value(word.clone()).ok());
        Some(Source {
            id: row.id,
            kind,
            name: row.name,
            address: row.address,
            provider,
            link,
            messages: row.messages,
            sending: sending_of(&row.config),
            acknowledges: acknowledges_since(&row.config).is_some(),
        })
    }

    pub async fn check_mailbox(&self, mailbox: NewMailbox) -> Result<MailboxChecked, Problem> {
        let credentials = self.given(&mailbox.credential).await?;
        let config = mailbox_config(&mailbox)?;
        let spec = SourceSpec {
            kind: "mailbox".into(),
            address: mailbox.address,
            config,
            credentials,
            renewed: None,
        };
        let checked = self.around.connector.check(&spec).await?;
        if mailbox.smtp.is_some() {
            self.around.connector.check_sending(&spec).await?;
        }
        Ok(checked)
    }

    pub async fn add_mailbox(&self, mailbox: NewMailbox) -> Result<SourceId, Problem> {
        let credentials = self.given(&mailbox.credential).await?;
        let _turn = self.turns.lock().await;
        let mut config = mailbox_config(&mailbox)?;
        let address = mailbox.address.trim().to_lowercase();
        let sources = self.store.sources().await.map_err(|e| e.problem())?;
        if sources.iter().any(|source| source.kind == "mailbox" && source.address == address) {
            return Err(Problem::new(ProblemCode::Invalid).with("field", "address"));
        }
        if let (Credentials::Authorised { provider, .. }, Some(config)) =
            (&credentials, config.as_object_mut())
        {
            config.insert(PROVIDER.to_owned(), json!(provider));
        }
        let name = model::text::snippet(&mailbox.name, 80);
        let name = if name.is_empty() { address.clone() } else { name };
        let id = self.add_source("mailbox", &name, &address, config).await?;
        if let Err(problem) = self.keep_credentials(id, &credentials).await {
            self.store.remove_source(id, true, self.now()).await.map_err(|e| e.problem())?;
            self.links.remove(id);
            return Err(problem);
        }
        self.start_engine(id).await?;
        Ok(id)
    }

    pub async fn add_sample(&self) -> Result<SourceId, Problem> {
        self.add_sample_of(SAMPLE_TICKETS, SAMPLE_MESSAGES, 1, true).await
    }

    /// A sample of any size, with 1 to 8 messages a ticket on average; `live` goes on living while one looks.
    pub async fn add_sample_of(
        &self,
        tickets: u32,
        messages: u32,
        seed: u64,
        live: bool,
    ) -> Result<SourceId, Problem> {
        let _turn = self.turns.lock().await;
        let config = json!({ "seed": seed, "tickets": tickets, "messages": messages, "now_ms": self.now(), "live": live, "own": SAMPLE_ADDRESSES });
        let id = self.add_source("sample", "Harbour Home", "care@harbour.example", config).await?;
        if live {
            self.start_engine(id).await?;
        }
        Ok(id)
    }

    pub(crate) async fn add_source(
        &self,
        kind: &str,
        name: &str,
        address: &str,
        config: serde_json::Value,
    ) -> Result<SourceId, Problem> {
        let id =
            self.store.add_source(kind, name, address, config, self.now()).await.map_err(|e| e.problem())?;
        self.add_link(kind, id, name);
        Ok(id)
    }

    pub async fn set_password(&self, source: SourceId, password: String) -> Result<Changed, Problem> {
        self.keep_credentials(source, &Credentials::Password(password.into())).await?;
        self.resumed(source).await
    }

    pub async fn set_authorisation(&self, source: SourceId, handle: String) -> Result<Changed, Problem> {
        self.keep_credentials(source, &self.authorised(&handle).await?).await?;
        self.resumed(source).await
    }

    /// With a new secret: the link, and what the old one kept from leaving.
    async fn resumed(&self, source: SourceId) -> Result<Changed, Problem> {
        let changed = self.pause_source(source, false).await?;
        self.try_again(source, Again::AnsweredAnew).await?;
        Ok(changed)
    }

    pub async fn sync_now(&self, source: SourceId) -> Result<Changed, Problem> {
        match self.engines.lock().await.get(&source) {
            Some(engine) => engine.nudge(),
            None => return Err(not_found()),
        }
        self.unchanged()
    }

    pub async fn pause_source(&self, source: SourceId, paused: bool) -> Result<Changed, Problem> {
        let _turn = self.turns.lock().await;
        self.store.pause_source(source, paused, self.now()).await.map_err(|e| e.problem())?;
        if paused {
            self.stop_engine(source).await;
        } else {
            self.start_engine(source).await?;
        }
        self.unchanged()
    }

    pub async fn remove_source(&self, source: SourceId, forget: bool) -> Result<Changed, Problem> {
        let _turn = self.turns.lock().await;
        self.stop_engine(source).await;
        self.store.remove_source(source, forget, self.now()).await.map_err(|e| e.problem())?;
        self.links.remove(source);
        if let Err(problem) = self.forget_credentials(source).await {
            tracing::warn!(
                code = problem.code.as_str(),
                "A secret of a removed source stays in the key store."
            );
        }
        self.unchanged()
    }

    /// The change log as it stands, for a call whose change the store has told by itself.
    pub(crate) fn unchanged(&self) -> Result<Changed, Problem> {
        Ok(Changed { seq: self.store.latest_seq() })
    }

    pub(crate) async fn start_engines(&self) -> Result<(), Problem> {
        for source in self.store.sources().await.map_err(|e| e.problem())? {
            if !source.paused {
                self.start_engine(source.id).await?;
            }
        }
        Ok(())
    }

    /// Starts the link anew. What keeps it from starting is its state, not an error of this call.
    async fn start_engine(&self, source: SourceId) -> Result<(), Problem> {
        self.stop_engine(source).await;
        let row = self.store.source(source).await.map_err(|e| e.problem())?.ok_or_else(not_found)?;
        if row.kind == "archive" {
            return Ok(());
        }
        match self.opened(&row).await {
            Ok((helpdesk, spec)) => {
                let (store, links, clock) =
                    (self.store.clone(), self.links.clone(), self.around.clock.clone());
                let mut engines = self.engines.lock().await;
                // Asking the key store takes as long as a person takes; meanwhile the desk may have closed.
                let open = !self.stop.is_cancelled();
                if open {
                    engines.insert(source, Engine::start(store, links, source, helpdesk, clock));
                }
                drop(engines);
                if open {
                    self.start_post(&row, &spec).await;
                }
                if row.kind == "sample" {
                    self.spawn_dressing(row);
                }
            }
            Err(problem) => self.links.stopped(source, problem),
        }
        Ok(())
    }

    async fn stop_engine(&self, source: SourceId) {
        self.stop_post(source).await;
        let engine = self.engines.lock().await.remove(&source);
        if let Some(engine) = engine {
            engine.stop().await;
        }
    }

    async fn opened(&self, row: &SourceRow) -> Result<(Arc<dyn Helpdesk>, SourceSpec), Problem> {
        let spec = self.spec(row).await?;
        Ok((self.around.connector.connect(&spec)?, spec))
    }

    /// All that is needed to reach a source.
    pub(crate) async fn spec(&self, row: &SourceRow) -> Result<SourceSpec, Problem> {
        let credentials = match row.kind.as_str() {
            "mailbox" => self.credentials(row.id, &row.address).await?,
            _ => Credentials::None,
        };
        Ok(SourceSpec {
            kind: row.kind.clone(),
            address: row.address.clone(),
            config: row.config.clone(),
            renewed: self.keeper_of_renewed_tokens(row.id, &credentials),
            credentials,
        })
    }

    /// Keeps a refresh token that the provider replaced, or the old one would not open the mailbox next time.
    fn keeper_of_renewed_tokens(
        &self,
        source: SourceId,
        credentials: &Credentials,
    ) -> Option<Arc<dyn Fn(Zeroizing<String>) + Send + Sync>> {
        let Credentials::Authorised { provider, client_id, client_secret, .. } = credentials else {
            return None;
        };
        let (desk, provider) = (self.clone(), *provider);
        let (client_id, client_secret) = (client_id.clone(), client_secret.clone());
        Some(Arc::new(move |refresh_token| {
            let (client_id, client_secret) = (client_id.clone(), client_secret.clone());
            let renewed = Credentials::Authorised { provider, client_id, client_secret, refresh_token };
            let desk = desk.clone();
            tokio::spawn(async move {
                if let Err(problem) = desk.keep_credentials(source, &renewed).await {
                    tracing::error!(
                        code = problem.code.as_str(),
                        "A renewed authorisation could not be kept."
                    );
                }
            });
        }))
    }

    pub async fn sync_once(&self) -> Result<Vec<Synced>, Problem> {
        let mut synced = Vec::new();
        for row in self.store.sources().await.map_err(|e| e.problem())? {
            if row.kind != "archive" && !row.paused {
                synced.push(self.sync_source_once(row).await);
            }
        }
        Ok(synced)
    }

    async fn sync_source_once(&self, row: SourceRow) -> Synced {
        let (asked, changes) = (self.now(), self.links.changes());
        let running = self.engines.lock().await.get(&row.id).map(Engine::nudge).is_some();
        let done = match if running { Ok(None) } else { self.opened(&row).await.map(Some) } {
            Ok(Some((helpdesk, _))) => {
                let (store, links, clock) =
                    (self.store.clone(), self.links.clone(), self.around.clock.clone());
                let look =
                    looking_once(store.clone(), links.clone(), row.id, helpdesk.clone(), clock.clone());
                let done = Engine::run_once(store, links, row.id, helpdesk, clock).await;
                match (row.kind.as_str(), done) {
                    ("sample", Ok(done)) => self.dress(&row).await.map(|()| done.new_messages),
                    (_, Ok(done)) => self.send_once(&row, look).await.map(|()| done.new_messages),
                    (_, Err(problem)) => Err(problem),
                }
            }
            Ok(None) => self.settled(&row, asked, changes).await,
            Err(problem) => Err(problem),
        };
        let (new_messages, problem) = match done {
            Ok(new_messages) => (new_messages, None),
            Err(problem) => (0, Some(problem)),
        };
        Synced { source: row.id, name: row.name, new_messages, problem }
    }

    /// Waits until a running link has looked at its source since `asked`; answers how many messages that brought.
    async fn settled(
        &self,
        row: &SourceRow,
        asked: Millis,
        mut changes: Receiver<LinkState>,
    ) -> Result<u32, Problem> {
        loop {
            match changes.recv().await {
                Ok(change) if change.source != row.id => continue,
                Err(RecvError::Closed) => return Err(not_found()),
                Ok(_) | Err(RecvError::Lagged(_)) => {}
            }
            let state = self.links.of(row.id).ok_or_else(not_found)?;
            match state.phase {
                LinkPhase::Live { .. } if state.as_of_ms.is_some_and(|as_of| as_of >= asked) => break,
                LinkPhase::Stopped { problem } | LinkPhase::Retrying { problem, .. } => return Err(problem),
                LinkPhase::Offline { .. } => return Err(Problem::new(ProblemCode::Unreachable)),
                LinkPhase::Paused => return Err(not_found()),
                _ => {}
            }
        }
        let after = self.store.source(row.id).await.map_err(|e| e.problem())?.ok_or_else(not_found)?;
        Ok(after.messages.saturating_sub(row.messages))
    }

    async fn given(&self, credential: &Credential) -> Result<Credentials, Problem> {
        match credential {
            Credential::Password { password } => Ok(Credentials::Password(password.clone().into())),
            Credential::Authorised { handle } => self.authorised(handle).await,
        }
    }
}

/// A look at a source whose link does not run.
fn looking_once(
    store: Store,
    links: Links,
    source: SourceId,
    helpdesk: Arc<dyn Helpdesk>,
    clock: Clock,
) -> Look {
    Arc::new(move || {
        let once = Engine::run_once(store.clone(), links.clone(), source, helpdesk.clone(), clock.clone());
        Box::pin(async move { once.await.map(drop) })
    })
}

/// What the store keeps of a mailbox: everything but the secret.
fn mailbox_config(mailbox: &NewMailbox) -> Result<serde_json::Value, Problem> {
    let invalid = |field| Problem::new(ProblemCode::Invalid).with("field", field);
    if !mailbox.address.contains('@') {
        return Err(invalid("address"));
    }
    if mailbox.imap.host.trim().is_empty() || mailbox.imap.port == 0 {
        return Err(invalid("imap"));
    }
    let mut own = vec![mailbox.address.trim().to_lowercase()];
    own.extend(
        mailbox.aliases.iter().map(|alias| alias.trim().to_lowercase()).filter(|alias| !alias.is_empty()),
    );
    serde_json::to_value(remote::mailbox::MailboxConfig {
        imap: remote::mailbox::Server {
            host: mailbox.imap.host.trim().to_owned(),
            port: mailbox.imap.port,
            encryption: mailbox.imap.encryption.into(),
        },
        user: mailbox.user.trim().to_owned(),
        own,
        folders: Vec::new(),
        smtp: mailbox.smtp.as_ref().map(smtp_server).transpose()?,
        sent_copies: remote::mailbox::SentCopies::Auto,
        extra_ca_pem: mailbox.extra_ca.clone().filter(|pem| !pem.trim().is_empty()),
    })
    .map_err(internal)
}
