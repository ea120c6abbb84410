//! The result of going through pull requests, and what to do next.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Which;
use super::chosen::{Chosen, Waiting};
use super::run::Run;
use crate::campaign::approval::is_needed;
use crate::campaign::asked::Asked;
use crate::campaign::file::{Approval, Campaign};
use crate::campaign::leftovers::Ending;
use crate::campaign::merge::Lenience;
use crate::campaign::plan::Plan;
use crate::cli::Context;
use crate::cli::campaign::fleet_journal::FleetJournal;
use crate::cli::campaign::former::OfCampaign;
use crate::cli::campaign::only;
use crate::cli::campaign::plan::Applied;
use crate::cli::campaign::show::{self, Room};
use crate::cli::shared::next::{self, Step, quoted};
use crate::counted::counted_as;
use crate::error::Result;
use crate::fleet::{Fleet, RepositoryName};

impl Which {
    /// Shows the result, and where to look if something was left.
    pub(super) fn report(
        &self,
        context: &Context,
        campaign: &Campaign,
        chosen: &Chosen,
        run: &Run<'_>,
    ) -> Result<()> {
        let counts = show::Counts { done: run.done(), would: run.would, refused: run.refused };
        let shown =
            show::each(Room::of(context), &campaign.says.name, run.verb.done, counts, &run.rows);
        context.terminal.output(&shown)?;
        if run.rows.is_empty() && run.done() + run.refused + run.would == 0 {
            context.terminal.note("No pull request of this campaign is open.");
        }
        if run.done() > 0 && run.verb.ending == Ending::Closed {
            self.note_given_up(context, campaign, chosen, run);
        }
        if self.gives_up_all(run) && !self.is_dry() && run.stopped.is_none() {
            self.note_not_offered(context, campaign, chosen);
        }
        let has_merged = run.done() > 0 && run.verb.ending == Ending::Merged;
        let waiting = match self.reverted {
            false if has_merged => chosen.waiting(self, campaign, &run.ended),
            // Later waves of a revert wait for all that is open.
            true if has_merged && run.refused + run.cut == 0 => {
                let reverted = context.all(Campaign::load(&self.file))?;
                chosen.unreverted(context, self, (&reverted, campaign))
            }
            _ => None,
        };
        if self.members.is_empty() {
            let Chosen { fleet, session, former, .. } = chosen;
            let forge = session.client().address();
            let journal = FleetJournal { fleet, forge, file: self.state.as_deref() };
            let (campaign, file) = (campaign.says.name.as_str(), self.file.as_path());
            let of = OfCampaign { campaign, file, is_reverted: self.reverted };
            journal.note(context, session, former, of);
        }
        let renewed = self.renewed(campaign, &chosen.fleet, run);
        let steps = renewed.into_iter().chain(self.next(run, &chosen.fleet, waiting));
        next::note_at_same_place(context, steps);
        Ok(())
    }

    /// The command that renews what may be merged afterwards. Reverts are merged without asking what is wanted today.
    fn renewed(&self, campaign: &Campaign, fleet: &Fleet, run: &Run<'_>) -> Option<Step> {
        let file = quoted(&self.file.display().to_string());
        // `plan` says how it is approved and applied.
        let verb = if needs_approval(campaign, fleet) { "plan" } else { "apply" };
        let command = format!("shipshape campaign {verb} {file}{}", self.named());
        let why = format!("{} to be renewed", run.to_renew);
        (run.to_renew > 0).then(|| Step::because(command, why))
    }

    /// The next steps.
    fn next(&self, run: &Run<'_>, fleet: &Fleet, waiting: Option<Waiting>) -> Vec<Step> {
        let file = quoted(&self.file.display().to_string());
        let reverted = if self.reverted { " --reverted" } else { "" };
        let members = self.named();
        let mut steps = Vec::new();
        if run.cut > 0 {
            let (name, said) = (run.verb.name, run.verb.said);
            let command = format!("shipshape campaign {name}{reverted} {file}{members}{said}");
            let why = format!("{} not {} yet", run.cut, run.verb.done);
            steps.push(Step::because(command, why));
        }
        steps.extend(self.leniences(run));
        steps.extend(permissions(run));
        let said = run.unless.len() + run.unreadable + run.forbidden + run.out_of_reach + run.cut;
        if run.refused + run.unseen > said + run.left_over.len() {
            steps.push(format!("shipshape campaign status{reverted} {file}{members}").into());
        }
        if !run.left_over.is_empty() {
            let grouped = Fleet::by_repository(&fleet.members).into_iter();
            let left_over = grouped.filter(|(name, _)| run.left_over.contains(&name.key()));
            let members = left_over.filter_map(|(_, members)| members.first().copied());
            let members: String =
                members.map(|member| format!(" -m {}", quoted(&member.slug))).collect();
            let why =
                format!("{} open that the campaign does not want any more", run.left_over.len());
            let command = format!("shipshape campaign close{reverted} {file}{members}");
            steps.push(Step::because(command, why));
        }
        let Some(Waiting { count, shut, applied }) = waiting else { return steps };
        if count > 0 {
            steps.push(applied.because(format!("{count} not offered yet")));
        }
        if shut > 0 {
            let command = "shipshape doctor --permissions campaign apply";
            let why = format!("{shut} not offered yet that the token may not push to");
            steps.push(Step::because(command, why));
        }
        steps
    }

    /// The plan beside the campaign, and its file.
    pub(super) fn plan_beside(&self, campaign: &Campaign) -> Option<(PathBuf, Plan)> {
        let file = self.file.with_extension("plan.json");
        let plan = Plan::load(&file).ok().filter(|plan| plan.campaign == campaign.says.name)?;
        Some((file, plan))
    }

    /// How to offer the change by a new plan, to the same members.
    pub(super) fn applied_anew(&self, plan: &Plan, fleet: &Fleet) -> Applied {
        let file = quoted(&self.file.display().to_string());
        let only = match self.members.is_empty() {
            true => only::of_plan(plan, fleet),
            false => self.named(),
        };
        let is_to_be_approved = is_needed(plan, fleet.manifest.campaigns.approval).is_some();
        let command = match (self.reverted, is_to_be_approved) {
            (false, false) => format!("apply {file}{only}"),
            // `plan` says how it is approved and applied.
            (false, true) => format!("plan {file}{only}"),
            (true, false) => format!("revert {file}{only}"),
            (true, true) => format!("revert {file}{only} --plan revert.plan.json"),
        };
        Applied { command: format!("shipshape campaign {command}"), notes: Vec::new() }
    }

    /// How to offer the revert of a campaign by a new plan, to the same members: those that were named here, or those that it was
    /// limited to.
    pub(super) fn reverted_anew(
        &self,
        campaign: &Campaign,
        fleet: &Fleet,
        asked: Option<&Asked>,
    ) -> Applied {
        let file = quoted(&self.file.display().to_string());
        let kept = match needs_approval(campaign, fleet) {
            true => " --plan revert.plan.json",
            false => "",
        };
        let of_named = |asked: &Asked| {
            let names = asked.named.iter().filter_map(|name| RepositoryName::parse(name, ""));
            only::naming(fleet, &names.map(|name| name.key()).collect())
        };
        let only = match self.members.is_empty() {
            true => asked.and_then(of_named).unwrap_or_default(),
            false => self.named(),
        };
        let command = format!("shipshape campaign revert {file}{only}{kept}");
        Applied { command, notes: Vec::new() }
    }

    /// The options that name members, as typed, each after a space.
    fn named(&self) -> String {
        self.members.iter().map(|member| format!(" -m {}", quoted(member))).collect()
    }

    /// The command with each option that would allow what was refused.
    fn leniences(&self, run: &Run<'_>) -> Vec<Step> {
        let file = quoted(&self.file.display().to_string());
        let reverted = if self.reverted { " --reverted" } else { "" };
        let members = self.named();
        let mut unless: BTreeMap<Lenience, usize> = BTreeMap::new();
        for lenience in &run.unless {
            *unless.entry(*lenience).or_default() += 1;
        }
        let step = |(lenience, count): (Lenience, usize)| {
            let option = lenience.option();
            let (name, said) = (run.verb.name, run.verb.said);
            let command =
                format!("shipshape campaign {name}{reverted} {file}{members}{said} {option}");
            Step::because(command, format!("{count} {}", lenience.about()))
        };
        unless.into_iter().map(step).collect()
    }
}

/// What the token lacks: one step for each consequence.
fn permissions(run: &Run<'_>) -> Vec<Step> {
    let name = run.verb.name;
    let branches = counted_as(run.branches, "branch left", "branches left");
    let steps = [
        (run.unreadable, format!("{} that cannot be read", run.unreadable)),
        (run.branches, branches),
        (run.forbidden, format!("{} that the token may not {name}", run.forbidden)),
    ];
    let command = || format!("shipshape doctor --permissions campaign {name}");
    let steps = steps.into_iter().filter(|(count, _)| *count > 0);
    steps.map(|(_, why)| Step::because(command(), why)).collect()
}

/// Whether somebody has to approve a plan of the campaign before it is applied.
pub(super) fn needs_approval(campaign: &Campaign, fleet: &Fleet) -> bool {
    campaign.says.approval.max(fleet.manifest.campaigns.approval) != Approval::Never
}
