//! One repository as checks see it: its tree, its parsed files, and what is demanded of it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::Location;
use crate::shape::manifest::Extract;
use crate::shape::pack::{Pack, ProfileGlobs};
use crate::shape::render::RenderError;
use crate::shape::variables::{Disagreement, Extracted, Given, Variables};
use crate::snapshot::{Blob, BlobId, BlobStore, EntryKind, LinkTarget, RepoPath, Snapshot};
use crate::snapshot::{Unreadable, is_lfs_pointer, link_target};
use crate::source::dockerfile::Dockerfile;
use crate::source::python::{Derived, Module};
use crate::source::requirements::Requirements;
use crate::source::workflow::Workflow;
use crate::source::yaml::{Dialect, Document, Value};
use crate::source::{Broken, Text};

/// How many links are followed before they count as a loop. Linux gives up at 40; no repository needs more than two.
const MAX_LINKS: usize = 8;

/// What is known of a repository apart from its tree.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// Its name, as given by the manifest or on the command line.
    pub name: String,
    /// Its slug.
    pub slug: String,
    /// Who is responsible for it.
    pub owner: Option<String>,
    /// The organisation or person whose repository it is on the forge.
    pub forge_owner: Option<String>,
    /// Its profile.
    pub profile: Option<String>,
    /// `variables` of fleet.yaml.
    pub variables: BTreeMap<String, String>,
    /// Paths in the repository that belong to shipshape: the shape that it is judged by, fleet.yaml and the files
    /// that names. They are about the repository, and the shape does not apply to them.
    pub ours: Vec<String>,
}

impl Identity {
    /// Whether a path is one of [`ours`](Self::ours) or below one.
    #[must_use]
    pub fn is_ours(&self, path: &str) -> bool {
        let within = |ours: &str| {
            path.strip_prefix(ours).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.ours.iter().any(|ours| within(ours))
    }
}

/// One repository, with what is demanded of it.
#[derive(Debug)]
pub struct Repository<'a> {
    /// What identifies it.
    pub identity: &'a Identity,
    /// Its tree.
    pub snapshot: &'a Snapshot,
    /// The shape that it is judged by.
    pub pack: &'a Pack,
    /// Its profile: the variation that it declares.
    pub profile: &'a ProfileGlobs,
    store: &'a BlobStore,
    blobs: RefCell<HashMap<BlobId, Found>>,
    /// See [`Repository::take_partly_read`].
    partly_read: RefCell<BTreeSet<String>>,
}

/// What was found at a path.
#[derive(Clone, Debug)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A file.
    File(Arc<Blob>),
    /// Something that cannot be read as a file, and why.
    Unusable(Unusable),
}

/// Why something at a path cannot be read as a file, as the rest of a sentence about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// A submodule.
    #[error("is a submodule, whose content is in another repository")]
    Submodule,
    /// A link whose text cannot be read.
    #[error("is a symbolic link that cannot be read")]
    UnreadableLink,
    /// A link out of the repository.
    #[error("is a symbolic link that leaves the repository")]
    LinkOutside,
    /// A link that ends nowhere.
    #[error("is a symbolic link to itself")]
    LinkToItself,
    /// A pointer of Git LFS.
    #[error("is a Git LFS pointer, whose content is not here")]
    LfsPointer,
    /// Its content is not available.
    #[error(transparent)]
    Unread(#[from] Unreadable),
}

impl Unusable {
    /// What makes the file readable.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::LfsPointer => {
                "keep this file in git itself: `git lfs untrack` it and commit it again"
            }
            Self::Submodule => "keep the file in this repository",
            Self::UnreadableLink | Self::LinkOutside | Self::LinkToItself => {
                "replace the link with the file, or with a link that stays inside"
            }
            Self::Unread(Unreadable::Absent(_)) => {
                "clone the repository without `--filter` and `--depth`"
            }
            // A copied clone has other times than its index. `git status` writes the index again, without a change.
            Self::Unread(Unreadable::Converted(_)) => {
                "run `git status`: it updates the index if git has the file as it is, as in a copied clone; `git add` takes up a \
                 changed file"
            }
            Self::Unread(
                Unreadable::TooLarge(_) | Unreadable::LargeBinary(_) | Unreadable::Refused(_),
            ) => "make the file readable and run again",
        }
    }
}

impl<'a> Repository<'a> {
    /// Creates a repository to be judged, without reading anything yet.
    #[must_use]
    pub fn new(
        identity: &'a Identity,
        snapshot: &'a Snapshot,
        pack: &'a Pack,
        profile: &'a ProfileGlobs,
        store: &'a BlobStore,
    ) -> Self {
        Self {
            identity,
            snapshot,
            pack,
            profile,
            store,
            blobs: RefCell::default(),
            partly_read: RefCell::default(),
        }
    }

    /// What is at a path. Links are followed as long as they stay inside the repository.
    pub fn find(&self, path: &str) -> Found {
        let mut path = RepoPath::new(path);
        for _ in 0..MAX_LINKS {
            let Some(entry) = self.snapshot.entry(path.as_str()) else { return Found::Nothing };
            match entry.kind {
                EntryKind::File | EntryKind::Executable => return self.blob(entry.id),
                EntryKind::Submodule => {
                    return Found::Unusable(Unusable::Submodule);
                }
                EntryKind::Link => {
                    let Found::File(target) = self.blob(entry.id) else {
                        return Found::Unusable(Unusable::UnreadableLink);
                    };
                    let target = String::from_utf8_lossy(target.documents.bytes()).into_owned();
                    match link_target(&path, &target) {
                        LinkTarget::Inside(next) => path = next,
                        LinkTarget::Outside | LinkTarget::Absolute => {
                            return Found::Unusable(Unusable::LinkOutside);
                        }
                    }
                }
            }
        }
        Found::Unusable(Unusable::LinkToItself)
    }

    fn blob(&self, id: BlobId) -> Found {
        if let Some(found) = self.blobs.borrow().get(&id) {
            return found.clone();
        }
        let found = match self.store.get(id, || self.snapshot.read(id)) {
            Ok(blob) if is_lfs_pointer(blob.documents.bytes()) => {
                Found::Unusable(Unusable::LfsPointer)
            }
            Ok(blob) => Found::File(blob),
            Err(error) => Found::Unusable(error.into()),
        };
        self.blobs.borrow_mut().insert(id, found.clone());
        found
    }

    /// Whether anything exists at a path, whatever its kind.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.snapshot.entry(path).is_some()
    }

    /// Paths below a folder (`.github/workflows`), in byte order.
    pub fn paths_below<'s>(&'s self, folder: &'s str) -> impl Iterator<Item = &'s RepoPath> {
        let folder = folder.trim_end_matches('/');
        self.snapshot.entries.keys().filter(move |path| {
            folder.is_empty()
                || path.as_str().strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        })
    }

    /// A file as text. `None` if it is missing or not text, which the rules `unreadable-file` and `syntax-error`
    /// report so that no other rule has to.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<Text> {
        self.file(path)?.documents.text().ok().cloned()
    }

    /// A file as a YAML or TOML document.
    #[must_use]
    pub fn yaml(&self, path: &str, dialect: Dialect) -> Option<Arc<Document>> {
        let read = self.file(path)?.documents.yaml(dialect);
        self.noted(path, read, |document| document.further_documents().is_empty())
    }

    /// A file as a Dockerfile.
    #[must_use]
    pub fn dockerfile(&self, path: &str) -> Option<Arc<Dockerfile>> {
        self.noted(path, self.file(path)?.documents.dockerfile(), |_| true)
    }

    /// A file as a Python module.
    #[must_use]
    pub fn python(&self, path: &str) -> Option<Arc<Module>> {
        self.noted(path, self.file(path)?.documents.python(), |_| true)
    }

    /// A file as a list of requirements.
    #[must_use]
    pub fn requirements(&self, path: &str) -> Option<Arc<Requirements>> {
        let read = self.file(path)?.documents.requirements();
        self.noted(path, read, |requirements| requirements.problems.is_empty())
    }

    /// A file as a workflow.
    #[must_use]
    pub fn workflow(&self, path: &str) -> Option<Arc<Workflow>> {
        self.noted(path, self.file(path)?.documents.workflow(), |_| true)
    }

    /// What was read of a file; notes its path if that is not all of it.
    fn noted<T>(
        &self,
        path: &str,
        read: Result<T, Broken>,
        is_whole: impl FnOnce(&T) -> bool,
    ) -> Option<T> {
        if !read.as_ref().is_ok_and(is_whole) {
            self.partly_read.borrow_mut().insert(path.to_owned());
        }
        read.ok()
    }

    /// The files that were read since the last call and of which some part could not be parsed: whoever read them does
    /// not know everything.
    #[must_use]
    pub fn take_partly_read(&self) -> BTreeSet<String> {
        self.partly_read.take()
    }

    /// Why a file cannot be read as this kind.
    #[must_use]
    pub fn broken(&self, path: &str, kind: DocumentKind) -> Option<Broken> {
        let documents = &self.file(path)?.documents;
        match kind {
            DocumentKind::Text => documents.text().err().cloned().map(Broken::Undecodable),
            DocumentKind::Yaml(dialect) => documents.yaml(dialect).err(),
            DocumentKind::Dockerfile => documents.dockerfile().err(),
            DocumentKind::Python => documents.python().err(),
            DocumentKind::Workflow => documents.workflow().err(),
            DocumentKind::Requirements => {
                let read = documents.requirements();
                read.map_or_else(Some, |read| read.problems.first().cloned().map(Broken::Syntax))
            }
        }
    }

    pub(super) fn file(&self, path: &str) -> Option<Arc<Blob>> {
        match self.find(path) {
            Found::File(blob) => Some(blob),
            Found::Nothing | Found::Unusable(_) => None,
        }
    }

    /// Values for the pack's templates, and where sources of one value disagree. The path `judged`, which the values
    /// will be used to judge, is not itself consulted.
    ///
    /// # Errors
    /// When a default of the pack does not render.
    pub fn variables(
        &self,
        judged: Option<&str>,
    ) -> Result<(Variables, Vec<Disagreement>), RenderError> {
        let definitions = &self.pack.manifest.variables;
        Variables::resolve(definitions, self.pack.templates(), &self.given(), |extract| {
            self.extract(extract, judged)
        })
    }

    /// The values that are known before any file is read.
    #[must_use]
    pub fn given(&self) -> Given<'_> {
        Given {
            slug: &self.identity.slug,
            repository: &self.identity.name,
            owner: self.identity.owner.as_deref().unwrap_or_default(),
            forge_owner: self.identity.forge_owner.as_deref().unwrap_or_default(),
            fleet: &self.identity.variables,
        }
    }

    /// The value that the repository itself gives.
    pub fn extract(&self, extract: &Extract, judged: Option<&str>) -> Extracted {
        let path = extract.path();
        if judged == Some(path) {
            return Extracted::Nothing;
        }
        let said = match extract {
            Extract::Yaml { key, .. } => {
                let Some(document) = self.yaml(path, self.dialect_of(path)) else {
                    return self.silence(path);
                };
                let value = key.parse().ok().and_then(|key| document.at(&key));
                // A boolean or a number counts by its text, as variables of fleet.yaml are text too.
                let said = value.filter(|it| !matches!(it.value(), None | Some(Value::Null)));
                said.and_then(|value| value.scalar_text())
                    .filter(|value| !value.is_empty())
                    .map(str::to_owned)
            }
            Extract::Subclass { of, .. } => {
                let Some(module) = self.python(path) else { return self.silence(path) };
                match self.subclass(path, &module, of) {
                    Derived::Only(class) => Some(class.name.clone()),
                    Derived::Several => return Extracted::Several,
                    Derived::Nothing => None,
                }
            }
        };
        said.map_or(Extracted::Nothing, Extracted::Value)
    }

    /// Where the repository gives a value: the line, or the file if no line does.
    #[must_use]
    pub fn place_of(&self, extract: &Extract) -> Location {
        let path = extract.path();
        let place = match extract {
            Extract::Yaml { key, .. } => {
                self.yaml(path, self.dialect_of(path)).and_then(|document| {
                    let span = document.at(&key.parse().ok()?)?.span();
                    Some(Location::span(path, document.text(), span))
                })
            }
            Extract::Subclass { of, .. } => self.python(path).and_then(|module| {
                let span = self.subclass(path, &module, of).only()?.name_span;
                Some(Location::span(path, &self.text(path)?, span))
            }),
        };
        place.unwrap_or_else(|| Location::file(path))
    }

    /// The class of a module that derives from another. What the shape demands of an adapter says by which name it is known.
    fn subclass<'m>(&self, path: &str, module: &'m Module, base: &str) -> Derived<'m> {
        let adapters = self.pack.manifest.demands.python.adapters.iter();
        let names = adapters.filter(|it| it.path == path).map(|it| it.name.as_str());
        module.subclass_of(base, &names.collect::<Vec<_>>())
    }

    /// What a file that yields no document stands for: nothing if it is missing, unreadable otherwise.
    fn silence(&self, path: &str) -> Extracted {
        if self.has(path) { Extracted::Unreadable } else { Extracted::Nothing }
    }

    /// The dialect that the pack declares for a YAML file, or else the one its name implies.
    #[must_use]
    pub fn dialect_of(&self, path: &str) -> Dialect {
        let demands = &self.pack.manifest.demands.documents;
        demands
            .iter()
            .find(|demand| demand.path == path)
            .map_or(Dialect::of_file(path, Dialect::Yaml12), |demand| demand.read_as())
    }
}

/// The format that a file is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// Text.
    Text,
    /// YAML of a dialect.
    Yaml(Dialect),
    /// A Dockerfile.
    Dockerfile,
    /// A Python module.
    Python,
    /// A list of requirements.
    Requirements,
    /// A workflow.
    Workflow,
}
