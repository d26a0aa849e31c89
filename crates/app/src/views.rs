//! Saved views, how lists are shown, and the task that keeps the views' members right: it gathers them for views that are new or changed,
//! and looks again at tickets whose time has come.

use std::{collections::BTreeSet, time::Duration};

use model::{Look, Millis, Problem, SavedViewId, TicketId, ViewDraft, ViewId, query::Query, text};
use store::{StoreError, Touched};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::{
    Desk,
    changing::{changed, invalid},
    dto::{Changed, RowCursor, Scope},
};

/// The longest name of a view and of a folder, in characters.
const LONGEST_NAME: usize = 80;
const LONGEST_FOLDER: usize = 40;
/// The most tickets of a list that are named at once, and how many are read at a time.
const MOST_TICKETS: u32 = 5_000;
const STRIDE: u32 = 500;

/// How long commits are gathered before the views are looked after: a first sync commits many times a second.
const GATHER: Duration = Duration::from_millis(500);
/// The pause between two steps of gathering members, in which others get the processor.
const PAUSE: Duration = Duration::from_millis(3);
/// The longest sleep between two looks at the wall clock: clocks jump and laptops sleep.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

impl Desk {
    pub async fn save_view(
        &self,
        view: Option<SavedViewId>,
        draft: ViewDraft,
    ) -> Result<SavedViewId, Problem> {
        let query = self.view_query(&draft.query)?;
        let draft = tidied(draft)?;
        let saved = self.store.save_view(view, &draft, &query, self.now()).await;
        self.views_changed.notify_one();
        saved.map_err(|e| e.problem())
    }

    pub async fn delete_view(&self, view: SavedViewId) -> Result<Changed, Problem> {
        let deleted = self.store.delete_view(view, self.now()).await;
        self.views_changed.notify_one();
        changed(deleted)
    }

    pub async fn set_look(&self, view: ViewId, look: Look) -> Result<Changed, Problem> {
        let set = self.store.set_look(view, &once_each(look), self.now()).await;
        self.views_changed.notify_one();
        changed(set)
    }

    /// What a view asks. No word of it is the beginning of another: nothing more is typed.
    fn view_query(&self, text: &str) -> Result<Query, Problem> {
        let query = self.parse(text)?.whole();
        if query.terms.is_empty() { Err(invalid("query")) } else { Ok(query) }
    }

    pub async fn tickets_in(&self, scope: Scope, limit: u32) -> Result<Vec<TicketId>, Problem> {
        let limit = limit.clamp(1, MOST_TICKETS);
        let (mut tickets, mut after): (Vec<TicketId>, Option<RowCursor>) = (Vec::new(), None);
        loop {
            let left = limit.saturating_sub(u32::try_from(tickets.len()).unwrap_or(u32::MAX));
            let page = self.page(scope.clone(), after, left.min(STRIDE)).await?;
            tickets.extend(page.rows.iter().map(|listed| listed.row.id));
            after = page.next;
            if after.is_none() || tickets.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
                return Ok(tickets);
            }
        }
    }

    pub(crate) fn spawn_views(&self) {
        let desk = self.clone();
        tokio::spawn(async move { desk.stop.clone().run_until_cancelled(desk.keep_views()).await });
    }

    async fn keep_views(&self) {
        loop {
            // From before the first look, so that nothing that comes meanwhile is missed.
            let commits = self.store.commits();
            match self.look_after_views().await {
                Ok(next) => tokio::select! {
                    () = tokio::time::sleep(self.until(next)) => {}
                    () = self.views_changed.notified() => {}
                    () = after_a_commit(commits) => tokio::time::sleep(GATHER).await,
                },
                Err(error) => {
                    let code = error.problem().code.as_str();
                    tracing::error!(code, "Saved views could not be brought up to date.");
                    tokio::time::sleep(LONGEST_SLEEP).await;
                }
            }
        }
    }

    /// Brings the members up to the time, then gathers what is missing of them. Answers when the time changes something next.
    async fn look_after_views(&self) -> Result<Option<Millis>, StoreError> {
        let mut next = self.store.advance_views(self.now()).await?;
        while self.store.fill_views(self.now()).await? {
            // A person's change that waits for its turn has it now.
            tokio::time::sleep(PAUSE).await;
            if next.is_some_and(|next| next <= self.now()) {
                next = self.store.advance_views(self.now()).await?;
            }
        }
        Ok(next)
    }

    fn until(&self, next: Option<Millis>) -> Duration {
        let left = next.map_or(i64::MAX, |next| next.since(self.now()));
        Duration::from_millis(u64::try_from(left).unwrap_or(0))
            .clamp(Duration::from_millis(50), LONGEST_SLEEP)
    }
}

/// Until something is on disk that may change when a ticket's time comes.
async fn after_a_commit(mut commits: Receiver<store::Committed>) {
    let matters = |touched: &Touched| touched.lists || touched.tags || !touched.tickets.is_empty();
    loop {
        match commits.recv().await {
            Ok(commit) if !matters(&commit.touched) => {}
            Ok(_) | Err(RecvError::Lagged(_)) => return,
            // The store is closed; so is the desk, soon.
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}

/// A name and a folder of one line, none of them too long; each column once.
fn tidied(draft: ViewDraft) -> Result<ViewDraft, Problem> {
    let (name, folder) = (text::one_line(&draft.name), text::one_line(&draft.folder));
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(invalid("name"));
    }
    if folder.chars().count() > LONGEST_FOLDER {
        return Err(invalid("folder"));
    }
    let query = draft.query.trim().to_owned();
    Ok(ViewDraft { name, folder, query, look: once_each(draft.look) })
}

fn once_each(mut look: Look) -> Look {
    let mut seen = BTreeSet::new();
    look.columns.retain(|column| seen.insert(*column));
    look
}

#[cfg(test)]
mod tests {
    use model::{Column, Sort};

    use super::*;

    fn draft(name: &str, folder: &str) -> ViewDraft {
        let columns = vec![Column::Tags, Column::Snippet, Column::Tags];
        let look = Look { sort: Sort::Newest, columns };
        ViewDraft { name: name.into(), folder: folder.into(), query: " tag:late ".into(), look }
    }

    #[test]
    fn a_views_name_is_one_line_of_at_most_eighty_characters() {
        let tidy = tidied(draft("  Late\nparcels \u{202E}", "")).unwrap();
        assert_eq!((tidy.name.as_str(), tidy.query.as_str()), ("Late parcels", "tag:late"));
        assert_eq!(tidy.look.columns, [Column::Tags, Column::Snippet]);
        assert!(tidied(draft(&"延".repeat(80), &"误".repeat(40))).is_ok());
        let field = |draft| tidied(draft).unwrap_err().params["field"].clone();
        assert_eq!(field(draft(&"延".repeat(81), "")), "name");
        assert_eq!(field(draft(" \u{200B}\n", "")), "name");
        assert_eq!(field(draft("x", &"误".repeat(41))), "folder");
    }
}
