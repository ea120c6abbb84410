//! Demands on YAML, JSON and TOML documents: their keys by schema version, and what reads each key.

mod keys;
mod named;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::named::{LeadsTo, Named};
use super::fault::Fault;
use crate::counted::{counted, counted_as};
use crate::severity::Severity;
use crate::shape::migration::{Migration, Step};
use crate::source::yaml::{self, Path};

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

    /// What no document could meet: versions that it cannot reach, keys without a possible value, paths that lead nowhere.
    /// `place` is where shape.yaml has the demand.
    pub(super) fn fault(&self, place: &Path) -> Option<Fault> {
        // Destructured so that a new field has to be considered here: which of its values would mean nothing?
        let Self { path, dialect: _, version, unknown_keys: _, models, files, keys: _ } = self;
        if let Some((fault, hint)) = version.as_ref().and_then(Version::fault) {
            let message = format!("`version` of `{path}`: {fault}");
            return Some(Fault::new(place.clone().key("version"), message, hint));
        }
        let files = files.iter().enumerate().map(|(index, file)| Named {
            path: &file.key,
            place: place.clone().key("files").index(index).key("key"),
            leads_to: LeadsTo::Values,
        });
        let models = models.iter().enumerate().flat_map(|(index, pair)| {
            let place = place.clone().key("models").index(index);
            let named =
                |path, key: &str, leads_to| Named { path, place: place.clone().key(key), leads_to };
            let needs = pair.needs.as_ref().map(|needs| Named {
                path: &needs.named_in,
                place: place.clone().key("needs").key("named_in"),
                leads_to: LeadsTo::List,
            });
            let default = named(&pair.default, "default", LeadsTo::Value);
            [default, named(&pair.list, "list", LeadsTo::Values)].into_iter().chain(needs)
        });
        keys::fault(self, place).or_else(|| files.chain(models).find_map(|named| named.fault(self)))
    }

    /// Its line in a listing of what a pack demands. Keys are only counted.
    #[must_use]
    pub fn in_words(&self) -> String {
        // Destructured so that a new field has to be shown here.
        let Self { path, dialect: _, version, unknown_keys, models, files, keys } = self;
        let mut parts = vec![counted(keys.len(), "key")];
        parts.extend(unknown_keys.iter().map(|_| "no others".to_owned()));
        parts.extend(version.iter().map(|it| format!("version {} in `{}`", it.current, it.key)));
        if !models.is_empty() {
            let (one, many) = ("default that a list contains", "defaults that lists contain");
            parts.push(counted_as(models.len(), one, many));
        }
        if !files.is_empty() {
            parts.push(counted_as(files.len(), "key that names files", "keys that name files"));
        }
        format!("{path}  {}", parts.join(", "))
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

    /// Returns a contradiction, and how to resolve it.
    fn fault(&self) -> Option<(String, &'static str)> {
        let Self { current, deprecated, migrations, .. } = self;
        if deprecated.contains(current) {
            return Some((
                format!("{current} is both the current version and a deprecated one"),
                "remove it from `deprecated`",
            ));
        }
        for migration in migrations {
            let (from, to) = (migration.from, migration.to);
            if from == to {
                return Some((
                    format!("a migration goes from version {from} to the same version"),
                    "a migration must change the version",
                ));
            }
            if from > *current
                && !self.knows(from)
                && !migrations.iter().any(|other| other.to == from)
            {
                return Some((
                    format!(
                        "a migration goes from version {from}, which is later than the current version, {current}"
                    ),
                    "set `from` to a version that documents may have, or list it in `opt_in`",
                ));
            }
            if !self.knows(to) && !migrations.iter().any(|other| other.from == to) {
                return Some((
                    format!(
                        "a migration goes from version {from} to {to}, which is not a version that documents may have"
                    ),
                    "`current`, `deprecated` or `opt_in` lists each version that documents may have",
                ));
            }
            if let Some(fault) = migration.steps.iter().find_map(Step::fault) {
                return Some(fault);
            }
        }
        None
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

    /// What is demanded of it, in words. The keys below it are left out.
    #[must_use]
    pub fn in_words(&self) -> String {
        // Destructured so that a new keyword has to be shown here: authors look here whether theirs was understood.
        let Self {
            types,
            required,
            one_of,
            minimum,
            maximum,
            read_by,
            moved_to,
            deprecated,
            keys: _,
            unknown_keys,
            items: _,
            versions,
        } = self;
        let types: Vec<&str> = types.as_slice().iter().map(|it| it.name()).collect();
        let mut parts =
            vec![if types.is_empty() { "any type".to_owned() } else { types.join(" or ") }];
        parts.extend(required.then(|| "required".to_owned()));
        parts.extend(minimum.map(|least| format!("at least {least}")));
        parts.extend(maximum.map(|most| format!("at most {most}")));
        parts.extend(one_of.iter().map(|values| {
            let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
            let also = if minimum.is_some() || maximum.is_some() { "also " } else { "one of " };
            format!("{also}{}", values.join(", "))
        }));
        parts.extend(unknown_keys.iter().map(|_| "no other keys".to_owned()));
        parts.extend(read_by.iter().map(|programs| match &programs[..] {
            [] => "read by no program".to_owned(),
            programs => format!("read by {}", programs.join(", ")),
        }));
        parts.extend(moved_to.iter().map(|path| format!("moved to `{path}`")));
        parts.extend(deprecated.iter().map(|instead| format!("deprecated: use {instead}")));
        if !versions.is_empty() {
            let listed: Vec<String> = versions.iter().map(i64::to_string).collect();
            let noun = if versions.len() == 1 { "version" } else { "versions" };
            parts.push(format!("only in {noun} {}", listed.join(", ")));
        }
        parts.join("; ")
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
