//! Demands on Python modules.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// What the Python files of a repository must be like.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Demand {
    /// The Python that runs them, `major.minor`; newer syntax is a finding.
    pub version: Option<String>,
    /// The runtime's import package.
    pub package: Option<String>,
    /// Top-level modules of that package, which must not be imported by their bare names.
    pub modules: Vec<String>,
    /// Environment variables that every container has beside those of its image.
    pub environment: Vec<String>,
    /// Modules that must offer a class.
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
        let methods = self.adapters.iter().flat_map(|adapter| &adapter.methods);
        methods.flat_map(|method| {
            method.equals.iter().chain(method.entries.values()).map(String::as_str)
        })
    }
}

/// A module that must offer a class under a name.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Adapter {
    /// The module's file, unless `named_by` names another.
    pub path: String,
    /// What names the module that is really loaded.
    pub named_by: Option<NamedBy>,
    /// Whether the module may be absent.
    #[serde(default)]
    pub optional: bool,
    /// The module-level name that is looked up.
    pub name: String,
    /// The class that it must derive from (its last component).
    pub base: Option<String>,
    /// Whether the class is constructed without arguments.
    #[serde(default)]
    pub init_without_arguments: bool,
    /// Methods that the class must or may have.
    #[serde(default)]
    pub methods: Vec<Method>,
}

/// What names the module that is really loaded.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedBy {
    /// A Dockerfile…
    pub dockerfile: String,
    /// …and the environment variable it sets to the module's name.
    pub environment: String,
}

/// A method of a class.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// Its name.
    pub name: String,
    /// How it is called.
    pub kind: MethodKind,
    /// Parameters after `self`, by position; extra ones need defaults.
    #[serde(default)]
    pub parameters: Vec<String>,
    /// The annotation that its return should have, when it has one.
    pub returns: Option<String>,
    /// Whether the class must define or inherit it.
    #[serde(default)]
    pub required: bool,
    /// Whether a literal result must not be empty.
    #[serde(default)]
    pub not_empty: bool,
    /// A Tera expression over the variables that a literal result must equal.
    pub equals: Option<String>,
    /// The same for texts in a literal map that it returns, by the keys that lead to each, with dots between them. Held
    /// to what a file of the repository says, where one does.
    #[serde(default)]
    pub entries: BTreeMap<String, String>,
}

/// How a method is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MethodKind {
    /// `@staticmethod`.
    Static,
    /// A plain method.
    Plain,
    /// `async def`.
    Async,
}
