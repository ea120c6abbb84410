//! Users, organisations, and what the server reports about itself.

use serde_json::{Value, json};

use super::render::{self, Addresses};
use super::routes::{Route, routes};
use crate::sandbox::call::Call;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::reply::Reply;
use crate::sandbox::world::{OwnerKind, World, rfc3339};

/// The routes of this group that the sandbox serves.
pub(super) const ROUTES: &[Route] = routes! {
    GET "/meta", Nothing => meta;
    GET "/rate_limit", Nothing => rate_limit;
    GET "/user", Token => viewer;
    GET "/users/{username}", Nothing => user;
    GET "/orgs/{org}", Nothing => organization;
};

fn meta(_: &mut World, _: &Call) -> Answer {
    Ok(Reply::ok(json!({
        "verifiable_password_authentication": false,
        "installed_version": "3.19.0",
    })))
}

fn rate_limit(world: &mut World, call: &Call) -> Answer {
    let identity = world.limit_identity(call);
    let shown = world.limits.shown(&identity, world.now);
    Ok(Reply::ok(shown))
}

fn viewer(world: &mut World, call: &Call) -> Answer {
    let token = call.token(world)?;
    if token.is_installation() {
        return Err(Refusal::forbidden("Resource not accessible by integration"));
    }
    shown(world, call, &token.user.clone())
}

fn user(world: &mut World, call: &Call) -> Answer {
    shown(world, call, call.parameter("username"))
}

fn shown(world: &World, call: &Call, login: &str) -> Answer {
    let owner = world.owner(login).ok_or_else(Refusal::not_found)?;
    let mut value = render::user(world, Addresses(&call.base), &owner.login);
    let repositories = world
        .repositories
        .values()
        .filter(|found| found.owner == owner.login && !found.is_private());
    let more = json!({
        "name": owner.name,
        "company": null,
        "blog": "",
        "location": null,
        "email": null,
        "hireable": null,
        "bio": null,
        "public_repos": repositories.count(),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": rfc3339(owner.created),
        "updated_at": rfc3339(owner.created),
    });
    if let (Some(fields), Value::Object(more)) = (value.as_object_mut(), more) {
        fields.extend(more);
    }
    Ok(Reply::ok(value))
}

fn organization(world: &mut World, call: &Call) -> Answer {
    let at = Addresses(&call.base);
    let owner = world.owner(call.parameter("org"));
    let owner = owner.filter(|owner| owner.kind == OwnerKind::Organization);
    let owner = owner.ok_or_else(Refusal::not_found)?;
    let url = at.api(&format!("/orgs/{}", owner.login));
    let repositories = world
        .repositories
        .values()
        .filter(|found| found.owner == owner.login && !found.is_private());
    Ok(Reply::ok(json!({
        "login": owner.login,
        "id": owner.id,
        "node_id": owner.node_id(),
        "url": url,
        "repos_url": format!("{url}/repos"),
        "events_url": format!("{url}/events"),
        "hooks_url": format!("{url}/hooks"),
        "issues_url": format!("{url}/issues"),
        "members_url": format!("{url}/members{{/member}}"),
        "public_members_url": format!("{url}/public_members{{/member}}"),
        "avatar_url": at.page(&format!("/avatars/{}", owner.id)),
        "description": null,
        "name": owner.name,
        "is_verified": false,
        "has_organization_projects": true,
        "has_repository_projects": true,
        "public_repos": repositories.count(),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "html_url": at.page(&format!("/{}", owner.login)),
        "type": "Organization",
        "created_at": rfc3339(owner.created),
        "updated_at": rfc3339(owner.created),
        "archived_at": null,
    })))
}
