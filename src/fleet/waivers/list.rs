//! Lists the waivers of a fleet, the next to expire first.

use schemars::JsonSchema;
use serde::Serialize;

use super::Waivers;
use crate::fleet::Date;

/// A list of waivers.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Listing {
    /// `shipshape/waivers-list/1`.
    pub schema: &'static str,
    /// The waivers.
    pub waivers: Vec<Listed>,
}

/// One waiver.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Listed {
    /// The repository.
    pub repository: String,
    /// The rule's id or code.
    pub rule: String,
    /// The file; absent for a finding about the repository as a whole.
    pub path: Option<String>,
    /// Why the finding is accepted.
    pub reason: String,
    /// Who is responsible: a person or a team.
    pub owner: String,
    /// The last day on which it applies, `YYYY-MM-DD`.
    pub expires: String,
    /// Whether that day has passed.
    pub expired: bool,
    /// The fingerprint of the finding that it is bound to.
    pub hash: String,
}

impl Waivers {
    /// Returns the waivers as a list.
    #[must_use]
    pub fn listing(&self, today: Date) -> Listing {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by_key(|waiver| waiver.expires);
        let waivers = entries
            .into_iter()
            .map(|waiver| Listed {
                repository: waiver.repository.clone(),
                rule: waiver.rule.clone(),
                path: waiver.path.clone(),
                reason: waiver.reason.clone(),
                owner: waiver.owner.clone(),
                expires: waiver.expires.0.to_string(),
                expired: waiver.expires < today,
                hash: waiver.hash.clone(),
            })
            .collect();
        Listing { schema: "shipshape/waivers-list/1", waivers }
    }
}
