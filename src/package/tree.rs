//! The package as it will be installed: its files at the site root, with their imports rewritten.
//!
//! A [`PackageTree`] of an [`Inventory`] without drift lists files in archive order. Their contents are made on demand,
//! so that a package larger than memory can be written, or all at once ([`PackageTree::assemble`]).
//!
//! Besides the folder's files, the package has an `__init__.py` (the folder's own, or an empty one), `py.typed`, and
//! `_runtime_modules.json`, from which linters of templates learn which names have moved.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::inventory::{MODULES_FILE, TYPED_FILE};
use super::rewrite::{self, FileReport, Namespace, Refusal, Rewritten};
use super::{Description, Inventory};
use crate::error::{Error, Result};
use crate::snapshot::{BlobId, EntryKind, RepoPath, Snapshot};

/// The size in bytes from which a batch takes no more files: 8 MiB.
///
/// With everything that is derived from them (the rewritten bytes, those of two archives, a syntax tree per thread), a
/// build takes some tens of megabytes, however large the package is.
const BATCH_BYTES: u64 = 8 << 20;

/// Maximum number of files in a batch.
const BATCH_FILES: usize = 1024;

/// The package, file by file.
#[derive(Clone, Debug)]
pub struct PackageTree {
    /// The files, in byte order of their paths.
    pub files: Vec<PackageFile>,
    namespace: Namespace,
    source: Snapshot,
    /// The source folder, for errors.
    folder: PathBuf,
}

/// One file of the package.
#[derive(Clone, Debug)]
pub struct PackageFile {
    /// Its path relative to the site root: `acme_runtime/main.py`.
    pub path: RepoPath,
    /// Whether it is executable.
    pub executable: bool,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Made(Arc<[u8]>),
    Python { from: RepoPath, id: BlobId },
    Data { from: RepoPath, id: BlobId },
}

/// A file with its bytes.
#[derive(Clone, Debug)]
pub struct Assembled {
    /// Its path relative to the site root.
    pub path: RepoPath,
    /// Whether it is executable.
    pub executable: bool,
    /// The content.
    pub bytes: Arc<[u8]>,
    /// What was rewritten or left, if requested and if there is anything.
    pub report: Option<FileReport>,
}

/// The files of a package, some of them as they are in the source.
#[derive(Debug, Default)]
pub struct AsFarAsPossible {
    /// All files.
    pub files: BTreeMap<RepoPath, Arc<[u8]>>,
    /// The modules that could not be rewritten, and why.
    pub unmade: Vec<(RepoPath, Error)>,
}

impl PackageTree {
    /// Creates the package of an inventory.
    #[must_use]
    pub fn of(
        description: &Description,
        inventory: &Inventory,
        source: &Snapshot,
        folder: PathBuf,
    ) -> Self {
        let package = &description.package;
        let roots: BTreeSet<String> =
            description.modules.iter().chain(&description.subpackages).cloned().collect();
        let mut files: BTreeMap<RepoPath, PackageFile> = BTreeMap::new();
        let mut add = |name: &str, executable, content| {
            let path = RepoPath::new(&format!("{package}/{name}"));
            files.insert(path.clone(), PackageFile { path, executable, content });
        };
        for name in ["__init__.py", TYPED_FILE] {
            add(name, false, Content::Made(Arc::from(Vec::new())));
        }
        add(MODULES_FILE, false, Content::Made(modules_file(description).into()));
        for planned in &inventory.files {
            let (from, id) = (planned.path.clone(), planned.entry.id);
            let executable = planned.entry.kind == EntryKind::Executable;
            let content = match planned.is_python {
                true => Content::Python { from, id },
                false => Content::Data { from, id },
            };
            add(planned.path.as_str(), executable, content);
        }
        // `__main__` always refers to the running program.
        let roots = roots.into_iter().filter(|root| root != "__main__").collect();
        let namespace = Namespace { package: package.clone(), roots };
        Self { files: files.into_values().collect(), namespace, source: source.clone(), folder }
    }

    /// The modules to move, and the package to move them under.
    #[must_use]
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// The source file of a file in the package; `None` for those that the build generates.
    #[must_use]
    pub fn source_of(&self, path: &str) -> Option<(&RepoPath, BlobId)> {
        let index = self.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
        match &self.files.get(index)?.content {
            Content::Made(_) => None,
            Content::Python { from, id } | Content::Data { from, id } => Some((from, *id)),
        }
    }

    /// Makes everything at once, in memory.
    ///
    /// # Errors
    /// One for every file that cannot be read or rewritten.
    pub fn assemble(&self) -> Result<BTreeMap<RepoPath, Arc<[u8]>>, Vec<Error>> {
        let mut all = BTreeMap::new();
        self.in_batches(false, &mut |batch| {
            all.extend(batch.into_iter().map(|file| (file.path, file.bytes)));
            Ok(())
        })?;
        Ok(all)
    }

    /// Makes everything at once, in memory. A module that cannot be rewritten stays as it is in the source, so that the
    /// rest can be judged.
    ///
    /// # Errors
    /// One for every file that cannot be read.
    pub fn assemble_as_far_as_possible(&self) -> Result<AsFarAsPossible, Vec<Error>> {
        let made: Vec<_> =
            self.files.par_iter().map(|file| (file, self.make(file, false))).collect();
        let (mut all, mut unread) = (AsFarAsPossible::default(), Vec::new());
        for (file, made) in made {
            let path = file.path.clone();
            let bytes = match (made, &file.content) {
                (Ok(made), _) => made.bytes,
                (Err(error), Content::Python { from, id }) => match self.read(from, *id) {
                    Ok(bytes) => {
                        all.unmade.push((path.clone(), error));
                        bytes
                    }
                    Err(error) => {
                        unread.push(error);
                        continue;
                    }
                },
                (Err(error), _) => {
                    unread.push(error);
                    continue;
                }
            };
            all.files.insert(path, bytes);
        }
        if unread.is_empty() { Ok(all) } else { Err(unread) }
    }

    /// Passes the files to `take` in order and in batches; each batch is made by all threads.
    ///
    /// After the first file that cannot be made, no more files are passed on, but the others are still made, so that
    /// all errors are reported at once.
    ///
    /// # Errors
    /// One for every file that cannot be read or rewritten, or the error of `take`.
    pub fn in_batches(
        &self,
        reporting: bool,
        take: &mut dyn FnMut(Vec<Assembled>) -> Result<()>,
    ) -> Result<(), Vec<Error>> {
        let mut errors = Vec::new();
        let mut rest = self.files.as_slice();
        while !rest.is_empty() {
            let (batch, read) = self.batch(rest, reporting);
            rest = rest.get(read..).unwrap_or_default();
            let mut made = Vec::with_capacity(batch.len());
            for file in batch {
                match file {
                    Ok(file) => made.push(file),
                    Err(error) => errors.push(error),
                }
            }
            if errors.is_empty() {
                take(made).map_err(|error| vec![error])?;
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Makes the first of these files, as many as the limits allow and at least one, and returns their number.
    fn batch(&self, files: &[PackageFile], reporting: bool) -> (Vec<Result<Assembled>>, usize) {
        let window = files.get(..BATCH_FILES).unwrap_or(files);
        let bytes = AtomicU64::new(0);
        let mut made: Vec<Option<Result<Assembled>>> = window
            .par_iter()
            .enumerate()
            .map(|(index, file)| {
                if index > 0 && bytes.load(Ordering::Relaxed) >= BATCH_BYTES {
                    return None;
                }
                let made = self.make(file, reporting);
                let size = made.as_ref().map_or(0, |made| made.bytes.len() as u64);
                bytes.fetch_add(size, Ordering::Relaxed);
                Some(made)
            })
            .collect();
        // Threads do not stop at the same file: files after the first gap are made again.
        let whole = made.iter().take_while(|made| made.is_some()).count();
        made.truncate(whole);
        (made.into_iter().flatten().collect(), whole)
    }

    fn make(&self, file: &PackageFile, reporting: bool) -> Result<Assembled> {
        let (bytes, report) = match &file.content {
            Content::Made(bytes) => (Arc::clone(bytes), None),
            Content::Data { from, id } => (self.read(from, *id)?, None),
            Content::Python { from, id } => {
                let before = self.read(from, *id)?;
                let rewritten = self.rewrite(from, &before)?;
                let report = (reporting && says_something(&rewritten))
                    .then(|| FileReport::of(from, &before, &rewritten));
                // Most modules of a large package need no rewriting: their bytes are shared.
                let unchanged = rewritten.edits.is_empty();
                (if unchanged { before } else { rewritten.bytes.into() }, report)
            }
        };
        Ok(Assembled { path: file.path.clone(), executable: file.executable, bytes, report })
    }

    fn rewrite(&self, from: &RepoPath, bytes: &[u8]) -> Result<Rewritten> {
        rewrite::rewrite(from, bytes, &self.namespace).map_err(|refusal| {
            let path = self.folder.join(from.as_str());
            Refusal { path: RepoPath::new(&path.to_string_lossy()), ..refusal }.into()
        })
    }

    fn read(&self, from: &RepoPath, id: BlobId) -> Result<Arc<[u8]>> {
        self.source.read(id).map_err(|error| {
            Error::failed(format!("the file {error}")).in_file(self.folder.join(from.as_str()))
        })
    }
}

fn says_something(rewritten: &Rewritten) -> bool {
    !rewritten.edits.is_empty() || !rewritten.mentions.is_empty()
}

/// `_runtime_modules.json`: the names that have moved, for tools that read imports in other repositories.
fn modules_file(description: &Description) -> Vec<u8> {
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort();
        names
    };
    let document = serde_json::json!({
        "schema": "shipshape/runtime-modules/1",
        "package": description.package,
        "modules": sorted(&description.modules),
        "subpackages": sorted(&description.subpackages),
    });
    let mut text = format!("{document:#}");
    text.push('\n');
    text.into_bytes()
}

#[cfg(test)]
mod tests;
