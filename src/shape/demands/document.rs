//! Demands on YAML, JSON and TOML documents: their keys by schema version, and what reads each key.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::severity::Severity;
use crate::shape::migration::Migration;
use crate::source::yaml;

/// What one document must hold: YAML, JSON, or TOML where the file is called so.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// The file.
    pub path: String,
    /// How its plain scalars are read; TOML has types of its own.
    #[serde(default)]
    pub dialect: Dialect,
    /// The key that says which version of the schema the document follows.
    pub version: Option<Version>,
    /// What an unknown key amounts to; nothing when absent.
    pub unknown_keys: Option<Severity>,
    /// Pairs of a default and the list that it must be in.
    #[serde(default)]
    pub models: Vec<Membership>,
    /// Keys that name files of the repository.
    #[serde(default)]
    pub files: Vec<FileKey>,
    /// The keys, by name.
    #[serde(default)]
    pub keys: BTreeMap<String, Key>,
}

impl Demand {
    /// Whether it demands anything that an empty document lacks.
    #[must_use]
    pub fn wants_content(&self) -> bool {
        self.version.is_some() || self.keys.values().any(|key| key.required)
    }

    /// The dialect to parse the document in: TOML by its file name, else the demanded YAML dialect.
    #[must_use]
    pub fn read_as(&self) -> yaml::Dialect {
        yaml::Dialect::of_file(&self.path, self.dialect.into())
    }
}

/// How plain scalars are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Dialect {
    /// YAML 1.1 as PyYAML reads it.
    #[serde(rename = "yaml-1.1")]
    Yaml11,
    /// YAML 1.2, core schema.
    #[default]
    #[serde(rename = "yaml-1.2")]
    Yaml12,
}

impl From<Dialect> for yaml::Dialect {
    fn from(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Yaml11 => Self::Yaml11,
            Dialect::Yaml12 => Self::Yaml12,
        }
    }
}

/// The versions of a document's schema. A version is frozen once it is published.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// The key that holds it, an integer.
    pub key: String,
    /// The version that documents should follow.
    pub current: i64,
    /// Versions that are still read and should be left.
    #[serde(default)]
    pub deprecated: Vec<i64>,
    /// Versions that nothing moves to unless asked, since their readers are not everywhere.
    #[serde(default)]
    pub opt_in: Vec<i64>,
    /// How documents get from one version to another. Like a version, a migration is frozen once it is
    /// published.
    #[serde(default)]
    pub migrations: Vec<Migration>,
}

impl Version {
    /// Whether a document may follow this version.
    #[must_use]
    pub fn knows(&self, number: i64) -> bool {
        number == self.current || self.deprecated.contains(&number) || self.opt_in.contains(&number)
    }
}

/// A default that must be in a list.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// Path of the default.
    pub default: String,
    /// Path of the list's values, `a.b[].id`.
    pub list: String,
    /// What the default's entry of that list needs, and where that has to be named as well.
    pub needs: Option<Needs>,
}

/// What an entry of a list needs once it is the default.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// The key of the entry that lists it.
    pub key: String,
    /// Path of the list that has to name all of it, `a.b`.
    pub named_in: String,
}

/// A key that names files of the repository.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileKey {
    /// Its path, `a.b[]`.
    pub key: String,
}

/// One key of a document.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Key {
    /// The types that its readers take; any when empty.
    #[serde(rename = "type")]
    pub types: OneOrMany<Type>,
    /// Whether it must be there.
    pub required: bool,
    /// The values that a scalar may have, as text; lists and maps are not compared. Beside `minimum` or
    /// `maximum` they are what may be outside those bounds: `one_of: ["0"]` with `minimum: 20000`.
    pub one_of: Vec<String>,
    /// The least number it may be.
    pub minimum: Option<f64>,
    /// The greatest number it may be.
    pub maximum: Option<f64>,
    /// The programs that read it. An empty list means nobody and is a finding; without a list nothing
    /// is said about it.
    pub read_by: Option<Vec<String>>,
    /// The path where its readers look instead.
    pub moved_to: Option<String>,
    /// What to use instead, when it is deprecated.
    pub deprecated: Option<String>,
    /// Keys of a map. A map that lists none is free: no key of it is unknown.
    pub keys: BTreeMap<String, Key>,
    /// What a map's unknown keys amount to, unless the document says so for all.
    pub unknown_keys: Option<Severity>,
    /// Items of a list.
    pub items: Option<Box<Key>>,
    /// The versions of the schema that have this key; all when empty.
    pub versions: Vec<i64>,
}

/// A type of a YAML value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(transform = other_spellings)]
pub enum Type {
    /// Text.
    String,
    /// A whole number; neither `true` nor `"1"`. `integer` is the same.
    #[serde(alias = "integer")]
    Int,
    /// A number.
    Number,
    /// `true` or `false`. `boolean` is the same.
    #[serde(alias = "boolean")]
    Bool,
    /// A list.
    List,
    /// A map.
    Map,
    /// Nothing at all.
    Null,
}

/// Adds serde's aliases to the schema.
fn other_spellings(schema: &mut schemars::Schema) {
    if let Some(spellings) = schema.get_mut("oneOf").and_then(serde_json::Value::as_array_mut) {
        for (other, one) in [("integer", "int"), ("boolean", "bool")] {
            let description = format!("The same as `{one}`.");
            spellings.push(
                serde_json::json!({ "const": other, "type": "string", "description": description }),
            );
        }
    }
}

/// One value, or a list of them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// One.
    One(T),
    /// Several.
    Many(Vec<T>),
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<T> OneOrMany<T> {
    /// Returns all values.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}
