//! Registrations as fleet.yaml declares them: other places that keep the list of members.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Member, Pattern};

/// Another list of the members, in a file of some program or script.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// Its name in reports.
    pub name: String,
    /// The repository of the file, `name` or `owner/name`. Without it, `path` is relative to fleet.yaml.
    pub repository: Option<String>,
    /// The path of the file.
    pub path: String,
    /// Language of the file.
    pub language: Language,
    /// The variable that holds the list, or the dotted path to it in a JSON document.
    pub symbol: Option<String>,
    /// Form of the list.
    pub form: Form,
    /// For a list of objects: the field that names the member.
    pub field: Option<String>,
    /// Other fields of these objects, with the expected value of each: `{ repo: "{owner}/{repository}" }`.
    #[serde(default)]
    pub fields: BTreeMap<String, Pattern>,
    /// How a member is written in the list: `{slug}`, `{snake_case}`, `{slug}-default`, …
    #[serde(default = "as_the_slug")]
    pub spelling: Pattern,
    /// Members that are written differently, by slug; by repository where several members have that slug.
    #[serde(default)]
    pub exceptions: BTreeMap<String, String>,
    /// Entries of the list that are not members.
    #[serde(default)]
    pub extras: Vec<String>,
    /// Other entries that mean a member, each with its slug or repository.
    #[serde(default)]
    pub aliases: BTreeMap<String, String>,
    /// For `form: map`: the expected value of each member, `{image}:latest`.
    pub values: Option<Pattern>,
    /// The kind whose members it lists. Default: all kinds.
    pub of: Option<String>,
    /// Members that may be missing from it, by slug or repository.
    #[serde(default)]
    pub without: Vec<String>,
}

impl Registration {
    /// Whether it lists members of this one's kind.
    #[must_use]
    pub fn is_of(&self, member: &Member) -> bool {
        self.of.as_ref().is_none_or(|kind| *kind == member.kind)
    }

    /// Whether it need not list a member.
    #[must_use]
    pub fn excuses(&self, member: &Member) -> bool {
        self.without.iter().any(|word| names(word, member))
    }

    /// How a member is written, if it is written otherwise than the others.
    #[must_use]
    pub fn exception(&self, member: &Member) -> Option<&str> {
        let exception = self.exceptions.get(&member.name());
        exception.or_else(|| self.exceptions.get(&member.slug)).map(String::as_str)
    }
}

/// Whether a word in a registration names a member: its slug or, where several members have that, its name in reports.
#[must_use]
pub fn names(word: &str, member: &Member) -> bool {
    member.slug == word || member.name() == word
}

fn as_the_slug() -> Pattern {
    Pattern::new("{slug}")
}

/// The language of a file with a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Go.
    Go,
    /// TypeScript or JavaScript.
    Typescript,
    /// A shell script.
    Bash,
    /// JSON.
    Json,
    /// Python.
    Python,
    /// YAML.
    Yaml,
    /// Plain text with one member per line. `#` starts a comment.
    Text,
}

/// The form of a list in its language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// The keys of a map, an object or a dictionary.
    Map,
    /// A Go slice.
    Slice,
    /// An array.
    Array,
    /// A Python set.
    Set,
    /// One string of words separated by blanks.
    Words,
}
