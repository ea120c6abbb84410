//! Conditions for applying a plan: an approval by somebody else, windows, and that its campaign is as it was.

use std::collections::HashSet;
use std::path::Path;

use crate::campaign::approval::{Shown, approver, is_needed};
use crate::campaign::file::{Campaign, Window};
use crate::campaign::plan::{Item, Plan, Proposed};
use crate::campaign::windows;
use crate::cli::shared::decisions;
use crate::cli::shared::forge::Session;
use crate::cli::shared::next::{at_same_place, quoted};
use crate::cli::{Context, counted};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, RepositoryName};
use crate::forge::calls::pulls::PullStatus;
use crate::forge::{Client, Time};
use crate::snapshot::BlobId;

/// Where a plan is kept, and where it was approved.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kept<'a> {
    /// In a file, and approved in this pull request of the fleet's home repository, if any.
    In(&'a Path, Option<u64>),
    /// Nowhere; this command would write it to a file.
    Nowhere(&'a str),
}

/// The repository in which plans are approved.
pub(super) fn home(fleet: &Fleet) -> Option<RepositoryName> {
    let home = fleet.manifest.home.as_ref()?;
    RepositoryName::parse(&home.repository, &fleet.manifest.forge.owner)
}

/// The hint for a fleet without a home repository, which approvals need.
const NAME_HOME: &str =
    "name the fleet's home repository in fleet.yaml: `home: { repository: NAME }`";

/// Checks that a plan which this run made needs no approval: it has none.
pub(super) fn check_needs_no_approval(
    context: &Context,
    plan: &Plan,
    fleet: &Fleet,
    only: &str,
) -> Result<()> {
    let Some(why) = is_needed(plan, fleet.manifest.campaigns.approval) else { return Ok(()) };
    let command = format!("shipshape campaign plan {}{only}", quoted(&plan.file));
    Err(Error::failed(why).hint(format!(
        "make a plan, which shows where to have it approved: {}",
        at_same_place(context, &command)
    )))
}

/// Checks that somebody else approved the plan, if that is needed or claimed.
pub(super) fn check_approval(
    context: &Context,
    session: &Session,
    plan: &Plan,
    fleet: &Fleet,
    kept: Kept<'_>,
) -> Result<()> {
    let (file, number) = match kept {
        Kept::In(file, number) => (quoted(&file.display().to_string()), number),
        Kept::Nowhere(_) => ("PLAN".to_owned(), None),
    };
    let needed = is_needed(plan, fleet.manifest.campaigns.approval);
    let home = home(fleet);
    let (why, number) = match (needed, number) {
        (None, None) => return Ok(()),
        (Some(why), None) => {
            let place =
                home.as_ref().map_or("the fleet's home repository".to_owned(), ToString::to_string);
            let mut error = Error::failed(why);
            if let Kept::Nowhere(command) = kept {
                let command = at_same_place(context, command);
                error = error.hint(format!("keep the plan in a file: {command}"));
            }
            if home.is_none() {
                error = error.hint(NAME_HOME);
            }
            return Err(error
                .hint(format!(
                    "open a pull request with the plan file in {place}, and have it approved there"
                ))
                .hint(format!(
                    "then: {}",
                    at_same_place(
                        context,
                        &format!("shipshape campaign apply {file} --approved-in NUMBER")
                    )
                )));
        }
        (why, Some(number)) => (why.unwrap_or("the plan was said to be approved"), number),
    };
    let home = home.ok_or_else(|| {
        Error::usage("the fleet has no home repository, and plans are approved there")
            .in_file(&fleet.file)
            .hint(NAME_HOME)
    })?;
    let client = session.client();
    let (pull, files, reviews, viewer) = session.run(async {
        let before = client.pull(&home, number).await?;
        let files = client.pull_files(&home, number).await?;
        let reviews = client.reviews(&home, number).await?;
        // Files and reviews belong to the same commit only if nothing was pushed in between.
        let pull = client.pull(&home, number).await?;
        if pull.head.sha != before.head.sha {
            let moved = "it was pushed to while it was being read";
            return Err(Error::failed(format!(
                "cannot determine whether {home}#{number} is approved"
            ))
            .caused_by(moved)
            .hint("run it again"));
        }
        Ok::<_, Error>((pull, files, reviews, client.author().await?))
    })?;
    let text = plan.to_text()?;
    let shown = Shown {
        author: pull.user.as_ref().map(|user| user.login.as_str()),
        is_declined: pull.state != PullStatus::Open && pull.merged_at.is_none(),
        head: &pull.head.sha,
        files: &files,
        reviews: &reviews,
    };
    match approver(BlobId::of(text.as_bytes()), shown, (&plan.made_by, &viewer)) {
        Ok(who) => {
            context.terminal.note(&visible_line(&format!("{who} approved the plan in {home}#{number}")));
            Ok(())
        }
        Err(missing) => Err(Error::failed(why)
            .caused_by(format!("{home}#{number}: {missing}"))
            .hint("an approval counts if it is on the newest commit and its author did not make, offer or apply the plan")),
    }
}

/// A classic token that may not change workflow files, although a plan does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoWorkflows {
    /// How many pull requests of the plan change workflow files.
    pub(super) changing: usize,
    /// Whether the plan does nothing else.
    pub(super) is_all: bool,
}

impl NoWorkflows {
    /// What the token lacks for a plan, as far as the forge reveals it: it does so for classic tokens only.
    pub(super) fn of(session: &Session, plan: &Plan) -> Option<Self> {
        let changes = |item: &&Item| {
            item.action.writes_change()
                && item.change.as_ref().is_some_and(Proposed::touches_workflows)
        };
        let changing = plan.to_do().filter(changes).count();
        if changing == 0 {
            return None;
        }
        let scopes = session.run(session.client().scopes()).ok().flatten()?;
        // Tokens of apps may come with an empty list, which says nothing of what they may do.
        let is_lacking = !scopes.is_empty() && !scopes.iter().any(|scope| scope == "workflow");
        is_lacking.then(|| Self { changing, is_all: changing == plan.to_do().count() })
    }

    /// For a list of what applying a plan needs.
    pub(super) fn note(self) -> String {
        format!("with another token: {self}")
    }
}

impl std::fmt::Display for NoWorkflows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let pulls = counted(self.changing, "pull request");
        let verb = if self.changing == 1 { "needs" } else { "need" };
        write!(f, "yours lacks the scope `workflow`, which {pulls} with workflow files {verb}")
    }
}

/// Fails if every pull request of a plan would be refused, because the token lacks the scope for workflow files.
pub(super) fn check_workflows(session: &Session, plan: &Plan) -> Result<()> {
    match NoWorkflows::of(session, plan).filter(|lack| lack.is_all) {
        None => Ok(()),
        Some(_) => Err(Error::failed(
            "the token lacks the scope `workflow`, and every pull request of this plan changes workflow files",
        )
        .hint("`shipshape doctor` shows how to add the scope")),
    }
}

/// The windows of a campaign during one run. A run may start inside a window and still be running hours after it has
/// closed.
pub(super) struct Hours<'a> {
    windows: &'a [Window],
    /// The clock that the run's pauses use.
    time: &'a Time,
    /// When the run began, in seconds since 1970, and the clock's value then.
    began: (i64, f64),
}

impl<'a> Hours<'a> {
    /// The windows of a run that begins now.
    pub(super) fn of(windows: &'a [Window], context: &Context, client: &'a Client) -> Self {
        let time = client.time();
        Self { windows, time, began: (context.clock.again().seconds(), time.now()) }
    }

    /// Why nothing may be done now; `None` inside a window, or if there are none.
    pub(super) fn shut(&self) -> Option<String> {
        let why = opens_again(self.windows, self.now())?;
        Some(format!("outside the campaign's windows: {why}"))
    }

    /// [`Self::shut`] as an error.
    pub(super) fn check(&self) -> Result<()> {
        check_windows(self.windows, self.now())
    }

    fn now(&self) -> i64 {
        let (began, then) = self.began;
        began + (self.time.now() - then) as i64
    }
}

/// Fails if the campaign may not act now.
pub(super) fn check_windows(windows: &[Window], now: i64) -> Result<()> {
    opens_again(windows, now).map_or(Ok(()), |why| Err(Error::failed(format!("paused: {why}"))))
}

/// When the campaign may act again; `None` if it may act now.
fn opens_again(windows: &[Window], now: i64) -> Option<String> {
    let wait = usize::try_from(windows::opens_in(windows, now)).unwrap_or_default();
    let (hours, minutes) = (wait / 3600, wait % 3600 / 60);
    let (hours, minutes) = (counted(hours, "hour"), counted(minutes, "minute"));
    (wait > 0).then(|| format!("the campaign may act again in {hours} and {minutes}"))
}

/// The command that makes the plan again.
enum Again {
    Plan,
    Revert,
}

/// Checks that the campaign is unchanged since the plan was made: a limit that was added since must not be skipped, and what is
/// opened under a name that no file has, nobody would know afterwards. One that a command generated never had a file. `only`
/// limits the command that makes the plan again.
pub(super) fn check_unchanged(
    context: &Context,
    plan: &Plan,
    kept: &Path,
    only: &str,
) -> Result<()> {
    let named = Path::new(&plan.file);
    let beside = named.file_name().map(|name| kept.with_file_name(name));
    let is_of_it = |campaign: &Campaign| {
        [&campaign.says.name, &campaign.inverse().says.name].contains(&&plan.campaign)
    };
    let mut renamed = None;
    for file in [Some(named.to_owned()), beside].into_iter().flatten() {
        let mut again = Again::Plan;
        let why = match Campaign::load(&file) {
            Ok(campaign) if !is_of_it(&campaign) => {
                renamed = renamed.or(Some((file, campaign.says.name)));
                continue;
            }
            Ok(campaign) if campaign.digest == plan.file_digest => return Ok(()),
            Ok(campaign) => {
                if campaign.says.name != plan.campaign {
                    again = Again::Revert;
                }
                "the campaign, or a file that it includes, was changed since this plan was made"
            }
            Err(_) if !file.exists() => continue,
            Err(_) => "the campaign was changed since this plan was made, and cannot be read now",
        };
        let mut shown = format!("{}{only}", quoted(&file.display().to_string()));
        let verb = match again {
            Again::Plan => "plan",
            Again::Revert => {
                // Without `--plan`, the command would open the pull requests.
                shown.push_str(&format!(" --plan {}", quoted(&kept.display().to_string())));
                "revert"
            }
        };
        let command = at_same_place(context, &format!("shipshape campaign {verb} {shown}"));
        return Err(Error::usage(why)
            .in_file(&file)
            .hint(format!("plan again: {command}"))
            .hint(AS_PLANNED));
    }
    let Some((file, name)) = renamed else {
        return if plan.has_no_file { Ok(()) } else { Err(gone(named)) };
    };
    let of = &plan.campaign;
    let shown = format!("{}{only}", quoted(&file.display().to_string()));
    let command = at_same_place(context, &format!("shipshape campaign plan {shown}"));
    Err(Error::usage(visible_line(&format!(
        "this is a plan of `{of}`, but its file is of `{name}` now"
    )))
    .in_file(&file)
    .hint(visible_line(&format!("call the campaign `{of}` again, or plan `{name}`: {command}")))
    .hint(AS_PLANNED))
}

/// Why a plan is not applied whose campaign is neither where it was nor beside the plan: whether it was changed since cannot
/// be told, and what it opens would be of a campaign that no command can follow.
fn gone(file: &Path) -> Error {
    Error::usage("the campaign of this plan is not here any more, so whether it was changed since cannot be told")
        .in_file(file)
        .hint("bring the file back, or run it in the folder where it is")
        .hint(AS_PLANNED)
}

/// The hint for a plan whose campaign is not the same any more.
const AS_PLANNED: &str = "or apply it as it was planned: --as-planned";

/// Whether the fleet's owners accept something else than when the plan was made, or want another shape, if the campaign
/// depends on it.
pub(super) fn is_decided_anew(plan: &Plan, fleet: &Fleet) -> Result<bool> {
    let Some(known) = &plan.decisions_digest else { return Ok(false) };
    Ok(decisions::digest(fleet)? != *known)
}

/// Checks that the plan only concerns members of this fleet, since anybody can write a plan file.
pub(super) fn check_members(plan: &Plan, fleet: &Fleet) -> Result<()> {
    let members: HashSet<String> =
        fleet.members.iter().map(|member| member.repository.key()).collect();
    let is_member = |item: &Item| members.contains(&item.name().key());
    match plan.items.iter().find(|item| !is_member(item)) {
        None => Ok(()),
        Some(item) => Err(Error::usage(format!(
            "the plan is about `{}`, which is not a member of this fleet",
            visible_line(&item.repository)
        ))
        .in_file(&fleet.file)
        .hint("apply it with the fleet that it was made for (--fleet FILE), or plan again")),
    }
}
