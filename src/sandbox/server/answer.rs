//! One request, from its route to its log entry: who asks, which fault strikes, which limit holds.

use std::time::Duration;

use serde_json::{Value, json};
use sha2::Digest as _;

use super::Shared;
use super::incoming::{Authorization, Incoming};
use crate::sandbox::call::Call;
use crate::sandbox::faults::{Kind, Struck};
use crate::sandbox::graphql;
use crate::sandbox::index;
use crate::sandbox::limits::{self, Resource, Work};
use crate::sandbox::log::Entry;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::reply::{Body, Reply};
use crate::sandbox::rest::{self, Need, Route};
use crate::sandbox::transfer::{self, Served, Wanted};
use crate::sandbox::world::{Access, Authority, Found, World};

/// Where GraphQL is.
const GRAPHQL: &str = "/api/graphql";

/// Where REST begins.
const REST: &str = "/api/v3";

/// How long a slow answer takes when the fault does not say.
const SLOW: f64 = 2.0;

/// An answer, and what is to become of it on the way.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) reply: Reply,
    pub(super) delay: Option<Duration>,
    pub(super) reset: bool,
    /// After how many bytes of the body the connection ends.
    pub(super) truncate: Option<usize>,
    /// What git is still to say, with the number of the request.
    reading: Option<(transfer::Reading, u64)>,
}

impl Answered {
    /// Runs git where it is still to answer: nobody waits for it.
    pub(super) fn read(&mut self, shared: &Shared) {
        let Some((reading, number)) = self.reading.take() else { return };
        let headers = std::mem::take(&mut self.reply.headers);
        self.reply = reading.run();
        self.reply.headers.splice(0..0, headers);
        let bytes = self.reply.bytes().0.len();
        self.truncate = self.truncate.map(|_| bytes / 2);
        shared.with(|world| world.log.answered(number, self.reply.status, bytes));
    }
}

/// What a request goes to.
enum Target {
    Rest(&'static Route),
    GraphQl,
    Git(Wanted),
    Index(index::Wanted),
    Nowhere,
}

impl Target {
    fn title(&self) -> Option<String> {
        match self {
            Self::Rest(route) => Some(route.title()),
            Self::GraphQl => Some("POST /graphql".to_owned()),
            Self::Git(wanted) => Some(wanted.title()),
            Self::Index(wanted) => Some(wanted.title().to_owned()),
            Self::Nowhere => None,
        }
    }

    fn resource(&self) -> Resource {
        match self {
            Self::Rest(route) if route.template.starts_with("/search/") => Resource::Search,
            Self::GraphQl => Resource::GraphQl,
            _ => Resource::Core,
        }
    }

    /// Whether asking costs nothing.
    fn is_free(&self) -> bool {
        match self {
            Self::Rest(route) => route.template == "/rate_limit",
            Self::Git(_) | Self::Index(_) => true,
            _ => false,
        }
    }
}

pub(super) fn answer(
    world: &mut World,
    incoming: &Incoming,
    concurrent: usize,
    now: f64,
) -> Answered {
    world.settle(now);
    let (target, mut call) = routed(world, incoming);
    let title = target.title();
    let struck = world.faults.strike(title.as_deref());
    let number = world.log.next();
    let mut disturbed = Answered {
        reply: Reply::nothing(),
        delay: None,
        reset: false,
        truncate: None,
        reading: None,
    };
    let mut spent = 0;
    let identity = world.limit_identity(&call);
    disturbed.reply = match struck
        .and_then(|struck| before(world, incoming, &call, &target, struck))
    {
        Some(reply) => reply,
        None if let Target::Index(wanted) = &target => world.index.answer(*wanted, incoming, now),
        None if let Target::Git(wanted) = &target => {
            match transfer::answer(world, &mut call, incoming, wanted) {
                Served::Reply(reply) => reply,
                Served::Reading(reading) => {
                    disturbed.reading = Some((reading, number));
                    Reply { status: 200, ..Reply::nothing() }
                }
            }
        }
        None => {
            let answered = permitted(world, incoming, &target, &call, concurrent)
                .and_then(|()| run(world, incoming, &target, &mut call, concurrent, &mut spent));
            let mut reply = answered.unwrap_or_else(|refusal| refusal.reply());
            tagged(incoming, &mut reply);
            if reply.status == 304 || target.is_free() {
                spent = 0;
            }
            world.limits.spend(&identity, target.resource(), spent, now);
            reply
        }
    };
    if let Some(struck) = struck {
        after(&mut disturbed, struck);
    }
    let headers = general_headers(world, &target, &call, &identity, number);
    disturbed.reply.headers.splice(0..0, headers);
    log(world, incoming, &call, title, &disturbed.reply, spent, struck);
    if disturbed.truncate.is_some() {
        disturbed.truncate = Some(disturbed.reply.bytes().0.len() / 2);
    }
    if incoming.method == "HEAD" {
        disturbed.reply.body = Body::Nothing;
    }
    disturbed
}

/// Where a request goes, and the call it makes there.
fn routed(world: &World, incoming: &Incoming) -> (Target, Call) {
    let (token, proof) = match &incoming.authorization {
        Some(Authorization::Token(secret)) => {
            (world.tokens.iter().position(|token| token.secret == *secret), None)
        }
        Some(Authorization::Proof(proof)) => (None, Some(proof.clone())),
        None => (None, None),
    };
    let mut call = Call {
        method: incoming.method.clone(),
        path: incoming.path.clone(),
        query: incoming.query.clone(),
        body: Value::Null,
        parameters: Vec::new(),
        token,
        proof,
        repository: None,
        base: incoming.base.clone(),
        accept: incoming.accept.clone(),
    };
    if let Some(wanted) = index::Wanted::of(incoming) {
        return (Target::Index(wanted), call);
    }
    if incoming.path == GRAPHQL && incoming.method == "POST" {
        return (Target::GraphQl, call);
    }
    let Some(path) = incoming.path.strip_prefix(REST) else {
        return (Wanted::of(incoming).map_or(Target::Nowhere, Target::Git), call);
    };
    call.path = by_number(world, path).unwrap_or_else(|| path.to_owned());
    match rest::find(&call.method, &call.path) {
        Some((route, parameters)) => {
            call.parameters = parameters;
            (Target::Rest(route), call)
        }
        None => (Target::Nowhere, call),
    }
}

/// `/repositories/1234/…`, where redirects lead, as the path of that repository.
fn by_number(world: &World, path: &str) -> Option<String> {
    let rest = path.strip_prefix("/repositories/")?;
    let (number, rest) = rest.split_once('/').map_or((rest, ""), |(number, rest)| (number, rest));
    let repository = world.repositories.get(&number.parse().ok()?)?;
    let slash = if rest.is_empty() { "" } else { "/" };
    Some(format!("/repos/{}{slash}{rest}", repository.full_name()))
}

/// Refuses who is not known, and what is over a limit.
fn permitted(
    world: &mut World,
    incoming: &Incoming,
    target: &Target,
    call: &Call,
    concurrent: usize,
) -> Result<(), Refusal> {
    if !incoming.user_agent {
        return Err(Refusal::forbidden(
            "Request forbidden by administrative rules. Please make sure your request has a User-Agent header (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required).",
        ));
    }
    let bad = || Refusal::new(401, "Bad credentials");
    if matches!(incoming.authorization, Some(Authorization::Token(_))) {
        let token = call.token(world).map_err(|_| bad())?;
        if token.has_expired(world.now) {
            return Err(bad());
        }
    }
    if matches!(target, Target::GraphQl) && call.token.is_none() {
        let message = "This endpoint requires you to be authenticated.";
        return Err(Refusal::new(401, message));
    }
    if matches!(target, Target::Nowhere) {
        return Err(Refusal::not_found());
    }
    let (identity, now) = (world.limit_identity(call), world.now);
    if !target.is_free() {
        world.limits.check_primary(&identity, target.resource(), now)?;
    }
    let work = match target {
        Target::Rest(route) => work(route, target.resource()),
        // What a document is worth is known once it is read.
        _ => return Ok(()),
    };
    world.limits.check_secondary(&identity, work, concurrent, now)
}

/// What a REST request counts for.
fn work(route: &Route, resource: Resource) -> Work {
    let read = route.method == "GET";
    // Blobs and trees are seen by nobody before a commit has them.
    let unseen = ["/git/blobs", "/git/trees", "/access_tokens", "/rerun-failed-jobs"];
    // To take something away makes nothing, but for a file, which makes a commit.
    let takes = route.method == "DELETE" && route.template.contains("/contents/");
    let content = (takes || matches!(route.method, "POST" | "PUT"))
        && !unseen.iter().any(|end| route.template.ends_with(end));
    let pull = route.method == "POST" && route.template.ends_with("/pulls");
    Work { resource, points: if read { 1 } else { 5 }, content, pull }
}

fn run(
    world: &mut World,
    incoming: &Incoming,
    target: &Target,
    call: &mut Call,
    concurrent: usize,
    spent: &mut u64,
) -> Result<Reply, Refusal> {
    *spent = 1;
    call.body = match incoming.body.is_empty() {
        true => json!({}),
        false => serde_json::from_slice(&incoming.body)
            .map_err(|_| Refusal::new(400, "Problems parsing JSON"))?,
    };
    if !call.body.is_object() {
        return Err(Refusal::new(400, "Body should be a JSON object"));
    }
    match target {
        Target::Rest(route) => rest::answer(world, route, call),
        Target::GraphQl => graphql::answer(world, call, concurrent, spent),
        Target::Git(_) | Target::Index(_) | Target::Nowhere => Err(Refusal::not_found()),
    }
}

/// Answers instead of the route, when the fault strikes before anything is done.
fn before(
    world: &mut World,
    incoming: &Incoming,
    call: &Call,
    target: &Target,
    struck: Struck,
) -> Option<Reply> {
    // What GraphQL alone can say means nothing elsewhere.
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

/// The path of a repository by its number.
fn numbered(world: &World, call: &Call) -> Option<String> {
    let mut segments = call.path.strip_prefix("/repos/")?.splitn(3, '/');
    let (owner, name) = (segments.next()?, segments.next()?);
    let (Found::Here(id) | Found::Renamed(id)) = world.find(owner, name)?;
    let rest = segments.next().map(|rest| format!("/{rest}")).unwrap_or_default();
    Some(format!("{REST}/repositories/{id}{rest}"))
}

/// Disturbs an answer, when the fault strikes after it was done.
fn after(answered: &mut Answered, struck: Struck) {
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

/// Marks an answer, and leaves it out when the asker has it.
fn tagged(incoming: &Incoming, reply: &mut Reply) {
    if !matches!(incoming.method.as_str(), "GET" | "HEAD") || reply.status != 200 {
        return;
    }
    let (bytes, _) = reply.bytes();
    let hash: String =
        sha2::Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("W/\"{hash}\"");
    let same = incoming.if_none_match.as_deref().is_some_and(|known| {
        known
            .split(',')
            .any(|one| one.trim().trim_start_matches("W/") == tag.trim_start_matches("W/"))
    });
    if same {
        reply.status = 304;
        reply.body = Body::Nothing;
    }
    reply.headers.push(("etag", tag));
}

/// The headers that GitHub puts on every answer.
fn general_headers(
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
    if matches!(target, Target::Git(_) | Target::Index(_)) {
        headers.retain(|(name, _)| matches!(*name, "date" | "server" | "x-github-request-id"));
        return headers;
    }
    headers.extend(world.limits.headers(identity, target.resource(), now));
    if let Target::Rest(Route { need: Need::Repository(permissions, access), .. }) = target {
        let accepted: Vec<String> =
            permissions.iter().map(|name| format!("{name}={}", access.name())).collect();
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

fn log(
    world: &mut World,
    incoming: &Incoming,
    call: &Call,
    route: Option<String>,
    reply: &Reply,
    cost: u64,
    struck: Option<Struck>,
) {
    // A token that is given out is told to nobody else.
    let of_index = index::Wanted::of(incoming).is_some();
    let secret = of_index || (incoming.path.ends_with("/access_tokens") && reply.status < 400);
    let response = match &reply.body {
        Body::Json(value) if !secret => value.clone(),
        _ => Value::Null,
    };
    let token = call.token(world).ok().map(|token| token.name.clone());
    let request: Value = match of_index {
        // A proof of identity stands in it.
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
        route,
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

impl World {
    /// Whose limits a request counts against: users have their own, whatever token they use.
    pub(in crate::sandbox) fn limit_identity(&self, call: &Call) -> String {
        call.token(self).map(|token| token.user.clone()).unwrap_or_default()
    }
}
