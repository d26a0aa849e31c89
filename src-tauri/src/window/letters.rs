//! The scheme `mail:` from which a window's isolated frame gets a letter and its inline pictures, each with a content policy of its own.
//!
//! Only paths that the desk itself gave out in this run are answered; everything else is not there.

use app::{Desk, Served};
use tauri::{
    Manager as _, Runtime, UriSchemeContext, UriSchemeResponder,
    http::{Request, Response, StatusCode, header},
};

pub const SCHEME: &str = "mail";

/// What stands before a letter's path.
const BASE: &str = if cfg!(windows) { "http://mail.localhost/" } else { "mail://localhost/" };

/// Answers one request of a frame.
pub fn answer<R: Runtime>(
    context: UriSchemeContext<'_, R>,
    request: Request<Vec<u8>>,
    responder: UriSchemeResponder,
) {
    let desk = context.app_handle().state::<Desk>().inner().clone();
    tauri::async_runtime::spawn(async move {
        let wanted = wanted(request.uri().path(), request.uri().query());
        let served = desk.serve_letter(&wanted.path, &wanted.proof, BASE, wanted.dark).await;
        responder.respond(response(served.ok()));
    });
}

#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    path: String,
    proof: String,
    dark: bool,
}

fn wanted(path: &str, query: Option<&str>) -> Wanted {
    let mut wanted =
        Wanted { path: path.trim_start_matches('/').to_owned(), proof: String::new(), dark: false };
    for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match name.as_ref() {
            "proof" => wanted.proof = value.into_owned(),
            "dark" => wanted.dark = value == "1",
            _ => {}
        }
    }
    wanted
}

fn response(served: Option<Served>) -> Response<Vec<u8>> {
    let built = Response::builder()
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::REFERRER_POLICY, "no-referrer");
    let built = match served {
        Some(served) => built
            .header(header::CONTENT_TYPE, served.media_type)
            .header(header::CONTENT_SECURITY_POLICY, served.policy)
            .header(header::CACHE_CONTROL, "no-store")
            .body(served.body),
        None => built
            .status(StatusCode::NOT_FOUND)
            .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox")
            .body(Vec::new()),
    };
    built.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_named_by_its_path_and_proved_by_its_query() {
        let plain = wanted("/12/plain", Some("proof=ab12&dark=1"));
        assert_eq!(plain, Wanted { path: "12/plain".into(), proof: "ab12".into(), dark: true });
        assert_eq!(wanted("/x", None), Wanted { path: "x".into(), proof: String::new(), dark: false });
    }

    #[test]
    fn every_answer_has_a_policy() {
        let served = Served {
            body: b"<p>".to_vec(),
            media_type: "text/html".into(),
            policy: "default-src 'none'".into(),
        };
        let well = response(Some(served));
        assert_eq!(
            (well.status(), well.headers()[header::CONTENT_SECURITY_POLICY].as_bytes()),
            (StatusCode::OK, &b"default-src 'none'"[..])
        );
        let missing = response(None);
        assert_eq!(missing.status(), StatusCode::NOT_FOUND);
        assert!(missing.headers().contains_key(header::CONTENT_SECURITY_POLICY));
    }
}
