//! What a campaign still wants today, checked before its pull requests are merged: a member may have been waived or
//! removed from `select` since its pull request was opened.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::each::{Candidate, Refusal};
use super::resolve::resolved;
use super::survey::judged::open_pulls;
use super::survey::{Comparison, Question, fit, wanted_of};
use crate::campaign::changes::ChangeSpec;
use crate::campaign::commands::Commands;
use crate::campaign::compute::worded;
use crate::campaign::file::Campaign;
use crate::campaign::fit::Fit;
use crate::campaign::held::Held;
use crate::campaign::identity::{Mark, has_earlier_title};
use crate::campaign::look::Sight;
use crate::campaign::plan::reason::{NO_LONGER_NEEDED, NO_LONGER_SELECTED};
use crate::campaign::plan::{Wanted, Wishes};
use crate::campaign::selection;
use crate::campaign::surveyed::Surveyed;
use crate::campaign::wording::Wording;
use crate::cli::Context;
use crate::cli::shared::forge::Session;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Member, RepositoryName};

/// Why the open pull request of a repository is no longer wanted, or that this is unknown, by repository key.
pub(super) type Unwanted = BTreeMap<String, Refusal>;

/// The command that asks, which is named in what it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// `campaign merge`, whose `--unselected` merges whatever is wanted today.
    Merge,
    /// `campaign apply --watch`, which has no such option.
    Apply,
}

impl Asker {
    /// Adds to an error how to go on without asking.
    fn without(self, error: Error) -> Error {
        error.hint(match self {
            Self::Merge => {
                "correct it, or give --unselected, which merges whatever is selected today"
            }
            Self::Apply => "correct it, and run the command again",
        })
    }

    /// The refusal of a pull request of which nothing is wanted any more, for this reason.
    fn left_over(self, why: &str) -> Refusal {
        Refusal { is_left_over: true, ..self.refusal(why) }
    }

    /// The refusal of a pull request that is merged once it was renewed.
    fn to_renew(self, why: &str) -> Refusal {
        let why = format!("{why}: `campaign apply` renews it");
        Refusal { is_to_renew: true, ..self.refusal(&why) }
    }

    /// The refusal for this reason, with the option that overrides it.
    fn refusal(self, why: &str) -> Refusal {
        Refusal::because(match self {
            Self::Merge => format!("{why}; --unselected merges it all the same"),
            Self::Apply => why.to_owned(),
        })
    }
}

/// The open pull requests that the campaign does not want today, each with the reason.
pub(super) fn no_longer_wanted(
    context: &Context,
    session: &Session,
    (campaign, fleet, asker): (&Campaign, &Fleet, Asker),
    open: &[(&RepositoryName, Candidate<'_>)],
) -> Result<Unwanted> {
    if open.is_empty() {
        return Ok(Unwanted::new());
    }
    let without = |error: Error| asker.without(error);
    let selected = selection::members(campaign, fleet, None)
        .map_err(|errors| errors.into_iter().map(without).collect());
    let open_ones: HashSet<String> = open.iter().map(|(name, _)| name.key()).collect();
    let mut members: Vec<&Member> = context.all(selected)?;
    members.retain(|member| open_ones.contains(&member.repository.key()));
    let selected: HashSet<String> = members.iter().map(|it| it.repository.key()).collect();
    // Its commands are not run: the selection does not depend on their results, and what they would change today is unknown.
    let runs = campaign.says.changes.iter().any(|change| matches!(change, ChangeSpec::Run(_)));
    let judges = (campaign.rests_on_decisions() || !runs) && !members.is_empty();
    let campaign = match judges {
        true => &resolved(context, session, fleet, campaign).map_err(without)?,
        false => campaign,
    };
    let commands = Commands::default();
    let wishes = Wishes { only_planned: true, ..Wishes::default() };
    let question = Question { campaign, fleet, list: None, wishes, commands: &commands };
    let seen = open_pulls(open.iter().map(|(name, candidate)| (*name, candidate.sight)));
    let mut repositories = match judges {
        true => wanted_of(context, session, &question, &members, &seen).map_err(without)?,
        false => Vec::new(),
    };
    let sights: HashMap<String, &Sight> =
        open.iter().map(|(name, candidate)| (name.key(), candidate.sight)).collect();
    let keys: Vec<String> = repositories.iter().map(|it| it.repository.key()).collect();
    let of = Comparison { campaign: &campaign.says.name, again: false };
    fit(session, of, &mut repositories, keys.iter().map(|key| sights.get(key).copied()));
    let repositories: HashMap<String, &Surveyed<'_>> =
        repositories.iter().map(|it| (it.repository.key(), it)).collect();
    let why = |(name, _): &(&RepositoryName, Candidate<'_>)| {
        let key = name.key();
        let why = match repositories.get(&key) {
            _ if !selected.contains(&key) => Some(asker.left_over(NO_LONGER_SELECTED)),
            None => None,
            Some(surveyed) => of_one(campaign, surveyed, asker)
                .or_else(|| of_form(surveyed, asker).filter(|_| !runs)),
        };
        Some((key, why?))
    };
    let unwanted: Unwanted = open.iter().filter_map(why).collect();
    if asker == Asker::Merge {
        let wanted = open.iter().filter(|(name, _)| !unwanted.contains_key(&name.key()));
        let wanted = wanted
            .filter_map(|(name, candidate)| Some((*repositories.get(&name.key())?, candidate)));
        tell_of_titles(context, campaign, wanted);
    }
    Ok(unwanted)
}

/// Names the pull requests whose title is not that of today: a merge keeps it for ever. What that would be is not known where
/// its template is none, which is in the way of no merge.
fn tell_of_titles<'s>(
    context: &Context,
    campaign: &Campaign,
    wanted: impl Iterator<Item = (&'s Surveyed<'s>, &'s Candidate<'s>)>,
) {
    let wording = match Wording::compile(&campaign.says) {
        Ok(wording) => wording,
        Err(error) => {
            let why = error.in_one_line();
            context.terminal.note(&visible_line(&format!(
                "worth knowing: whether a title is an earlier one is not known: {why}"
            )));
            return;
        }
    };
    for (surveyed, candidate) in wanted {
        if let Some(number) = earlier_title(campaign, &wording, surveyed, candidate) {
            context.terminal.note(&visible_line(&format!(
                "worth knowing: {} #{number} has an earlier title: `campaign apply` corrects it, but not once it is merged",
                surveyed.repository
            )));
        }
    }
}

/// The number of an open pull request of just this change whose title the campaign words otherwise today, and nobody edited.
fn earlier_title(
    campaign: &Campaign,
    wording: &Wording,
    surveyed: &Surveyed<'_>,
    candidate: &Candidate<'_>,
) -> Option<u64> {
    let pull = candidate.offer.open_pull()?;
    // Of what a person has taken over, `apply` corrects nothing.
    if !matches!(candidate.sight.held, Held::Ours { .. }) {
        return None;
    }
    let Wanted::Change(digest) = &surveyed.wanted else { return None };
    let mark = Mark::of_text(&pull.body).filter(|mark| mark.change == *digest);
    let diff = surveyed.changes.diff(surveyed.tree.as_ref().filter(|_| mark.is_some())?);
    let name = surveyed.repository.to_string();
    let changes = (&surveyed.changes, &diff[..]);
    let today = worded(campaign, wording, &name, &surveyed.parts, changes).ok()?;
    has_earlier_title(pull, &today.title).then_some(pull.number)
}

/// Why a repository's pull request is not wanted today.
fn of_one(campaign: &Campaign, surveyed: &Surveyed<'_>, asker: Asker) -> Option<Refusal> {
    let keeps_to_waivers = || campaign.says.changes.iter().all(|change| change.keeps_to_waivers());
    match &surveyed.wanted {
        Wanted::Unselected => Some(asker.left_over(NO_LONGER_SELECTED)),
        Wanted::Unread(why) => {
            let why = format!("whether it is still wanted cannot be read: {why}");
            Some(Refusal { is_unknown: true, ..Refusal::because(why) })
        }
        Wanted::Nothing if keeps_to_waivers() => Some(asker.left_over(NO_LONGER_NEEDED)),
        // Part of what it offers has been waived since.
        Wanted::Change(_)
            if surveyed.fit != Fit::AsWanted && keeps_to_waivers() && is_waived(surveyed) =>
        {
            Some(asker.to_renew("it offers more than is wanted today"))
        }
        _ => None,
    }
}

/// Why a pull request is not merged before it is renewed: merging it would not give what the campaign wants today.
fn of_form(surveyed: &Surveyed<'_>, asker: Asker) -> Option<Refusal> {
    match &surveyed.wanted {
        Wanted::Change(_) => {
            let why = surveyed.fit.why_renewed()?;
            Some(asker.to_renew(&why))
        }
        Wanted::Nothing => Some(asker.left_over(NO_LONGER_NEEDED)),
        Wanted::Refused(why) => {
            Some(asker.refusal(&format!("the campaign would not make this change today: {why}")))
        }
        _ => None,
    }
}

/// Whether any finding is waived.
fn is_waived(surveyed: &Surveyed<'_>) -> bool {
    let mut findings = surveyed.parts.iter().flat_map(|(_, computed)| &computed.findings);
    findings.any(|finding| finding.waived.is_some())
}
