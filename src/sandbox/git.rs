//! References and objects of the bare repositories.
//!
//! Values are our own types, not libgit2's, apart from ids. Anything missing is `None`; an error is
//! a failure of the disk or of libgit2. Whether an operation is allowed is decided by `rest`.

use std::path::Path;

use git2::{ErrorCode, ObjectType, Oid, Repository, Signature, Time};

use super::refusal::Answer;

/// An open repository.
pub(super) struct Store(pub(super) Repository);

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store").field(&self.0.path()).finish()
    }
}

/// The author or committer of a commit, and the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Who {
    pub(super) name: String,
    pub(super) email: String,
    /// Seconds since 1970.
    pub(super) seconds: i64,
    /// Minutes east of UTC.
    pub(super) offset: i32,
}

/// An identity that writes commits.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) login: String,
    pub(super) name: String,
    pub(super) email: String,
}

impl Identity {
    pub(super) fn at(&self, seconds: i64) -> Who {
        Who { name: self.name.clone(), email: self.email.clone(), seconds, offset: 0 }
    }
}

/// A commit.
#[derive(Clone, Debug)]
pub(super) struct Commit {
    pub(super) id: Oid,
    pub(super) tree: Oid,
    pub(super) parents: Vec<Oid>,
    pub(super) message: String,
    pub(super) author: Who,
    pub(super) committer: Who,
}

/// A commit to be created.
#[derive(Clone, Debug)]
pub(super) struct Changes {
    pub(super) tree: Oid,
    pub(super) parents: Vec<Oid>,
    pub(super) message: String,
    pub(super) author: Who,
    pub(super) committer: Who,
}

/// An entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Relative to the listed tree.
    pub(super) path: String,
    pub(super) mode: i32,
    pub(super) kind: &'static str,
    pub(super) id: Oid,
    /// The size of a blob.
    pub(super) size: Option<usize>,
}

impl Entry {
    /// Returns the last component of its path.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

impl Store {
    /// Creates an empty bare repository.
    pub(super) fn make(path: &Path, default_branch: &str) -> Answer<()> {
        let mut options = git2::RepositoryInitOptions::new();
        options.bare(true).external_template(false).no_reinit(true);
        options.initial_head(default_branch).mkpath(true);
        Repository::init_opts(path, &options)?;
        Ok(())
    }

    pub(super) fn open(path: &Path) -> Answer<Self> {
        Ok(Self(Repository::open_bare(path)?))
    }

    pub(super) fn set_head(&self, branch: &str) -> Answer<()> {
        Ok(self.0.set_head(&format!("refs/heads/{branch}"))?)
    }

    /// Returns the branches with their commits, sorted by name.
    pub(super) fn branches(&self) -> Answer<Vec<(String, Oid)>> {
        let found = self.references("refs/heads/")?;
        let short = |name: String| name.strip_prefix("refs/heads/").unwrap_or(&name).to_owned();
        Ok(found.into_iter().map(|(name, id)| (short(name), id)).collect())
    }

    pub(super) fn branch(&self, name: &str) -> Answer<Option<Oid>> {
        self.reference(&format!("refs/heads/{name}"))
    }

    /// Returns the references with a prefix, sorted by name.
    pub(super) fn references(&self, prefix: &str) -> Answer<Vec<(String, Oid)>> {
        let mut found = Vec::new();
        for reference in self.0.references()? {
            let reference = reference?;
            if let (Ok(name), Some(id)) = (reference.name(), reference.target())
                && name.starts_with(prefix)
            {
                found.push((name.to_owned(), id));
            }
        }
        found.sort();
        Ok(found)
    }

    /// Returns the target of a full reference name.
    pub(super) fn reference(&self, name: &str) -> Answer<Option<Oid>> {
        if !git2::Reference::is_valid_name(name) {
            return Ok(None);
        }
        match self.0.refname_to_id(name) {
            Ok(id) => Ok(Some(id)),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn set_reference(&self, name: &str, id: Oid) -> Answer<()> {
        self.0.reference(name, id, true, "sandbox")?;
        Ok(())
    }

    pub(super) fn delete_reference(&self, name: &str) -> Answer<()> {
        Ok(self.0.find_reference(name)?.delete()?)
    }

    pub(super) fn is_empty(&self) -> Answer<bool> {
        Ok(self.0.references()?.next().is_none())
    }

    /// Resolves a branch, a tag, or a commit id, as GitHub does.
    pub(super) fn resolve(&self, name: &str, default_branch: &str) -> Answer<Option<Oid>> {
        let name = if name == "HEAD" { default_branch } else { name };
        let spelled = format!("refs/{name}");
        let full =
            [name.to_owned(), spelled, format!("refs/heads/{name}"), format!("refs/tags/{name}")];
        for full in full {
            if full.starts_with("refs/")
                && let Some(id) = self.reference(&full)?
            {
                return Ok(self.peeled(id));
            }
        }
        if !(7..=40).contains(&name.len()) || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let object = self.0.revparse_single(name).ok();
        Ok(object.and_then(|object| self.peeled(object.id())))
    }

    /// Returns the commit that an object is or that a tag points to.
    fn peeled(&self, id: Oid) -> Option<Oid> {
        let object = self.0.find_object(id, None).ok()?;
        object.peel(ObjectType::Commit).ok().map(|commit| commit.id())
    }

    pub(super) fn kind(&self, id: Oid) -> Option<ObjectType> {
        self.0.find_object(id, None).ok()?.kind()
    }

    pub(super) fn commit(&self, id: Oid) -> Answer<Commit> {
        let commit = self.0.find_commit(id)?;
        Ok(Commit {
            id,
            tree: commit.tree_id(),
            parents: commit.parent_ids().collect(),
            message: String::from_utf8_lossy(commit.message_bytes()).into_owned(),
            author: who(&commit.author()),
            committer: who(&commit.committer()),
        })
    }

    pub(super) fn create_commit(&self, changes: &Changes) -> Answer<Oid> {
        let tree = self.0.find_tree(changes.tree)?;
        let parents = changes
            .parents
            .iter()
            .map(|id| self.0.find_commit(*id))
            .collect::<Result<Vec<_>, _>>()?;
        let parents: Vec<_> = parents.iter().collect();
        let (author, committer) = (signature(&changes.author)?, signature(&changes.committer)?);
        Ok(self.0.commit(None, &author, &committer, &changes.message, &tree, &parents)?)
    }

    pub(super) fn create_blob(&self, bytes: &[u8]) -> Answer<Oid> {
        Ok(self.0.blob(bytes)?)
    }

    /// Returns the content of a blob.
    pub(super) fn blob(&self, id: Oid) -> Answer<Option<Vec<u8>>> {
        match self.0.find_blob(id) {
            Ok(blob) => Ok(Some(blob.content().to_vec())),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn blob_size(&self, id: Oid) -> Option<usize> {
        Some(self.0.odb().ok()?.read_header(id).ok()?.0)
    }

    /// Returns the history of a commit, newest first.
    pub(super) fn history(&self, from: Oid, limit: usize) -> Answer<Vec<Oid>> {
        let mut walk = self.0.revwalk()?;
        walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::TIME)?;
        walk.push(from)?;
        Ok(walk.take(limit).collect::<Result<Vec<_>, _>>()?)
    }

    /// Returns the commits of `head` that `base` does not have, newest first.
    pub(super) fn ahead(&self, base: Oid, head: Oid) -> Answer<Vec<Oid>> {
        let mut walk = self.0.revwalk()?;
        walk.push(head)?;
        walk.hide(base)?;
        Ok(walk.collect::<Result<Vec<_>, _>>()?)
    }

    /// Whether `old` is `new` or one of its ancestors.
    pub(super) fn is_fast_forward(&self, old: Oid, new: Oid) -> Answer<bool> {
        Ok(old == new || self.0.graph_descendant_of(new, old)?)
    }

    pub(super) fn merge_base(&self, one: Oid, two: Oid) -> Option<Oid> {
        self.0.merge_base(one, two).ok()
    }
}

/// An annotated tag.
#[derive(Clone, Debug)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) message: Option<String>,
    pub(super) target: Oid,
    pub(super) tagger: Option<Who>,
}

/// An annotated tag to be created; no reference points to it yet.
#[derive(Clone, Debug)]
pub(super) struct NewTag<'a> {
    pub(super) name: &'a str,
    pub(super) message: &'a str,
    pub(super) object: Oid,
    pub(super) tagger: Who,
}

impl Store {
    pub(super) fn tag(&self, id: Oid) -> Answer<Tag> {
        let tag = self.0.find_tag(id)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (name, message) = (text(tag.name_bytes()), tag.message_bytes().map(text));
        let tagger = tag.tagger().map(|tagger| who(&tagger));
        Ok(Tag { name, message, target: tag.target_id(), tagger })
    }

    pub(super) fn create_tag(&self, new: &NewTag<'_>) -> Answer<Oid> {
        let object = self.0.find_object(new.object, None)?;
        let tagger = signature(&new.tagger)?;
        Ok(self.0.tag_annotation_create(new.name, &object, &tagger, new.message)?)
    }
}

fn who(signature: &Signature<'_>) -> Who {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Who {
        name: text(signature.name_bytes()),
        email: text(signature.email_bytes()),
        seconds: signature.when().seconds(),
        offset: signature.when().offset_minutes(),
    }
}

fn signature(who: &Who) -> Result<Signature<'_>, git2::Error> {
    Signature::new(&who.name, &who.email, &Time::new(who.seconds, who.offset))
}

mod merge;
mod tree;

pub(super) use tree::{TreeEdit, edit};
