//! What is proposed at the end of a plan at work.

use std::path::Path;

use super::{Work, is_cut_short};
use crate::campaign::apply::Outcome;
use crate::campaign::file::Campaign;
use crate::cli::campaign::conditions::Kept;
use crate::cli::shared::next::quoted;

impl Work<'_> {
    /// What is next: the same again where it stopped, else to merge or to look.
    pub(super) fn next(&self, outcomes: &[Outcome]) -> Option<String> {
        // A campaign that a command made has no file that could be named.
        if !Path::new(&self.plan.file).is_file() {
            return None;
        }
        let file = quoted(&self.plan.file);
        let is_reverted = self.is_reverted();
        let (reverted, anew) = match is_reverted {
            true => (" --reverted", "revert"),
            false => ("", "apply"),
        };
        if outcomes.iter().any(|outcome| outcome.moved) {
            return Some(format!("shipshape campaign {anew} {file}"));
        }
        if outcomes.iter().any(is_cut_short) {
            return self.again();
        }
        // Who waits for others goes on when those are merged.
        let verb = if outcomes.iter().any(|outcome| outcome.waits) { "merge" } else { "status" };
        Some(format!("shipshape campaign {verb}{reverted} {file}"))
    }

    /// Whether the plan takes the campaign of its file back.
    fn is_reverted(&self) -> bool {
        let campaign = Campaign::load(Path::new(&self.plan.file));
        campaign.is_ok_and(|campaign| campaign.inverse().says.name == self.plan.campaign)
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
