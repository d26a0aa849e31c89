//! Mail that no person wrote: automatic answers, lists, and (in `bounce`) failed deliveries. Headers decide; words in a subject only where no
//! header does, and only at its beginning.

use model::Automatic;

use super::bounce::{self, Evidence};
use super::headers::Headers;

pub(super) fn classify(headers: &Headers<'_>, evidence: &Evidence<'_>) -> Option<Automatic> {
    bounce::classify(headers, evidence)
        .or_else(|| answers_by_itself(headers).then_some(Automatic::AutoReply))
        .or_else(|| is_bulk(headers).then_some(Automatic::Bulk))
        .or_else(|| was_generated(headers, evidence.subject).then_some(Automatic::AutoReply))
}

/// Says outright that it answers by itself.
fn answers_by_itself(headers: &Headers<'_>) -> bool {
    let submitted = headers.word("auto-submitted");
    submitted.starts_with("auto-replied")
        || submitted.starts_with("auto-notified")
        || says_yes(headers, "x-autoreply")
        || says_yes(headers, "x-autorespond")
        || says_yes(headers, "x-autoresponder")
        || matches!(headers.word("precedence").as_str(), "auto_reply" | "auto-reply")
}

fn is_bulk(headers: &Headers<'_>) -> bool {
    headers.has("list-id")
        || headers.has("list-unsubscribe")
        || headers.has("list-post")
        || headers.has("x-mailing-list")
        || matches!(headers.word("precedence").as_str(), "bulk" | "list" | "junk")
}

/// Made by a machine, by what accompanies it rather than by what it says.
fn was_generated(headers: &Headers<'_>, subject: &str) -> bool {
    let submitted = headers.word("auto-submitted");
    let suppress = headers.word("x-auto-response-suppress");
    (!submitted.is_empty() && !submitted.starts_with("no"))
        || ["all", "oof", "autoreply"].iter().any(|word| suppress.contains(word))
        || headers.has("x-ms-exchange-generated-message-source")
        // Whoever sends without a way back wants no answer (RFC 3834).
        || headers.first("return-path").is_some_and(|path| path.trim_ascii() == b"<>")
        || starts_with_mark(subject)
}

fn says_yes(headers: &Headers<'_>, name: &str) -> bool {
    headers.has(name) && !matches!(headers.word(name).as_str(), "no" | "false" | "0")
}

const MARKS: &[&str] = &[
    "automatic reply:",
    "automatic reply：",
    "auto reply:",
    "auto-reply:",
    "autoreply:",
    "auto response:",
    "out of office:",
    "out of office reply",
    "out of the office:",
    "自动回复",
    "自動回覆",
    "自動回复",
    "自动答复",
    "automatische antwort:",
    "abwesenheitsnotiz:",
    "réponse automatique",
    "respuesta automática",
    "自動応答",
    "自動返信",
    "不在通知",
    "자동 회신",
    "자동응답",
];

fn starts_with_mark(subject: &str) -> bool {
    let subject = subject.trim_start_matches(['[', '【', '(', '（', ' ']).to_lowercase();
    MARKS.iter().any(|mark| subject.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Option<Automatic> {
        let headers = Headers::parse(header.as_bytes());
        let subject = headers.text("subject", None);
        let own = std::collections::BTreeSet::new();
        classify(
            &headers,
            &Evidence {
                subject: &subject,
                text: "",
                sender: "a@example.test",
                report: None,
                is_report: false,
                own: &own,
            },
        )
    }

    #[test]
    fn machines_are_told_from_people_by_their_headers() {
        for header in [
            "Auto-Submitted: auto-replied (vacation)",
            "X-Autoreply: yes",
            "Precedence: auto_reply",
            "X-Auto-Response-Suppress: All",
            "Auto-Submitted: auto-generated",
            "Return-Path: <>",
            "Subject: 自动回复：我已收到您的邮件",
            "Subject: =?utf-8?B?6Ieq5Yqo5Zue5aSNOiDkvJHlgYc=?=",
            "Subject: Automatic reply: your order",
        ] {
            assert_eq!(read(header), Some(Automatic::AutoReply), "{header}");
        }
        for header in [
            "List-Id: <x.example.test>",
            "List-Unsubscribe: <mailto:x@y.test>\nAuto-Submitted: auto-generated",
            "Precedence: bulk",
        ] {
            assert_eq!(read(header), Some(Automatic::Bulk), "{header}");
        }
        for header in [
            "Auto-Submitted: no",
            "X-Autoreply: no",
            "Subject: Re: automatic reply: why do I get these",
            "Subject: where is my out of office setting",
            "X-Auto-Response-Suppress: DR, NDR, RN",
        ] {
            assert_eq!(read(header), None, "{header}");
        }
    }
}
