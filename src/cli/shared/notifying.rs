//! Whether the token that notifies members can notify any of them, as far as reading their repositories shows.

use std::collections::BTreeSet;

use crate::cli::shared::forge::Session;
use crate::fleet::{Fleet, Member, RepositoryName};
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

/// What reading repositories shows of a token that notifies.
pub(in crate::cli) enum Reach {
    /// It can probably notify one, at which the others were not asked about.
    Some,
    /// It can notify none of those that take writes: of the first, why.
    None {
        /// How many were asked about.
        asked: usize,
        /// Why.
        why: String,
    },
    /// All are archived or disabled that were asked about.
    Shut,
}

/// Asks about repositories, each once, until one can be notified, or `most` have been asked about.
///
/// # Errors
/// When the forge does not accept the token at all.
pub(in crate::cli) fn reach<'n>(
    session: &Session,
    repositories: impl IntoIterator<Item = &'n RepositoryName>,
    most: usize,
) -> Result<Reach, ForgeError> {
    let (mut refused, mut asked) = (None, 0);
    // Several members may be in one repository.
    let mut seen = BTreeSet::new();
    for name in repositories.into_iter().filter(|name| seen.insert(*name)) {
        match access(session, name)? {
            Access::Open => return Ok(Reach::Some),
            Access::Shut => {}
            Access::Refused(why) => refused = refused.or(Some(why)),
        }
        asked += 1;
        if asked >= most {
            break;
        }
    }
    Ok(refused.map_or(Reach::Shut, |why| Reach::None { asked, why }))
}

/// Whether a member builds something when it is notified: all do, unless only those of one kind have images.
pub(in crate::cli) fn builds(fleet: &Fleet, member: &Member) -> bool {
    let of_one_kind = fleet.manifest.images.as_ref().is_some_and(|images| images.of.is_some());
    !of_one_kind || fleet.image(member).is_some()
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
