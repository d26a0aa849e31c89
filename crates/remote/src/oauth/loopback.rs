//! The listener the browser comes back to: it answers with one small page in both languages and hands over the code.
//!
//! Anything on this machine may connect. Only a request that carries the state counts; all others are answered with an error and
//! change nothing, and a line that says nothing holds up nobody.

use std::{collections::BTreeMap, io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};
use url::Url;
use zeroize::Zeroizing;

const MOST_HEAD: usize = 16 * 1024;
const MOST_LINES: usize = 32;
const LINE_LIMIT: Duration = Duration::from_secs(10);

pub(super) enum Returned {
    Code(Zeroizing<String>),
    /// The person, or their organisation, said no.
    Refused,
}

/// Waits for the browser to come back with `state`. The caller limits the time.
pub(super) async fn returned(listener: TcpListener, state: &str) -> io::Result<Returned> {
    let mut lines = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if lines.len() < MOST_LINES => {
                let (line, state) = (accepted?.0, state.to_owned());
                lines.spawn(async move { timeout(LINE_LIMIT, serve(line, &state)).await.ok().flatten() });
            }
            Some(served) = lines.join_next() => {
                if let Ok(Some(returned)) = served {
                    return Ok(returned);
                }
            }
        }
    }
}

async fn serve(mut line: TcpStream, state: &str) -> Option<Returned> {
    let head = head(&mut line).await?;
    let returned = understood(&head, state);
    let answer = match returned {
        Some(Returned::Code(_)) => {
            page("200 OK", "Foredeck is authorised", "You can close this page.", "授权已完成，可以关闭本页。")
        }
        Some(Returned::Refused) => page(
            "200 OK",
            "Not authorised",
            "Nothing was changed. You can close this page.",
            "未授权，没有任何改动。可以关闭本页。",
        ),
        None => page(
            "400 Bad Request",
            "Not expected",
            "This is not the answer Foredeck waits for.",
            "这不是 Foredeck 等待的回应。",
        ),
    };
    // The person has decided; a browser that hangs up before reading the page changes nothing.
    let _ = line.write_all(answer.as_bytes()).await;
    let _ = line.shutdown().await;
    returned
}

async fn head(line: &mut TcpStream) -> Option<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(MOST_HEAD));
    while !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = line.read_buf(&mut *bytes).await.ok()?;
        if count == 0 || bytes.len() > MOST_HEAD {
            return None;
        }
    }
    std::str::from_utf8(&bytes).ok().map(|text| Zeroizing::new(text.to_owned()))
}

fn understood(head: &str, state: &str) -> Option<Returned> {
    let path = head.lines().next()?.strip_prefix("GET ")?.split(' ').next()?;
    let url = Url::parse("http://127.0.0.1").ok()?.join(path).ok()?;
    let mut query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    if query.get("state").map(String::as_str) != Some(state) {
        return None;
    }
    if query.contains_key("error") {
        return Some(Returned::Refused);
    }
    query.remove("code").map(|code| Returned::Code(Zeroizing::new(code)))
}

/// Holds no script and loads nothing, so that the address with the code in it goes nowhere.
fn page(status: &str, title: &str, english: &str, chinese: &str) -> String {
    let body = format!(
        "<!doctype html><meta charset=utf-8><meta name=color-scheme content=\"light dark\"><title>{title}</title>\
         <body style=\"font:16px/1.6 system-ui;margin:20vh auto;max-width:28em;text-align:center\">\
         <h1 style=\"font-size:20px\">{title}</h1><p>{english}</p><p lang=zh-CN>{chinese}</p>"
    );
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {length}\r\nCache-Control: no-store\r\n\
         Referrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n\
         Connection: close\r\n\r\n{body}"
    )
}
