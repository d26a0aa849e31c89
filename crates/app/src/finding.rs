//! Help with finding: completion, facets, people, what was searched for lately.

use model::Problem;

use crate::{
    Desk,
    dto::{Changed, Completions, Facets, Person},
    internal,
};

impl Desk {
    pub async fn check_query(&self, query: String) -> Result<(), Problem> {
        self.parse(&query).map(drop)
    }

    pub async fn complete(&self, _query: String, _at: u32) -> Result<Completions, Problem> {
        Err(internal("not there yet"))
    }

    pub async fn facets(&self, _query: String) -> Result<Facets, Problem> {
        Err(internal("not there yet"))
    }

    pub async fn people(&self, _text: String) -> Result<Vec<Person>, Problem> {
        Err(internal("not there yet"))
    }

    pub async fn recent_searches(&self) -> Result<Vec<String>, Problem> {
        Err(internal("not there yet"))
    }

    pub async fn keep_search(&self, _query: String) -> Result<Changed, Problem> {
        Err(internal("not there yet"))
    }

    pub async fn forget_searches(&self, _query: Option<String>) -> Result<Changed, Problem> {
        Err(internal("not there yet"))
    }
}
