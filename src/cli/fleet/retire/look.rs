//! Looks for signs of life of a member: on the forge, and in the registry.

use crate::cli::Context;
use crate::cli::shared::forge::Session;
use crate::cli::shared::registry;
use crate::edge::network::Limits;
use crate::fleet::vitality::{Last, Seen};
use crate::fleet::{Fleet, Member};
use crate::forge::ForgeErrorKind;
use crate::forge::calls::actions::Runs;
use crate::forge::calls::repositories::Repository;
use crate::forge::scan::{Place, Scan};
use crate::registry::{Reference, RefusalKind};

/// The signs of life of a member, apart from its image.
pub(super) fn look(
    session: &Session,
    fleet: &Fleet,
    member: &Member,
    repository: Option<&Repository>,
) -> Seen {
    let mut seen = Seen::default();
    let client = session.client();
    // Without a runtime package no releases are dispatched to members, so dispatches say nothing.
    let hears = fleet.manifest.runtime_package.is_some();
    if repository.is_none() {
        // The forge answers alike for a missing repository and one that the token may not see.
        let why = "the repository does not exist, or this token cannot see it";
        seen.commit = Last::Unread(why.to_owned());
        seen.dispatch = hears.then(|| seen.commit.clone());
    } else {
        let place = Place { name: member.repository.clone(), reference: None };
        let scan = Scan::new(client, []);
        seen.commit = match session.run(scan.heads(&[place], &|_| {})).pop() {
            Some(Ok(head)) => head.committed.into(),
            Some(Err(error)) if error.kind == ForgeErrorKind::Conflict => Last::Never,
            Some(Err(error)) => Last::Unread(error.to_string()),
            None => Last::Unread("the forge was not asked".to_owned()),
        };
        if hears {
            seen.dispatch = Some(dispatched(session, member));
        }
    }
    seen
}

/// When the member's image was created.
pub(super) fn look_at_image(
    context: &Context,
    session: &Session,
    fleet: &Fleet,
    image: &str,
) -> Last {
    let registry = registry::of_fleet(context, fleet, Limits::default());
    let reference = match Reference::parse(image) {
        Ok(reference) => reference,
        Err(error) => return Last::Unread(error.to_string()),
    };
    match session.run(registry.image(&reference)) {
        // An image without a date may be in use.
        Ok(image) => Last::At(image.created.unwrap_or(image.digest)),
        Err(refusal) if refusal.kind == RefusalKind::Absent => Last::Never,
        Err(refusal) => Last::Unread(refusal.why),
    }
}

/// When a dispatch last started a run in a member's repository.
fn dispatched(session: &Session, member: &Member) -> Last {
    let asked = Runs { event: Some("repository_dispatch"), ..Runs::newest(1) };
    match session.run(session.client().runs(&member.repository, &asked)) {
        // A forge that does not know the filter returns runs of any event.
        Ok(runs) => {
            let found = runs.into_iter().find(|run| run.event == "repository_dispatch");
            found.map(|run| run.created_at).into()
        }
        Err(error) => Last::Unread(error.to_string()),
    }
}
