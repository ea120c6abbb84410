//! `shipshape release freeze`: stops releases until `release thaw`.

use clap::Args;

use super::Target;
use crate::cli::shared::forge::{ForgeOptions, Session};
use crate::cli::shared::next::{self, Step};
use crate::cli::{Context, Exit};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::release::Subject;
use crate::release::freeze::{self, Freeze};
use crate::source::secrets::masked;

/// The longest reason, in characters: it has to fit one line of a report.
const MAX_REASON: usize = 500;

/// Stop releases on all machines until `release thaw`.
///
/// A tag in the source's repository records who froze releases, when and why. While it exists nothing is
/// tagged, published or cascaded on any machine, except with --force.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape release freeze --reason '0.1.6 loses the queue; see #812'
  shipshape release thaw")]
pub(super) struct Arguments {
    /// The reason, in one line, shown wherever a release is stopped.
    #[arg(long, value_name = "TEXT")]
    reason: String,

    /// Only show what would be done.
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    forge: ForgeOptions,
}

/// Normalizes a reason to one line, and refuses one that contains a credential, since everybody can read it.
pub(super) fn reason(text: &str) -> Result<String> {
    let reason = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if reason.is_empty() || reason.chars().count() > MAX_REASON {
        return Err(Error::usage(format!("a reason has 1 to {MAX_REASON} characters"))
            .hint("say what is wrong, and where to read more about it"));
    }
    if masked(&reason) != reason {
        return Err(Error::usage("the reason contains what looks like a credential")
            .hint("anyone can read it: leave that out"));
    }
    Ok(reason)
}

/// Freezes releases, and reports it. An existing freeze is left as it is.
pub(super) fn set(
    context: &Context,
    session: &Session,
    subject: &Subject,
    reason: &str,
) -> Result<()> {
    let line = match session.run(freeze::set(session.client(), subject, reason))? {
        Ok(()) => {
            let tag = subject.release.freeze_tag();
            format!("releases are frozen: `{tag}` in {}", subject.repository)
        }
        Err(freeze) => {
            let kept = if freeze.reason == reason { "" } else { "; this reason was not added" };
            format!("{}{kept}", freeze.after("releases were frozen already"))
        }
    };
    context.terminal.note(&visible_line(&line));
    Ok(())
}

/// Whether releases are not frozen at this moment. While that cannot be read, they may still be.
pub(super) fn is_lifted(session: &Session, subject: &Subject) -> bool {
    matches!(session.run(freeze::find(session.client(), subject)), Ok(None))
}

/// Reports what freezing would do. Returns the freeze that is in effect.
pub(super) fn foresee(
    context: &Context,
    session: &Session,
    subject: &Subject,
    reason: &str,
) -> Result<Option<Freeze>> {
    let found = session.run(freeze::find(session.client(), subject))?;
    let line = match &found {
        None => format!("Releases would be frozen, with the reason: {reason}"),
        Some(freeze) => freeze.after("Releases are frozen already"),
    };
    context.terminal.note(&visible_line(&line));
    Ok(found)
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let reason = reason(&arguments.reason)?;
    let Target { fleet, subject } = Target::of(context)?;
    let tag = subject.release.freeze_tag();
    let writes = arguments.forge.writes([&subject.repository]);
    let session = arguments.forge.session(context, Some(&fleet), writes)?;
    if arguments.dry_run || arguments.forge.read_only {
        let line = match session.run(freeze::find(session.client(), &subject))? {
            Some(freeze) => freeze.after("releases are frozen already"),
            None => format!("would create the tag `{tag}` in {}", subject.repository),
        };
        context.terminal.note(&visible_line(&line));
        return Ok(Exit::Clean);
    }
    set(context, &session, &subject, &reason)?;
    let back = context.command("release back VERSION");
    let back = format!("# if members have a bad version, they go back to an earlier one: {back}");
    let thaw = Step::because(context.command("release thaw"), "when the reason is gone");
    next::note(context, [Step::from(back), thaw]);
    Ok(Exit::Clean)
}
