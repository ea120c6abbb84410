//! The commits in the history of a repository.

use serde_json::json;

use super::pages::listed;
use super::render::{self, Addresses};
use super::routes::{Route, routes};
use crate::sandbox::call::Call;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::reply::Reply;
use crate::sandbox::world::World;

/// The routes of this group that the sandbox serves.
pub(super) const ROUTES: &[Route] = routes! {
    GET "/repos/{owner}/{repo}/commits", Repository(&[Contents], Read) => list;
    GET "/repos/{owner}/{repo}/commits/{commit_sha}/pulls", Repository(&[PullRequests, Contents], Read) => pulls;
    GET "/repos/{owner}/{repo}/commits/{ref*}", Repository(&[Contents], Read) => get;
};

/// The most commits in a list.
const MAX_HISTORY: usize = 10_000;

fn list(world: &mut World, call: &Call) -> Answer {
    let owner = call.repository(world)?;
    let (store, at) = (owner.store()?, Addresses(&call.base));
    if store.is_empty()? {
        return Err(Refusal::empty());
    }
    let start = call.asked("sha").unwrap_or(&owner.default_branch);
    let start = store.resolve(start, &owner.default_branch)?.ok_or_else(Refusal::not_found)?;
    let mut shown = Vec::new();
    for id in store.history(start, MAX_HISTORY)? {
        let commit = store.commit(id)?;
        if let Some(path) = call.asked("path") {
            let before = match commit.parents.first() {
                Some(parent) => store.at(store.commit(*parent)?.tree, path)?,
                None => None,
            };
            let now = store.at(commit.tree, path)?;
            if before.map(|entry| entry.id) == now.map(|entry| entry.id) {
                continue;
            }
        }
        let time = jiff::Timestamp::from_second(commit.committer.seconds).ok();
        let outside = |name: &str, earlier: bool| {
            let limit = call.asked(name).and_then(|text| text.parse::<jiff::Timestamp>().ok());
            match (limit, time) {
                (Some(limit), Some(time)) => {
                    if earlier {
                        time < limit
                    } else {
                        time > limit
                    }
                }
                _ => false,
            }
        };
        if !outside("since", true) && !outside("until", false) {
            shown.push(render::commit(world, at, owner, &commit));
        }
    }
    listed(call, shown)
}

fn get(world: &mut World, call: &Call) -> Answer {
    let owner = call.repository(world)?;
    let (store, at) = (owner.store()?, Addresses(&call.base));
    if store.is_empty()? {
        return Err(Refusal::empty());
    }
    let name = call.parameter("ref");
    let missing = || Refusal::unprocessable(format!("No commit found for SHA: {name}"));
    let id = store.resolve(name, &owner.default_branch)?.ok_or_else(missing)?;
    if call.accept.contains("vnd.github.sha") {
        let bytes = id.to_string().into_bytes();
        let body =
            crate::sandbox::reply::Body::Bytes(bytes, "application/vnd.github.sha; charset=utf-8");
        return Ok(Reply { status: 200, headers: Vec::new(), body });
    }
    let commit = store.commit(id)?;
    let parent = match commit.parents.first() {
        Some(parent) => Some(store.commit(*parent)?.tree),
        None => None,
    };
    let files =
        super::pulls::changed_files(at, owner, &store, parent, commit.tree, &id.to_string())?;
    let mut shown = render::commit(world, at, owner, &commit);
    if let Some(fields) = shown.as_object_mut() {
        let sum =
            |name: &str| -> u64 { files.iter().filter_map(|file| file.get(name)?.as_u64()).sum() };
        let (additions, deletions) = (sum("additions"), sum("deletions"));
        let stats =
            json!({"additions": additions, "deletions": deletions, "total": additions + deletions});
        fields.insert("stats".to_owned(), stats);
        fields.insert("files".to_owned(), files.into());
    }
    Ok(Reply::ok(shown))
}

/// Returns the pull requests that brought in a commit, or would do so.
fn pulls(world: &mut World, call: &Call) -> Answer {
    let owner = call.repository(world)?;
    let (store, at) = (owner.store()?, Addresses(&call.base));
    if store.is_empty()? {
        return Err(Refusal::empty());
    }
    let sha = call.parameter("commit_sha");
    let missing = || Refusal::unprocessable(format!("No commit found for SHA: {sha}"));
    let id = store.resolve(sha, &owner.default_branch)?.ok_or_else(missing)?.to_string();
    let found = owner
        .pulls
        .iter()
        .filter(|pull| pull.merge_commit.as_deref() == Some(&id) || pull.head_sha == id);
    listed(call, found.map(|pull| render::pull(world, at, owner, pull)).collect())
}
