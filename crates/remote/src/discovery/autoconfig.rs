//! The autoconfig file a domain may publish (`config-v1.1.xml`), read without trusting it.
//!
//! Reads at most [`MOST_BYTES`], resolves no entity but XML's own five and character references, and takes no server without encryption.

use quick_xml::{Reader, events::Event};

use super::{Encryption, Found, FoundBy, Server};

/// Real files are under 10 KiB.
pub(super) const MOST_BYTES: usize = 256 * 1024;
const MOST_TEXT: usize = 512;

/// The first servers the file names for IMAP and for outgoing mail, one with TLS before one with STARTTLS. `None` when it names none for IMAP or is
/// no such file.
pub(super) fn read(xml: &str, address: &str) -> Option<Found> {
    let offers = offers(xml)?;
    let best = |outgoing: bool| {
        let offers = offers.iter().filter(|offer| offer.outgoing == outgoing);
        let usable = offers.filter_map(|offer| offer.server(address).map(|server| (offer, server)));
        usable.min_by_key(|(_, server)| server.encryption == Encryption::StartTls)
    };
    let (offer, imap) = best(false)?;
    let smtp = best(true).map(|(_, server)| server);
    let user = if offer.user.is_empty() { address.to_owned() } else { filled(&offer.user, address) };
    Some(Found { imap, smtp, user, found_by: FoundBy::Autoconfig, provider: None })
}

#[derive(Default)]
struct Offer {
    outgoing: bool,
    host: String,
    port: String,
    socket: String,
    user: String,
}

impl Offer {
    fn server(&self, address: &str) -> Option<Server> {
        let host = match url::Host::parse(&filled(&self.host, address)).ok()? {
            url::Host::Domain(name) => name,
            _ => return None,
        };
        let port = self.port.parse().ok().filter(|port| *port != 0)?;
        let encryption = match self.socket.to_ascii_uppercase().as_str() {
            "SSL" => Encryption::Tls,
            "STARTTLS" => Encryption::StartTls,
            _ => return None,
        };
        Some(Server { host, port, encryption })
    }

    fn field(&mut self, tag: &str) -> Option<&mut String> {
        match tag {
            "hostname" => Some(&mut self.host),
            "port" => Some(&mut self.port),
            "socketType" => Some(&mut self.socket),
            "username" => Some(&mut self.user),
            _ => None,
        }
    }
}

/// Every `<incomingServer type="imap">` and `<outgoingServer type="smtp">`, in order. `None` for what is not well-formed.
fn offers(xml: &str) -> Option<Vec<Offer>> {
    let mut reader = Reader::from_str(xml);
    let (mut offers, mut offer, mut tag) = (Vec::new(), None::<Offer>, String::new());
    loop {
        match reader.read_event().ok()? {
            Event::Eof => return Some(offers),
            Event::Start(start) => {
                tag = start.local_name().into_inner().to_owned();
                if let Some(wanted) = kind_of(&tag) {
                    let kind = start.try_get_attribute("type").ok()?;
                    let outgoing = tag == "outgoingServer";
                    let fits = kind.is_some_and(|kind| kind.value.eq_ignore_ascii_case(wanted));
                    offer = fits.then(|| Offer { outgoing, ..Offer::default() });
                }
            }
            Event::End(end) => {
                tag.clear();
                if kind_of(end.local_name().into_inner()).is_some() {
                    offers.extend(offer.take());
                }
            }
            Event::Text(text) => append(&mut offer, &tag, text.trim()),
            Event::GeneralRef(name) => append(&mut offer, &tag, &resolved(&name)?),
            _ => {}
        }
    }
}

/// What is wanted of a server under such a tag.
fn kind_of(tag: &str) -> Option<&'static str> {
    match tag {
        "incomingServer" => Some("imap"),
        "outgoingServer" => Some("smtp"),
        _ => None,
    }
}

fn append(offer: &mut Option<Offer>, tag: &str, text: &str) {
    let field = offer.as_mut().and_then(|offer| offer.field(tag));
    if let Some(field) = field.filter(|field| field.len() + text.len() <= MOST_TEXT) {
        field.push_str(text);
    }
}

/// An entity of the file's own making is refused with the whole file.
fn resolved(name: &quick_xml::events::BytesRef<'_>) -> Option<String> {
    if let Some(char) = name.resolve_char_ref().ok()? {
        return Some(char.to_string());
    }
    let predefined = quick_xml::escape::resolve_predefined_entity(name);
    predefined.map(str::to_owned)
}

fn filled(template: &str, address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    template
        .replace("%EMAILADDRESS%", address)
        .replace("%EMAILLOCALPART%", local)
        .replace("%EMAILDOMAIN%", domain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(servers: &str) -> String {
        format!(
            r#"<?xml version="1.0"?><clientConfig version="1.1"><emailProvider id="b.test">{servers}</emailProvider></clientConfig>"#
        )
    }

    fn server(kind: &str, host: &str, port: &str, socket: &str, user: &str) -> String {
        format!(
            "<incomingServer type=\"{kind}\">\n <hostname>{host}</hostname>\n <port>{port}</port>\n <socketType>{socket}</socketType>\n <username>{user}</username>\n</incomingServer>"
        )
    }

    #[test]
    fn the_imap_server_with_tls_is_taken_and_the_user_filled_in() {
        let xml = file(
            &[
                server("pop3", "pop.b.test", "995", "SSL", "x"),
                server("imap", "plain.b.test", "143", "plain", "x"),
                server("imap", "start.%EMAILDOMAIN%", "143", "STARTTLS", "%EMAILADDRESS%"),
                server("imap", "imap.%EMAILDOMAIN%", "993", "SSL", "%EMAILLOCALPART%"),
            ]
            .concat(),
        );
        let found = read(&xml, "li@b.test").unwrap();
        assert_eq!(found.imap, Server { host: "imap.b.test".into(), port: 993, encryption: Encryption::Tls });
        assert_eq!((found.user.as_str(), found.found_by), ("li", FoundBy::Autoconfig));
    }

    #[test]
    fn the_server_for_outgoing_mail_is_taken_beside_it() {
        let outgoing = |port: &str, socket: &str| {
            server("smtp", "smtp.b.test", port, socket, "x").replace("incomingServer", "outgoingServer")
        };
        let imap = server("imap", "imap.b.test", "993", "SSL", "x");
        for (servers, wanted) in [
            ([outgoing("587", "STARTTLS"), outgoing("465", "SSL")].concat(), Some((465, Encryption::Tls))),
            (outgoing("587", "STARTTLS"), Some((587, Encryption::StartTls))),
            (outgoing("25", "plain"), None),
            (server("smtp", "smtp.b.test", "465", "SSL", "x"), None),
        ] {
            let found = read(&file(&format!("{servers}{imap}")), "li@b.test").unwrap();
            assert_eq!(found.imap.host, "imap.b.test");
            assert_eq!(found.smtp.map(|smtp| (smtp.port, smtp.encryption)), wanted);
        }
        assert_eq!(read(&file(&outgoing("465", "SSL")), "li@b.test"), None);
    }

    #[test]
    fn what_is_hostile_or_unencrypted_yields_nothing() {
        let refused = [
            file(&server("imap", "imap.b.test", "143", "plain", "x")),
            file(&server("imap", "imap.b.test", "0", "SSL", "x")),
            file(&server("imap", "10.0.0.1", "993", "SSL", "x")),
            file(&server("imap", "a b/c", "993", "SSL", "x")),
            "<html><body>not found".to_owned(),
            String::new(),
            format!(
                "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>{}",
                file(&server("imap", "&b;", "993", "SSL", "x"))
            ),
        ];
        for xml in refused {
            assert_eq!(read(&xml, "li@b.test"), None, "{xml}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_fail(xml in "(<[a-zA-Z/!?\\[\\]= \"'&;#0-9]*>|[^<]{0,9}){0,40}") {
            let _ = read(&xml, "li@b.test");
        }
    }
}
