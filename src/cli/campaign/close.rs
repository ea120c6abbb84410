//! `shipshape campaign close`: the campaign is given up, and its pull requests with it.

use clap::Args;

use super::each::{Candidate, Verb, Verdict, Which};
use crate::campaign::close::close;
use crate::campaign::ended::Ending;
use crate::campaign::standing::Held;
use crate::cli::{Context, Exit};
use crate::error::Result;

/// Close the campaign's open pull requests, with the reason.
///
/// Takes the branches away as well. What somebody pushed to is theirs and stays open, unless --edited says otherwise; then
/// its branch stays. `apply` offers the change again to whom it closed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape campaign close --because 'the runtime does it now'
  shipshape campaign close -m alpha --dry-run")]
pub(super) struct Arguments {
    #[command(flatten)]
    which: Which,

    /// Why, said in each pull request.
    #[arg(long, value_name = "TEXT", default_value = "it was given up")]
    because: String,

    /// Also those that somebody changed.
    #[arg(long)]
    edited: bool,
}

const VERB: Verb = Verb { name: "close", done: "closed", ending: Ending::Closed };

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let campaign = arguments.which.campaign(context)?;
    let judge = |candidate: &Candidate<'_>| match &candidate.sight.held {
        Held::Edited { by } if !arguments.edited => Verdict::Refuse(format!(
            "{by} changed its branch: say --edited to close it all the same"
        )),
        Held::Foreign { why } => Verdict::Refuse(format!("its branch {why}")),
        _ => Verdict::Do(()),
    };
    let because = arguments.because.trim().trim_end_matches('.');
    arguments.which.each(context, &campaign, VERB, judge, &async |desk, candidate, ()| {
        let Candidate { repository, offer, sight } = candidate;
        close(desk, repository, offer, &sight.held, because).await
    })
}
