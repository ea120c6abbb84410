//! What a run refuses: to take members back unasked, and to take members forward again that went back.
//!
//! Before its tag is created, a version is refused for the same reasons as later, so that no tag is left of it.

use pep440_rs::Version;

use super::Arguments;
use super::foreseen::{Before, remembered};
use super::plan::Ready;
use crate::cli::Context;
use crate::cli::release::went_back::WentBack;
use crate::cli::release::{Target, run_of_another};
use crate::cli::shared::journal;
use crate::edge::terminal::visible_line;
use crate::error::Result;
use crate::journal::Journal;
use crate::package::version;
use crate::release::Stage;
use crate::release::back::Back;
use crate::release::cascade::overtaken;
use crate::release::chain::{Record, operation, withdrawing};
use crate::release::version::{self as versions, Known};

impl Arguments {
    /// Refuses to reserve a version below the newest one that the index offers, of which every member would be notified: a
    /// patch of an older line is published, and then taken to the members that need it.
    pub(super) fn stays_above(
        &self,
        wanted: Option<&Version>,
        known: &Known,
        newest: Option<&Version>,
    ) -> Result<()> {
        let Some(wanted) = wanted.filter(|_| self.until >= Stage::Cascade && !self.force) else {
            return Ok(());
        };
        let refused = overtaken(wanted, newest);
        // One that is known already is continued, or refused with `--force` too.
        let is_new = versions::wanted(known, wanted, true).is_ok();
        let (Some(error), true) = (refused, is_new) else { return Ok(()) };
        let below = versions::wanted(known, wanted, false).err();
        let error = below.iter().fold(error, |error, below| error.caused_by(below.message()));
        Err(error
            .hint("to publish it, and notify no member: --until wait --force")
            .hint(format!("then, {}", WentBack::of_some(wanted, &[])))
            .hint("--force without --until takes every member back"))
    }

    /// What earlier runs have done of a version. One that a newer version has overtaken is refused, and no command proposes to
    /// continue it from then on.
    pub(super) fn before(
        &self,
        context: &Context,
        target: &Target,
        ready: &Ready,
    ) -> Result<Before> {
        let before = remembered(self, context, target, ready)?;
        let Err(refusal) = self.goes_forward(context, ready, &before) else { return Ok(before) };
        if before.begun_at.is_some() && !self.only_looks() {
            keep_superseded(self, context, target, (&ready.version, before.superseded(ready)))?;
        }
        Err(refusal)
    }

    /// Refuses to notify members of a version that a newer one has overtaken, whatever is recorded: images that once
    /// contained it may not any more.
    fn goes_forward(&self, context: &Context, ready: &Ready, before: &Before) -> Result<()> {
        let (version, record) = (&ready.version, &before.record);
        let refused = overtaken(version, ready.newest.as_ref())
            .filter(|_| self.until >= Stage::Cascade && !self.force);
        let (Some(error), Some(later)) = (refused, ready.later()) else { return Ok(()) };
        let newer = before.newer.as_ref();
        // Only those above this one stand in its way.
        let is_above = |text: &&String| version::read(text).is_ok_and(|bad| bad > *version);
        let bad = newer.iter().flat_map(|run| run.to_withdraw.iter().filter(is_above));
        let bad = bad.map(String::as_str).collect::<Vec<_>>().join(", ");
        let bad = Some(bad).filter(|bad| !bad.is_empty());
        let is_over = before.is_newest_bad || newer.is_some_and(|run| !run.is_left_to_continue());
        let error = match bad {
            Some(bad) => {
                error.hint(format!("members went back from {later}: {}", withdrawing(&bad)))
            }
            // Some members were taken back on purpose, or there is nothing left to do for it.
            None if is_over => error,
            None => {
                let instead = run_of_another(&context.given, Some(&later.to_string()));
                let instead = context.command(&instead);
                error.hint(format!("{later} is released instead: `{instead}`"))
            }
        };
        let row = record.row(Stage::Publish);
        // The index never takes its files: it has others of their names, or had these.
        if row.is_some_and(|row| row.is_taken() || row.is_deleted()) {
            let next = context.command(&run_of_another(&context.given, None));
            let what = "what is merged is released as the next version";
            return Err(error.hint(format!("{what}: `{next}`")));
        }
        let is_served = ready.is_served();
        let is_half_sent = row.is_some() && !record.is_settled(Stage::Publish);
        let error = match is_served && !is_half_sent {
            true => error,
            false => error.hint("publish it only: --until wait"),
        };
        Err(match is_served && !ready.is_withdrawn {
            true => error
                .hint(format!("to go back on purpose: `shipshape release back {version}`"))
                .hint(WentBack::of_some(version, &[])),
            false => error,
        })
    }

    /// Refuses to notify members that went back, or that wait for some who did, or lists what `--force` overrides of that.
    pub(super) fn undoes_no_way_back(
        &self,
        context: &Context,
        ready: &Ready,
        (record, back): (&Record, Option<&Back>),
    ) -> Result<()> {
        self.goes_again(context, ready, record, back)?;
        self.keeps_waves(context, ready, record)
    }

    /// Refuses to take members forward again to a version that they went back from, or lists what `--force` overrides of
    /// that. No member is notified of a withdrawn version, not even with `--force`.
    fn goes_again(
        &self,
        context: &Context,
        ready: &Ready,
        record: &Record,
        back: Option<&Back>,
    ) -> Result<()> {
        if self.until < Stage::Cascade {
            return Ok(());
        }
        let Some(went_back) = WentBack::of(&ready.version, record, back) else { return Ok(()) };
        if self.force {
            // Of a withdrawn version no member is notified, so nothing is overridden. Of one that was reserved just now, that
            // was listed before.
            if !ready.is_withdrawn && !ready.is_new {
                context.terminal.note(&visible_line(&went_back.set_aside()));
            }
            return Ok(());
        }
        Err(match ready.is_withdrawn {
            true => went_back.refused(),
            false => went_back.refused().hint(WentBack::insist(&ready.version)),
        })
    }
}

/// Records which later version has superseded one that was started here, so that no command proposes to continue it.
fn keep_superseded(
    arguments: &Arguments,
    context: &Context,
    Target { fleet, subject }: &Target,
    (version, later): (&Version, Option<&Version>),
) -> Result<()> {
    let forge = arguments.forge.address(Some(fleet))?;
    let file = journal::file_at(arguments.state.as_deref(), context, fleet, &forge)?;
    let journal = Journal::open(&file)?;
    let (name, input) = operation(subject.at(version));
    // A process that is running the chain records this itself.
    let Some(operation) = journal.begin_if_free(&name, &input, &context.clock.rfc3339())? else {
        return Ok(());
    };
    let later = later.map(Version::to_string);
    Record::keep_superseded(&operation, later.as_deref())
}
