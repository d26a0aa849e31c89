//! A Dovecot of the benchmark's own: in a temporary folder, on a free port of this machine only, gone at the end.
//!
//! It touches no other Dovecot: configuration, sockets, users and mail all lie in its folder. It runs as whoever runs the
//! benchmark; for root, which Dovecot lets no mail be read as, the mail belongs to the user `mail`.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, UNIX_EPOCH},
};

use super::{child, letters::Letter};
use crate::{
    failure::{Failure, Result, While},
    needs, process,
};

pub const DOMAIN: &str = "bench.test";
pub const PASSWORD: &str = "bench";

pub struct Dovecot {
    folder: PathBuf,
    pub port: u16,
    server: Child,
    is_root: bool,
}

impl Dovecot {
    /// Brings it up with an empty mailbox for each user.
    pub fn up(folder: &Path, users: &[&str]) -> Result<Dovecot> {
        let is_root = process::answer(asking("id", &["-u"])).is_some_and(|id| id.trim() == "0");
        let port = free_port()?;
        lay_out(folder, port, users, is_root)?;
        let program = needs::program("dovecot").ok_or_else(|| Failure::new("there is no dovecot"))?;
        let mut server = Command::new(program)
            .args(["-F", "-c"])
            .arg(folder.join("dovecot.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .during(|| "dovecot can't be started".into())?;
        let listens = || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
        if !child::until(&mut server, listens) {
            let log = fs::read_to_string(folder.join("dovecot.log")).unwrap_or_default();
            return Err(Failure::new(format!("dovecot does not listen:\n{log}")));
        }
        Ok(Dovecot { folder: folder.to_path_buf(), port, server, is_root })
    }

    /// Puts mails into a mailbox as they would lie there after their delivery.
    pub fn put(&self, user: &str, letters: impl IntoIterator<Item = Letter>) -> Result {
        let maildir = self.folder.join("mail").join(address(user)).join("Maildir");
        for letter in letters {
            let name = format!("{}.M{}.bench", letter.received_s, letter.number);
            let (on_the_way, there) = (maildir.join("tmp").join(&name), maildir.join("new").join(&name));
            deliver(&letter, &on_the_way, &there)
                .during(|| format!("{} can't be written", there.display()))?;
        }
        self.give_to_mail(&maildir)?;
        self.index(user)
    }

    /// Lets Dovecot see what came, so that whoever reads first does not pay for it.
    fn index(&self, user: &str) -> Result {
        let mut doveadm = process::command("doveadm");
        doveadm.arg("-c").arg(self.folder.join("dovecot.conf")).args([
            "index",
            "-u",
            &address(user),
            "INBOX",
        ]);
        child::measured(&mut doveadm).map(drop)
    }

    fn give_to_mail(&self, path: &Path) -> Result {
        if !self.is_root {
            return Ok(());
        }
        let mut chown = asking("chown", &["-R", "mail:mail"]);
        child::measured(chown.arg(path)).map(drop)
    }
}

impl Drop for Dovecot {
    /// Asks it to end, and ends it if it does not.
    fn drop(&mut self) {
        let mut doveadm = process::command("doveadm");
        doveadm.arg("-c").arg(self.folder.join("dovecot.conf")).arg("stop");
        let _asked = process::answer(doveadm);
        let _ended = child::until(&mut self.server, || false);
        let _killed = self.server.kill();
        let _reaped = self.server.wait();
    }
}

pub fn address(user: &str) -> String {
    format!("{user}@{DOMAIN}")
}

fn asking(program: &str, args: &[&str]) -> Command {
    let mut command = process::command(program);
    command.args(args);
    command
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).during(|| "no port is free".into())?;
    Ok(listener.local_addr().during(|| "no port is free".into())?.port())
}

fn deliver(letter: &Letter, on_the_way: &Path, there: &Path) -> std::io::Result<()> {
    fs::write(on_the_way, &letter.text)?;
    let received = UNIX_EPOCH + Duration::from_secs(letter.received_s);
    fs::File::options().write(true).open(on_the_way)?.set_modified(received)?;
    fs::rename(on_the_way, there)
}

fn lay_out(folder: &Path, port: u16, users: &[&str], is_root: bool) -> Result {
    let making = || format!("{} can't be laid out", folder.display());
    let mut passwords = String::new();
    for user in users {
        let address = address(user);
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(folder.join("mail").join(&address).join("Maildir").join(part))
                .during(making)?;
        }
        passwords.push_str(&format!("{address}:{{PLAIN}}{PASSWORD}::::::\n"));
    }
    fs::write(folder.join("users"), passwords).during(making)?;
    fs::write(folder.join("dovecot.conf"), configuration(folder, port, is_root)).during(making)?;
    if is_root {
        child::measured(asking("chown", &["-R", "mail:mail"]).arg(folder.join("mail")))?;
    }
    Ok(())
}

fn configuration(folder: &Path, port: u16, is_root: bool) -> String {
    let folder = folder.display();
    let ask = |args| process::answer(asking("id", args)).unwrap_or_default().trim().to_owned();
    let (user, group) = (ask(&["-un"]), ask(&["-gn"]));
    let who = if is_root {
        "mail_uid = mail\nmail_gid = mail\n".to_owned()
    } else {
        format!(
            "mail_uid = {user}\nmail_gid = {group}\ndefault_internal_user = {user}\ndefault_internal_group = {group}\n\
             default_login_user = {user}\nservice anvil {{\n  chroot =\n}}\nservice imap-login {{\n  chroot =\n}}\n"
        )
    };
    format!(
        "instance_name = foredeck-bench
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_max_userip_connections = 100
passdb {{
  driver = passwd-file
  args = username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = home={folder}/mail/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
}}
{who}service imap-login {{
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"
    )
}
