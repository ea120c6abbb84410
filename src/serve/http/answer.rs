//! Answers, and the bodies of requests, read within bounds.

use axum::body::{Body, Bytes};
use axum::response::Response;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Serialize;

use super::app::App;

/// What pages may do: their own style and script, forms to this server, nothing else.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Headers of every answer.
const ALWAYS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // `no-referrer` would take the `Origin` from our own forms, too.
    ("referrer-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ("cache-control", "no-store"),
    ("content-security-policy", POLICY),
];

/// Puts in the headers of every answer, where it has none of its own.
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

/// An answer of a kind.
pub(super) fn answer(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// A sentence for whoever asked, in plain text.
pub(super) fn sentence(status: StatusCode, text: &str) -> Response {
    answer(status, "text/plain; charset=utf-8", format!("{text}\n"))
}

/// A value as JSON.
pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    answer(status, "application/json", text + "\n")
}

/// A page.
pub(super) fn page(status: StatusCode, text: impl Into<Body>) -> Response {
    answer(status, "text/html; charset=utf-8", text)
}

/// Leads a browser elsewhere on this server, to be asked for with GET.
pub(super) fn see(path: &'static str) -> Response {
    let mut response = sentence(StatusCode::SEE_OTHER, path);
    response.headers_mut().insert(LOCATION, HeaderValue::from_static(path));
    response
}

/// Too much, too often: when to come again.
pub(super) fn later(status: StatusCode, text: &str, after: std::time::Duration) -> Response {
    let mut response = sentence(status, text);
    let seconds = after.as_secs_f64().ceil().max(1.0) as u64;
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// How large a body says that it is.
pub(super) fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The body of a request, of so many bytes at most, within the patience of the server.
pub(super) async fn body(
    app: &App,
    request: Request<Body>,
    most: usize,
) -> Result<Bytes, Response> {
    body_within(app, request, most, |_| true).await
}

/// The same while there is room for its bytes, which is asked as they come.
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
                let text = "the body took too long to come";
                return Err(closing(sentence(StatusCode::REQUEST_TIMEOUT, text)));
            }
        };
    match read {
        Ok(Some(body)) => Ok(body),
        Ok(None) => {
            let text = "too much is being delivered";
            let after = std::time::Duration::from_secs(1);
            Err(closing(later(StatusCode::SERVICE_UNAVAILABLE, text, after)))
        }
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(sentence(StatusCode::BAD_REQUEST, "the body did not come whole")),
    }
}

/// The last answer of a connection: what is left of the request is not read.
fn closing(mut response: Response) -> Response {
    response.headers_mut().insert("connection", HeaderValue::from_static("close"));
    response
}
