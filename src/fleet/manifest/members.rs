//! `members`: the repositories.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::fleet::Date;

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
