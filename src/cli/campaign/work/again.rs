//! Comparing a plan with today: bases may have moved, and what it would change may have been waived.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::Work;
use crate::campaign::apply::{Base, Outcome};
use crate::campaign::file::{Campaign, Moved};
use crate::campaign::look::{Sight, Spot};
use crate::campaign::plan::{Item, Plan, Wishes, on_todays_commits, still_meant};
use crate::cli::campaign::each::Candidate;
use crate::cli::campaign::still_wanted::{Asker, Unwanted, no_longer_wanted};
use crate::cli::campaign::{Loaded, conditions, is_of_revert, listing, plan, remote_shapes};
use crate::cli::shared::decisions;
use crate::cli::shared::next::{at_same_place, quoted};
use crate::edge::interrupt::Interrupt;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::Member;
use crate::journal::Operation;

/// Whether what is planned for a repository depends on what is found there: its change, or that nothing is left to change.
fn is_compared(item: &Item) -> bool {
    item.change.is_some() || item.judged_at.is_some()
}

impl Work<'_> {
    /// Runs one round, and another for repositories whose base moved, if the campaign wants them planned again.
    pub(super) fn settled(
        &self,
        operation: &Operation,
        interrupt: &Interrupt,
    ) -> Result<(Plan, Vec<Outcome>)> {
        let meant = self.still_meant()?;
        let outcomes = self.round(&meant, operation, interrupt)?;
        let moved = outcomes.iter().any(Outcome::is_moved);
        let stays = self.plan.terms.moved == Moved::Leave || self.means.as_planned;
        if !moved || stays || interrupt.is_asked() {
            return Ok((meant, outcomes));
        }
        self.context.terminal.note("Planning again where the base moved.");
        let again = on_todays_commits(&meant, self.planned_today()?);
        let outcomes = self.round(&again, operation, interrupt)?;
        Ok((again, outcomes))
    }

    /// The plan without what the fleet's owners have accepted since it was made. Trees are read only if they have
    /// decided something since.
    fn still_meant(&self) -> Result<Plan> {
        if self.means.as_planned || !self.plan.items.iter().any(is_compared) {
            return Ok(self.plan.clone());
        }
        let shapes = self.other_shapes();
        if shapes.is_none() && !conditions::is_decided_anew(self.plan, self.fleet)? {
            return Ok(self.plan.clone());
        }
        let digest = decisions::digest(self.fleet)? + shapes.as_deref().unwrap_or_default();
        if let Some((known, meant)) = &*self.decided.borrow()
            && *known == digest
        {
            return Ok(meant.clone());
        }
        let meant = still_meant(self.plan, self.planned_today()?);
        *self.decided.borrow_mut() = Some((digest, meant.clone()));
        Ok(meant)
    }

    /// The digest of the shapes in repositories, if they are others than when the plan was made. Whoever applies a plan need not
    /// be able to read them: then they are taken to be as they were, which is said once.
    fn other_shapes(&self) -> Option<String> {
        let known = self.plan.shapes_digest.as_ref()?;
        match remote_shapes::digest(self.session, self.fleet) {
            Ok(digest) => Some(digest.unwrap_or_default()).filter(|digest| digest != known),
            Err(error) => {
                if !self.told_of_shapes.replace(true) {
                    let why = error.in_one_line();
                    self.context.terminal.note(&visible_line(&format!(
                        "worth knowing: whether the shape was changed since this plan was made is not known: {why}"
                    )));
                }
                None
            }
        }
    }

    /// The approved pull requests whose merge would not give what the campaign wants today. Only those are compared whose base
    /// moved after the plan was made.
    pub(super) fn unwanted(
        &self,
        (ready, spots): (&[&Item], &[Spot]),
        sights: &[Sight],
    ) -> Result<Unwanted> {
        let file = self.campaign_file();
        if self.means.as_planned || !file.exists() || is_of_revert(self.plan) {
            return Ok(Unwanted::new());
        }
        let mut moved = Vec::new();
        for ((item, spot), sight) in ready.iter().zip(spots).zip(sights) {
            let (Ok(offer), Some(change)) = (&sight.offer, &item.change) else { continue };
            if offer.open_pull().is_some() && Base::of(change, offer) == Base::Moved {
                let repository = item.repository.clone();
                moved.push((&spot.name, Candidate { repository, offer, sight }));
            }
        }
        if moved.is_empty() {
            return Ok(Unwanted::new());
        }
        let campaign = self.context.all(Campaign::load(&file))?;
        let asks = (&campaign, self.fleet, Asker::Apply);
        no_longer_wanted(self.context, self.session, asks, &moved)
    }

    /// What would be planned today for the repositories of the plan that are compared with it.
    fn planned_today(&self) -> Result<Plan> {
        let file = self.campaign_file();
        if !file.exists() {
            return Err(Error::usage("the campaign of this plan is needed to plan again, but it is not here")
                .in_file(file)
                .hint("run it in the folder of the campaign, or apply the plan as it was made: --as-planned"));
        }
        let campaign = self.context.all(Campaign::load(&file))?;
        if campaign.digest != self.plan.file_digest {
            return Err(Error::failed("the campaign was changed after the plan was made")
                .in_file(file)
                .hint(format!("plan again: `{}`", self.planned_anew())));
        }
        let reverted = campaign.inverse().says.name == self.plan.campaign;
        // Reopening was decided when the plan was made: what it leaves alone stays so.
        let unneeded = campaign.says.unneeded;
        let wishes = Wishes { unneeded, reopen: true, again: true, only_planned: true };
        let meant = self.plan.items.iter().filter(|item| is_compared(item));
        let meant: HashSet<String> = meant.map(|item| item.name().key()).collect();
        let is_meant = |member: &&Member| meant.contains(&member.repository.key());
        let members = self.fleet.members.iter().filter(is_meant);
        let loaded = Loaded::of(campaign, self.fleet.clone(), wishes)
            .running(self.means.commands.clone())
            .only(PathBuf::from("<plan>"), listing(members))
            .reverted(reverted);
        Ok(plan::made(&loaded, self.context, self.session)?.plan)
    }

    /// The command that makes the plan again.
    fn planned_anew(&self) -> String {
        let file = quoted(&self.plan.file);
        let kept = self.kept().map(|kept| quoted(&kept.display().to_string()));
        let command = match (is_of_revert(self.plan), kept) {
            // Without `--plan`, the command would open the pull requests.
            (true, Some(kept)) => format!("revert {file}{} --plan {kept}", self.means.only),
            (true, None) => format!("revert {file}{}", self.means.only),
            (false, _) => format!("plan {file}{}", self.means.only),
        };
        at_same_place(self.context, &format!("shipshape campaign {command}"))
    }

    /// The campaign file: where the plan says it is, or beside the plan.
    pub(super) fn campaign_file(&self) -> PathBuf {
        let named = Path::new(&self.plan.file);
        let beside = || Some(self.kept()?.with_file_name(named.file_name()?));
        let is_there = |file: &PathBuf| file.exists();
        let there = Some(named.to_owned()).filter(is_there).or_else(|| beside().filter(is_there));
        there.unwrap_or_else(|| named.to_owned())
    }
}
