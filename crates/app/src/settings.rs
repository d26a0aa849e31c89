//! The person's settings: one JSON value in the store, with a default for whatever is missing, so that an older file still opens.

use model::{Problem, urgency::UrgentRules};
use serde_json::Value;
use store::Store;

use crate::{
    Desk,
    dto::{Changed, Density, Language, Layout, Settings, Theme},
};

const NAME: &str = "settings";
/// The longest word list an urgent rule may have, and its longest word, in characters.
const MOST_WORDS: usize = 200;
const LONGEST_WORD: usize = 60;
/// Pixels.
const WIDEST_LIST: u32 = 2_000;
/// The longest signature or acknowledgement, in characters.
const LONGEST_TEXT: usize = 4_000;

impl Default for Settings {
    fn default() -> Self {
        Settings {
            language: Language::System,
            theme: Theme::System,
            density: Density::Regular,
            agent_name: String::new(),
            layout: Layout { list: 0, customer: true },
            notify: true,
            urgent: UrgentRules::default(),
            signature: String::new(),
            target_min: 240,
            acknowledgement_zh: String::new(),
            acknowledgement_en: String::new(),
            google_client_id: String::new(),
            google_client_secret: String::new(),
            microsoft_client_id: String::new(),
        }
    }
}

pub(crate) async fn load(store: &Store) -> Result<Settings, Problem> {
    let stored = store.setting(NAME).await.map_err(|e| e.problem())?;
    Ok(stored.map(over_defaults).unwrap_or_default())
}

/// What is stored, with defaults for fields that an older or newer Foredeck did not write in a way we know.
fn over_defaults(stored: Value) -> Settings {
    let (Value::Object(stored), Ok(Value::Object(mut merged))) =
        (stored, serde_json::to_value(Settings::default()))
    else {
        return Settings::default();
    };
    for (name, value) in stored {
        let before = merged.insert(name.clone(), value);
        if serde_json::from_value::<Settings>(Value::Object(merged.clone())).is_err() {
            match before {
                Some(before) => merged.insert(name, before),
                None => merged.remove(&name),
            };
        }
    }
    serde_json::from_value(Value::Object(merged)).unwrap_or_default()
}

/// What a person typed, within bounds.
fn tidy(mut settings: Settings) -> Settings {
    settings.agent_name = model::text::snippet(&settings.agent_name, 80);
    settings.google_client_id = settings.google_client_id.trim().to_owned();
    settings.google_client_secret = settings.google_client_secret.trim().to_owned();
    settings.microsoft_client_id = settings.microsoft_client_id.trim().to_owned();
    settings.layout.list = settings.layout.list.min(WIDEST_LIST);
    settings.target_min = settings.target_min.clamp(1, 10_080);
    for text in [&mut settings.signature, &mut settings.acknowledgement_zh, &mut settings.acknowledgement_en]
    {
        *text = model::text::bounded(text, LONGEST_TEXT);
    }
    settings.urgent.vip_target_min = settings.urgent.vip_target_min.clamp(1, 10_080);
    let words = settings.urgent.words.iter().map(|word| model::text::snippet(word, LONGEST_WORD));
    settings.urgent.words = words.filter(|word| !word.is_empty()).take(MOST_WORDS).collect();
    settings
}

impl Desk {
    pub async fn settings(&self) -> Result<Settings, Problem> {
        load(&self.store).await
    }

    pub async fn save_settings(&self, settings: Settings) -> Result<Changed, Problem> {
        let settings = tidy(settings);
        let value = serde_json::to_value(&settings).map_err(crate::internal)?;
        self.store.set_urgent_rules(settings.urgent.clone(), self.now()).await.map_err(|e| e.problem())?;
        let seq = self.store.set_setting(NAME, value, self.now()).await.map_err(|e| e.problem())?;
        Ok(Changed { seq })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_is_missing_or_unknown_takes_its_default_and_the_rest_stays() {
        let stored =
            serde_json::json!({ "theme": "dark", "language": "klingon", "gone": 1, "agent_name": "陈" });
        let settings = over_defaults(stored);
        assert_eq!((settings.theme, settings.language), (Theme::Dark, Language::System));
        assert_eq!((settings.agent_name.as_str(), settings.notify), ("陈", true));
    }

    #[test]
    fn what_is_typed_is_kept_within_bounds() {
        let mut settings = Settings::default();
        settings.target_min = settings.target_min.clamp(1, 10_080);
        for text in
            [&mut settings.signature, &mut settings.acknowledgement_zh, &mut settings.acknowledgement_en]
        {
            *text = model::text::bounded(text, LONGEST_TEXT);
        }
        settings.urgent.vip_target_min = 0;
        settings.urgent.words = vec!["  a\u{202E}b ".into(), " ".into()];
        let settings = tidy(settings);
        assert_eq!((settings.urgent.vip_target_min, settings.urgent.words), (1, vec!["ab".to_owned()]));
    }
}
