//! When a ticket is urgent, and why. For every answer there is a reason a person can read; without a reason nothing is urgent.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Millis, Priority, Status, Tier};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum UrgentReason {
    /// Somebody set the priority to urgent.
    Priority,
    /// A VIP has waited longer than their target (both in minutes).
    VipWaiting { waited_min: u32, target_min: u32 },
    /// The customer wrote one of the rule's words.
    Words { word: String },
}

/// What makes a ticket urgent on this desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UrgentRules {
    /// How long a VIP may wait for an answer, in minutes, 1 to 10,080.
    pub vip_target_min: u32,
    /// Words and phrases, any case. A Latin one matches whole words, a CJK one anywhere.
    pub words: Vec<String>,
}

impl Default for UrgentRules {
    fn default() -> Self {
        let words = [
            "urgent",
            "asap",
            "lawyer",
            "legal action",
            "sue",
            "chargeback",
            "safety hazard",
            "data breach",
            "紧急",
            "加急",
            "律师",
            "投诉到",
            "12315",
            "起诉",
            "曝光",
            "人身安全",
            "报警",
        ];
        UrgentRules { vip_target_min: 60, words: words.map(str::to_owned).to_vec() }
    }
}

/// What the rules look at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    pub status: Status,
    pub priority: Priority,
    pub tier: Tier,
    pub waiting_since: Option<Millis>,
    /// Subject and new text of what the customer wrote since the team's last answer.
    pub said: &'a str,
}

/// A mail older than this when it first arrives is history: it may be urgent in its list, but interrupts nobody.
pub const NEWS_MS: i64 = 24 * Millis::HOUR;

/// The strongest reason for which the ticket needs somebody now. Only an open ticket is ever urgent.
pub fn assess(facts: Facts<'_>, rules: &UrgentRules, now: Millis) -> Option<UrgentReason> {
    if facts.status != Status::Open {
        return None;
    }
    if facts.priority == Priority::Urgent {
        return Some(UrgentReason::Priority);
    }
    vip_waiting(facts, rules, now).or_else(|| {
        let waiting = facts.waiting_since.is_some();
        let word = waiting.then(|| spoken(facts.said, &rules.words)).flatten()?;
        Some(UrgentReason::Words { word })
    })
}

fn vip_waiting(facts: Facts<'_>, rules: &UrgentRules, now: Millis) -> Option<UrgentReason> {
    let waited_min = now.since(facts.waiting_since?) / Millis::MINUTE;
    let over = facts.tier == Tier::Vip && waited_min >= i64::from(rules.vip_target_min);
    over.then(|| UrgentReason::VipWaiting {
        waited_min: u32::try_from(waited_min).unwrap_or(u32::MAX),
        target_min: rules.vip_target_min,
    })
}

/// When a ticket that is not urgent now becomes so by waiting alone.
pub fn becomes_urgent_at(facts: Facts<'_>, rules: &UrgentRules) -> Option<Millis> {
    let vip = facts.tier == Tier::Vip && facts.status == Status::Open;
    let target = i64::from(rules.vip_target_min) * Millis::MINUTE;
    facts.waiting_since.filter(|_| vip).map(|since| since.plus(target))
}

fn spoken(said: &str, words: &[String]) -> Option<String> {
    let said = said.to_lowercase();
    words.iter().find(|word| contains_word(&said, &word.to_lowercase())).cloned()
}

fn contains_word(said: &str, word: &str) -> bool {
    if word.is_empty() {
        return false;
    }
    let latin = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !crate::text::is_cjk(c));
    said.match_indices(word).any(|(at, found)| {
        let (before, after) = (said.get(..at).unwrap_or(""), said.get(at + found.len()..).unwrap_or(""));
        let joined_before = latin(before.chars().next_back()) && latin(word.chars().next());
        let joined_after = latin(after.chars().next()) && latin(word.chars().next_back());
        !joined_before && !joined_after && !denied(before)
    })
}

/// Words that say of what follows that it is not so.
const DENIALS: &[&str] = &["not", "nothing", "no", "non", "isn't", "isn’t", "aren't", "never", "without"];
const DENIALS_ZH: &[&str] =
    &["不", "没", "非", "并不", "不是", "没有", "不算", "不太", "不会", "无需", "不用"];

/// So many characters before a word can hold what denies it.
const NEAR: usize = 100;

/// Whether what stands just before, one short word aside, denies it: `not urgent`, `not very urgent`, `不紧急`.
fn denied(before: &str) -> bool {
    let from = before.char_indices().rev().nth(NEAR).map_or(0, |(at, _)| at);
    let before = before.get(from..).unwrap_or_default();
    let line =
        before.rsplit(['.', '!', '?', ',', ';', '\n', '。', '！', '？', '，', '；']).next().unwrap_or("");
    let nearest = line.split_whitespace().rev().take(2);
    let denies =
        |word: &str| DENIALS.contains(&word.trim_matches(|c: char| !c.is_alphanumeric() && c != '\''));
    let touching = line.trim_end();
    nearest.into_iter().any(denies) || DENIALS_ZH.iter().any(|word| touching.ends_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(said: &str) -> Facts<'_> {
        Facts {
            status: Status::Open,
            priority: Priority::Normal,
            tier: Tier::Standard,
            waiting_since: Some(Millis(0)),
            said,
        }
    }

    fn reason(facts: Facts<'_>, minutes: i64) -> Option<UrgentReason> {
        assess(facts, &UrgentRules::default(), Millis(minutes * Millis::MINUTE))
    }

    #[test]
    fn words_count_in_both_languages_and_only_as_whole_words() {
        let word = |said| match reason(facts(said), 1) {
            Some(UrgentReason::Words { word }) => Some(word),
            _ => None,
        };
        assert_eq!(word("I will SUE you").as_deref(), Some("sue"));
        assert_eq!(word("there is an issue with it"), None);
        assert_eq!(word("再不处理我就找律师了").as_deref(), Some("律师"));
        assert_eq!(word("拨打12315热线").as_deref(), Some("12315"));
        assert_eq!(word("订单 3123159"), None, "digits inside a longer number");
    }

    #[test]
    fn a_word_that_is_denied_right_before_asks_for_nobody() {
        let urgent = |said: &str| reason(facts(said), 1).is_some();
        for said in [
            "Nothing urgent.",
            "It's not urgent",
            "this is not very urgent",
            "不紧急",
            "这件事并不紧急",
            "不用加急",
        ] {
            assert!(!urgent(said), "{said}");
        }
        for said in [
            "I got no answer. Urgent!",
            "Why not? This is urgent",
            "没有人回复，很紧急",
            "不回我就找律师",
            "not urgent at first, urgent now",
        ] {
            assert!(urgent(said), "{said}");
        }
        let long = "this is not urgent ".repeat(1_000);
        assert!(!urgent(&long), "denied a thousand times");
        let once = format!("{long}. Urgent!");
        assert!(urgent(&once), "and meant at last");
    }

    #[test]
    fn a_vip_is_urgent_from_the_minute_their_target_is_missed() {
        let vip = Facts { tier: Tier::Vip, ..facts("hello") };
        assert_eq!(reason(vip, 59), None);
        assert_eq!(reason(vip, 60), Some(UrgentReason::VipWaiting { waited_min: 60, target_min: 60 }));
        assert_eq!(becomes_urgent_at(vip, &UrgentRules::default()), Some(Millis(Millis::HOUR)));
        assert_eq!(becomes_urgent_at(facts("hello"), &UrgentRules::default()), None);
    }

    #[test]
    fn what_is_answered_or_closed_is_never_urgent() {
        let answered = Facts { waiting_since: None, ..facts("urgent") };
        assert_eq!(reason(answered, 1), None);
        let closed = Facts { status: Status::Closed, priority: Priority::Urgent, ..facts("urgent") };
        assert_eq!(reason(closed, 1), None);
        let urgent = Facts { priority: Priority::Urgent, ..facts("") };
        assert_eq!(reason(urgent, 1), Some(UrgentReason::Priority));
    }
}
