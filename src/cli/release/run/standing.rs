//! What a run takes over from an earlier one without looking again. Another machine may have taken members back since.

use pep440_rs::Version;

use crate::cli::Context;
use crate::edge::terminal::visible_line;
use crate::release::Stage;
use crate::release::chain::{Record, State};

/// What images were recorded to contain, and is not looked at again.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stands {
    at: String,
}

/// Reads it from the record with which a run starts; `None` if the run looks at images, or is not about them.
pub(super) fn stands(record: &Record, until: Stage) -> Option<Stands> {
    let is_settled = record.is_settled(Stage::Cascade) && record.is_settled(Stage::Images);
    let row = record.row(Stage::Images).filter(|row| row.state == State::Done)?;
    let at = row.at.clone().filter(|_| is_settled && until >= Stage::Images)?;
    Some(Stands { at })
}

impl Stands {
    pub(super) fn tell(&self, context: &Context, version: &Version) {
        let again = format!("release run --version {version} --from cascade");
        let again = context.command(&context.given.carried_to(&again));
        let line = format!(
            "what images contain was recorded at {}, and not looked at again; to look: {again}",
            self.at
        );
        context.terminal.note(&visible_line(&line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::chain::Row;

    #[test]
    fn only_images_that_are_settled_are_not_looked_at_again() {
        let mut record = Record::default();
        let mut set = |stage, state| {
            let at = Some("2026-11-22T12:00:00Z".to_owned());
            record.set(Row { at, ..Row::new(stage, state, "") });
            let until = [Stage::Cascade, Stage::Consumers];
            until.map(|until| stands(&record, until).is_some())
        };
        assert_eq!(set(Stage::Cascade, State::Done), [false, false]);
        assert_eq!(set(Stage::Images, State::Failed), [false, false]);
        assert_eq!(set(Stage::Images, State::Done), [false, true]);
        assert_eq!(set(Stage::Cascade, State::Failed), [false, false]);
    }
}
