//! Workflow files, which only some tokens may write; the refusal is GitHub's misleading 404.

use git2::Oid;

use crate::sandbox::call::Call;
use crate::sandbox::git::Store;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::world::World;

/// The directory that requires a permission of its own.
const FOLDER: &str = ".github/workflows";

/// Whether a path is in the directory of workflows.
pub(in crate::sandbox) fn is_workflow(path: &str) -> bool {
    path.strip_prefix(FOLDER).is_some_and(|rest| rest.starts_with('/'))
}

/// Refuses a path that this token may not write.
pub(in crate::sandbox) fn path_permitted(world: &World, call: &Call, path: &str) -> Answer<()> {
    if is_workflow(path) && !call.token(world)?.writes_workflows() {
        return Err(Refusal::not_found());
    }
    Ok(())
}

/// Refuses a commit that changes workflows of the commit before, if the token may not.
pub(in crate::sandbox) fn permitted(
    world: &World,
    call: &Call,
    store: &Store,
    before: Option<Oid>,
    after: Oid,
) -> Answer<()> {
    if call.token(world)?.writes_workflows() || store.kind(after) != Some(git2::ObjectType::Commit)
    {
        return Ok(());
    }
    let folder = |commit: Oid| -> Answer<Option<Oid>> {
        let tree = store.commit(commit)?.tree;
        Ok(store.at(tree, FOLDER)?.map(|entry| entry.id))
    };
    let before = before.map(folder).transpose()?.flatten();
    if folder(after)? == before { Ok(()) } else { Err(Refusal::not_found()) }
}
