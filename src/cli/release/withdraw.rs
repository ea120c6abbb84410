//! What is suggested about versions that members went back from: which to withdraw on the index, and how to take back
//! the members that still have one.

use crate::cli::Context;
use crate::cli::release::show::safe;
use crate::cli::shared::next::Step;
use crate::package::version;
use crate::release::chain::{Run, withdrawing};
use crate::release::later::Listed;
use crate::source::requirements::normalize;

/// The suggestions for the version of a run, and for those above the one to which members went back from it. `what` says
/// what members do, in a phrase without an object.
pub(super) fn steps(what: &str, run: &Run, context: &Context) -> Vec<Step> {
    now(what, run).into_iter().chain(remaining(run, context)).collect()
}

/// The suggestion to withdraw versions on the index; `None` if all are known to be withdrawn, or members have them.
fn now(what: &str, run: &Run) -> Option<Step> {
    let (to, bad) = (safe(&run.all_targets()?), safe(&run.to_withdraw.join(", ")));
    let yank = withdrawing(&bad);
    // Of several, members may have gone back past some, which none had.
    let from = if run.to_withdraw.len() > 1 { String::new() } else { format!(" from {bad}") };
    let step = format!("# {what}{from} to {to}: {yank}, unless that is done");
    (!bad.is_empty()).then(|| step.into())
}

/// The suggestion to withdraw versions that members left before others were released, unless these steps say so; `None` if
/// there is none. `runs` are all that are remembered, newest first.
pub(super) fn left_over(runs: &[Run], steps: &[Step]) -> Option<Step> {
    let run = runs.iter().find(|run| !run.to_withdraw.is_empty())?;
    let yank = withdrawing(&safe(&run.to_withdraw.join(", ")));
    let is_said = steps.iter().any(|step| step.what.contains(&yank));
    now("members went back", run).filter(|_| !is_said)
}

/// Leaves out the versions that the index was seen to have withdrawn, or not to have any more, whatever is recorded.
pub(super) fn without_gone(runs: &mut [Run], distribution: &str, listed: &Listed) {
    let is_there =
        |text: &String| version::read(text).is_ok_and(|version| !listed.is_gone(&version));
    let distribution = normalize(distribution);
    for run in runs.iter_mut().filter(|run| run.distribution == distribution) {
        run.to_withdraw.retain(is_there);
    }
}

/// Says it below what a run of a later version did, which proposes nothing about it.
pub(super) fn remind(context: &Context, runs: &[Run]) {
    if let Some(step) = left_over(runs, &[]) {
        context.terminal.note(step.what.trim_start_matches("# "));
    }
}

/// The suggestion to withdraw versions on the index once members were taken back; `None` if there is none to withdraw.
pub(super) fn at_the_end(run: &Run) -> Option<Step> {
    let bad = safe(&run.to_withdraw.join(", "));
    let step = format!("# {}: builds take the newest version that it offers", withdrawing(&bad));
    (!bad.is_empty()).then(|| step.into())
}

/// The suggestions to take back the members that still have a bad version.
pub(super) fn remaining(run: &Run, context: &Context) -> Vec<Step> {
    let steps = run.remaining.iter().map(|remaining| {
        let what = safe(&remaining.in_words());
        match remaining.goes_back() {
            Some(command) => Step::because(context.command(&safe(&command)), what),
            None => format!("# {what}").into(),
        }
    });
    steps.collect()
}
