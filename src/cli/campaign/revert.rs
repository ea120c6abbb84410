//! `shipshape campaign revert`: what was merged taken back, what is open closed.

use clap::Args;

use super::apply::{How, carry_out, show_plan};
use super::each::repositories;
use crate::campaign::compute::Computed;
use crate::campaign::file::Campaign;
use crate::campaign::identity::change_digest;
use crate::campaign::inverse::inverse;
use crate::campaign::look::{Sight, failure, look};
use crate::campaign::plan::assemble::{Circumstances, assemble};
use crate::campaign::plan::{Decision, Wanted, Wishes, decide};
use crate::campaign::standing::Standing;
use crate::change::ChangeSet;
use crate::cli::forge::Session;
use crate::cli::{Context, Exit, counted};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, RepositoryName};
use crate::forge::Writes;
use crate::forge::calls::offers::{Offer, PullSeen, PullStanding};
use crate::forge::scan::{Place, Scan};
use crate::snapshot::Snapshot;

/// Take a campaign back: a pull request with the inverse where it was merged.
///
/// It is a campaign of its own, `revert-NAME`, planned, shown and applied like any other: it can be interrupted, goes in
/// the same waves, and is merged with `campaign merge --reverted`. Files that were not touched since get their old content
/// back; in texts that were, only the lines of the change are undone; where that conflicts, the repository is left to a
/// person. Pull requests that are still open are closed by `campaign close`, which it tells.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape campaign revert --dry-run            what would be taken back
  shipshape campaign revert fix.yaml --yes       offer it everywhere
  shipshape campaign close fix.yaml              and close what is still open")]
pub(super) struct Arguments {
    /// The campaign's file.
    #[arg(value_name = "FILE", default_value = "campaign.yaml")]
    file: std::path::PathBuf,

    #[command(flatten)]
    how: How,
}

/// Texts are fetched in this many rounds at most: those of the merged trees, then those of today.
const ROUNDS: usize = 4;

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let campaign = context.all(Campaign::load(&arguments.file))?;
    let fleet = context.fleet(arguments.file.parent())?.ok_or_else(|| {
        Error::usage("a campaign is about a fleet, and there is no fleet.yaml here")
            .hint("name it with --fleet FILE")
    })?;
    let how = &arguments.how;
    let session = how.forge.session(context, Some(&fleet), Writes::none())?;
    let names = repositories(&fleet, &[])?;
    let sights = session.run(look(session.client(), &campaign.says.name, &names));
    if let Some(error) = failure(&sights) {
        return Err(error.clone().into());
    }
    let mut unread = Exit::Clean;
    for ((name, _), sight) in names.iter().zip(&sights) {
        if let Err(error) = &sight.offer {
            let said = visible_line(&format!("{name} cannot be looked at: {error}"));
            context.terminal.note(&said);
            unread = Exit::Unchecked;
        }
    }
    let open = sights.iter().flat_map(|sight| &sight.offer).filter(|it| it.open_pull().is_some());
    let open = open.count();
    let inverse = campaign.inverse();
    let standings = standings(&session, &fleet, &campaign, &inverse, &names, sights);
    if standings.is_empty() {
        context.terminal.note("Nothing of this campaign was merged.");
    }
    if open > 0 {
        let file = crate::cli::judging::quoted(&arguments.file.display().to_string());
        context.terminal.note(&format!(
            "still open: {}; to close: shipshape campaign close {file}",
            counted(open, "pull request")
        ));
    }
    if standings.is_empty() {
        return Ok(unread);
    }
    let viewer = standings.iter().find_map(|standing| standing.offer.as_ref().ok());
    let circumstances = Circumstances {
        made_at: context.clock.rfc3339(),
        made_by: viewer.map(|offer| offer.viewer.clone()).unwrap_or_default(),
        forge: session.client().address().to_string(),
    };
    let made = assemble(&inverse, &standings, circumstances)?;
    drop(session);
    show_plan(how, context, &made)?;
    Ok(unread.worse(carry_out(how, context, &made.plan, &fleet)?))
}

/// The repositories in which the campaign was merged, each with what takes it back.
fn standings<'f>(
    session: &Session,
    fleet: &'f Fleet,
    campaign: &Campaign,
    inverse: &Campaign,
    names: &[(RepositoryName, Option<String>)],
    sights: Vec<Sight>,
) -> Vec<Standing<'f>> {
    let merged: Vec<(RepositoryName, Offer)> = names
        .iter()
        .zip(sights)
        .filter_map(|((name, _), sight)| {
            let offer = sight.offer.ok()?;
            merged_pull(&offer, &campaign.says.name)?;
            Some((name.clone(), offer))
        })
        .collect();
    let trees = trees(session, &merged, &campaign.says.name);
    let asked: Vec<(RepositoryName, Option<String>)> =
        merged.iter().map(|(name, offer)| (name.clone(), offer.head.clone())).collect();
    let now = session.run(look(session.client(), &inverse.says.name, &asked));
    merged
        .into_iter()
        .zip(trees)
        .zip(now)
        .map(|(((name, _), (changes, tree)), sight)| {
            let members: Vec<_> =
                fleet.members.iter().filter(|member| member.repository.same(&name)).collect();
            let (wanted, changes) = match changes {
                Ok(changes) if changes.is_empty() => (Wanted::Nothing, changes),
                Ok(changes) => (Wanted::Change(change_digest(&changes)), changes),
                Err(why) => (Wanted::Refused(why), ChangeSet::default()),
            };
            let decision = match &sight.offer {
                Ok(offer) => decide(
                    &wanted,
                    offer,
                    &sight.held,
                    &inverse.says.name,
                    Wishes {
                        unneeded: inverse.says.unneeded,
                        only_planned: true,
                        ..Wishes::default()
                    },
                ),
                Err(error) => Decision::failed(error.to_string()),
            };
            let parts = members.first().map(|member| (*member, Computed::default()));
            Standing {
                repository: name,
                members,
                is_candidate: true,
                wanted,
                changes,
                parts: parts.into_iter().collect(),
                tree,
                offer: sight.offer,
                held: sight.held,
                decision,
            }
        })
        .collect()
}

fn merged_pull<'o>(offer: &'o Offer, campaign: &str) -> Option<&'o PullSeen> {
    let merged = |pull: &&PullSeen| {
        pull.state == PullStanding::Merged && crate::campaign::standing::says(pull, campaign)
    };
    offer.pulls.iter().find(merged)
}

/// What takes the merged change back in each repository, and its tree of today.
fn trees(
    session: &Session,
    merged: &[(RepositoryName, Offer)],
    campaign: &str,
) -> Vec<(std::result::Result<ChangeSet, String>, Option<Snapshot>)> {
    let mut scan = Scan::new(session.client(), []);
    let mut places = Vec::new();
    for (_, offer) in merged {
        let commit = merged_pull(offer, campaign).and_then(|pull| pull.commits.first());
        let parent = commit.and_then(|commit| commit.parents.first().cloned());
        let head = commit.map(|commit| commit.oid.clone());
        for reference in [parent, head, offer.head.clone()] {
            // A commit without an id is none, and is told as such.
            let reference = Some(reference.unwrap_or_else(|| "0".repeat(40)));
            places.push(Place { name: offer.name.clone(), reference });
        }
    }
    let snapshots = session.run(scan.snapshots(&places, &|_| {}));
    let mut made = Vec::new();
    for _ in 0..ROUNDS {
        made = snapshots.chunks(3).map(back).collect();
        if session.run(scan.fetch_wanted()).is_empty() {
            break;
        }
    }
    made
}

fn back(
    trees: &[std::result::Result<Snapshot, crate::forge::ForgeError>],
) -> (std::result::Result<ChangeSet, String>, Option<Snapshot>) {
    match trees {
        [Ok(before), Ok(after), Ok(now)] => (inverse((before, after), now), Some(now.clone())),
        [Err(error), ..] | [_, Err(error), _] | [.., Err(error)] => (Err(error.to_string()), None),
        _ => (Err("it has no commit".to_owned()), None),
    }
}
