//! Editing YAML files by path.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::paths;
use super::spec::Say;
use super::{Ground, Hindrance, Step};
use crate::shape::demands::document::Dialect;
use crate::snapshot::Snapshot;
use crate::source::typed;

/// Edits YAML files by path. Comments and all other bytes stay; an edit that could not keep them is refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct YamlChange {
    /// Globs over paths.
    pub paths: Vec<String>,
    /// Which YAML the files' readers speak; by default what the shape says of the file, else 1.2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<Dialect>,
    /// The edits, in this order.
    pub edits: Vec<YamlEdit>,
}

/// One edit. Where nothing is at `at`, nothing happens, unless the edit adds.
///
/// A place is written as keys joined by dots: `on.push.branches`. `*` stands for every key of a map, `[]` for
/// every item of a list, `[2]` for one, `[=text]` for items of this text, and `[key=text]` for maps with this
/// scalar at a key; in these texts `*` stands for anything. A key that holds anything but letters, digits, `_`,
/// `-` and `/` is quoted: `on."x.y"`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum YamlEdit {
    /// Gives a key a value; a key that is not there is added, with the maps on the way to it.
    Set {
        /// The place, such as `jobs.*.steps[uses=actions/checkout@*].with.fetch-depth`.
        at: String,
        /// Any YAML.
        value: serde_json::Value,
        /// Whether it is added, changed, or both.
        #[serde(default, skip_serializing_if = "Where::is_default")]
        only: Where,
    },
    /// Removes an entry or an item with the comments that belong to it.
    Remove {
        /// The place.
        at: String,
    },
    /// Gives an entry another key.
    Rename {
        /// The place.
        at: String,
        /// The new key alone.
        to: String,
    },
    /// Adds an item at the end of a list that does not have it yet.
    Append {
        /// The place of the list; one that is not there is added.
        at: String,
        /// The item: any YAML.
        value: serde_json::Value,
    },
}

/// Where a value is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Where {
    /// Wherever it is not the same already.
    #[default]
    Anywhere,
    /// Only where the key is there.
    Present,
    /// Only where it is not.
    Absent,
}

impl Where {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls")]
    fn is_default(&self) -> bool {
        *self == Self::Anywhere
    }
}

impl YamlChange {
    pub(super) fn check(&self, say: &mut Say<'_>) {
        if self.paths.is_empty() {
            say(&[typed::Step::from("paths")], "no file is named".to_owned());
        }
        paths::check_globs("paths", &self.paths, say);
    }

    pub(super) fn make(&self, _ground: &Ground<'_>, _tree: &Snapshot) -> Result<Step, Hindrance> {
        Err(Hindrance::new("editing YAML is not there yet"))
    }
}
