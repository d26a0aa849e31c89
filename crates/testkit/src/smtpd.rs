//! A real server for outgoing mail: Dovecot's own submission service, with its certificates, accounts and limits. What it takes it gives to a
//! scripted server behind it, which hands it to the mailboxes of the same Dovecot.
//!
//! Other mail servers can't run beside one that a person has installed, or insist on users and folders of the system's.

use std::io;
use std::path::Path;

use crate::dovecot::Dovecot;
use crate::smtp_script::{Rules, ScriptedSmtp};

/// Where the packages put the service.
const SERVICE: &[&str] = &["/usr/lib/dovecot/submission", "/usr/libexec/dovecot/submission"];
/// Bytes of the largest mail it takes.
pub const MOST_BYTES: u64 = 2 * 1024 * 1024;

#[derive(Debug)]
pub struct Smtpd {
    pub dovecot: Dovecot,
    /// What stands behind it.
    pub relay: ScriptedSmtp,
}

impl Smtpd {
    /// `None`, said aloud, where it is not installed. In continuous integration that is a failure.
    pub async fn start() -> io::Result<Option<Smtpd>> {
        if !SERVICE.iter().any(|file| Path::new(file).is_file()) {
            if std::env::var("CI").is_ok_and(|ci| ci == "true") {
                return Err(io::Error::other(
                    "Dovecot's submission service is not installed, and nothing may be skipped here",
                ));
            }
            tracing::warn!("Dovecot's submission service is not installed: this test is skipped.");
            return Ok(None);
        }
        let relay = ScriptedSmtp::start(Rules::default().mechanisms(&[])).await?;
        let Some(dovecot) = Dovecot::start_sending(relay.port(), MOST_BYTES).await? else { return Ok(None) };
        relay.follow(Rules::into(&dovecot).mechanisms(&[]));
        Ok(Some(Smtpd { dovecot, relay }))
    }
}
