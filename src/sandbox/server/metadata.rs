//! Metadata of a response: headers for the client, and an entry in the log.

use serde_json::Value;

use super::incoming::Incoming;
use super::target::Target;
use crate::sandbox::call::Call;
use crate::sandbox::faults::Struck;
use crate::sandbox::log::Entry;
use crate::sandbox::reply::{Body, Reply};
use crate::sandbox::rest::{Need, Route};
use crate::sandbox::world::{Access, Authority, World};

/// Returns the headers that GitHub adds to every response.
pub(super) fn general_headers(
    world: &mut World,
    target: &Target,
    call: &Call,
    identity: &str,
    number: u64,
) -> Vec<(&'static str, String)> {
    let now = world.now;
    let date = jiff::Timestamp::from_second(world.seconds())
        .map(|time| time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
        .unwrap_or_default();
    let mut headers = vec![
        ("date", date),
        ("server", "github.com".to_owned()),
        ("x-github-request-id", format!("5A4D:{number:08X}")),
        ("x-github-media-type", "github.v3; format=json".to_owned()),
        ("x-github-enterprise-version", "3.19.0".to_owned()),
        ("cache-control", "private, max-age=60, s-maxage=60".to_owned()),
        ("vary", "Accept, Authorization, Cookie, X-GitHub-OTP".to_owned()),
    ];
    if matches!(target, Target::Git(_)) || target.is_beside() {
        headers.retain(|(name, _)| matches!(*name, "date" | "server" | "x-github-request-id"));
        return headers;
    }
    headers.extend(world.limits.headers(identity, target.resource(), now));
    if let Target::Rest(Route { need: Need::Repository(permissions, access), .. }) = target {
        let accepted: Vec<String> =
            permissions.iter().map(|it| format!("{}={}", it.name(), access.name())).collect();
        headers.push(("x-accepted-github-permissions", accepted.join("; ")));
    }
    if let Ok(token) = call.token(world) {
        if let Authority::Classic { scopes } = &token.authority {
            let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
            headers.push(("x-oauth-scopes", scopes.join(", ")));
            headers.push(("x-accepted-oauth-scopes", accepted_scopes(target).to_owned()));
        }
        if let Some(end) = token.expires {
            let end = jiff::Timestamp::from_second(end as i64)
                .map(|time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
            let end = end.unwrap_or_default();
            headers.push(("github-authentication-token-expiration", end));
        }
    }
    headers
}

fn accepted_scopes(target: &Target) -> &'static str {
    match target {
        Target::Rest(Route { need: Need::Repository(_, Access::Read), .. }) | Target::GraphQl => {
            "repo"
        }
        Target::Rest(Route { need: Need::Repository(..), .. }) => "public_repo, repo",
        _ => "",
    }
}

pub(super) fn log(
    world: &mut World,
    incoming: &Incoming,
    call: &Call,
    target: &Target,
    reply: &Reply,
    cost: u64,
    struck: Option<Struck>,
) {
    // Do not log an issued token.
    let gives_token = incoming.path.ends_with("/access_tokens") && reply.status < 400;
    let secret = target.is_secret() || gives_token;
    let response = match &reply.body {
        Body::Json(value) if !secret => value.clone(),
        _ => Value::Null,
    };
    let token = call.token(world).ok().map(|token| token.name.clone());
    let request: Value = match target.is_secret() {
        // The body contains a proof of identity.
        true => Value::Null,
        false => serde_json::from_slice(&incoming.body).unwrap_or_default(),
    };
    let operation =
        if incoming.path.ends_with("/graphql") { Entry::operation(&request) } else { None };
    let entry = Entry {
        operation,
        n: world.log.next(),
        method: incoming.method.clone(),
        path: incoming.path.clone(),
        query: incoming.raw_query.clone(),
        route: target.title(),
        token,
        status: reply.status,
        cost,
        bytes: reply.bytes().0.len(),
        fault: struck.map(|struck| struck.kind.name()),
        time: world.now,
        request,
        response,
    };
    world.log.add(entry);
}
