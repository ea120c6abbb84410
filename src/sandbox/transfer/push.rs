//! Pushes: what they may not change, and their consequences.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use git2::Oid;

use super::program::Asked;
use super::{Reading, Service, hidden, refused};
use crate::sandbox::call::Call;
use crate::sandbox::refusal::Answer;
use crate::sandbox::reply::Reply;
use crate::sandbox::world::{Push, RepositoryId, World};

/// The hook that git runs for each reference. `REFUSED` names those that may not be moved (a
/// reference name cannot contain blanks or anything that a shell expands); `WORKFLOWS` is set if
/// the token may not write workflows.
const UPDATE_HOOK: &str = r#"#!/bin/sh
for refused in $REFUSED; do
    if [ "$refused" = "$1" ]; then
        echo "error: GH006: Protected branch update failed for $1." >&2
        echo "error: $WHY" >&2
        exit 1
    fi
done
[ -n "$WORKFLOWS" ] || exit 0
case $3 in *[!0]*) ;; *) exit 0 ;; esac
before=$2
case $before in
*[!0]*) ;;
*) before=$(git rev-parse --quiet --verify HEAD) || before=$(git hash-object -t tree /dev/null) ;;
esac
git diff --quiet --no-ext-diff "$before" "$3" -- .github/workflows && exit 0
echo 'refusing to allow a token without the `workflow` scope to create or update a workflow' >&2
exit 1
"#;

/// Passes a push to git, and tells the world which branches moved.
pub(super) fn received(
    world: &mut World,
    call: &Call,
    id: RepositoryId,
    git: &Path,
    body: Vec<u8>,
) -> Result<Reply, Reply> {
    let failed = |_| refused(500, "the repository cannot be read");
    let repository = world.repository(id).map_err(|_| hidden(call))?;
    let mut settings = vec!["receive.hideRefs=refs/pull".to_owned()];
    let updates = named_by(&body);
    if updates.iter().any(|update| repository.settings.guards(&update.branch)) {
        settings.push("receive.denyNonFastForwards=true".to_owned());
        settings.push("receive.denyDeletes=true".to_owned());
    }
    let mut variables = Vec::new();
    let mut names = Vec::new();
    for Update { branch, after, .. } in updates.iter().filter(|update| !update.is_new) {
        let push =
            if after.bytes().all(|digit| digit == b'0') { Push::Away } else { Push::On(after) };
        if let Some(why) = call.refused_push(world, repository, (branch, push)) {
            names.push(format!("refs/heads/{branch}"));
            variables.push(("WHY", why));
        }
    }
    variables.truncate(1);
    let may_write_workflows = call.token(world).is_ok_and(|token| token.writes_workflows());
    if !may_write_workflows {
        variables.push(("WORKFLOWS", "refused".to_owned()));
    }
    let hooks = match may_write_workflows && names.is_empty() {
        true => PathBuf::from("/dev/null"),
        false => hooks(&world.folder).map_err(|_| refused(500, "the hook cannot be written"))?,
    };
    variables.push(("REFUSED", names.join(" ")));
    settings.push(format!("core.hooksPath={}", hooks.display()));
    let reading = Reading::new(Asked {
        git,
        repository: &repository.git,
        service: Service::Receive,
        advertised: false,
        protocol: "",
        settings,
        variables,
        input: body,
    });
    let before = branches(world, id).map_err(failed)?;
    let reply = reading.run();
    let after = branches(world, id).map_err(failed)?;
    moved(world, call, id, &before, &after);
    Ok(reply)
}

fn branches(world: &World, id: RepositoryId) -> Answer<BTreeMap<String, Oid>> {
    Ok(world.repository(id)?.store()?.branches()?.into_iter().collect())
}

/// Tells the world what a push changed.
fn moved(
    world: &mut World,
    call: &Call,
    id: RepositoryId,
    before: &BTreeMap<String, Oid>,
    after: &BTreeMap<String, Oid>,
) {
    if before.is_empty() {
        adopt(world, id, after);
    }
    let login = call.identity(world).map(|identity| identity.login).unwrap_or_default();
    for branch in before.keys().filter(|branch| !after.contains_key(*branch)) {
        world.branch_deleted(id, branch, &login);
    }
    for (branch, commit) in after.iter().filter(|(branch, id)| before.get(*branch) != Some(id)) {
        world.branch_moved(id, branch, &commit.to_string(), &login);
    }
}

/// Makes the first branch of an empty repository its default branch, as on GitHub.
fn adopt(world: &mut World, id: RepositoryId, branches: &BTreeMap<String, Oid>) {
    let Some(first) = branches.keys().next() else { return };
    let Ok(repository) = world.repository_mut(id) else { return };
    if branches.contains_key(&repository.default_branch) {
        return;
    }
    first.clone_into(&mut repository.default_branch);
    // Git has just created a branch of this name.
    let _ = repository.store().and_then(|store| store.set_head(first));
}

/// The update of a branch by a push.
#[derive(Debug, PartialEq, Eq)]
struct Update {
    branch: String,
    /// The new commit; all zeros if the branch is deleted.
    after: String,
    /// Whether the push creates the branch.
    is_new: bool,
}

/// Returns the updates of a push. The commands precede the objects: `OLD NEW REFERENCE\0…`.
fn named_by(body: &[u8]) -> Vec<Update> {
    let mut found = Vec::new();
    let mut rest = body;
    while let Some((length, after)) = rest.split_at_checked(4) {
        let length = std::str::from_utf8(length).ok();
        let length = length.and_then(|text| usize::from_str_radix(text, 16).ok());
        // The commands end with a flush packet, whose length is zero.
        let Some(length) = length.and_then(|length| length.checked_sub(4)) else { break };
        let Some((line, next)) = after.split_at_checked(length) else { break };
        let line = line.split(|byte| *byte == 0).next().unwrap_or_default();
        let line = String::from_utf8_lossy(line.trim_ascii());
        let mut words = line.splitn(3, ' ');
        if let (Some(before), Some(after), Some(name)) = (words.next(), words.next(), words.next())
            && let Some(branch) = name.strip_prefix("refs/heads/")
        {
            found.push(Update {
                branch: branch.to_owned(),
                after: after.to_owned(),
                is_new: before.bytes().all(|digit| digit == b'0'),
            });
        }
        rest = next;
    }
    found
}

/// Returns the directory of the hook, which is written on first use.
fn hooks(folder: &Path) -> std::io::Result<PathBuf> {
    let folder = std::path::absolute(folder)?.join(".hooks");
    let file = folder.join("update");
    if !file.exists() {
        std::fs::create_dir_all(&folder)?;
        std::fs::write(&file, UPDATE_HOOK)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755))?;
        }
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_that_a_push_names_are_read_and_nothing_else() {
        let line = |text: &str| format!("{:04x}{text}", text.len() + 4);
        let (old, new) = ("0".repeat(40), "1".repeat(40));
        let push = [
            line(&format!("{old} {new} refs/heads/one/two\0 report-status agent=git/2")),
            line(&format!("{old} {new} refs/tags/v1\n")),
            line(&format!("{old} {new} refs/heads/main\n")),
            "0000PACK".to_owned(),
            line(&format!("{old} {new} refs/heads/never")),
        ];
        let found = named_by(push.concat().as_bytes());
        let branches: Vec<&str> = found.iter().map(|update| update.branch.as_str()).collect();
        assert_eq!(branches, ["one/two", "main"]);
        assert!(found.iter().all(|update| update.is_new && update.after == new));
        for body in [&b""[..], b"00", b"zzzz", b"ffff short", b"0003", b"0000"] {
            assert_eq!(named_by(body), Vec::new());
        }
    }
}
