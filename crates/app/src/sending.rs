//! The way out of each source: how its mail leaves, and the sender that runs beside its link.
//!
//! One sender per source, started and stopped with its link. It is told when the line is back.

use std::{collections::BTreeMap, mem::discriminant, sync::Arc, time::Duration};

use model::{LinkPhase, Problem, ProblemCode, SourceId, outgoing::OutboxState};
use remote::{Courier, mailbox};
use serde_json::{Value, json};
use store::SourceRow;
use sync::{Look, Post};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::{
    Desk, SourceSpec,
    composing::addresses_of,
    dto::{Changed, Sending, SentCopies, Server},
    internal,
    outbox::no_way_out,
    reading::not_found,
};

/// The field of a source's configuration that says since when it acknowledges.
const ACKNOWLEDGES: &str = "acknowledges_since_ms";
/// How long the command line waits for what is due to leave.
const ONCE: Duration = Duration::from_secs(120);
/// How often it looks whether it has.
const GLANCE: Duration = Duration::from_millis(100);

impl Desk {
    pub async fn set_sending(&self, source: SourceId, sending: Option<Sending>) -> Result<Changed, Problem> {
        let row = self.mailbox_row(source).await?;
        if sending.is_some() {
            let mut tried = row.clone();
            tried.config = with_sending(row.config, sending.as_ref())?;
            let spec = self.spec(&tried).await?;
            self.around.connector.check_sending(&spec).await?;
        }
        let _turn = self.turns.lock().await;
        // Read again: much can happen while a server is tried.
        let row = self.mailbox_row(source).await?;
        let config = with_sending(row.config, sending.as_ref())?;
        let now = self.now();
        let seq = self.store.update_source_config(source, config, now).await.map_err(|e| e.problem())?;
        self.restart_post(source).await?;
        if sending.is_some() {
            self.try_again(source, Again::AnsweredAnew).await?;
        } else {
            self.store.close_outbox(source, now).await.map_err(|e| e.problem())?;
        }
        Ok(Changed { seq })
    }

    pub async fn set_acknowledges(&self, source: SourceId, on: bool) -> Result<Changed, Problem> {
        let _turn = self.turns.lock().await;
        let row = self.source_row(source).await?.ok_or_else(not_found)?;
        if let Some(problem) = no_way_out(&row).filter(|_| on) {
            return Err(problem);
        }
        if on == (acknowledges_since(&row.config).is_some()) {
            return self.unchanged();
        }
        let since = if on { json!(self.now()) } else { Value::Null };
        let config = with_field(row.config, ACKNOWLEDGES, since)?;
        let now = self.now();
        let seq = self.store.update_source_config(source, config, now).await.map_err(|e| e.problem())?;
        Ok(Changed { seq })
    }

    async fn mailbox_row(&self, source: SourceId) -> Result<SourceRow, Problem> {
        self.source_row(source).await?.filter(|row| row.kind == "mailbox").ok_or_else(not_found)
    }

    /// Starts the sender of a source whose link runs.
    pub(crate) async fn start_post(&self, row: &SourceRow, spec: &SourceSpec) {
        let courier = match self.around.connector.courier(spec) {
            Ok(Some(courier)) => courier,
            Ok(None) => return,
            Err(problem) => {
                tracing::warn!(code = problem.code.as_str(), "A source has no way out for what waits.");
                return self.notice(problem);
            }
        };
        // Never two senders at once.
        self.stop_post(row.id).await;
        let post = self.post(row, courier, self.look(row.id));
        self.spawn_hearing(&post);
        self.posts.lock().await.insert(row.id, post);
    }

    fn post(&self, row: &SourceRow, courier: Arc<dyn Courier>, look: Look) -> Post {
        let (store, clock) = (self.store.clone(), self.around.clock.clone());
        Post::start(store, row.id, courier, look, addresses_of(row), clock)
    }

    pub(crate) async fn stop_post(&self, source: SourceId) {
        let post = self.posts.lock().await.remove(&source);
        if let Some(post) = post {
            post.stop().await;
        }
    }

    /// With a new way out. Only beside a link that runs.
    async fn restart_post(&self, source: SourceId) -> Result<(), Problem> {
        self.stop_post(source).await;
        if !self.engines.lock().await.contains_key(&source) {
            return Ok(());
        }
        let row = self.source_row(source).await?.ok_or_else(not_found)?;
        let spec = self.spec(&row).await?;
        self.start_post(&row, &spec).await;
        Ok(())
    }

    /// A look at a source through its running link.
    fn look(&self, source: SourceId) -> Look {
        let desk = self.clone();
        Arc::new(move || {
            let desk = desk.clone();
            Box::pin(async move {
                let looked = desk.engines.lock().await.get(&source).map(sync::Engine::look);
                looked.ok_or_else(not_found)?.await
            })
        })
    }

    /// What a sender has to tell a person.
    fn spawn_hearing(&self, post: &Post) {
        let (desk, mut notices) = (self.clone(), post.notices());
        tokio::spawn(async move {
            loop {
                match notices.recv().await {
                    Ok(problem) => desk.notice(problem),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                }
            }
        });
    }

    /// Tells a sender as soon as its line is back.
    pub(crate) fn spawn_line_watch(&self) {
        let (desk, links) = (self.clone(), self.links.changes());
        tokio::spawn(async move { desk.stop.clone().run_until_cancelled(desk.watch_lines(links)).await });
    }

    async fn watch_lines(&self, mut links: Receiver<model::LinkState>) {
        let live = |phase: &LinkPhase| matches!(phase, LinkPhase::Live { .. });
        let mut before: BTreeMap<SourceId, LinkPhase> = BTreeMap::new();
        loop {
            match links.recv().await {
                Ok(link) => {
                    let was = before.insert(link.source, link.phase.clone());
                    let same = was.is_some_and(|was| discriminant(&was) == discriminant(&link.phase));
                    if live(&link.phase)
                        && !same
                        && let Err(problem) = self.try_again(link.source, Again::LineIsBack).await
                    {
                        tracing::warn!(code = problem.code.as_str(), "What waits for the line waits on.");
                    }
                }
                Err(RecvError::Lagged(_)) => before.clear(),
                Err(RecvError::Closed) => return,
            }
        }
    }

    /// Makes what waited for this due now.
    pub(crate) async fn try_again(&self, source: SourceId, why: Again) -> Result<(), Problem> {
        if self.cannot_reply(source).await?.is_some() {
            return Ok(());
        }
        for row in self.store.outbox().await.map_err(|e| e.problem())? {
            let (entry, now) = (row.entry, self.now());
            if entry.source != source || !why.helps(entry.state, entry.problem.as_ref()) {
                continue;
            }
            match self.store.release_from(entry.id, entry.state, now).await.map_err(|e| e.problem()) {
                // It is leaving by itself, or has just been taken out.
                Err(problem) if matches!(problem.code, ProblemCode::AlreadySent | ProblemCode::NotFound) => {}
                released => drop(released?),
            }
        }
        if let Some(post) = self.posts.lock().await.get(&source) {
            post.nudge();
        }
        Ok(())
    }

    /// What an earlier run left in the outbox is put in order once, before anything leaves.
    pub(crate) async fn recover_outbox(&self) -> Result<(), Problem> {
        let recovering = async || {
            let held = self.store.recover_outbox(self.now()).await.map_err(|e| e.problem())?;
            tracing::info!(held, "The outbox is in order.");
            Ok(())
        };
        self.recovered.get_or_try_init(recovering).await.copied()
    }

    /// For the command line: sends what is due from a source whose link does not run, and waits until it has left or can't.
    pub(crate) async fn send_once(&self, row: &SourceRow, look: Look) -> Result<(), Problem> {
        let spec = self.spec(row).await?;
        let Some(courier) = self.around.connector.courier(&spec)? else { return Ok(()) };
        self.recover_outbox().await?;
        if self.is_settled(row.id).await? {
            return Ok(());
        }
        let post = self.post(row, courier, look);
        let settled = async {
            while !self.is_settled(row.id).await? {
                tokio::time::sleep(GLANCE).await;
            }
            Ok(())
        };
        let done = tokio::time::timeout(ONCE, settled).await;
        post.stop().await;
        done.unwrap_or(Ok(()))
    }

    /// Whether nothing is due from this source, nothing on its way, and each copy filed or tried.
    async fn is_settled(&self, source: SourceId) -> Result<bool, Problem> {
        let now = self.now();
        let due = self.store.next_outgoing(source, now).await.map_err(|e| e.problem())?;
        let copy_at = self.store.next_copy_at(source).await.map_err(|e| e.problem())?;
        if copy_at.is_some_and(|at| at <= now) {
            return Ok(false);
        }
        let rows = self.store.outbox().await.map_err(|e| e.problem())?;
        let under_way = |state| matches!(state, OutboxState::Sending | OutboxState::HandingOver);
        Ok(due.is_none() && !rows.iter().any(|row| row.entry.source == source && under_way(row.entry.state)))
    }
}

/// Why something could leave now that could not before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    LineIsBack,
    /// Another password, authorisation or server.
    AnsweredAnew,
}

impl Again {
    fn helps(self, state: OutboxState, problem: Option<&Problem>) -> bool {
        use ProblemCode::{
            AuthorisationExpired, GuardUnreadable, PasswordRefused, SecretMissing, SendingNotSetUp,
        };
        match (state, problem.map(|problem| problem.code)) {
            // It was never tried: its source could not be looked at.
            (OutboxState::Waiting, Some(GuardUnreadable)) => true,
            (
                OutboxState::Stopped,
                Some(PasswordRefused | AuthorisationExpired | SecretMissing | SendingNotSetUp),
            ) => self == Again::AnsweredAnew,
            _ => false,
        }
    }
}

/// How a source's mail leaves, as it is kept.
pub(crate) fn sending_of(config: &Value) -> Option<Sending> {
    let smtp: mailbox::Server = serde_json::from_value(config.get("smtp")?.clone()).ok()?;
    let copy: mailbox::SentCopies = config
        .get("sent_copies")
        .and_then(|copy| serde_json::from_value(copy.clone()).ok())
        .unwrap_or_default();
    let smtp = Server { host: smtp.host, port: smtp.port, encryption: smtp.encryption.into() };
    let copy = match copy {
        mailbox::SentCopies::Auto => SentCopies::Auto,
        mailbox::SentCopies::Always => SentCopies::Always,
        mailbox::SentCopies::Never => SentCopies::Never,
    };
    Some(Sending { smtp, copy })
}

/// Since when a source acknowledges; `None` when it does not.
pub(crate) fn acknowledges_since(config: &Value) -> Option<model::Millis> {
    config.get(ACKNOWLEDGES).and_then(|since| serde_json::from_value(since.clone()).ok())
}

/// A server for outgoing mail as it is kept.
pub(crate) fn smtp_server(smtp: &Server) -> Result<mailbox::Server, Problem> {
    let host = smtp.host.trim().to_owned();
    if host.is_empty() || smtp.port == 0 {
        return Err(Problem::new(ProblemCode::Invalid).with("field", "smtp"));
    }
    Ok(mailbox::Server { host, port: smtp.port, encryption: smtp.encryption.into() })
}

fn with_sending(config: Value, sending: Option<&Sending>) -> Result<Value, Problem> {
    let smtp = sending.map(|sending| smtp_server(&sending.smtp)).transpose()?;
    let config = with_field(config, "smtp", serde_json::to_value(smtp).map_err(internal)?)?;
    let Some(sending) = sending else { return Ok(config) };
    let copies = match sending.copy {
        SentCopies::Auto => mailbox::SentCopies::Auto,
        SentCopies::Always => mailbox::SentCopies::Always,
        SentCopies::Never => mailbox::SentCopies::Never,
    };
    with_field(config, "sent_copies", serde_json::to_value(copies).map_err(internal)?)
}

fn with_field(mut config: Value, name: &str, value: Value) -> Result<Value, Problem> {
    let fields = config.as_object_mut().ok_or_else(|| internal("a source's configuration is no object"))?;
    fields.insert(name.to_owned(), value);
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dto::Encryption;

    #[test]
    fn a_new_password_helps_what_the_old_one_stopped_and_nothing_else() {
        let helps = |why: Again, state, code| why.helps(state, Some(&Problem::new(code)));
        use OutboxState::{Review, Stopped, Unknown, Waiting};
        for why in [Again::LineIsBack, Again::AnsweredAnew] {
            assert!(helps(why, Waiting, ProblemCode::GuardUnreadable));
            assert!(!helps(why, Waiting, ProblemCode::DeliveryDeferred), "the server asked for time");
            assert!(!helps(why, Stopped, ProblemCode::RecipientsRefused));
            assert!(!helps(why, Review, ProblemCode::PasswordRefused));
            assert!(!helps(why, Unknown, ProblemCode::OutcomeUnknown), "never by itself");
            assert!(!why.helps(Waiting, None));
        }
        assert!(helps(Again::AnsweredAnew, Stopped, ProblemCode::PasswordRefused));
        assert!(!helps(Again::LineIsBack, Stopped, ProblemCode::PasswordRefused));
    }

    #[test]
    fn how_mail_leaves_is_read_back_as_it_was_set() {
        let config = json!({ "user": "care", "provider": "google" });
        assert_eq!(sending_of(&config), None);
        let smtp = Server { host: " smtp.shop.test ".into(), port: 465, encryption: Encryption::Tls };
        let set =
            with_sending(config, Some(&Sending { smtp: smtp.clone(), copy: SentCopies::Never })).unwrap();
        let read = sending_of(&set).unwrap();
        assert_eq!(
            (read.smtp.host.as_str(), read.smtp.port, read.copy),
            ("smtp.shop.test", 465, SentCopies::Never)
        );
        assert_eq!(set["provider"], "google", "the rest stays");
        assert_eq!(sending_of(&with_sending(set, None).unwrap()), None);
        let nowhere = Sending { smtp: Server { port: 0, ..smtp }, copy: SentCopies::Auto };
        assert_eq!(with_sending(json!({}), Some(&nowhere)).unwrap_err().code, ProblemCode::Invalid);
    }
}
