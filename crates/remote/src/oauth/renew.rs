//! Access tokens that are always good: kept until shortly before they run out, then renewed once for everybody who waits.

use std::sync::Arc;

use async_trait::async_trait;
use model::Millis;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use super::{Client, Clock, Tokens, token};
use crate::{RemoteError, mailbox::TokenSource};

/// A token is renewed this long before it runs out, so that it does not run out between here and the server.
const MARGIN_MS: i64 = 2 * Millis::MINUTE;

/// Called with the refresh token that takes the old one's place.
pub type Renewed = Arc<dyn Fn(Zeroizing<String>) + Send + Sync>;

/// A refresh token at work.
pub struct Renewing {
    client: Client,
    account: String,
    clock: Clock,
    renewed: Option<Renewed>,
    held: Mutex<Held>,
}

struct Held {
    refresh: Zeroizing<String>,
    access: Option<(Zeroizing<String>, Millis)>,
}

impl Renewing {
    pub fn new(
        client: Client,
        account: &str,
        refresh: Zeroizing<String>,
        clock: Clock,
        renewed: Option<Renewed>,
    ) -> Renewing {
        let held = Mutex::new(Held { refresh, access: None });
        Renewing { client, account: account.to_owned(), clock, renewed, held }
    }

    async fn renew(&self, held: &mut Held) -> Result<Zeroizing<String>, RemoteError> {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", held.refresh.as_str()),
            ("client_id", &self.client.client_id),
        ];
        let Tokens { access, expires_at, refresh, .. } =
            token::exchange(&self.client, &form, &self.account, &self.clock).await?;
        if let Some(refresh) = refresh.filter(|new| *new != held.refresh) {
            held.refresh = refresh.clone();
            if let Some(renewed) = &self.renewed {
                renewed(refresh);
            }
        }
        held.access = Some((access.clone(), expires_at));
        Ok(access)
    }
}

#[async_trait]
impl TokenSource for Renewing {
    /// # Errors
    /// `authorisation_expired`, permanent, when the provider takes the refresh token no longer.
    async fn access_token(&self, refresh: bool) -> Result<Zeroizing<String>, RemoteError> {
        let mut held = self.held.lock().await;
        let now = (self.clock)();
        match &held.access {
            Some((access, until)) if !refresh && until.since(now) > MARGIN_MS => Ok(access.clone()),
            _ => self.renew(&mut held).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Mutex as StdMutex,
        atomic::{AtomicI64, Ordering},
    };

    use model::ProblemCode;

    use super::*;
    use crate::{
        Retry,
        discovery::Provider,
        web::served::{Served, response, serve},
    };

    struct Bench {
        source: Renewing,
        served: Served,
        now: Arc<AtomicI64>,
        kept: Arc<StdMutex<Vec<String>>>,
    }

    async fn bench(answers: &[(&str, &str)]) -> Bench {
        let answers =
            answers.iter().map(|(status, body)| response(status, "application/json", body)).collect();
        let served = serve(answers).await;
        let mut client = Client::of(Provider::Microsoft, "id", None).unwrap();
        client.token = url::Url::parse(&format!("http://127.0.0.1:{}/", served.port)).unwrap();
        let (now, kept) = (Arc::new(AtomicI64::new(0)), Arc::new(StdMutex::new(Vec::new())));
        let (ticking, keeping) = (now.clone(), kept.clone());
        let clock: Clock = Arc::new(move || Millis(ticking.load(Ordering::SeqCst)));
        let renewed: Renewed = Arc::new(move |token| keeping.lock().unwrap().push(token.to_string()));
        let source = Renewing::new(client, "li@shop.test", Zeroizing::new("R0".into()), clock, Some(renewed));
        Bench { source, served, now, kept }
    }

    #[tokio::test]
    async fn a_token_is_kept_until_shortly_before_it_runs_out() {
        let bench = bench(&[
            ("200 OK", r#"{"access_token":"A1","expires_in":600}"#),
            ("200 OK", r#"{"access_token":"A2","expires_in":600}"#),
        ])
        .await;
        let at = async |ms: i64| {
            bench.now.store(ms, Ordering::SeqCst);
            bench.source.access_token(false).await.unwrap().to_string()
        };
        assert_eq!(at(0).await, "A1");
        assert_eq!(at(600_000 - MARGIN_MS - 1).await, "A1");
        assert_eq!(at(600_000 - MARGIN_MS).await, "A2");
        assert_eq!(bench.served.asked.lock().unwrap().len(), 2);
    }

    #[tokio::test]
    async fn a_refused_token_is_renewed_at_once_and_a_rotated_refresh_token_kept() {
        let bench = bench(&[
            ("200 OK", r#"{"access_token":"A1","expires_in":600,"refresh_token":"R1"}"#),
            ("200 OK", r#"{"access_token":"A2","expires_in":600,"refresh_token":"R1"}"#),
        ])
        .await;
        assert_eq!(bench.source.access_token(false).await.unwrap().as_str(), "A1");
        assert_eq!(bench.source.access_token(true).await.unwrap().as_str(), "A2");
        assert_eq!(*bench.kept.lock().unwrap(), ["R1"]);
        let asked = bench.served.asked.lock().unwrap().clone();
        assert!(asked[0].contains("refresh_token=R0") && asked[1].contains("refresh_token=R1"));
    }

    #[tokio::test]
    async fn many_who_wait_share_one_renewal() {
        let bench = bench(&[("200 OK", r#"{"access_token":"A1","expires_in":600}"#)]).await;
        let all = futures::future::join_all((0..8).map(|_| bench.source.access_token(false))).await;
        assert!(all.iter().all(|token| token.as_ref().unwrap().as_str() == "A1"));
        assert_eq!(bench.served.asked.lock().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_withdrawn_authorisation_is_permanent_and_a_busy_server_is_not() {
        let bench = bench(&[("400 Bad Request", r#"{"error":"invalid_grant"}"#), ("503 Busy", "")]).await;
        let withdrawn = bench.source.access_token(false).await.unwrap_err();
        assert_eq!(
            (withdrawn.retry, withdrawn.problem.code),
            (Retry::Permanent, ProblemCode::AuthorisationExpired)
        );
        assert_eq!(withdrawn.problem.params["account"], "li@shop.test");
        let busy = bench.source.access_token(false).await.unwrap_err();
        assert!(matches!(busy.retry, Retry::Transient { .. }));
    }

    #[tokio::test]
    async fn a_provider_out_of_reach_is_being_offline() {
        let mut bench = bench(&[("200 OK", "")]).await;
        bench.source.client.token = url::Url::parse("http://127.0.0.1:1/").unwrap();
        assert_eq!(bench.source.access_token(false).await.unwrap_err().retry, Retry::Offline);
    }
}
