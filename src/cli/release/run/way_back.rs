//! A run that takes members back, which is refused unless `--force` is given. What images contain decides, whatever the
//! index says of a later version.

use pep440_rs::Version;

use super::Arguments;
use super::plan::Ready;
use crate::cli::release::{Target, cascade};
use crate::cli::shared::next::Step;
use crate::cli::{Context, Exit};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::release::Stage;
use crate::release::cascade::WouldGoBack;
use crate::release::chain::{Row, State};
use crate::release::version::is_final_above;

/// That a run takes members back, whatever is recorded of the version: its stages that concern members are done again.
pub(super) struct TakesBack {
    /// The newest version that the index offers, from which they are taken back; `None` if the index has withdrawn all later
    /// ones, or could not be read: then nobody need have one.
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
        (may && known.iter().any(is_later)).then(|| Self { from: later.cloned() })
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

impl Arguments {
    /// Which members a run would take back to a version, as their images say now. Images are read only if one may contain
    /// a later version: the index knows one, be it withdrawn. `None` also if no member would be notified, or the fleet has no
    /// images that could say anything.
    pub(super) fn would_go_back(
        &self,
        context: &Context,
        target: &Target,
        (version, known): (&Version, &[Version]),
    ) -> Result<Option<WouldGoBack>> {
        let is_later = |known: &Version| is_final_above(known, version);
        let notifies = self.until >= Stage::Cascade && cascade::has_token(context);
        let fleet = &target.fleet;
        let has_images = fleet.manifest.images.is_some() && fleet.active().next().is_some();
        if !notifies || !has_images || !known.iter().any(is_later) {
            return Ok(None);
        }
        let seen = cascade::seen(&self.cascade_of(version), context, target)?;
        Ok(WouldGoBack::of(&seen.repositories, version))
    }

    /// [`Self::would_go_back`] for a version that has its tag, or where nothing is done.
    fn of_ready(
        &self,
        context: &Context,
        target: &Target,
        ready: &Ready,
    ) -> Result<Option<WouldGoBack>> {
        match &ready.known {
            Ok(known) if !ready.is_withdrawn => {
                self.would_go_back(context, target, (&ready.version, known))
            }
            _ => Ok(None),
        }
    }

    /// Refuses to take members back unasked, or lists which `--force` takes back.
    pub(super) fn takes_nobody_back(
        &self,
        context: &Context,
        target: &Target,
        ready: &Ready,
    ) -> Result<()> {
        let Some(back) = self.of_ready(context, target, ready)? else { return Ok(()) };
        if self.force || !back.is_certain() {
            context.terminal.note(&visible_line(&self.said(&back)));
            return Ok(());
        }
        let version = &ready.version;
        let refused = Error::usage(format!("{}, so nothing was done", back.in_words()));
        let refused = match ready.is_served() {
            true => refused.hint(format!(
                "to take all members back on purpose: `shipshape release back {version}`"
            )),
            false => refused,
        };
        Err(refused.hint("to do it with this run: --force; to notify no member: --until wait"))
    }

    /// Says in a dry run which members would go back. Returns how that ends, and what to do instead if it is refused.
    pub(super) fn foresee_way_back(
        &self,
        context: &Context,
        target: &Target,
        ready: &Ready,
    ) -> Result<(Exit, Option<Step>)> {
        let Some(back) = self.of_ready(context, target, ready)? else {
            return Ok((Exit::Clean, None));
        };
        context.terminal.note(&visible_line(&self.said(&back)));
        if self.force || !back.is_certain() {
            return Ok((Exit::Clean, None));
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
        Ok((Exit::Findings, Some(Step::because(context.command(&command), why))))
    }

    fn said(&self, back: &WouldGoBack) -> String {
        let begins = match (self.force, back.is_certain()) {
            (true, _) => "--force sets aside: ",
            (false, true) => "refused: ",
            (false, false) => "WARNING: ",
        };
        format!("{begins}{}", back.in_words())
    }
}
