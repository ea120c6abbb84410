//! What is proposed at the end of a plan at work.

use std::path::Path;

use super::{Work, is_cut_short};
use crate::campaign::apply::Outcome;
use crate::campaign::plan::ANOTHER_CHANGE;
use crate::cli::campaign::conditions::Kept;
use crate::cli::campaign::is_of_revert;
use crate::cli::shared::next::quoted;

impl Work<'_> {
    /// What is next: the same again where it stopped, else to merge or to look.
    pub(super) fn next(&self, outcomes: &[Outcome]) -> Option<String> {
        // A campaign that a command made has no file that could be named.
        if !Path::new(&self.plan.file).is_file() {
            return None;
        }
        let file = quoted(&self.plan.file);
        let is_reverted = is_of_revert(self.plan);
        let (reverted, anew) = match is_reverted {
            true => (" --reverted", "revert"),
            false => ("", "apply"),
        };
        let is_to_plan = |outcome: &Outcome| outcome.moved || outcome.reason == ANOTHER_CHANGE;
        if outcomes.iter().any(is_to_plan) {
            let only = if is_reverted { self.moved(outcomes) } else { self.means.only.clone() };
            return Some(format!("shipshape campaign {anew} {file}{only}"));
        }
        if outcomes.iter().any(is_cut_short) {
            return self.again();
        }
        // Who waits for others goes on when those are merged.
        Some(match outcomes.iter().any(|outcome| outcome.waits) {
            true => format!("shipshape campaign merge{reverted} {file}"),
            false => format!("shipshape campaign status{reverted} {file}{}", self.means.only),
        })
    }

    /// Those whose base moved, as they are typed: what takes a campaign back may be about some members only.
    fn moved(&self, outcomes: &[Outcome]) -> String {
        let items = self.plan.items.iter().zip(outcomes).filter(|(_, outcome)| outcome.moved);
        let members = items.filter_map(|(item, _)| item.members.first());
        members.map(|slug| format!(" -m {}", quoted(slug))).collect()
    }

    /// The command that was typed.
    fn again(&self) -> Option<String> {
        let mut command = match self.means.kept {
            Kept::In(file, approved) => {
                let approved =
                    approved.map_or_else(String::new, |at| format!(" --approved-in {at}"));
                let as_planned = if self.means.as_planned { " --as-planned" } else { "" };
                let file = quoted(&file.display().to_string());
                format!("shipshape campaign apply {file}{approved}{as_planned}")
            }
            Kept::Nowhere(_) => self.means.typed?.to_owned(),
        };
        for (is_said, option) in [(self.how.failed, " --failed"), (self.how.watch, " --watch")] {
            if is_said {
                command.push_str(option);
            }
        }
        Some(command)
    }
}
