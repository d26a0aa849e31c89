//! Authorisations: asked for in the person's own browser, renewed without them.
//!
//! The authorisation code flow with PKCE (RFC 7636, S256) on a loopback redirect (RFC 8252). The client id is the organisation's own;
//! without one there is no provider. Tokens are wiped when dropped, have no `Debug` and never reach a log; the access token lives
//! only in memory, the refresh token goes to whoever keeps secrets.

mod authorise;
mod loopback;
mod renew;
mod token;

use std::sync::Arc;

use model::Millis;
use url::Url;

use crate::discovery::Provider;
pub use authorise::Authorising;
pub use renew::Renewing;
pub use token::Tokens;

/// The time as the machine tells it.
pub type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;

/// An application as the organisation registered it with a provider, and where that provider is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    pub client_id: String,
    /// Google gives desktop applications one too and asks for it; it protects nothing there and is no secret of the person's.
    pub client_secret: Option<String>,
    /// Where the person's browser is sent.
    pub authorise: Url,
    /// Where codes and refresh tokens are exchanged.
    pub token: Url,
    /// Separated by spaces.
    pub scopes: String,
    /// Parameters of the provider's own for the browser's address.
    pub extra: Vec<(&'static str, &'static str)>,
    /// `127.0.0.1` or `localhost`: how the provider wants this machine named. The listener is on 127.0.0.1 either way.
    pub redirect_host: &'static str,
}

impl Client {
    /// Reading and sending mail at `provider`. `None` without a client id: there is nothing to ask with.
    pub fn of(provider: Provider, client_id: &str, client_secret: Option<&str>) -> Option<Client> {
        let client_id = client_id.trim();
        if client_id.is_empty() {
            return None;
        }
        let client_secret =
            client_secret.map(str::trim).filter(|secret| !secret.is_empty()).map(str::to_owned);
        let client = match provider {
            Provider::Google => Client {
                client_id: client_id.to_owned(),
                client_secret,
                authorise: Url::parse("https://accounts.google.com/o/oauth2/v2/auth").ok()?,
                token: Url::parse("https://oauth2.googleapis.com/token").ok()?,
                scopes: "https://mail.google.com/ openid email".to_owned(),
                // Without these Google gives no refresh token the second time.
                extra: vec![("access_type", "offline"), ("prompt", "consent")],
                redirect_host: "127.0.0.1",
            },
            Provider::Microsoft => Client {
                client_id: client_id.to_owned(),
                client_secret,
                authorise: Url::parse("https://login.microsoftonline.com/common/oauth2/v2.0/authorize")
                    .ok()?,
                token: Url::parse("https://login.microsoftonline.com/common/oauth2/v2.0/token").ok()?,
                scopes: "https://outlook.office.com/IMAP.AccessAsUser.All \
                         https://outlook.office.com/SMTP.Send offline_access openid email"
                    .to_owned(),
                extra: vec![("prompt", "select_account")],
                // Its portal ignores the port of `localhost` only.
                redirect_host: "localhost",
            },
        };
        Some(client)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_client_id_there_is_no_provider() {
        assert_eq!(Client::of(Provider::Google, "  ", None), None);
        for provider in [Provider::Google, Provider::Microsoft] {
            let client = Client::of(provider, " id ", Some(" ")).unwrap();
            assert_eq!((client.client_id.as_str(), client.client_secret.as_deref()), ("id", None));
            assert!(client.authorise.scheme() == "https" && client.token.scheme() == "https");
        }
    }
}
