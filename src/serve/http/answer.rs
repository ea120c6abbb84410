//! Building answers, and reading request bodies within bounds.

use axum::body::{Body, Bytes};
use axum::response::Response;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Serialize;

use super::app::App;

/// The content security policy of pages: only their own style and script, and forms to this server.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The headers of every answer.
const ALWAYS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // `no-referrer` would also remove the `Origin` from our own forms.
    ("referrer-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ("cache-control", "no-store"),
    ("content-security-policy", POLICY),
];

/// Adds the headers of every answer, except those that it already has.
pub(super) fn complete(response: &mut Response, https: bool) {
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        let name = HeaderName::from_static(name);
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if https {
        let value = HeaderValue::from_static("max-age=31536000");
        headers.insert(HeaderName::from_static("strict-transport-security"), value);
    }
}

/// An answer of a content type.
pub(super) fn answer(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// A plain-text sentence.
pub(super) fn sentence(status: StatusCode, text: &str) -> Response {
    answer(status, "text/plain; charset=utf-8", format!("{text}\n"))
}

/// A value as JSON.
pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    let mut text = Vec::new();
    // A value that cannot be written leaves an answer without a body.
    let _ = crate::report::json::write_value(value, &mut text);
    answer(status, "application/json", text)
}

/// An HTML page.
pub(super) fn page(status: StatusCode, text: impl Into<Body>) -> Response {
    answer(status, "text/html; charset=utf-8", text)
}

/// Redirects a browser to another path of this server, to be requested with GET.
pub(super) fn see(path: &'static str) -> Response {
    let mut response = sentence(StatusCode::SEE_OTHER, path);
    response.headers_mut().insert(LOCATION, HeaderValue::from_static(path));
    response
}

/// Refuses a request as too many or too much, saying when to retry.
pub(super) fn later(status: StatusCode, text: &str, after: std::time::Duration) -> Response {
    let mut response = sentence(status, text);
    let seconds = after.as_secs_f64().ceil().max(1.0) as u64;
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// The announced length of a body.
pub(super) fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads a request body of at most `most` bytes, within the server's time limit.
pub(super) async fn body(
    app: &App,
    request: Request<Body>,
    most: usize,
) -> Result<Bytes, Response> {
    body_within(app, request, most, |_| true).await
}

/// Like [`body`], and also stops when `has_room` refuses more bytes as they arrive.
pub(super) async fn body_within(
    app: &App,
    request: Request<Body>,
    most: usize,
    mut has_room: impl FnMut(usize) -> bool,
) -> Result<Bytes, Response> {
    let too_large = || {
        let text = format!("the body has more than {most} bytes");
        closing(sentence(StatusCode::PAYLOAD_TOO_LARGE, &text))
    };
    if announced(request.headers()).is_some_and(|length| length > most) {
        return Err(too_large());
    }
    let mut body = Limited::new(request.into_body(), most);
    let read = async {
        let mut whole = Vec::new();
        while let Some(frame) = body.frame().await {
            let Ok(bytes) = frame?.into_data() else { continue };
            if !has_room(bytes.len()) {
                return Ok(None);
            }
            whole.extend_from_slice(&bytes);
        }
        Ok(Some(Bytes::from(whole)))
    };
    let read: Result<_, Box<dyn std::error::Error + Send + Sync>> =
        match tokio::time::timeout(app.options.limits.patience, read).await {
            Ok(read) => read,
            Err(_) => {
                let text = "the body took too long to arrive";
                return Err(closing(sentence(StatusCode::REQUEST_TIMEOUT, text)));
            }
        };
    match read {
        Ok(Some(body)) => Ok(body),
        Ok(None) => {
            let text = "too many deliveries at once";
            let after = std::time::Duration::from_secs(1);
            Err(closing(later(StatusCode::SERVICE_UNAVAILABLE, text, after)))
        }
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(sentence(StatusCode::BAD_REQUEST, "the body did not arrive completely")),
    }
}

/// Closes the connection after this answer; the rest of the request is not read.
fn closing(mut response: Response) -> Response {
    response.headers_mut().insert("connection", HeaderValue::from_static("close"));
    response
}
