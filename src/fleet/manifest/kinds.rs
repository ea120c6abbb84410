//! `kinds`: the kinds of repository, and the shape of each.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of repository. `owner`, `profile` and `variables` hold for its members that have none.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Kind {
    /// What its repositories' names begin with; what follows is the member's slug.
    pub prefix: Option<String>,
    /// How its repositories are told from others where a prefix does not. A glob that a name fits, and no other kind's,
    /// says the kind of a member as a prefix does; a topic counts for `shipshape fleet discover`.
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
    /// Who can see them; `private` unless given. Once it is given, members are held to it: `drift --settings`.
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
    Public,
    /// Who was given access.
    #[default]
    Private,
    /// The members of the enterprise that owns the organisation.
    Internal,
}

impl Visibility {
    /// All values.
    pub const ALL: [Self; 3] = [Self::Public, Self::Private, Self::Internal];

    /// Returns the value as written in fleet.yaml.
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
