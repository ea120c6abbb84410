//! The members that a command is limited to, and the options that limit a suggested command in the same way.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{List, is_stream, list, listed};
use crate::campaign::plan::Plan;
use crate::campaign::targets;
use crate::cli::Context;
use crate::cli::shared::fold::some;
use crate::cli::shared::next::quoted;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Member, RepositoryName, Selection};

/// Limits the members of a campaign.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Only {
    /// Only these members: slugs, aliases or repositories; `*` matches any text.
    #[arg(long = "member", short = 'm', value_name = "MEMBER")]
    pub(super) members: Vec<String>,

    /// Only the members listed in a file, one per line; `-` reads standard input.
    #[arg(long, short = 't', value_name = "FILE|-")]
    pub(super) targets: Option<PathBuf>,
}

impl Only {
    /// The selected members as one list; `None` if there is no limit.
    pub(super) fn list(&self, context: &Context, fleet: &Fleet) -> Result<Option<List>> {
        let list = self.targets.as_deref().map(list).transpose()?;
        if self.members.is_empty() {
            return Ok(list);
        }
        let mut members = Selection::parse(&self.members)?.of(fleet)?;
        if let Some((file, bytes)) = list {
            let listed = context.all(targets::read(&file, &bytes, fleet))?;
            members.retain(|member| listed.iter().any(|listed| std::ptr::eq(*listed, *member)));
            if members.is_empty() {
                let what = "the list and `--member` together select no members";
                return Err(Error::usage(what).in_file(file));
            }
        }
        Ok(Some(listed(members)))
    }

    /// The options as typed, each after a space, for a command that is suggested after this plan. A list that cannot be
    /// read again is replaced by the members in it.
    pub(super) fn typed(&self, plan: &Plan, fleet: &Fleet) -> String {
        if self.targets.as_deref().is_some_and(|file| file == Path::new("-") || is_stream(file)) {
            return of_plan(plan, fleet);
        }
        let members = self.members.iter().map(|member| format!(" -m {}", quoted(member)));
        let targets = self.targets.iter();
        let targets = targets.map(|file| format!(" -t {}", quoted(&file.display().to_string())));
        members.chain(targets).collect()
    }
}

/// A line for each repository in which other members are concerned as well: a pull request is merged, closed and reverted as
/// a whole. `what` it is about, such as `the pull request`; `is_meant` says which repositories have one.
pub(super) fn beside(
    fleet: &Fleet,
    named: &[&Member],
    what: &str,
    is_meant: impl Fn(&RepositoryName) -> bool,
) -> Vec<String> {
    let is_named = |member: &Member| named.iter().any(|it| std::ptr::eq(*it, member));
    let living = fleet.members.iter().filter(|member| member.retired.is_none());
    let line = |(repository, members): (&RepositoryName, Vec<&Member>)| {
        let (some_named, others): (Vec<&Member>, Vec<&Member>) =
            members.into_iter().partition(|member| is_named(member));
        let others: Vec<String> = others.iter().map(|member| fleet.called(member)).collect();
        let is_shared = !some_named.is_empty() && !others.is_empty();
        (is_shared && is_meant(repository)).then(|| {
            format!("worth knowing: {what} in {repository} is also about {}", some(&others))
        })
    };
    Fleet::by_repository(living).into_iter().filter_map(line).collect()
}

/// Refuses a plan that was limited to named members and is about none of them: what is suggested for it would not be limited.
pub(super) fn check_has_some(plan: &Plan, file: &Path) -> Result<()> {
    if !plan.is_limited || !plan.items.is_empty() {
        return Ok(());
    }
    let what = "none of the members that were named when this plan was made is in it";
    Err(Error::usage(what).in_file(file).hint(format!(
        "plan again, and name members that the campaign `{}` selects",
        plan.campaign
    )))
}

/// The options that limit a command to the members of a plan, each after a space; empty for a plan that was not limited
/// itself.
pub(super) fn of_plan(plan: &Plan, fleet: &Fleet) -> String {
    if !plan.is_limited {
        return String::new();
    }
    let repositories: BTreeSet<String> = plan.items.iter().map(|item| item.name().key()).collect();
    // Without a member the command would be unlimited; it refuses the name of a repository that has none.
    let itself = |repository: &String| format!(" -m {}", quoted(repository));
    naming(fleet, &repositories).unwrap_or_else(|| repositories.iter().map(itself).collect())
}

/// Options that name the members of these repositories, given by key, each after a space; `None` if they have none, as no
/// option would mean every member. All members of a repository are named: the change of one alone may be another one.
pub(super) fn naming(fleet: &Fleet, repositories: &BTreeSet<String>) -> Option<String> {
    let is_meant = |member: &&Member| repositories.contains(&member.repository.key());
    let members = fleet.members.iter().filter(is_meant);
    let named: String =
        members.map(|member| format!(" -m {}", quoted(&fleet.called(member)))).collect();
    (!named.is_empty()).then_some(named)
}

/// The command that offers again what was closed, for the members of `only`: of the revert of a campaign, or of its change.
/// Where a plan has to be approved first, `apply` plans nothing, so the command plans.
pub(super) fn offered_again(
    file: &str,
    only: &str,
    is_reverted: bool,
    needs_approval: bool,
) -> String {
    let command = match (is_reverted, needs_approval) {
        (true, false) => format!("revert {file} --reopen{only}"),
        (true, true) => format!("revert {file} --reopen{only} --plan revert.plan.json"),
        (false, false) => format!("apply {file} --reopen{only}"),
        (false, true) => format!("plan {file} --reopen{only}"),
    };
    format!("shipshape campaign {command}")
}
