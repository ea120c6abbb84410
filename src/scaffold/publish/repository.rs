//! The repository on the forge: created, set up, and given one commit.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::existing::{Existing, read_only, taken, whose};
use super::{Announce, Publication};
use crate::change::{Change, Mode};
use crate::error::{Error, Result};
use crate::fleet::RepositoryName;
use crate::fleet::manifest::Visibility;
use crate::forge::calls::git::Tree;
use crate::forge::calls::pull_opening::{FileChange, FileContent, NewCommit};
use crate::forge::calls::repositories::{NewRepository, Repository, RepositoryChange};
use crate::forge::{Client, ForgeError, ForgeErrorKind};
use crate::journal::{Caution, Operation, Settled};
use crate::scaffold::draft::Draft;
use crate::shape::Pack;
use crate::shape::pack::ProfileGlobs;
use crate::snapshot::{BlobId, RepoPath, Snapshot};

/// The key of the effect that creates the repository.
pub(super) const REPOSITORY: &str = "repository";

/// The key of the one that waits for the starter's files.
pub(super) const FILES: &str = "files";

/// The key of the one that sets what cannot be set while creating it.
pub(super) const SETTINGS: &str = "settings";

/// The key of the one that commits its files.
pub(super) const COMMIT: &str = "commit";

/// How often, and at which interval, to check whether a generated repository has its files.
const POLLS: u32 = 60;
const BETWEEN_POLLS: Duration = Duration::from_secs(2);

/// The repository that was created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its name on the forge.
    pub name: RepositoryName,
    /// Its default branch.
    pub branch: String,
    /// The commit put on top.
    pub commit: String,
    /// Its web page.
    pub page: String,
    /// Its visibility according to the forge: `public`, `private` or `internal`.
    pub visibility: String,
    /// Its description.
    pub description: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Begun {
    full_name: String,
    branch: String,
}

pub(super) async fn make(
    wanted: &Publication<'_>,
    client: &Client,
    operation: &Operation,
    told: Announce<'_>,
) -> Result<Made> {
    let name = &wanted.repository;
    let (begun, is_of_this_run) = begin(wanted, client, operation, told).await?;
    let base = populated(wanted, &begun, client, operation, told).await?;
    let untouched = is_of_this_run.then_some((begun.branch.as_str(), base.as_str()));
    set_up(wanted, untouched, client, operation, told).await?;
    let commit = commit(wanted, &begun, &base, client, operation).await?;
    if commit.is_new() {
        told(&format!("put one commit on `{}` of {name}", begun.branch));
    }
    let there = client.repository(name).await?;
    let visibility = visibility_of(&there);
    let page = client.address().page(name);
    Ok(Made {
        name: name.clone(),
        branch: begun.branch,
        commit: commit.outcome(),
        page,
        visibility,
        description: there.description.unwrap_or_default(),
    })
}

/// Returns the visibility of a repository. Old forges only say whether it is private.
fn visibility_of(repository: &Repository) -> String {
    let plain = if repository.private { Visibility::Private } else { Visibility::Public };
    repository.visibility.clone().unwrap_or_else(|| plain.as_str().to_owned())
}

/// Creates the repository. Also returns whether this operation did, rather than finding it.
async fn begin(
    wanted: &Publication<'_>,
    client: &Client,
    operation: &Operation,
    told: Announce<'_>,
) -> Result<(Begun, bool)> {
    let name = &wanted.repository;
    let new = NewRepository {
        name: name.clone(),
        description: wanted.draft.description.clone(),
        private: wanted.draft.visibility != Visibility::Public,
    };
    let begun = |made: &Repository| Begun {
        full_name: made.full_name.clone(),
        branch: made.default_branch.clone(),
    };
    // Only if an earlier run tried to create it can a repository without our commit be its work.
    let is_tried = operation.effects()?.iter().any(|effect| effect.key == REPOSITORY);
    let look_up = async || {
        let Some(found) = client.find_repository(name).await? else { return Ok(None) };
        match whose(&wanted.sought(), client, &found, is_tried).await? {
            Existing::Foreign(why) => Err(taken(name, &why)),
            Existing::ReadOnly => Err(read_only(name)),
            _ => Ok(Some(begun(&found))),
        }
    };
    let may_exist = Cell::new(false);
    let act = async || {
        let in_organization = match &wanted.starter {
            Some(_) => true,
            None => client.owner(&name.owner).await?.is_organization(),
        };
        may_exist.set(true);
        let made = match &wanted.starter {
            Some(starter) => client.generate(starter, &new).await,
            None => client.create_repository(&new, in_organization).await,
        };
        if let Err(error) = &made {
            // A name that is taken may be taken by a creation of ours whose answer was lost.
            may_exist.set(!error.is_refusal() || error.kind == ForgeErrorKind::Invalid);
        }
        Ok(begun(&made?))
    };
    let intent = serde_json::json!({ "repository": name.to_string(), "private": new.private });
    let settled = operation.effect(REPOSITORY, &intent, Caution::Always, look_up, act).await;
    if settled.is_err() && !may_exist.get() {
        // Otherwise the next run would take a repository that somebody else creates meanwhile for its own.
        operation.retract(REPOSITORY)?;
    }
    let settled = settled?;
    if settled.is_new() {
        told(&format!("created {name}, {}", if new.private { "private" } else { "public" }));
    }
    let is_of_this_run = !matches!(settled, Settled::Found(_));
    Ok((settled.outcome(), is_of_this_run))
}

/// Waits for the starter's files, and returns the commit that they came in.
async fn populated(
    wanted: &Publication<'_>,
    begun: &Begun,
    client: &Client,
    operation: &Operation,
    told: Announce<'_>,
) -> Result<String> {
    let name = &wanted.repository;
    let first = async || {
        for poll in 0..POLLS {
            if let Some(head) = client.branch_head(name, &begun.branch).await? {
                // After a lost journal, the head may be our own commit; then its parent is the one.
                let commit = client.commit(name, &head).await?;
                let ours = commit.message.contains(&wanted.trailer());
                let beneath = commit.parents.first().map(|parent| parent.sha.clone());
                return Ok(if ours { beneath.unwrap_or(head) } else { head });
            }
            if poll == 0 {
                told("waiting for the starter's files");
            }
            client.time().sleep(BETWEEN_POLLS).await;
        }
        Err(Error::failed(format!(
            "`{name}` has no files yet, though it was asked for {POLLS} times"
        ))
        .hint("run the same command again later: it continues where it stopped"))
    };
    let none = async || Ok(None);
    let settled = operation.effect(FILES, &begun.branch, Caution::WhenInDoubt, none, first).await?;
    Ok(settled.outcome())
}

/// Returns the settings left to change: internal visibility, which cannot be set on creation. Other settings are left
/// to the repository's owner.
fn still_to_set(wanted: Visibility, found: &Repository) -> Option<RepositoryChange> {
    let is_private = visibility_of(found) == Visibility::Private.as_str();
    (wanted == Visibility::Internal && is_private).then(|| RepositoryChange {
        visibility: Some(wanted.as_str().to_owned()),
        ..RepositoryChange::default()
    })
}

/// Sets up a repository just created, if still `untouched`: its branch, and the commit that its files came in. A
/// repository that existed before, or that somebody has worked in, is never made visible to more people.
async fn set_up(
    wanted: &Publication<'_>,
    untouched: Option<(&str, &str)>,
    client: &Client,
    operation: &Operation,
    told: Announce<'_>,
) -> Result<()> {
    let name = &wanted.repository;
    let to_set = async || {
        let Some((branch, base)) = untouched else { return Ok::<_, ForgeError>(None) };
        if client.branch_head(name, branch).await?.as_deref() != Some(base) {
            return Ok(None);
        }
        Ok(still_to_set(wanted.draft.visibility, &client.repository(name).await?))
    };
    let look_up = async || Ok(to_set().await?.is_none().then_some(()));
    let act = async || {
        if let Some(change) = to_set().await? {
            client.change_repository(name, &change).await?;
        }
        Ok(())
    };
    let intent = serde_json::json!({ "visibility": wanted.draft.visibility.as_str() });
    let settled = operation.effect(SETTINGS, &intent, Caution::Always, look_up, act).await?;
    if settled.is_new() {
        told(&format!("set its visibility to {}", wanted.draft.visibility.as_str()));
    }
    Ok(())
}

async fn commit(
    wanted: &Publication<'_>,
    begun: &Begun,
    base: &str,
    client: &Client,
    operation: &Operation,
) -> Result<Settled<String>> {
    let (name, branch) = (&wanted.repository, &begun.branch);
    let from = match &wanted.starter {
        Some(starter) => format!("the starter {starter}"),
        None => format!("the shape `{}`", wanted.pack.manifest.name),
    };
    let message = format!("Create {} from {from}\n\n{}\n", wanted.slug, wanted.trailer());
    let look_up = async || {
        let Some(head) = client.branch_head(name, branch).await? else { return Ok(None) };
        let found = client.commit(name, &head).await?;
        Ok(found.message.contains(&wanted.trailer()).then_some(head))
    };
    let act = async || {
        let tree = client.tree(name, &client.commit(name, base).await?.tree.sha).await?;
        if tree.truncated {
            // Files that the forge does not list cannot be removed.
            return Err(Error::failed(format!(
                "`{name}` has more files from its starter than the forge lists"
            ))
            .hint("make the starter smaller: its files outside the shape are copied each time"));
        }
        let profile = wanted.pack.profile(wanted.draft.identity.profile.as_deref());
        let profile =
            profile.ok_or_else(|| Error::failed("the shape no longer has the profile"))?;
        let (changes, keeps_modes) = changes(&tree, wanted.draft, &wanted.pack, &profile);
        let commit =
            NewCommit { base: base.to_owned(), message: message.clone(), changes, keeps_modes };
        let put = client.commit_on_branch(name, branch, &commit).await;
        put.map_err(|error| refused(error, &commit.changes))
    };
    let intent = serde_json::json!({ "branch": branch, "base": base });
    operation.effect(COMMIT, &intent, Caution::Always, look_up, act).await
}

/// Returns why the commit was refused. For a token that may not touch workflows, forges answer as if nothing were
/// there.
fn refused(error: ForgeError, changes: &[FileChange]) -> Error {
    // An answer that names the permission is about that one.
    let hides = matches!(error.kind, ForgeErrorKind::NotFound | ForgeErrorKind::Forbidden)
        && error.of_permission().is_none();
    let workflow = changes.iter().find(|it| it.path.starts_with(".github/workflows/"));
    match workflow.filter(|_| hides) {
        Some(file) => {
            let why = format!(
                "the commit contains `{}`: the forge gives this answer to a token without `workflows: write` (a \
                 classic one without `workflow`)",
                file.path
            );
            match error.hint {
                // In place of a general hint: the cause is known.
                None => error.hint(why).into(),
                Some(_) => Error::from(error).hint(why),
            }
        }
        None => error.into(),
    }
}

/// Whether a file of the starter stays in a repository created from it.
#[must_use]
pub fn kept_of(path: &str, draft: &Draft, pack: &Pack, profile: &ProfileGlobs) -> bool {
    if draft.tree.entry(path).is_some() {
        return true;
    }
    let forbidden = pack.rules().iter().any(|held| held.keeps_out(path)) && !profile.permits(path);
    let is_pack = path == ".shipshape" || path.starts_with(".shipshape/");
    !forbidden && !is_pack && !profile.does_without(path)
}

/// Returns the paths at which an existing repository is not as the draft would make it: other content, or a file that is
/// missing or would be removed.
#[must_use]
pub fn differing(draft: &Draft, pack: &Pack, there: &Snapshot) -> Vec<String> {
    let Some(profile) = pack.profile(draft.identity.profile.as_deref()) else { return Vec::new() };
    let is_other = |path: &&str| draft.tree.entry(path) != there.entry(path);
    let written = draft.files.changes.keys().map(RepoPath::as_str).filter(is_other);
    let removed = there.entries.keys().map(RepoPath::as_str);
    let removed = removed.filter(|path| !kept_of(path, draft, pack, &profile));
    written.chain(removed).map(str::to_owned).collect()
}

/// Returns the changes from the starter's tree to the draft's, and whether they have to preserve file modes.
fn changes(
    tree: &Tree,
    draft: &Draft,
    pack: &Pack,
    profile: &ProfileGlobs,
) -> (Vec<FileChange>, bool) {
    let there: BTreeMap<&str, (&str, &str)> = tree
        .tree
        .iter()
        .filter(|entry| entry.kind != "tree")
        .map(|entry| (entry.path.as_str(), (entry.mode.as_str(), entry.sha.as_str())))
        .collect();
    let mut changes = Vec::new();
    let mut keeps_modes = false;
    for (path, change) in &draft.files.changes {
        let Change::Write { bytes, mode, .. } = change else { continue };
        let mode = match mode {
            Mode::Executable => "100755",
            Mode::File | Mode::Link => "100644",
        };
        let known = there.get(path.as_str());
        let id = BlobId::of(bytes).to_string();
        if known == Some(&(mode, id.as_str())) {
            continue;
        }
        keeps_modes |= known.is_some_and(|(known, _)| *known != mode || *known != "100644");
        let content = Some(FileContent { mode, bytes: bytes.to_vec() });
        changes.push(FileChange { path: path.as_str().to_owned(), content });
    }
    for path in there.keys().filter(|path| !kept_of(path, draft, pack, profile)) {
        changes.push(FileChange { path: (*path).to_owned(), content: None });
    }
    (changes, keeps_modes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_exists_is_opened_to_everybody() {
        let found = |visibility: &str| -> Repository {
            let private = visibility != "public";
            let text = serde_json::json!({
                "full_name": "acme/x", "name": "x", "owner": { "login": "acme" }, "default_branch": "main",
                "private": private, "visibility": visibility,
            });
            serde_json::from_value(text).expect("a repository")
        };
        for wanted in Visibility::ALL {
            for there in ["public", "private", "internal"] {
                let set = still_to_set(wanted, &found(there)).and_then(|change| change.visibility);
                let may = wanted == Visibility::Internal && there == "private";
                assert_eq!(set.as_deref(), may.then_some("internal"), "{there}: {wanted:?}");
            }
        }
    }
}
