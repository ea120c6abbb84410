//! What `release back` would do.

use pep440_rs::Version;

use super::above::Above;
use super::overtaken::{Ground, Overtaken, continued_by, from_is_known};
use super::{Arguments, CONTINUES, continued, show};
use crate::cli::release::run::told;
use crate::cli::release::{Target, cascade, freeze};
use crate::cli::shared::next::{self, Step};
use crate::cli::{Context, Exit};
use crate::edge::terminal::visible_line;
use crate::error::{Kind, Result};
use crate::forge::WriteScope;
use crate::journal::Journal;
use crate::release::back::{self, Back};
use crate::release::cascade::WouldGoBack;
use crate::source::secrets::masked;

/// Shows what would be done, and with which command.
pub(super) fn foresee(
    arguments: &Arguments,
    context: &Context,
    target: &Target,
    (version, mut above): (&Version, Above),
    reason: &str,
) -> Result<Exit> {
    let Target { fleet, subject } = target;
    let wish = arguments.wish(version);
    let seen = cascade::seen(&wish, context, target)?;
    let release = subject.at(version);
    above.look(context, release, &seen);
    from_is_known(arguments, &above.later, &seen)?;
    let journal = Journal::look(&arguments.journal_file(context, fleet)?)?;
    let (mut begun, mut same) = (None, None);
    if let Some(journal) = &journal {
        begun = back::begun(journal, &subject.distribution)?;
        same = continued_by(arguments, journal, release)?;
    }
    let ground = Ground { fleet, release, begun: same.as_ref(), released: &above.later.released() };
    let overtaken = Overtaken::of(arguments, journal.as_ref(), &ground, &seen)?;
    show(arguments, context, &seen)?;
    if let Some(would) = WouldGoBack::of(&seen.repositories, version) {
        context.terminal.note(&visible_line(&would.in_words()));
    }
    let mut would_freeze = false;
    if !arguments.no_freeze {
        let session = arguments.forge.session(context, Some(fleet), WriteScope::none())?;
        would_freeze = freeze::foresee(context, &session, subject, reason)?.is_none();
    }
    let is_back = seen.repositories.iter().all(|row| row.state.is_left_alone());
    if is_back && begun.is_none() {
        context.terminal.note(match would_freeze {
            true => "Nothing was done: no image contains a later version, so this would only freeze releases.",
            false => "Nothing was done, and there is nothing to do.",
        });
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
    if let Some(overtaken) = overtaken {
        let is_refused = overtaken.is_refused(arguments);
        let begins = if is_refused { "refused: " } else { "WARNING: " };
        let line = format!("{begins}{}; {}", overtaken.in_words(), overtaken.hint());
        context.terminal.note(&visible_line(&line));
        if overtaken.is_unfinished() {
            let why = "takes nobody back: it forgets the unfinished one";
            next::note(context, [Step::because(command.clone(), why)]);
        }
        if is_refused {
            return Ok(Exit::Findings);
        }
    }
    let exit = token(arguments, context, target)?;
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
    Ok(exit)
}

/// Says what is known against the token that would notify members.
fn token(arguments: &Arguments, context: &Context, target: &Target) -> Result<Exit> {
    let refused =
        |line: &str| context.terminal.note(&visible_line(&masked(&format!("refused: {line}"))));
    if !cascade::has_token(context) {
        refused(&format!("{} is not set, so no member can be notified", cascade::TOKEN));
        return Ok(Exit::Findings);
    }
    match cascade::can_notify(&arguments.forge, context, &target.fleet, &arguments.runtime) {
        Ok(()) => Ok(Exit::Clean),
        Err(error) if error.kind() == Kind::Usage => Err(error),
        Err(error) => {
            refused(&told(&error));
            Ok(Exit::Unchecked)
        }
    }
}
