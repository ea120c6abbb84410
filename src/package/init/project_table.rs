//! What the `[project]` table of a pyproject.toml says of a package, by the keys of a description.
//!
//! The two share their names (PEP 621, PEP 639), so values are taken as they are. What a description would refuse is
//! left and told with the reason, so that what is written is what a build takes. The table is found elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value as Json};

use crate::package::Description;
use crate::package::description::{self, content_type};
use crate::package::licence;
use crate::package::name::{is_distribution, object_reference};
use crate::source::Text;
use crate::source::text::SyntaxError;
use crate::source::yaml::{Dialect, Document, Node, write_value_inline};

/// The file's name.
pub const FILE: &str = "pyproject.toml";

/// Keys of `[project]` that a description has with the same meaning, and that need no more than their value.
const KEYS: [&str; 12] = [
    "description",
    "requires-python",
    "authors",
    "maintainers",
    "keywords",
    "classifiers",
    "urls",
    "dependencies",
    "optional-dependencies",
    "scripts",
    "gui-scripts",
    "entry-points",
];

/// Tables below `[tool]` that tell a build backend what a package contains.
const BACKENDS: [&str; 10] = [
    "setuptools",
    "setuptools_scm",
    "setuptools-scm",
    "hatch",
    "flit",
    "poetry",
    "pdm",
    "maturin",
    "scikit-build",
    "meson-python",
];

/// Where a pyproject.toml is, as seen from the description.
#[derive(Clone, Debug, Default)]
pub struct Whereabouts {
    /// The file, as a person would name it.
    pub file: String,
    /// Its folder below the description's, with `/` at the end; empty if it is not below.
    pub below: String,
    /// The description's folder below its own, with `/` at the end; empty if it is not above.
    pub above: String,
}

impl Whereabouts {
    /// A path of the file as a path of the description; `None` if it is outside of the description's folder.
    fn path(&self, path: &str) -> Option<String> {
        let path = path.strip_prefix("./").unwrap_or(path);
        Some(format!("{}{}", self.below, path.strip_prefix(self.above.as_str())?))
    }
}

/// What a `[project]` table declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// The file, as a person would name it.
    pub file: String,
    /// The distribution's name.
    pub distribution: Option<String>,
    /// Values by their keys in `metadata`.
    pub(super) metadata: BTreeMap<&'static str, Json>,
    /// Keys that a build backend computes (`dynamic`), except for the version.
    pub(super) dynamic: BTreeSet<String>,
    /// Why items of `dependencies` and `optional-dependencies` were not taken, by their key: a package lacks them.
    pub(super) refused: BTreeMap<&'static str, Vec<String>>,
    /// Whether it is that of the folder that was named, or of the folder whose `src` was named. One further above may be
    /// another package's.
    pub is_own: bool,
    /// What was not taken, in words.
    pub left: Vec<String>,
}

/// A command or an entry point.
pub(super) struct Reference<'a> {
    /// What it is, in the plural.
    pub(super) kind: &'static str,
    /// Its name in a sentence.
    pub(super) name: String,
    /// What it runs, as it is written.
    pub(super) runs: &'a str,
    /// The module of that.
    pub(super) module: &'a str,
}

impl Declared {
    /// Whether it has dependencies. An empty list is as none.
    pub(super) fn lists_dependencies(&self) -> bool {
        let listed = self.metadata.get("dependencies").and_then(Json::as_array);
        listed.is_some_and(|listed| !listed.is_empty()) || self.refused.contains_key("dependencies")
    }

    /// Whether the dependencies are those of a requirements file: a table without any says that there are none (PEP 621).
    /// They may be dynamic; or the table is not the package's own, and the folder has a file of its own.
    pub(super) fn leaves_dependencies(&self, has_file: bool) -> bool {
        let is_open = self.dynamic.contains("dependencies") || (has_file && !self.is_own);
        is_open && !self.lists_dependencies()
    }

    /// Its commands and entry points.
    pub(super) fn references(&self) -> Vec<Reference<'_>> {
        let table =
            |key: &str| self.metadata.get(key).and_then(Json::as_object).into_iter().flatten();
        let commands = table("scripts").chain(table("gui-scripts"));
        let commands = commands.map(|(name, runs)| ("commands", format!("`{name}`"), runs));
        let points = table("entry-points").flat_map(|(group, points)| {
            let points = points.as_object().into_iter().flatten();
            points.map(move |(name, runs)| ("entry points", format!("`{name}` of `{group}`"), runs))
        });
        let read = commands.chain(points).filter_map(|(kind, name, runs)| {
            let runs = runs.as_str()?;
            Some(Reference { kind, name, runs, module: object_reference(runs)?.0 })
        });
        read.collect()
    }
}

/// Reads the `[project]` table of a file; `None` if it has none. `has` says whether the description's folder has a file
/// of a path, or one that a glob means.
///
/// # Errors
/// When the text is not TOML.
pub fn read(
    text: &Text,
    whereabouts: &Whereabouts,
    has: &dyn Fn(&str) -> bool,
) -> Result<Option<Declared>, SyntaxError> {
    let document = Document::parse(text, Dialect::Toml)?;
    let Some(project) = document.root().get("project").filter(|it| it.is_mapping()) else {
        return Ok(None);
    };
    let declared = Declared { file: whereabouts.file.clone(), ..Declared::default() };
    let mut reading = Reading { declared, whereabouts, has };
    // A value is at least a byte.
    let most = text.as_str().len();
    for entry in project.entries() {
        let Some(key) = entry.key.as_str() else { continue };
        match entry.value.to_json(most) {
            Ok(value) => reading.take(key, &value),
            Err(_) => reading.leave(format!("`{key}`")),
        }
    }
    reading.settle_licence();
    reading.leave_settings(document.root());
    Ok(Some(reading.declared))
}

/// Whether a file without a `[project]` table describes a package in another way.
#[must_use]
pub fn describes_otherwise(text: &Text) -> bool {
    let Ok(document) = Document::parse(text, Dialect::Toml) else { return false };
    let poetry = document.root().get("tool").and_then(|tool| tool.get("poetry"));
    poetry.is_some() || document.root().get("build-system").is_some()
}

struct Reading<'a> {
    declared: Declared,
    whereabouts: &'a Whereabouts,
    has: &'a dyn Fn(&str) -> bool,
}

impl Reading<'_> {
    fn take(&mut self, key: &str, value: &Json) {
        match key {
            "name" => match value.as_str().filter(|name| is_distribution(name)) {
                Some(name) => self.declared.distribution = Some(name.to_owned()),
                None => self.leave("`name` (it cannot be a distribution's)".to_owned()),
            },
            "version" => self.leave("`version` (it is given to each build)".to_owned()),
            "dynamic" => self.dynamic(value),
            "readme" => self.readme(value),
            "license" => self.license(value),
            "license-files" => self.license_files(value),
            key => match KEYS.iter().find(|known| **known == key) {
                Some(known) => self.keep(known, value.clone()),
                None => self.leave(format!("`{}`", key.escape_debug())),
            },
        }
    }

    /// Takes what a description can hold of a value: one item that it refuses leaves the others.
    fn keep(&mut self, key: &'static str, value: Json) {
        let mut refused = Vec::new();
        let taken = sound(value, &|part| fault(key, part), &mut refused);
        // What is sound one by one may not be so together.
        let apart = taken.as_ref().and_then(|taken| fault(key, taken));
        let taken = taken.filter(|_| apart.is_none());
        refused.extend(apart);
        // A bad name makes all that is below it bad; each dependency counts.
        if key != "dependencies" {
            refused.dedup();
        }
        let what = if taken.is_some() { "an item of " } else { "" };
        for why in &refused {
            self.leave(format!("{what}`{key}` ({why})"));
        }
        self.declared.metadata.extend(taken.map(|taken| (key, taken)));
        if matches!(key, "dependencies" | "optional-dependencies") && !refused.is_empty() {
            self.declared.refused.insert(key, refused);
        }
    }

    fn leave(&mut self, what: String) {
        self.declared.left.push(what);
    }

    fn dynamic(&mut self, value: &Json) {
        let keys = value.as_array().into_iter().flatten().filter_map(Json::as_str);
        // Every version is given to a build, wherever it was before.
        for key in keys.filter(|key| *key != "version") {
            self.declared.dynamic.insert(key.to_owned());
            self.declared.left.push(format!("`{}` (it is dynamic)", key.escape_debug()));
        }
    }

    fn readme(&mut self, value: &Json) {
        let Some(file) = value.as_str().or_else(|| value.get("file")?.as_str()) else {
            return self.leave("`readme` (its text is not in a file)".to_owned());
        };
        let shown = file.escape_debug();
        let kind = value.get("content-type").and_then(Json::as_str);
        let kind = kind.map(|kind| kind.split(';').next().unwrap_or(kind).trim());
        if kind.is_some_and(|kind| content_type(file) != Some(kind)) {
            return self.leave(format!("`readme` (its type is not that of the name `{shown}`)"));
        }
        match self.whereabouts.path(file) {
            None => self.leave(format!("`readme` (`{shown}` is outside of the folder)")),
            Some(path) if !(self.has)(&path) => {
                self.leave(format!("`readme` (there is no file `{shown}`)"));
            }
            Some(path) => self.keep("readme", path.into()),
        }
    }

    /// An expression, or one of the tables from before PEP 639. Their text is often the id of a licence.
    fn license(&mut self, value: &Json) {
        let text = value.get("text").and_then(Json::as_str);
        if let Some(id) = text.filter(|text| licence::fault(text).is_none()) {
            self.keep("license", id.into());
        } else if text.is_some() {
            self.leave("`license` (its text is not an SPDX licence expression)".to_owned());
        } else if let Some(file) = value.get("file") {
            self.license_files(&Json::Array(vec![file.clone()]));
        } else {
            self.keep("license", value.clone());
        }
    }

    fn license_files(&mut self, value: &Json) {
        let Some(files) = value.as_array() else {
            return self.leave("`license-files` (it is not a list)".to_owned());
        };
        let mut taken = Vec::new();
        for file in files.iter().filter_map(Json::as_str) {
            match self.whereabouts.path(file).filter(|path| (self.has)(path)) {
                Some(path) => taken.push(Json::from(path)),
                None => {
                    let file = file.escape_debug();
                    self.leave(format!("`{file}` of `license-files` (no such file is below)"));
                }
            }
        }
        // A list of nothing would leave out the licence that is beside the description.
        if !taken.is_empty() || files.is_empty() {
            self.keep("license-files", Json::Array(taken));
        }
    }

    /// An index refuses a classifier of a licence beside an expression.
    fn settle_licence(&mut self) {
        if !self.declared.metadata.contains_key("license") {
            return;
        }
        let Some(Json::Array(all)) = self.declared.metadata.get_mut("classifiers") else { return };
        let before = all.len();
        let is_licence = |it: &Json| it.as_str().is_some_and(|it| it.starts_with("License ::"));
        all.retain(|classifier| !is_licence(classifier));
        if all.len() < before {
            self.leave("the classifiers of licences (`license` says it)".to_owned());
        }
    }

    fn leave_settings(&mut self, root: Node<'_>) {
        if root.get("build-system").is_some() {
            self.leave("`[build-system]`".to_owned());
        }
        let Some(tool) = root.get("tool") else { return };
        for backend in BACKENDS.iter().filter(|backend| tool.get(backend).is_some()) {
            self.leave(format!("`[tool.{backend}]`"));
        }
        let uv = tool.get("uv");
        for key in ["build-backend", "sources"] {
            if uv.and_then(|uv| uv.get(key)).is_some() {
                self.leave(format!("`[tool.uv.{key}]`"));
            }
        }
    }
}

/// The parts of a value for which there is no `fault`, if there are any. `refused` gets the faults of the others.
fn sound(
    value: Json,
    fault: &dyn Fn(&Json) -> Option<String>,
    refused: &mut Vec<String>,
) -> Option<Json> {
    let Some(why) = fault(&value) else { return Some(value) };
    let before = refused.len();
    let rest = match value {
        Json::Array(items) => {
            let alone = |item: &Json| fault(&Json::Array(vec![item.clone()]));
            let items = items.into_iter().filter_map(|item| sound(item, &alone, refused));
            Some(items.collect::<Vec<Json>>()).filter(|rest| !rest.is_empty()).map(Json::Array)
        }
        Json::Object(entries) => {
            let mut rest = Map::new();
            for (name, value) in entries {
                let alone = |value: &Json| {
                    let entry = (name.clone(), value.clone());
                    fault(&Json::Object(std::iter::once(entry).collect()))
                };
                if let Some(value) = sound(value, &alone, refused) {
                    rest.insert(name, value);
                }
            }
            Some(rest).filter(|rest| !rest.is_empty()).map(Json::Object)
        }
        _ => None,
    };
    if rest.is_none() && refused.len() == before {
        refused.push(why);
    }
    rest
}

/// Why a description cannot have a value, in the words of the description.
fn fault(key: &str, value: &Json) -> Option<String> {
    let value = write_value_inline(value);
    let text = format!("schema: 1\ndistribution: d\npackage: p\nmetadata:\n  {key}: {value}\n");
    let errors = Description::parse(Path::new(description::FILE), text.as_bytes()).err()?;
    Some(errors.first().map(|error| error.message().to_owned()).unwrap_or_default())
}

#[cfg(test)]
mod tests;
