//! Asks whether to carry out a plan, if somebody can answer.

use super::apply::{How, Means};
use super::conditions::Kept;
use crate::campaign::plan::Plan;
use crate::cli::shared::confirmed::confirmed;
use crate::cli::shared::next::{at_same_place, quoted};
use crate::cli::{Context, counted};
use crate::error::{Error, Result};

/// What the question is about.
#[derive(Clone, Copy)]
pub(super) enum Asked<'p> {
    /// The whole plan.
    Whole(&'p Plan),
    /// The rest of a plan that an earlier run has started.
    Rest(&'p Plan),
}

/// Asks if somebody can answer.
pub(super) fn confirm(
    how: &How,
    context: &Context,
    asked: Asked<'_>,
    means: &Means<'_>,
) -> Result<()> {
    let (Asked::Whole(plan) | Asked::Rest(plan)) = asked;
    if how.yes || plan.to_do().next().is_none() {
        return Ok(());
    }
    let everything = is_of_everything(plan);
    if !context.terminal.can_ask() {
        if everything {
            let what = "the campaign selects every member of the fleet, and there is no terminal to ask on";
            return Err(
                Error::usage(what).hint("give --yes if that is intended, or narrow `select`")
            );
        }
        if means.is_fresh {
            let what = "this plan has not been reviewed, and there is no terminal to ask on";
            let mut error = Error::usage(what).hint("give --yes to apply it without a review");
            if let Kept::In(file, _) = means.kept {
                let (campaign, file) = (quoted(&plan.file), quoted(&file.display().to_string()));
                let only = &means.only;
                let here = |command: String| at_same_place(context, &command);
                error = error
                    .hint(format!(
                        "or make a plan to review: {}",
                        here(format!("shipshape campaign plan {campaign}{only}"))
                    ))
                    .hint(format!(
                        "then apply what it shows: {}",
                        here(format!("shipshape campaign apply {file}"))
                    ));
            }
            return Err(error);
        }
        return Ok(());
    }
    if confirmed(context, &question(asked))? {
        context.terminal.note("");
        return Ok(());
    }
    Err(Error::usage("nothing was done").hint("answer yes, or give --yes"))
}

/// Whether the plan is about every member of the fleet: those of one that is limited to some were named.
fn is_of_everything(plan: &Plan) -> bool {
    plan.terms.selects_everything && !plan.is_limited
}

/// The question: how many repositories change, whether the campaign selects all members, and how many change in later
/// waves.
fn question(asked: Asked<'_>) -> String {
    let (Asked::Whole(plan) | Asked::Rest(plan)) = asked;
    let (todo, meant) = (plan.to_do().count(), plan.items.len());
    let what = match asked {
        Asked::Whole(_) if is_of_everything(plan) && todo == meant => {
            format!("{}, every member of the fleet,", counted(todo, "repository"))
        }
        // The other repositories are selected as well, but need nothing.
        Asked::Whole(_) if is_of_everything(plan) => {
            format!("{todo} of the fleet's {}", counted(meant, "repository"))
        }
        Asked::Whole(_) | Asked::Rest(_) => counted(todo, "repository"),
    };
    let waves: Vec<u32> = plan.to_do().filter(|item| item.offers()).map(|item| item.wave).collect();
    let first = waves.iter().copied().min().unwrap_or(1);
    let in_waves = match waves.iter().filter(|wave| **wave > first).count() {
        0 => String::new(),
        later => {
            let begin = waves.len() - later;
            format!(": {begin} in wave {first}, {later} in later waves")
        }
    };
    format!("Change {what} on {}{in_waves}?", plan.forge)
}
