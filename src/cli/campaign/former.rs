//! What only the journal knows of a campaign: its pull requests in repositories that are no longer members, open or merged.

use std::collections::HashSet;
use std::path::Path;

use super::fleet_journal::FleetJournal;
use crate::campaign::held::is_of_campaign;
use crate::campaign::look::{Spot, look};
use crate::campaign::memory::Memory;
use crate::cli::Context;
use crate::cli::shared::forge::Session;
use crate::cli::shared::next::{at_same_place, quoted};
use crate::edge::terminal::visible_line;
use crate::fleet::RepositoryName;
use crate::forge::calls::branch_pulls::{Offer, PullSeen, PullStanding};

/// The campaign whose former repositories are named, as commands refer to it.
#[derive(Clone, Copy)]
pub(super) struct OfCampaign<'n> {
    pub(super) campaign: &'n str,
    pub(super) file: &'n Path,
    pub(super) is_reverted: bool,
}

impl FleetJournal<'_> {
    /// The repositories that are no longer members, in which the campaign has left a pull request open.
    pub(super) fn former(self, memory: &Memory) -> Vec<RepositoryName> {
        let members = self.members();
        let names = memory.left_open().filter_map(|name| RepositoryName::parse(name, ""));
        names.filter(|name| !members.contains(&name.key())).collect()
    }

    fn members(self) -> HashSet<String> {
        self.fleet.members.iter().map(|member| member.repository.key()).collect()
    }

    /// Notes which of these repositories have an open pull request of the campaign, and how to close it. One that was renamed
    /// may be a member under its new name.
    pub(super) fn note(
        self,
        context: &Context,
        session: &Session,
        former: &[RepositoryName],
        of: OfCampaign<'_>,
    ) {
        if former.is_empty() {
            return;
        }
        let asked: Vec<Spot> = former.iter().map(Spot::unplanned).collect();
        for name in former {
            session.client().account().expects_rename(&name.to_string());
        }
        let members = self.members();
        let reverted = if of.is_reverted { " --reverted" } else { "" };
        let file = quoted(&of.file.display().to_string());
        let sights = session.run(look(session.client(), of.campaign, &asked));
        for (name, sight) in former.iter().zip(sights) {
            let Ok(offer) = sight.offer else { continue };
            let Some(pull) = offer.open_pull() else { continue };
            if members.contains(&offer.name.key()) {
                continue;
            }
            let close = format!("shipshape campaign close{reverted} {file} -m {name}");
            context.terminal.note(&visible_line(&format!(
                "worth knowing: {name} #{} is open, and {name} is no longer a member of the fleet; to close: {}",
                pull.number,
                at_same_place(context, &close)
            )));
        }
    }

    /// Notes in which repositories that are no longer members a campaign was merged, and not reverted since: a revert is about
    /// members only. `memory` is what the journal knows of the campaign. Returns whether there is one.
    pub(super) fn note_merged(
        self,
        context: &Context,
        session: &Session,
        memory: &Memory,
        (campaign, inverse): (&str, &str),
    ) -> bool {
        let members = self.members();
        let known = memory.repositories().filter_map(|name| RepositoryName::parse(name, ""));
        let former: Vec<RepositoryName> =
            known.filter(|name| !members.contains(&name.key())).collect();
        if former.is_empty() {
            return false;
        }
        for name in &former {
            session.client().account().expects_rename(&name.to_string());
        }
        let asked: Vec<Spot> = former.iter().map(Spot::unplanned).collect();
        let seen = |of: &str| session.run(look(session.client(), of, &asked));
        let mut is_any = false;
        for ((name, there), back) in former.iter().zip(seen(campaign)).zip(seen(inverse)) {
            let (Ok(there), Ok(back)) = (there.offer, back.offer) else { continue };
            let Some(merged) = newest_merged(&there, campaign) else { continue };
            let is_reverted = newest_merged(&back, inverse) > Some(merged);
            if is_reverted || members.contains(&there.name.key()) {
                continue;
            }
            is_any = true;
            context.terminal.note(&visible_line(&format!(
                "worth knowing: {name} is no longer a member of the fleet: #{merged}, which was merged there, is not reverted"
            )));
        }
        is_any
    }
}

/// The number of the newest pull request of a campaign that was merged.
fn newest_merged(offer: &Offer, campaign: &str) -> Option<u64> {
    let is_one =
        |pull: &&PullSeen| pull.state == PullStanding::Merged && is_of_campaign(pull, campaign);
    offer.pulls.iter().filter(is_one).map(|pull| pull.number).max()
}
