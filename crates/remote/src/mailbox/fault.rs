//! What can go wrong on a line to a mail server, and what each means for the desk. The only place that decides it.

use std::io;
use std::time::Duration;

use model::{Problem, ProblemCode};

use crate::{RemoteError, Retry};

use super::response::Status;

/// How long a busy server is left alone.
const BUSY: Duration = Duration::from_secs(60);

#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("the line failed")]
    Line(#[from] io::Error),
    #[error("the server stayed silent")]
    Silent,
    /// With what it said in parting.
    #[error("the server closed the line")]
    Closed(Option<Status>),
    #[error("the server broke the protocol: {0}")]
    Nonsense(&'static str),
    /// The command was answered NO. The line is fine.
    #[error("the server refused")]
    Refused(Status),
    /// The command was answered BAD. The line is fine.
    #[error("the server did not understand")]
    Rejected(Status),
    /// This machine could not keep an attachment, which passes; the line is fine, and no message is given up for it.
    #[error("an attachment could not be kept")]
    NotKept(#[source] io::Error),
    /// Decided already.
    #[error("{0}")]
    Remote(#[from] RemoteError),
}

impl Fault {
    /// Whether the line may still be used.
    pub(super) fn spares_the_line(&self) -> bool {
        matches!(self, Fault::Refused(_) | Fault::Rejected(_))
    }

    /// Whether the line was lost, by nobody's decision.
    pub(crate) fn lost_the_line(&self) -> bool {
        matches!(self, Fault::Line(_) | Fault::Silent | Fault::Closed(_))
    }

    pub(crate) fn into_remote(self, host: &str) -> RemoteError {
        let problem = |code| Problem::new(code).with("host", host);
        match self {
            Fault::Remote(decided) => decided,
            Fault::Line(error) if no_network(&error) => RemoteError {
                retry: Retry::Offline,
                problem: problem(ProblemCode::LineDropped).because(error),
            },
            Fault::Line(error) => RemoteError::transient(problem(ProblemCode::LineDropped).because(error)),
            Fault::Silent | Fault::Closed(None) => RemoteError::transient(problem(ProblemCode::LineDropped)),
            Fault::Closed(Some(said)) | Fault::Refused(said) if said.is_busy() => busy(host, &said.text),
            Fault::Closed(Some(said)) => {
                RemoteError::transient(problem(ProblemCode::LineDropped).because(said.text))
            }
            Fault::Nonsense(what) => {
                RemoteError::transient(problem(ProblemCode::ServerNonsense).because(what))
            }
            Fault::Refused(said) | Fault::Rejected(said) => {
                RemoteError::transient(problem(ProblemCode::ServerNonsense).because(said.text))
            }
            Fault::NotKept(error) => RemoteError::transient(not_kept(error)),
        }
    }
}

fn not_kept(error: io::Error) -> Problem {
    let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    Problem::new(if full { ProblemCode::DiskFull } else { ProblemCode::FileUnreadable }).because(error)
}

pub(crate) fn busy(host: &str, said: &str) -> RemoteError {
    let problem = Problem::new(ProblemCode::ServerBusy)
        .with("host", host)
        .with("seconds", BUSY.as_secs())
        .because(said);
    RemoteError { retry: Retry::Transient { after: Some(BUSY) }, problem }
}

/// Whether this machine has no way out at all, as opposed to a server that does not answer.
pub(super) fn no_network(error: &io::Error) -> bool {
    use io::ErrorKind::{AddrNotAvailable, NetworkDown, NetworkUnreachable};
    matches!(error.kind(), NetworkDown | NetworkUnreachable | AddrNotAvailable)
}
