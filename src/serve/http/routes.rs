//! The routes, and the checks that every request passes.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{FromRequestParts, MatchedPath, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, IF_NONE_MATCH};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri};

use super::answer::{answer, complete, later, page, see, sentence};
use super::app::{App, Caller};
use super::metrics::Event;
use super::server::Peer;
use super::{guard, refresh, sign_in, webhooks};
use crate::serve::options::Role;
use crate::serve::pages::{Made, Page};

/// The longest path with query, in bytes.
const LONGEST_URI: usize = 2_048;

/// All routes.
pub(super) fn router(app: &Arc<App>) -> Router {
    let mut router = Router::new();
    for path in &app.options.refresh_paths {
        router = router.route(path, post(refresh::from_program));
    }
    router
        .route("/", get(|reader: Reader| async move { reader.shown(Page::Fleet) }))
        .route("/campaigns", get(|reader: Reader| async move { reader.shown(Page::Campaigns) }))
        .route("/releases", get(|reader: Reader| async move { reader.shown(Page::Releases) }))
        .route("/images", get(|reader: Reader| async move { reader.shown(Page::Images) }))
        .route("/report", get(report))
        .route("/report.json", get(report_json))
        .route("/assets/{name}", get(asset))
        .route("/favicon.ico", get(no_icon))
        .route("/login", get(sign_in::door).post(sign_in::sign_in))
        .route("/logout", post(sign_in::sign_out))
        .route("/judge", post(judge))
        .route("/images/refresh", post(refresh::from_page))
        .route("/admin/images/refresh", post(refresh::from_program))
        .route("/webhooks/github", post(webhooks::deliver))
        .route("/healthz", get(healthy))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .fallback(nothing)
        .method_not_allowed_fallback(not_so)
        .layer(from_fn_with_state(Arc::clone(app), passed))
        .with_state(Arc::clone(app))
}

/// The middleware of every request: counts it, and refuses it if it comes too often, is for another host or has too
/// long a path.
async fn passed(
    State(app): State<Arc<App>>,
    Extension(Peer(peer)): Extension<Peer>,
    route: Option<MatchedPath>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let _underway = app.metrics.request();
    // The declared route: requested paths are not used as labels.
    let name = route.as_ref().map_or("other", |route| route.as_str());
    let mut response = match refused(&app, peer.ip(), name, &request) {
        Some(refusal) => {
            app.metrics.count(Event::Refused, "before it was processed");
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
    // Health checks may address this process by its IP address.
    if !matches!(name, "/healthz" | "/readyz") && !guard::is_meant(request, &app.names) {
        let text = "this server does not have this name; if it does, give it with --host";
        return Some(sentence(StatusCode::MISDIRECTED_REQUEST, text));
    }
    if request.uri().to_string().len() > LONGEST_URI {
        return Some(sentence(StatusCode::URI_TOO_LONG, "this path is too long"));
    }
    None
}

/// An authorized reader of the dashboard.
struct Reader {
    app: Arc<App>,
    caller: Caller,
    headers: HeaderMap,
}

impl FromRequestParts<Arc<App>> for Reader {
    type Rejection = Response;

    /// Refused when the role is off or the caller is not authenticated.
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        if let Some(refusal) = sign_in::without_dashboard(app) {
            return Err(refusal);
        }
        let caller = known(app, parts).map_err(|refusal| *refusal)?;
        Ok(Self { app: Arc::clone(app), caller, headers: parts.headers.clone() })
    }
}

/// The caller, if authenticated.
fn known(app: &App, parts: &Parts) -> Result<Caller, Box<Response>> {
    match app.caller(&parts.headers) {
        caller @ (Caller::Token | Caller::Person(_)) => Ok(caller),
        caller => {
            // Every connection sets its peer.
            let peer = parts.extensions.get::<Peer>();
            let peer = peer.map_or(IpAddr::from([0, 0, 0, 0]), |Peer(peer)| peer.ip());
            Err(Box::new(sign_in::refused(app, &parts.headers, &caller, peer)))
        }
    }
}

impl Reader {
    /// A page, or "not modified" if the client has it already.
    fn shown(&self, which: Page) -> Response {
        // Programs send no forms.
        let form_token = match &self.caller {
            Caller::Person(bearer) => bearer.form_token.as_str(),
            _ => "",
        };
        let Some((text, tag)) = self.app.pages.now().page(which, form_token) else {
            return sentence(StatusCode::SERVICE_UNAVAILABLE, "there are no pages yet");
        };
        let is_known = self.headers.get(IF_NONE_MATCH).is_some_and(|known| *known == tag);
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

    /// Renders something expensive on a blocking thread.
    async fn made<T: Send + 'static>(
        &self,
        make: impl FnOnce(&Made) -> Option<T> + Send + 'static,
    ) -> Result<T, Response> {
        let made = self.app.pages.now();
        let done = tokio::task::spawn_blocking(move || make(&made)).await;
        done.ok().flatten().ok_or_else(|| {
            sentence(StatusCode::SERVICE_UNAVAILABLE, "the fleet has not been judged yet")
        })
    }
}

async fn report(reader: Reader) -> Result<Response, Response> {
    let mut response = page(StatusCode::OK, reader.made(Made::whole_report).await?);
    // The report embeds its style and script, so it can also be sent by mail; it needs its own policy.
    let policy = crate::report::html::policy() + "; frame-ancestors 'none'";
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

async fn report_json(reader: Reader) -> Result<Response, Response> {
    Ok(answer(StatusCode::OK, "application/json", reader.made(Made::json).await?))
}

async fn asset(State(app): State<Arc<App>>, uri: Uri) -> Response {
    let Some(asset) = app.pages.asset(uri.path()) else { return nothing().await };
    let mut response = answer(StatusCode::OK, asset.kind, asset.text);
    // Its name contains its hash.
    let value = HeaderValue::from_static("public, max-age=31536000, immutable");
    response.headers_mut().insert(CACHE_CONTROL, value);
    response
}

async fn no_icon() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// Judges the fleet now, at a person's request.
async fn judge(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    if let Err(response) = sign_in::person(&app, request).await {
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
        "the server is stopping"
    } else if app.options.has(Role::Dashboard) && !app.pages.now().is_judged() {
        "the fleet has not been judged yet"
    } else if app.known().is_refused() {
        // What is shown grows old until somebody gives another token.
        "the forge does not accept the token"
    } else {
        return sentence(StatusCode::OK, "ready");
    };
    sentence(StatusCode::SERVICE_UNAVAILABLE, text)
}

async fn metrics(
    State(app): State<Arc<App>>,
    request: Request<Body>,
) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    known(&app, &parts).map_err(|refusal| *refusal)?;
    let text = app.metrics.text(&app.known(), app.sessions.count(Instant::now()));
    Ok(answer(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text))
}

async fn nothing() -> Response {
    sentence(StatusCode::NOT_FOUND, "there is nothing here")
}

async fn not_so() -> Response {
    sentence(StatusCode::METHOD_NOT_ALLOWED, "this method is not allowed here")
}
