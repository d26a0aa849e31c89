//! What can go wrong in the store. The sources are kept; [`StoreError::problem`] is what a person is told.

use std::{io, path::PathBuf};

use model::{Problem, ProblemCode};

pub type Result<T, E = StoreError> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The key does not open this workspace.
    #[error("the key does not open this workspace")]
    WrongKey,
    /// The database was written by a newer program.
    #[error("the database has schema {found}, this program knows {known}")]
    Newer { found: i64, known: i64 },
    /// Another process holds the workspace.
    #[error("the workspace is open already")]
    InUse,
    /// Pages of the database or records of the journal are not what was written.
    #[error("the database is damaged")]
    Damaged(#[source] Option<sqlx::Error>),
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error("the value of {0} does not fit")]
    Invalid(&'static str),
    /// What is there does not allow it.
    #[error("refused: {0}")]
    Refused(Problem),
    #[error("the database answered with an error")]
    Database(#[source] sqlx::Error),
    /// The task of a change ended before the change did: a defect, or the program is ending.
    #[error("a change was interrupted")]
    Interrupted(#[source] tokio::task::JoinError),
    #[error("a file of the workspace could not be read or written: {path}")]
    File { path: PathBuf, source: io::Error },
    #[error("a stored value does not decode")]
    Json(#[from] serde_json::Error),
    #[error("the system has no randomness")]
    Random(getrandom::Error),
    #[error("the pass phrase could not be stretched")]
    Stretch(argon2::Error),
}

impl StoreError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> StoreError {
        let path = path.into();
        move |source| StoreError::File { path, source }
    }

    /// What a person is told.
    pub fn problem(&self) -> Problem {
        let internal = || Problem::new(ProblemCode::Internal).with("detail", self);
        match self {
            StoreError::WrongKey => Problem::new(ProblemCode::PassphraseWrong),
            StoreError::Newer { found, known } => {
                Problem::new(ProblemCode::WorkspaceNewer).with("found", found).with("known", known)
            }
            StoreError::InUse => Problem::new(ProblemCode::WorkspaceInUse),
            StoreError::Damaged(_) => Problem::new(ProblemCode::WorkspaceDamaged),
            StoreError::NotFound(_) => Problem::new(ProblemCode::NotFound),
            StoreError::Invalid(field) => Problem::new(ProblemCode::Invalid).with("field", field),
            StoreError::Refused(problem) => problem.clone(),
            StoreError::Database(error) if primary_code(error) == Some(FULL) => {
                Problem::new(ProblemCode::DiskFull)
            }
            StoreError::File { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Problem::new(ProblemCode::DiskFull)
            }
            StoreError::File { path, .. } => {
                Problem::new(ProblemCode::FileUnreadable).with("path", path.display())
            }
            StoreError::Database(_)
            | StoreError::Interrupted(_)
            | StoreError::Json(_)
            | StoreError::Random(_)
            | StoreError::Stretch(_) => internal(),
        }
    }
}

impl From<getrandom::Error> for StoreError {
    fn from(error: getrandom::Error) -> Self {
        StoreError::Random(error)
    }
}

impl From<argon2::Error> for StoreError {
    fn from(error: argon2::Error) -> Self {
        StoreError::Stretch(error)
    }
}

/// SQLite's primary result codes that mean something to us: see <https://www.sqlite.org/rescode.html>.
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const NOT_A_DATABASE: i32 = 26;

fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match primary_code(&error) {
            Some(CORRUPT | NOT_A_DATABASE) => StoreError::Damaged(Some(error)),
            _ => StoreError::Database(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_as_one() {
        let error = StoreError::file("x")(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(error.problem().code, ProblemCode::DiskFull);
    }
}
