//! The steps of a pack's migrations: how shape.yaml writes them, and what they do. [`Script`] does the editing.

use schemars::JsonSchema;
use serde::Deserialize;

use super::script::{self, Script};
use crate::source::yaml::Value;
use crate::source::yaml::edit::EditRefused;

/// A migration from one version to another.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Migration {
    /// The version before the migration.
    pub from: i64,
    /// The version after the migration.
    pub to: i64,
    /// The steps, in order. The version itself is set at the end.
    #[serde(default, deserialize_with = "serde_yaml::with::singleton_map_recursive::deserialize")]
    pub steps: Vec<Step>,
}

/// One step of a migration. If its key is missing, it does nothing.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// Moves an entry with its comments. Missing maps on the way are created, and a map that becomes empty is
    /// removed. If the new place already has the same value, the old entry is removed; a different value is
    /// never overwritten.
    Move {
        /// Dotted path of the entry.
        from: String,
        /// New dotted path.
        to: String,
    },
    /// Renames the key of an entry.
    Rename {
        /// Dotted path of the entry.
        key: String,
        /// The new key, without its path.
        to: String,
    },
    /// Removes an entry with its comments.
    Remove {
        /// Dotted path of the entry.
        key: String,
    },
    /// Sets a scalar, and adds it if it is missing.
    Set {
        /// Dotted path of the entry.
        key: String,
        /// The value.
        value: Scalar,
    },
    /// Replaces a scalar by a list with it as the only item.
    Wrap {
        /// Dotted path of the entry.
        key: String,
    },
}

impl Step {
    /// Returns why no document could take the step, and how to resolve it.
    pub(in crate::shape) fn fault(&self) -> Option<(String, &'static str)> {
        match self {
            Self::Move { from, to } => unread("move", from).or_else(|| unread("move", to)),
            Self::Rename { key, to } if to.contains('.') => Some((
                format!("`rename` of `{key}` to `{to}`: the new key has a dot"),
                "`rename` takes the new key alone; `move: { from: …, to: … }` puts it in another map",
            )),
            Self::Rename { key, to: _ } => unread("rename", key),
            Self::Remove { key } => unread("remove", key),
            Self::Set { key, value: _ } => unread("set", key),
            Self::Wrap { key } => unread("wrap", key),
        }
    }

    /// Applies the step, and returns whether anything changed.
    ///
    /// # Errors
    /// When it would lose something; nothing is changed then.
    pub(super) fn make(&self, on: &mut Script) -> Result<bool, EditRefused> {
        match self {
            Self::Move { from, to } => on.relocate(from, to),
            Self::Rename { key, to } => on.rename(key, to),
            Self::Remove { key } => on.remove(key),
            Self::Set { key, value } => on.set(&script::read_path(key)?, value.as_value()),
            Self::Wrap { key } => on.wrap(key),
        }
    }
}

/// Returns why a path of a step cannot be read. Whether an entry is there is only known of a document.
fn unread(step: &str, path: &str) -> Option<(String, &'static str)> {
    let refused = script::read_path(path).err()?;
    Some((
        format!("a path of `{step}` is not valid: {}", refused.message),
        "a path has a key for each level, as in `runtime.version`; put a key with other characters in double quotes",
    ))
}

/// A scalar that a migration sets.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Scalar {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Number(f64),
    /// Text.
    Text(String),
}

impl Scalar {
    fn as_value(&self) -> Value<'_> {
        match self {
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Number(value) => Value::Float(*value),
            Self::Text(value) => Value::Str(value),
        }
    }
}
