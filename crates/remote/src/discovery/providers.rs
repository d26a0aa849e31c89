//! Large providers, known by the address's domain or by the hosts that receive its mail. Pure tables.
//!
//! A row is here only if the provider publishes it. Everything is encrypted; Proton's is its bridge on this machine.

use super::{Encryption, Found, FoundBy, Provider, Server};

struct Mail {
    imap: (&'static str, u16, Encryption),
    smtp: (&'static str, u16, Encryption),
    provider: Option<Provider>,
}

/// Both with TLS at the usual ports.
const fn tls(imap: &'static str, smtp: &'static str) -> Mail {
    Mail { imap: (imap, 993, Encryption::Tls), smtp: (smtp, 465, Encryption::Tls), provider: None }
}

/// Outgoing mail begins in plain and is encrypted when asked to be.
const fn start_tls(imap: &'static str, smtp: &'static str) -> Mail {
    Mail { smtp: (smtp, 587, Encryption::StartTls), ..tls(imap, smtp) }
}

const GOOGLE: Mail = Mail { provider: Some(Provider::Google), ..tls("imap.gmail.com", "smtp.gmail.com") };
const OUTLOOK: Mail = Mail {
    provider: Some(Provider::Microsoft),
    ..start_tls("outlook.office365.com", "smtp-mail.outlook.com")
};
const OFFICE: Mail =
    Mail { provider: Some(Provider::Microsoft), ..start_tls("outlook.office365.com", "smtp.office365.com") };
const ICLOUD: Mail = start_tls("imap.mail.me.com", "smtp.mail.me.com");
/// Its port for outgoing mail is its own.
const NETEASE: Mail = Mail {
    smtp: ("smtp.qiye.163.com", 994, Encryption::Tls),
    ..tls("imap.qiye.163.com", "smtp.qiye.163.com")
};
const PROTON: Mail = Mail {
    imap: ("127.0.0.1", 1143, Encryption::StartTls),
    smtp: ("127.0.0.1", 1025, Encryption::StartTls),
    provider: None,
};

/// Domains of public mail services. The first row that holds the domain counts.
const BY_DOMAIN: &[(&[&str], Mail)] = &[
    (&["gmail.com", "googlemail.com"], GOOGLE),
    (&["outlook.com", "hotmail.com", "live.com", "msn.com", "outlook.cn", "live.cn"], OUTLOOK),
    (&["outlook.de", "outlook.fr", "outlook.jp", "outlook.es", "outlook.it", "outlook.com.au"], OUTLOOK),
    (&["hotmail.de", "hotmail.fr", "hotmail.co.uk", "hotmail.es", "hotmail.it", "hotmail.co.jp"], OUTLOOK),
    (&["live.de", "live.fr", "live.co.uk", "live.nl", "live.jp", "live.com.au"], OUTLOOK),
    (
        &["yahoo.com", "ymail.com", "rocketmail.com", "yahoo.co.uk", "yahoo.de"],
        tls("imap.mail.yahoo.com", "smtp.mail.yahoo.com"),
    ),
    (
        &["yahoo.fr", "yahoo.es", "yahoo.it", "yahoo.com.tw", "yahoo.com.hk"],
        tls("imap.mail.yahoo.com", "smtp.mail.yahoo.com"),
    ),
    (
        &["yahoo.com.au", "yahoo.ca", "yahoo.in", "yahoo.co.in", "yahoo.com.br"],
        tls("imap.mail.yahoo.com", "smtp.mail.yahoo.com"),
    ),
    (&["yahoo.co.jp", "ymail.ne.jp"], tls("imap.mail.yahoo.co.jp", "smtp.mail.yahoo.co.jp")),
    (&["aol.com", "aim.com"], tls("imap.aol.com", "smtp.aol.com")),
    (&["icloud.com", "me.com", "mac.com"], ICLOUD),
    (&["qq.com", "vip.qq.com", "foxmail.com"], tls("imap.qq.com", "smtp.qq.com")),
    (&["exmail.qq.com"], tls("imap.exmail.qq.com", "smtp.exmail.qq.com")),
    (&["163.com"], tls("imap.163.com", "smtp.163.com")),
    (&["126.com"], tls("imap.126.com", "smtp.126.com")),
    (&["yeah.net"], tls("imap.yeah.net", "smtp.yeah.net")),
    (&["188.com"], tls("imap.188.com", "smtp.188.com")),
    (&["vip.163.com"], tls("imap.vip.163.com", "smtp.vip.163.com")),
    (&["vip.126.com"], tls("imap.vip.126.com", "smtp.vip.126.com")),
    (&["aliyun.com"], tls("imap.aliyun.com", "smtp.aliyun.com")),
    (&["sina.com"], tls("imap.sina.com", "smtp.sina.com")),
    (&["sina.cn"], tls("imap.sina.cn", "smtp.sina.cn")),
    (&["vip.sina.com"], tls("imap.vip.sina.com", "smtp.vip.sina.com")),
    (&["sohu.com"], tls("imap.sohu.com", "smtp.sohu.com")),
    (&["139.com"], tls("imap.139.com", "smtp.139.com")),
    (&["189.cn"], tls("imap.189.cn", "smtp.189.cn")),
    (&["fastmail.com", "fastmail.fm"], tls("imap.fastmail.com", "smtp.fastmail.com")),
    (&["zoho.com", "zohomail.com"], tls("imap.zoho.com", "smtp.zoho.com")),
    (&["zoho.eu", "zohomail.eu"], tls("imap.zoho.eu", "smtp.zoho.eu")),
    (&["zoho.in", "zohomail.in"], tls("imap.zoho.in", "smtp.zoho.in")),
    (&["gmx.de", "gmx.net", "gmx.at", "gmx.ch"], tls("imap.gmx.net", "mail.gmx.net")),
    (&["gmx.com", "gmx.us", "gmx.co.uk", "gmx.fr", "gmx.es"], tls("imap.gmx.com", "mail.gmx.com")),
    (&["web.de"], start_tls("imap.web.de", "smtp.web.de")),
    (&["mail.com"], tls("imap.mail.com", "smtp.mail.com")),
    (&["t-online.de", "magenta.de"], tls("secureimap.t-online.de", "securesmtp.t-online.de")),
    (&["freenet.de"], tls("mx.freenet.de", "mx.freenet.de")),
    (&["mailbox.org"], tls("imap.mailbox.org", "smtp.mailbox.org")),
    (&["posteo.de", "posteo.net"], tls("posteo.de", "posteo.de")),
    (&["mail.ru", "bk.ru", "list.ru", "inbox.ru", "internet.ru"], tls("imap.mail.ru", "smtp.mail.ru")),
    (&["yandex.ru", "yandex.com", "ya.ru"], tls("imap.yandex.com", "smtp.yandex.com")),
    (&["orange.fr", "wanadoo.fr"], tls("imap.orange.fr", "smtp.orange.fr")),
    (&["free.fr"], tls("imap.free.fr", "smtp.free.fr")),
    (&["naver.com"], tls("imap.naver.com", "smtp.naver.com")),
    (&["daum.net", "hanmail.net"], tls("imap.daum.net", "smtp.daum.net")),
    (&["proton.me", "protonmail.com", "pm.me"], PROTON),
];

/// Hosts that receive the mail of a company's own domain, by the end of their name. The first that fits counts,
/// so a longer ending stands before a shorter one.
const BY_EXCHANGE: &[(&str, Mail)] = &[
    ("google.com", GOOGLE),
    ("googlemail.com", GOOGLE),
    ("mail.protection.partner.outlook.cn", start_tls("partner.outlook.cn", "smtp.partner.outlook.cn")),
    ("protection.outlook.com", OFFICE),
    ("mx.microsoft", OFFICE),
    ("yahoodns.net", tls("imap.mail.yahoo.com", "smtp.mail.yahoo.com")),
    ("mail.icloud.com", ICLOUD),
    ("qq.com", tls("imap.exmail.qq.com", "smtp.exmail.qq.com")),
    ("mxmail.netease.com", NETEASE),
    ("qiye.163.com", NETEASE),
    ("qiye.aliyun.com", tls("imap.qiye.aliyun.com", "smtp.qiye.aliyun.com")),
    ("mxhichina.com", tls("imap.qiye.aliyun.com", "smtp.qiye.aliyun.com")),
    ("feishu.cn", tls("imap.feishu.cn", "smtp.feishu.cn")),
    ("larksuite.com", tls("imap.larksuite.com", "smtp.larksuite.com")),
    ("messagingengine.com", tls("imap.fastmail.com", "smtp.fastmail.com")),
    ("zoho.com.cn", tls("imap.zoho.com.cn", "smtp.zoho.com.cn")),
    ("zoho.com", tls("imappro.zoho.com", "smtppro.zoho.com")),
    ("zoho.eu", tls("imappro.zoho.eu", "smtppro.zoho.eu")),
    ("zoho.in", tls("imappro.zoho.in", "smtppro.zoho.in")),
    ("mail.ru", tls("imap.mail.ru", "smtp.mail.ru")),
    ("yandex.net", tls("imap.yandex.com", "smtp.yandex.com")),
    ("yandex.ru", tls("imap.yandex.com", "smtp.yandex.com")),
    ("protonmail.ch", PROTON),
    ("mailbox.org", tls("imap.mailbox.org", "smtp.mailbox.org")),
    ("migadu.com", tls("imap.migadu.com", "smtp.migadu.com")),
    ("mail.gandi.net", tls("mail.gandi.net", "mail.gandi.net")),
    ("mail.ovh.net", tls("ssl0.ovh.net", "ssl0.ovh.net")),
    ("kundenserver.de", tls("imap.ionos.de", "smtp.ionos.de")),
    ("emailsrvr.com", tls("secure.emailsrvr.com", "secure.emailsrvr.com")),
    ("secureserver.net", tls("imap.secureserver.net", "smtpout.secureserver.net")),
    ("titan.email", tls("imap.titan.email", "smtp.titan.email")),
    ("privateemail.com", tls("mail.privateemail.com", "mail.privateemail.com")),
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
        let server = |(host, port, encryption): (&str, u16, Encryption)| Server {
            host: host.to_owned(),
            port,
            encryption,
        };
        Found {
            imap: server(self.imap),
            smtp: Some(server(self.smtp)),
            user: address.to_owned(),
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
    fn only_two_providers_want_an_authorisation_and_all_know_an_account_by_its_address() {
        let found = |domain: &str| by_domain(&format!("li.na@{domain}"), domain).unwrap();
        assert_eq!(found("gmail.com").provider, Some(Provider::Google));
        assert_eq!(found("outlook.com").provider, Some(Provider::Microsoft));
        assert_eq!(found("qq.com").provider, None);
        // Its server for incoming mail takes the name alone as well, the one for outgoing mail does not.
        assert_eq!(found("icloud.com").user, "li.na@icloud.com");
        assert_eq!(found("qq.com").user, "li.na@qq.com");
    }

    #[test]
    fn each_has_a_server_for_outgoing_mail() {
        let smtp = |found: Option<Found>| {
            let smtp = found.unwrap().smtp.unwrap();
            (smtp.host, smtp.port, smtp.encryption)
        };
        let by_domain = |domain: &str| smtp(by_domain(&format!("li@{domain}"), domain));
        let by_exchange = |host: &str| smtp(by_exchange("a@b.test", &[host.to_owned()]));
        let (tls, start) = (Encryption::Tls, Encryption::StartTls);
        assert_eq!(by_domain("gmail.com"), ("smtp.gmail.com".to_owned(), 465, tls));
        assert_eq!(by_domain("hotmail.com"), ("smtp-mail.outlook.com".to_owned(), 587, start));
        assert_eq!(by_domain("163.com"), ("smtp.163.com".to_owned(), 465, tls));
        assert_eq!(by_domain("gmx.de"), ("mail.gmx.net".to_owned(), 465, tls));
        assert_eq!(
            by_exchange("b.mail.protection.outlook.com"),
            ("smtp.office365.com".to_owned(), 587, start)
        );
        assert_eq!(by_exchange("mx1.qiye.163.com"), ("smtp.qiye.163.com".to_owned(), 994, tls));
    }

    #[test]
    fn nothing_but_this_machine_is_read_without_tls_from_the_first_byte_and_nothing_is_sent_without_any() {
        let rows = BY_DOMAIN.iter().map(|(_, mail)| mail).chain(BY_EXCHANGE.iter().map(|(_, mail)| mail));
        for mail in rows {
            assert!(mail.imap.2 == Encryption::Tls || mail.imap.0 == "127.0.0.1", "{}", mail.imap.0);
            assert!(mail.smtp.2 != Encryption::None, "{}", mail.smtp.0);
        }
    }
}
