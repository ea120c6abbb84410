//! What a run refuses to do: to take members back without saying so, and to take those forward again that went back.

use super::Arguments;
use super::plan::Ready;
use crate::error::{Error, Result};
use crate::release::Stage;
use crate::release::back::Back;
use crate::release::cascade::overtaken;
use crate::release::chain::{self, Record};

impl Arguments {
    /// Refuses to tell members of a version that is overtaken, whatever is remembered of it: that its images were seen once
    /// says nothing of what they contain since.
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

    /// Refuses to take members forward again to a version that they went back from: why they did is known to people only.
    /// Of one that was withdrawn no member is told in any case, which its table says.
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
