//! Demands on YAML, JSON and TOML documents: their keys by schema version, and what reads each key.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::severity::Severity;
use crate::shape::migration::Migration;
use crate::source::yaml;

/// Requirements on one document: YAML, JSON, or TOML if the file name says so.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// Path of the file.
    pub path: String,
    /// How its plain scalars are read. Ignored for TOML, which has its own types.
    #[serde(default)]
    pub dialect: Dialect,
    /// The key for the version of the document's schema.
    pub version: Option<Version>,
    /// Severity of an unknown key. Default: unknown keys are not reported.
    pub unknown_keys: Option<Severity>,
    /// Default values, each with the list that must contain it.
    #[serde(default)]
    pub models: Vec<Membership>,
    /// Keys whose values are files of the repository.
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

/// Versions of a document's schema. A published version must not change.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// The key of the version, an integer.
    pub key: String,
    /// The version that documents should follow.
    pub current: i64,
    /// Versions that are still read but should be migrated.
    #[serde(default)]
    pub deprecated: Vec<i64>,
    /// Versions that documents move to only on request, because not every reader supports them yet.
    #[serde(default)]
    pub opt_in: Vec<i64>,
    /// Migrations from one version to another. A published migration must not change.
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

/// A default value that must be in a list.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// Path of the default value.
    pub default: String,
    /// Path of the list's values, `a.b[].id`.
    pub list: String,
    /// What the list's entry for the default needs, and where that must be named too.
    pub needs: Option<Needs>,
}

/// What an entry of a list needs if it is the default.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// The key of the entry that lists its needs.
    pub key: String,
    /// Path of the list that must name all of them, `a.b`.
    pub named_in: String,
}

/// A key whose values are files of the repository.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileKey {
    /// Path of the key, `a.b[]`.
    pub key: String,
}

/// One key of a document.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Key {
    /// The types that its readers accept. Default: any.
    #[serde(rename = "type")]
    pub types: OneOrMany<Type>,
    /// Whether the key is required.
    pub required: bool,
    /// Allowed values of a scalar, as text. Lists and maps are not compared. With `minimum` or `maximum`, these
    /// are the values allowed outside the bounds: `one_of: ["0"]` with `minimum: 20000`.
    pub one_of: Option<Vec<String>>,
    /// Smallest number allowed.
    pub minimum: Option<f64>,
    /// Largest number allowed.
    pub maximum: Option<f64>,
    /// Programs that read the key. An empty list means that none does, which is a finding. Without a list
    /// nothing is checked.
    pub read_by: Option<Vec<String>>,
    /// The path where its readers look now, if the key moved.
    pub moved_to: Option<String>,
    /// What to use instead, if the key is deprecated.
    pub deprecated: Option<String>,
    /// Keys of a map. A map without any may have any keys.
    pub keys: BTreeMap<String, Key>,
    /// Severity of a map's unknown keys. Default: what the document says.
    pub unknown_keys: Option<Severity>,
    /// Requirements on the items of a list.
    pub items: Option<Box<Key>>,
    /// Versions of the schema that have this key. Default: all.
    pub versions: Vec<i64>,
}

impl Key {
    /// The allowed values of a scalar; empty if `one_of` does not restrict them.
    #[must_use]
    pub fn allowed(&self) -> &[String] {
        self.one_of.as_deref().unwrap_or_default()
    }
}

/// A type of a YAML value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(transform = other_spellings)]
pub enum Type {
    /// Text.
    String,
    /// A whole number, not `true` and not `"1"`. `integer` means the same.
    #[serde(alias = "integer")]
    Int,
    /// A number.
    Number,
    /// `true` or `false`. `boolean` means the same.
    #[serde(alias = "boolean")]
    Bool,
    /// A list.
    List,
    /// A map.
    Map,
    /// No value.
    Null,
}

impl Type {
    /// Its name in shape.yaml.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Number => "number",
            Self::Bool => "bool",
            Self::List => "list",
            Self::Map => "map",
            Self::Null => "null",
        }
    }
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
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// One.
    One(T),
    /// Several.
    Many(Vec<T>),
    /// The key is absent, which differs from an empty list.
    #[serde(skip)]
    #[default]
    Absent,
}

impl<T> OneOrMany<T> {
    /// Returns all values.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
            Self::Absent => &[],
        }
    }
}
