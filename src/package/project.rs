//! A package's description with everything that it names, read from disk or from a commit.
//!
//! A [`Project`] contains the description, the inventory of its folder, readme, licence texts and dependencies. All
//! reading happens here; what follows is pure.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::description::{Description, Document, FILE};
use super::metadata::Metadata;
use super::{Inventory, PackageTree, dependencies, license_files, version};
use crate::edge::whole_file;
use crate::error::{Error, Obstacle, Result};
use crate::snapshot::{self, Astray, Entry, Problem, RepoPath, Snapshot, folder};
use crate::source::Text;
use crate::source::typed::Step;

/// The location of a project.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a> {
    /// The description, instead of the nearest one.
    pub description: Option<&'a Path>,
    /// The source folder, instead of the description's.
    pub source: Option<&'a Path>,
    /// A branch, tag or commit, instead of what is on disk.
    pub reference: Option<&'a str>,
}

/// A package that can be built.
#[derive(Debug)]
pub struct Project {
    /// The description, with its text.
    pub document: Document,
    /// The source folder, for errors.
    pub folder: PathBuf,
    /// The content of the source folder.
    pub source: Snapshot,
    /// What the package includes, and where the list and the folder differ.
    pub inventory: Inventory,
    /// The dependencies in canonical spelling.
    pub dependencies: Vec<String>,
    /// The readme: its file name and text.
    pub readme: Option<(String, String)>,
    /// Licence texts by path, in order.
    pub licenses: Vec<(String, Arc<[u8]>)>,
}

impl Project {
    /// Reads a project.
    ///
    /// # Errors
    /// Every problem with the description and the files that it names. Drift is not an error here.
    pub fn load(place: Place<'_>) -> Result<Self, Vec<Error>> {
        let file = match place.description {
            Some(file) if file.is_dir() => file.join(FILE),
            Some(file) => file.to_owned(),
            None => nearest(place.source).map_err(|error| vec![error])?,
        };
        let ground = Ground::of(&file, place.reference).map_err(|error| vec![error])?;
        let mut document = ground.describe(&file)?;
        let licenses = ground.licenses(&document);
        if let Ok(licenses) = &licenses {
            // From here on, patterns are the files that they mean.
            let files = licenses.iter().map(|(path, _)| path.clone());
            document.description.metadata.license_files = files.collect();
        }
        let (folder, source) = ground.source(&document, place).map_err(|error| vec![error])?;
        let inventory = Inventory::of(&document.description, &source);
        let mut errors = Vec::new();
        let mut note = |error: Error| errors.push(error);
        let readme = ground.readme(&document).map_err(&mut note).unwrap_or_default();
        let licenses = licenses.map_err(&mut note).unwrap_or_default();
        let dependencies = ground.dependencies(&document).unwrap_or_else(|mut found| {
            errors.append(&mut found);
            Vec::new()
        });
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self { document, folder, source, inventory, dependencies, readme, licenses })
    }

    /// The description's path for findings: relative to the current folder if possible.
    #[must_use]
    pub fn description_path(&self) -> RepoPath {
        let name = self.document.file.file_name().unwrap_or_default().to_string_lossy();
        RepoPath::new(&below(&near(self.document.folder()).unwrap_or_default(), &name))
    }

    /// The path of a file in the source folder, for findings.
    #[must_use]
    pub fn source_path(&self, path: &RepoPath) -> RepoPath {
        let described = || self.document.description.source.trim_matches('/').to_owned();
        let source = near(&self.folder).unwrap_or_else(described);
        RepoPath::new(&match path.as_str() {
            "." if source.is_empty() => ".".to_owned(),
            "." => source,
            path => below(&source, path),
        })
    }

    /// The package's files.
    #[must_use]
    pub fn tree(&self) -> PackageTree {
        let description = &self.document.description;
        PackageTree::of(description, &self.inventory, &self.source, self.folder.clone())
    }

    /// The paths in which it differs from `other`, as for findings, in order. Only what the package would contain
    /// counts.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<RepoPath> {
        let files = |of: &Self| -> BTreeMap<RepoPath, Entry> {
            of.inventory.files.iter().map(|file| (file.path.clone(), file.entry)).collect()
        };
        let (ours, theirs) = (files(self), files(other));
        let both: BTreeSet<&RepoPath> = ours.keys().chain(theirs.keys()).collect();
        let differing = both.into_iter().filter(|path| ours.get(*path) != theirs.get(*path));
        let mut paths: BTreeSet<RepoPath> = differing.map(|path| self.source_path(path)).collect();
        if self.document.text != other.document.text {
            paths.insert(self.description_path());
        }
        let metadata = &self.document.description.metadata;
        let mut beside: Vec<&str> = Vec::new();
        if self.dependencies != other.dependencies {
            beside.push(metadata.dependencies_from.as_deref().unwrap_or(FILE));
        }
        if self.readme != other.readme {
            beside.push(metadata.readme.as_deref().unwrap_or(FILE));
        }
        let is_new = |license: &&(String, Arc<[u8]>)| !other.licenses.contains(license);
        beside.extend(self.licenses.iter().filter(is_new).map(|(path, _)| path.as_str()));
        let folder = near(self.document.folder()).unwrap_or_default();
        paths.extend(beside.into_iter().map(|name| RepoPath::new(&below(&folder, name))));
        paths.into_iter().collect()
    }

    /// The metadata at a version.
    ///
    /// # Errors
    /// When the version is invalid.
    pub fn metadata(&self, text: &str) -> Result<Metadata> {
        Ok(Metadata {
            name: self.document.description.distribution.clone(),
            version: version::read(text)?,
            dependencies: self.dependencies.clone(),
            readme: self.readme.clone(),
            declared: self.document.description.clone(),
        })
    }
}

/// A folder's path for findings; `None` if it is not below the current folder.
fn near(folder: &Path) -> Option<String> {
    let parts: Option<Vec<String>> = folder
        .components()
        .filter(|part| *part != Component::CurDir)
        .map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    Some(parts?.join("/"))
}

fn below(folder: &str, path: &str) -> String {
    match (folder, path) {
        ("" | ".", path) => path.to_owned(),
        (folder, "" | ".") => folder.to_owned(),
        (folder, path) => format!("{folder}/{path}"),
    }
}

fn nearest(source: Option<&Path>) -> Result<PathBuf> {
    let here = std::env::current_dir()
        .map_err(|cause| Error::failed("cannot determine the current folder").caused_by(cause))?;
    let near_source = || Description::nearest(&source?.canonicalize().ok()?);
    let found = Description::nearest(&here).or_else(near_source).ok_or_else(|| {
        Error::usage(format!("there is no {FILE} in this folder or above it"))
            .stopped_by(Obstacle::NoDescription)
            .hint(
                "`shipshape package init FOLDER` writes one; to use another, give `--package FILE`",
            )
    })?;
    // Relative, as a person would write the path of a nearby file.
    Ok(found.strip_prefix(&here).map_or(found.clone(), Path::to_owned))
}

/// What a description's paths are relative to: a folder on disk, or a tree of a commit.
enum Ground {
    Disk(PathBuf),
    Commit { folder: PathBuf, tree: Snapshot },
}

/// A file of a commit. Links are followed as on disk: the text of the link is not the content.
fn committed(tree: &Snapshot, path: &str, entry: Entry) -> Result<Arc<[u8]>> {
    let refused = |message: String| {
        Err(Error::usage(message).hint("give a file that the commit has in this folder"))
    };
    let entry = match tree.followed(&RepoPath::new(path), entry) {
        Ok(entry) => entry,
        Err(Astray::Unread(error)) => return Err(Error::failed(format!("the link {error}"))),
        Err(Astray::Outside(target)) => {
            let target = target.escape_debug();
            return refused(format!("the link points outside the folder, to `{target}`"));
        }
        Err(Astray::NoFile(next)) if next.as_str() == path => {
            return refused("this is a separate repository, not a file".to_owned());
        }
        Err(Astray::NoFile(next)) => {
            return refused(format!("the link points to `{next}`, which is not a file"));
        }
        Err(Astray::Circle) => return refused("the link is circular".to_owned()),
    };
    tree.read(entry.id).map_err(|error| Error::failed(format!("the file {error}")))
}

impl Ground {
    fn of(file: &Path, reference: Option<&str>) -> Result<Self> {
        let folder = match file.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        Ok(match reference {
            None => Self::Disk(folder),
            Some(_) => Self::Commit { tree: snapshot::open(&folder, reference)?, folder },
        })
    }

    fn describe(&self, file: &Path) -> Result<Document, Vec<Error>> {
        match self {
            Self::Disk(_) => Description::load(file),
            Self::Commit { tree, .. } => {
                let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let bytes = self.read(&name).map_err(|error| vec![error])?.ok_or_else(|| {
                    let commit = tree.commit.as_deref().unwrap_or_default();
                    vec![Error::usage(format!("commit {commit} has no such file")).in_file(file)]
                })?;
                Description::parse(file, &bytes)
            }
        }
    }

    fn folder(&self) -> &Path {
        match self {
            Self::Disk(folder) | Self::Commit { folder, .. } => folder,
        }
    }

    /// Reads a file beside the description; `None` if it is missing.
    fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>> {
        match self {
            Self::Disk(folder) => Ok(whole_file::read(&folder.join(path))?.map(Arc::from)),
            Self::Commit { folder, tree } => match tree.entry(path) {
                None => Ok(None),
                Some(entry) => committed(tree, path, entry)
                    .map(Some)
                    .map_err(|error| error.in_file(folder.join(path))),
            },
        }
    }

    fn source(&self, document: &Document, place: Place<'_>) -> Result<(PathBuf, Snapshot)> {
        if let Some(source) = place.source {
            let snapshot = match place.reference {
                Some(reference) => snapshot::open(source, Some(reference))?,
                None => snapshot::on_disk(source)?,
            };
            return Ok((source.to_owned(), snapshot));
        }
        let path = document.description.source.trim_end_matches('/');
        let folder = match path {
            "." => self.folder().to_owned(),
            path => self.folder().join(path),
        };
        // `./src` is shown as `src`, but nothing would be left of `.`, which is a folder.
        let folder = match folder.strip_prefix("./") {
            Ok(below) if !below.as_os_str().is_empty() => below.to_owned(),
            _ => folder,
        };
        let absent = || {
            let message = format!("there is no source folder `{path}`");
            let problem = match document.description.source.as_str() {
                "." => Error::usage(message).in_file(&document.file),
                _ => document.problem(&["source".into()], message),
            };
            problem.hint("give the folder with the modules in `source` or with --source")
        };
        let snapshot = match self {
            Self::Disk(_) if !folder.is_dir() => return Err(absent()),
            Self::Disk(_) => folder::on_disk(&folder)?,
            Self::Commit { tree, .. } if path == "." => tree.clone(),
            Self::Commit { tree, .. } => tree.below(path),
        };
        if snapshot.entries.is_empty() && matches!(self, Self::Commit { .. }) {
            return Err(absent());
        }
        Ok((folder, snapshot))
    }

    /// Reads a file that the description names at `steps`.
    fn named(&self, document: &Document, steps: &[Step], path: &str) -> Result<Arc<[u8]>> {
        self.read(path)?.ok_or_else(|| {
            document
                .problem(steps, format!("there is no file `{path}`"))
                .hint("give one that exists")
        })
    }

    fn text(&self, document: &Document, steps: &[Step], path: &str) -> Result<Text> {
        let bytes = self.named(document, steps, path)?;
        Text::decode(&bytes).map_err(|error| {
            Error::usage(format!("the file {error}")).in_file(self.folder().join(path))
        })
    }

    fn readme(&self, document: &Document) -> Result<Option<(String, String)>> {
        let Some(path) = &document.description.metadata.readme else { return Ok(None) };
        let text = self.text(document, &["metadata".into(), "readme".into()], path)?;
        let text = text.as_str().replace("\r\n", "\n").replace('\r', "\n");
        let name = path.rsplit('/').next().unwrap_or(path);
        Ok(Some((name.to_owned(), text)))
    }

    fn licenses(&self, document: &Document) -> Result<Vec<(String, Arc<[u8]>)>> {
        let mut read = Vec::new();
        for (index, named) in document.description.metadata.license_files.iter().enumerate() {
            let steps = ["metadata".into(), "license-files".into(), index.into()];
            for path in self.meant(document, &steps, named)? {
                let bytes = self.named(document, &steps, &path)?;
                read.push((path, bytes));
            }
        }
        read.sort();
        read.dedup();
        Ok(read)
    }

    /// The files that an item of `license-files` means: at least one.
    fn meant(&self, document: &Document, steps: &[Step], named: &str) -> Result<Vec<String>> {
        if !license_files::is_pattern(named) {
            return Ok(vec![named.to_owned()]);
        }
        let found = match self {
            Self::Disk(folder) => license_files::on_disk(folder, named),
            Self::Commit { tree, .. } => {
                let paths = tree.entries.keys().map(RepoPath::as_str);
                let mut found = license_files::among(paths, named);
                // A pattern leaves out what is no file on disk either: separate repositories, links to folders.
                found.retain(|path| {
                    let followed = |entry| tree.followed(&RepoPath::new(path), entry);
                    let followed = tree.entry(path).map(followed);
                    !matches!(followed, Some(Err(Astray::NoFile(_))))
                });
                license_files::hiding(&tree.problems, named).map_or(Ok(found), Err)
            }
        };
        let refused =
            |message: String, hint: String| Err(document.problem(steps, message).hint(hint));
        let found = match found {
            Ok(found) => found,
            Err(Problem { path, message, help }) => {
                let path = if path.as_str().is_empty() { "." } else { path.as_str() };
                let message = format!("another file may match `{named}`: `{path}` {message}");
                let hint =
                    "give their paths, or a pattern that begins with the folder that they are in";
                return refused(message, help.unwrap_or_else(|| hint.to_owned()));
            }
        };
        if !found.is_empty() {
            return Ok(found);
        }
        let ignored = match self {
            Self::Disk(folder) => license_files::ignored(folder, named),
            Self::Commit { .. } => None,
        };
        let hint = match ignored {
            Some(path) => format!(
                "git ignores `{path}`: give that path, or a pattern that begins with its folder"
            ),
            None => "give a pattern that a file matches".to_owned(),
        };
        refused(format!("no file matches `{named}`"), hint)
    }

    fn dependencies(&self, document: &Document) -> Result<Vec<String>, Vec<Error>> {
        let metadata = &document.description.metadata;
        let Some(path) = &metadata.dependencies_from else {
            return Ok(dependencies::of_list(&metadata.dependencies));
        };
        let steps = ["metadata".into(), "dependencies-from".into()];
        let text = self.text(document, &steps, path).map_err(|error| vec![error])?;
        dependencies::of_file(&self.folder().join(path), &text)
    }
}

#[cfg(test)]
mod tests;
