//! `shipshape campaign close`: gives up the campaign's pull requests.

use clap::Args;

use super::each::{Candidate, Refusal, Verb, Verdict, Which};
use crate::campaign::close::{Why, close};
use crate::campaign::held::Held;
use crate::campaign::leftovers::Ending;
use crate::cli::shared::confirmed::confirmed;
use crate::cli::{Context, Exit, counted};
use crate::error::{Error, Result};

/// Close the campaign's open pull requests, with a reason.
///
/// Asks for confirmation, and deletes the branches too. A pull request that a person changed (its branch or its
/// base branch) stays open, with its branch, unless --edited is given. With --edited it is closed and its branch
/// is kept. Closed pull requests are marked *given up*; `apply` offers them again only with --reopen.
/// Repositories without a pull request yet are unaffected: the next `apply` still opens one.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape campaign close --because 'the runtime does it now'
  shipshape campaign close -m alpha --dry-run")]
pub(super) struct Arguments {
    #[command(flatten)]
    which: Which,

    /// The reason, added to each pull request.
    #[arg(long, value_name = "TEXT")]
    because: Option<String>,

    /// Also close pull requests whose branch or base branch a person changed.
    #[arg(long)]
    edited: bool,

    /// Do not ask for confirmation.
    #[arg(long, short = 'y')]
    yes: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let campaign = arguments.which.campaign(context)?;
    let judge = |candidate: &Candidate<'_>| match &candidate.sight.held {
        Held::Edited { why } if !arguments.edited => {
            Verdict::Refuse(Refusal::because(format!("{why}; --edited closes it all the same")))
        }
        Held::Foreign { why } => Verdict::Refuse(Refusal::because(format!("its branch {why}"))),
        _ => Verdict::Do(()),
    };
    let because = arguments.because.as_deref().map(|why| why.trim().trim_end_matches('.'));
    let because = because.filter(|why| !why.is_empty());
    let asks = |meant: usize| confirm(arguments, context, &campaign.says.name, (meant, because));
    let verb = Verb {
        name: "close",
        done: "closed",
        ending: Ending::Closed,
        said: "",
        windows: &[],
        still: None,
        asks: Some(&asks),
    };
    arguments.which.each(context, &campaign, verb, judge, &async |recorder, candidate, ()| {
        let Candidate { repository, offer, sight } = candidate;
        close(recorder, repository, offer, &sight.held, Why::GivenUp(because)).await
    })
}

/// Asks if somebody can answer.
fn confirm(
    arguments: &Arguments,
    context: &Context,
    campaign: &str,
    (meant, because): (usize, Option<&str>),
) -> Result<()> {
    if arguments.yes || meant == 0 {
        return Ok(());
    }
    let pulls = counted(meant, "pull request");
    if !context.terminal.can_ask() {
        let what =
            format!("{pulls} of `{campaign}` would be closed, and there is no terminal to ask on");
        return Err(Error::usage(what)
            .hint("give --yes if that is intended")
            .hint("or list them first: --dry-run"));
    }
    let why = because.map_or_else(|| ", without a reason".to_owned(), |why| format!(": {why}"));
    match confirmed(context, &format!("Close {pulls} of `{campaign}`{why}?"))? {
        true => Ok(()),
        false => Err(Error::usage("nothing was closed")
            .hint("answer yes, or give --yes; --dry-run lists them")),
    }
}
