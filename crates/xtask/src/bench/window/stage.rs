//! A private desktop to measure on: an X display whose picture lies in a file, a session bus, a key store, a window manager, a WebDriver.
//!
//! Nothing of it touches the desktop, the bus or the home of whoever measures. All of it ends with the [`Stage`]. Programs started here find
//! this display and this bus and no other.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{
    keys::Keyboard,
    screen::{Area, Screen},
    webdriver::Page,
};
use crate::{
    bench::{child, keystore::KeyStore},
    failure::{Failure, Result, While},
    process,
};

/// Room for a window of the usual size with its frame.
pub const WIDTH: usize = 1480;
pub const HEIGHT: usize = 960;

pub struct Stage {
    folder: PathBuf,
    keys: KeyStore,
    display: String,
    /// Ended in reverse order.
    children: Vec<Child>,
}

/// What a stage needs, by the names of the table of needs.
pub const NEEDS: &[&str] =
    &["Xvfb and xauth", "D-Bus", "gnome-keyring", "Openbox", "xdotool", "WebKitWebDriver"];

impl Stage {
    pub fn set(folder: &Path) -> Result<Stage> {
        let keys = KeyStore::up(&folder.join("home"))?;
        let mut stage =
            Stage { folder: folder.to_path_buf(), keys, display: String::new(), children: Vec::new() };
        stage.start_display()?;
        let manager = stage.command("openbox").spawn().during(|| "openbox can't be started".into())?;
        stage.children.push(manager);
        Ok(stage)
    }

    fn start_display(&mut self) -> Result {
        let pictures = self.folder.join("screen");
        fs::create_dir_all(&pictures).during(|| format!("{} can't be made", pictures.display()))?;
        let mut display = self.command("Xvfb");
        display.args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0"]);
        display.arg(format!("{WIDTH}x{HEIGHT}x24")).arg("-fbdir").arg(&pictures);
        let mut child = display.stdout(Stdio::piped()).spawn().during(|| "Xvfb can't be started".into())?;
        let mut number = String::new();
        let heard = child.stdout.take().map(|out| BufReader::new(out).read_line(&mut number));
        self.children.push(child);
        match heard {
            Some(Ok(length)) if length > 0 => {
                self.display = format!(":{}", number.trim());
                Ok(())
            }
            _ => Err(Failure::new("Xvfb does not say which display it is")),
        }
    }

    /// A program on this stage, silent.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = process::command(program);
        self.keys.lend(&mut command);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.env("NO_AT_BRIDGE", "1").env("LANG", "C.UTF-8").env("TZ", "UTC");
        if !self.display.is_empty() {
            command.env("DISPLAY", &self.display);
        }
        command
    }

    pub fn screen(&self) -> Result<Screen> {
        Screen::of(&self.folder.join("screen").join("Xvfb_screen0"), WIDTH, HEIGHT)
    }

    pub fn keyboard(&self) -> Result<Keyboard> {
        Keyboard::at(self.command("xdotool"))
    }

    /// Where the page of the window with such a title lies on the screen, if there is one.
    pub fn window(&self, title: &str) -> Option<Area> {
        let mut find = self.command("xdotool");
        find.stdout(Stdio::piped());
        find.args(["search", "--onlyvisible", "--name", title, "getwindowgeometry", "--shell"]);
        let said = process::answer(find)?;
        let field = |name: &str| {
            said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
        };
        Some(Area { x: field("X")?, y: field("Y")?, width: field("WIDTH")?, height: field("HEIGHT")? })
    }

    /// Waits until no window with such a title is left.
    pub fn cleared(&self, title: &str) -> Result {
        let began = Instant::now();
        while self.window(title).is_some() {
            if began.elapsed() > Duration::from_secs(20) {
                return Err(Failure::new("the window does not close"));
            }
            thread::park_timeout(Duration::from_millis(100));
        }
        Ok(())
    }

    /// Opens a program's window under a WebDriver; the driver ends with the page.
    pub fn page(&self, binary: &Path, args: &[&str]) -> Result<Page> {
        let port = free_port()?;
        let mut driver = self.command("WebKitWebDriver");
        driver.args([&format!("--port={port}"), "--host=127.0.0.1"]).env("TAURI_WEBVIEW_AUTOMATION", "true");
        let mut driver = driver.spawn().during(|| "WebKitWebDriver can't be started".into())?;
        if !child::until(&mut driver, || TcpStream::connect(("127.0.0.1", port)).is_ok()) {
            return Err(Failure::new("WebKitWebDriver does not listen"));
        }
        Page::open(driver, port, binary, args)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            let _already_gone = child.kill();
            let _reaped = child.wait();
        }
    }
}

fn free_port() -> Result<u16> {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    taken.map(|address| address.port()).during(|| "no port is free".into())
}
