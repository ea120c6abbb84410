//! What a dry run can tell of the tokens that a run would use. It uploads nothing and notifies nobody, so it says what
//! stays unchecked.

use super::Arguments;
use super::foreseen::is_to_come;
use super::rows::told;
use crate::cli::release::{Target, cascade};
use crate::cli::{Context, Exit};
use crate::edge::terminal::visible_line;
use crate::release::Stage;
use crate::release::chain::Run;
use crate::source::secrets::masked;

/// Reports what is known of the tokens for the stages to come. A token that can notify no member would be refused.
pub(super) fn tell(arguments: &Arguments, context: &Context, target: &Target, run: &Run) -> Exit {
    let comes = |stage: Stage| {
        stage <= arguments.until
            && run.stages.iter().any(|row| row.stage == stage && is_to_come(row))
    };
    let note = |line: &str| context.terminal.note(&visible_line(&masked(line)));
    let fleet = &target.fleet;
    if comes(Stage::Publish) {
        note(&match arguments.index.must_have_credentials(context, fleet) {
            Ok(()) => {
                "unchecked: whether the index accepts the credentials for the upload".to_owned()
            }
            Err(error) => format!("the upload would fail: {}", told(&error)),
        });
    }
    if !comes(Stage::Cascade) {
        return Exit::Clean;
    }
    if !cascade::has_token(context) {
        note(&format!("{} is not set: no member would be notified", cascade::TOKEN));
        return Exit::Clean;
    }
    match cascade::can_notify(&arguments.forge, context, fleet, &[]) {
        Ok(()) => Exit::Clean,
        Err(error) => {
            note(&format!("refused: {}", told(&error)));
            Exit::Findings
        }
    }
}
