//! How the newest tickets that a query finds divide, to narrow a search down by.

use std::collections::BTreeMap;

use model::{Channel, Millis, SourceId, Status, Tag, TagId, query::Query};
use sqlx::{Row as _, SqliteConnection};

use super::{
    list::names_in,
    plan::Plan,
    tags_of,
    walk::{Budget, walk},
};
use crate::{Store, error::Result, work::cell::Cell};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    /// How many tickets were looked at: all that are found, or the newest of them.
    pub tickets: u32,
    /// Whether these are all.
    pub all: bool,
    /// By kind in the order of [`FacetValue`], and within one the most tickets first.
    pub facets: Vec<FacetCount>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetCount {
    pub value: FacetValue,
    pub tickets: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FacetValue {
    Status(Status),
    Tag(Tag),
    /// `zh`, `en`, `ja` or `ko`.
    Lang(String),
    Channel(Channel),
    Source {
        source: SourceId,
        name: String,
    },
    /// Who asked; `name` is the address for one without a name.
    From {
        name: String,
        email: String,
    },
}

/// How many tickets are looked at.
const MOST_TICKETS: usize = 1_000;
/// How many tags, sources and people are named.
const MOST_NAMED: usize = 8;

impl Store {
    /// Counts over the newest thousand tickets that a query finds, or as many as are found in the time a page may take.
    pub async fn facets(&self, query: &Query, now: Millis) -> Result<Facets> {
        let mut reader = self.inner.readers.acquire().await?;
        let facets = facets(&mut reader, query, now).await;
        self.noted(facets)
    }
}

async fn facets(reader: &mut SqliteConnection, query: &Query, now: Millis) -> Result<Facets> {
    let plan = Plan::of(query, &names_in(reader, query).await?, now);
    let found = walk(reader, &plan, None, MOST_TICKETS, Budget::new()).await?;
    let ids: Vec<i64> = found.hits.iter().map(|hit| hit.at.ticket.0).collect();
    let mut counts = Counts::default();
    for row in sqlx::query(LOOKED_AT).bind(serde_json::to_string(&ids)?).fetch_all(&mut *reader).await? {
        counts.add(&row)?;
    }
    Ok(Facets { tickets: counts.tickets, all: found.next.is_none(), facets: counts.named(reader).await? })
}

pub(crate) const LOOKED_AT: &str = "SELECT status, lang, channel, source, requester_name, requester_email, tags \
    FROM ticket WHERE id IN (SELECT value FROM json_each(?))";

#[derive(Default)]
struct Counts {
    tickets: u32,
    statuses: BTreeMap<Status, u32>,
    tags: BTreeMap<TagId, u32>,
    langs: BTreeMap<String, u32>,
    channels: BTreeMap<Channel, u32>,
    sources: BTreeMap<SourceId, u32>,
    /// By address; the name of whichever ticket came last.
    people: BTreeMap<String, (u32, String)>,
}

impl Counts {
    fn add(&mut self, row: &sqlx::sqlite::SqliteRow) -> Result<()> {
        self.tickets += 1;
        *self.statuses.entry(Cell::read(row, "status")?).or_default() += 1;
        *self.langs.entry(row.try_get("lang")?).or_default() += 1;
        *self.channels.entry(Cell::read(row, "channel")?).or_default() += 1;
        *self.sources.entry(Cell::read(row, "source")?).or_default() += 1;
        let tags: &str = row.try_get("tags")?;
        if tags != "[]" {
            for tag in serde_json::from_str::<Vec<TagId>>(tags)? {
                *self.tags.entry(tag).or_default() += 1;
            }
        }
        let email: String = row.try_get("requester_email")?;
        if !email.is_empty() {
            let person = self.people.entry(email).or_default();
            *person = (person.0 + 1, row.try_get("requester_name")?);
        }
        Ok(())
    }

    async fn named(self, reader: &mut SqliteConnection) -> Result<Vec<FacetCount>> {
        let tags = most(self.tags, MOST_NAMED);
        let named = tags_of(reader, tags.iter().map(|(tag, _)| tag.0)).await?;
        let sources = most(self.sources, MOST_NAMED);
        let names = source_names(reader).await?;
        let people = most(self.people.into_iter().map(|(email, (n, name))| ((email, name), n)), MOST_NAMED);
        let mut facets = Facets::default();
        facets.extend(most(self.statuses, usize::MAX), |status| Some(FacetValue::Status(status)));
        facets.extend(tags, |tag| named.get(&tag).cloned().map(FacetValue::Tag));
        facets.extend(most(self.langs, usize::MAX), |lang| Some(FacetValue::Lang(lang)));
        facets.extend(most(self.channels, usize::MAX), |channel| Some(FacetValue::Channel(channel)));
        let source_of =
            |source| names.get(&source).map(|name| FacetValue::Source { source, name: name.clone() });
        facets.extend(sources, source_of);
        facets.extend(people, |(email, name)| Some(FacetValue::From { name, email }));
        Ok(facets.facets)
    }
}

impl Facets {
    fn extend<T>(&mut self, counts: Vec<(T, u32)>, value: impl Fn(T) -> Option<FacetValue>) {
        let facet = |(counted, tickets)| Some(FacetCount { value: value(counted)?, tickets });
        self.facets.extend(counts.into_iter().filter_map(facet));
    }
}

/// The most frequent, those first.
fn most<T: Ord>(counts: impl IntoIterator<Item = (T, u32)>, most: usize) -> Vec<(T, u32)> {
    let mut counts: Vec<(T, u32)> = counts.into_iter().collect();
    counts.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    counts.truncate(most);
    counts
}

async fn source_names(reader: &mut SqliteConnection) -> Result<BTreeMap<SourceId, String>> {
    let rows = sqlx::query("SELECT id, name FROM source").fetch_all(reader).await?;
    let named = |row: &sqlx::sqlite::SqliteRow| Ok((SourceId(row.try_get("id")?), row.try_get("name")?));
    Ok(rows.iter().map(named).collect::<sqlx::Result<_>>()?)
}
