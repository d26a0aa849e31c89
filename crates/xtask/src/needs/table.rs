//! The table of what the system must bring: what for, how one sees that it is there, and its packages by system.

/// When something is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Nothing works without it.
    Build,
    /// Some tests are skipped without it on a person's machine; in continuous integration it must be there.
    Test,
    /// `bench mailbox` compares with these.
    MailPeers,
}

/// How one sees that it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// One of these programs can be found.
    Program(&'static [&'static str]),
    /// pkg-config knows this library.
    Library(&'static str),
    /// One of these files exists.
    File(&'static [&'static str]),
    /// A font for this language is known to fontconfig.
    Font(&'static str),
}

/// Packages by system; none means that the system needs none.
#[derive(Debug)]
pub struct Packages {
    pub debian: &'static [&'static str],
    pub fedora: &'static [&'static str],
    pub arch: &'static [&'static str],
    pub macos: &'static [&'static str],
    pub windows: &'static [&'static str],
}

#[derive(Debug)]
pub struct Need {
    pub what: &'static str,
    pub why: &'static str,
    pub group: Group,
    pub seen: Seen,
    pub packages: Packages,
    /// A check of `cargo xtask test` that can't run at all without it; a Rust test decides for itself.
    pub check: Option<&'static str>,
}

const LINUX_ONLY: Packages = Packages { debian: &[], fedora: &[], arch: &[], macos: &[], windows: &[] };

const fn linux(
    debian: &'static [&'static str],
    fedora: &'static [&'static str],
    arch: &'static [&'static str],
) -> Packages {
    Packages { debian, fedora, arch, ..LINUX_ONLY }
}

const fn need(group: Group, what: &'static str, why: &'static str, seen: Seen, packages: Packages) -> Need {
    Need { what, why, group, seen, packages, check: None }
}

pub const NEEDS: &[Need] = &[
    need(
        Group::Build,
        "A C compiler and make",
        "SQLCipher and the cryptography are built from source",
        Seen::Program(&["cc", "gcc", "clang", "cl"]),
        Packages {
            debian: &["build-essential"],
            fedora: &["gcc", "gcc-c++", "make"],
            arch: &["base-devel"],
            macos: &[],
            windows: &["Microsoft.VisualStudio.2022.BuildTools"],
        },
    ),
    need(
        Group::Build,
        "pkg-config",
        "finds the libraries below",
        Seen::Program(&["pkg-config"]),
        linux(&["pkg-config"], &["pkgconf-pkg-config"], &["pkgconf"]),
    ),
    need(
        Group::Build,
        "WebKitGTK 4.1",
        "draws the windows",
        Seen::Library("webkit2gtk-4.1"),
        linux(&["libwebkit2gtk-4.1-dev"], &["webkit2gtk4.1-devel"], &["webkit2gtk-4.1"]),
    ),
    need(
        Group::Build,
        "GTK 3",
        "holds the windows",
        Seen::Library("gtk+-3.0"),
        linux(&["libgtk-3-dev"], &["gtk3-devel"], &["gtk3"]),
    ),
    need(
        Group::Build,
        "Ayatana AppIndicator",
        "the tray",
        Seen::Library("ayatana-appindicator3-0.1"),
        linux(
            &["libayatana-appindicator3-dev"],
            &["libayatana-appindicator-gtk3-devel"],
            &["libayatana-appindicator"],
        ),
    ),
    need(
        Group::Build,
        "librsvg",
        "icons",
        Seen::Library("librsvg-2.0"),
        linux(&["librsvg2-dev"], &["librsvg2-devel"], &["librsvg"]),
    ),
    need(
        Group::Build,
        "OpenSSL's libcrypto",
        "encrypts the database",
        Seen::Library("libcrypto"),
        linux(&["libssl-dev"], &["openssl-devel"], &["openssl"]),
    ),
    need(
        Group::Build,
        "libdbus",
        "the windows' own use of the session bus",
        Seen::Library("dbus-1"),
        linux(&["libdbus-1-dev"], &["dbus-devel"], &["dbus"]),
    ),
    need(
        Group::Test,
        "Xvfb and xauth",
        "a display for the window tests",
        Seen::Program(&["xvfb-run"]),
        linux(
            &["xvfb", "xauth"],
            &["xorg-x11-server-Xvfb", "xorg-x11-xauth"],
            &["xorg-server-xvfb", "xorg-xauth"],
        ),
    ),
    need(
        Group::Test,
        "xauth",
        "lets the window tests onto their display",
        Seen::Program(&["xauth"]),
        linux(&["xauth"], &["xorg-x11-xauth"], &["xorg-xauth"]),
    ),
    need(
        Group::Test,
        "D-Bus",
        "a session bus for the window tests",
        Seen::Program(&["dbus-run-session"]),
        linux(&["dbus"], &["dbus-daemon"], &["dbus"]),
    ),
    need(
        Group::Test,
        "WebKitWebDriver",
        "drives the real window",
        Seen::Program(&["WebKitWebDriver"]),
        linux(&["webkit2gtk-driver"], &["/usr/bin/WebKitWebDriver"], &["webkitgtk-6.0"]),
    ),
    need(
        Group::Test,
        "dunst",
        "a notification daemon for the window tests",
        Seen::Program(&["dunst"]),
        linux(&["dunst"], &["dunst"], &["dunst"]),
    ),
    need(
        Group::Test,
        "gnome-keyring",
        "a key store for the tests",
        Seen::Program(&["gnome-keyring-daemon"]),
        linux(&["gnome-keyring"], &["gnome-keyring"], &["gnome-keyring"]),
    ),
    need(
        Group::Test,
        "Openbox",
        "a window manager for the window tests",
        Seen::Program(&["openbox"]),
        linux(&["openbox"], &["openbox"], &["openbox"]),
    ),
    need(
        Group::Test,
        "xdotool",
        "finds the window that the tests picture",
        Seen::Program(&["xdotool"]),
        linux(&["xdotool"], &["xdotool"], &["xdotool"]),
    ),
    need(
        Group::Test,
        "procps",
        "ends a desk as a power cut would in the window tests",
        Seen::Program(&["pkill"]),
        linux(&["procps"], &["procps-ng"], &["procps-ng"]),
    ),
    need(
        Group::Test,
        "ImageMagick",
        "takes pictures of the screen",
        Seen::Program(&["import", "magick"]),
        linux(&["imagemagick"], &["ImageMagick"], &["imagemagick"]),
    ),
    need(
        Group::Test,
        "A font for Chinese",
        "pictures without empty boxes",
        Seen::Font("zh-cn"),
        linux(&["fonts-noto-cjk"], &["google-noto-sans-cjk-fonts"], &["noto-fonts-cjk"]),
    ),
    need(
        Group::Test,
        "A font for emoji",
        "pictures without empty boxes",
        Seen::Font("und-zsye"),
        linux(&["fonts-noto-color-emoji"], &["google-noto-color-emoji-fonts"], &["noto-fonts-emoji"]),
    ),
    Need {
        check: Some("browser"),
        ..need(
            Group::Test,
            "Chromium",
            "the browser tests",
            Seen::Program(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]),
            Packages {
                debian: &["chromium"],
                fedora: &["chromium"],
                arch: &["chromium"],
                macos: &["--cask", "chromium"],
                windows: &["Google.Chrome"],
            },
        )
    },
    need(
        Group::Test,
        "Dovecot with IMAP",
        "a mail server of the tests' own, in a folder of its own; it is not started on this machine",
        Seen::File(&["/usr/lib/dovecot/imap", "/usr/libexec/dovecot/imap"]),
        linux(&["dovecot-imapd"], &["dovecot"], &["dovecot"]),
    ),
    need(
        Group::Test,
        "Dovecot with LMTP",
        "brings mail to that server",
        Seen::File(&["/usr/lib/dovecot/lmtp", "/usr/libexec/dovecot/lmtp"]),
        linux(&["dovecot-lmtpd"], &["dovecot"], &["dovecot"]),
    ),
    need(
        Group::Test,
        "Dovecot with submission",
        "takes outgoing mail in the tests, as a provider's server does",
        Seen::File(&["/usr/lib/dovecot/submission", "/usr/libexec/dovecot/submission"]),
        linux(&["dovecot-submissiond"], &["dovecot"], &["dovecot"]),
    ),
    need(
        Group::Test,
        "openssl",
        "certificates for that server",
        Seen::Program(&["openssl"]),
        linux(&["openssl"], &["openssl"], &["openssl"]),
    ),
    need(
        Group::MailPeers,
        "mbsync",
        "the mail reader to compare with",
        Seen::Program(&["mbsync"]),
        linux(&["isync"], &["isync"], &["isync"]),
    ),
    need(
        Group::MailPeers,
        "notmuch",
        "the mail index to compare with",
        Seen::Program(&["notmuch"]),
        linux(&["notmuch"], &["notmuch"], &["notmuch"]),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_need_says_what_it_is_for_and_has_a_package_on_every_linux_it_names() {
        for need in NEEDS {
            assert!(!need.what.is_empty() && !need.why.is_empty(), "{need:?}");
            let packages = &need.packages;
            assert!(
                !packages.debian.is_empty() && !packages.fedora.is_empty() && !packages.arch.is_empty(),
                "{need:?}"
            );
        }
    }
}
