//! The token that notifies members, and what is reported without it.

use pep440_rs::Version;

use super::meant;
use crate::cli::Context;
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::notifying::{self, Reach};
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::forge::WriteScope;
use crate::forge::credential::DISPATCH_VARIABLE;
use crate::release::ReleaseId;
use crate::release::cascade::{self, Cascade};

/// The only variable that the token is read from.
pub(in crate::cli::release) const TOKEN: &str = DISPATCH_VARIABLE;

/// Whether there is a token.
pub(in crate::cli::release) fn has_token(context: &Context) -> bool {
    context.environment.get(TOKEN).is_some_and(|token| !token.trim().is_empty())
}

/// Refuses a token that can notify none of the selected members, before anything is frozen or reserved, since the
/// command would stop half-way. It is enough if it can notify one, so this stops at the first such member. Without a
/// token or without members this succeeds: the caller handles those cases.
///
/// # Errors
/// When the forge does not accept the token, or it may write to no member.
pub(in crate::cli::release) fn can_notify(
    forge: &ForgeOptions,
    context: &Context,
    fleet: &Fleet,
    names: &[String],
) -> Result<()> {
    if names.is_empty() && fleet.active().next().is_none() {
        return Ok(());
    }
    let Some(session) = forge.session_by(context, Some(fleet), WriteScope::none(), TOKEN)? else {
        return Ok(());
    };
    let members = meant(context, names, fleet)?;
    let names = members.iter().map(|member| &member.repository);
    let reach = notifying::reach(&session, names, usize::MAX).map_err(|error| {
        Error::failed(format!("{TOKEN} cannot notify members, so nothing was done"))
            .caused_by(error)
            .hint(not_accepted())
    })?;
    match reach {
        Reach::Some | Reach::Shut => Ok(()),
        Reach::None { why, .. } => {
            Err(Error::failed(format!("{TOKEN} cannot notify any member, so nothing was done"))
                .caused_by(why)
                .hint(format!(
                    "permit {TOKEN} `contents: write` in the repositories of the members"
                )))
        }
    }
}

/// The hint for a token that the forge does not accept.
pub(super) fn not_accepted() -> String {
    format!(
        "the forge does not accept {TOKEN}: it has expired, was revoked, or is for another forge"
    )
}

/// The report of a skipped cascade. The command exits cleanly, so that releases also work without the token.
pub(super) fn without_token(
    context: &Context,
    release: ReleaseId<'_>,
    event: &str,
    later: Option<&Version>,
) -> Cascade {
    let why = format!("{TOKEN} is not set");
    let builds = match later {
        None => "each picks it up with its next build".to_owned(),
        Some(later) => format!("the next builds take {later}"),
    };
    context.terminal.note(&format!(
        "WARNING: {why}, so no member is notified of {}; {builds}",
        release.version
    ));
    let now = context.clock.rfc3339();
    cascade::skipped(release, event, &why, now)
}
