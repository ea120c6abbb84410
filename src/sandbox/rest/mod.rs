//! The REST interface: the subjects that it serves, and whether a request is allowed.
//!
//! Each subject is a file with its own routes; `routes` matches paths to them.

mod actions;
mod app;
mod checks;
mod commits;
mod contents;
mod issues;
mod merging;
pub(super) mod objects;
mod owners;
mod packages;
mod pages;
pub(super) mod pulls;
pub(super) mod references;
pub(super) mod render;
pub(super) mod repositories;
mod reviews;
mod routes;
mod settings;
mod tags;
pub(super) mod workflow_files;

pub(super) use routes::{Need, Route, find};

use super::call::Call;
use super::refusal::{Answer, Refusal};
use super::reply::Reply;
use super::world::{Access, Decision, Found, Permission, World};

/// The routes by subject. Their order does not matter, since a path matches only one route.
const SUBJECTS: &[&[Route]] = &[
    owners::ROUTES,
    repositories::ROUTES,
    packages::ROUTES,
    app::ROUTES,
    references::ROUTES,
    settings::ROUTES,
    objects::ROUTES,
    tags::ROUTES,
    commits::ROUTES,
    checks::ROUTES,
    contents::ROUTES,
    pulls::ROUTES,
    reviews::ROUTES,
    merging::ROUTES,
    issues::ROUTES,
    actions::ROUTES,
];

/// Returns every route.
pub(super) fn routes() -> impl Iterator<Item = &'static Route> {
    SUBJECTS.iter().copied().flatten()
}

/// Answers a matched request, if it is allowed.
pub(super) fn answer(world: &mut World, route: &Route, call: &mut Call) -> Answer {
    match route.need {
        Need::Nothing | Need::App => {}
        Need::Token => {
            call.token(world)?;
        }
        Need::Repository(permissions, access) => {
            if let Some(moved) = resolve(world, call)? {
                return Ok(moved);
            }
            permit(world, call, permissions, access)?;
            usable(world, route, call, access)?;
        }
    }
    (route.answer)(world, call)
}

/// Finds the repository that a path names; redirects if that is an earlier name.
fn resolve(world: &mut World, call: &mut Call) -> Answer<Option<Reply>> {
    // GitHub's documentation names the parameters of templates differently.
    let either = |name: &str, other: &str| {
        let value = call.parameter(name);
        if value.is_empty() { call.parameter(other).to_owned() } else { value.to_owned() }
    };
    let (owner, name) = (either("owner", "template_owner"), either("repo", "template_repo"));
    match world.find(&owner, &name) {
        None => Err(Refusal::not_found()),
        Some(Found::Here(id)) => {
            call.repository = Some(id);
            if call.method == "GET" {
                world.poll(id);
                world.settle(world.now);
            }
            Ok(None)
        }
        Some(Found::Renamed(id)) => {
            let repository = world.repository(id)?;
            let decision = call.decide(world, repository, Permission::Metadata, Access::Read);
            if decision != Decision::Allowed {
                return Err(Refusal::not_found());
            }
            let rest = call.path.trim_start_matches('/').splitn(4, '/').nth(3);
            let rest = rest.map(|rest| format!("/{rest}")).unwrap_or_default();
            let mut url = format!("{}/api/v3/repositories/{id}{rest}", call.base);
            if !call.query.is_empty() {
                let query = url::form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(&call.query)
                    .finish();
                url.push_str(&format!("?{query}"));
            }
            Ok(Some(redirect(&call.method, &url)))
        }
    }
}

/// Builds a redirect: 301 for a request that may be repeated as GET, 307 for one that must keep its
/// method.
pub(super) fn redirect(method: &str, url: &str) -> Reply {
    let (status, message) = match method {
        "GET" | "HEAD" => (301, "Moved Permanently"),
        _ => (307, "Temporary Redirect"),
    };
    let body = serde_json::json!({
        "message": message,
        "url": url,
        "documentation_url": "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects",
    });
    Reply::json(status, body).header("location", url)
}

fn permit(world: &World, call: &Call, permissions: &[Permission], access: Access) -> Answer<()> {
    let repository = call.repository(world)?;
    let decisions: Vec<Decision> = permissions
        .iter()
        .map(|permission| call.decide(world, repository, *permission, access))
        .collect();
    if decisions.contains(&Decision::Allowed) {
        return Ok(());
    }
    // Do not reveal what the token may not see.
    if !decisions.contains(&Decision::Denied) {
        return Err(Refusal::not_found());
    }
    let message = match call.token(world) {
        Ok(token) if token.is_installation() => "Resource not accessible by integration",
        Ok(token) if matches!(token.authority, super::world::Authority::FineGrained(_)) => {
            "Resource not accessible by personal access token"
        }
        _ => "Must have admin rights to Repository.",
    };
    Err(Refusal::forbidden(message))
}

/// Refuses what a disabled or archived repository does not accept.
fn usable(world: &World, route: &Route, call: &Call, access: Access) -> Answer<()> {
    let repository = call.repository(world)?;
    let itself = route.template == "/repos/{owner}/{repo}";
    if repository.disabled && !itself {
        return Err(Refusal::forbidden("Repository access blocked"));
    }
    if access >= Access::Write && repository.archived && !itself {
        return Err(Refusal::forbidden("Repository was archived so is read-only."));
    }
    if access >= Access::Write && repository.locked {
        return Err(Refusal::forbidden("Repository has been locked for migration."));
    }
    Ok(())
}
