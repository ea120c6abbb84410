//! Signing in and out, and reading forms of people who are signed in.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::header::{ACCEPT, SET_COOKIE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Request, StatusCode};

use super::answer::{body, later, page, see, sentence};
use super::app::{App, Caller};
use super::guard;
use super::server::Peer;
use super::sessions::{Bearer, LASTS};
use crate::serve::options::{FORM_BYTES, Role};
use crate::serve::pages::Page;

/// The fields of a form.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a form as browsers send it (`application/x-www-form-urlencoded`).
    async fn read(app: &App, request: Request<Body>) -> Result<Self, Response> {
        Ok(Self::of(&body(app, request, FORM_BYTES).await?))
    }

    pub(super) fn of(bytes: &[u8]) -> Self {
        let fields = url::form_urlencoded::parse(bytes);
        Self(fields.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The value of a field; `None` if it occurs more than once.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(named, _)| named == name);
        let (_, value) = found.next()?;
        found.next().is_none().then_some(value)
    }
}

/// The answer of a server without a dashboard, which has nothing to sign in to.
pub(super) fn without_dashboard(app: &App) -> Option<Response> {
    let text = "this server has no dashboard: its role `dashboard` is off";
    (!app.options.has(Role::Dashboard)).then(|| sentence(StatusCode::NOT_FOUND, text))
}

/// Refuses a caller without access. Browsers without a session are redirected to the sign-in page.
pub(super) fn refused(app: &App, headers: &HeaderMap, caller: &Caller, peer: IpAddr) -> Response {
    let wants_page = headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if wants_page && *caller == Caller::Nobody && app.options.has(Role::Dashboard) {
        return see("/login");
    }
    if *caller == Caller::Wrong
        && let Err(after) = app.wrong.take(peer, Instant::now())
    {
        return later(StatusCode::TOO_MANY_REQUESTS, "too many wrong tokens", after);
    }
    let text = match caller {
        Caller::Wrong => "this is not the token of this server",
        _ => "send the token: Authorization: Bearer TOKEN",
    };
    let mut response = sentence(StatusCode::UNAUTHORIZED, text);
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

/// The sign-in page.
pub(super) async fn door(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    if let Some(refusal) = without_dashboard(&app) {
        return refusal;
    }
    if matches!(app.caller(&headers), Caller::Person(_)) {
        return see("/");
    }
    login_page(&app, StatusCode::OK, Page::Login)
}

fn login_page(app: &App, status: StatusCode, which: Page) -> Response {
    match app.pages.now().page(which, "") {
        Some((text, _)) => page(status, text),
        None => sentence(StatusCode::SERVICE_UNAVAILABLE, "there are no pages yet"),
    }
}

/// Signs a person in.
pub(super) async fn sign_in(
    State(app): State<Arc<App>>,
    Extension(Peer(peer)): Extension<Peer>,
    request: Request<Body>,
) -> Response {
    if let Some(refusal) = without_dashboard(&app) {
        return refusal;
    }
    if !guard::is_of_ours(request.headers()) {
        return sentence(StatusCode::FORBIDDEN, "this form is from another page");
    }
    let form = match Form::read(&app, request).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    let presented = form.get("token").unwrap_or_default().trim();
    let is_right = app.options.token.as_ref().is_some_and(|token| token.is(presented.as_bytes()));
    if !is_right {
        if let Err(after) = app.wrong.take(peer.ip(), Instant::now()) {
            return later(StatusCode::TOO_MANY_REQUESTS, "too many wrong tokens", after);
        }
        return login_page(&app, StatusCode::UNAUTHORIZED, Page::LoginAgain);
    }
    let Ok(id) = app.sessions.begin(Instant::now()) else {
        return sentence(StatusCode::INTERNAL_SERVER_ERROR, "no session can be started");
    };
    let mut response = see("/");
    set_cookie(&app, &mut response, &id, LASTS.as_secs());
    response
}

/// Signs a person out.
pub(super) async fn sign_out(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let (bearer, _) = match person(&app, request).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    app.sessions.end(&bearer);
    let mut response = see("/login");
    set_cookie(&app, &mut response, "", 0);
    response
}

fn set_cookie(app: &App, response: &mut Response, id: &str, seconds: u64) {
    let secure = if app.options.https { "; Secure" } else { "" };
    let name = app.cookie_name();
    let cookie =
        format!("{name}={id}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    // Hexadecimal digits are valid in a header.
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
}

/// The sender of a form from one of our pages, and the form.
pub(super) async fn person(app: &App, request: Request<Body>) -> Result<(Bearer, Form), Response> {
    if let Some(refusal) = without_dashboard(app) {
        return Err(refusal);
    }
    if !guard::is_of_ours(request.headers()) {
        return Err(sentence(StatusCode::FORBIDDEN, "this form is from another page"));
    }
    let Caller::Person(bearer) = app.caller(request.headers()) else { return Err(see("/login")) };
    let form = Form::read(app, request).await?;
    if !form.get("form_token").is_some_and(|token| bearer.made(token)) {
        let text = "this form is from another session: reload the page, and send it from there";
        return Err(sentence(StatusCode::FORBIDDEN, text));
    }
    Ok((bearer, form))
}
