//! A copy of what was sent, put into the folder of sent mail: once, and not where the server puts one itself.

use model::outgoing::Outgoing;
use model::{Millis, Problem, ProblemCode};

use crate::mail::with_blind_copies;
use crate::{RemoteError, Retry};

use super::config::{MailboxConfig, SentCopies};
use super::fault::Fault;
use super::folder::examine;
use super::folders::{self, Listed};
use super::response::{Response, Status};
use super::session::{Command, SMALL, Session};

/// Who files what is sent through their own servers, by the end of the host's name.
const FILES_BY_ITSELF: &[&str] =
    &["outlook.office365.com", "outlook.com", "office365.com", "partner.outlook.cn"];

/// Whether no copy is to be filed, as far as can be said without asking the server.
pub(super) fn is_left_to_others(config: &MailboxConfig) -> bool {
    let host = config.imap.host.to_ascii_lowercase();
    let own = |end: &str| host.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    match config.sent_copies {
        SentCopies::Never => true,
        SentCopies::Always => false,
        SentCopies::Auto => FILES_BY_ITSELF.iter().any(|end| own(end)),
    }
}

/// Files the copy unless one with its Message-ID is there.
pub(super) async fn file(
    session: &mut Session,
    listed: &[Listed],
    config: &MailboxConfig,
    outgoing: &Outgoing,
    mail: &[u8],
) -> Result<(), Fault> {
    if config.sent_copies == SentCopies::Auto && session.can("X-GM-EXT-1") {
        return Ok(());
    }
    let folder = match folders::sent_of(listed) {
        Some(folder) => folder.raw,
        None => made(session, listed, config).await?,
    };
    examine(session, &folder).await?;
    if holds(session, &outgoing.message_id).await? {
        return Ok(());
    }
    let copy = with_blind_copies(outgoing, mail).map_err(RemoteError::permanent)?;
    let command =
        Command::new("APPEND").text(&folder).words(&format!(r" (\Seen){}", internal_date(outgoing.at_ms)));
    match session.run_with_literal(command, &copy).await {
        Ok(_) => Ok(()),
        Err(Fault::Refused(said) | Fault::Rejected(said)) => Err(not_filed(config, &said).into()),
        Err(fault) => Err(fault),
    }
}

async fn holds(session: &mut Session, message_id: &str) -> Result<bool, Fault> {
    let mut found = false;
    let command = Command::new("UID SEARCH HEADER Message-ID").text(message_id);
    session
        .run(command, SMALL, &mut |response| {
            if let Response::Data(data) = response
                && data.name == "SEARCH"
            {
                found |= data.uids().is_some_and(|uids| !uids.is_empty());
            }
        })
        .await?;
    Ok(found)
}

/// Makes the folder; some servers allow folders only below the inbox.
async fn made(session: &mut Session, listed: &[Listed], config: &MailboxConfig) -> Result<String, Fault> {
    let delimiter =
        listed.iter().find_map(|folder| folder.delimiter.clone()).unwrap_or_else(|| ".".to_owned());
    let mut last = None;
    for name in ["Sent".to_owned(), format!("INBOX{delimiter}Sent")] {
        match session.run_plain(Command::new("CREATE").text(&name)).await {
            Ok(_) => {
                let subscribed = session.run_plain(Command::new("SUBSCRIBE").text(&name)).await;
                return match subscribed {
                    Err(fault) if !fault.spares_the_line() => Err(fault),
                    _ => Ok(name),
                };
            }
            Err(Fault::Refused(said) | Fault::Rejected(said)) => last = Some(said),
            Err(fault) => return Err(fault),
        }
    }
    Err(last.map_or(Fault::Nonsense("a folder that can't be made"), |said| not_filed(config, &said).into()))
}

fn not_filed(config: &MailboxConfig, said: &Status) -> RemoteError {
    let lasting =
        ["OVERQUOTA", "TOOBIG", "NOPERM", "CANNOT", "LIMIT"].iter().any(|code| said.code(code).is_some());
    let problem = Problem::new(ProblemCode::CopyNotFiled).with("host", &config.imap.host).because(&said.text);
    let retry = if lasting { Retry::Permanent } else { Retry::Transient { after: None } };
    RemoteError { retry, problem }
}

/// With a space before it, as an argument; nothing where the clock says what no server believes.
fn internal_date(at: Millis) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let date = mail_parser::DateTime::from_timestamp(at.0.div_euclid(1_000));
    let month = MONTHS.get(usize::from(date.month).wrapping_sub(1));
    match month.filter(|_| (1970..10_000).contains(&date.year)) {
        Some(month) => format!(
            " \"{:2}-{month}-{:04} {:02}:{:02}:{:02} +0000\"",
            date.day, date.year, date.hour, date.minute, date.second
        ),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::{Encryption, Server};

    fn config(host: &str, sent_copies: SentCopies) -> MailboxConfig {
        MailboxConfig {
            imap: Server { host: host.to_owned(), port: 993, encryption: Encryption::Tls },
            user: "li".to_owned(),
            own: Vec::new(),
            folders: Vec::new(),
            smtp: None,
            sent_copies,
            extra_ca_pem: None,
        }
    }

    #[test]
    fn servers_that_file_by_themselves_are_left_alone() {
        for (host, sent_copies, left) in [
            ("outlook.office365.com", SentCopies::Auto, true),
            ("imap-mail.Outlook.com", SentCopies::Auto, true),
            ("outlook.office365.com", SentCopies::Always, false),
            ("notoutlook.com", SentCopies::Auto, false),
            ("imap.shop.test", SentCopies::Auto, false),
            ("imap.shop.test", SentCopies::Never, true),
        ] {
            assert_eq!(is_left_to_others(&config(host, sent_copies)), left, "{host} {sent_copies:?}");
        }
    }

    #[test]
    fn a_date_is_written_as_imap_wants_it_and_an_impossible_one_not_at_all() {
        assert_eq!(internal_date(Millis(837_596_665_999)), " \"17-Jul-1996 09:44:25 +0000\"");
        assert_eq!(internal_date(Millis(1_772_366_400_000)), " \" 1-Mar-2026 12:00:00 +0000\"");
        assert_eq!(internal_date(Millis(i64::MAX)), "");
        assert_eq!(internal_date(Millis(-1)), "");
    }
}
