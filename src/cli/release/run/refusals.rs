//! What a run refuses: to take members back unasked, and to take members forward again that went back.

use super::Arguments;
use super::plan::Ready;
use crate::error::{Error, Result};
use crate::release::Stage;
use crate::release::back::Back;
use crate::release::cascade::overtaken;
use crate::release::chain::{self, Record};

impl Arguments {
    /// Refuses to notify members of a version that a newer one has overtaken, whatever is recorded: images that once
    /// contained it may not any more.
    pub(super) fn goes_forward(&self, ready: &Ready) -> Result<()> {
        match overtaken(&ready.version, ready.newest.as_ref()) {
            Some(error) if self.until >= Stage::Cascade && !self.force => {
                let version = &ready.version;
                let error = error.hint("publish it only: --until wait");
                let is_served = ready.known.as_ref().is_ok_and(|known| known.contains(version));
                Err(match is_served && !ready.is_withdrawn {
                    true => error
                        .hint(format!("to go back on purpose: `shipshape release back {version}`")),
                    false => error,
                })
            }
            _ => Ok(()),
        }
    }

    /// Refuses to take members forward again to a version that they went back from: only people know why they did. For
    /// a withdrawn version this is not needed, because no member is ever notified of it.
    pub(super) fn goes_again(
        &self,
        ready: &Ready,
        record: &Record,
        back: Option<&Back>,
    ) -> Result<()> {
        let Some(to) = &record.went_back else { return Ok(()) };
        if self.until < Stage::Cascade || self.force || ready.is_withdrawn {
            return Ok(());
        }
        let version = &ready.version;
        if let Some(back) = back.filter(|back| back.is_open() && back.version == *to) {
            let what = "members are being taken back";
            let error = Error::usage(format!("{what} from {version} to {to}, so nothing was done"));
            return Err(error
                .caused_by(back.in_words())
                .hint("what comes next: `shipshape release status`")
                .hint(format!("to take members forward to {version} again: --force")));
        }
        let error =
            Error::usage(format!("members went back from {version} to {to}, so nothing was done"));
        let how_many = record
            .row(Stage::Images)
            .filter(|row| row.state == chain::State::Unchecked && row.what.contains(to.as_str()));
        let error = match how_many {
            Some(row) => error.caused_by(&row.what),
            None => error,
        };
        Err(error
            .hint("once a fix is merged, `shipshape release run` releases it as the next version")
            .hint(format!("to take members forward to {version} again: --force")))
    }
}
