//! Packages of the container registry.

use serde_json::json;

use super::pages::listed;
use super::render::{self, Addresses, path_segment};
use super::routes::{Route, routes};
use crate::sandbox::call::Call;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::reply::Reply;
use crate::sandbox::world::{Owner, Package, Permission, World, rfc3339};

/// The routes of this group that the sandbox serves.
pub(super) const ROUTES: &[Route] = routes! {
    GET "/orgs/{org}/packages/{package_type}/{package_name}", Token => package;
    GET "/orgs/{org}/packages/{package_type}/{package_name}/versions", Token => versions;
};

fn found<'a>(world: &'a World, call: &Call) -> Answer<(&'a Owner, &'a Package)> {
    let token = call.token(world)?;
    if !token.reads_of_owner("read:packages", Permission::Packages) {
        return Err(Refusal::forbidden("You need at least read:packages scope to get a package."));
    }
    let owner = world.owner(call.parameter("org")).ok_or_else(Refusal::not_found)?;
    let missing = || Refusal::new(404, "Package not found.");
    if call.parameter("package_type") != "container" {
        return Err(missing());
    }
    let name = call.parameter("package_name");
    let package = owner.packages.iter().find(|package| package.name == name);
    Ok((owner, package.ok_or_else(missing)?))
}

fn package(world: &mut World, call: &Call) -> Answer {
    let at = Addresses(&call.base);
    let (owner, package) = found(world, call)?;
    let (login, name) = (&owner.login, path_segment(&package.name));
    let mut value = json!({
        "id": package.id,
        "name": package.name,
        "package_type": "container",
        "owner": render::user(world, at, login),
        "version_count": package.versions.len(),
        "visibility": if package.public { "public" } else { "private" },
        "url": at.api(&format!("/orgs/{login}/packages/container/{name}")),
        "created_at": rfc3339(package.created),
        "updated_at": rfc3339(package.updated),
        "html_url": at.page(&format!("/orgs/{login}/packages/container/package/{name}")),
    });
    let repository = package.repository.and_then(|id| world.repositories.get(&id));
    if let (Some(fields), Some(repository)) = (value.as_object_mut(), repository) {
        fields.insert("repository".to_owned(), render::repository(world, at, repository, None));
    }
    Ok(Reply::ok(value))
}

fn versions(world: &mut World, call: &Call) -> Answer {
    let at = Addresses(&call.base);
    let (owner, package) = found(world, call)?;
    let (login, name) = (&owner.login, path_segment(&package.name));
    let page = at.page(&format!("/orgs/{login}/packages/container/{name}"));
    let shown = package.versions.iter().rev().map(|version| {
        let id = version.id;
        json!({
            "id": id,
            "name": version.digest,
            "url": at.api(&format!("/orgs/{login}/packages/container/{name}/versions/{id}")),
            "package_html_url": page,
            "html_url": format!("{page}/{id}"),
            "created_at": rfc3339(version.created),
            "updated_at": rfc3339(version.created),
            "metadata": {"package_type": "container", "container": {"tags": version.tags}},
        })
    });
    listed(call, shown.collect())
}
