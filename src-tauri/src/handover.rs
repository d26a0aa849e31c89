//! Reaching the desk: this process's own, or the one another process has open on the same workspace.
//!
//! The open desk publishes its port and a bearer token beside the workspace's lock, readable by this person alone. Both ways speak
//! the same calls and hear the same events.

use std::{path::Path, time::Duration};

use app::{Desk, DeskEvent};
use model::{Problem, ProblemCode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::sync::{
    broadcast::error::RecvError,
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};
use zeroize::Zeroizing;

/// What lies beside the lock.
#[derive(Serialize, Deserialize)]
struct Address {
    port: u16,
    token: String,
}

/// The text to publish.
pub fn published(host: &app::http::Host) -> String {
    json!(Address { port: host.port, token: host.bearer.clone() }).to_string()
}

/// How long a desk that is there may take to say so.
const HELLO: Duration = Duration::from_secs(3);
/// The longest line of the event stream.
const MOST_LINE: usize = 1 << 20;

/// A desk, wherever it runs.
pub enum Reach {
    Own(Desk),
    Other(Running),
}

/// The desk of another process.
#[derive(Clone)]
pub struct Running {
    http: reqwest::Client,
    base: String,
    token: Zeroizing<String>,
}

impl Reach {
    pub async fn call<T: DeserializeOwned>(&self, name: &str, args: Value) -> Result<T, Problem> {
        let answer = match self {
            Reach::Own(desk) => desk.dispatch(name, args).await?,
            Reach::Other(running) => running.call(name, args).await?,
        };
        serde_json::from_value(answer).map_err(|error| internal(&error))
    }

    /// Every event from now on.
    pub async fn events(&self) -> UnboundedReceiver<DeskEvent> {
        let (to, events) = unbounded_channel();
        match self {
            Reach::Own(desk) => {
                let mut heard = desk.events();
                tokio::spawn(async move {
                    loop {
                        let event = match heard.recv().await {
                            Ok(event) => event,
                            Err(RecvError::Lagged(_)) => DeskEvent::Lagged,
                            Err(RecvError::Closed) => return,
                        };
                        if to.send(event).is_err() {
                            return;
                        }
                    }
                });
            }
            Reach::Other(running) => running.hear(to).await,
        }
        events
    }

    /// Closes the desk if it is this process's own.
    pub async fn close(&self) {
        if let Reach::Own(desk) = self {
            desk.close().await;
        }
    }
}

impl Running {
    /// The desk that is open on the workspace at `root`, if it answers.
    pub async fn find(root: &Path) -> Option<Running> {
        let Address { port, token } = serde_json::from_str(&app::read_address(root)?).ok()?;
        // Nothing on loopback goes through a proxy.
        let http = remote::loopback_client().ok()?;
        let running =
            Running { http, base: format!("http://127.0.0.1:{port}"), token: Zeroizing::new(token) };
        match tokio::time::timeout(HELLO, running.call("settings", Value::Null)).await {
            Ok(Ok(_)) => Some(running),
            _ => None,
        }
    }

    pub async fn call(&self, name: &str, args: Value) -> Result<Value, Problem> {
        let asked = self.http.post(format!("{}/api/call", self.base)).bearer_auth(self.token.as_str());
        let response = asked
            .json(&json!({ "name": name, "args": args }))
            .send()
            .await
            .map_err(|error| internal(&error.without_url()))?;
        let well = response.status().is_success();
        let body = response.bytes().await.map_err(|error| internal(&error.without_url()))?;
        if well {
            return serde_json::from_slice(&body).map_err(|error| internal(&error));
        }
        Err(serde_json::from_slice::<Problem>(&body).unwrap_or_else(|error| internal(&error)))
    }

    async fn hear(&self, to: UnboundedSender<DeskEvent>) {
        let asked = self.http.get(format!("{}/api/events", self.base)).bearer_auth(self.token.as_str());
        let Ok(mut stream) = asked.send().await else { return };
        tokio::spawn(async move {
            let mut lines = Lines::default();
            while let Ok(Some(chunk)) = stream.chunk().await {
                for event in lines.events(&chunk) {
                    if to.send(event).is_err() {
                        return;
                    }
                }
            }
        });
    }
}

fn internal(error: &dyn std::fmt::Display) -> Problem {
    Problem::new(ProblemCode::Internal).because(error)
}

/// Cuts an event stream into events. What is not an event is passed over.
#[derive(Default)]
struct Lines(Vec<u8>);

impl Lines {
    fn events(&mut self, chunk: &[u8]) -> Vec<DeskEvent> {
        self.0.extend_from_slice(chunk);
        let mut events = Vec::new();
        while let Some(end) = self.0.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.0.drain(..=end).collect();
            events.extend(line.strip_prefix(b"data: ").and_then(|json| serde_json::from_slice(json).ok()));
        }
        if self.0.len() > MOST_LINE {
            self.0.clear();
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_however_the_stream_is_cut() {
        let stream =
            b": hello\n\ndata: {\"kind\":\"raise\"}\n\ndata: nonsense\n\ndata: {\"kind\":\"lagged\"}\r\n\n";
        for size in 1..stream.len() {
            let mut lines = Lines::default();
            let events: Vec<_> = stream.chunks(size).flat_map(|chunk| lines.events(chunk)).collect();
            assert_eq!(events, [DeskEvent::Raise, DeskEvent::Lagged], "in pieces of {size}");
        }
    }

    #[test]
    fn a_line_without_end_is_not_kept() {
        let mut lines = Lines::default();
        assert!(lines.events(&vec![b'x'; MOST_LINE + 1]).is_empty());
        assert!(lines.0.is_empty());
    }

    #[tokio::test]
    async fn an_address_nobody_answers_at_is_no_desk() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Running::find(folder.path()).await.is_none());
        for text in ["", "{}", r#"{"port":1,"token":"x"}"#] {
            std::fs::write(folder.path().join("desk.address"), text).unwrap();
            assert!(Running::find(folder.path()).await.is_none(), "{text}");
        }
    }
}
