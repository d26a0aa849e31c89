//! What the desk needs from the machine it runs on, and never reaches for itself: secrets, notifications, adapters, the time.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use model::{Millis, Problem, ProblemCode, TicketId, urgency::UrgentReason};
use remote::{Courier, Helpdesk};
use zeroize::Zeroizing;

use crate::dto::{MailboxChecked, Provider};

/// The system's key store. Calls may block for as long as a person takes to unlock it; the desk never makes them on a thread that serves others.
pub trait Secrets: Send + Sync {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<String>>, Problem>;
    fn set(&self, name: &str, secret: &str) -> Result<(), Problem>;
    /// Deleting what is not there is no error.
    fn delete(&self, name: &str) -> Result<(), Problem>;
}

/// The system's own notifications.
pub trait Notifier: Send + Sync {
    /// Why nothing can be shown, if so.
    fn trouble(&self) -> Option<Problem>;
    /// Hands it to the system and returns. A click comes back through [`crate::Desk::opened_from_notice`],
    /// a wish to be told later through [`crate::Desk::snooze`].
    fn show(&self, notice: Notice) -> Result<(), Problem>;
    /// Takes back what is still shown about this ticket, if anything.
    fn withdraw(&self, ticket: TicketId);
}

/// What to tell a person who may be looking elsewhere. Facts, not a sentence; whoever shows it masks what is private.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    Urgent {
        ticket: TicketId,
        requester: String,
        subject: String,
        reason: UrgentReason,
    },
    /// Many at once are one notice; the worst is opened by a click.
    ManyUrgent {
        worst: TicketId,
        count: usize,
    },
}

/// How a source proves who it is. Has no `Debug`, so that a secret never reaches a log.
#[derive(Clone)]
pub enum Credentials {
    None,
    Password(Zeroizing<String>),
    Authorised {
        provider: Provider,
        client_id: String,
        client_secret: Option<String>,
        refresh_token: Zeroizing<String>,
    },
}

/// All that is needed to build an adapter.
#[derive(Clone)]
pub struct SourceSpec {
    /// `mailbox`, `archive` or `sample`.
    pub kind: String,
    pub address: String,
    /// As the store keeps it: [`crate::MailboxConfig`] for a mailbox, [`crate::SampleConfig`] for the sample.
    pub config: serde_json::Value,
    pub credentials: Credentials,
    /// Called when the provider replaces the refresh token.
    pub renewed: Option<Arc<dyn Fn(Zeroizing<String>) + Send + Sync>>,
}

impl SourceSpec {
    /// For a source that needs none.
    pub(crate) fn without_secrets(row: &store::SourceRow) -> SourceSpec {
        SourceSpec {
            kind: row.kind.clone(),
            address: row.address.clone(),
            config: row.config.clone(),
            credentials: Credentials::None,
            renewed: None,
        }
    }
}

/// What a tag of a [`Dressing`] is put on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tagged {
    /// The customer with this address.
    Customer(String),
    /// The ticket of the message with this identity.
    Ticket(String),
}

/// What the people of a source would have put on its tickets by hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dressing {
    /// Addresses of customers who are VIPs.
    pub vips: Vec<String>,
    pub tags: Vec<(Tagged, String)>,
}

/// Builds adapters. The shell has the real ones, tests their fakes.
#[async_trait]
pub trait Connector: Send + Sync {
    fn connect(&self, spec: &SourceSpec) -> Result<Arc<dyn Helpdesk>, Problem>;
    /// Connects to a mailbox once and changes nothing.
    async fn check(&self, spec: &SourceSpec) -> Result<MailboxChecked, Problem>;
    /// The way out of a source; `None` when it has none, or none is set.
    fn courier(&self, _spec: &SourceSpec) -> Result<Option<Arc<dyn Courier>>, Problem> {
        Ok(None)
    }
    /// Tries a mailbox's server for outgoing mail once and sends nothing.
    async fn check_sending(&self, spec: &SourceSpec) -> Result<(), Problem> {
        Err(Problem::new(ProblemCode::SendingNotSetUp).with("account", &spec.address))
    }
    /// Only a sample has any.
    fn dressing(&self, _spec: &SourceSpec, _chinese: bool) -> Dressing {
        Dressing::default()
    }
}

/// The time as this machine tells it.
pub type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;

/// Everything the desk is given at its start.
pub struct Surroundings {
    pub secrets: Arc<dyn Secrets>,
    pub notifier: Arc<dyn Notifier>,
    pub connector: Arc<dyn Connector>,
    pub clock: Clock,
    /// Where a person expects what they save; attachments go there.
    pub downloads: PathBuf,
}
