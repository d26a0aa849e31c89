//! The port through which mail leaves.
//!
//! A courier promises: when it answers [`Undelivered::NotSent`], no recipient has got anything and none will; when it cannot know, it says
//! [`Undelivered::Unknown`] and never guesses. It tries once per call and never again by itself.

use async_trait::async_trait;
use model::{Problem, incoming::Place, outgoing::Outgoing};

use crate::RemoteError;

/// Why a mail was not delivered, or may not have been.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Undelivered {
    /// Certain: nothing was delivered to anybody. The retry kind says what trying again could bring.
    #[error("not sent: {0}")]
    NotSent(RemoteError),
    /// The content was handed over, whole or perhaps whole, and no answer came.
    #[error("unknown: {0}")]
    Unknown(Problem),
}

/// Whether this desk is the one that may answer a mail automatically.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    Won,
    /// Another desk was first.
    Lost,
    /// The source has no way to tell one desk from two.
    CannotTell,
}

/// Told that the content is about to be handed over. When it fails, nothing is handed over.
#[async_trait]
pub trait Threshold: Send + Sync {
    async fn cross(&self) -> Result<(), Problem>;
}

#[async_trait]
pub trait Courier: Send + Sync {
    /// Hands `mail` (the bytes of `outgoing`) to the server, once. Sender and all recipients are agreed on first; if one is refused, nobody
    /// gets it. Then `threshold` is crossed, then the content goes. Dropping the call after that leaves the outcome unknown.
    async fn deliver(
        &self,
        outgoing: &Outgoing,
        mail: &[u8],
        threshold: &dyn Threshold,
    ) -> Result<(), Undelivered>;

    /// Puts a copy into the folder of sent mail unless one with its Message-ID is there, or the server files copies by itself.
    async fn file(&self, outgoing: &Outgoing, mail: &[u8]) -> Result<(), RemoteError>;

    /// Marks the mail at `place` as answered automatically by this desk, if no other desk has.
    async fn claim(&self, place: &Place) -> Result<Claim, RemoteError>;
}
