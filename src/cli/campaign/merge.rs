//! `shipshape campaign merge`: merges what may be merged.

use std::collections::BTreeSet;

use clap::{Args, ValueEnum as _};

use super::conditions::check_windows;
use super::each::{Candidate, Refusal, Still, Verb, Verdict, Which};
use super::still_wanted::{Asker, no_longer_wanted};
use crate::campaign::file::Method;
use crate::campaign::leftovers::Ending;
use crate::campaign::merge::{Lenience, merge, method};
use crate::cli::shared::forge::Session;
use crate::cli::{Context, Exit};
use crate::error::Result;
use crate::fleet::{Fleet, RepositoryName};

/// Merge the campaign's pull requests that are approved and green.
///
/// Drafts, pull requests that a person changed or requested changes on, and commits other than those that were checked are
/// never merged, and neither are pull requests of repositories that the campaign no longer selects (because of a waiver, for
/// example) or whose merge would not give what the campaign wants today. Each one that is not merged is listed with its
/// reason; the others go on. Where a repository does not allow the wanted method, the next allowed one is used. Nothing is
/// merged outside of the campaign's windows.
///
/// Exit codes: 0 when all were merged; 1 when some must not be merged; 3 when a merge failed, when checks cannot be read, or
/// outside of a window.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape campaign merge --dry-run             show what would be merged, and why the others would not
  shipshape campaign merge -m alpha              merge only this member's pull request
  shipshape campaign merge --without-approval    merge without an approval")]
pub(super) struct Arguments {
    #[command(flatten)]
    which: Which,

    /// The merge method, where the repository allows it.
    #[arg(long, value_enum, value_name = "METHOD")]
    method: Option<Method>,

    /// Also merge pull requests without an approval.
    #[arg(long)]
    without_approval: bool,

    /// Also merge pull requests on which no check ran.
    #[arg(long)]
    without_checks: bool,

    /// Also merge pull requests whose failing checks also fail on the base branch.
    #[arg(long)]
    red_on_base: bool,

    /// Also merge pull requests whose repository the campaign no longer selects, or whose merge would not give what it wants
    /// today.
    #[arg(long)]
    unselected: bool,

    /// Accepted as by `apply` and `close`, and changes nothing: `merge` does not ask for confirmation.
    #[arg(long, short = 'y')]
    yes: bool,
}

impl Arguments {
    /// The options for how to merge, as typed.
    fn said(&self) -> String {
        let method = self.method.and_then(|method| method.to_possible_value());
        let method = method.map(|method| format!(" --method {}", method.get_name()));
        let leniences = self.leniences();
        let options = leniences.iter().map(|lenience| lenience.option());
        let options = options.chain(self.unselected.then_some("--unselected"));
        method.into_iter().chain(options.map(|option| format!(" {option}"))).collect()
    }

    /// What it may do without.
    fn leniences(&self) -> BTreeSet<Lenience> {
        let given = [
            (self.without_approval, Lenience::Approval),
            (self.without_checks, Lenience::Checks),
            (self.red_on_base, Lenience::RedOnBase),
        ];
        given.into_iter().filter(|(is_given, _)| *is_given).map(|(_, lenience)| lenience).collect()
    }
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let campaign = arguments.which.campaign(context)?;
    if !arguments.which.is_dry() {
        check_windows(&campaign.says.windows, context.clock.seconds())
            .map_err(|error| error.hint("run it again then"))?;
    }
    let leniences = arguments.leniences();
    let wanted = arguments.method.or(campaign.says.pull_request.auto_merge);
    let judge = |candidate: &Candidate<'_>| {
        let Candidate { offer, sight, .. } = candidate;
        let Some(pull) = offer.open_pull() else {
            return Verdict::Refuse(Refusal::because("its pull request is gone"));
        };
        let checks = (wanted, &campaign.says.checks[..]);
        match method(pull, offer, &sight.held, checks, &leniences) {
            Ok(method) => Verdict::Do(method),
            Err(refused) => Verdict::Refuse(Refusal {
                unless: refused.unless,
                is_unknown: refused.is_unknown,
                ..Refusal::because(refused.to_string())
            }),
        }
    };
    // A revert concerns what was merged, whatever is selected today.
    let asks_still = !arguments.unselected && !arguments.which.is_reverted();
    let still = |session: &Session, fleet: &Fleet, open: &[(&RepositoryName, Candidate<'_>)]| {
        no_longer_wanted(context, session, (&campaign, fleet, Asker::Merge), open)
    };
    // No confirmation is asked: each pull request was approved already.
    let verb = Verb {
        name: "merge",
        done: "merged",
        ending: Ending::Merged,
        said: &arguments.said(),
        windows: &campaign.says.windows,
        still: asks_still.then_some(&still as &Still<'_>),
        asks: None,
    };
    arguments.which.each(context, &campaign, verb, judge, &async |recorder, candidate, method| {
        merge(recorder, &candidate.repository, candidate.offer, *method).await
    })
}
