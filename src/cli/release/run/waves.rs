//! A run that was to go in waves, and whose first members somebody took back: the others wait for them. Without waves they
//! would all be notified at once of a version that was judged meanwhile, so that is asked for.

use super::Arguments;
use super::foreseen::alone;
use super::plan::Ready;
use crate::cli::Context;
use crate::cli::release::cascade;
use crate::error::{Error, Result};
use crate::release::Stage;
use crate::release::chain::{Record, Row};

/// Whether an option says how members are notified one after the other.
fn is_pace(option: &str) -> bool {
    let name = option.split(' ').next().unwrap_or_default();
    ["--waves", "--first", "--patience"].contains(&name)
}

/// The recorded options that say how members are notified, unless these name waves of their own. What is typed goes before what
/// is recorded.
pub(super) fn untyped(recorded: &[String], typed: &[String]) -> Vec<String> {
    let name = |option: &String| option.split(' ').next().unwrap_or_default().to_owned();
    let is_typed = |wanted: &str| typed.iter().any(|typed| name(typed) == wanted);
    if is_typed("--waves") {
        return Vec::new();
    }
    let untyped = recorded.iter().filter(|option| is_pace(option) && !is_typed(&name(option)));
    untyped.cloned().collect()
}

/// The options to record of a run that notifies nobody: those typed, and the recorded waves, in which members are still to be
/// notified.
pub(super) fn kept(recorded: &[String], typed: Vec<String>) -> Vec<String> {
    let pace = untyped(recorded, &typed);
    typed.into_iter().chain(pace).collect()
}

/// What is recorded of images where only members are left that somebody took back, with the waves that wait for them; `None`
/// if that is not so, or all were notified anyway.
fn waiting(recorded: &Record) -> Option<&Row> {
    let goes_in_waves = recorded.options.iter().any(|option| option.starts_with("--waves "));
    let is_open = goes_in_waves && !recorded.is_settled(Stage::Cascade);
    recorded.row(Stage::Images).filter(|row| is_open && row.is_taken_back())
}

impl Arguments {
    /// Whether members are notified if there is a token for that: not of a withdrawn version.
    pub(super) fn may_notify(&self, ready: &Ready) -> bool {
        self.until >= Stage::Cascade && !ready.is_withdrawn
    }

    /// Refuses waves of a run that ends before it looks at an image: it would notify all members at once.
    pub(super) fn follows_waves(&self) -> Result<()> {
        if self.pace.waves.is_empty() || self.until != Stage::Cascade {
            return Ok(());
        }
        let what = "--waves waits for images, and --until cascade ends before that";
        Err(Error::usage(what).hint("leave --until out, or name a later stage there"))
    }

    /// Refuses to notify the members at once that wait for those that were taken back. A run in waves asks the forge itself.
    pub(super) fn keeps_waves(
        &self,
        context: &Context,
        ready: &Ready,
        recorded: &Record,
    ) -> Result<()> {
        let notifies = self.may_notify(ready) && cascade::has_token(context);
        if !notifies || self.force || !self.pace.waves.is_empty() {
            return Ok(());
        }
        let Some(row) = waiting(recorded) else { return Ok(()) };
        let pace: Vec<&str> =
            recorded.options.iter().filter(|it| is_pace(it)).map(String::as_str).collect();
        let version = &ready.version;
        let what = format!(
            "{version} went to members in waves, and some were taken back since, so nothing was done"
        );
        Err(Error::usage(what)
            .caused_by(alone(&row.what))
            .hint(format!("in waves, the others wait for them: {}", pace.join(" ")))
            .hint("to notify all of them at once, also those that were taken back: --force"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::chain::{Hindrance, State};

    #[test]
    fn the_recorded_waves_stay_where_nobody_is_notified_unless_others_are_typed() {
        let owned = |options: &[&str]| -> Vec<String> {
            options.iter().map(|&option| option.to_owned()).collect()
        };
        let before = owned(&["--no-deps", "--waves '1,25%'", "--first a", "--patience 5"]);
        let typed = owned(&["--no-smoke", "--patience 9"]);
        let stays = ["--no-smoke", "--patience 9", "--waves '1,25%'", "--first a"];
        assert_eq!(kept(&before, typed), stays);
        let other = owned(&["--waves 2"]);
        assert_eq!(kept(&before, other.clone()), other, "of other waves nobody was to go first");
    }

    #[test]
    fn waves_wait_where_only_members_are_left_that_were_taken_back() {
        let mut record = Record::default();
        let taken_back = Row {
            hindrance: Some(Hindrance::TakenBack),
            ..Row::new(Stage::Images, State::Failed, "0 of 2")
        };
        record.set(Row::new(Stage::Cascade, State::Failed, "1 of 2"));
        record.set(taken_back.clone());
        assert_eq!(waiting(&record), None, "all at once from the start");
        record.options = vec!["--waves '1,25%'".to_owned(), "--first a".to_owned()];
        assert_eq!(waiting(&record), Some(&taken_back));
        record.set(Row::new(Stage::Cascade, State::Done, "2 of 2"));
        assert_eq!(waiting(&record), None, "nobody is left to be notified");
        record.set(Row::new(Stage::Cascade, State::Failed, "1 of 2"));
        record.set(Row::new(Stage::Images, State::Failed, "0 of 2"));
        assert_eq!(waiting(&record), None, "it is not at its image, and nobody took it back");
    }
}
