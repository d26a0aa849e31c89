//! A page under a WebDriver: scripts run in it and their answers come back. As little of the protocol as that takes.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::Child,
};

use serde_json::{Value, json};

use super::family::family;
use crate::{
    bench::child,
    failure::{Failure, Result, While},
    process,
};

/// A session; the window and the driver end with it.
pub struct Page {
    driver: Child,
    port: u16,
    session: String,
}

impl Page {
    pub fn open(driver: Child, port: u16, binary: &Path, args: &[&str]) -> Result<Page> {
        let mut page = Page { driver, port, session: String::new() };
        let options = json!({ "webkitgtk:browserOptions": { "binary": binary, "args": args } });
        let opened = page.ask("POST", "/session", &json!({ "capabilities": { "alwaysMatch": options } }))?;
        let session = opened.get("sessionId").and_then(Value::as_str);
        page.session = session.ok_or_else(|| Failure::new("the WebDriver opens no session"))?.to_owned();
        page.ask("POST", &page.path("/timeouts"), &json!({ "script": 180_000 }))?;
        Ok(page)
    }

    /// Runs a script that answers at once.
    pub fn run(&self, script: &str, args: Value) -> Result<Value> {
        self.ask("POST", &self.path("/execute/sync"), &json!({ "script": script, "args": [args] }))
    }

    /// Runs a script that calls its second argument with the answer.
    pub fn wait(&self, script: &str, args: Value) -> Result<Value> {
        self.ask("POST", &self.path("/execute/async"), &json!({ "script": script, "args": [args] }))
    }

    fn path(&self, end: &str) -> String {
        format!("/session/{}{end}", self.session)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let (status, body) =
            exchange(self.port, method, path, &body.to_string()).during(|| "the WebDriver is gone".into())?;
        let mut answer: Value =
            serde_json::from_str(&body).during(|| "the WebDriver answers something else".into())?;
        let value = answer.get_mut("value").map(Value::take).unwrap_or_default();
        if status != 200 {
            return Err(Failure::new(format!("the WebDriver refuses: {value}")));
        }
        Ok(value)
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // The driver may go before the window that it opened does: that is asked to close itself.
        let opened = family(self.driver.id());
        let _already_closed = self.ask("DELETE", &self.path(""), &Value::Null);
        if let Some(app) = opened.get(1) {
            let mut kill = process::command("kill");
            kill.args(["-TERM", &app.to_string()]);
            let _already_gone = process::answer(kill);
            child::until(&mut self.driver, || !Path::new(&format!("/proc/{app}")).exists());
        }
        let _already_gone = self.driver.kill();
        let _reaped = self.driver.wait();
    }
}

/// One request on a line of its own; the status and the body of its answer.
fn exchange(port: u16, method: &str, path: &str, body: &str) -> std::io::Result<(u16, String)> {
    let mut line = TcpStream::connect(("127.0.0.1", port))?;
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    line.write_all(&[head.as_bytes(), body.as_bytes()].concat())?;
    let mut answer = Vec::new();
    line.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer.as_str(), ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Ok((status, body.to_owned()))
}
