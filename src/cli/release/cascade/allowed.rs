//! What keeps members from being notified: an index that does not serve the version, a later one, and a freeze.

use std::fmt::Display;

use pep440_rs::Version;

use super::token::not_accepted;
use super::{TOKEN, Wish};
use crate::cli::Context;
use crate::cli::release::ahead::{Ahead, Versions};
use crate::cli::release::went_back::WentBack;
use crate::cli::release::{Target, project};
use crate::cli::shared::forge::Session;
use crate::cli::shared::index;
use crate::cli::shared::next::quoted;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::forge::{Client, ForgeErrorKind, WriteScope};
use crate::index::{Availability, Project};
use crate::package::version;
use crate::release::cascade::{newer, overtaken};
use crate::release::freeze::{self, Freeze};
use crate::release::version::is_final_above;
use crate::release::{Subject, subject, tags};

/// Refuses a version that the index does not serve, since members would build with the previous one, and one that would
/// take members back from a later version. Returns the later ones that the index knows at all, in their order.
pub(super) fn must_be_served(
    wish: &Wish,
    context: &Context,
    fleet: &Fleet,
    version: &Version,
) -> Result<Vec<Version>> {
    let package = subject::package(fleet)?;
    let name = &package.distribution;
    let index = index::of_fleet(context, &wish.index, package)?;
    let project = index.find_project(name)?.unwrap_or_default();
    match project.availability(version) {
        Availability::Offered(_) => {
            match overtaken(version, project.latest(false).as_ref()) {
                Some(error) if !wish.force => {
                    return Err(on_purpose(error, wish, version));
                }
                // `release back` is there to go back, so that is nothing to set aside.
                Some(error) if !wish.only_back => {
                    let line = format!("set aside: {}", error.message());
                    context.terminal.note(&visible_line(&line));
                }
                _ => {}
            }
            let releases = project.releases().into_keys();
            Ok(releases.filter(|known| is_final_above(known, version)).collect())
        }
        Availability::Withdrawn(yanked) => Err(withdrawn(name, version, yanked.in_words())),
        Availability::Missing => Err(missing(index.address().shown(), name, version)),
    }
}

/// Refuses to take members back from a version that the index does not list, or lists what `--force` sets aside. Returns
/// these versions. An index that cannot be read, or does not serve the version, is reported where members are notified.
pub(super) fn may_go_ahead(
    wish: &Wish,
    context: &Context,
    target: &Target,
) -> Result<Vec<Version>> {
    let (fleet, version) = (&target.fleet, version::read(&wish.version)?);
    let project = on_index(wish, context, fleet);
    let is_overtaken = newer(&version, project.latest(false).as_ref()).is_some();
    if !matches!(project.availability(&version), Availability::Offered(_)) || is_overtaken {
        return Ok(Vec::new());
    }
    let listed: Vec<Version> = project.releases().into_keys().collect();
    let context = &Context { is_part: true, ..context.clone() };
    let tagged = tagged(wish, context, target);
    let versions = Versions { version: &version, listed: &listed, tagged: &tagged };
    let Ahead { unlisted, .. } = Ahead::of(wish, context, target, &versions)?;
    let ahead = Ahead { back: None, unlisted };
    match ahead.refused().filter(|_| !wish.force) {
        Some(error) => {
            Err(on_purpose(error.hint("to do it all the same: --force"), wish, &version))
        }
        None => {
            for line in ahead.objections() {
                context.terminal.note(&visible_line(&format!("set aside: {line}")));
            }
            Ok(ahead.unlisted.versions())
        }
    }
}

/// The versions that have a tag, as the credential sees them that every other command uses. None if it cannot.
fn tagged(wish: &Wish, context: &Context, Target { fleet, subject }: &Target) -> Vec<Version> {
    let Ok(session) = wish.forge.session(context, Some(fleet), WriteScope::none()) else {
        return Vec::new();
    };
    let found = session.run(tags(session.client(), subject)).unwrap_or_default();
    found.into_iter().map(|tagged| tagged.version).collect()
}

/// Adds the commands that take members back on purpose: all, or those that were named.
pub(super) fn on_purpose(error: Error, wish: &Wish, version: &Version) -> Error {
    let named: Vec<String> = wish.runtime.iter().map(|name| quoted(name)).collect();
    let (begins, named) = match named.is_empty() {
        true => ("to go back on purpose", String::new()),
        false => ("to take them back on purpose", format!(" --runtime {}", named.join(" "))),
    };
    error
        .hint(format!("{begins}: `shipshape release back {version}{named}`"))
        .hint(WentBack::of_some(version, &wish.runtime))
}

/// Refuses, where no member can be notified, a version that no member takes up with its next build either: the index
/// offers a later one. An index that cannot be read says nothing.
pub(super) fn must_be_newest(
    wish: &Wish,
    context: &Context,
    fleet: &Fleet,
    version: &Version,
) -> Result<()> {
    let project = on_index(wish, context, fleet);
    let is_offered = matches!(project.availability(version), Availability::Offered(_));
    match newer(version, project.latest(false).as_ref()).filter(|_| is_offered) {
        None => Ok(()),
        Some(later) => {
            Err(Error::failed(format!("{TOKEN} is not set, so no member is notified of {version}"))
                .caused_by(format!(
                    "their next builds take {later}, the newest version that the index offers"
                ))
                .hint("set it to a token with `contents: write` for the members"))
        }
    }
}

/// The package on the index. One that cannot be read says nothing.
pub(super) fn on_index(wish: &Wish, context: &Context, fleet: &Fleet) -> Project {
    project(context, &wish.index, fleet).ok().flatten().unwrap_or_default()
}

fn missing(at: impl Display, name: &str, version: &Version) -> Error {
    Error::failed(format!("{at} does not serve {name} {version}, so no member is notified"))
        .caused_by("members would build with the version before")
        .hint("publish it first; an index may take some minutes: then run this again")
        .hint("if it was deleted there, it is never accepted again: release the next version")
}

fn withdrawn(name: &str, version: &Version, why: &str) -> Error {
    Error::failed(format!("{name} {version} was withdrawn, so no member is notified"))
        .caused_by(why.escape_debug())
        .hint("merge a fix, and release the next version: `shipshape release run`")
}

/// Which versions are refused where no member is to be notified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// Withdrawn ones.
    Withdrawn,
    /// Also those that the index does not serve, such as a mistyped one.
    Missing,
}

/// Refuses a version that no member takes up with its next build either, and returns the newest version that builds take
/// instead if that is a later one. Where only withdrawn versions are refused, an
/// index that cannot be read stops nothing, since no member is to be notified.
pub(super) fn must_come_with_builds(
    wish: &Wish,
    context: &Context,
    fleet: &Fleet,
    (version, refused): (&Version, Refused),
) -> Result<Option<Version>> {
    let package = subject::package(fleet)?;
    let name = &package.distribution;
    let index = index::of_fleet(context, &wish.index, package)?;
    let project = match index.find_project(name) {
        // A project that the index does not know has no version.
        Ok(project) => project.unwrap_or_default(),
        Err(_) if refused == Refused::Withdrawn => return Ok(None),
        Err(error) => {
            let hint = format!("whether members can build with {version} is not known before that");
            return Err(error.hint(hint));
        }
    };
    match project.availability(version) {
        Availability::Withdrawn(yanked) => Err(withdrawn(name, version, yanked.in_words())),
        Availability::Missing if refused == Refused::Missing => {
            Err(missing(index.address().shown(), name, version))
        }
        Availability::Offered(_) | Availability::Missing => {
            Ok(newer(version, project.latest(false).as_ref()).cloned())
        }
    }
}

/// What was found where a freeze would stop the notifications.
#[derive(Default)]
pub(super) struct Permitted {
    /// The client of the credential that every other command uses, if only that one can read the freeze: it reads the
    /// freeze before later waves, too.
    pub(super) usual: Option<Client>,
    /// The freeze that `--force` sets aside. It is still in effect afterwards.
    pub(super) set_aside: Option<Freeze>,
}

/// Refuses while releases are frozen. The tag that says so is in the platform's repository, which a token for members
/// need not see: then the credential that every other command uses reads it.
pub(super) fn must_not_be_frozen(
    wish: &Wish,
    context: &Context,
    session: &Session,
    (fleet, subject): (&Fleet, &Subject),
) -> Result<Permitted> {
    let mut found = session.run(freeze::find(session.client(), subject));
    let mut usual = None;
    if let Err(error) = &found
        && matches!(error.kind, ForgeErrorKind::NotFound | ForgeErrorKind::Forbidden)
        // What is wrong with that credential is no answer to this question.
        && let Ok(Some(other)) = wish.forge.client_beside(session, Some(fleet))
        && let Ok(read) = session.run(freeze::find(&other, subject))
    {
        found = Ok(read);
        usual = Some(other);
    }
    match found {
        Ok(None) => Ok(Permitted { usual, set_aside: None }),
        Ok(Some(freeze)) if wish.force => {
            if !wish.knows_freeze {
                let line = format!("set aside: {}", freeze.in_words());
                context.terminal.note(&visible_line(&line));
            }
            Ok(Permitted { usual, set_aside: Some(freeze) })
        }
        Ok(Some(freeze)) => Err(freeze.stops("no member is notified")),
        Err(error) if wish.force && error.kind != ForgeErrorKind::Unauthorized => {
            Ok(Permitted::default())
        }
        Err(error) => {
            let what = "whether releases are frozen cannot be read, so no member is notified";
            let is_refused = error.kind == ForgeErrorKind::Unauthorized;
            let error = Error::from(error);
            let failed = Error::failed(what).caused_by(error.message());
            let failed =
                error.causes().iter().fold(failed, |failed, cause| failed.caused_by(cause));
            // If the forge does not accept the token, no member can be notified, not even with --force.
            Err(match is_refused {
                true => failed.hint(not_accepted()),
                false => failed.hint(format!(
                    "permit {TOKEN} or the token of other commands `contents: read` in `{}`; or insist with --force",
                    subject.repository
                )),
            })
        }
    }
}
