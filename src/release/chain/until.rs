//! The last stage that a run was asked for. A command that continues the run repeats it until the stage is reached: to go on
//! beyond that, up to members, is for whoever runs it to decide. Pure.

use super::record::Record;
use super::row::{Row, State};
use crate::release::Stage;

/// The option, as it is typed.
const UNTIL: &str = "--until";

/// The option that names the last stage; `None` for the one where every run ends.
#[must_use]
pub fn option(until: Stage) -> Option<String> {
    (until != Stage::Consumers).then(|| format!("{UNTIL} {until}"))
}

/// Options with the last stage of the run at hand, in place of that of an earlier one.
#[must_use]
pub fn with(mut options: Vec<String>, until: Stage) -> Vec<String> {
    options.retain(|it| !is_it(it));
    options.extend(option(until));
    options
}

/// Whether an option is the one that names the last stage.
fn is_it(option: &str) -> bool {
    option.split(' ').next() == Some(UNTIL)
}

/// The stage that an option names as the last one; `None` if it names none.
fn named(option: &str) -> Option<Stage> {
    let name = option.strip_prefix(UNTIL)?.trim();
    Stage::ALL.into_iter().find(|stage| stage.as_str() == name)
}

/// Whether a record has come to the stage that an option names; `None` if it names none. What an earlier run has done of it
/// does not count while a stage on the way there has failed, or is under way, since then.
pub(super) fn is_reached(option: &str, record: &Record) -> Option<bool> {
    let until = named(option)?;
    let is_open =
        |row: &Row| row.state == State::Failed || (row.state == State::Waiting && row.at.is_some());
    let mut before = Stage::ALL.into_iter().filter(|stage| *stage <= until);
    if before.any(|stage| record.row(stage).is_some_and(is_open)) {
        return Some(false);
    }
    let is_skipped = record.row(until).is_some_and(|row| row.state == State::Skipped);
    // Without its token, the stage of members is skipped, and images with it: that is still to come.
    let is_wanted = until >= Stage::Cascade && !record.is_settled(Stage::Cascade);
    Some(record.is_settled(until) || (is_skipped && !is_wanted))
}

/// A command of a stage that continues a version, with the last stage that these options name, and no other. One of a later
/// stage goes on beyond that.
pub(super) fn of_command(
    command: &str,
    (version, stage): (&str, Stage),
    options: &[String],
) -> String {
    let continues = format!("shipshape release run --version {version}");
    let rest = command.strip_prefix(&continues);
    if rest.is_none_or(|rest| !rest.is_empty() && !rest.starts_with(' ')) {
        return command.to_owned();
    }
    let mut words: Vec<&str> = command.split(' ').collect();
    if let Some(at) = words.iter().position(|word| *word == UNTIL) {
        words.drain(at..words.len().min(at + 2));
    }
    let reaches = |option: &&String| named(option).is_some_and(|until| stage <= until);
    words.extend(options.iter().filter(reaches).map(String::as_str));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(rows: &[(Stage, State)]) -> Record {
        let mut record = Record::default();
        rows.iter().for_each(|(stage, state)| record.set(Row::new(*stage, *state, "")));
        record
    }

    #[test]
    fn a_stage_is_reached_once_it_is_done_or_there_is_nothing_to_do_in_it() {
        let reached = |rows: &[(Stage, State)], until: &str| {
            is_reached(&format!("--until {until}"), &record(rows))
        };
        let sent = [(Stage::Publish, State::Done), (Stage::Wait, State::Failed)];
        assert_eq!(reached(&sent, "publish"), Some(true));
        assert_eq!(reached(&sent, "wait"), Some(false));
        assert_eq!(reached(&sent, "mirror"), Some(false), "not there yet");
        assert_eq!(reached(&[(Stage::Mirror, State::Skipped)], "mirror"), Some(true));
        assert_eq!(reached(&[(Stage::Compat, State::Unchecked)], "compat"), Some(true));
        let untold = [(Stage::Cascade, State::Skipped), (Stage::Images, State::Skipped)];
        assert_eq!(reached(&untold, "cascade"), Some(false));
        assert_eq!(reached(&untold, "images"), Some(false));
        let told = [(Stage::Cascade, State::Done), (Stage::Images, State::Skipped)];
        assert_eq!(reached(&told, "images"), Some(true));
        // It was mirrored before, and this run came no further than to wait again, or to plan.
        let again = [(Stage::Mirror, State::Done), (Stage::Wait, State::Failed)];
        assert_eq!(reached(&again, "mirror"), Some(false));
        let again = [(Stage::Wait, State::Done), (Stage::Plan, State::Failed)];
        assert_eq!(reached(&again, "wait"), Some(false));
        assert_eq!(is_reached("--wait 1", &record(&sent)), None);
        assert_eq!(reached(&sent, "elsewhere"), None);
    }

    #[test]
    fn the_last_stage_is_that_of_the_run_at_hand() {
        let before = vec!["--no-deps".to_owned(), "--until wait".to_owned()];
        assert_eq!(with(before.clone(), Stage::Tag), ["--no-deps", "--until tag"]);
        assert_eq!(with(before, Stage::Consumers), ["--no-deps"]);
    }

    #[test]
    fn the_command_that_continues_a_version_names_the_stage_once_and_others_do_not() {
        let until = ["--wait 1".to_owned(), "--until wait".to_owned()];
        let run = "shipshape release run --version 0.1.6";
        let of = |command: &str| of_command(command, ("0.1.6", Stage::Publish), &until);
        assert_eq!(of(run), format!("{run} --until wait"));
        assert_eq!(
            of(&format!("{run} --until tag --wait 1")),
            format!("{run} --wait 1 --until wait")
        );
        for other in [
            "shipshape release run --version 0.1.60",
            "shipshape release run --no-deps",
            "shipshape release thaw",
        ] {
            assert_eq!(of(other), other);
        }
        let about = ("0.1.6", Stage::Publish);
        assert_eq!(of_command(&format!("{run} --until wait"), about, &[]), run);
        // A later stage is not reached by a run that ends before it.
        let later = |command: &str| of_command(command, ("0.1.6", Stage::Consumers), &until);
        assert_eq!(later(&format!("{run} --until wait")), run);
        assert_eq!(later(&format!("{run} --trust")), format!("{run} --trust"));
    }
}
