//! `members`: the repositories.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::fleet::Date;

/// A member: a mapping or one word. A word with a `/` or with a kind's prefix is a repository. Any other word
/// is a slug.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum MemberEntry {
    /// A repository or a slug.
    Word(String),
    /// A mapping with all its fields.
    Full(Box<FullMember>),
}

/// A member of the fleet. Give `slug` or `repository`; the other is derived with the kind's prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FullMember {
    /// Short name, lowercase with hyphens. Default: the repository's name without the prefix, or the last
    /// folder of `path`.
    #[schemars(extend("pattern" = "^[a-z0-9]+(-[a-z0-9]+)*$"))]
    pub slug: Option<String>,
    /// Repository, `name` or `owner/name`. Default: the kind's prefix and the slug.
    pub repository: Option<String>,
    /// Folder of the member in the repository. Default: the root.
    pub path: Option<String>,
    /// Kind. Default: the one whose prefix matches, or the only one.
    pub kind: Option<String>,
    /// Owner: a team or a person.
    pub owner: Option<String>,
    /// Profile of the shape.
    pub profile: Option<String>,
    /// Other names of the member.
    pub aliases: Vec<String>,
    /// Values of the shape's variables.
    pub variables: BTreeMap<String, String>,
    /// The day since which it is no longer kept in shape, `2026-01-31`. It stays listed so that it is not added
    /// again.
    pub retired: Option<Date>,
}
