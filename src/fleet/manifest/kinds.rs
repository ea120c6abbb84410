//! `kinds`: the kinds of repository, and the shape of each.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::fleet::RepositoryName;
use crate::shape::lineage::STARTER_FOLDER;

/// A kind of repository. `owner`, `profile` and `variables` are defaults for its members.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Kind {
    /// Prefix of its repositories' names. The rest of a name is the member's slug.
    pub prefix: Option<String>,
    /// How to recognise its repositories without a prefix. A glob decides the kind of a member as a prefix
    /// does, if it is the only kind's that matches the name. A topic is used by `shipshape fleet discover`.
    pub select: Option<Select>,
    /// The template repository for new ones, `name` or `owner/name`.
    pub starter: Option<String>,
    /// The shape that its repositories should have.
    pub shape: Shape,
    /// Owner of its members: a team or a person.
    pub owner: Option<String>,
    /// Profile of its members.
    pub profile: Option<String>,
    /// Values of the shape's variables.
    pub variables: BTreeMap<String, String>,
    /// How `shipshape new` sets up repositories of this kind.
    pub new: NewRepositories,
}

impl Kind {
    /// The repository of its starter, which belongs to the fleet's owner unless it names another.
    #[must_use]
    pub fn starter_in(&self, owner: &str) -> Option<RepositoryName> {
        RepositoryName::parse(self.starter.as_deref()?, owner)
    }
}

/// How new repositories of a kind are set up.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NewRepositories {
    /// Visibility. Default: `private`. If given, `drift --settings` also checks it for existing members.
    pub visibility: Option<Visibility>,
    /// Description on the forge, with `{slug}`, `{repository}`, `{owner}` or a variable of the shape:
    /// `{display_name} as a workspace`. Default: the value of the variable `summary` if the shape has it,
    /// otherwise the slug.
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
    /// Those who were given access.
    #[default]
    Private,
    /// Members of the enterprise that owns the organisation.
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

/// How to recognise the repositories of a kind among those of the owner.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Select {
    /// A glob that the repository's name matches.
    Glob(String),
    /// A topic that the repository has on the forge.
    Topic(String),
}

/// Location of a shape pack.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Shape {
    /// `embedded`: the pack inside shipshape.
    Named(NamedShape),
    /// A folder relative to fleet.yaml.
    Folder(ShapeFolder),
    /// A folder in a repository.
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
    #[serde(deserialize_with = "below")]
    pub folder: String,
}

/// A shape pack in a repository.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShapeRepository {
    /// The repository, `name` or `owner/name`.
    pub repository: String,
    /// Branch, tag or commit. Default: the default branch.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// The folder of `shape.yaml` in the repository.
    #[serde(default = "shape_path", deserialize_with = "below")]
    pub path: String,
}

/// Reads the path of a folder. A leading `./`, which shells complete, does not count.
fn below<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let rest = text.trim_start_matches("./");
    Ok(if rest.is_empty() || rest.starts_with('/') { text } else { rest.to_owned() })
}

fn shape_path() -> String {
    STARTER_FOLDER.to_owned()
}
