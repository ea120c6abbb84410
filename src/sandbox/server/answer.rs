//! Answers a request, from its route to its log entry: identity, faults, limits.

use std::time::Duration;

use serde_json::json;
use sha2::Digest as _;

use super::Shared;
use super::disturb::{after, before};
use super::incoming::{Authorization, Incoming};
use super::metadata::{general_headers, log};
use super::target::{Target, routed};
use crate::sandbox::call::Call;
use crate::sandbox::graphql;
use crate::sandbox::limits::{Resource, Work};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::registry;
use crate::sandbox::reply::{Body, Reply};
use crate::sandbox::rest::{self, Route};
use crate::sandbox::transfer::{self, Served};
use crate::sandbox::world::World;

/// A response, and what happens to it on the way.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) reply: Reply,
    pub(super) delay: Option<Duration>,
    pub(super) reset: bool,
    /// The number of body bytes after which the connection ends.
    pub(super) truncate: Option<usize>,
    /// What git still has to answer, with the number of the request.
    pub(super) reading: Option<(transfer::Reading, u64)>,
}

impl Answered {
    /// Runs git if its answer is pending, without holding up other requests.
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

pub(super) fn answer(
    world: &mut World,
    incoming: &Incoming,
    concurrent: usize,
    now: f64,
) -> Answered {
    world.settle(now);
    let (target, mut call) = routed(world, incoming);
    let struck = world.faults.strike(target.title().as_deref());
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
        None if let Target::Registry(wanted) = &target => registry::answer(world, wanted, incoming),
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
    log(world, incoming, &call, &target, &disturbed.reply, spent, struck);
    if disturbed.truncate.is_some() {
        disturbed.truncate = Some(disturbed.reply.bytes().0.len() / 2);
    }
    if incoming.method == "HEAD" {
        disturbed.reply.body = Body::Nothing;
    }
    disturbed
}

/// Refuses unknown clients and requests over a limit.
fn permitted(
    world: &mut World,
    incoming: &Incoming,
    target: &Target,
    call: &Call,
    concurrent: usize,
) -> Result<(), Refusal> {
    if !incoming.user_agent {
        return Err(Refusal::forbidden(
            "Request forbidden by administrative rules. Please make sure your request has a User-Agent header \
             (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required).",
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
        // The cost of a document is only known once it is parsed.
        _ => return Ok(()),
    };
    world.limits.check_secondary(&identity, work, concurrent, now)
}

/// Returns what a REST request counts as.
fn work(route: &Route, resource: Resource) -> Work {
    let read = route.method == "GET";
    // Nobody sees blobs and trees before they are in a commit.
    let unseen = ["/git/blobs", "/git/trees", "/access_tokens", "/rerun-failed-jobs"];
    // Deleting creates no content, except that deleting a file creates a commit.
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
        _ => Err(Refusal::not_found()),
    }
}

/// Adds an ETag to a response, and omits the body if the client already has it.
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

impl World {
    /// Returns the identity whose limits a request counts against: that of the user, whichever
    /// token is used.
    pub(in crate::sandbox) fn limit_identity(&self, call: &Call) -> String {
        call.token(self).map(|token| token.user.clone()).unwrap_or_default()
    }
}
