//! Image refreshes requested by a program or a person.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{Request, StatusCode};
use serde_json::json;

use super::answer::{json as answer_json, see, sentence};
use super::app::{App, Caller};
use super::server::Peer;
use super::{guard, sign_in};
use crate::serve::refresh::{Answer, RefreshRequest};

/// `POST /admin/images/refresh?runtime=&recreate=`: answers when the refresh has finished.
pub(super) async fn from_program(
    State(app): State<Arc<App>>,
    Extension(Peer(peer)): Extension<Peer>,
    request: Request<Body>,
) -> Response {
    let Some(refreshing) = app.refreshing.clone() else { return off() };
    let caller = app.caller(request.headers());
    let may = match &caller {
        Caller::Token => true,
        // A cookie is sent whatever page makes the request; the dashboard has its own form for this.
        Caller::Person(_) => app.options.tokenless && guard::is_of_ours(request.headers()),
        Caller::Wrong | Caller::Nobody => false,
    };
    if !may {
        return match caller {
            Caller::Person(_) => {
                sentence(StatusCode::FORBIDDEN, "this address is for programs: send the token")
            }
            _ => sign_in::refused(&app, request.headers(), &caller, peer.ip()),
        };
    }
    let asked = match wanted(request.uri().query().unwrap_or_default(), &app.members().runtimes()) {
        Ok(asked) => asked,
        Err(refusal) => return answer_json(StatusCode::BAD_REQUEST, &refusal),
    };
    // In a separate task, so that the outcome is recorded even if the caller disconnects.
    let runtime = asked.runtime.clone();
    let run = tokio::spawn(async move {
        app.refresh(&refreshing, &asked, false, "POST /admin/images/refresh").await
    });
    let Ok((outcome, joined)) = run.await else {
        let error = json!({ "error": "refreshing was cut short", "hint": "ask again" });
        return answer_json(StatusCode::INTERNAL_SERVER_ERROR, &error);
    };
    let answer = Answer::of(&outcome, runtime.as_deref(), joined);
    let status = match answer.error {
        Some(_) => StatusCode::INTERNAL_SERVER_ERROR,
        None => StatusCode::OK,
    };
    answer_json(status, &answer)
}

/// Parses the query. Unknown keys are refused: with a misspelt `recreate=false`, containers would be removed.
pub(super) fn wanted(
    query: &str,
    runtimes: &[String],
) -> Result<RefreshRequest, serde_json::Value> {
    let (mut runtime, mut recreate) = (None, None);
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let place = match &*key {
            "runtime" => &mut runtime,
            "recreate" => &mut recreate,
            _ => {
                return Err(
                    json!({ "error": "unknown key in the query", "known": ["runtime", "recreate"] }),
                );
            }
        };
        if place.replace(value.into_owned()).is_some() {
            return Err(json!({ "error": format!("`{key}` is given twice") }));
        }
    }
    let runtime = runtime.filter(|runtime| !runtime.is_empty());
    if let Some(runtime) = &runtime
        && !runtimes.contains(runtime)
    {
        return Err(json!({ "error": "unknown runtime", "known_runtimes": runtimes }));
    }
    let recreate = match recreate.as_deref() {
        None | Some("" | "true" | "1") => true,
        Some("false" | "0") => false,
        Some(_) => return Err(json!({ "error": "`recreate` is `true` or `false`" })),
    };
    Ok(RefreshRequest { runtime, recreate })
}

/// The dashboard's form: starts a refresh, whose outcome the page shows later.
pub(super) async fn from_page(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let Some(refreshing) = app.refreshing.clone() else { return off() };
    let (_, form) = match sign_in::person(&app, request).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let runtime = form.get("runtime").filter(|runtime| !runtime.is_empty()).map(str::to_owned);
    if let Some(runtime) = &runtime
        && !app.members().runtimes().contains(runtime)
    {
        return sentence(StatusCode::BAD_REQUEST, "unknown runtime");
    }
    let request = RefreshRequest { runtime, recreate: form.get("keep").is_none() };
    tokio::spawn(async move { app.refresh(&refreshing, &request, false, "the page").await });
    see("/images")
}

fn off() -> Response {
    let error = json!({ "error": "this server refreshes no images: its role `images` is off" });
    answer_json(StatusCode::NOT_FOUND, &error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_asks_for_what_it_says_and_for_nothing_else() {
        let runtimes = ["hermes".to_owned(), "crewai".to_owned()];
        let ask = |query| wanted(query, &runtimes);
        let request = |runtime: Option<&str>, recreate| {
            Ok(RefreshRequest { runtime: runtime.map(str::to_owned), recreate })
        };
        assert_eq!(ask(""), request(None, true));
        assert_eq!(ask("runtime=&recreate="), request(None, true));
        assert_eq!(ask("runtime=hermes"), request(Some("hermes"), true));
        assert_eq!(ask("recreate=false&runtime=crewai"), request(Some("crewai"), false));
        for wrong in
            ["runtime=other", "recrate=false", "recreate=no", "runtime=hermes&runtime=crewai"]
        {
            assert!(ask(wrong).is_err(), "{wrong}");
        }
        let refusal = ask("runtime=other").expect_err("unknown");
        assert_eq!(refusal["known_runtimes"], json!(["hermes", "crewai"]));
    }
}
