//! A container registry that serves the images published by runs.
//!
//! It stands in for ghcr.io as the rest of the sandbox does for GitHub. Every read needs a registry
//! token: anybody gets one for a public image, and tokens that may read packages get one for every
//! image. It is read-only; images come from runs and from seeds. It shares no type with `registry`,
//! the client. Requests are logged and subject to faults like any other, but do not count against
//! the forge's limits.
//!
//! | file | what it owns |
//! |---|---|
//! | `image` | the content of an image: layer, configuration and manifest |

mod image;

pub(super) use image::{Content, Holds, hexadecimal};

use serde_json::json;

use super::reply::{Body, Reply};
use super::server::{Authorization, Incoming};
use super::world::{Package, Permission, World};

/// The path that issues tokens. No owner on the forge may have this name.
const TOKENS: &str = "/_registry/token";

/// The lifetime of a pull token in seconds, as stated in the reply.
const SECONDS: u64 = 300;

/// The target of a request to the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Greeting,
    Token,
    Manifest { name: String, version: String },
    Blob { name: String, digest: String },
    Nothing,
}

impl Wanted {
    /// Returns the routes of all targets.
    pub(super) fn titles() -> [&'static str; 5] {
        let (name, other) = (String::new(), String::new());
        [
            Self::Greeting,
            Self::Token,
            Self::Manifest { name: name.clone(), version: other.clone() },
            Self::Blob { name, digest: other },
            Self::Nothing,
        ]
        .map(|wanted| wanted.title())
    }

    /// Returns the target of a request; `None` if it is not for the registry.
    pub(super) fn of(incoming: &Incoming) -> Option<Self> {
        let wanted = match incoming.path.as_str() {
            TOKENS => Self::Token,
            "/v2" | "/v2/" => Self::Greeting,
            path => {
                let mut parts = path.strip_prefix("/v2/")?.rsplitn(3, '/').map(str::to_owned);
                let (last, what, name) = (parts.next()?, parts.next()?, parts.next()?);
                match what.as_str() {
                    "manifests" => Self::Manifest { name, version: last },
                    "blobs" => Self::Blob { name, digest: last },
                    _ => return None,
                }
            }
        };
        let reads = matches!(incoming.method.as_str(), "GET" | "HEAD");
        Some(if reads { wanted } else { Self::Nothing })
    }

    /// Returns the route as used in the log and in faults.
    pub(super) fn title(&self) -> &'static str {
        match self {
            Self::Greeting => "GET /v2/",
            Self::Token => "GET /_registry/token",
            Self::Manifest { .. } => "GET /v2/{name}/manifests/{reference}",
            Self::Blob { .. } => "GET /v2/{name}/blobs/{digest}",
            Self::Nothing => "the registry",
        }
    }
}

/// Answers a request.
pub(super) fn answer(world: &World, wanted: &Wanted, incoming: &Incoming) -> Reply {
    match wanted {
        Wanted::Token => token(world, incoming),
        Wanted::Greeting if bears(incoming, &pull_token(world, "")) => Reply::ok(json!({})),
        Wanted::Greeting => challenge(incoming, None),
        Wanted::Manifest { name, version } => shown(world, incoming, name)
            .map_or_else(|reply| reply, |it| manifest(it, version, incoming)),
        Wanted::Blob { name, digest } => {
            shown(world, incoming, name).map_or_else(|reply| reply, |it| blob(it, digest, incoming))
        }
        Wanted::Nothing => refusal(405, "UNSUPPORTED", "this registry is only read"),
    }
}

fn refusal(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, json!({ "errors": [{ "code": code, "message": message }] }))
}

fn challenge(incoming: &Incoming, name: Option<&str>) -> Reply {
    let scope = name.map(|name| format!(",scope=\"repository:{name}:pull\"")).unwrap_or_default();
    let (realm, host) =
        (format!("{}{TOKENS}", incoming.base), incoming.base.replace("http://", ""));
    refusal(401, "UNAUTHORIZED", "authentication required")
        .header("www-authenticate", format!("Bearer realm=\"{realm}\",service=\"{host}\"{scope}"))
}

fn bears(incoming: &Incoming, token: &str) -> bool {
    matches!(&incoming.authorization, Some(Authorization::Token(shown)) if shown == token)
}

/// Returns the token that allows pulling one image.
fn pull_token(world: &World, name: &str) -> String {
    let secret = world.tokens.first().map_or("", |token| token.secret.as_str());
    hexadecimal(format!("pull {name} {secret}").as_bytes())
}

fn find<'a>(world: &'a World, name: &str) -> Option<&'a Package> {
    let (login, name) = name.split_once('/')?;
    world.owner(login)?.packages.iter().find(|package| package.name == name)
}

/// Issues a token to a client that may pull the requested image.
fn token(world: &World, incoming: &Incoming) -> Reply {
    let name = incoming.asked("scope").and_then(|scope| {
        let (name, actions) = scope.strip_prefix("repository:")?.rsplit_once(':')?;
        actions.split(',').any(|action| action == "pull").then_some(name)
    });
    let reads_all = match &incoming.authorization {
        Some(Authorization::Token(secret)) => world.tokens.iter().any(|token| {
            token.secret == *secret
                && !token.has_expired(world.now)
                && token.reads_of_owner("read:packages", Permission::Packages)
        }),
        _ => false,
    };
    let is_public = |name| find(world, name).is_some_and(|package| package.public);
    match name {
        Some(name) if !reads_all && !is_public(name) => {
            refusal(403, "DENIED", "requested access to the resource is denied")
        }
        name => Reply::ok(json!({
            "token": pull_token(world, name.unwrap_or_default()), "expires_in": SECONDS,
        })),
    }
}

/// Returns the package of an image if the request has a token for it.
fn shown<'a>(world: &'a World, incoming: &Incoming, name: &str) -> Result<&'a Package, Reply> {
    if !bears(incoming, &pull_token(world, name)) {
        return Err(challenge(incoming, Some(name)));
    }
    let unknown = || refusal(404, "NAME_UNKNOWN", "repository name not known to registry");
    find(world, name).ok_or_else(unknown)
}

fn manifest(package: &Package, version: &str, incoming: &Incoming) -> Reply {
    let is_it = |it: &&super::world::PackageVersion| {
        it.digest == version || it.tags.iter().any(|tag| tag == version)
    };
    match package.versions.iter().rev().find(is_it) {
        Some(found) => {
            let bytes = &found.content.manifest;
            given(bytes, &found.digest, "application/vnd.oci.image.manifest.v1+json", incoming)
        }
        None => refusal(404, "MANIFEST_UNKNOWN", "manifest unknown"),
    }
}

fn blob(package: &Package, digest: &str, incoming: &Incoming) -> Reply {
    match package.versions.iter().find_map(|version| version.content.blobs.get(digest)) {
        Some(bytes) => given(bytes, digest, "application/octet-stream", incoming),
        None => refusal(404, "BLOB_UNKNOWN", "blob unknown to registry"),
    }
}

fn given(bytes: &[u8], digest: &str, kind: &'static str, incoming: &Incoming) -> Reply {
    let mark = format!("\"{digest}\"");
    let is_known = incoming.if_none_match.as_deref() == Some(mark.as_str());
    let mut reply = match is_known {
        true => Reply { status: 304, ..Reply::nothing() },
        false => {
            Reply { status: 200, headers: Vec::new(), body: Body::Bytes(bytes.to_vec(), kind) }
        }
    };
    if incoming.method == "HEAD" && !is_known {
        reply = reply.header("content-length", bytes.len().to_string());
    }
    reply
        .header("docker-distribution-api-version", "registry/2.0")
        .header("docker-content-digest", digest)
        .header("etag", mark)
}
