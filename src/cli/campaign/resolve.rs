//! Looks up the tags that a campaign's changes name before anything is planned.

use std::collections::BTreeMap;

use crate::campaign::changes::{ChangeSpec, PinImage, PinUses};
use crate::campaign::file::Campaign;
use crate::cli::Context;
use crate::cli::shared::forge::Session;
use crate::cli::shared::registry;
use crate::edge::network::Limits;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, RepositoryName};
use crate::forge::calls::revisions::NamedCommit;
use crate::registry::Reference;

/// The campaign, with commits and digests looked up for the tags in its file.
///
/// # Errors
/// When one does not exist or cannot be looked up; nothing is planned in that case.
pub(crate) fn resolved(
    context: &Context,
    session: &Session,
    fleet: &Fleet,
    campaign: &Campaign,
) -> Result<Campaign> {
    let mut campaign = campaign.clone();
    for change in &mut campaign.says.changes {
        let named = match change {
            ChangeSpec::PinUses(pin) => uses(context, session, pin),
            ChangeSpec::PinImage(pin) => images(context, session, fleet, pin),
            _ => Ok(()),
        };
        named.map_err(|error| match error.place() {
            None if campaign.file.is_file() => error.in_file(&campaign.file),
            _ => error,
        })?;
    }
    Ok(campaign)
}

/// Looks up the commits of actions and reusable workflows.
pub(crate) fn uses(context: &Context, session: &Session, pin: &mut PinUses) -> Result<()> {
    let mut known: BTreeMap<(String, String), NamedCommit> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for (entry, owner, repository, name) in pin.unresolved() {
        let repository = RepositoryName::new(&owner, &repository);
        let key = (repository.to_string().to_lowercase(), name.clone());
        let at = match known.get(&key) {
            Some(at) => at.clone(),
            None => {
                let asked = session.run(session.client().named_commit(&repository, &name));
                let at = asked.map_err(Error::from)?.ok_or_else(|| {
                    unnamed(session, &repository, &name)
                        .caused_by(format!("the campaign wants to use `{entry}`"))
                })?;
                if !at.is_tag {
                    let short = at.commit.get(..12).unwrap_or(&at.commit);
                    context.terminal.note(&format!(
                        "`{name}` of {repository} is a branch, which moves; it is at {short} now"
                    ));
                }
                known.insert(key, at.clone());
                at
            }
        };
        found.insert(entry.to_owned(), at.commit);
    }
    pin.commits.extend(found);
    Ok(())
}

/// The error for a name that is no commit. The forge answers the same where there is no such repository.
fn unnamed(session: &Session, repository: &RepositoryName, name: &str) -> Error {
    match session.run(session.client().find_repository(repository)) {
        Ok(None) => Error::failed(format!(
            "there is no repository `{repository}`, or the token may not see it"
        ))
        .hint("is its name right? If it is private, the token has to be valid for it"),
        _ => Error::failed(format!("`{repository}` has no tag and no branch `{name}`"))
            .hint("look up the intended tag in its releases"),
    }
}

/// Looks up the digests of images.
pub(crate) fn images(
    context: &Context,
    session: &Session,
    fleet: &Fleet,
    pin: &mut PinImage,
) -> Result<()> {
    let registry = registry::of_fleet(context, fleet, Limits::default());
    let mut found = BTreeMap::new();
    for image in pin.unresolved() {
        let reference = Reference::parse(image)?;
        let asked = session.run(registry.image(&reference)).map_err(Error::from)?;
        found.insert(image.to_owned(), asked.digest);
    }
    pin.digests.extend(found);
    Ok(())
}
