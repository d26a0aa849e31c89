//! Finds the settings of a mailbox from its address: known providers, then DNS, then autoconfig, then a guess that answers.
//!
//! Asks nobody but the name servers and the address's own domain. Never offers a server without encryption, except on this machine.
//! What is found is a proposal that a person sees before a password goes anywhere: without DNSSEC, DNS proves nothing.

mod autoconfig;
mod network;
mod providers;

use async_trait::async_trait;
use model::{Problem, ProblemCode};

use crate::{
    RemoteError,
    mailbox::{Encryption, Server},
};
pub use network::Network;

/// A provider that wants an authorisation instead of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provider {
    Google,
    Microsoft,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    Provider,
    Dns,
    Autoconfig,
    /// A usual name that answers.
    Guess,
}

impl FoundBy {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            FoundBy::Provider => "provider",
            FoundBy::Dns => "dns",
            FoundBy::Autoconfig => "autoconfig",
            FoundBy::Guess => "guess",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub imap: Server,
    /// For outgoing mail, under the same name; `None` where nobody says and none answers.
    pub smtp: Option<Server>,
    pub user: String,
    pub found_by: FoundBy,
    pub provider: Option<Provider>,
}

/// One answer to an SRV question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Lower case, without the final dot. Empty: the service is expressly not offered.
    pub host: String,
    pub port: u16,
    /// The lowest is asked first.
    pub priority: u16,
    pub weight: u16,
}

/// The name servers could not be asked at all; that there is no such record is an answer and not this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silent;

/// What discovery asks the world. [`Network`] is the world; tests bring their own.
#[async_trait]
pub trait World: Send + Sync {
    /// The hosts that receive the domain's mail, most preferred first, lower case, without the final dot.
    async fn exchanges(&self, domain: &str) -> Result<Vec<String>, Silent>;
    async fn services(&self, name: &str) -> Result<Vec<Service>, Silent>;
    /// The text at an HTTPS address, `None` if there is none. Follows no redirect out of `domain`.
    async fn text_at(&self, url: &url::Url, domain: &str) -> Option<String>;
    /// Whether something accepts a connection there.
    async fn answers(&self, host: &str, port: u16) -> bool;
}

/// The settings of `address`.
///
/// # Errors
/// `invalid` (`field` = `address`) for what is no address; `settings_not_found` when nobody knows; offline when nobody could be asked.
pub async fn find(address: &str, world: &dyn World) -> Result<Found, RemoteError> {
    let (address, domain) = parsed(address)?;
    if let Some(found) = providers::by_domain(&address, &domain) {
        return Ok(found);
    }
    let exchanges = world.exchanges(&domain).await;
    if let Some(found) = exchanges.as_ref().ok().and_then(|hosts| providers::by_exchange(&address, hosts)) {
        return Ok(found);
    }
    let mut found = by_services(&address, &domain, world).await;
    if found.is_none() {
        found = by_autoconfig(&address, &domain, world).await;
    }
    if found.is_none() {
        found = by_guess(&address, &domain, world).await;
    }
    match found {
        Some(found) if found.smtp.is_some() => Ok(found),
        Some(found) => Ok(Found { smtp: way_out(&domain, &found.imap, world).await, ..found }),
        None if exchanges.is_err() => {
            Err(RemoteError::offline(ProblemCode::SettingsNotFound).about(&address))
        }
        None => Err(RemoteError::permanent(Problem::new(ProblemCode::SettingsNotFound)).about(&address)),
    }
}

impl RemoteError {
    fn about(self, address: &str) -> RemoteError {
        RemoteError { problem: self.problem.with("address", address), ..self }
    }
}

/// The trimmed address and its domain in ASCII and lower case.
fn parsed(address: &str) -> Result<(String, String), RemoteError> {
    let address = address.trim();
    let domain = address.rsplit_once('@').and_then(|(local, domain)| {
        let plain = !local.is_empty() && !local.chars().any(|c| c.is_control() || c.is_whitespace());
        match url::Host::parse(domain) {
            Ok(url::Host::Domain(name)) if plain && name.contains('.') => Some(name),
            _ => None,
        }
    });
    let invalid = || RemoteError::permanent(Problem::new(ProblemCode::Invalid).with("field", "address"));
    domain.map(|domain| (address.to_owned(), domain.trim_end_matches('.').to_owned())).ok_or_else(invalid)
}

async fn by_services(address: &str, domain: &str, world: &dyn World) -> Option<Found> {
    let names =
        ["_imaps", "_imap", "_submissions", "_submission"].map(|name| format!("{name}._tcp.{domain}."));
    let [tls, start, out_tls, out_start] = names.each_ref().map(|name| world.services(name));
    let (tls, start, out_tls, out_start) = futures::join!(tls, start, out_tls, out_start);
    let first = |services: Result<Vec<Service>, Silent>, encryption| {
        let offered =
            services.ok()?.into_iter().filter(|service| !service.host.is_empty() && service.port != 0);
        let best = offered.min_by_key(|service| (service.priority, u16::MAX - service.weight))?;
        Some(Server { host: best.host, port: best.port, encryption })
    };
    let imap = first(tls, Encryption::Tls).or_else(|| first(start, Encryption::StartTls))?;
    let smtp = first(out_tls, Encryption::Tls).or_else(|| first(out_start, Encryption::StartTls));
    Some(Found { imap, smtp, user: address.to_owned(), found_by: FoundBy::Dns, provider: None })
}

async fn by_autoconfig(address: &str, domain: &str, world: &dyn World) -> Option<Found> {
    let mut own = url::Url::parse(&format!("https://autoconfig.{domain}/mail/config-v1.1.xml")).ok()?;
    own.query_pairs_mut().append_pair("emailaddress", address);
    let well_known = format!("https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml");
    let well_known = url::Url::parse(&well_known).ok()?;
    let (own, well_known) = futures::join!(world.text_at(&own, domain), world.text_at(&well_known, domain));
    [own, well_known].into_iter().flatten().find_map(|xml| autoconfig::read(&xml, address))
}

async fn by_guess(address: &str, domain: &str, world: &dyn World) -> Option<Found> {
    for name in ["imap", "mail"] {
        let host = format!("{name}.{domain}");
        if world.answers(&host, 993).await {
            let imap = Server { host, port: 993, encryption: Encryption::Tls };
            let user = address.to_owned();
            return Some(Found { imap, smtp: None, user, found_by: FoundBy::Guess, provider: None });
        }
    }
    None
}

/// The first of the usual names for outgoing mail that answers, one with TLS before any with STARTTLS.
async fn way_out(domain: &str, imap: &Server, world: &dyn World) -> Option<Server> {
    let hosts = [format!("smtp.{domain}"), format!("mail.{domain}"), imap.host.clone()];
    let ways = [(465, Encryption::Tls), (587, Encryption::StartTls)];
    let usual = ways.iter().flat_map(|(port, encryption)| {
        let at = |host: &String| Server { host: host.clone(), port: *port, encryption: *encryption };
        hosts.iter().map(at).collect::<Vec<_>>()
    });
    let answered = usual.map(|server| async move {
        let answers = world.answers(&server.host, server.port).await;
        answers.then_some(server)
    });
    futures::future::join_all(answered).await.into_iter().flatten().next()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::Retry;

    #[derive(Default)]
    struct Stage {
        silent: bool,
        exchanges: Vec<&'static str>,
        services: Vec<(&'static str, Service)>,
        pages: Vec<(&'static str, String)>,
        answering: Vec<&'static str>,
        asked: Mutex<Vec<String>>,
    }

    #[async_trait]
    impl World for Stage {
        async fn exchanges(&self, domain: &str) -> Result<Vec<String>, Silent> {
            self.asked.lock().unwrap().push(domain.to_owned());
            if self.silent {
                Err(Silent)
            } else {
                Ok(self.exchanges.iter().map(|host| (*host).to_owned()).collect())
            }
        }
        async fn services(&self, name: &str) -> Result<Vec<Service>, Silent> {
            self.asked.lock().unwrap().push(name.to_owned());
            Ok(self
                .services
                .iter()
                .filter(|(at, _)| *at == name)
                .map(|(_, service)| service.clone())
                .collect())
        }
        async fn text_at(&self, url: &url::Url, _: &str) -> Option<String> {
            self.asked.lock().unwrap().push(url.to_string());
            self.pages.iter().find(|(at, _)| *at == url.as_str()).map(|(_, text)| text.clone())
        }
        async fn answers(&self, host: &str, port: u16) -> bool {
            self.asked.lock().unwrap().push(format!("{host}:{port}"));
            self.answering.contains(&host)
        }
    }

    fn service(host: &str, port: u16, priority: u16) -> Service {
        Service { host: host.to_owned(), port, priority, weight: 0 }
    }

    #[tokio::test]
    async fn a_public_service_needs_no_question() {
        let stage = Stage::default();
        let found = find(" li@Gmail.com ", &stage).await.unwrap();
        assert_eq!((found.imap.host.as_str(), found.user.as_str()), ("imap.gmail.com", "li@Gmail.com"));
        assert!(stage.asked.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_company_is_found_by_its_mail_exchange() {
        let stage = Stage { exchanges: vec!["shop-test.mail.protection.outlook.com"], ..Stage::default() };
        let found = find("li@shop.test", &stage).await.unwrap();
        assert_eq!((found.provider, found.found_by), (Some(Provider::Microsoft), FoundBy::Provider));
    }

    #[tokio::test]
    async fn dns_services_count_by_priority_and_tls_before_starttls() {
        let services = vec![
            ("_imap._tcp.shop.test.", service("start.shop.test", 143, 0)),
            ("_imaps._tcp.shop.test.", service("second.shop.test", 993, 20)),
            ("_imaps._tcp.shop.test.", service("first.shop.test", 9993, 10)),
        ];
        let found = find("li@shop.test", &Stage { services, ..Stage::default() }).await.unwrap();
        assert_eq!(
            found.imap,
            Server { host: "first.shop.test".into(), port: 9993, encryption: Encryption::Tls }
        );
        assert_eq!(found.found_by, FoundBy::Dns);
    }

    #[tokio::test]
    async fn the_way_out_is_found_beside_the_way_in() {
        let imap = ("_imaps._tcp.shop.test.", service("in.shop.test", 993, 0));
        let start = ("_submission._tcp.shop.test.", service("start.shop.test", 1587, 0));
        let tls = ("_submissions._tcp.shop.test.", service("tls.shop.test", 1465, 0));
        let smtp = async |services, answering| {
            let stage = Stage { services, answering, ..Stage::default() };
            let smtp = find("li@shop.test", &stage).await.unwrap().smtp;
            smtp.map(|smtp| (smtp.host, smtp.port, smtp.encryption))
        };
        let wanted = |host: &str, port, encryption| Some((host.to_owned(), port, encryption));
        let told = smtp(vec![imap.clone(), start.clone(), tls], vec![]).await;
        assert_eq!(told, wanted("tls.shop.test", 1465, Encryption::Tls));
        let told = smtp(vec![imap.clone(), start], vec![]).await;
        assert_eq!(told, wanted("start.shop.test", 1587, Encryption::StartTls));
        let guessed = smtp(vec![imap.clone()], vec!["mail.shop.test", "in.shop.test"]).await;
        assert_eq!(guessed, wanted("mail.shop.test", 465, Encryption::Tls));
        assert_eq!(smtp(vec![imap], vec![]).await, None);
    }

    #[tokio::test]
    async fn a_service_expressly_not_offered_is_not_used() {
        let services = vec![
            ("_imaps._tcp.shop.test.", service("", 0, 0)),
            ("_imap._tcp.shop.test.", service("imap.shop.test", 143, 0)),
        ];
        let found = find("li@shop.test", &Stage { services, ..Stage::default() }).await.unwrap();
        assert_eq!(found.imap.encryption, Encryption::StartTls);
    }

    #[tokio::test]
    async fn autoconfig_is_asked_of_the_own_domain_only() {
        let xml = r#"<c><incomingServer type="imap"><hostname>in.shop.test</hostname><port>993</port><socketType>SSL</socketType></incomingServer></c>"#;
        let at = "https://shop.test/.well-known/autoconfig/mail/config-v1.1.xml";
        let stage = Stage { pages: vec![(at, xml.to_owned())], ..Stage::default() };
        let found = find("li+a@shop.test", &stage).await.unwrap();
        assert_eq!((found.imap.host.as_str(), found.found_by), ("in.shop.test", FoundBy::Autoconfig));
        let asked = stage.asked.lock().unwrap().join("\n");
        assert!(
            asked.contains(
                "https://autoconfig.shop.test/mail/config-v1.1.xml?emailaddress=li%2Ba%40shop.test"
            )
        );
        assert!(asked.lines().all(|line| line.contains("shop.test")));
    }

    #[tokio::test]
    async fn a_guess_counts_only_if_it_answers() {
        let stage = Stage { answering: vec!["mail.shop.test"], ..Stage::default() };
        let found = find("li@shop.test", &stage).await.unwrap();
        assert_eq!((found.imap.host.as_str(), found.found_by), ("mail.shop.test", FoundBy::Guess));
        let lost = find("li@shop.test", &Stage::default()).await.unwrap_err();
        assert_eq!((lost.retry, lost.problem.code), (Retry::Permanent, ProblemCode::SettingsNotFound));
        let offline = find("li@shop.test", &Stage { silent: true, ..Stage::default() }).await.unwrap_err();
        assert_eq!(offline.retry, Retry::Offline);
    }

    #[tokio::test]
    async fn what_is_no_address_is_never_asked_about() {
        for text in [
            "",
            "li",
            "@shop.test",
            "li@",
            "li@localhost",
            "li@[10.0.0.1]",
            "li@10.0.0.1",
            "a b@c.test",
            "li@a/b.test",
        ] {
            let stage = Stage::default();
            let error = find(text, &stage).await.unwrap_err();
            assert_eq!(error.problem.code, ProblemCode::Invalid, "{text}");
            assert!(stage.asked.lock().unwrap().is_empty());
        }
    }

    #[tokio::test]
    async fn a_domain_in_another_script_is_asked_in_ascii() {
        let stage = Stage { answering: vec!["imap.xn--fiqs8s.test"], ..Stage::default() };
        assert_eq!(find("li@中国.test", &stage).await.unwrap().imap.host, "imap.xn--fiqs8s.test");
    }
}
