//! The way out of a mailbox: SMTP to deliver, and IMAP to file a copy and to agree with other desks who answers by itself.
//!
//! Nothing is kept between calls: a mail leaves seldom, and a line that stood unused would only fail when it is needed. What it does over
//! IMAP is on lines of its own, so that reading never waits for it.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use model::incoming::Place;
use model::outgoing::Outgoing;
use model::{Millis, Problem, ProblemCode};

use crate::smtp::{self, Way};
use crate::{Claim, Courier, RemoteError, Threshold, Undelivered};

use super::config::{MailboxConfig, Pace, Secret};
use super::fault::Fault;
use super::live::{self, Live};
use super::{append, claim, login};

/// Sends as one mailbox.
pub struct MailboxCourier {
    config: MailboxConfig,
    secret: Secret,
    pace: Pace,
    clock: Arc<dyn Fn() -> Millis + Send + Sync>,
}

impl fmt::Debug for MailboxCourier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailboxCourier").field("host", &self.config.imap.host).finish_non_exhaustive()
    }
}

impl MailboxCourier {
    pub fn new(
        config: MailboxConfig,
        secret: Secret,
        clock: Arc<dyn Fn() -> Millis + Send + Sync>,
    ) -> MailboxCourier {
        MailboxCourier { config, secret, pace: Pace::default(), clock }
    }

    #[must_use]
    pub fn with_pace(mut self, pace: Pace) -> MailboxCourier {
        self.pace = pace;
        self
    }

    /// Logs in at the server for outgoing mail and asks whether this account may send as its own address. Sends nothing.
    ///
    /// # Errors
    /// `sending_not_set_up` (`account`) without such a server; else what the server or the line says.
    pub async fn check_sending(&self) -> Result<(), RemoteError> {
        // A person waits for this.
        let pace = Pace { verb: self.pace.answer.min(self.pace.verb), ..self.pace };
        smtp::check(self.way(&pace)?).await
    }

    fn way<'a>(&'a self, pace: &'a Pace) -> Result<Way<'a>, RemoteError> {
        let missing = || Problem::new(ProblemCode::SendingNotSetUp).with("account", &self.config.user);
        let server = self.config.smtp.as_ref().ok_or_else(|| RemoteError::permanent(missing()))?;
        Ok(Way { server, config: &self.config, secret: &self.secret, pace })
    }

    fn remote(&self, fault: Fault) -> RemoteError {
        fault.into_remote(&self.config.imap.host)
    }
}

#[async_trait]
impl Courier for MailboxCourier {
    async fn deliver(
        &self,
        outgoing: &Outgoing,
        mail: &[u8],
        threshold: &dyn Threshold,
    ) -> Result<(), Undelivered> {
        let way = self.way(&self.pace).map_err(Undelivered::NotSent)?;
        smtp::deliver(way, outgoing, mail, threshold).await
    }

    async fn file(&self, outgoing: &Outgoing, mail: &[u8]) -> Result<(), RemoteError> {
        if append::is_left_to_others(&self.config) {
            return Ok(());
        }
        let filed = async {
            let mut session = login::open(&self.config, &self.secret, &self.pace).await?;
            let listed = live::list(&mut session).await?;
            let filed = append::file(&mut session, &listed, &self.config, outgoing, mail).await;
            live::part(session).await;
            filed
        };
        filed.await.map_err(|fault| self.remote(fault))
    }

    async fn claim(&self, place: &Place) -> Result<Claim, RemoteError> {
        let claimed = async {
            let now = (self.clock)();
            let mut live = Live::open(&self.config, &self.secret, &self.pace, now).await?;
            let claimed = claim::claim(&mut live, place).await;
            live.leave().await;
            claimed
        };
        claimed.await.map_err(|fault| self.remote(fault))
    }
}
