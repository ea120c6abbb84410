//! The token that members are told with.

use super::meant;
use crate::cli::Context;
use crate::cli::shared::forge::{ForgeOptions, Session};
use crate::error::{Error, Result};
use crate::fleet::{Fleet, RepositoryName};
use crate::forge::{ForgeError, ForgeErrorKind, WriteScope};

/// The one variable that holds the token.
pub(in crate::cli::release) const TOKEN: &str = "TEMPLATE_DISPATCH_TOKEN";

/// Whether there is a token to tell members with.
pub(in crate::cli::release) fn has_token(context: &Context) -> bool {
    context.environment.get(TOKEN).is_some_and(|token| !token.trim().is_empty())
}

/// What the token may do in a repository, as far as a look shows it.
enum Access {
    /// Nothing speaks against writing.
    Open,
    /// It may not write; why.
    Refused(String),
    /// This repository takes no writes from anybody.
    Shut,
}

/// Refuses a token that can notify none of the members that are meant, before anything is done: what is frozen or
/// reserved first would stop half-way. One that can notify some of them is enough, and one member is asked then. Without a
/// token, or a member, nothing is said: the caller knows what that means.
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
    let mut refused = None;
    for member in meant(context, names, fleet)? {
        match access(&session, &member.repository) {
            Ok(Access::Open) => return Ok(()),
            Ok(Access::Shut) => {}
            Ok(Access::Refused(why)) => refused = refused.or(Some(why)),
            Err(error) => {
                return Err(Error::failed(format!(
                    "{TOKEN} cannot notify members, so nothing was done"
                ))
                .caused_by(error)
                .hint(not_accepted()));
            }
        }
    }
    match refused {
        None => Ok(()),
        Some(why) => {
            Err(Error::failed(format!("{TOKEN} cannot notify any member, so nothing was done"))
                .caused_by(why)
                .hint(format!(
                    "permit {TOKEN} `contents: write` in the repositories of the members"
                )))
        }
    }
}

/// What to do about a token that the forge does not accept.
pub(super) fn not_accepted() -> String {
    format!(
        "the forge does not accept {TOKEN}: it has expired, was revoked, or is for another forge"
    )
}

/// What the token may do in a repository; an error where the forge does not accept the token at all.
fn access(session: &Session, name: &RepositoryName) -> std::result::Result<Access, ForgeError> {
    match session.run(session.client().repository(name)) {
        Ok(repository) if repository.archived || repository.disabled => Ok(Access::Shut),
        Ok(repository) => Ok(match repository.permissions {
            // Of the token of an App a forge may say that it may do nothing, not even this look.
            Some(may) if may.pull && !may.push && !may.admin => {
                Access::Refused(format!("it may only read `{name}`"))
            }
            _ => Access::Open,
        }),
        Err(error) => match error.kind {
            ForgeErrorKind::Unauthorized => Err(error),
            ForgeErrorKind::NotFound | ForgeErrorKind::Forbidden => {
                Ok(Access::Refused(format!("`{name}`: {error}")))
            }
            // It may pass; and what lasts is said of each member.
            _ => Ok(Access::Open),
        },
    }
}
