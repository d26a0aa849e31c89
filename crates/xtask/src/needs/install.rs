//! Bringing what is missing: through apt on Debian and Ubuntu, elsewhere by telling the person the exact command.

use std::{
    collections::BTreeSet,
    io::{IsTerminal, stdin},
    process::Command,
};

use super::{
    find::{self, System},
    table::Need,
};
use crate::{failure::Result, process};

/// Says what will be installed and installs it, or says what to type. Fails only if an installation that was begun failed.
pub fn install(system: &System, lacking: &[&Need]) -> Result {
    let packages: BTreeSet<&str> = lacking.iter().flat_map(|need| system.packages(need)).collect();
    match *system {
        System::Debian | System::Ubuntu => with_apt(&packages),
        other => {
            println!("Install it with:\n  {}", by_hand(other, lacking, &packages));
            Ok(())
        }
    }
}

/// The exact command for a system this program does not install on.
fn by_hand(system: System, lacking: &[&Need], packages: &BTreeSet<&str>) -> String {
    let names = packages.iter().copied().collect::<Vec<_>>().join(" ");
    let each = |before: &str| {
        let one = |need: &&Need| format!("{before} {}", system.packages(need).join(" "));
        lacking.iter().map(one).collect::<Vec<_>>().join("\n  ")
    };
    match system {
        System::Fedora => format!("sudo dnf install {names}"),
        System::Arch => format!("sudo pacman -S --needed {names}"),
        System::MacOs => each("brew install"),
        System::Windows => each("winget install --exact --id"),
        System::Debian | System::Ubuntu => format!("sudo apt-get install --no-install-recommends {names}"),
        System::OtherLinux => format!("(your system's packages for what Debian calls) {names}"),
    }
}

/// How this person may install.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Means {
    Root,
    /// sudo asks for nothing.
    Sudo,
    /// sudo will ask for a password, and somebody is there to type it.
    SudoAsking,
    None,
}

fn means() -> Means {
    let ask = |program: &str, args: &[&str]| {
        let mut command = process::command(program);
        command.args(args);
        process::answer(command)
    };
    if ask("id", &["-u"]).is_some_and(|id| id.trim() == "0") {
        Means::Root
    } else if ask("sudo", &["-n", "true"]).is_some() {
        Means::Sudo
    } else if find::program("sudo").is_some() && stdin().is_terminal() {
        Means::SudoAsking
    } else {
        Means::None
    }
}

fn with_apt(packages: &BTreeSet<&str>) -> Result {
    let names = packages.iter().copied().collect::<Vec<_>>().join(" ");
    let script = apt_script(packages);
    let mut command = match means() {
        Means::Root => process::command("sh"),
        Means::Sudo => sudo(&["-n", "sh"]),
        Means::SudoAsking => sudo(&["sh"]),
        Means::None => {
            println!(
                "Install it as root with:\n  apt-get update && apt-get install --no-install-recommends {names}"
            );
            return Ok(());
        }
    };
    println!("Installing with apt: {names}");
    process::attached(command.args(["-c", &script]).stdin(std::process::Stdio::inherit()))
}

fn sudo(args: &[&str]) -> Command {
    let mut sudo = process::command("sudo");
    sudo.args(args);
    sudo
}

/// Installs without questions; asks the archive for its lists only if it must; a mail server comes last and asleep.
fn apt_script(packages: &BTreeSet<&str>) -> String {
    let (servers, others): (Vec<&str>, Vec<&str>) =
        packages.iter().copied().partition(|name| name.starts_with("dovecot-"));
    let names = packages.iter().copied().collect::<Vec<_>>().join(" ");
    let mut script = format!(
        r#"set -e
export DEBIAN_FRONTEND=noninteractive
lists() {{ apt-get -o DPkg::Lock::Timeout=600 -q update; }}
apt() {{ apt-get -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 -q -y --no-install-recommends install "$@"; }}
bring() {{ apt "$@" || {{ lists && apt "$@"; }}; }}
apt-cache show {names} >/dev/null 2>&1 || lists
"#
    );
    if !others.is_empty() {
        script.push_str(&format!("bring {}\n", others.join(" ")));
    }
    if !servers.is_empty() {
        script.push_str(&asleep(&servers.join(" "), find::program("dovecot").is_none()));
    }
    script
}

/// Installs servers so that none starts, now or at the next boot, if this machine had none before.
fn asleep(names: &str, is_new: bool) -> String {
    if !is_new {
        return format!("bring {names}\n");
    }
    format!(
        r#"policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap "rm -f $policy" EXIT
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod 755 $policy
fi
bring {names}
if command -v systemctl >/dev/null; then systemctl --quiet disable dovecot.service dovecot.socket || true; fi
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::needs::table::NEEDS;

    fn named(what: &str) -> &'static Need {
        NEEDS.iter().find(|need| need.what == what).unwrap()
    }

    #[test]
    fn the_command_to_type_is_exact_on_each_system() {
        let lacking = [named("WebKitGTK 4.1"), named("Chromium")];
        let on = |system: System| {
            let packages = lacking.iter().flat_map(|need| system.packages(need)).collect();
            let wanted: Vec<&Need> = lacking.iter().copied().filter(|need| system.wants(need)).collect();
            by_hand(system, &wanted, &packages)
        };
        assert_eq!(on(System::Fedora), "sudo dnf install chromium webkit2gtk4.1-devel");
        assert_eq!(on(System::Arch), "sudo pacman -S --needed chromium webkit2gtk-4.1");
        assert_eq!(on(System::MacOs), "brew install --cask chromium");
        assert_eq!(on(System::Windows), "winget install --exact --id Google.Chrome");
    }

    #[test]
    fn a_mail_server_is_installed_asleep_only_where_there_was_none() {
        assert!(asleep("dovecot-imapd", true).contains("policy-rc.d"));
        assert_eq!(asleep("dovecot-imapd", false), "bring dovecot-imapd\n");
    }

    #[test]
    #[cfg(unix)]
    fn the_installation_is_a_script_that_a_shell_can_read() {
        let packages = BTreeSet::from(["dovecot-imapd", "xvfb"]);
        let script = apt_script(&packages);
        let mut shell = process::command("sh");
        assert!(
            process::answer({
                shell.args(["-n", "-c", &script]);
                shell
            })
            .is_some(),
            "{script}"
        );
        assert!(script.find("bring xvfb") < script.find("bring dovecot-imapd"));
    }
}
