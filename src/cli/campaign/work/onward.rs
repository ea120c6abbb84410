//! What is suggested at the end of a run.

use std::path::Path;

use super::Work;
use crate::campaign::apply::{HowEnded, Outcome};
use crate::campaign::plan::gate::{Seen, any_may_start};
use crate::campaign::plan::{Item, Plan, ReasonKind};
use crate::campaign::state::{Lead, State};
use crate::campaign::state_of_open_pull::is_unreadable;
use crate::cli::campaign::conditions::Kept;
use crate::cli::campaign::is_of_revert;
use crate::cli::shared::next::{Step, quoted};

impl Work<'_> {
    /// The next steps: to repeat the command if it was cut short, or else to merge or look; and to retry what was
    /// refused.
    pub(super) fn next(&self, outcomes: &[Outcome]) -> Vec<Step> {
        // A campaign that a command generated has no file to name.
        if !Path::new(&self.plan.file).is_file() {
            return Vec::new();
        }
        let file = quoted(&self.plan.file);
        let is_reverted = is_of_revert(self.plan);
        let (reverted, anew) = match is_reverted {
            true => (" --reverted", "revert"),
            false => ("", "apply"),
        };
        let is_to_plan =
            |outcome: &Outcome| outcome.is_moved() || outcome.reason.is(ReasonKind::AnotherChange);
        if outcomes.iter().any(is_to_plan) {
            let only = if is_reverted { self.moved(outcomes) } else { self.means.only.clone() };
            return vec![format!("shipshape campaign {anew} {file}{only}").into()];
        }
        if outcomes.iter().any(Outcome::is_cut_short) {
            return self.again("").into_iter().map(Step::from).collect();
        }
        let items = || self.plan.items.iter().zip(outcomes);
        let is_left = |outcome: &Outcome| outcome.reason.is(ReasonKind::NoLongerSelected);
        let left_open: Vec<&Item> = items()
            .filter(|(_, it)| it.state.is_open() && is_left(it))
            .map(|(item, _)| item)
            .collect();
        let is_unseen = |it: &Outcome| is_unreadable(it.state, it.reason.kinds());
        let is_mergeable = |it: &Outcome| it.state.is_open() && !is_left(it) && !is_unseen(it);
        let status = format!("shipshape campaign status{reverted} {file}{}", self.means.only);
        // Waiting repositories continue once the others are merged, or given up.
        let is_approved = |it: &Outcome| it.state.lead() == Lead::Merge && is_mergeable(it);
        let mut steps: Vec<Step> = match outcomes.iter().any(Outcome::is_waiting) {
            true if outcomes.iter().any(is_approved) => {
                let approved = items().filter(|(_, it)| is_approved(it)).map(|(item, _)| item);
                // Without a narrower wish, `merge` takes all; it takes no list of targets.
                let only = match self.means.only.is_empty() {
                    true => String::new(),
                    false => members(&approved.collect::<Vec<_>>()),
                };
                vec![format!("shipshape campaign merge{reverted} {file}{only}").into()]
            }

            is_waiting => match self.again_for_others(outcomes) {
                Some(again) => vec![again],
                None if is_waiting
                    && !left_open.is_empty()
                    && !outcomes.iter().any(is_mergeable) =>
                {
                    Vec::new()
                }
                None => vec![status.into()],
            },
        };
        if !left_open.is_empty() && outcomes.iter().any(Outcome::is_waiting) {
            let why = format!("{} open and no longer selected", left_open.len());
            let members = members(&left_open);
            steps.push(Step::because(
                format!("shipshape campaign close{reverted} {file}{members}"),
                why,
            ));
        }
        let unseen = outcomes.iter().filter(|outcome| is_unseen(outcome)).count();
        if unseen > 0 {
            steps.push(Step::because(self.permissions(), format!("{unseen} that cannot be read")));
        }
        let is_shut =
            |it: &&Outcome| it.state == State::Failed && it.reason.is(ReasonKind::MayNotPush);
        let shut = outcomes.iter().filter(is_shut).count();
        if shut > 0 {
            let why = format!("{shut} that the token may not push to");
            steps.push(Step::because(self.permissions(), why));
        }
        let unplanned = outcomes.iter().filter(|it| it.reason.is(ReasonKind::NotPlanned)).count();
        if unplanned > 0 {
            let plan = if is_reverted { "revert" } else { "plan" };
            let command = format!("shipshape campaign {plan} {file}{}", self.means.only);
            let were = if unplanned == 1 { "was" } else { "were" };
            steps.push(Step::because(command, format!("{unplanned} that {were} not planned")));
        }
        let refused = outcomes.iter().filter(|outcome| outcome.ended == HowEnded::Refused).count();
        if refused > 0 && !self.how.failed {
            let why = format!("once the reason is gone: {refused} failed");
            steps.extend(self.again(" --failed").map(|command| Step::because(command, why)));
        }
        steps
    }

    /// The same command, where a new run would offer the change to some of those that wait: this one was limited, or set what the
    /// pull requests lacked that they wait for.
    fn again_for_others(&self, outcomes: &[Outcome]) -> Option<Step> {
        let seen: Vec<Seen> = outcomes.iter().map(Outcome::for_later).collect();
        let waiting = || {
            let waits = |(_, outcome): &(usize, &Outcome)| outcome.is_waiting();
            outcomes.iter().enumerate().filter(waits).map(|(index, _)| index)
        };
        let Plan { terms, items, .. } = self.plan;
        let command = self.again("").filter(|_| any_may_start(terms, items, &seen, waiting()))?;
        Some(Step::because(command, format!("{} not offered yet", waiting().count())))
    }

    /// The command that lists what a token needs for the running command.
    fn permissions(&self) -> String {
        // A revert that is planned in a file is carried out by `apply`.
        let verb = match self.means.kept {
            Kept::Nowhere(_) if is_of_revert(self.plan) => "revert",
            Kept::Nowhere(_) | Kept::In(..) => "apply",
        };
        format!("shipshape doctor --permissions campaign {verb}")
    }

    /// The repositories whose base moved, as options: a revert may be limited to some members.
    fn moved(&self, outcomes: &[Outcome]) -> String {
        let items = self.plan.items.iter().zip(outcomes).filter(|(_, outcome)| outcome.is_moved());
        members(&items.map(|(item, _)| item).collect::<Vec<_>>())
    }

    /// The command as typed, with one more option.
    fn again(&self, more: &str) -> Option<String> {
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
        command.push_str(more);
        Some(command)
    }
}

/// Options that name repositories by one member each.
fn members(items: &[&Item]) -> String {
    let members = items.iter().filter_map(|item| item.members.first());
    members.map(|slug| format!(" -m {}", quoted(slug))).collect()
}
