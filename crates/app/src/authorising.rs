//! Finding a mailbox's settings and being authorised by its provider. Tokens stay here, under a handle; a window never sees one.

use model::{Problem, ProblemCode};
use remote::{
    discovery,
    oauth::{Authorising, Client},
};
use zeroize::Zeroizing;

use crate::{
    Credentials, Desk,
    dto::{Authorisation, Authorised, Encryption, MailSettings, Provider, Server},
    internal,
    reading::not_found,
};

/// The application an organisation registered, as the settings name it.
#[derive(Debug, Clone)]
pub(crate) struct Registered {
    provider: Provider,
    client_id: String,
    client_secret: Option<String>,
}

/// An authorisation on its way, or done and waiting to be used.
pub(crate) enum Pending {
    Asked { registered: Registered, authorising: Box<Authorising> },
    Given { registered: Registered, refresh_token: Zeroizing<String> },
}

/// More than this many unfinished authorisations, and the oldest handle is dropped.
const MOST_PENDING: usize = 8;

impl Desk {
    pub async fn find_mail_settings(&self, address: String) -> Result<MailSettings, Problem> {
        let found = {
            let network = discovery::Network::new().map_err(|error| error.problem)?;
            discovery::find(address.trim(), &network).await.map_err(|error| error.problem)?
        };
        Ok(MailSettings {
            imap: Server {
                host: found.imap.host,
                port: found.imap.port,
                encryption: found.imap.encryption.into(),
            },
            smtp: found.smtp.map(|smtp| Server {
                host: smtp.host,
                port: smtp.port,
                encryption: smtp.encryption.into(),
            }),
            user: found.user,
            found_by: match found.found_by {
                discovery::FoundBy::Provider => "provider",
                discovery::FoundBy::Dns => "dns",
                discovery::FoundBy::Autoconfig => "autoconfig",
                discovery::FoundBy::Guess => "guess",
            }
            .to_owned(),
            provider: found.provider.map(Provider::from),
        })
    }

    pub async fn begin_authorisation(
        &self,
        provider: Provider,
        address: String,
    ) -> Result<Authorisation, Problem> {
        let settings = self.settings().await?;
        let (client_id, client_secret) = match provider {
            Provider::Google => (settings.google_client_id, Some(settings.google_client_secret)),
            Provider::Microsoft => (settings.microsoft_client_id, None),
        };
        let missing = || Problem::new(ProblemCode::Invalid).with("field", "client_id");
        let client = Client::of(provider.into(), &client_id, client_secret.as_deref()).ok_or_else(missing)?;
        let authorising = Authorising::begin(client, address.trim()).await.map_err(|error| error.problem)?;
        let url = authorising.url().to_string();
        let registered = Registered { provider, client_id, client_secret };
        let handle = self.keep(Pending::Asked { registered, authorising: Box::new(authorising) }).await?;
        Ok(Authorisation { handle, url })
    }

    pub async fn finish_authorisation(&self, handle: String) -> Result<Authorised, Problem> {
        let pending = self.pending.lock().await.remove(&handle);
        let Some(Pending::Asked { registered, authorising }) = pending else {
            return Err(not_found());
        };
        let tokens = authorising.finish(self.around.clock.clone()).await.map_err(|error| error.problem)?;
        let refused = || Problem::new(ProblemCode::AuthorisationExpired);
        let refresh_token = tokens.refresh.ok_or_else(refused)?;
        let handle = self.keep(Pending::Given { registered, refresh_token }).await?;
        Ok(Authorised { handle, address: tokens.account })
    }

    /// What a finished authorisation gave. It can be used more than once: first to check, then to add.
    pub(crate) async fn authorised(&self, handle: &str) -> Result<Credentials, Problem> {
        match self.pending.lock().await.get(handle) {
            Some(Pending::Given { registered, refresh_token }) => Ok(Credentials::Authorised {
                provider: registered.provider,
                client_id: registered.client_id.clone(),
                client_secret: registered.client_secret.clone(),
                refresh_token: refresh_token.clone(),
            }),
            _ => Err(not_found()),
        }
    }

    async fn keep(&self, pending: Pending) -> Result<String, Problem> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(internal)?;
        // Handles begin with the moment, so that the first in order is the oldest.
        let random: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let handle = format!("{:016x}-{random}", self.now().0);
        let mut all = self.pending.lock().await;
        all.insert(handle.clone(), pending);
        while all.len() > MOST_PENDING {
            all.pop_first();
        }
        Ok(handle)
    }
}

macro_rules! same_words {
    ($($ours:ident = $theirs:path { $($word:ident),+ })+) => {$(
        impl From<$ours> for $theirs {
            fn from(word: $ours) -> Self {
                match word { $($ours::$word => Self::$word),+ }
            }
        }
        impl From<$theirs> for $ours {
            fn from(word: $theirs) -> Self {
                match word { $(<$theirs>::$word => Self::$word),+ }
            }
        }
    )+};
}
same_words! {
    Provider = discovery::Provider { Google, Microsoft }
    Encryption = remote::mailbox::Encryption { Tls, StartTls, None }
}
