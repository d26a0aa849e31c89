//! A private desktop for one test: an X display, a session bus, a notification daemon, a key store, a window manager and a WebDriver.
//! Nothing of it touches the desktop, the bus or the home of whoever runs the tests; all of it ends with the [`Stage`].

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use fantoccini::{Client, ClientBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, Command},
};

/// The longest that anything on a slow machine may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Stage {
    env: BTreeMap<&'static str, String>,
    /// Ended in reverse order.
    children: Vec<Child>,
    driver: u16,
    home: TempDir,
}

impl Stage {
    /// `None` on a person's machine that lacks a program; with `CI=true` that is a failure.
    pub async fn set() -> Option<Stage> {
        let needed = [
            "Xvfb",
            "dbus-daemon",
            "dunst",
            "dunstctl",
            "gnome-keyring-daemon",
            "openbox",
            "WebKitWebDriver",
        ];
        let missing: Vec<&str> = needed.into_iter().filter(|program| !on_path(program)).collect();
        if !missing.is_empty() {
            assert!(std::env::var_os("CI").is_none(), "missing on this machine: {missing:?}");
            println!("skipped: the window is not tested, missing {missing:?}");
            return None;
        }
        let home = TempDir::new().unwrap();
        let mut stage = Stage { env: surroundings(home.path()), children: Vec::new(), driver: 0, home };
        stage.start_display().await;
        stage.start_bus().await;
        stage.start_key_store().await;
        stage.spawn("openbox", &[]);
        stage.offer_snooze();
        stage.spawn("dunst", &[]);
        stage.start_driver().await;
        Some(stage)
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    async fn start_display(&mut self) {
        let mut display =
            self.command("Xvfb", &["-displayfd", "1", "-screen", "0", "1480x960x24", "-nolisten", "tcp"]);
        let mut child = display.stdout(Stdio::piped()).spawn().unwrap();
        let number = first_line(&mut child).await;
        self.env.insert("DISPLAY", format!(":{number}"));
        self.children.push(child);
    }

    async fn start_bus(&mut self) {
        let mut bus = self.command("dbus-daemon", &["--session", "--nofork", "--print-address=1"]);
        let mut child = bus.stdout(Stdio::piped()).spawn().unwrap();
        let address = first_line(&mut child).await;
        self.env.insert("DBUS_SESSION_BUS_ADDRESS", address);
        self.children.push(child);
    }

    async fn start_key_store(&mut self) {
        let mut daemon =
            self.command("gnome-keyring-daemon", &["--unlock", "--components=secrets", "--foreground"]);
        let mut child = daemon.stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"test\n").await.unwrap();
        self.children.push(child);
        self.eventually("the key store answers", async |stage| {
            let owned = stage
                .output(
                    "dbus-send",
                    &[
                        "--session",
                        "--print-reply",
                        "--dest=org.freedesktop.DBus",
                        "/",
                        "org.freedesktop.DBus.NameHasOwner",
                        "string:org.freedesktop.secrets",
                    ],
                )
                .await;
            owned.contains("boolean true")
        })
        .await;
    }

    /// What the daemon asks for one of a notification's actions chooses *Snooze*: `dunstctl context` presses that button.
    fn offer_snooze(&self) {
        let chooser = self.home.path().join("choose-snooze");
        std::fs::write(&chooser, "#!/bin/sh\ngrep -m 1 Snooze\n").unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&chooser, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let folder = Path::new(&self.env["XDG_CONFIG_HOME"]).join("dunst");
        std::fs::create_dir_all(&folder).unwrap();
        // The rest as the system has it: a file of one's own takes the place of the whole.
        let usual = std::fs::read_to_string("/etc/xdg/dunst/dunstrc").unwrap_or_default();
        let settings = format!("{usual}\n[global]\n    dmenu = {}\n", chooser.display());
        std::fs::write(folder.join("dunstrc"), settings).unwrap();
    }

    async fn start_driver(&mut self) {
        self.driver = free_port();
        let port = format!("--port={}", self.driver);
        self.spawn("WebKitWebDriver", &[&port, "--host=127.0.0.1"]);
        let driver = self.driver;
        self.eventually("the WebDriver listens", async |_| {
            tokio::net::TcpStream::connect(("127.0.0.1", driver)).await.is_ok()
        })
        .await;
    }

    /// Opens the desk in its real window.
    pub async fn open_desk(&self, args: &[&str]) -> Client {
        let binary = foredeck();
        let capabilities = json!({ "webkitgtk:browserOptions": { "binary": binary, "args": args } });
        let Value::Object(capabilities) = capabilities else { unreachable!() };
        let connector = hyper_util::client::legacy::connect::HttpConnector::new();
        let address = format!("http://127.0.0.1:{}", self.driver);
        let mut builder = ClientBuilder::new(connector);
        let client = tokio::time::timeout(PATIENCE, builder.capabilities(capabilities).connect(&address));
        client.await.expect("the window opens in time").expect("the window opens")
    }

    /// Runs a program on this stage and answers what it prints.
    pub async fn output(&self, program: &str, args: &[&str]) -> String {
        let output = self.command(program, args).stdout(Stdio::piped()).output().await.unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// A picture of the agent's window, where pictures are kept.
    pub async fn picture(&self, name: &str) {
        self.picture_named("Foredeck$", name).await;
    }

    /// A picture of the window whose title fits.
    pub async fn picture_named(&self, title: &str, name: &str) {
        self.output("dunstctl", &["close-all"]).await;
        let windows = self.output("xdotool", &["search", "--onlyvisible", "--name", title]).await;
        if let Some(window) = windows.lines().last() {
            self.picture_of(window, name).await;
        }
    }

    /// A picture of the whole screen, with what floats above the window.
    pub async fn picture_of_all(&self, name: &str) {
        self.picture_of("root", name).await;
    }

    async fn picture_of(&self, window: &str, name: &str) {
        let Some(folder) = std::env::var_os("FOREDECK_SHOTS") else { return };
        // What was asked for has been found; its last frame may still be on its way.
        tokio::time::sleep(Duration::from_millis(700)).await;
        let file = Path::new(&folder).join(format!("{name}.png"));
        self.output("/usr/bin/import", &["-window", window, file.to_str().unwrap()]).await;
    }

    /// Ends the desk of `workspace` as a power cut would. The WebDriver that drove it is ended too: it would hold on to its session.
    pub async fn kill_desk(&mut self, workspace: &Path) {
        let named = format!("foredeck.*{}", workspace.display());
        self.output("pkill", &["-KILL", "-f", &named]).await;
        self.eventually("the desk is gone", async |stage| {
            stage.output("pgrep", &["-f", &named]).await.is_empty()
        })
        .await;
        if let Some(mut driver) = self.children.pop() {
            driver.kill().await.unwrap();
        }
        self.start_driver().await;
    }

    /// Asks again until it holds; fails with what was awaited.
    pub async fn eventually(&self, what: &str, mut holds: impl AsyncFnMut(&Stage) -> bool) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while !holds(self).await {
            assert!(tokio::time::Instant::now() < deadline, "in vain: {what}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn spawn(&mut self, program: &str, args: &[&str]) {
        let child = self.command(program, args).spawn().unwrap();
        self.children.push(child);
    }

    fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).env_clear().envs(&self.env).current_dir(self.home.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        command
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            let _already_gone = child.start_kill();
        }
    }
}

fn surroundings(home: &Path) -> BTreeMap<&'static str, String> {
    let folder = |name: &str| {
        let path = home.join(name);
        std::fs::create_dir_all(&path).unwrap();
        path.to_string_lossy().into_owned()
    };
    let runtime = folder("run");
    #[cfg(unix)]
    std::fs::set_permissions(&runtime, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    BTreeMap::from([
        ("PATH", std::env::var("PATH").unwrap_or_default()),
        ("HOME", folder("home")),
        ("XDG_DATA_HOME", folder("data")),
        ("XDG_CONFIG_HOME", folder("config")),
        ("XDG_CACHE_HOME", folder("cache")),
        ("XDG_RUNTIME_DIR", runtime),
        ("LANG", "C.UTF-8".to_owned()),
        // A dashboard is best shown in the afternoon, wherever that is just now.
        ("TZ", std::env::var("FOREDECK_SHOTS_TZ").unwrap_or_else(|_| "Asia/Shanghai".to_owned())),
        ("NO_AT_BRIDGE", "1".to_owned()),
        ("GSK_RENDERER", "cairo".to_owned()),
        ("LIBGL_ALWAYS_SOFTWARE", "1".to_owned()),
        ("TAURI_WEBVIEW_AUTOMATION", "true".to_owned()),
    ])
}

/// The desk as it was built with these tests.
pub fn foredeck() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.ancestors().nth(2).unwrap();
    let binary = folder.join(format!("foredeck{}", std::env::consts::EXE_SUFFIX));
    assert!(binary.exists(), "build the desk first: cargo build --workspace");
    binary
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).exists())
}

fn free_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

async fn first_line(child: &mut Child) -> String {
    let out = child.stdout.take().unwrap();
    let mut lines = BufReader::new(out).lines();
    let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("it starts in time").unwrap();
    line.expect("it says where it is").trim().to_owned()
}

/// A window that a person sits at.
pub struct Window(pub Client);

impl Window {
    pub async fn script(&self, script: &str) -> Value {
        self.0.execute(script, Vec::new()).await.expect("the script runs")
    }
}
