//! Builds the adapters: this is the only place that knows which kinds of sources there are.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use app::{
    Clock, Connector, Credentials, Dressing, SourceSpec, Tagged,
    dto::{MailboxChecked, Provider},
};
use async_trait::async_trait;
use model::{Millis, Problem, ProblemCode};
use remote::{
    Courier, Helpdesk, discovery,
    mailbox::{Mailbox, MailboxConfig, MailboxCourier, Secret},
    oauth::{Client, Renewing},
};
use sample::{Sample, SampleConfig, SampleCourier};
use serde::Deserialize;
use zeroize::Zeroizing;

/// How many of the sample's newest tickets carry a tag of their matter.
const DRESSED: u32 = 400;

/// What renews the token of an address, for as long as an adapter uses it.
struct Shared {
    address: String,
    refresh: Zeroizing<String>,
    renewing: Weak<Renewing>,
}

/// The real adapters.
pub struct Adapters {
    /// Reading and sending share one, since a provider may take back the old token as soon as it gives a new one.
    renewing: Mutex<Vec<Shared>>,
    clock: Clock,
}

#[async_trait]
impl Connector for Adapters {
    fn connect(&self, spec: &SourceSpec) -> Result<Arc<dyn Helpdesk>, Problem> {
        match spec.kind.as_str() {
            "mailbox" => Ok(Arc::new(self.mailbox(spec)?)),
            "sample" => Ok(Arc::new(self.shop(spec)?)),
            _ => Err(Problem::new(ProblemCode::Invalid).with("field", "kind")),
        }
    }

    async fn check(&self, spec: &SourceSpec) -> Result<MailboxChecked, Problem> {
        let mailbox = self.mailbox(spec)?;
        let checked = mailbox.check().await.map_err(|error| error.problem)?;
        Ok(MailboxChecked { folders: checked.folders, messages: checked.messages, pushes: checked.pushes })
    }

    fn courier(&self, spec: &SourceSpec) -> Result<Option<Arc<dyn Courier>>, Problem> {
        match spec.kind.as_str() {
            "sample" => Ok(Some(Arc::new(SampleCourier))),
            "mailbox" if mailbox_config(spec)?.smtp.is_some() => Ok(Some(Arc::new(self.way_out(spec)?))),
            _ => Ok(None),
        }
    }

    async fn check_sending(&self, spec: &SourceSpec) -> Result<(), Problem> {
        self.way_out(spec)?.check_sending().await.map_err(|error| error.problem)
    }

    fn dressing(&self, spec: &SourceSpec, chinese: bool) -> Dressing {
        match (spec.kind.as_str(), self.shop(spec)) {
            ("sample", Ok(shop)) => dressing(&shop, chinese),
            _ => Dressing::default(),
        }
    }
}

impl Adapters {
    pub fn new(clock: Clock) -> Adapters {
        Adapters { clock, renewing: Mutex::default() }
    }

    fn mailbox(&self, spec: &SourceSpec) -> Result<Mailbox, Problem> {
        Ok(Mailbox::new(mailbox_config(spec)?, self.secret(spec)?, self.clock.clone()))
    }

    fn way_out(&self, spec: &SourceSpec) -> Result<MailboxCourier, Problem> {
        Ok(MailboxCourier::new(mailbox_config(spec)?, self.secret(spec)?, self.clock.clone()))
    }

    fn secret(&self, spec: &SourceSpec) -> Result<Secret, Problem> {
        match &spec.credentials {
            Credentials::Password(password) => Ok(Secret::Password(password.clone())),
            Credentials::Authorised { provider, client_id, client_secret, refresh_token } => {
                let provider = match provider {
                    Provider::Google => discovery::Provider::Google,
                    Provider::Microsoft => discovery::Provider::Microsoft,
                };
                let unknown = || Problem::new(ProblemCode::Invalid).with("field", "client_id");
                let client = Client::of(provider, client_id, client_secret.as_deref()).ok_or_else(unknown)?;
                Ok(Secret::OAuth(self.renewing(spec, client, refresh_token)))
            }
            Credentials::None => Err(Problem::new(ProblemCode::SecretMissing).with("account", &spec.address)),
        }
    }

    fn renewing(&self, spec: &SourceSpec, client: Client, refresh: &Zeroizing<String>) -> Arc<Renewing> {
        let mut all = self.renewing.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|shared| shared.renewing.strong_count() > 0);
        let same = all.iter().find(|shared| shared.address == spec.address && shared.refresh == *refresh);
        if let Some(renewing) = same.and_then(|shared| shared.renewing.upgrade()) {
            return renewing;
        }
        let (clock, renewed) = (self.clock.clone(), spec.renewed.clone());
        let renewing = Arc::new(Renewing::new(client, &spec.address, refresh.clone(), clock, renewed));
        let (address, refresh) = (spec.address.clone(), refresh.clone());
        all.push(Shared { address, refresh, renewing: Arc::downgrade(&renewing) });
        renewing
    }

    fn shop(&self, spec: &SourceSpec) -> Result<Sample, Problem> {
        let kept: KeptSample = serde_json::from_value(spec.config.clone())
            .map_err(|error| Problem::new(ProblemCode::Invalid).with("field", "config").because(error))?;
        let shop =
            SampleConfig { seed: kept.seed, live: kept.live, ..SampleConfig::new(kept.tickets, kept.now_ms) };
        let shop =
            SampleConfig { messages_per_ticket: kept.messages.unwrap_or(shop.messages_per_ticket), ..shop };
        Ok(Sample::new(shop, self.clock.clone()))
    }
}

fn mailbox_config(spec: &SourceSpec) -> Result<MailboxConfig, Problem> {
    serde_json::from_value(spec.config.clone())
        .map_err(|error| Problem::new(ProblemCode::Invalid).with("field", "config").because(error))
}

fn dressing(shop: &Sample, chinese: bool) -> Dressing {
    let lang = if chinese { sample::Lang::Zh } else { sample::Lang::En };
    let tagged = |what| match what {
        sample::Tagged::Customer(address) => Tagged::Customer(address),
        sample::Tagged::Ticket(identity) => Tagged::Ticket(identity),
    };
    let tags = shop.tags(lang, DRESSED).map(|(what, tag)| (tagged(what), tag.to_owned()));
    Dressing { vips: shop.vips().collect(), tags: tags.collect() }
}

/// What the store keeps of a sample.
#[derive(Deserialize)]
struct KeptSample {
    seed: u64,
    tickets: u32,
    /// Absent in samples of older versions.
    messages: Option<u32>,
    now_ms: Millis,
    live: bool,
}
