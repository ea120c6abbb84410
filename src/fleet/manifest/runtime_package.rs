//! `runtime_package`: the package that every member runs on, and its releases.

use schemars::JsonSchema;
use serde::Deserialize;

/// The Python package that every member runs on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuntimePackage {
    /// Its name on the package index.
    pub distribution: String,
    /// The name that Python imports.
    pub import: String,
    /// Location of its source.
    pub source: Option<Source>,
    /// The package index that it is published to. Default: PyPI.
    pub index: Option<IndexAddresses>,
    /// How it is released.
    #[serde(default)]
    pub release: Release,
}

/// A folder with source code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The repository, `name` or `owner/name`. Without it, `path` is relative to fleet.yaml.
    pub repository: Option<String>,
    /// The folder with the modules. It cannot be the root of the repository.
    pub path: String,
}

/// Addresses of a package index. They must not contain credentials, and plain http is allowed only for this
/// machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndexAddresses {
    /// The simple API (PEP 503) that installers read, `https://packages.example/simple/`.
    pub simple: String,
    /// The upload API, `https://packages.example/legacy/`. Without it nothing is published.
    pub upload: Option<String>,
}

/// The placeholder for the version in `tag`.
pub const VERSION: &str = "{version}";

/// How a runtime package is released.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Release {
    /// Name of a release's tag, with `{version}` in it: `runtime-v{version}`.
    pub tag: String,
    /// The branch to release from. Default: the default branch of the source's repository.
    pub branch: Option<String>,
    /// Labels of pull requests that decide which part of the version increases.
    pub labels: ReleaseLabels,
    /// Words in a commit's message that prevent its release.
    pub skip: Vec<String>,
    /// Type of the `repository_dispatch` event that notifies members of a release. Default: the one that the
    /// shape of their kind demands a receiver for.
    pub event: Option<String>,
    /// Key of the version in the event's payload. Default: the one that the receiver forwards.
    pub payload: Option<String>,
    /// File name of the workflow that the event starts in each member. Default: the receiver's.
    pub workflow: Option<String>,
    /// The publisher that the index trusts (Trusted Publishing). The claims of the run are compared with it
    /// before anything is published.
    pub publisher: Option<Publisher>,
    /// A repository that mirrors the built package, for those who still look there.
    pub mirror: Option<Mirror>,
}

impl Default for Release {
    fn default() -> Self {
        Self {
            tag: format!("runtime-v{VERSION}"),
            branch: None,
            labels: ReleaseLabels::default(),
            skip: vec!["[skip-release]".to_owned(), "[no-release]".to_owned()],
            event: None,
            payload: None,
            workflow: None,
            publisher: None,
            mirror: None,
        }
    }
}

impl Release {
    /// Returns the tag of a version.
    #[must_use]
    pub fn tag_of(&self, version: &str) -> String {
        self.tag.replace(VERSION, version)
    }

    /// Returns what precedes and follows the version in a tag.
    #[must_use]
    pub fn around(&self) -> (&str, &str) {
        self.tag.split_once(VERSION).unwrap_or((&self.tag, ""))
    }

    /// Returns the version in a tag, as written there; `None` for another kind of tag.
    #[must_use]
    pub fn version_in<'t>(&self, tag: &'t str) -> Option<&'t str> {
        let (before, behind) = self.around();
        tag.strip_prefix(before)?.strip_suffix(behind).filter(|version| !version.is_empty())
    }

    /// Returns the tag that stops releases while it exists: `runtime-freeze` for `runtime-v{version}`.
    #[must_use]
    pub fn freeze_tag(&self) -> String {
        let (before, _) = self.around();
        format!("{}freeze", before.strip_suffix('v').unwrap_or(before))
    }
}

/// Labels of pull requests that decide which part of the version increases. Without either, it is the patch
/// number.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReleaseLabels {
    /// The label for a major version.
    pub major: String,
    /// The label for a minor version.
    pub minor: String,
}

impl Default for ReleaseLabels {
    fn default() -> Self {
        Self { major: "release:major".to_owned(), minor: "release:minor".to_owned() }
    }
}

/// The publisher that an index trusts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Publisher {
    /// The repository of the workflow, `name` or `owner/name`.
    pub repository: String,
    /// File name of the workflow.
    pub workflow: String,
    /// The environment of the job. Default: any.
    pub environment: Option<String>,
}

/// A repository that mirrors the built package.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mirror {
    /// The repository, `name` or `owner/name`.
    pub repository: String,
}
