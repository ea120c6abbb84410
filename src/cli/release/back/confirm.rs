//! What is asked before members go back.

use std::collections::BTreeMap;

use super::Arguments;
use crate::cli::release::{Target, declined};
use crate::cli::shared::confirmed::confirmed;
use crate::cli::{Context, counted};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::forge::WriteScope;
use crate::release::cascade::Cascade;
use crate::release::freeze;
use crate::release::undone::{Undone, Whereabouts};

/// Shows what images contain now, and asks once. The question names a version that was released since members went back.
pub(super) fn confirm(
    arguments: &Arguments,
    context: &Context,
    target: &Target,
    seen: &Cascade,
    since: Option<&Undone>,
) -> Result<()> {
    let open = seen.repositories.iter().filter(|row| !row.state.is_left_alone()).count();
    let Cascade { distribution, version, .. } = seen;
    let what = match open {
        0 => format!("no image contains a later version than {version}"),
        _ => format!("{} would go back to {version}", counted(open, "repository")),
    };
    if !arguments.yes && !context.terminal.can_ask() {
        return Err(Error::usage(format!("{what}, and there is no terminal to ask on"))
            .hint("give --yes if that is intended")
            .hint("to see what each image contains now: --dry-run"));
    }
    context.terminal.note(&visible_line(&format!("images contain now: {}", contents(seen))));
    if arguments.yes {
        return Ok(());
    }
    let freezes = match arguments.no_freeze || is_frozen(arguments, context, target) {
        true => "",
        false => ", and freeze releases",
    };
    let question = match open {
        0 => format!("No image contains a later version than {version}. Check again{freezes}?"),
        _ => {
            let whom = counted(open, "repository");
            let (begins, since) = since.map(released).unwrap_or_default();
            format!("{begins}Take {whom} back to {distribution} {version}{since}{freezes}?")
        }
    };
    match confirmed(context, &question)? {
        true => Ok(()),
        false => Err(declined()),
    }
}

/// Whether releases are frozen already. While that cannot be read, they may not be.
fn is_frozen(arguments: &Arguments, context: &Context, Target { fleet, subject }: &Target) -> bool {
    let session = arguments.forge.session(context, Some(fleet), WriteScope::none());
    session.is_ok_and(|session| {
        matches!(session.run(freeze::find(session.client(), subject)), Ok(Some(_)))
    })
}

/// What a question says before and after whom it is about, where a version was released since members went back.
fn released(Undone { by, at, .. }: &Undone) -> (String, String) {
    match at {
        Whereabouts::Released => {
            (format!("{by} is published; no image is known to contain it. "), String::new())
        }
        Whereabouts::Images | Whereabouts::UnderWay(_) => {
            (String::new(), format!(", also from {by}, which was released since"))
        }
    }
}

/// How many images contain each version.
pub(super) fn contents(seen: &Cascade) -> String {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for image in seen.repositories.iter().flat_map(|row| &row.images) {
        let version = image.version.as_deref().unwrap_or("not known");
        *times.entry(version).or_default() += 1;
    }
    let parts: Vec<String> =
        times.iter().map(|(what, count)| format!("{what} ({count})")).collect();
    if parts.is_empty() { "not known".to_owned() } else { parts.join(", ") }
}
