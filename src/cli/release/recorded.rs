//! What is recorded here of versions, which the forge and the index may contradict since.

use std::path::Path;

use pep440_rs::Version;

use super::Target;
use crate::cli::Context;
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::journal;
use crate::error::Result;
use crate::journal::Journal;
use crate::package::version;
use crate::release::chain::{KIND, Record, operation};
use crate::release::publish::{self, Kept, was_begun};
use crate::release::tagged::{Asked, Known, objection};
use crate::release::{Decision, Observed, Stage, Wish};

/// What is recorded of versions.
#[derive(Default)]
pub(super) struct Recorded {
    /// Where their tags were, and whether their files were sent.
    pub(super) known: Vec<Known>,
    /// Those that can never be published, since the index has other files of their names.
    pub(super) taken: Vec<Version>,
}

impl Recorded {
    /// Reads it.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(super) fn of(
        state: Option<&Path>,
        context: &Context,
        Target { fleet, subject }: &Target,
        forge: &ForgeOptions,
    ) -> Result<Self> {
        let file = journal::file_at(state, context, fleet, &forge.address(Some(fleet))?)?;
        let Some(journal) = Journal::look(&file)? else { return Ok(Self::default()) };
        let mut recorded = Self::default();
        for name in journal.running(KIND)? {
            let Some(begun) = journal.unfinished(&name)? else { continue };
            let Some((_, text)) = name.key.split_once('@') else { continue };
            let Ok(version) = version::read(text) else { continue };
            let release = subject.at(&version);
            if operation(release).0.key != name.key {
                continue;
            }
            let record = Record::of_effects(&begun.effects);
            let sent = journal.unfinished(&publish::operation(release).0)?;
            // `release publish` ends its operation once the index serves the files, which it keeps, and writes no chain.
            let has_ended = || Kept::place(&file, &subject.distribution, &version).is_dir();
            let is_sent = record.is_settled(Stage::Publish)
                || sent.map_or_else(has_ended, |sent| was_begun(&sent.effects));
            if record.is_taken() {
                recorded.taken.push(version.clone());
            }
            if let Some(about) = record.about {
                let (tag, commit) = (about.tag, about.commit);
                recorded.known.push(Known { version, tag, commit, is_sent });
            }
        }
        Ok(recorded)
    }
    /// What is recorded of the version that a plan is about, and contradicts the forge or the index; `None` if nothing does.
    pub(super) fn objection(
        &self,
        observed: &Observed,
        decision: &Decision,
        (wish, is_commit_named): (&Wish, bool),
    ) -> Option<String> {
        let version = match decision {
            Decision::Release(chosen) => Some(&chosen.version),
            Decision::Already(tagged) => Some(&tagged.version),
            Decision::Nothing(_) | Decision::Skipped(_) => wish.version.as_ref(),
        };
        if let Decision::Already(tagged) = decision
            && self.taken.contains(&tagged.version)
        {
            let says = "the index has other files of its names, as a run from here has seen";
            return Some(format!("{says}: its commit is released as the next version"));
        }
        let is_named = wish.version.is_some();
        let asked = Asked { version, is_named, is_commit_named, force: wish.force };
        objection(&self.known, observed, asked)
    }
}
