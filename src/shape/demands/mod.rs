//! The demands that the checks enforce, as declared by the pack; one module for each format.

pub mod dockerfile;
pub mod document;
pub mod hygiene;
pub mod python;
pub mod requirements;
pub mod workflow;

use schemars::JsonSchema;
use serde::Deserialize;

/// What the checks demand. A section that is absent demands nothing; in workflows, what is wrong under any shape is
/// looked for all the same.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Demands {
    /// What Dockerfiles must amount to.
    pub dockerfiles: Vec<dockerfile::Demand>,
    /// What Python modules must offer.
    pub python: python::Demand,
    /// What YAML documents must hold.
    pub documents: Vec<document::Demand>,
    /// What requirements files must list.
    pub requirements: Vec<requirements::Demand>,
    /// Files that say a version by itself, which `pin` sets and reads.
    pub version_files: Vec<requirements::VersionFile>,
    /// What workflows must do.
    pub workflows: workflow::Demand,
    /// Words that mark what a person still has to fill in.
    pub markers: Vec<String>,
    /// Globs of files that may hold these words, since they look for them.
    #[serde(default = "hygiene::marker_exclusions")]
    pub marker_exclusions: Vec<String>,
    /// Where and how credentials are looked for.
    pub secrets: hygiene::Secrets,
    /// Pairs of scripts that must forward the same environment variables.
    pub forwarders: Vec<hygiene::Forwarders>,
}
