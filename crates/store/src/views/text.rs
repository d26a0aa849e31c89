//! What of a query only the text index can answer, put to it for some tickets. All words and phrases are to be found in one message
//! together; who wrote, what must not be found, and a ticket's token are about all of a ticket.

use std::collections::BTreeSet;

use model::{
    TicketId,
    query::{Ask, Query, Term},
};
use sqlx::SqliteConnection;

use crate::{
    error::Result,
    index,
    read::conditions::{text_asked, token, words},
};

/// One question about a ticket.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Question {
    asked: Asked,
    /// Whether the answer shall be yes.
    wanted: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Asked {
    /// Whether a message matches, in FTS5's language.
    Message(String),
    /// Whether the ticket has this token.
    Token(String),
}

/// What is asked for a query. Words in which the index holds nothing are passed over.
pub(super) fn questions(query: &Query) -> Vec<Question> {
    let mut questions: Vec<Question> = query.terms.iter().filter_map(question).collect();
    let words: Vec<String> =
        query.terms.iter().filter(|term| !term.negated).filter_map(|term| words(&term.ask)).collect();
    if !words.is_empty() {
        questions.push(Question { asked: Asked::Message(words.join(" AND ")), wanted: true });
    }
    questions
}

/// What is asked for a term by itself.
fn question(term: &Term) -> Option<Question> {
    let asked = match &term.ask {
        Ask::Text { words, .. } if token(words).is_some() => Asked::Token(token(words)?),
        Ask::Text { .. } if !term.negated => return None,
        ask => Asked::Message(text_asked(ask)?),
    };
    Some(Question { asked, wanted: !term.negated })
}

/// Of the tickets, those for which every question is answered as it shall be.
pub(super) async fn answered(
    connection: &mut SqliteConnection,
    questions: &[Question],
    mut tickets: BTreeSet<TicketId>,
) -> Result<BTreeSet<TicketId>> {
    for question in questions {
        if tickets.is_empty() {
            break;
        }
        let found = match &question.asked {
            Asked::Message(expression) => {
                let theirs: Vec<TicketId> = tickets.iter().copied().collect();
                index::matching(connection, expression, &theirs, None).await?
            }
            Asked::Token(token) => with_token(connection, token).await?,
        };
        tickets.retain(|ticket| found.contains(ticket) == question.wanted);
    }
    Ok(tickets)
}

const WITH_TOKEN: &str = "SELECT ticket FROM ticket_token WHERE token = ?";

async fn with_token(connection: &mut SqliteConnection, token: &str) -> Result<BTreeSet<TicketId>> {
    let query = sqlx::query_scalar(WITH_TOKEN).bind(token.to_owned());
    let found: Vec<i64> = query.fetch_all(connection).await?;
    Ok(found.into_iter().map(TicketId).collect())
}

#[cfg(test)]
pub(super) const ALL: &[(&str, &str)] = &[("which ticket has the token", WITH_TOKEN)];
