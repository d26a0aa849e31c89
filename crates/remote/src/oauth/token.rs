//! The exchange at the provider's token address, and what its answers mean.
//!
//! An answer is read to 64 KiB and never logged. Which error means what is decided by its code (RFC 6749 §5.2), never by its words.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{Millis, Problem, ProblemCode};
use reqwest::{Response, StatusCode, redirect};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{Client, Clock};
use crate::{RemoteError, Retry, web};

const LIMIT: Duration = Duration::from_secs(30);
const MOST_BYTES: usize = 64 * 1024;
/// What a token is taken to last when the provider does not say.
const USUAL_SECONDS: i64 = 3_600;

/// What an authorisation gave. No `Debug`.
pub struct Tokens {
    pub access: Zeroizing<String>,
    pub expires_at: Millis,
    /// The new refresh token, where the provider gave one.
    pub refresh: Option<Zeroizing<String>>,
    /// The account's address, where the provider said it. Only to be shown: its signature is not checked, but it came from the
    /// provider's own token address over TLS.
    pub account: Option<String>,
}

/// Taken over into [`Tokens`] at once, so that nothing stays unwiped.
#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: Option<i64>,
    refresh_token: Option<String>,
    id_token: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

/// Posts `form` to the client's token address. `account` is for what a person reads if it fails.
pub(super) async fn exchange(
    client: &Client,
    form: &[(&str, &str)],
    account: &str,
    clock: &Clock,
) -> Result<Tokens, RemoteError> {
    let host = client.token.host_str().unwrap_or_default().to_owned();
    let http = web::built(reaching(&host))?;
    let asked_at = clock();
    let secret = client.client_secret.as_deref().map(|secret| ("client_secret", secret));
    let form: Vec<(&str, &str)> = form.iter().copied().chain(secret).collect();
    let sent = http.post(client.token.clone()).form(&form).send().await;
    let response = sent.map_err(|error| web::failed(&host, error))?;
    let status = response.status();
    let wait = retry_after(&response);
    let body = web::bounded(response, MOST_BYTES).await.map_err(|error| web::failed(&host, error))?;
    let body = Zeroizing::new(body.unwrap_or_default());
    if !status.is_success() {
        return Err(refused(status, wait, &body, &host, account));
    }
    let nonsense = |_| RemoteError::transient(Problem::new(ProblemCode::ServerNonsense).with("host", &host));
    let answer: Answer = serde_json::from_slice(&body).map_err(nonsense)?;
    Ok(tokens(answer, asked_at))
}

/// Encrypted and as the system's proxies say, except to this machine, where only tests are asked.
fn reaching(host: &str) -> reqwest::ClientBuilder {
    let builder = web::builder(LIMIT, redirect::Policy::none());
    if host == "127.0.0.1" { builder.no_proxy() } else { builder.https_only(true) }
}

fn tokens(answer: Answer, asked_at: Millis) -> Tokens {
    let seconds = answer.expires_in.unwrap_or(USUAL_SECONDS).clamp(0, Millis::DAY);
    Tokens {
        access: Zeroizing::new(answer.access_token),
        expires_at: asked_at.plus(seconds * Millis::SECOND),
        refresh: answer.refresh_token.filter(|token| !token.is_empty()).map(Zeroizing::new),
        account: answer.id_token.map(Zeroizing::new).and_then(|token| address(&token)),
    }
}

/// The `email` claim of an id token.
fn address(id_token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Claims {
        email: Option<String>,
        preferred_username: Option<String>,
    }
    let claims = URL_SAFE_NO_PAD.decode(id_token.split('.').nth(1)?).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    let said = claims.email.or(claims.preferred_username)?;
    Some(model::text::one_line(&said)).filter(|address| address.contains('@'))
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds: u64 = response.headers().get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.min(24 * 60 * 60)))
}

fn refused(
    status: StatusCode,
    wait: Option<Duration>,
    body: &[u8],
    host: &str,
    account: &str,
) -> RemoteError {
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        let seconds = wait.map_or(0, |wait| wait.as_secs());
        let problem = Problem::new(ProblemCode::ServerBusy).with("host", host).with("seconds", seconds);
        return RemoteError { retry: Retry::Transient { after: wait }, problem: problem.because(status) };
    }
    let Ok(Refusal { error }) = serde_json::from_slice(body) else {
        return RemoteError::transient(
            Problem::new(ProblemCode::ServerNonsense).with("host", host).because(status),
        );
    };
    let problem = match error.as_str() {
        "invalid_grant" | "interaction_required" | "consent_required" | "login_required" => {
            Problem::new(ProblemCode::AuthorisationExpired).with("account", account)
        }
        "temporarily_unavailable" | "slow_down" => {
            return RemoteError::transient(
                Problem::new(ProblemCode::ServerBusy).with("host", host).with("seconds", 0),
            );
        }
        _ => Problem::new(ProblemCode::Invalid).with("field", "client_id"),
    };
    RemoteError::permanent(problem.because(model::text::snippet(&error, 80)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_the_id_token_and_from_nothing_else() {
        let token = |claims: &str| format!("h.{}.s", URL_SAFE_NO_PAD.encode(claims));
        assert_eq!(address(&token(r#"{"email":"li@shop.test"}"#)).as_deref(), Some("li@shop.test"));
        assert_eq!(
            address(&token(r#"{"preferred_username":"li@shop.test"}"#)).as_deref(),
            Some("li@shop.test")
        );
        for nonsense in ["", "a.b", "a.%%.c", &token("[]"), &token(r#"{"email":"li"}"#)] {
            assert_eq!(address(nonsense), None);
        }
    }

    #[test]
    fn each_refusal_has_its_meaning() {
        let of = |status: u16, body: &str| {
            let error =
                refused(StatusCode::from_u16(status).unwrap(), None, body.as_bytes(), "h", "li@shop.test");
            (error.problem.code, error.retry == Retry::Permanent)
        };
        assert_eq!(of(400, r#"{"error":"invalid_grant"}"#), (ProblemCode::AuthorisationExpired, true));
        assert_eq!(of(400, r#"{"error":"interaction_required"}"#), (ProblemCode::AuthorisationExpired, true));
        assert_eq!(of(401, r#"{"error":"invalid_client"}"#), (ProblemCode::Invalid, true));
        assert_eq!(of(400, r#"{"error":"temporarily_unavailable"}"#), (ProblemCode::ServerBusy, false));
        assert_eq!(of(503, "busy"), (ProblemCode::ServerBusy, false));
        assert_eq!(of(403, "<html>portal</html>"), (ProblemCode::ServerNonsense, false));
    }
}
