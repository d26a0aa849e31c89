//! A notification in words: masked, in the person's language, a line for who and a line for what and why.

use app::Notice;
use model::{TicketId, text::snippet, urgency::UrgentReason};

use super::SNOOZE_MIN;
use crate::{
    mask::mask,
    words::{Word, Words},
};

const LONGEST: usize = 120;

/// A notification in words.
pub struct Sheet {
    pub ticket: TicketId,
    pub title: String,
    pub body: String,
    /// What a click does, in words.
    pub open: String,
    /// What its button says, for a notification that can be put off.
    pub snooze: Option<String>,
}

impl Sheet {
    pub fn of(notice: &Notice, words: &Words) -> Sheet {
        let (title, body) = told(notice, words);
        let minutes = SNOOZE_MIN.to_string();
        let alone = matches!(notice, Notice::Urgent { .. });
        Sheet {
            ticket: subject_of(notice),
            title,
            body,
            open: words.say(Word::NotifyOpen, &[]),
            snooze: alone.then(|| words.say(Word::NotifySnooze, &[("minutes", &minutes)])),
        }
    }
}

fn subject_of(notice: &Notice) -> TicketId {
    match notice {
        Notice::Urgent { ticket, .. } => *ticket,
        Notice::ManyUrgent { worst, .. } => *worst,
    }
}

/// Title and body, masked, on one line each.
fn told(notice: &Notice, words: &Words) -> (String, String) {
    let or = |text: &str, word| match snippet(&mask(text), LONGEST) {
        empty if empty.is_empty() => words.say(word, &[]),
        text => text,
    };
    match notice {
        Notice::Urgent { requester, subject, reason, .. } => {
            let (what, why) = (or(subject, Word::NotifyNoSubject), why(reason, words));
            (
                or(requester, Word::NotifySomebody),
                escape(&words.say(Word::NotifyBody, &[("what", &what), ("why", &why)])),
            )
        }
        Notice::ManyUrgent { count, .. } => (
            words.say(Word::NotifyMany, &[("count", &count.to_string())]),
            words.say(Word::NotifyManyBody, &[]),
        ),
    }
}

fn why(reason: &UrgentReason, words: &Words) -> String {
    match reason {
        UrgentReason::Priority => words.say(Word::NotifyWhyPriority, &[]),
        UrgentReason::Words { word } => words.say(Word::NotifyWhyWords, &[("word", word)]),
        UrgentReason::VipWaiting { waited_min, target_min } => {
            let (waited, target) = (span(*waited_min, words), span(*target_min, words));
            words.say(Word::NotifyWhyVip, &[("waited", &waited), ("target", &target)])
        }
    }
}

fn span(minutes: u32, words: &Words) -> String {
    let (hours, rest) = ((minutes / 60).to_string(), (minutes % 60).to_string());
    match (minutes / 60, minutes % 60) {
        (0, _) => words.say(Word::NotifyMinutes, &[("minutes", &rest)]),
        (_, 0) => words.say(Word::NotifyWholeHours, &[("hours", &hours)]),
        _ => words.say(Word::NotifyHours, &[("hours", &hours), ("minutes", &rest)]),
    }
}

/// Notification bodies may be read as markup: a customer's words never are.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urgent(requester: &str, subject: &str, reason: UrgentReason) -> Notice {
        Notice::Urgent { ticket: TicketId(1), requester: requester.into(), subject: subject.into(), reason }
    }

    #[test]
    fn a_notification_says_who_what_and_why_on_one_line_each() {
        let words = Words::of_locale("en");
        let vip = UrgentReason::VipWaiting { waited_min: 75, target_min: 60 };
        let (title, body) = told(&urgent("王志远", "Order 2077123 broken\n<b>", vip), &words);
        assert_eq!(title, "王志远");
        assert_eq!(body, "Order •••7123 broken &lt;b&gt; · VIP, waiting 1 h 15 min; the target is 1 h");
        let (title, body) = told(&urgent("li@shop.test", "", UrgentReason::Priority), &words);
        assert_eq!((title.as_str(), body.as_str()), ("l•••@shop.test", "No subject · set to urgent"));
        let (title, _) = told(&urgent(" ", "x", UrgentReason::Priority), &Words::of_locale("zh_CN"));
        assert_eq!(title, "无发件人");
    }

    #[test]
    fn many_at_once_are_one_notice_that_opens_the_worst() {
        let many = Notice::ManyUrgent { worst: TicketId(7), count: 12 };
        assert_eq!(told(&many, &Words::of_locale("en")).0, "Urgent tickets: 12");
        assert_eq!(subject_of(&many), TicketId(7));
    }

    #[test]
    fn one_ticket_can_be_put_off_and_many_only_opened() {
        let words = Words::of_locale("en");
        let one = Sheet::of(&urgent("Li", "Kettle", UrgentReason::Priority), &words);
        assert_eq!(one.snooze.as_deref(), Some("Snooze 15 min"));
        let many = Sheet::of(&Notice::ManyUrgent { worst: TicketId(7), count: 12 }, &words);
        assert_eq!((many.snooze, many.open.as_str()), (None, "Open"));
    }
}
