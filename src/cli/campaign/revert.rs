//! `shipshape campaign revert`: offers the inverse of what was merged.

mod trees;

use std::collections::HashSet;
use std::path::PathBuf;

use clap::Args;

use self::trees::{Inverse, examples, trees};
use super::Loaded;
use super::apply::{How, Means, carry_out, show_plan};
use super::conditions::Kept;
use super::fleet_journal::FleetJournal;
use super::only::{self, Only};
use super::survey;
use super::survey::others::{self, Names};
use crate::campaign::commands::Commands;
use crate::campaign::compute::Computed;
use crate::campaign::file::{Campaign, inverse_name};
use crate::campaign::held::is_of_campaign;
use crate::campaign::identity::{Mark, change_digest};
use crate::campaign::look::{Sight, Spot, failure, look};
use crate::campaign::plan::assemble::{Assembled, Circumstances, Extent, assemble};
use crate::campaign::plan::{Decision, Item, Plan, Wanted, Wishes, decide};
use crate::campaign::selection;
use crate::campaign::state_of_open_pull::{is_open_within_reach, of_out_of_reach};
use crate::campaign::surveyed::Surveyed;
use crate::campaign::targets;
use crate::change::ChangeSet;
use crate::cli::shared::fold::some;
use crate::cli::shared::forge::Session;
use crate::cli::shared::next::{self, quoted};
use crate::cli::{Context, Exit, counted};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Member, RepositoryName};
use crate::forge::calls::branch_pulls::{CommitSeen, Offer, PullSeen, PullStanding};
use crate::forge::{ForgeError, WriteScope};

/// Revert a campaign: open a pull request with the inverse change where it was merged.
///
/// The revert is a campaign of its own, `revert-NAME`, and is planned, shown and applied like any other: it can
/// be interrupted, goes in the same waves, is followed with `campaign status --reverted` and merged with
/// `campaign merge --reverted`. Files that were not touched since get their old content back; in texts that
/// were, only the lines of the change are undone. A repository is blocked and left to a person if the revert
/// conflicts, if other commits were merged with the change, or if a credential would return (one that the shape
/// does not document as an example). A revert covers every member where the campaign was merged, whatever
/// `select` says today; --member and --targets limit it. Pull requests that are still open stay open; the
/// command that closes them is shown.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape campaign revert --dry-run            what would be reverted
  shipshape campaign revert fix.yaml --yes       revert it everywhere
  shipshape campaign revert -m alpha -m beta     only in these two
  shipshape campaign revert --plan back.json     only write the plan, to approve or apply it later
  shipshape campaign close fix.yaml              and close what is still open")]
pub(super) struct Arguments {
    /// The campaign file.
    #[arg(value_name = "FILE", default_value = "campaign.yaml")]
    file: PathBuf,

    #[command(flatten)]
    only: Only,

    /// Also offer the inverse again where its pull request was closed.
    #[arg(long)]
    reopen: bool,

    /// Write the plan to a file without applying it. Apply it with `campaign apply`, after approval where that
    /// is required.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,

    #[command(flatten)]
    how: How,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let campaign = context.all(Campaign::load(&arguments.file))?;
    let fleet = context.fleet(arguments.file.parent())?.ok_or_else(|| {
        Error::usage("a campaign is about a fleet, but there is no fleet.yaml here")
            .hint("name it with --fleet FILE")
    })?;
    let how = &arguments.how;
    let wishes = Wishes {
        reopen: arguments.reopen,
        unneeded: campaign.says.unneeded,
        only_planned: true,
        ..Wishes::default()
    };
    let list = arguments.only.list(context, &fleet)?;
    let loaded = Loaded { list, ..Loaded::of(campaign, fleet, wishes).reverted(true) };
    let session = how.forge.session(context, Some(&loaded.fleet), WriteScope::none())?;
    let Made { assembled: made, open, out_of_reach } = made(&loaded, context, &session)?;
    let is_narrowed = loaded.list.is_some();
    let is_in_former = !is_narrowed && tell_of_former(context, &session, (&loaded, how));
    drop(session);
    let name = quoted(&arguments.file.display().to_string());
    if !open.is_empty() {
        let members = open.iter().filter(|_| is_narrowed);
        let members: String = members.map(|slug| format!(" -m {}", quoted(slug))).collect();
        let close = format!("shipshape campaign close {name}{members}");
        context.terminal.note(&format!(
            "still open: {}; to close: {}",
            counted(open.len(), "pull request"),
            next::at_same_place(context, &close)
        ));
    }
    for why in &out_of_reach {
        context.terminal.note(&visible_line(&format!("still open: {why}")));
    }
    if made.plan.items.is_empty() {
        if is_narrowed {
            let what = format!(
                "nothing of the campaign `{}` was merged in the members that were named",
                loaded.campaign.says.name
            );
            let status = format!("shipshape campaign status {name}");
            let status = next::at_same_place(context, &status);
            let hint = format!("`{status}` shows where it was merged: name such members");
            return Err(Error::usage(what).in_file(&arguments.file).hint(hint));
        }
        context.terminal.note(match is_in_former {
            true => "Nothing of this campaign was merged in members.",
            false => "Nothing of this campaign was merged.",
        });
        return Ok(Exit::Clean);
    }
    tell_of_unselected(context, &loaded, &made.plan);
    tell_of_others(context, &loaded, &made.plan)?;
    // A plan that is written is shown as a whole.
    let shown = How { failed: how.failed && arguments.plan.is_none(), ..how.clone() };
    show_plan(&shown, context, &loaded.fleet, &made)?;
    if let Some(file) = &arguments.plan {
        return super::plan::keep(context, &made.plan, &loaded.fleet, file);
    }
    let only = arguments.only.typed(&made.plan, &loaded.fleet);
    let reopen = if arguments.reopen { " --reopen" } else { "" };
    let typed = format!("shipshape campaign revert {name}{only}{reopen}");
    let keeping = format!("{typed} --plan FILE");
    let fresh = Means::fresh(Kept::Nowhere(&keeping), Commands::default());
    let means = Means { typed: Some(&typed), only, ..fresh };
    carry_out(how, context, &made.plan, &loaded.fleet, &means)
}

/// Reports where the campaign was merged in repositories that are no longer members. Returns whether it was in any.
fn tell_of_former(context: &Context, session: &Session, (loaded, how): (&Loaded, &How)) -> bool {
    let (fleet, forge) = (&loaded.fleet, session.client().address());
    let journal = FleetJournal { fleet, forge, file: how.state.as_deref() };
    let campaign = &loaded.campaign.says.name;
    let memory = journal.memory(context, campaign);
    journal.note_merged(context, session, &memory, (campaign, &inverse_name(campaign)))
}

/// Reports how many repositories `select` does not name today: unless members are named, the revert covers those as
/// well.
fn tell_of_unselected(context: &Context, loaded: &Loaded, plan: &Plan) {
    let Loaded { campaign, fleet, list, .. } = loaded;
    let Ok(selected) = selection::members(campaign, fleet, None) else { return };
    let is_selected =
        |item: &&Item| selected.iter().any(|it| it.repository.key() == item.name().key());
    let others = plan.items.len() - plan.items.iter().filter(is_selected).count();
    if list.is_none() && others > 0 {
        context.terminal.note(&format!(
            "worth knowing: the campaign was also merged in {} that `select` does not name today; --member and \
             --targets limit the revert",
            counted(others, "repository")
        ));
    }
}

/// Reports which members that were not named are concerned as well, since a change is reverted as a whole, and which of those that
/// were named are not.
fn tell_of_others(context: &Context, loaded: &Loaded, plan: &Plan) -> Result<()> {
    let Loaded { fleet, list: Some((file, bytes)), .. } = loaded else { return Ok(()) };
    let named = context.all(targets::read(file, bytes, fleet))?;
    let to_do: HashSet<String> = plan.to_do().map(|item| item.name().key()).collect();
    let is_meant = |name: &RepositoryName| to_do.contains(&name.key());
    for line in only::beside(fleet, &named, "the revert", is_meant) {
        context.terminal.note(&visible_line(&line));
    }
    let planned: HashSet<String> = plan.items.iter().map(|item| item.name().key()).collect();
    let left = named.iter().filter(|member| !planned.contains(&member.repository.key()));
    let left: Vec<String> = left.map(|member| fleet.called(member)).collect();
    if !left.is_empty() {
        let campaign = &loaded.campaign.says.name;
        let line = format!("nothing of the campaign `{campaign}` was merged in {}", some(&left));
        context.terminal.note(&visible_line(&line));
    }
    Ok(())
}

/// The plan of a revert.
pub(super) struct Made {
    /// The plan.
    pub(super) assembled: Assembled,
    /// One member of each repository where a pull request of the campaign itself is still open.
    open: Vec<String>,
    /// Each repository where one is open with which nothing can be done, and why.
    out_of_reach: Vec<String>,
}

/// Makes the plan of a revert.
pub(super) fn made(loaded: &Loaded, context: &Context, session: &Session) -> Result<Made> {
    let Loaded { campaign, fleet, wishes, list, .. } = loaded;
    let listed = match list {
        Some((named, bytes)) => context.all(targets::read(named, bytes, fleet))?,
        None => fleet.members.iter().collect(),
    };
    let listed: HashSet<String> = listed.iter().map(|member| member.repository.key()).collect();
    let meant: Vec<Repository<'_>> = Fleet::by_repository(&fleet.members)
        .into_iter()
        .filter(|(name, _)| listed.contains(&name.key()))
        .map(|(name, members)| Repository { name: name.clone(), members })
        .collect();
    let asked: Vec<Spot> = meant.iter().map(|it| Spot::unplanned(&it.name)).collect();
    let sights = session.run(look(session.client(), &campaign.says.name, &asked));
    if let Some(error) = failure(&sights) {
        return Err(error.clone().into());
    }
    let why_out_of_reach = |(repository, sight): (&Repository<'_>, &Sight)| {
        let why = of_out_of_reach(sight.offer.as_ref().ok()?)?;
        Some(format!("{}: {why}", repository.name))
    };
    let out_of_reach = meant.iter().zip(&sights).filter_map(why_out_of_reach).collect();
    let is_open = |sight: &Sight| sight.offer.as_ref().is_ok_and(is_open_within_reach);
    let open = meant.iter().zip(&sights).filter(|(_, sight)| is_open(sight));
    let open = open.filter_map(|(it, _)| Some(it.members.first()?.slug.clone())).collect();
    let inverse = campaign.inverse();
    let names = Names { campaign: &campaign.says.name, inverse: &inverse.says.name };
    let mut repositories =
        repositories(context, session, (fleet, *wishes), names, meant.into_iter().zip(sights));
    others::beside_revert((context, &loaded.noted), session, names, &mut repositories);
    let viewer = repositories.iter().find_map(|surveyed| surveyed.offer.as_ref().ok());
    let circumstances = Circumstances {
        made_at: context.clock.rfc3339(),
        made_by: viewer.map(|offer| offer.viewer.clone()).unwrap_or_default(),
        forge: session.client().address().to_string(),
        decisions_digest: None,
        shapes_digest: None,
        extent: match list {
            Some(_) => Extent::Named,
            None => Extent::Merged,
        },
        has_file: campaign.file.is_file(),
        remarks: Vec::new(),
    };
    Ok(Made { assembled: assemble(&inverse, &repositories, circumstances)?, open, out_of_reach })
}

/// The repositories in which the campaign was merged, each with its revert, and those that cannot be read.
fn repositories<'f>(
    context: &Context,
    session: &Session,
    (fleet, wishes): (&'f Fleet, Wishes),
    names: Names<'_>,
    sights: impl Iterator<Item = (Repository<'f>, Sight)>,
) -> Vec<Surveyed<'f>> {
    let mut unseen = Vec::new();
    let mut merged: Vec<(Repository<'f>, Offer)> = Vec::new();
    for (repository, sight) in sights {
        match sight.offer {
            Ok(offer) if merged_pulls(&offer, names.campaign).next().is_some() => {
                merged.push((repository, offer));
            }
            Ok(_) => {}
            Err(error) => {
                let decision = Decision::unseen(&error);
                let wanted = Wanted::Unread(error.to_string().into());
                unseen.push(repository.surveyed(wanted, Err(error), decision));
            }
        }
    }
    let spot = |(merged, offer): &(Repository<'_>, Offer)| Spot {
        name: merged.name.clone(),
        base: offer.head.clone(),
    };
    let asked: Vec<Spot> = merged.iter().map(spot).collect();
    let now = session.run(look(session.client(), names.inverse, &asked));
    let backs: Vec<Back> = merged
        .iter()
        .zip(&now)
        .map(|((_, offer), sight)| Back::of(offer, sight.offer.as_ref().ok(), names))
        .collect();
    let examples = |members: &[&Member]| examples(context, session, fleet, members);
    let trees = trees(session, &merged, &backs, &examples);
    // What was merged again after a revert is reverted again.
    let is_again: Vec<bool> = backs.iter().map(|back| back.is_merged_since).collect();
    let mut repositories: Vec<Surveyed<'f>> = merged
        .into_iter()
        .zip(backs)
        .zip(trees)
        .zip(&now)
        .map(|((((merged, _), back), made), sight)| merged.taken_back(back.title, made, sight))
        .collect();
    let of = survey::Comparison { campaign: names.inverse, again: true };
    survey::fit(session, of, &mut repositories, now.iter().map(Some));
    for (surveyed, is_again) in repositories.iter_mut().zip(is_again) {
        let wishes = Wishes { again: wishes.again || is_again, ..wishes };
        surveyed.decision = match &surveyed.offer {
            Ok(offer) => {
                let held = (&surveyed.held, &surveyed.fit);
                decide(&surveyed.wanted, offer, held, names.inverse, wishes).with_left_branch(
                    &surveyed.wanted,
                    offer,
                    &surveyed.held,
                    names.inverse,
                )
            }
            Err(error) => Decision::unseen(error),
        };
    }
    repositories.extend(unseen);
    repositories
}

/// What to revert in one repository.
struct Back {
    /// The commits that merged the campaign's change, newest first; or why they cannot be separated from others.
    commits: std::result::Result<Vec<MergedCommit>, String>,
    /// The title of the newest pull request, shortened to leave room for the word in front of it.
    title: String,
    /// Whether that was merged after an earlier revert.
    is_merged_since: bool,
}

/// A merged commit of the campaign: the base before and after its merge.
struct MergedCommit {
    before: String,
    after: String,
    pull: u64,
}

impl Back {
    /// What the campaign merged since the last revert, but at least what it merged last.
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
    /// The single commit of a pull request, if the campaign made it: what other commits brought is not the campaign's
    /// to revert.
    fn of(pull: &PullSeen, campaign: &str) -> std::result::Result<Self, String> {
        let number = pull.number;
        let is_ours = |commit: &CommitSeen| {
            Mark::of_message(&commit.message).is_some_and(|mark| mark.campaign == campaign)
        };
        match pull.commits.as_slice() {
            [commit] if pull.commit_count == 1 && is_ours(commit) => {
                match commit.parents.as_slice() {
                    [offered_on] => {
                        // What the merge changed: a person may have put a part of the offered change on the base before.
                        let (before, after) = match (&pull.merged_onto, &pull.merge_commit) {
                            (Some(before), Some(after)) => (before, after),
                            _ => (offered_on, &commit.oid),
                        };
                        Ok(Self { before: before.clone(), after: after.clone(), pull: number })
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

/// A repository with its members.
struct Repository<'f> {
    name: RepositoryName,
    members: Vec<&'f Member>,
}

impl<'f> Repository<'f> {
    /// It, as the reverting campaign sees it before it decides.
    fn taken_back(self, title: String, (changes, tree): Inverse, sight: &Sight) -> Surveyed<'f> {
        let (wanted, changes) = match changes {
            Ok(changes) if changes.is_empty() => (Wanted::Nothing, changes),
            Ok(changes) => (Wanted::Change(change_digest(&changes)), changes),
            Err(why) => (Wanted::Refused(why), ChangeSet::default()),
        };
        let computed = Computed { taken_back: title, ..Computed::default() };
        let parts = self.members.first().map(|member| (*member, computed));
        Surveyed {
            changes,
            parts: parts.into_iter().collect(),
            tree,
            held: sight.held.clone(),
            ..self.surveyed(wanted, sight.offer.clone(), Decision::nothing())
        }
    }

    fn surveyed(
        self,
        wanted: Wanted,
        offer: Result<Offer, ForgeError>,
        decision: Decision,
    ) -> Surveyed<'f> {
        let unseen = Surveyed::unseen(self.name, self.members);
        Surveyed { is_candidate: true, wanted, offer, decision, ..unseen }
    }
}

/// Shortens a title to leave room for the word in front of it.
fn titled(title: &str) -> String {
    const MOST: usize = 200;
    if title.chars().count() <= MOST {
        return title.to_owned();
    }
    title.chars().take(MOST).chain(['…']).collect()
}

/// The campaign's merged pull requests, newest first.
fn merged_pulls<'o>(offer: &'o Offer, campaign: &str) -> impl Iterator<Item = &'o PullSeen> {
    let pulls = offer.pulls.iter();
    pulls.filter(move |pull| pull.state == PullStanding::Merged && is_of_campaign(pull, campaign))
}
