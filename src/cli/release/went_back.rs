//! A version that members went back from: no command takes them forward to it again unasked, since only people know
//! why they went back.

use pep440_rs::Version;

use crate::cli::shared::next::quoted;
use crate::error::Error;
use crate::release::Stage;
use crate::release::back::Back;
use crate::release::chain::{Record, Row, State};

/// That members went back from a version, or are being taken back.
pub(super) struct WentBack<'a> {
    version: &'a Version,
    /// The versions to which they went.
    to: String,
    /// The way back that is running or can be continued.
    back: Option<&'a Back>,
    /// How many went back, as far as that is recorded.
    how_many: Option<String>,
}

impl<'a> WentBack<'a> {
    /// What is recorded of a version; `None` if members did not go back from it.
    pub(super) fn of(
        version: &'a Version,
        record: &'a Record,
        back: Option<&'a Back>,
    ) -> Option<Self> {
        let returned = record.went_back.as_ref()?;
        // A record that names no repositories has only the sentence in its table.
        let is_of_it = |row: &&Row| matches!(row.state, State::Back | State::Unchecked);
        let images = record.row(Stage::Images).filter(is_of_it);
        let how_many = returned.in_words().or_else(|| images.map(|row| row.what.clone()));
        let back = back.filter(|back| back.is_open() && back.version == returned.to);
        Some(Self { version, to: returned.all_targets(), back, how_many })
    }

    fn what(&self) -> String {
        let how = match self.back {
            Some(_) => "members are being taken back",
            None => "members went back",
        };
        format!("{how} from {} to {}", self.version, self.to)
    }

    fn cause(&self) -> Option<String> {
        self.back.map(Back::in_words).or_else(|| self.how_many.clone())
    }

    /// In one line.
    pub(super) fn in_words(&self) -> String {
        let cause = self.cause().map(|cause| format!(": {cause}")).unwrap_or_default();
        format!("{}{cause}", self.what())
    }

    /// That another command took members back from the version while they were followed.
    pub(super) fn meanwhile(version: &Version, to: &str) -> String {
        format!(
            "WARNING: meanwhile members went back from {version} to {to}; `shipshape release status` shows what is next"
        )
    }

    /// That a refusal is set aside.
    pub(super) fn set_aside(&self) -> String {
        format!("set aside: {}", self.in_words())
    }

    /// The refusal to take members forward again.
    pub(super) fn refused(&self) -> Error {
        let error = Error::usage(format!("{}, so nothing was done", self.what()));
        let error = self.cause().into_iter().fold(error, Error::caused_by);
        error.hint(match self.back {
            Some(_) => "what comes next: `shipshape release status`",
            None => "once a fix is merged, `shipshape release run` releases it as the next version",
        })
    }

    /// The hint at the command that takes only some members to an earlier version: those that were named, or one.
    pub(super) fn of_some(version: &Version, named: &[String]) -> String {
        let (whom, members) = match named {
            [] => ("one member", "MEMBER".to_owned()),
            [only] => (only.as_str(), quoted(only)),
            several => (
                "these members",
                several.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(" "),
            ),
        };
        format!(
            "to take only {whom} to it: `shipshape release cascade {version} --runtime {members} --force`"
        )
    }

    /// The hint at the option that takes members forward to a version all the same.
    pub(super) fn insist(version: &Version) -> String {
        format!("to take members forward to {version} again: --force")
    }
}
