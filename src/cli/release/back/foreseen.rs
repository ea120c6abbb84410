//! What `release back` would do.

use std::collections::BTreeSet;

use pep440_rs::Version;

use super::above::Above;
use super::left::left;
use super::overtaken::{Found, Ground, from_is_known};
use super::{Arguments, CONTINUES, busy, continued, show};
use crate::cli::release::run::told;
use crate::cli::release::{Target, cascade, freeze, withdraw};
use crate::cli::shared::given::Given;
use crate::cli::shared::next::{self, Step};
use crate::cli::shared::releases;
use crate::cli::{Context, Exit};
use crate::edge::terminal::visible_line;
use crate::error::{Kind, Result};
use crate::fleet::{Fleet, Selection};
use crate::forge::WriteScope;
use crate::journal::Journal;
use crate::release::ReleaseId;
use crate::release::back::{self, Back, Beside};
use crate::release::cascade::{Cascade, WouldGoBack};
use crate::release::later::Later;
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
    let ground = Ground { fleet, release, later: &above.later, seen: &seen };
    let Found { overtaken, is_stale, .. } = ground.found(arguments, journal.as_ref())?;
    let begun = match &journal {
        Some(journal) => back::begun(journal, &subject.distribution)?,
        None => None,
    };
    // This run would record that it is overtaken.
    let begun = begun.filter(|begun| begun.at_it.is_some() || !is_stale);
    show(arguments, context, &seen)?;
    if let Some(would) = WouldGoBack::of(&seen.repositories, version) {
        context.terminal.note(&visible_line(&would.in_words()));
    }
    let mut would_freeze = false;
    if !arguments.no_freeze {
        let session = arguments.forge.session(context, Some(fleet), WriteScope::none())?;
        would_freeze = freeze::foresee(context, &session, subject, reason)?.is_none();
    }
    let command = format!("shipshape release back {version}");
    let command = context.command(&context.given.in_earnest(&command, &[]));
    let is_back = seen.repositories.iter().all(|row| row.state.is_left_alone());
    let left = match journal.as_ref().filter(|_| is_back && overtaken.is_none()) {
        Some(journal) => {
            let seen = (&seen, arguments.from.as_ref());
            foreseen_left(context, journal, (fleet, release), &above.later, seen)?
        }
        None => Vec::new(),
    };
    // Two of them exclude each other.
    let running = begun.as_ref().filter(|begun| begun.at_it.is_some());
    let busy = match journal.as_ref().filter(|_| running.is_none()) {
        Some(journal) => busy::refused(journal, release)?,
        None => None,
    };
    if is_back && begun.is_none() && overtaken.is_none() && busy.is_none() {
        context.terminal.note(match (would_freeze, left.is_empty()) {
            (true, true) => "Nothing was done: no image contains a later version, so this would only freeze releases.",
            (false, true) => "Nothing was done, and there is nothing to do.",
            (_, false) => "Nothing was done: no image contains a later version.",
        });
        if !left.is_empty() {
            next::note(context, left);
        }
        return Ok(Exit::Clean);
    }
    context.terminal.note("Nothing was done.");
    if let Some(running) = running {
        context.terminal.note(&visible_line(&running.in_words()));
        return Ok(Exit::Clean);
    }
    if let Some(busy) = busy {
        context.terminal.note(&visible_line(&format!("refused: {}", told(&busy))));
        return Ok(Exit::Findings);
    }
    if let Some(overtaken) = overtaken {
        let is_refused = overtaken.is_refused(arguments) || is_back;
        let begins = if is_refused { "refused: " } else { "WARNING: " };
        let line = format!("{begins}{}; {}", overtaken.in_words(), overtaken.hint());
        context.terminal.note(&visible_line(&line));
        if overtaken.is_unfinished() {
            let why = "takes nobody back: it forgets the unfinished one";
            next::note(context, [Step::because(command, why)]);
        }
        return Ok(Exit::Findings);
    }
    let exit = token(arguments, context, target)?;
    let mut steps = if left.is_empty() { vec![Step::from(command)] } else { left };
    if let Some(begun) = begun.filter(Back::can_go_on) {
        context.terminal.note(&visible_line(&begun.in_words()));
        let goes_on = Step::because(continued(context, &begun), CONTINUES);
        let (theirs, ours) = (meant(&begun.names(), fleet), meant(&arguments.runtime, fleet));
        match begun.beside(version, (&theirs, &ours)) {
            // It is the same command, with those of its recorded options that this one does not set.
            Beside::Same => {
                steps = vec![Step::because(rehearsed(arguments, context, &begun), CONTINUES)];
            }
            // Its record goes with it.
            Beside::Within if !is_back => {}
            Beside::Within | Beside::Apart => steps.push(goes_on),
        }
    }
    next::note(context, steps);
    Ok(exit)
}

/// The command that continues an unfinished way back as this one would: what is typed goes before what is recorded, except the
/// names of its members, which its record has.
fn rehearsed(arguments: &Arguments, context: &Context, begun: &Back) -> String {
    let command = format!("shipshape release back {}", begun.version);
    let typed = context.given.in_earnest(&command, &["runtime", "yes"]);
    // Of a freeze that is not to be, there is no reason.
    let is_contrary = |option: &str| match option.split(' ').next() {
        Some("--reason") => arguments.no_freeze,
        Some("--no-freeze") => arguments.reason.is_some(),
        _ => false,
    };
    let mut recorded = begun.options.clone();
    recorded.retain(|option| !is_contrary(option));
    context.command(&Given::default().before(&recorded).carried_to(&typed))
}

/// The repositories that names of members mean, in lower case; without names those of all that are notified. Names that mean
/// none any more count as they are.
fn meant(names: &[String], fleet: &Fleet) -> BTreeSet<String> {
    if names.is_empty() {
        return releases::members(fleet);
    }
    match Selection::parse(names).and_then(|named| named.of(fleet)) {
        Ok(members) => members.into_iter().map(|member| member.repository.key()).collect(),
        Err(_) => names.iter().cloned().collect(),
    }
}

/// What is to be done about versions that members went back from, where no image contains one: the index, and this command
/// without `--dry-run`, which alone records that.
fn foreseen_left(
    context: &Context,
    journal: &Journal,
    (fleet, release): (&Fleet, ReleaseId<'_>),
    later: &Later,
    (seen, up_to): (&Cascade, Option<&Version>),
) -> Result<Vec<Step>> {
    let recorded = left(journal, (fleet, release), later, (&[], None))?;
    let rows = seen.repositories.as_slice();
    let found = left(journal, (fleet, release), later, (rows, up_to))?;
    let mut steps: Vec<Step> = Vec::new();
    if let Some(found) = &found {
        steps.extend(withdraw::at_the_end(found));
    }
    if found != recorded {
        let command = format!("shipshape release back {} --no-freeze", release.version);
        let command = context.command(&context.given.in_earnest(&command, &["reason"]));
        let why = "records that no image of these members contains a later version";
        steps.push(Step::because(command, why));
    }
    Ok(steps)
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
