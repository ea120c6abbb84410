//! `shipshape campaign merge`: what may be merged, merged.

use clap::Args;

use super::conditions::check_windows;
use super::each::{Candidate, Verb, Verdict, Which};
use crate::campaign::ended::Ending;
use crate::campaign::file::Method;
use crate::campaign::merge::{Leniency, merge, method};
use crate::cli::{Context, Exit};
use crate::error::Result;

/// Merge the campaign's pull requests that are approved and green.
///
/// Never a draft, never one that somebody changed or wants changed, never another commit than was looked at. What is not
/// merged is told with its reason; the others go on. Where the method that is wanted is not allowed, the next
/// allowed one is taken. Outside of the campaign's windows nothing is merged.
///
/// Exit codes: 0 when all are merged; 1 when some must not be; 3 when one could not be, or outside of a window.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape campaign merge --dry-run             what would be merged, and why the others not
  shipshape campaign merge -m alpha              only one
  shipshape campaign merge --without-approval    where nobody has to approve")]
pub(super) struct Arguments {
    #[command(flatten)]
    which: Which,

    /// How to merge, where the repository allows it.
    #[arg(long, value_enum, value_name = "METHOD")]
    method: Option<Method>,

    /// Also what nobody has approved.
    #[arg(long)]
    without_approval: bool,

    /// Also where there are no checks at all.
    #[arg(long)]
    without_checks: bool,

    /// Also where checks are red that are red on the base branch as well.
    #[arg(long)]
    red_on_base: bool,
}

/// It asks nobody: each pull request was approved already.
const VERB: Verb<'_> = Verb { name: "merge", done: "merged", ending: Ending::Merged, asks: None };

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let campaign = arguments.which.campaign(context)?;
    if !arguments.which.is_dry() {
        check_windows(&campaign.says.windows, context.clock.seconds())
            .map_err(|error| error.hint("run it again then"))?;
    }
    let leniency = Leniency {
        approval: arguments.without_approval,
        checks: arguments.without_checks,
        red_on_base: arguments.red_on_base,
    };
    let wanted = arguments.method.or(campaign.says.pull_request.auto_merge);
    let judge = |candidate: &Candidate<'_>| {
        let Candidate { offer, sight, .. } = candidate;
        let Some(pull) = offer.open_pull() else {
            return Verdict::Refuse("its pull request is gone".to_owned());
        };
        let checks = (wanted, &campaign.says.checks[..]);
        match method(pull, offer, &sight.held, checks, leniency) {
            Ok(method) => Verdict::Do(method),
            Err(why) => Verdict::Refuse(why),
        }
    };
    arguments.which.each(context, &campaign, VERB, judge, &async |desk, candidate, method| {
        merge(desk, &candidate.repository, candidate.offer, *method).await
    })
}
