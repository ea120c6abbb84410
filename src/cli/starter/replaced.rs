//! Earlier pull requests of `starter sync`, which a newer one replaces: one that nobody has worked on is closed.

use std::collections::BTreeMap;

use super::{BRANCHES, MARKER, TRAILER, identity};
use crate::cli::shared::forge::Session;
use crate::error::Result;
use crate::fleet::RepositoryName;
use crate::forge::calls::branch_pulls::{OfferQuery, PullSeen};
use crate::forge::calls::branches::SeenBranch;
use crate::forge::calls::git::Tree;
use crate::forge::calls::pulls::{PullRequest, PullState};
use crate::forge::{Client, ForgeError};

/// Those that are open beside the one from this branch.
pub(super) fn open(
    session: &Session,
    starter: &RepositoryName,
    branch: &str,
) -> Result<Vec<PullRequest>> {
    let mut open = session.run(session.client().pulls(starter, None, PullState::Open))?;
    open.retain(|pull| is_of_a_sync(pull) && pull.head.branch != branch);
    Ok(open)
}

/// Whether a run opened a pull request.
fn is_of_a_sync(pull: &PullRequest) -> bool {
    let body = pull.body.as_deref().unwrap_or_default();
    pull.head.branch.starts_with(BRANCHES) && body.contains(MARKER)
}

/// What the text of a newer one says of them; empty if there are none.
pub(super) fn in_text(earlier: &[PullRequest]) -> String {
    let numbers: Vec<String> = earlier.iter().map(|pull| format!("#{}", pull.number)).collect();
    match &numbers[..] {
        [] => String::new(),
        numbers => format!("\nIt replaces {}.\n", numbers.join(", ")),
    }
}

/// Closes an earlier one, and says what became of it.
pub(super) fn close(
    session: &Session,
    starter: &RepositoryName,
    earlier: &PullRequest,
    by: &PullRequest,
) -> String {
    let page = &earlier.html_url;
    match session.run(closed(session.client(), starter, earlier, by)) {
        Ok(true) => format!("it replaces {page}, which is closed now"),
        Ok(false) => format!(
            "it replaces {page}, which somebody else has worked on: close #{} if that is not needed",
            earlier.number
        ),
        Err(error) => {
            format!("it replaces {page}: close #{}, which failed: {error}", earlier.number)
        }
    }
}

/// Closes it and removes its branch, unless somebody has worked on it.
async fn closed(
    client: &Client,
    starter: &RepositoryName,
    earlier: &PullRequest,
    by: &PullRequest,
) -> Result<bool, ForgeError> {
    let query = OfferQuery { repository: starter.clone(), branch: earlier.head.branch.clone() };
    let mut offers = client.offers(std::slice::from_ref(&query)).await;
    let Some(offer) = offers.pop().transpose()? else { return Ok(false) };
    let Some(pull) = offer.open_pull().filter(|pull| pull.number == earlier.number) else {
        return Ok(false);
    };
    if !is_untouched(client, starter, pull).await? {
        return Ok(false);
    }
    client.close_pull_saying(starter, pull.number, &closing(by.number)).await?;
    let branch = SeenBranch { name: &pull.head_branch, commit: &pull.head };
    client.remove_branch(starter, &offer.id, branch).await?;
    Ok(true)
}

/// The text of one that was replaced. It has no marker: nobody declined what it offered, which may be wanted again.
fn closing(by: u64) -> String {
    format!("Replaced by #{by}: the shape has changed since.\n")
}

/// Whether a pull request is the one commit that its branch is named for, and nothing else.
async fn is_untouched(
    client: &Client,
    starter: &RepositoryName,
    pull: &PullSeen,
) -> Result<bool, ForgeError> {
    let Some(named) = pull.head_branch.strip_prefix(BRANCHES) else { return Ok(false) };
    let [commit] = &pull.commits[..] else { return Ok(false) };
    let [parent] = &commit.parents[..] else { return Ok(false) };
    let is_its = commit.message.contains(&format!("{TRAILER}{named}"));
    if pull.commit_count != 1 || commit.oid != pull.head || !is_its {
        return Ok(false);
    }
    let tree = async |commit: &str| {
        client.tree(starter, &client.commit(starter, commit).await?.tree.sha).await
    };
    let (before, after) = (tree(parent).await?, tree(&commit.oid).await?);
    if before.truncated || after.truncated {
        return Ok(false);
    }
    let Some(changed) = changed(&before, &after) else { return Ok(false) };
    let mut files = Vec::new();
    for (path, (mode, id)) in changed {
        files.push((path, mode, client.blob(starter, id).await?));
    }
    let files = files.iter().map(|(path, mode, bytes)| (*path, *mode, &bytes[..]));
    Ok(identity(files) == named)
}

/// The mode and id of the files that a tree has otherwise than the one before it, by path; `None` if some are gone.
fn changed<'t>(before: &Tree, after: &'t Tree) -> Option<BTreeMap<&'t str, (&'t str, &'t str)>> {
    let before = files(before);
    let mut after = files(after);
    if before.keys().any(|path| !after.contains_key(path)) {
        return None;
    }
    after.retain(|path, file| before.get(path) != Some(&*file));
    Some(after)
}

/// The mode and id of each file, by path.
fn files(tree: &Tree) -> BTreeMap<&str, (&str, &str)> {
    let entries = tree.tree.iter().filter(|entry| entry.kind != "tree");
    entries.map(|entry| (entry.path.as_str(), (entry.mode.as_str(), entry.sha.as_str()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::calls::git::TreeEntry;

    fn tree(files: &[(&str, &str)]) -> Tree {
        let entry = |(path, sha): &(&str, &str)| TreeEntry {
            path: (*path).to_owned(),
            mode: "100644".to_owned(),
            kind: "blob".to_owned(),
            sha: (*sha).to_owned(),
            size: None,
        };
        Tree { sha: String::new(), tree: files.iter().map(entry).collect(), truncated: false }
    }

    #[test]
    fn what_a_commit_changes_is_new_or_other_files_and_never_a_removal() {
        let before = tree(&[("a", "1"), ("b", "2")]);
        let after = tree(&[("a", "1"), ("b", "3"), ("c", "4")]);
        let found = changed(&before, &after).expect("nothing is gone");
        assert_eq!(found.into_keys().collect::<Vec<_>>(), ["b", "c"]);
        assert!(changed(&before, &tree(&[("a", "1")])).is_none());
    }

    #[test]
    fn one_that_was_replaced_may_be_offered_again() {
        assert!(!closing(2).contains(MARKER));
        assert_eq!(in_text(&[]), "");
    }
}
