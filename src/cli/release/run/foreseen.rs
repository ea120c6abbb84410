//! What a run would do, for a dry run: the recorded state of a stage that would be repeated does not count.

use pep440_rs::Version;

use super::Arguments;
use super::plan::Ready;
use crate::cli::Context;
use crate::cli::release::cascade;
use crate::cli::shared::journal;
use crate::error::Result;
use crate::fleet::Fleet;
use crate::journal::Journal;
use crate::release::back::{self, Back as WayBack};
use crate::release::cascade::overtaken;
use crate::release::chain::{Record, Row, State, operation};
use crate::release::{Stage, Subject};

/// Members that a run takes back.
pub(super) struct Back {
    /// The later version that they are taken back from; `None` if the index could not be read.
    from: Option<Version>,
}

impl Back {
    /// Whether members are taken back: a later version was published and may be in their images, whatever is recorded.
    pub(super) fn of(arguments: &Arguments, ready: &Ready) -> Option<Self> {
        if arguments.until < Stage::Cascade {
            return None;
        }
        let Ok(known) = &ready.known else {
            return arguments.force.then_some(Self { from: None });
        };
        let later = known.iter().filter(|known| **known > ready.version && !known.any_prerelease());
        let from = later.max().cloned();
        let may = arguments.force || overtaken(&ready.version, ready.newest.as_ref()).is_none();
        (may && from.is_some()).then_some(Self { from })
    }

    /// The stages that concern members, to be done again.
    pub(super) fn rows(&self) -> [Row; 2] {
        let from = self.from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default();
        [
            Row::new(
                Stage::Cascade,
                State::Waiting,
                format!("notify members, taking them back{from}"),
            ),
            Row::new(
                Stage::Images,
                State::Waiting,
                "until each image contains exactly this version",
            ),
        ]
    }
}

/// What is recorded of a version before a run.
#[derive(Default)]
pub(super) struct Before {
    pub(super) record: Record,
    /// When its first run began.
    pub(super) begun_at: Option<String>,
    /// The unfinished way back to an earlier version, if there is one.
    pub(super) back: Option<WayBack>,
}

/// What earlier runs of a version have done, for a dry run.
pub(super) fn remembered(
    arguments: &Arguments,
    context: &Context,
    fleet: &Fleet,
    ready: &Ready,
) -> Result<Before> {
    let forge = arguments.forge.address(Some(fleet))?;
    let file = journal::file_at(arguments.state.as_deref(), context, fleet, &forge)?;
    let subject = Subject::of(fleet)?;
    let (name, _) = operation(subject.at(&ready.version));
    // Opening the journal would create or migrate it.
    let Some(journal) = Journal::look(&file)? else { return Ok(Before::default()) };
    let back = back::begun(&journal, &subject.distribution)?;
    Ok(match journal.unfinished(&name)? {
        Some(begun) => Before {
            record: Record::of_effects(&begun.effects),
            begun_at: Some(begun.begun_at),
            back,
        },
        None => Before { back, ..Before::default() },
    })
}

/// What a row itself says, without what it says about the earlier state of the stage.
pub(super) fn alone(what: &str) -> &str {
    what.split("; before: ").next().unwrap_or(what)
}

/// Sets stages that would be done to waiting, with what would be done.
pub(super) fn foresee(
    record: &mut Record,
    arguments: &Arguments,
    context: &Context,
    fleet: &Fleet,
    back: Option<&Back>,
) {
    let has_token = cascade::has_token(context);
    if back.is_some() {
        record.forget_from(Stage::Cascade);
    }
    let back = back.filter(|_| has_token).map(Back::rows).into_iter().flatten();
    back.for_each(|row| record.set(row));
    let stays = |row: &Row| match row.state {
        State::Done => true,
        State::Waiting => row.at.is_none(),
        State::Skipped => match row.stage {
            Stage::Cascade => !has_token,
            Stage::Images => !has_token || fleet.manifest.images.is_none(),
            Stage::Consumers => fleet.manifest.consumers.is_empty(),
            _ => true,
        },
        State::Failed | State::Unchecked => false,
    };
    for stage in Stage::ALL.into_iter().filter(|stage| *stage <= arguments.until) {
        if record.is_settled(stage) {
            continue;
        }
        let Some(row) = record.row(stage).filter(|row| !stays(row)) else { continue };
        let what = match row.state {
            State::Skipped => stage.in_words().to_owned(),
            state => {
                let before = alone(&row.what);
                format!("{}; before: {}: {before}", stage.in_words(), state.as_str())
            }
        };
        record.set(Row::new(stage, State::Waiting, what));
    }
}
