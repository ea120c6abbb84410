//! Branches and references.

use git2::{ObjectType, Oid};
use serde_json::{Value, json};

use super::pages::listed;
use super::render::{self, Addresses};
use super::routes::{Route, routes};
use crate::sandbox::call::Call;
use crate::sandbox::git::Store;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::reply::Reply;
use crate::sandbox::world::{Push, Repository, World};

/// The routes of this group that the sandbox serves.
pub(super) const ROUTES: &[Route] = routes! {
    GET "/repos/{owner}/{repo}/branches", Repository(&[Contents], Read) => branches;
    GET "/repos/{owner}/{repo}/branches/{branch*}", Repository(&[Contents], Read) => branch;
    GET "/repos/{owner}/{repo}/git/ref/{ref*}", Repository(&[Contents], Read) => get;
    GET "/repos/{owner}/{repo}/git/matching-refs/{ref*}", Repository(&[Contents], Read) => matching;
    POST "/repos/{owner}/{repo}/git/refs", Repository(&[Contents], Write) => create;
    PATCH "/repos/{owner}/{repo}/git/refs/{ref*}", Repository(&[Contents], Write) => update;
    DELETE "/repos/{owner}/{repo}/git/refs/{ref*}", Repository(&[Contents], Write) => delete;
};

/// The longest name of a reference, in bytes: git stores it as a file.
const MAX_NAME: usize = 255;

fn shown(at: Addresses<'_>, owner: &Repository, store: &Store, name: &str, id: Oid) -> Value {
    let kind = match store.kind(id) {
        Some(ObjectType::Tag) => "tag",
        Some(ObjectType::Tree) => "tree",
        Some(ObjectType::Blob) => "blob",
        _ => "commit",
    };
    json!({
        "ref": name,
        "node_id": format!("REF_{}_{name}", owner.id),
        "url": at.repository(owner, &format!("/git/{name}")),
        "object": {
            "sha": id.to_string(),
            "type": kind,
            "url": at.repository(owner, &format!("/git/{kind}s/{id}")),
        },
    })
}

/// Parses an id of 40 hexadecimal digits.
pub(in crate::sandbox) fn object_id(text: &str) -> Answer<Oid> {
    let whole = text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let id = whole.then(|| Oid::from_str(text).ok()).flatten();
    id.ok_or_else(|| {
        Refusal::unprocessable(
            "The sha parameter must be exactly 40 characters and contain only [0-9a-f].",
        )
    })
}

fn get(world: &mut World, call: &Call) -> Answer {
    let owner = call.repository(world)?;
    let store = owner.store()?;
    if store.is_empty()? {
        return Err(Refusal::empty());
    }
    let name = format!("refs/{}", call.parameter("ref"));
    let id = store.reference(&name)?.ok_or_else(Refusal::not_found)?;
    Ok(Reply::ok(shown(Addresses(&call.base), owner, &store, &name, id)))
}

fn matching(world: &mut World, call: &Call) -> Answer {
    let owner = call.repository(world)?;
    let store = owner.store()?;
    if store.is_empty()? {
        return Err(Refusal::empty());
    }
    let found = store.references(&format!("refs/{}", call.parameter("ref")))?;
    let at = Addresses(&call.base);
    let shown = found.iter().map(|(name, id)| shown(at, owner, &store, name, *id));
    Ok(Reply::ok(shown.collect()))
}

fn create(world: &mut World, call: &Call) -> Answer {
    let (name, sha) = (call.required("ref")?, call.required("sha")?);
    let id = object_id(sha)?;
    let created = create_reference(world, call, name, id)?;
    Ok(Reply::created(created))
}

/// Creates a reference, for both REST and GraphQL.
pub(in crate::sandbox) fn create_reference(
    world: &mut World,
    call: &Call,
    name: &str,
    id: Oid,
) -> Answer<Value> {
    let owner = call.repository(world)?;
    let store = owner.store()?;
    if store.is_empty()? {
        return Err(Refusal::empty());
    }
    check_name(name)?;
    if store.reference(name)?.is_some() {
        return Err(Refusal::unprocessable("Reference already exists"));
    }
    // A branch `a` and a branch `a/b` cannot both be files.
    let parents = name.match_indices('/').map(|(end, _)| name.get(..end).unwrap_or_default());
    for parent in parents.filter(|parent| parent.split('/').count() > 2) {
        if store.reference(parent)?.is_some() {
            return Err(Refusal::unprocessable("Reference update failed"));
        }
    }
    if !store.references(&format!("{name}/"))?.is_empty() {
        return Err(Refusal::unprocessable("Reference update failed"));
    }
    match store.kind(id) {
        None => return Err(Refusal::unprocessable("Object does not exist")),
        Some(ObjectType::Commit) => {}
        Some(_) if name.starts_with("refs/heads/") => {
            return Err(Refusal::unprocessable("Reference update failed"));
        }
        Some(_) => {}
    }
    if name.strip_prefix("refs/heads/").is_some_and(|name| owner.settings.restricts(name)) {
        let message = "Repository rule violations found\n\nCannot create ref due to creations being restricted.\n\n";
        return Err(Refusal::unprocessable(message));
    }
    let base = store.branch(&owner.default_branch)?;
    super::workflow_files::permitted(world, call, &store, base, id)?;
    store.set_reference(name, id)?;
    let shown = shown(Addresses(&call.base), owner, &store, name, id);
    if let Some(branch) = name.strip_prefix("refs/heads/") {
        world.branch_moved(call.id()?, branch, &id.to_string(), &call.identity(world)?.login);
    }
    Ok(shown)
}

fn check_name(name: &str) -> Answer<()> {
    let in_refs = name.starts_with("refs/heads/") || name.starts_with("refs/tags/");
    if !name.starts_with("refs/") || name.matches('/').count() < 2 {
        let message = "Reference name must start with 'refs' and have at least two slashes.";
        return Err(Refusal::unprocessable(message));
    }
    if !in_refs || name.len() > MAX_NAME || !git2::Reference::is_valid_name(name) {
        return Err(Refusal::unprocessable(format!("{name} is not a valid ref name.")));
    }
    // A branch that looks like a commit id would be ambiguous.
    let short = name.rsplit('/').next().unwrap_or_default();
    if short.len() == 40 && short.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Refusal::unprocessable(format!("{name} is not a valid ref name.")));
    }
    // A leading hyphen would look like an option to git.
    if short == "HEAD" || short.starts_with('-') {
        return Err(Refusal::unprocessable(format!("{name} is not a valid ref name.")));
    }
    Ok(())
}

fn update(world: &mut World, call: &Call) -> Answer {
    let name = format!("refs/{}", call.parameter("ref"));
    let id = object_id(call.required("sha")?)?;
    let force = call.flag("force")?.unwrap_or(false);
    let moved = move_reference(world, call, &name, id, force)?;
    Ok(Reply::ok(moved))
}

/// Moves a reference, for both REST and GraphQL.
pub(in crate::sandbox) fn move_reference(
    world: &mut World,
    call: &Call,
    name: &str,
    id: Oid,
    force: bool,
) -> Answer<Value> {
    let owner = call.repository(world)?;
    let store = owner.store()?;
    if store.is_empty()? {
        return Err(Refusal::empty());
    }
    let missing = || Refusal::unprocessable("Reference does not exist");
    let old = store.reference(name)?.ok_or_else(missing)?;
    if store.kind(id) != Some(ObjectType::Commit) {
        return Err(Refusal::unprocessable("Object does not exist"));
    }
    let is_forward = store.is_fast_forward(old, id)?;
    if !is_forward && !force {
        return Err(Refusal::unprocessable("Update is not a fast forward"));
    }
    if let Some(branch) = name.strip_prefix("refs/heads/").filter(|_| old != id) {
        let after = id.to_string();
        let push = if is_forward { Push::On(&after) } else { Push::Elsewhere(&after) };
        if let Some(why) = call.refused_push(world, owner, (branch, push)) {
            return Err(Refusal::unprocessable(why));
        }
    }
    super::workflow_files::permitted(world, call, &store, Some(old), id)?;
    store.set_reference(name, id)?;
    let shown = shown(Addresses(&call.base), owner, &store, name, id);
    if let Some(branch) = name.strip_prefix("refs/heads/") {
        world.branch_moved(call.id()?, branch, &id.to_string(), &call.identity(world)?.login);
    }
    Ok(shown)
}

fn delete(world: &mut World, call: &Call) -> Answer {
    let name = format!("refs/{}", call.parameter("ref"));
    delete_reference(world, call, &name)?;
    Ok(Reply::nothing())
}

/// Deletes a reference, for both REST and GraphQL.
pub(in crate::sandbox) fn delete_reference(
    world: &mut World,
    call: &Call,
    name: &str,
) -> Answer<()> {
    let owner = call.repository(world)?;
    let store = owner.store()?;
    if store.is_empty()? {
        return Err(Refusal::empty());
    }
    if store.reference(name)?.is_none() {
        return Err(Refusal::unprocessable("Reference does not exist"));
    }
    let branch = name.strip_prefix("refs/heads/").unwrap_or_default().to_owned();
    if branch == owner.default_branch {
        return Err(Refusal::unprocessable("Cannot delete this branch"));
    }
    if let Some(why) = call.refused_push(world, owner, (&branch, Push::Away)) {
        return Err(Refusal::unprocessable(why));
    }
    store.delete_reference(name)?;
    world.branch_deleted(call.id()?, &branch, &call.identity(world)?.login);
    Ok(())
}

fn branches(world: &mut World, call: &Call) -> Answer {
    let owner = call.repository(world)?;
    let at = Addresses(&call.base);
    let found = owner.store()?.branches()?;
    let shown = found.iter().map(|(name, id)| {
        json!({
            "name": name,
            "commit": {
                "sha": id.to_string(),
                "url": at.repository(owner, &format!("/commits/{id}")),
            },
            "protected": owner.settings.guards(name),
        })
    });
    listed(call, shown.collect())
}

fn branch(world: &mut World, call: &Call) -> Answer {
    let owner = call.repository(world)?;
    let (store, name, at) = (owner.store()?, call.parameter("branch"), Addresses(&call.base));
    let missing = || Refusal::new(404, "Branch not found");
    let id = store.branch(name)?.ok_or_else(missing)?;
    let segment = render::path_segment(name);
    let protection = at.repository(owner, &format!("/branches/{segment}/protection"));
    let checks = owner.settings.required_checks.get(name);
    Ok(Reply::ok(json!({
        "name": name,
        "commit": render::commit(world, at, owner, &store.commit(id)?),
        "_links": {
            "self": at.repository(owner, &format!("/branches/{segment}")),
            "html": at.page(&format!("/{}/tree/{segment}", owner.full_name())),
        },
        "protected": owner.settings.guards(name),
        "protection": {
            "enabled": owner.settings.is_protected(name),
            "required_status_checks": {
                "enforcement_level": if checks.is_some() { "non_admins" } else { "off" },
                "contexts": checks.cloned().unwrap_or_default(),
                "checks": checks.map(|checks| super::settings::checks(checks)).unwrap_or_default(),
            },
        },
        "protection_url": protection,
    })))
}
