//! What a dry run can tell of the tokens that a run would use. It builds and uploads nothing and notifies nobody, so it says
//! what stays unchecked.

use super::Arguments;
use super::foreseen::is_to_come;
use super::rows::told;
use crate::cli::release::{Target, cascade};
use crate::cli::{Context, Exit};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Kind, Result};
use crate::release::Stage;
use crate::release::chain::Run;
use crate::source::secrets::masked;

/// Reports what is known of the tokens for the stages to come. Ends as the run would that has these tokens.
///
/// # Errors
/// When the command line or a file of ours is wrong, as in a run.
pub(super) fn tell(
    arguments: &Arguments,
    context: &Context,
    target: &Target,
    run: &Run,
) -> Result<Exit> {
    let comes = |stage: Stage| {
        stage <= arguments.until
            && run.stages.iter().any(|row| row.stage == stage && is_to_come(row))
    };
    let note = |line: &str| context.terminal.note(&visible_line(&masked(line)));
    let ends = |begins: &str, error: Error| match error.kind() {
        Kind::Usage => Err(error),
        Kind::Failed => {
            note(&format!("{begins}: {}", told(&error)));
            Ok(Exit::Unchecked)
        }
    };
    let fleet = &target.fleet;
    let mut exit = Exit::Clean;
    if comes(Stage::Compat) && arguments.gates.asks_the_fleet() {
        note("unchecked: which members it breaks");
    }
    if comes(Stage::Publish) {
        match arguments.index.must_have_credentials(context, fleet) {
            Ok(()) => note("unchecked: whether the index accepts the credentials for the upload"),
            Err(error) => exit = exit.worse(ends("the upload would fail", error)?),
        }
    }
    if !comes(Stage::Cascade) {
        return Ok(exit);
    }
    if !cascade::has_token(context) {
        note(&format!("{} is not set: no member would be notified", cascade::TOKEN));
        return Ok(exit);
    }
    match cascade::can_notify(&arguments.forge, context, fleet, &[]) {
        Ok(()) => Ok(exit),
        Err(error) => Ok(exit.worse(ends("refused", error)?)),
    }
}
