//! Files by path.

use git2::Oid;
use serde_json::{Value, json};

use super::objects::{base64_lines, check_message, decoded, is_sound_path, person};
use super::render::{self, Addresses};
use super::routes::{Route, routes};
use super::workflow_files;
use crate::sandbox::call::Call;
use crate::sandbox::git::{Changes, Entry, Store, TreeEdit, edit};
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::reply::{Body, Reply};
use crate::sandbox::world::{Push, Repository, World};

/// The routes of this group that the sandbox serves.
pub(super) const ROUTES: &[Route] = routes! {
    GET "/repos/{owner}/{repo}/contents", Repository(&[Contents], Read) => get;
    GET "/repos/{owner}/{repo}/contents/{path*}", Repository(&[Contents], Read) => get;
    PUT "/repos/{owner}/{repo}/contents/{path*}", Repository(&[Contents], Write) => put;
    DELETE "/repos/{owner}/{repo}/contents/{path*}", Repository(&[Contents], Write) => delete;
};

/// The largest file that GitHub returns in JSON, in bytes.
const MAX_IN_JSON: usize = 1024 * 1024;

/// The mode of a symbolic link.
const LINK: i32 = 0o120_000;

/// The largest file that GitHub returns at all, in bytes.
const MAX_RAW: usize = 100 * 1024 * 1024;

fn get(world: &mut World, call: &Call) -> Answer {
    let owner = call.repository(world)?;
    let store = owner.store()?;
    if store.is_empty()? {
        return Err(Refusal::new(404, "This repository is empty."));
    }
    let reference = call.asked("ref").unwrap_or(&owner.default_branch);
    let missing = || Refusal::new(404, format!("No commit found for the ref {reference}"));
    let commit = store.resolve(reference, &owner.default_branch)?.ok_or_else(missing)?;
    let path = call.parameter("path");
    let tree = store.commit(commit)?.tree;
    let found = store.at(tree, path)?.ok_or_else(Refusal::not_found)?;
    let (found, content) = followed(&store, tree, found)?;
    let at = Addresses(&call.base);
    if found.kind == "tree" {
        let mut shown = Vec::new();
        for mut entry in store.entries(found.id, false)? {
            if !found.path.is_empty() {
                entry.path = format!("{}/{}", found.path, entry.path);
            }
            let mut value = item(at, owner, &entry, reference);
            // GitHub's documentation calls this a mistake that has to stay.
            if let Some(fields) = value.as_object_mut().filter(|_| entry.kind == "commit") {
                fields.insert("type".to_owned(), "file".into());
            }
            shown.push(value);
        }
        return Ok(Reply::ok(shown.into()));
    }
    let size = found.size.unwrap_or_default();
    if size > world.limits.max_blob.unwrap_or(MAX_RAW) {
        return Err(super::objects::too_large());
    }
    let raw = call.accept.contains("raw");
    let bytes = match found.kind {
        "blob" => store.blob(content)?.ok_or_else(Refusal::not_found)?,
        _ => Vec::new(),
    };
    if raw {
        let body = Body::Bytes(bytes, "application/vnd.github.raw; charset=utf-8");
        return Ok(Reply { status: 200, headers: Vec::new(), body });
    }
    let mut shown = item(at, owner, &found, reference);
    if let Some(fields) = shown.as_object_mut() {
        let large = size > MAX_IN_JSON;
        if found.mode == LINK {
            let target = String::from_utf8_lossy(&bytes).into_owned();
            fields.insert("target".to_owned(), target.into());
        } else if found.kind == "blob" {
            let content = if large { String::new() } else { base64_lines(&bytes) };
            fields.insert("content".to_owned(), content.into());
            fields.insert("encoding".to_owned(), if large { "none" } else { "base64" }.into());
        }
    }
    Ok(Reply::ok(shown))
}

/// Resolves a symbolic link: one to a file of the repository is shown as that file, with the path
/// and id of the link. Returns the entry and the blob of its content.
fn followed(store: &Store, tree: Oid, found: Entry) -> Answer<(Entry, Oid)> {
    let mut target = None;
    if found.mode == LINK {
        let text = store.blob(found.id)?.unwrap_or_default();
        let path = std::str::from_utf8(&text).ok().and_then(|text| joined(&found.path, text));
        if let Some(path) = path {
            target = store.at(tree, &path)?;
        }
    }
    Ok(match target.filter(|target| target.kind == "blob" && target.mode != LINK) {
        Some(target) => (Entry { mode: target.mode, size: target.size, ..found }, target.id),
        None => {
            let id = found.id;
            (found, id)
        }
    })
}

/// Resolves the target of a link from its directory; `None` if it leaves the repository.
fn joined(link: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = link.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            // An absolute target, or an empty component.
            "" => return None,
            "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Renders an entry of a directory.
fn item(at: Addresses<'_>, owner: &Repository, entry: &Entry, reference: &str) -> Value {
    let path = entry.path.split('/').map(render::path_segment).collect::<Vec<_>>().join("/");
    let query = render::path_segment(reference);
    let kind = match (entry.kind, entry.mode) {
        ("tree", _) => "dir",
        ("commit", _) => "submodule",
        (_, LINK) => "symlink",
        _ => "file",
    };
    let folder = if entry.kind == "tree" { "trees" } else { "blobs" };
    let itself = at.repository(owner, &format!("/contents/{path}?ref={query}"));
    let git = at.repository(owner, &format!("/git/{folder}/{}", entry.id));
    let full_name = owner.full_name();
    let page = at.page(&format!("/{full_name}/blob/{query}/{path}"));
    let download = (kind == "file").then(|| at.page(&format!("/{full_name}/raw/{query}/{path}")));
    json!({
        "name": entry.name(),
        "path": entry.path,
        "sha": entry.id.to_string(),
        "size": entry.size.unwrap_or_default(),
        "url": itself,
        "html_url": page,
        "git_url": git,
        "download_url": download,
        "type": kind,
        "_links": {"self": itself, "git": git, "html": page},
    })
}

/// A file to write, once all of its fields have been validated.
struct Written {
    branch: String,
    base: Option<Oid>,
    found: Option<Entry>,
}

fn prepared(world: &World, call: &Call, owner: &Repository, store: &Store) -> Answer<Written> {
    let path = call.parameter("path");
    if !is_sound_path(path) {
        return Err(Refusal::unprocessable("path contains a malformed path component"));
    }
    workflow_files::path_permitted(world, call, path)?;
    if owner.population.is_some() {
        return Err(Refusal::empty());
    }
    let branch = call.text("branch")?.unwrap_or(&owner.default_branch).to_owned();
    let base = store.branch(&branch)?;
    if base.is_none() && (!store.is_empty()? || branch != owner.default_branch) {
        return Err(Refusal::new(404, format!("Branch {branch} not found")));
    }
    let found = match base {
        Some(commit) => {
            let tree = store.commit(commit)?.tree;
            refuse_below_file(store, tree, path)?;
            store.at(tree, path)?
        }
        None => None,
    };
    Ok(Written { branch, base, found })
}

/// Refuses a path below a file.
fn refuse_below_file(store: &Store, tree: Oid, path: &str) -> Answer<()> {
    for (end, _) in path.match_indices('/') {
        let above = store.at(tree, path.get(..end).unwrap_or_default())?;
        if above.is_some_and(|above| above.kind != "tree") {
            return Err(Refusal::unprocessable("path contains a malformed path component"));
        }
    }
    Ok(())
}

fn put(world: &mut World, call: &Call) -> Answer {
    let message = call.required("message")?;
    check_message(message)?;
    let content = decoded(call.required("content")?)?;
    let owner = call.repository(world)?;
    let store = owner.store()?;
    let written = prepared(world, call, owner, &store)?;
    let path = call.parameter("path");
    match (&written.found, call.text("sha")?) {
        (Some(found), _) if found.kind != "blob" => {
            return Err(Refusal::unprocessable("path is a folder or a submodule"));
        }
        (Some(_), None) => {
            return Err(Refusal::invalid("\"sha\" wasn't supplied."));
        }
        (Some(found), Some(sha)) if found.id.to_string() != sha => {
            return Err(Refusal::new(409, format!("{path} does not match {sha}")));
        }
        (None, Some(sha)) => {
            return Err(Refusal::new(409, format!("{path} does not match {sha}")));
        }
        _ => {}
    }
    let blob = store.create_blob(&content)?;
    let mode = written.found.as_ref().map_or(0o100_644, |found| found.mode);
    let status = if written.found.is_some() { 200 } else { 201 };
    let (commit, tree) =
        committed(world, call, &store, &written, message, TreeEdit::Put(blob, mode))?;
    let owner = call.repository(world)?;
    let at = Addresses(&call.base);
    let found = store.at(tree, path)?.ok_or_else(Refusal::not_found)?;
    let shown = json!({
        "content": item(at, owner, &found, &written.branch),
        "commit": render::git_commit(at, owner, &store.commit(commit)?),
    });
    Ok(Reply::json(status, shown))
}

fn delete(world: &mut World, call: &Call) -> Answer {
    // Like GitHub, accept the fields of DELETE in the query too.
    let field = |name: &str| -> Answer<String> {
        let given = call.text(name)?.or_else(|| call.asked(name)).map(str::to_owned);
        given.ok_or_else(|| Refusal::invalid(format!("\"{name}\" wasn't supplied.")))
    };
    let (message, sha) = (field("message")?, field("sha")?);
    check_message(&message)?;
    let owner = call.repository(world)?;
    let store = owner.store()?;
    let written = prepared(world, call, owner, &store)?;
    let path = call.parameter("path");
    let found = written.found.as_ref().filter(|found| found.kind == "blob");
    let found = found.ok_or_else(Refusal::not_found)?;
    if found.id.to_string() != sha {
        return Err(Refusal::new(409, format!("{path} does not match {sha}")));
    }
    let (commit, _) = committed(world, call, &store, &written, &message, TreeEdit::Remove)?;
    let owner = call.repository(world)?;
    let shown = render::git_commit(Addresses(&call.base), owner, &store.commit(commit)?);
    Ok(Reply::ok(json!({"content": null, "commit": shown})))
}

fn committed(
    world: &mut World,
    call: &Call,
    store: &Store,
    written: &Written,
    message: &str,
    change: TreeEdit,
) -> Answer<(Oid, Oid)> {
    let base_tree = match written.base {
        Some(commit) => Some(store.commit(commit)?.tree),
        None => None,
    };
    let tree = store.edited(base_tree, &edit(call.parameter("path"), change))?;
    let identity = call.identity(world)?;
    let itself = identity.at(world.seconds());
    let author = person(call.field("author"), &itself)?;
    let committer = person(call.field("committer"), &itself)?;
    let author = author.or_else(|| committer.clone()).unwrap_or_else(|| itself.clone());
    let changes = Changes {
        tree,
        parents: written.base.into_iter().collect(),
        message: message.to_owned(),
        author,
        committer: committer.unwrap_or(itself),
    };
    let commit = store.create_commit(&changes)?;
    let after = commit.to_string();
    let push = (written.branch.as_str(), Push::On(&after));
    if let Some(why) = call.refused_push(world, call.repository(world)?, push) {
        return Err(Refusal::new(409, format!("Could not update file: {why}")));
    }
    store.set_reference(&format!("refs/heads/{}", written.branch), commit)?;
    world.branch_moved(call.id()?, &written.branch, &commit.to_string(), &identity.login);
    Ok((commit, tree))
}
