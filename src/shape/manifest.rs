//! The types of `shape.yaml`, without validation against the other files of the pack, which is up to `pack`.

use std::collections::BTreeMap;

use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Policy;
use super::demands::Demands;

/// The canonical shape of one kind of repository.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format: 1.
    pub schema: u32,
    /// Name of the shape.
    pub name: String,
    /// The kind of repository that it describes.
    #[serde(default)]
    pub description: String,
    /// Patterns of repository names, such as `template-{slug}`; a leading `*` matches any text. They give the
    /// slug if there is no fleet.yaml, so each has a `{slug}`. A name that matches none is its own slug.
    #[serde(default)]
    pub repository_names: Vec<String>,
    /// Variables that files are rendered with, in order. A later one may use an earlier one.
    #[serde(default, deserialize_with = "ordered::deserialize")]
    #[schemars(with = "BTreeMap<String, Variable>")]
    pub variables: Vec<(String, Variable)>,
    /// Profiles: declared variations of the shape, by name.
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
    /// Rules for paths.
    pub paths: Vec<PathRule>,
    /// Globs of paths that are always permitted.
    #[serde(default)]
    pub extras: Vec<String>,
    /// Requirements that the checks enforce.
    #[serde(default)]
    pub demands: Demands,
}

impl Manifest {
    /// Parses a `shape.yaml`; `None` if it is none of ours, since other tools may have files of this name, too.
    #[must_use]
    pub fn of_a_pack(text: &str) -> Option<Self> {
        serde_yaml::from_str(text).ok()
    }
}

/// A variable that files are rendered with.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// What the value means, shown by the wizard and in reports.
    #[serde(default)]
    pub description: String,
    /// Where to find the value in a repository.
    #[serde(default, deserialize_with = "serde_yaml::with::singleton_map_recursive::deserialize")]
    pub extract: Option<Extract>,
    /// A Tera expression over `slug`, `repository`, `owner`, `forge_owner` and earlier variables.
    pub default: Option<String>,
    /// The value that the starter repository is rendered with.
    pub placeholder: Option<String>,
    /// A Tera expression that the value must equal. A difference is a finding.
    pub must_equal: Option<String>,
    /// How a person enters the value.
    #[serde(default)]
    pub form: ValueForm,
    /// The only values, a menu for persons. A default that is not derived must be one of them, or empty.
    pub choices: Option<Vec<String>>,
    /// A regular expression that the whole value must match; for lines and words, each of them. An empty value
    /// always matches if the default is empty.
    pub pattern: Option<String>,
    /// What the pattern requires, in words, shown if a value does not match.
    pub wants: Option<String>,
    /// An example of a value.
    pub example: Option<String>,
    /// What an empty value leaves to a person. `new` says so when it asks, and until somebody has changed the file.
    pub when_empty: Option<LeftToDo>,
}

/// What is left to a person in a new repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeftToDo {
    /// The path of the shape that it is about.
    pub path: String,
    /// What is left, in words: `` `answer` is a placeholder until you write it ``.
    pub left: String,
}

impl LeftToDo {
    /// Describes it with its path.
    #[must_use]
    pub fn in_words(&self) -> String {
        format!("{}: {}", self.path, self.left)
    }
}

impl Variable {
    /// Whether the value must be the repository's slug as it is.
    #[must_use]
    pub fn must_be_slug(&self) -> bool {
        let inside =
            |it: &str| Some(it.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim() == "slug");
        self.must_equal.as_deref().and_then(inside).unwrap_or(false)
    }

    /// Whether a value is one of the choices; any is where there are none.
    #[must_use]
    pub fn is_choice(&self, value: &str) -> bool {
        self.choices.as_ref().is_none_or(|choices| choices.iter().any(|choice| choice == value))
    }

    /// The part of a value that neither `choices` nor `pattern` permits: all of it, or the first of its words or lines.
    #[must_use]
    pub fn misfit<'v>(&self, value: &'v str) -> Option<&'v str> {
        if value.is_empty() && self.empty_fits() {
            return None;
        }
        // Loading the pack has checked that its patterns are valid.
        let pattern = self.whole_pattern().ok().flatten();
        self.misfit_by(pattern.as_ref(), value)
    }

    /// The same by [the compiled pattern](Self::whole_pattern), for several values.
    #[must_use]
    pub fn misfit_by<'v>(&self, pattern: Option<&Regex>, value: &'v str) -> Option<&'v str> {
        if value.is_empty() && self.empty_fits() {
            return None;
        }
        if !self.is_choice(value) {
            return Some(value);
        }
        let pattern = pattern?;
        let fits_not = |part: &&str| !pattern.is_match(part);
        match self.form {
            ValueForm::Line | ValueForm::Text => Some(value).filter(fits_not),
            ValueForm::Words => value.split_whitespace().find(fits_not),
            ValueForm::Lines => value.lines().filter(|line| !line.trim().is_empty()).find(fits_not),
        }
    }

    /// Whether a value may be empty. Without a default, a person may leave it so, too.
    fn empty_fits(&self) -> bool {
        match self.choices {
            Some(_) => self.default.as_ref().is_some_and(String::is_empty),
            None => self.default.as_ref().is_none_or(String::is_empty),
        }
    }

    /// What `choices` or `pattern` permit, in words that say what to enter.
    #[must_use]
    pub fn advice(&self) -> String {
        if let Some(choices) = &self.choices {
            return format!("use one of {}", choices.join(", "));
        }
        let example = self.example.as_ref().map(|example| {
            format!("write it like `{}`", example.lines().next().unwrap_or(example))
        });
        match (&self.wants, example, &self.pattern) {
            (Some(wants), Some(example), _) => format!("{wants}; {example}"),
            (Some(wants), None, _) => wants.clone(),
            (None, Some(example), _) => example,
            (None, None, Some(pattern)) => format!("the shape requires it to match {pattern}"),
            (None, None, None) => self.description.clone(),
        }
    }

    /// The default, if it is a plain text and not derived from other values.
    #[must_use]
    pub fn plain_default(&self) -> Option<&str> {
        let is_template = |text: &str| ["{{", "{%", "{#"].iter().any(|tag| text.contains(tag));
        self.default.as_deref().filter(|default| !is_template(default))
    }

    /// Compiles the pattern so that it matches a whole value.
    ///
    /// # Errors
    /// When it is not a regular expression.
    pub fn whole_pattern(&self) -> Result<Option<Regex>, regex::Error> {
        let whole = |pattern: &String| Regex::new(&format!("^(?:{pattern})$"));
        self.pattern.as_ref().map(whole).transpose()
    }
}

/// How a person enters a variable's value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ValueForm {
    /// One line.
    #[default]
    Line,
    /// Words on one line.
    Words,
    /// Several items, one per line.
    Lines,
    /// Text of several lines.
    Text,
}

/// Where to find a variable's value in a repository.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Extract {
    /// A scalar of a YAML, JSON or TOML file.
    Yaml {
        /// Path of the file.
        path: String,
        /// Dotted path of the key.
        key: String,
    },
    /// The name of the class in a Python module that derives from a base class.
    Subclass {
        /// Path of the module.
        path: String,
        /// The base class as written in the module, by its last component.
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
    /// Globs of paths that are permitted although the shape forbids them or does not know them.
    #[serde(default)]
    pub permits: Vec<String>,
    /// Globs of paths of the shape that do not apply: neither required nor compared.
    #[serde(default)]
    pub without: Vec<String>,
    /// Paths that must exist in addition to those of the shape.
    #[serde(default)]
    pub expects: Vec<String>,
    /// Whether TODO markers are permitted.
    #[serde(default)]
    pub permits_markers: bool,
    /// Different policies for some paths, by path.
    #[serde(default)]
    pub policies: BTreeMap<String, Policy>,
    /// Rules that do not apply, by id.
    #[serde(default)]
    pub without_rules: Vec<String>,
}

/// The rule for one path.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PathRule {
    /// The path. It is a glob only for `forbidden`; elsewhere `[` and `{` are literal.
    pub path: String,
    /// How the path is compared with the shape.
    pub policy: Policy,
    /// The file in the pack, relative to `files/`. Default: its own path, with or without `.tera`.
    pub source: Option<String>,
    /// Whether the path may be missing.
    #[serde(default)]
    pub optional: bool,
    /// Whether the file must be executable. Checked for `exact` and `templated` only.
    #[serde(default)]
    pub executable: bool,
    /// For `structured`: dotted paths of the managed keys in the pack's file. Without keys, the pack's file is
    /// a list of managed lines.
    #[serde(default)]
    pub keys: Vec<String>,
    /// Why the rule exists, shown in reports.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_neither_choices_nor_a_pattern_permit_does_not_fit() {
        for (definition, value, misfit) in [
            ("{ choices: [a, b] }", "a", None),
            ("{ choices: [a, b] }", "c", Some("c")),
            ("{ choices: [a, b] }", "", Some("")),
            ("{ choices: [a, b], default: '' }", "", None),
            ("{ pattern: '[a-z]+' }", "B", Some("B")),
            ("{ pattern: '[a-z]+' }", "", None),
            ("{ pattern: '[a-z]+', default: a }", "", Some("")),
            ("{ pattern: '[a-z]+', form: words }", "a B c", Some("B")),
            ("{ pattern: '[a-z]+', form: lines }", "a\n\nb c\n", Some("b c")),
            ("{ default: a }", "anything", None),
        ] {
            let variable: Variable = serde_yaml::from_str(definition).expect("a variable");
            assert_eq!(variable.misfit(value), misfit, "{definition} {value}");
        }
    }
}
