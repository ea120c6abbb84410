//! Merging a pull request on request.

use serde_json::json;

use super::routes::{Route, routes};
use crate::sandbox::call::Call;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::reply::Reply;
use crate::sandbox::world::{How, Method, World};

/// The routes of this group that the sandbox serves.
pub(super) const ROUTES: &[Route] = routes! {
    PUT "/repos/{owner}/{repo}/pulls/{pull_number}/merge", Repository(&[Contents], Write) => merge;
};

fn merge(world: &mut World, call: &Call) -> Answer {
    let number = call.number("pull_number")?;
    let named = call.text("merge_method")?.unwrap_or("merge");
    let wrong = || {
        Refusal::invalid(format!(
            "For 'properties/merge_method', {named} is not a member of [\"merge\", \"squash\", \"rebase\"]."
        ))
    };
    let how = How {
        method: Method::named(named).ok_or_else(wrong)?,
        title: call.text("commit_title")?.map(str::to_owned),
        message: call.text("commit_message")?.map(str::to_owned),
    };
    let owner = call.repository(world)?;
    let pull = owner.pull(number).ok_or_else(Refusal::not_found)?;
    if !pull.is_open() {
        return Err(Refusal::new(405, "Pull Request is not mergeable"));
    }
    if call.text("sha")?.is_some_and(|sha| sha != pull.head_sha) {
        return Err(Refusal::new(409, "Head branch was modified. Review and try the merge again."));
    }
    // A merge writes the workflows of the branch on behalf of the token.
    let store = owner.store()?;
    let (base, head) = (store.branch(&pull.base)?, git2::Oid::from_str(&pull.head_sha)?);
    super::workflow_files::permitted(world, call, &store, base, head)?;
    let (id, by) = (call.id()?, call.identity(world)?);
    let made = world.merge(id, number, &how, &by)?;
    Ok(Reply::ok(json!({
        "sha": made.to_string(),
        "merged": true,
        "message": "Pull Request successfully merged",
    })))
}
