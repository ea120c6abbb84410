//! The mirror: a repository with the package as it was built, for those who still look there.
//!
//! Each version becomes one commit and one tag in the mirror, marked as generated. Our commits name their own tree in a
//! trailer. A commit with a different tree or without the trailer was made by hand: what it changed is reported, and
//! overwritten only on request. The mirror itself shows what was done, so a run that was killed can be repeated without
//! doing anything twice.
//!
//! | module | contents |
//! |---|---|
//! | `mark` | the trailers of our commits |
//! | `tree` | the files of the mirror, and differences between trees |
//! | `document` | the report |

mod document;
mod mark;
mod tree;

use std::collections::BTreeSet;

use pep440_rs::Version;

use super::subject::Subject;
use crate::error::{Error, Result};
use crate::fleet::RepositoryName;
use crate::forge::calls::git::NewEntry;
use crate::forge::{Client, ForgeErrorKind};

pub use document::{Edit, HandCommit, How, Mirror, SCHEMA, State};
pub use tree::Files;

use mark::Mark;
use tree::{Known, differences};

/// The most commits made by hand that are followed back to our last one.
const MOST_COMMITS: usize = 100;

/// What to show in the mirror.
#[derive(Debug)]
pub struct Request<'a> {
    /// What is released.
    pub subject: &'a Subject,
    /// The mirror.
    pub mirror: &'a RepositoryName,
    /// The released version.
    pub version: &'a Version,
    /// The commit of the source.
    pub commit: &'a str,
    /// The built files.
    pub files: &'a Files,
    /// Whether to overwrite changes made by hand.
    pub overwrite: bool,
    /// Whether to write nothing.
    pub dry_run: bool,
}

/// The mirror shows this later release, so nothing was written.
#[derive(Debug)]
pub struct ShowsLater(pub String);

/// The report of showing a version, or why it is not shown.
pub type Shown = std::result::Result<Mirror, ShowsLater>;

/// The current state of the mirror.
struct Seen {
    branch: String,
    /// The commit at the head of the branch.
    head: String,
    tree: String,
    /// The mark of the head, if it is ours.
    mark: Option<Mark>,
    /// Commits made by hand, newest first; empty if the head is ours.
    by_hand: Vec<HandCommit>,
    /// The tree of our last commit, if there is one.
    base: Option<String>,
    /// The mark of that commit, if it shows a version.
    last: Option<Mark>,
}

/// Writes a version to the mirror, unless it is already there.
///
/// # Errors
/// When the mirror cannot be read or written, or has the tag on something else.
pub async fn show(client: &Client, request: &Request<'_>, now: String) -> Result<Shown> {
    let Request { subject, mirror, version, .. } = request;
    let tag = subject.release.tag_of(&version.to_string());
    let wanted = Mark::of(subject, version, request.commit);
    let mut document = Mirror::new(request, &tag, now);
    let tags = client.tags(mirror, &tag).await?;
    if let Some(tagged) = tags.iter().find(|found| found.name == tag) {
        // A tag without a commit is reported by the id of its own object.
        let shown = tagged.commit.as_ref().unwrap_or(&tagged.object);
        let commit = match &tagged.commit {
            Some(commit) => Some(client.commit(mirror, commit).await?),
            None => None,
        };
        let marked = commit.as_ref().and_then(|commit| Some((Mark::read(commit)?, commit)));
        return match marked {
            Some((mark, commit)) if mark.is_of(&wanted) => {
                document.state = State::Already;
                document.commit = Some(shown.clone());
                document.tree = Some(commit.tree.sha.clone());
                Ok(Ok(document))
            }
            _ => Err(Error::failed(format!("`{tag}` of {mirror} marks something else"))
                .caused_by(format!("its commit {shown} does not say that it shows {version}"))
                .hint("delete that tag there if it was created by hand")),
        };
    }
    let branch = client.repository(mirror).await?.default_branch;
    if client.branch_head(mirror, &branch).await?.is_none() {
        // The mirror is empty, so nothing can be lost.
        if request.dry_run {
            return Ok(Ok(document));
        }
        let readme = tree::first_readme(subject);
        let message = mark::beginning(request, readme.as_bytes());
        let file = (tree::README, readme.as_bytes());
        client.begin_with(mirror, &branch, file, &message).await?;
    }
    let seen = look(client, mirror, branch).await?;
    // Changes made by hand on top do not make it an earlier version.
    if let Some(mark) = &seen.last
        && mark.is_later_than(&wanted)
    {
        return Ok(Err(ShowsLater(mark.release.clone())));
    }
    if seen.mark.as_ref().is_some_and(|mark| mark.is_of(&wanted)) {
        // A run was cut off between creating the commit and its tag.
        document.commit = Some(seen.head.clone());
        document.tree = Some(seen.tree.clone());
        return tagged(client, request, document, &tag).await.map(Ok);
    }
    let there = Known::of(client, mirror, &seen.tree).await?;
    if !seen.by_hand.is_empty() {
        let before = match &seen.base {
            Some(base) => Known::of(client, mirror, base).await?,
            None => Known::default(),
        };
        document.by_hand = seen.by_hand.clone();
        document.edits = differences(&before, &there);
        if !request.overwrite && !document.edits.is_empty() {
            document.state = State::Refused;
            return Ok(Ok(document));
        }
    }
    if request.dry_run {
        return Ok(Ok(document));
    }
    let tree = write_tree(client, request, &there).await?;
    let message = wanted.message(request, &tree);
    let commit = client.create_commit(mirror, &message, &tree, &[&seen.head]).await?;
    client.move_branch(mirror, &seen.branch, &commit).await.map_err(|error| {
        let moved = matches!(error.kind, ForgeErrorKind::Invalid | ForgeErrorKind::Conflict);
        let error = Error::from(error);
        match moved {
            true => error.hint("was something pushed there at the same time? Run it again"),
            false => error,
        }
    })?;
    document.commit = Some(commit);
    document.tree = Some(tree);
    tagged(client, request, document, &tag).await.map(Ok)
}

async fn tagged(
    client: &Client,
    request: &Request<'_>,
    mut document: Mirror,
    tag: &str,
) -> Result<Mirror> {
    if request.dry_run {
        return Ok(document);
    }
    let commit = document.commit.clone().unwrap_or_default();
    let message = format!(
        "{} {}\n\nBuilt from {} at {}.\n",
        request.subject.distribution, request.version, request.subject.repository, request.commit
    );
    let object = client.create_tag_object(request.mirror, tag, &message, &commit).await?;
    client.create_tag_reference(request.mirror, tag, &object).await?;
    document.state = State::Written;
    Ok(document)
}

async fn look(client: &Client, mirror: &RepositoryName, branch: String) -> Result<Seen> {
    let head = client.branch_head(mirror, &branch).await?.ok_or_else(|| {
        Error::failed(format!("the branch `{branch}` of the mirror {mirror} has no commit"))
            .hint("was it deleted at the same time? Run it again")
    })?;
    let first = client.commit(mirror, &head).await?;
    let (tree, mark) = (first.tree.sha.clone(), Mark::read(&first));
    let mut by_hand = Vec::new();
    let (mut base, mut last) = (None, None);
    let mut commit = first;
    for _ in 0..MOST_COMMITS {
        last = Mark::read(&commit);
        if last.is_some() || mark::is_beginning(&commit) {
            base = Some(commit.tree.sha.clone());
            break;
        }
        let subject = commit.message.lines().next().unwrap_or_default().trim().to_owned();
        by_hand.push(HandCommit { commit: commit.sha.clone(), subject });
        let Some(parent) = commit.parents.first() else { break };
        commit = client.commit(mirror, &parent.sha).await?;
    }
    Ok(Seen { branch, head, tree, mark, by_hand, base, last })
}

/// Creates the tree. Blobs that the mirror already has are not sent again.
async fn write_tree(client: &Client, request: &Request<'_>, there: &Known) -> Result<String> {
    let files = request.files.shown(request.subject, request.commit)?;
    let mut sent = BTreeSet::new();
    let mut entries = Vec::new();
    for file in files {
        let id = file.id.to_string();
        if !there.has(&id) && sent.insert(id.clone()) {
            let made = client.create_blob(request.mirror, &file.bytes).await?;
            if made != id {
                return Err(Error::failed(format!(
                    "{} stored `{}` as something else",
                    request.mirror, file.path
                ))
                .caused_by(format!("it reports {made}, but the content is {id}")));
            }
        }
        let mode = if file.executable { "100755" } else { "100644" };
        entries.push(NewEntry { path: file.path, mode, sha: Some(id) });
    }
    Ok(client.create_tree(request.mirror, None, &entries).await?)
}
