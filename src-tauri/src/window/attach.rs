//! Files from a window into a reply: their bytes come as the body of the request, since they don't travel as JSON, and what they are in its
//! headers.

use app::Desk;
use model::{Problem, ProblemCode, outgoing::OutgoingAttachment};
use tauri::{
    State,
    http::HeaderMap,
    ipc::{InvokeBody, Request},
};

/// Takes a file into the reply of a ticket.
#[tauri::command]
pub async fn attach(desk: State<'_, Desk>, request: Request<'_>) -> Result<OutgoingAttachment, Problem> {
    let headers = request.headers();
    let ticket = header(headers, "x-ticket").parse().map_err(|_| invalid("x-ticket"))?;
    let (name, media_type) = (decoded(header(headers, "x-name")), decoded(header(headers, "x-type")));
    let inline = header(headers, "x-inline") == "1";
    match request.body() {
        InvokeBody::Raw(bytes) => desk.attach(ticket, &name, &media_type, inline, bytes).await,
        // Where a web view can't send bytes they come as a list of numbers.
        InvokeBody::Json(listed) => {
            let bytes: Vec<u8> = serde_json::from_value(listed.clone()).map_err(|_| invalid("body"))?;
            desk.attach(ticket, &name, &media_type, inline, &bytes).await
        }
    }
}

fn invalid(field: &str) -> Problem {
    Problem::new(ProblemCode::Invalid).with("field", field)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// A word as `encodeURIComponent` wrote it.
fn decoded(word: &str) -> String {
    let pair = format!("word={word}");
    url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, word)| word.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_comes_through_in_any_script() {
        assert_eq!(decoded("%E5%8F%91%E7%A5%A8%201%2B1%26%3D.pdf"), "发票 1+1&=.pdf");
        assert_eq!((decoded("image%2Fpng"), decoded("")), ("image/png".to_owned(), String::new()));
        assert!(!decoded("%ff%fe").is_empty(), "what is no text is still a name");
    }
}
