//! Builds the adapters: this is the only place that knows which kinds of sources there are.

use std::sync::Arc;

use app::{
    Clock, Connector, Credentials, SourceSpec,
    dto::{MailboxChecked, Provider},
};
use async_trait::async_trait;
use model::{Millis, Problem, ProblemCode};
use remote::{
    Helpdesk, discovery,
    mailbox::{Mailbox, MailboxConfig, Secret},
    oauth::{Client, Renewing},
};
use sample::{Sample, SampleConfig};
use serde::Deserialize;

/// The real adapters.
pub struct Adapters {
    pub clock: Clock,
}

#[async_trait]
impl Connector for Adapters {
    fn connect(&self, spec: &SourceSpec) -> Result<Arc<dyn Helpdesk>, Problem> {
        match spec.kind.as_str() {
            "mailbox" => Ok(Arc::new(self.mailbox(spec)?)),
            "sample" => self.sample(spec),
            _ => Err(Problem::new(ProblemCode::Invalid).with("field", "kind")),
        }
    }

    async fn check(&self, spec: &SourceSpec) -> Result<MailboxChecked, Problem> {
        let mailbox = self.mailbox(spec)?;
        let checked = mailbox.check().await.map_err(|error| error.problem)?;
        Ok(MailboxChecked { folders: checked.folders, messages: checked.messages, pushes: checked.pushes })
    }
}

impl Adapters {
    fn mailbox(&self, spec: &SourceSpec) -> Result<Mailbox, Problem> {
        let config: MailboxConfig = serde_json::from_value(spec.config.clone())
            .map_err(|error| Problem::new(ProblemCode::Invalid).with("field", "config").because(error))?;
        Ok(Mailbox::new(config, self.secret(spec)?, self.clock.clone()))
    }

    fn secret(&self, spec: &SourceSpec) -> Result<Secret, Problem> {
        match &spec.credentials {
            Credentials::Password(password) => Ok(Secret::Password(password.clone())),
            Credentials::Authorised { provider, client_id, refresh_token } => {
                let provider = match provider {
                    Provider::Google => discovery::Provider::Google,
                    Provider::Microsoft => discovery::Provider::Microsoft,
                };
                let unknown = || Problem::new(ProblemCode::Invalid).with("field", "client_id");
                let client = Client::of(provider, client_id).ok_or_else(unknown)?;
                let (refresh, clock) = (refresh_token.clone(), self.clock.clone());
                let renewing = Renewing::new(client, &spec.address, refresh, clock, spec.renewed.clone());
                Ok(Secret::OAuth(Arc::new(renewing)))
            }
            Credentials::None => Err(Problem::new(ProblemCode::SecretMissing).with("account", &spec.address)),
        }
    }

    fn sample(&self, spec: &SourceSpec) -> Result<Arc<dyn Helpdesk>, Problem> {
        let kept: KeptSample = serde_json::from_value(spec.config.clone())
            .map_err(|error| Problem::new(ProblemCode::Invalid).with("field", "config").because(error))?;
        let shop =
            SampleConfig { seed: kept.seed, live: kept.live, ..SampleConfig::new(kept.tickets, kept.now_ms) };
        Ok(Arc::new(Sample::new(shop, self.clock.clone())))
    }
}

/// What the store keeps of a sample.
#[derive(Deserialize)]
struct KeptSample {
    seed: u64,
    tickets: u32,
    now_ms: Millis,
    live: bool,
}
