//! Pull requests of other campaigns in the repositories where this one would open one.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::campaign::identity::Mark;
use crate::campaign::plan::same_files::{OfSameFile, of_same_files};
use crate::campaign::plan::{Wanted, Wishes};
use crate::campaign::surveyed::Surveyed;
use crate::cli::Context;
use crate::cli::shared::forge::Session;
use crate::counted::counted;
use crate::edge::terminal::visible_line;
use crate::fleet::RepositoryName;
use crate::forge::calls::unmerged_pulls::UnmergedPull;

/// The lines that a command has noted, so that one that looks repeatedly reports each once.
#[derive(Debug, Default)]
pub(in crate::cli::campaign) struct Noted(RefCell<BTreeSet<String>>);

/// How many pull requests of other campaigns are reported one by one.
const SHOWN: usize = 5;

/// Leaves out repositories which have the same change in an open pull request of another campaign, or declined it
/// there. If that cannot be read, the change is offered.
///
/// Reports pull requests of other campaigns about files that this one changes otherwise.
pub(super) fn beside(
    (context, noted): (&Context, &Noted),
    session: &Session,
    campaign: &str,
    wishes: Wishes,
    repositories: &mut [Surveyed<'_>],
) {
    let mut others = Vec::new();
    for (surveyed, pulls) in unmerged(session, repositories) {
        if let Wanted::Change(change) = &surveyed.wanted {
            let decision = surveyed.decision.clone();
            surveyed.decision = decision.beside_others(change, campaign, wishes, &pulls);
        }
        others.extend(lines(surveyed, campaign, &pulls));
    }
    note(context, noted, others);
}

/// The names of a campaign that is reverted.
#[derive(Clone, Copy)]
pub(in crate::cli::campaign) struct Names<'a> {
    /// The campaign to revert.
    pub(in crate::cli::campaign) campaign: &'a str,
    /// The campaign that reverts it.
    pub(in crate::cli::campaign) inverse: &'a str,
}

/// Reports pull requests of other campaigns about files that the revert of a campaign changes too. Those of the campaign
/// itself are not reported.
pub(in crate::cli::campaign) fn beside_revert(
    (context, noted): (&Context, &Noted),
    session: &Session,
    Names { campaign, inverse }: Names<'_>,
    repositories: &mut [Surveyed<'_>],
) {
    let mut others = Vec::new();
    for (surveyed, mut pulls) in unmerged(session, repositories) {
        pulls.retain(|pull| Mark::of_text(&pull.body).is_none_or(|it| it.campaign != campaign));
        others.extend(lines(surveyed, inverse, &pulls));
    }
    note(context, noted, others);
}

/// The repositories where a pull request would be opened, with those that are not merged there.
fn unmerged<'s, 'f>(
    session: &Session,
    repositories: &'s mut [Surveyed<'f>],
) -> Vec<(&'s mut Surveyed<'f>, Vec<UnmergedPull>)> {
    let opens = |surveyed: &&mut Surveyed<'_>| {
        surveyed.decision.action.opens_pull() && matches!(surveyed.wanted, Wanted::Change(_))
    };
    let meant: Vec<&mut Surveyed<'f>> = repositories.iter_mut().filter(opens).collect();
    let names: Vec<RepositoryName> =
        meant.iter().map(|surveyed| surveyed.repository.clone()).collect();
    if names.is_empty() {
        return Vec::new();
    }
    let pulls = session.run(session.client().unmerged_pulls(&names));
    meant.into_iter().zip(pulls).map(|(it, pulls)| (it, pulls.unwrap_or_default())).collect()
}

/// A line for each pull request of another campaign about a file that this one changes too.
fn lines(surveyed: &Surveyed<'_>, campaign: &str, pulls: &[UnmergedPull]) -> Vec<String> {
    if !surveyed.decision.action.opens_pull() {
        return Vec::new();
    }
    let changed: Vec<String> = surveyed.changes.changes.keys().map(ToString::to_string).collect();
    let name = &surveyed.repository;
    let line = |OfSameFile { campaign, said, path }| {
        format!("{name}: the campaign `{campaign}` changes `{path}` too: {said}")
    };
    of_same_files(campaign, pulls, &changed).into_iter().map(line).collect()
}

fn note(context: &Context, noted: &Noted, mut others: Vec<String>) {
    others.retain(|line| noted.0.borrow_mut().insert(line.clone()));
    for other in others.iter().take(SHOWN) {
        context.terminal.note(&visible_line(other));
    }
    if let Some(more @ 1..) = others.len().checked_sub(SHOWN) {
        let more = counted(more, "pull request");
        context.terminal.note(&format!("and {more} more of other campaigns about the same files"));
    }
}
