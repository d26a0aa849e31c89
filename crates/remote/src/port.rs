//! The port through which any source of tickets is read.
//!
//! An adapter promises: a page's rows are complete and may be repeated (the store upserts by identity); a cursor is only valid
//! with the rows of its page, so it is kept with the last of them; [`Helpdesk::pull`] may be dropped at any await and called again.
//! An adapter never keeps state that a cursor does not hold, except the open connection.

use std::time::Duration;

use async_trait::async_trait;
use model::incoming::{Change, Cursor, KeptBlob};

use crate::RemoteError;

/// What a source can hold. What it can't is this desk's own, and the windows say so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Capabilities {
    pub status: bool,
    pub priority: bool,
    pub tags: bool,
    pub notes: bool,
    pub assignee: bool,
}

/// How much of the history is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filling {
    pub done: u32,
    pub total: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub changes: Vec<Change>,
    /// To be stored with the last of the changes.
    pub cursor: Cursor,
    /// Whether the next pull would bring more right away.
    pub more: bool,
    /// `None` once the history is complete.
    pub filling: Option<Filling>,
    /// Nothing newer than what this page and those before it brought was at the source when it was last asked; only older history
    /// may be missing. See [`Helpdesk::look_anew`].
    pub fresh: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// The source said that something changed.
    Pushed,
    /// Nothing was heard; it is time to look.
    Elapsed,
}

/// Where attachments go while they arrive, so that none is ever whole in memory.
#[async_trait]
pub trait BlobSink: Send + Sync {
    async fn begin(&self) -> std::io::Result<Box<dyn BlobWriter>>;
}

/// One content on its way. Dropped before [`BlobWriter::finish`], it leaves nothing behind.
#[async_trait]
pub trait BlobWriter: Send {
    async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()>;
    async fn finish(self: Box<Self>) -> std::io::Result<KeptBlob>;
}

#[async_trait]
pub trait Helpdesk: Send + Sync {
    fn capabilities(&self) -> Capabilities;

    /// Whether [`Helpdesk::wait`] is woken by the source itself, as far as is known now.
    fn pushes(&self) -> bool;

    /// The next page after `cursor` (`None`: from the beginning): what is new first, then older history, newest first.
    /// Connects when there is no connection. A page is small enough to be applied in well under a second.
    async fn pull(&self, cursor: Option<&Cursor>, blobs: &dyn BlobSink) -> Result<Page, RemoteError>;

    /// The next pull asks the source what it holds now, however lately it was asked. An adapter whose every pull does so need not do anything.
    fn look_anew(&self) {}

    /// Returns when the source may have something new, or after `patience`. Cancel-safe.
    async fn wait(&self, patience: Duration) -> Result<Wake, RemoteError>;

    /// Ends the connection, if there is one. The next pull connects anew.
    async fn disconnect(&self);
}
