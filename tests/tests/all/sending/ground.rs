//! A mail server with a customer's question, a way out that the test scripts, and a desk that has read the question, copied anew for every case.

use std::{
    fs,
    path::{Path, PathBuf},
};

use model::{OutboxId, outgoing::OutboxState};
use remote::mailbox::SentCopies;
use testkit::{
    dovecot::Dovecot,
    smtp_script::{Rules, ScriptedSmtp},
};

use super::{
    office::{AGENT, CUSTOMER, Manners, Seat, Way, question},
    verdict::{Verdict, mailbox, verdict},
};

/// The subject of a mail that has nothing to do with any of this.
const ELSE: &str = "Something else";

pub struct Ground {
    pub dovecot: Dovecot,
    pub smtp: ScriptedSmtp,
    pub way: Way,
    read: PathBuf,
    folder: tempfile::TempDir,
}

impl Ground {
    /// `None` where there is no mail server.
    pub async fn new() -> Option<Ground> {
        Ground::with(SentCopies::Always).await
    }

    pub async fn with(copies: SentCopies) -> Option<Ground> {
        let dovecot = Dovecot::start().await.unwrap()?;
        dovecot.deliver(AGENT, &question()).await.unwrap();
        let smtp = ScriptedSmtp::start(Rules::into(&dovecot)).await.unwrap();
        let mut way = Way::new(&dovecot, dovecot.imaps, smtp.port());
        way.config.sent_copies = copies;
        let folder = tempfile::tempdir().unwrap();
        let read = folder.path().join("read");
        let seat = Seat::open(&read, way.clone()).await;
        seat.read().await;
        seat.store.close().await.unwrap();
        Some(Ground { dovecot, smtp, way, read, folder })
    }

    /// A folder with the desk in it, as `desk`.
    pub fn lay_out(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        copy(&self.read, &folder.join("desk"));
        folder
    }

    pub async fn open(&self, folder: &Path) -> Seat {
        Seat::open(&folder.join("desk"), self.way.clone()).await
    }

    /// What became of these replies: each must be with the customer, or stand before a person as unknown. Then the person looks and says
    /// whether it arrived, and in the end the customer must have all of them, once. Answers how it stood before the person came.
    pub async fn judged(&self, seat: &Seat, ids: &[OutboxId]) -> Result<Verdict, String> {
        let before = self.counted(seat, ids).await?;
        let mut now = before;
        // Who has bad luck again is asked again.
        for _ in 0..5 {
            if now.once + now.unknown != ids.len() {
                return Err(format!("{} replies were sent off: {now:?}", ids.len()));
            }
            if now.unknown == 0 {
                return Ok(before);
            }
            self.decide(seat, ids).await;
            now = self.counted(seat, ids).await?;
        }
        Err(format!("after a person's word: {now:?}"))
    }

    /// The person says of each that is unknown what is true of it.
    async fn decide(&self, seat: &Seat, ids: &[OutboxId]) {
        let there = mailbox(&self.dovecot, CUSTOMER).await;
        for id in ids {
            let entry = seat.store.outbox_entry(*id).await.unwrap().unwrap();
            let arrived =
                there.iter().any(|mail| mail.message_id.as_ref() == Some(&entry.outgoing.message_id));
            if entry.state == OutboxState::Unknown {
                let now = seat.clock.now();
                let said = if arrived {
                    seat.store.mark_sent(*id, None, now).await
                } else {
                    seat.store.release(*id, now).await
                };
                said.unwrap();
            }
        }
        seat.has_its_time(&Manners::default()).await;
    }

    async fn counted(&self, seat: &Seat, ids: &[OutboxId]) -> Result<Verdict, String> {
        verdict(&mailbox(&self.dovecot, CUSTOMER).await, &seat.rows(ids).await?)
    }

    /// As if nothing had ever been sent.
    pub async fn clear(&self) {
        for (user, folder) in [(CUSTOMER, "INBOX"), (AGENT, "Sent")] {
            self.dovecot.doveadm(&["expunge", "-u", user, "mailbox", folder, "all"]).await.unwrap();
        }
        let others = ["expunge", "-u", AGENT, "mailbox", "INBOX", "header", "subject", ELSE];
        self.dovecot.doveadm(&others).await.unwrap();
    }
}

/// Copies a folder with everything in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}
