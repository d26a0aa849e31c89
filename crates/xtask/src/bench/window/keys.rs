//! A keyboard and a mouse: events that the X server hands to the window that has the focus, as it does those of a real device (XTEST).
//!
//! One `xdotool` reads commands from a pipe, so that a key costs no process. The time of a key is taken before the command is written: what
//! xdotool itself takes, a fraction of a millisecond, counts against the app.

use std::{
    io::Write as _,
    process::{Child, ChildStdin, Command, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

use crate::failure::{Failure, Result, While};

pub struct Keyboard {
    tool: Child,
    pipe: ChildStdin,
}

impl Keyboard {
    pub fn at(mut xdotool: Command) -> Result<Keyboard> {
        let starting = || "xdotool can't be started".to_owned();
        let mut tool = xdotool.arg("-").stdin(Stdio::piped()).spawn().during(starting)?;
        let pipe = tool.stdin.take().ok_or_else(|| Failure::new(starting()))?;
        Ok(Keyboard { tool, pipe })
    }

    /// Presses a key, named as X names it (`j`, `Return`, `shift+j`); answers when, in milliseconds since 1970.
    pub fn press(&mut self, key: &str) -> Result<f64> {
        self.say(&format!("key --delay 0 {key}"))
    }

    /// Types letters and digits.
    pub fn write(&mut self, text: &str) -> Result {
        self.say(&format!("type --delay 5 {text}")).map(drop)
    }

    /// Turns the wheel downwards (or upwards) by so many notches at a place of the screen.
    pub fn wheel(&mut self, at: (usize, usize), notches: u32, down: bool) -> Result {
        let button = if down { 5 } else { 4 };
        self.say(&format!("mousemove {} {}", at.0, at.1))?;
        self.say(&format!("click --repeat {notches} --delay 8 {button}")).map(drop)
    }

    fn say(&mut self, line: &str) -> Result<f64> {
        let at = now_ms();
        let said = self.pipe.write_all(format!("{line}\n").as_bytes()).and_then(|()| self.pipe.flush());
        said.map(|()| at).during(|| "xdotool no longer listens".into())
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        let _already_gone = self.tool.kill();
        let _reaped = self.tool.wait();
    }
}

/// The clock that the page reads too (`performance.timeOrigin`).
pub fn now_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1000.0
}
