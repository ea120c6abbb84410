//! How a journal may contain which repositories went back, also one that an earlier build of this program wrote.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{NoFault, Purpose, Returned, Unseen};

/// What a journal may contain.
#[derive(Deserialize)]
#[serde(untagged)]
#[expect(clippy::large_enum_variant, reason = "it is taken apart as soon as it is read")]
pub(super) enum Recorded {
    To(String),
    Each {
        to: String,
        repositories: BTreeMap<String, String>,
        #[serde(default)]
        again: BTreeSet<String>,
        #[serde(default)]
        unseen: BTreeMap<String, Unseen>,
        #[serde(default)]
        no_fault: BTreeMap<String, NoFault>,
        #[serde(default)]
        withdrawn: BTreeSet<String>,
        #[serde(default)]
        earlier: BTreeMap<String, String>,
        #[serde(default)]
        left_for: BTreeSet<String>,
        #[serde(default)]
        besides: BTreeMap<String, BTreeSet<String>>,
        #[serde(default)]
        options: Vec<String>,
        /// Of an earlier build of this program, which recorded one for all repositories.
        #[serde(default)]
        purpose: Purpose,
    },
}

impl From<Recorded> for Returned {
    fn from(recorded: Recorded) -> Self {
        match recorded {
            Recorded::To(to) => Self { to, ..Self::default() },
            Recorded::Each {
                to, repositories, again, unseen, purpose: Purpose::Choose, ..
            } => {
                let chosen = |name: &String| (name.clone(), NoFault::Chosen);
                let no_fault = repositories.keys().map(chosen).collect();
                Self { to, repositories, again, unseen, no_fault, ..Self::default() }
            }
            Recorded::Each {
                to,
                repositories,
                again,
                unseen,
                no_fault,
                withdrawn,
                earlier,
                left_for,
                besides,
                options,
                purpose: Purpose::Leave,
            } => Self {
                to,
                repositories,
                again,
                unseen,
                no_fault,
                withdrawn,
                earlier,
                left_for,
                besides,
                options,
            },
        }
    }
}
