//! Whether a plan is to be carried out, asked where somebody can answer.

use super::apply::{How, Means};
use super::conditions::Kept;
use crate::campaign::plan::Plan;
use crate::cli::shared::confirmed::confirmed;
use crate::cli::shared::next::quoted;
use crate::cli::{Context, counted};
use crate::error::{Error, Result};

/// Asks, where somebody can answer.
pub(super) fn confirm(
    how: &How,
    context: &Context,
    (plan, is_rest): (&Plan, bool),
    means: &Means<'_>,
) -> Result<()> {
    if how.yes || plan.to_do().next().is_none() {
        return Ok(());
    }
    let everything = plan.terms.selects_everything;
    if !context.terminal.can_ask() {
        if everything {
            let what = "the campaign selects every member of the fleet, and nobody can be asked";
            return Err(
                Error::usage(what).hint("say --yes when that is meant, or narrow `select` down")
            );
        }
        if means.is_fresh {
            let what = "nobody has seen this plan, and nobody can be asked";
            let mut error = Error::usage(what).hint("say --yes when it is to be done unseen");
            if let Kept::In(file, _) = means.kept {
                let file = quoted(&file.display().to_string());
                error = error.hint(format!(
                    "or look at it, and apply what was shown: shipshape campaign apply {file}"
                ));
            }
            return Err(error);
        }
        return Ok(());
    }
    if confirmed(context, &question(plan, is_rest))? {
        context.terminal.note("");
        return Ok(());
    }
    Err(Error::usage("nothing was done").hint("say yes, or --yes"))
}

/// What is asked: how many, whether that is everybody, and how many of them only in later waves.
fn question(plan: &Plan, is_rest: bool) -> String {
    let todo = plan.to_do().count();
    let what = counted(todo, "repository");
    let is_all = plan.terms.selects_everything && !is_rest;
    let all = if is_all { ", every member of the fleet," } else { "" };
    let waves: Vec<u32> = plan.to_do().filter(|item| item.offers()).map(|item| item.wave).collect();
    let first = waves.iter().copied().min().unwrap_or(1);
    let in_waves = match waves.iter().filter(|wave| **wave > first).count() {
        0 => String::new(),
        later => {
            let begin = waves.len() - later;
            format!(": {begin} in wave {first}, {later} in later waves")
        }
    };
    format!("Change {what}{all} on {}{in_waves}?", plan.forge)
}
