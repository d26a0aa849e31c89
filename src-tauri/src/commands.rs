//! The commands that need no window. Each works on the desk that is open, or on one of its own; each answers on standard output.

use std::{
    future::Future,
    path::{Path, PathBuf},
    time::Instant,
};

use app::{
    DeskEvent,
    dto::{ExportFormat, Exported, Imported, ListedTicket, Scope, Synced, TicketPage, Unreadable},
};
use jiff::{Timestamp, tz::TimeZone};
use model::{Millis, Problem, ProblemCode};
use serde_json::{Value, json};

use crate::{
    calls,
    cli::{Command, Format},
    handover::Reach,
    opening::Workspace,
    progress::Progress,
    sampling::{self, Wanted},
    terminal,
    words::{Word, Words},
};

/// The most tickets one page may hold.
const PAGE: u32 = 200;

/// Runs one command. `Ok(false)`: it was done, but something in it failed and has been told.
pub async fn run(command: Command, workspace: &Workspace) -> Result<bool, Problem> {
    let words = workspace.asking.words.clone();
    if let Command::Sample { tickets, messages, seed, time } = command {
        return sampling::make(workspace, Wanted { tickets, messages, seed }, time, &words).await;
    }
    if matches!(command, Command::Calls) {
        return calls::answer(workspace).await;
    }
    let reach = workspace.reach().await?;
    let outcome = match command {
        Command::Sync { .. } => sync_once(&reach, &words).await,
        Command::Search { query, limit, json } => search(&reach, &query.join(" "), limit, json, &words).await,
        Command::Import { file } => import(&reach, &file, &words).await,
        Command::Export { to, format } => export(&reach, to, format, &words).await,
        Command::Call { name, args, time } => call(&reach, &name, &args, time).await,
        Command::Sample { .. } | Command::Calls => Ok(true),
    };
    reach.close().await;
    outcome
}

/// Does `work` while showing how far the desk is.
async fn watched<T>(reach: &Reach, words: &Words, work: impl Future<Output = T>) -> T {
    overheard(reach, words, work, |_| {}).await
}

/// The same, with somebody who hears what the desk tells meanwhile.
async fn overheard<T>(
    reach: &Reach,
    words: &Words,
    work: impl Future<Output = T>,
    mut also: impl FnMut(&DeskEvent),
) -> T {
    let mut events = reach.events().await;
    let mut progress = Progress::new(words);
    tokio::pin!(work);
    let done = loop {
        tokio::select! {
            done = &mut work => break done,
            Some(event) = events.recv() => {
                also(&event);
                progress.heard(&event);
            }
        }
    };
    progress.done();
    done
}

async fn sync_once(reach: &Reach, words: &Words) -> Result<bool, Problem> {
    synced(reach, words, |_| {}).await
}

/// Reads every source once and answers how that went, while somebody hears what the desk tells.
pub async fn synced(reach: &Reach, words: &Words, heard: impl FnMut(&DeskEvent)) -> Result<bool, Problem> {
    let synced: Vec<Synced> = overheard(reach, words, reach.call("sync_once", Value::Null), heard).await?;
    if synced.is_empty() {
        terminal::aside(&words.say(Word::CliNoSources, &[]));
    }
    for source in &synced {
        let name = source.name.as_str();
        match &source.problem {
            None => {
                let count = source.new_messages.to_string();
                terminal::answer(&words.say(Word::CliSynced, &[("name", name), ("count", &count)]));
            }
            Some(problem) => {
                let said = words.problem(problem);
                terminal::aside(&words.say(Word::CliSyncFailed, &[("name", name), ("problem", &said)]));
            }
        }
    }
    Ok(synced.iter().all(|source| source.problem.is_none()))
}

async fn search(
    reach: &Reach,
    query: &str,
    limit: u32,
    as_json: bool,
    words: &Words,
) -> Result<bool, Problem> {
    let (mut left, mut after) = (limit, None);
    while left > 0 {
        let scope = Scope::Search { query: query.to_owned() };
        let args = json!({ "scope": scope, "after": after, "limit": left.min(PAGE) });
        let page: TicketPage =
            reach.call("tickets", args).await.map_err(|problem| pointed(problem, query))?;
        for found in &page.rows {
            terminal::answer(&if as_json { json!(found).to_string() } else { listed(found) });
        }
        left = left.saturating_sub(u32::try_from(page.rows.len()).unwrap_or(u32::MAX));
        if page.next.is_none() && left == limit && !as_json {
            terminal::aside(&words.say(Word::CliNothingFound, &[]));
        }
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    Ok(true)
}

/// The problem with the word of the query that it is about.
fn pointed(problem: Problem, query: &str) -> Problem {
    let number = |name: &str| problem.params.get(name)?.parse::<usize>().ok();
    let (Some(at), Some(length)) = (number("at"), number("length")) else { return problem };
    let word: String = query.chars().skip(at).take(length).collect();
    problem.with("word", model::text::snippet(&word, 80))
}

async fn call(reach: &Reach, name: &str, args: &str, time: bool) -> Result<bool, Problem> {
    let invalid = |error| Problem::new(ProblemCode::Invalid).with("field", "args").because(error);
    let args: Value = serde_json::from_str(args).map_err(invalid)?;
    let began = Instant::now();
    let answer: Value = reach.call(name, args).await?;
    let milliseconds = began.elapsed().as_secs_f64() * 1000.0;
    let said = if time { json!({ "milliseconds": milliseconds, "answer": answer }) } else { answer };
    terminal::answer(&said.to_string());
    Ok(true)
}

fn listed(found: &ListedTicket) -> String {
    let row = &found.row;
    let who = if row.requester_name.is_empty() { &row.requester_email } else { &row.requester_name };
    let line = format!("{}  {}  {who}  {}", row.token.0, day(row.last_message_at_ms), row.subject);
    match &found.excerpt {
        Some(excerpt) => format!("{line}\n    {}", model::text::one_line(&excerpt.text)),
        None => line,
    }
}

/// The day and minute on this machine's clock.
fn day(at: Millis) -> String {
    let moment = Timestamp::from_millisecond(at.0).unwrap_or_default();
    moment.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}

async fn import(reach: &Reach, file: &Path, words: &Words) -> Result<bool, Problem> {
    let path = absolute(file)?;
    let imported: Imported =
        watched(reach, words, reach.call("import_archive", json!({ "path": path }))).await?;
    for unreadable in &imported.unreadable {
        terminal::aside(&told(unreadable, words));
    }
    let numbers =
        [imported.messages, imported.tickets, imported.already_here].map(|number| number.to_string());
    let [messages, tickets, known] = &numbers;
    let params = [("messages", messages.as_str()), ("tickets", tickets), ("known", known)];
    terminal::answer(&words.say(Word::CliImported, &params));
    Ok(imported.unreadable.is_empty())
}

fn told(unreadable: &Unreadable, words: &Words) -> String {
    let file = unreadable.file.as_str();
    match unreadable.message {
        Some(message) => {
            words.say(Word::CliUnreadableMessage, &[("file", file), ("message", &message.to_string())])
        }
        None => words.say(Word::CliUnreadable, &[("file", file)]),
    }
}

async fn export(reach: &Reach, to: PathBuf, format: Option<Format>, words: &Words) -> Result<bool, Problem> {
    let (path, format) = target(to, format);
    let args = json!({ "path": absolute(&path)?, "format": ExportFormat::from(format) });
    let exported: Exported = watched(reach, words, reach.call("export_archive", args)).await?;
    let messages = exported.messages.to_string();
    terminal::answer(&words.say(Word::CliExported, &[("messages", &messages), ("path", &exported.path)]));
    Ok(true)
}

/// The file to write and its format: as asked, else as the file's ending says, else mbox.
fn target(to: PathBuf, format: Option<Format>) -> (PathBuf, Format) {
    let ends_in_jsonl = to.extension().is_some_and(|ending| ending == "jsonl");
    let format = format.unwrap_or(if ends_in_jsonl { Format::Jsonl } else { Format::Mbox });
    let name = match format {
        Format::Mbox => "foredeck.mbox",
        Format::Jsonl => "foredeck.jsonl",
    };
    (if to.is_dir() { to.join(name) } else { to }, format)
}

/// The open desk may have another working folder.
fn absolute(path: &Path) -> Result<String, Problem> {
    let unreadable = || Problem::new(ProblemCode::FileUnreadable).with("path", path.display());
    let path = std::path::absolute(path).map_err(|error| unreadable().because(error))?;
    path.into_os_string().into_string().map_err(|_| unreadable().because("The name is not Unicode."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_goes_where_and_how_it_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().to_owned();
        assert_eq!(target(into.clone(), None), (into.join("foredeck.mbox"), Format::Mbox));
        assert_eq!(target(into.clone(), Some(Format::Jsonl)), (into.join("foredeck.jsonl"), Format::Jsonl));
        assert_eq!(target(into.join("a.jsonl"), None), (into.join("a.jsonl"), Format::Jsonl));
        assert_eq!(target(into.join("a.jsonl"), Some(Format::Mbox)).1, Format::Mbox);
        assert_eq!(target(into.join("mail"), None), (into.join("mail"), Format::Mbox));
    }
}
