//! Large providers, known by the address's domain or by the hosts that receive its mail. Pure tables.
//!
//! A row is here only if the provider publishes it. Everything is encrypted; Proton's is its bridge on this machine.

use super::{Encryption, Found, FoundBy, Provider, Server};

/// What the provider wants as user name.
#[derive(Clone, Copy)]
enum User {
    /// The whole address.
    Address,
    /// What stands before the `@`.
    LocalPart,
}

struct Mail {
    host: &'static str,
    port: u16,
    encryption: Encryption,
    user: User,
    provider: Option<Provider>,
}

const fn tls(host: &'static str) -> Mail {
    Mail { host, port: 993, encryption: Encryption::Tls, user: User::Address, provider: None }
}

const GOOGLE: Mail = Mail { provider: Some(Provider::Google), ..tls("imap.gmail.com") };
const MICROSOFT: Mail = Mail { provider: Some(Provider::Microsoft), ..tls("outlook.office365.com") };
const ICLOUD: Mail = Mail { user: User::LocalPart, ..tls("imap.mail.me.com") };
const PROTON: Mail = Mail { port: 1143, encryption: Encryption::StartTls, ..tls("127.0.0.1") };

/// Domains of public mail services. The first row that holds the domain counts.
const BY_DOMAIN: &[(&[&str], Mail)] = &[
    (&["gmail.com", "googlemail.com"], GOOGLE),
    (&["outlook.com", "hotmail.com", "live.com", "msn.com", "outlook.cn", "live.cn"], MICROSOFT),
    (&["outlook.de", "outlook.fr", "outlook.jp", "outlook.es", "outlook.it", "outlook.com.au"], MICROSOFT),
    (&["hotmail.de", "hotmail.fr", "hotmail.co.uk", "hotmail.es", "hotmail.it", "hotmail.co.jp"], MICROSOFT),
    (&["live.de", "live.fr", "live.co.uk", "live.nl", "live.jp", "live.com.au"], MICROSOFT),
    (&["yahoo.com", "ymail.com", "rocketmail.com", "yahoo.co.uk", "yahoo.de"], tls("imap.mail.yahoo.com")),
    (&["yahoo.fr", "yahoo.es", "yahoo.it", "yahoo.com.tw", "yahoo.com.hk"], tls("imap.mail.yahoo.com")),
    (&["yahoo.com.au", "yahoo.ca", "yahoo.in", "yahoo.co.in", "yahoo.com.br"], tls("imap.mail.yahoo.com")),
    (&["yahoo.co.jp", "ymail.ne.jp"], tls("imap.mail.yahoo.co.jp")),
    (&["aol.com", "aim.com"], tls("imap.aol.com")),
    (&["icloud.com", "me.com", "mac.com"], ICLOUD),
    (&["qq.com", "vip.qq.com", "foxmail.com"], tls("imap.qq.com")),
    (&["exmail.qq.com"], tls("imap.exmail.qq.com")),
    (&["163.com"], tls("imap.163.com")),
    (&["126.com"], tls("imap.126.com")),
    (&["yeah.net"], tls("imap.yeah.net")),
    (&["188.com"], tls("imap.188.com")),
    (&["vip.163.com"], tls("imap.vip.163.com")),
    (&["vip.126.com"], tls("imap.vip.126.com")),
    (&["aliyun.com"], tls("imap.aliyun.com")),
    (&["sina.com"], tls("imap.sina.com")),
    (&["sina.cn"], tls("imap.sina.cn")),
    (&["vip.sina.com"], tls("imap.vip.sina.com")),
    (&["sohu.com"], tls("imap.sohu.com")),
    (&["139.com"], tls("imap.139.com")),
    (&["189.cn"], tls("imap.189.cn")),
    (&["fastmail.com", "fastmail.fm"], tls("imap.fastmail.com")),
    (&["zoho.com", "zohomail.com"], tls("imap.zoho.com")),
    (&["zoho.eu", "zohomail.eu"], tls("imap.zoho.eu")),
    (&["zoho.in", "zohomail.in"], tls("imap.zoho.in")),
    (&["gmx.de", "gmx.net", "gmx.at", "gmx.ch"], tls("imap.gmx.net")),
    (&["gmx.com", "gmx.us", "gmx.co.uk", "gmx.fr", "gmx.es"], tls("imap.gmx.com")),
    (&["web.de"], tls("imap.web.de")),
    (&["mail.com"], tls("imap.mail.com")),
    (&["t-online.de", "magenta.de"], tls("secureimap.t-online.de")),
    (&["freenet.de"], tls("mx.freenet.de")),
    (&["mailbox.org"], tls("imap.mailbox.org")),
    (&["posteo.de", "posteo.net"], tls("posteo.de")),
    (&["mail.ru", "bk.ru", "list.ru", "inbox.ru", "internet.ru"], tls("imap.mail.ru")),
    (&["yandex.ru", "yandex.com", "ya.ru"], tls("imap.yandex.com")),
    (&["orange.fr", "wanadoo.fr"], tls("imap.orange.fr")),
    (&["free.fr"], tls("imap.free.fr")),
    (&["naver.com"], tls("imap.naver.com")),
    (&["daum.net", "hanmail.net"], tls("imap.daum.net")),
    (&["proton.me", "protonmail.com", "pm.me"], PROTON),
];

/// Hosts that receive the mail of a company's own domain, by the end of their name. The first that fits counts,
/// so a longer ending stands before a shorter one.
const BY_EXCHANGE: &[(&str, Mail)] = &[
    ("google.com", GOOGLE),
    ("googlemail.com", GOOGLE),
    ("mail.protection.partner.outlook.cn", tls("partner.outlook.cn")),
    ("protection.outlook.com", MICROSOFT),
    ("mx.microsoft", MICROSOFT),
    ("yahoodns.net", tls("imap.mail.yahoo.com")),
    ("mail.icloud.com", Mail { user: User::Address, ..ICLOUD }),
    ("qq.com", tls("imap.exmail.qq.com")),
    ("mxmail.netease.com", tls("imap.qiye.163.com")),
    ("qiye.163.com", tls("imap.qiye.163.com")),
    ("qiye.aliyun.com", tls("imap.qiye.aliyun.com")),
    ("mxhichina.com", tls("imap.qiye.aliyun.com")),
    ("feishu.cn", tls("imap.feishu.cn")),
    ("larksuite.com", tls("imap.larksuite.com")),
    ("messagingengine.com", tls("imap.fastmail.com")),
    ("zoho.com.cn", tls("imap.zoho.com.cn")),
    ("zoho.com", tls("imappro.zoho.com")),
    ("zoho.eu", tls("imappro.zoho.eu")),
    ("zoho.in", tls("imappro.zoho.in")),
    ("mail.ru", tls("imap.mail.ru")),
    ("yandex.net", tls("imap.yandex.com")),
    ("yandex.ru", tls("imap.yandex.com")),
    ("protonmail.ch", PROTON),
    ("mailbox.org", tls("imap.mailbox.org")),
    ("migadu.com", tls("imap.migadu.com")),
    ("mail.gandi.net", tls("mail.gandi.net")),
    ("mail.ovh.net", tls("ssl0.ovh.net")),
    ("kundenserver.de", tls("imap.ionos.de")),
    ("emailsrvr.com", tls("secure.emailsrvr.com")),
    ("secureserver.net", tls("imap.secureserver.net")),
    ("titan.email", tls("imap.titan.email")),
    ("privateemail.com", tls("mail.privateemail.com")),
];

/// The settings of a public service, from `domain` (lower case) alone.
pub(super) fn by_domain(address: &str, domain: &str) -> Option<Found> {
    let (_, mail) = BY_DOMAIN.iter().find(|(domains, _)| domains.contains(&domain))?;
    Some(mail.found(address))
}

/// The settings of whoever receives the domain's mail; `exchanges` are host names in lower case, most preferred first.
pub(super) fn by_exchange(address: &str, exchanges: &[String]) -> Option<Found> {
    let known = |host: &String| BY_EXCHANGE.iter().find(|(ending, _)| is_within(host, ending));
    exchanges.iter().find_map(known).map(|(_, mail)| mail.found(address))
}

/// Whether `host` is `domain` or lies below it.
pub(super) fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

impl Mail {
    fn found(&self, address: &str) -> Found {
        let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
        let user = match self.user {
            User::Address => address,
            User::LocalPart => local,
        };
        Found {
            imap: Server { host: self.host.to_owned(), port: self.port, encryption: self.encryption },
            user: user.to_owned(),
            found_by: FoundBy::Provider,
            provider: self.provider,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_services_are_known_by_their_domain() {
        let host = |domain: &str| by_domain(&format!("li@{domain}"), domain).map(|found| found.imap.host);
        let known = [
            ("gmail.com", "imap.gmail.com"),
            ("hotmail.com", "outlook.office365.com"),
            ("qq.com", "imap.qq.com"),
            ("163.com", "imap.163.com"),
            ("vip.163.com", "imap.vip.163.com"),
            ("sina.cn", "imap.sina.cn"),
            ("gmx.de", "imap.gmx.net"),
            ("gmx.com", "imap.gmx.com"),
        ];
        for (domain, imap) in known {
            assert_eq!(host(domain).as_deref(), Some(imap), "{domain}");
        }
        assert_eq!(host("evilgmail.com"), None);
        assert_eq!(host("example.com"), None);
    }

    #[test]
    fn a_company_is_known_by_who_receives_its_mail() {
        let host =
            |exchange: &str| by_exchange("a@b.test", &[exchange.to_owned()]).map(|found| found.imap.host);
        let known = [
            ("aspmx.l.google.com", "imap.gmail.com"),
            ("b-test.mail.protection.outlook.com", "outlook.office365.com"),
            ("b-test.mail.protection.partner.outlook.cn", "partner.outlook.cn"),
            ("mxbiz1.qq.com", "imap.exmail.qq.com"),
            ("qiye163mx01.mxmail.netease.com", "imap.qiye.163.com"),
            ("mx1.qiye.aliyun.com", "imap.qiye.aliyun.com"),
            ("mx.zoho.com.cn", "imap.zoho.com.cn"),
            ("mail.ru", "imap.mail.ru"),
        ];
        for (exchange, imap) in known {
            assert_eq!(host(exchange).as_deref(), Some(imap), "{exchange}");
        }
        assert_eq!(host("notgoogle.com"), None, "an ending counts only at a dot");
        assert_eq!(host("google.com.evil.test"), None);
    }

    #[test]
    fn only_two_providers_want_an_authorisation_and_icloud_wants_the_name_alone() {
        let found = |domain: &str| by_domain(&format!("li.na@{domain}"), domain).unwrap();
        assert_eq!(found("gmail.com").provider, Some(Provider::Google));
        assert_eq!(found("outlook.com").provider, Some(Provider::Microsoft));
        assert_eq!(found("qq.com").provider, None);
        assert_eq!(found("icloud.com").user, "li.na");
        assert_eq!(found("qq.com").user, "li.na@qq.com");
    }

    #[test]
    fn nothing_but_this_machine_is_reached_without_tls_from_the_first_byte() {
        let rows = BY_DOMAIN.iter().map(|(_, mail)| mail).chain(BY_EXCHANGE.iter().map(|(_, mail)| mail));
        for mail in rows {
            assert!(mail.encryption == Encryption::Tls || mail.host == "127.0.0.1", "{}", mail.host);
        }
    }
}
