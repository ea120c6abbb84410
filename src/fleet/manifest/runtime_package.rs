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
    /// Where its source is.
    pub source: Option<Source>,
    /// The package index that it is published to; PyPI when absent.
    pub index: Option<IndexAddresses>,
    /// How it is released.
    #[serde(default)]
    pub release: Release,
}

/// A folder that holds source.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The repository, `name` or `owner/name`; when absent, `path` is relative to fleet.yaml.
    pub repository: Option<String>,
    /// The folder.
    pub path: String,
}

/// Where a package index is. No address may hold credentials, and plain http is for this machine only.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndexAddresses {
    /// The simple API that installers read (PEP 503), `https://packages.example/simple/`.
    pub simple: String,
    /// Where files are uploaded to, `https://packages.example/legacy/`; without it nothing is published.
    pub upload: Option<String>,
}

/// The placeholder for the version in `tag`.
pub const VERSION: &str = "{version}";

/// How a runtime package is released.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Release {
    /// The name of a release's tag, with `{version}` in it.
    pub tag: String,
    /// The branch that is released from; the default branch of the source's repository when absent.
    pub branch: Option<String>,
    /// Labels of pull requests that say how far the version goes.
    pub labels: ReleaseLabels,
    /// Words in the message of a commit that keep it from being released.
    pub skip: Vec<String>,
    /// The type of the `repository_dispatch` event that tells members of a release; by default the one that the shape
    /// of their kind demands a receiver of.
    pub event: Option<String>,
    /// The key of that event's payload that holds the version; by default the one that the receiver hands on.
    pub payload: Option<String>,
    /// The workflow that the event starts in each member, by its file's name; by default the receiver's.
    pub workflow: Option<String>,
    /// What the index trusts to publish (Trusted Publishing); the claims of the run are compared with it first.
    pub publisher: Option<Publisher>,
    /// A repository that shows the built package, for those who still look there.
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

/// Labels of pull requests that say how far a version goes; without either it is a patch.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReleaseLabels {
    /// The first number goes up.
    pub major: String,
    /// The second one does.
    pub minor: String,
}

impl Default for ReleaseLabels {
    fn default() -> Self {
        Self { major: "release:major".to_owned(), minor: "release:minor".to_owned() }
    }
}

/// What an index trusts to publish.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Publisher {
    /// The repository whose workflow publishes, `name` or `owner/name`.
    pub repository: String,
    /// The workflow, by its file's name.
    pub workflow: String,
    /// The environment that the job runs in; any when absent.
    pub environment: Option<String>,
}

/// A repository that shows the built package.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mirror {
    /// The repository, `name` or `owner/name`.
    pub repository: String,
}
