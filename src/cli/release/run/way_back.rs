//! A run that takes members back, which is refused unless `--force` is given. What images contain decides, whatever the
//! index says of a later version.

use pep440_rs::Version;

use super::Arguments;
use super::foreseen::Before;
use super::plan::Ready;
use crate::cli::release::ahead::{Ahead, Versions};
use crate::cli::release::{Target, cascade};
use crate::cli::shared::journal;
use crate::cli::shared::next::Step;
use crate::cli::{Context, Exit};
use crate::edge::terminal::visible_line;
use crate::error::Result;
use crate::journal::Journal;
use crate::release::Stage;
use crate::release::chain::{Hindrance, Record, Row, State, operation};
use crate::release::version::is_final_above;

/// That a run takes members back, whatever is recorded of the version: its stages that concern members are done again.
pub(super) struct TakesBack {
    /// The newest version that is known, from which they are taken back; `None` if the index has withdrawn all later ones, or
    /// could not be read: then nobody need have one.
    from: Option<Version>,
}

impl TakesBack {
    /// `None` if the run takes nobody back: no later version was published, or it is refused because of one.
    pub(super) fn of(arguments: &Arguments, ready: &Ready) -> Option<Self> {
        if arguments.until < Stage::Cascade {
            return None;
        }
        let Ok(known) = &ready.known else {
            return arguments.force.then_some(Self { from: None });
        };
        let later = ready.later();
        let may = arguments.force || later.is_none();
        let is_later = |known: &Version| is_final_above(known, &ready.version);
        let unlisted = ready.ahead.unlisted.newest().filter(|_| arguments.force);
        let is_known = (may && known.iter().any(is_later)) || unlisted.is_some();
        is_known.then(|| Self { from: later.max(unlisted).cloned() })
    }

    /// The stages that concern members, to be done again.
    pub(super) fn rows(&self) -> [Row; 2] {
        let what = match &self.from {
            Some(from) => format!("notify members, taking them back from {from}"),
            None => "notify members, taking back those that have a later version".to_owned(),
        };
        let images = "until each image contains exactly this version";
        [
            Row::new(Stage::Cascade, State::Waiting, what),
            Row::new(Stage::Images, State::Waiting, images),
        ]
    }
}

/// The hint at the command that takes all members back to a version that the index has.
fn back_on_purpose(version: &Version) -> String {
    format!("to take all members back on purpose: `shipshape release back {version}`")
}

impl Arguments {
    /// What is ahead of a version that members would be notified of; nothing if none would.
    fn ahead(&self, context: &Context, target: &Target, versions: &Versions<'_>) -> Result<Ahead> {
        match self.until >= Stage::Cascade && cascade::has_token(context) {
            true => Ahead::of(&self.cascade_of(versions.version), context, target, versions),
            false => Ok(Ahead::default()),
        }
    }

    /// [`Self::ahead`] of a version. Nobody is notified of one that is withdrawn.
    pub(super) fn ahead_of(
        &self,
        context: &Context,
        target: &Target,
        ready: &Ready,
    ) -> Result<Ahead> {
        match &ready.known {
            Ok(listed) if !ready.is_withdrawn => {
                let (version, tagged) = (&ready.version, ready.tagged.as_slice());
                self.ahead(context, target, &Versions { version, listed, tagged })
            }
            _ => Ok(Ahead::default()),
        }
    }

    /// Refuses to take members back unasked, or lists what `--force` sets aside.
    pub(super) fn takes_nobody_back(
        &self,
        context: &Context,
        target: &Target,
        (ready, before): (&Ready, &Before),
    ) -> Result<()> {
        let Some(refused) = ready.ahead.refused().filter(|_| !self.force) else {
            self.tell_of(context, &ready.ahead);
            return Ok(());
        };
        let is_open = before.begun_at.is_some() && !before.record.is_settled(Stage::Cascade);
        if is_open && !ready.ahead.unlisted.is_empty() {
            self.keep_ahead(context, target, ready)?;
        }
        let version = &ready.version;
        let refused = match ready.is_served() {
            true => refused.hint(back_on_purpose(version)),
            false => refused,
        };
        Err(refused.hint("to do it with this run: --force; to notify no member: --until wait"))
    }

    /// Records that members are ahead of a version that was started here, so that no command proposes to continue it.
    fn keep_ahead(
        &self,
        context: &Context,
        Target { fleet, subject }: &Target,
        ready: &Ready,
    ) -> Result<()> {
        let forge = self.forge.address(Some(fleet))?;
        let file = journal::file_at(self.state.as_deref(), context, fleet, &forge)?;
        let journal = Journal::open(&file)?;
        let (name, input) = operation(subject.at(&ready.version));
        let now = context.clock.rfc3339();
        // A process that is running the chain comes to its own conclusion.
        let Some(operation) = journal.begin_if_free(&name, &input, &now)? else { return Ok(()) };
        let what = ready.ahead.objections().join("; ");
        let row = Row::new(Stage::Cascade, State::Failed, what);
        let hindrance = Some(Hindrance::MembersAhead);
        Record::keep(&operation, &[Row { at: Some(now), hindrance, ..row }])
    }

    /// Says in a dry run which members would go back. Returns how that ends, and what to do instead if it is refused.
    pub(super) fn foresee_way_back(
        &self,
        context: &Context,
        ready: &Ready,
    ) -> (Exit, Option<Step>) {
        self.tell_of(context, &ready.ahead);
        if self.force || ready.ahead.objections().is_empty() {
            return (Exit::Clean, None);
        }
        let (command, why) = match ready.is_served() {
            true => (
                format!("release back {}", ready.version),
                "takes members back on purpose, and freezes releases",
            ),
            false => (
                format!("release run --version {} --until wait", ready.version),
                "publishes it, and notifies no member",
            ),
        };
        (Exit::Findings, Some(Step::because(context.command(&command), why)))
    }

    /// Says what is in the way, or what may be.
    pub(super) fn tell_of(&self, context: &Context, ahead: &Ahead) {
        let note = |begins: &str, line: &str| {
            context.terminal.note(&visible_line(&format!("{begins}{line}")));
        };
        let begins = if self.force { "--force sets aside: " } else { "refused: " };
        ahead.objections().iter().for_each(|line| note(begins, line));
        if let Some(back) = ahead.back.as_ref().filter(|back| !back.is_certain()) {
            let begins = if self.force { begins } else { "WARNING: " };
            note(begins, &back.in_words());
        }
    }
}
