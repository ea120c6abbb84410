//! `package.yaml`: what the package is, and the closed list of its modules.
//!
//! It is in the repository that has the source, not in fleet.yaml, which may be in another one: a module is added to
//! the folder and to the list in one pull request. Parsing returns a [`Description`], or every problem at its place.
//! Whether the list matches the folder is for the inventory to decide.

mod problems;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::source::typed::{self, Node, Step};
use crate::source::{Span, Text};

/// The newest supported value of the `schema` key.
pub const SCHEMA: u32 = 1;

/// The file's name.
pub const FILE: &str = "package.yaml";

/// A Python package that is built from a folder of top-level modules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// Version of this format: 1.
    #[schemars(schema_with = "schema_version")]
    pub schema: u32,
    /// Name on the package index, `acme-workspace-runtime`.
    pub distribution: String,
    /// The name that Python imports, `acme_runtime`.
    pub package: String,
    /// The folder that holds the modules, relative to this file.
    #[serde(default = "here")]
    pub source: String,
    /// Top-level modules of the folder (`a2a_client` for `a2a_client.py`) that become submodules of the
    /// package. The list must be complete: a build refuses a folder with a module that is not listed.
    #[serde(default)]
    pub modules: Vec<String>,
    /// Folders of modules that become subpackages, with all their content.
    #[serde(default)]
    pub subpackages: Vec<String>,
    /// Globs of other top-level files to include in the package. `py.typed` is included anyway.
    #[serde(default)]
    pub data: Vec<String>,
    /// Globs of files and folders to leave out, relative to the folder. A pattern without `/` matches at any
    /// depth.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Core metadata for package indexes and installers.
    pub metadata: Metadata,
    /// What `package smoke` checks of the installed package.
    #[serde(default)]
    pub smoke: Smoke,
    /// The file of waivers, relative to this file.
    #[serde(default = "waivers_file")]
    pub waivers: String,
}

fn schema_version(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "const": SCHEMA })
}

fn here() -> String {
    ".".to_owned()
}

/// A source folder without the `./` that people write before a path here: `./src` is `src`, and `./` is `.`.
fn plain(source: &str) -> &str {
    match source.strip_prefix("./") {
        Some("") => ".",
        Some(below) => below,
        None => source,
    }
}

fn waivers_file() -> String {
    "waivers.yaml".to_owned()
}

/// Core metadata, with the names of `pyproject.toml` (PEP 621).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Metadata {
    /// A summary in one line.
    pub description: String,
    /// The long description: a `.md`, `.rst` or `.txt` file, relative to this file.
    pub readme: Option<String>,
    /// The Python versions that it supports, `>=3.11`.
    pub requires_python: Option<String>,
    /// The licence, as an SPDX expression (PEP 639).
    pub license: Option<String>,
    /// Files with licence texts, or globs of them (`LICENSE*`), relative to this file.
    pub license_files: Vec<String>,
    /// Authors.
    pub authors: Vec<Person>,
    /// Maintainers.
    pub maintainers: Vec<Person>,
    /// Keywords for searches.
    pub keywords: Vec<String>,
    /// Trove classifiers.
    pub classifiers: Vec<String>,
    /// Links by label.
    pub urls: BTreeMap<String, String>,
    /// Dependencies, as in PEP 508: `httpx>=0.27`.
    pub dependencies: Vec<String>,
    /// A requirements file with the dependencies, relative to this file. Replaces `dependencies`.
    pub dependencies_from: Option<String>,
    /// Optional dependencies, by the name of the extra.
    pub optional_dependencies: BTreeMap<String, Vec<String>>,
    /// Commands to install, by name: `package.module:function`.
    pub scripts: BTreeMap<String, String>,
    /// Commands that open a window and no console, by name: `package.module:function`.
    pub gui_scripts: BTreeMap<String, String>,
    /// Other entry points, by group and name.
    pub entry_points: BTreeMap<String, BTreeMap<String, String>>,
}

/// A person or a team.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The name.
    pub name: Option<String>,
    /// The mail address.
    pub email: Option<String>,
}

/// Checks of the installed package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Smoke {
    /// Modules to skip, each with the reason, such as modules that start something on import.
    pub skip: BTreeMap<String, String>,
    /// Environment variables that the imports need.
    pub environment: BTreeMap<String, String>,
    /// Python expressions that must be true, by description. The package is imported under its name.
    pub invariants: BTreeMap<String, String>,
}

/// A description with the text that it was parsed from.
#[derive(Clone, Debug)]
pub struct Document {
    /// The file, as the user named it.
    pub file: PathBuf,
    /// The description.
    pub description: Description,
    /// Its text.
    pub text: Text,
    root: Node,
}

impl Document {
    /// The span of the value at `path`.
    #[must_use]
    pub fn span(&self, path: &[Step]) -> Span {
        self.root.span_of(path)
    }

    /// The span of each value in the mapping at `path`, by key.
    #[must_use]
    pub fn spans_in(&self, path: &[Step]) -> BTreeMap<String, Span> {
        let mut spans = BTreeMap::new();
        for (key, value) in self.root.entries_of(path) {
            if let Some(key) = key.as_str() {
                spans.entry(key.to_owned()).or_insert(value.span);
            }
        }
        spans
    }

    /// An error about the value at `path`.
    #[must_use]
    pub fn problem(&self, path: &[Step], message: impl Into<String>) -> Error {
        Error::usage(message).at(&self.file, &self.text, self.span(path))
    }

    /// The folder of the file, which paths in it are relative to.
    #[must_use]
    pub fn folder(&self) -> &Path {
        match self.file.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
    }
}

impl Description {
    /// Parses a description. `file` is only used in errors.
    ///
    /// # Errors
    /// Every problem, in the order of lines.
    pub fn parse(file: &Path, bytes: &[u8]) -> Result<Document, Vec<Error>> {
        let reading = typed::read::<Self>(file, bytes, SCHEMA)?;
        let mut problems = reading.problems.clone();
        problems.extend(problems::of(&reading, file));
        if !problems.is_empty() {
            problems.sort_by_key(|error| error.place().and_then(|place| place.position));
            return Err(problems);
        }
        let typed::Reading { value: mut description, text, root, .. } = reading;
        description.source = plain(&description.source).to_owned();
        Ok(Document { file: file.to_owned(), description, text, root })
    }

    /// Reads a description from a file.
    ///
    /// # Errors
    /// When the file cannot be read, and every problem with it.
    pub fn load(file: &Path) -> Result<Document, Vec<Error>> {
        let bytes = whole_file::read(file).map_err(|error| vec![error])?.ok_or_else(|| {
            let error = Error::usage("there is no such package description").in_file(file);
            vec![error.hint("`shipshape package init FOLDER` writes one")]
        })?;
        Self::parse(file, &bytes)
    }

    /// The nearest `package.yaml` in a folder or its parents.
    #[must_use]
    pub fn nearest(folder: &Path) -> Option<PathBuf> {
        let mut files = folder.ancestors().map(|folder| folder.join(FILE));
        files.find(|file| file.is_file())
    }
}

/// The `Description-Content-Type` of a readme, by its name.
#[must_use]
pub fn content_type(readme: &str) -> Option<&'static str> {
    match readme.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
        "md" | "markdown" => Some("text/markdown"),
        "rst" => Some("text/x-rst"),
        "txt" => Some("text/plain"),
        _ => None,
    }
}
