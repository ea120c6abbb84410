//! What the forge shows of the source repository.
//!
//! Four questions: the commit, the tags, what changed since the last final version, and the pull requests that brought
//! those changes, whose labels determine the level. Anything that cannot be read is an error: a label that was not seen
//! is not the same as a label that is absent.

use std::collections::BTreeSet;
use std::str::FromStr as _;

use pep440_rs::Version;
use schemars::JsonSchema;
use serde::Serialize;

use super::freeze::{self, Freeze};
use super::subject::Subject;
use crate::error::{Error, Result};
use crate::forge::calls::history::Past;
use crate::forge::calls::tags::Tag;
use crate::forge::{Client, ForgeError};
use crate::source::shell::quoted;

/// The most changes that are read; nobody reads more in the plan of one release.
pub const MOST_CHANGES: usize = 100;

/// The most commits of the last release that are recognized: enough to notice a branch that was merged late.
const MOST_BEFORE: usize = 500;

/// What the forge shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// The branch that releases are made from.
    pub branch: String,
    /// The commit that is asked about.
    pub commit: String,
    /// Its message.
    pub message: String,
    /// The versions that have a tag.
    pub tags: Vec<Tagged>,
    /// Tags that are named like a release but contain no valid version.
    pub odd: Vec<String>,
    /// The freeze, if releases are stopped.
    pub freeze: Option<Freeze>,
    /// What changed in the source since the highest final version, newest first; everything if there is none. A change
    /// that only a release candidate contains is still to be released.
    pub changes: Vec<Change>,
    /// Whether there are more changes than were read.
    pub more: bool,
    /// Whether any commit ever touched the source.
    pub touched: bool,
    /// How many changes of the source the highest final version has and this commit lacks: more than none if the commit
    /// is on another line.
    pub lacks: usize,
    /// Whether the commit was named, so that it need not be on the branch.
    pub is_named: bool,
}

/// A version with its tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged {
    /// The version.
    pub version: Version,
    /// The name of the tag.
    pub tag: String,
    /// The object that its reference points to.
    pub object: String,
    /// The commit that it tags.
    pub commit: String,
    /// The message of an annotated tag.
    pub message: String,
}

/// A commit that changed the source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    /// The commit.
    pub commit: String,
    /// The first line of its message.
    pub subject: String,
    /// When it was made, RFC 3339.
    pub at: String,
    /// Numbers of the merged pull requests that contain it.
    pub pulls: Vec<u64>,
    /// Their labels.
    pub labels: Vec<String>,
}

impl Observed {
    /// The highest final version that has a tag.
    #[must_use]
    pub fn last(&self) -> Option<&Tagged> {
        let all = self.tags.iter().filter(|tagged| !tagged.version.any_prerelease());
        all.max_by(|one, other| one.version.cmp(&other.version))
    }

    /// The highest final version whose tag is at the commit.
    #[must_use]
    pub fn released_here(&self) -> Option<&Tagged> {
        let here = self
            .tags
            .iter()
            .filter(|tagged| tagged.commit == self.commit && !tagged.version.any_prerelease());
        here.max_by(|one, other| one.version.cmp(&other.version))
    }
}

/// Reads the forge. Without a commit, reads the head of the release branch.
///
/// # Errors
/// When any of it cannot be read, or there is no such commit.
pub async fn observe(client: &Client, subject: &Subject, commit: Option<&str>) -> Result<Observed> {
    let Subject { repository, release, .. } = subject;
    let name = commit.or(release.branch.as_deref());
    let named = client.named(repository, name).await?.ok_or_else(|| {
        let name = name.unwrap_or("its default branch");
        Error::failed(format!("`{repository}` has no commit `{name}`"))
            .hint("give the whole id of a commit that was pushed, or a branch")
    })?;
    let branch = release.branch.clone().unwrap_or(named.default_branch);
    let (before, _) = release.around();
    let freeze_tag = release.freeze_tag();
    let found = client.tags(repository, common(before, &freeze_tag)).await?;
    let freeze = found.iter().find(|tag| tag.name == freeze_tag).map(freeze::of_tag);
    let (mut tags, mut odd) = (Vec::new(), Vec::new());
    for tag in found {
        let Some(text) = release.version_in(&tag.name) else { continue };
        match Version::from_str(text) {
            Ok(version) => {
                tags.push(tagged(version, tag).map_err(|name| no_commit(subject, &name))?)
            }
            Err(_) => odd.push(tag.name),
        }
    }
    let mut observed = Observed {
        branch,
        commit: named.sha,
        message: named.message,
        tags,
        odd,
        freeze,
        is_named: commit.is_some(),
        ..Observed::default()
    };
    changes(client, subject, &mut observed).await?;
    Ok(observed)
}

/// Reads only the versions that have a tag.
///
/// # Errors
/// When the forge cannot be read.
pub async fn tags(client: &Client, subject: &Subject) -> Result<Vec<Tagged>, ForgeError> {
    let Subject { repository, release, .. } = subject;
    let (before, _) = release.around();
    let found = client.tags(repository, before).await?;
    let of = |tag: Tag| {
        let version = Version::from_str(release.version_in(&tag.name)?).ok()?;
        tagged(version, tag).ok()
    };
    Ok(found.into_iter().filter_map(of).collect())
}

/// Returns the tagged version, or the tag's name if it does not point to a commit.
fn tagged(version: Version, tag: Tag) -> Result<Tagged, String> {
    let Tag { name, object, commit, note } = tag;
    let message = note.map(|note| note.message).unwrap_or_default();
    match commit {
        Some(commit) => Ok(Tagged { version, tag: name, object, commit, message }),
        None => Err(name),
    }
}

/// The error of a release tag without a commit: its version is taken, and what was released is unknown.
fn no_commit(subject: &Subject, tag: &str) -> Error {
    let what = "is named like a release, but does not point to a commit";
    Error::failed(format!("the tag `{tag}` of {} {what}", subject.repository)).hint(format!(
        "delete it there if it was created by mistake: git push --delete origin {}",
        quoted(tag)
    ))
}

/// The longest common prefix of two names.
fn common<'n>(one: &'n str, other: &str) -> &'n str {
    let same = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    // Never splits a character of several bytes.
    (0..=same).rev().find_map(|end| one.get(..end)).unwrap_or_default()
}

/// Reads what changed. Commits are recognized by id rather than by time: a branch that was merged late brings commits
/// that are older than the last release.
async fn changes(client: &Client, subject: &Subject, observed: &mut Observed) -> Result<()> {
    let Subject { repository, path, .. } = subject;
    let known: Vec<String> = match observed.last() {
        Some(last) if last.commit == observed.commit => {
            observed.touched = true;
            return Ok(());
        }
        Some(last) => client.history_ids(repository, &last.commit, path, MOST_BEFORE).await?,
        None => Vec::new(),
    };
    let past = client.history(repository, &observed.commit, path, MOST_CHANGES + 1).await?;
    observed.touched = !past.is_empty();
    let is_in = |id: &String, past: &[Past]| past.iter().any(|past| past.oid == *id);
    if known.first().is_some_and(|newest| !is_in(newest, &past)) {
        let ids = client.history_ids(repository, &observed.commit, path, MOST_BEFORE).await?;
        let ours: BTreeSet<&String> = ids.iter().collect();
        // What is older than the oldest commit that was read is in both.
        observed.lacks = known.iter().take_while(|id| !ours.contains(id)).count();
    }
    let branch = observed.branch.clone();
    let known: BTreeSet<String> = known.into_iter().collect();
    let new: Vec<Past> = past.into_iter().filter(|past| !known.contains(&past.oid)).collect();
    observed.more = new.len() > MOST_CHANGES;
    let new = new.into_iter().take(MOST_CHANGES);
    observed.changes = new.map(|past| change(past, &branch)).collect();
    Ok(())
}

fn change(past: Past, branch: &str) -> Change {
    let mut labels = Vec::new();
    let mut pulls = Vec::new();
    for pull in past.pulls {
        // A pull request that was closed, or merged into another branch, did not bring it here.
        if pull.merged && pull.base == branch {
            pulls.push(pull.number);
            labels.extend(pull.labels);
        }
    }
    labels.sort();
    labels.dedup();
    let subject = past.message.lines().next().unwrap_or_default().trim().to_owned();
    Change { commit: past.oid, subject, at: past.committed_date, pulls, labels }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::calls::history::Brought;

    #[test]
    fn names_have_a_common_beginning_or_none() {
        assert_eq!(common("runtime-v", "runtime-freeze"), "runtime-");
        assert_eq!(common("v", "freeze"), "");
        assert_eq!(common("é", "è"), "");
    }

    #[test]
    fn labels_count_of_pull_requests_that_were_merged_here() {
        let pull = |number, merged, base: &str, label: &str| Brought {
            number,
            merged,
            base: base.to_owned(),
            labels: vec![label.to_owned()],
        };
        let past = Past {
            oid: "a".to_owned(),
            message: "Say it\n\nAnd why".to_owned(),
            committed_date: String::new(),
            pulls: vec![
                pull(1, true, "main", "release:minor"),
                pull(2, false, "main", "release:major"),
                pull(3, true, "next", "release:major"),
            ],
        };
        let change = change(past, "main");
        assert_eq!(
            (change.subject.as_str(), change.pulls, change.labels),
            ("Say it", vec![1], vec!["release:minor".to_owned()])
        );
    }
}
