//! Looking at this machine: which system it is, and whether something is there. It changes nothing.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::table::{Need, Seen};
use crate::{
    failure::{Failure, Result},
    process,
};

/// The oldest Node the interface's tools run on.
const NODE: (u32, u32) = (20, 19);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    Debian,
    Ubuntu,
    Fedora,
    Arch,
    OtherLinux,
    MacOs,
    Windows,
}

impl System {
    pub fn of_this_machine() -> System {
        match std::env::consts::OS {
            "macos" => System::MacOs,
            "windows" => System::Windows,
            _ => System::named_by(&fs::read_to_string("/etc/os-release").unwrap_or_default()),
        }
    }

    /// Reads os-release(5): the system itself, or what it is like.
    fn named_by(release: &str) -> System {
        let value = |key: &str| {
            let line = release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or_default().trim_matches('"').to_owned()
        };
        let (id, like) = (value("ID"), value("ID_LIKE"));
        match std::iter::once(id.as_str()).chain(like.split(' ')).find_map(known) {
            Some(System::Ubuntu) if id != "ubuntu" => System::Debian,
            Some(system) => system,
            None => System::OtherLinux,
        }
    }

    /// The packages that bring it on this system.
    pub fn packages(self, need: &Need) -> Vec<&'static str> {
        let packages = &need.packages;
        match self {
            // Ubuntu's own `chromium-browser` brings the snap.
            System::Ubuntu => packages
                .debian
                .iter()
                .map(|&name| if name == "chromium" { "chromium-browser" } else { name })
                .collect(),
            System::Debian | System::OtherLinux => packages.debian.to_vec(),
            System::Fedora => packages.fedora.to_vec(),
            System::Arch => packages.arch.to_vec(),
            System::MacOs => packages.macos.to_vec(),
            System::Windows => packages.windows.to_vec(),
        }
    }

    pub fn wants(self, need: &Need) -> bool {
        !self.packages(need).is_empty()
    }
}

fn known(name: &str) -> Option<System> {
    match name {
        "debian" => Some(System::Debian),
        "ubuntu" => Some(System::Ubuntu),
        "fedora" | "rhel" => Some(System::Fedora),
        "arch" => Some(System::Arch),
        _ => None,
    }
}

pub fn is_here(need: &Need) -> bool {
    match need.seen {
        Seen::Program(names) => names.iter().any(|name| program(name).is_some()),
        Seen::Library(name) => succeeds("pkg-config", &["--exists", name]),
        Seen::File(paths) => paths.iter().any(|path| Path::new(path).exists()),
        Seen::Font(language) => {
            let mut list = process::command("fc-list");
            list.arg(format!(":lang={language}"));
            process::answer(list).is_some_and(|fonts| !fonts.trim().is_empty())
        }
    }
}

fn succeeds(program: &str, args: &[&str]) -> bool {
    let mut command = process::command(program);
    command.args(args);
    process::answer(command).is_some()
}

/// Where a program lies: in PATH, or where servers lie, which a person's PATH leaves out.
pub fn program(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let servers = ["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(servers).map(|folder| folder.join(&file)).find(|file| file.is_file())
}

/// Node must be there and new enough: its makers' own packages bring it, a system's are often too old.
pub fn node() -> Result {
    let mut node = process::command("node");
    node.arg("--version");
    let told = process::answer(node).unwrap_or_default();
    if new_enough(told.trim()) {
        return Ok(());
    }
    let found = if told.is_empty() { "there is none".to_owned() } else { format!("this is {}", told.trim()) };
    let (major, minor) = NODE;
    Err(Failure::new(format!(
        "Node {major}.{minor} or newer is needed ({found}): https://nodejs.org/en/download"
    )))
}

fn new_enough(version: &str) -> bool {
    let mut numbers =
        version.trim_start_matches('v').split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= NODE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_known_by_itself_or_by_what_it_is_like() {
        assert_eq!(System::named_by("NAME=x\nID=debian\n"), System::Debian);
        assert_eq!(System::named_by("ID=ubuntu\nID_LIKE=debian\n"), System::Ubuntu);
        assert_eq!(System::named_by("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"), System::Debian);
        assert_eq!(System::named_by("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n"), System::Fedora);
        assert_eq!(System::named_by("ID=manjaro\nID_LIKE=arch\n"), System::Arch);
        assert_eq!(System::named_by("ID=nixos\n"), System::OtherLinux);
    }

    #[test]
    fn an_old_node_or_none_is_refused() {
        assert!(new_enough("v20.20.2") && new_enough("v22.0.0") && new_enough("v20.19.0"));
        assert!(!new_enough("v20.18.3") && !new_enough("v18.19.0") && !new_enough(""));
    }
}
