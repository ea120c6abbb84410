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
use crate::campaign::identity::{Mark, change_digest};
use crate::campaign::inverse;
use crate::campaign::look::{Sight, failure, look};
use crate::campaign::plan::assemble::{Assembled, Circumstances, assemble};
use crate::campaign::plan::{Decision, Wanted, Wishes, decide};
use crate::campaign::standing::{Held, Standing, says};
use crate::change::ChangeSet;
use crate::cli::shared::forge::Session;
use crate::cli::shared::next::quoted;
use crate::cli::shared::{observing, targets};
use crate::cli::{Context, Exit, counted};
use crate::drift::survey::Target;
use crate::error::{Error, Result};
use crate::fleet::manifest::ShapeRepository;
use crate::fleet::{Fleet, Member, RepositoryName};
use crate::forge::calls::offers::{CommitSeen, Offer, PullSeen, PullStanding};
use crate::forge::scan::{Place, Scan};
use crate::forge::{ForgeError, Writes};
use crate::snapshot::Snapshot;

/// Take a campaign back: a pull request with the inverse where it was merged.
///
/// It is a campaign of its own, `revert-NAME`, planned, shown and applied like any other: it can be interrupted, goes in
/// the same waves, is followed with `campaign status --reverted` and merged with `campaign merge --reverted`. Files that
/// were not touched since get their old content back; in texts that were, only the lines of the change are undone. Where
/// that conflicts, where other commits were merged with the change, and where a credential would return (one that the shape does not document
/// as an example), the repository is blocked and left to a person. Pull requests that are still open are left open; the
/// command that closes them is shown.
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

/// Texts are fetched in this many rounds at most; all are asked for in the first.
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
    let names = Names { campaign: &campaign.says.name, inverse: &inverse.says.name };
    let standings = standings(context, session, fleet, names, *wishes, sights);
    let viewer = standings.iter().find_map(|standing| standing.offer.as_ref().ok());
    let circumstances = Circumstances {
        made_at: context.clock.rfc3339(),
        made_by: viewer.map(|offer| offer.viewer.clone()).unwrap_or_default(),
        forge: session.client().address().to_string(),
        narrowed: true,
    };
    Ok(Made { assembled: assemble(&inverse, &standings, circumstances)?, open })
}

/// What the two campaigns are called.
#[derive(Clone, Copy)]
struct Names<'a> {
    /// The one that is taken back.
    campaign: &'a str,
    /// The one that takes it back.
    inverse: &'a str,
}

/// The repositories in which the campaign was merged, each with what takes it back; and those that cannot be looked at.
fn standings<'f>(
    context: &Context,
    session: &Session,
    fleet: &'f Fleet,
    names: Names<'_>,
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
            Ok(offer) if merged_pulls(&offer, names.campaign).next().is_some() => {
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
    let asked: Vec<(RepositoryName, Option<String>)> =
        merged.iter().map(|(merged, offer)| (merged.name.clone(), offer.head.clone())).collect();
    let now = session.run(look(session.client(), names.inverse, &asked));
    let backs: Vec<Back> = merged
        .iter()
        .zip(&now)
        .map(|((_, offer), sight)| Back::of(offer, sight.offer.as_ref().ok(), names))
        .collect();
    let examples = |members: &[&Member]| examples(context, session, fleet, members);
    let trees = trees(session, &merged, &backs, &examples);
    let mut standings = Vec::new();
    for ((((merged, _), back), made), sight) in merged.into_iter().zip(backs).zip(trees).zip(now) {
        // What was merged once more since it was taken back is taken back once more.
        let wishes = Wishes { again: wishes.again || back.is_merged_since, ..wishes };
        standings.push(merged.taken_back(back.title, made, sight, (names.inverse, wishes)));
    }
    standings.extend(unseen);
    standings
}

/// What is to be taken back in one repository.
struct Back {
    /// The commits by which the campaign's change was merged, the newest first; or why they are not to be told from others.
    commits: std::result::Result<Vec<MergedCommit>, String>,
    /// The title of the newest pull request, with room for the word before it.
    title: String,
    /// Whether that was merged after the campaign had been taken back.
    is_merged_since: bool,
}

/// A commit of the campaign that was merged.
struct MergedCommit {
    before: String,
    after: String,
    pull: u64,
}

impl Back {
    /// What the campaign merged since it was last taken back; where that is nothing, what it merged last.
    fn of(offer: &Offer, inverse: Option<&Offer>, names: Names<'_>) -> Self {
        let reverted = inverse.and_then(|offer| merged_pulls(offer, names.inverse).next());
        let is_since = |pull: &PullSeen| reverted.is_none_or(|back| pull.number > back.number);
        let mut pulls = merged_pulls(offer, names.campaign);
        let newest = pulls.next();
        let since = newest.into_iter().chain(pulls.filter(|pull| is_since(pull)));
        Self {
            commits: since.map(|pull| MergedCommit::of(pull, names.campaign)).collect(),
            title: newest.map(|pull| titled(&pull.title)).unwrap_or_default(),
            is_merged_since: reverted.is_some() && newest.is_some_and(is_since),
        }
    }
}

impl MergedCommit {
    /// The one commit of a pull request, where the campaign made it: what other commits brought is not the campaign's to
    /// take back.
    fn of(pull: &PullSeen, campaign: &str) -> std::result::Result<Self, String> {
        let number = pull.number;
        let is_ours = |commit: &CommitSeen| {
            Mark::of_message(&commit.message).is_some_and(|mark| mark.campaign == campaign)
        };
        match pull.commits.as_slice() {
            [commit] if pull.commit_count == 1 && is_ours(commit) => {
                match commit.parents.as_slice() {
                    [before] => {
                        Ok(Self { before: before.clone(), after: commit.oid.clone(), pull: number })
                    }
                    _ => Err(format!("the commit of #{number} is a merge: revert it by hand")),
                }
            }
            [_] if pull.commit_count == 1 => {
                Err(format!("the commit of #{number} is not the campaign's own: revert it by hand"))
            }
            _ => Err(format!("other commits were merged with it as #{number}: revert it by hand")),
        }
    }
}

/// A repository with the members in it.
struct Merged<'f> {
    name: RepositoryName,
    members: Vec<&'f Member>,
}

impl<'f> Merged<'f> {
    /// How it stands in the campaign that takes the other one back.
    fn taken_back(
        self,
        title: String,
        (changes, tree): Inverse,
        sight: Sight,
        (inverse, wishes): (&str, Wishes),
    ) -> Standing<'f> {
        let (wanted, changes) = match changes {
            Ok(changes) if changes.is_empty() => (Wanted::Nothing, changes),
            Ok(changes) => (Wanted::Change(change_digest(&changes)), changes),
            Err(why) => (Wanted::Refused(why), ChangeSet::default()),
        };
        let decision = match &sight.offer {
            Ok(offer) => decide(&wanted, offer, &sight.held, inverse, wishes),
            Err(error) => Decision::unseen(error),
        };
        let computed = Computed { taken_back: title, ..Computed::default() };
        let parts = self.members.first().map(|member| (*member, computed));
        Standing {
            changes,
            parts: parts.into_iter().collect(),
            tree,
            held: sight.held,
            ..self.standing(wanted, sight.offer, decision)
        }
    }

    fn standing(
        self,
        wanted: Wanted,
        offer: Result<Offer, ForgeError>,
        decision: Decision,
    ) -> Standing<'f> {
        Standing {
            repository: self.name,
            members: self.members,
            is_candidate: true,
            wanted,
            changes: ChangeSet::default(),
            parts: Vec::new(),
            left_out: Vec::new(),
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

/// The campaign's pull requests that were merged, the newest first.
fn merged_pulls<'o>(offer: &'o Offer, campaign: &str) -> impl Iterator<Item = &'o PullSeen> {
    let pulls = offer.pulls.iter();
    pulls.filter(move |pull| pull.state == PullStanding::Merged && says(pull, campaign))
}

/// What takes the merged change back, or why that cannot be; and the tree of today.
type Inverse = (std::result::Result<ChangeSet, String>, Option<Snapshot>);

/// What takes the merged changes back in each repository.
fn trees(
    session: &Session,
    merged: &[(Merged<'_>, Offer)],
    backs: &[Back],
    examples: &dyn Fn(&[&Member]) -> Vec<String>,
) -> Vec<Inverse> {
    let mut scan = Scan::new(session.client(), []);
    let (mut places, mut counts) = (Vec::new(), Vec::new());
    for ((_, offer), back) in merged.iter().zip(backs) {
        let known = places.len();
        if let Ok(commits) = &back.commits {
            // An empty repository has no commit, and a commit without an id is none.
            let now = offer.head.clone().unwrap_or_else(|| "0".repeat(40));
            let pairs = commits.iter().flat_map(|commit| [&commit.before, &commit.after]);
            let place = |commit: &String| Place {
                name: offer.name.clone(),
                reference: Some(commit.clone()),
            };
            places.push(place(&now));
            places.extend(pairs.map(place));
        }
        counts.push(places.len() - known);
    }
    let snapshots = session.run(scan.snapshots(&places, &|_| {}));
    let mut made = Vec::new();
    for _ in 0..ROUNDS {
        let mut rest = snapshots.as_slice();
        made.clear();
        for (((merged, _), back), count) in merged.iter().zip(backs).zip(&counts) {
            let (own, others) = rest.split_at_checked(*count).unwrap_or((rest, &[]));
            rest = others;
            made.push(match &back.commits {
                Ok(commits) => taken_back(own, commits, &|| examples(&merged.members)),
                Err(why) => (Err(why.clone()), None),
            });
        }
        if session.run(scan.fetch_wanted()).is_empty() {
            break;
        }
    }
    made
}

/// Credentials that the shapes of members document as examples. A shape that cannot be read documents none, so that what may
/// be a credential does not return.
fn examples(
    context: &Context,
    session: &Session,
    fleet: &Fleet,
    members: &[&Member],
) -> Vec<String> {
    let owner = &fleet.manifest.forge.owner;
    let remote = |shape: &ShapeRepository| observing::remote_pack(session, owner, shape);
    let named = targets::Named::default();
    let targets = targets::of_members(context, fleet, members, &named, &remote);
    let examples = |target: Target| target.shape.manifest.demands.secrets.examples.clone();
    targets.unwrap_or_default().into_iter().flat_map(examples).collect()
}

/// What takes these commits back: the trees are that of today, then what was before and after each of them. `examples` are asked
/// for only where a credential would return: nothing else of a revert rests on the shape.
fn taken_back(
    trees: &[std::result::Result<Snapshot, ForgeError>],
    commits: &[MergedCommit],
    examples: &dyn Fn() -> Vec<String>,
) -> Inverse {
    let read: std::result::Result<Vec<&Snapshot>, &ForgeError> =
        trees.iter().map(std::result::Result::as_ref).collect();
    let read = match read {
        Ok(read) => read,
        Err(error) => return (Err(error.to_string()), None),
    };
    let Some((now, pairs)) = read.split_first() else {
        return (Err("it has no commit".to_owned()), None);
    };
    let merged: Vec<inverse::Merged<'_>> = pairs
        .chunks_exact(2)
        .zip(commits)
        .filter_map(|(pair, commit)| match pair {
            [before, after] => Some(inverse::Merged { before, after, pull: commit.pull }),
            _ => None,
        })
        .collect();
    let changes = inverse::inverse(&merged, now).and_then(|changes| {
        let returned = |examples: &[String]| inverse::returned_credential(&changes, now, examples);
        match returned(&[]).and_then(|_| returned(&examples())) {
            None => Ok(changes),
            Some((path, kind)) => Err(format!(
                "`{path}` would hold a credential again ({kind}): revert it by hand, without the credential"
            )),
        }
    });
    (changes, Some((*now).clone()))
}
