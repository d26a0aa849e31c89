//! The words of notifications and of the command line, from the same catalogues the windows read.
//!
//! A sentence is a key and parameters; the catalogue of the person's language has the rest. Nothing here interprets what it fills in.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use app::dto::Language;
use model::{Problem, ProblemCode};

macro_rules! words {
    ($($word:ident = $key:literal),+ $(,)?) => {
        /// A sentence of `system.json`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Word { $($word),+ }

        impl Word {
            #[cfg(test)]
            pub const ALL: &[Word] = &[$(Word::$word),+];

            pub const fn key(self) -> &'static str {
                match self { $(Word::$word => $key),+ }
            }
        }
    };
}
words! {
    NotifySomebody = "notify_somebody",
    NotifyNoSubject = "notify_no_subject",
    NotifyBody = "notify_body",
    NotifyWhyPriority = "notify_why_priority",
    NotifyWhyVip = "notify_why_vip",
    NotifyWhyWords = "notify_why_words",
    NotifyMinutes = "notify_minutes",
    NotifyHours = "notify_hours",
    NotifyWholeHours = "notify_whole_hours",
    NotifyMany = "notify_many",
    NotifyManyBody = "notify_many_body",
    NotifyOpen = "notify_open",
    NotifySnooze = "notify_snooze",
    WindowDashboard = "window_dashboard",
    CliNext = "cli_next",
    CliDetails = "cli_details",
    CliAddress = "cli_address",
    CliNoDisplay = "cli_no_display",
    CliRaised = "cli_raised",
    CliPassphrase = "cli_passphrase",
    CliPassphraseNew = "cli_passphrase_new",
    CliPassphraseAgain = "cli_passphrase_again",
    CliPassphraseDiffer = "cli_passphrase_differ",
    CliPassphraseHow = "cli_passphrase_how",
    CliNoSources = "cli_no_sources",
    CliSynced = "cli_synced",
    CliSyncFailed = "cli_sync_failed",
    CliNothingFound = "cli_nothing_found",
    CliQueryPart = "cli_query_part",
    CliImported = "cli_imported",
    CliUnreadable = "cli_unreadable",
    CliUnreadableMessage = "cli_unreadable_message",
    CliExported = "cli_exported",
    CliSampleMade = "cli_sample_made",
    CliSampleThere = "cli_sample_there",
    ProgressImporting = "progress_importing",
    ProgressMessages = "progress_messages",
    ProgressConnecting = "progress_connecting",
    ProgressFilling = "progress_filling",
}

type Catalogue = BTreeMap<String, String>;

fn read(files: [&str; 3]) -> Catalogue {
    // What is not a plain text (a choice by number, say) is for the windows only.
    let texts = |file| serde_json::from_str::<BTreeMap<String, serde_json::Value>>(file).unwrap_or_default();
    let plain = |(key, text): (String, serde_json::Value)| Some((key, text.as_str()?.to_owned()));
    files.into_iter().flat_map(texts).filter_map(plain).collect()
}

fn catalogue(chinese: bool) -> &'static Catalogue {
    static ENGLISH: OnceLock<Catalogue> = OnceLock::new();
    static CHINESE: OnceLock<Catalogue> = OnceLock::new();
    if chinese {
        return CHINESE.get_or_init(|| {
            read([
                include_str!("../../ui/messages/zh-CN/system.json"),
                include_str!("../../ui/messages/zh-CN/problems.json"),
                include_str!("../../ui/messages/zh-CN/desk.json"),
            ])
        });
    }
    ENGLISH.get_or_init(|| {
        read([
            include_str!("../../ui/messages/en/system.json"),
            include_str!("../../ui/messages/en/problems.json"),
            include_str!("../../ui/messages/en/desk.json"),
        ])
    })
}

/// The language to speak. Cheap to clone; all clones change together when the person chooses another.
#[derive(Debug, Clone, Default)]
pub struct Words {
    chinese: Arc<AtomicBool>,
}

impl Words {
    /// In the system's language, as `locale` (`LC_ALL`, `LC_MESSAGES` or `LANG`) names it.
    pub fn of_locale(locale: &str) -> Words {
        Words { chinese: Arc::new(AtomicBool::new(locale.to_ascii_lowercase().starts_with("zh"))) }
    }

    /// Speaks what the person chose from now on; `locale` counts when they left it to the system.
    pub fn speak(&self, language: Language, locale: &str) {
        let chinese = match language {
            Language::Chinese => true,
            Language::English => false,
            Language::System => Words::of_locale(locale).is_chinese(),
        };
        self.chinese.store(chinese, Ordering::Relaxed);
    }

    pub fn is_chinese(&self) -> bool {
        self.chinese.load(Ordering::Relaxed)
    }

    pub fn say(&self, word: Word, params: &[(&str, &str)]) -> String {
        fill(self.template(word.key()).unwrap_or(word.key()), params)
    }

    fn template(&self, key: &str) -> Option<&'static str> {
        catalogue(self.is_chinese()).get(key).map(String::as_str)
    }

    /// What happened and what to do about it, on one line.
    pub fn problem(&self, problem: &Problem) -> String {
        let code = problem.code.as_str();
        let params: Vec<_> =
            problem.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let sentence = |key: &str| {
            let template = self.template(key).filter(|template| is_filled_by(template, &params))?;
            Some(fill(template, &params))
        };
        let first = sentence(&format!("problem_{code}")).unwrap_or_else(|| code.to_owned());
        let first = match problem.params.get("path").filter(|path| !first.contains(path.as_str())) {
            Some(path) => format!("{path}: {first}"),
            None => first,
        };
        let first = match problem.params.get("word") {
            Some(word) if problem.code == ProblemCode::QueryInvalid => {
                self.say(Word::CliQueryPart, &[("word", word)])
            }
            _ => first,
        };
        let of_what =
            if problem.code == ProblemCode::QueryInvalid { "search_why" } else { "problem_certificate_why" };
        let why = problem.params.get("why").and_then(|why| sentence(&format!("{of_what}_{why}")));
        match why.or_else(|| sentence(&format!("problem_{code}_next"))) {
            Some(next) => self.say(Word::CliNext, &[("sentence", &first), ("next", &next)]),
            None => first,
        }
    }
}

/// Whether every `{name}` of the template has a value.
fn is_filled_by(template: &str, params: &[(&str, &str)]) -> bool {
    let named = template.split('{').skip(1).filter_map(|part| part.split_once('}'));
    named.into_iter().all(|(name, _)| params.iter().any(|(known, _)| *known == name))
}

/// Puts each `{name}` in its place. One pass, so that what is filled in is never filled again.
fn fill(template: &str, params: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let named = after.split_once('}').and_then(|(name, after)| {
            params.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value, after))
        });
        match named {
            Some((value, after)) => {
                text.push_str(value);
                rest = after;
            }
            None => {
                text.push('{');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

/// The locale this process was started with.
pub fn system_locale() -> String {
    let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
    names
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
    }

    #[test]
    fn both_catalogues_say_every_word_with_the_same_places() {
        for word in Word::ALL {
            let [english, chinese] = [false, true].map(|chinese| match catalogue(chinese).get(word.key()) {
                Some(text) => text,
                None => panic!("{} is not said", word.key()),
            });
            assert_eq!(placeholders(english), placeholders(chinese), "{}", word.key());
        }
    }

    #[test]
    fn every_problem_has_a_sentence_in_both_languages() {
        for code in ProblemCode::ALL {
            for chinese in [false, true] {
                let key = format!("problem_{}", code.as_str());
                assert!(catalogue(chinese).contains_key(&key), "{key}");
            }
        }
    }

    #[test]
    fn what_is_filled_in_is_not_read_again() {
        assert_eq!(fill("{a} and {b}, {c", &[("a", "{b}"), ("b", "2")]), "{b} and 2, {c");
    }

    #[test]
    fn a_problem_is_told_in_the_persons_language_with_what_to_do() {
        let problem = Problem::new(ProblemCode::HostUnknown).with("host", "imap.shop.test");
        let words = Words::of_locale("en_GB.UTF-8");
        assert!(words.problem(&problem).starts_with("No server is called imap.shop.test. "));
        let unreadable = Problem::new(ProblemCode::FileUnreadable);
        assert!(words.problem(&unreadable).starts_with("The file can't be read. "));
        assert!(
            words
                .problem(&unreadable.with("path", "/{a}.mbox"))
                .starts_with("/{a}.mbox: The file can't be read. ")
        );
        words.speak(Language::Chinese, "");
        assert!(words.problem(&problem).contains("imap.shop.test") && words.is_chinese());
        words.speak(Language::System, "zh_CN.UTF-8");
        assert!(words.is_chinese());
    }

    #[test]
    fn a_query_that_can_not_be_read_says_which_word_and_why() {
        let problem = Problem::new(ProblemCode::QueryInvalid).with("at", 5).with("length", 11);
        let problem = problem.with("why", "unknown_status").with("word", "status:done");
        for (locale, why) in [("en", "A status is"), ("zh", "状态只有")] {
            let said = Words::of_locale(locale).problem(&problem);
            assert!(said.contains("status:done") && said.contains(why), "{said}");
        }
    }
}
