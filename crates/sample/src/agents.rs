//! The team that answers: who is on duty when, how quickly they answer, and how each of them greets and signs.

use model::{Address, Millis};

use crate::{rng::nth, schedule::SHANGHAI_MS, script::Lang};

/// The addresses the shop itself writes from.
pub const OWN: &[&str] = &["care@harbour.example", "kefu@harbour.example", "returns@harbour.example"];
pub const CARE: &str = "care@harbour.example";

#[derive(Debug, Clone, Copy)]
pub struct Agent {
    pub name: &'static str,
    /// As they sign in Chinese, if they write it.
    pub zh: Option<&'static str>,
    /// As they sign in English, if they write it.
    pub en: Option<&'static str>,
    /// Shanghai hours of duty, from and until; until may pass midnight.
    duty: (u32, u32),
    /// What they take to answer, against the team's usual 1.
    pub pace: f64,
    pub zh_greeting: &'static str,
    pub zh_closing: &'static str,
    pub en_greeting: &'static str,
    pub en_closing: &'static str,
    /// Below the closing. Begins with the separator this agent uses.
    pub signature: &'static str,
}

impl Default for Agent {
    fn default() -> Agent {
        MAYA
    }
}

const MAYA: Agent = Agent {
    name: "Maya Chen",
    zh: Some("玛雅"),
    en: Some("Maya"),
    duty: (9, 18),
    pace: 0.6,
    zh_greeting: "{first}您好，",
    zh_closing: "[有任何问题随时回复这封邮件|祝您今天顺利|这件事我会一直跟到底]。\n\n玛雅",
    en_greeting: "Hi {first},",
    en_closing: "[Warmly|With best wishes|Warm regards],\nMaya",
    signature: "-- \nMaya Chen · Customer Care\nHarbour Home 港湾家居\ncare@harbour.example",
};

/// Everybody on the team. At every hour somebody writes each language.
pub const TEAM: &[Agent] = &[
    MAYA,
    Agent {
        name: "李薇",
        zh: Some("李薇"),
        en: None,
        duty: (9, 18),
        pace: 0.8,
        zh_greeting: "[{first}，您好！|{first}，您好：]",
        zh_closing: "[祝您生活愉快！|感谢您的理解与支持！]\n\n港湾家居 李薇",
        en_greeting: "",
        en_closing: "",
        signature: "————————————\n港湾家居 客户服务部\n工作时间 9:00–22:00｜kefu@harbour.example",
    },
    Agent {
        name: "Tom Reid",
        zh: None,
        en: Some("Tom"),
        duty: (15, 24),
        pace: 1.3,
        zh_greeting: "",
        zh_closing: "",
        en_greeting: "[Hi|Hello] {first},",
        en_closing: "[Cheers|Thanks|All the best],\nTom",
        signature: "Tom Reid | Harbour Home Care | London",
    },
    Agent {
        name: "Sara Novak",
        zh: None,
        en: Some("Sara"),
        duty: (14, 23),
        pace: 0.9,
        zh_greeting: "",
        zh_closing: "",
        en_greeting: "Dear {first},",
        en_closing: "[Kind regards|Yours sincerely],\nSara Novak",
        signature: "-- \nSara Novak\nSenior Support Specialist, Harbour Home\nPrague · returns@harbour.example",
    },
    Agent {
        name: "周航",
        zh: Some("周航"),
        en: None,
        duty: (14, 24),
        pace: 1.0,
        zh_greeting: "[{first}您好|{first}，您好]～",
        zh_closing: "[有事您说话。|祝您顺心。]\n小周",
        en_greeting: "",
        en_closing: "",
        signature: "",
    },
    Agent {
        name: "Priya Raman",
        zh: None,
        en: Some("Priya"),
        duty: (9, 20),
        pace: 1.1,
        zh_greeting: "",
        zh_closing: "",
        en_greeting: "Hello {first},",
        en_closing: "[Best|Best regards|Take care],\nPriya",
        signature: "-- \nPriya Raman, Harbour Home",
    },
    Agent {
        name: "陈一诺",
        zh: Some("陈一诺"),
        en: None,
        duty: (22, 34),
        pace: 1.4,
        zh_greeting: "{first}，您好。",
        zh_closing: "夜班客服 陈一诺",
        en_greeting: "",
        en_closing: "",
        signature: "港湾家居夜间服务组",
    },
    Agent {
        name: "Jordan Blake",
        zh: None,
        en: Some("Jordan"),
        duty: (22, 34),
        pace: 1.0,
        zh_greeting: "",
        zh_closing: "",
        en_greeting: "[Hi|Hey] {first},",
        en_closing: "[Thanks so much|Talk soon],\nJordan",
        signature: "Jordan Blake (they/them)\nHarbour Home, Vancouver",
    },
];

impl Agent {
    pub fn address(&self, lang: Lang) -> Address {
        let email = if lang == Lang::Zh { "kefu@harbour.example" } else { CARE };
        let name =
            if lang == Lang::Zh { format!("{} | 港湾家居", self.name) } else { self.name.to_owned() };
        Address { name, email: email.to_owned() }
    }

    fn writes(&self, lang: Lang) -> bool {
        if lang == Lang::Zh { self.zh.is_some() } else { self.en.is_some() }
    }

    fn on_duty(&self, hour: u32) -> bool {
        let (from, until) = self.duty;
        (from..until).contains(&hour) || (from..until).contains(&(hour + 24))
    }
}

/// Who answers in `lang` at `at`: one of those on duty, the same one for the same ticket (`whose`).
pub fn on_duty(at: Millis, lang: Lang, whose: u64) -> Agent {
    let hour = ((at.0 + SHANGHAI_MS) / Millis::HOUR).rem_euclid(24) as u32;
    let able: Vec<Agent> =
        TEAM.iter().filter(|agent| agent.writes(lang) && agent.on_duty(hour)).copied().collect();
    nth(&able, whose)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_every_hour_somebody_writes_each_language() {
        for hour in 0..24 {
            for lang in [Lang::Zh, Lang::En] {
                let able = TEAM.iter().filter(|agent| agent.writes(lang) && agent.on_duty(hour)).count();
                assert!(able > 0, "nobody writes {lang:?} at {hour}");
            }
        }
    }
}
