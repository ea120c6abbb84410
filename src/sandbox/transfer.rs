//! Git's smart HTTP protocol for clones and pushes, served by git itself from the bare
//! repositories.
//!
//! A refusal is a line of text, which git shows to the user. Reading is returned as a [`Reading`],
//! to be run while others use the world; a push changes the world and has it exclusively. Requests
//! are logged, but like on GitHub do not count against the limits of REST.

mod program;
mod push;

use super::call::Call;
use super::reply::{Body, Reply};
use super::server::Incoming;
use super::world::{
    Access, Authority, Decision, Found, Permission, Repository, RepositoryId, World,
};
use program::Asked;
pub(super) use program::Reading;

/// A service of git.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// Sends objects, for clone and fetch.
    Upload,
    /// Receives objects, for push.
    Receive,
}

impl Service {
    fn named(name: &str) -> Option<Self> {
        [Self::Upload, Self::Receive].into_iter().find(|service| service.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Upload => "git-upload-pack",
            Self::Receive => "git-receive-pack",
        }
    }

    fn access(self) -> Access {
        match self {
            Self::Upload => Access::Read,
            Self::Receive => Access::Write,
        }
    }
}

/// A request by git.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    owner: String,
    name: String,
    /// The service; `None` for the dumb protocol, which reads files one by one.
    service: Option<Service>,
    /// Whether it requests the advertisement of references, not objects yet.
    advertised: bool,
}

impl Wanted {
    /// Parses a request; `None` if it is not by git.
    pub(super) fn of(incoming: &Incoming) -> Option<Self> {
        let path = incoming.path.strip_prefix('/')?;
        let mut parts = path.splitn(3, '/');
        let (owner, name, rest) = (parts.next()?, parts.next()?, parts.next()?);
        let (service, advertised) = match (incoming.method.as_str(), rest) {
            ("GET", "info/refs") => (Service::named(incoming.asked("service").unwrap_or("")), true),
            ("POST", rest) => (Some(Service::named(rest)?), false),
            _ => return None,
        };
        let name = name.strip_suffix(".git").unwrap_or(name);
        Some(Self { owner: owner.to_owned(), name: name.to_owned(), service, advertised })
    }

    /// Returns its route as used in the log.
    pub(super) fn title(&self) -> String {
        match (self.advertised, self.service) {
            (false, Some(service)) => format!("POST /{{owner}}/{{repo}}.git/{}", service.name()),
            _ => "GET /{owner}/{repo}.git/info/refs".to_owned(),
        }
    }
}

/// A finished response, or one that is still to be read from git.
#[derive(Debug)]
pub(super) enum Served {
    Reply(Reply),
    Reading(Reading),
}

/// Builds a refusal, whose text git shows.
fn refused(status: u16, text: &str) -> Reply {
    let body = Body::Bytes(format!("{text}\n").into_bytes(), "text/plain; charset=utf-8");
    Reply { status, headers: Vec::new(), body }
}

/// Builds a request for credentials: git first tries without any.
fn unauthenticated(text: &str) -> Reply {
    refused(401, text).header("www-authenticate", "Basic realm=\"GitHub\"")
}

/// Answers a request by git, if it is allowed.
pub(super) fn answer(
    world: &mut World,
    call: &mut Call,
    incoming: &Incoming,
    wanted: &Wanted,
) -> Served {
    served(world, call, incoming, wanted).unwrap_or_else(Served::Reply)
}

fn served(
    world: &mut World,
    call: &mut Call,
    incoming: &Incoming,
    wanted: &Wanted,
) -> Result<Served, Reply> {
    let dumb = || refused(403, "Please upgrade your git client.");
    let service = wanted.service.ok_or_else(dumb)?;
    known(world, call, incoming)?;
    let id = found(world, call, incoming, wanted)?;
    call.repository = Some(id);
    world.poll(id);
    world.settle(world.now);
    let repository = world.repository(id).map_err(|_| hidden(call))?;
    permitted(world, call, repository, service)?;
    let missing =
        || refused(501, "There is no git where the sandbox runs, so it cannot serve this.");
    let git = world.git.clone().ok_or_else(missing)?;
    let body = program::unpacked(incoming)?;
    if service == Service::Receive && !wanted.advertised {
        return push::received(world, call, id, &git, body).map(Served::Reply);
    }
    Ok(Served::Reading(Reading::new(Asked {
        git: &git,
        repository: &repository.git,
        service,
        advertised: wanted.advertised,
        protocol: &incoming.git_protocol,
        settings: Vec::new(),
        variables: Vec::new(),
        input: body,
    })))
}

/// Refuses an unknown or expired token.
fn known(world: &World, call: &Call, incoming: &Incoming) -> Result<(), Reply> {
    let token = call.token(world).ok().filter(|token| !token.has_expired(world.now));
    if incoming.authorization.is_some() && token.is_none() {
        return Err(unauthenticated(
            "Invalid username or token. Password authentication is not supported for Git operations.",
        ));
    }
    Ok(())
}

/// Hides a repository that does not exist or may not be seen: anonymous clients are asked for
/// credentials.
fn hidden(call: &Call) -> Reply {
    match call.token {
        Some(_) => refused(404, "Repository not found."),
        None => unauthenticated("Repository not found."),
    }
}

/// Returns the repository with this name; redirects if that is an earlier name.
fn found(
    world: &World,
    call: &Call,
    incoming: &Incoming,
    wanted: &Wanted,
) -> Result<RepositoryId, Reply> {
    match world.find(&wanted.owner, &wanted.name) {
        None => Err(hidden(call)),
        Some(Found::Here(id)) => Ok(id),
        Some(Found::Renamed(id)) => {
            let repository = world.repository(id).map_err(|_| hidden(call))?;
            if call.decide(world, repository, Permission::Contents, Access::Read)
                != Decision::Allowed
            {
                return Err(hidden(call));
            }
            let rest = incoming.path.splitn(4, '/').nth(3).unwrap_or_default();
            let query = match incoming.raw_query.is_empty() {
                true => String::new(),
                false => format!("?{}", incoming.raw_query),
            };
            let url = format!("{}/{}.git/{rest}{query}", incoming.base, repository.full_name());
            let status = if wanted.advertised { 301 } else { 307 };
            Err(refused(status, "This repository moved.").header("location", url))
        }
    }
}

fn permitted(
    world: &World,
    call: &Call,
    repository: &Repository,
    service: Service,
) -> Result<(), Reply> {
    if call.decide(world, repository, Permission::Contents, Access::Read) != Decision::Allowed {
        return Err(hidden(call));
    }
    if repository.disabled {
        return Err(refused(403, "Access to this repository has been disabled by GitHub staff."));
    }
    if service.access() == Access::Read {
        return Ok(());
    }
    let Ok(token) = call.token(world) else {
        return Err(unauthenticated("No anonymous write access."));
    };
    if call.decide(world, repository, Permission::Contents, service.access()) != Decision::Allowed {
        let full_name = repository.full_name();
        let text = match token.authority {
            Authority::Classic { .. } => {
                format!("Permission to {full_name}.git denied to {}.", token.user)
            }
            _ => "Write access to repository not granted.".to_owned(),
        };
        return Err(refused(403, &text));
    }
    if repository.archived {
        return Err(refused(403, "This repository was archived so it is read-only."));
    }
    if repository.locked {
        return Err(refused(403, "This repository is locked: it is being migrated."));
    }
    Ok(())
}
