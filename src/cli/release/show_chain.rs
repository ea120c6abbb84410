//! The chain of a release for people.

use std::path::Path;

use pep440_rs::Version;

use super::{consumers, run_of_another, show_cascade, withdraw};
use crate::cli::Context;
use crate::cli::release::show::safe;
use crate::cli::shared::columns;
use crate::cli::shared::given::Given;
use crate::cli::shared::next::{Step, quoted};
use crate::release::Stage;
use crate::release::chain::{Hindrance, Returned, Row, Run, State};
use crate::release::consumers::{Row as Consumer, State as ConsumerState};

/// Why the next version is proposed where the index has other files of the names of this one.
pub(super) const OF_THE_NEXT: &str = "releases the next version: the index never replaces a file";

/// A table of the stages, and one of the consumers if they were asked.
pub(super) fn human(run: &Run, columns: Option<usize>) -> String {
    let commit = run.commit.as_deref().map(|commit| commit.get(..12).unwrap_or(commit));
    let head = match (&run.version, commit) {
        (Some(version), Some(commit)) => format!("{} {version}, {commit}", run.distribution),
        (Some(version), None) => format!("{} {version}", run.distribution),
        (None, _) => format!("{}: nothing to release", run.distribution),
    };
    let head = match &run.at_it {
        Some(process) => format!("{head}, is running: {process}"),
        None => head,
    };
    let heads = ["STAGE", "STATE", "WHEN", "WHAT"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    // Of a version that was published by other means, only that members went back from it is on record.
    let is_only_left = run.tag.is_none() && run.went_back.is_some();
    let is_shown = |row: &&Row| !is_only_left || row.at.is_some();
    rows.extend(run.stages.iter().filter(is_shown).map(line));
    let mut text = format!("{}\n\n{}", safe(&head), columns::fitted(&rows, columns));
    if !run.consumers.is_empty() {
        text.push('\n');
        text.push_str(&consumers::table(&run.consumers, columns));
    }
    text
}

fn line(row: &Row) -> Vec<String> {
    vec![
        row.stage.as_str().to_owned(),
        row.state.as_str().to_owned(),
        safe(row.at.as_deref().unwrap_or_default()),
        safe(&row.what),
    ]
}

/// What is proposed of a recorded run, to people and to programs.
#[derive(Clone, Copy)]
pub(super) enum Proposal<'a> {
    /// What its stages propose.
    Continue,
    /// Only to publish it: members are notified of this newer version.
    PublishOnly(&'a Version),
    /// Nothing: it is published, and a newer version is, too.
    Nothing,
}

/// The suggested commands of a recorded run.
pub(super) fn proposed(
    run: &Run,
    proposal: Proposal<'_>,
    context: &Context,
    state: Option<&Path>,
) -> Vec<Step> {
    match proposal {
        Proposal::Continue => next(run, context, state),
        Proposal::PublishOnly(newer) => {
            publishes_only(run, newer, context, state).into_iter().collect()
        }
        Proposal::Nothing => Vec::new(),
    }
}

/// A recorded run with the commands of [`proposed`] at its stages.
pub(super) fn proposed_for_programs(
    run: Run,
    proposal: Proposal<'_>,
    context: &Context,
    state: Option<&Path>,
) -> Run {
    if let Proposal::Continue = proposal
        && run.at_it.is_none()
    {
        return for_programs(run, context);
    }
    let step = proposed(&run, proposal, context, state).into_iter().next();
    let is_open = |row: &Row| row.stage == Stage::Wait || row.state == State::Failed;
    let at = run.stages.iter().find(|row| is_open(row)).map(|row| row.stage);
    let stages = run.stages.iter().map(|row| Row {
        next: step.as_ref().filter(|_| at == Some(row.stage)).map(|step| step.what.clone()),
        also: Vec::new(),
        ..row.clone()
    });
    Run { stages: stages.collect(), ..run }
}

/// The run with commands that can be executed here, like those of [`next`]: with the fleet that this one was given. A
/// version that members went back from is not continued.
pub(super) fn for_programs(run: Run, context: &Context) -> Run {
    // Members are notified of the version that has superseded this one.
    let is_superseded = run.superseded.is_some();
    let (is_back, is_going_back) = (run.went_back.is_some(), run.is_going_back);
    let (thaws, refreshes) = ("shipshape release thaw", "shipshape images refresh");
    let is_refreshed = is_behind_what_others_have(&run);
    let is_said = |command: &String| {
        let is_useful =
            command.starts_with(thaws) || (is_refreshed && command.starts_with(refreshes));
        !is_back || (!is_going_back && is_useful)
    };
    let here = |row: Row| match is_superseded && row.stage >= Stage::Cascade {
        true => Row { next: None, also: Vec::new(), ..row },
        false => Row {
            next: row.next.filter(is_said).map(|next| context.command(&next)),
            also: row.also.iter().filter(|it| is_said(it)).map(|it| context.command(it)).collect(),
            ..row
        },
    };
    Run { stages: run.stages.into_iter().map(here).collect(), ..run }
}

/// The suggested commands, each once, as they can be executed here: with the options that the run was given. There are
/// none while a process is running it.
pub(super) fn next(run: &Run, context: &Context, state: Option<&Path>) -> Vec<Step> {
    if run.at_it.is_some() {
        return Vec::new();
    }
    let given = context.given.before(&run.options);
    let mut commands: Vec<(String, Option<&Row>)> = Vec::new();
    for row in run.stages.iter().filter(|row| row.state != State::Done) {
        for next in row.next.iter().chain(&row.also).map(|next| safe(next)) {
            if !commands.iter().any(|(command, _)| *command == next) {
                commands.push((next, Some(row)));
            }
        }
    }
    if run.went_back.is_some() {
        return match run.is_going_back {
            true => withdraw::steps("members are being taken back", run, context),
            false => instead(context, run, &commands, &given),
        };
    }
    if run.is_withdrawn && goes_no_further(run, &mut commands) {
        return vec![of_the_next(context, &given)];
    }
    if let (Some(version), true) = (&run.version, commands.is_empty()) {
        // The same run would end where it did, unless images of others were not looked at yet.
        let is_taken_back = run.stages.iter().any(Row::is_taken_back);
        let is_refused = run.stages.iter().any(Row::is_behind_members);
        let is_helped =
            |row: &Row| is_to_come(row) && (!is_taken_back || row.stage == Stage::Images);
        if !is_refused && run.stages.iter().any(is_helped) {
            let command = match run.tag {
                Some(_) => format!("shipshape release run --version {}", safe(version)),
                None => "shipshape release run".to_owned(),
            };
            commands.push((given.carried_to(&command), None));
        }
    }
    // A look fixes nothing: the same run has to continue afterwards.
    let is_look = |(command, _): &(String, _)| command.starts_with("shipshape drift");
    let goes_on = match (&run.version, commands.iter().any(is_look)) {
        (Some(version), true) => {
            Some(given.carried_to(&format!("shipshape release run --version {version}")))
        }
        _ => None,
    };
    let goes_on = goes_on.filter(|goes_on| commands.iter().all(|(known, _)| known != goes_on));
    let here = |(command, row): &(String, Option<&Row>)| {
        // These two record in the same file.
        let remembers = ["shipshape release run", "shipshape release cascade"];
        let is_said = command.contains(" --state ");
        let state =
            state.filter(|_| !is_said && remembers.iter().any(|it| command.starts_with(it)));
        let state = state.map(|file| format!(" --state {}", quoted(&file.to_string_lossy())));
        let command = context.command(command) + &state.unwrap_or_default();
        let is_thaw = command.starts_with("shipshape release thaw");
        // Without a version, the command is for the next one, because this one cannot continue.
        let is_of_the_next =
            command.starts_with("shipshape release run") && !command.contains(" --version ");
        match row {
            Some(_) if is_thaw => Step::because(command, "when the reason of the freeze is gone"),
            // Without the token, this command skips all members.
            Some(row)
                if (row.stage, row.state) == (Stage::Cascade, State::Skipped)
                    || command.starts_with("shipshape release cascade")
                        && !super::cascade::has_token(context) =>
            {
                Step::because(command, format!("with {} set", super::cascade::TOKEN))
            }
            Some(row) if is_of_the_next && row.is_taken() => Step::because(command, OF_THE_NEXT),
            Some(row) if is_of_the_next && row.state == State::Failed => {
                Step::because(command, "once a fix is merged: it is released as the next version")
            }
            // Nothing is known to break.
            Some(row)
                if (row.stage, row.state) == (Stage::Compat, State::Failed)
                    && row.hindrance == Some(Hindrance::Undecided) =>
            {
                let why = "when every template can be checked: `shipshape doctor` shows which of them the token cannot read";
                Step::because(command, why)
            }
            Some(row) if (row.stage, row.state) == (Stage::Compat, State::Failed) => {
                Step::because(command, "when the templates that it breaks are fixed")
            }
            Some(row)
                if (row.stage, row.state) == (Stage::Cascade, State::Failed)
                    && command.starts_with("shipshape release run")
                    && row.hindrance == Some(Hindrance::OutOfReach) =>
            {
                Step::because(command, "when the members that cannot be notified can be")
            }
            Some(row) if row.stage == Stage::Consumers && command.ends_with(" --trust") => {
                Step::because(command, "runs the commands that fleet.yaml names for consumers")
            }
            _ => command.into(),
        }
    };
    if let (Some(version), Some(later)) = (&run.version, &run.superseded) {
        let step = here(&(run_of_another(&given, Some(&safe(later))), None));
        let why = format!("{} is published and supersedes {}", safe(later), safe(version));
        return vec![Step::because(step.what, why)];
    }
    let of_bad = if_bad(run, context, &commands);
    let mut steps: Vec<Step> = commands.iter().map(&here).chain(of_bad).collect();
    let goes_on = goes_on.map(|command| here(&(command, None)));
    steps.extend(goes_on.map(|step| Step::because(step.what, show_cascade::HEARS)));
    steps
}

/// What else there is to do about a freeze that holds a version which members may have: it may be there because of that
/// version. Which one they had before is not on record.
fn if_bad(run: &Run, context: &Context, commands: &[(String, Option<&Row>)]) -> Option<Step> {
    let is_it = |(command, row): &(String, Option<&Row>)| {
        let may_be_there = row.is_some_and(|row| row.stage >= Stage::Cascade);
        may_be_there && command.starts_with("shipshape release thaw")
    };
    let version = safe(run.version.as_deref()?);
    let back = context.command("release back VERSION");
    let what = format!("# if {version} itself is bad, members go back to an earlier one: {back}");
    commands.iter().any(is_it).then(|| Step::from(what))
}

/// Whether a row waits that was not reached.
fn is_to_come(row: &Row) -> bool {
    row.state == State::Waiting && row.at.is_none()
}

/// Removes the commands that continue a withdrawn version. Whether it is not finished, and no other command is left.
fn goes_no_further(run: &Run, commands: &mut Vec<(String, Option<&Row>)>) -> bool {
    let version = run.version.as_deref().unwrap_or_default();
    let continues = |(command, _): &(String, Option<&Row>)| {
        let of = |name: &str| command.starts_with(&format!("shipshape release {name}{version}"));
        of("run --version ") || of("cascade ")
    };
    let is_open = run.stages.iter().any(is_to_come) || commands.iter().any(continues);
    commands.retain(|command| !continues(command));
    is_open && commands.is_empty()
}

/// The command that publishes a version of an older line, unless that is done, the index never accepts it, or a process is at
/// it. Members are notified of the newer version.
fn publishes_only(
    run: &Run,
    newer: &Version,
    context: &Context,
    state: Option<&Path>,
) -> Option<Step> {
    let is_served = |row: &Row| row.stage == Stage::Wait && row.state == State::Done;
    let is_over = |row: &Row| is_served(row) || row.is_taken() || row.is_deleted();
    if run.at_it.is_some() || run.went_back.is_some() || run.stages.iter().any(is_over) {
        return None;
    }
    let version = safe(run.version.as_deref()?);
    let state = state.map(|file| format!(" --state {}", quoted(&file.to_string_lossy())));
    let command = format!(
        "shipshape release run --version {version} --until wait{}",
        state.unwrap_or_default()
    );
    let command = context.command(&context.given.before(&run.options).carried_to(&command));
    let why = format!("publishes {version}, and notifies no member, since {newer} is newer");
    Some(Step::because(command, why))
}

/// Whether some members keep the version, and a consumer is behind it that does not run what others went back to.
fn is_behind_what_others_have(run: &Run) -> bool {
    let is_behind = |consumer: &Consumer| {
        let is_place = |to: &String| consumer.version.as_ref() == Some(to);
        consumer.state == ConsumerState::Behind && !run.repositories_back.values().any(is_place)
    };
    !run.is_over() && run.consumers.iter().any(is_behind)
}

/// The suggestions if members went back from a version: it is not continued, and the next one is released. Where only some
/// members were taken to an earlier version on purpose, the others keep it.
fn instead(
    context: &Context,
    run: &Run,
    commands: &[(String, Option<&Row>)],
    given: &Given,
) -> Vec<Step> {
    // Going back froze releases; no server was asked whether they still are.
    let is_thaw = |(command, _): &&(String, _)| command.starts_with("shipshape release thaw");
    let thaw = commands.iter().find(is_thaw).map(|(command, _)| command.as_str());
    let thaw = Step::because(
        context.command(thaw.unwrap_or("shipshape release thaw")),
        "if releases are still frozen, and the reason is gone",
    );
    let withdrawing = withdraw::steps("members went back", run, context);
    let version = run.version.as_deref().map(safe).unwrap_or_default();
    let to = run.all_targets().map(|to| safe(&to)).unwrap_or_default();
    if !run.is_over() {
        let again = format!("shipshape release cascade {version} --runtime MEMBER --force");
        let again = context.command(&again);
        let chosen = run.returned.as_ref().and_then(Returned::all_chosen);
        let to = chosen.map_or(to, |chosen| safe(&chosen));
        let forward = Step::from(format!(
            "# some members are at {to} on purpose; to take one forward again: {again}"
        ));
        let is_refresh = |(command, _): &&(String, _)| {
            is_behind_what_others_have(run) && command.starts_with("shipshape images refresh")
        };
        let refresh = commands.iter().find(is_refresh);
        let refresh = refresh.map(|(command, _)| Step::from(context.command(command)));
        return withdrawing.into_iter().chain([forward]).chain(refresh).collect();
    }
    let past = (!run.is_given_up).then(|| {
        let what = "and none of them was seen to have it";
        Step::from(format!("# members went back from {version} to {to}, {what}"))
    });
    withdrawing.into_iter().chain(past).chain([thaw, of_the_next(context, given)]).collect()
}

/// The suggestion to release the next version instead of one that is over.
fn of_the_next(context: &Context, given: &Given) -> Step {
    let run = context.command(&run_of_another(given, None));
    Step::because(run, "once a fix is merged: it is released as the next version")
}
