//! A dry run of a publication.

use super::run::Run;
use crate::cli::{Exit, counted};
use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::release::Stage;
use crate::release::publish::document::{Outcome, StageReport};
use crate::release::publish::{Around, OnIndex, State, operation, was_begun};

impl Run<'_> {
    /// Whether an earlier run started to upload the version. Only looks, because opening a missing journal would create
    /// it.
    fn was_begun(&self) -> Result<bool> {
        let Some(journal) = Journal::look(&self.place.journal)? else { return Ok(false) };
        let begun = journal.unfinished(&operation(self.place.release()).0)?;
        Ok(begun.is_some_and(|begun| was_begun(&begun.effects)))
    }

    /// Runs everything that changes nothing, on the kept files of an earlier run if those would be published.
    pub(super) fn rehearse(
        &mut self,
        runtime: &tokio::runtime::Runtime,
        around: &Around<'_>,
    ) -> Result<Exit> {
        if let Err(error) = self.held_to_its_tag() {
            return self.failed(Stage::Build, error);
        }
        let scratch = tempfile::tempdir()
            .map_err(|error| Error::failed("cannot make a temporary folder").caused_by(error))?;
        let kept = match self.kept_before(self.was_begun()?)? {
            Some(kept) => kept,
            None => self.kept(&scratch.path().join("kept"))?,
        };
        self.built(&kept);
        let seen = match runtime.block_on(self.look(&kept, around)) {
            Ok(seen) => seen,
            Err(error) => return self.failed(Stage::Publish, error),
        };
        if let Err(error) = self.possible(&seen) {
            return self.failed(Stage::Publish, error);
        }
        if let Err(error) = self.thawed() {
            return self.failed(Stage::Publish, error);
        }
        let exit = self.gates(&kept, false)?;
        if exit != Exit::Clean {
            return Ok(exit);
        }
        let missing = seen.files.values().filter(|it| **it == OnIndex::Absent).count();
        let detail = match (&self.place.access, missing) {
            (_, 0) => "all of it is published already".to_owned(),
            (Ok(access), _) => format!("{} with {}", counted(missing, "upload"), access.in_words()),
            (Err(error), _) => format!("{}; {}", counted(missing, "upload"), error.message()),
        };
        self.stage(StageReport::new(Stage::Publish, Outcome::Planned, detail));
        self.stage(StageReport::new(Stage::Wait, Outcome::Planned, ""));
        self.files(&kept, |name| match seen.is_there(name) {
            true => State::AlreadyPublished,
            false => State::NotSent,
        });
        let command = format!("shipshape release publish {}", self.place.version);
        self.document.next.push(self.context.given.carried_to(&command));
        Ok(Exit::Clean)
    }
}
