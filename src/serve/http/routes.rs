//! Where each request goes, and what every one of them passes on its way.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri};

use super::answer::{answer, complete, later, page, see, sentence};
use super::app::{App, Caller};
use super::server::Peer;
use super::{admin, entry, guard, webhooks};
use crate::serve::options::Role;
use crate::serve::pages::Page;

/// The longest path with its query, in bytes.
const LONGEST_URI: usize = 2_048;

/// All routes.
pub(super) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .route("/", get(fleet))
        .route("/campaigns", get(campaigns))
        .route("/releases", get(releases))
        .route("/images", get(images))
        .route("/report", get(report))
        .route("/report.json", get(report_json))
        .route("/assets/{name}", get(asset))
        .route("/favicon.ico", get(no_icon))
        .route("/login", get(entry::door).post(entry::sign_in))
        .route("/logout", post(entry::sign_out))
        .route("/judge", post(judge))
        .route("/images/refresh", post(admin::from_page))
        .route("/admin/workspace-images/refresh", post(admin::refresh))
        .route("/webhooks/github", post(webhooks::deliver))
        .route("/healthz", get(healthy))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .fallback(nothing)
        .method_not_allowed_fallback(not_so)
        .layer(from_fn_with_state(Arc::clone(app), passed))
        .with_state(Arc::clone(app))
}

/// What every request passes: counted, meant for this server, not too many, not too long.
async fn passed(
    State(app): State<Arc<App>>,
    Extension(Peer(peer)): Extension<Peer>,
    route: Option<MatchedPath>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let _underway = app.metrics.request();
    let name = named(route.as_ref().map_or("", |route| route.as_str()));
    let mut response = match refused(&app, peer.ip(), name, &request) {
        Some(refusal) => {
            app.metrics.count("refused", "before it was looked at");
            refusal
        }
        None => next.run(request).await,
    };
    app.metrics.answered(name, response.status().as_u16());
    complete(&mut response, app.options.https);
    response
}

fn refused(app: &App, peer: IpAddr, name: &str, request: &Request<Body>) -> Option<Response> {
    if let Err(after) = app.rates.take(peer, Instant::now()) {
        return Some(later(StatusCode::TOO_MANY_REQUESTS, "too many requests", after));
    }
    // Whoever watches over this process may know it by its number only.
    if !matches!(name, "/healthz" | "/readyz")
        && !guard::host(request.headers()).is_some_and(|host| app.names.has(host))
    {
        let text = "this server is not called so; name it with --host when it is";
        return Some(sentence(StatusCode::MISDIRECTED_REQUEST, text));
    }
    if request.uri().to_string().len() > LONGEST_URI {
        return Some(sentence(StatusCode::URI_TOO_LONG, "this path is too long"));
    }
    None
}

/// A route as metrics name it.
fn named(route: &str) -> &'static str {
    const ROUTES: &[&str] = &[
        "/",
        "/campaigns",
        "/releases",
        "/images",
        "/report",
        "/report.json",
        "/assets/{name}",
        "/favicon.ico",
        "/login",
        "/logout",
        "/judge",
        "/images/refresh",
        "/admin/workspace-images/refresh",
        "/webhooks/github",
        "/healthz",
        "/readyz",
        "/metrics",
    ];
    ROUTES.iter().copied().find(|known| *known == route).unwrap_or("other")
}

async fn fleet(
    State(app): State<Arc<App>>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    shown(&app, Page::Fleet, &headers, peer.ip())
}

async fn campaigns(
    State(app): State<Arc<App>>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    shown(&app, Page::Campaigns, &headers, peer.ip())
}

async fn releases(
    State(app): State<Arc<App>>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    shown(&app, Page::Releases, &headers, peer.ip())
}

async fn images(
    State(app): State<Arc<App>>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    shown(&app, Page::Images, &headers, peer.ip())
}

/// Why a reader may not have it: the role is off, or nobody knows who asks.
fn unread(app: &App, headers: &HeaderMap, peer: IpAddr) -> Result<Caller, Box<Response>> {
    if !app.options.has(Role::Dashboard) {
        let text = "this server has no dashboard: its role `dashboard` is off";
        return Err(Box::new(sentence(StatusCode::NOT_FOUND, text)));
    }
    match app.caller(headers) {
        caller @ (Caller::Token | Caller::Person(_)) => Ok(caller),
        caller => Err(Box::new(entry::refused(app, headers, &caller, peer))),
    }
}

fn shown(app: &App, which: Page, headers: &HeaderMap, peer: IpAddr) -> Response {
    let caller = match unread(app, headers, peer) {
        Ok(caller) => caller,
        Err(response) => return *response,
    };
    // A program sends no forms.
    let form_token = match &caller {
        Caller::Person(bearer) => bearer.form_token.as_str(),
        _ => "",
    };
    let Some((text, tag)) = app.pages.now().page(which, form_token) else {
        return sentence(StatusCode::SERVICE_UNAVAILABLE, "there are no pages yet");
    };
    let is_known = headers.get(IF_NONE_MATCH).is_some_and(|known| *known == tag);
    let mut response = if is_known {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        page(StatusCode::OK, text)
    };
    response.headers_mut().insert(ETAG, tag);
    response
}

async fn report(
    State(app): State<Arc<App>>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    if let Err(response) = unread(&app, &headers, peer.ip()) {
        return *response;
    }
    let made = app.pages.now();
    let whole = tokio::task::spawn_blocking(move || made.whole_report()).await;
    let Ok(Some(whole)) = whole else { return not_judged() };
    let mut response = page(StatusCode::OK, whole);
    // The page brings its style and its script along, and is the same when it is sent by mail.
    let policy = crate::report::html::policy() + "; frame-ancestors 'none'";
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

async fn report_json(
    State(app): State<Arc<App>>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    if let Err(response) = unread(&app, &headers, peer.ip()) {
        return *response;
    }
    let made = app.pages.now();
    match tokio::task::spawn_blocking(move || made.json()).await {
        Ok(Some(text)) => answer(StatusCode::OK, "application/json", text),
        _ => not_judged(),
    }
}

fn not_judged() -> Response {
    sentence(StatusCode::SERVICE_UNAVAILABLE, "the fleet has not been judged yet")
}

async fn asset(State(app): State<Arc<App>>, uri: Uri) -> Response {
    let Some(asset) = app.pages.asset(uri.path()) else { return nothing().await };
    let mut response = answer(StatusCode::OK, asset.kind, asset.text);
    // Its name is its hash.
    let value = HeaderValue::from_static("public, max-age=31536000, immutable");
    response.headers_mut().insert(CACHE_CONTROL, value);
    response
}

async fn no_icon() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// A person wants the fleet to be judged now.
async fn judge(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    if let Err(response) = entry::person(&app, request).await {
        return response;
    }
    app.judging.ask_now();
    see("/")
}

async fn healthy() -> Response {
    sentence(StatusCode::OK, "ok")
}

async fn ready(State(app): State<Arc<App>>) -> Response {
    let text = if app.is_ending() {
        "it is ending"
    } else if app.options.has(Role::Dashboard) && !app.pages.now().is_judged() {
        "the fleet has not been judged yet"
    } else {
        return sentence(StatusCode::OK, "ready");
    };
    sentence(StatusCode::SERVICE_UNAVAILABLE, text)
}

async fn metrics(
    State(app): State<Arc<App>>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    match app.caller(&headers) {
        Caller::Token | Caller::Person(_) => {
            let text = app.metrics.text(&app.known(), app.sessions.count(Instant::now()));
            answer(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text)
        }
        caller => entry::refused(&app, &headers, &caller, peer.ip()),
    }
}

async fn nothing() -> Response {
    sentence(StatusCode::NOT_FOUND, "there is nothing here")
}

async fn not_so() -> Response {
    sentence(StatusCode::METHOD_NOT_ALLOWED, "this is not asked for with this method")
}
