//! Routes a request to REST, GraphQL, git, the index or the registry.

use serde_json::Value;

use super::incoming::{Authorization, Incoming};
use crate::sandbox::call::Call;
use crate::sandbox::index;
use crate::sandbox::limits::Resource;
use crate::sandbox::registry;
use crate::sandbox::rest::{self, Route};
use crate::sandbox::transfer::Wanted;
use crate::sandbox::world::World;

/// The path of GraphQL.
const GRAPHQL: &str = "/api/graphql";

/// The path prefix of REST.
pub(super) const REST: &str = "/api/v3";

/// The target of a request.
pub(super) enum Target {
    Rest(&'static Route),
    GraphQl,
    Git(Wanted),
    Index(index::Wanted),
    Registry(registry::Wanted),
    Nowhere,
}

/// Returns every route that a request may take, as used in the log and in faults.
pub(in crate::sandbox) fn titles() -> Vec<String> {
    let beside = index::Wanted::ALL.map(index::Wanted::title).into_iter();
    let beside = beside.chain(registry::Wanted::titles()).map(str::to_owned);
    let git = ["GET", "POST", "POST"].into_iter().zip([
        "info/refs",
        "git-upload-pack",
        "git-receive-pack",
    ]);
    let git = git.map(|(method, path)| format!("{method} /{{owner}}/{{repo}}.git/{path}"));
    let rest = rest::routes().map(Route::title);
    rest.chain(["POST /graphql".to_owned()]).chain(git).chain(beside).collect()
}

impl Target {
    pub(super) fn title(&self) -> Option<String> {
        match self {
            Self::Rest(route) => Some(route.title()),
            Self::GraphQl => Some("POST /graphql".to_owned()),
            Self::Git(wanted) => Some(wanted.title()),
            Self::Index(wanted) => Some(wanted.title().to_owned()),
            Self::Registry(wanted) => Some(wanted.title().to_owned()),
            Self::Nowhere => None,
        }
    }

    pub(super) fn resource(&self) -> Resource {
        match self {
            Self::Rest(route) if route.template.starts_with("/search/") => Resource::Search,
            Self::GraphQl => Resource::GraphQl,
            _ => Resource::Core,
        }
    }

    /// Whether a request is free.
    pub(super) fn is_free(&self) -> bool {
        match self {
            Self::Rest(route) => route.template == "/rate_limit",
            Self::Git(_) => true,
            _ => self.is_beside(),
        }
    }

    /// Whether it belongs to the index or the registry, which have their own tokens and headers.
    pub(super) fn is_beside(&self) -> bool {
        matches!(self, Self::Index(_) | Self::Registry(_))
    }

    /// Whether requests and responses may contain secrets.
    pub(super) fn is_secret(&self) -> bool {
        matches!(self, Self::Index(_) | Self::Registry(registry::Wanted::Token))
    }
}

/// Returns the target of a request, and the call for it.
pub(super) fn routed(world: &World, incoming: &Incoming) -> (Target, Call) {
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
    if let Some(wanted) = registry::Wanted::of(incoming) {
        return (Target::Registry(wanted), call);
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

/// Converts `/repositories/1234/…`, the target of redirects, to the path by name.
fn by_number(world: &World, path: &str) -> Option<String> {
    let rest = path.strip_prefix("/repositories/")?;
    let (number, rest) = rest.split_once('/').map_or((rest, ""), |(number, rest)| (number, rest));
    let repository = world.repositories.get(&number.parse().ok()?)?;
    let slash = if rest.is_empty() { "" } else { "/" };
    Some(format!("/repos/{}{slash}{rest}", repository.full_name()))
}
