//! Faults: replacing a response, or disturbing it on its way.

use std::time::Duration;

use serde_json::json;

use super::answer::Answered;
use super::incoming::Incoming;
use super::target::{REST, Target};
use crate::sandbox::call::Call;
use crate::sandbox::faults::{Kind, Struck};
use crate::sandbox::graphql;
use crate::sandbox::limits;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::reply::{Body, Reply};
use crate::sandbox::rest;
use crate::sandbox::world::{Found, World};

/// The default delay of a slow response, in seconds.
const SLOW: f64 = 2.0;

/// Returns the response to send instead, if the fault strikes before anything is done.
pub(super) fn before(
    world: &mut World,
    incoming: &Incoming,
    call: &Call,
    target: &Target,
    struck: Struck,
) -> Option<Reply> {
    // GraphQL's own refusals have no meaning elsewhere.
    let graphql = matches!(target, Target::GraphQl);
    let seconds = struck.seconds.map_or(60, |seconds| seconds.max(0.0) as u64);
    let reply = match struck.kind {
        Kind::BadGatewayBefore => bad_gateway(),
        Kind::ResetBefore => Reply::nothing(),
        Kind::Secondary403 => limits::secondary(Some(seconds)).reply(),
        Kind::Secondary429 => Refusal { status: 429, ..limits::secondary(Some(seconds)) }.reply(),
        Kind::Secondary200 if graphql => secondary_in_graphql(),
        Kind::Secondary200 => limits::secondary(Some(seconds)).reply(),
        Kind::SecondaryNoRetryAfter => limits::secondary(None).reply(),
        Kind::Primary => {
            let (identity, now) = (world.limit_identity(call), world.now);
            world.limits.exhaust(&identity, target.resource(), now);
            if graphql { graphql::limited() } else { limits::primary().reply() }
        }
        Kind::Moved301 | Kind::Redirect307 => {
            let query = match incoming.raw_query.is_empty() {
                true => String::new(),
                false => format!("?{}", incoming.raw_query),
            };
            let path = match struck.kind {
                Kind::Moved301 => numbered(world, call).unwrap_or_else(|| incoming.path.clone()),
                _ => incoming.path.clone(),
            };
            let url = format!("{}{path}{query}", incoming.base);
            let method = if struck.kind == Kind::Moved301 { "GET" } else { "POST" };
            rest::redirect(method, &url)
        }
        Kind::Unauthorized => Refusal::new(401, "Bad credentials").reply(),
        Kind::BadGatewayAfter
        | Kind::ResetAfter
        | Kind::PartialData
        | Kind::Slow
        | Kind::TruncatedBody => return None,
    };
    Some(reply)
}

/// Returns the path of the requested repository by number.
fn numbered(world: &World, call: &Call) -> Option<String> {
    let mut segments = call.path.strip_prefix("/repos/")?.splitn(3, '/');
    let (owner, name) = (segments.next()?, segments.next()?);
    let (Found::Here(id) | Found::Renamed(id)) = world.find(owner, name)?;
    let rest = segments.next().map(|rest| format!("/{rest}")).unwrap_or_default();
    Some(format!("{REST}/repositories/{id}{rest}"))
}

/// Disturbs the response if the fault strikes afterwards.
pub(super) fn after(answered: &mut Answered, struck: Struck) {
    match struck.kind {
        Kind::BadGatewayAfter => {
            answered.reply = bad_gateway();
            answered.reading = None;
        }
        Kind::ResetBefore | Kind::ResetAfter => answered.reset = true,
        Kind::Slow => {
            let seconds = struck.seconds.unwrap_or(SLOW).clamp(0.0, 3600.0);
            answered.delay = Some(Duration::from_secs_f64(seconds));
        }
        Kind::TruncatedBody => answered.truncate = Some(0),
        Kind::PartialData => {
            if let Body::Json(value) = &mut answered.reply.body {
                graphql::lose_half(value);
            }
        }
        _ => {}
    }
}

fn bad_gateway() -> Reply {
    let page = b"<html>\n<head><title>502 Bad Gateway</title></head>\n</html>\n".to_vec();
    Reply { status: 502, headers: Vec::new(), body: Body::Bytes(page, "text/html; charset=utf-8") }
}

fn secondary_in_graphql() -> Reply {
    let message = limits::secondary(None).message;
    Reply::ok(json!({"errors": [{"type": "RATE_LIMITED", "message": message}]}))
}
