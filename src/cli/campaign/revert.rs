//! `shipshape campaign revert`: what was merged taken back, what is open closed.

use std::path::PathBuf;

use clap::Args;

use super::Loaded;
use super::apply::{How, Means, carry_out, show_plan};
use super::conditions::Kept;
use super::each::repositories;
use crate::campaign::commands::Commands;
use crate::campaign::compute::Computed;
use crate::campaign::file::Campaign;
use crate::campaign::identity::change_digest;
use crate::campaign::inverse::inverse;
use crate::campaign::look::{Sight, failure, look};
use crate::campaign::plan::assemble::{Assembled, Circumstances, assemble};
use crate::campaign::plan::{Decision, Wanted, Wishes, decide};
use crate::campaign::standing::{Held, Standing};
use crate::change::ChangeSet;
use crate::cli::shared::forge::Session;
use crate::cli::shared::next::quoted;
use crate::cli::{Context, Exit, counted};
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Member, RepositoryName};
use crate::forge::Writes;
use crate::forge::calls::offers::{Offer, PullSeen, PullStanding};
use crate::forge::scan::{Place, Scan};
use crate::snapshot::Snapshot;

/// Take a campaign back: a pull request with the inverse where it was merged.
///
/// It is a campaign of its own, `revert-NAME`, planned, shown and applied like any other: it can be interrupted, goes in
/// the same waves, is followed with `campaign status --reverted` and merged with `campaign merge --reverted`. Files that
/// were not touched since get their old content back; in texts that were, only the lines of the change are undone; where
/// that conflicts, the repository is left to a person. Pull requests that are still open are closed by `campaign
/// close`, which it tells.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape campaign revert --dry-run            what would be taken back
  shipshape campaign revert fix.yaml --yes       offer it everywhere
  shipshape campaign revert --plan back.json     only keep the plan, to be approved or applied later
  shipshape campaign close fix.yaml              and close what is still open")]
pub(super) struct Arguments {
    /// The campaign's file.
    #[arg(value_name = "FILE", default_value = "campaign.yaml")]
    file: PathBuf,

    /// Keep the plan in a file, and do nothing: `campaign apply` does it, once it is approved where that is needed.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,

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
    let wishes =
        Wishes { unneeded: campaign.says.unneeded, only_planned: true, ..Wishes::default() };
    let loaded = Loaded::of(campaign, fleet, wishes).reverted(true);
    let session = how.forge.session(context, Some(&loaded.fleet), Writes::none())?;
    let Made { assembled: made, open } = made(&loaded, context, &session)?;
    drop(session);
    let name = quoted(&arguments.file.display().to_string());
    if open > 0 {
        context.terminal.note(&format!(
            "still open: {}; to close: shipshape campaign close {name}",
            counted(open, "pull request")
        ));
    }
    if made.plan.items.is_empty() {
        context.terminal.note("Nothing of this campaign was merged.");
        return Ok(Exit::Clean);
    }
    show_plan(how, context, &made)?;
    if let Some(file) = &arguments.plan {
        return super::plan::keep(context, &made.plan, file);
    }
    let keeping = format!("shipshape campaign revert {name} --plan FILE");
    let typed = format!("shipshape campaign revert {name}");
    let means =
        Means { typed: Some(&typed), ..Means::fresh(Kept::Nowhere(&keeping), Commands::default()) };
    carry_out(how, context, &made.plan, &loaded.fleet, &means)
}

/// What takes a campaign back.
pub(super) struct Made {
    /// Its plan.
    pub(super) assembled: Assembled,
    /// How many pull requests of the campaign itself are still open.
    open: usize,
}

/// The plan of what takes a campaign back.
pub(super) fn made(loaded: &Loaded, context: &Context, session: &Session) -> Result<Made> {
    let Loaded { campaign, fleet, wishes, .. } = loaded;
    let names = repositories(fleet, &[])?;
    let sights = session.run(look(session.client(), &campaign.says.name, &names));
    if let Some(error) = failure(&sights) {
        return Err(error.clone().into());
    }
    let open = sights.iter().flat_map(|sight| &sight.offer).filter(|it| it.open_pull().is_some());
    let open = open.count();
    let inverse = campaign.inverse();
    let standings = standings(session, fleet, (campaign, &inverse), *wishes, sights);
    let viewer = standings.iter().find_map(|standing| standing.offer.as_ref().ok());
    let circumstances = Circumstances {
        made_at: context.clock.rfc3339(),
        made_by: viewer.map(|offer| offer.viewer.clone()).unwrap_or_default(),
        forge: session.client().address().to_string(),
        narrowed: true,
    };
    Ok(Made { assembled: assemble(&inverse, &standings, circumstances)?, open })
}

/// The repositories in which the campaign was merged, each with what takes it back; and those that cannot be looked at.
fn standings<'f>(
    session: &Session,
    fleet: &'f Fleet,
    (campaign, inverse): (&Campaign, &Campaign),
    wishes: Wishes,
    sights: Vec<Sight>,
) -> Vec<Standing<'f>> {
    let mut unseen = Vec::new();
    let mut merged: Vec<(Merged<'f>, Offer)> = Vec::new();
    for ((repository, members), sight) in
        Fleet::by_repository(&fleet.members).into_iter().zip(sights)
    {
        let name = repository.clone();
        match sight.offer {
            Ok(offer) if merged_pull(&offer, &campaign.says.name).is_some() => {
                merged.push((Merged { name, members }, offer));
            }
            Ok(_) => {}
            Err(error) => {
                let decision = Decision::unseen(&error);
                let wanted = Wanted::Unread(error.to_string());
                let offer = Err(error);
                unseen.push(Merged { name, members }.standing(wanted, offer, decision));
            }
        }
    }
    let trees = trees(session, &merged, &campaign.says.name);
    let asked: Vec<(RepositoryName, Option<String>)> =
        merged.iter().map(|(merged, offer)| (merged.name.clone(), offer.head.clone())).collect();
    let now = session.run(look(session.client(), &inverse.says.name, &asked));
    let standing =
        |(((merged, offer), (changes, tree)), sight): (((Merged<'f>, Offer), _), Sight)| {
            let (wanted, changes): (Wanted, ChangeSet) = match changes {
                Ok(changes) if ChangeSet::is_empty(&changes) => (Wanted::Nothing, changes),
                Ok(changes) => (Wanted::Change(change_digest(&changes)), changes),
                Err(why) => (Wanted::Refused(why), ChangeSet::default()),
            };
            let decision = match &sight.offer {
                Ok(offer) => decide(&wanted, offer, &sight.held, &inverse.says.name, wishes),
                Err(error) => Decision::unseen(error),
            };
            let taken_back =
                merged_pull(&offer, &campaign.says.name).map(|pull| titled(&pull.title));
            let computed =
                Computed { taken_back: taken_back.unwrap_or_default(), ..Computed::default() };
            let parts = merged.members.first().map(|member| (*member, computed));
            Standing {
                changes,
                parts: parts.into_iter().collect(),
                tree,
                held: sight.held,
                ..merged.standing(wanted, sight.offer, decision)
            }
        };
    let standings = merged.into_iter().zip(trees).zip(now).map(standing);
    standings.chain(unseen).collect()
}

/// A repository with the members in it.
struct Merged<'f> {
    name: RepositoryName,
    members: Vec<&'f Member>,
}

impl<'f> Merged<'f> {
    fn standing(
        self,
        wanted: Wanted,
        offer: Result<Offer, crate::forge::ForgeError>,
        decision: Decision,
    ) -> Standing<'f> {
        Standing {
            repository: self.name,
            members: self.members,
            is_candidate: true,
            wanted,
            changes: ChangeSet::default(),
            parts: Vec::new(),
            tree: None,
            offer,
            held: Held::Absent,
            decision,
        }
    }
}

/// A title that leaves room for the word before it.
fn titled(title: &str) -> String {
    const MOST: usize = 200;
    if title.chars().count() <= MOST {
        return title.to_owned();
    }
    title.chars().take(MOST).chain(['…']).collect()
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
    merged: &[(Merged<'_>, Offer)],
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
