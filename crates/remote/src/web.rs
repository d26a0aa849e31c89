//! The HTTPS client of `discovery` and `oauth`: bounded in time and size, and quiet about what it carries.
//!
//! Certificates are checked as the platform checks them; plain HTTP is refused except by tests, which serve on loopback.
//! It never logs an address or a body, and follows no redirect unless the caller says which.

use std::time::Duration;

use model::{Problem, ProblemCode};
use reqwest::{Client, ClientBuilder, Response, redirect};

use crate::RemoteError;

const CONNECT_LIMIT: Duration = Duration::from_secs(6);

/// A client that gives up after `limit`, all in all.
pub(crate) fn builder(limit: Duration, redirects: redirect::Policy) -> ClientBuilder {
    // A second installation is refused and changes nothing: the first provider stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(concat!("Foredeck/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_LIMIT)
        .timeout(limit)
        .redirect(redirects)
}

/// A client for this machine alone: no proxy, no redirect, and as much time as the work there takes.
///
/// # Errors
/// `internal` when the platform gives no certificate store.
pub fn loopback_client() -> Result<Client, RemoteError> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    built(Client::builder().no_proxy().redirect(redirect::Policy::none()).connect_timeout(CONNECT_LIMIT))
}

pub(crate) fn built(builder: ClientBuilder) -> Result<Client, RemoteError> {
    let broken = |error: reqwest::Error| Problem::new(ProblemCode::Internal).because(error.without_url());
    builder.build().map_err(|error| RemoteError::permanent(broken(error)))
}

/// The body, or `None` when it is longer than `most` bytes. Reads no more than that.
pub(crate) async fn bounded(mut response: Response, most: usize) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > most {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// What a request that brought no answer means.
pub(crate) fn failed(host: &str, error: reqwest::Error) -> RemoteError {
    let cause = error.without_url();
    if cause.is_connect() {
        let problem = Problem::new(ProblemCode::Unreachable).with("host", host).with("port", 443);
        return RemoteError {
            problem: problem.because(deepest(&cause)),
            ..RemoteError::offline(ProblemCode::Unreachable)
        };
    }
    RemoteError::transient(Problem::new(ProblemCode::LineDropped).with("host", host).because(deepest(&cause)))
}

/// The innermost error is the one that says something.
fn deepest(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// A web server on loopback that answers what it is told and remembers what it was asked.
#[cfg(test)]
pub(crate) mod served {
    use std::sync::{Arc, Mutex};

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    pub(crate) struct Served {
        pub(crate) port: u16,
        /// Each request: its head and body as they came.
        pub(crate) asked: Arc<Mutex<Vec<String>>>,
    }

    /// Answers the n-th request with the n-th of `answers` (whole HTTP responses), the last one again and again.
    pub(crate) async fn serve(answers: Vec<String>) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        tokio::spawn(async move {
            let mut count = 0;
            while let Ok((mut line, _)) = listener.accept().await {
                let request = read(&mut line).await;
                seen.lock().unwrap().push(request);
                let answer = &answers[count.min(answers.len() - 1)];
                count += 1;
                let _ = line.write_all(answer.as_bytes()).await;
                let _ = line.shutdown().await;
            }
        });
        Served { port, asked }
    }

    pub(crate) fn response(status: &str, kind: &str, body: &str) -> String {
        let length = body.len();
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
    }

    async fn read(line: &mut TcpStream) -> String {
        let mut bytes = Vec::new();
        loop {
            let mut chunk = [0; 4096];
            let count = line.read(&mut chunk).await.unwrap_or(0);
            bytes.extend_from_slice(&chunk[..count]);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if count == 0 || whole(&text) {
                return text;
            }
        }
    }

    fn whole(request: &str) -> bool {
        let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
        let length = head.lines().find_map(|line| {
            line.to_lowercase().strip_prefix("content-length:").and_then(|value| value.trim().parse().ok())
        });
        body.len() >= length.unwrap_or(0)
    }
}
