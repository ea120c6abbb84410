//! `POST /webhooks/github`: verifies and accepts webhook deliveries.
//!
//! Checks are ordered by their cost and by how little they trust: presence of a signature, size, signature, form, what
//! the delivery asks for, whether it was seen before. An accepted wish is on disk before GitHub gets the answer.

use std::sync::{Arc, PoisonError};

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};

use super::answer::{announced, body_within, json as answer_json, sentence};
use super::app::App;
use super::metrics::Event;
use super::server::Peer;
use crate::serve::deliveries::{Asked, Taken, Wish, asked};

/// The longest id of a delivery. GitHub's are UUIDs.
pub(super) const LONGEST_ID: usize = 100;

/// The largest body whose signature is verified inline, which takes less than a millisecond.
const QUICK_BYTES: usize = 128 << 10;

/// Handles a delivery.
pub(super) async fn deliver(
    State(app): State<Arc<App>>,
    Extension(Peer(peer)): Extension<Peer>,
    request: Request<Body>,
) -> Response {
    let Some(inbox) = app.inbox.clone() else {
        return sentence(
            StatusCode::NOT_FOUND,
            "this server receives no deliveries: its role `webhooks` is off",
        );
    };
    let count = |outcome| app.metrics.count(Event::Deliveries, outcome);
    let limits = &app.options.limits;
    let headers = request.headers().clone();
    let unsigned = || {
        count("bad signature");
        sentence(StatusCode::UNAUTHORIZED, "the signature does not match the body")
    };
    let is_too_long = announced(&headers).is_some_and(|length| length > limits.delivery_bytes);
    // Do not read what cannot be a valid delivery.
    if !is_too_long && !has_signature(&headers) {
        return unsigned();
    }
    let mut share = app.budget.share(peer.ip());
    let read = body_within(&app, request, limits.delivery_bytes, |bytes| share.grow(bytes)).await;
    let body = match read {
        Ok(body) => body,
        Err(response) => {
            let has_room = response.status() != StatusCode::SERVICE_UNAVAILABLE;
            count(if has_room { "not read" } else { "no room" });
            return response;
        }
    };
    if !is_signed(&app, &headers, &body).await {
        return unsigned();
    }
    let Some((id, event)) = named(&headers) else {
        count("malformed");
        return sentence(
            StatusCode::BAD_REQUEST,
            "X-GitHub-Delivery or X-GitHub-Event is missing or odd",
        );
    };
    if !is_json(&headers) {
        count("malformed");
        let text = "deliveries have to be JSON: set the webhook's content type to application/json";
        return sentence(StatusCode::UNSUPPORTED_MEDIA_TYPE, text);
    }
    let wish = match asked(event, &body, &app.members()) {
        None => {
            count("malformed");
            return sentence(StatusCode::BAD_REQUEST, "the body does not match its event");
        }
        Some(Asked::Pong) => {
            count("ping");
            return answer_json(StatusCode::OK, &json!({ "status": "pong" }));
        }
        Some(Asked::Nothing(why)) => {
            count("ignored");
            return answer_json(StatusCode::ACCEPTED, &json!({ "status": "ignored", "why": why }));
        }
        Some(Asked::Wish(wish)) => wish,
    };
    let taken = {
        let (id, event, at, wish) =
            (id.to_owned(), event.to_owned(), app.facts.now(), wish.clone());
        tokio::task::spawn_blocking(move || {
            let mut inbox = inbox.lock().unwrap_or_else(PoisonError::into_inner);
            inbox.take((&id, &body), (&at, &event), &wish)
        })
        .await
    };
    match taken {
        Ok(Ok(Taken::New(_))) => {
            count("accepted");
            app.delivered.send_replace(());
            let (wants, what) = wanted(&app, wish);
            (app.tell)(&format!("delivery {id} of `{event}` was accepted: {what}"));
            answer_json(StatusCode::ACCEPTED, &json!({ "status": "accepted", "wants": wants }))
        }
        Ok(Ok(Taken::Seen)) => {
            count("seen");
            answer_json(StatusCode::OK, &json!({ "status": "seen" }))
        }
        Ok(Err(error)) => {
            count("not kept");
            (app.tell)(&format!("a delivery could not be kept: {error}"));
            sentence(StatusCode::INTERNAL_SERVER_ERROR, "it could not be kept; deliver it again")
        }
        Err(_) => {
            sentence(StatusCode::INTERNAL_SERVER_ERROR, "it could not be kept; deliver it again")
        }
    }
}

/// Whether there is a well-formed signature: `sha256=` and 64 digits.
fn has_signature(headers: &HeaderMap) -> bool {
    headers.get("x-hub-signature-256").is_some_and(|signature| {
        let digits = signature.as_bytes().strip_prefix(b"sha256=").unwrap_or_default();
        digits.len() == 64 && digits.iter().all(u8::is_ascii_hexdigit)
    })
}

/// Whether a body was signed with the secret. Large bodies are verified on a blocking thread: anybody may send them,
/// and other requests would have to wait.
async fn is_signed(app: &Arc<App>, headers: &HeaderMap, body: &Bytes) -> bool {
    let Some(signature) = headers.get("x-hub-signature-256").cloned() else { return false };
    let (app, bytes) = (Arc::clone(app), body.clone());
    let reckon = move || {
        let secret = app.options.webhook_secret.as_ref();
        secret.is_some_and(|secret| secret.signed(signature.as_bytes(), &bytes))
    };
    if body.len() <= QUICK_BYTES {
        return reckon();
    }
    tokio::task::spawn_blocking(reckon).await.unwrap_or(false)
}

/// The id and the event of a delivery.
pub(super) fn named(headers: &HeaderMap) -> Option<(&str, &str)> {
    let one = |name: &str| {
        let mut all = headers.get_all(name).iter();
        let value = all.next()?.to_str().ok()?;
        let fine = all.next().is_none() && !value.is_empty() && value.len() <= LONGEST_ID;
        fine.then_some(value)
    };
    Some((one("x-github-delivery")?, one("x-github-event")?))
}

pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// What a delivery asks for, for the answer and for the log.
fn wanted(app: &App, wish: Wish) -> (Value, String) {
    match wish {
        Wish::Judge(repository) => {
            let what = format!("{repository} is judged");
            (json!({ "judge": repository }), what)
        }
        Wish::Refresh(runtime) => {
            let runtime = runtime.unwrap_or_else(|| "all".to_owned());
            let by = match app.refreshing.is_some() {
                true => "is refreshed",
                false => "is left to a server with the role `images`",
            };
            let what = format!("{runtime} {by}");
            (json!({ "refresh": runtime }), what)
        }
    }
}
