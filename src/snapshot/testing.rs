//! Real repositories in temporary folders, created through libgit2 so that no `git` program is needed.

use std::path::Path;

use git2::{Oid, Repository, RepositoryInitOptions, Signature, Time};
use tempfile::TempDir;

/// One entry of a tree object, written verbatim, however hostile.
pub(crate) struct RawEntry<'a> {
    pub(crate) mode: &'a str,
    pub(crate) name: &'a [u8],
    pub(crate) id: Oid,
}

/// A bare repository, or one with a work tree, in a temporary folder.
pub(crate) struct TestRepository {
    folder: TempDir,
    pub(crate) git: Repository,
    clock: i64,
}

impl TestRepository {
    pub(crate) fn bare() -> Self {
        Self::with(RepositoryInitOptions::new().bare(true))
    }

    pub(crate) fn with_work_tree() -> Self {
        Self::with(&mut RepositoryInitOptions::new())
    }

    fn with(options: &mut RepositoryInitOptions) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let options = options.initial_head("trunk").external_template(false);
        let git = Repository::init_opts(folder.path(), options).expect("a repository");
        Self { folder, git, clock: 1_700_000_000 }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Sets the clock; the next commit is made a minute after it.
    pub(crate) fn set_clock(&mut self, seconds: i64) {
        self.clock = seconds;
    }

    pub(crate) fn blob(&self, content: &[u8]) -> Oid {
        self.git.blob(content).expect("a blob")
    }

    /// Writes a tree of these paths and contents; a leading `!` makes a file executable, `@` a link.
    pub(crate) fn tree(&self, files: &[(&str, &str)]) -> Oid {
        let mut index = git2::Index::new().expect("an index");
        for (path, content) in files {
            let (mode, path) = match path.chars().next() {
                Some('!') => (0o100_755, &path[1..]),
                Some('@') => (0o120_000, &path[1..]),
                _ => (0o100_644, *path),
            };
            let entry = git2::IndexEntry {
                ctime: git2::IndexTime::new(0, 0),
                mtime: git2::IndexTime::new(0, 0),
                dev: 0,
                ino: 0,
                mode,
                uid: 0,
                gid: 0,
                file_size: 0,
                id: self.blob(content.as_bytes()),
                flags: 0,
                flags_extended: 0,
                path: path.as_bytes().to_owned(),
            };
            index.add(&entry).expect("an entry");
        }
        index.write_tree_to(&self.git).expect("a tree")
    }

    /// Writes a tree object of exactly these entries, in this order.
    pub(crate) fn raw_tree(&self, entries: &[RawEntry<'_>]) -> Oid {
        let mut bytes = Vec::new();
        for entry in entries {
            bytes.extend_from_slice(entry.mode.as_bytes());
            bytes.push(b' ');
            bytes.extend_from_slice(entry.name);
            bytes.push(0);
            bytes.extend_from_slice(entry.id.as_bytes());
        }
        let database = self.git.odb().expect("a database");
        database.write(git2::ObjectType::Tree, &bytes).expect("a tree")
    }

    /// Commits a tree with these parents, a minute after the last commit, without moving any reference.
    pub(crate) fn commit_tree(&mut self, tree: Oid, parents: &[Oid]) -> Oid {
        self.clock += 60;
        let who = Signature::new("A", "a@example.org", &Time::new(self.clock, 0)).expect("a name");
        let tree = self.git.find_tree(tree).expect("a tree");
        let parents: Vec<_> =
            parents.iter().map(|id| self.git.find_commit(*id).expect("a parent")).collect();
        let parents: Vec<_> = parents.iter().collect();
        self.git.commit(None, &who, &who, "change", &tree, &parents).expect("a commit")
    }

    /// Commits files on top of parents and points `trunk` at the commit.
    pub(crate) fn commit(&mut self, files: &[(&str, &str)], parents: &[Oid]) -> Oid {
        let tree = self.tree(files);
        let id = self.commit_tree(tree, parents);
        self.point("refs/heads/trunk", id);
        id
    }

    pub(crate) fn point(&self, reference: &str, id: Oid) {
        self.git.reference(reference, id, true, "test").expect("a reference");
    }

    /// The path of a loose object.
    pub(crate) fn loose(&self, id: Oid) -> std::path::PathBuf {
        let id = id.to_string();
        self.git.path().join("objects").join(&id[..2]).join(&id[2..])
    }
}
