//! The change `fix`: the repairs that rules offer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::spec::Say;
use super::{Hindrance, Step, Surroundings};
use crate::checks::{catalogue, still_named};
use crate::drift::fix::{self, Choice};
use crate::snapshot::Snapshot;
use crate::source::typed;

/// Applies the repairs that rules offer, in rounds, until none is left. A repair that would cause a new finding
/// is skipped. A finding that only becomes visible once another is fixed is reported as a remark.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixRules {
    /// Rules by id (`path-stale`) or code (`SHP012`). Default: every rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Whether to apply unsafe repairs too, which a person should review in the pull request.
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

    pub(super) fn make(
        &self,
        surroundings: &Surroundings<'_>,
        tree: &Snapshot,
    ) -> Result<Step, Hindrance> {
        // Whatever a repair removes stays in the history of the base branch.
        let choice = Choice { risky: self.risky, rules: &self.rules, recoverable: &|_, _| true };
        let mended = fix::mend(
            tree,
            &choice,
            |tree| surroundings.judgement(tree).findings.clone(),
            &|tree, going| still_named(&surroundings.repository(tree), going),
        );
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
