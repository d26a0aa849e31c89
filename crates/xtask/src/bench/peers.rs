//! The programs to compare with: mbsync, which copies a mailbox to this machine, and notmuch, which indexes what lies here.
//! Both are told to do as much and as safely as the desk does, and no more: mbsync without fsync, one direction, one folder.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    child::{Measured, measured},
    dovecot::{Dovecot, PASSWORD, address},
};
use crate::{
    failure::{Result, While},
    process,
};

/// One person's use of both, in a folder of its own.
pub struct Peers {
    folder: PathBuf,
}

impl Peers {
    pub fn new(folder: PathBuf, server: &Dovecot, user: &str) -> Result<Peers> {
        let making = || format!("{} can't be laid out", folder.display());
        fs::create_dir_all(folder.join("mail")).during(making)?;
        fs::create_dir_all(folder.join("state")).during(making)?;
        fs::write(folder.join("mbsyncrc"), mbsync_settings(&folder, server.port, user)).during(making)?;
        fs::write(folder.join("notmuch"), notmuch_settings(&folder.join("mail"), user)).during(making)?;
        Ok(Peers { folder })
    }

    /// Copies what is new.
    pub fn fetch(&self) -> Result<Measured> {
        let mut mbsync = process::command("mbsync");
        measured(mbsync.arg("-c").arg(self.folder.join("mbsyncrc")).arg("bench"))
    }

    /// Makes what is new searchable.
    pub fn index(&self) -> Result<Measured> {
        measured(self.notmuch().args(["new", "--quiet"]))
    }

    pub fn search(&self, words: &str) -> Result<Measured> {
        measured(self.notmuch().args(["search", "--limit=50", words]))
    }

    /// How many messages it finds in all.
    pub fn count(&self, words: &str) -> Result<String> {
        Ok(measured(self.notmuch().args(["count", words]))?.stdout.trim().to_owned())
    }

    fn notmuch(&self) -> Command {
        let mut notmuch = process::command("notmuch");
        notmuch.env("NOTMUCH_CONFIG", self.folder.join("notmuch"));
        notmuch
    }
}

fn mbsync_settings(folder: &Path, port: u16, user: &str) -> String {
    let folder = folder.display();
    let user = address(user);
    format!(
        "FSync no

IMAPAccount bench
Host 127.0.0.1
Port {port}
User {user}
Pass {PASSWORD}
SSLType None
AuthMechs LOGIN

IMAPStore there
Account bench

MaildirStore here
Path {folder}/mail/
Inbox {folder}/mail/INBOX

Channel bench
Far :there:INBOX
Near :here:INBOX
Create Near
Sync Pull
SyncState {folder}/state/
"
    )
}

fn notmuch_settings(mail: &Path, user: &str) -> String {
    let address = address(user);
    format!(
        "[database]\npath={}\n[user]\nname=Bench\nprimary_email={address}\n[new]\ntags=unread;inbox\nignore=\n",
        mail.display()
    )
}
