//! The same interface over loopback HTTP: for a machine without a display, for browser tests, and for a second `foredeck` that hands its
//! work to the desk that is open.
//!
//! Listens on 127.0.0.1 only. Every request must name this very host (no DNS rebinding), a request that carries an origin must come from
//! it, and all but a letter with its proof needs the session cookie, which the one-time token buys, or the bearer token.

use std::{convert::Infallible, net::Ipv4Addr, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Query, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Json, Redirect, Response, sse},
    routing::{get, post},
};
use model::{
    Problem, ProblemCode, TicketId,
    outgoing::{LONGEST_REPLY, MOST_ATTACHED, OutgoingAttachment},
};
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_stream::{Stream, StreamExt as _, wrappers::BroadcastStream};
use zeroize::Zeroizing;

use remote::mail::safe_file_name;

use crate::{Desk, DeskEvent, composing::too_large, internal};

/// The built interface: the bytes and media type of a path such as `/index.html`.
pub trait Assets: Send + Sync {
    fn get(&self, path: &str) -> Option<(Vec<u8>, String)>;
}

/// A host that listens until the desk closes.
pub struct Host {
    pub port: u16,
    /// Opens the interface once: to be printed, never stored.
    pub address: String,
    /// For another process of the same person: to be published beside the lock.
    pub bearer: String,
}

struct Hosted {
    desk: Desk,
    assets: Arc<dyn Assets>,
    port: u16,
    session: Zeroizing<String>,
    bearer: Zeroizing<String>,
    /// Bought out once.
    one_time: std::sync::Mutex<Option<Zeroizing<String>>>,
}

/// Bytes of a call: a long reply with room for its encoding.
const LARGEST_CALL: usize = 4 * LONGEST_REPLY;
/// Bytes of a file that is too large that are taken off the line, so that a browser hears why it was refused.
const MOST_DRAINED: u64 = 512 << 20;
/// With the port, since a browser gives cookies to every port of a host.
const COOKIE: &str = "foredeck_session";
/// What the interface itself may do in a browser. Letters have policies of their own.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-src 'self'; \
                      object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Starts listening on `port` (0: any free one).
pub async fn host(desk: Desk, port: u16, assets: Arc<dyn Assets>) -> Result<Host, Problem> {
    let unreachable = |error| {
        Problem::new(ProblemCode::Unreachable).with("host", "127.0.0.1").with("port", port).because(error)
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(unreachable)?;
    let port = listener.local_addr().map_err(unreachable)?.port();
    let (session, bearer, one_time) = (token()?, token()?, token()?);
    let host = Host {
        port,
        address: format!("http://127.0.0.1:{port}/?token={}", one_time.as_str()),
        bearer: bearer.to_string(),
    };
    let stop = desk.stop.clone();
    let one_time = std::sync::Mutex::new(Some(one_time));
    let router = router(Arc::new(Hosted { desk, assets, port, session, bearer, one_time }));
    tokio::spawn(async move {
        let served = stop.run_until_cancelled(async { axum::serve(listener, router).await }).await;
        if let Some(Err(error)) = served {
            tracing::error!(%error, "The loopback host stopped.");
        }
    });
    Ok(host)
}

fn token() -> Result<Zeroizing<String>, Problem> {
    let mut bytes = Zeroizing::new([0u8; 24]);
    getrandom::fill(bytes.as_mut()).map_err(internal)?;
    Ok(Zeroizing::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
}

fn router(hosted: Arc<Hosted>) -> Router {
    let private = Router::new()
        .route("/api/call", post(call).layer(DefaultBodyLimit::max(LARGEST_CALL)))
        .route("/api/attach", post(attach).layer(DefaultBodyLimit::disable()))
        .route("/api/events", get(events))
        .fallback(get(asset))
        .layer(middleware::from_fn_with_state(hosted.clone(), only_the_person))
        .with_state(hosted.clone());
    Router::new()
        .route("/letter/{*path}", get(letter))
        .fallback_service(private)
        .layer(middleware::from_fn_with_state(hosted.clone(), only_this_host))
        .with_state(hosted)
}

/// Refuses a request that was meant for another name, or sent by another site's page.
async fn only_this_host(State(hosted): State<Arc<Hosted>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let ours = |host: &str| {
        host == format!("127.0.0.1:{}", hosted.port) || host == format!("localhost:{}", hosted.port)
    };
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let host_is_ours = text(header::HOST).is_some_and(ours);
    let origin = text(header::ORIGIN);
    let origin_is_ours = origin.is_none_or(|origin| origin.strip_prefix("http://").is_some_and(ours));
    // A letter's frame has no origin, and says so with each picture it asks for; their paths carry a proof of their own.
    let from_a_letter = origin == Some("null") && request.uri().path().starts_with("/letter/");
    if !host_is_ours || !(origin_is_ours || from_a_letter) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A browser that looks up the names of a letter's links would tell its sender that it was opened.
    headers.insert("x-dns-prefetch-control", HeaderValue::from_static("off"));
    response
}

#[derive(Deserialize)]
struct Entry {
    token: Option<String>,
}

/// Lets through whoever holds the session or the bearer token, and sells the session for the one-time token.
async fn only_the_person(
    State(hosted): State<Arc<Hosted>>,
    Query(entry): Query<Entry>,
    request: Request,
    next: Next,
) -> Response {
    if hosted.admits(request.headers()) {
        return next.run(request).await;
    }
    let request_is_get = request.method() == Method::GET;
    match entry.token {
        // Whoever only looks whether the page is there has not opened it.
        Some(token) if request_is_get && hosted.buy(&token) => {
            let cookie =
                format!("{}={}; Path=/; HttpOnly; SameSite=Strict", hosted.cookie(), hosted.session.as_str());
            ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
        }
        _ => (StatusCode::UNAUTHORIZED, "Foredeck: open the address with its token. 请打开带令牌的地址。")
            .into_response(),
    }
}

impl Hosted {
    fn cookie(&self) -> String {
        format!("{COOKIE}_{}", self.port)
    }

    fn admits(&self, headers: &HeaderMap) -> bool {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or("");
        let cookies = text(header::COOKIE).split(';').filter_map(|cookie| cookie.trim().split_once('='));
        let ours = self.cookie();
        let mut sessions = cookies.filter(|(name, _)| *name == ours).map(|(_, value)| value);
        let bearer = text(header::AUTHORIZATION).strip_prefix("Bearer ");
        sessions.any(|value| same(value, &self.session))
            || bearer.is_some_and(|token| same(token, &self.bearer))
    }

    fn buy(&self, token: &str) -> bool {
        let mut one_time = self.one_time.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let right = one_time.as_ref().is_some_and(|expected| same(token, expected));
        if right {
            *one_time = None;
        }
        right
    }
}

/// Equality in a time that does not depend on where the two differ.
fn same(given: &str, expected: &str) -> bool {
    blake3::hash(given.as_bytes()) == blake3::hash(expected.as_bytes())
}

#[derive(Deserialize)]
struct Call {
    name: String,
    #[serde(default)]
    args: Value,
}

async fn call(State(hosted): State<Arc<Hosted>>, Json(call): Json<Call>) -> Response {
    // A tab that closes drops its request; what was begun is finished all the same.
    let desk = hosted.desk.clone();
    let answered = tokio::spawn(async move { desk.dispatch(&call.name, call.args).await }).await;
    match answered.map_err(internal).flatten() {
        Ok(answer) => Json(answer).into_response(),
        Err(problem) => refused(problem),
    }
}

/// The file of a request to attach one is the request's body.
#[derive(Deserialize)]
struct Attached {
    ticket: TicketId,
    name: String,
    #[serde(default, rename = "type")]
    media_type: String,
    #[serde(default)]
    inline: String,
}

async fn attach(
    State(hosted): State<Arc<Hosted>>,
    Query(file): Query<Attached>,
    request: Request,
) -> Response {
    let bytes = match whole(request.into_body(), &file.name).await {
        Ok(bytes) => bytes,
        Err(problem) => return refused(problem),
    };
    let desk = hosted.desk.clone();
    let attached = tokio::spawn(async move {
        desk.attach(file.ticket, &file.name, &file.media_type, file.inline == "1", &bytes).await
    });
    let attached: Result<OutgoingAttachment, Problem> = attached.await.map_err(internal).flatten();
    match attached {
        Ok(attachment) => Json(attachment).into_response(),
        Err(problem) => refused(problem),
    }
}

fn refused(problem: Problem) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(problem)).into_response()
}

/// The body, if it is no larger than a file may be. Of a larger one nothing is kept.
async fn whole(body: Body, name: &str) -> Result<Vec<u8>, Problem> {
    let (mut chunks, mut bytes, mut length) = (body.into_data_stream(), Vec::new(), 0u64);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(internal)?;
        length = length.saturating_add(chunk.len() as u64);
        if length <= MOST_ATTACHED {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
        }
        if length > MOST_DRAINED {
            break;
        }
    }
    if length > MOST_ATTACHED { Err(too_large(&safe_file_name(name), length)) } else { Ok(bytes) }
}

async fn events(
    State(hosted): State<Arc<Hosted>>,
) -> sse::Sse<impl Stream<Item = Result<sse::Event, Infallible>>> {
    let events = BroadcastStream::new(hosted.desk.events()).map(|event| {
        let event = event.unwrap_or(DeskEvent::Lagged);
        Ok(sse::Event::default().json_data(event).unwrap_or_default())
    });
    sse::Sse::new(events).keep_alive(sse::KeepAlive::default())
}

async fn asset(State(hosted): State<Arc<Hosted>>, request: Request) -> Response {
    let path = match request.uri().path() {
        "/" => "/index.html",
        path => path,
    };
    match hosted.assets.get(path) {
        Some((bytes, media_type)) => {
            ([(header::CONTENT_TYPE, media_type.as_str()), (header::CONTENT_SECURITY_POLICY, POLICY)], bytes)
                .into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[derive(Deserialize)]
struct LetterQuery {
    #[serde(default)]
    proof: String,
    /// `1` when the window is dark.
    #[serde(default)]
    dark: String,
}

async fn letter(
    State(hosted): State<Arc<Hosted>>,
    axum::extract::Path(path): axum::extract::Path<String>,
    Query(query): Query<LetterQuery>,
) -> Response {
    let base = format!("http://127.0.0.1:{}/letter/", hosted.port);
    match hosted.desk.serve_letter(&path, &query.proof, &base, query.dark == "1").await {
        Ok(served) => Response::builder()
            .header(header::CONTENT_TYPE, served.media_type)
            .header(header::CONTENT_SECURITY_POLICY, served.policy)
            .body(Body::from(served.body))
            .unwrap_or_default(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}
