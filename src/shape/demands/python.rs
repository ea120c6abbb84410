//! Demands on Python modules.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::fault::{self, Fault};
use crate::counted::counted;
use crate::source::python::PythonVersion;
use crate::source::yaml::Path;

/// Requirements on the Python files of a repository.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Demand {
    /// The Python version that runs them, `3.11`. Newer syntax is a finding.
    pub version: Option<String>,
    /// The import package of the runtime.
    pub package: Option<String>,
    /// Top-level modules of that package, which must not be imported by their bare names.
    pub modules: Vec<String>,
    /// Environment variables that every container has in addition to those of its image.
    pub environment: Vec<String>,
    /// Modules that must provide a class.
    pub adapters: Vec<Adapter>,
}

impl Demand {
    /// Whether there is any demand on Python modules.
    #[must_use]
    pub fn is_any(&self) -> bool {
        // Destructured so that a new field has to be considered here. `modules` only refines `package`, and
        // `environment` is about containers.
        let Self { version, package, modules: _, environment: _, adapters } = self;
        version.is_some() || package.is_some() || !adapters.is_empty()
    }

    /// Returns the Tera expressions in the demands.
    pub fn expressions(&self) -> impl Iterator<Item = &str> {
        // Destructured so that a new field has to be considered here: may it hold an expression?
        let Self { version: _, package: _, modules: _, environment: _, adapters } = self;
        let methods = adapters.iter().flat_map(|adapter| &adapter.methods);
        methods.flat_map(|method| {
            method.equals.iter().chain(method.entries.values()).map(String::as_str)
        })
    }

    /// The files that an entry of `paths` must hold, each with its place below `place`, where shape.yaml has the demand.
    /// Optional adapters may have another path.
    pub(in crate::shape) fn paths(&self, place: &Path) -> impl Iterator<Item = (&str, Path)> {
        // Destructured so that a new field has to be considered here: does it name a path?
        let Self { version: _, package: _, modules: _, environment: _, adapters } = self;
        let list = place.clone().key("adapters");
        let adapters = adapters.iter().enumerate().filter(|(_, adapter)| !adapter.optional);
        adapters.map(move |(index, adapter)| {
            (adapter.path.as_str(), list.clone().index(index).key("path"))
        })
    }

    /// What no module could meet. `place` is where shape.yaml has the demand.
    pub(super) fn fault(&self, place: &Path) -> Option<Fault> {
        // Destructured so that a new field has to be considered here: which of its values would mean nothing?
        let Self { version, package, modules, environment, adapters } = self;
        let package = package.as_deref().map(|it| (it, place.clone().key("package")));
        let classes = adapters.iter().enumerate().map(|(index, it)| {
            (it.name.as_str(), place.clone().key("adapters").index(index).key("name"))
        });
        let blank = fault::of_blank(package.into_iter().chain(classes))
            .or_else(|| fault::of_words(modules, &place.clone().key("modules")))
            .or_else(|| fault::of_words(environment, &place.clone().key("environment")));
        if blank.is_some() {
            return blank;
        }
        let version = version.as_deref().filter(|it| PythonVersion::parse(it).is_none())?;
        Some(Fault::new(
            place.clone().key("version"),
            format!("`python.version` is `{version}`, which is not a version of Python"),
            "write the one version that runs the modules, such as `\"3.11\"`",
        ))
    }

    /// Its lines in a listing of what a pack demands.
    #[must_use]
    pub fn in_words(&self) -> Vec<String> {
        // Destructured so that a new field has to be shown here.
        let Self { version, package, modules, environment, adapters } = self;
        let mut lines = Vec::new();
        lines.extend(version.iter().map(|it| format!("Python modules  run on Python {it}")));
        lines.extend(package.iter().map(|package| match modules.len() {
            0 => format!("Python modules  import {package}"),
            many => {
                format!("Python modules  import {} only through {package}", counted(many, "module"))
            }
        }));
        if !environment.is_empty() {
            let count = counted(environment.len(), "environment variable");
            lines.push(format!("Python modules  every container has {count}"));
        }
        lines.extend(adapters.iter().map(|it| {
            let methods = counted(it.methods.len(), "method");
            format!("{}  offers `{}` with {methods}", it.path, it.name)
        }));
        lines
    }
}

/// A module that must provide a class under a name.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Adapter {
    /// Path of the module. `named_by` may name another.
    pub path: String,
    /// The variable that names the module that is loaded.
    pub named_by: Option<NamedBy>,
    /// Whether the module may be absent.
    #[serde(default)]
    pub optional: bool,
    /// The module-level name of the class.
    pub name: String,
    /// The class that it must derive from, by its last component.
    pub base: Option<String>,
    /// Whether the class is constructed without arguments.
    #[serde(default)]
    pub init_without_arguments: bool,
    /// Methods that the class must or may have.
    #[serde(default)]
    pub methods: Vec<Method>,
}

/// The variable that names the module that is loaded.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedBy {
    /// The Dockerfile that sets the variable.
    pub dockerfile: String,
    /// The environment variable that holds the module's name.
    pub environment: String,
}

/// A method of a class.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// Its name.
    pub name: String,
    /// How the method is called.
    pub kind: MethodKind,
    /// Positional parameters after `self`. Additional ones need defaults.
    #[serde(default)]
    pub parameters: Vec<String>,
    /// Return annotation, if the method has one.
    pub returns: Option<String>,
    /// Whether the class must define or inherit it.
    #[serde(default)]
    pub required: bool,
    /// Whether a literal result must be non-empty.
    #[serde(default)]
    pub not_empty: bool,
    /// A Tera expression over the variables, which a literal result must equal.
    pub equals: Option<String>,
    /// Tera expressions for texts in a literal map that it returns, by their dotted path in the map. If a file
    /// of the repository gives such a value, that is what the text must equal.
    #[serde(default)]
    pub entries: BTreeMap<String, String>,
}

/// How a method is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MethodKind {
    /// `@staticmethod`.
    Static,
    /// A regular method.
    Plain,
    /// `async def`.
    Async,
}
