//! A Dovecot of the test's own: its ports, users and mail are its own, and it is stopped when it is dropped.
//!
//! It runs as root or as an ordinary person. Where Dovecot is not installed the test is skipped with a word, but not in continuous
//! integration, where nothing may be skipped.

use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::certificate::{Certificate, Flaw};

/// Its one kind of password holds what breaks careless quoting.
pub const PASSWORD: &str = "se\"cr\\et wörd";
const TOKEN_KEY: &str = "a key for tokens of this test";
const START: Duration = Duration::from_secs(20);

/// Extra lines for the configuration.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    pub extra: &'static str,
}

#[derive(Debug)]
pub struct Dovecot {
    home: TempDir,
    pub imap: u16,
    pub imaps: u16,
    /// Takes mail for its mailboxes, from anybody on this machine.
    pub lmtp: u16,
    /// For outgoing mail, with STARTTLS and with TLS; only where it was started for that.
    pub submission: u16,
    pub submissions: u16,
    /// What a client must trust.
    pub authority: String,
}

impl Drop for Dovecot {
    /// Asks it to stop and goes on: Dovecot takes seconds to be sure that it has.
    fn drop(&mut self) {
        let Ok(pid) = std::fs::read_to_string(self.file("run/master.pid")) else { return };
        let asked = std::process::Command::new("sh")
            .args(["-c", "kill \"$0\"", pid.trim()])
            .stdin(Stdio::null())
            .status();
        if !asked.is_ok_and(|status| status.success()) {
            tracing::error!("The test's Dovecot could not be stopped.");
        }
    }
}

/// Where a program is; system programs may lie outside an ordinary person's path.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin"), PathBuf::from("/usr/local/sbin")]);
    folders.map(|folder| folder.join(program)).find(|file| file.is_file())
}

impl Dovecot {
    /// A running Dovecot; `None`, said aloud, where there is none. In continuous integration that is a failure.
    pub async fn start() -> io::Result<Option<Dovecot>> {
        Dovecot::start_with(Manner::default()).await
    }

    pub async fn start_with(manner: Manner) -> io::Result<Option<Dovecot>> {
        Dovecot::start_as(manner, None).await
    }

    /// One that also takes outgoing mail, of at most `most` bytes, and gives it to the server at the port `relay`.
    pub async fn start_sending(relay: u16, most: u64) -> io::Result<Option<Dovecot>> {
        Dovecot::start_as(Manner::default(), Some((relay, most))).await
    }

    async fn start_as(manner: Manner, sending: Option<(u16, u64)>) -> io::Result<Option<Dovecot>> {
        let Some(program) = find("dovecot") else {
            if std::env::var("CI").is_ok_and(|ci| ci == "true") {
                return Err(io::Error::other("Dovecot is not installed, and nothing may be skipped here"));
            }
            tracing::warn!("Dovecot is not installed: this test is skipped.");
            return Ok(None);
        };
        let mut last = io::Error::other("Dovecot did not start");
        // Another program may take a port between its choice and its use.
        for _ in 0..5 {
            match Dovecot::try_start(&program, manner, sending).await {
                Ok(dovecot) => return Ok(Some(dovecot)),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn try_start(program: &Path, manner: Manner, sending: Option<(u16, u64)>) -> io::Result<Dovecot> {
        let home = TempDir::with_prefix("dvc")?;
        let [imap, imaps, lmtp, submission, submissions] = free_ports()?;
        let certificate = Certificate::new(Flaw::None).map_err(io::Error::other)?;
        let authority = certificate.authority.clone();
        let dovecot = Dovecot { home, imap, imaps, lmtp, submission, submissions, authority };
        let sending = sending.map(|(relay, most)| dovecot.sending(relay, most)).unwrap_or_default();
        dovecot.write_files(&certificate, manner, &sending)?;
        let output = Command::new(program)
            .arg("-c")
            .arg(dovecot.file("dovecot.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(dovecot.file("start.log"))?)
            .status()
            .await?;
        if !output.success() {
            return Err(io::Error::other(std::fs::read_to_string(dovecot.file("start.log"))?));
        }
        dovecot.until_it_listens(!sending.is_empty()).await?;
        Ok(dovecot)
    }

    async fn until_it_listens(&self, sending: bool) -> io::Result<()> {
        let mut ports = vec![self.imap, self.imaps, self.lmtp];
        if sending {
            ports.extend([self.submission, self.submissions]);
        }
        let listening = async {
            for port in ports {
                while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        };
        let waited = tokio::time::timeout(START, listening).await;
        waited.map_err(|_| io::Error::other(std::fs::read_to_string(self.file("log")).unwrap_or_default()))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn write_files(&self, certificate: &Certificate, manner: Manner, sending: &str) -> io::Result<()> {
        let root = std::fs::metadata(self.home.path())?.uid() == 0;
        std::fs::set_permissions(self.home.path(), std::fs::Permissions::from_mode(0o755))?;
        for folder in ["mail", "tokens/default/HS256"] {
            std::fs::create_dir_all(self.file(folder))?;
        }
        let owner = if root { user("mail") } else { user_of(self.home.path()) }?;
        std::os::unix::fs::chown(self.file("mail"), Some(owner.uid), Some(owner.gid))?;
        std::fs::write(self.file("cert.pem"), &certificate.certificate)?;
        std::fs::write(self.file("key.pem"), &certificate.key)?;
        let people = ["agent", "support", "customer"];
        let users: String =
            people.iter().map(|name| format!("{name}@desk.test:{{PLAIN}}{PASSWORD}::::::\n")).collect();
        std::fs::write(self.file("users"), users)?;
        std::fs::write(self.file("tokens/default/HS256/default"), STANDARD.encode(TOKEN_KEY))?;
        let home = self.home.path().display();
        let tokens = format!(
            "introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={home}/tokens/\n\
             username_attribute = sub\ntokeninfo_url =\n"
        );
        std::fs::write(self.file("tokens.conf"), tokens)?;
        let unprivileged = if root { String::new() } else { unprivileged(&owner) };
        let configuration = self.configuration(&owner, &unprivileged, manner);
        std::fs::write(self.file("dovecot.conf"), format!("{configuration}{sending}"))
    }

    fn configuration(&self, owner: &Owner, unprivileged: &str, manner: Manner) -> String {
        let home = self.home.path().display();
        let Owner { uid, gid, .. } = owner;
        let (imap, imaps, lmtp, extra) = (self.imap, self.imaps, self.lmtp, manner.extra);
        format!(
            "instance_name = test-{imap}\nbase_dir = {home}/run\nstate_dir = {home}/state\nlog_path = {home}/log\n\
             protocols = imap lmtp\nhostname = mail.desk.test\nlisten = 127.0.0.1\nssl = yes\n\
             ssl_cert = <{home}/cert.pem\nssl_key = <{home}/key.pem\nauth_mechanisms = plain login xoauth2 oauthbearer\n\
             disable_plaintext_auth = no\nfirst_valid_uid = 1\nfirst_valid_gid = 1\nmail_location = maildir:~/Maildir\n\
             mail_max_userip_connections = 200\nimap_idle_notify_interval = 2 mins\nauth_failure_delay = 0\n\
             passdb {{\n driver = passwd-file\n mechanisms = plain login\n args = username_format=%u {home}/users\n}}\n\
             passdb {{\n driver = oauth2\n mechanisms = xoauth2 oauthbearer\n args = {home}/tokens.conf\n}}\n\
             userdb {{\n driver = static\n args = allow_all_users=yes uid={uid} gid={gid} home={home}/mail/%u\n}}\n\
             namespace inbox {{\n inbox = yes\n mailbox Sent {{\n  special_use = \\Sent\n  auto = subscribe\n }}\n}}\n\
             service imap-login {{\n process_min_avail = 1\n service_count = 0\n\
             \x20inet_listener imap {{\n  address = 127.0.0.1\n  port = {imap}\n }}\n\
             \x20inet_listener imaps {{\n  address = 127.0.0.1\n  port = {imaps}\n  ssl = yes\n }}\n}}\n\
             service lmtp {{\n inet_listener lmtp {{\n  address = 127.0.0.1\n  port = {lmtp}\n }}\n}}\n\
             protocol lmtp {{\n postmaster_address = postmaster@desk.test\n}}\n{unprivileged}{extra}\n"
        )
    }

    /// The service for outgoing mail.
    fn sending(&self, relay: u16, most: u64) -> String {
        let (submission, submissions) = (self.submission, self.submissions);
        format!(
            "protocols = imap lmtp submission\nsubmission_max_mail_size = {most}\n\
             submission_relay_host = 127.0.0.1\nsubmission_relay_port = {relay}\nsubmission_relay_trusted = no\n\
             service submission-login {{\n\
             \x20inet_listener submission {{\n  address = 127.0.0.1\n  port = {submission}\n }}\n\
             \x20inet_listener submissions {{\n  address = 127.0.0.1\n  port = {submissions}\n  ssl = yes\n }}\n}}\n"
        )
    }

    /// Delivers a mail to `user`'s inbox, as the world would; it is there when this returns.
    pub async fn deliver(&self, user: &str, mail: &[u8]) -> io::Result<()> {
        let wire = [mail, b"\r\n"].concat();
        hand_over(self.lmtp, "world@customer.test", &[user.to_owned()], &wire).await
    }

    /// Puts mails into a folder of `user` at once, the first one oldest; for tests that need many.
    pub fn seed(
        &self,
        user: &str,
        folder: Option<&str>,
        mails: impl Iterator<Item = Vec<u8>>,
    ) -> io::Result<()> {
        let owner = std::fs::metadata(self.file("mail"))?;
        let own = |path: &Path| std::os::unix::fs::chown(path, Some(owner.uid()), Some(owner.gid()));
        let home = self.file("mail").join(user);
        let root = home.join("Maildir");
        let maildir = folder.map_or_else(|| root.clone(), |folder| root.join(format!(".{folder}")));
        let inner = ["cur", "new", "tmp"].map(|name| maildir.join(name));
        for path in [&home, &root, &maildir].into_iter().chain(&inner) {
            std::fs::create_dir_all(path)?;
            own(path)?;
        }
        for (number, mail) in mails.enumerate() {
            let second = 1_700_000_000 + number;
            let path =
                maildir.join(format!("cur/{second}.M{number:06}.test,S={},W={}:2,", mail.len(), mail.len()));
            std::fs::write(&path, mail)?;
            own(&path)?;
        }
        Ok(())
    }

    /// Every mail in a folder of `user` as it lies there, in no order; the inbox without a name.
    pub fn mails(&self, user: &str, folder: Option<&str>) -> io::Result<Vec<Vec<u8>>> {
        let root = self.file("mail").join(user).join("Maildir");
        let maildir = folder.map_or_else(|| root.clone(), |folder| root.join(format!(".{folder}")));
        let mut mails = Vec::new();
        for inner in ["new", "cur"] {
            match std::fs::read_dir(maildir.join(inner)) {
                Ok(files) => {
                    for file in files {
                        mails.push(std::fs::read(file?.path())?);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(mails)
    }

    /// How many mails with this Message-ID (without angle brackets) lie in a folder of `user`: what counts as a delivery.
    pub fn count(&self, user: &str, folder: Option<&str>, message_id: &str) -> io::Result<usize> {
        let line = format!("<{message_id}>");
        let has = |mail: &&Vec<u8>| String::from_utf8_lossy(mail).contains(&line);
        Ok(self.mails(user, folder)?.iter().filter(has).count())
    }

    /// Runs Dovecot's administration, as in `["mailbox", "delete", "-u", …]`.
    pub async fn doveadm(&self, arguments: &[&str]) -> io::Result<String> {
        let program = find("doveadm").ok_or_else(|| io::Error::other("no doveadm"))?;
        let Output { status, stdout, stderr } = Command::new(program)
            .arg("-c")
            .arg(self.file("dovecot.conf"))
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .await?;
        if status.success() {
            Ok(String::from_utf8_lossy(&stdout).into_owned())
        } else {
            Err(io::Error::other(String::from_utf8_lossy(&stderr).into_owned()))
        }
    }

    /// An access token for `user` that expires `seconds` from now.
    pub async fn token(&self, user: &str, seconds: i64) -> io::Result<String> {
        let since_epoch =
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_err(io::Error::other)?;
        let expires = i64::try_from(since_epoch.as_secs()).unwrap_or(0) + seconds;
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let claims =
            URL_SAFE_NO_PAD.encode(format!(r#"{{"sub":"{user}","exp":{expires},"iat":1700000000}}"#));
        let signature = sign(&format!("{header}.{claims}")).await?;
        Ok(format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// What Dovecot logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.file("log")).unwrap_or_default()
    }
}

/// Gives a mail to the mailboxes behind the LMTP server at `port`; it is there when this returns. `wire` has its dots doubled already and ends
/// with a line end.
pub(crate) async fn hand_over(port: u16, from: &str, to: &[String], wire: &[u8]) -> io::Result<()> {
    let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", port)).await?);
    expect(&mut stream, "220").await?;
    let mut commands = vec!["LHLO desk.test".to_owned(), format!("MAIL FROM:<{from}>")];
    commands.extend(to.iter().map(|user| format!("RCPT TO:<{user}>")));
    for command in commands {
        stream.write_all(format!("{command}\r\n").as_bytes()).await?;
        expect(&mut stream, "250").await?;
    }
    stream.write_all(b"DATA\r\n").await?;
    expect(&mut stream, "354").await?;
    stream.write_all(wire).await?;
    stream.write_all(b".\r\n").await?;
    for _ in to {
        expect(&mut stream, "250").await?;
    }
    stream.write_all(b"QUIT\r\n").await
}

async fn sign(text: &str) -> io::Result<Vec<u8>> {
    let mut openssl = Command::new("openssl")
        .args(["dgst", "-sha256", "-binary", "-hmac", TOKEN_KEY])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = openssl.stdin.take() {
        stdin.write_all(text.as_bytes()).await?;
    }
    Ok(openssl.wait_with_output().await?.stdout)
}

/// The last line of an answer, which must have this code.
async fn expect(stream: &mut BufReader<TcpStream>, code: &str) -> io::Result<()> {
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        if !line.starts_with(code) {
            return Err(io::Error::other(line));
        }
        if line.get(3..4) == Some(" ") {
            return Ok(());
        }
    }
}

fn free_ports() -> io::Result<[u16; 5]> {
    let listener = || std::net::TcpListener::bind("127.0.0.1:0");
    let held = [listener()?, listener()?, listener()?, listener()?, listener()?];
    let [first, second, third, fourth, fifth] =
        held.each_ref().map(|listener| listener.local_addr().map(|address| address.port()));
    Ok([first?, second?, third?, fourth?, fifth?])
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Owner {
    name: String,
    uid: u32,
    gid: u32,
}

fn owner(matches: impl Fn(&Owner) -> bool) -> io::Result<Owner> {
    let people = std::fs::read_to_string("/etc/passwd")?;
    let read = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        Some(Owner { name, uid: fields.nth(1)?.parse().ok()?, gid: fields.next()?.parse().ok()? })
    };
    people
        .lines()
        .filter_map(read)
        .find(|owner| matches(owner))
        .ok_or_else(|| io::Error::other("no such user"))
}

fn user(name: &str) -> io::Result<Owner> {
    owner(|owner| owner.name == name)
}

fn user_of(path: &Path) -> io::Result<Owner> {
    let uid = std::fs::metadata(path)?.uid();
    owner(|owner| owner.uid == uid)
}

/// What lets Dovecot run without being root: everything is done by the one user, and nothing is locked into a folder.
fn unprivileged(owner: &Owner) -> String {
    let name = &owner.name;
    let group = std::fs::read_to_string("/etc/group")
        .unwrap_or_default()
        .lines()
        .find(|line| line.split(':').nth(2) == Some(owner.gid.to_string().as_str()))
        .and_then(|line| line.split(':').next().map(str::to_owned))
        .unwrap_or_else(|| name.clone());
    let unlocked: String = ["anvil", "imap-login", "stats", "imap-urlauth-login", "submission-login"]
        .map(|service| format!("service {service} {{\n chroot =\n}}\n"))
        .concat();
    format!(
        "default_internal_user = {name}\ndefault_login_user = {name}\ndefault_internal_group = {group}\n{unlocked}"
    )
}
