//! Registrations as fleet.yaml declares them: other places that keep the list of members.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Member, Pattern};

/// Another place that keeps the list of members.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// What it is called in reports.
    pub name: String,
    /// The repository that holds it, `name` or `owner/name`; when absent, `path` is relative to
    /// fleet.yaml.
    pub repository: Option<String>,
    /// The file.
    pub path: String,
    /// What the file is written in.
    pub language: Language,
    /// The variable that holds the list, or the dotted path to it in a JSON document.
    pub symbol: Option<String>,
    /// What the list is.
    pub form: Form,
    /// When the list holds objects: the field that names the member.
    pub field: Option<String>,
    /// Further fields of these objects, and what each member's must be: `{ repo: "{owner}/{repository}" }`.
    #[serde(default)]
    pub fields: BTreeMap<String, Pattern>,
    /// How a member is written in it: `{slug}`, `{snake_case}`, `{slug}-default`, …
    #[serde(default = "as_the_slug")]
    pub spelling: Pattern,
    /// Members that are written otherwise, by slug; by repository where several members have that slug.
    #[serde(default)]
    pub exceptions: BTreeMap<String, String>,
    /// Texts in it that stand for no member.
    #[serde(default)]
    pub extras: Vec<String>,
    /// Further texts in it that stand for a member, each with the member's slug or repository.
    #[serde(default)]
    pub aliases: BTreeMap<String, String>,
    /// `form: map`: what each member's value must be, `{image}:latest`.
    pub values: Option<Pattern>,
    /// The kind whose members it lists; all kinds when absent.
    pub of: Option<String>,
    /// Members that it need not list, by slug or repository.
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

/// What a file with a registration is written in.
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
    /// One member a line, `#` begins a comment.
    Text,
}

/// What a list is in its language.
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
    /// One string, its words separated by blanks.
    Words,
}
