//! Help with finding: completion, facets, people, what was searched for lately.

use model::{
    Problem, ViewId,
    query::{Blank, Expected, Key, blank_at},
};

use store::{FacetCount, FacetValue};

use crate::{
    Desk,
    changing::changed,
    completing::{self, Known},
    dto::{Changed, Completions, Facet, FacetKind, Facets, Person},
};

/// The most people that are named at once, and how much of a name is looked at, in characters.
const MOST_PEOPLE: u32 = 8;
const LONGEST_NAME: usize = 200;

impl Desk {
    pub async fn check_query(&self, query: String) -> Result<(), Problem> {
        self.parse(&query).map(drop)
    }

    pub async fn complete(&self, query: String, at: u32) -> Result<Completions, Problem> {
        let blank = blank_at(&query, usize::try_from(at).unwrap_or(usize::MAX));
        let known = self.known_for(&blank).await?;
        let place = |chars: usize| u32::try_from(chars).unwrap_or(u32::MAX);
        Ok(Completions {
            from: place(blank.from),
            to: place(blank.to),
            options: completing::options(&blank, &known),
        })
    }

    /// As much of what there is as fits the blank.
    async fn known_for(&self, blank: &Blank) -> Result<Known, Problem> {
        let mut known = Known {
            tags: Vec::new(),
            sources: Vec::new(),
            people: Vec::new(),
            counted: Vec::new(),
            now: self.now(),
        };
        for view in self.views().await? {
            match view.id {
                ViewId::Standard { .. } => known.counted.push((view.query, view.tickets)),
                ViewId::Tag { .. } => known.tags.push((view.name, view.tickets)),
                ViewId::Saved { .. } => {}
            }
        }
        if matches!(blank.expected, Expected::Word | Expected::Value(Key::Source)) {
            let sources = self.store.sources().await.map_err(|e| e.problem())?;
            known.sources = sources.into_iter().map(|source| source.name).collect();
        }
        if completing::wants_people(blank) {
            known.people = self.people(blank.typed.clone()).await?;
        }
        Ok(known)
    }

    pub async fn facets(&self, query: String) -> Result<Facets, Problem> {
        let Ok(query) = self.parse(&query) else {
            return Ok(Facets { tickets: 0, all: true, facets: Vec::new() });
        };
        let found = self.store.facets(&query, self.now()).await.map_err(|e| e.problem())?;
        Ok(Facets {
            tickets: found.tickets,
            all: found.all,
            facets: found.facets.into_iter().filter_map(facet).collect(),
        })
    }

    pub async fn people(&self, text: String) -> Result<Vec<Person>, Problem> {
        let text: String = text.chars().take(LONGEST_NAME).collect();
        let found = self.store.people(&text, MOST_PEOPLE).await.map_err(|e| e.problem())?;
        Ok(found.into_iter().map(person).collect())
    }

    pub async fn recent_searches(&self) -> Result<Vec<String>, Problem> {
        self.store.recent_searches().await.map_err(|e| e.problem())
    }

    pub async fn keep_search(&self, query: String) -> Result<Changed, Problem> {
        changed(self.store.keep_search(&query, self.now()).await)
    }

    pub async fn forget_searches(&self, query: Option<String>) -> Result<Changed, Problem> {
        changed(self.store.forget_searches(query.as_deref(), self.now()).await)
    }
}

fn person(found: store::Person) -> Person {
    let store::Person { customer, name, email, tickets, guessed } = found;
    Person { customer, name, email, tickets, guessed }
}

/// `None` for what can't be typed, and so can't narrow anything.
fn facet(counted: FacetCount) -> Option<Facet> {
    let (kind, key, value, label) = match counted.value {
        FacetValue::Status(status) => (FacetKind::Status, Key::Status, status.as_str().to_owned(), None),
        FacetValue::Tag(tag) => (FacetKind::Tag, Key::Tag, tag.name, None),
        FacetValue::Lang(lang) => (FacetKind::Lang, Key::Lang, lang, None),
        FacetValue::Channel(channel) => (FacetKind::Channel, Key::Channel, channel.as_str().to_owned(), None),
        FacetValue::Source { name, .. } => (FacetKind::Source, Key::Source, name, None),
        FacetValue::From { name, email } => (FacetKind::From, Key::From, email, Some(name)),
    };
    let term = format!("{}:{}", key.as_str(), completing::typed(key, &value)?);
    Some(Facet { kind, term, label: label.unwrap_or(value), tickets: counted.tickets })
}
