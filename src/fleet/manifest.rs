//! `fleet.yaml` as it is written, typed.
//!
//! Every key is known and documented here: the JSON Schema that editors use is made from these types.
//! What a manifest amounts to (slugs derived, defaults applied, names resolved) is a [`super::Fleet`].

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::registration::Registration;
use super::{Date, Pattern};
use crate::checks::Severity;

/// The newest number of the `schema` key.
pub const SCHEMA: u32 = 1;

/// A fleet: where it lives, what kinds of repository it has, and which repositories these are.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format; 1.
    #[schemars(schema_with = "schema_version")]
    pub schema: u32,
    /// Name of the fleet, for reports.
    pub name: String,
    /// Where the repositories live.
    pub forge: Forge,
    /// The repository that this file is kept in: its change is then offered there as a pull request, and not
    /// made in the file.
    pub home: Option<Home>,
    /// The kinds of repository, by name. Most fleets have one.
    pub kinds: BTreeMap<String, Kind>,
    /// The Python package that every member runs on; absent in fleets without one.
    pub runtime_package: Option<RuntimePackage>,
    /// The container images of the members; absent in fleets without images.
    pub images: Option<Images>,
    /// The repositories, one a line.
    pub members: Vec<MemberEntry>,
    /// Other places that keep the list of members, which are checked against this one.
    #[serde(default)]
    pub registrations: Vec<Registration>,
    /// The file of waivers, relative to this one.
    #[serde(default = "waivers_file")]
    pub waivers: String,
    /// The file of findings that were there when the fleet began to be judged, relative to this one.
    pub baseline: Option<String>,
    /// The file that the results of runs are recorded in, relative to this one.
    pub history: Option<String>,
    /// What is asked of every campaign, whatever its file says.
    #[serde(default)]
    pub campaigns: Campaigns,
    /// Rules whose severity differs here, by id (`path-stale`) or code (`SHP012`).
    #[serde(default)]
    pub rules: BTreeMap<String, RuleSetting>,
}

fn schema_version(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "const": SCHEMA })
}

fn waivers_file() -> String {
    "waivers.yaml".to_owned()
}

/// Where the repositories live.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Forge {
    /// Which program it runs.
    #[serde(default)]
    pub kind: ForgeKind,
    /// Its address, `https://…`, unless it is github.com.
    pub url: Option<String>,
    /// The organisation or user that owns the repositories, unless a member names another.
    pub owner: String,
}

/// Where on the forge a manifest is kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Home {
    /// The repository, `name` or `owner/name`.
    pub repository: String,
    /// The file in it.
    #[serde(default = "manifest_file")]
    pub path: String,
}

fn manifest_file() -> String {
    "fleet.yaml".to_owned()
}

/// What is asked of every campaign, whatever its file says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Campaigns {
    /// Whether somebody else has to approve each plan first. A campaign may ask for more, not for less.
    pub approval: Approval,
}

/// Whether somebody else has to approve a plan.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Approval {
    /// No.
    #[default]
    Never,
    /// When it changes a workflow.
    Workflows,
    /// Yes.
    Always,
}

/// Which program a forge runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ForgeKind {
    /// GitHub or GitHub Enterprise Server.
    #[default]
    Github,
    /// Gitea or Forgejo.
    Gitea,
}

/// A kind of repository. `owner`, `profile` and `variables` hold for its members that have none.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Kind {
    /// What its repositories' names begin with; what follows is the member's slug.
    pub prefix: Option<String>,
    /// How its repositories are told from others where a prefix does not.
    pub select: Option<Select>,
    /// The repository that new ones are made from, `name` or `owner/name`.
    pub starter: Option<String>,
    /// The shape that is wanted of its repositories.
    pub shape: Shape,
    /// Who owns its members.
    pub owner: Option<String>,
    /// The profile of its members.
    pub profile: Option<String>,
    /// Values of the shape's variables.
    pub variables: BTreeMap<String, String>,
    /// How `shipshape new` sets up new repositories of this kind.
    pub new: NewRepositories,
}

/// How new repositories of a kind are set up.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NewRepositories {
    /// Who can see them; everybody unless given. Once it is given, members are held to it: `drift --settings`.
    pub visibility: Option<Visibility>,
    /// What the forge says they are, with `{slug}`, `{repository}`, `{owner}` or a variable of the shape in
    /// it: `{display_name} as a workspace`. By default the value of `summary` where the shape has that
    /// variable, else the slug.
    pub description: Option<String>,
}

/// Who can see a repository.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everybody.
    #[default]
    Public,
    /// Who was given access.
    Private,
    /// The members of the enterprise that owns the organisation.
    Internal,
}

impl Visibility {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Public, Self::Private, Self::Internal];

    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Internal => "internal",
        }
    }
}

/// How repositories of a kind are told from others of the owner.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Select {
    /// A glob over the repository's name.
    Glob(String),
    /// A topic that the repository has on the forge.
    Topic(String),
}

/// Where a shape pack is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Shape {
    /// A name: only `embedded`, the pack inside shipshape.
    Named(NamedShape),
    /// A folder beside fleet.yaml.
    Folder(ShapeFolder),
    /// A folder of a repository.
    Repository(ShapeRepository),
}

impl Default for Shape {
    fn default() -> Self {
        Self::Named(NamedShape::Embedded)
    }
}

/// A shape pack that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NamedShape {
    /// The pack inside shipshape.
    Embedded,
}

/// A shape pack in a folder.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShapeFolder {
    /// The folder that holds `shape.yaml`, relative to fleet.yaml.
    pub folder: String,
}

/// A shape pack in a repository.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShapeRepository {
    /// The repository, `name` or `owner/name`.
    pub repository: String,
    /// Branch, tag or commit; the default branch when absent.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// The folder in it that holds `shape.yaml`.
    #[serde(default = "shape_path")]
    pub path: String,
}

fn shape_path() -> String {
    ".shipshape".to_owned()
}

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

/// The container images of the members.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Images {
    /// The registry's host, `ghcr.io`.
    pub registry: String,
    /// An image's whole name without a tag, `ghcr.io/acme/workspace-template-{slug}`.
    pub name: Pattern,
    /// The tag that members move with every build.
    #[serde(default = "latest")]
    pub tag: String,
    /// The label of an image that says which version of the runtime package is in it; the one that the shape
    /// demands, when absent.
    pub version_label: Option<String>,
    /// The containers that are made from the images.
    #[serde(default)]
    pub containers: Containers,
}

fn latest() -> String {
    "latest".to_owned()
}

/// The containers that a platform makes from the members' images.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Containers {
    /// What their names begin with.
    pub prefix: String,
}

impl Default for Containers {
    fn default() -> Self {
        Self { prefix: "ws-".to_owned() }
    }
}

/// A member: a mapping, or one word. A word that holds `/` or begins with a kind's prefix is a
/// repository; any other is a slug.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum MemberEntry {
    /// A repository or a slug.
    Word(String),
    /// All that there is to say.
    Full(Box<FullMember>),
}

/// A member of the fleet. `slug` or `repository` must be given; the other follows from the kind's
/// prefix.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FullMember {
    /// Its short name, lowercase and hyphenated; by default the repository's without the prefix, or
    /// the last folder of `path`.
    #[schemars(extend("pattern" = "^[a-z0-9]+(-[a-z0-9]+)*$"))]
    pub slug: Option<String>,
    /// Its repository, `name` or `owner/name`; by default the kind's prefix and the slug.
    pub repository: Option<String>,
    /// The folder of the repository that it lives in; the root when absent.
    pub path: Option<String>,
    /// Its kind; by default the one whose prefix fits, or the only one.
    pub kind: Option<String>,
    /// Who owns it: a team or a person.
    pub owner: Option<String>,
    /// The profile of the shape that it follows.
    pub profile: Option<String>,
    /// Other names it is known by.
    pub aliases: Vec<String>,
    /// Values of the shape's variables.
    pub variables: BTreeMap<String, String>,
    /// The day since when it is no longer kept in shape; it stays listed so that nobody adds it again.
    pub retired: Option<Date>,
}

/// How one rule counts in this fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSetting {
    /// The severity that its findings have here; the rule's own when absent.
    pub severity: Option<RuleSeverity>,
    /// The day from when on it counts in full; before it, errors and warnings are told as info.
    pub enforce_from: Option<Date>,
}

/// A severity, or none at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RuleSeverity {
    /// The rule is not applied. In quotes for readers of YAML 1.1, to whom a bare `off` is false.
    Off,
    /// Worth knowing; fails nothing by default.
    Info,
    /// Will hurt somebody later.
    Warning,
    /// Hurts now.
    Error,
}

impl RuleSeverity {
    /// The severity; `None` when the rule is off.
    #[must_use]
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}
