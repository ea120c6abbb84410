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
pub(super) fn is_pace(option: &str) -> bool {
    let name = option.split(' ').next().unwrap_or_default();
    ["--waves", "--first", "--patience"].contains(&name)
}

/// What is recorded of images where only members are left that somebody took back, with the waves that wait for them; `None`
/// if that is not so, or all were notified anyway.
fn waiting(recorded: &Record) -> Option<&Row> {
    let goes_in_waves = recorded.options.iter().any(|option| option.starts_with("--waves "));
    let is_open = goes_in_waves && !recorded.is_settled(Stage::Cascade);
    recorded.row(Stage::Images).filter(|row| is_open && row.is_taken_back())
}

impl Arguments {
    /// Refuses to notify the members at once that wait for those that were taken back. A run in waves asks the forge itself.
    pub(super) fn keeps_waves(
        &self,
        context: &Context,
        ready: &Ready,
        recorded: &Record,
    ) -> Result<()> {
        let can_notify = self.until >= Stage::Cascade && cascade::has_token(context);
        // Of a withdrawn version no member is notified.
        let notifies = can_notify && !ready.is_withdrawn;
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
