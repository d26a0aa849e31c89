//! The world as discovery asks it: the system's name servers, HTTPS, and a connection tried. Each question is bounded in time and size.

use std::time::Duration;

use async_trait::async_trait;
use hickory_resolver::{ResolveError, TokioResolver};
use reqwest::{Client, redirect};
use tokio::{net::TcpStream, time::timeout};

use super::{Service, Silent, World, autoconfig, providers::is_within};
use crate::{RemoteError, web};

const DNS_LIMIT: Duration = Duration::from_secs(4);
const WEB_LIMIT: Duration = Duration::from_secs(8);
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const MOST_REDIRECTS: usize = 3;

/// The real network.
pub struct Network {
    resolver: Option<TokioResolver>,
    web: Client,
}

impl Network {
    /// Uses the system's name servers; without any, every DNS question is silent.
    ///
    /// # Errors
    /// `internal` when the platform gives no certificate store to check HTTPS with.
    pub fn new() -> Result<Network, RemoteError> {
        // Redirects are followed by hand, since the policy cannot know which domain was asked.
        let web = web::built(web::builder(WEB_LIMIT, redirect::Policy::none()).https_only(true))?;
        Ok(Network { resolver: resolver(), web })
    }
}

fn resolver() -> Option<TokioResolver> {
    let builder = TokioResolver::builder_tokio();
    let mut builder =
        builder.inspect_err(|error| tracing::warn!(%error, "The system names no DNS server.")).ok()?;
    builder.options_mut().timeout = DNS_LIMIT / 2;
    builder.options_mut().attempts = 1;
    Some(builder.build())
}

#[async_trait]
impl World for Network {
    async fn exchanges(&self, domain: &str) -> Result<Vec<String>, Silent> {
        let resolver = self.resolver.as_ref().ok_or(Silent)?;
        let answer =
            timeout(DNS_LIMIT, resolver.mx_lookup(format!("{domain}."))).await.map_err(|_| Silent)?;
        let mut records: Vec<_> = match answer {
            Ok(found) => found.iter().map(|mx| (mx.preference(), host(mx.exchange()))).collect(),
            Err(error) => return none_or_silent(&error),
        };
        records.sort();
        Ok(records.into_iter().map(|(_, host)| host).collect())
    }

    async fn services(&self, name: &str) -> Result<Vec<Service>, Silent> {
        let resolver = self.resolver.as_ref().ok_or(Silent)?;
        let answer = timeout(DNS_LIMIT, resolver.srv_lookup(name)).await.map_err(|_| Silent)?;
        match answer {
            Ok(found) => Ok(found
                .iter()
                .map(|srv| Service {
                    host: host(srv.target()),
                    port: srv.port(),
                    priority: srv.priority(),
                    weight: srv.weight(),
                })
                .collect()),
            Err(error) => none_or_silent(&error),
        }
    }

    async fn text_at(&self, url: &url::Url, domain: &str) -> Option<String> {
        text_at(&self.web, url.clone(), domain).await
    }

    async fn answers(&self, host: &str, port: u16) -> bool {
        matches!(timeout(CONNECT_LIMIT, TcpStream::connect((host, port))).await, Ok(Ok(_)))
    }
}

fn host(name: &hickory_resolver::Name) -> String {
    name.to_ascii().trim_end_matches('.').to_ascii_lowercase()
}

fn none_or_silent<T>(error: &ResolveError) -> Result<Vec<T>, Silent> {
    if error.is_no_records_found() || error.is_nx_domain() { Ok(Vec::new()) } else { Err(Silent) }
}

/// Every way of not getting a file is the same to discovery: there is none.
async fn text_at(web: &Client, mut url: url::Url, domain: &str) -> Option<String> {
    for _ in 0..=MOST_REDIRECTS {
        let response = web.get(url.clone()).send().await.ok()?;
        if response.status().is_redirection() {
            let to = response.headers().get("location")?.to_str().ok()?;
            url = url.join(to).ok().filter(|to| to.host_str().is_some_and(|host| is_within(host, domain)))?;
            continue;
        }
        let body = web::bounded(response.error_for_status().ok()?, autoconfig::MOST_BYTES).await.ok()??;
        return String::from_utf8(body).ok();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::served::{response, serve};

    fn plain() -> Client {
        web::built(web::builder(WEB_LIMIT, redirect::Policy::none()).no_proxy()).unwrap()
    }

    async fn fetched(answers: Vec<String>) -> (Option<String>, usize) {
        let served = serve(answers).await;
        let url = url::Url::parse(&format!("http://127.0.0.1:{}/x", served.port)).unwrap();
        let text = text_at(&plain(), url, "127.0.0.1").await;
        let asked = served.asked.lock().unwrap().len();
        (text, asked)
    }

    fn moved(to: &str) -> String {
        format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    }

    #[tokio::test]
    async fn a_file_is_read_and_a_redirect_within_the_domain_followed() {
        let ok = response("200 OK", "text/xml", "<x/>");
        assert_eq!(fetched(vec![moved("/y"), ok]).await, (Some("<x/>".to_owned()), 2));
    }

    #[tokio::test]
    async fn a_redirect_to_another_domain_and_a_circle_end_the_search() {
        assert_eq!(fetched(vec![moved("http://localhost:1/")]).await, (None, 1));
        assert_eq!(fetched(vec![moved("/x")]).await, (None, MOST_REDIRECTS + 1));
    }

    #[tokio::test]
    async fn a_missing_file_and_an_endless_one_are_no_file() {
        assert_eq!(fetched(vec![response("404 Not Found", "text/html", "<x/>")]).await.0, None);
        let long = "x".repeat(autoconfig::MOST_BYTES + 1);
        assert_eq!(fetched(vec![response("200 OK", "text/xml", &long)]).await.0, None);
    }

    #[tokio::test]
    async fn plain_http_is_refused_by_the_real_client() {
        let served = serve(vec![response("200 OK", "text/xml", "<x/>")]).await;
        let url = url::Url::parse(&format!("http://127.0.0.1:{}/", served.port)).unwrap();
        let network = Network::new().unwrap();
        assert_eq!(network.text_at(&url, "127.0.0.1").await, None);
        assert!(network.answers("127.0.0.1", served.port).await);
    }
}
