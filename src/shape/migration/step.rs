//! The steps of a pack's migrations: how shape.yaml writes them, and what they do. [`Script`] does the editing.

use schemars::JsonSchema;
use serde::Deserialize;

use super::script::{self, Script};
use crate::source::yaml::Value;
use crate::source::yaml::edit::EditRefused;

/// The way from one version to another.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Migration {
    /// The version that documents have before.
    pub from: i64,
    /// The version that they have afterwards.
    pub to: i64,
    /// What is done, in this order. The version itself is set at the end.
    #[serde(default, deserialize_with = "serde_yaml::with::singleton_map_recursive::deserialize")]
    pub steps: Vec<Step>,
}

/// One step of a migration. A step whose key is not there does nothing.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// Moves an entry with its comments; maps on the way are made, and one that is left empty goes. Where
    /// the same value stands at the new place already, the old entry is removed; another is never
    /// overwritten.
    Move {
        /// Where it is, dotted.
        from: String,
        /// Where it goes, dotted.
        to: String,
    },
    /// Gives an entry another key.
    Rename {
        /// Its path.
        key: String,
        /// The new key alone.
        to: String,
    },
    /// Removes an entry with its comments.
    Remove {
        /// Its path.
        key: String,
    },
    /// Sets a scalar, which is added when it is not there.
    Set {
        /// Its path.
        key: String,
        /// Its value.
        value: Scalar,
    },
    /// Makes a scalar the only item of a list.
    Wrap {
        /// Its path.
        key: String,
    },
}

impl Step {
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
