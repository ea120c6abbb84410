//! Whether the token that notifies members can notify any of them, as far as reading their repositories shows.

use crate::cli::shared::forge::Session;
use crate::fleet::RepositoryName;
use crate::forge::{ForgeError, ForgeErrorKind};

/// What the token may do in a repository.
enum Access {
    /// Probably write.
    Open,
    /// Not write, and why.
    Refused(String),
    /// Nothing: the repository accepts no writes at all.
    Shut,
}

/// Why the token can notify none of these, of the first that says so. Nothing if it can probably notify one, at which
/// this stops asking, or if all are archived or disabled.
///
/// # Errors
/// When the forge does not accept the token at all.
pub(in crate::cli) fn why_none<'n>(
    session: &Session,
    repositories: impl IntoIterator<Item = &'n RepositoryName>,
) -> Result<Option<String>, ForgeError> {
    let mut refused = None;
    for name in repositories {
        match access(session, name)? {
            Access::Open => return Ok(None),
            Access::Shut => {}
            Access::Refused(why) => refused = refused.or(Some(why)),
        }
    }
    Ok(refused)
}

fn access(session: &Session, name: &RepositoryName) -> Result<Access, ForgeError> {
    match session.run(session.client().repository(name)) {
        Ok(repository) if repository.archived || repository.disabled => Ok(Access::Shut),
        Ok(repository) => Ok(match repository.permissions {
            // For an App's token a forge may report no permissions at all, not even the one just used.
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
            // The error may pass; a lasting one is reported for each member.
            _ => Ok(Access::Open),
        },
    }
}
