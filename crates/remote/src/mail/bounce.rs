//! Failed deliveries: as a delivery report (RFC 3464), or as the letters that Exchange, qmail, Exim and the large Chinese providers write instead.

use std::collections::BTreeSet;

use model::Automatic;

use super::headers::Headers;

/// What a message says besides its headers.
pub(super) struct Evidence<'a> {
    pub(super) subject: &'a str,
    pub(super) text: &'a str,
    /// The key of the address it is from.
    pub(super) sender: &'a str,
    /// The content of a `message/delivery-status` part.
    pub(super) report: Option<&'a str>,
    /// Whether it is a `multipart/report` of delivery.
    pub(super) is_report: bool,
    pub(super) own: &'a BTreeSet<String>,
}

const MOST_RECIPIENTS: usize = 20;

pub(super) fn classify(headers: &Headers<'_>, evidence: &Evidence<'_>) -> Option<Automatic> {
    if let Some(report) = evidence.report {
        return Some(reported(report));
    }
    let named: Vec<String> =
        headers.all("x-failed-recipients").flat_map(|raw| addresses(&String::from_utf8_lossy(raw))).collect();
    let told = evidence.is_report || !named.is_empty() || told_by_words(headers, evidence);
    if !told {
        return None;
    }
    let text = before_original(evidence.text);
    let recipients = if named.is_empty() { blamed(text, evidence) } else { bounded(named) };
    Some(Automatic::Bounce { recipients, status: enhanced_status(text) })
}

/// A report: its failed recipients, or, when it says only that the mail was delayed or delivered, a machine's notice.
fn reported(report: &str) -> Automatic {
    let mut recipients = Vec::new();
    let mut status = None;
    let mut failed = false;
    for block in report.replace('\r', "").split("\n\n") {
        let headers = Headers::parse(block.as_bytes());
        let action = headers.word("action");
        if action != "failed" && !(action.is_empty() && headers.word("status").starts_with('5')) {
            continue;
        }
        failed = true;
        let named = ["original-recipient", "final-recipient"].map(|name| headers.text(name, None));
        recipients.extend(named.iter().find_map(|named| addresses(named).into_iter().next()));
        status = status.or_else(|| enhanced_status(&headers.text("status", None)));
    }
    if failed { Automatic::Bounce { recipients: bounded(recipients), status } } else { Automatic::AutoReply }
}

fn bounded(recipients: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    recipients.into_iter().filter(|one| seen.insert(one.to_lowercase())).take(MOST_RECIPIENTS).collect()
}

const DAEMONS: &[&str] = &[
    "mailer-daemon",
    "postmaster",
    "mail-daemon",
    "mailerdaemon",
    "mail.daemon",
    "mdaemon",
    "bounce",
    "noreply-bounce",
];

/// How subjects of failed deliveries begin or what they hold, lower case.
const SUBJECTS: &[&str] = &[
    "undeliverable",
    "undelivered mail",
    "delivery status notification (failure)",
    "delivery failure",
    "failure notice",
    "mail delivery failed",
    "delivery has failed",
    "returned mail",
    "message not delivered",
    "mail delivery system",
    "退信",
    "投递失败",
    "未送达",
    "无法投递",
    "无法送达",
    "发送失败",
    "未傳遞",
    "無法傳遞",
    "无法传递",
    "unzustellbar",
    "non remis",
    "配信不能",
    "送信できません",
    "не доставлено",
];

/// What the letters themselves say, lower case.
const SENTENCES: &[&str] = &[
    "wasn't able to deliver your message",
    "couldn't be delivered",
    "could not be delivered",
    "was not delivered",
    "delivery has failed",
    "delivery failed",
    "permanent error",
    "user unknown",
    "mailbox unavailable",
    "no such user",
    "收件人",
    "无法投递",
    "无法送达",
    "未能送达",
    "被退回",
    "退信原因",
    "投递失败",
    "配信できません",
];

/// A machine's address or none, and words of failure: neither alone would do.
fn told_by_words(headers: &Headers<'_>, evidence: &Evidence<'_>) -> bool {
    let local = evidence.sender.split('@').next().unwrap_or("");
    let null_path = headers.first("return-path").is_some_and(|raw| raw.trim_ascii() == b"<>");
    if !DAEMONS.contains(&local) && !null_path {
        return false;
    }
    let subject = evidence.subject.to_lowercase();
    if SUBJECTS.iter().any(|words| subject.contains(words)) {
        return true;
    }
    let answers = headers.word("auto-submitted").starts_with("auto-replied") && !DAEMONS.contains(&local);
    let head: String = evidence.text.chars().take(2_000).collect::<String>().to_lowercase();
    !answers && DAEMONS.contains(&local) && SENTENCES.iter().any(|words| head.contains(words))
}

/// The letter without the mail it returns, which is full of addresses nobody refused.
fn before_original(text: &str) -> &str {
    const ORIGINALS: &[&str] = &[
        "below this line is a copy",
        "this is a copy of",
        "original message",
        "original headers",
        "原始邮件",
        "原邮件",
        "message headers",
        "return-path:",
        "\nreceived:",
        "diagnostic information for administrators",
    ];
    let end = text.char_indices().nth(8_000).map_or(text.len(), |(at, _)| at);
    let head = text.get(..end).unwrap_or(text);
    let lower = head.to_ascii_lowercase();
    let cut = ORIGINALS.iter().filter_map(|mark| lower.find(mark)).min().unwrap_or(head.len());
    head.get(..cut).unwrap_or(head)
}

/// The addresses a letter names that are neither the mailbox's own nor the machine's.
fn blamed(text: &str, evidence: &Evidence<'_>) -> Vec<String> {
    let foreign = |one: &String| {
        let key = one.to_lowercase();
        let local = key.split('@').next().unwrap_or("");
        key != evidence.sender && !evidence.own.contains(&key) && !DAEMONS.contains(&local)
    };
    bounded(addresses(text).into_iter().filter(foreign).collect())
}

/// Whatever looks like an address.
fn addresses(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || "@._%+-=".contains(c)))
        .map(|word| word.trim_matches(['.', '=', '-']))
        .filter(|word| {
            word.len() <= 320
                && word.split_once('@').is_some_and(|(local, domain)| {
                    !local.is_empty() && domain.contains('.') && !domain.contains('@')
                })
        })
        .map(str::to_owned)
        .collect()
}

/// `5.1.1` and the like: class 4 or 5, two numbers.
fn enhanced_status(text: &str) -> Option<String> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.')).map(|word| word.trim_matches('.')).find_map(|word| {
        let numbers: Vec<&str> = word.split('.').collect();
        let fits = matches!(numbers.as_slice(), ["4" | "5", a, b] if (1..=3).contains(&a.len()) && (1..=3).contains(&b.len()));
        fits.then(|| word.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str, text: &str, report: Option<&str>) -> Option<Automatic> {
        let headers = Headers::parse(header.as_bytes());
        let subject = headers.text("subject", None);
        let sender = headers.text("from", None).to_lowercase();
        let own = BTreeSet::from(["care@shop.test".to_owned()]);
        classify(
            &headers,
            &Evidence { subject: &subject, text, sender: &sender, report, is_report: false, own: &own },
        )
    }

    fn bounce(recipient: &str, status: Option<&str>) -> Option<Automatic> {
        Some(Automatic::Bounce { recipients: vec![recipient.to_owned()], status: status.map(str::to_owned) })
    }

    #[test]
    fn a_report_names_who_refused_and_why() {
        let report = "Reporting-MTA: dns; mx.test\r\n\r\nFinal-Recipient: rfc822; gone@example.test\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\nFinal-Recipient: rfc822; slow@example.test\r\nAction: delayed\r\nStatus: 4.4.1\r\n";
        assert_eq!(read("From: x@mx.test", "", Some(report)), bounce("gone@example.test", Some("5.1.1")));
        let delayed = "Final-Recipient: rfc822; slow@example.test\nAction: delayed\nStatus: 4.4.1\n";
        assert_eq!(read("From: x@mx.test", "", Some(delayed)), Some(Automatic::AutoReply));
    }

    #[test]
    fn the_letters_of_servers_without_reports_are_understood() {
        for (header, text, recipient, status) in [
            (
                "From: MAILER-DAEMON@mx.test\nSubject: failure notice",
                "Hi. This is the qmail-send program at mx.test.\nI'm afraid I wasn't able to deliver your message.\n\n<gone@example.test>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nTo: other@example.test",
                "gone@example.test",
                Some("5.1.1"),
            ),
            (
                "From: postmaster@corp.test\nSubject: Undeliverable: 订单",
                "Your message to gone@example.test couldn't be delivered.\n\nRemote Server returned '550 5.4.1 Recipient address rejected'",
                "gone@example.test",
                Some("5.4.1"),
            ),
            (
                "From: postmaster@163.test\nSubject: 系统退信",
                "抱歉，您的邮件被退回来了……\n收件人邮件地址：gone@example.test\n退信原因：收件人地址不存在\n发件人 care@shop.test",
                "gone@example.test",
                None,
            ),
            (
                "From: x@mx.test\nX-Failed-Recipients: gone@example.test\nSubject: Warning",
                "A message: 550 5.7.1 refused",
                "gone@example.test",
                Some("5.7.1"),
            ),
        ] {
            assert_eq!(read(header, text, None), bounce(recipient, status), "{header}");
        }
    }

    #[test]
    fn a_person_complaining_about_a_bounce_is_a_person() {
        let text = "I got 'delivery failed', user unknown gone@example.test";
        assert_eq!(read("From: jo@example.test\nSubject: Undeliverable: your parcel", text, None), None);
        assert_eq!(
            read(
                "From: postmaster@corp.test\nSubject: Question about an invoice",
                "Could you send it?",
                None
            ),
            None
        );
    }
}
