//! The mirror: a repository that shows the package as it was built, for those who still look there.
//!
//! In: the built files, and the commit that they are of. Out: one commit and one tag in the mirror, marked as generated.
//! A commit of ours names the tree that it has (a trailer). One that has another tree, or no trailer, was made by
//! hand: what it changed is told, and written over only when somebody says so. The mirror itself says what was
//! done, so a run that was killed anywhere is done again, and does nothing twice.
//!
//! | file | what it owns |
//! |---|---|
//! | `mark` | what our commits say of themselves |
//! | `tree` | the files that are shown, and how they differ from what is there |
//! | `document` | what came of it |

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

/// Commits made by hand that are followed back to the last one of ours.
const MOST_COMMITS: usize = 100;

/// What is to be shown.
#[derive(Debug)]
pub struct Request<'a> {
    /// What is released.
    pub subject: &'a Subject,
    /// The mirror.
    pub mirror: &'a RepositoryName,
    /// The released version.
    pub version: &'a Version,
    /// The commit of the source that it is of.
    pub commit: &'a str,
    /// The built files.
    pub files: &'a Files,
    /// Whether what was changed by hand is written over.
    pub overwrite: bool,
    /// Whether nothing is to be written.
    pub dry_run: bool,
}

/// What is there.
struct Seen {
    branch: String,
    /// The commit that the branch is at.
    head: String,
    tree: String,
    /// What the head says, when it is ours.
    mark: Option<Mark>,
    /// Commits made by hand, the newest first; none when the head is ours.
    by_hand: Vec<HandCommit>,
    /// The tree of the last commit of ours, when there is one.
    base: Option<String>,
    /// What that one says, when it shows a version.
    last: Option<Mark>,
}

/// Shows a version, unless it is shown already.
///
/// # Errors
/// When the mirror cannot be read or written, has the tag on something else, or shows a later version.
pub async fn show(client: &Client, request: &Request<'_>, now: String) -> Result<Mirror> {
    let Request { subject, mirror, version, .. } = request;
    let tag = subject.release.tag_of(&version.to_string());
    let wanted = Mark::of(subject, version, request.commit);
    let mut document = Mirror::new(request, &tag, now);
    let tags = client.tags(mirror, &tag).await?;
    if let Some(tagged) = tags.iter().find(|found| found.name == tag) {
        // What leads to no commit says by its own id that it shows nothing.
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
                Ok(document)
            }
            _ => Err(Error::failed(format!("`{tag}` of {mirror} is of something else"))
                .caused_by(format!("its commit {shown} does not say that it shows {version}"))
                .hint("delete that tag there, if it was made by hand")),
        };
    }
    let branch = client.repository(mirror).await?.default_branch;
    if client.branch_head(mirror, &branch).await?.is_none() {
        // There is nothing yet that could be lost.
        if request.dry_run {
            return Ok(document);
        }
        let readme = tree::first_readme(subject);
        let message = mark::beginning(request, readme.as_bytes());
        let file = (tree::README, readme.as_bytes());
        client.begin_with(mirror, &branch, file, &message).await?;
    }
    let seen = look(client, mirror, branch).await?;
    // What somebody changed on top of it makes it no earlier.
    if let Some(mark) = &seen.last
        && mark.is_later_than(&wanted)
    {
        return Err(Error::failed(format!("{mirror} shows {} already", mark.release))
            .hint("an earlier version is not shown behind a later one"));
    }
    if seen.mark.as_ref().is_some_and(|mark| mark.is_of(&wanted)) {
        // A run was cut off between the commit and its tag.
        document.commit = Some(seen.head.clone());
        document.tree = Some(seen.tree.clone());
        return tagged(client, request, document, &tag).await;
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
            return Ok(document);
        }
    }
    if request.dry_run {
        return Ok(document);
    }
    let tree = write_tree(client, request, &there).await?;
    let message = wanted.message(request, &tree);
    let commit = client.create_commit(mirror, &message, &tree, &[&seen.head]).await?;
    client.move_branch(mirror, &seen.branch, &commit).await.map_err(|error| {
        let moved = matches!(error.kind, ForgeErrorKind::Invalid | ForgeErrorKind::Conflict);
        let error = Error::from(error);
        match moved {
            true => error.hint("did somebody push there at this moment? Run it again"),
            false => error,
        }
    })?;
    document.commit = Some(commit);
    document.tree = Some(tree);
    tagged(client, request, document, &tag).await
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
            .hint("did somebody take it away at this moment? Run it again")
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

/// Makes the tree; contents that are there already are not sent again.
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
                    "{} keeps `{}` as something else",
                    request.mirror, file.path
                ))
                .caused_by(format!("it says {made}, and its content is {id}")));
            }
        }
        let mode = if file.executable { "100755" } else { "100644" };
        entries.push(NewEntry { path: file.path, mode, sha: Some(id) });
    }
    Ok(client.create_tree(request.mirror, None, &entries).await?)
}
