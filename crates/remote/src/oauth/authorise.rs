//! One authorisation, from the address the browser opens to the tokens it brings.
//!
//! The state and the PKCE verifier are new random numbers each time. What the browser brings back counts only with that state.
//! Waits at most [`LIMIT`]; dropped earlier, it stops listening.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{Problem, ProblemCode};
use sha2::{Digest, Sha256};
use tokio::{net::TcpListener, time::timeout};
use url::Url;
use zeroize::Zeroizing;

use super::{
    Client, Clock, Tokens,
    loopback::{self, Returned},
    token,
};
use crate::RemoteError;

/// How long a person may take in the browser.
pub const LIMIT: Duration = Duration::from_secs(5 * 60);

/// An authorisation under way. The listener exists before the address does, so the browser never comes too early.
pub struct Authorising {
    client: Client,
    listener: TcpListener,
    redirect: String,
    url: Url,
    state: String,
    verifier: Zeroizing<String>,
}

impl Authorising {
    /// Begins to listen. `account` is the address the person typed, given to the provider as a hint.
    ///
    /// # Errors
    /// `internal` when this machine gives no port or no random numbers.
    pub async fn begin(client: Client, account: &str) -> Result<Authorising, RemoteError> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(internal)?;
        let port = listener.local_addr().map_err(internal)?.port();
        let redirect = format!("http://{}:{port}", client.redirect_host);
        let (state, verifier) = (random()?, random()?);
        let url = address(&client, &redirect, &state, &verifier, account);
        Ok(Authorising { client, listener, redirect, url, state: state.to_string(), verifier })
    }

    /// To be opened in the person's browser.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Waits for the person, then exchanges what the browser brought for tokens.
    ///
    /// # Errors
    /// `authorisation_abandoned` when the person declines or takes longer than [`LIMIT`]; else as the exchange fails.
    pub async fn finish(self, clock: Clock) -> Result<Tokens, RemoteError> {
        self.finish_within(LIMIT, clock).await
    }

    async fn finish_within(self, limit: Duration, clock: Clock) -> Result<Tokens, RemoteError> {
        let abandoned = || RemoteError::permanent(Problem::new(ProblemCode::AuthorisationAbandoned));
        let returned = timeout(limit, loopback::returned(self.listener, &self.state)).await;
        let code = match returned.map_err(|_| abandoned())?.map_err(internal)? {
            Returned::Code(code) => code,
            Returned::Refused => return Err(abandoned()),
        };
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", &self.redirect),
            ("client_id", &self.client.client_id),
            ("code_verifier", &self.verifier),
        ];
        token::exchange(&self.client, &form, "", &clock).await
    }
}

fn address(client: &Client, redirect: &str, state: &str, verifier: &str, account: &str) -> Url {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    let mut url = client.authorise.clone();
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &client.client_id)
        .append_pair("redirect_uri", redirect)
        .append_pair("scope", &client.scopes)
        .append_pair("state", state)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        .extend_pairs(&client.extra);
    if !account.is_empty() {
        url.query_pairs_mut().append_pair("login_hint", account);
    }
    url
}

/// 256 random bits as text, which PKCE takes as a verifier.
fn random() -> Result<Zeroizing<String>, RemoteError> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut()).map_err(internal)?;
    Ok(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_ref())))
}

fn internal(error: impl std::fmt::Display) -> RemoteError {
    RemoteError::permanent(Problem::new(ProblemCode::Internal).because(error))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use model::Millis;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    use super::*;
    use crate::{
        discovery::Provider,
        web::served::{Served, response, serve},
    };

    const TOKENS: &str =
        r#"{"access_token":"AT","refresh_token":"RT","expires_in":3599,"token_type":"Bearer"}"#;

    fn clock() -> Clock {
        Arc::new(|| Millis(1_000))
    }

    async fn provider(answer: &str, status: &str) -> (Client, Served) {
        let served = serve(vec![response(status, "application/json", answer)]).await;
        let mut client = Client::of(Provider::Google, "client-1", Some("of-every-copy")).unwrap();
        client.token = Url::parse(&format!("http://127.0.0.1:{}/token", served.port)).unwrap();
        (client, served)
    }

    fn query(url: &Url) -> BTreeMap<String, String> {
        url.query_pairs().into_owned().collect()
    }

    /// What the browser does: asks the address it was sent back to.
    async fn browse(url: &Url, path: &str) -> String {
        let to = Url::parse(&query(url)["redirect_uri"]).unwrap();
        let mut line = TcpStream::connect(("127.0.0.1", to.port().unwrap())).await.unwrap();
        line.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn a_person_who_agrees_brings_tokens() {
        let (client, served) = provider(TOKENS, "200 OK").await;
        let flow = Authorising::begin(client, "li@shop.test").await.unwrap();
        let url = flow.url().clone();
        let asked = query(&url);
        assert_eq!(
            (asked["login_hint"].as_str(), asked["code_challenge_method"].as_str()),
            ("li@shop.test", "S256")
        );
        let finishing = tokio::spawn(flow.finish(clock()));
        let page = browse(&url, &format!("/?state={}&code=C%2F1", asked["state"])).await;
        assert!(page.starts_with("HTTP/1.1 200") && page.contains("Foredeck") && page.contains("可以关闭"));

        let tokens = finishing.await.unwrap().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((tokens.access.as_str(), tokens.expires_at), ("AT", Millis(1_000 + 3_599_000)));
        assert_eq!(tokens.refresh.as_ref().map(|token| token.as_str()), Some("RT"));
        let request = served.asked.lock().unwrap().concat();
        let body: BTreeMap<String, String> =
            url::form_urlencoded::parse(request.split_once("\r\n\r\n").unwrap().1.as_bytes())
                .into_owned()
                .collect();
        assert_eq!(
            (body["code"].as_str(), body["redirect_uri"].as_str()),
            ("C/1", asked["redirect_uri"].as_str())
        );
        assert_eq!(body["client_secret"], "of-every-copy");
        let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(body["code_verifier"].as_bytes()));
        assert_eq!(proof, asked["code_challenge"]);
    }

    #[tokio::test]
    async fn a_wrong_state_a_silent_line_and_nonsense_do_not_end_the_wait() {
        let (client, _served) = provider(TOKENS, "200 OK").await;
        let flow = Authorising::begin(client, "").await.unwrap();
        let url = flow.url().clone();
        let (port, state) =
            (Url::parse(&query(&url)["redirect_uri"]).unwrap().port().unwrap(), query(&url)["state"].clone());
        let finishing = tokio::spawn(flow.finish(clock()));
        let _silent = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        for path in
            ["/?state=forged&code=evil", "/?code=evil", "/favicon.ico", "/?error=access_denied", "nonsense"]
        {
            assert!(browse(&url, path).await.starts_with("HTTP/1.1 4"), "{path}");
        }
        browse(&url, &format!("/?code=good&state={state}")).await;
        assert!(finishing.await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn a_person_who_declines_or_goes_away_has_abandoned_it() {
        let (client, served) = provider(TOKENS, "200 OK").await;
        let flow = Authorising::begin(client.clone(), "").await.unwrap();
        let url = flow.url().clone();
        let finishing = tokio::spawn(flow.finish(clock()));
        browse(&url, &format!("/?error=access_denied&state={}", query(&url)["state"])).await;
        let declined = finishing.await.unwrap().err().unwrap();
        assert_eq!(declined.problem.code, ProblemCode::AuthorisationAbandoned);

        let flow = Authorising::begin(client, "").await.unwrap();
        let gone = flow.finish_within(Duration::ZERO, clock()).await.err().unwrap();
        assert_eq!(gone.problem.code, ProblemCode::AuthorisationAbandoned);
        assert!(served.asked.lock().unwrap().is_empty(), "no code, no exchange");
    }

    #[tokio::test]
    async fn an_unknown_client_id_says_so() {
        let (client, _served) = provider(r#"{"error":"invalid_client"}"#, "401 Unauthorized").await;
        let flow = Authorising::begin(client, "").await.unwrap();
        let url = flow.url().clone();
        let finishing = tokio::spawn(flow.finish(clock()));
        browse(&url, &format!("/?code=c&state={}", query(&url)["state"])).await;
        let problem = finishing.await.unwrap().err().unwrap().problem;
        assert_eq!((problem.code, problem.params["field"].as_str()), (ProblemCode::Invalid, "client_id"));
    }
}
