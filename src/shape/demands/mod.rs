//! The demands that the checks enforce, as declared by the pack; one module for each format.
//!
//! Each also says what of it would mean nothing ([`Fault`]), so that the pack is refused, and what it is in words. What
//! is compared with the rest of the pack, such as the paths that it holds, is in `shape::pack::demanded`.

pub mod dockerfile;
pub mod document;
mod fault;
pub mod hygiene;
pub mod python;
pub mod requirements;
pub mod workflow;

use schemars::JsonSchema;
use serde::Deserialize;

pub(in crate::shape) use self::fault::Fault;
use crate::counted::counted;
use crate::source::yaml::Path;

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
    /// Returns the first demand that means nothing: a version that does not parse, an event that does not exist, a path
    /// of keys that leads nowhere.
    pub(in crate::shape) fn fault(&self) -> Option<Fault> {
        // Destructured so that a new demand has to be considered here: which of its values would mean nothing?
        let Self {
            dockerfiles,
            python,
            documents,
            requirements,
            version_files,
            workflows,
            markers,
            marker_exclusions,
            secrets,
            forwarders: _,
        } = self;
        let at = |name: &str| Path::keys(["demands"]).key(name);
        let built = dockerfiles.iter().map(|it| it.path.as_str());
        let described = documents.iter().map(|it| it.path.as_str());
        python
            .fault(&at("python"))
            .or_else(|| fault::of_pairs(built, &at("dockerfiles")))
            .or_else(|| first(dockerfiles, &at("dockerfiles"), dockerfile::Demand::fault))
            .or_else(|| first(requirements, &at("requirements"), requirements::Demand::fault))
            .or_else(|| {
                first(version_files, &at("version_files"), requirements::VersionFile::fault)
            })
            .or_else(|| fault::of_words(markers, &at("markers")))
            .or_else(|| secrets.fault(&at("secrets")))
            .or_else(|| workflows.fault(&at("workflows")))
            .or_else(|| fault::of_globs(marker_exclusions, &at("marker_exclusions")))
            .or_else(|| fault::of_pairs(described, &at("documents")))
            .or_else(|| first(documents, &at("documents"), document::Demand::fault))
    }
}

/// The first fault in a list of demands that shape.yaml has at `place`.
fn first<D>(demands: &[D], place: &Path, fault: fn(&D, &Path) -> Option<Fault>) -> Option<Fault> {
    let mut demands = demands.iter().enumerate();
    demands.find_map(|(index, demand)| fault(demand, &place.clone().index(index)))
}

/// The counts that are not zero, with their nouns.
fn several(counts: &[(usize, &str)]) -> Vec<String> {
    let some = counts.iter().filter(|(count, _)| *count > 0);
    some.map(|(count, noun)| counted(*count, noun)).collect()
}
