//! The types of `shape.yaml`, without validation against the other files of the pack, which is up to `pack`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Policy;
use super::demands::Demands;

/// The canonical shape of one kind of repository.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format; 1.
    pub schema: u32,
    /// Name of the shape.
    pub name: String,
    /// What kind of repository it is for.
    #[serde(default)]
    pub description: String,
    /// What repositories are called, `{slug}` standing for the slug and a leading `*` for any text:
    /// how the slug is found where no fleet.yaml gives it. A name that fits none is its own slug.
    #[serde(default)]
    pub repository_names: Vec<String>,
    /// Values that files are rendered with, in order: a later one may use an earlier one.
    #[serde(default, deserialize_with = "ordered::deserialize")]
    #[schemars(with = "BTreeMap<String, Variable>")]
    pub variables: Vec<(String, Variable)>,
    /// Declared variations of the shape, by name.
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
    /// How each path is held.
    pub paths: Vec<PathRule>,
    /// Globs of paths that need no reason to be there.
    #[serde(default)]
    pub extras: Vec<String>,
    /// What the checks demand.
    #[serde(default)]
    pub demands: Demands,
}

/// A value that files are rendered with.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// What it is, for the wizard and for reports.
    #[serde(default)]
    pub description: String,
    /// Where a repository itself says it.
    #[serde(default, deserialize_with = "serde_yaml::with::singleton_map_recursive::deserialize")]
    pub extract: Option<Extract>,
    /// A Tera expression over `slug`, `repository`, `owner` and earlier variables.
    pub default: Option<String>,
    /// What the starter itself is rendered with.
    pub placeholder: Option<String>,
    /// A Tera expression that the value must equal; a disagreement is a finding.
    pub must_equal: Option<String>,
    /// How a person gives it.
    #[serde(default)]
    pub form: ValueForm,
    /// A regular expression that the whole value matches; of lines and words each. An empty value is not
    /// held to it where the default is empty.
    pub pattern: Option<String>,
    /// What the pattern wants, in words: for whoever gave a value that does not match it.
    pub wants: Option<String>,
    /// A value that shows what is meant.
    pub example: Option<String>,
}

impl Variable {
    /// Compiles the pattern so that it matches a whole value.
    ///
    /// # Errors
    /// When it is not a regular expression.
    pub fn whole_pattern(&self) -> Result<Option<regex::Regex>, regex::Error> {
        let whole = |pattern: &String| regex::Regex::new(&format!("^(?:{pattern})$"));
        self.pattern.as_ref().map(whole).transpose()
    }
}

/// How a person gives a variable's value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ValueForm {
    /// One line.
    #[default]
    Line,
    /// Words on one line.
    Words,
    /// Several items, one a line.
    Lines,
    /// Text of several lines.
    Text,
}

/// Where a repository itself says a variable's value.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Extract {
    /// A scalar of a YAML file.
    Yaml {
        /// The file.
        path: String,
        /// The key, dotted.
        key: String,
    },
    /// The name of the class in a Python module that derives from another.
    Subclass {
        /// The module's file.
        path: String,
        /// The base class, as the module writes it (its last component).
        of: String,
    },
}

impl Extract {
    /// The file to extract from.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::Yaml { path, .. } | Self::Subclass { path, .. } => path,
        }
    }
}

/// A declared variation of the shape.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// When to use it.
    #[serde(default)]
    pub description: String,
    /// Globs of paths that are permitted though the shape forbids or does not know them.
    #[serde(default)]
    pub permits: Vec<String>,
    /// Globs of paths of the shape that this profile does without: neither wanted nor compared.
    #[serde(default)]
    pub without: Vec<String>,
    /// Paths that must exist beside the shape's.
    #[serde(default)]
    pub expects: Vec<String>,
    /// Whether TODO markers are permitted.
    #[serde(default)]
    pub permits_markers: bool,
    /// Other policies for some paths, by path.
    #[serde(default)]
    pub policies: BTreeMap<String, Policy>,
    /// Rules that do not apply, by id.
    #[serde(default)]
    pub without_rules: Vec<String>,
}

/// How one path is held.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PathRule {
    /// The path; a glob only for `forbidden`: elsewhere `[` and `{` stand for themselves.
    pub path: String,
    /// How it is held.
    pub policy: Policy,
    /// The file of the pack that it comes from, below `files/`; by default its own path, with or
    /// without `.tera`.
    pub source: Option<String>,
    /// Whether its absence is no drift.
    #[serde(default)]
    pub optional: bool,
    /// Whether it must have the executable bit; judged for `exact` and `templated` only.
    #[serde(default)]
    pub executable: bool,
    /// `structured`: keys (dotted paths) of the pack's file that are managed. Without keys the
    /// pack's file is a list of managed lines.
    #[serde(default)]
    pub keys: Vec<String>,
    /// Why it is held, for reports.
    pub because: Option<String>,
}

pub(super) mod ordered {
    //! Deserializes a mapping with its order.

    use std::fmt;
    use std::marker::PhantomData;

    use serde::de::{Deserializer, Error, MapAccess, Visitor};

    pub(in crate::shape) fn deserialize<'de, D, V>(
        deserializer: D,
    ) -> Result<Vec<(String, V)>, D::Error>
    where
        D: Deserializer<'de>,
        V: serde::Deserialize<'de>,
    {
        struct Entries<V>(PhantomData<V>);
        impl<'de, V: serde::Deserialize<'de>> Visitor<'de> for Entries<V> {
            type Value = Vec<(String, V)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries: Self::Value = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, V>()? {
                    if entries.iter().any(|(known, _)| *known == key) {
                        return Err(A::Error::custom(format!("`{key}` is given twice")));
                    }
                    entries.push((key, value));
                }
                Ok(entries)
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}
