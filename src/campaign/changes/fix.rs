//! The change `fix`: the repairs that rules offer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::spec::Say;
use super::{Ground, Hindrance, Step};
use crate::checks::catalogue;
use crate::drift::mend::{self, Choice};
use crate::snapshot::Snapshot;
use crate::source::typed;

/// Makes the repairs that rules offer, in rounds, until none is left. A repair that would add a finding is
/// left out; what was hidden behind something that is fixed is a remark.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixRules {
    /// Rules by id or code; every rule when none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Also repairs that a person should look at; the pull request is where that happens.
    #[serde(default, rename = "unsafe", skip_serializing_if = "std::ops::Not::not")]
    pub risky: bool,
}

impl FixRules {
    pub(super) fn check(&self, say: &mut Say<'_>) {
        for (index, name) in self.rules.iter().enumerate() {
            if let Err(error) = catalogue::known(name) {
                let at = [typed::Step::from("rules"), typed::Step::from(index)];
                let hints = error.hints().iter().map(|hint| format!("; {hint}"));
                say(&at, format!("{}{}", error.message(), hints.collect::<String>()));
            }
        }
    }

    pub(super) fn make(&self, ground: &Ground<'_>, tree: &Snapshot) -> Result<Step, Hindrance> {
        // Whatever a repair removes stays in the history of the base branch.
        let choice = Choice { risky: self.risky, rules: &self.rules, recoverable: &|_, _| true };
        let mended = mend::mend(tree, &choice, |tree| ground.judgement(tree).findings.clone());
        let refused = mended.refused.iter();
        let refused = refused.map(|(rule, why)| format!("left out: {why} ({rule})"));
        let uncovered = mended.uncovered.iter().map(|finding| {
            let path = finding.path().map(|path| format!("{path}: ")).unwrap_or_default();
            format!("hidden until now: {path}{} ({})", finding.message, finding.rule.id)
        });
        let remarks = refused.chain(uncovered).collect();
        Ok(Step { changes: mended.changes, remarks })
    }
}
