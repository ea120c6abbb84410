//! What is checked before members are notified: whether the members that go first exist, and what images contain.

use super::allowed::{Refused, must_come_with_builds};
use super::{Round, Wish, foreseen, members};
use crate::cli::Context;
use crate::cli::release::Target;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Member, name_one};
use crate::forge::WriteScope;
use crate::package::version;
use crate::release::Announcement;
use crate::release::cascade::{self, Cascade, Grouping, items};

/// The most members that an error names.
const NAMED: usize = 30;

/// Refuses names of unknown members, and those that several members have: both are found before anything is done.
pub(in crate::cli::release) fn who_goes_first(fleet: &Fleet, first: &[String]) -> Result<()> {
    for name in first {
        let found: Vec<&Member> = fleet.named(name).filter(|it| fleet.takes_part(it)).collect();
        // Members in one repository go together.
        let is_elsewhere = |it: &&Member| {
            found.first().is_some_and(|first| !it.repository.same(&first.repository))
        };
        if found.iter().any(is_elsewhere) {
            let what = format!("`{name}` is to go first, and several members are called that");
            return Err(Error::usage(what).in_file(&fleet.file).hint(name_one(&found)));
        }
    }
    let is_unknown = |name: &&String| fleet.named(name).next().is_none();
    let Some(unknown) = first.iter().find(is_unknown) else { return Ok(()) };
    let slugs: Vec<&str> = fleet.active().map(|member| member.slug.as_str()).collect();
    let shown = slugs.get(..NAMED).map_or_else(
        || slugs.join(", "),
        |shown| format!("{}, and more: `shipshape fleet list`", shown.join(", ")),
    );
    Err(Error::usage(format!("`{unknown}` is to go first, but is not a member of this fleet"))
        .in_file(&fleet.file)
        .hint(format!("the members are {shown}")))
}

/// What the images of the selected members contain now, what runs there, and which would go back. Notifies nobody.
pub(in crate::cli::release) fn seen(
    wish: &Wish,
    context: &Context,
    target: &Target,
) -> Result<Cascade> {
    let Target { fleet, subject } = target;
    let announcement = Announcement::of(fleet)?;
    let version = version::read(&wish.version)?;
    let members = members(context, &wish.runtime, fleet)?;
    let grouping = Grouping { round: "", is_narrowed: !wish.runtime.is_empty() };
    let items = items(&members, subject.at(&version), &wish.pace.order(), grouping)?;
    let session = wish.forge.session(context, Some(fleet), WriteScope::none())?;
    let (items, members) = (&items, &members);
    let round =
        Round { version: &version, items, members, goes_back: true, later: &[], freeze: None };
    let rows = foreseen(wish, context, &session, (target, &announcement), &round)?;
    let (release, now) = (subject.at(&version), context.clock.rfc3339());
    Ok(Cascade::of(release, &announcement.event, (rows, None), true, now))
}

/// Whether the images of all members contain the version, where no member is to be notified. Refuses a withdrawn version.
pub(in crate::cli::release) fn observed(
    wish: &Wish,
    context: &Context,
    target: &Target,
) -> Result<Cascade> {
    let version = version::read(&wish.version)?;
    must_come_with_builds(wish, context, &target.fleet, (&version, Refused::Withdrawn))?;
    let seen = seen(wish, context, target)?;
    let rows = seen.repositories.into_iter().map(|row| cascade::observed(row, &version));
    let release = target.subject.at(&version);
    Ok(Cascade::of(release, &seen.event, (rows.collect(), None), false, seen.generated_at))
}
