//! What a campaign still wants today, asked before anything that it opened is merged: a member may have been waived, or taken
//! out of `select`, after its pull request was opened.

use std::collections::BTreeMap;

use super::each::Candidate;
use super::survey::{Question, wanted_of};
use crate::campaign::commands::Commands;
use crate::campaign::file::Campaign;
use crate::campaign::plan::decide::{NO_LONGER_NEEDED, NO_LONGER_SELECTED};
use crate::campaign::plan::{Wanted, Wishes};
use crate::campaign::selection;
use crate::campaign::standing::{Held, Standing};
use crate::cli::Context;
use crate::cli::shared::forge::Session;
use crate::error::Result;
use crate::fleet::{Fleet, Member, RepositoryName};

/// Why a repository is not meant any more, by its key.
pub(super) type NotMeant = BTreeMap<String, String>;

/// Which of these open pull requests are of repositories that the campaign does not mean today, each with why.
pub(super) fn not_meant(
    context: &Context,
    session: &Session,
    (campaign, fleet): (&Campaign, &Fleet),
    open: &[(&RepositoryName, Candidate<'_>)],
) -> Result<NotMeant> {
    if open.is_empty() {
        return Ok(NotMeant::new());
    }
    let selected = context.all(selection::members(campaign, fleet, None))?;
    let is_open =
        |member: &Member| open.iter().any(|(name, _)| name.key() == member.repository.key());
    let members: Vec<&Member> = selected.into_iter().filter(|member| is_open(member)).collect();
    let judges = campaign.rests_on_decisions() && !members.is_empty();
    // What its commands make is not asked: whom it means does not rest on that.
    let commands = Commands::default();
    let wishes = Wishes { only_planned: true, ..Wishes::default() };
    let question = Question { campaign, fleet, list: None, wishes, commands: &commands };
    let standings = match judges {
        true => wanted_of(context, session, &question, &members)?,
        false => Vec::new(),
    };
    let is_selected =
        |name: &RepositoryName| members.iter().any(|it| it.repository.key() == name.key());
    let why = |(name, candidate): &(&RepositoryName, Candidate<'_>)| {
        let standing = standings.iter().find(|it| it.repository.key() == name.key());
        let why = match standing.filter(|_| judges) {
            _ if !is_selected(name) => Some(NO_LONGER_SELECTED.to_owned()),
            None => None,
            Some(standing) => of_one(campaign, standing, &candidate.sight.held),
        };
        Some((name.key(), why?))
    };
    Ok(open.iter().filter_map(why).collect())
}

/// Why what a repository is offered is not wanted of it today.
fn of_one(campaign: &Campaign, standing: &Standing<'_>, held: &Held) -> Option<String> {
    let keeps_to_waivers = || campaign.says.changes.iter().all(|change| change.keeps_to_waivers());
    match (&standing.wanted, held) {
        (Wanted::Unselected, _) => Some(NO_LONGER_SELECTED.to_owned()),
        (Wanted::Unread(why), _) => {
            Some(format!("whether it is still selected cannot be read: {why}"))
        }
        (Wanted::Nothing, _) if keeps_to_waivers() => Some(NO_LONGER_NEEDED.to_owned()),
        // A part of what it offers is waived by now.
        (Wanted::Change(now), Held::Ours { change, .. })
            if now != change && keeps_to_waivers() && is_waived(standing) =>
        {
            Some("it offers more than is wanted today: `campaign apply` renews it".to_owned())
        }
        _ => None,
    }
}

/// Whether anything that was found is waived.
fn is_waived(standing: &Standing<'_>) -> bool {
    let mut findings = standing.parts.iter().flat_map(|(_, computed)| &computed.findings);
    findings.any(|finding| finding.waived.is_some())
}
