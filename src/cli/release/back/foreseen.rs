//! What `release back` would do.

use pep440_rs::Version;

use super::{Arguments, CONTINUES, continued, show};
use crate::cli::release::{Target, cascade, freeze};
use crate::cli::shared::next::{self, Step};
use crate::cli::{Context, Exit};
use crate::edge::terminal::visible_line;
use crate::error::Result;
use crate::forge::WriteScope;
use crate::journal::Journal;
use crate::release::back::{self, Back};

/// Shows what would be done, and with which command.
pub(super) fn foresee(
    arguments: &Arguments,
    context: &Context,
    target: &Target,
    version: &Version,
    reason: &str,
) -> Result<Exit> {
    let Target { fleet, subject } = target;
    let seen = cascade::seen(&arguments.wish(version), context, target)?;
    let begun = Journal::look(&arguments.journal_file(context, fleet)?)?
        .map(|journal| back::begun(&journal, &subject.distribution))
        .transpose()?
        .flatten();
    show(arguments, context, &seen)?;
    let mut would_freeze = false;
    if !arguments.no_freeze {
        let session = arguments.forge.session(context, Some(fleet), WriteScope::none())?;
        would_freeze = freeze::foresee(context, &session, subject, reason)?.is_none();
    }
    let is_back = seen.repositories.iter().all(|row| row.state.is_left_alone());
    if is_back && !would_freeze && begun.is_none() {
        context.terminal.note("Nothing was done, and there is nothing to do.");
        return Ok(Exit::Clean);
    }
    context.terminal.note("Nothing was done.");
    // Two of them exclude each other.
    if let Some(running) = begun.as_ref().filter(|begun| begun.at_it.is_some()) {
        context.terminal.note(&visible_line(&running.in_words()));
        return Ok(Exit::Clean);
    }
    let command = format!("shipshape release back {version}");
    let command = context.command(&context.given.in_earnest(&command, &[]));
    let mut steps = vec![Step::from(command)];
    if let Some(begun) = begun.filter(Back::can_go_on) {
        context.terminal.note(&visible_line(&begun.in_words()));
        // `continued` is the same command with its recorded options, unless this run is limited to named members.
        if arguments.runtime.is_empty() && begun.version == version.to_string() {
            steps.clear();
        }
        let goes_on = continued(context, &begun);
        steps.retain(|step| step.what != goes_on);
        steps.insert(0, Step::because(goes_on, CONTINUES));
    }
    next::note(context, steps);
    Ok(Exit::Clean)
}
