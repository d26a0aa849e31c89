//! Where a link really goes, and whether its words say something else.

use ammonia::Url;

/// A link that may be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// Normalised: no control characters, host in ASCII.
    pub(super) href: String,
    /// What a person should look at: the host, or the address or number.
    pub(super) place: String,
    web: bool,
}

const LONGEST: usize = 4_000;

impl Target {
    /// `None` for anything but a web, mail or telephone link.
    pub(super) fn parse(href: &str) -> Option<Target> {
        let trimmed = href.trim();
        let whole = if trimmed.starts_with("//") { format!("https:{trimmed}") } else { trimmed.to_owned() };
        let url = Url::parse(&whole).ok().filter(|url| url.as_str().len() <= LONGEST)?;
        let web = matches!(url.scheme(), "http" | "https");
        let place = match url.scheme() {
            "http" | "https" => url.host_str()?.to_owned(),
            "mailto" | "tel" => url.path().to_owned(),
            _ => return None,
        };
        Some(Target { href: url.to_string(), place, web })
    }

    /// Whether `text` names a host or address that is not this one.
    pub(super) fn differs_from(&self, text: &str) -> bool {
        text.split(|c: char| c.is_whitespace() || "()<>[]（）《》，。、；|\"'".contains(c))
            .take(50)
            .filter_map(Named::parse)
            .any(|named| match named {
                Named::Host(host) => self.web && !same_site(&host, &self.place),
                Named::Address(address) => !self.web && !self.place.eq_ignore_ascii_case(&address),
            })
    }
}

enum Named {
    Host(String),
    Address(String),
}

/// Endings that look like a host's but name a file.
const FILES: &[&str] = &[
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "csv", "txt", "png", "jpg", "jpeg", "gif", "zip",
    "html", "htm",
];

impl Named {
    fn parse(word: &str) -> Option<Named> {
        let word = word.trim_matches(|c: char| ".,;:!?*".contains(c));
        let (scheme, rest) = word.split_once("://").unwrap_or(("", word));
        let host = rest.split(['/', '?', '#', ':']).next().unwrap_or("");
        if scheme.is_empty() && word.contains('@') {
            return Some(Named::Address(word.strip_prefix("mailto:").unwrap_or(word).to_owned()));
        }
        let ending = host.rsplit_once('.').map(|(_, ending)| ending.to_lowercase())?;
        let lettered = ending.chars().count() >= 2 && ending.chars().all(char::is_alphabetic);
        let file = scheme.is_empty() && rest == host && FILES.contains(&ending.as_str());
        if !lettered || file {
            return None;
        }
        Url::parse(&format!("https://{host}")).ok()?.host_str().map(|host| Named::Host(host.to_owned()))
    }
}

/// Two hosts are one site when the link's is the named one or stands under it.
fn same_site(named: &str, real: &str) -> bool {
    let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_ascii_lowercase();
    let (named, real) = (bare(named), bare(real));
    real == named || real.strip_suffix(&named).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_mail_and_telephone_links_go_anywhere() {
        for (href, place) in [
            ("https://Shop.test/a?b", Some("shop.test")),
            ("//shop.test/a", Some("shop.test")),
            ("mailto:a@b.test?subject=x", Some("a@b.test")),
            ("tel:+86 10 5555", Some("+86 10 5555")),
            ("http://bücher.test", Some("xn--bcher-kva.test")),
            ("javascript:alert(1)", None),
            ("java\tscript:alert(1)", None),
            ("\u{1}javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("vbscript:x", None),
            ("file:///etc/passwd", None),
            ("/relative", None),
            ("#top", None),
            ("blob:https://x.test/1", None),
        ] {
            assert_eq!(Target::parse(href).map(|target| target.place).as_deref(), place, "{href}");
        }
    }

    #[test]
    fn words_that_name_another_host_are_found_out() {
        let differs = |href: &str, text: &str| Target::parse(href).unwrap().differs_from(text);
        for (href, text) in [
            ("https://evil.test", "www.bank.test"),
            ("https://evil.test/bank.test", "https://bank.test/login"),
            ("https://bank.test.evil.test", "bank.test"),
            ("https://notbank.test", "bank.test"),
            ("https://xn--pple-43d.test", "apple.test"),
            ("mailto:thief@evil.test", "care@shop.test"),
            ("https://user:bank.test@evil.test", "bank.test"),
        ] {
            assert!(differs(href, text), "{text} → {href}");
        }
        for (href, text) in [
            ("https://www.shop.test/x", "shop.test"),
            ("https://pay.shop.test/x", "Shop.test."),
            ("https://shop.test", "click here"),
            ("https://shop.test", "invoice.pdf"),
            ("https://shop.test", "version 2.10"),
            ("mailto:care@shop.test", "care@shop.test"),
        ] {
            assert!(!differs(href, text), "{text} → {href}");
        }
    }
}
