//! A key store of the benchmark's own: a session bus and a gnome-keyring with its files in a temporary folder.
//!
//! The desk keeps passwords in the system's key store; a benchmark must neither write into a person's nor ask for its
//! password. Both programs end with this.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use super::child;
use crate::{
    failure::{Failure, Result, While},
    process,
};

pub struct KeyStore {
    folder: PathBuf,
    address: String,
    children: Vec<Child>,
}

impl KeyStore {
    pub fn up(folder: &Path) -> Result<KeyStore> {
        fs::create_dir_all(folder).during(|| format!("{} can't be made", folder.display()))?;
        #[cfg(unix)]
        fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))
            .during(|| format!("{} can't be kept private", folder.display()))?;
        let mut store =
            KeyStore { folder: folder.to_path_buf(), address: String::new(), children: Vec::new() };
        store.start_bus()?;
        store.start_keyring()?;
        Ok(store)
    }

    /// Lets a program use this store and no other.
    pub fn lend(&self, command: &mut Command) {
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        for place in ["HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"] {
            command.env(place, &self.folder);
        }
        command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    }

    fn start_bus(&mut self) -> Result {
        let mut bus = process::command("dbus-daemon");
        bus.args(["--session", "--nofork", "--print-address=1"]).stdin(Stdio::null()).stdout(Stdio::piped());
        self.lend(&mut bus);
        bus.env_remove("DBUS_SESSION_BUS_ADDRESS");
        let mut child = bus.stderr(Stdio::null()).spawn().during(|| "dbus-daemon can't be started".into())?;
        let mut address = String::new();
        let out = child.stdout.take();
        self.children.push(child);
        let heard = out.map(|out| BufReader::new(out).read_line(&mut address));
        match heard {
            Some(Ok(length)) if length > 0 => {
                self.address = address.trim().to_owned();
                Ok(())
            }
            _ => Err(Failure::new("dbus-daemon does not say where it listens")),
        }
    }

    fn start_keyring(&mut self) -> Result {
        let mut keyring = process::command("gnome-keyring-daemon");
        keyring.args(["--unlock", "--components=secrets", "--foreground"]);
        keyring.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        self.lend(&mut keyring);
        let mut child = keyring.spawn().during(|| "gnome-keyring-daemon can't be started".into())?;
        let password = child.stdin.take().map(|mut stdin| stdin.write_all(b"bench\n"));
        let answers = child::until(&mut child, || self.answers());
        self.children.push(child);
        match password {
            Some(Ok(())) if answers => Ok(()),
            _ => Err(Failure::new("gnome-keyring-daemon does not answer")),
        }
    }

    fn answers(&self) -> bool {
        let mut ask = process::command("dbus-send");
        ask.args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/"]);
        ask.args(["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]);
        self.lend(&mut ask);
        process::answer(ask).is_some_and(|said| said.contains("true"))
    }
}

impl Drop for KeyStore {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            let _already_gone = child.kill();
            let _reaped = child.wait();
        }
    }
}
