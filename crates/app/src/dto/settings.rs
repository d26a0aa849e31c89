//! What a window begins with, and what a person sets.

use model::{LinkState, Problem, urgency::UrgentRules};

use super::sources::Provider;

super::shapes! {
    pub struct Boot {
        pub version: String,
        /// The workspace folder's name, as a person gave it.
        pub workspace: String,
        /// Where it lies on this machine.
        pub folder: String,
        /// Whether this is the sample: nothing in it is real and nothing leaves it.
        pub sample: bool,
        pub settings: Settings,
        pub links: Vec<LinkState>,
        /// How many tickets are on this machine.
        pub tickets: u32,
        /// Why native notifications can't be shown, if they can't.
        pub notifications: Option<Problem>,
        /// What happened while opening that a person should know, e.g. `workspace_damaged`.
        pub notices: Vec<Problem>,
        /// Providers for which a client id is set, so that a button can be shown.
        pub providers: Vec<Provider>,
    }

    pub struct Settings {
        pub language: Language,
        pub theme: Theme,
        pub density: Density,
        /// The name notes are signed with.
        pub agent_name: String,
        pub layout: Layout,
        pub notify: bool,
        pub urgent: UrgentRules,
        /// Put under every reply; plain text, may be empty.
        pub signature: String,
        /// Within how many minutes a customer should have an answer; VIPs have a target of their own in `urgent`.
        pub target_min: u32,
        /// The automatic acknowledgement in each language; `{subject}` and `{ticket}` are filled in. Empty: as Foredeck words it.
        pub acknowledgement_zh: String,
        pub acknowledgement_en: String,
        /// OAuth client ids by provider, as the organisation registered them. Not secrets.
        pub google_client_id: String,
        /// What Google calls a secret and gives to every copy of a desktop application. May be empty.
        pub google_client_secret: String,
        pub microsoft_client_id: String,
    }

    #[derive(Copy, Eq)]
    pub enum Language {
        #[serde(rename = "system")]
        System,
        #[serde(rename = "zh-CN")]
        Chinese,
        #[serde(rename = "en")]
        English,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum Theme {
        System,
        Light,
        Dark,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum Density {
        Regular,
        Compact,
    }

    /// How the agent's window is divided.
    #[derive(Copy, Eq)]
    pub struct Layout {
        /// Pixels of the list; 0 is the usual width.
        pub list: u32,
        /// Whether the customer stands beside the conversation.
        pub customer: bool,
    }
}
