//! The demands that the checks enforce, as declared by the pack; one module for each format.

pub mod dockerfile;
pub mod document;
pub mod hygiene;
pub mod python;
pub mod requirements;
pub mod workflow;

use schemars::JsonSchema;
use serde::Deserialize;

/// Requirements that the checks enforce. A missing section requires nothing. Workflows are always checked for
/// what is wrong in any shape.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Demands {
    /// Requirements on Dockerfiles.
    pub dockerfiles: Vec<dockerfile::Demand>,
    /// Requirements on Python files.
    pub python: python::Demand,
    /// Requirements on YAML, JSON and TOML documents.
    pub documents: Vec<document::Demand>,
    /// Requirements on requirements files.
    pub requirements: Vec<requirements::Demand>,
    /// Files that contain just a version, which `pin` sets and reads.
    pub version_files: Vec<requirements::VersionFile>,
    /// Requirements on workflows.
    pub workflows: workflow::Demand,
    /// Words that mark text that still has to be filled in.
    pub markers: Vec<String>,
    /// Globs of files that may contain these words because they search for them.
    #[serde(default = "hygiene::marker_exclusions")]
    pub marker_exclusions: Vec<String>,
    /// Settings of the search for credentials.
    pub secrets: hygiene::Secrets,
    /// Pairs of scripts that must forward the same environment variables.
    pub forwarders: Vec<hygiene::Forwarders>,
}

impl Demands {
    /// Returns the Tera expressions in the demands, which are compiled when the pack is read.
    pub fn expressions(&self) -> impl Iterator<Item = &str> {
        // Destructured so that a new demand has to be considered here: may it hold an expression?
        let Self {
            dockerfiles: _,
            python,
            documents: _,
            requirements: _,
            version_files: _,
            workflows: _,
            markers: _,
            marker_exclusions: _,
            secrets: _,
            forwarders: _,
        } = self;
        python.expressions()
    }
}
